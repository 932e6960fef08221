//! The file side of a playback: from a source into the ring. This thread may stall on a disk or a pipe: the device
//! thread depends only on the ring.

use super::feed::{Epoch, Feed};
use super::timeline::Timeline;
use crate::audio::ffi::ring::{RingWriter, ring};
use crate::audio::pcm::Pcm;
use crate::audio::spec::Spec;
use crate::audio::transfer::control::TransferControl;
use crate::audio::transfer::convert::SeekSource;
use crate::audio::transfer::counters::Counters;
use crate::audio::transfer::event::{Event, RefusedChange};
use crate::audio::transfer::jump::Jump;
use rtrb::{Consumer, Producer};
use std::sync::Arc;
use std::time::Duration;

/// Seconds of sound that are read at a time.
const REFILL_SECONDS: u64 = 2;

/// The same for a kernel device whose buffer is shorter than that: its thread wakes often enough.
const SHORT_REFILL_SECONDS: u64 = 4;

/// No more bytes than this are read at a time, or as many as a second has.
const MAX_REFILL_BYTES: u64 = 1 << 20;

/// The size of a refill is calculated with at least this rate in Hz, so that low rates are not read in small pieces.
const MIN_REFILL_RATE: u64 = 4096;

/// At first, and at a new position, no more sound than this is read before it is played.
const PREFILL: Duration = Duration::from_millis(250);

/// How long to wait for the device thread to take a feed, before trying again.
const FEED_WAIT: Duration = Duration::from_millis(5);

/// The size of the ring between file and device, in bytes.
#[derive(Clone, Copy, Debug)]
pub(in crate::audio::transfer) struct RingSize {
    /// All of it: what the device holds (a frame stays in the ring until it is played), and the read-ahead.
    pub capacity: usize,
    /// The file is read again once this much is free: large reads, few wake-ups.
    pub refill: usize,
}

impl RingSize {
    /// A ring for a device that is written `wakeup` frames at a time.
    pub(super) fn of(pcm: &Pcm, wakeup: u64) -> RingSize {
        let (spec, device_frames) = (pcm.spec(), pcm.max_unheard());
        let seconds = match pcm.is_direct() && device_frames < REFILL_SECONDS * second_of(spec) {
            true => SHORT_REFILL_SECONDS,
            false => REFILL_SECONDS,
        };
        RingSize::with_refill(pcm, wakeup, refill_frames(spec, seconds))
    }

    /// A ring that is not of a device: between one and two refills are ahead of the caller.
    pub(super) fn ahead_of(spec: Spec) -> RingSize {
        let refill = spec.bytes(refill_frames(spec, SHORT_REFILL_SECONDS)) as usize;
        RingSize {
            capacity: 2 * refill,
            refill,
        }
    }

    /// A ring that is refilled by `refill` frames at a time, for a device that is written `wakeup` frames at a time.
    pub(in crate::audio::transfer) fn with_refill(pcm: &Pcm, wakeup: u64, refill: u64) -> RingSize {
        let spec = pcm.spec();
        // A whole number of refills, so that none is cut in two by the ring's end.
        let frames = (pcm.max_unheard() + wakeup + refill).next_multiple_of(refill);
        RingSize {
            capacity: spec.bytes(frames) as usize,
            refill: spec.bytes(refill) as usize,
        }
    }
}

/// The frames of a second, of which a refill has a whole number.
fn second_of(spec: Spec) -> u64 {
    u64::from(spec.rate).max(MIN_REFILL_RATE)
}

/// The frames of a refill of up to `seconds`.
fn refill_frames(spec: Spec, seconds: u64) -> u64 {
    let second = second_of(spec);
    second * (MAX_REFILL_BYTES / spec.bytes(second)).clamp(1, seconds)
}

/// Reads a source into the ring.
pub(super) struct FileReader<S> {
    pub source: S,
    pub ring: RingWriter,
    pub epoch: Arc<Epoch>,
    pub size: RingSize,
    pub control: TransferControl,
    pub counters: Arc<Counters>,
    pub timeline: Arc<Timeline>,
    /// Takes a new ring to the device thread when the position changes; brings the old one back, to be freed here.
    pub feeds: Producer<Feed>,
    pub retired: Consumer<Feed>,
    /// Whether the position may change until the last frame is played.
    pub navigates: bool,
}

