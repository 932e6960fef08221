//! What a loopback's device thread measures and other threads read, without a lock.

use crate::audio::spec::Spec;
use crate::audio::transfer::event::LoopbackProgress;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Stands for an unknown latency.
const NO_LATENCY: u64 = u64::MAX;

#[derive(Debug)]
pub(super) struct Gauges {
    /// Frames, or `NO_LATENCY`.
    latency: AtomicU64,
    /// Frames between the two devices.
    waiting: AtomicU64,
    /// The bits of an `f64`; NaN while no drift is detected.
    drift: AtomicU64,
    /// The bits of an `f64`.
    ratio: AtomicU64,
}

impl Default for Gauges {
    fn default() -> Gauges {
        Gauges {
            latency: AtomicU64::new(NO_LATENCY),
            waiting: AtomicU64::new(0),
            drift: AtomicU64::new(f64::NAN.to_bits()),
            ratio: AtomicU64::new(1f64.to_bits()),
        }
    }
}

impl Gauges {
    /// Sets the frames from input to output.
    pub(super) fn set_latency(&self, frames: f64) {
        self.latency.store(frames.max(0.0).round() as u64, Relaxed);
    }

    /// Nothing is played any more.
    pub(super) fn clear_latency(&self) {
        self.latency.store(NO_LATENCY, Relaxed);
    }

    /// Sets the frames between the two devices.
    pub(super) fn set_waiting(&self, frames: u64) {
        self.waiting.store(frames, Relaxed);
    }

    /// Sets by how much the capture clock is faster, as a fraction.
    pub(super) fn set_drift(&self, drift: f64) {
        self.drift.store(drift.to_bits(), Relaxed);
    }

    /// Sets the frames played per frame captured.
    pub(super) fn set_ratio(&self, ratio: f64) {
        self.ratio.store(ratio.to_bits(), Relaxed);
    }

    pub(super) fn progress(&self, spec: Spec) -> LoopbackProgress {
        let latency = Some(self.latency.load(Relaxed)).filter(|frames| *frames != NO_LATENCY);
        let drift = f64::from_bits(self.drift.load(Relaxed));
        LoopbackProgress {
            latency_frames: latency,
            latency_ms: latency.map(|frames| spec.milliseconds(frames)),
            drift_ppm: (!drift.is_nan()).then(|| ppm(drift)),
            ratio: f64::from_bits(self.ratio.load(Relaxed)),
            fill_frames: self.waiting.load(Relaxed),
        }
    }
}

/// A fraction in parts per million, rounded to a tenth.
pub(super) fn ppm(fraction: f64) -> f64 {
    // Adding zero turns -0 into 0.
    (fraction * 1e7).round() / 10.0 + 0.0
}
