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
    /// Frames that a device skipped to catch up with others that play the same sound.
    skipped: AtomicU64,
    /// Frames that had been captured or played at a time, in nanoseconds. Both belong together while `positions` is the
    /// same even number before and after they are read.
    positions: AtomicU64,
    position: AtomicU64,
    position_at: AtomicU64,
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

    /// Records how many frames a device had captured, or played and skipped, at a time on the clock of [`KnownPosition`].
    pub(super) fn set_position(&self, frames: u64, at: Duration) {
        self.positions.fetch_add(1, SeqCst);
        self.position.store(frames, SeqCst);
        self.position_at.store(at.as_nanos() as u64, SeqCst);
        self.positions.fetch_add(1, SeqCst);
    }

    /// The last known position and its time; `None` before the first one, or while that changes.
    pub(super) fn position(&self) -> Option<(u64, Duration)> {
        let version = self.positions.load(SeqCst);
        let position = self.position.load(SeqCst);
        let at = Duration::from_nanos(self.position_at.load(SeqCst));
        let same = version == self.positions.load(SeqCst);
        (same && version > 0 && version.is_multiple_of(2)).then_some((position, at))
    }

    /// Frames that were skipped.
    pub(super) fn skipped(&self) -> u64 {
        self.skipped.load(Relaxed)
    }

    pub(super) fn add_skipped(&self, frames: u64) {
        self.skipped.fetch_add(frames, Relaxed);
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
