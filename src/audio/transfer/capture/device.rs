//! The device side of a recording: from the PCM to the ring.
//!
//! This thread waits on the PCM and on [`TransferControl`](crate::audio::transfer::TransferControl), and on nothing
//! else.

use super::gap::Gap;
use super::mark::{MarkKind, MarkQueue};
use super::wakeup::Wakeup;
use crate::audio::error::Result;
use crate::audio::ffi::realtime::LockedMemory;
use crate::audio::pcm::{
    Configuration, IoOutcome, Pcm, PcmState, WaitFor, WaitOutcome, Waiter, Xrun,
};
use crate::audio::spec::rescale_frames;
use crate::audio::transfer::control::TransferCommand;
use crate::audio::transfer::device_link::DeviceLink;
use crate::audio::transfer::event::{EndReason, Event, Tstamp};
use crate::audio::transfer::stall::Stall;
use crate::audio::wall_time::WallTime;
use rtrb::Producer;
use rtrb::chunks::WriteChunk;
use std::sync::Arc;
use std::time::Duration;

/// How often the gap is extended while a device that was reopened delivers no data.
const GAP_INTERVAL: Duration = Duration::from_millis(100);

/// How long to wait at least for the last frames.
const MIN_WAIT: Duration = Duration::from_millis(2);

/// Reads a PCM into the ring.
pub(in crate::audio::transfer) struct CaptureDevice {
    pub pcm: Pcm,
    pub waiter: Waiter,
    /// The fewest frames worth a read.
    pub avail_min: u64,
    /// Frames that the device is known to hold.
    pub announced: u64,
    /// Whether an overrun does not stop the device, and whether that was requested.
    pub free_running: bool,
    pub may_run_freely: bool,
    pub ring: Producer<u8>,
    pub(super) marks: MarkQueue,
    /// Wakes the thread that empties the ring, and how many bytes must be in it for that.
    pub writer: Arc<Wakeup>,
    pub wake_at: usize,
    /// Whether the file side expects its batches at known times, instead of being woken for each.
    pub batches: bool,
    pub link: DeviceLink,
    pub stall: Stall,
    /// Frames put into the ring so far.
    pub in_ring: u64,
    /// Frames still to be recorded.
    pub left: u64,
    /// Whether silence of the same length takes the place of frames that are lost.
    pub fill_gaps: bool,
    /// Whether the recording continues in a new file after the device went away. Otherwise silence fills the gap.
    pub split_on_loss: bool,
    /// The rate of the recording, in which frames are reported.
    pub file_rate: u32,
    /// The gap in the recording; `None` while the device is present.
    pub(super) gap: Option<Gap>,
    /// Whether the device went away because it delivered no data. It is back once it does.
    pub stalled: bool,
    /// Whether it was started together with others before this loop.
    pub started: bool,
    /// The frame at which the next timestamp is due, if timestamps are wanted.
    pub next_timestamp: Option<u64>,
    /// Keeps the ring in memory, if the thread runs in real time.
    pub _locked: Option<LockedMemory>,
}

/// The result of an attempt to read.
enum ReadOutcome {
    /// Something was done; try again.
    Progress,
    /// Frames were read, and the device has no more.
    Emptied,
    /// The device has nothing more yet.
    DeviceEmpty,
    /// The ring has no room.
    RingFull,
}

impl CaptureDevice {
    /// Records until all requested frames are in the ring, or until a command to stop.
    pub(super) fn record(&mut self, paused: &mut bool) -> Result<EndReason> {
        if !std::mem::take(&mut self.started) {
            self.pcm.start()?;
        }
        if !self.stalled {
            self.end_gap(0);
        }
        while self.left > 0 {
            match self.link.control.command() {
                TransferCommand::Stop(why) => {
                    self.stop(*paused);
                    return Ok(why);
                }
                TransferCommand::Pause if !*paused => {
                    self.pause()?;
                    *paused = true;
                }
                TransferCommand::Run if *paused => {
                    self.resume()?;
                    *paused = false;
                }
                _ => {}
            }
            if self.link.control.take_next_file() {
                self.next_file(*paused)?;
            }
            if *paused {
                self.wait_while_paused()?;
            } else {
                self.record_some()?;
            }
        }
        // The frames that follow were not requested.
        let _ = self.pcm.drop();
        Ok(EndReason::Finished)
    }

