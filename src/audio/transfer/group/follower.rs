//! Follows the clock of one device of a group by that of the first one.

use crate::audio::dsp::asrc::Asrc;
use crate::audio::spec::Spec;
use crate::audio::transfer::drift::DriftTracker;
use std::sync::atomic::{
    AtomicBool, AtomicI64,
    Ordering::{Acquire, Relaxed, Release},
};
use std::time::Duration;

/// How far a device may be off before that counts as drift.
const MAX_DEVIATION: Duration = Duration::from_micros(400);

/// The same for a device whose positions are known only as of a plugin's last call.
const MAX_PLUGIN_DEVIATION: Duration = Duration::from_millis(5);

/// Frames that are resampled at a time.
const MAX_FRAMES: usize = 4096;

/// What is known of a device's drift, for the calling thread.
#[derive(Debug, Default)]
pub(super) struct DriftGauge {
    is_known: AtomicBool,
    /// Parts per billion.
    drift: AtomicI64,
    is_resampling: AtomicBool,
}

impl DriftGauge {
    fn set(&self, drift: Option<f64>, resampling: bool) {
        if let Some(drift) = drift {
            self.drift.store((drift * 1e9).round() as i64, Relaxed);
            self.is_known.store(true, Release);
        }
        self.is_resampling.store(resampling, Relaxed);
    }

    /// How much faster its clock is, in parts per million.
    pub(super) fn ppm(&self) -> Option<f64> {
        let known = self.is_known.load(Acquire);
        known.then(|| self.drift.load(Relaxed) as f64 / 1e3)
    }

    pub(super) fn is_resampling(&self) -> bool {
        self.is_resampling.load(Relaxed)
    }
}

/// Takes the frames of one device, and resamples them once its clock is found to drift.
pub(super) struct ClockFollower {
    spec: Spec,
    tracker: DriftTracker,
    /// `None` until the clock drifts.
    asrc: Option<Asrc>,
    corrects: bool,
    /// The last frames, which a resampler starts after.
    history: Vec<u8>,
    /// Frames taken, and frames that became of them.
    taken: u64,
    made: u64,
    /// How many had been taken when the resampler started.
    resampled_from: u64,
    /// When the position was observed last.
    last: Option<Duration>,
    /// Frames that had been lost then.
    lost: u64,
}

impl ClockFollower {
    /// `is_exact` is whether the device takes timestamps itself, `corrects` whether drift is corrected.
    pub(super) fn new(spec: Spec, is_exact: bool, corrects: bool) -> ClockFollower {
        let deviation = match is_exact {
            true => MAX_DEVIATION,
            false => MAX_PLUGIN_DEVIATION,
        };
        let deviation = deviation.as_secs_f64() * f64::from(spec.rate);
        ClockFollower {
            spec,
            tracker: DriftTracker::new(spec.rate, 0.0, deviation),
            asrc: None,
            corrects,
            history: spec.silence(Asrc::history() as u64),
            taken: 0,
            made: 0,
            resampled_from: 0,
            last: None,
            lost: 0,
        }
    }

    /// Adds the next frames to `ready`.
    pub(super) fn push(&mut self, frames: &[u8], ready: &mut Vec<u8>) {
        let before = ready.len();
        self.taken += self.spec.frames_in(frames.len() as u64);
        match &mut self.asrc {
            None => ready.extend_from_slice(frames),
            Some(asrc) => {
                let ratio = self.tracker.ratio();
                for chunk in frames.chunks(MAX_FRAMES * self.spec.frame_bytes()) {
                    ready.extend_from_slice(asrc.process(ratio, chunk));
                }
            }
        }
        self.made += self.spec.frames_in((ready.len() - before) as u64);
        if self.asrc.is_none() {
            self.remember(frames);
        }
    }

    /// Frames that the resampler holds back.
    fn held(&self) -> u64 {
        let since = self.taken - self.resampled_from;
        self.asrc.as_ref().map_or(0, |asrc| asrc.delay().min(since))
    }

    /// Keeps the last frames.
    fn remember(&mut self, frames: &[u8]) {
        let size = self.history.len();
        let new = &frames[frames.len().saturating_sub(size)..];
        self.history.drain(..new.len());
        self.history.extend_from_slice(new);
    }

    /// Adds what a resampler holds back.
    pub(super) fn flush(&mut self, ready: &mut Vec<u8>) {
        if let Some(asrc) = &self.asrc {
            let silence = self.spec.silence(asrc.delay());
            self.push(&silence, ready);
        }
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
        if self.last.is_some_and(|last| at <= last) {
            return None;
        }
        self.last = Some(at);
        let now = at.as_secs_f64();
        if std::mem::replace(&mut self.lost, lost) != lost {
            self.tracker.restarted(now);
        }
        let ratio = self.asrc.as_ref().map_or(1.0, |_| self.tracker.ratio());
        let unmade = (own - self.taken as f64) * ratio;
        let surplus = (self.made + self.held()) as f64 + unmade - first;
        let detected = self.tracker.observe(now, surplus);
        if detected && self.corrects {
            self.begin_correction(now);
        }
        gauge.set(self.tracker.drift(), self.asrc.is_some());
        let drift = self.tracker.drift().filter(|_| detected)?;
        Some((drift, self.asrc.is_some()))
    }

    fn begin_correction(&mut self, now: f64) {
        if let Ok(mut asrc) = Asrc::new(self.spec, MAX_FRAMES) {
            asrc.begin(&self.history);
            self.asrc = Some(asrc);
            self.resampled_from = self.taken;
            self.tracker.correct(now, 0.0);
        }
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
            let new = own as u64 - follower.taken;
            follower.push(&vec![0; 2 * new as usize], &mut ready);
            let at = Duration::from_millis(250 * step);
            follower.observe(at, (own, first), 0, &gauge);
            off = (follower.made + follower.held()) as f64 - first;
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
        assert_eq!(follower.made, follower.taken);
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
