//! Conversion between files and a device: [`ConvertSource`] wraps a playlist, [`ConvertSink`] a recording.

use super::conversion::ConversionPlan;
use super::event::{DeviceStart, Event, Start};
use super::policy::ConversionPolicy;
use crate::audio::channel_map::ChannelMap;
use crate::audio::dsp::convert::Converter;
use crate::audio::dsp::gain::Ramp;
use crate::audio::error::Result;
use crate::audio::pcm::Probe;
use crate::audio::playlist::{FileDescription, Playlist, PlaylistPosition, Segment};
use crate::audio::spec::{Spec, rescale_frames};
use crate::audio::stream::{Sink, Source};
use crate::audio::wall_time::WallTime;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

/// Frames read and converted at a time.
const BLOCK_FRAMES: u64 = 4096;

/// The device as [`ConvertSource`] needs to know it while it runs.
pub(super) struct Running {
    pub policy: ConversionPolicy,
    pub device: Spec,
    pub map: Option<ChannelMap>,
    pub capabilities: Option<Probe>,
    /// Whether any gain is applied.
    pub scaled: bool,
    pub notes: Vec<String>,
    /// The device's start event; sent again, updated, when a file needs another conversion.
    pub start: DeviceStart,
    pub send: Box<dyn FnMut(Event) + Send>,
    pub clipped: Arc<AtomicU64>,
}

/// Where a [`ConvertSource`] reads from: a playlist, or what one of several devices plays of it.
pub(super) trait Segments: Send {
    /// As [`Playlist::next_segment`].
    fn next_segment(&mut self) -> Option<Segment>;

    /// As [`Playlist::read`].
    fn read(&mut self, buffer: &mut [u8]) -> (usize, Ramp);

    /// As [`Playlist::position`].
    fn position(&self) -> Option<PlaylistPosition>;

    /// As [`Playlist::go_to`].
    fn go_to(&mut self, index: usize, seconds: f64) -> Option<Segment>;

    /// As [`Playlist::can_go_to`].
    fn can_go_to(&self, index: usize) -> bool;

    /// As [`Playlist::name`].
    fn name(&self) -> &str;
}

impl Segments for Playlist {
    fn next_segment(&mut self) -> Option<Segment> {
        Playlist::next_segment(self)
    }

    fn read(&mut self, buffer: &mut [u8]) -> (usize, Ramp) {
        Playlist::read(self, buffer)
    }

    fn position(&self) -> Option<PlaylistPosition> {
        Playlist::position(self)
    }

    fn go_to(&mut self, index: usize, seconds: f64) -> Option<Segment> {
        Playlist::go_to(self, index, seconds)
    }

    fn can_go_to(&self, index: usize) -> bool {
        Playlist::can_go_to(self, index)
    }

    fn name(&self) -> &str {
        Playlist::name(self)
    }
}

/// A source that feeds a playback, and whose position may change.
pub(super) trait SeekSource: Source {
    /// Where files start in the frames that were read since the last call.
    fn take_marks(&mut self) -> Vec<FileMark>;

    /// Continues at `seconds` in file `index`; as [`Playlist::go_to`]. If the device must be reconfigured for it, the
    /// source ends.
    fn go_to(&mut self, index: usize, seconds: f64);

    /// Whether file `index` can be opened: not a pipe that was opened before.
    fn can_go_to(&self, index: usize) -> bool;
}

/// The files of a playlist in the device's spec. A file of another spec follows without a gap if the device would have
/// been configured the same way for it; otherwise the source ends there.
pub(super) struct ConvertSource<P = Playlist> {
    playlist: P,
    running: Running,
    /// `None` if frames pass unchanged.
    converter: Option<Converter>,
    /// Frames as read from the playlist.
    input: Vec<u8>,
    /// Converted frames, of which `taken` bytes have been handed out.
    output: Vec<u8>,
    taken: usize,
    /// Whether the current segment has been read to its end.
    ended: bool,
    /// What the current plan is for.
    planned: Option<Segment>,
    /// The rate of the frames that the plan converts.
    rate: u32,
    /// Frames that came out before the current plan, and since it.
    before_plan: u64,
    since_plan: u64,
    /// Frames that went in since the current plan.
    taken_in: u64,
    /// The file of the last frames, and where new ones start.
    file: Option<Arc<FileDescription>>,
    marks: Vec<FileMark>,
}