    /// Reads frames or waits until that is possible.
    fn record_some(&mut self) -> Result<()> {
        let outcome = match self.read_announced() {
            Some(outcome) => outcome,
            None => self.read_some(self.avail_min)?,
        };
        match outcome {
            ReadOutcome::Progress => {
                self.stall.moved();
                Ok(())
            }
            ReadOutcome::Emptied => {
                self.stall.moved_to(self.in_ring);
                match self.left > 0 {
                    true => self.wait_for_device(),
                    false => Ok(()),
                }
            }
            ReadOutcome::DeviceEmpty => self.wait_for_device(),
            ReadOutcome::RingFull => {
                self.stall.reset();
                self.link.control.wait_for_file();
                // The ring may have been emptied between the check and this call.
                match self.ring_room() {
                    0 => self.wait(WaitFor::Errors, None).map(|_| ()),
                    _ => Ok(()),
                }
            }
        }
    }

    fn configuration(&self) -> &Configuration {
        self.pcm.configuration()
    }

    pub(super) fn frame_bytes(&self) -> usize {
        self.pcm.spec().frame_bytes()
    }

    /// Frames that fit into the ring.
    pub(super) fn ring_room(&self) -> u64 {
        (self.ring.slots() / self.frame_bytes()) as u64
    }

    /// Reads the frames that the device is known to hold, with one system call. `None` if that is not possible, or not known.
    fn read_announced(&mut self) -> Option<ReadOutcome> {
        let frames = std::mem::take(&mut self.announced).min(self.left);
        if frames == 0 || self.stalled || frames > self.ring_room() {
            return None;
        }
        let (spec, is_time_due) = (self.pcm.spec(), self.is_time_due());
        let (marks, at) = (&mut self.marks, self.in_ring);
        let mut chunk = self.ring.write_chunk(spec.bytes(frames) as usize).ok()?;
        let (first, second) = chunk.as_mut_slices();
        let captured = self
            .pcm
            .read_announced([&mut *first, &mut *second], is_time_due)?;
        if is_time_due {
            // Before the frames are committed, because the file side may read them at once.
            marks.push_time(at, WallTime::now().before(spec.duration(captured)), spec);
        }
        commit(chunk, frames as usize * spec.frame_bytes(), &mut self.link);
        self.count_captured(frames);
        let rest = captured - frames;
        Some(match rest < self.avail_min.min(self.left) {
            true => ReadOutcome::Emptied,
            false => {
                self.announced = rest;
                ReadOutcome::Progress
            }
        })
    }

    /// Reads what the device holds, if that is `min` frames or all that is still wanted.
    fn read_some(&mut self, min: u64) -> Result<ReadOutcome> {
        let Some(mut unread) = self.unread()? else {
            return Ok(ReadOutcome::Progress);
        };
        if self.free_running && unread > self.configuration().buffer_size {
            unread = match self.skip_overwritten(unread)? {
                Some(unread) => unread,
                None => return Ok(ReadOutcome::Progress),
            };
        }
        if unread == 0 || unread < min.min(self.left) {
            return Ok(ReadOutcome::DeviceEmpty);
        }
        if std::mem::take(&mut self.stalled) {
            self.end_gap(unread);
        }
        let room = self.ring_room();
        if room == 0 {
            return Ok(ReadOutcome::RingFull);
        }
        if self.is_time_due() {
            self.mark_time();
        }
        let before = self.in_ring;
        let outcome = self.read(unread.min(room).min(self.left) as usize)?;
        if !matches!(outcome, ReadOutcome::Progress) || !self.pcm.is_direct() {
            return Ok(outcome);
        }
        match unread - (self.in_ring - before).min(unread) {
            0 => Ok(ReadOutcome::Emptied),
            // The end of the ring's memory was in between. The rest is as old.
            _ if min > 1 && self.left > 0 => self.read_some(1),
            _ => Ok(outcome),
        }
    }

