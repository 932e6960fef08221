//! Option groups and values that commands share.

use super::advice;
use aloud::audio::dsp::convert::ConversionOptions;
use aloud::audio::dsp::gain::factor_from_db;
use aloud::audio::dsp::resample::Quality;
use aloud::audio::file::Container;
use aloud::audio::format::Format;
use aloud::audio::mixer::MixerDevice;
use aloud::audio::pcm::{Direction, Match, Mode, Request, TstampMode, TstampType};
use aloud::audio::spec::Length;
use aloud::audio::spec::Spec;
use aloud::audio::system::cards::find_card;
use aloud::audio::transfer::{ConversionPolicy, Delay, SpecOverride};
use clap::ValueEnum;
use std::time::Duration;

/// What device, and how it is to be opened.
#[derive(clap::Args, Clone)]
#[command(next_help_heading = "PCM options")]
pub struct PcmArgs {
    /// The PCM to open, by alsa-lib's name
    #[arg(
        short = 'D',
        long,
        value_name = "NAME",
        env = "ALOUD_DEVICE",
        default_value = "default",
        hide_env_values = true
    )]
    pub device: String,
    /// Open card N's first device (the same as -D hw:N)
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(0..32))]
    pub card: Option<u32>,
    #[command(flatten)]
    pub open: OpenArgs,
    /// Have the device stamp time
    #[arg(long, value_enum, value_name = "MODE")]
    pub tstamp_mode: Option<TstampModeArg>,
    /// The clock of the time stamps
    #[arg(long, value_enum, value_name = "CLOCK")]
    pub tstamp_type: Option<TstampTypeArg>,
}

/// What mixer.
#[derive(clap::Args, Clone)]
#[command(next_help_heading = "Mixer options")]
pub struct CtlArgs {
    /// The mixer (ctl), by alsa-lib's name: default, hw:0, pulse
    #[arg(
        short = 'D',
        long,
        value_name = "NAME",
        env = "ALOUD_DEVICE",
        default_value = "default",
        hide_env_values = true
    )]
    pub device: String,
    /// That of a card: its number, id or name
    #[arg(short, long, value_name = "CARD")]
    pub card: Option<String>,
}

impl CtlArgs {
    /// Where the mixer is.
    pub fn place(&self) -> aloud::audio::error::Result<MixerDevice> {
        match &self.card {
            Some(card) => find_card(card).map(MixerDevice::Card),
            None => Ok(MixerDevice::Name(self.device.clone())),
        }
    }
}

/// How a device is to be opened, whichever it is.
#[derive(clap::Args, Clone)]
#[command(next_help_heading = "PCM options")]
pub struct OpenArgs {
    /// Sample format: alsa-lib's name, or cd (S16_LE, 44100 Hz, 2 channels), cdr (the same in S16_BE), dat (S16_LE, 48000 Hz, 2 channels)
    #[arg(short, long, value_name = "FORMAT", value_parser = format)]
    pub format: Option<FormatArg>,
    /// Channels
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1024))]
    pub channels: Option<u32>,
    /// Rate in Hz (48000, 44.1k; under 1000 it is kHz)
    #[arg(short, long, value_name = "HZ", value_parser = rate)]
    pub rate: Option<u32>,
    /// Period size in frames
    #[arg(long, value_name = "FRAMES", value_parser = frames, conflicts_with = "period_time")]
    pub period_size: Option<Length>,
    /// Buffer size in frames
    #[arg(long, value_name = "FRAMES", value_parser = frames, conflicts_with = "buffer_time")]
    pub buffer_size: Option<Length>,
    /// Period time in µs, or with a unit (20ms)
    #[arg(short = 'F', long, value_name = "TIME", value_parser = length)]
    pub period_time: Option<Length>,
    /// Buffer time in µs, or with a unit (500ms)
    #[arg(short = 'B', long, value_name = "TIME", value_parser = length)]
    pub buffer_time: Option<Length>,
    /// Periods in a buffer
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=65536))]
    pub periods: Option<u32>,
    /// Open without waiting for a device that is in use
    #[arg(short = 'N', long)]
    pub nonblock: bool,
    /// Move frames through the device's own memory
    #[arg(short = 'M', long)]
    pub mmap: bool,
    /// Let no alsa-lib plugin change the rate
    #[arg(long)]
    pub disable_resample: bool,
    /// Let no alsa-lib plugin change the channels
    #[arg(long)]
    pub disable_channels: bool,
    /// Let no alsa-lib plugin change the sample format
    #[arg(long)]
    pub disable_format: bool,
    /// Use no software volume
    #[arg(long)]
    pub disable_softvol: bool,
}

impl PcmArgs {
    /// The PCM's name.
    pub fn device(&self) -> String {
        match self.card {
            Some(card) => format!("hw:{card}"),
            None => self.device.clone(),
        }
    }

