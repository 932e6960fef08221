//! The command line: what the options mean, and what is wrong with them.

use super::messages::error;
use super::meter::MeterKind;
use crate::commands::compat::c_number::c_long;
use crate::commands::compat::getopt::{self, LinePart, Opt, flag, text, value};
use crate::commands::compat::stop::{Result, Stop};
use crate::commands::server_timeout::TIMEOUT;
use aloud::audio::channel_map::ChannelMap;
use aloud::audio::file::Container;
use aloud::audio::format::Format;
use aloud::audio::pcm::{Direction, Mode, Request};
use aloud::audio::spec::{Length, Spec};
use std::ffi::OsString;
use std::time::Duration;

const TEST_COEF: char = '\u{1}';
const TEST_NOWAIT: char = '\u{2}';
const MAX_FILE_TIME: char = '\u{3}';
const PROCESS_ID_FILE: char = '\u{4}';
const USE_STRFTIME: char = '\u{5}';
const DUMP_HW_PARAMS: char = '\u{6}';
const FATAL_ERRORS: char = '\u{7}';
const TEST_POSITION: char = '\u{8}';
const PERIOD_SIZE: char = '\u{9}';
const BUFFER_SIZE: char = '\u{a}';
const NO_RESAMPLE: char = '\u{b}';
const NO_CHANNELS: char = '\u{c}';
const NO_FORMAT: char = '\u{d}';
const NO_SOFTVOL: char = '\u{e}';
const VERSION: char = '\u{f}';

const OPTIONS: &[Opt] = &[
    flag('h', "help"),
    flag(VERSION, "version"),
    flag('n', "list-devnames"),
    flag('l', "list-devices"),
    flag('L', "list-pcms"),
    value('D', "device"),
    flag('q', "quiet"),
    value('t', "file-type"),
    value('c', "channels"),
    value('f', "format"),
    value('r', "rate"),
    value('d', "duration"),
    value('s', "samples"),
    flag('M', "mmap"),
    flag('N', "nonblock"),
    value('F', "period-time"),
    value(PERIOD_SIZE, "period-size"),
    value('A', "avail-min"),
    value('R', "start-delay"),
    value('T', "stop-delay"),
    value('B', "buffer-time"),
    value(BUFFER_SIZE, "buffer-size"),
    flag('v', "verbose"),
    value('V', "vumeter"),
    flag('I', "separate-channels"),
    flag('P', "playback"),
    flag('C', "capture"),
    flag('i', "interactive"),
    flag(NO_RESAMPLE, "disable-resample"),
    flag(NO_CHANNELS, "disable-channels"),
    flag(NO_FORMAT, "disable-format"),
    flag(NO_SOFTVOL, "disable-softvol"),
    flag(TEST_POSITION, "test-position"),
    value(TEST_COEF, "test-coef"),
    flag(TEST_NOWAIT, "test-nowait"),
    value(MAX_FILE_TIME, "max-file-time"),
    value(PROCESS_ID_FILE, "process-id-file"),
    flag(USE_STRFTIME, "use-strftime"),
    flag(DUMP_HW_PARAMS, "dump-hw-params"),
    flag(FATAL_ERRORS, "fatal-errors"),
    value('m', "chmap"),
];

/// How much is played or recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Limit {
    None,
    Seconds(i64),
    Frames(i64),
}

impl Limit {
    /// In frames; `None` is no limit.
    pub(super) fn frames(self, rate: u32) -> Option<u64> {
        match self {
            Limit::Seconds(0) | Limit::None => None,
            Limit::Seconds(seconds) => Some(seconds.max(0) as u64 * u64::from(rate)),
            Limit::Frames(frames) => u64::try_from(frames).ok().filter(|frames| *frames > 0),
        }
    }
}

/// What the command line asks for.
pub(super) struct AplayOptions {
    /// The name in messages: `aplay` or `arecord`.
    pub(super) program: &'static str,
    pub(super) direction: Direction,
    pub(super) device: String,
    pub(super) quiet: bool,
    pub(super) verbose: u32,
    /// `None`: WAV for recordings, detected for playback.
    pub(super) file_type: Option<Container>,
    pub(super) spec: Spec,
    /// Whether `-f` is given.
    pub(super) has_format: bool,
    pub(super) limit: Limit,
    pub(super) mmap: bool,
    pub(super) nonblock: bool,
    pub(super) period: Option<Length>,
    pub(super) buffer: Option<Length>,
    pub(super) avail_min: Option<Duration>,
    pub(super) start_us: i64,
    pub(super) stop_us: i64,
    pub(super) meter: Option<MeterKind>,
    pub(super) separate: bool,
    pub(super) interactive: bool,
    pub(super) channel_map: Option<ChannelMap>,
    pub(super) no_resample: bool,
    pub(super) no_channels: bool,
    pub(super) no_format: bool,
    pub(super) no_softvol: bool,
    pub(super) test_position: bool,
    pub(super) test_nowait: bool,
    pub(super) test_coef: i64,
    pub(super) max_file_time: Option<u64>,
    pub(super) pid_file: Option<OsString>,
    pub(super) strftime: bool,
    pub(super) dump_hw_params: bool,
    pub(super) fatal_errors: bool,
    pub(super) list_devices: bool,
    pub(super) list_pcms: bool,
    pub(super) names: Vec<OsString>,
}

