//! From a request to a configuration, which is read back and never assumed.

use super::choose;
use super::open::open_handle;
use super::plugins::{emulates_mmap, is_direct};
use super::probe::{Probe, lacks_layouts, probe_handle};
use super::request::{Match, Request};
use super::sound_server::SoundServer;
use crate::audio::advice::{DeviceAdvice, SoundAdvice};
use crate::audio::direction::Direction;
use crate::audio::error::{Error, Kind};
use crate::audio::ffi::hw_params::{HwParams, Param, PcmAccess, Trait};
use crate::audio::spec::{Length, Spec};
use crate::audio::system::diagnosis::explain_configuration;
use alsa::pcm::PCM;
use std::time::Duration;

/// The configuration that a device was granted.
#[derive(Clone, Debug, PartialEq)]
pub struct Configuration {
    /// How frames are transferred.
    pub access: PcmAccess,
    /// Format, rate and channels.
    pub spec: Spec,
    /// Frames in a period.
    pub period_size: u64,
    /// Frames in the buffer.
    pub buffer_size: u64,
    /// Periods in the buffer, as alsa-lib counts them.
    pub periods: u64,
    /// Whether the hardware can pause.
    pub can_pause: bool,
    /// Whether the hardware moves in batches: its position may be known only at the end of a period.
    pub is_batch: bool,
}

/// Why a device could not be configured.
pub(super) enum Refusal {
    /// It does not support what was requested, but this.
    Unsupported(Box<Probe>),
    /// A call failed.
    Failed(i32),
}

impl From<i32> for Refusal {
    fn from(errno: i32) -> Refusal {
        Refusal::Failed(errno)
    }
}

/// The default buffers. Playback: half a second, as in aplay. Capture: as large as possible, because frames in the
/// buffer are not lost while the process is held up, but limited, because the null PCM would hold hours.
const PLAYBACK_BUFFER: Duration = Duration::from_millis(500);
const MAX_CAPTURE_BUFFER: Duration = Duration::from_secs(10);

/// The longest default period for capture.
const MAX_CAPTURE_PERIOD: Duration = Duration::from_millis(125);

/// The buffer of a playback that nobody waits for.
const LONG_BUFFER: Duration = Duration::from_secs(4);

/// The longest default period of a device whose position is known only at the end of a period.
const MAX_BATCH_PERIOD: Duration = Duration::from_millis(125);

/// Periods in a long buffer, and in one of less than a second that is played: the device wakes the caller before the last
/// one, so those of a short buffer are shorter.
const LONG_PERIODS: u32 = 4;
const SHORT_PERIODS: u32 = 6;

/// The longest period of a recording that nobody waits for. Eight of them are a little less than the second of sound that
/// it may hold back.
const RARE_CAPTURE_PERIOD: Duration = Duration::from_millis(116);

/// Configures an open PCM for `request` and returns what it was granted.
pub(super) fn configure(handle: &PCM, request: &Request) -> Result<Configuration, Refusal> {
    if !request.wants_long_buffer() {
        return configure_once(handle, request);
    }
    let usual = Request {
        long_buffer: false,
        ..request.clone()
    };
    if !is_direct(handle) {
        return configure_once(handle, &usual);
    }
    match configure_once(handle, request) {
        Ok(granted) if is_direct(handle) => Ok(granted),
        // There is no memory for a long buffer, or the plugin converts.
        Ok(_) | Err(Refusal::Failed(libc::ENOMEM)) => {
            let _ = handle.hw_free();
            configure_once(handle, &usual)
        }
        Err(refusal) => Err(refusal),
    }
}

fn configure_once(handle: &PCM, request: &Request) -> Result<Configuration, Refusal> {
    let space = HwParams::any(handle)?;
    match request.matching {
        Match::Nearest => nearest(&space, handle, request),
        Match::Exact => exact(&space, handle, request, request.spec())?,
        Match::Suitable(tolerance) => {
            space
                .set_access(access(&space, handle, request))
                .map_err(unsupported(handle))?;
            // If nothing suits, the requested spec is tried, for its error.
            let chosen = choose::suitable(&space, request, tolerance, lacks_layouts(handle));
            exact(&space, handle, request, chosen.unwrap_or(request.spec()))?;
        }
    }
    space.install()?;
    Ok(granted(handle)?)
}

/// How frames should be transferred.
fn access(space: &HwParams, handle: &PCM, request: &Request) -> PcmAccess {
    let mapped = PcmAccess::MmapInterleaved;
    let preferred = || request.prefer_mmap && space.has_access(mapped) && is_direct(handle);
    let works = || is_direct(handle) || !emulates_mmap(handle);
    if request.mmap && works() || preferred() {
        mapped
    } else {
        PcmAccess::RwInterleaved
    }
}

