//! A list of files, played one after the other.

mod entries;
mod entry;
mod envelope;
pub mod interleave;
mod list_files;
mod opener;
mod options;
mod part;

pub use entries::entries;
pub use entry::{Entry, Place, TrackRange};
pub use opener::{Opener, channels_opener, entry_openers, opener};
pub use options::{PlaylistOptions, ReplayGainMode};

use crate::audio::channel_map::ChannelMap;
use crate::audio::dsp::gain::Ramp;
use crate::audio::error::{Error, Result};
use crate::audio::spec::{Length, Spec, rescale_frames};
use crate::audio::stream::{FileReport, Source};
use envelope::Envelope;
use std::collections::VecDeque;

/// Reads files one after the other, in segments of equal spec and channel map. [`Playlist::next_segment`] opens a
/// segment, [`Playlist::read`] reads it. A file that cannot be opened or read is reported and skipped.
pub struct Playlist {
    waiting: VecDeque<Opener>,
    /// Files played in the current round.
    played: VecDeque<Opener>,
    /// Rounds after the current one.
    rounds: RoundsLeft,
    /// Whether the current round has yielded any frame; a round without frames is the last.
    has_frames: bool,
    options: PlaylistOptions,
    current: Option<CurrentFile>,
    /// The gain of the previous file, if the next one follows without a gap.
    previous_gain: Option<f64>,
    report: Box<dyn FnMut(FileReport) + Send>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum RoundsLeft {
    Count(u32),
    Endless,
}

/// Consecutive files with the same spec and channel map.
#[derive(Clone, Debug)]
pub struct Segment {
    /// The spec of the frames.
    pub spec: Spec,
    /// The position of each channel, if known from the files.
    pub map: Option<ChannelMap>,
    /// Total frames, if known and no other file follows.
    pub total: Option<u64>,
}

struct CurrentFile {
    source: Box<dyn Source>,
    /// Frames read so far.
    read: u64,
    /// Frames that may still be read.
    left: u64,
    /// Total frames to be played, if known.
    length: Option<u64>,
    envelope: Envelope,
}

impl Playlist {
    /// A playlist of the files that `openers` open. `report` receives each file opened, finished or failed, and
    /// warnings.
    pub fn new(
        openers: impl IntoIterator<Item = Opener>,
        options: PlaylistOptions,
        report: impl FnMut(FileReport) + Send + 'static,
    ) -> Playlist {
        Playlist {
            waiting: openers.into_iter().collect(),
            played: VecDeque::new(),
            rounds: match options.plays {
                0 => RoundsLeft::Endless,
                plays => RoundsLeft::Count(plays - 1),
            },
            has_frames: false,
            options,
            current: None,
            previous_gain: None,
            report: Box::new(report),
        }
    }

    /// Opens the next file that can be opened, unless one is open already. `None` is the end of the list. Blocks while
    /// a FIFO has no writer.
    pub fn next_segment(&mut self) -> Option<Segment> {
        while self.current.is_none() {
            let mut opener = self.next_opener()?;
            let opened = opener().and_then(|source| self.start(source));
            self.played.push_back(opener);
            if let Err(error) = opened {
                self.previous_gain = None;
                (self.report)(FileReport::Failed(error));
            }
        }
        let current = self.current.as_ref()?;
        Some(Segment {
            spec: current.source.spec(),
            map: current.source.channel_map(),
            total: current.length.filter(|_| !self.has_more()),
        })
    }

    fn next_opener(&mut self) -> Option<Opener> {
        if self.waiting.is_empty() && self.has_frames {
            self.rounds = match self.rounds {
                RoundsLeft::Count(0) => return None,
                RoundsLeft::Count(rounds) => RoundsLeft::Count(rounds - 1),
                RoundsLeft::Endless => RoundsLeft::Endless,
            };
            self.has_frames = false;
            std::mem::swap(&mut self.waiting, &mut self.played);
        }
        self.waiting.pop_front()
    }

