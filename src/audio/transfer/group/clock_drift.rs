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

/// A tracker for a device of `spec`. `is_exact` is whether the device takes timestamps itself.
pub(super) fn tracker(spec: Spec, is_exact: bool) -> DriftTracker {
    let deviation = match is_exact {
        true => MAX_DEVIATION,
        false => MAX_PLUGIN_DEVIATION,
    };
    let deviation = deviation.as_secs_f64() * f64::from(spec.rate);
    DriftTracker::new(spec.rate, 0.0, deviation)
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
