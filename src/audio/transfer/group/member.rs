//! What the calling thread keeps of a device of a group.

use super::clock_drift::DriftGauge;
use crate::audio::transfer::control::TransferControl;
use crate::audio::transfer::counters::Counters;
use crate::audio::transfer::event::{DeviceTotals, EndReason};
use std::sync::Arc;

/// A device of a group that runs.
#[derive(Clone)]
pub(super) struct Member {
    pub device: String,
    pub control: TransferControl,
    pub counters: Arc<Counters>,
    pub gauge: Arc<DriftGauge>,
    /// The rate of the device.
    pub rate: u32,
}

impl Member {
    /// Ends its loop.
    pub(super) fn stop(&self, why: EndReason) {
        self.control.stop(match why {
            EndReason::Finished => EndReason::Quit,
            why => why,
        });
    }

    /// What it has done, which is `frames` frames.
    pub(super) fn totals(&self, frames: u64) -> DeviceTotals {
        DeviceTotals {
            device: self.device.clone(),
            frames,
            xruns: self.counters.xruns(),
            frames_lost: self.counters.frames_lost(),
            drift_ppm: self.gauge.ppm(),
            resampling: self.gauge.is_resampling(),
        }
    }
}
