//! The volume of what is played: a gain that changes in ramps, at known frames.

use crate::audio::dsp::gain::{Ramp, factor_from_db};
use std::collections::VecDeque;

/// Ramps that are remembered. Only those that have not been heard to their end are needed.
const MAX_RAMPS: usize = 64;

/// The gain of each frame that is written to the device, counted from the first one that was played. It remembers the
/// gain of frames that may be written again.
#[derive(Debug)]
pub(super) struct Loudness {
    /// Oldest first.
    ramps: VecDeque<GainChange>,
    /// The gain before the first ramp.
    before: f64,
}

/// A linear change, after which the gain stays.
#[derive(Clone, Copy, Debug)]
struct GainChange {
    at: u64,
    frames: u64,
    gain: Ramp,
}

impl GainChange {
    fn gain_at(&self, at: u64) -> f64 {
        let since = at.saturating_sub(self.at);
        // Not computed: rounding must not change the level.
        if since >= self.frames {
            return self.gain.to;
        }
        self.gain.from + (self.gain.to - self.gain.from) * since as f64 / self.frames as f64
    }
}

impl Loudness {
    /// A constant volume in dB.
    pub(super) fn new(volume_db: i32) -> Loudness {
        Loudness {
            ramps: VecDeque::with_capacity(MAX_RAMPS),
            before: factor(volume_db),
        }
    }

    /// The gain at frame `at`.
    fn gain_at(&self, at: u64) -> f64 {
        let ramps = self.ramps.iter().rev();
        let ramp = ramps.into_iter().find(|ramp| ramp.at <= at);
        ramp.map_or(self.before, |ramp| ramp.gain_at(at))
    }

    /// Changes the gain to `to` from frame `at` on, within `frames` frames. What was planned after that is forgotten.
    pub(super) fn change(&mut self, at: u64, frames: u64, to: f64) {
        let from = self.gain_at(at);
        while self.ramps.back().is_some_and(|ramp| ramp.at >= at) {
            self.ramps.pop_back();
        }
        if self.ramps.len() == MAX_RAMPS {
            self.forget_first();
        }
        self.ramps.push_back(GainChange {
            at,
            frames,
            gain: Ramp { from, to },
        });
    }

    /// Starts at frame `at` with `from`, whatever the gain was before.
    pub(super) fn restart(&mut self, at: u64, from: f64) {
        self.ramps.clear();
        self.before = from;
        self.change(at, 0, from);
    }

    /// Forgets ramps that end before frame `at`, which has been played.
    pub(super) fn forget_before(&mut self, at: u64) {
        while self
            .ramps
            .front()
            .is_some_and(|ramp| ramp.at + ramp.frames <= at)
        {
            self.forget_first();
        }
    }

    fn forget_first(&mut self) {
        if let Some(ramp) = self.ramps.pop_front() {
            self.before = ramp.gain.to;
        }
    }

    /// The gain of up to `frames` frames from frame `at` on, and for how many of them it is linear.
    pub(super) fn gain(&self, at: u64, frames: u64) -> (Ramp, u64) {
        let bends = self
            .ramps
            .iter()
            .flat_map(|ramp| [ramp.at, ramp.at + ramp.frames]);
        let next = bends.filter(|bend| *bend > at).min();
        let frames = next.map_or(frames, |bend| frames.min(bend - at));
        let last = at + frames;
        let to = match self.ramps.iter().any(|ramp| ramp.at == last) {
            // The next ramp starts where this one ends.
            true => self
                .ramps
                .iter()
                .rev()
                .find(|ramp| ramp.at <= at)
                .map_or(self.before, |ramp| ramp.gain_at(last)),
            false => self.gain_at(last),
        };
        (
            Ramp {
                from: self.gain_at(at),
                to,
            },
            frames,
        )
    }
}

/// The factor of a volume in dB; exactly 1 for 0.
pub(super) fn factor(volume_db: i32) -> f64 {
    factor_from_db(f64::from(volume_db))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gain_is_remembered_for_frames_that_are_written_again() {
        let mut loudness = Loudness::new(0);
        let ramp = |from, to| Ramp { from, to };
        assert_eq!(loudness.gain(0, 500), (Ramp::UNITY, 500));
        loudness.change(100, 10, 0.0);
        assert_eq!(loudness.gain(0, 500), (Ramp::UNITY, 100));
        assert_eq!(loudness.gain(100, 500), (ramp(1.0, 0.0), 10));
        assert_eq!(loudness.gain(105, 5), (ramp(0.5, 0.0), 5));
        assert_eq!(loudness.gain(110, 500), (ramp(0.0, 0.0), 500));
        // A change in the middle of a ramp continues from there.
        loudness.change(105, 10, 1.0);
        assert_eq!(loudness.gain(100, 500), (ramp(1.0, 0.5), 5));
        assert_eq!(loudness.gain(105, 5), (ramp(0.5, 0.75), 5));
        assert_eq!(loudness.gain(110, 500), (ramp(0.75, 1.0), 5));
        assert_eq!(loudness.gain(115, 500), (Ramp::UNITY, 500));
        loudness.forget_before(200);
        assert!(loudness.ramps.is_empty());
        assert_eq!(loudness.gain(200, 500), (Ramp::UNITY, 500));
        loudness.restart(200, 0.0);
        loudness.change(200, 10, factor(-20));
        assert_eq!(loudness.gain(200, 500), (ramp(0.0, 0.1), 10));
    }

    #[test]
    fn many_changes_need_no_more_memory() {
        let mut loudness = Loudness::new(0);
        for at in 0..1000 {
            loudness.change(at, 5, f64::from(at as u32 % 2));
        }
        assert_eq!(loudness.ramps.len(), MAX_RAMPS);
    }
}
