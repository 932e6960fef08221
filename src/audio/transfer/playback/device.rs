//! The device side of a playback: from the ring to the PCM. This thread waits on the PCM and on [`TransferControl`], and on
//! nothing else. A frame leaves the ring only when it has been heard, so that a device that cannot pause, or that lost
//! what it held in a sleep, is given the same frames again.

use super::speaker_test::Announcer;
use crate::audio::error::Result;
use crate::audio::pcm::{
    Configuration, Direction, IoOutcome, Pcm, PcmState, WaitFor, WaitOutcome, Waiter, Xrun,
};
use crate::audio::transfer::control::{TransferCommand, TransferControl};
use crate::audio::transfer::counters::Counters;
use crate::audio::transfer::event::{EndReason, Event};
use crate::audio::transfer::{Message, fatal_xrun};
use rtrb::Consumer;
use std::sync::mpsc::SyncSender;
use std::thread::Thread;
use std::time::Duration;

/// While a device drains, its state is looked at so often, because not every plugin wakes a poll at the end.
const DRAIN_LOOK: Duration = Duration::from_millis(50);

pub(super) struct PlaybackDevice<'a> {
    pub pcm: &'a mut Pcm,
    pub ring: Consumer<u8>,
    /// The thread that fills the ring, and how much must be free for it to be worth waking.
    pub feeder: Thread,
    pub refill: usize,
    pub control: &'a TransferControl,
    pub counters: &'a Counters,
    pub messages: &'a SyncSender<Message>,
    pub fatal_xruns: bool,
    pub test_position: Option<u32>,
    /// How often it takes note of how far it is while it waits, where anybody wants to know.
    pub tick: Option<Duration>,
    pub speaker_test: Option<Announcer>,
    /// Smallest room worth a write while there is more than fits.
    pub avail_min: u64,
    /// Frames handed to the device and not yet heard; they are the first in the ring.
    pub queued: u64,
    pub waiter: Waiter,
}

enum WriteOutcome {
    /// Something was done; look again.
    Progress,
    /// Nothing to do until the device has room.
    DeviceFull,
    /// Nothing to do until the ring has more.
    RingEmpty,
    /// The ring is at its end and all of it is in the device.
    AllWritten,
}

