//! Option groups and value parsers that commands share.

use super::advice;
use super::server_timeout::TIMEOUT;
use super::ui::Ui;
use aloud::audio::dsp::convert::ConversionOptions;
use aloud::audio::dsp::gain::factor_from_db;
use aloud::audio::dsp::resample::Quality;
use aloud::audio::error::{Error, Kind};
use aloud::audio::file::{Container, DecoderChoice};
use aloud::audio::format::Format;
use aloud::audio::mixer::MixerDevice;
use aloud::audio::pcm::{Direction, Match, Mode, Request, TstampMode, TstampType};
use aloud::audio::spec::Length;
use aloud::audio::spec::Spec;
use aloud::audio::system::selector::{
    FoundDevice, is_same_device, select_card, select_ctl, select_device_of_card, select_pcm,
};
use aloud::audio::transfer::{ConversionPolicy, Delay, OnLost, Realtime, SpecOverride};
use clap::ValueEnum;
use std::time::Duration;

/// Format, rate and channels of transfers without a file to take them from.
const DEFAULT: Spec = Spec {
    format: Format::S16_LE,
    rate: 48_000,
    channels: 2,
};

/// The device, and how to open it.
#[derive(clap::Args, Clone)]
#[command(next_help_heading = "PCM options")]
pub struct PcmArgs {
    /// Device: a PCM name, or part of a card's name
    ///
    /// An alsa-lib PCM name (default, hw:0, pulse). Otherwise, part of the ID or name of one card
    /// (usb, scarlett), its index, usb:PORT (usb:1-2), or part of a device's own name. Without it: ALOUD_DEVICE, otherwise
    /// default
    #[arg(
        id = "device",
        short = 'D',
        long = "device",
        value_name = "NAME",
        env = "ALOUD_DEVICE",
        default_value = "default",
        hide_env = true,
        hide_default_value = true
    )]
    pub devices: Vec<String>,
    /// Use the first device of a card (index, ID, name)
    ///
    /// Part of the ID or name is enough; usb:PORT is the card in a USB port
    #[arg(long, value_name = "CARD")]
    pub card: Option<String>,
    #[command(flatten)]
    pub open: OpenArgs,
    /// Whether to enable device timestamps
    #[arg(hide_short_help = true, long, value_enum, value_name = "MODE")]
    pub tstamp_mode: Option<TstampModeArg>,
    /// Clock of the timestamps
    #[arg(hide_short_help = true, long, value_enum, value_name = "CLOCK")]
    pub tstamp_type: Option<TstampTypeArg>,
}

/// The mixer to open.
#[derive(clap::Args, Clone)]
#[command(next_help_heading = "Mixer options")]
pub struct CtlArgs {
    /// Mixer: a ctl name, or part of a card's name
    ///
    /// An alsa-lib ctl name (default, hw:0, pulse), or what --card takes. Without it: ALOUD_DEVICE, otherwise default
    #[arg(
        short = 'D',
        long,
        value_name = "NAME",
        env = "ALOUD_DEVICE",
        default_value = "default",
        hide_env = true,
        hide_default_value = true
    )]
    pub device: String,
    /// Use the mixer of this card (index, ID, name)
    ///
    /// Part of the ID or name is enough; usb:PORT is the card in a USB port
    #[arg(short, long, value_name = "CARD")]
    pub card: Option<String>,
}

impl CtlArgs {
    /// The mixer that the options select.
    pub fn mixer_device(&self) -> aloud::audio::error::Result<MixerDevice> {
        select_mixer(Some(&self.device), self.card.as_deref())
    }
}

/// The mixer that a device or a card selects. Without both, the default one.
pub fn select_mixer(
    device: Option<&str>,
    card: Option<&str>,
) -> aloud::audio::error::Result<MixerDevice> {
    if let Some(card) = card {
        return select_card(card).map(MixerDevice::Card);
    }
    let default = default_device();
    let device = device.or(default.as_deref()).unwrap_or("default");
    check_not_empty(device)?;
    Ok(match select_ctl(device)? {
        Some(card) => MixerDevice::Card(card),
        None if default.as_deref() == Some(device) => MixerDevice::of_pcm(device),
        None => MixerDevice::Name(device.to_owned()),
    })
}

