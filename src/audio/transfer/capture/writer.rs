//! The file side of a recording: from the ring into a sink. This thread may stall on a disk or a pipe for as long as the
//! ring holds; nothing else waits for it.

use super::device::{Mark, What};
use crate::audio::error::{Error, Result};
use crate::audio::event_fd::EventFd;
use crate::audio::stream::Sink;
use crate::audio::transfer::control::TransferControl;
use rtrb::Consumer;
use std::time::Duration;

/// Silence is written in pieces of so many bytes at most.
const SILENCE: usize = 1 << 16;

pub(super) struct FileWriter<'a> {
    pub sink: Box<dyn Sink>,
    pub ring: Consumer<u8>,
    pub marks: Consumer<Mark>,
    pub control: &'a TransferControl,
    /// Whether what was lost is replaced by silence.
    pub fill_gaps: bool,
    /// What the device side rings.
    pub event_fd: &'a EventFd,
    /// How long frames may wait in the ring before they are written, unless the device side signals earlier.
    pub max_wait: Option<Duration>,
    /// Frames taken from the ring so far.
    pub taken: u64,
}

impl FileWriter<'_> {
    /// Moves all into the sink and completes it. On an error the sink is completed with what it has.
    pub(super) fn run(mut self) -> Result<u64> {
        let moved = self.move_all();
        // Whatever failed, what is there is made a valid file.
        let finished = self.sink.finish();
        moved.and(finished).map(|()| self.sink.frames())
    }

    /// The file is made valid each time: with what is on its way in the device and the ring, less than a second is
    /// missing after a crash.
    fn move_all(&mut self) -> Result<()> {
        loop {
            // Read before the ring: what is in it then, with its writer gone, is all there will be.
            let at_end = self.ring.is_abandoned();
            let held = self.ring.slots();
            self.move_some(held)?;
            if held == 0 && at_end {
                return self.pass_marks(u64::MAX);
            }
            self.sink.checkpoint()?;
            if !at_end {
                self.event_fd.wait(self.max_wait);
            }
        }
    }

    /// Moves `held` bytes, and what stands between their frames.
    fn move_some(&mut self, held: usize) -> Result<()> {
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
            let now = left.min(
                usize::try_from(to_mark).map_or(left, |frames| frames.saturating_mul(frame_bytes)),
            );
            self.move_bytes(now)?;
            self.taken += (now / frame_bytes) as u64;
            left -= now;
        }
    }

    fn move_bytes(&mut self, bytes: usize) -> Result<()> {
        let Ok(chunk) = self.ring.read_chunk(bytes) else {
            return Err(Error::internal("the ring holds less than it said"));
        };
        let (first, second) = chunk.as_slices();
        self.sink.write(first)?;
        if !second.is_empty() {
            self.sink.write(second)?;
        }
        chunk.commit_all();
        self.control.fed();
        Ok(())
    }

    /// Does what is to be done between two frames, for all marks up to frame `up_to`.
    fn pass_marks(&mut self, up_to: u64) -> Result<()> {
        while let Ok(mark) = self.marks.peek().copied()
            && mark.at <= up_to
        {
            let _ = self.marks.pop();
            match mark.what {
                What::Gap(frames) if self.fill_gaps => self.silence(frames)?,
                What::Gap(_) => {}
                What::NewFile => self.sink.next_file()?,
            }
        }
        Ok(())
    }

    fn silence(&mut self, frames: u64) -> Result<()> {
        let spec = self.sink.spec();
        let piece = (SILENCE / spec.frame_bytes()).max(1) as u64;
        let block = spec.silence(piece.min(frames));
        let mut left = frames;
        while left > 0 {
            let now = left.min(piece);
            self.sink.write(&block[..spec.bytes(now) as usize])?;
            left -= now;
        }
        Ok(())
    }
}
