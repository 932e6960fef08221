//! Which part of each file is played, at what gain, and how many times.

use crate::audio::dsp::gain::{factor_from_db, gain_text};
use crate::audio::metadata::ReplayGain;
use crate::audio::spec::Length;
use std::time::Duration;

/// How the files of a playlist are played.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PlaylistOptions {
    /// Where playback starts in each file; at its start if `None`.
    pub start: Option<Length>,
    /// Where playback ends in each file, measured from the start of the file; at its end if `None`.
    pub end: Option<Length>,
    /// The longest time any file is played.
    pub max_length: Option<Length>,
    /// Length of a linear fade from silence at the start of each file.
    pub fade_in: Duration,
    /// Length of a linear fade to silence at the end of each file.
    pub fade_out: Duration,
    /// A factor applied to all files.
    pub gain: f64,
    /// Which ReplayGain tag is applied, if any.
    pub replay_gain: Option<ReplayGainMode>,
    /// How many times the list is played; 0 repeats it forever.
    pub plays: u32,
    /// Whether the peak of each file is measured.
    pub measure_peaks: bool,
}

/// Which ReplayGain tag is applied. A file that has only the other one uses that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReplayGainMode {
    /// Track gain: all tracks equally loud.
    Track,
    /// Album gain: keeps loudness differences within an album.
    Album,
}

impl Default for PlaylistOptions {
    fn default() -> PlaylistOptions {
        PlaylistOptions {
            start: None,
            end: None,
            max_length: None,
            fade_in: Duration::ZERO,
            fade_out: Duration::ZERO,
            gain: 1.0,
            replay_gain: None,
            plays: 1,
            measure_peaks: false,
        }
    }
}

impl PlaylistOptions {
    /// Whether samples are scaled: any gain other than 1, ReplayGain, or a fade.
    pub fn changes_gain(&self) -> bool {
        let fades = !self.fade_in.is_zero() || !self.fade_out.is_zero();
        fades || self.gain != 1.0 || self.replay_gain.is_some()
    }

    /// What is done to the samples, for a line about conversion: `gain -6.0 dB`, `fade in 2 s`.
    pub fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if self.gain != 1.0 {
            notes.push(gain_text(self.gain));
        }
        match self.replay_gain {
            Some(ReplayGainMode::Track) => notes.push("track ReplayGain".to_owned()),
            Some(ReplayGainMode::Album) => notes.push("album ReplayGain".to_owned()),
            None => {}
        }
        for (name, time) in [("in", self.fade_in), ("out", self.fade_out)] {
            if !time.is_zero() {
                notes.push(format!("fade {name} {} s", time.as_secs_f64()));
            }
        }
        notes
    }

    /// The factor from a file's tags, if ReplayGain is on and the file has such tags. Limited so that the
    /// peak in the tags does not clip.
    pub(super) fn replay_gain_factor(&self, tags: ReplayGain) -> Option<f64> {
        let track = tags.track_db.map(|db| (db, tags.track_peak));
        let album = tags.album_db.map(|db| (db, tags.album_peak));
        let (db, peak) = match self.replay_gain? {
            ReplayGainMode::Track => track.or(album)?,
            ReplayGainMode::Album => album.or(track)?,
        };
        // Only amplification is limited: a file that clips already is not attenuated below its tag.
        let limit = match peak {
            Some(peak) if peak > 0.0 => (1.0 / peak).max(1.0),
            _ => f64::MAX,
        };
        Some(factor_from_db(db).min(limit))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replay_gain_amplifies_only_up_to_full_scale() {
        let factor = |mode, tags| {
            let options = PlaylistOptions {
                replay_gain: mode,
                ..PlaylistOptions::default()
            };
            options.replay_gain_factor(tags)
        };
        let tags = ReplayGain {
            track_db: Some(6.0),
            track_peak: Some(0.8),
            album_db: Some(-6.0),
            album_peak: None,
        };
        let (track, album) = (Some(ReplayGainMode::Track), Some(ReplayGainMode::Album));
        assert_eq!(factor(track, tags), Some(1.0 / 0.8));
        assert_eq!(factor(album, tags), Some(factor_from_db(-6.0)));
        assert_eq!(factor(None, tags), None);
        let only_track = ReplayGain {
            album_db: None,
            track_db: Some(-3.0),
            track_peak: Some(1.2),
            ..tags
        };
        assert_eq!(factor(album, only_track), Some(factor_from_db(-3.0)));
        assert_eq!(factor(track, ReplayGain::default()), None);
    }
}
