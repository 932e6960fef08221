//! The gain of each frame of a file: its level, a transition from the previous file's level, and fades.

use super::options::PlaylistOptions;
use crate::audio::advice::SoundAdvice;
use crate::audio::dsp::gain::Ramp;
use crate::audio::error::{Error, Result};
use crate::audio::stream::Source;
use std::time::Duration;

/// Length of the transition from one file's level to the next, if they follow each other without a gap.
const TRANSITION: Duration = Duration::from_millis(20);

/// The gain of each frame of one file: piecewise linear.
#[derive(Clone, Debug)]
pub(super) struct Envelope {
    gain: f64,
    /// The level of the previous file, and the frames of the transition from it.
    previous: f64,
    transition: u64,
    fade_in: u64,
    fade_out: u64,
    /// Frames that will be played; only used for a fade-out.
    length: u64,
}

impl Envelope {
    /// The envelope of `source`, of which `length` frames will be played (if known), following a file that ended at the
    /// factor `previous`. The `bool` is whether ReplayGain was requested but the file has no such tags.
    ///
    /// # Errors
    /// [`Kind::InvalidInput`](crate::audio::error::Kind::InvalidInput) for a fade-out if the length is unknown.
    pub(super) fn new(
        source: &dyn Source,
        options: &PlaylistOptions,
        length: Option<u64>,
        previous: Option<f64>,
    ) -> Result<(Envelope, bool)> {
        let frames = |time| source.spec().frames_lasting(time);
        let fade_out = frames(options.fade_out);
        if fade_out > 0 && length.is_none() {
            let why = "cannot fade out: its length is unknown";
            let error = Error::invalid(source.name(), why);
            return Err(error.with_advice(SoundAdvice::SetEnd));
        }
        let replay_gain = options.replay_gain_factor(source.replay_gain());
        let gain = options.gain * replay_gain.unwrap_or(1.0);
        let previous = previous.unwrap_or(gain);
        let envelope = Envelope {
            gain,
            previous,
            transition: if previous == gain {
                0
            } else {
                frames(TRANSITION)
            },
            fade_in: frames(options.fade_in),
            fade_out,
            length: length.unwrap_or(u64::MAX),
        };
        let untagged = options.replay_gain.is_some() && replay_gain.is_none();
        Ok((envelope, untagged))
    }

    /// Converts all positions to another rate.
    pub(super) fn rescale(&mut self, rescale: impl Fn(u64) -> u64) {
        self.transition = rescale(self.transition);
        self.fade_in = rescale(self.fade_in);
        self.fade_out = rescale(self.fade_out);
        self.length = rescale(self.length);
    }

    /// Whether a fade-out has ended before frame `at`.
    pub(super) fn has_faded_out(&self, at: u64) -> bool {
        self.fade_out > 0 && at >= self.length
    }

    /// The factor apart from transition and fades.
    pub(super) fn gain(&self) -> f64 {
        self.gain
    }

    /// The number of frames from frame `at` for which the gain is linear.
    pub(super) fn linear_frames(&self, at: u64) -> u64 {
        let bends = [
            self.transition,
            self.fade_in,
            self.length.saturating_sub(self.fade_out),
            if self.fade_out > 0 { self.length } else { 0 },
        ];
        let next = bends.into_iter().filter(|bend| *bend > at).min();
        next.map_or(u64::MAX, |bend| bend - at)
    }

    /// The gain of `frames` frames from frame `at`, which must not extend past [`Envelope::linear_frames`].
    pub(super) fn ramp(&self, at: u64, frames: u64) -> Ramp {
        Ramp {
            from: self.factor(at),
            to: self.factor(at + frames),
        }
    }

    fn factor(&self, at: u64) -> f64 {
        let level = match at < self.transition {
            true => self.previous + (self.gain - self.previous) * fraction(at, self.transition),
            // Not computed: rounding must not change the level.
            false => self.gain,
        };
        let left = self.length.saturating_sub(at);
        level * fraction(at, self.fade_in) * fraction(left, self.fade_out)
    }
}

/// How far frame `at` is into a ramp of `length` frames: from 0 to 1, and 1 past its end.
fn fraction(at: u64, length: u64) -> f64 {
    if at < length {
        at as f64 / length as f64
    } else {
        1.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn envelope() -> Envelope {
        Envelope {
            gain: 0.5,
            previous: 1.0,
            transition: 10,
            fade_in: 0,
            fade_out: 20,
            length: 100,
        }
    }

    fn ramp(from: f64, to: f64) -> Ramp {
        Ramp { from, to }
    }

    #[test]
    fn gain_is_linear_between_bends() {
        let envelope = envelope();
        for (at, frames) in [
            (0, 10),
            (3, 7),
            (10, 70),
            (79, 1),
            (80, 20),
            (100, u64::MAX),
        ] {
            assert_eq!(envelope.linear_frames(at), frames);
        }
        assert!(!envelope.has_faded_out(99) && envelope.has_faded_out(100));
        assert_eq!(envelope.ramp(0, 10), ramp(1.0, 0.5));
        assert_eq!(envelope.ramp(10, 70), ramp(0.5, 0.5));
        assert_eq!(envelope.ramp(80, 10), ramp(0.5, 0.25));
        assert_eq!(envelope.ramp(90, 10), ramp(0.25, 0.0));
        let fading_in = Envelope {
            fade_in: 4,
            transition: 0,
            ..envelope
        };
        assert_eq!(fading_in.ramp(0, 2), ramp(0.0, 0.25));
        assert_eq!(fading_in.ramp(4, 2), ramp(0.5, 0.5));
    }
}