fn granted(handle: &PCM) -> Result<Configuration, i32> {
    let current = HwParams::current(handle)?;
    let spec = Spec::new(
        current.format()?,
        current.get(Param::Rate)? as u32,
        current.get(Param::Channels)? as u32,
    )
    .map_err(|_| libc::EINVAL)?;
    let (period_size, buffer_size) = (
        current.get(Param::PeriodSize)?,
        current.get(Param::BufferSize)?,
    );
    Ok(Configuration {
        access: current.access()?,
        spec,
        period_size,
        buffer_size,
        // alsa-lib (1.2.8) returns an error where a converting plugin's buffer is not a whole number of periods.
        periods: current
            .get(Param::Periods)
            .unwrap_or(buffer_size / period_size.max(1)),
        can_pause: current.is(Trait::CanPause),
        is_batch: current.is(Trait::IsBatch),
    })
}

/// pyalsaaudio's negotiation: one value after the other, in its order. If one is refused, alsa-lib chooses. The
/// rounding direction is passed on from the rate to the period and the periods (tests show that it decides which
/// neighbor is chosen).
fn nearest(space: &HwParams, handle: &PCM, request: &Request) {
    let mut dir = 0;
    let _ = space.set_access(access(space, handle, request));
    let _ = space.set_format(request.format);
    let _ = space.set_channels(request.channels);
    let _ = space.set_near(Param::Rate, request.rate.into(), &mut dir);
    match request.period {
        Some(Length::Frames(frames)) => {
            let _ = space.set_near(Param::PeriodSize, frames, &mut dir);
        }
        Some(Length::Time(time)) => {
            let _ = space.set_near(Param::PeriodTime, micros(time), &mut dir);
        }
        None => {}
    }
    if let Some(periods) = request.periods {
        let _ = space.set_near(Param::Periods, periods.into(), &mut dir);
    }
    match request.buffer {
        Some(Length::Frames(frames)) => {
            let _ = space.set_near(Param::BufferSize, frames, &mut dir);
        }
        Some(Length::Time(time)) => {
            let _ = space.set_near(Param::BufferTime, micros(time), &mut dir);
        }
        None => {}
    }
}

/// Exactly this format, rate and channels; then the nearest period and buffer.
fn exact(space: &HwParams, handle: &PCM, request: &Request, spec: Spec) -> Result<(), Refusal> {
    let unsupported = unsupported(handle);
    space
        .set_access(access(space, handle, request))
        .map_err(&unsupported)?;
    space.set_format(spec.format).map_err(&unsupported)?;
    space.set_channels(spec.channels).map_err(&unsupported)?;
    let rate = space
        .set_near(Param::Rate, spec.rate.into(), &mut 0)
        .map_err(&unsupported)?;
    if rate != u64::from(spec.rate) {
        return Err(unsupported(libc::EINVAL));
    }
    Ok(sizes(space, handle, request, spec.rate)?)
}

fn unsupported(handle: &PCM) -> impl Fn(i32) -> Refusal + use<'_> {
    |_| match probe_handle(handle) {
        Ok(probe) => Refusal::Unsupported(Box::new(probe)),
        Err(errno) => Refusal::Failed(errno),
    }
}

/// Sets period, periods and buffer to the nearest values, the period first (as aplay does: some drivers cannot divide a
/// buffer that is already fixed).
fn sizes(space: &HwParams, handle: &PCM, request: &Request, rate: u32) -> Result<(), i32> {
    let buffer = match (request.buffer, request.period, request.periods) {
        (Some(buffer), _, _) => Some(at_most_max(space, buffer)?),
        (None, Some(_), Some(_)) => None,
        _ => Some(Length::Time(default_buffer(space, request)?)),
    };
    let period = match (request.period, buffer, request.periods) {
        (Some(period), _, _) => Some(period),
        (None, Some(Length::Time(buffer)), None) if request.wants_long_buffer() => Some(
            Length::Time(long_buffer_period(space, buffer, request.direction)),
        ),
        (None, Some(buffer), None) => Some(default_period(handle, buffer, request.direction, rate)),
        (None, Some(buffer), Some(periods)) => Some(divided(buffer, periods.max(1))),
        (None, None, _) => None,
    };
    if let Some(period) = period {
        near(space, Param::PeriodSize, Param::PeriodTime, period)?;
    }
    if let Some(periods) = request.periods {
        space.set_near(Param::Periods, periods.into(), &mut 0)?;
    }
    if let Some(buffer) = buffer
        && request.periods.is_none()
    {
        // The null PCM (alsa-lib 1.2.8) takes a period that is longer than the buffer, and then never any frames.
        let buffer = match period {
            Some(period) if micros_in(period, rate) > micros_in(buffer, rate) => period,
            _ => buffer,
        };
        near(space, Param::BufferSize, Param::BufferTime, buffer)?;
    }
    Ok(())
}

/// A buffer that the device can have: the period is a part of what it will be, not of what was requested.
fn at_most_max(space: &HwParams, buffer: Length) -> Result<Length, i32> {
    Ok(match buffer {
        Length::Frames(frames) => Length::Frames(frames.min(space.max(Param::BufferSize)?)),
        Length::Time(time) => {
            Length::Time(time.min(Duration::from_micros(space.max(Param::BufferTime)?)))
        }
    })
}

