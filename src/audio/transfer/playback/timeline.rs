//! What is heard when: the files and levels of the frames on their way to the device. The file side writes it while it
//! reads ahead; what is played is looked up in it.

use super::feed::Epoch;
use crate::audio::dsp::meter;
use crate::audio::playlist::FileDescription;
use crate::audio::spec::Spec;
use crate::audio::transfer::convert::FileMark;
use crate::audio::transfer::event::FileProgress;
use crate::audio::transfer::levels::{Levels, PeakLevels};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Peaks are measured over this time.
const WINDOW: Duration = Duration::from_millis(40);

/// The place that is heard.
#[derive(Clone, Debug)]
pub(in crate::audio::transfer) struct HeardPlace {
    pub file: Arc<FileDescription>,
    /// Seconds from the start of the file.
    pub seconds: f64,
    /// Frames until its end, if known.
    pub left: Option<u64>,
}

/// The files and levels of one transfer; shared by all threads but that of the device.
pub(in crate::audio::transfer) struct Timeline(Mutex<Tracks>);

struct Tracks {
    spec: Spec,
    /// Oldest first. The frames of the first are heard, unless those of the second are by now.
    tracks: VecDeque<Track>,
    /// `None` if nobody reads them.
    levels: Option<Levels>,
}

/// The files and levels of an epoch.
struct Track {
    epoch: Arc<Epoch>,
    marks: VecDeque<FileMark>,
    /// Finished windows, each with its end and its peaks.
    windows: VecDeque<(u64, Vec<f32>)>,
    /// The window that is being filled.
    peaks: Vec<f32>,
    /// Frames measured.
    measured: u64,
}

impl Track {
    fn new(epoch: Arc<Epoch>, channels: usize) -> Track {
        Track {
            epoch,
            marks: VecDeque::new(),
            windows: VecDeque::new(),
            peaks: vec![0.0; channels],
            measured: 0,
        }
    }

    fn measure(&mut self, spec: Spec, mut frames: &[u8]) {
        let window = spec.frames_lasting(WINDOW).max(1);
        while !frames.is_empty() {
            let left = window - self.measured % window;
            let bytes = spec.bytes(left).min(frames.len() as u64) as usize;
            if !meter::include_peaks(spec, &frames[..bytes], &mut self.peaks) {
                return;
            }
            self.measured += spec.frames_in(bytes as u64);
            if self.measured.is_multiple_of(window) {
                self.end_window();
            }
            frames = &frames[bytes..];
        }
    }

    fn end_window(&mut self) {
        self.windows.push_back((self.measured, self.peaks.clone()));
        self.peaks.fill(0.0);
    }

    /// The mark that frame `at` belongs to.
    fn mark(&self, at: u64) -> Option<&FileMark> {
        self.marks.iter().rev().find(|mark| mark.at <= at)
    }

    fn forget_marks_before(&mut self, at: u64) {
        while self.marks.get(1).is_some_and(|mark| mark.at <= at) {
            self.marks.pop_front();
        }
    }
}

impl Tracks {
    /// Forgets the epochs that have ended when `frames` frames have been heard.
    fn advance(&mut self, frames: u64) {
        while self
            .tracks
            .get(1)
            .and_then(|next| next.epoch.base())
            .is_some_and(|base| base <= frames)
        {
            self.tracks.pop_front();
        }
    }

    fn place(&self, track: &Track, at: u64) -> Option<HeardPlace> {
        let mark = track.mark(at)?;
        let since = at - mark.at;
        Some(HeardPlace {
            file: mark.file.clone(),
            seconds: mark.seconds + self.spec.seconds(since),
            left: mark.left.map(|left| left.saturating_sub(since)),
        })
    }
}

impl Timeline {
    /// The timeline of a device that plays frames of `spec`, beginning with `epoch`. `metered` is whether levels are
    /// wanted.
    pub(in crate::audio::transfer) fn new(
        spec: Spec,
        epoch: Arc<Epoch>,
        metered: bool,
    ) -> Timeline {
        let channels = spec.channels as usize;
        Timeline(Mutex::new(Tracks {
            spec,
            tracks: [Track::new(epoch, channels)].into(),
            levels: metered.then(|| Levels::new(spec)),
        }))
    }

    fn lock(&self) -> MutexGuard<'_, Tracks> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins an epoch. Frames and marks are added to it from now on.
    pub(super) fn begin(&self, epoch: Arc<Epoch>) {
        let mut tracks = self.lock();
        let channels = tracks.spec.channels as usize;
        tracks.tracks.push_back(Track::new(epoch, channels));
    }

    /// Adds frames that were read, and the marks in them. `heard` frames have been heard so far.
    pub(super) fn add(&self, frames: &[u8], marks: impl IntoIterator<Item = FileMark>, heard: u64) {
        let mut tracks = self.lock();
        tracks.advance(heard);
        let (spec, metered) = (tracks.spec, tracks.levels.is_some());
        let Some(track) = tracks.tracks.back_mut() else {
            return;
        };
        track.marks.extend(marks);
        if let Some(base) = track.epoch.base() {
            track.forget_marks_before(heard.saturating_sub(base));
        }
        if metered {
            track.measure(spec, frames);
        }
    }