impl PlaybackDevice<'_> {
    /// Plays until the ring is at its end, or until told to stop.
    pub(super) fn run(&mut self) -> Result<EndReason> {
        let (mut paused, mut draining) = (false, false);
        self.tell_turns();
        loop {
            match self.control.command() {
                TransferCommand::Stop(why) => return self.stop().map(|()| why),
                TransferCommand::Pause if !paused => {
                    self.pause()?;
                    (paused, draining) = (true, false);
                }
                TransferCommand::Run if paused => {
                    self.resume()?;
                    paused = false;
                }
                _ => {}
            }
            if paused {
                let stopped = self.pcm.state()? == PcmState::Setup;
                self.wait(
                    if stopped {
                        WaitFor::Interrupt
                    } else {
                        WaitFor::Errors
                    },
                    None,
                )?;
                continue;
            }
            match self.step()? {
                WriteOutcome::Progress => {}
                WriteOutcome::DeviceFull => self.wait(WaitFor::Frames, self.tick)?,
                WriteOutcome::RingEmpty => {
                    self.control.hunger();
                    // The ring may have been filled between the look and the word.
                    if self.unwritten() == 0 && !self.ring.is_abandoned() {
                        self.wait(WaitFor::Errors, self.tick)?;
                    }
                }
                WriteOutcome::AllWritten => {
                    if self.drained(&mut draining)? {
                        return Ok(EndReason::Finished);
                    }
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

    /// Frames in the ring that the device has not been given.
    fn unwritten(&self) -> u64 {
        (self.ring.slots() / self.frame_bytes()) as u64 - self.queued
    }

    /// Frees the ring of what has been heard and hands over what there is room for.
    fn step(&mut self) -> Result<WriteOutcome> {
        let Some(room) = self.room()? else {
            return Ok(WriteOutcome::Progress);
        };
        // Read before the ring: what is in it then, with its writer gone, is all there will be.
        let at_end = self.ring.is_abandoned();
        let unwritten = self.unwritten();
        if unwritten == 0 {
            return Ok(if at_end {
                WriteOutcome::AllWritten
            } else {
                WriteOutcome::RingEmpty
            });
        }
        // Small writes are for small remainders: while there is more than fits, wait for room that is worth a call. A
        // device that has not started makes no room, however long one waits: it starts once it is full.
        let small = room < self.avail_min.min(unwritten);
        if room == 0 || (small && self.pcm.state()? != PcmState::Prepared) {
            return Ok(WriteOutcome::DeviceFull);
        }
        self.write(room.min(unwritten) as usize)
    }

    /// Frames that the device has room for, after taking note of what it has played. `None` after an xrun.
    fn room(&mut self) -> Result<Option<u64>> {
        match self.pcm.room()? {
            IoOutcome::Frames(room) => {
                let in_device = self.configuration().buffer_size.saturating_sub(room as u64);
                self.heard(self.queued.saturating_sub(in_device));
                Ok(Some(room as u64))
            }
            IoOutcome::WouldBlock => Ok(Some(0)),
            IoOutcome::Xrun(xrun) => self.ran_dry(xrun).map(|()| None),
            IoOutcome::Suspended { resumed } => {
                self.slept(resumed);
                Ok(None)
            }
        }
    }

    /// Counts `frames` as heard and frees the ring of them.
    fn heard(&mut self, frames: u64) {
        let bytes = frames as usize * self.frame_bytes();
        if let Ok(chunk) = self.ring.read_chunk(bytes) {
            chunk.commit_all();
        }
        self.queued -= frames;
        self.counters.add_frames(frames);
        self.tell_turns();
        if self.ring.buffer().capacity() - self.ring.slots() >= self.refill {
            self.feeder.unpark();
        }
    }

    /// Tells of the speakers whose turn has come.
    fn tell_turns(&mut self) {
        let heard = self.counters.frames();
        while let Some(speaker) = self
            .speaker_test
            .as_mut()
            .and_then(|speaker_test| speaker_test.next(heard))
        {
            self.tell(Event::Speaker(speaker));
        }
    }

    fn write(&mut self, most: usize) -> Result<WriteOutcome> {
        let frame_bytes = self.frame_bytes();
        let skip = self.queued as usize * frame_bytes;
        let Ok(chunk) = self.ring.read_chunk(skip + most * frame_bytes) else {
            return Ok(WriteOutcome::Progress);
        };
        let (first, second) = chunk.as_slices();
        let data = if skip < first.len() {
            &first[skip..]
        } else {
            &second[skip - first.len()..]
        };
        let moved = self.pcm.write(data)?;
        if let IoOutcome::Frames(frames) = moved {
            self.counters.meter(&data[..frames * frame_bytes]);
        }
        match moved {
            IoOutcome::Frames(0) | IoOutcome::WouldBlock => Ok(WriteOutcome::DeviceFull),
            IoOutcome::Frames(frames) => {
                self.queued += frames as u64;
                self.check_position();
                Ok(WriteOutcome::Progress)
            }
            IoOutcome::Xrun(xrun) => self.ran_dry(xrun).map(|()| WriteOutcome::Progress),
            IoOutcome::Suspended { resumed } => {
                self.slept(resumed);
                Ok(WriteOutcome::Progress)
            }
        }
    }

    /// Warns where what the device says of its own position cannot be (`--test-position`).
    fn check_position(&self) {
        let Some(coefficient) = self.test_position else {
            return;
        };
        let most = u64::from(coefficient) * self.configuration().buffer_size / 2;
        let (Ok(avail), Ok(delay)) = (self.pcm.avail(), self.pcm.delay()) else {
            return;
        };
        if avail > most || delay.unsigned_abs() > most {
            let warning = format!(
                "suspicious position: {avail} frames free, {delay} frames to the speaker, limit {most}"
            );
            self.tell(Event::Warning(warning.into()));
        }
    }

    fn wait(&mut self, what: WaitFor, timeout: Option<Duration>) -> Result<()> {
        match self.pcm.wait(&mut self.waiter, what, timeout)? {
            WaitOutcome::Ready | WaitOutcome::Nothing => {}
            WaitOutcome::Interrupted => self.control.clear(),
            // All that was queued has been heard: the device stopped because it had nothing left.
            WaitOutcome::Xrun(xrun) => self.ran_dry(xrun)?,
            WaitOutcome::Suspended { resumed } => self.slept(resumed),
        }
        Ok(())
    }

    fn ran_dry(&mut self, xrun: Xrun) -> Result<()> {
        self.heard(self.queued);
        self.counters.add_xrun(xrun);
        self.tell(Event::Xrun {
            frames_lost: xrun.frames,
            ms: xrun.ms,
        });
        if self.fatal_xruns {
            return Err(fatal_xrun(Direction::Playback, self.pcm, xrun));
        }
        Ok(())
    }

    /// After a sleep of the machine: what a device that could not resume still held is given to it again.
    fn slept(&mut self, resumed: bool) {
        if !resumed {
            self.queued = 0;
        }
    }

    /// Stands still: by the hardware's pause, or by taking back what it has not played.
    fn pause(&mut self) -> Result<()> {
        self.room()?;
        let running = matches!(self.pcm.state()?, PcmState::Running | PcmState::Draining);
        let paused = running && self.configuration().can_pause && self.pcm.pause(true).is_ok();
        if running && !paused {
            self.pcm.drop()?;
            self.queued = 0;
        }
        self.tell(Event::Pause {
            frames: self.counters.frames(),
        });
        Ok(())
    }

    fn resume(&mut self) -> Result<()> {
        match self.pcm.state()? {
            PcmState::Paused => self.pcm.pause(false)?,
            PcmState::Setup => self.pcm.prepare()?,
            _ => {}
        }
        self.tell(Event::Resume {
            frames: self.counters.frames(),
        });
        Ok(())
    }

    /// Ends at once: what the device has not played is not played, nor counted.
    fn stop(&mut self) -> Result<()> {
        // A device that fails now (it was pulled, say) is as silent as one that is stopped.
        let _ = self.room();
        let _ = self.pcm.drop();
        Ok(())
    }

    /// Lets the device play what it has; `true` once it has.
    fn drained(&mut self, draining: &mut bool) -> Result<bool> {
        if !*draining {
            self.pcm.silence_after_end();
            *draining = true;
        }
        if self.pcm.drain()? || !matches!(self.pcm.state()?, PcmState::Draining | PcmState::Running)
        {
            if self.pcm.state()? == PcmState::Disconnected {
                return Err(self.pcm.gone());
            }
            self.heard(self.queued);
            return Ok(true);
        }
        self.wait(WaitFor::Frames, Some(DRAIN_LOOK))?;
        Ok(false)
    }

    /// Tells the thread that runs the transfer. Never waits: where nobody reads, the counters still know.
    fn tell(&self, event: Event) {
        let _ = self.messages.try_send(Message::Event(event));
    }
}
