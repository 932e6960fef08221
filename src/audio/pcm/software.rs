//! When a PCM starts, stops, wakes and stamps time: its software parameters (`snd_pcm_sw_params`).

use super::request::{TstampMode, TstampType};
use super::{Direction, Pcm};
use crate::audio::error::Result;
use crate::audio::ffi;
use alsa::pcm::{SwParams, TstampType as AlsaTstampType};

/// Frames at which a PCM does something by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Thresholds {
    /// It starts once so many are queued (playback) or asked for (capture).
    pub start: u64,
    /// It stops (an xrun) once so many are free (playback) or unread (capture).
    pub stop: u64,
    /// A wait ends once so many can be moved.
    pub avail_min: u64,
}

impl Pcm {
    fn with_software<T>(
        &self,
        doing: &str,
        change: impl FnOnce(&SwParams) -> alsa::Result<T>,
    ) -> Result<T> {
        self.call(doing, |pcm| {
            let params = pcm.sw_params_current()?;
            let result = change(&params)?;
            pcm.sw_params(&params)?;
            Ok(result)
        })
    }

    /// Sets the thresholds.
    pub fn set_thresholds(&self, wanted: Thresholds) -> Result<()> {
        let frames = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        self.with_software("set the thresholds of", |params| {
            params.set_start_threshold(frames(wanted.start))?;
            params.set_stop_threshold(frames(wanted.stop))?;
            params.set_avail_min(frames(wanted.avail_min))
        })
    }

    /// The thresholds in force. pyalsaaudio leaves alsa-lib's: start at 1, stop at the buffer, wake at a period.
    pub fn thresholds(&self) -> Result<Thresholds> {
        self.call("ask for the thresholds of", |pcm| {
            let params = pcm.sw_params_current()?;
            Ok(Thresholds {
                start: params.get_start_threshold()? as u64,
                stop: params.get_stop_threshold()? as u64,
                avail_min: params.get_avail_min()? as u64,
            })
        })
    }

    /// Sets whether time is stamped (pyalsaaudio's `set_tstamp_mode`).
    pub fn set_tstamp_mode(&self, mode: TstampMode) -> Result<()> {
        self.with_software("set the time stamps of", |params| {
            params.set_tstamp_mode(mode == TstampMode::Enable)
        })
    }

    /// Whether time is stamped (`get_tstamp_mode`).
    pub fn tstamp_mode(&self) -> Result<TstampMode> {
        let enabled = self.call("ask for the time stamps of", |pcm| {
            pcm.sw_params_current()?.get_tstamp_mode()
        })?;
        Ok(if enabled {
            TstampMode::Enable
        } else {
            TstampMode::None
        })
    }

    /// Sets the clock of the time stamps (pyalsaaudio's `set_tstamp_type`).
    pub fn set_tstamp_type(&self, wanted: TstampType) -> Result<()> {
        let wanted = match wanted {
            TstampType::Gettimeofday => AlsaTstampType::Gettimeofday,
            TstampType::Monotonic => AlsaTstampType::Monotonic,
            TstampType::MonotonicRaw => AlsaTstampType::MonotonicRaw,
        };
        self.with_software("set the clock of", |params| params.set_tstamp_type(wanted))
    }

    /// The clock of the time stamps (`get_tstamp_type`).
    pub fn tstamp_type(&self) -> Result<TstampType> {
        let found = self.call("ask for the clock of", |pcm| {
            pcm.sw_params_current()?.get_tstamp_type()
        })?;
        Ok(match found {
            AlsaTstampType::Gettimeofday => TstampType::Gettimeofday,
            AlsaTstampType::Monotonic => TstampType::Monotonic,
            AlsaTstampType::MonotonicRaw => TstampType::MonotonicRaw,
        })
    }

    /// The last time stamp: seconds, nanoseconds, and the frames available then (pyalsaaudio's `htimestamp`).
    ///
    /// # Errors
    /// [`Xrun`](crate::audio::error::Kind::Xrun), [`Disconnected`](crate::audio::error::Kind::Disconnected).
    pub fn htimestamp(&self) -> Result<(i64, i64, u64)> {
        ffi::transfer::htimestamp(self.handle()?)
            .map_err(|errno| self.failed("ask for the time of", errno))
    }

    /// Keeps a capture device from being stopped by an overrun: it runs on over its own ring, and `avail` then exceeds
    /// the buffer by what was overwritten. Only kernel devices can; the answer tells whether this one does.
    pub(crate) fn run_freely(&self) -> bool {
        self.plugin_type().is_ok_and(|plugin| plugin == "HW")
            && self
                .with_software("set the thresholds of", |params| {
                    params.set_stop_threshold(params.get_boundary()?)
                })
                .is_ok()
    }

    /// Skips frames that were captured and not read (`snd_pcm_forward`); tells how many.
    pub(crate) fn forward(&self, frames: u64) -> Result<u64> {
        ffi::transfer::forward(self.handle()?, frames)
            .map_err(|errno| self.failed("skip frames of", errno))
    }

    /// Has silence follow the last frame, so that a device which only stops at a period's end plays nothing stale.
    /// Devices that cannot are left as they are: for them alsa-lib sees to it.
    pub(crate) fn silence_after_end(&self) {
        if self.request.direction == Direction::Playback
            && let Ok(handle) = self.handle()
        {
            let _ = ffi::set_silence_after_end(handle);
        }
    }
}
