//! A list of files, played one after the other.

mod entries;
mod entry;
mod envelope;
pub mod interleave;
mod list_files;
mod opener;
mod options;
mod part;
mod uri;
mod xspf;

pub use entries::entries;
pub use entry::{Entry, Place, TrackRange};
pub use list_files::is_playlist;
pub use opener::{Opener, channels_opener, entry_openers, opener};
pub use options::{PlaylistOptions, ReplayGainMode};

use crate::audio::channel_map::ChannelMap;
use crate::audio::dsp::gain::Ramp;
use crate::audio::dsp::meter::PeakMeter;
use crate::audio::error::{Error, Result};
use crate::audio::spec::{Length, Spec, rescale_frames};
use crate::audio::stream::{FileContent, FileReport, Source, size_of_file};
use envelope::Envelope;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// Reads files one after the other, in segments of equal spec and channel map. [`Playlist::next_segment`] opens a
/// segment, [`Playlist::read`] reads it. A file that cannot be opened or read is reported and skipped.
pub struct Playlist {
    openers: Vec<Opener>,
    /// The index of the file that is opened next.
    next: usize,
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

/// A file of a playlist.
#[derive(Clone, Debug)]
pub struct FileDescription {
    /// Its place in the list, from 0.
    pub index: usize,
    /// Files in the list.
    pub count: usize,
    /// Its name.
    pub name: String,
    /// Its title tag.
    pub title: Option<String>,
    /// Its artist tag.
    pub artist: Option<String>,
    /// Where it ends, in seconds from its start; `None` if unknown.
    pub end_seconds: Option<f64>,
    /// Whether no other file follows.
    pub is_last: bool,
    /// Whether it can be read from any position: it is not a pipe.
    pub can_seek: bool,
}

/// Where in which file a playlist is.
#[derive(Clone, Debug)]
pub struct PlaylistPosition {
    /// The file.
    pub file: Arc<FileDescription>,
    /// The spec of its frames.
    pub spec: Spec,
    /// Seconds from its start.
    pub seconds: f64,
    /// Frames that are still to be read of it, if known.
    pub left: Option<u64>,
}

struct CurrentFile {
    source: Box<dyn Source>,
    description: Arc<FileDescription>,
    /// Position, relative to where playback of the file starts.
    at: u64,
    /// Where that is, in seconds.
    start_seconds: f64,
    /// Frames read so far.
    read: u64,
    /// As `read`, each frame counted at its own rate.
    all_read: u64,
    /// Frames that may still be read.
    left: u64,
    /// Total frames to be played, if known.
    length: Option<u64>,
    envelope: Envelope,
    meter: Option<PeakMeter>,
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
            openers: openers.into_iter().collect(),
            next: 0,
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
            let index = self.next_index()?;
            let opened = self.openers[index]
                .open()
                .and_then(|source| self.start(index, source));
            if let Err(error) = opened {
                self.previous_gain = None;
                (self.report)(FileReport::Failed(error));
            }
        }
        self.segment()
    }

    /// Whether [`Playlist::next_segment`] does not block: nothing is left to be opened, or only a short file.
    pub fn opens_at_once(&self) -> bool {
        let opens_one = || match &self.openers[self.next.min(self.openers.len())..] {
            [] => self.rounds == RoundsLeft::Count(0),
            [last] => self.rounds == RoundsLeft::Count(0) && last.is_short(),
            _ => false,
        };
        self.current.is_some() || opens_one()
    }

    fn segment(&self) -> Option<Segment> {
        let current = self.current.as_ref()?;
        Some(Segment {
            spec: current.source.spec(),
            map: current.source.channel_map(),
            total: current.length.filter(|_| !self.has_more()),
        })
    }

    fn next_index(&mut self) -> Option<usize> {
        if self.next == self.openers.len() && self.has_frames {
            self.rounds = match self.rounds {
                RoundsLeft::Count(0) => return None,
                RoundsLeft::Count(rounds) => RoundsLeft::Count(rounds - 1),
                RoundsLeft::Endless => RoundsLeft::Endless,
            };
            self.has_frames = false;
            self.next = 0;
        }
        let index = self.next;
        (index < self.openers.len()).then(|| {
            self.next += 1;
            index
        })
    }

    /// Continues at `seconds` in file `index`, or before its start position there. Past its end, or if it cannot be
    /// opened, continues with the next one. `None` is the end of the list.
    pub fn go_to(&mut self, index: usize, seconds: f64) -> Option<Segment> {
        let left = self.current.take();
        let is_same = left
            .as_ref()
            .is_some_and(|left| left.description.index == index);
        self.previous_gain = None;
        let mut open = None;
        match left {
            Some(mut left) if is_same => open = left.source.rewind().then_some(left.source),
            Some(left) => self.report_finished(left),
            None => {}
        }
        self.next = (index + 1).min(self.openers.len());
        if let Some(opener) = self.openers.get_mut(index) {
            let opened = open.map_or_else(|| opener.open(), Ok);
            let started = opened.and_then(|source| self.start_at(index, source, seconds, !is_same));
            if let Err(error) = started {
                (self.report)(FileReport::Failed(error));
            }
        }
        self.next_segment()
    }

    /// Whether file `index` can be opened: not a pipe that was opened before. Past the last file, nothing is opened.
    pub fn can_go_to(&self, index: usize) -> bool {
        self.openers.get(index).is_none_or(Opener::can_open)
    }

    /// Whether files that are not open yet may follow.
    pub fn has_more(&self) -> bool {
        self.next < self.openers.len() || self.rounds != RoundsLeft::Count(0)
    }

    /// The name of the current file; empty if none is open.
    pub fn name(&self) -> &str {
        self.current
            .as_ref()
            .map_or("", |current| current.source.name())
    }

    /// Where the next frame of the current file is.
    pub fn position(&self) -> Option<PlaylistPosition> {
        let current = self.current.as_ref()?;
        Some(PlaylistPosition {
            file: current.description.clone(),
            spec: current.source.spec(),
            seconds: current.start_seconds + current.source.spec().seconds(current.at),
            left: current
                .length
                .map(|length| length.saturating_sub(current.at)),
        })
    }

    /// Reads whole frames of the current segment into `buffer`, from one file at a time. Returns the number of
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
    fn start(&mut self, index: usize, mut source: Box<dyn Source>) -> Result<()> {
        self.report_opened(index, source.as_ref());
        let start = self
            .options
            .start
            .map_or(0, |start| start.frames(source.spec()));
        let (missing, seconds) = skip(source.as_mut(), start)?;
        if missing > 0 {
            let why = format!("ends after {seconds:.3} s, before the start position");
            return Err(Error::invalid(source.name(), why));
        }
        self.set_current(index, source, start, 0)
    }

    /// Makes `source` the current file, at `seconds` from its start. Past its end, no file is current.
    fn start_at(
        &mut self,
        index: usize,
        mut source: Box<dyn Source>,
        seconds: f64,
        report: bool,
    ) -> Result<()> {
        if report {
            self.report_opened(index, source.as_ref());
        }
        let time = Duration::try_from_secs_f64(seconds).unwrap_or_default();
        let start = |spec| self.options.start.map_or(0, |start| start.frames(spec));
        let position = |spec: Spec| spec.frames_lasting(time).max(start(spec));
        let wanted = position(source.spec());
        if skip(source.as_mut(), wanted)?.0 > 0 {
            return Ok(());
        }
        let (start, at) = (start(source.spec()), position(source.spec()));
        self.set_current(index, source, start, at - start)
    }

    fn set_current(
        &mut self,
        index: usize,
        source: Box<dyn Source>,
        start: u64,
        at: u64,
    ) -> Result<()> {
        let (spec, frames) = (source.spec(), source.frames());
        let limit = self.max_frames(spec, start);
        let length = frames
            .map(|frames| frames.saturating_sub(start).min(limit))
            .or((limit < u64::MAX).then_some(limit));
        let previous = self.previous_gain.take();
        let (envelope, untagged) = Envelope::new(source.as_ref(), &self.options, length, previous)?;
        if untagged {
            let message = format!("'{}' has no ReplayGain tags", source.name());
            (self.report)(FileReport::Warning(message));
        }
        let length = length.filter(|_| frames.is_some());
        self.current = Some(CurrentFile {
            description: Arc::new(self.description(index, source.as_ref(), start, length)),
            source,
            at,
            start_seconds: spec.seconds(start),
            read: 0,
            all_read: 0,
            left: match limit {
                u64::MAX => u64::MAX,
                limit => limit.saturating_sub(at),
            },
            length,
            envelope,
            meter: self.options.measure_peaks.then(|| PeakMeter::new(spec)),
        });
        Ok(())
    }

    fn description(
        &self,
        index: usize,
        source: &dyn Source,
        start: u64,
        length: Option<u64>,
    ) -> FileDescription {
        let (metadata, spec) = (source.metadata(), source.spec());
        let limit = self.options.end.map(|end| spec.seconds(end.frames(spec)));
        let estimate = match (metadata.seconds, limit) {
            (Some(seconds), Some(limit)) => Some(seconds.min(limit)),
            (seconds, limit) => seconds.or(limit),
        };
        FileDescription {
            index,
            count: self.openers.len(),
            name: source.name().to_owned(),
            title: metadata.tags.get("title").map(str::to_owned),
            artist: metadata.tags.get("artist").map(str::to_owned),
            end_seconds: length
                .map(|length| spec.seconds(start + length))
                .or(estimate),
            is_last: !self.has_more(),
            can_seek: self.openers[index].is_repeatable(),
        }
    }

    fn report_opened(&mut self, index: usize, source: &dyn Source) {
        let path = self.openers[index].path();
        (self.report)(FileReport::Opened {
            name: source.name().to_owned(),
            path: path.map(Path::to_owned),
            spec: source.spec(),
            frames: source.frames(),
            content: content_of(source),
            start_time: None,
        });
    }

    fn report_finished(&mut self, file: CurrentFile) {
        let path = self.openers[file.description.index].path();
        (self.report)(file.report(path));
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
        self.report_finished(finished);
        self.next_segment()
            .is_some_and(|next| next.spec == spec && next.map == map)
    }
}

