//! A [`Pcm`] that its user configures step by step and recovers: alsa-lib's calls in aplay's order, whose errors are
//! not handled.

use super::device::Pcm;
use super::negotiate::Configuration;
use super::request::Request;
use super::state::PcmState;
use super::wait::{Polled, WaitFor, Waiter};
use crate::audio::ffi::hw_params::{HwParams, Param, PcmAccess, Trait};
use crate::audio::ffi::{self, stepwise};
use crate::audio::format::Format;
use crate::audio::spec::{Length, Spec};
use crate::audio::system::card_of_pcm;
use crate::audio::time_limit::within;
use alsa::pcm::PCM;
use alsa::poll::Descriptors;
use std::os::fd::BorrowedFd;
use std::sync::Arc;
use std::time::Duration;

/// The longest default buffer.
const MAX_DEFAULT_BUFFER: u64 = 500_000;

/// What a [`StepwisePcm`] is configured for.
#[derive(Clone, Debug)]
pub struct StepwiseSetup {
    /// Format, rate and channels. The rate may be another one.
    pub spec: Spec,
    /// How frames are transferred; the first of these that the device supports.
    pub access: Vec<PcmAccess>,
    /// Length of a period; a quarter of the buffer by default.
    pub period: Option<Length>,
    /// Length of the buffer; at most half a second by default.
    pub buffer: Option<Length>,
    /// It wakes once this much can be moved; a period by default.
    pub avail_min: Option<Duration>,
    /// It starts once this many µs are queued; if this is not positive, at that much less than a full buffer.
    pub start_us: i64,
    /// It stops once this many µs are free; if this is not positive, at that much less than a full buffer.
    pub stop_us: i64,
}

/// The step at which a configuration has failed.
#[derive(Debug)]
pub enum SetupError {
    /// There is no configuration at all.
    Empty,
    /// The access is not supported.
    Access,
    /// The format is not supported; these are.
    Format(Vec<Format>),
    /// The number of channels is not supported.
    Channels,
    /// No rate, period or buffer can be set.
    Sizes(i32),
    /// The device has refused the configuration; alsa-lib's text of it.
    Refused(String),
    /// The period, in frames, is as long as the buffer.
    PeriodIsBuffer(u64),
    /// The device has refused the thresholds; alsa-lib's text of them.
    Thresholds(String),
}

/// What a PCM reports about itself.
pub struct StepwiseStatus {
    /// Its state; `None` if alsa-lib does not know it.
    pub state: Option<PcmState>,
    /// The time since it started or stopped.
    pub since: Duration,
    /// alsa-lib's text (`snd_pcm_status_dump`).
    pub text: String,
}

/// An open PCM. Errors of its own methods are positive errnos.
pub struct StepwisePcm {
    pcm: Pcm,
    is_configured: bool,
    /// Whether timestamps are on the monotonic clock.
    is_monotonic: bool,
}

impl StepwisePcm {
    /// Opens the device of a request (`snd_pcm_open`).
    ///
    /// # Errors
    /// That of alsa-lib; `ETIMEDOUT` if a sound server does not answer in the time of the request.
    pub fn open(request: &Request) -> Result<StepwisePcm, i32> {
        let handle = open_in_time(request)?;
        let none_yet = Configuration {
            access: PcmAccess::RwInterleaved,
            spec: request.spec(),
            period_size: 0,
            buffer_size: 0,
            periods: 0,
            can_pause: false,
            is_batch: false,
        };
        Ok(StepwisePcm {
            pcm: Pcm::of(handle, request.clone(), none_yet),
            is_configured: false,
            is_monotonic: true,
        })
    }

    /// The PCM, for what is the same however it is configured: its map, its description, preparing, pausing, stopping.
    pub fn pcm(&self) -> &Pcm {
        &self.pcm
    }

    /// As [`Pcm::drain_within`].
    ///
    /// # Errors
    /// As [`Pcm::drain_within`].
    pub(crate) fn drain_within(&mut self, limit: Duration) -> crate::audio::error::Result<()> {
        self.pcm.drain_within(limit)
    }

