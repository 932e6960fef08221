//! What a device thread counts and other threads read, without a lock.

use crate::audio::pcm::{KnownPosition, Xrun};
use crate::audio::spec::Spec;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

#[derive(Debug, Default)]
pub(super) struct Counters {
    frames: AtomicU64,
    xruns: AtomicU64,
    frames_lost: AtomicU64,
    /// Frames that a device holds and plays, and the time in nanoseconds at which it held them.
    held: AtomicU64,
    held_at: AtomicU64,
}

impl Counters {
    /// Frames that the device has played, or that were read from the capture device.
    pub(super) fn frames(&self) -> u64 {
        self.frames.load(Relaxed)
    }

    pub(super) fn add_frames(&self, frames: u64) {
        self.frames.fetch_add(frames, Relaxed);
    }

    /// Records how many frames a device that plays held at `known`; 0 if it does not play.
    pub(super) fn set_held(&self, frames: u64, known: Option<KnownPosition>) {
        let at = known.map_or(Duration::ZERO, |known| known.time());
        self.held_at.store(at.as_nanos() as u64, Relaxed);
        self.held.store(frames, Relaxed);
    }

    /// Frames that the device must have played by now, by the clock.
    pub(super) fn frames_by_clock(&self, spec: Spec) -> u64 {
        let at = Duration::from_nanos(self.held_at.load(Relaxed));
        let held = self.held.load(Relaxed);
        let since = spec.frames_lasting(KnownPosition::now().saturating_sub(at));
        self.frames() + held.min(since)
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
}