    /// Whether files that are not open yet may follow.
    pub fn has_more(&self) -> bool {
        !self.waiting.is_empty() || self.rounds != RoundsLeft::Count(0)
    }

    /// The name of the current file; empty if none is open.
    pub fn name(&self) -> &str {
        self.current
            .as_ref()
            .map_or("", |current| current.source.name())
    }

    /// Reads whole frames of the current segment into `buffer`, across the ends of files. Returns the number of
    /// **bytes** read, 0 at the end of the segment, and the gain that the caller must apply to them: the samples
    /// are as stored in the file.
    pub fn read(&mut self, buffer: &mut [u8]) -> (usize, Ramp) {
        while let Some(current) = &mut self.current {
            let result = current.read(buffer);
            while let Some(warning) = current.source.take_warning() {
                (self.report)(FileReport::Warning(warning));
            }
            match result {
                Ok((0, _)) => {}
                Ok((bytes, ramp)) => {
                    self.has_frames = true;
                    return (bytes, ramp);
                }
                Err(error) => (self.report)(FileReport::Failed(error)),
            }
            if !self.advance() {
                break;
            }
        }
        (0, Ramp::UNITY)
    }

    /// Makes `source` the current file, at the start position.
    fn start(&mut self, mut source: Box<dyn Source>) -> Result<()> {
        self.report_opened(source.as_ref());
        let (spec, frames) = (source.spec(), source.frames());
        let start = self.options.start.map_or(0, |start| start.frames(spec));
        skip_to_start(source.as_mut(), start)?;
        let left = self.max_frames(spec, start);
        let length = frames
            .map(|frames| frames.saturating_sub(start).min(left))
            .or((left < u64::MAX).then_some(left));
        let previous = self.previous_gain.take();
        let (envelope, untagged) = Envelope::new(source.as_ref(), &self.options, length, previous)?;
        if untagged {
            let message = format!("'{}' has no ReplayGain tags", source.name());
            (self.report)(FileReport::Warning(message));
        }
        self.current = Some(CurrentFile {
            source,
            read: 0,
            left,
            length: length.filter(|_| frames.is_some()),
            envelope,
        });
        Ok(())
    }

    fn report_opened(&mut self, source: &dyn Source) {
        let metadata = source.metadata();
        let tags = metadata.tags;
        let pcm = || Some(source.spec().format.pcm_codec().to_owned());
        (self.report)(FileReport::Opened {
            name: source.name().to_owned(),
            spec: source.spec(),
            frames: source.frames(),
            title: tags.get("title").map(str::to_owned),
            artist: tags.get("artist").map(str::to_owned),
            codec: metadata.codec.or_else(pcm),
            decoder: metadata.decoder,
            start_time: None,
        });
    }

    /// Frames that may be played of a file from frame `start`; `u64::MAX` without a limit.
    fn max_frames(&self, spec: Spec, start: u64) -> u64 {
        let frames = |length: Option<Length>| length.map_or(u64::MAX, |length| length.frames(spec));
        let end = frames(self.options.end).saturating_sub(start);
        frames(self.options.max_length).min(end)
    }

