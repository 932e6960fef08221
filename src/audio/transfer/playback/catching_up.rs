//! Keeps a device aligned with others that play the same sound. It begins with silence, so that its first frame can be
//! heard at an exact time, and skips what it should have played while it could not.

use super::device::{PlaybackDevice, WriteOutcome};
use super::loudness::Loudness;
use super::opening::RingEnd;
use crate::audio::error::Result;
use crate::audio::pcm::{IoOutcome, KnownPosition, PcmState, Xrun};
use crate::audio::transfer::counters::Counters;
use crate::audio::transfer::reopening::Reopening;
use std::sync::Arc;
use std::time::Duration;

/// A device that plays again after an underrun begins with this much silence: then it starts at an exact time, and the
/// first frames can be written meanwhile.
const REJOIN_LEAD: Duration = Duration::from_millis(20);

/// This much sound must be ready before a group starts.
const PREFILL: Duration = Duration::from_millis(250);

impl PlaybackDevice {
    /// Whether there is enough to start with.
    pub(in crate::audio::transfer) fn is_prefilled(&self) -> bool {
        let spec = self.pcm.spec();
        let wanted = spec.frames_lasting(PREFILL).min(self.buffer_size());
        self.unwritten() >= wanted || self.is_at_end()
    }

    /// Whether it has nothing more to play.
    pub(in crate::audio::transfer) fn has_ended(&self) -> bool {
        self.unwritten() == 0 && self.is_at_end()
    }

    /// The number of the frame that it plays next, at its rate. It is stopped.
    pub(in crate::audio::transfer) fn next_frame(&self) -> u64 {
        self.link.counters.frames() + self.link.counters.skipped()
    }

    /// Prepares a stopped device. What it held is written again.
    ///
    /// # Errors
    /// Those of the device.
    pub(in crate::audio::transfer) fn get_ready(&mut self) -> Result<()> {
        if self.pcm.state()? != PcmState::Prepared {
            self.pcm.prepare()?;
        }
        self.forget_all();
        Ok(())
    }

    /// Writes `lead` of silence to a prepared device, or half of its buffer.
    ///
    /// # Errors
    /// Those of the device.
    pub(in crate::audio::transfer) fn write_lead(&mut self, lead: Duration) -> Result<()> {
        let lead = self.pcm.spec().frames_lasting(lead);
        let mut left = lead.min((self.buffer_size() / 2).max(1));
        while left > 0 {
            match self.write_silence(left)? {
                0 => break,
                written => left -= written.min(left),
            }
        }
        Ok(())
    }

    /// Writes up to `frames` frames of silence, before all frames of the sound. Returns how many.
    fn write_silence(&mut self, frames: u64) -> Result<u64> {
        let spec = self.pcm.spec();
        let Some(alignment) = &self.alignment else {
            return Ok(0);
        };
        let bytes = (spec.bytes(frames) as usize).min(alignment.silence.len());
        match self.pcm.write(&alignment.silence[..bytes])? {
            IoOutcome::Frames(written) => {
                self.lead += written as u64;
                self.in_buffer += written as u64;
                Ok(written as u64)
            }
            // The next call that moves frames reports what has happened.
            _ => Ok(0),
        }
    }

    /// The device was started with the others: plays `silence` frames of silence more before the sound.
    ///
    /// # Errors
    /// [`Kind::Xrun`](crate::audio::error::Kind::Xrun) if it had run out of frames before, and xruns are fatal.
    pub(in crate::audio::transfer) fn join(&mut self, silence: u64) -> Result<()> {
        self.running = true;
        if let Some(alignment) = &mut self.alignment {
            alignment.silence_due = silence;
            (alignment.skip_due, alignment.silent_from) = (0, None);
            alignment.needs_restart = false;
        }
        self.stall.reset();
        self.end_underrun()
    }

