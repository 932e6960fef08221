//! The file side of a recording: from the ring into a sink. This thread may stall on a disk or a pipe for as long as
//! the ring has room; only the ring depends on it.

use super::mark::{MAX_MARKS, Mark, MarkKind, MarkQueue};
use super::wakeup::Wakeup;
use crate::audio::error::{Error, Result};
use crate::audio::stream::Sink;
use crate::audio::transfer::control::TransferControl;
use crate::audio::transfer::event::EndReason;
use rtrb::{Consumer, RingBuffer};
use std::sync::Arc;
use std::sync::atomic::{
    AtomicBool, AtomicU64,
    Ordering::{Acquire, Relaxed},
};
use std::time::Duration;

/// How long frames wait in the ring at most before they are written to a file.
pub(super) const MAX_RING_WAIT: Duration = Duration::from_millis(450);

/// How much is written to a file at once that nobody waits for.
pub(super) const RARE_WRITE: Duration = Duration::from_millis(600);

/// Silence is written in blocks of at most this many bytes.
const MAX_SILENCE_BLOCK: usize = 1 << 16;

/// Writes the ring to a sink.
pub(in crate::audio::transfer) struct FileWriter {
    pub sink: Box<dyn Sink>,
    pub ring: Consumer<u8>,
    pub(super) marks: Consumer<Mark>,
    /// Frames taken from the ring so far.
    pub taken: u64,
    pub control: TransferControl,
    /// Frames in the sink after the last checkpoint.
    pub stored: Arc<AtomicU64>,
    /// The device side notifies it when there is something to write.
    pub wake: Arc<Wakeup>,
    /// Set once the device side has ended, or is stuck.
    pub given_up: Arc<AtomicBool>,
    /// How long frames may wait in the ring without a notification.
    pub max_wait: Option<Duration>,
}

impl FileWriter {
    /// Writes what is put into `ring` to `sink`. Also returns the device side's end of the queue of marks.
    pub(super) fn new(
        sink: Box<dyn Sink>,
        ring: Consumer<u8>,
        control: TransferControl,
        wake: Arc<Wakeup>,
        max_wait: Option<Duration>,
    ) -> (FileWriter, MarkQueue) {
        let (queue, marks) = RingBuffer::new(MAX_MARKS);
        let follows_time = sink.follows_time();
        let writer = FileWriter {
            sink,
            ring,
            marks,
            taken: 0,
            control,
            stored: Arc::default(),
            wake,
            given_up: Arc::default(),
            max_wait,
        };
        (writer, MarkQueue::new(queue, follows_time))
    }

    /// Moves everything into the sink and completes it. After an error it stops the transfer and completes the sink with
    /// what it has. Also returns the number of frames in the sink.
    pub(super) fn run(mut self) -> (u64, Result<()>) {
        let moved = self.move_all();
        // Even after an error, what was written is made a valid file.
        let finished = self.sink.finish();
        let written = moved.and(finished);
        match &written {
            Ok(()) => {}
            Err(error) if error.is_closed_stdout() => self.control.stop(EndReason::StdoutClosed),
            Err(_) => self.control.stop(EndReason::Error),
        }
        (self.sink.frames(), written)
    }

    /// Makes the file valid after each batch. After a crash, less than a second is missing: what was in the device and
    /// in the ring.
    fn move_all(&mut self) -> Result<()> {
        loop {
            // Read before the ring: if the device side is gone now, nothing more will be added to the ring.
            let at_end = self.given_up.load(Acquire) || self.ring.is_abandoned();
            let held = self.ring.slots();
            self.move_some(held)?;
            if held == 0 && at_end {
                return self.pass_marks(u64::MAX);
            }
            self.sink.checkpoint()?;
            self.stored.store(self.sink.frames(), Relaxed);
            if !at_end {
                self.wake.wait(self.max_wait);
            }
        }
    }

    /// Moves `held` bytes, and passes the marks between their frames.
    pub(in crate::audio::transfer) fn move_some(&mut self, held: usize) -> Result<()> {
        let frame_bytes = self.sink.spec().frame_bytes();
        let mut left = held;
        loop {
            self.pass_marks(self.taken)?;
            if left == 0 {
                return Ok(());
            }
            let to_mark = self
                .marks
                .peek()
                .map_or(u64::MAX, |mark| mark.at - self.taken);
            let to_mark =
                usize::try_from(to_mark).map_or(left, |frames| frames.saturating_mul(frame_bytes));
            let now = left.min(to_mark);
            self.move_bytes(now)?;
            self.taken += (now / frame_bytes) as u64;
            left -= now;
        }
    }

    fn move_bytes(&mut self, bytes: usize) -> Result<()> {
        let Ok(chunk) = self.ring.read_chunk(bytes) else {
            return Err(Error::internal("the ring holds less than it reported"));
        };
        let (first, second) = chunk.as_slices();
        self.sink.write_parts([first, second])?;
        chunk.commit_all();
        self.control.file_moved();
        Ok(())
    }

    /// Passes all marks up to frame `up_to`.
    pub(in crate::audio::transfer) fn pass_marks(&mut self, up_to: u64) -> Result<()> {
        while let Ok(mark) = self.marks.peek().copied()
            && mark.at <= up_to
        {
            let _ = self.marks.pop();
            match mark.kind {
                MarkKind::Gap(frames) => self.write_silence(frames)?,
                MarkKind::NewFile => self.sink.next_file()?,
                MarkKind::Time(next_frame) => self.sink.set_time(next_frame),
            }
        }
        Ok(())
    }

    fn write_silence(&mut self, frames: u64) -> Result<()> {
        let spec = self.sink.spec();
        let block_frames = (MAX_SILENCE_BLOCK / spec.frame_bytes()).max(1) as u64;
        let block = spec.silence(block_frames.min(frames));
        let mut left = frames;
        while left > 0 {
            let now = left.min(block_frames);
            self.sink.write(&block[..spec.bytes(now) as usize])?;
            left -= now;
        }
        Ok(())
    }
}
