//! Software parameters (`snd_pcm_sw_params`): when a PCM starts, stops, wakes and takes timestamps.

use super::device::Pcm;
use super::outcome::IoOutcome;
use super::request::{TstampMode, TstampType};
use crate::audio::direction::Direction;
use crate::audio::error::Result;
use crate::audio::ffi;
use alsa::pcm::{Frames, SwParams, TstampType as AlsaTstampType};

/// The frame counts at which a PCM acts by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Thresholds {
    /// It starts once this many frames are queued (playback) or requested by a read (capture).
    pub start: u64,
    /// It stops with an xrun once this many frames are free (playback) or unread (capture).
    pub stop: u64,
    /// A wait ends once this many frames can be moved.
    pub avail_min: u64,
}

impl Pcm {
    fn change_software<T>(
        &self,
        action: &str,
        change: impl FnOnce(&SwParams) -> alsa::Result<T>,
    ) -> Result<T> {
        self.call(action, |pcm| {
            let params = pcm.sw_params_current()?;
            let result = change(&params)?;
            pcm.sw_params(&params)?;
            Ok(result)
        })
    }

    /// Sets the thresholds (`snd_pcm_sw_params_set_start_threshold`, `…_stop_threshold`, `…_avail_min`).
    ///
    /// # Errors
    /// What alsa-lib reports.
    pub fn set_thresholds(&self, wanted: Thresholds) -> Result<()> {
        let frames = |count: u64| Frames::try_from(count).unwrap_or(Frames::MAX);
        self.change_software("set the thresholds of", |params| {
            params.set_start_threshold(frames(wanted.start))?;
            params.set_stop_threshold(frames(wanted.stop))?;
            params.set_avail_min(frames(wanted.avail_min))
        })?;
        self.announced.set_avail_min(wanted.avail_min);
        Ok(())
    }

    /// The thresholds in use. pyalsaaudio keeps alsa-lib's defaults: start at 1, stop at the buffer size, wake at a
    /// period.
    ///
    /// # Errors
    /// What alsa-lib reports.
    pub fn thresholds(&self) -> Result<Thresholds> {
        self.call("get the thresholds of", |pcm| {
            let params = pcm.sw_params_current()?;
            Ok(Thresholds {
                start: params.get_start_threshold()? as u64,
                stop: params.get_stop_threshold()? as u64,
                avail_min: params.get_avail_min()? as u64,
            })
        })
    }

    /// Sets whether timestamps are taken (pyalsaaudio's `set_tstamp_mode`).
    ///
    /// # Errors
    /// What alsa-lib reports.
    pub fn set_tstamp_mode(&self, mode: TstampMode) -> Result<()> {
        let enabled = mode == TstampMode::Enable;
        self.change_software("set the timestamp mode of", |params| {
            params.set_tstamp_mode(enabled)
        })?;
        self.position.stamps.set(false);
        Ok(())
    }

    /// Whether timestamps are taken (pyalsaaudio's `get_tstamp_mode`).
    ///
    /// # Errors
    /// What alsa-lib reports.
    pub fn tstamp_mode(&self) -> Result<TstampMode> {
        let enabled = self.call("get the timestamp mode of", |pcm| {
            pcm.sw_params_current()?.get_tstamp_mode()
        })?;
        Ok(if enabled {
            TstampMode::Enable
        } else {
            TstampMode::None
        })
    }

    /// Sets the clock of the timestamps (pyalsaaudio's `set_tstamp_type`).
    ///
    /// # Errors
    /// What alsa-lib reports.
    pub fn set_tstamp_type(&self, wanted: TstampType) -> Result<()> {
        let monotonic = wanted == TstampType::Monotonic;
        let wanted = match wanted {
            TstampType::Gettimeofday => AlsaTstampType::Gettimeofday,
            TstampType::Monotonic => AlsaTstampType::Monotonic,
            TstampType::MonotonicRaw => AlsaTstampType::MonotonicRaw,
        };
        self.change_software("set the timestamp clock of", |params| {
            params.set_tstamp_type(wanted)
        })?;
        let enabled = self
            .tstamp_mode()
            .is_ok_and(|mode| mode == TstampMode::Enable);
        self.position
            .stamps
            .set(monotonic && enabled && self.is_direct());
        Ok(())
    }

