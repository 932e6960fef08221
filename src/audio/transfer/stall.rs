//! Detecting a device that runs but moves no frames: a sound server that hangs, or a cable whose other end has stopped.

use std::time::Duration;

/// A wait is cut into this many parts, so that time in which this process is stopped counts as one part at most.
const PARTS: u32 = 5;

/// How long a device has not moved, while frames were waiting for it or it was to deliver some.
#[derive(Debug)]
pub(super) struct Stall {
    limit: Option<Duration>,
    waited: Duration,
    /// A position that changes if the device moves.
    position: u64,
}

impl Stall {
    /// Detects a device that has not moved for `limit`; never without one.
    pub(super) fn new(limit: Option<Duration>) -> Stall {
        Stall {
            limit,
            waited: Duration::ZERO,
            position: 0,
        }
    }

    /// How long to wait for the device at once. `tick` is a shorter time that the caller wants.
    pub(super) fn timeout(&self, tick: Option<Duration>) -> Option<Duration> {
        let part = self.limit.map(|limit| limit / PARTS);
        part.into_iter().chain(tick).min()
    }

    /// Starts anew: the device is paused, or there is nothing for it to do.
    pub(super) fn reset(&mut self) {
        self.waited = Duration::ZERO;
    }

    /// Counts a wait, after which the device was at `position`. Returns whether the device has not moved for too long.
    pub(super) fn add(&mut self, waited: Duration, position: u64) -> bool {
        let Some(limit) = self.limit else {
            return false;
        };
        if position != self.position {
            self.position = position;
            self.reset();
            return false;
        }
        self.waited += waited.min(limit / PARTS);
        self.waited >= limit
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_device_that_does_not_move_for_the_limit_has_stalled() {
        let mut stall = Stall::new(Some(5 * SECOND));
        assert_eq!(stall.timeout(None), Some(SECOND));
        assert_eq!(stall.timeout(Some(SECOND / 2)), Some(SECOND / 2));
        let found: Vec<_> = (0..5).map(|_| stall.add(SECOND, 0)).collect();
        assert_eq!(found, [false, false, false, false, true]);
        assert!(!stall.add(SECOND, 1));
    }

    #[test]
    fn time_in_which_this_process_is_stopped_does_not_count() {
        let mut stall = Stall::new(Some(5 * SECOND));
        assert!(!stall.add(3600 * SECOND, 0));
    }

    #[test]
    fn without_a_limit_nothing_stalls() {
        let mut stall = Stall::new(None);
        assert_eq!(stall.timeout(None), None);
        assert!(!stall.add(3600 * SECOND, 0));
    }
}
