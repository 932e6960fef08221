//! The state of a PCM.

use serde::Serialize;

/// The state of a PCM (`snd_pcm_state_t`; pyalsaaudio's `PCM_STATE_…`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[repr(i32)]
pub enum PcmState {
    /// Open, not configured.
    Open = 0,
    /// Configured, not ready to start.
    Setup = 1,
    /// Ready to start.
    Prepared = 2,
    /// Running.
    Running = 3,
    /// Stopped by an underrun or overrun.
    Xrun = 4,
    /// Playing what is queued, or (capture) stopped with frames left to read.
    Draining = 5,
    /// Paused.
    Paused = 6,
    /// Stopped because the system was suspended.
    Suspended = 7,
    /// The device is gone.
    Disconnected = 8,
}

impl PcmState {
    /// The state with alsa-lib's number, if there is one.
    pub fn from_number(number: i32) -> Option<PcmState> {
        use PcmState::*;
        [
            Open,
            Setup,
            Prepared,
            Running,
            Xrun,
            Draining,
            Paused,
            Suspended,
            Disconnected,
        ]
        .into_iter()
        .find(|state| *state as i32 == number)
    }
}
