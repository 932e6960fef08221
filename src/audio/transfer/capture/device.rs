//! The device side of a recording: from the PCM to the ring.
//!
//! This thread waits on the PCM and on [`TransferControl`](crate::audio::transfer::TransferControl), and on nothing
//! else. Where alsa-lib allows it, an overrun does not stop the device: it overwrites the oldest frames of its buffer,
//! and its own frame count shows exactly how many were lost.

use super::mark::{MAX_MARKS, Mark, MarkKind};
use crate::audio::error::{Kind, Result};
use crate::audio::event_fd::EventFd;
use crate::audio::pcm::{
    Configuration, IoOutcome, KnownPosition, Pcm, PcmState, WaitFor, WaitOutcome, Waiter, Xrun,
};
use crate::audio::spec::rescale_frames;
use crate::audio::transfer::control::TransferCommand;
use crate::audio::transfer::device_link::DeviceLink;
use crate::audio::transfer::event::{EndReason, Event, Tstamp};
use crate::audio::transfer::stall::Stall;
use crate::audio::wall_time::WallTime;
use rtrb::Producer;
use std::sync::Arc;
use std::time::Duration;

/// Seconds of frames between two marks of the time: each is a system call.
const TIME_INTERVAL: u64 = 5;

/// Reads a PCM into the ring.
pub(super) struct CaptureDevice<'a> {
    pub pcm: &'a mut Pcm,
    pub waiter: Waiter,
    /// The fewest frames worth a read.
    pub avail_min: u64,
    /// Whether an overrun does not stop the device.
    pub free_running: bool,
    pub ring: Producer<u8>,
    pub marks: Producer<Mark>,
    /// Wakes the thread that empties the ring, and how many bytes must be in it for that.
    pub writer: Arc<EventFd>,
    pub wake_at: usize,
    pub link: DeviceLink,
    pub stall: Stall,
    /// Frames put into the ring so far.
    pub in_ring: u64,
    /// Frames still to be recorded.
    pub left: u64,
    /// Whether silence of the same length takes the place of frames that are lost.
    pub fill_gaps: bool,
    /// The rate of the recording, in which frames are reported.
    pub file_rate: u32,
    /// The gap in the recording; `None` while the device is present.
    pub gap: Option<Gap>,
    /// The frame at which the next timestamp is due, if timestamps are wanted.
    pub next_timestamp: Option<u64>,
    /// How many frames are in the ring when the file side is told the time again.
    pub next_time: u64,
}

/// The gap in a recording whose device went away.
pub(super) struct Gap {
    /// The last known position of the device.
    known: KnownPosition,
    /// How many frames of the gap have been marked so far.
    marked: u64,
    /// Whether the recording continues in a new file. Otherwise the gap is filled.
    split: bool,
    /// The name of the device once it is back.
    device: String,
}

/// The result of an attempt to read.
enum ReadOutcome {
    /// Something was done; try again.
    Progress,
    /// The device has nothing more yet.
    DeviceEmpty,
    /// The ring has no room.
    RingFull,
}