    /// Frames that the device holds; `None` after an xrun.
    fn unread(&mut self) -> Result<Option<u64>> {
        let outcome = self.pcm.avail_update()?;
        self.frames_of(outcome)
    }

    /// The frames of `outcome`; `None` after an xrun.
    pub(super) fn frames_of(&mut self, outcome: IoOutcome) -> Result<Option<u64>> {
        match outcome {
            IoOutcome::Frames(frames) => Ok(Some(frames as u64)),
            IoOutcome::WouldBlock => Ok(Some(0)),
            IoOutcome::Xrun(xrun) => self.overrun(xrun).map(|()| None),
            IoOutcome::Suspended { resumed, lost } => self.suspended(resumed, lost).map(|()| None),
        }
    }

    fn read(&mut self, max: usize) -> Result<ReadOutcome> {
        let frame_bytes = self.frame_bytes();
        let Ok(mut chunk) = self.ring.write_chunk(max * frame_bytes) else {
            return Ok(ReadOutcome::RingFull);
        };
        // The ring's ends are frame boundaries, so each part is a whole number of frames.
        let (first, second) = chunk.as_mut_slices();
        let mut outcome = self.pcm.read_into([first, second])?;
        let mut torn = 0;
        if let IoOutcome::Frames(frames) = &mut outcome
            && self.free_running
        {
            torn = self.pcm.overwritten(*frames)?;
            remove_start(first, second, torn * frame_bytes);
            *frames -= torn;
        }
        if torn > 0 {
            // Before the frames that follow it are committed, because the file side may read them at once.
            let fill = if self.fill_gaps { self.left } else { 0 };
            let filled = self.marks.push_gap(self.in_ring, torn as u64, fill);
            self.link.counters.add_frames(filled);
            self.left -= filled;
        }
        match outcome {
            IoOutcome::Frames(0) if torn == 0 => return Ok(ReadOutcome::DeviceEmpty),
            IoOutcome::WouldBlock => return Ok(ReadOutcome::DeviceEmpty),
            IoOutcome::Frames(frames) => {
                let frames = frames.min(usize::try_from(self.left).unwrap_or(usize::MAX));
                commit(chunk, frames * frame_bytes, &mut self.link);
                self.count_captured(frames as u64);
            }
            IoOutcome::Xrun(_) | IoOutcome::Suspended { .. } => {
                drop(chunk);
                self.frames_of(outcome)?;
            }
        }
        if torn > 0 {
            let xrun = Xrun::of_frames(torn as u64, self.pcm.spec());
            self.link.xrun(&self.pcm, None, xrun)?;
        }
        Ok(ReadOutcome::Progress)
    }

    pub(super) fn count_captured(&mut self, frames: u64) {
        self.in_ring += frames;
        self.left = self.left.saturating_sub(frames);
        self.link.counters.add_frames(frames);
        if let Some(known) = self.pcm.last_position() {
            let counters = &self.link.counters;
            counters.set_position(counters.frames() + known.avail, known.time());
        }
        if self.ring_filled() >= self.wake_at {
            self.writer.notify_of_batch(self.next_batch(frames));
        }
        if let Some(due) = self.next_timestamp
            && self.link.counters.frames() >= due
        {
            self.timestamp();
        }
    }

    fn ring_filled(&self) -> usize {
        self.ring.buffer().capacity() - self.ring.slots()
    }