    /// Writes what fits to a kernel device, before its loop runs. What fails is found by the loop, too.
    pub(in crate::audio::transfer) fn fill_up(&mut self) {
        while self.pcm.is_direct() && !self.needs_restart() {
            match self.write_some() {
                Ok(WriteOutcome::Progress) => {}
                _ => return,
            }
        }
    }

    /// The device is gone when the others start, which play its next frame at `heard_at` on the monotonic clock. It joins
    /// them once it is back.
    pub(in crate::audio::transfer) fn join_later(&mut self, heard_at: Duration) {
        if let Some(alignment) = &mut self.alignment {
            (alignment.silence_due, alignment.skip_due) = (0, 0);
            (alignment.silent_from, alignment.needs_restart) = (Some(heard_at), false);
        }
    }

    /// Plays the frames of another ring from now on, counted by `counters`. It is stopped.
    pub(in crate::audio::transfer) fn feed_from(&mut self, end: RingEnd, counters: Arc<Counters>) {
        self.forget_all();
        (self.feed, self.feeds, self.retired) = (end.feed, end.feeds, end.retired);
        (self.reader, self.refill, self._locked) = (end.reader, end.refill, end.locked);
        self.link.counters = counters;
        self.loudness = Loudness::new(self.volume_db);
    }

    /// Closes a device that is gone, to be opened by its loop when it is back.
    pub(in crate::audio::transfer) fn close_until_back(&mut self, reopening: Reopening) {
        self.forget_all();
        self.pcm.discard();
        self.away = Some(reopening);
    }

    /// Ends its loop, so that all devices of its group start again.
    pub(super) fn restart_with_others(&mut self) {
        if let Some(alignment) = &mut self.alignment {
            alignment.needs_restart = true;
        }
    }

    /// Whether it has ended its loop because it cannot join the others while they play.
    pub(in crate::audio::transfer) fn needs_restart(&self) -> bool {
        (self.alignment.as_ref()).is_some_and(|alignment| alignment.needs_restart)
    }

    /// Whether the next frame can be written as it is.
    pub(super) fn is_aligned(&self) -> bool {
        (self.alignment.as_ref())
            .is_none_or(|alignment| alignment.silence_due == 0 && alignment.skip_due == 0)
    }

    /// Records since when nothing is played, unless that is known.
    pub(super) fn note_silence(&mut self, from: Option<Duration>) {
        if let Some(alignment) = &mut self.alignment {
            alignment.silent_from = alignment.silent_from.or(from);
        }
    }

    /// Does what must be done before the next frame, if anything, while the device has room for `room` frames.
    pub(super) fn align(&mut self, room: u64) -> Result<Option<WriteOutcome>> {
        let Some(alignment) = &self.alignment else {
            return Ok(None);
        };
        let silence_due = alignment.silence_due;
        if !self.running && !self.has_ended() {
            return self.rejoin().map(Some);
        }
        if !self.skip_due() {
            return Ok(Some(WriteOutcome::RingEmpty));
        }
        if silence_due == 0 || self.has_ended() {
            return Ok(None);
        }
        if room == 0 {
            return Ok(Some(WriteOutcome::DeviceFull));
        }
        let written = self.write_silence(silence_due.min(room))?;
        if let Some(alignment) = &mut self.alignment {
            alignment.silence_due = silence_due - written;
        }
        Ok(Some(WriteOutcome::Progress))
    }