/// The value of ALOUD_DEVICE, unless it is empty.
pub fn default_device() -> Option<String> {
    std::env::var("ALOUD_DEVICE")
        .ok()
        .filter(|name| !name.is_empty())
}

/// How to open a device.
#[derive(clap::Args, Clone)]
#[command(next_help_heading = "PCM options")]
pub struct OpenArgs {
    /// Sample format (S16_LE), or a preset: cd, cdr, dat
    ///
    /// A format has alsa-lib's name, in any case. A preset also sets rate and channels: cd (S16_LE, 44100 Hz, 2 channels),
    /// cdr (the same as S16_BE), dat (S16_LE, 48000 Hz, 2 channels)
    #[arg(short, long, value_name = "FORMAT", value_parser = format)]
    pub format: Option<FormatArg>,
    /// Number of channels
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1024))]
    pub channels: Option<u32>,
    /// Sample rate in Hz (48000) or kHz (44.1k)
    ///
    /// Below 1000 it is in kHz
    #[arg(short, long, value_name = "HZ", value_parser = rate)]
    pub rate: Option<u32>,
    /// Period size in frames
    #[arg(hide_short_help = true, long, value_name = "FRAMES", value_parser = frames, conflicts_with = "period_time")]
    pub period_size: Option<Length>,
    /// Buffer size in frames
    #[arg(hide_short_help = true, long, value_name = "FRAMES", value_parser = frames, conflicts_with = "buffer_time")]
    pub buffer_size: Option<Length>,
    /// Period time in µs, or with a unit (20ms)
    #[arg(hide_short_help = true, short = 'F', long, value_name = "TIME", value_parser = length)]
    pub period_time: Option<Length>,
    /// Buffer time in µs, or with a unit (500ms)
    #[arg(hide_short_help = true, short = 'B', long, value_name = "TIME", value_parser = length)]
    pub buffer_time: Option<Length>,
    /// Number of periods in the buffer
    #[arg(hide_short_help = true, long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=65536))]
    pub periods: Option<u32>,
    /// Open in non-blocking mode: do not wait for a busy device
    #[arg(hide_short_help = true, short = 'N', long)]
    pub nonblock: bool,
    /// Transfer frames by memory mapping (mmap)
    #[arg(hide_short_help = true, short = 'M', long)]
    pub mmap: bool,
    /// Disable alsa-lib's rate conversion
    #[arg(hide_short_help = true, long)]
    pub disable_resample: bool,
    /// Disable alsa-lib's channel conversion
    #[arg(hide_short_help = true, long)]
    pub disable_channels: bool,
    /// Disable alsa-lib's sample format conversion
    #[arg(hide_short_help = true, long)]
    pub disable_format: bool,
    /// Disable alsa-lib's software volume (softvol)
    #[arg(hide_short_help = true, long)]
    pub disable_softvol: bool,
}

/// Replaces what people call a device by the name of its PCM, and reports which one it is.
pub fn resolve(ui: &mut Ui, device: &mut String, direction: Direction) -> Result<(), Error> {
    check_not_empty(device)?;
    let selected = select_pcm(device, direction)?;
    use_found(ui, device, selected.found, direction);
    Ok(())
}

/// Rejects an empty name, which an unset variable leaves (`-D "$DEVICE"`).
fn check_not_empty(device: &str) -> Result<(), Error> {
    if !device.is_empty() {
        return Ok(());
    }
    let error = Error::new(Kind::NotFound, "the name of the device is empty").with_device(device);
    Err(error.with_advice(advice::custom("omit the option to use the default device")))
}

fn use_found(ui: &mut Ui, device: &mut String, found: Option<FoundDevice>, direction: Direction) {
    let Some(found) = found else {
        ui.set_place(device);
        return;
    };
    *device = found.pcm();
    let verb = match direction {
        Direction::Playback => "playing on",
        Direction::Capture => "recording from",
    };
    let name = found.card_name.as_deref().unwrap_or(&found.id);
    let name = match found.device_name.as_deref() {
        Some(device) if device.starts_with(name) => device.to_owned(),
        Some(device) => format!("{name}, {device}"),
        None => name.to_owned(),
    };
    ui.device_note(&format!("{verb} {name} ({device})"));
    ui.set_place(&found.id);
}

