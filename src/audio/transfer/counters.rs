//! What a device thread counts and other threads read, without a lock.

use crate::audio::dsp::meter;
use crate::audio::pcm::Xrun;
use crate::audio::spec::Spec;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};

#[derive(Debug)]
pub(super) struct Counters {
    spec: Spec,
    frames: AtomicU64,
    xruns: AtomicU64,
    frames_lost: AtomicU64,
    /// One for each channel. Empty if nobody reads them.
    peaks: Vec<Peak>,
}

/// The peak of a channel, as the bits of a non-negative `f32` plus one: they compare like the numbers, and 0 means that no
/// frame was metered.
#[derive(Debug, Default)]
struct Peak {
    since_read: AtomicU32,
    last: AtomicU32,
}

impl Peak {
    fn include(&self, peak: f32) {
        self.since_read.fetch_max(peak.to_bits() + 1, Relaxed);
    }

    /// The peak since the last call, or the last one known if no frame was metered since.
    fn take(&self) -> Option<f32> {
        match self.since_read.swap(0, Relaxed) {
            0 => {}
            peak => self.last.store(peak, Relaxed),
        }
        let last = self.last.load(Relaxed).checked_sub(1)?;
        Some(f32::from_bits(last))
    }
}

impl Counters {
    /// `metered` is whether peaks are wanted.
    pub(super) fn new(spec: Spec, metered: bool) -> Counters {
        let channels = if metered { spec.channels } else { 0 };
        Counters {
            spec,
            frames: AtomicU64::new(0),
            xruns: AtomicU64::new(0),
            frames_lost: AtomicU64::new(0),
            peaks: (0..channels).map(|_| Peak::default()).collect(),
        }
    }

    /// Frames that the device has played, or that were read from the capture device.
    pub(super) fn frames(&self) -> u64 {
        self.frames.load(Relaxed)
    }

    pub(super) fn add_frames(&self, frames: u64) {
        self.frames.fetch_add(frames, Relaxed);
    }

    pub(super) fn xruns(&self) -> u64 {
        self.xruns.load(Relaxed)
    }

    pub(super) fn frames_lost(&self) -> u64 {
        self.frames_lost.load(Relaxed)
    }

    /// Counts frames that were lost while the device was away.
    pub(super) fn add_lost(&self, frames: u64) {
        self.frames_lost.fetch_add(frames, Relaxed);
    }

    pub(super) fn add_xrun(&self, xrun: Xrun) {
        self.xruns.fetch_add(1, Relaxed);
        self.frames_lost
            .fetch_add(xrun.frames.unwrap_or(0), Relaxed);
    }

    /// Includes some frames in the peaks.
    pub(super) fn meter(&self, frames: &[u8]) {
        if !self.peaks.is_empty() {
            meter::peaks(self.spec, frames, |channel, peak| {
                self.peaks[channel].include(peak);
            });
        }
    }

    /// The peaks since the last call, in dBFS, or the last ones known; `None` before the first, and for a format without
    /// a full scale.
    pub(super) fn take_peaks(&self) -> Vec<Option<f64>> {
        self.peaks
            .iter()
            .map(|peak| meter::dbfs(peak.take()?))
            .collect()
    }
}