/// What the command line leads to.
pub(super) enum AplayTask {
    Help,
    Version,
    Run(Box<AplayOptions>),
}

impl AplayOptions {
    fn new(program: &'static str) -> AplayOptions {
        let direction = match program {
            "arecord" => Direction::Capture,
            _ => Direction::Playback,
        };
        AplayOptions {
            program,
            direction,
            device: "default".to_owned(),
            quiet: false,
            verbose: 0,
            file_type: None,
            spec: Spec {
                format: Format::U8,
                rate: 8000,
                channels: 1,
            },
            has_format: false,
            limit: Limit::None,
            mmap: false,
            nonblock: false,
            period: None,
            buffer: None,
            avail_min: None,
            start_us: i64::from(direction == Direction::Capture),
            stop_us: 0,
            meter: None,
            separate: false,
            interactive: false,
            channel_map: None,
            no_resample: false,
            no_channels: false,
            no_format: false,
            no_softvol: false,
            test_position: false,
            test_nowait: false,
            test_coef: 8,
            max_file_time: None,
            pid_file: None,
            strftime: false,
            dump_hw_params: false,
            fatal_errors: false,
            list_devices: false,
            list_pcms: false,
            names: Vec::new(),
        }
    }

    /// Reads the command line of `program`.
    pub(super) fn parse(program: &'static str, words: &[OsString]) -> Result<AplayTask> {
        let mut options = AplayOptions::new(program);
        for part in getopt::parse(program, OPTIONS, words) {
            match part {
                LinePart::Option('h', _) => return Ok(AplayTask::Help),
                LinePart::Option(VERSION, _) => return Ok(AplayTask::Version),
                LinePart::Option('n', _) => return Err(options.try_help("")),
                LinePart::Option(PROCESS_ID_FILE, path) => options.pid_file = Some(path),
                LinePart::Option(letter, value) => options.set(letter, &text(&value))?,
                LinePart::Argument(name) => options.names.push(name),
                LinePart::Wrong(text) => return Err(options.try_help(&text)),
            }
        }
        Ok(AplayTask::Run(Box::new(options)))
    }

    fn try_help(&self, text: &str) -> Stop {
        let program = self.program;
        Stop::Failed(
            format!("{text}Try `{program} --help' for more information.\n"),
            1,
        )
    }

    fn set(&mut self, letter: char, value: &str) -> Result<()> {
        match letter {
            'l' => self.list_devices = true,
            'L' => self.list_pcms = true,
            'D' => self.device = value.to_owned(),
            'q' => self.quiet = true,
            'M' => self.mmap = true,
            'N' => self.nonblock = true,
            'v' => self.add_verbosity(),
            'V' => self.meter = MeterKind::from_name(value),
            'I' => self.separate = true,
            'i' => self.interactive = true,
            'P' => self.set_direction(Direction::Playback),
            'C' => self.set_direction(Direction::Capture),
            NO_RESAMPLE => self.no_resample = true,
            NO_CHANNELS => self.no_channels = true,
            NO_FORMAT => self.no_format = true,
            NO_SOFTVOL => self.no_softvol = true,
            TEST_POSITION => self.test_position = true,
            TEST_NOWAIT => self.test_nowait = true,
            USE_STRFTIME => self.strftime = true,
            DUMP_HW_PARAMS => self.dump_hw_params = true,
            FATAL_ERRORS => self.fatal_errors = true,
            't' => self.file_type = Some(self.container(value)?),
            'm' => self.channel_map = Some(channel_map(value)?),
            'c' | 'f' | 'r' => self.set_spec(letter, value)?,
            'd' | 's' | MAX_FILE_TIME => self.set_limit(letter, value)?,
            _ => self.set_timing(letter, value)?,
        }
        Ok(())
    }

    fn add_verbosity(&mut self) {
        self.verbose += 1;
        if self.verbose > 1 && self.meter.is_none() {
            self.meter = Some(MeterKind::Mono);
        }
    }

    fn set_direction(&mut self, direction: Direction) {
        self.direction = direction;
        (self.program, self.start_us) = match direction {
            Direction::Playback => ("aplay", self.start_us),
            Direction::Capture => ("arecord", 1),
        };
    }

