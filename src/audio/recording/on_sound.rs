//! A recording of sound only: one file for each sound.

use crate::audio::dsp::sample::Unpacker;
use crate::audio::dsp::sound::{OnSound, SoundDetector};
use crate::audio::error::{Error, Kind, Result};
use crate::audio::memory;
use crate::audio::spec::Spec;
use crate::audio::stream::Sink;
use crate::audio::wall_time::WallTime;
use std::collections::VecDeque;
use std::time::Duration;

/// Frames that are examined at once while a file is open.
const MAX_BLOCK_FRAMES: u64 = 4096;

/// What is recorded of a sound.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OnSoundOptions {
    /// What counts as sound.
    pub sound: OnSound,
    /// How much is recorded before the first frame of a sound.
    pub pre_roll: Duration,
    /// How much silence ends the file of a sound, and is recorded.
    pub until_silence: Duration,
}

/// Writes sounds to a series of files, each with what precedes it, and completes the file once it is silent again. A
/// frame is in one file at most: if a sound follows soon after the end of a file, it has less before it.
pub struct OnSoundSink {
    sink: Box<dyn Sink>,
    spec: Spec,
    detector: SoundDetector,
    /// The last frames before a sound. Empty while a file is open.
    pre_roll: VecDeque<u8>,
    max_pre_roll: usize,
    max_silence: u64,
    state: SoundState,
    /// Frames taken so far.
    taken: u64,
    /// A number of frames, and when the next one was captured.
    clock: Option<(u64, WallTime)>,
}

#[derive(Clone, Copy, PartialEq)]
enum SoundState {
    Silence,
    /// A file is open; frames of silence at its end.
    Sound(u64),
}

impl OnSoundSink {
    /// Writes the sounds to `sink`, which should create its files [on demand](super::RecordingOptions::on_demand).
    ///
    /// # Errors
    /// [`Kind::Unsupported`] if the samples have no level.
    pub fn new(sink: Box<dyn Sink>, options: &OnSoundOptions) -> Result<OnSoundSink> {
        let spec = sink.spec();
        if Unpacker::new(spec.format).is_none() {
            let message = format!("{} samples have no level to detect sound by", spec.format);
            return Err(Error::new(Kind::Unsupported, message));
        }
        let pre_roll = spec.bytes(spec.frames_lasting(options.pre_roll));
        memory::check(pre_roll)?;
        Ok(OnSoundSink {
            sink,
            spec,
            detector: SoundDetector::new(spec, options.sound),
            pre_roll: VecDeque::new(),
            max_pre_roll: usize::try_from(pre_roll).unwrap_or(usize::MAX),
            max_silence: spec.frames_lasting(options.until_silence).max(1),
            state: SoundState::Silence,
            taken: 0,
            clock: None,
        })
    }

    /// Takes frames up to a change between sound and silence, and returns how many bytes that are.
    fn take_some(&mut self, frames: &[u8]) -> Result<usize> {
        let taken = match self.state {
            SoundState::Silence => self.listen(frames)?,
            SoundState::Sound(silence) => self.record(frames, silence)?,
        };
        self.taken += self.spec.frames_in(taken as u64);
        Ok(taken)
    }

    /// Keeps frames until a sound begins. With the sound, writes what precedes it.
    fn listen(&mut self, frames: &[u8]) -> Result<usize> {
        let first = self.detector.first(frames);
        let silent = first.map_or(frames.len(), |first| first * self.spec.frame_bytes());
        self.keep(&frames[..silent]);
        if first.is_some() {
            self.set_start_time(silent);
            self.state = SoundState::Sound(0);
            self.sink.write(self.pre_roll.make_contiguous())?;
            self.pre_roll.clear();
        }
        Ok(silent)
    }

    /// Appends to the frames before a sound, and forgets the oldest.
    fn keep(&mut self, frames: &[u8]) {
        let newest = frames.len().saturating_sub(self.max_pre_roll);
        let frames = &frames[newest..];
        let room = self.max_pre_roll - frames.len();
        let forgotten = self.pre_roll.len().saturating_sub(room);
        self.pre_roll.drain(..forgotten);
        self.pre_roll.extend(frames);
    }

    /// Sets when the oldest frame before the sound was captured. `silent` bytes of the current ones are before it.
    fn set_start_time(&mut self, silent: usize) {
        let Some((at, time)) = self.clock else {
            return;
        };
        let sound = self.taken + self.spec.frames_in(silent as u64);
        let kept = self.spec.frames_in(self.pre_roll.len() as u64);
        let since = self.spec.duration(sound.saturating_sub(at));
        let time = time.after(since).before(self.spec.duration(kept));
        self.sink.set_time(time);
    }

    /// Writes a block of frames, or its start if that completes the silence after the sound.
    fn record(&mut self, frames: &[u8], silence: u64) -> Result<usize> {
        // In a block no longer than the silence, at most the silence at its start can be complete.
        let block = self.spec.bytes(self.max_silence.min(MAX_BLOCK_FRAMES));
        let block = &frames[..block.min(frames.len() as u64) as usize];
        let frames = self.spec.frames_in(block.len() as u64);
        let first = self.detector.first(block);
        let silent = silence + first.map_or(frames, |first| first as u64);
        if silent >= self.max_silence {
            let last = self.spec.bytes(self.max_silence - silence) as usize;
            self.sink.write(&block[..last])?;
            self.sink.next_file()?;
            self.state = SoundState::Silence;
            return Ok(last);
        }
        self.sink.write(block)?;
        let silence = match self.detector.last(block) {
            Some(last) => frames - 1 - last as u64,
            None => silent,
        };
        self.state = SoundState::Sound(silence);
        Ok(block.len())
    }
}

