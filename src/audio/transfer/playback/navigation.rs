//! Changes of position and volume while a device plays. What it holds and has not played yet is taken back and written
//! again, so that a change is heard at once and not a buffer later. Ramps keep it free of clicks.

use super::device::{PlaybackDevice, WriteOutcome};
use super::feed::Feed;
use super::loudness::factor;
use super::reach::max_ahead;
use crate::audio::error::Result;
use crate::audio::pcm::{PcmState, WaitFor};
use std::time::{Duration, Instant};

/// How long a device that holds frames to its limit is left alone.
const AHEAD_INTERVAL: Duration = Duration::from_millis(30);

/// How long a server that is written to by the clock is left alone.
const MIN_CLOCKED_WAIT: Duration = Duration::from_millis(10);
const MAX_CLOCKED_WAIT: Duration = Duration::from_millis(200);

/// The most that the end of a playback may take that was quit.
const MAX_FADE: Duration = Duration::from_millis(300);

impl PlaybackDevice {
    /// Does what was requested since the last call. `stopped` is whether the device plays nothing: it is paused, or
    /// draining. Returns whether the position has changed.
    pub(super) fn navigate(&mut self, paused: bool, draining: bool) -> Result<bool> {
        let mut newest = None;
        while let Ok(feed) = self.feeds.pop() {
            if let Some(skipped) = newest.replace(feed) {
                self.retire(skipped);
            }
        }
        let has_moved = newest.is_some();
        if let Some(feed) = newest {
            self.switch(feed, paused, draining)?;
        }
        let volume = self.link.control.volume_db();
        if volume != self.volume_db {
            self.volume_db = volume;
            self.change_volume()?;
        }
        Ok(has_moved)
    }

    fn retire(&mut self, feed: Feed) {
        // If nobody takes it, it is freed here.
        let _ = self.retired.push(feed);
    }

    /// Continues with the frames of `feed`.
    fn switch(&mut self, feed: Feed, paused: bool, draining: bool) -> Result<()> {
        // After an xrun the device holds nothing.
        let _ = self.take_back()?;
        if self.pcm.state()? == PcmState::Running && !draining && !paused {
            self.fade_out()?;
            self.tail += self.queued;
            self.queued = 0;
        } else {
            self.empty_device(paused)?;
        }
        let volume = factor(self.volume_db);
        let (at, ramp) = (self.written(), self.reach.ramp);
        self.loudness.change(at, ramp, volume);
        feed.epoch.start_at(at);
        let old = std::mem::replace(&mut self.feed, feed);
        self.retire(old);
        self.reader.unpark();
        Ok(())
    }

    /// Stops a device that has frames of an earlier position but does not play them.
    fn empty_device(&mut self, paused: bool) -> Result<()> {
        if !paused {
            self.note_heard_until();
        }
        self.pcm.drop()?;
        if !paused {
            self.pcm.prepare()?;
        }
        self.forget_all();
        let at = self.written();
        self.loudness.restart(at, 0.0);
        Ok(())
    }

    /// Counts what has been played, and takes back what has not, apart from the first of it. Returns whether the device
    /// still holds frames.
    fn take_back(&mut self) -> Result<bool> {
        // The hardware's own position, not that of the last period.
        let _ = self.pcm.avail();
        if self.update_room()?.is_none() {
            return Ok(false);
        }
        let held = self.held();
        let excess = held.saturating_sub(self.reach.kept).min(self.queued);
        if excess > 0 {
            let taken_back = self.pcm.rewind(excess).min(excess);
            self.queued -= taken_back;
            self.in_buffer -= taken_back.min(self.in_buffer);
            if taken_back == 0 && self.reach.max_ahead.is_none() {
                // It is hardware of the kind that takes nothing back.
                self.reach.max_ahead = Some(max_ahead(&self.pcm));
            }
        }
        Ok(held > 0)
    }