    fn error(&self, line: u32, text: &str) -> Stop {
        error(self.program, "main", line, text)
    }

    fn container(&self, name: &str) -> Result<Container> {
        match name.to_ascii_lowercase().as_str() {
            "raw" => Ok(Container::Raw),
            "voc" => Ok(Container::Voc),
            "wav" => Ok(Container::Wav),
            "au" | "sparc" => Ok(Container::Au),
            _ => Err(self.error(599, &format!("unrecognized file format {name}"))),
        }
    }

    /// A number, or the error for anything else.
    fn number(&self, line: u32, what: &str, text: &str) -> Result<i64> {
        c_long(text).ok_or_else(|| self.error(line, &format!("invalid {what} argument '{text}'")))
    }

    fn set_spec(&mut self, letter: char, value: &str) -> Result<()> {
        match letter {
            'c' => {
                let channels = self.number(606, "channels", value)? as i32;
                if !(1..=256).contains(&channels) {
                    let text = format!("value {channels} for channels is invalid");
                    return Err(self.error(610, &text));
                }
                self.spec.channels = channels as u32;
            }
            'r' => {
                let rate = self.number(638, "rate", value)? as i32;
                let hz = match rate < 1000 {
                    true => rate.wrapping_mul(1000),
                    false => rate,
                };
                if !(2000..=768_000).contains(&hz) {
                    return Err(self.error(645, &format!("bad speed value {hz}")));
                }
                self.spec.rate = hz as u32;
            }
            _ => self.set_format(value)?,
        }
        Ok(())
    }

    fn set_format(&mut self, name: &str) -> Result<()> {
        self.has_format = true;
        let is_au = self.file_type == Some(Container::Au);
        let (rate, is_big) = match name.to_ascii_lowercase().as_str() {
            "cd" => (44_100, is_au),
            "cdr" => (44_100, true),
            "dat" => (48_000, is_au),
            _ => {
                self.spec.format = Format::from_name(name)
                    .map_err(|_| self.error(630, &format!("wrong extended format '{name}'")))?;
                return Ok(());
            }
        };
        self.spec = Spec {
            format: if is_big {
                Format::S16_BE
            } else {
                Format::S16_LE
            },
            rate,
            channels: 2,
        };
        Ok(())
    }

    fn set_limit(&mut self, letter: char, value: &str) -> Result<()> {
        match (letter, self.limit) {
            ('d', Limit::Frames(_)) => {
                let text = "duration and samples arguments cannot be used together";
                return Err(self.error(651, text));
            }
            ('d', _) => self.limit = Limit::Seconds(self.number(656, "duration", value)?),
            ('s', Limit::Seconds(_)) => {
                let text = "samples and duration arguments cannot be used together";
                return Err(self.error(663, text));
            }
            ('s', _) => self.limit = Limit::Frames(self.number(668, "samples", value)?),
            _ => {
                let seconds = self.number(789, "max file time", value)?;
                self.max_file_time = u64::try_from(seconds).ok().filter(|time| *time > 0);
            }
        }
        Ok(())
    }

    fn set_timing(&mut self, letter: char, value: &str) -> Result<()> {
        // 0 is the default.
        let time = |us: i64| {
            (us as u32 != 0).then(|| Length::Time(Duration::from_micros((us as u32).into())))
        };
        let size = |frames: i64| (frames != 0).then_some(Length::Frames(frames as u64));
        match letter {
            'F' => self.period = time(self.number(680, "period time", value)?),
            'B' => self.buffer = time(self.number(687, "buffer time", value)?),
            PERIOD_SIZE => self.period = size(self.number(694, "period size", value)?),
            BUFFER_SIZE => self.buffer = size(self.number(701, "buffer size", value)?),
            'A' => {
                let us = self.number(708, "min available space", value)?;
                self.avail_min = u64::try_from(us).ok().map(Duration::from_micros);
            }
            'R' => self.start_us = self.number(715, "start delay", value)?,
            'T' => self.stop_us = self.number(722, "stop delay", value)?,
            TEST_COEF => self.test_coef = self.number(777, "test coef", value)?.max(1),
            _ => {}
        }
        Ok(())
    }

    /// What to open the device with.
    pub(super) fn request(&self) -> Request {
        Request {
            mode: match self.nonblock {
                true => Mode::Nonblock,
                false => Mode::Normal,
            },
            no_resample: self.no_resample,
            no_channels: self.no_channels,
            no_format: self.no_format,
            no_softvol: self.no_softvol,
            timeout: Some(TIMEOUT),
            ..Request::new(&self.device, self.direction)
        }
    }
}

fn channel_map(text: &str) -> Result<ChannelMap> {
    ChannelMap::parse_as_alsa(text)
        .ok_or_else(|| Stop::Failed(format!("Unable to parse channel map string: {text}\n"), 1))
}
