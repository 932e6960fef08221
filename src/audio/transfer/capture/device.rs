//! The device side of a recording: from the PCM to the ring. This thread waits on the PCM and on [`TransferControl`], and on
//! nothing else.
//!
//! Where alsa-lib allows it, the device is never stopped by an overrun: it runs on over its own ring, and its own count
//! of frames then tells exactly how many were overwritten.

use crate::audio::error::Result;
use crate::audio::event_fd::EventFd;
use crate::audio::pcm::{
    Configuration, Direction, IoOutcome, Pcm, PcmState, WaitFor, WaitOutcome, Waiter, Xrun,
};
use crate::audio::spec::rescale_frames;
use crate::audio::transfer::control::{TransferCommand, TransferControl};
use crate::audio::transfer::counters::Counters;
use crate::audio::transfer::event::{EndReason, Event};
use crate::audio::transfer::{Message, fatal_xrun};
use rtrb::Producer;
use std::sync::mpsc::SyncSender;

/// Something that stands between two frames of a recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    /// How many frames were put into the ring before it.
    pub at: u64,
    pub what: What,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// So many frames are missing.
    Gap(u64),
    /// A new file begins.
    NewFile,
}

pub(super) struct CaptureDevice<'a> {
    pub pcm: &'a mut Pcm,
    pub ring: Producer<u8>,
    pub marks: Producer<Mark>,
    /// Wakes the thread that empties the ring, and how many bytes must be in it for that.
    pub storer: &'a EventFd,
    pub wake_at: usize,
    pub control: &'a TransferControl,
    pub counters: &'a Counters,
    pub messages: &'a SyncSender<Message>,
    pub fatal_xruns: bool,
    /// Frames still to be recorded.
    pub left: u64,
    /// Whether the device runs on over an overrun, and its count tells how much was lost.
    pub free_running: bool,
    /// Whether a time stamp is told with each second of frames.
    pub stamped: bool,
    /// The rate of the frames that are told, where that is not the device's.
    pub told_rate: u32,
    pub next_stamp: u64,
    pub avail_min: u64,
    pub waiter: Waiter,
}

enum ReadOutcome {
    /// Something was done; look again.
    Progress,
    /// Nothing to do until the device has more.
    DeviceEmpty,
    /// Nothing to do until the ring has room.
    RingFull,
}

