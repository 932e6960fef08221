//! What is known about the frames of a kernel device that a wait announces.

use crate::audio::ffi::sync_ptr::SyncPtr;
use std::cell::{Cell, OnceCell};

/// What is known between two reads.
#[derive(Debug, Default)]
pub(super) struct AnnouncedReads {
    /// `None` if the PCM cannot be read in this way. Unknown before the first use.
    pub call: OnceCell<Option<SyncPtr>>,
    /// Where the next read begins, unless another call may have moved it.
    pub start: Cell<Option<u64>>,
    /// How many frames end a wait by the software parameters, and now.
    pub usual: Cell<u64>,
    pub now: Cell<u64>,
    /// Whether alsa-lib does not know the position.
    pub is_hidden: Cell<bool>,
}

impl AnnouncedReads {
    /// alsa-lib has asked for the position.
    pub(super) fn is_shown(&self) {
        self.is_hidden.set(false);
    }

    /// Records how many frames end a wait by the software parameters.
    pub(super) fn set_avail_min(&self, frames: u64) {
        self.usual.set(frames);
        self.now.set(frames);
    }
}
