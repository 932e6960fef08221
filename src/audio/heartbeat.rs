//! Shows other threads whether the thread that serves a device waits, or is inside a call.

use super::poll::{poll, pollfd};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

/// Counts the waits of one thread. Between waits a device thread only makes calls that return at once, unless a sound
/// server does not answer: then the count stays the same.
#[derive(Debug, Default)]
pub(crate) struct Heartbeat {
    /// Odd while the thread waits.
    beats: AtomicU64,
}

impl Heartbeat {
    /// Waits as [`poll`] does.
    ///
    /// # Errors
    /// Those of [`poll`].
    pub(crate) fn poll(&self, fds: &mut [pollfd], timeout: Option<Duration>) -> Result<bool, i32> {
        self.beats.fetch_add(1, Relaxed);
        let ready = poll(fds, timeout);
        self.beats.fetch_add(1, Relaxed);
        ready
    }

    /// The number of the call that the thread is in; `None` while it waits.
    pub(crate) fn call(&self) -> Option<u64> {
        let beats = self.beats.load(Relaxed);
        beats.is_multiple_of(2).then_some(beats)
    }
}
