//! The rings from which a device is fed. Each change of position is a new ring: a new epoch.

use rtrb::Consumer;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};

/// Feeds that may wait for the device thread.
pub(super) const MAX_FEEDS: usize = 4;

/// Stands for an epoch that has not begun.
const NOT_BEGUN: u64 = u64::MAX;

/// Frames for the device, from one position on.
pub(super) struct Feed {
    pub ring: Consumer<u8>,
    pub epoch: Arc<Epoch>,
}

/// What several threads know of a feed.
#[derive(Debug)]
pub(in crate::audio::transfer) struct Epoch {
    /// How many frames are played before its first one.
    base: AtomicU64,
    /// Whether all its frames are in the ring.
    ended: AtomicBool,
}

impl Epoch {
    /// The epoch that a transfer begins with.
    pub(in crate::audio::transfer) fn first() -> Arc<Epoch> {
        let epoch = Epoch::next();
        epoch.start_at(0);
        epoch
    }

    /// An epoch that begins once the device thread says so.
    pub(super) fn next() -> Arc<Epoch> {
        Arc::new(Epoch {
            base: AtomicU64::new(NOT_BEGUN),
            ended: AtomicBool::new(false),
        })
    }

    /// How many frames are played before its first one; `None` if it has not begun.
    pub(super) fn base(&self) -> Option<u64> {
        Some(self.base.load(SeqCst)).filter(|base| *base != NOT_BEGUN)
    }

    /// Records that `frames` frames are played before its first one.
    pub(super) fn start_at(&self, frames: u64) {
        self.base.store(frames, SeqCst);
    }

    /// Records that all its frames are in the ring.
    pub(super) fn end(&self) {
        self.ended.store(true, SeqCst);
    }

    /// Whether all its frames are in the ring.
    pub(super) fn has_ended(&self) -> bool {
        self.ended.load(SeqCst)
    }
}
