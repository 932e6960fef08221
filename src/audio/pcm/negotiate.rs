//! From what is asked for to what the device does: one configuration, read back and never assumed.

use super::choose;
use super::probe::{self, Probe};
use super::request::{Match, Request};
use crate::audio::advice::{DeviceAdvice, SoundAdvice};
use crate::audio::direction::Direction;
use crate::audio::error::{Error, Kind};
use crate::audio::ffi::hw_params::{HwParams, Param, PcmAccess, Trait};
use crate::audio::spec::Length;
use crate::audio::spec::Spec;
use alsa::pcm::PCM;
use std::time::Duration;

/// What was realised.
#[derive(Clone, Debug, PartialEq)]
pub struct Configuration {
    /// How frames are handed over.
    pub access: PcmAccess,
    /// Format, rate and channels.
    pub spec: Spec,
    /// Frames between two wake-ups of the hardware.
    pub period_size: u64,
    /// Frames that the device holds.
    pub buffer_size: u64,
    /// Periods in its buffer, as alsa-lib counts them.
    pub periods: u64,
    /// Whether the hardware can pause.
    pub can_pause: bool,
}

/// Why a device could not be configured.
pub(super) enum Refusal {
    /// It cannot do what was asked; this is what it can.
    CannotDo(Box<Probe>),
    /// A call failed.
    Failed(i32),
}

impl From<i32> for Refusal {
    fn from(errno: i32) -> Refusal {
        Refusal::Failed(errno)
    }
}

/// The buffer that is asked for where the caller names none. Playing: aplay's half second. Recording: the largest, for
/// what a device holds is not lost while the process is held up; null would hold hours.
const PLAYBACK_BUFFER: Duration = Duration::from_millis(500);
const CAPTURE_BUFFER: Duration = Duration::from_secs(10);

/// The longest period of a recording that names none.
const CAPTURE_PERIOD: Duration = Duration::from_millis(125);

/// Configures an open PCM as `request` says and reads back what it got.
pub(super) fn configure(handle: &PCM, request: &Request) -> Result<Configuration, Refusal> {
    let space = HwParams::any(handle)?;
    match request.fit {
        Match::Nearest => nearest(&space, request),
        Match::Exact => exact(&space, handle, request, request.spec())?,
        Match::Suitable(tolerance) => {
            space.set_access(request.access()).map_err(cannot(handle))?;
            // Where nothing suits, what was asked for is refused with what there is.
            let chosen = choose::suitable(&space, request, tolerance);
            exact(&space, handle, request, chosen.unwrap_or(request.spec()))?;
        }
    }
    space.install()?;
    Ok(realised(handle)?)
}

fn realised(handle: &PCM) -> Result<Configuration, i32> {
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
        // alsa-lib gives no number where a converting plugin's buffer is no whole number of periods.
        periods: current
            .get(Param::Periods)
            .unwrap_or(buffer_size / period_size.max(1)),
        can_pause: current.is(Trait::CanPause),
    })
}

/// pyalsaaudio's negotiation: each wish in its order, a refused one left to alsa-lib's choice, and one rounding
/// direction handed from the rate on to the period and the periods (measured: it decides which neighbour is taken).
fn nearest(space: &HwParams, request: &Request) {
    let mut dir = 0;
    let _ = space.set_access(request.access());
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

/// Format, rate and channels as asked or not at all; then period and buffer as near as the device comes.
fn exact(space: &HwParams, handle: &PCM, request: &Request, spec: Spec) -> Result<(), Refusal> {
    let cannot = cannot(handle);
    space.set_access(request.access()).map_err(&cannot)?;
    space.set_format(spec.format).map_err(&cannot)?;
    space.set_channels(spec.channels).map_err(&cannot)?;
    let rate = space
        .set_near(Param::Rate, spec.rate.into(), &mut 0)
        .map_err(&cannot)?;
    if rate != u64::from(spec.rate) {
        return Err(cannot(libc::EINVAL));
    }
    Ok(sizes(space, request, spec.rate)?)
}

fn cannot(handle: &PCM) -> impl Fn(i32) -> Refusal + use<'_> {
    |_| match probe::of_space(handle) {
        Ok(probe) => Refusal::CannotDo(Box::new(probe)),
        Err(errno) => Refusal::Failed(errno),
    }
}

/// Sets period, periods and buffer to the nearest of what was asked, the period first (as aplay does: some drivers
/// cannot divide a buffer that is already fixed).
fn sizes(space: &HwParams, request: &Request, rate: u32) -> Result<(), i32> {
    let buffer = match (request.buffer, request.period, request.periods) {
        (Some(buffer), _, _) => Some(buffer),
        (None, Some(_), Some(_)) => None,
        _ => Some(Length::Time(default_buffer(space, request.direction)?)),
    };
    let period = match (request.period, buffer, request.periods) {
        (Some(period), _, _) => Some(period),
        (None, Some(buffer), None) => Some(quarter(buffer, request.direction, rate)),
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
        near(space, Param::BufferSize, Param::BufferTime, buffer)?;
    }
    Ok(())
}

fn default_buffer(space: &HwParams, direction: Direction) -> Result<Duration, i32> {
    let most = Duration::from_micros(space.max(Param::BufferTime)?);
    Ok(match direction {
        Direction::Playback => most.min(PLAYBACK_BUFFER),
        Direction::Capture => most.min(CAPTURE_BUFFER),
    })
}

/// A quarter of the buffer; of a recording's large one, an eighth of a second at most.
fn quarter(buffer: Length, direction: Direction, rate: u32) -> Length {
    match divided(buffer, 4) {
        Length::Time(time) if direction == Direction::Capture => {
            Length::Time(time.min(CAPTURE_PERIOD))
        }
        Length::Frames(frames) if direction == Direction::Capture => {
            let most = CAPTURE_PERIOD.as_micros() as u64 * u64::from(rate) / 1_000_000;
            Length::Frames(frames.min(most.max(1)))
        }
        quarter => quarter,
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
    /// The refusal as an error that tells what the device can do and, where there is one, a name that converts.
    pub(super) fn explain(self, request: &Request) -> Error {
        let probe = match self {
            Refusal::Failed(errno) => return Error::device("configure", &request.device, errno),
            Refusal::CannotDo(probe) => probe,
        };
        let wanted = format!(
            "{}, {} Hz, {}",
            request.format,
            request.rate,
            channels_text(request.channels)
        );
        let message = format!(
            "'{}' cannot do {wanted} as it is; it does {}",
            request.device,
            probe.summary()
        );
        let error = Error::new(Kind::Unsupported, message).with_device(&request.device);
        if let Match::Suitable(_) = request.fit {
            return error.with_advice(SoundAdvice::RequestSupported);
        }
        match converting_name(request) {
            Some(name) => error.with_advice(DeviceAdvice::OpenPlugin {
                name,
                direction: request.direction,
            }),
            None => error,
        }
    }
}

fn channels_text(channels: u32) -> String {
    if channels == 1 {
        "1 channel".into()
    } else {
        format!("{channels} channels")
    }
}

/// A PCM name that converts what this one cannot do, tried out before it is told: `hw:X` becomes `plughw:X`.
fn converting_name(request: &Request) -> Option<String> {
    let name = match request.device.strip_prefix("hw:") {
        Some(rest) => format!("plughw:{rest}"),
        None => format!("plug:'{}'", request.device),
    };
    let mut alternative = request.clone();
    alternative.device = name.clone();
    let handle = super::open_handle(&alternative).ok()?;
    let space = HwParams::any(&handle).ok()?;
    exact(&space, &handle, &alternative, request.spec())
        .ok()
        .map(|()| name)
}
