//! What a device thread counts and other threads read, without a lock.

use crate::audio::pcm::{KnownPosition, Xrun};
use crate::audio::spec::Spec;
use std::sync::atomic::{
    AtomicU64,
    Ordering::{Relaxed, SeqCst},
};
use std::time::Duration;

#[derive(Debug, Default)]
pub(super) struct Counters {
    frames: AtomicU64,
    xruns: AtomicU64,
    frames_lost: AtomicU64,
    /// Frames that had been captured at a time, in nanoseconds. Both belong together while `captures` is the same even
    /// number before and after they are read.
    captures: AtomicU64,
    captured: AtomicU64,
    captured_at: AtomicU64,
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

    /// Records the last known position of a device whose captured frames have all been added but those that it holds.
    pub(super) fn set_captured(&self, known: KnownPosition) {
        self.captures.fetch_add(1, SeqCst);
        self.captured.store(self.frames() + known.avail, SeqCst);
        self.captured_at
            .store(known.time().as_nanos() as u64, SeqCst);
        self.captures.fetch_add(1, SeqCst);
    }

    /// How many frames had been captured by when, on the clock of [`KnownPosition`]; `None` before the first ones, or
    /// while that changes.
    pub(super) fn captured(&self) -> Option<(u64, Duration)> {
        let version = self.captures.load(SeqCst);
        let captured = self.captured.load(SeqCst);
        let at = Duration::from_nanos(self.captured_at.load(SeqCst));
        let same = version == self.captures.load(SeqCst);
        (same && version > 0 && version.is_multiple_of(2)).then_some((captured, at))
    }

    /// Adds what another device counted.
    pub(super) fn include(&self, other: &Counters) {
        self.frames.fetch_add(other.frames(), Relaxed);
        self.xruns.fetch_add(other.xruns(), Relaxed);
        self.frames_lost.fetch_add(other.frames_lost(), Relaxed);
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