impl PcmArgs {
    /// Name of the PCM; if there are several, of the first one.
    pub fn device(&self) -> String {
        self.devices.first().cloned().unwrap_or_default()
    }

    /// Replaces what people call a device by the name of its PCM, and reports which one it is. A repeated option replaces
    /// the earlier one.
    pub fn resolve(&mut self, ui: &mut Ui, direction: Direction) -> Result<(), Error> {
        self.devices.drain(..self.devices.len().saturating_sub(1));
        self.resolve_all(ui, direction)
    }

    /// The same for a command that uses several devices together.
    pub fn resolve_all(&mut self, ui: &mut Ui, direction: Direction) -> Result<(), Error> {
        if let Some(card) = self.card.take() {
            if self.devices.len() > 1 {
                let message = "--card selects one device: use -D for each of several";
                return Err(Error::new(Kind::Usage, message));
            }
            let found = select_device_of_card(&card, direction)?;
            for device in &mut self.devices {
                use_found(ui, device, Some(found.clone()), direction);
            }
            return Ok(());
        }
        for device in &mut self.devices {
            resolve(ui, device, direction)?;
        }
        if self.devices.len() > 1 {
            ui.set_place(&self.devices.join(" + "));
        }
        Ok(())
    }

    /// The devices after the first one, to be opened like that one.
    pub fn others(&self, first: &Request) -> Vec<Request> {
        let others = self.devices.iter().skip(1).map(|device| Request {
            device: device.clone(),
            ..first.clone()
        });
        others.collect()
    }

    /// Rejects a device that is named twice.
    pub fn check_distinct(&self) -> Result<(), Error> {
        for (index, device) in self.devices.iter().enumerate() {
            let mut before = self.devices[..index].iter();
            if let Some(same) = before.find(|before| is_same_device(before, device)) {
                let message = match same == device {
                    true => format!("the device '{device}' is named twice"),
                    false => format!("'{same}' and '{device}' are the same device"),
                };
                return Err(Error::new(Kind::Usage, message).with_device(device));
            }
        }
        Ok(())
    }

    /// Requests the given values, and pyalsaaudio's defaults for the rest. The nearest supported values are taken.
    pub fn nearest(&self, direction: Direction) -> Request {
        let defaults = Request::new(&self.device(), direction);
        // A buffer size decides the periods, unless their number is given too.
        let periods = self.open.periods.or(if self.open.buffer().is_some() {
            None
        } else {
            defaults.periods
        });
        self.open.with_flags(Request {
            format: self.open.sample_format().unwrap_or(defaults.format),
            rate: self.open.rate().unwrap_or(defaults.rate),
            channels: self.open.channels().unwrap_or(defaults.channels),
            period: self.open.period().or(defaults.period),
            periods,
            buffer: self.open.buffer(),
            ..defaults
        })
    }

    /// Requests the given sizes. The caller sets the format, rate and channels, which the device must support exactly.
    pub fn exact(&self, direction: Direction) -> Request {
        self.open.exact(&self.device(), direction)
    }

    /// Timestamp mode and clock. The default clock is the one that never jumps.
    pub fn tstamp(&self) -> (TstampMode, TstampType) {
        let mode = match self.tstamp_mode {
            Some(TstampModeArg::None) => TstampMode::None,
            _ => TstampMode::Enable,
        };
        let clock = match self.tstamp_type {
            Some(TstampTypeArg::Gettimeofday) => TstampType::Gettimeofday,
            Some(TstampTypeArg::MonotonicRaw) => TstampType::MonotonicRaw,
            _ => TstampType::Monotonic,
        };
        (mode, clock)
    }
}

impl OpenArgs {
    /// Sample format, if given.
    pub fn sample_format(&self) -> Option<Format> {
        self.format.map(|format| match format {
            FormatArg::Plain(format) => format,
            FormatArg::Preset(spec) => spec.format,
        })
    }

    /// Rate in Hz, if given by itself or by a preset.
    pub fn rate(&self) -> Option<u32> {
        self.rate.or(self.preset().map(|spec| spec.rate))
    }