    /// The last window of the epoch is complete: no more frames follow.
    pub(super) fn end(&self) {
        if let Some(track) = self.lock().tracks.back_mut() {
            track.end_window();
        }
    }

    /// The place that is heard once `frames` frames have been heard; that of a new position if it is to be heard next.
    pub(in crate::audio::transfer) fn next_place(&self, frames: u64) -> Option<HeardPlace> {
        let mut tracks = self.lock();
        tracks.advance(frames);
        let newest = tracks.tracks.back()?;
        match newest.epoch.base() {
            Some(base) => tracks.place(newest, frames.saturating_sub(base)),
            None => tracks.place(newest, 0),
        }
    }

    /// The place that is heard once `frames` frames have been heard, and the levels since the last call, scaled by
    /// `volume`.
    pub(super) fn heard(&self, frames: u64, volume: f32) -> (Option<HeardPlace>, PeakLevels) {
        let mut tracks = self.lock();
        tracks.advance(frames);
        let mut levels = tracks.levels.take();
        let Some(track) = tracks.tracks.front_mut() else {
            return (None, PeakLevels::default());
        };
        let at = frames.saturating_sub(track.epoch.base().unwrap_or(0));
        while let Some((end, peaks)) = track.windows.front()
            && *end <= at
        {
            if let Some(levels) = &mut levels {
                levels.include(peaks, volume);
            }
            track.windows.pop_front();
        }
        let peaks = levels
            .as_mut()
            .map_or_else(PeakLevels::default, Levels::take);
        tracks.levels = levels;
        let place = tracks
            .tracks
            .front()
            .and_then(|track| tracks.place(track, at));
        (place, peaks)
    }
}

/// How far seconds that were computed in different ways may differ.
const ROUNDING: f64 = 0.001;

impl From<&HeardPlace> for FileProgress {
    fn from(place: &HeardPlace) -> FileProgress {
        let file = &place.file;
        FileProgress {
            name: file.name.clone(),
            index: file.index + 1,
            count: file.count,
            seconds: place.seconds,
            // A pipe may go on after the length in its header.
            total_seconds: (file.end_seconds).filter(|end| place.seconds < end + ROUNDING),
            title: file.title.clone(),
            artist: file.artist.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::format::Format;

    fn mark(at: u64, index: usize, seconds: f64) -> FileMark {
        let file = FileDescription {
            index,
            count: 3,
            name: format!("{index}.wav"),
            title: None,
            artist: None,
            end_seconds: Some(100.0),
            is_last: false,
            can_seek: true,
        };
        FileMark {
            at,
            file: Arc::new(file),
            seconds,
            left: Some(1000),
        }
    }

    #[test]
    fn the_length_of_a_file_that_goes_on_after_it_is_unknown() {
        let total = |seconds| {
            let file = mark(0, 0, 0.0).file;
            FileProgress::from(&HeardPlace {
                file,
                seconds,
                left: None,
            })
            .total_seconds
        };
        assert_eq!(total(100.0), Some(100.0));
        assert_eq!(total(100.1), None);
    }

    fn found(place: Option<HeardPlace>) -> (usize, f64) {
        place
            .map(|place| (place.file.index, place.seconds))
            .unwrap()
    }

    #[test]
    fn places_and_levels_are_those_of_the_frames_that_are_heard() {
        let spec = Spec::new(Format::U8, 1000, 1).unwrap();
        let first = Epoch::first();
        let timeline = Timeline::new(spec, first, true);
        let mut frames = vec![0xc0; 40];
        frames.extend([0xa0; 40]);
        frames.extend([0x80; 20]);
        timeline.add(&frames, [mark(0, 0, 50.0), mark(60, 1, 0.0)], 0);
        let heard = |at| {
            let (place, levels) = timeline.heard(at, 1.0);
            (found(place), levels.dbfs[0])
        };
        assert_eq!(heard(10), ((0, 50.01), None));
        assert_eq!(heard(40), ((0, 50.04), Some(-6.02)));
        assert_eq!(heard(79), ((1, 0.019), Some(-6.02)));
        assert_eq!(heard(80), ((1, 0.02), Some(-12.04)));

        // A jump is the next place at once, and is heard once the device has come to it.
        let second = Epoch::next();
        timeline.begin(second.clone());
        timeline.add(&[0xc0; 80], [mark(0, 2, 70.0)], 80);
        assert_eq!(found(timeline.next_place(80)), (2, 70.0));
        assert_eq!(found(timeline.heard(81, 1.0).0), (1, 0.021));
        second.start_at(90);
        assert_eq!(found(timeline.heard(89, 1.0).0), (1, 0.029));
        let (place, levels) = timeline.heard(130, 0.5);
        assert_eq!((found(place), levels.dbfs[0]), ((2, 70.04), Some(-12.04)));
    }
}
