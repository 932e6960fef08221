//! The device side of a playback: from the ring to the PCM.
//!
//! This thread waits on the PCM and on [`TransferControl`](crate::audio::transfer::TransferControl), and on nothing
//! else. A frame leaves the ring only once it has been played, so that a device that cannot pause, or that lost its
//! buffer in a system suspend, can be given the same frames again.

use super::alignment::Alignment;
use super::feed::Feed;
use super::gaps::GapDetector;
use super::loudness::{Loudness, factor};
use super::reach::Reach;
use super::speaker_test::Announcer;
use crate::audio::dsp::gain::Ramp;
use crate::audio::dsp::scaler::Scaler;
use crate::audio::error::Result;
use crate::audio::ffi::realtime::LockedMemory;
use crate::audio::pcm::{
    IoOutcome, KnownPosition, Pcm, PcmState, WaitFor, WaitOutcome, Waiter, Xrun,
};
use crate::audio::transfer::control::TransferCommand;
use crate::audio::transfer::device_link::DeviceLink;
use crate::audio::transfer::event::{EndReason, Event};
use crate::audio::transfer::message::Notice;
use crate::audio::transfer::reopening::Reopening;
use crate::audio::transfer::stall::Stall;
use rtrb::{Consumer, Producer};
use std::thread::Thread;
use std::time::{Duration, Instant};

/// How often a draining device's state is read: not every plugin wakes a poll when it has drained.
const DRAIN_INTERVAL: Duration = Duration::from_millis(50);

/// How long to wait at least for a kernel device that has almost drained.
const MIN_DRAIN_WAIT: Duration = Duration::from_millis(2);

/// A sound server's plugin waits in a drain until its buffer is empty, and can neither be stopped nor paused meanwhile: the
/// drain starts once the buffer holds no more than this.
const MAX_SERVER_DRAIN: Duration = Duration::from_millis(200);

/// How long a sound server may not move before it must be one that waits for more frames, of which there are none.
const MAX_REFILL: Duration = Duration::from_millis(500);

/// Writes the ring to a PCM.
pub(in crate::audio::transfer) struct PlaybackDevice {
    pub pcm: Pcm,
    pub waiter: Waiter,
    /// The fewest frames worth a write while more wait than fit.
    pub avail_min: u64,
    /// Whether room for them is waited for by the clock.
    pub is_clocked: bool,
    /// Where the frames come from, and where a feed for a new position comes from and an old one goes.
    pub(super) feed: Feed,
    pub(super) feeds: Consumer<Feed>,
    pub(super) retired: Producer<Feed>,
    /// Frames of the feed written to the device and not yet played. They are the first in its ring.
    pub queued: u64,
    /// Frames of earlier feeds in the device. They are before the queued ones, and are not written again.
    pub tail: u64,
    /// Frames of silence in the device before all others. They are not counted.
    pub lead: u64,
    /// Frames in the PCM's buffer. A sound server holds others outside of it.
    pub in_buffer: u64,
    /// The thread that fills the ring, and how many bytes must be free to wake it.
    pub reader: Thread,
    pub refill: usize,
    pub link: DeviceLink,
    pub stall: Stall,
    /// Warn if the device reports a position beyond this many half buffers.
    pub test_position: Option<u32>,
    /// How often the position is read during a wait; `None` if progress is not reported.
    pub tick: Option<Duration>,
    pub(super) announcer: Option<Announcer>,
    /// Whether the device has started since it was last prepared.
    pub running: bool,
    /// The underrun whose silence has not ended yet.
    pub underrun: Option<Xrun>,
    /// The underrun that a sound server has reported ahead of time: it still plays what it holds.
    pub plays_out: Option<Xrun>,
    /// Finds silence that a sound server does not report.
    pub(super) gaps: GapDetector,
    /// Whether position and volume may change.
    pub navigates: bool,
    pub(super) reach: Reach,
    pub(super) loudness: Loudness,
    pub volume_db: i32,
    /// Applies the volume; `None` if samples of this format cannot be scaled.
    pub scaler: Option<Scaler>,
    /// When the device went away, while it is away.
    pub lost_at: Option<Instant>,
    /// How to open the device, if it was gone when its group started.
    pub away: Option<Reopening>,
    /// Whether it went away because it took no data. It is back once it does.
    pub stalled: bool,
    /// Until when a device that was stopped is heard all the same, because dmix has mixed what it held. What is written
    /// before would be mixed into that.
    pub(super) heard_until: Option<Instant>,
    /// Keeps it aligned with other devices that play the same sound; `None` if it plays alone.
    pub alignment: Option<Alignment>,
    /// Keeps the ring in memory, if the thread runs in real time.
    pub _locked: Option<LockedMemory>,
}

