//! Frames that a capture device still holds when an xrun stops it. A kernel device keeps its memory, so where that is
//! mapped they can be read; but some drivers clear it when they are prepared, so they are copied before that.

use super::device::Pcm;
use crate::audio::direction::Direction;
use crate::audio::ffi::hw_params::PcmAccess;
use crate::audio::ffi::transfer::MappedBuffer;
use std::cell::{Cell, RefCell};

/// The frames of a stopped device. Empty for a PCM that is not mapped.
#[derive(Debug, Default)]
pub(super) struct StoppedFrames {
    mapped: Cell<Option<MappedBuffer>>,
    /// Room for a whole buffer, so that copying does not allocate.
    copy: RefCell<Vec<u8>>,
    /// Bytes in the copy.
    held: Cell<usize>,
}

impl StoppedFrames {
    /// Finds the memory of a prepared PCM, if it is of use.
    pub(super) fn map(&self, pcm: &Pcm) {
        let configuration = pcm.configuration();
        let mapped = configuration.access == PcmAccess::MmapInterleaved && pcm.is_hardware();
        if !mapped || pcm.pcm_type() != Direction::Capture || self.mapped.get().is_some() {
            return;
        }
        let (frame, frames) = (pcm.spec().frame_bytes(), configuration.buffer_size);
        let buffer = pcm
            .handle()
            .ok()
            .and_then(|handle| MappedBuffer::of(handle, frame, frames));
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
    pub(super) fn keep(&self, pcm: &Pcm, at: u64, frames: u64) {
        self.held.set(0);
        if let (Some(mapped), Ok(handle)) = (self.mapped.get(), pcm.handle())
            && let Ok(mut copy) = self.copy.try_borrow_mut()
        {
            let (frame, buffer) = (pcm.spec().frame_bytes(), pcm.configuration().buffer_size);
            let bytes = (frames as usize * frame).min(copy.len());
            mapped.copy(handle, (at % buffer) as usize * frame, &mut copy[..bytes]);
            self.held.set(bytes);
        }
    }
}

impl Pcm {
    /// Hands over the frames that the device held when the last xrun stopped it, oldest first, if they could be read.
    pub(crate) fn take_stopped_frames(&self, take: impl FnOnce(&[u8])) {
        let bytes = self.stopped.held.take();
        if let Ok(copy) = self.stopped.copy.try_borrow() {
            take(&copy[..bytes]);
        }
    }
}