    /// Number of channels, if given by itself or by a preset.
    pub fn channels(&self) -> Option<u32> {
        self.channels.or(self.preset().map(|spec| spec.channels))
    }

    fn preset(&self) -> Option<Spec> {
        match self.format {
            Some(FormatArg::Preset(spec)) => Some(spec),
            _ => None,
        }
    }

    /// Format, rate and channels, each if given.
    pub fn forced(&self) -> SpecOverride {
        SpecOverride {
            format: self.sample_format(),
            rate: self.rate(),
            channels: self.channels(),
        }
    }

    /// Format, rate and channels, if all three are given.
    pub fn spec(&self) -> Option<aloud::audio::error::Result<Spec>> {
        Some(Spec::new(
            self.sample_format()?,
            self.rate()?,
            self.channels()?,
        ))
    }

    /// The given format, rate and channels; the defaults are S16_LE, 48000 Hz, 2 channels.
    pub fn spec_or_default(&self) -> aloud::audio::error::Result<Spec> {
        Spec::new(
            self.sample_format().unwrap_or(DEFAULT.format),
            self.rate().unwrap_or(DEFAULT.rate),
            self.channels().unwrap_or(DEFAULT.channels),
        )
    }

    /// Whether any of these options is given.
    pub fn is_any_given(&self) -> bool {
        let flags = [
            self.nonblock,
            self.mmap,
            self.disable_resample,
            self.disable_channels,
            self.disable_format,
            self.disable_softvol,
        ];
        self.format.is_some()
            || [self.channels, self.rate, self.periods]
                .iter()
                .any(Option::is_some)
            || self.period().or(self.buffer()).is_some()
            || flags.contains(&true)
    }

    /// Length of a period, if given.
    pub fn period(&self) -> Option<Length> {
        self.period_size.or(self.period_time)
    }

    /// Length of the buffer, if given.
    pub fn buffer(&self) -> Option<Length> {
        self.buffer_size.or(self.buffer_time)
    }

    /// Whether the length of the buffer or of its periods is given.
    pub fn has_sizes(&self) -> bool {
        self.buffer().is_some() || self.period().is_some() || self.periods.is_some()
    }

    /// Sets the mode, access and `--disable` flags.
    fn with_flags(&self, request: Request) -> Request {
        Request {
            mode: if self.nonblock {
                Mode::Nonblock
            } else {
                Mode::Normal
            },
            mmap: self.mmap,
            no_resample: self.disable_resample,
            no_channels: self.disable_channels,
            no_format: self.disable_format,
            no_softvol: self.disable_softvol,
            timeout: Some(TIMEOUT),
            ..request
        }
    }

    /// Requests exactly the given format, rate and channels; the defaults are S16_LE, 48000 Hz, 2 channels.
    pub fn exact_or_default(&self, device: &str, direction: Direction) -> Request {
        Request {
            format: self.sample_format().unwrap_or(DEFAULT.format),
            rate: self.rate().unwrap_or(DEFAULT.rate),
            channels: self.channels().unwrap_or(DEFAULT.channels),
            ..self.exact(device, direction)
        }
    }

    /// Requests the given sizes. The caller sets the format, rate and channels, which the device must support exactly.
    pub fn exact(&self, device: &str, direction: Direction) -> Request {
        self.with_flags(Request {
            matching: Match::Exact,
            period: self.period(),
            periods: self.periods,
            buffer: self.buffer(),
            ..Request::new(device, direction)
        })
    }
}

/// What happens when a device goes away.
#[derive(clap::Args)]
pub struct OnLostArgs {
    /// What to do when the device goes away (fail, wait, wait=TIME)
    ///
    /// fail ends with status 7. wait waits until the same card or sound server is back, for at most TIME, and continues
    #[arg(long, hide_short_help = true, value_name = "WHAT", value_parser = on_lost, default_value = "fail")]
    pub on_lost: OnLost,
}

/// `fail`, `wait` or `wait=TIME`.
fn on_lost(text: &str) -> Result<OnLost, String> {
    const EXPECTED: &str = "expected fail, wait or wait=TIME";
    match parsed_on_lost(text)? {
        Some(OnLost::Split(_)) => Err(format!("only 'record' can split: {EXPECTED}")),
        Some(on_lost) => Ok(on_lost),
        None => Err(EXPECTED.into()),
    }
}