/// Where a file, or a part of it, starts in the frames of a [`ConvertSource`].
#[derive(Clone, Debug)]
pub(super) struct FileMark {
    /// The first frame, counted from the start or the last change of the position.
    pub at: u64,
    pub file: Arc<FileDescription>,
    /// Where that is in the file, in seconds from its start.
    pub seconds: f64,
    /// Frames until its end, if known.
    pub left: Option<u64>,
}

impl<P: Segments> ConvertSource<P> {
    /// Starts with the open segment of `playlist`, which `plan` is for.
    ///
    /// # Errors
    /// As [`Conversion::converter`](crate::audio::dsp::convert::Conversion::converter).
    pub(super) fn new(
        playlist: P,
        plan: &ConversionPlan,
        running: Running,
    ) -> Result<ConvertSource<P>> {
        let running_rate = running.device.rate;
        let mut source = ConvertSource {
            playlist,
            running,
            converter: None,
            input: Vec::new(),
            output: Vec::new(),
            taken: 0,
            ended: false,
            planned: None,
            rate: running_rate,
            before_plan: 0,
            since_plan: 0,
            taken_in: 0,
            file: None,
            marks: Vec::new(),
        };
        source.planned = source.playlist.next_segment();
        source.set_plan(plan)?;
        Ok(source)
    }

    /// The playlist at its current position.
    pub(super) fn into_playlist(self) -> P {
        self.playlist
    }

    fn set_plan(&mut self, plan: &ConversionPlan) -> Result<()> {
        let clipped = self.running.clipped.clone();
        self.converter = match plan.conversion.is_needed() {
            true => Some(plan.conversion.converter(clipped)?),
            false => None,
        };
        if self.converter.is_some() {
            let block = plan.conversion.from.bytes(BLOCK_FRAMES) as usize;
            self.input.resize(block, 0);
        }
        self.rate = plan.conversion.from.rate;
        self.before_plan += self.since_plan;
        (self.since_plan, self.taken_in) = (0, 0);
        Ok(())
    }

    /// Reads and converts until there is output, or the segment ends.
    fn fill_output(&mut self) -> Result<()> {
        self.output.clear();
        self.taken = 0;
        while self.output.is_empty() && !self.ended {
            let Some(converter) = &mut self.converter else {
                return Ok(());
            };
            match self.playlist.read(&mut self.input) {
                (0, _) => {
                    converter.finish(&mut self.output)?;
                    self.ended = true;
                }
                (bytes, ramp) => {
                    converter.push(&self.input[..bytes], ramp, &mut self.output)?;
                    self.note_position(bytes);
                }
            }
        }
        self.since_plan += self.running.device.frames_in(self.output.len() as u64);
        Ok(())
    }

    /// Marks the start of the last `bytes` bytes from the playlist, if another file starts there.
    fn note_position(&mut self, bytes: usize) {
        let Some(position) = self.playlist.position() else {
            return;
        };
        let frames = position.spec.frames_in(bytes as u64);
        let before = self.taken_in;
        self.taken_in += frames;
        let is_same = self.file.as_ref();
        if is_same.is_some_and(|file| Arc::ptr_eq(file, &position.file)) {
            return;
        }
        let at_device_rate = |frames| rescale_frames(frames, self.rate, self.running.device.rate);
        self.marks.push(FileMark {
            at: self.before_plan + at_device_rate(before),
            file: position.file.clone(),
            seconds: position.seconds - position.spec.seconds(frames),
            left: position.left.map(|left| at_device_rate(left + frames)),
        });
        self.file = Some(position.file);
    }

    /// Moves on to the next segment; `false` if there is none, or the device must be reconfigured for it.
    fn next_segment(&mut self) -> Result<bool> {
        match self.playlist.next_segment() {
            Some(segment) => self.adopt(segment),
            None => Ok(false),
        }
    }