/// The result of an attempt to write.
pub(super) enum WriteOutcome {
    /// Something was done; try again.
    Progress,
    /// Frames were written, and the device has no more room.
    Filled,
    /// The device has no room.
    DeviceFull,
    /// The ring has no more frames yet.
    RingEmpty,
    /// The ring has ended and all of it is in the device.
    AllWritten,
}

impl PlaybackDevice {
    /// Ends this side of the ring.
    pub(in crate::audio::transfer) fn into_pcm(self) -> Pcm {
        self.pcm
    }

    /// Forgets what the device held: it is empty now, and what it has not played has to be written again.
    pub(super) fn forget_queued(&mut self) {
        (self.lead, self.queued, self.in_buffer) = (0, 0, 0);
        self.plays_out = None;
        self.running = false;
        self.link.counters.set_held(0, None);
        if std::mem::take(&mut self.tail) > 0 {
            let played = self.link.counters.frames();
            self.feed.epoch.start_at(played);
            self.loudness.restart(played, factor(self.volume_db));
        }
    }

    /// Like [`PlaybackDevice::forget_queued`], and forgets how late the sound is, because the device did not stop by itself.
    pub(super) fn forget_all(&mut self) {
        self.forget_queued();
        self.gaps.reset();
    }

    /// Plays to the end of the ring, or until a command to stop. If the device goes away, what it has not played stays
    /// in the ring.
    pub(super) fn play(&mut self) -> Result<EndReason> {
        let (mut paused, mut draining) = (false, false);
        self.announce();
        loop {
            match self.link.control.command() {
                TransferCommand::Stop(why) => {
                    if why == EndReason::Quit && self.navigates && !paused && !draining {
                        // A device that fails now is stopped as well.
                        let _ = self.fade_to_end();
                    }
                    self.stop();
                    return Ok(why);
                }
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
            if self.navigates && self.navigate(paused, draining)? {
                draining = false;
            }
            if let Some(xrun) = self.plays_out {
                self.play_out(xrun)?;
                if paused {
                    self.end_underrun()?;
                }
            } else if paused {
                self.wait_while_paused()?;
            } else if let Some(left) = self.left_to_hear() {
                self.wait(WaitFor::Interrupt, Some(left))?;
            } else if self.play_some(&mut draining)? {
                return Ok(EndReason::Finished);
            } else if self.needs_restart() {
                if self.running {
                    self.stop();
                }
                return Ok(EndReason::Quit);
            }
        }
    }

    /// Writes frames or waits until that is possible. Returns `true` once everything has been played.
    fn play_some(&mut self, draining: &mut bool) -> Result<bool> {
        match self.write_some()? {
            WriteOutcome::Progress => self.stall.moved(),
            WriteOutcome::Filled => {
                self.stall.moved_to(self.position());
                self.wait_for_room()?;
            }
            WriteOutcome::DeviceFull => self.wait_for_room()?,
            WriteOutcome::RingEmpty => {
                self.stall.reset();
                self.link.control.wait_for_file();
                // The ring may have been filled between the check and this call.
                if self.unwritten() == 0 && !self.is_at_end() {
                    self.wait(WaitFor::Errors, self.tick)?;
                }
            }
            WriteOutcome::AllWritten => return self.drain(draining),
        }
        Ok(false)
    }

    pub(super) fn frame_bytes(&self) -> usize {
        self.pcm.spec().frame_bytes()
    }

    /// Frames in the device that have not been played.
    pub(super) fn held(&self) -> u64 {
        self.lead + self.tail + self.queued
    }

    pub(super) fn buffer_size(&self) -> u64 {
        self.pcm.configuration().buffer_size
    }

    /// Whether no more frames follow those in the ring. The file side may be gone.
    pub(super) fn is_at_end(&self) -> bool {
        self.feed.epoch.has_ended() || self.feeds.is_abandoned()
    }

    /// Frames in the ring that have not been written to the device.
    pub(super) fn unwritten(&self) -> u64 {
        (self.feed.ring.slots() / self.frame_bytes()) as u64 - self.queued
    }

    /// Removes from the ring what has been played and writes what fits.
    pub(super) fn write_some(&mut self) -> Result<WriteOutcome> {
        let takes_back = self.pcm.is_direct() && self.reach.max_ahead.is_none();
        if self.stall.is_woken() && takes_back && self.running && self.is_aligned() {
            let unwritten = self.unwritten();
            if unwritten > 0 {
                return self.fill(unwritten);
            }
        }
        let Some(room) = self.update_room()? else {
            return Ok(WriteOutcome::Progress);
        };
        if let Some(outcome) = self.align(room)? {
            return Ok(outcome);
        }
        let room = self.room_ahead(room);
        // Read before the ring: if the epoch has ended now, nothing more will be added to the ring.
        let at_end = self.is_at_end();
        let unwritten = self.unwritten();
        if unwritten == 0 {
            return Ok(if at_end {
                WriteOutcome::AllWritten
            } else {
                WriteOutcome::RingEmpty
            });
        }
        // While more frames wait than fit, wait for room that is worth a call. A device that has not started gets no
        // more room by waiting, though: it starts once it is full.
        let small = room < self.avail_min.min(unwritten);
        if room == 0 || (small && (self.running || self.pcm.state()? != PcmState::Prepared)) {
            return Ok(WriteOutcome::DeviceFull);
        }
        let frames = match room < unwritten {
            true => self.pcm.whole_periods(room),
            false => unwritten,
        };
        self.write(frames as usize)
    }

    /// Writes as much of `max` frames as fit, without asking how many that are: a kernel device that is full after that has
    /// shown its position.
    fn fill(&mut self, max: u64) -> Result<WriteOutcome> {
        let mut left = max;
        loop {
            let before = self.queued;
            let outcome = self.write(left as usize)?;
            if !matches!(outcome, WriteOutcome::Progress) || self.queued <= before {
                return Ok(outcome);
            }
            left -= self.queued - before;
            let room = self.pcm.last_position().map_or(0, |known| known.avail);
            self.note_room(room)?;
            if room == 0 {
                return Ok(WriteOutcome::Filled);
            }
            // What is in one piece in the ring has been written, or what is scaled at a time.
            if left == 0 {
                return Ok(WriteOutcome::Progress);
            }
        }
    }

    /// The device's room in frames, after counting what it has played. `None` after an xrun.
    pub(super) fn update_room(&mut self) -> Result<Option<u64>> {
        if let Some(xrun) = self.plays_out {
            self.count_played_out(xrun)?;
            return Ok(None);
        }
        if self.running && self.pcm.is_direct() && self.alignment.is_none() {
            // The hardware's own position, not that of the last period. An error is reported by the next call, too.
            let _ = self.pcm.avail();
        }
        match self.pcm.avail_update()? {
            IoOutcome::Frames(room) => {
                self.note_room(room as u64)?;
                Ok(Some(room as u64))
            }
            IoOutcome::WouldBlock => Ok(Some(0)),
            IoOutcome::Xrun(xrun) => self.underrun(xrun).map(|()| None),
            IoOutcome::Suspended { resumed, lost } => {
                self.suspended(resumed, lost);
                Ok(None)
            }
        }
    }

    /// Counts what a device with room for `room` frames has played.
    fn note_room(&mut self, room: u64) -> Result<()> {
        self.in_buffer = self.buffer_size().saturating_sub(room);
        self.note_position();
        let held = self.held();
        let played = held.saturating_sub(self.pcm.unheard(self.in_buffer));
        self.count_played(played);
        if played > 0 && std::mem::take(&mut self.stalled) {
            self.report_back();
        }
        if self.running {
            let known = self.pcm.last_position();
            let unplayed = (held - played).saturating_sub(self.lead);
            self.link.counters.set_held(unplayed, known);
            if held > played {
                self.find_gap()?;
            }
        }
        Ok(())
    }

    /// Reports a silence that the sound server does not report.
    fn find_gap(&mut self) -> Result<()> {
        if !self.pcm.has_known_server() {
            return Ok(());
        }
        let played = self.link.counters.frames();
        let gap = (self.gaps).note(KnownPosition::now(), played, self.pcm.spec());
        self.report_gap(gap)
    }

    fn report_gap(&mut self, gap: Option<u64>) -> Result<()> {
        match gap {
            Some(frames) => {
                let xrun = Xrun::of_frames(frames, self.pcm.spec());
                self.link.xrun(&self.pcm, None, xrun)
            }
            None => Ok(()),
        }
    }

    /// Counts `frames` as played and removes them from the ring.
    pub(super) fn count_played(&mut self, frames: u64) {
        let of_lead = frames.min(self.lead);
        self.lead -= of_lead;
        let frames = frames - of_lead;
        let of_tail = frames.min(self.tail);
        self.tail -= of_tail;
        let bytes = (frames - of_tail) as usize * self.frame_bytes();
        let ring = &mut self.feed.ring;
        if let Ok(chunk) = ring.read_chunk(bytes) {
            chunk.commit_all();
        }
        if ring.buffer().capacity() - ring.slots() >= self.refill {
            self.reader.unpark();
        }
        self.queued -= frames - of_tail;
        self.link.counters.add_frames(frames);
        self.loudness.forget_before(self.link.counters.frames());
        self.announce();
    }

    /// Reports the speakers that have started to play.
    fn announce(&mut self) {
        let played = self.link.counters.frames();
        while let Some(speaker) = self
            .announcer
            .as_mut()
            .and_then(|announcer| announcer.next(played))
        {
            self.link.report(Event::Speaker(speaker));
        }
    }

    /// Writes up to `max` frames, with the volume that they are to have.
    pub(super) fn write(&mut self, max: usize) -> Result<WriteOutcome> {
        let frame_bytes = self.frame_bytes();
        let skip = self.queued as usize * frame_bytes;
        let (volume, linear) = self.loudness.gain(self.written(), max as u64);
        let Ok(chunk) = self
            .feed
            .ring
            .read_chunk(skip + linear as usize * frame_bytes)
        else {
            return Ok(WriteOutcome::Progress);
        };
        let (first, second) = chunk.as_slices();
        let data = if skip < first.len() {
            &first[skip..]
        } else {
            &second[skip - first.len()..]
        };
        let outcome = write_scaled(&mut self.pcm, data, volume, linear, self.scaler.as_mut())?;
        match outcome {
            IoOutcome::Frames(0) | IoOutcome::WouldBlock => return Ok(WriteOutcome::DeviceFull),
            IoOutcome::Frames(frames) => {
                self.queued += frames as u64;
                self.in_buffer += frames as u64;
                self.note_start()?;
                self.check_position();
            }
            IoOutcome::Xrun(xrun) => self.underrun(xrun)?,
            IoOutcome::Suspended { resumed, lost } => self.suspended(resumed, lost),
        }
        Ok(WriteOutcome::Progress)
    }

    /// Warns if the device reports a position that cannot be right (aplay's `--test-position`).
    fn check_position(&self) {
        let Some(coefficient) = self.test_position else {
            return;
        };
        let limit = u64::from(coefficient) * self.buffer_size() / 2;
        let (Ok(avail), Ok(delay)) = (self.pcm.avail(), self.pcm.delay()) else {
            return;
        };
        if avail > limit || delay.unsigned_abs() > limit {
            self.link.warn(Notice::SuspiciousPosition {
                avail,
                delay,
                limit,
            });
        }
    }

    /// Returns whether nothing happened until the timeout.
    fn wait(&mut self, what: WaitFor, timeout: Option<Duration>) -> Result<bool> {
        match self.pcm.wait(&mut self.waiter, what, timeout)? {
            WaitOutcome::Nothing => return Ok(true),
            WaitOutcome::Ready => self.stall.wake(),
            WaitOutcome::NotReady => self.stall.wake_early(&self.pcm),
            WaitOutcome::Interrupted => self.link.control.clear(),
            WaitOutcome::Xrun(xrun) => self.underrun(xrun)?,
            WaitOutcome::Suspended { resumed, lost } => self.suspended(resumed, lost),
        }
        Ok(false)
    }

    /// Waits for `what` of a device that has frames to play.
    ///
    /// # Errors
    /// [`Kind::Disconnected`](crate::audio::error::Kind::Disconnected) if it has not moved for too long.
    pub(super) fn wait_for_device(&mut self, what: WaitFor, tick: Option<Duration>) -> Result<()> {
        let pause = self.stall.pause(&self.pcm);
        let (what, timeout) = match pause {
            Some(_) => (WaitFor::Interrupt, pause),
            None => (what, self.stall.timeout(tick)),
        };
        if !self.wait(what, timeout)? {
            return Ok(());
        }
        if self.stall.add(timeout.unwrap_or_default(), self.position()) && !self.has_moved() {
            self.stalled = true;
            return Err(self.pcm.give_up());
        }
        Ok(())
    }

    /// Written and played frames, so that each write and each frame played changes the number.
    fn position(&self) -> u64 {
        2 * (self.written() + self.lead) - self.in_buffer
    }

    /// Whether the hardware has moved since it was last asked. A card with long periods reports that only on request.
    fn has_moved(&mut self) -> bool {
        let before = self.in_buffer;
        self.stall.reset();
        // An xrun is handled by the next write.
        let avail = self.pcm.avail().unwrap_or(u64::MAX);
        self.buffer_size().saturating_sub(avail) < before
    }

    fn wait_while_paused(&mut self) -> Result<()> {
        self.stall.reset();
        let what = self.pcm.wait_in_pause()?;
        self.wait(what, None)?;
        Ok(())
    }

    fn underrun(&mut self, xrun: Xrun) -> Result<()> {
        match self.pcm.left_after_underrun(xrun)? {
            Some(_) => self.plays_out = Some(xrun),
            None => self.stopped(xrun)?,
        }
        Ok(())
    }

    /// Waits until a sound server has played what it held when it reported an underrun, or until a command.
    fn play_out(&mut self, xrun: Xrun) -> Result<()> {
        let left = self.count_played_out(xrun)?;
        if left.is_zero() {
            self.pcm.finish_xrun()?;
            return self.stopped(xrun);
        }
        self.wait(WaitFor::Interrupt, Some(left)).map(|_| ())
    }

    /// Counts what a sound server has played since it reported an underrun. Returns how long it continues.
    fn count_played_out(&mut self, xrun: Xrun) -> Result<Duration> {
        let (left, frames) = (self.pcm.left_after_underrun(xrun)?).unwrap_or_default();
        self.count_played(self.held().saturating_sub(frames));
        self.link.counters.set_held(0, None);
        Ok(left)
    }

    /// The device has stopped. What it has not played is written to it again. The underrun is reported once there is sound
    /// again, because only then its length is known: the file may be slow.
    fn stopped(&mut self, xrun: Xrun) -> Result<()> {
        self.count_played(self.held().saturating_sub(xrun.held));
        self.forget_queued();
        let xrun = self.with_earlier_silence(xrun);
        self.note_silence(xrun.silent_from);
        // A sound server may still play: the silence has not begun then.
        let is_silent = xrun.frames != Some(0);
        if xrun.silent_from.is_none() || self.link.fatal_xruns && is_silent {
            return self.link.xrun(&self.pcm, None, xrun);
        }
        self.underrun.get_or_insert(xrun);
        Ok(())
    }

    /// An underrun with the silence that a sound server did not report before it.
    fn with_earlier_silence(&mut self, xrun: Xrun) -> Xrun {
        let Some(stop) = xrun.silent_from else {
            self.gaps.reset();
            return xrun;
        };
        let played = self.link.counters.frames();
        let earlier = self.gaps.unreported(stop, played, self.pcm.spec());
        match earlier.is_zero() {
            true => xrun,
            false => self.pcm.underrun_until_now(Xrun {
                silent_from: Some(stop.saturating_sub(earlier)),
                ..xrun
            }),
        }
    }

    /// Takes the underrun that ends now, if there is one. All silence until now is to be reported with it.
    pub(super) fn take_underrun(&mut self) -> Option<Xrun> {
        let xrun = self.underrun.take()?;
        let played = self.link.counters.frames();
        (self.gaps).restart(KnownPosition::now(), played, self.pcm.spec());
        Some(xrun)
    }

    /// Reports the underrun that ends now, if there is one.
    pub(super) fn end_underrun(&mut self) -> Result<()> {
        match self.take_underrun() {
            Some(xrun) => (self.link).xrun(&self.pcm, None, self.pcm.underrun_until_now(xrun)),
            None => Ok(()),
        }
    }

    /// Notes that the device runs, if it has started.
    pub(super) fn note_start(&mut self) -> Result<()> {
        if !self.running && self.pcm.has_started()? {
            self.running = true;
            self.end_underrun()?;
        }
        Ok(())
    }

    /// After a system suspend: a device that could not resume has lost the `held` frames that it had not played, and is given
    /// them again.
    fn suspended(&mut self, resumed: bool, held: u64) {
        if !resumed {
            self.count_played(self.held().saturating_sub(held));
            self.forget_all();
        }
        // Not all devices of a group resume at the same moment.
        self.restart_with_others();
    }

    /// Pauses the hardware if it can, otherwise drops what it has not played and writes it again later.
    fn pause(&mut self) -> Result<()> {
        self.update_room()?;
        let running = matches!(self.pcm.state()?, PcmState::Running | PcmState::Draining);
        if running && !(self.pcm.keeps_frames_in_pause() && self.pcm.pause(true).is_ok()) {
            self.note_heard_until();
            self.pcm.stop_for_pause()?;
            self.count_played(self.passed_on());
            self.forget_queued();
        }
        self.running = false;
        self.gaps.reset();
        self.end_underrun()?;
        self.link.counters.set_held(0, None);
        self.link.report(Event::Pause {
            frames: self.link.counters.frames(),
        });
        Ok(())
    }

    /// Frames in a device that was stopped that are heard all the same. What may not be is played again.
    fn passed_on(&self) -> u64 {
        if !self.pcm.passes_on() {
            return 0;
        }
        let (period, buffer) = (self.pcm.configuration().period_size, self.buffer_size());
        let most = self.reach.max_ahead.filter(|_| self.navigates);
        let uncertain = (most.unwrap_or(buffer) + period).saturating_sub(buffer);
        self.held().saturating_sub(uncertain)
    }

    /// Takes note of how long a device that is about to be stopped will be heard: a period longer than what it holds, because
    /// dmix starts at the position that the card had at its last interrupt.
    pub(super) fn note_heard_until(&mut self) {
        if self.pcm.passes_on() {
            let frames = self.held() + self.pcm.configuration().period_size;
            self.heard_until = Some(Instant::now() + self.pcm.spec().duration(frames));
        }
    }

    /// How long a device that was stopped is still heard.
    fn left_to_hear(&mut self) -> Option<Duration> {
        let left = self.heard_until?.checked_duration_since(Instant::now());
        let left = left.filter(|left| !left.is_zero());
        if left.is_none() {
            self.heard_until = None;
        }
        left
    }

    fn resume(&mut self) -> Result<()> {
        match self.pcm.state()? {
            PcmState::Paused => self.pcm.pause(false)?,
            PcmState::Setup => self.pcm.prepare()?,
            _ => {}
        }
        self.note_start()?;
        self.link.report(Event::Resume {
            frames: self.link.counters.frames(),
        });
        Ok(())
    }

    /// Stops at once: what the device has not played is neither played nor counted.
    pub(super) fn stop(&mut self) {
        // A device that fails now (it was unplugged, say) is as silent as one that is stopped.
        self.note_exact_position();
        let _ = self.update_room();
        let _ = self.end_underrun();
        let _ = self.pcm.drop();
    }

    /// Whether the device plays before it is drained. A sound server is started if all that there is to play has not filled
    /// its buffer. One that waits for more after an underrun which its plugin has not noticed needs the drain to continue.
    fn runs_before_drain(&mut self) -> Result<bool> {
        if self.pcm.has_known_server() && self.pcm.state()? == PcmState::Prepared {
            self.pcm.start()?;
            self.note_start()?;
        }
        let waits_for_more = self.pcm.starts_again_when_full() && self.stall.waited() >= MAX_REFILL;
        Ok(self.pcm.state()? == PcmState::Running && !waits_for_more)
    }

    /// Lets the device play what it holds; `true` once it has.
    pub(super) fn drain(&mut self, draining: &mut bool) -> Result<bool> {
        let most = self.pcm.spec().frames_lasting(MAX_SERVER_DRAIN);
        if self.in_buffer > most && self.pcm.card().is_none() && self.runs_before_drain()? {
            self.wait_for_device(WaitFor::Errors, Some(DRAIN_INTERVAL))?;
            return Ok(false);
        }
        if !*draining {
            if !self.is_drain_due()? {
                return Ok(false);
            }
            let gap = self.gaps.finish(self.pcm.spec());
            self.report_gap(gap)?;
            *draining = true;
        }
        if self.queued > 0 && !self.running {
            // The drain starts a device that has not started yet, and some plugins have stopped it again afterwards.
            self.end_underrun()?;
        }
        let running = |state| matches!(state, PcmState::Draining | PcmState::Running);
        let drained = self.pcm.drain()?;
        self.note_start()?;
        if drained || !running(self.pcm.state()?) {
            if self.pcm.state()? == PcmState::Disconnected {
                return Err(self.pcm.disconnected());
            }
            self.count_played(self.held());
            self.link.counters.set_held(0, None);
            return Ok(true);
        }
        self.update_room()?;
        // There is room all the time: the end, which a kernel device reports as an error of the poll, is what is awaited. It
        // notices the end only with that of a period, or if it is asked.
        let interval = match self.pcm.is_direct() {
            true => self.pcm.spec().duration(self.in_buffer).max(MIN_DRAIN_WAIT),
            false => DRAIN_INTERVAL,
        };
        self.wait_for_device(WaitFor::Errors, Some(interval))?;
        Ok(false)
    }
}

/// Writes frames, scaled by `volume`, which is linear for the first `linear` of them. Writes fewer than all if the rest
/// has another volume.
fn write_scaled(
    pcm: &mut Pcm,
    frames: &[u8],
    volume: Ramp,
    linear: u64,
    scaler: Option<&mut Scaler>,
) -> Result<IoOutcome> {
    let spec = pcm.spec();
    let bytes = |frames: u64| spec.bytes(frames) as usize;
    match scaler {
        Some(scaler) if volume != Ramp::UNITY => {
            let whole = spec.frames_in(frames.len() as u64).min(linear);
            let count = whole.min(scaler.max_frames());
            let part = Ramp {
                from: volume.from,
                to: volume.from + (volume.to - volume.from) * count as f64 / linear as f64,
            };
            pcm.write(scaler.scale(&frames[..bytes(count)], part))
        }
        _ => pcm.write(frames),
    }
}