/// The same, or `split` or `split=TIME`.
pub fn on_lost_or_split(text: &str) -> Result<OnLost, String> {
    let expected = || "expected fail, wait, wait=TIME, split or split=TIME".to_owned();
    parsed_on_lost(text)?.ok_or_else(expected)
}

/// `None` for another word.
fn parsed_on_lost(text: &str) -> Result<Option<OnLost>, String> {
    let (word, limit) = match text.split_once('=') {
        Some((word, limit)) => (word, Some(time(limit)?)),
        None => (text, None),
    };
    Ok(match (word, limit) {
        ("fail", None) => Some(OnLost::Fail),
        ("wait", limit) => Some(OnLost::Wait(limit)),
        ("split", limit) => Some(OnLost::Split(limit)),
        _ => None,
    })
}

/// How the thread of the device is scheduled.
#[derive(clap::Args)]
pub struct RealtimeArgs {
    /// Run the thread of the device in real time (SCHED_FIFO), with its buffers locked in memory
    ///
    /// auto (the default) does so if the limits of the user (RLIMIT_RTPRIO, RLIMIT_MEMLOCK) allow it. on fails with status 4 if
    /// they do not. Only kernel devices (hw) qualify: plugins and sound servers may take any time. -v shows the result
    #[arg(
        hide_short_help = true,
        long,
        value_name = "WHEN",
        value_enum,
        default_value = "auto"
    )]
    realtime: RealtimeArg,
}

#[derive(Clone, Copy, ValueEnum)]
enum RealtimeArg {
    Auto,
    On,
    Off,
}

impl RealtimeArgs {
    pub fn choice(&self) -> Realtime {
        match self.realtime {
            RealtimeArg::Auto => Realtime::Auto,
            RealtimeArg::On => Realtime::On,
            RealtimeArg::Off => Realtime::Off,
        }
    }
}

/// When a transfer ends by itself.
#[derive(clap::Args)]
pub struct LimitArgs {
    /// Stop after TIME (5, 1m30s, 1:30); 0 is no limit
    #[arg(short, long, value_name = "TIME", value_parser = time, conflicts_with = "samples", allow_negative_numbers = true)]
    duration: Option<Duration>,
    /// Stop after this many frames; 0 is no limit
    #[arg(
        hide_short_help = true,
        short,
        long,
        value_name = "FRAMES",
        allow_negative_numbers = true
    )]
    samples: Option<u64>,
}

impl LimitArgs {
    /// The length to stop after, if there is a limit.
    pub fn length(&self) -> Option<Length> {
        let time = self.duration.filter(|time| !time.is_zero());
        let frames = self.samples.filter(|frames| *frames > 0);
        time.map(Length::Time).or(frames.map(Length::Frames))
    }
}

/// How to convert what a device does not support.
#[derive(clap::Args, Clone)]
#[command(next_help_heading = "Conversion options")]
pub struct ConvertArgs {
    /// Fail instead of converting what the device does not support
    #[arg(long)]
    exact: bool,
    /// Quality of rate conversion; sound servers convert rates themselves unless -r is given
    #[arg(
        hide_short_help = true,
        long,
        value_name = "QUALITY",
        value_enum,
        default_value = "best"
    )]
    resample: QualityArg,
    /// Do not dither when reducing the bit depth
    #[arg(hide_short_help = true, long)]
    no_dither: bool,
    /// Source channel of each output channel, counted from 1 (2,1 swaps; 1,1 copies the first to both)
    #[arg(hide_short_help = true, long, value_name = "N,N…", value_parser = remix)]
    remix: Option<Remix>,
    /// Change the level by DB decibels (-6)
    #[arg(long, value_name = "DB", value_parser = decibels, allow_hyphen_values = true)]
    gain: Option<f64>,
    /// Scale samples to PERCENT of their value (50 is -6 dB)
    #[arg(hide_short_help = true, long, value_name = "PERCENT", value_parser = percent)]
    volume: Option<f64>,
}