    /// Plans the conversion of a segment; `false` if the device must be reconfigured for it.
    fn adopt(&mut self, segment: Segment) -> Result<bool> {
        let running = &mut self.running;
        let (device, scaled) = (running.device, running.scaled);
        let capabilities = running.capabilities.as_ref();
        let is_planned = self
            .planned
            .as_ref()
            .is_some_and(|planned| planned.spec == segment.spec && planned.map == segment.map);
        if !is_planned
            && !running
                .policy
                .suits_device(device, capabilities, &segment, scaled)
        {
            return Ok(false);
        }
        let map = running.map.as_ref();
        let planned = running
            .policy
            .plan(&segment, device, map, scaled, &running.notes);
        // The error is reported when the device is opened for this segment.
        let Ok(plan) = planned else {
            return Ok(false);
        };
        if !is_planned {
            self.send_start(&segment, &plan);
        }
        self.set_plan(&plan)?;
        self.planned = Some(segment);
        self.ended = false;
        Ok(true)
    }

    fn send_start(&mut self, segment: &Segment, plan: &ConversionPlan) {
        let device = (self.running.start).with_sound(segment.spec, plan.text.clone());
        (self.running.send)(Event::Start(Box::new(Start {
            device,
            loopback: None,
            devices: None,
        })));
    }

    fn take_output(&mut self, buffer: &mut [u8]) -> usize {
        let bytes = (self.output.len() - self.taken).min(buffer.len());
        buffer[..bytes].copy_from_slice(&self.output[self.taken..][..bytes]);
        self.taken += bytes;
        bytes
    }
}

impl<P: Segments> SeekSource for ConvertSource<P> {
    fn take_marks(&mut self) -> Vec<FileMark> {
        std::mem::take(&mut self.marks)
    }

    fn go_to(&mut self, index: usize, seconds: f64) {
        self.output.clear();
        self.taken = 0;
        (self.before_plan, self.since_plan) = (0, 0);
        self.file = None;
        self.marks.clear();
        let segment = self.playlist.go_to(index, seconds);
        let continues = segment.is_some_and(|segment| self.adopt(segment).unwrap_or(false));
        self.ended = !continues;
    }

    fn can_go_to(&self, index: usize) -> bool {
        self.playlist.can_go_to(index)
    }
}

impl<P: Segments> Source for ConvertSource<P> {
    fn spec(&self) -> Spec {
        self.running.device
    }

    fn frames(&self) -> Option<u64> {
        None
    }

    fn name(&self) -> &str {
        self.playlist.name()
    }

    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        loop {
            if self.converter.is_none() && !self.ended {
                match self.playlist.read(buffer) {
                    (0, _) => self.ended = true,
                    (bytes, _) => {
                        self.note_position(bytes);
                        self.since_plan += self.running.device.frames_in(bytes as u64);
                        return Ok(bytes);
                    }
                }
            }
            if self.taken == self.output.len() {
                self.fill_output()?;
            }
            let bytes = self.take_output(buffer);
            if bytes > 0 {
                return Ok(bytes);
            }
            if !self.next_segment()? {
                return Ok(0);
            }
        }
    }
}

/// Takes frames of one spec and writes them to a sink of another.
pub(super) struct ConvertSink {
    sink: Box<dyn Sink>,
    converter: Converter,
    gain: f64,
    /// Frames that may still be written to `sink`.
    left: u64,
    /// Frames taken so far, and frames that they became.
    taken: u64,
    converted: u64,
    output: Vec<u8>,
    finished: bool,
}

impl ConvertSink {
    /// Writes the output of `converter` to `sink`, scaled by `gain` (if the conversion is
    /// [scaled](crate::audio::dsp::convert::Conversion::scaled)), up to `max_frames` frames.
    pub(super) fn new(
        sink: Box<dyn Sink>,
        converter: Converter,
        gain: f64,
        max_frames: Option<u64>,
    ) -> ConvertSink {
        ConvertSink {
            sink,
            converter,
            gain,
            left: max_frames.unwrap_or(u64::MAX),
            taken: 0,
            converted: 0,
            output: Vec::new(),
            finished: false,
        }
    }