    /// A request as pyalsaaudio's constructor makes it, with what was named.
    pub fn nearest(&self, direction: Direction) -> Request {
        let defaults = Request::new(&self.device(), direction);
        // A named buffer decides the periods itself unless they were named too.
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

    /// A request for exactly the format, rate and channels that are set on it later, with the sizes that were named.
    pub fn exact(&self, direction: Direction) -> Request {
        self.open.exact(&self.device(), direction)
    }

    /// Whether time is stamped, and by which clock: by default by the one that never jumps.
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
    /// Sample format, if one was named.
    pub fn sample_format(&self) -> Option<Format> {
        self.format.map(|format| match format {
            FormatArg::Plain(format) => format,
            FormatArg::Preset(spec) => spec.format,
        })
    }

    /// Rate in Hz, if one was named; it overrides the preset's.
    pub fn rate(&self) -> Option<u32> {
        self.rate.or(self.preset().map(|spec| spec.rate))
    }

    /// Channels, if a number was named; it overrides the preset's.
    pub fn channels(&self) -> Option<u32> {
        self.channels.or(self.preset().map(|spec| spec.channels))
    }

    fn preset(&self) -> Option<Spec> {
        match self.format {
            Some(FormatArg::Preset(spec)) => Some(spec),
            _ => None,
        }
    }

    /// Format, rate and channels as far as they were named.
    pub fn forced(&self) -> SpecOverride {
        SpecOverride {
            format: self.sample_format(),
            rate: self.rate(),
            channels: self.channels(),
        }
    }

    /// All three, if all were named.
    pub fn spec(&self) -> Option<aloud::audio::error::Result<Spec>> {
        Some(Spec::new(
            self.sample_format()?,
            self.rate()?,
            self.channels()?,
        ))
    }

    /// What was named, and for the rest what is usual: S16_LE, 48000 Hz, two channels.
    pub fn spec_or_usual(&self) -> aloud::audio::error::Result<Spec> {
        Spec::new(
            self.sample_format().unwrap_or(Format::S16_LE),
            self.rate().unwrap_or(48_000),
            self.channels().unwrap_or(2),
        )
    }

    /// Whether anything was named at all.
    pub fn is_any_named(&self) -> bool {
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

    /// Length of a period, if one was named.
    pub fn period(&self) -> Option<Length> {
        self.period_size.or(self.period_time)
    }

    /// Length of the buffer, if one was named.
    pub fn buffer(&self) -> Option<Length> {
        self.buffer_size.or(self.buffer_time)
    }

    /// `request`, with the options that concern neither format nor sizes.
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
            ..request
        }
    }

    /// A request for exactly the format, rate and channels that are set on it later, with the sizes that were named.
    pub fn exact(&self, device: &str, direction: Direction) -> Request {
        self.with_flags(Request {
            fit: Match::Exact,
            period: self.period(),
            periods: self.periods,
            buffer: self.buffer(),
            ..Request::new(device, direction)
        })
    }
}

/// How what a device does not do as it is comes to be done.
#[derive(clap::Args, Clone)]
#[command(next_help_heading = "Conversion")]
pub struct ConvertArgs {
    /// Refuse what the device cannot do as it is, instead of converting
    #[arg(long)]
    exact: bool,
    /// How well rates are converted; a sound server converts them itself, unless -r names the one it is to get
    #[arg(long, value_name = "QUALITY", value_enum, default_value = "best")]
    resample: QualityArg,
    /// Round samples to the nearest without dither
    #[arg(long)]
    no_dither: bool,
    /// Which channel of the sound each channel is that comes out, counted from 1 (2,1 swaps, 1,1 is the first on both)
    #[arg(long, value_name = "N,N…", value_parser = remix)]
    remix: Option<Remix>,
    /// Make it louder or softer by so many dB (-6)
    #[arg(long, value_name = "DB", value_parser = decibels, allow_hyphen_values = true)]
    gain: Option<f64>,
    /// How loud, in percent of the samples as they are (50 is -6 dB)
    #[arg(long, value_name = "PERCENT", value_parser = percent)]
    volume: Option<f64>,
}

/// Channels, counted from 0.
#[derive(Clone)]
pub struct Remix(Vec<usize>);

#[derive(Clone, Copy, ValueEnum)]
enum QualityArg {
    Fast,
    Good,
    Best,
}

impl ConvertArgs {
    /// The factor that gain and volume are together.
    pub fn factor(&self) -> f64 {
        factor_from_db(self.gain.unwrap_or(0.0)) * self.volume.unwrap_or(100.0) / 100.0
    }

    /// What may be converted, and how.
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
        _ => Err("a gain is a number of dB from -200 to 60 (-6)".to_owned()),
    }
}

/// `50`, `50%`.
fn percent(text: &str) -> Result<f64, String> {
    let number = text.strip_suffix('%').unwrap_or(text);
    match plain(number) {
        Some(percent) if percent <= 100.0 => Ok(percent),
        _ => Err("a volume is a number of percent from 0 to 100 (--gain makes louder)".to_owned()),
    }
}