fn content_of(source: &dyn Source) -> FileContent {
    let metadata = source.metadata();
    let pcm = || source.spec().format.pcm_codec().to_owned();
    FileContent {
        title: metadata.tags.get("title").map(str::to_owned),
        artist: metadata.tags.get("artist").map(str::to_owned),
        codec: Some(metadata.codec.unwrap_or_else(pcm)),
        decoder: metadata.decoder,
    }
}

/// Skips `frames` frames, across changes of the spec. Returns how many frames there were too few, and the seconds
/// skipped.
fn skip(source: &mut dyn Source, frames: u64) -> Result<(u64, f64)> {
    let (mut left, mut seconds) = (frames, 0.0);
    loop {
        let spec = source.spec();
        let skipped = source.skip(left)?;
        left -= skipped;
        seconds += spec.seconds(skipped);
        if left == 0 || !source.next_segment()? {
            return Ok((left, seconds));
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
        self.at = rescale(self.at);
        self.read = rescale(self.read);
        self.left = rescale(self.left);
        self.length = None;
        self.envelope.rescale(rescale);
        if let Some(meter) = &mut self.meter {
            meter.set_spec(self.source.spec());
        }
        Ok(true)
    }

    /// What is reported at its end.
    fn report(&self, path: Option<&Path>) -> FileReport {
        FileReport::Finished {
            name: self.source.name().to_owned(),
            path: path.map(Path::to_owned),
            spec: self.source.spec(),
            frames: self.all_read,
            seconds: self.source.spec().seconds(self.read),
            content: content_of(self.source.as_ref()),
            bytes: path.and_then(size_of_file),
            peak_dbfs: self.meter.as_ref().map(PeakMeter::dbfs),
            at_full_scale: self.meter.as_ref().map_or(0, PeakMeter::at_full_scale),
            was_moved: false,
            start_time: None,
        }
    }

    /// Reads up to the next bend of the envelope. Returns bytes and their gain.
    ///
    /// # Errors
    /// Those of reading; [`Kind::InvalidInput`](crate::audio::error::Kind::InvalidInput) if there are frames after a
    /// fade-out.
    fn read(&mut self, buffer: &mut [u8]) -> Result<(usize, Ramp)> {
        let spec = self.source.spec();
        let frames = self.left.min(self.envelope.linear_frames(self.at));
        let wanted = spec.bytes(frames).min(buffer.len() as u64) as usize;
        if wanted == 0 {
            return Ok((0, Ramp::UNITY));
        }
        let bytes = self.source.read(&mut buffer[..wanted])?;
        if bytes > 0 && self.envelope.has_faded_out(self.at) {
            self.left = 0;
            let why = "goes on after its fade-out: its header gives a shorter length";
            return Err(Error::invalid(self.source.name(), why));
        }
        if let Some(meter) = &mut self.meter {
            meter.add(&buffer[..bytes]);
        }
        let frames = spec.frames_in(bytes as u64);
        let ramp = self.envelope.ramp(self.at, frames);
        self.at += frames;
        self.read += frames;
        self.all_read += frames;
        if self.left < u64::MAX {
            self.left -= frames;
        }
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
        let opener = |gain_db| {
            Opener::new(move || {
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

    /// Bytes that count up.
    struct Counting(u8, u64);

    impl Source for Counting {
        fn spec(&self) -> Spec {
            Spec::new(Format::U8, 10, 1).unwrap()
        }
        fn frames(&self) -> Option<u64> {
            Some(100)
        }
        fn name(&self) -> &str {
            "counting"
        }
        fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
            let frames = (100 - self.1).min(buffer.len() as u64);
            buffer[..frames as usize].fill_with(|| {
                self.1 += 1;
                self.0 + self.1 as u8 - 1
            });
            Ok(frames as usize)
        }
    }

    #[test]
    fn a_playlist_goes_to_any_position_of_any_file() {
        let opener = |first| Opener::new(move || Ok(Box::new(Counting(first, 0))));
        let reports = Arc::new(std::sync::Mutex::new(Vec::new()));
        let log = reports.clone();
        let options = PlaylistOptions {
            start: Some(Length::Frames(5)),
            end: Some(Length::Frames(50)),
            ..PlaylistOptions::default()
        };
        let mut playlist = Playlist::new([opener(0), opener(100)], options, move |report| {
            log.lock().unwrap().push(match report {
                FileReport::Opened { .. } => "opened".to_owned(),
                FileReport::Finished { frames, .. } => format!("finished {frames}"),
                _ => "failed".to_owned(),
            });
        });
        playlist.next_segment().unwrap();
        let read = |playlist: &mut Playlist| {
            let mut buffer = [0; 10];
            let (bytes, _) = playlist.read(&mut buffer);
            let place = playlist.position().map(|at| (at.file.index, at.seconds));
            (buffer[..bytes].first().copied(), bytes, place)
        };
        assert_eq!(read(&mut playlist), (Some(5), 10, Some((0, 1.5))));
        // Forward and back in the same file, but not before the start position.
        playlist.go_to(0, 4.7).unwrap();
        assert_eq!(read(&mut playlist), (Some(47), 3, Some((0, 5.0))));
        playlist.go_to(0, 0.1).unwrap();
        assert_eq!(read(&mut playlist), (Some(5), 10, Some((0, 1.5))));
        // Past the end of a file the next one follows, past the last one nothing.
        playlist.go_to(0, 11.0).unwrap();
        assert_eq!(read(&mut playlist), (Some(105), 10, Some((1, 1.5))));
        playlist.go_to(0, 3.0).unwrap();
        assert_eq!(read(&mut playlist), (Some(30), 10, Some((0, 4.0))));
        playlist.go_to(1, 0.0).unwrap();
        assert!(playlist.go_to(2, 0.0).is_none());
        let reports = reports.lock().unwrap();
        let finished = ["opened", "opened", "finished 10", "opened"];
        assert_eq!(reports[..4], finished.map(str::to_owned));
    }
}
