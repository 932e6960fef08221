//! Frames that a capture device still holds when an xrun or an unplug stops it. A kernel device keeps its memory until it
//! is closed, so where that is mapped they can be read; but some drivers clear it when they are prepared, so they are
//! copied before that.

use super::negotiate::Configuration;
use super::plugins::is_direct;
use crate::audio::ffi::hw_params::PcmAccess;
use crate::audio::ffi::transfer::MappedBuffer;
use alsa::pcm::PCM;
use std::cell::{Cell, RefCell};
use std::ops::Range;

/// How many bytes of the device's memory are compared at once.
const BLOCK: usize = 4096;

/// The frames of a stopped device; none if the PCM is not mapped.
#[derive(Debug, Default)]
pub(super) struct StoppedFrames {
    mapped: Cell<Option<MappedBuffer>>,
    /// What the caller has seen of the device's memory, at the same offsets. Allocated while the device is prepared, so
    /// that copying does not allocate.
    seen: RefCell<Vec<u8>>,
    /// Where the kept frames are in `seen`: offset and length in bytes.
    held: Cell<(usize, usize)>,
}

impl StoppedFrames {
    /// Finds the memory of a prepared capture PCM, if it is mapped, and takes note of its content.
    pub(super) fn map(&self, pcm: &PCM, configuration: &Configuration) {
        let frame = configuration.spec.frame_bytes();
        let bytes = frame * configuration.buffer_size as usize;
        if self.mapped.get().is_none() {
            let is_mapped = configuration.access == PcmAccess::MmapInterleaved;
            if !is_mapped || !is_direct(pcm) {
                return;
            }
            let buffer = MappedBuffer::of(pcm, frame, configuration.buffer_size);
            self.mapped.set(buffer);
            self.seen.borrow_mut().resize(bytes, 0);
        }
        self.look(pcm, 0, bytes);
    }

    /// The memory of the device, if it is mapped.
    pub(super) fn memory(&self) -> Option<MappedBuffer> {
        self.mapped.get()
    }

    /// Forgets the memory: the PCM is closed or configured again.
    pub(super) fn unmap(&self) {
        self.mapped.set(None);
        self.held.set((0, 0));
    }

    /// Takes note of `frames`, which were just read at frame `at` since the PCM was prepared.
    pub(super) fn read(&self, configuration: &Configuration, at: u64, frames: &[u8]) {
        if self.mapped.get().is_none() {
            return;
        }
        if let Ok(mut seen) = self.seen.try_borrow_mut() {
            let mut rest = frames;
            let size = seen.len();
            for part in parts(byte_offset(configuration, at), frames.len(), size) {
                let (now, later) = rest.split_at(part.len());
                seen[part].copy_from_slice(now);
                rest = later;
            }
        }
    }

    /// Takes note of the `frames` frames from frame `at` on, which the caller skips.
    pub(super) fn skip(&self, pcm: &PCM, configuration: &Configuration, at: u64, frames: u64) {
        let bytes = configuration.spec.bytes(frames) as usize;
        self.look(pcm, byte_offset(configuration, at), bytes);
    }

    /// Keeps the `frames` frames that the stopped device holds, the oldest of which is at frame `at` since it was prepared.
    pub(super) fn keep(&self, pcm: &PCM, configuration: &Configuration, at: u64, frames: u64) {
        let offset = byte_offset(configuration, at);
        let bytes = configuration.spec.bytes(frames) as usize;
        let held = self.look(pcm, offset, bytes);
        self.held.set((if held > 0 { offset } else { 0 }, held));
    }

    /// How many frames the stopped device has certainly written from frame `at` on, of at most `max`: up to the last one
    /// that is not what the caller has seen there before. A device announces frames only at the end of a period.
    pub(super) fn written(
        &self,
        pcm: &PCM,
        configuration: &Configuration,
        at: u64,
        max: u64,
    ) -> u64 {
        let (Some(mapped), Ok(seen)) = (self.mapped.get(), self.seen.try_borrow()) else {
            return 0;
        };
        let frame = configuration.spec.frame_bytes();
        let bytes = (frame * max as usize).min(seen.len());
        let mut written = 0;
        let mut before = 0;
        for part in parts(byte_offset(configuration, at), bytes, seen.len()) {
            for start in part.clone().step_by(BLOCK) {
                let seen = &seen[start..part.end.min(start + BLOCK)];
                let mut block = [0; BLOCK];
                let now = &mut block[..seen.len()];
                mapped.copy(pcm, start, now);
                let differs = now.iter().zip(seen).rposition(|(now, seen)| now != seen);
                if let Some(last) = differs {
                    written = before + last + 1;
                }
                before += seen.len();
            }
        }
        written.div_ceil(frame) as u64
    }

    /// Hands over the kept frames, once: the older ones, and the rest.
    pub(super) fn take(&self, take: impl FnOnce(&[u8], &[u8])) {
        let (offset, bytes) = self.held.take();
        if let Ok(seen) = self.seen.try_borrow() {
            let [older, rest] = parts(offset, bytes, seen.len());
            take(&seen[older], &seen[rest]);
        }
    }

    /// Copies `bytes` bytes from `offset` on. Returns how many that are.
    fn look(&self, pcm: &PCM, offset: usize, bytes: usize) -> usize {
        let (Some(mapped), Ok(mut seen)) = (self.mapped.get(), self.seen.try_borrow_mut()) else {
            return 0;
        };
        let size = seen.len();
        let bytes = bytes.min(size);
        for part in parts(offset, bytes, size) {
            mapped.copy(pcm, part.start, &mut seen[part]);
        }
        bytes
    }
}

fn byte_offset(configuration: &Configuration, at: u64) -> usize {
    (at % configuration.buffer_size) as usize * configuration.spec.frame_bytes()
}

/// The `bytes` bytes from `offset` on in a ring of `size` bytes: up to its end, and from its start.
fn parts(offset: usize, bytes: usize, size: usize) -> [Range<usize>; 2] {
    let bytes = bytes.min(size);
    let first = bytes.min(size.saturating_sub(offset));
    [offset..offset + first, 0..bytes - first]
}
