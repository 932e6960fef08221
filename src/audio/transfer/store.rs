//! The file side of a recording: from the ring into a sink. This thread may stall on a disk or a pipe for as long as the
//! ring holds; nothing else waits for it.

use super::capture::Gap;
use super::control::Control;
use crate::audio::error::Result;
use crate::audio::file::Sink;
use rtrb::Consumer;
use std::time::{Duration, Instant};

/// A file is made valid so often: with what is on its way in the device and the ring, less than a second is missing
/// after a crash.
const CHECKPOINT: Duration = Duration::from_millis(400);

/// Silence is written in pieces of so many bytes at most.
const SILENCE: usize = 1 << 16;

pub(super) struct Store<'a> {
    pub sink: Box<dyn Sink>,
    pub ring: Consumer<u8>,
    pub gaps: Consumer<Gap>,
    pub control: &'a Control,
    /// Whether what was lost is replaced by silence.
    pub fill_gaps: bool,
    /// Bytes that must be in the ring to be worth a write.
    pub batch: usize,
    /// Frames taken from the ring so far.
    pub taken: u64,
}

impl Store<'_> {
    /// Moves all into the sink and completes it. On an error the sink is completed with what it has.
    pub(super) fn run(mut self) -> Result<u64> {
        let moved = self.move_all();
        // Whatever failed, what is there is made a valid file.
        let finished = self.sink.finish();
        moved.and(finished).map(|()| self.sink.frames())
    }

    fn move_all(&mut self) -> Result<()> {
        let mut checked = Instant::now();
        loop {
            // Read before the ring: what is in it then, with its writer gone, is all there will be.
            let at_end = self.ring.is_abandoned();
            let held = self.ring.slots();
            if held == 0 && at_end {
                return self.fill(u64::MAX);
            }
            if held < self.batch && !at_end {
                std::thread::park();
                continue;
            }
            self.move_some(held)?;
            if checked.elapsed() >= CHECKPOINT {
                self.sink.checkpoint()?;
                checked = Instant::now();
            }
        }
    }

    fn move_some(&mut self, held: usize) -> Result<()> {
        let frame_bytes = self.sink.spec().frame_bytes();
        let mut most = held;
        if self.fill_gaps {
            self.fill(self.taken)?;
            if let Ok(gap) = self.gaps.peek() {
                most = most.min((gap.at - self.taken) as usize * frame_bytes);
            }
        }
        if self.control.take_next_file() {
            self.sink.next_file()?;
        }
        let Ok(chunk) = self.ring.read_chunk(most) else {
            return Ok(());
        };
        let (first, second) = chunk.as_slices();
        self.sink.write(first)?;
        if !second.is_empty() {
            self.sink.write(second)?;
        }
        chunk.commit_all();
        self.taken += (most / frame_bytes) as u64;
        self.control.fed();
        Ok(())
    }

    /// Writes the silence of all gaps up to frame `up_to`.
    fn fill(&mut self, up_to: u64) -> Result<()> {
        while self.fill_gaps
            && let Ok(gap) = self.gaps.peek().copied()
            && gap.at <= up_to
        {
            let _ = self.gaps.pop();
            self.silence(gap.frames)?;
        }
        Ok(())
    }

    fn silence(&mut self, frames: u64) -> Result<()> {
        let spec = self.sink.spec();
        let sample = spec.format.silence();
        let sample = &sample[..spec.frame_bytes() / spec.channels as usize];
        let piece = (SILENCE / spec.frame_bytes()).max(1) as u64;
        let block = sample.repeat(piece.min(frames) as usize * spec.channels as usize);
        let mut left = frames;
        while left > 0 {
            let now = left.min(piece);
            self.sink.write(&block[..spec.bytes(now) as usize])?;
            left -= now;
        }
        Ok(())
    }
}
