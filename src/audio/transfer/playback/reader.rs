//! The file side of a playback: from a source into the ring. This thread may stall on a disk or a pipe for as long
//! as it likes; nothing else waits for it but the ring.

use crate::audio::ffi::ring::RingWriter;
use crate::audio::spec::Spec;
use crate::audio::stream::Source;
use crate::audio::transfer::control::TransferControl;

/// The ring between file and device, in bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct RingSize {
    /// All of it: what the device holds (a frame stays in the ring until it is heard), and the read-ahead.
    pub capacity: usize,
    /// The file is read again once so much is free: large reads, few wake-ups.
    pub refill: usize,
}

impl RingSize {
    /// A ring for a device with a buffer of `device_frames`, filled in steps of two seconds.
    pub(super) fn of(spec: Spec, device_frames: u64) -> RingSize {
        let step = 2 * u64::from(spec.rate).max(4096);
        // A whole number of steps, so that no step is cut in two by the ring's end.
        let frames = (device_frames + step).next_multiple_of(step);
        RingSize {
            capacity: spec.bytes(frames) as usize,
            refill: spec.bytes(step) as usize,
        }
    }
}

/// Moves a source from its place to its end into the ring and gives it back. Ends early when the device side is gone.
pub(super) fn feed<S: Source>(
    mut source: S,
    mut ring: RingWriter,
    size: RingSize,
    control: &TransferControl,
) -> S {
    let frame_bytes = source.spec().frame_bytes();
    while !ring.is_abandoned() {
        if ring.room() < size.refill {
            std::thread::park();
            continue;
        }
        // The ring's ends are frame boundaries, so the room is a whole number of frames. Read errors have been reported
        // by the playlist, which then goes on with the next file.
        let Ok(bytes @ 1..) = ring.fill(size.refill, |room| source.read(room)) else {
            break;
        };
        debug_assert_eq!(bytes % frame_bytes, 0);
        control.fed();
    }
    drop(ring);
    control.wake();
    source
}