/// `2,1`: numbers from 1 up.
fn remix(text: &str) -> Result<Remix, String> {
    let channel = |number: &str| match number.trim().parse::<usize>() {
        Ok(number @ 1..=1024) => Ok(number - 1),
        _ => Err("channels are numbers from 1 up, with commas between (2,1)".to_owned()),
    };
    text.split(',')
        .map(channel)
        .collect::<Result<_, _>>()
        .map(Remix)
}

/// A format's name, or a preset that names all three.
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
            .map_err(|error| advice::in_one_line(&error)),
    }
}

/// `48000`, `44100Hz`, `44.1k`, `44.1kHz`; a bare number under 1000 is kHz, as for aplay.
fn rate(text: &str) -> Result<u32, String> {
    let (value, bare) =
        hertz(text).ok_or_else(|| "a rate is a number of Hz (48000) or kHz (44.1k)".to_owned())?;
    let hz = if bare && value < 1000.0 {
        value * 1000.0
    } else {
        value
    };
    if !(1.0..=100_000_000.0).contains(&hz) || (hz - hz.round()).abs() > 1e-6 {
        return Err("a rate is a whole number of Hz above zero".into());
    }
    Ok(hz.round() as u32)
}

/// `440`, `440.5Hz`, `1k`, `1.5kHz`.
pub fn frequency(text: &str) -> Result<f64, String> {
    hertz(text)
        .map(|(hz, _)| hz)
        .filter(|hz| *hz > 0.0 && hz.is_finite())
        .ok_or_else(|| "a frequency is a number of Hz (440) or kHz (1.5k) above zero".to_owned())
}

/// A number of Hz or, with a `k`, of kHz, in Hz; and whether it stands there without a unit.
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
        _ => Err("a size is a number of frames above zero".into()),
    }
}

/// A length of a period or buffer: µs, or with a unit.
fn length(text: &str) -> Result<Length, String> {
    let time = match text.parse::<u64>() {
        Ok(micros) => Duration::from_micros(micros),
        Err(_) => time(text)?,
    };
    if time.is_zero() || time > Duration::from_secs(3600) {
        return Err("the time must be above zero and at most an hour".into());
    }
    Ok(Length::Time(time))
}

/// A threshold as aplay has it: µs, negative ones relative to a full buffer; or with a unit.
pub fn delay(text: &str) -> Result<Delay, String> {
    if let Ok(micros) = text.parse::<i64>() {
        return Ok(Delay { micros });
    }
    let (sign, rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text),
    };
    let micros =
        i64::try_from(time(rest)?.as_micros()).map_err(|_| "that is too long".to_owned())?;
    Ok(Delay {
        micros: sign * micros,
    })
}

/// A time for `-A`: µs, or with a unit.
pub fn micros(text: &str) -> Result<Duration, String> {
    match length(text)? {
        Length::Time(time) => Ok(time),
        Length::Frames(_) => Err("a time is wanted".into()),
    }
}

/// A time: `5`, `0.5`, `90s`, `20ms`, `1m30s`, `1h`, `1:30`, `1:02:03.5`. Bare numbers are seconds.
pub fn time(text: &str) -> Result<Duration, String> {
    let seconds = if text.contains(':') {
        clock(text)
    } else {
        units(text)
    };
    seconds
        .filter(|seconds| seconds.is_finite() && (0.0..1e10).contains(seconds))
        .map(Duration::from_secs_f64)
        .ok_or_else(|| format!("'{text}' is not a time (5, 0.5, 90s, 20ms, 1m30s, 1:30)"))
}

/// `MM:SS` or `HH:MM:SS`; only the first part may be over 59, only the last have a fraction.
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

/// `1h2m3s`, `1m30s`, `90s`, `20ms`, `500us`, or a bare number of seconds.
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
        // Units come in falling order, each once.
        if unit >= smallest {
            return None;
        }
        smallest = unit;
        total += value * unit;
        rest = &letters[end..];
    }
    (smallest < f64::INFINITY).then_some(total)
}

/// Digits with at most one point between or before them; no sign, exponent, `inf` or `nan`.
fn plain(text: &str) -> Option<f64> {
    let allowed = text.chars().all(|c| c.is_ascii_digit() || c == '.');
    if allowed && text.chars().any(|c| c.is_ascii_digit()) {
        text.parse().ok()
    } else {
        None
    }
}

/// What a file is, by its name for `-t`.
pub fn container(text: &str) -> Result<Container, String> {
    Container::from_name(text).map_err(|error| advice::in_one_line(&error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_read_as_people_write_them() {
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
    fn rates_read_as_people_write_them() {
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
    fn frequencies_read_as_people_write_them() {
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
    fn a_bare_period_time_is_microseconds() {
        assert_eq!(length("20000"), Ok(Length::Time(Duration::from_millis(20))));
        assert_eq!(length("20ms"), Ok(Length::Time(Duration::from_millis(20))));
        assert!(length("0").is_err());
    }
}