    /// Closes the current file and opens the next; `true` if its frames continue the segment.
    fn advance(&mut self) -> bool {
        let Some(mut finished) = self.current.take() else {
            return false;
        };
        let (spec, map) = (finished.source.spec(), finished.source.channel_map());
        match finished.next_segment() {
            Ok(true) => {
                let is_same =
                    finished.source.spec() == spec && finished.source.channel_map() == map;
                self.current = Some(finished);
                return is_same;
            }
            Ok(false) => {}
            Err(error) => (self.report)(FileReport::Failed(error)),
        }
        self.previous_gain = Some(finished.envelope.gain());
        (self.report)(FileReport::Finished {
            name: finished.source.name().to_owned(),
            spec,
            frames: finished.read,
            bytes: None,
            start_time: None,
        });
        drop(finished);
        self.next_segment()
            .is_some_and(|next| next.spec == spec && next.map == map)
    }
}

fn skip_to_start(source: &mut dyn Source, frames: u64) -> Result<()> {
    let (mut left, mut seconds) = (frames, 0.0);
    loop {
        let spec = source.spec();
        let skipped = source.skip(left)?;
        left -= skipped;
        seconds += spec.seconds(skipped);
        if left == 0 {
            return Ok(());
        }
        if !source.next_segment()? {
            let why = format!("ends after {seconds:.3} s, before the start position");
            return Err(Error::invalid(source.name(), why));
        }
        left = rescale_frames(left, spec.rate, source.spec().rate);
    }
}

impl CurrentFile {
    /// Continues with frames of another spec, if the file changes it here.
    fn next_segment(&mut self) -> Result<bool> {
        let before = self.source.spec().rate;
        if self.left == 0 || !self.source.next_segment()? {
            return Ok(false);
        }
        let rate = self.source.spec().rate;
        let rescale = |frames| match frames {
            u64::MAX => u64::MAX,
            frames => rescale_frames(frames, before, rate),
        };
        self.read = rescale(self.read);
        self.left = rescale(self.left);
        self.length = None;
        self.envelope.rescale(rescale);
        Ok(true)
    }

    /// Reads up to the next bend of the envelope. Returns bytes and their gain.
    fn read(&mut self, buffer: &mut [u8]) -> Result<(usize, Ramp)> {
        let spec = self.source.spec();
        let frames = self.left.min(self.envelope.linear_frames(self.read));
        let wanted = spec.bytes(frames).min(buffer.len() as u64) as usize;
        if wanted == 0 {
            return Ok((0, Ramp::UNITY));
        }
        let bytes = self.source.read(&mut buffer[..wanted])?;
        let frames = spec.frames_in(bytes as u64);
        let ramp = self.envelope.ramp(self.read, frames);
        self.read += frames;
        self.left -= frames;
        Ok((bytes, ramp))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::dsp::gain::factor_from_db;
    use crate::audio::format::Format;
    use crate::audio::metadata::ReplayGain;

    /// Silent frames with a ReplayGain tag.
    struct TaggedSource {
        gain_db: f64,
        left: u64,
    }

    impl Source for TaggedSource {
        fn spec(&self) -> Spec {
            Spec::new(Format::S16_LE, 8000, 1).unwrap()
        }
        fn frames(&self) -> Option<u64> {
            None
        }
        fn name(&self) -> &str {
            "tagged"
        }
        fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
            let frames = self.left.min(buffer.len() as u64 / 2);
            self.left -= frames;
            buffer[..2 * frames as usize].fill(0);
            Ok(2 * frames as usize)
        }
        fn replay_gain(&self) -> ReplayGain {
            ReplayGain {
                track_db: Some(self.gain_db),
                ..ReplayGain::default()
            }
        }
    }

    #[test]
    fn gain_changes_smoothly_from_one_file_to_the_next() {
        let opener = |gain_db| -> Opener {
            Box::new(move || {
                let left = 1000;
                Ok(Box::new(TaggedSource { gain_db, left }))
            })
        };
        let options = PlaylistOptions {
            replay_gain: Some(ReplayGainMode::Track),
            gain: 0.5,
            ..PlaylistOptions::default()
        };
        let mut playlist = Playlist::new([opener(-6.0), opener(-12.0)], options, |_| {});
        playlist.next_segment().unwrap();
        let first = 0.5 * factor_from_db(-6.0);
        let second = 0.5 * factor_from_db(-12.0);
        let mut read = || {
            let (bytes, ramp) = playlist.read(&mut [0; 4000]);
            (bytes / 2, ramp.from, ramp.to)
        };
        assert_eq!(read(), (1000, first, first));
        // The transition of 20 ms, then the rest.
        assert_eq!(read(), (160, first, second));
        assert_eq!(read(), (840, second, second));
        assert_eq!(read().0, 0);
    }
}
