//! Follows the clock of one device of a group by that of the first one.

use super::clock_drift::{ClockObserver, DriftGauge};
use super::stretcher::Stretcher;
use crate::audio::spec::Spec;
use std::time::Duration;

/// Takes the frames of one device, and resamples them once its clock is found to drift.
pub(super) struct ClockFollower {
    clock: ClockObserver,
    stretcher: Stretcher,
    corrects: bool,
}

impl ClockFollower {
    /// `is_exact` is whether the device takes timestamps itself, `corrects` whether drift is corrected.
    pub(super) fn new(spec: Spec, is_exact: bool, corrects: bool) -> ClockFollower {
        ClockFollower {
            clock: ClockObserver::new(spec, is_exact),
            stretcher: Stretcher::new(spec),
            corrects,
        }
    }

    /// Adds the next frames to `ready`.
    pub(super) fn push(&mut self, frames: &[u8], ready: &mut Vec<u8>) {
        self.stretcher
            .push(frames, self.clock.tracker.ratio(), ready);
    }

    /// Adds what a resampler holds back.
    pub(super) fn flush(&mut self, ready: &mut Vec<u8>) {
        self.stretcher.flush(self.clock.tracker.ratio(), ready);
    }

    /// Compares the clocks: at `at`, this device had captured `own` frames and the first one `first`, both at the rate of
    /// the recording. `lost` counts the frames that both have lost. Returns the drift when it is detected, which happens
    /// once, and whether it is corrected from now on.
    pub(super) fn observe(
        &mut self,
        at: Duration,
        (own, first): (f64, f64),
        lost: u64,
        gauge: &DriftGauge,
    ) -> Option<(f64, bool)> {
        let now = self.clock.begin(at, lost)?;
        let ratio = match self.stretcher.is_resampling() {
            true => self.clock.tracker.ratio(),
            false => 1.0,
        };
        let unmade = (own - self.stretcher.taken() as f64) * ratio;
        let made = self.stretcher.made() + self.stretcher.held();
        let detected = self
            .clock
            .tracker
            .observe(now, made as f64 + unmade - first);
        if detected && self.corrects && self.stretcher.begin() {
            self.clock.tracker.correct(now, 0.0);
        }
        let resampling = self.stretcher.is_resampling();
        gauge.set(self.clock.tracker.drift(), resampling);
        let drift = self.clock.tracker.drift().filter(|_| detected)?;
        Some((drift, resampling))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::format::Format;

    const RATE: u64 = 48_000;

    fn spec() -> Spec {
        Spec::new(Format::S16_LE, RATE as u32, 1).unwrap()
    }

    /// Feeds a follower for `seconds` with a device whose clock is faster by `drift`, and returns by how many frames it is
    /// off at most, and in the end.
    fn run(follower: &mut ClockFollower, drift: f64, seconds: u64) -> (f64, f64) {
        let (gauge, mut ready) = (DriftGauge::default(), Vec::new());
        let (mut most, mut off) = (0f64, 0.0);
        for step in 1..seconds * 4 {
            let first = (step * RATE / 4) as f64;
            let own = first * (1.0 + drift);
            let new = own as u64 - follower.stretcher.taken();
            follower.push(&vec![0; 2 * new as usize], &mut ready);
            let at = Duration::from_millis(250 * step);
            follower.observe(at, (own, first), 0, &gauge);
            off = (follower.stretcher.made() + follower.stretcher.held()) as f64 - first;
            most = most.max(off.abs());
        }
        assert_eq!(gauge.is_resampling(), drift != 0.0);
        if let Some(ppm) = gauge.ppm() {
            assert!((ppm - drift * 1e6).abs() < 2.0, "{ppm}");
        }
        (most, off.abs())
    }

    #[test]
    fn a_device_with_the_same_clock_is_not_changed() {
        let mut follower = ClockFollower::new(spec(), true, true);
        assert_eq!(run(&mut follower, 0.0, 100), (0.0, 0.0));
        assert_eq!(follower.stretcher.made(), follower.stretcher.taken());
    }

    #[test]
    fn a_drifting_device_stays_within_a_millisecond() {
        for drift in [100e-6, -100e-6, 10e-6] {
            let mut follower = ClockFollower::new(spec(), true, true);
            let (most, last) = run(&mut follower, drift, 600);
            assert!(most < 48.0, "{drift}: {most}");
            assert!(last < 5.0, "{drift}: {last}");
        }
    }
}
