//! Frames that a capture device still holds when an xrun stops it. A kernel device keeps its memory, so where that is
//! mapped they can be read; but some drivers clear it when they are prepared, so they are copied before that.

use super::negotiate::Configuration;
use crate::audio::ffi;
use crate::audio::ffi::hw_params::PcmAccess;
use crate::audio::ffi::transfer::MappedBuffer;
use alsa::pcm::PCM;
use std::cell::{Cell, RefCell};

/// The frames of a stopped device; none if the PCM is not mapped.
#[derive(Debug, Default)]
pub(super) struct StoppedFrames {
    mapped: Cell<Option<MappedBuffer>>,
    /// Room for a whole buffer, so that copying does not allocate.
    copy: RefCell<Vec<u8>>,
    /// Bytes in the copy.
    held: Cell<usize>,
}

impl StoppedFrames {
    /// Finds the memory of a prepared capture PCM, if it is mapped.
    pub(super) fn map(&self, pcm: &PCM, configuration: &Configuration) {
        let mapped = configuration.access == PcmAccess::MmapInterleaved && ffi::is_hardware(pcm);
        if !mapped || self.mapped.get().is_some() {
            return;
        }
        let (frame, frames) = (configuration.spec.frame_bytes(), configuration.buffer_size);
        let buffer = MappedBuffer::of(pcm, frame, frames);
        if buffer.is_some() {
            self.mapped.set(buffer);
            self.copy.borrow_mut().resize(frame * frames as usize, 0);
        }
    }

    /// Forgets the memory: the PCM is configured again.
    pub(super) fn unmap(&self) {
        self.mapped.set(None);
        self.held.set(0);
    }

    /// Copies the `frames` frames that the stopped device holds, the oldest of which is at frame `at` since it was prepared.
    pub(super) fn keep(&self, pcm: &PCM, configuration: &Configuration, at: u64, frames: u64) {
        self.held.set(0);
        if let Some(mapped) = self.mapped.get()
            && let Ok(mut copy) = self.copy.try_borrow_mut()
        {
            let frame = configuration.spec.frame_bytes();
            let bytes = (frames as usize * frame).min(copy.len());
            let offset = (at % configuration.buffer_size) as usize * frame;
            mapped.copy(pcm, offset, &mut copy[..bytes]);
            self.held.set(bytes);
        }
    }

    /// Hands over the copy, once.
    pub(super) fn take(&self, take: impl FnOnce(&[u8])) {
        let bytes = self.held.take();
        if let Ok(copy) = self.copy.try_borrow() {
            take(&copy[..bytes]);
        }
    }
}