/// Source channels, counted from 0.
#[derive(Clone)]
pub struct Remix(Vec<usize>);

#[derive(Clone, Copy, ValueEnum)]
enum QualityArg {
    Fast,
    Good,
    Best,
}

impl ConvertArgs {
    /// The factor of `--gain` and `--volume` together.
    pub fn gain(&self) -> f64 {
        factor_from_db(self.gain.unwrap_or(0.0)) * self.volume.unwrap_or(100.0) / 100.0
    }

    /// Whether channels are selected.
    pub fn remixes(&self) -> bool {
        self.remix.is_some()
    }

    /// What to convert, and how.
    pub fn policy(&self) -> ConversionPolicy {
        ConversionPolicy {
            exact: self.exact,
            options: ConversionOptions {
                quality: match self.resample {
                    QualityArg::Fast => Quality::Fast,
                    QualityArg::Good => Quality::Good,
                    QualityArg::Best => Quality::Best,
                },
                dither: !self.no_dither,
            },
            remix: self.remix.clone().map(|remix| remix.0),
            ..ConversionPolicy::default()
        }
    }
}

/// `-6`, `+3`, `-4.5dB`.
fn decibels(text: &str) -> Result<f64, String> {
    let lower = text.trim().to_ascii_lowercase();
    let number = lower.strip_suffix("db").unwrap_or(&lower).trim();
    match number.parse::<f64>() {
        Ok(db) if (-200.0..=60.0).contains(&db) => Ok(db),
        _ => Err("expected decibels from -200 to 60 (-6)".to_owned()),
    }
}

/// `50`, `50%`.
fn percent(text: &str) -> Result<f64, String> {
    let number = text.strip_suffix('%').unwrap_or(text);
    match plain(number) {
        Some(percent) if percent <= 100.0 => Ok(percent),
        _ => Err("expected a percentage from 0 to 100 (to amplify, use --gain)".to_owned()),
    }
}

/// `2,1`.
fn remix(text: &str) -> Result<Remix, String> {
    let channel = |number: &str| match number.trim().parse::<usize>() {
        Ok(number @ 1..=1024) => Ok(number - 1),
        _ => Err("expected channel numbers from 1, separated by commas (2,1)".to_owned()),
    };
    text.split(',')
        .map(channel)
        .collect::<Result<_, _>>()
        .map(Remix)
}

/// A sample format, or a preset of format, rate and channels.
#[derive(Clone, Copy, Debug)]
pub enum FormatArg {
    Plain(Format),
    Preset(Spec),
}

#[derive(Clone, Copy, ValueEnum)]
pub enum TstampModeArg {
    None,
    Enable,
}

#[derive(Clone, Copy, ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum TstampTypeArg {
    Gettimeofday,
    Monotonic,
    MonotonicRaw,
}

fn format(text: &str) -> Result<FormatArg, String> {
    let preset = |format, rate| {
        Ok(FormatArg::Preset(Spec {
            format,
            rate,
            channels: 2,
        }))
    };
    match text.to_ascii_lowercase().as_str() {
        "cd" => preset(Format::S16_LE, 44_100),
        "cdr" => preset(Format::S16_BE, 44_100),
        "dat" => preset(Format::S16_LE, 48_000),
        _ => Format::from_name(text)
            .map(FormatArg::Plain)
            .map_err(|error| match Container::from_name(text) {
                Ok(_) => format!("that is a file type: -t {text}"),
                Err(_) => advice::in_one_line(&error),
            }),
    }
}

/// `48000`, `44100Hz`, `44.1k`, `44.1kHz`; a number below 1000 without a unit is in kHz, as in aplay.
fn rate(text: &str) -> Result<u32, String> {
    let (value, bare) =
        hertz(text).ok_or_else(|| "expected a rate in Hz (48000) or kHz (44.1k)".to_owned())?;
    let hz = if bare && value < 1000.0 {
        value * 1000.0
    } else {
        value
    };
    if !(1.0..=100_000_000.0).contains(&hz) || (hz - hz.round()).abs() > 1e-6 {
        return Err("expected a whole number of Hz from 1 to 100000000".into());
    }
    Ok(hz.round() as u32)
}