    /// When the file side will have its next batch, if that is a while from now and this thread reads as many `frames` at
    /// each wake-up as it has just read. If it was late, it will read fewer, and earlier.
    fn next_batch(&self, frames: u64) -> Option<Duration> {
        let period = self.configuration().period_size.max(1);
        let most = self.avail_min.next_multiple_of(period) + period / 4;
        if !self.batches || frames < self.avail_min || frames > most {
            return None;
        }
        let batch = self.pcm.spec().frames_in(self.wake_at as u64).max(1);
        let frames = batch.div_ceil(frames) * frames;
        let known = self.pcm.last_position()?;
        Some(known.time() + self.pcm.spec().duration(frames))
    }

    /// Reports which frame was captured at which time; again after a second of frames.
    fn timestamp(&mut self) {
        let captured = self.link.counters.frames();
        self.next_timestamp = Some(captured + u64::from(self.pcm.spec().rate));
        if let Ok((seconds, nanos, unread)) = self.pcm.htimestamp() {
            self.link.report(Event::Timestamp {
                frames: self.in_file(captured + unread),
                tstamp: Tstamp { seconds, nanos },
            });
        }
    }

    fn is_time_due(&self) -> bool {
        self.marks
            .is_time_due(self.in_ring, self.ring_filled() == 0)
    }

    /// Tells the file side when the next frame was captured.
    fn mark_time(&mut self) {
        // The hardware knows how many frames it holds at this moment.
        if let Ok(unread) = self.pcm.avail() {
            let spec = self.pcm.spec();
            let time = WallTime::now().before(spec.duration(unread));
            self.marks.push_time(self.in_ring, time, spec);
        }
    }

    /// Starts a new file. What the device has captured so far belongs to the old one.
    fn next_file(&mut self, paused: bool) -> Result<()> {
        if !paused {
            self.take_held()?;
        }
        self.marks.push(self.in_ring, MarkKind::NewFile);
        self.writer.notify();
        Ok(())
    }

    /// Waits for captured frames.
    ///
    /// # Errors
    /// [`Kind::Disconnected`](crate::audio::error::Kind::Disconnected) if the device has not moved for too long.
    fn wait_for_device(&mut self) -> Result<()> {
        let pause = self.stall.pause(&self.pcm);
        // The last frames may be fewer than those that wake this thread.
        let end = (self.left < self.avail_min).then(|| self.pcm.spec().duration(self.left));
        let end = end.map(|end| end.max(MIN_WAIT));
        let tick = self.stalled.then_some(GAP_INTERVAL).or(end);
        let (what, timeout) = match pause {
            Some(_) => (WaitFor::Interrupt, pause),
            None => (WaitFor::Frames, self.stall.timeout(tick)),
        };
        if !self.wait(what, timeout)? {
            return Ok(());
        }
        // What is not yet worth a write must not wait for a device that stands still.
        self.writer.notify();
        // Frames that are not yet worth a read are progress, too. Only the hardware knows them all; a sound server that
        // hangs does not answer the same question.
        let unread = match self.pcm.is_hardware() {
            true => self.pcm.avail().unwrap_or(0),
            false => self.unread()?.unwrap_or(0),
        };
        if self.stalled {
            self.extend_gap(unread);
        }
        let position = self.in_ring + unread;
        match self.stall.add(timeout.unwrap_or_default(), position) {
            true => {
                // The plugin of a sound server that hangs may report frames that cannot be read.
                if self.pcm.card().is_some() {
                    let _ = self.take_held();
                }
                self.stalled = true;
                Err(self.pcm.give_up())
            }
            false => Ok(()),
        }
    }

    /// Returns whether nothing happened until the timeout.
    fn wait(&mut self, what: WaitFor, timeout: Option<Duration>) -> Result<bool> {
        self.announced = 0;
        match self.pcm.wait(&mut self.waiter, what, timeout)? {
            WaitOutcome::Nothing => return Ok(true),
            WaitOutcome::NotReady => self.stall.wake_early(&self.pcm),
            WaitOutcome::Ready => {
                self.stall.wake();
                if what == WaitFor::Frames && self.waiter.has_found_frames() {
                    self.announced = self.pcm.announced_frames().unwrap_or(0);
                }
            }
            WaitOutcome::Interrupted => self.link.control.clear(),
            WaitOutcome::Xrun(xrun) => self.overrun(xrun)?,
            WaitOutcome::Suspended { resumed, lost } => self.suspended(resumed, lost)?,
        }
        Ok(false)
    }

