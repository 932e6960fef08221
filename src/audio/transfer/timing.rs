//! When a device starts, stops and wakes.

use crate::audio::spec::Spec;
use std::time::Duration;

/// When a device starts, stops and wakes. `None` selects the default.
#[derive(Clone, Copy, Debug, Default)]
pub struct Timing {
    /// Start once this much is queued (playback; default: a full buffer) or requested (capture; default: one frame).
    pub start: Option<Delay>,
    /// Stop with an xrun once this much is free (playback) or unread (capture); default: a whole buffer.
    pub stop: Option<Delay>,
    /// Wake once this much can be moved; default for playback: two periods, for capture: about 250 ms.
    pub avail_min: Option<Duration>,
}

/// A threshold as aplay's `--start-delay` and `--stop-delay` take it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delay {
    /// Microseconds: above zero counted from an empty buffer, otherwise back from a full one.
    pub micros: i64,
}

impl Delay {
    /// The threshold in frames, for a buffer of `buffer` frames.
    pub(super) fn frames(self, spec: Spec, buffer: u64) -> u64 {
        let frames = spec.frames_lasting(Duration::from_micros(self.micros.unsigned_abs()));
        if self.micros > 0 {
            frames
        } else {
            buffer.saturating_sub(frames)
        }
    }
}
