//! How much faster the clock of one device of a group is than that of the first one.

use crate::audio::spec::Spec;
use crate::audio::transfer::drift::DriftTracker;
use crate::audio::transfer::event::{Drift, Event};
use std::sync::atomic::{
    AtomicBool, AtomicI64,
    Ordering::{Acquire, Relaxed, Release},
};
use std::time::Duration;

/// How far a device may be off before that counts as drift.
const MAX_DEVIATION: Duration = Duration::from_micros(400);

/// The same for a device whose positions are known only as of a plugin's last call.
const MAX_PLUGIN_DEVIATION: Duration = Duration::from_millis(5);

/// Observes the clock of one device of a group.
pub(super) struct ClockObserver {
    pub tracker: DriftTracker,
    /// When the position was observed last.
    last: Option<Duration>,
    /// Frames that had been skipped or lost then.
    missing: u64,
}

impl ClockObserver {
    /// For a device of `spec`. `is_exact` is whether it takes timestamps itself.
    pub(super) fn new(spec: Spec, is_exact: bool) -> ClockObserver {
        let deviation = match is_exact {
            true => MAX_DEVIATION,
            false => MAX_PLUGIN_DEVIATION,
        };
        let deviation = deviation.as_secs_f64() * f64::from(spec.rate);
        ClockObserver {
            tracker: DriftTracker::new(spec.rate, 0.0, deviation),
            last: None,
            missing: 0,
        }
    }

    /// All devices have started again at `now`: earlier positions mean nothing.
    pub(super) fn restarted(&mut self, now: Duration) {
        self.last = Some(now);
        self.tracker.restarted(now.as_secs_f64());
    }

    /// Begins an observation at `at`, and returns `at` in seconds; `None` if it is not later than the last one. `missing`
    /// counts the frames that have been skipped or lost: earlier positions mean nothing once it changes.
    pub(super) fn begin(&mut self, at: Duration, missing: u64) -> Option<f64> {
        if self.last.is_some_and(|last| at <= last) {
            return None;
        }
        self.last = Some(at);
        let now = at.as_secs_f64();
        if std::mem::replace(&mut self.missing, missing) != missing {
            self.tracker.restarted(now);
        }
        Some(now)
    }
}

/// The position at `time` of a device of `rate` that was at `frames` at another time.
pub(super) fn position_at(frames: f64, at: Duration, rate: f64, time: Duration) -> f64 {
    frames + (time.as_secs_f64() - at.as_secs_f64()) * rate
}

/// What is known of a device's drift, for the calling thread.
#[derive(Debug, Default)]
pub(super) struct DriftGauge {
    is_known: AtomicBool,
    /// Parts per billion.
    drift: AtomicI64,
    is_resampling: AtomicBool,
}

impl DriftGauge {
    pub(super) fn set(&self, drift: Option<f64>, resampling: bool) {
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

/// What is reported once the clock of `device` is found to drift from that of `first`.
pub(super) fn drift_events(first: &str, device: &str, drift: f64, resampling: bool) -> [Event; 2] {
    let ppm = drift * 1e6;
    let (faster, slower) = match drift >= 0.0 {
        true => (device, first),
        false => (first, device),
    };
    let effect = match resampling {
        true => format!("'{device}' is resampled from now on"),
        false => "this is not corrected: they move apart".to_owned(),
    };
    let text = format!(
        "the clock of '{faster}' is about {:.0} ppm faster than that of '{slower}': {effect}",
        ppm.abs()
    );
    let drift = Drift {
        device: Some(device.to_owned()),
        drift_ppm: (ppm * 1e3).round() / 1e3,
        ratio: 1.0 / (1.0 + drift),
        resampling,
    };
    [Event::Warning(text.into()), Event::Drift(drift)]
}