    /// Stops the device. What it has captured so far belongs to the recording; if it fails now, there is no more.
    fn stop(&mut self, paused: bool) {
        if !paused {
            let _ = self.take_held();
        }
        let _ = self.pcm.drop();
    }

    /// Reads what the device holds now. If it still delivers no data after it was reopened, extends the gap instead.
    fn take_held(&mut self) -> Result<()> {
        let taken = self.read_held();
        if self.stalled {
            self.extend_gap(0);
        }
        taken
    }

    /// Reads what the device holds now and no more: with a device that always has more (null), reading would never end.
    fn read_held(&mut self) -> Result<()> {
        self.announced = 0;
        // Asks the hardware, so that the count is current and not as of the last period.
        let _ = self.pcm.avail();
        let mut held = self.unread()?.unwrap_or(0);
        while held > 0 && self.left > 0 {
            let before = self.link.counters.frames();
            let outcome = self.read_some(1)?;
            if !matches!(outcome, ReadOutcome::Progress | ReadOutcome::Emptied) {
                break;
            }
            held = held.saturating_sub((self.link.counters.frames() - before).max(1));
        }
        Ok(())
    }

    fn wait_while_paused(&mut self) -> Result<()> {
        self.stall.reset();
        let what = self.pcm.wait_in_pause()?;
        self.wait(what, None)?;
        Ok(())
    }

    fn pause(&mut self) -> Result<()> {
        self.take_held()?;
        self.writer.notify();
        self.pcm.stop_for_pause()?;
        self.link.report(Event::Pause {
            frames: self.in_file(self.link.counters.frames()),
        });
        Ok(())
    }

    fn resume(&mut self) -> Result<()> {
        if self.pcm.state()? != PcmState::Prepared {
            self.pcm.prepare()?;
        }
        self.pcm.start()?;
        if let Some(gap) = &mut self.gap {
            gap.resume();
        }
        self.marks.restart_time(self.in_ring);
        self.link.report(Event::Resume {
            frames: self.in_file(self.link.counters.frames()),
        });
        Ok(())
    }

    /// Captured frames at the rate of the recording.
    pub(super) fn in_file(&self, frames: u64) -> u64 {
        rescale_frames(frames, self.pcm.spec().rate, self.file_rate)
    }
}

/// Passes on the frames in the first `bytes` bytes of `chunk`.
fn commit(mut chunk: WriteChunk<'_, u8>, bytes: usize, link: &mut DeviceLink) {
    let (first, second) = chunk.as_mut_slices();
    let in_first = bytes.min(first.len());
    link.tap.copy(&first[..in_first]);
    link.tap.copy(&second[..bytes - in_first]);
    chunk.commit(bytes);
}

/// Removes the first `bytes` bytes of two parts, which follow each other. What follows the rest is undefined.
fn remove_start(first: &mut [u8], second: &mut [u8], bytes: usize) {
    if bytes == 0 {
        return;
    }
    let from_first = bytes.min(first.len());
    let skipped = (bytes - from_first).min(second.len());
    let moved = from_first.min(second.len() - skipped);
    first.copy_within(from_first.., 0);
    let end = first.len() - from_first;
    first[end..end + moved].copy_from_slice(&second[skipped..skipped + moved]);
    second.copy_within(skipped + moved.., 0);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_start_of_two_parts_is_removed() {
        for (first, second) in [(10, 0), (0, 10), (4, 6), (6, 4)] {
            for removed in 0..=10 {
                let mut bytes: Vec<u8> = (0..10).collect();
                let (start, end) = bytes.split_at_mut(first);
                assert_eq!(end.len(), second);
                remove_start(start, end, removed);
                let expected: Vec<u8> = (removed as u8..10).collect();
                assert_eq!(bytes[..10 - removed], expected);
            }
        }
    }
}
