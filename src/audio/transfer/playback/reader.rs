//! The file side of a playback: from a source into the ring. This thread may stall on a disk or a pipe: the device
//! thread depends only on the ring.

use crate::audio::ffi::ring::RingWriter;
use crate::audio::spec::Spec;
use crate::audio::stream::Source;
use crate::audio::transfer::control::TransferControl;

/// Seconds of sound that are read at a time.
const REFILL_SECONDS: u64 = 2;

/// The size of a refill is calculated with at least this rate in Hz, so that low rates are not read in small pieces.
const MIN_REFILL_RATE: u64 = 4096;

/// The size of the ring between file and device, in bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct RingSize {
    /// All of it: what the device holds (a frame stays in the ring until it is played), and the read-ahead.
    pub capacity: usize,
    /// The file is read again once this much is free: large reads, few wake-ups.
    pub refill: usize,
}

impl RingSize {
    /// A ring for a device with a buffer of `device_frames`.
    pub(super) fn of(spec: Spec, device_frames: u64) -> RingSize {
        let refill = REFILL_SECONDS * u64::from(spec.rate).max(MIN_REFILL_RATE);
        // A whole number of refills, so that none is cut in two by the ring's end.
        let frames = (device_frames + refill).next_multiple_of(refill);
        RingSize {
            capacity: spec.bytes(frames) as usize,
            refill: spec.bytes(refill) as usize,
        }
    }
}

/// Reads a source into the ring.
pub(super) struct FileReader<S> {
    pub source: S,
    pub ring: RingWriter,
    /// Bytes that are read at a time.
    pub refill: usize,
    pub control: TransferControl,
}

impl<S: Source> FileReader<S> {
    /// Moves the rest of the source into the ring and returns it. Ends early if the device side is gone.
    pub(super) fn run(mut self) -> S {
        let frame_bytes = self.source.spec().frame_bytes();
        while !self.ring.is_abandoned() {
            if self.ring.free() < self.refill {
                std::thread::park();
                continue;
            }
            // The ring's ends are frame boundaries, so the free part is a whole number of frames. The playlist reports
            // read errors itself and continues with the next file.
            let filled = self
                .ring
                .fill(self.refill, |buffer| self.source.read(buffer));
            let Ok(bytes @ 1..) = filled else {
                break;
            };
            debug_assert_eq!(bytes % frame_bytes, 0);
            self.control.file_moved();
        }
        // The device side must see that the ring is abandoned when it wakes.
        drop(self.ring);
        self.control.wake();
        self.source
    }
}
