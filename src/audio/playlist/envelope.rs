//! What is played of each file, and how loud.

use crate::audio::advice::SoundAdvice;
use crate::audio::dsp::convert::Ramp;
use crate::audio::error::{Error, Result};
use crate::audio::metadata::ReplayGain;
use crate::audio::spec::Length;
use crate::audio::stream::Source;
use std::time::Duration;

/// What is played of each file of a playlist, and how loud.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Edit {
    /// Where each begins.
    pub start: Option<Length>,
    /// Where each ends, counted from its own beginning.
    pub end: Option<Length>,
    /// At most so much of each.
    pub most: Option<Length>,
    /// How long it takes until the beginning of each is at its full level; it grows in a straight line.
    pub fade_in: Duration,
    /// How long it takes until the end of each is silent.
    pub fade_out: Duration,
    /// A factor for all.
    pub gain: f64,
    /// Which gain of their tags is added.
    pub replay_gain: Option<Replay>,
    /// How often the list is played; 0 is for ever.
    pub rounds: u32,
}

/// Which of the gains in tags is meant; the other one, where a file has only that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replay {
    /// That which makes all tracks equally loud.
    Track,
    /// That which keeps what is loud and soft within an album.
    Album,
}

impl Default for Edit {
    fn default() -> Edit {
        Edit {
            start: None,
            end: None,
            most: None,
            fade_in: Duration::ZERO,
            fade_out: Duration::ZERO,
            gain: 1.0,
            replay_gain: None,
            rounds: 1,
        }
    }
}

impl Edit {
    /// Whether anything is made louder or softer.
    pub fn scales(&self) -> bool {
        let fades = !self.fade_in.is_zero() || !self.fade_out.is_zero();
        fades || self.gain != 1.0 || self.replay_gain.is_some()
    }

    /// What is told of it in a line about conversion.
    pub fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if self.gain != 1.0 {
            notes.push(gain_text(self.gain));
        }
        match self.replay_gain {
            Some(Replay::Track) => notes.push("ReplayGain of tracks".to_owned()),
            Some(Replay::Album) => notes.push("ReplayGain of albums".to_owned()),
            None => {}
        }
        for (name, time) in [("in", self.fade_in), ("out", self.fade_out)] {
            if !time.is_zero() {
                notes.push(format!("fade {name} {} s", time.as_secs_f64()));
            }
        }
        notes
    }

    /// The factor that the tags of a file want, if they want any.
    fn replay_factor(&self, tags: ReplayGain) -> Option<f64> {
        let track = tags.track_db.map(|db| (db, tags.track_peak));
        let album = tags.album_db.map(|db| (db, tags.album_peak));
        let (db, peak) = match self.replay_gain? {
            Replay::Track => track.or(album)?,
            Replay::Album => album.or(track)?,
        };
        let factor = decibels(db);
        // Nothing is made so loud that it clips; what is softer than it was is left at that.
        let most = match peak {
            Some(peak) if peak > 0.0 => (1.0 / peak).max(1.0),
            _ => f64::MAX,
        };
        Some(factor.min(most))
    }
}

/// A factor in words: `gain -6.0 dB`.
pub fn gain_text(factor: f64) -> String {
    match factor {
        0.0 => "silenced".to_owned(),
        _ => format!("gain {:+.1} dB", 20.0 * factor.log10()),
    }
}

/// The factor that so many decibels are.
pub fn decibels(db: f64) -> f64 {
    10f64.powf(db / 20.0)
}

/// How long it takes to get from the level of one file to another's that follows without a gap.
const CHANGE: Duration = Duration::from_millis(20);

/// How loud each frame of one file is: a line with few bends.
#[derive(Clone, Debug)]
pub(super) struct Envelope {
    gain: f64,
    /// What it comes from, and the frames that takes.
    before: f64,
    change: u64,
    fade_in: u64,
    fade_out: u64,
    /// Frames that will be given, where there is a fade at their end.
    length: u64,
}

impl Envelope {
    /// That of `source`, of which `length` frames are given (if that is known), behind one that ended at `before`. Also
    /// tells whether tags were asked for that are not there.
    ///
    /// # Errors
    /// Where it is to fade out, and nobody knows where it ends.
    pub(super) fn of(
        source: &dyn Source,
        edit: &Edit,
        length: Option<u64>,
        before: Option<f64>,
    ) -> Result<(Envelope, bool)> {
        let frames = |time| source.spec().frames_lasting(time);
        let fade_out = frames(edit.fade_out);
        if fade_out > 0 && length.is_none() {
            let why = "does not tell how long it is, so that it cannot fade out";
            let error = Error::invalid(source.name(), why);
            return Err(error.with_advice(SoundAdvice::SetEnd));
        }
        let replay = edit.replay_factor(source.replay_gain());
        let gain = edit.gain * replay.unwrap_or(1.0);
        let before = before.unwrap_or(gain);
        let envelope = Envelope {
            gain,
            before,
            change: if before == gain { 0 } else { frames(CHANGE) },
            fade_in: frames(edit.fade_in),
            fade_out,
            length: length.unwrap_or(u64::MAX),
        };
        Ok((envelope, edit.replay_gain.is_some() && replay.is_none()))
    }

