//! When a device starts, stops and wakes.

use crate::audio::spec::Spec;
use std::time::Duration;

/// A buffer of less than a second is not used up to half of it, but up to this part: few cards have such a small one, and
/// more wake-ups would not let a thread be much later.
const LEFT_PARTS: u64 = 6;

/// What is left at least for a thread that wakes late, if that is not more than three quarters of the buffer.
const MIN_LEFT: Duration = Duration::from_millis(55);

/// When a device starts, stops and wakes. `None` selects the default.
#[derive(Clone, Copy, Debug, Default)]
pub struct Timing {
    /// Start once this much is queued (playback; default: a full buffer) or requested (capture; default: one frame).
    pub start: Option<Delay>,
    /// Stop with an xrun once this much is free (playback) or unread (capture); default: a whole buffer.
    pub stop: Option<Delay>,
    /// Wake once this much can be moved; default for playback: a period or two, for capture: about 250 ms.
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

/// How many of the `buffer` frames of a device may be used before its thread wakes, so that it may be late.
pub(super) fn latest_wakeup(spec: Spec, buffer: u64) -> u64 {
    if buffer >= u64::from(spec.rate) {
        return buffer / 2;
    }
    let least = spec.frames_lasting(MIN_LEFT).min(buffer - buffer / 4);
    buffer - least.max(buffer / LEFT_PARTS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::format::Format;

    #[test]
    fn a_short_buffer_leaves_time_for_a_late_thread() {
        let spec = Spec {
            format: Format::S16_LE,
            rate: 48_000,
            channels: 2,
        };
        for (buffer, expected) in [
            (192_000, 96_000),
            (48_000, 24_000),
            (24_000, 20_000),
            (16_384, 16_384 - 2730),
            (4096, 4096 - 2640),
            (1024, 256),
            (1, 0),
        ] {
            assert_eq!(latest_wakeup(spec, buffer), expected, "{buffer}");
        }
    }
}