/// `440`, `440.5Hz`, `1k`, `1.5kHz`.
pub fn frequency(text: &str) -> Result<f64, String> {
    hertz(text)
        .map(|(hz, _)| hz)
        .filter(|hz| *hz > 0.0 && hz.is_finite())
        .ok_or_else(|| "expected a frequency in Hz (440) or kHz (1.5k), above zero".to_owned())
}

/// A frequency in Hz, and whether it was written without a unit.
fn hertz(text: &str) -> Option<(f64, bool)> {
    let lower = text.trim().to_ascii_lowercase();
    let number = lower.strip_suffix("hz").unwrap_or(&lower).trim();
    match number.strip_suffix('k') {
        Some(number) => Some((plain(number.trim())? * 1000.0, false)),
        None => Some((plain(number)?, number.len() == lower.len())),
    }
}

fn frames(text: &str) -> Result<Length, String> {
    match text.parse::<u64>() {
        Ok(count @ 1..=0x7fff_ffff) => Ok(Length::Frames(count)),
        _ => Err("expected a number of frames from 1 to 2147483647".into()),
    }
}

/// The length of a period or buffer: in µs, or with a unit.
fn length(text: &str) -> Result<Length, String> {
    let time = match text.parse::<u64>() {
        Ok(micros) => Duration::from_micros(micros),
        Err(_) => time(text)?,
    };
    if time.is_zero() || time > Duration::from_secs(3600) {
        return Err("a time must be above zero and at most one hour".into());
    }
    Ok(Length::Time(time))
}

/// A start or stop threshold: in µs as in aplay, or with a unit. Negative ones are relative to a full buffer.
pub fn delay(text: &str) -> Result<Delay, String> {
    if let Ok(micros) = text.parse::<i64>() {
        return Ok(Delay { micros });
    }
    let (sign, rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text),
    };
    let micros = i64::try_from(time(rest)?.as_micros()).map_err(|_| "time too long".to_owned())?;
    Ok(Delay {
        micros: sign * micros,
    })
}

/// The time of `--avail-min`: in µs, or with a unit.
pub fn micros(text: &str) -> Result<Duration, String> {
    match length(text)? {
        Length::Time(time) => Ok(time),
        Length::Frames(_) => Err("expected a time".into()),
    }
}

/// A time: `5`, `0.5`, `90s`, `20ms`, `1m30s`, `1h`, `1:30`, `1:02:03.5`. Numbers without a unit are seconds.
pub fn time(text: &str) -> Result<Duration, String> {
    let seconds = if text.contains(':') {
        clock(text)
    } else {
        units(text)
    };
    match seconds {
        Some(seconds) if seconds < 1e10 => Ok(Duration::from_secs_f64(seconds)),
        Some(_) => Err("the time is too long".to_owned()),
        None => Err("expected a time (5, 0.5, 90s, 20ms, 1m30s, 1:30)".to_owned()),
    }
}

/// `MM:SS` or `HH:MM:SS`. Only the first part may exceed 59; only the last may have a fraction.
fn clock(text: &str) -> Option<f64> {
    let parts: Vec<&str> = text.split(':').collect();
    let (last, rest) = parts.split_last()?;
    if rest.len() > 2 {
        return None;
    }
    let mut total = 0.0;
    for (index, part) in rest.iter().enumerate() {
        let value: u32 = part.parse().ok()?;
        if index > 0 && value > 59 {
            return None;
        }
        total = (total + f64::from(value)) * 60.0;
    }
    let seconds = plain(last)?;
    (seconds < 60.0).then_some(total + seconds)
}

/// `1h2m3s`, `1m30s`, `90s`, `20ms`, `500us`, or a number of seconds.
fn units(text: &str) -> Option<f64> {
    if let Some(seconds) = plain(text) {
        return Some(seconds);
    }
    let (mut rest, mut total, mut smallest) = (text, 0.0, f64::INFINITY);
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let value = plain(&rest[..digits])?;
        let letters = &rest[digits..];
        let end = letters
            .find(|c: char| c.is_ascii_digit())
            .unwrap_or(letters.len());
        let unit = match &letters[..end] {
            "h" => 3600.0,
            "m" | "min" => 60.0,
            "s" => 1.0,
            "ms" => 1e-3,
            "us" | "µs" => 1e-6,
            _ => return None,
        };
        // From the largest unit to the smallest, each at most once.
        if unit >= smallest {
            return None;
        }
        smallest = unit;
        total += value * unit;
        rest = &letters[end..];
    }
    (smallest < f64::INFINITY).then_some(total)
}