impl CaptureDevice<'_> {
    /// Records until it has all that was asked for, or until told to stop.
    pub(super) fn run(&mut self) -> Result<EndReason> {
        self.pcm.start()?;
        let mut paused = false;
        while self.left > 0 {
            match self.control.command() {
                TransferCommand::Stop(why) => {
                    self.take_rest(paused);
                    return Ok(why);
                }
                TransferCommand::Pause if !paused => {
                    self.pause()?;
                    paused = true;
                }
                TransferCommand::Run if paused => {
                    self.resume()?;
                    paused = false;
                }
                _ => {}
            }
            if self.control.take_next_file() {
                self.begin_file(paused)?;
            }
            if paused {
                self.wait(WaitFor::Interrupt)?;
                continue;
            }
            match self.step(self.avail_min)? {
                ReadOutcome::Progress => {}
                ReadOutcome::DeviceEmpty => self.wait(WaitFor::Frames)?,
                ReadOutcome::RingFull => {
                    self.control.hunger();
                    if self.room_in_ring() == 0 {
                        self.wait(WaitFor::Errors)?;
                    }
                }
            }
        }
        // Frames after the last one that was asked for are nobody's.
        let _ = self.pcm.drop();
        Ok(EndReason::Finished)
    }

    fn configuration(&self) -> &Configuration {
        self.pcm.configuration()
    }

    fn frame_bytes(&self) -> usize {
        self.pcm.spec().frame_bytes()
    }

    fn room_in_ring(&self) -> u64 {
        (self.ring.slots() / self.frame_bytes()) as u64
    }

    /// Takes what the device has, if it is `least` frames or all that is still wanted.
    fn step(&mut self, least: u64) -> Result<ReadOutcome> {
        let Some(mut unread) = self.unread()? else {
            return Ok(ReadOutcome::Progress);
        };
        if self.free_running && unread > self.configuration().buffer_size {
            unread = self.overrun(unread)?;
        }
        if unread == 0 || unread < least.min(self.left) {
            return Ok(ReadOutcome::DeviceEmpty);
        }
        let room = self.room_in_ring();
        if room == 0 {
            return Ok(ReadOutcome::RingFull);
        }
        self.read(unread.min(room).min(self.left) as usize)
    }

    /// Frames that the device holds; `None` after an xrun.
    fn unread(&mut self) -> Result<Option<u64>> {
        match self.pcm.room()? {
            IoOutcome::Frames(frames) => Ok(Some(frames as u64)),
            IoOutcome::WouldBlock => Ok(Some(0)),
            IoOutcome::Xrun(xrun) => self.stopped_by_overrun(xrun).map(|()| None),
            IoOutcome::Suspended { resumed } => self.slept(resumed).map(|()| None),
        }
    }

    fn read(&mut self, most: usize) -> Result<ReadOutcome> {
        let frame_bytes = self.frame_bytes();
        let Ok(mut chunk) = self.ring.write_chunk(most * frame_bytes) else {
            return Ok(ReadOutcome::RingFull);
        };
        // The ring's ends are frame boundaries, so its first part alone is a whole number of frames too.
        let (first, _) = chunk.as_mut_slices();
        let mut moved = self.pcm.read_into(first)?;
        let mut torn = 0;
        if let IoOutcome::Frames(frames) = &mut moved {
            if self.free_running {
                torn = overwritten(self.pcm, *frames)?;
                first.copy_within(torn * frame_bytes..*frames * frame_bytes, 0);
                *frames -= torn;
            }
            self.counters.meter(&first[..*frames * frame_bytes]);
        }
        if torn > 0 {
            // Before the frames that it stands before: the file side may be quick.
            mark(&mut self.marks, self.counters, What::Gap(torn as u64));
        }
        match moved {
            IoOutcome::Frames(frames) => chunk.commit(frames * frame_bytes),
            _ => drop(chunk),
        }
        if torn > 0 {
            self.count(Xrun::of_frames(torn as u64, self.pcm.spec()))?;
        }
        match moved {
            IoOutcome::Frames(0) if torn == 0 => Ok(ReadOutcome::DeviceEmpty),
            IoOutcome::WouldBlock => Ok(ReadOutcome::DeviceEmpty),
            IoOutcome::Frames(frames) => {
                self.taken(frames as u64);
                Ok(ReadOutcome::Progress)
            }
            IoOutcome::Xrun(xrun) => self
                .stopped_by_overrun(xrun)
                .map(|()| ReadOutcome::Progress),
            IoOutcome::Suspended { resumed } => self.slept(resumed).map(|()| ReadOutcome::Progress),
        }
    }

    fn taken(&mut self, frames: u64) {
        self.left = self.left.saturating_sub(frames);
        self.counters.add_frames(frames);
        let capacity = self.ring.buffer().capacity();
        if capacity - self.ring.slots() >= self.wake_at {
            self.storer.notify();
        }
        if self.stamped && self.counters.frames() >= self.next_stamp {
            self.stamp();
        }
    }

    /// Tells which frame was at the microphone at which time, once a second of frames.
    fn stamp(&mut self) {
        self.next_stamp = self.counters.frames() + u64::from(self.pcm.spec().rate);
        if let Ok((seconds, nanos, unread)) = self.pcm.htimestamp() {
            let frames = self.told(self.counters.frames() + unread);
            let tstamp = format!("{seconds}.{nanos:09}");
            self.tell(Event::Timestamp { frames, tstamp });
        }
    }

    /// The device has overwritten frames that were not read: skips to the oldest that is still whole. Gives how many
    /// it holds then.
    fn overrun(&mut self, unread: u64) -> Result<u64> {
        let Configuration {
            period_size,
            buffer_size,
            ..
        } = *self.configuration();
        // The device goes on writing while this thread reads: a period ahead of it is safe.
        let lost = self
            .pcm
            .forward(unread - buffer_size + period_size.min(buffer_size))?;
        self.lost(Xrun::of_frames(lost, self.pcm.spec()))?;
        Ok(unread - lost)
    }

    /// The device stopped itself: what it held is lost, and the time until it runs again.
    fn stopped_by_overrun(&mut self, xrun: Xrun) -> Result<()> {
        let held = self.configuration().buffer_size;
        let spec = self.pcm.spec();
        self.pcm.start()?;
        self.lost(match xrun.frames {
            Some(frames) => Xrun::of_frames(frames + held, spec),
            None => xrun,
        })
    }

    fn slept(&mut self, resumed: bool) -> Result<()> {
        if !resumed {
            self.pcm.start()?;
            self.lost(Xrun {
                frames: None,
                ms: None,
            })?;
        }
        Ok(())
    }

    fn lost(&mut self, xrun: Xrun) -> Result<()> {
        let frames = xrun.frames.unwrap_or(0);
        mark(&mut self.marks, self.counters, What::Gap(frames));
        self.count(xrun)
    }

    /// Counts an xrun and tells it.
    fn count(&mut self, xrun: Xrun) -> Result<()> {
        self.counters.add_xrun(xrun);
        self.tell(Event::Xrun {
            frames_lost: xrun.frames,
            ms: xrun.ms,
        });
        if self.fatal_xruns {
            return Err(fatal_xrun(Direction::Capture, self.pcm, xrun));
        }
        Ok(())
    }

    /// Has the next frame begin a new file: what the device has captured up to now belongs to the old one.
    fn begin_file(&mut self, paused: bool) -> Result<()> {
        if !paused {
            self.take_held()?;
        }
        mark(&mut self.marks, self.counters, What::NewFile);
        self.storer.notify();
        Ok(())
    }

    fn wait(&mut self, what: WaitFor) -> Result<()> {
        match self.pcm.wait(&mut self.waiter, what, None)? {
            WaitOutcome::Ready | WaitOutcome::Nothing => {}
            WaitOutcome::Interrupted => self.control.clear(),
            WaitOutcome::Xrun(xrun) => self.stopped_by_overrun(xrun)?,
            WaitOutcome::Suspended { resumed } => self.slept(resumed)?,
        }
        Ok(())
    }

    /// Before it ends: what the device has captured up to now belongs to the recording. A device that fails now has
    /// given all it will.
    fn take_rest(&mut self, paused: bool) {
        if !paused {
            let _ = self.take_held();
        }
        let _ = self.pcm.drop();
    }

    /// Takes what the device holds at this moment, and no more: one that always has more (a null device) has no end.
    fn take_held(&mut self) -> Result<()> {
        // Asked of the hardware, so that it is all up to this moment and not up to the last period.
        let _ = self.pcm.avail();
        let mut held = self.unread()?.unwrap_or(0);
        while held > 0 && self.left > 0 {
            let before = self.counters.frames();
            if !matches!(self.step(1)?, ReadOutcome::Progress) {
                break;
            }
            held = held.saturating_sub((self.counters.frames() - before).max(1));
        }
        Ok(())
    }

    fn pause(&mut self) -> Result<()> {
        self.take_held()?;
        self.pcm.drop()?;
        self.tell(Event::Pause {
            frames: self.told(self.counters.frames()),
        });
        Ok(())
    }

    fn resume(&mut self) -> Result<()> {
        if self.pcm.state()? != PcmState::Prepared {
            self.pcm.prepare()?;
        }
        self.pcm.start()?;
        self.tell(Event::Resume {
            frames: self.told(self.counters.frames()),
        });
        Ok(())
    }

    /// Captured frames as those that are recorded.
    fn told(&self, frames: u64) -> u64 {
        rescale_frames(frames, self.pcm.spec().rate, self.told_rate)
    }

    /// Tells the thread that runs the transfer. Never waits: where nobody reads, the counters still know.
    fn tell(&self, event: Event) {
        let _ = self.messages.try_send(Message::Event(event));
    }
}

/// Has the file side do something between the frames that were recorded and the next.
fn mark(marks: &mut Producer<Mark>, counters: &Counters, what: What) {
    let at = counters.frames();
    // A full queue is a device that loses more than it gives; the counters still know.
    let _ = marks.push(Mark { at, what });
}

/// Of `frames` frames that were just read, how many of the first the running device may have overwritten while they
/// were: this thread was held up for that long between asking and reading.
fn overwritten(pcm: &Pcm, frames: usize) -> Result<usize> {
    let Configuration {
        period_size,
        buffer_size,
        ..
    } = *pcm.configuration();
    let IoOutcome::Frames(unread) = pcm.room()? else {
        return Ok(0);
    };
    if (unread + frames) as u64 + period_size <= buffer_size {
        return Ok(0);
    }
    // Close to it, as far as the last period told: the hardware knows exactly.
    let behind = pcm.avail()? + frames as u64;
    Ok((behind.saturating_sub(buffer_size) as usize).min(frames))
}
