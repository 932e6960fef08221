//! Detecting a device that runs but moves no frames: a sound server that hangs, or a cable whose other end has stopped.

use crate::audio::pcm::Pcm;
use crate::audio::time_limit::WAIT_PARTS;
use std::time::{Duration, Instant};

/// The longest pause after a wake-up for nothing.
const MAX_PAUSE: Duration = Duration::from_millis(10);

/// How long a device has not moved, while frames were waiting for it or it was to deliver some.
#[derive(Debug)]
pub(super) struct Stall {
    limit: Option<Duration>,
    /// How long a device that moves may be silent after frames were moved.
    wakeup: Duration,
    waited: Duration,
    /// A position that changes if the device moves.
    position: u64,
    /// Whether the device has ended the last wait, and no frames have been moved since.
    woken: bool,
    /// When frames were moved last.
    moved_at: Instant,
}

impl Stall {
    /// Detects a device that has not moved for `limit`; never without one.
    pub(super) fn new(limit: Option<Duration>) -> Stall {
        Stall {
            limit,
            wakeup: Duration::ZERO,
            waited: Duration::ZERO,
            position: 0,
            woken: false,
            moved_at: Instant::now(),
        }
    }

    /// For a device that wakes its thread at intervals of `wakeup`, so that no wait is shorter than one.
    pub(super) fn with_wakeups(self, wakeup: Duration) -> Stall {
        let wakeup = wakeup + wakeup / 4;
        Stall { wakeup, ..self }
    }

    /// How long to wait for the device at once. `tick` is a shorter time that the caller wants.
    pub(super) fn timeout(&self, tick: Option<Duration>) -> Option<Duration> {
        self.part().into_iter().chain(tick).min()
    }

    fn part(&self) -> Option<Duration> {
        let limit = self.limit?;
        let part = limit / WAIT_PARTS;
        Some(match self.waited.is_zero() {
            true => part.max(self.wakeup).min(limit),
            false => part,
        })
    }

    /// The device reported that frames can be moved.
    pub(super) fn wake(&mut self) {
        self.woken = true;
    }

    /// The device has ended a wait before frames can be moved. The plugins of cards do not repeat that at once.
    pub(super) fn wake_early(&mut self, pcm: &Pcm) {
        self.woken |= pcm.card().is_none();
    }

    /// How long the device has not moved, by [`Stall::add`].
    pub(super) fn waited(&self) -> Duration {
        self.waited
    }

    /// Whether the device has ended the last wait, and no frames have been moved since.
    pub(super) fn is_woken(&self) -> bool {
        self.woken
    }

    /// Frames were moved.
    pub(super) fn moved(&mut self) {
        self.woken = false;
    }

    /// Like [`Stall::moved`], and records where the device is now, as [`Stall::add`] does.
    pub(super) fn moved_to(&mut self, position: u64) {
        self.moved();
        (self.position, self.waited) = (position, Duration::ZERO);
    }

    /// Like [`Stall::moved`], and reads the clock for [`Stall::still_for`].
    pub(super) fn moved_now(&mut self) {
        self.moved();
        self.moved_at = Instant::now();
    }

    /// How long no frames have been moved, by [`Stall::moved_now`].
    pub(super) fn still_for(&self) -> Duration {
        self.moved_at.elapsed()
    }

    /// How long to wait without polling the device if its last report was wrong. alsa-lib's pulse plugin (alsa-plugins
    /// 1.2.7, not reported upstream) repeats it without end while the server hangs.
    pub(super) fn pause(&mut self, pcm: &Pcm) -> Option<Duration> {
        let wrong = std::mem::take(&mut self.woken) && !pcm.is_direct();
        let period = pcm.spec().duration(pcm.configuration().period_size);
        wrong.then(|| MAX_PAUSE.min(period / 2))
    }

    /// Starts over: the device is paused, or there is nothing for it to do.
    pub(super) fn reset(&mut self) {
        self.waited = Duration::ZERO;
        self.moved_at = Instant::now();
    }

    /// Counts a wait, after which the device was at `position`. Returns whether the device has not moved for too long.
    pub(super) fn add(&mut self, waited: Duration, position: u64) -> bool {
        let (Some(limit), Some(part)) = (self.limit, self.part()) else {
            return false;
        };
        if position != self.position {
            self.position = position;
            self.waited = Duration::ZERO;
            return false;
        }
        self.waited += waited.min(part);
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