impl CaptureDevice<'_> {
    /// Records until all requested frames are in the ring, or until a command to stop.
    pub(super) fn run(&mut self) -> Result<EndReason> {
        let mut paused = false;
        let ended = self.record(&mut paused);
        if ended
            .as_ref()
            .is_err_and(|error| error.kind() == Kind::Disconnected)
        {
            self.begin_gap(paused);
        }
        ended
    }

    /// Begins a gap: the device went away. The frames that it held are part of the gap, unless it was paused.
    fn begin_gap(&mut self, paused: bool) {
        let known = self.pcm.last_position().filter(|_| !paused);
        self.gap.get_or_insert(Gap {
            known: known.unwrap_or_else(KnownPosition::empty_now),
            marked: 0,
            split: false,
            device: String::new(),
        });
    }

    /// Whether the device has just gone away, so that nothing of the gap is marked yet.
    pub(super) fn is_gap_new(&self) -> bool {
        self.gap.as_ref().is_none_or(|gap| gap.marked == 0)
    }

    /// Extends the gap up to now. Unless `split` is set, it is filled with silence. Returns whether the recording is
    /// now complete.
    pub(super) fn extend_gap(&mut self, split: bool) -> bool {
        let Some(gap) = &mut self.gap else {
            return false;
        };
        gap.split = split;
        let length = gap.known.unread_now(self.pcm.spec());
        let more = length.saturating_sub(gap.marked);
        gap.marked = length.max(gap.marked);
        self.link.counters.add_lost(more);
        if more > 0 && !split {
            let filled = push_gap(&mut self.marks, self.in_ring, more, true, self.left);
            self.link.counters.add_frames(filled);
            self.left -= filled;
            self.writer.notify();
        }
        self.left == 0
    }

    /// Continues with `pcm`, the device that is back.
    pub(super) fn reopened(&mut self, pcm: Pcm, avail_min: u64, free_running: bool) -> Result<()> {
        self.waiter = pcm.waiter(self.link.control.descriptor())?;
        (self.avail_min, self.free_running) = (avail_min, free_running);
        if let Some(gap) = &mut self.gap {
            gap.device = pcm.card_name().to_owned();
        }
        *self.pcm = pcm;
        Ok(())
    }

    /// Ends the gap, if there is one, after the device has started: marks the rest of it, and reports it.
    fn end_gap(&mut self) {
        let split = self.gap.as_ref().is_some_and(|gap| gap.split);
        self.extend_gap(split);
        let Some(gap) = self.gap.take() else {
            return;
        };
        self.next_time = self.in_ring;
        if split {
            push_mark(&mut self.marks, self.in_ring, MarkKind::NewFile);
            self.writer.notify();
        }
        self.link.tell(Event::Back {
            device: gap.device,
            gap_frames: self.in_file(gap.marked),
            seconds: self.pcm.spec().seconds(gap.marked),
        });
    }

    fn record(&mut self, paused: &mut bool) -> Result<EndReason> {
        self.pcm.start()?;
        self.end_gap();
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
                self.stall.reset();
                self.wait(WaitFor::Interrupt, None)?;
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
        match self.read_some(self.avail_min)? {
            ReadOutcome::Progress => Ok(()),
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

    fn frame_bytes(&self) -> usize {
        self.pcm.spec().frame_bytes()
    }

    /// Frames that fit into the ring.
    fn ring_room(&self) -> u64 {
        (self.ring.slots() / self.frame_bytes()) as u64
    }

    /// Reads what the device holds, if that is `min` frames or all that is still wanted.
    fn read_some(&mut self, min: u64) -> Result<ReadOutcome> {
        let Some(mut unread) = self.unread()? else {
            return Ok(ReadOutcome::Progress);
        };
        if self.free_running && unread > self.configuration().buffer_size {
            unread = self.skip_overwritten(unread)?;
        }
        if unread == 0 || unread < min.min(self.left) {
            return Ok(ReadOutcome::DeviceEmpty);
        }
        let room = self.ring_room();
        if room == 0 {
            return Ok(ReadOutcome::RingFull);
        }
        if self.in_ring >= self.next_time {
            self.mark_time();
        }
        self.read(unread.min(room).min(self.left) as usize)
    }

    /// Frames that the device holds; `None` after an xrun.
    fn unread(&mut self) -> Result<Option<u64>> {
        match self.pcm.avail_update()? {
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
        // The ring's ends are frame boundaries, so its first part alone is a whole number of frames, too.
        let (first, _) = chunk.as_mut_slices();
        let mut outcome = self.pcm.read_into(first)?;
        let mut torn = 0;
        if let IoOutcome::Frames(frames) = &mut outcome {
            if self.free_running {
                torn = overwritten(self.pcm, *frames)?;
                first.copy_within(torn * frame_bytes..*frames * frame_bytes, 0);
                *frames -= torn;
            }
            self.link.counters.meter(&first[..*frames * frame_bytes]);
        }
        if torn > 0 {
            self.next_time = self.in_ring;
            // Before the frames that follow it are committed, because the file side may read them at once.
            let at = self.in_ring;
            let filled = push_gap(&mut self.marks, at, torn as u64, self.fill_gaps, self.left);
            self.link.counters.add_frames(filled);
            self.left -= filled;
        }
        match &mut outcome {
            IoOutcome::Frames(frames) => {
                *frames = (*frames).min(usize::try_from(self.left).unwrap_or(usize::MAX));
                chunk.commit(*frames * frame_bytes);
            }
            _ => drop(chunk),
        }
        if torn > 0 {
            let xrun = Xrun::of_frames(torn as u64, self.pcm.spec());
            self.link.xrun(self.pcm, None, xrun)?;
        }
        match outcome {
            IoOutcome::Frames(0) if torn == 0 => return Ok(ReadOutcome::DeviceEmpty),
            IoOutcome::WouldBlock => return Ok(ReadOutcome::DeviceEmpty),
            IoOutcome::Frames(frames) => self.count_captured(frames as u64),
            IoOutcome::Xrun(xrun) => self.overrun(xrun)?,
            IoOutcome::Suspended { resumed, lost } => self.suspended(resumed, lost)?,
        }
        Ok(ReadOutcome::Progress)
    }

    fn count_captured(&mut self, frames: u64) {
        self.in_ring += frames;
        self.left = self.left.saturating_sub(frames);
        self.link.counters.add_frames(frames);
        let capacity = self.ring.buffer().capacity();
        if capacity - self.ring.slots() >= self.wake_at {
            self.writer.notify();
        }
        if let Some(due) = self.next_timestamp
            && self.link.counters.frames() >= due
        {
            self.timestamp();
        }
    }

    /// Reports which frame was captured at which time; again after a second of frames.
    fn timestamp(&mut self) {
        let captured = self.link.counters.frames();
        self.next_timestamp = Some(captured + u64::from(self.pcm.spec().rate));
        if let Ok((seconds, nanos, unread)) = self.pcm.htimestamp() {
            self.link.tell(Event::Timestamp {
                frames: self.in_file(captured + unread),
                tstamp: Tstamp { seconds, nanos },
            });
        }
    }

    /// The running device has overwritten frames that were not read: skips to the oldest one that is intact. Returns
    /// how many the device holds after that.
    fn skip_overwritten(&mut self, unread: u64) -> Result<u64> {
        let Configuration {
            period_size,
            buffer_size,
            ..
        } = *self.configuration();
        // The device continues to write while this thread reads: a period of distance is safe.
        let lost = self
            .pcm
            .forward(unread - buffer_size + period_size.min(buffer_size))?;
        self.lost(Xrun::of_frames(lost, self.pcm.spec()))?;
        Ok(unread - lost)
    }

    /// The device has stopped. What it holds is saved if it can still be read; the frames until it runs again are lost.
    fn overrun(&mut self, xrun: Xrun) -> Result<()> {
        let saved = self.save_stopped_frames();
        self.pcm.start()?;
        let frames = xrun.frames.map(|frames| frames.saturating_sub(saved));
        self.lost(match frames {
            Some(frames) => Xrun::of_frames(frames, self.pcm.spec()),
            None => Xrun::UNKNOWN,
        })
    }

    /// Records what the device held when it stopped, as far as it could be read; returns how many frames that are.
    fn save_stopped_frames(&mut self) -> u64 {
        let room = self.ring_room().min(self.left);
        let frame_bytes = self.frame_bytes();
        let ring = &mut self.ring;
        let mut saved = 0;
        self.pcm.take_stopped_frames(|frames| {
            let fitting = ((frames.len() / frame_bytes) as u64).min(room);
            let bytes = fitting as usize * frame_bytes;
            if let Ok(mut chunk) = ring.write_chunk(bytes) {
                let (first, second) = chunk.as_mut_slices();
                let (start, end) = frames[..bytes].split_at(first.len());
                first.copy_from_slice(start);
                second.copy_from_slice(end);
                chunk.commit_all();
                saved = fitting;
            }
        });
        self.count_captured(saved);
        saved
    }

    /// After a system suspend.
    fn suspended(&mut self, resumed: bool, lost: u64) -> Result<()> {
        if resumed {
            return Ok(());
        }
        self.pcm.start()?;
        self.lost(Xrun::of_frames(lost, self.pcm.spec()))
    }

    /// Marks and reports a gap.
    fn lost(&mut self, xrun: Xrun) -> Result<()> {
        self.mark_gap(xrun.frames.unwrap_or(0));
        self.link.xrun(self.pcm, None, xrun)
    }

    /// Tells the file side when the next frame was captured; again after a second of frames. Gaps have priority in the
    /// queue.
    fn mark_time(&mut self) {
        if self.marks.slots() < MAX_MARKS / 2 {
            return;
        }
        // The hardware knows how many frames it holds at this moment.
        if let Ok(unread) = self.pcm.avail() {
            let spec = self.pcm.spec();
            let time = WallTime::now().before(spec.duration(unread));
            push_mark(&mut self.marks, self.in_ring, MarkKind::Time(time));
            self.next_time = self.in_ring + TIME_INTERVAL * u64::from(spec.rate);
        }
    }

    fn mark_gap(&mut self, lost: u64) {
        self.next_time = self.in_ring;
        let filled = push_gap(
            &mut self.marks,
            self.in_ring,
            lost,
            self.fill_gaps,
            self.left,
        );
        self.link.counters.add_frames(filled);
        self.left -= filled;
    }

    /// Starts a new file. What the device has captured so far belongs to the old one.
    fn next_file(&mut self, paused: bool) -> Result<()> {
        if !paused {
            self.take_held()?;
        }
        push_mark(&mut self.marks, self.in_ring, MarkKind::NewFile);
        self.writer.notify();
        Ok(())
    }

    /// Waits for captured frames.
    ///
    /// # Errors
    /// [`Kind::Disconnected`](crate::audio::error::Kind::Disconnected) if the device has not moved for too long.
    fn wait_for_device(&mut self) -> Result<()> {
        let timeout = self.stall.timeout(None);
        if !self.wait(WaitFor::Frames, timeout)? {
            return Ok(());
        }
        // Frames that are not yet worth a read are progress, too. Only the hardware knows them all; a sound server that
        // hangs does not answer the same question.
        let unread = match self.pcm.is_hardware() {
            true => self.pcm.avail().unwrap_or(0),
            false => self.unread()?.unwrap_or(0),
        };
        let position = self.in_ring + unread;
        match self.stall.add(timeout.unwrap_or_default(), position) {
            true => Err(self.pcm.give_up()),
            false => Ok(()),
        }
    }

    /// Returns whether nothing happened until the timeout.
    fn wait(&mut self, what: WaitFor, timeout: Option<Duration>) -> Result<bool> {
        match self.pcm.wait(&mut self.waiter, what, timeout)? {
            WaitOutcome::Nothing => return Ok(true),
            WaitOutcome::Ready => {}
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

    /// Reads what the device holds now and no more: with a device that always has more (null), reading would never end.
    fn take_held(&mut self) -> Result<()> {
        // Asks the hardware, so that the count is current and not as of the last period.
        let _ = self.pcm.avail();
        let mut held = self.unread()?.unwrap_or(0);
        while held > 0 && self.left > 0 {
            let before = self.link.counters.frames();
            if !matches!(self.read_some(1)?, ReadOutcome::Progress) {
                break;
            }
            held = held.saturating_sub((self.link.counters.frames() - before).max(1));
        }
        Ok(())
    }

    fn pause(&mut self) -> Result<()> {
        self.take_held()?;
        self.pcm.drop()?;
        self.link.tell(Event::Pause {
            frames: self.in_file(self.link.counters.frames()),
        });
        Ok(())
    }

    fn resume(&mut self) -> Result<()> {
        if self.pcm.state()? != PcmState::Prepared {
            self.pcm.prepare()?;
        }
        self.pcm.start()?;
        self.next_time = self.in_ring;
        self.link.tell(Event::Resume {
            frames: self.in_file(self.link.counters.frames()),
        });
        Ok(())
    }

    /// Captured frames at the rate of the recording.
    pub(super) fn in_file(&self, frames: u64) -> u64 {
        rescale_frames(frames, self.pcm.spec().rate, self.file_rate)
    }
}

/// Sends a gap to the file side. Returns how much of it is filled: silence is part of the recording.
fn push_gap(marks: &mut Producer<Mark>, at: u64, lost: u64, fill: bool, left: u64) -> u64 {
    let filled = if fill { lost.min(left) } else { 0 };
    push_mark(marks, at, MarkKind::Gap(filled));
    filled
}

/// Sends a mark to the file side, for the position after `at` frames of the ring.
fn push_mark(marks: &mut Producer<Mark>, at: u64, kind: MarkKind) {
    // If the queue is full, the device loses more frames than it delivers. The counters are correct nevertheless.
    let _ = marks.push(Mark { at, kind });
}

/// How many of the `frames` frames that were just read the running device may have overwritten before they were read,
/// because this thread was held up after it asked for their number.
fn overwritten(pcm: &Pcm, frames: usize) -> Result<usize> {
    let Configuration {
        period_size,
        buffer_size,
        ..
    } = *pcm.configuration();
    let IoOutcome::Frames(unread) = pcm.avail_update()? else {
        return Ok(0);
    };
    if (unread + frames) as u64 + period_size <= buffer_size {
        return Ok(0);
    }
    // It is close, judging by the last period, so ask the hardware for the exact number.
    let behind = pcm.avail()? + frames as u64;
    Ok((behind.saturating_sub(buffer_size) as usize).min(frames))
}