    /// The handle, unless the PCM is closed.
    fn handle(&self) -> Result<&PCM, i32> {
        self.pcm.handle().map_err(|_| libc::EBADFD)
    }

    /// Whether calls wait (`snd_pcm_nonblock`). Unlike after [`Pcm::set_nonblock`], the kernel (6.1) keeps to the former
    /// mode until the device is prepared.
    ///
    /// # Errors
    /// That of alsa-lib.
    pub(crate) fn set_nonblock(&self, nonblock: bool) -> Result<(), i32> {
        ffi::set_nonblock(self.handle()?, nonblock)
    }

    /// alsa-lib's text of all configurations (`snd_pcm_hw_params_dump`).
    ///
    /// # Errors
    /// [`SetupError::Empty`].
    pub fn hw_params_text(&self) -> Result<String, SetupError> {
        Ok(self.space()?.dump())
    }

    /// All configurations.
    fn space(&self) -> Result<HwParams<'_>, SetupError> {
        let handle = self.handle().map_err(|_| SetupError::Empty)?;
        HwParams::any(handle).map_err(|_| SetupError::Empty)
    }

    /// Configures the PCM. `at_rate` gets the rate once it is known.
    ///
    /// # Errors
    /// The step that has failed.
    pub fn configure(
        &mut self,
        setup: &StepwiseSetup,
        at_rate: &mut dyn FnMut(u32),
    ) -> Result<Configuration, SetupError> {
        self.is_configured = false;
        let space = self.space()?;
        let access = (setup.access.iter())
            .find(|access| space.has_access(**access))
            .ok_or(SetupError::Access)?;
        space.set_access(*access).map_err(|_| SetupError::Access)?;
        let spec = setup.spec;
        space.set_format(spec.format).map_err(|_| {
            SetupError::Format(Format::all().filter(|f| space.has_format(*f)).collect())
        })?;
        space
            .set_channels(spec.channels)
            .map_err(|_| SetupError::Channels)?;
        let rate = space
            .set_near(Param::Rate, spec.rate.into(), &mut 0)
            .map_err(SetupError::Sizes)? as u32;
        at_rate(rate);
        set_sizes(&space, setup).map_err(SetupError::Sizes)?;
        if space.install().is_err() {
            return Err(SetupError::Refused(space.dump()));
        }
        let granted = granted(Spec { rate, ..spec }, *access, &space)?;
        let is_monotonic = space.is(Trait::IsMonotonic);
        drop(space);
        self.is_monotonic = is_monotonic;
        self.set_thresholds(setup, &granted)?;
        let known = self.pcm.set_configuration(granted.clone());
        known.map_err(|_| SetupError::Empty)?;
        self.is_configured = true;
        Ok(granted)
    }

    fn set_thresholds(
        &self,
        setup: &StepwiseSetup,
        granted: &Configuration,
    ) -> Result<(), SetupError> {
        let (spec, buffer) = (granted.spec, granted.buffer_size);
        let frames = |us: i64| f64::from(spec.rate) * us as f64 / 1e6;
        // As in aplay, the sum is rounded, not its parts.
        let threshold = |us: i64| match us > 0 {
            true => frames(us) as i64,
            false => (buffer as f64 + frames(us)) as i64,
        };
        // As in aplay, one that is negative is that of a full buffer.
        let start = match threshold(setup.start_us) {
            start if start < 0 => buffer as i64,
            start => start.clamp(1, buffer as i64),
        };
        let avail_min = match setup.avail_min {
            Some(time) => frames(time.as_micros() as i64) as u64,
            None => granted.period_size,
        };
        let stop = threshold(setup.stop_us).max(0);
        let handle = self.handle().map_err(|_| SetupError::Empty)?;
        stepwise::set_thresholds(handle, start as u64, stop as u64, avail_min)
            .map_err(SetupError::Thresholds)
    }

    /// The current configuration, once it has one.
    pub fn configuration(&self) -> Option<&Configuration> {
        self.is_configured.then(|| self.pcm.configuration())
    }

    /// The configuration and the handle of a PCM that can move frames.
    fn ready(&self) -> Result<(&Configuration, &PCM), i32> {
        Ok((self.configuration().ok_or(libc::EBADFD)?, self.handle()?))
    }

    /// Its name in alsa-lib (`snd_pcm_name`). A plugin may have one of its own.
    pub fn name(&self) -> String {
        self.handle().map(ffi::pcm_name).unwrap_or_default()
    }

    /// Writes whole interleaved frames; returns how many.
    ///
    /// # Errors
    /// That of alsa-lib; `EBADFD` if it is not configured.
    pub(crate) fn write(&self, bytes: &[u8]) -> Result<usize, i32> {
        let (granted, handle) = self.ready()?;
        let size = granted.spec.frame_bytes();
        ffi::transfer::write(handle, granted.access, size, bytes)
    }

    /// Reads whole interleaved frames; returns how many.
    ///
    /// # Errors
    /// As [`StepwisePcm::write`].
    pub(crate) fn read(&self, bytes: &mut [u8]) -> Result<usize, i32> {
        let (granted, handle) = self.ready()?;
        // Some plugins (null) do not write to the buffer: never return stale memory.
        bytes.fill(0);
        let size = granted.spec.frame_bytes();
        ffi::transfer::read(handle, granted.access, size, bytes)
    }

    /// Writes frames of which each channel is a plane of its own; returns how many.
    ///
    /// # Errors
    /// As [`StepwisePcm::write`]; `EINVAL` if there are not as many planes as channels.
    pub(crate) fn write_planes(&self, planes: &[&[u8]]) -> Result<usize, i32> {
        let (access, sample) = self.planar(planes.len())?;
        stepwise::write_planes(self.handle()?, access, sample, planes)
    }

    /// Reads frames of which each channel is a plane of its own; returns how many.
    ///
    /// # Errors
    /// As [`StepwisePcm::write_planes`].
    pub(crate) fn read_planes(&self, planes: &mut [&mut [u8]]) -> Result<usize, i32> {
        let (access, sample) = self.planar(planes.len())?;
        planes.iter_mut().for_each(|plane| plane.fill(0));
        stepwise::read_planes(self.handle()?, access, sample, planes)
    }

    /// The access and the bytes of a sample.
    fn planar(&self, planes: usize) -> Result<(PcmAccess, usize), i32> {
        let (granted, _) = self.ready()?;
        match granted.spec.channels as usize == planes {
            true => Ok((granted.access, granted.spec.frame_bytes() / planes)),
            false => Err(libc::EINVAL),
        }
    }

    /// Prepares to wait on this PCM, as it is configured now, and on `other`.
    pub(crate) fn waiter(&self, other: BorrowedFd) -> crate::audio::error::Result<Waiter> {
        self.pcm.waiter(other, &Arc::default())
    }

    /// Waits until frames can be moved, or until the other descriptor is readable, but no longer than `timeout`. Returns
    /// whether the other one is. An error is left to the next transfer.
    pub(crate) fn wait(&self, waiter: &mut Waiter, timeout: Duration) -> bool {
        let polled = self.pcm.poll(waiter, WaitFor::Frames, Some(timeout));
        if let (Ok(Polled::Pcm), Ok(handle)) = (&polled, self.handle()) {
            // A plugin may have something to do.
            let _ = handle.revents(waiter.pcm_entries());
        }
        matches!(polled, Ok(Polled::Interrupt))
    }

    /// Whether its sound server is gone, where a transfer through PipeWire's plugin (0.3.65) reports an xrun.
    pub(crate) fn is_server_gone(&self) -> bool {
        self.pcm.has_lost_server()
    }

    /// Where each channel of a mapped PCM is (`snd_pcm_mmap_begin`): its address, its first bit, and the bits from sample to
    /// sample.
    ///
    /// # Errors
    /// That of alsa-lib; `EBADFD` if it is not configured.
    pub fn areas(&self) -> Result<Vec<(usize, u32, u32)>, i32> {
        let (granted, handle) = self.ready()?;
        stepwise::areas(handle, granted.spec.channels as usize)
    }

    /// Frames that can be moved, and the delay (`snd_pcm_avail_delay`).
    ///
    /// # Errors
    /// That of alsa-lib.
    pub fn avail_delay(&self) -> Result<(i64, i64), i32> {
        stepwise::avail_delay(self.handle()?)
    }

    /// Its status (`snd_pcm_status`).
    ///
    /// # Errors
    /// That of alsa-lib.
    pub fn status(&self) -> Result<StepwiseStatus, i32> {
        let report = stepwise::status(self.handle()?)?;
        let clock = match self.is_monotonic {
            true => rustix::time::ClockId::Monotonic,
            false => rustix::time::ClockId::Realtime,
        };
        let now = rustix::time::clock_gettime(clock);
        let now = Duration::new(now.tv_sec as u64, now.tv_nsec as u32);
        Ok(StepwiseStatus {
            state: PcmState::from_number(report.state),
            since: now.saturating_sub(report.trigger),
            text: report.text,
        })
    }

    /// Continues after a system suspend (`snd_pcm_resume`). Returns whether it could: otherwise it is to be prepared.
    pub(crate) fn resume(&self) -> bool {
        self.pcm.resume_hardware()
    }
}

