//! The file side of a playback: from a source into the ring. This thread may stall on a disk or a pipe for as long
//! as it likes; nothing else waits for it but the ring.

use super::control::Control;
use crate::audio::file::Source;
use crate::audio::spec::Spec;
use rtrb::Producer;

/// The ring between file and device, in bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct RingSize {
    /// All of it: what the device holds (a frame stays in the ring until it is heard), and the read-ahead.
    pub capacity: usize,
    /// The file is read again once so much is free: large reads, few wake-ups.
    pub refill: usize,
}

impl RingSize {
    /// A ring for a device with a buffer of `device_frames`, that reads two seconds ahead in steps of one.
    pub(super) fn of(spec: Spec, device_frames: u64) -> RingSize {
        let second = u64::from(spec.rate).max(4096);
        RingSize {
            capacity: spec.bytes(device_frames + 2 * second) as usize,
            refill: spec.bytes(second) as usize,
        }
    }
}

/// Moves a source from its place to its end into the ring and gives it back. Ends early when the device side is gone.
pub(super) fn feed<S: Source>(
    mut source: S,
    mut ring: Producer<u8>,
    size: RingSize,
    control: &Control,
) -> S {
    let frame_bytes = source.spec().frame_bytes();
    while !ring.is_abandoned() {
        let free = ring.slots();
        if free < size.refill {
            std::thread::park();
            continue;
        }
        let Ok(mut chunk) = ring.write_chunk(free.min(size.refill)) else {
            break;
        };
        // The ring's ends are frame boundaries, so the first part alone is a whole number of frames too.
        let (first, _) = chunk.as_mut_slices();
        // Its read errors have been reported by the playlist, which then goes on with the next file.
        let Ok(bytes @ 1..) = source.read(first) else {
            break;
        };
        debug_assert_eq!(bytes % frame_bytes, 0);
        chunk.commit(bytes);
        control.fed();
    }
    drop(ring);
    control.wake();
    source
}