    fn write_output(&mut self) -> Result<()> {
        let spec = self.sink.spec();
        let converted = spec.frames_in(self.output.len() as u64);
        self.converted += converted;
        let frames = converted.min(self.left);
        self.left -= frames;
        let written = match frames {
            0 => Ok(()),
            _ => self.sink.write(&self.output[..spec.bytes(frames) as usize]),
        };
        self.output.clear();
        written
    }
}

impl Sink for ConvertSink {
    /// The spec of the frames it takes.
    fn spec(&self) -> Spec {
        self.converter.input_spec()
    }

    fn name(&self) -> &str {
        self.sink.name()
    }

    fn write(&mut self, frames: &[u8]) -> Result<()> {
        let gain = Ramp::constant(self.gain);
        self.taken += self.spec().frames_in(frames.len() as u64);
        self.converter.push(frames, gain, &mut self.output)?;
        self.write_output()
    }

    /// What the converter still holds comes first.
    fn set_time(&mut self, next_frame: WallTime) {
        let taken = self.spec().duration(self.taken);
        let converted = self.sink.spec().duration(self.converted);
        let held = taken.saturating_sub(converted);
        self.sink.set_time(next_frame.before(held));
    }

    fn follows_time(&self) -> bool {
        self.sink.follows_time()
    }

    fn checkpoint(&mut self) -> Result<()> {
        self.sink.checkpoint()
    }

    /// Frames written to the wrapped sink.
    fn frames(&self) -> u64 {
        self.sink.frames()
    }

    fn capacity_left(&self) -> Option<u64> {
        let (from, to) = (self.converter.input_spec().rate, self.sink.spec().rate);
        let left = self.sink.capacity_left()?;
        Some(rescale_frames(left, to, from))
    }

    fn next_file(&mut self) -> Result<()> {
        self.sink.next_file()
    }

    fn finish(&mut self) -> Result<()> {
        let rest = match std::mem::replace(&mut self.finished, true) {
            true => Ok(()),
            false => {
                let converted = self.converter.finish(&mut self.output);
                converted.and_then(|()| self.write_output())
            }
        };
        // Even after an error, make a valid file of what was written.
        let finished = self.sink.finish();
        rest.and(finished)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::dsp::convert::{Conversion, ConversionOptions};
    use crate::audio::dsp::mix::Mix;
    use crate::audio::format::Format;
    use std::sync::Mutex;

    /// Keeps what is written to it.
    struct MemorySink(Spec, Arc<Mutex<Vec<u8>>>);

    impl Sink for MemorySink {
        fn spec(&self) -> Spec {
            self.0
        }
        fn name(&self) -> &str {
            "memory"
        }
        fn write(&mut self, frames: &[u8]) -> Result<()> {
            self.1.lock().unwrap().extend_from_slice(frames);
            Ok(())
        }
        fn checkpoint(&mut self) -> Result<()> {
            Ok(())
        }
        fn frames(&self) -> u64 {
            self.0.frames_in(self.1.lock().unwrap().len() as u64)
        }
        fn finish(&mut self) -> Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_convert_sink_writes_exactly_the_requested_number_of_frames() {
        let spec = |rate| Spec::new(Format::S16_LE, rate, 2).unwrap();
        let conversion = Conversion {
            from: spec(48_000),
            to: spec(44_100),
            mix: Mix::identity(2),
            scaled: false,
            options: ConversionOptions::default(),
        };
        for (max_frames, wanted) in [(None, 441), (Some(440), 440)] {
            let written = Arc::default();
            let memory = MemorySink(conversion.to, Arc::clone(&written));
            let converter = conversion.converter(Arc::default()).unwrap();
            let mut sink = ConvertSink::new(Box::new(memory), converter, 1.0, max_frames);
            assert_eq!(sink.spec(), conversion.from);
            sink.write(&vec![0; 480 * 4]).unwrap();
            sink.finish().unwrap();
            sink.finish().unwrap();
            assert_eq!(sink.frames(), wanted);
            assert_eq!(written.lock().unwrap().len(), wanted as usize * 4);
        }
    }
}