/// Digits with at most one point: no sign, exponent, `inf` or `nan`.
fn plain(text: &str) -> Option<f64> {
    let allowed = text.chars().all(|c| c.is_ascii_digit() || c == '.');
    if allowed && text.chars().any(|c| c.is_ascii_digit()) {
        text.parse().ok()
    } else {
        None
    }
}

/// The level of `--on-sound`.
pub fn level(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(level) if (-200.0..=0.0).contains(&level) => Ok(level),
        _ => Err("expected a level in dBFS from -200 to 0".into()),
    }
}

/// A file type by its name.
pub fn container(text: &str) -> Result<Container, String> {
    Container::from_name(text).map_err(|error| match format(text) {
        Ok(_) => format!("that is a sample format: -f {text}"),
        Err(_) => advice::in_one_line(&error),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_parsed() {
        let millis = |text| time(text).map(|time| time.as_millis());
        assert_eq!(millis("5"), Ok(5000));
        assert_eq!(millis("0.5"), Ok(500));
        assert_eq!(millis(".5"), Ok(500));
        assert_eq!(millis("90s"), Ok(90_000));
        assert_eq!(millis("1m30s"), Ok(90_000));
        assert_eq!(millis("1:30"), Ok(90_000));
        assert_eq!(millis("1:02:03.5"), Ok(3_723_500));
        assert_eq!(millis("20ms"), Ok(20));
        assert_eq!(millis("1h"), Ok(3_600_000));
        for wrong in [
            "", "-1", "x", "1:60", "1:2:3:4", "s", "1s1m", "1e3", "inf", "nan", "5 s", ":30",
        ] {
            assert!(time(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn rates_are_parsed() {
        for (text, hz) in [
            ("48000", 48_000),
            ("44.1k", 44_100),
            ("44100Hz", 44_100),
            ("44.1", 44_100),
            ("8", 8000),
        ] {
            assert_eq!(rate(text), Ok(hz), "{text}");
        }
        for wrong in ["0", "-1", "fast", "44.1kk", "1e99", "nan", "", "44100.5"] {
            assert!(rate(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn frequencies_are_parsed() {
        for (text, hz) in [
            ("440", 440.0),
            ("0.5", 0.5),
            ("440.5Hz", 440.5),
            ("1k", 1000.0),
            ("1.5 kHz", 1500.0),
        ] {
            assert_eq!(frequency(text), Ok(hz), "{text}");
        }
        for wrong in ["0", "-1", "", "k", "hz", "1kk", "inf", "nan", "1e3"] {
            assert!(frequency(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn period_times_without_a_unit_are_microseconds() {
        assert_eq!(length("20000"), Ok(Length::Time(Duration::from_millis(20))));
        assert_eq!(length("20ms"), Ok(Length::Time(Duration::from_millis(20))));
        assert!(length("0").is_err());
    }
}

/// What decodes files.
#[derive(clap::Args, Clone, Copy)]
pub struct DecoderArgs {
    /// Use ffmpeg for what aloud does not decode, never, or for all files
    #[arg(
        hide_short_help = true,
        long,
        value_enum,
        value_name = "WHICH",
        default_value = "auto"
    )]
    decoder: DecoderArg,
}

impl DecoderArgs {
    pub fn choice(self) -> DecoderChoice {
        self.decoder.into()
    }
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum DecoderArg {
    /// aloud what it can, ffmpeg the rest
    Auto,
    /// aloud only
    Native,
    /// ffmpeg only
    Ffmpeg,
}

impl From<DecoderArg> for DecoderChoice {
    fn from(choice: DecoderArg) -> DecoderChoice {
        match choice {
            DecoderArg::Auto => DecoderChoice::Auto,
            DecoderArg::Native => DecoderChoice::Native,
            DecoderArg::Ffmpeg => DecoderChoice::Ffmpeg,
        }
    }
}