impl Sink for OnSoundSink {
    fn spec(&self) -> Spec {
        self.spec
    }

    fn name(&self) -> &str {
        self.sink.name()
    }

    fn write(&mut self, frames: &[u8]) -> Result<()> {
        let mut frames = frames;
        while !frames.is_empty() {
            let state = self.state;
            let taken = self.take_some(frames)?;
            debug_assert!(taken > 0 || self.state != state);
            frames = &frames[taken..];
        }
        Ok(())
    }

    fn checkpoint(&mut self) -> Result<()> {
        self.sink.checkpoint()
    }

    /// Frames in the files.
    fn frames(&self) -> u64 {
        self.sink.frames()
    }

    fn next_file(&mut self) -> Result<()> {
        self.sink.next_file()
    }

    fn set_time(&mut self, next_frame: WallTime) {
        self.clock = Some((self.taken, next_frame));
        if self.state != SoundState::Silence {
            self.sink.set_time(next_frame);
        }
    }

    fn finish(&mut self) -> Result<()> {
        self.sink.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::format::Format;
    use proptest::prelude::*;
    use std::sync::{Arc, Mutex};

    const SPEC: Spec = Spec {
        format: Format::S16_LE,
        rate: 1000,
        channels: 2,
    };

    /// The files of a recording: the start time and the bytes of each.
    #[derive(Default)]
    struct Files {
        all: Vec<(Option<WallTime>, Vec<u8>)>,
        is_open: bool,
        clock: Option<(u64, WallTime)>,
        written: u64,
    }

    struct FilesSink(Arc<Mutex<Files>>);

    impl Sink for FilesSink {
        fn spec(&self) -> Spec {
            SPEC
        }
        fn name(&self) -> &str {
            "files"
        }
        fn write(&mut self, frames: &[u8]) -> Result<()> {
            let mut files = self.0.lock().unwrap();
            if !files.is_open && !frames.is_empty() {
                let time = files
                    .clock
                    .map(|(at, time)| time.after(SPEC.duration(files.written - at)));
                files.all.push((time, Vec::new()));
                files.is_open = true;
            }
            if let Some((_, file)) = files.all.last_mut() {
                file.extend(frames);
            }
            files.written += SPEC.frames_in(frames.len() as u64);
            Ok(())
        }
        fn checkpoint(&mut self) -> Result<()> {
            Ok(())
        }
        fn frames(&self) -> u64 {
            self.0.lock().unwrap().written
        }
        fn next_file(&mut self) -> Result<()> {
            self.0.lock().unwrap().is_open = false;
            Ok(())
        }
        fn set_time(&mut self, next_frame: WallTime) {
            let mut files = self.0.lock().unwrap();
            files.clock = Some((files.written, next_frame));
        }
        fn finish(&mut self) -> Result<()> {
            Ok(())
        }
    }

    fn millis(frames: usize) -> Duration {
        Duration::from_millis(frames as u64)
    }

    /// The ranges of frames that belong in files, one frame after the other.
    fn expected(is_sound: &[bool], pre_roll: usize, until: usize) -> Vec<std::ops::Range<usize>> {
        let (mut files, mut end, mut open) = (Vec::new(), 0, None);
        for (at, sound) in is_sound.iter().enumerate() {
            match (*sound, open) {
                (true, None) => open = Some((at.saturating_sub(pre_roll).max(end), at)),
                (true, Some((start, _))) => open = Some((start, at)),
                (false, Some((start, last))) if at - last == until => {
                    end = at + 1;
                    files.push(start..end);
                    open = None;
                }
                _ => {}
            }
        }
        files.extend(open.map(|(start, _)| start..is_sound.len()));
        files
    }

    proptest! {
        #[test]
        fn files_are_exact_parts_of_the_capture(
            runs in prop::collection::vec((0..400usize, 0..40usize), 0..12),
            blocks in prop::collection::vec(1..300usize, 1..20),
            pre_roll in 0..150usize,
            until in 1..200usize,
        ) {
            let is_sound: Vec<bool> = runs
                .iter()
                .flat_map(|(silent, loud)| [vec![false; *silent], vec![true; *loud]].concat())
                .collect();
            let frame = |(at, sound): (usize, &bool)| match sound {
                // Below the threshold, frames differ nevertheless.
                false => [at as u8, 0, 0, 0],
                true => [0, 0, at as u8, 0x40],
            };
            let capture: Vec<u8> = is_sound.iter().enumerate().flat_map(frame).collect();
            let files = Arc::new(Mutex::new(Files::default()));
            let options = OnSoundOptions {
                sound: OnSound { above_dbfs: Some(-20.0) },
                pre_roll: millis(pre_roll),
                until_silence: millis(until),
            };
            let mut sink = OnSoundSink::new(Box::new(FilesSink(files.clone())), &options).unwrap();
            let epoch = WallTime::now();
            let (mut rest, mut taken, mut sizes) = (&capture[..], 0, blocks.iter().cycle());
            while !rest.is_empty() {
                sink.set_time(epoch.after(millis(taken)));
                let size = (*sizes.next().unwrap()).min(rest.len() / 4);
                sink.write(&rest[..size * 4]).unwrap();
                (rest, taken) = (&rest[size * 4..], taken + size);
            }
            sink.finish().unwrap();
            let found = &files.lock().unwrap().all;
            let expected = expected(&is_sound, pre_roll, until);
            prop_assert_eq!(found.len(), expected.len());
            for ((time, bytes), range) in found.iter().zip(expected) {
                prop_assert_eq!(*time, Some(epoch.after(millis(range.start))));
                prop_assert_eq!(bytes, &capture[range.start * 4..range.end * 4]);
            }
        }
    }
}