    /// What it comes to without fades.
    pub(super) fn gain(&self) -> f64 {
        self.gain
    }

    /// Frames from `at` up to its next bend.
    pub(super) fn straight_from(&self, at: u64) -> u64 {
        let bends = [
            self.change,
            self.fade_in,
            self.length.saturating_sub(self.fade_out),
        ];
        let next = bends.into_iter().filter(|bend| *bend > at).min();
        next.map_or(u64::MAX, |bend| bend - at)
    }

    /// How loud `frames` frames from `at` on are.
    pub(super) fn ramp(&self, at: u64, frames: u64) -> Ramp {
        Ramp {
            from: self.at(at),
            to: self.at(at + frames),
        }
    }

    fn at(&self, at: u64) -> f64 {
        let part = |of: u64, all: u64| (of as f64 / all.max(1) as f64).min(1.0);
        let level = match at < self.change {
            true => self.before + (self.gain - self.before) * part(at, self.change),
            false => self.gain,
        };
        let risen = if at < self.fade_in {
            part(at, self.fade_in)
        } else {
            1.0
        };
        let left = self.length.saturating_sub(at);
        let fallen = if left < self.fade_out {
            part(left, self.fade_out)
        } else {
            1.0
        };
        level * risen * fallen
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::format::Format;
    use crate::audio::playlist::{Opener, Playlist};
    use crate::audio::spec::Spec;

    fn envelope() -> Envelope {
        Envelope {
            gain: 0.5,
            before: 1.0,
            change: 10,
            fade_in: 0,
            fade_out: 20,
            length: 100,
        }
    }

    #[test]
    fn levels_go_in_straight_lines_from_bend_to_bend() {
        let envelope = envelope();
        for (at, straight) in [(0, 10), (3, 7), (10, 70), (79, 1), (80, u64::MAX)] {
            assert_eq!(envelope.straight_from(at), straight);
        }
        assert_eq!(envelope.ramp(0, 10), Ramp { from: 1.0, to: 0.5 });
        assert_eq!(envelope.ramp(10, 70), Ramp { from: 0.5, to: 0.5 });
        assert_eq!(
            envelope.ramp(80, 10),
            Ramp {
                from: 0.5,
                to: 0.25
            }
        );
        assert_eq!(
            envelope.ramp(90, 10),
            Ramp {
                from: 0.25,
                to: 0.0
            }
        );
        let rising = Envelope {
            fade_in: 4,
            change: 0,
            ..envelope
        };
        assert_eq!(
            rising.ramp(0, 2),
            Ramp {
                from: 0.0,
                to: 0.25
            }
        );
        assert_eq!(rising.ramp(4, 2), Ramp { from: 0.5, to: 0.5 });
    }

    /// Three frames of silence, with tags.
    struct Tagged(f64, u64);

    impl Source for Tagged {
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
            let frames = self.1.min(buffer.len() as u64 / 2);
            self.1 -= frames;
            buffer[..2 * frames as usize].fill(0);
            Ok(2 * frames as usize)
        }
        fn replay_gain(&self) -> ReplayGain {
            ReplayGain {
                track_db: Some(self.0),
                ..ReplayGain::default()
            }
        }
    }

    #[test]
    fn a_playlist_goes_smoothly_from_one_gain_to_the_next() {
        let opener = |db| -> Opener { Box::new(move || Ok(Box::new(Tagged(db, 1000)))) };
        let edit = Edit {
            replay_gain: Some(Replay::Track),
            gain: 0.5,
            ..Edit::default()
        };
        let mut playlist = Playlist::new([opener(-6.0), opener(-12.0)], edit, |_| {});
        playlist.next_segment().unwrap();
        let (first, second) = (0.5 * decibels(-6.0), 0.5 * decibels(-12.0));
        let mut read = || {
            let bytes = playlist.read(&mut [0; 4000]).unwrap();
            (bytes / 2, playlist.ramp().from, playlist.ramp().to)
        };
        assert_eq!(read(), (1000, first, first));
        // 20 ms of the change, and the rest.
        assert_eq!(read(), (160, first, second));
        assert_eq!(read(), (840, second, second));
        assert_eq!(read().0, 0);
    }

    #[test]
    fn tags_make_it_louder_only_up_to_full_scale() {
        let factor = |which, tags| {
            let edit = Edit {
                replay_gain: which,
                ..Edit::default()
            };
            edit.replay_factor(tags)
        };
        let tags = ReplayGain {
            track_db: Some(6.0),
            track_peak: Some(0.8),
            album_db: Some(-6.0),
            album_peak: None,
        };
        assert_eq!(factor(Some(Replay::Track), tags), Some(1.0 / 0.8));
        assert_eq!(factor(Some(Replay::Album), tags), Some(decibels(-6.0)));
        assert_eq!(factor(None, tags), None);
        let only_track = ReplayGain {
            album_db: None,
            track_db: Some(-3.0),
            track_peak: Some(1.2),
            ..tags
        };
        // A track that is over full scale already is made no softer than its tag says.
        assert_eq!(
            factor(Some(Replay::Album), only_track),
            Some(decibels(-3.0))
        );
        assert_eq!(factor(Some(Replay::Track), ReplayGain::default()), None);
    }
}
