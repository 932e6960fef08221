//! Xruns that never stop, as with a latency that no device can keep.

use std::time::{Duration, Instant};

/// This many in a row count as endless.
const MAX_XRUNS: u32 = 200;

/// Xruns with less time between them are in a row.
const INTERVAL: Duration = Duration::from_millis(250);

/// Counts xruns that follow each other.
#[derive(Default)]
pub(super) struct RepeatedXruns {
    count: u32,
    last: Option<Instant>,
}

impl RepeatedXruns {
    /// Counts one. Returns whether they are endless.
    pub(super) fn add(&mut self) -> bool {
        let now = Instant::now();
        let last = self.last.replace(now);
        let in_a_row = last.is_some_and(|last| now.duration_since(last) < INTERVAL);
        if !in_a_row && !self.are_endless() {
            self.count = 0;
        }
        self.count += 1;
        self.are_endless()
    }

    pub(super) fn are_endless(&self) -> bool {
        self.count >= MAX_XRUNS
    }
}