fn default_buffer(space: &HwParams, request: &Request) -> Result<Duration, i32> {
    let max = Duration::from_micros(space.max(Param::BufferTime)?);
    Ok(match request.direction {
        Direction::Playback if request.wants_long_buffer() => max.min(LONG_BUFFER),
        Direction::Playback => max.min(PLAYBACK_BUFFER),
        Direction::Capture => max.min(MAX_CAPTURE_BUFFER),
    })
}

/// The period of a long buffer.
fn long_buffer_period(space: &HwParams, buffer: Duration, direction: Direction) -> Duration {
    let is_short = buffer < Duration::from_secs(1) && direction == Direction::Playback;
    let period = match is_short {
        true => buffer / SHORT_PERIODS,
        false => buffer / LONG_PERIODS,
    };
    match direction {
        // A quarter of the buffer is left when the device wakes the caller: what is overrun is lost. A little less than a
        // quarter, because one more period than is read at once must fit.
        Direction::Capture => (period - period / 200).min(RARE_CAPTURE_PERIOD),
        Direction::Playback if space.is(Trait::IsBatch) => period.min(MAX_BATCH_PERIOD),
        Direction::Playback => period,
    }
}

/// The default period: what suits the sound server that plays, otherwise a part of the buffer.
fn default_period(handle: &PCM, buffer: Length, direction: Direction, rate: u32) -> Length {
    let quarter = quarter(buffer, direction, rate);
    let server = match direction {
        Direction::Playback => SoundServer::of(handle),
        Direction::Capture => None,
    };
    let Some(max) = server.and_then(|server| server.max_period(rate)) else {
        return quarter;
    };
    let frames = match quarter {
        Length::Frames(frames) => frames,
        Length::Time(time) => time.as_micros() as u64 * u64::from(rate) / 1_000_000,
    };
    Length::Frames(frames.clamp(1, max))
}

/// The usual default period: a quarter of the buffer, but for capture at most [`MAX_CAPTURE_PERIOD`].
fn quarter(buffer: Length, direction: Direction, rate: u32) -> Length {
    match divided(buffer, 4) {
        Length::Time(time) if direction == Direction::Capture => {
            Length::Time(time.min(MAX_CAPTURE_PERIOD))
        }
        Length::Frames(frames) if direction == Direction::Capture => {
            let max = MAX_CAPTURE_PERIOD.as_micros() as u64 * u64::from(rate) / 1_000_000;
            Length::Frames(frames.min(max.max(1)))
        }
        quarter => quarter,
    }
}

fn micros_in(length: Length, rate: u32) -> u128 {
    match length {
        Length::Frames(frames) => u128::from(frames) * 1_000_000 / u128::from(rate.max(1)),
        Length::Time(time) => time.as_micros(),
    }
}

fn divided(length: Length, parts: u32) -> Length {
    match length {
        Length::Frames(frames) => Length::Frames((frames / u64::from(parts)).max(1)),
        Length::Time(time) => Length::Time(time / parts),
    }
}

fn near(space: &HwParams, frames: Param, time: Param, length: Length) -> Result<u64, i32> {
    match length {
        Length::Frames(count) => space.set_near(frames, count, &mut 0),
        Length::Time(duration) => space.set_near(time, micros(duration), &mut 0),
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

impl Refusal {
    /// The refusal as an error that lists what the device supports and, if there is one, a PCM that converts.
    pub(super) fn explain(self, request: &Request) -> Error {
        let probe = match self {
            Refusal::Failed(errno) => {
                let error = Error::device("configure", &request.device, errno);
                return explain_configuration(error, &request.device, request.direction);
            }
            Refusal::Unsupported(probe) => probe,
        };
        let message = format!(
            "'{}' does not support {}; it supports {}",
            request.device,
            request.spec(),
            probe.summary()
        );
        let error = Error::new(Kind::Unsupported, message).with_device(&request.device);
        if let Match::Suitable(_) = request.matching {
            return error.with_advice(SoundAdvice::RequestSupported);
        }
        match converting_name(request) {
            Some(name) => error.with_advice(DeviceAdvice::OpenPlugin {
                name,
                direction: request.direction,
                can_convert: request.format.is_numeric(),
            }),
            None => error,
        }
    }
}

/// A PCM that supports the request by converting: `plughw:X` for `hw:X`. Opens it to make sure.
fn converting_name(request: &Request) -> Option<String> {
    let device = &request.device;
    let is_plain = device
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c));
    let name = match device.strip_prefix("hw:") {
        Some(rest) => format!("plughw:{rest}"),
        None if is_plain => format!("plug:{device}"),
        // A shell takes it in single quotes.
        None => format!("plug:\"{device}\""),
    };
    let alternative = Request {
        device: name.clone(),
        ..request.clone()
    };
    let handle = open_handle(&alternative).ok()?;
    let space = HwParams::any(&handle).ok()?;
    exact(&space, &handle, &alternative, request.spec())
        .ok()
        .map(|()| name)
}