    /// Writes the next frames of the old position, ever more quietly.
    fn fade_out(&mut self) -> Result<()> {
        let mut left = self.unwritten().min(self.reach.ramp);
        let at = self.written();
        self.loudness.change(at, left, 0.0);
        while left > 0 {
            let before = self.queued;
            match self.write(left as usize)? {
                WriteOutcome::Progress if self.queued > before => left -= self.queued - before,
                _ => break,
            }
        }
        Ok(())
    }

    /// Fades out what is heard and lets the device play that, so that quitting is not heard as a click. A sound server
    /// is left alone: what it holds cannot be changed.
    pub(super) fn fade_to_end(&mut self) -> Result<()> {
        if self.scaler.is_none() || self.pcm.card().is_none() || !self.take_back()? {
            return Ok(());
        }
        if self.pcm.state()? != PcmState::Running {
            return Ok(());
        }
        self.fade_out()?;
        let (mut draining, deadline) = (false, Instant::now() + MAX_FADE);
        // A drain ends with the period; the sound may have ended before.
        while self.held() > 0 && Instant::now() < deadline {
            if self.drain(&mut draining)? {
                break;
            }
            // Reads the hardware's own position, not that of the last period.
            let _ = self.pcm.avail();
            let _ = self.update_room()?;
        }
        Ok(())
    }

    fn change_volume(&mut self) -> Result<()> {
        self.take_back()?;
        let (at, ramp) = (self.written(), self.reach.ramp);
        self.loudness.change(at, ramp, factor(self.volume_db));
        Ok(())
    }

    /// Frames that were written, counted from the first one that was played.
    pub(super) fn written(&self) -> u64 {
        self.link.counters.frames() + self.tail + self.queued
    }

    /// Frames that may be written, of the `room` that the device has.
    pub(super) fn room_ahead(&self, room: u64) -> u64 {
        match self.reach.max_ahead.filter(|_| self.navigates) {
            Some(max) => room.min(max.saturating_sub(self.in_buffer)),
            None => room,
        }
    }

    /// Waits until a device that holds as much as it may has played some of it.
    pub(super) fn wait_for_room(&mut self) -> Result<()> {
        if self.is_clocked && self.running {
            let time = self.time_until_room();
            let tick = self.tick.map_or(time, |tick| tick.min(time));
            return self.wait_for_device(WaitFor::Interrupt, Some(tick));
        }
        if !self.navigates || self.reach.max_ahead.is_none() {
            return self.wait_for_device(WaitFor::Frames, self.tick);
        }
        if self.pcm.state()? == PcmState::Prepared {
            self.pcm.start()?;
            self.note_start()?;
        }
        self.wait_for_device(WaitFor::Errors, Some(AHEAD_INTERVAL))?;
        let _ = self.pcm.avail();
        Ok(())
    }

    /// How long to wait until a server has room for as many frames as are worth a write, or is looked at again. It moves by
    /// periods.
    fn time_until_room(&self) -> Duration {
        let room = self.buffer_size().saturating_sub(self.in_buffer);
        let missing = self.avail_min.saturating_sub(room);
        let period = self.pcm.configuration().period_size;
        let spec = self.pcm.spec();
        // Only a call shows that the server is gone.
        spec.duration(missing + period / 2)
            .clamp(MIN_CLOCKED_WAIT, MAX_CLOCKED_WAIT)
    }

    /// Whether the end is near enough to drain the device. Until then, waits for it to play.
    pub(super) fn is_drain_due(&mut self) -> Result<bool> {
        if !self.navigates || self.in_buffer <= self.reach.drain_at {
            return Ok(true);
        }
        if self.pcm.state()? == PcmState::Prepared {
            self.pcm.start()?;
            self.note_start()?;
        }
        let early = self
            .pcm
            .spec()
            .duration(self.in_buffer - self.reach.drain_at);
        let interval = match self.pcm.is_direct() {
            true => early.max(AHEAD_INTERVAL),
            false => AHEAD_INTERVAL,
        };
        self.wait_for_device(WaitFor::Errors, Some(interval))?;
        let _ = self.pcm.avail();
        Ok(false)
    }
}
