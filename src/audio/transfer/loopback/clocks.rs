//! Compares the clocks of a loopback's devices at intervals.

use super::latency::Latency;
use crate::audio::spec::Spec;
use crate::audio::transfer::drift::DriftTracker;
use std::time::{Duration, Instant};

/// How often the devices' positions are compared.
const INTERVAL: Duration = Duration::from_millis(20);

/// Feeds a [`DriftTracker`] with the time.
pub(super) struct ClockMonitor {
    tracker: DriftTracker,
    began: Instant,
    next: Instant,
}

impl ClockMonitor {
    pub(super) fn new(spec: Spec, latency: &Latency) -> ClockMonitor {
        let now = Instant::now();
        ClockMonitor {
            tracker: DriftTracker::new(
                spec.rate,
                latency.target as f64,
                latency.max_deviation(spec),
            ),
            began: now,
            next: now,
        }
    }

    /// Whether it is time to count the frames in flight.
    pub(super) fn is_due(&mut self) -> bool {
        let now = Instant::now();
        if now < self.next {
            return false;
        }
        self.next = now + INTERVAL;
        true
    }

    /// Records that `frames` are in flight. Returns whether this is when drift is detected, which happens once.
    pub(super) fn observe(&mut self, frames: f64) -> bool {
        self.tracker.observe(self.now(), frames)
    }

    /// Both devices were restarted.
    pub(super) fn restarted(&mut self) {
        self.next = Instant::now() + INTERVAL;
        self.tracker.restarted(self.now());
    }

    /// From now on the drift is corrected by resampling, which holds back `delay` frames.
    pub(super) fn correct(&mut self, delay: u64) {
        self.tracker.correct(self.now(), delay as f64);
    }

    /// Sets how many frames should be in flight.
    pub(super) fn set_target(&mut self, frames: u64) {
        self.tracker.set_target(frames as f64);
    }

    /// The averaged number of frames in flight.
    pub(super) fn frames(&self) -> f64 {
        self.tracker.frames()
    }

    /// By how much the capture clock is faster, as a fraction; `None` while no drift is detected.
    pub(super) fn drift(&self) -> Option<f64> {
        self.tracker.drift()
    }

    /// The number of frames to play per captured frame.
    pub(super) fn ratio(&self) -> f64 {
        self.tracker.ratio()
    }

    fn now(&self) -> f64 {
        self.began.elapsed().as_secs_f64()
    }
}