/// Opens the device of a request. The kernel always answers.
fn open_in_time(request: &Request) -> Result<PCM, i32> {
    let open = |request: &Request| {
        let (direction, flags) = (request.direction.into(), request.open_flags());
        ffi::open(&request.device, direction, flags)
    };
    let is_server = card_of_pcm(&request.device).is_none();
    match request.timeout.filter(|_| is_server) {
        None => open(request),
        Some(limit) => {
            let request = request.clone();
            let opened = within(limit, move || open(&request));
            opened.map_err(|_| libc::EAGAIN)?.ok_or(libc::ETIMEDOUT)?
        }
    }
}

/// What was granted.
fn granted(spec: Spec, access: PcmAccess, space: &HwParams) -> Result<Configuration, SetupError> {
    let get = |param| space.get(param).map_err(SetupError::Sizes);
    let (period_size, buffer_size) = (get(Param::PeriodSize)?, get(Param::BufferSize)?);
    if period_size == buffer_size {
        return Err(SetupError::PeriodIsBuffer(period_size));
    }
    Ok(Configuration {
        access,
        spec,
        period_size,
        buffer_size,
        periods: buffer_size / period_size.max(1),
        can_pause: space.is(Trait::CanPause),
        is_batch: space.is(Trait::IsBatch),
    })
}

/// Sets the period first, then the buffer.
fn set_sizes(space: &HwParams, setup: &StepwiseSetup) -> Result<(), i32> {
    let buffer = match setup.buffer {
        Some(buffer) => buffer,
        None => {
            let max = space.max(Param::BufferTime)?;
            Length::Time(Duration::from_micros(max.min(MAX_DEFAULT_BUFFER)))
        }
    };
    let period = setup.period.unwrap_or(match buffer {
        Length::Time(time) => Length::Time(Duration::from_micros(time.as_micros() as u64 / 4)),
        Length::Frames(frames) => Length::Frames(frames / 4),
    });
    set(space, Param::PeriodTime, Param::PeriodSize, period)?;
    set(space, Param::BufferTime, Param::BufferSize, buffer)
}

fn set(space: &HwParams, time: Param, size: Param, length: Length) -> Result<(), i32> {
    match length {
        Length::Time(duration) => space.set_near(time, duration.as_micros() as u64, &mut 0),
        Length::Frames(frames) => space.set_near(size, frames, &mut 0),
    }
    .map(drop)
}
