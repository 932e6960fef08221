//! The device side of a playback: from the ring to the PCM. This thread waits on the PCM and on [`Control`], and on
//! nothing else. A frame leaves the ring only when it has been heard, so that a device that cannot pause, or that lost
//! what it held in a sleep, is given the same frames again.

use super::speaker_test::Announcer;
use crate::audio::error::Result;
use crate::audio::pcm::{Configuration, Direction, Moved, Pcm, State, WaitFor, Waiter, Wake, Xrun};
use crate::audio::transfer::control::{Command, Control};
use crate::audio::transfer::counters::Counters;
use crate::audio::transfer::event::{Event, Why};
use crate::audio::transfer::{Message, fatal_xrun};
use rtrb::Consumer;
use std::sync::mpsc::SyncSender;
use std::thread::Thread;
use std::time::Duration;

/// While a device drains, its state is looked at so often, because not every plugin wakes a poll at the end.
const DRAIN_LOOK: Duration = Duration::from_millis(50);

pub(super) struct Playback<'a> {
    pub pcm: &'a mut Pcm,
    pub ring: Consumer<u8>,
    /// The thread that fills the ring, and how much must be free for it to be worth waking.
    pub feeder: Thread,
    pub refill: usize,
    pub control: &'a Control,
    pub counters: &'a Counters,
    pub messages: &'a SyncSender<Message>,
    pub fatal_xruns: bool,
    pub test_position: Option<u32>,
    /// How often it takes note of how far it is while it waits, where anybody wants to know.
    pub tick: Option<Duration>,
    pub turns: Option<Announcer>,
    /// Smallest room worth a write while there is more than fits.
    pub avail_min: u64,
    /// Frames handed to the device and not yet heard; they are the first in the ring.
    pub queued: u64,
    pub waiter: Waiter,
}

enum Step {
    /// Something was done; look again.
    Again,
    /// Nothing to do until the device has room.
    Full,
    /// Nothing to do until the ring has more.
    Starved,
    /// The ring is at its end and all of it is in the device.
    Written,
}

impl Playback<'_> {
    /// Plays until the ring is at its end, or until told to stop.
    pub(super) fn run(&mut self) -> Result<Why> {
        let (mut paused, mut draining) = (false, false);
        self.tell_turns();
        loop {
            match self.control.command() {
                Command::Stop(why) => return self.stop().map(|()| why),
                Command::Pause if !paused => {
                    self.pause()?;
                    (paused, draining) = (true, false);
                }
                Command::Run if paused => {
                    self.resume()?;
                    paused = false;
                }
                _ => {}
            }
            if paused {
                let stopped = self.pcm.state()? == State::Setup;
                self.wait(
                    if stopped {
                        WaitFor::Call
                    } else {
                        WaitFor::Trouble
                    },
                    None,
                )?;
                continue;
            }
            match self.step()? {
                Step::Again => {}
                Step::Full => self.wait(WaitFor::Frames, self.tick)?,
                Step::Starved => {
                    self.control.hunger();
                    // The ring may have been filled between the look and the word.
                    if self.unwritten() == 0 && !self.ring.is_abandoned() {
                        self.wait(WaitFor::Trouble, self.tick)?;
                    }
                }
                Step::Written => {
                    if self.drained(&mut draining)? {
                        return Ok(Why::Finished);
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
    fn step(&mut self) -> Result<Step> {
        let Some(room) = self.room()? else {
            return Ok(Step::Again);
        };
        // Read before the ring: what is in it then, with its writer gone, is all there will be.
        let at_end = self.ring.is_abandoned();
        let unwritten = self.unwritten();
        if unwritten == 0 {
            return Ok(if at_end { Step::Written } else { Step::Starved });
        }
        // Small writes are for small remainders: while there is more than fits, wait for room that is worth a call. A
        // device that has not started makes no room, however long one waits: it starts once it is full.
        let small = room < self.avail_min.min(unwritten);
        if room == 0 || (small && self.pcm.state()? != State::Prepared) {
            return Ok(Step::Full);
        }
        self.write(room.min(unwritten) as usize)
    }

    /// Frames that the device has room for, after taking note of what it has played. `None` after an xrun.
    fn room(&mut self) -> Result<Option<u64>> {
        match self.pcm.room()? {
            Moved::Frames(room) => {
                let in_device = self.configuration().buffer_size.saturating_sub(room as u64);
                self.heard(self.queued.saturating_sub(in_device));
                Ok(Some(room as u64))
            }
            Moved::WouldBlock => Ok(Some(0)),
            Moved::Xrun(xrun) => self.ran_dry(xrun).map(|()| None),
            Moved::Suspended { resumed } => {
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
        self.counters.add_heard(frames);
        self.tell_turns();
        if self.ring.buffer().capacity() - self.ring.slots() >= self.refill {
            self.feeder.unpark();
        }
    }

    /// Tells of the speakers whose turn has come.
    fn tell_turns(&mut self) {
        let heard = self.counters.heard();
        while let Some(speaker) = self.turns.as_mut().and_then(|turns| turns.next(heard)) {
            self.tell(Event::Speaker(speaker));
        }
    }

    fn write(&mut self, most: usize) -> Result<Step> {
        let frame_bytes = self.frame_bytes();
        let skip = self.queued as usize * frame_bytes;
        let Ok(chunk) = self.ring.read_chunk(skip + most * frame_bytes) else {
            return Ok(Step::Again);
        };
        let (first, second) = chunk.as_slices();
        let data = if skip < first.len() {
            &first[skip..]
        } else {
            &second[skip - first.len()..]
        };
        let moved = self.pcm.write(data)?;
        if let Moved::Frames(frames) = moved {
            self.counters.meter(&data[..frames * frame_bytes]);
        }
        match moved {
            Moved::Frames(0) | Moved::WouldBlock => Ok(Step::Full),
            Moved::Frames(frames) => {
                self.queued += frames as u64;
                self.check_position();
                Ok(Step::Again)
            }
            Moved::Xrun(xrun) => self.ran_dry(xrun).map(|()| Step::Again),
            Moved::Suspended { resumed } => {
                self.slept(resumed);
                Ok(Step::Again)
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
            self.tell(Event::Warning(format!(
                "suspicious position: {avail} frames free, {delay} frames to the speaker, limit {most}"
            )));
        }
    }

    fn wait(&mut self, what: WaitFor, timeout: Option<Duration>) -> Result<()> {
        match self.pcm.wait(&mut self.waiter, what, timeout)? {
            Wake::Ready | Wake::TimedOut => {}
            Wake::Called => self.control.clear(),
            // All that was queued has been heard: the device stopped because it had nothing left.
            Wake::Xrun(xrun) => self.ran_dry(xrun)?,
            Wake::Suspended(resumed) => self.slept(resumed),
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
        let running = matches!(self.pcm.state()?, State::Running | State::Draining);
        let paused = running && self.configuration().can_pause && self.pcm.pause(true).is_ok();
        if running && !paused {
            self.pcm.drop()?;
            self.queued = 0;
        }
        self.tell(Event::Pause {
            frames: self.counters.heard(),
        });
        Ok(())
    }

    fn resume(&mut self) -> Result<()> {
        match self.pcm.state()? {
            State::Paused => self.pcm.pause(false)?,
            State::Setup => self.pcm.prepare()?,
            _ => {}
        }
        self.tell(Event::Resume {
            frames: self.counters.heard(),
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
        if self.pcm.drain()? || !matches!(self.pcm.state()?, State::Draining | State::Running) {
            if self.pcm.state()? == State::Disconnected {
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
