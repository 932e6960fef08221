//! How far a device is from others that play the same sound.

use crate::audio::spec::Spec;
use std::time::Duration;

/// Silence that is written at a time.
const MAX_SILENCE: Duration = Duration::from_millis(100);

/// How far a device is from the others, and what to do about that.
pub(in crate::audio::transfer) struct Alignment {
    /// Frames of silence to be played before the next frame of the sound.
    pub(super) silence_due: u64,
    /// Frames of the sound that the device does not play, because the others have played them.
    pub(super) skip_due: u64,
    /// Since when it plays nothing and the others do, on the monotonic clock.
    pub(super) silent_from: Option<Duration>,
    /// Whether it can join the others only if all start again.
    pub(super) needs_restart: bool,
    pub(super) silence: Vec<u8>,
}

impl Alignment {
    pub(in crate::audio::transfer) fn new(spec: Spec) -> Alignment {
        Alignment {
            silence_due: 0,
            skip_due: 0,
            silent_from: None,
            needs_restart: false,
            silence: spec.silence(spec.frames_lasting(MAX_SILENCE).max(1)),
        }
    }
}
