//! What a transfer does when its device goes away.

use crate::audio::error::{Error, Kind};
use std::time::Duration;

/// What a transfer does when its device or sound server goes away.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnLost {
    /// End with [`Kind::Disconnected`].
    #[default]
    Fail,
    /// Wait until it is back, at most for this long. A recording contains the gap as silence of the same length.
    Wait(Option<Duration>),
    /// As with `Wait`, but a recording continues in a new file. Other transfers do the same as with `Wait`.
    Split(Option<Duration>),
}

impl OnLost {
    /// The error for a device that was `lost` and did not come back in time.
    pub(super) fn not_back(self, lost: Error) -> Error {
        let limit = self.limit().unwrap_or_default().as_secs_f64();
        let message = format!("{lost} and did not come back within {limit} s");
        lost.restated(Kind::Disconnected, message)
    }

    /// Whether it waits.
    pub(super) fn waits(self) -> bool {
        self != OnLost::Fail
    }

    /// The longest time to wait; `None` is no limit.
    pub fn limit(self) -> Option<Duration> {
        match self {
            OnLost::Fail => Some(Duration::ZERO),
            OnLost::Wait(limit) | OnLost::Split(limit) => limit,
        }
    }
}