    /// The clock of the timestamps (pyalsaaudio's `get_tstamp_type`).
    ///
    /// # Errors
    /// What alsa-lib reports.
    pub fn tstamp_type(&self) -> Result<TstampType> {
        let found = self.call("get the timestamp clock of", |pcm| {
            pcm.sw_params_current()?.get_tstamp_type()
        })?;
        Ok(match found {
            AlsaTstampType::Gettimeofday => TstampType::Gettimeofday,
            AlsaTstampType::Monotonic => TstampType::Monotonic,
            AlsaTstampType::MonotonicRaw => TstampType::MonotonicRaw,
        })
    }

    /// The last timestamp: seconds, nanoseconds, and the frames available then (pyalsaaudio's `htimestamp`).
    ///
    /// # Errors
    /// [`Xrun`](crate::audio::error::Kind::Xrun), [`Disconnected`](crate::audio::error::Kind::Disconnected).
    pub fn htimestamp(&self) -> Result<(i64, i64, u64)> {
        ffi::transfer::htimestamp(self.handle()?)
            .map_err(|errno| self.failed("get the timestamp of", errno))
    }

    /// Keeps an overrun from stopping a capture device: it overwrites its buffer, and `avail` then exceeds the buffer
    /// size by the frames that were overwritten. Only kernel devices can; returns whether this one does.
    pub(crate) fn run_freely(&self) -> bool {
        self.is_hardware()
            && self
                .change_software("set the thresholds of", |params| {
                    params.set_stop_threshold(params.get_boundary()?)
                })
                .is_ok()
    }

    /// Skips captured frames that were not read (`snd_pcm_forward`); returns how many, or what it has recovered from.
    ///
    /// # Errors
    /// What alsa-lib reports.
    pub(crate) fn forward(&self, frames: u64) -> Result<IoOutcome> {
        let handle = self.handle()?;
        self.show_position(handle);
        let skipped = match ffi::transfer::forward(handle, frames) {
            Ok(skipped) => skipped,
            Err(errno) => return self.recover("skip frames of", errno.abs()),
        };
        let at = self.position.moved();
        self.stopped.skip(handle, &self.configuration, at, skipped);
        self.position.add_moved(skipped);
        Ok(IoOutcome::Frames(skipped as usize))
    }

    /// How many of the `frames` captured frames that were just read a freely running device may have overwritten before
    /// that, because this thread was held up after it asked for their number.
    ///
    /// # Errors
    /// What alsa-lib reports.
    pub(crate) fn overwritten(&self, frames: usize) -> Result<usize> {
        let (period, buffer) = (
            self.configuration.period_size,
            self.configuration.buffer_size,
        );
        let safe = |unread: u64| unread + frames as u64 + period <= buffer;
        let known = self.handle()?;
        if self.reads_mapped() && ffi::transfer::known_unread(known, buffer).is_some_and(safe) {
            return Ok(0);
        }
        // The clock is cheaper than a call, and shows whether this thread was held up.
        let by_clock = self.most_unread_by_clock();
        if by_clock.is_some_and(|unread| unread + frames as u64 <= buffer) {
            return Ok(0);
        }
        // After an error, the next read recovers and counts what is lost.
        let Ok(unread) = self.handle()?.avail_update() else {
            return Ok(0);
        };
        let unread = unread.max(0) as usize;
        if safe(unread as u64) {
            return Ok(0);
        }
        // It is close, judging by the last period, so ask the hardware for the exact number.
        let behind = self.avail().unwrap_or(unread as u64) + frames as u64;
        Ok((behind.saturating_sub(buffer) as usize).min(frames))
    }

    /// Lets the device play silence after the last written frame: it stops only at the end of a period, and would play
    /// stale frames until then. If that cannot be set, alsa-lib adds silence in a drain.
    pub(crate) fn play_silence_after_end(&self) {
        if self.request.direction == Direction::Playback
            && let Ok(handle) = self.handle()
        {
            let _ = ffi::set_silence_after_end(handle);
        }
    }
}