    /// Starts a device that has stopped while the others play. If there is not enough to play, because the file is slow, or
    /// it is not known since when it has been silent, all must start again.
    fn rejoin(&mut self) -> Result<WriteOutcome> {
        let spec = self.pcm.spec();
        let is_ready = |from: &Duration| {
            let silent = KnownPosition::now().saturating_sub(*from) + PREFILL;
            self.is_at_end() || self.unwritten() > spec.frames_lasting(silent)
        };
        let silent_from = (self.alignment.as_ref()).and_then(|alignment| alignment.silent_from);
        let silent_from = silent_from.filter(is_ready);
        let Some(alignment) = &mut self.alignment else {
            return Ok(WriteOutcome::Progress);
        };
        alignment.silent_from = None;
        let Some(silent_from) = silent_from else {
            alignment.needs_restart = true;
            return Ok(WriteOutcome::Progress);
        };
        self.get_ready()?;
        self.write_lead(REJOIN_LEAD)?;
        self.pcm.start()?;
        self.running = true;
        let at = (self.pcm.started_at()).unwrap_or_else(KnownPosition::now);
        let silent = (at + spec.duration(self.lead)).saturating_sub(silent_from);
        self.skip(spec.frames_lasting(silent));
        self.skip_due();
        self.report_rejoined(spec.frames_lasting(silent))?;
        Ok(WriteOutcome::Progress)
    }

    fn report_rejoined(&mut self, silent: u64) -> Result<()> {
        let Some(underrun) = self.take_underrun() else {
            self.link.counters.add_lost(silent);
            return Ok(());
        };
        let known = Xrun::of_frames(silent, self.pcm.spec());
        let xrun = Xrun {
            held: underrun.held,
            ..known
        };
        self.link.xrun(&self.pcm, None, xrun)
    }

    fn skip(&mut self, frames: u64) {
        if let Some(alignment) = &mut self.alignment {
            alignment.skip_due += frames;
        }
    }

    /// Skips frames that are due to be skipped and in the ring; the device holds none of it. Returns whether that is done.
    fn skip_due(&mut self) -> bool {
        let (unwritten, at_end) = (self.unwritten(), self.is_at_end());
        let frame_bytes = self.frame_bytes();
        let Some(alignment) = &mut self.alignment else {
            return true;
        };
        let frames = alignment.skip_due.min(unwritten);
        alignment.skip_due -= frames;
        let is_done = alignment.skip_due == 0 || at_end;
        if frames > 0 {
            let ring = &mut self.feed.ring;
            if let Ok(chunk) = ring.read_chunk(frames as usize * frame_bytes) {
                chunk.commit_all();
            }
            if ring.buffer().capacity() - ring.slots() >= self.refill {
                self.reader.unpark();
            }
            self.link.counters.add_skipped(frames);
        }
        is_done
    }

    /// While the device is away: skips what it would have played by now.
    pub(super) fn skip_by_clock(&mut self) {
        let spec = self.pcm.spec();
        let Some(alignment) = &mut self.alignment else {
            return;
        };
        let Some(from) = alignment.silent_from else {
            return;
        };
        let frames = spec.frames_lasting(KnownPosition::now().saturating_sub(from));
        alignment.silent_from = Some(from + spec.duration(frames));
        self.link.counters.add_lost(frames);
        self.skip(frames);
        self.skip_due();
    }

    /// Records how far the sound is heard, and when that was known: by the timestamp of the last interrupt, which is not
    /// later than what it stands for.
    pub(super) fn note_position(&self) {
        if self.alignment.is_none() || !self.running {
            return;
        }
        let stamped = match self.pcm.is_stamped() {
            true => self.pcm.htimestamp().ok(),
            false => None,
        };
        let (avail, at) = match (stamped, self.pcm.last_position()) {
            (Some((seconds, nanos, avail)), _) => {
                (avail, Duration::new(seconds as u64, nanos as u32))
            }
            (None, Some(known)) => (known.avail, known.time()),
            (None, None) => return,
        };
        let unheard = self.pcm.unheard(self.buffer_size().saturating_sub(avail));
        let played = self.held().saturating_sub(unheard);
        if let Some(sound) = played.checked_sub(self.lead)
            && !at.is_zero()
        {
            let counters = &self.link.counters;
            counters.set_position(counters.frames() + counters.skipped() + sound, at);
        }
    }

    /// Asks the hardware where it is, before a stop.
    pub(super) fn note_exact_position(&self) {
        if self.alignment.is_some() && self.running && self.pcm.is_direct() {
            // An error is found by the next call, too.
            let _ = self.pcm.avail();
        }
    }
}