impl<S: SeekSource> FileReader<S> {
    /// Moves the rest of the source into the ring and returns it. Ends early if the device side is gone.
    #[inline(never)] // It has a name in src/startup.ld then.
    pub(super) fn run(mut self) -> S {
        // Bytes of a refill that are still to be read: a pipe, and the end of the ring, take it in parts.
        let (mut ended, mut due) = (false, 0);
        // The first part is short, so that the device starts early.
        let mut part = self.prefill_bytes();
        while !self.feeds.is_abandoned() {
            if let Some(jump) = self.control.take_jump() {
                (ended, due) = (self.jump(jump, ended), 0);
            } else if due == 0 && !ended && self.ring.free() >= self.size.refill {
                due = self.size.refill;
            } else if ended || due == 0 {
                std::thread::park();
            } else {
                let read = self.fill(due.min(part));
                part = usize::MAX;
                due = due.saturating_sub(read);
                if read == 0 {
                    self.end();
                    if !self.navigates {
                        break;
                    }
                    (ended, due) = (true, 0);
                }
            }
            while self.retired.pop().is_ok() {}
        }
        // The device side must see that nothing follows when it wakes.
        drop(self.feeds);
        self.control.wake();
        self.source
    }

    /// Reads up to `max` bytes of frames and returns how many; 0 at the end. The playlist reports read errors itself and
    /// continues with the next file.
    fn fill(&mut self, max: usize) -> usize {
        let (source, timeline, counters) = (&mut self.source, &self.timeline, &self.counters);
        let filled = self.ring.fill(max, |buffer| {
            // The end of the ring may be inside a frame.
            let frame = source.spec().frame_bytes();
            let whole = buffer.len() - buffer.len() % frame;
            let bytes = source.read(&mut buffer[..whole])?;
            debug_assert_eq!(bytes % frame, 0);
            timeline.add(&buffer[..bytes], source.take_marks(), counters.frames());
            Ok::<_, crate::audio::error::Error>(bytes)
        });
        let read = filled.unwrap_or(0);
        if read > 0 {
            self.control.file_moved();
        }
        read
    }

    /// All frames of the epoch are in the ring.
    fn end(&self) {
        self.timeline.end();
        self.epoch.end();
        self.control.wake();
    }

    /// Changes the position. Returns whether the source has ended.
    fn jump(&mut self, jump: Jump, ended: bool) -> bool {
        let heard = self.counters.frames_by_clock(self.source.spec());
        let Some(place) = self.timeline.next_place(heard) else {
            return ended;
        };
        let (index, seconds) = jump.target(&place.file, place.seconds);
        if !self.source.can_go_to(index) {
            self.control
                .report(Event::Refused(RefusedChange::Unseekable));
            return ended;
        }
        self.source.go_to(index, seconds);
        let (writer, consumer) = ring(self.size.capacity);
        self.ring = writer;
        self.epoch = Epoch::next();
        self.timeline.begin(self.epoch.clone());
        let ended = !self.prefill();
        self.send(Feed {
            ring: consumer,
            epoch: self.epoch.clone(),
        });
        self.report_jump(heard);
        ended
    }

    /// Reads enough to begin with; `false` if that is all.
    fn prefill(&mut self) -> bool {
        let wanted = self.prefill_bytes();
        while self.size.capacity - self.ring.free() < wanted {
            if self.fill(wanted) == 0 {
                self.end();
                return false;
            }
        }
        true
    }

    fn prefill_bytes(&self) -> usize {
        let spec = self.source.spec();
        spec.bytes(spec.frames_lasting(PREFILL).max(1)) as usize
    }

    /// Passes a feed to the device thread.
    fn send(&mut self, mut feed: Feed) {
        while let Err(rtrb::PushError::Full(back)) = self.feeds.push(feed) {
            if self.feeds.is_abandoned() {
                return;
            }
            feed = back;
            std::thread::park_timeout(FEED_WAIT);
        }
        self.control.wake();
    }

    fn report_jump(&self, heard: u64) {
        if let Some(place) = self.timeline.next_place(heard) {
            self.control.report(Event::Seek {
                frames: self.counters.frames(),
                file: place.file.name.clone(),
                seconds: place.seconds,
            });
        }
    }
}
