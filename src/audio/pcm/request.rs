//! What can be asked of a PCM, and the words for it (pyalsaaudio's constants, typed).

use crate::audio::direction::Direction;
use crate::audio::ffi::OpenFlags;
use crate::audio::ffi::hw_params::PcmAccess;
use crate::audio::format::Format;
use crate::audio::spec::{Length, Spec};
use serde::Serialize;

/// Whether calls wait (`PCM_NORMAL`, `PCM_NONBLOCK`, `PCM_ASYNC`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(i32)]
pub enum Mode {
    /// Reads and writes wait until all is moved.
    #[default]
    Normal = 0,
    /// Nothing waits.
    Nonblock = 1,
    /// As normal; alsa-lib sends SIGIO at each period.
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

/// The state of a PCM (`snd_pcm_state_t`; pyalsaaudio's `PCM_STATE_…`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[repr(i32)]
pub enum PcmState {
    /// Open, not configured.
    Open = 0,
    /// Configured, not ready to start.
    Setup = 1,
    /// Ready to start.
    Prepared = 2,
    /// Running.
    Running = 3,
    /// Stopped by an underrun or overrun.
    Xrun = 4,
    /// Playing what is queued, or (capture) stopped with frames left to read.
    Draining = 5,
    /// Paused.
    Paused = 6,
    /// The machine slept.
    Suspended = 7,
    /// The device is gone.
    Disconnected = 8,
}

impl PcmState {
    /// The state with alsa-lib's number, if it is one.
    pub fn from_number(number: i32) -> Option<PcmState> {
        use PcmState::*;
        [
            Open,
            Setup,
            Prepared,
            Running,
            Xrun,
            Draining,
            Paused,
            Suspended,
            Disconnected,
        ]
        .into_iter()
        .find(|state| *state as i32 == number)
    }
}

/// Whether the device stamps time (`PCM_TSTAMP_NONE`, `PCM_TSTAMP_ENABLE`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum TstampMode {
    /// It need not.
    None = 0,
    /// At every update of its position.
    Enable = 1,
}

/// The clock of the time stamps (`PCM_TSTAMP_TYPE_…`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum TstampType {
    /// Wall clock, which may jump.
    Gettimeofday = 0,
    /// Since boot, at NTP's rate.
    Monotonic = 1,
    /// Since boot, at the hardware's rate.
    MonotonicRaw = 2,
}

/// How strictly format, rate and channels are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Match {
    /// As asked or not at all.
    Exact,
    /// As near as the device comes, by pyalsaaudio's rules.
    Nearest,
    /// As asked where the device does that, else what suits the sound best: for a caller who converts. alsa-lib's
    /// plugins convert nothing then, so it is what the device behind them does.
    Suitable(Tolerance),
}

/// What may be otherwise than asked, with [`Match::Suitable`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tolerance {
    /// The sample format.
    pub format: bool,
    /// The rate.
    pub rate: bool,
    /// The channels.
    pub channels: bool,
    /// Whether one channel is as good where the device does not have as many as were asked for.
    pub or_mono: bool,
    /// Whether the sound is processed with on the way in any case (it is made softer, say), and so is best off with all
    /// the bits there are.
    pub processed: bool,
    /// Whether the PCM remembers what the device can do, for sounds that may follow ([`Probe::suitable`](super::Probe::suitable)).
    pub keep_capabilities: bool,
}

impl Tolerance {
    /// All three.
    pub const ALL: Tolerance = Tolerance {
        format: true,
        rate: true,
        channels: true,
        or_mono: false,
        processed: false,
        keep_capabilities: false,
    };
}

/// What is asked of a PCM.
#[derive(Clone, Debug)]
pub struct Request {
    /// alsa-lib's name of the PCM.
    pub device: String,
    /// Which way.
    pub direction: Direction,
    /// Whether calls wait.
    pub mode: Mode,
    /// Sample format.
    pub format: Format,
    /// Hz.
    pub rate: u32,
    /// Samples in a frame.
    pub channels: u32,
    /// How strictly the three above are meant.
    pub fit: Match,
    /// Length of a period; the default is a quarter of the buffer.
    pub period: Option<Length>,
    /// Periods in a buffer.
    pub periods: Option<u32>,
    /// Length of the buffer; the default is half a second, or what the device has if less.
    pub buffer: Option<Length>,
    /// Move frames through the device's own memory.
    pub mmap: bool,
    /// Let no alsa-lib plugin resample (`SND_PCM_NO_AUTO_RESAMPLE`).
    pub no_resample: bool,
    /// Let no alsa-lib plugin change the channels (`SND_PCM_NO_AUTO_CHANNELS`).
    pub no_channels: bool,
    /// Let no alsa-lib plugin change the format (`SND_PCM_NO_AUTO_FORMAT`).
    pub no_format: bool,
    /// Use no software volume (`SND_PCM_NO_SOFTVOL`).
    pub no_softvol: bool,
}

impl Request {
    /// A request as pyalsaaudio's constructor makes it with only a device and a type: 44100 Hz, two channels, S16_LE,
    /// four periods of 32 frames, the nearest of each.
    pub fn new(device: &str, direction: Direction) -> Request {
        Request {
            device: device.to_owned(),
            direction,
            mode: Mode::Normal,
            format: Format::S16_LE,
            rate: 44_100,
            channels: 2,
            fit: Match::Nearest,
            period: Some(Length::Frames(32)),
            periods: Some(4),
            buffer: None,
            mmap: false,
            no_resample: false,
            no_channels: false,
            no_format: false,
            no_softvol: false,
        }
    }

    /// As [`Request::new`], for the first device of card `index` (pyalsaaudio's `cardindex`).
    pub fn card(index: u32, direction: Direction) -> Request {
        Request::new(&format!("hw:{index}"), direction)
    }

    /// A request for exactly `spec`, with the default period and buffer.
    pub fn exact(device: &str, direction: Direction, spec: Spec) -> Request {
        Request {
            format: spec.format,
            rate: spec.rate,
            channels: spec.channels,
            fit: Match::Exact,
            period: None,
            periods: None,
            ..Request::new(device, direction)
        }
    }

    /// Format, rate and channels that are asked for.
    pub fn spec(&self) -> Spec {
        Spec {
            format: self.format,
            rate: self.rate,
            channels: self.channels,
        }
    }

    /// How frames are to be handed over.
    pub(super) fn access(&self) -> PcmAccess {
        if self.mmap {
            PcmAccess::MmapInterleaved
        } else {
            PcmAccess::RwInterleaved
        }
    }

    pub(super) fn open_flags(&self) -> OpenFlags {
        let bare = matches!(self.fit, Match::Suitable(_));
        OpenFlags {
            nonblock: self.mode == Mode::Nonblock,
            asynchronous: self.mode == Mode::Async,
            no_resample: self.no_resample || bare,
            no_channels: self.no_channels || bare,
            no_format: self.no_format || bare,
            no_softvol: self.no_softvol,
        }
    }
}
