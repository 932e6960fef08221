//! What happens between two frames of a recording, from the device side to the file side.

use crate::audio::spec::Spec;
use crate::audio::wall_time::WallTime;
use rtrb::Producer;

/// Marks that may wait for the file side.
pub(super) const MAX_MARKS: usize = 4096;

/// Seconds of frames between two marks of the time: each is a system call. After twice as many, one may also divide what the
/// file side writes at once.
const TIME_INTERVAL: u64 = 5;

/// Something between two frames of a recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    /// How many frames were put into the ring before it.
    pub at: u64,
    pub kind: MarkKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MarkKind {
    /// Silence of this many frames.
    Gap(u64),
    /// A new file begins.
    NewFile,
    /// The next frame was captured at this time.
    Time(WallTime),
}

/// The device side's end of the queue of marks. Positions are frames put into the ring.
pub(super) struct MarkQueue {
    queue: Producer<Mark>,
    /// Where the time is marked again at the start of what is written at once.
    next_time: u64,
    /// Where it is marked again in any case.
    latest_time: u64,
    /// Whether the time is marked again and again, and not only once.
    repeats_time: bool,
}

impl MarkQueue {
    pub(super) fn new(queue: Producer<Mark>, repeats_time: bool) -> MarkQueue {
        MarkQueue {
            queue,
            next_time: 0,
            latest_time: 0,
            repeats_time,
        }
    }

    /// Sends a mark for the position after `at` frames.
    pub(super) fn push(&mut self, at: u64, kind: MarkKind) {
        // If the queue is full, the device loses more frames than it delivers. The counters are correct nevertheless.
        let _ = self.queue.push(Mark { at, kind });
    }

    /// Sends a gap of `lost` frames, of which silence fills at most `fill`. Returns how much of it is filled: silence is
    /// part of the recording.
    pub(super) fn push_gap(&mut self, at: u64, lost: u64, fill: u64) -> u64 {
        let filled = lost.min(fill);
        self.push(at, MarkKind::Gap(filled));
        self.restart_time(at);
        filled
    }

    /// Whether the time should be marked at `at`, where the ring may be empty. Gaps have priority in the queue.
    pub(super) fn is_time_due(&self, at: u64, is_ring_empty: bool) -> bool {
        let due = match is_ring_empty {
            true => self.next_time,
            false => self.latest_time,
        };
        at >= due && self.queue.slots() >= MAX_MARKS / 2
    }

    /// Sends when the next frame was captured; due again after some seconds of frames, if at all.
    pub(super) fn push_time(&mut self, at: u64, time: WallTime, spec: Spec) {
        self.push(at, MarkKind::Time(time));
        let interval = match self.repeats_time {
            true => TIME_INTERVAL * u64::from(spec.rate),
            false => u64::MAX,
        };
        self.next_time = at.saturating_add(interval);
        self.latest_time = self.next_time.saturating_add(interval);
    }

    /// The device did not run for a while: the time has to be marked at the next frame.
    pub(super) fn restart_time(&mut self, at: u64) {
        if self.repeats_time {
            (self.next_time, self.latest_time) = (at, at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::format::Format;
    use rtrb::RingBuffer;

    #[test]
    fn the_time_is_marked_between_writes_unless_that_takes_too_long() {
        let spec = Spec::new(Format::S16_LE, 100, 2).unwrap();
        let (queue, _marks) = RingBuffer::new(MAX_MARKS);
        let mut marks = MarkQueue::new(queue, true);
        assert!(marks.is_time_due(0, false));
        marks.push_time(0, WallTime::now(), spec);
        assert!(!marks.is_time_due(499, true) && marks.is_time_due(500, true));
        assert!(!marks.is_time_due(999, false) && marks.is_time_due(1000, false));
        marks.push_gap(600, 1, 0);
        assert!(marks.is_time_due(600, false));
    }

    #[test]
    fn the_time_may_be_marked_once() {
        let spec = Spec::new(Format::S16_LE, 100, 2).unwrap();
        let (queue, _marks) = RingBuffer::new(MAX_MARKS);
        let mut marks = MarkQueue::new(queue, false);
        assert!(marks.is_time_due(0, true));
        marks.push_time(0, WallTime::now(), spec);
        marks.restart_time(10);
        assert!(!marks.is_time_due(u64::MAX - 1, true));
    }
}
