//! What can be requested of a PCM (pyalsaaudio's constants, typed).

use crate::audio::direction::Direction;
use crate::audio::ffi::OpenFlags;
use crate::audio::format::Format;
use crate::audio::spec::{Length, Spec};
use std::time::Duration;

/// Whether calls wait (pyalsaaudio's `PCM_NORMAL`, `PCM_NONBLOCK`, `PCM_ASYNC`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(i32)]
pub enum Mode {
    /// Reads and writes wait until all frames are moved.
    #[default]
    Normal = 0,
    /// Nothing waits.
    Nonblock = 1,
    /// Like normal, and alsa-lib sends SIGIO at each period.
    Async = 2,
}

impl Mode {
    /// pyalsaaudio's name of the mode.
    pub fn name(self) -> &'static str {
        match self {
            Mode::Normal => "PCM_NORMAL",
            Mode::Nonblock => "PCM_NONBLOCK",
            Mode::Async => "PCM_ASYNC",
        }
    }
}

/// Whether the device takes timestamps (pyalsaaudio's `PCM_TSTAMP_NONE`, `PCM_TSTAMP_ENABLE`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum TstampMode {
    /// Not necessarily.
    None = 0,
    /// At every update of its position.
    Enable = 1,
}

/// The clock of the timestamps (pyalsaaudio's `PCM_TSTAMP_TYPE_…`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum TstampType {
    /// Wall clock, which may jump.
    Gettimeofday = 0,
    /// Time since boot, adjusted by NTP.
    Monotonic = 1,
    /// Time since boot, not adjusted.
    MonotonicRaw = 2,
}

/// How closely format, rate and channels must match the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Match {
    /// Exactly, or opening fails.
    Exact,
    /// As closely as the device can, by pyalsaaudio's rules.
    Nearest,
    /// Exactly if the device supports it, otherwise what suits the sound best: for a caller that converts. Conversion
    /// by alsa-lib's plugins is disabled, so the device behind them is what must support it.
    Suitable(Tolerance),
}

/// What may differ from the request with [`Match::Suitable`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tolerance {
    /// The sample format.
    pub format: bool,
    /// The rate.
    pub rate: bool,
    /// The number of channels.
    pub channels: bool,
    /// Whether one channel is the best choice if the device does not support the requested number.
    pub or_mono: bool,
    /// Whether the samples are changed in any case (a gain is applied, say), so that more bits are better.
    pub processed: bool,
    /// Whether to keep what the device supports ([`Pcm::capabilities`](super::Pcm::capabilities)), for later sounds.
    pub keep_capabilities: bool,
}

impl Tolerance {
    /// Format, rate and channels may differ.
    pub const ALL: Tolerance = Tolerance {
        format: true,
        rate: true,
        channels: true,
        or_mono: false,
        processed: false,
        keep_capabilities: false,
    };
}

/// What is requested of a PCM.
#[derive(Clone, Debug)]
pub struct Request {
    /// alsa-lib's name of the PCM.
    pub device: String,
    /// Playback or capture.
    pub direction: Direction,
    /// Whether calls wait.
    pub mode: Mode,
    /// Sample format.
    pub format: Format,
    /// Hz.
    pub rate: u32,
    /// Samples in a frame.
    pub channels: u32,
    /// How closely the three above must match.
    pub matching: Match,
    /// Length of a period. Default: a quarter of the buffer.
    pub period: Option<Length>,
    /// Periods in a buffer.
    pub periods: Option<u32>,
    /// Length of the buffer. Default: half a second (playback) or ten seconds (capture), or what the device has if that
    /// is less.
    pub buffer: Option<Length>,
    /// Whether nobody waits for the sound. Without a requested period or buffer, playback on a kernel device then has a
    /// buffer of up to four seconds and few wake-ups. What it has not played can be taken back. Capture from a kernel device
    /// has periods that allow as few wake-ups as possible.
    pub long_buffer: bool,
    /// Access the device's memory directly.
    pub mmap: bool,
    /// Access the memory of a kernel device directly if it allows that: what it captured before it stopped or went away
    /// can be read then.
    pub prefer_mmap: bool,
    /// Let no alsa-lib plugin resample (`SND_PCM_NO_AUTO_RESAMPLE`).
    pub no_resample: bool,
    /// Let no alsa-lib plugin change the channels (`SND_PCM_NO_AUTO_CHANNELS`).
    pub no_channels: bool,
    /// Let no alsa-lib plugin change the format (`SND_PCM_NO_AUTO_FORMAT`).
    pub no_format: bool,
    /// Use no software volume (`SND_PCM_NO_SOFTVOL`).
    pub no_softvol: bool,
    /// How long opening a PCM that names no card may take; `None`: forever. A sound server may not answer.
    pub timeout: Option<Duration>,
}

impl Request {
    /// The request of pyalsaaudio's constructor with only a device and a type: 44100 Hz, two channels, S16_LE, four
    /// periods of 32 frames, and the nearest of each.
    pub fn new(device: &str, direction: Direction) -> Request {
        Request {
            device: device.to_owned(),
            direction,
            mode: Mode::Normal,
            format: Format::S16_LE,
            rate: 44_100,
            channels: 2,
            matching: Match::Nearest,
            period: Some(Length::Frames(32)),
            periods: Some(4),
            buffer: None,
            long_buffer: false,
            mmap: false,
            prefer_mmap: false,
            no_resample: false,
            no_channels: false,
            no_format: false,
            no_softvol: false,
            timeout: None,
        }
    }

    /// Like [`Request::new`], for the first device of card `index` (pyalsaaudio's `cardindex`).
    pub fn card(index: u32, direction: Direction) -> Request {
        Request::new(&format!("hw:{index}"), direction)
    }

    /// A request for exactly `spec`, with the default period and buffer.
    pub fn exact(device: &str, direction: Direction, spec: Spec) -> Request {
        Request {
            format: spec.format,
            rate: spec.rate,
            channels: spec.channels,
            matching: Match::Exact,
            period: None,
            periods: None,
            ..Request::new(device, direction)
        }
    }

    /// The requested format, rate and channels.
    pub fn spec(&self) -> Spec {
        Spec {
            format: self.format,
            rate: self.rate,
            channels: self.channels,
        }
    }

    /// Whether a long buffer is wanted, and no length of the buffer or its periods is requested.
    pub(super) fn wants_long_buffer(&self) -> bool {
        let has_sizes = self.period.is_some() || self.periods.is_some() || self.buffer.is_some();
        self.long_buffer && !has_sizes
    }

    pub(super) fn open_flags(&self) -> OpenFlags {
        let no_conversion = matches!(self.matching, Match::Suitable(_));
        OpenFlags {
            nonblock: self.mode == Mode::Nonblock,
            asynchronous: self.mode == Mode::Async,
            no_resample: self.no_resample || no_conversion,
            no_channels: self.no_channels || no_conversion,
            no_format: self.no_format || no_conversion,
            no_softvol: self.no_softvol,
        }
    }
}
