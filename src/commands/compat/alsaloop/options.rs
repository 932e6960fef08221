//! The command line, and the lines of a configuration file.

use super::failure::failed;
use super::mixer_link::MixerLink;
use super::oss_mixers::oss_id;
use crate::commands::compat::c_number::c_int;
use crate::commands::compat::getopt::{self, LinePart, Opt, flag, text, value};
use crate::commands::compat::stop::Result;
use crate::commands::ui::plain;
use aloud::audio::errno::errno_text;
use aloud::audio::format::Format;
use aloud::audio::spec::Spec;
use std::ffi::OsString;
use std::fs;

/// The options without a letter that getopt knows.
const BUFFER: char = '\u{1}';
const PERIOD: char = '\u{2}';

const OPTIONS: &[Opt] = &[
    flag('h', "help"),
    value('g', "config"),
    flag('d', "daemonize"),
    value('P', "pdevice"),
    value('C', "cdevice"),
    value('X', "pctl"),
    value('Y', "cctl"),
    value('x', "prateshift"),
    value('l', "latency"),
    value('t', "tlatency"),
    value('f', "format"),
    value('c', "channels"),
    value('r', "rate"),
    flag('n', "resample"),
    value('s', "seconds"),
    value('A', "samplerate"),
    value(BUFFER, "buffer"),
    value(PERIOD, "period"),
    flag('b', "nblock"),
    value('S', "sync"),
    value('a', "slave"),
    value('T', "thread"),
    value('m', "mixer"),
    value('O', "ossmixer"),
    flag('e', "effect"),
    flag('v', "verbose"),
    value('w', "workaround"),
    flag('U', "xrun"),
    value('W', "wake"),
    flag('z', "syslog"),
];

/// The latency unless the options give one, in microseconds.
const LATENCY_MICROS: u64 = 10_000;

/// A shorter latency is raised to this: no device has periods of less than half of it.
const MIN_LATENCY_MICROS: u64 = 1000;

/// Whether a loop takes the format, rate and channels of what another program plays on a Loopback card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SlaveMode {
    /// If the card has elements for that.
    Auto,
    /// The card must have them.
    On,
    Off,
}

/// The options of a loop.
pub(super) struct LoopOptions {
    pub(super) capture: String,
    pub(super) playback: String,
    pub(super) capture_ctl: Option<String>,
    pub(super) playback_ctl: Option<String>,
    pub(super) spec: Spec,
    pub(super) latency_micros: u64,
    pub(super) latency_frames: Option<u64>,
    pub(super) seconds: Option<u64>,
    pub(super) corrects_drift: bool,
    pub(super) slave: SlaveMode,
    /// The element that sets the rate of the playback device.
    pub(super) rate_shift: Option<String>,
    pub(super) mixers: Vec<MixerLink>,
    /// In frames.
    pub(super) buffer: Option<u64>,
    pub(super) period: Option<u64>,
    /// Names of OSS mixers.
    pub(super) oss_mixers: Vec<String>,
}

/// A command line.
pub(super) struct AlsaloopLine {
    pub(super) jobs: Vec<LoopOptions>,
    pub(super) help: bool,
    pub(super) background: bool,
    pub(super) logs_errors: bool,
}

impl AlsaloopLine {
    /// Parses the words of the command line.
    pub(super) fn parse(words: &[OsString]) -> Result<AlsaloopLine> {
        AlsaloopLine::read(words, true)
    }

    fn read(words: &[OsString], may_name_file: bool) -> Result<AlsaloopLine> {
        let mut line = AlsaloopLine {
            jobs: Vec::new(),
            help: false,
            background: false,
            logs_errors: false,
        };
        let (mut options, mut file) = (LoopOptions::new(), None);
        for part in getopt::parse("alsaloop", OPTIONS, words) {
            match part {
                LinePart::Option('h', _) => line.help = true,
                LinePart::Option('d', _) => (line.background, line.logs_errors) = (true, true),
                LinePart::Option('z', _) => line.logs_errors = true,
                LinePart::Option('g', value) => file = Some(value),
                LinePart::Option(letter, value) => options.set(letter, text(&value))?,
                // alsaloop continues with a wrong option.
                LinePart::Wrong(error) => plain::print_error(&error),
                LinePart::Argument(_) => {}
            }
        }
        match file {
            Some(file) if may_name_file => line.read_file(&file)?,
            Some(_) => return Err(failed("A configuration file cannot name another one\n")),
            None => line.jobs.push(options),
        }
        Ok(line)
    }

    /// Adds the loops of a configuration file: one in each line.
    fn read_file(&mut self, file: &OsString) -> Result<()> {
        let text = fs::read(file).map_err(|error| {
            let why = errno_text(error.raw_os_error().unwrap_or(libc::EIO));
            let file = file.display();
            failed(&format!(
                "Unable to open file '{file}': {why}\nUnable to parse arguments or configuration...\n"
            ))
        })?;
        for text in String::from_utf8_lossy(&text).lines() {
            let words = split(text);
            if words.is_empty() {
                continue;
            }
            let other = AlsaloopLine::read(&words, false)?;
            self.jobs.extend(other.jobs);
            self.help |= other.help;
            self.background |= other.background;
            self.logs_errors |= other.logs_errors;
        }
        match self.jobs.is_empty() {
            true => Err(failed("No loopback defined...\n")),
            false => Ok(()),
        }
    }
}

impl LoopOptions {
    fn new() -> LoopOptions {
        LoopOptions {
            capture: "hw:0,0".to_owned(),
            playback: "hw:0,0".to_owned(),
            capture_ctl: None,
            playback_ctl: None,
            spec: Spec {
                format: Format::S16_LE,
                rate: 48_000,
                channels: 2,
            },
            latency_micros: LATENCY_MICROS,
            latency_frames: None,
            seconds: None,
            corrects_drift: true,
            slave: SlaveMode::Auto,
            rate_shift: None,
            mixers: Vec::new(),
            buffer: None,
            period: None,
            oss_mixers: Vec::new(),
        }
    }

    fn set(&mut self, letter: char, value: String) -> Result<()> {
        let number = || c_int(&value).max(0).unsigned_abs();
        match letter {
            'P' => self.playback = value,
            'C' => self.capture = value,
            'X' => self.playback_ctl = Some(value),
            'Y' => self.capture_ctl = Some(value),
            'l' => self.latency_frames = Some(number()),
            't' => {
                self.latency_micros = number().max(MIN_LATENCY_MICROS);
                self.latency_frames = None;
            }
            'f' => self.spec.format = format(&value),
            'c' => self.spec.channels = number().clamp(1, 1024) as u32,
            'r' => self.spec.rate = number().clamp(4000, 768_000) as u32,
            's' => self.seconds = Some(number()).filter(|seconds| *seconds > 0),
            'S' => self.corrects_drift = !matches!(value.as_str(), "0" | "none"),
            'a' => {
                self.slave = match value.as_str() {
                    "1" | "on" => SlaveMode::On,
                    "2" | "off" => SlaveMode::Off,
                    _ => SlaveMode::Auto,
                }
            }
            'x' => self.rate_shift = Some(value),
            'm' => self.mixers.push(MixerLink::parse(&value)?),
            'O' => self.oss_mixers.push(oss_id(&value)),
            BUFFER => self.buffer = Some(number()).filter(|frames| *frames > 0),
            PERIOD => self.period = Some(number()).filter(|frames| *frames > 0),
            _ => {}
        }
        Ok(())
    }

    /// The requested latency in microseconds.
    pub(super) fn latency(&self) -> u64 {
        let micros = match self.latency_frames {
            Some(frames) => frames.saturating_mul(1_000_000) / u64::from(self.spec.rate),
            None => self.latency_micros,
        };
        micros.max(MIN_LATENCY_MICROS)
    }
}

fn format(name: &str) -> Format {
    Format::from_name(name).unwrap_or_else(|_| {
        plain::print_error("Unknown format, setting to default S16_LE\n");
        Format::S16_LE
    })
}

/// The words of a line of a configuration file: quotes keep spaces, and `#` begins a comment.
fn split(line: &str) -> Vec<OsString> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    for c in line.chars() {
        match (quote, c) {
            (Some(open), _) if c == open => quote = None,
            (None, '\'' | '"') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, '#') => break,
            (None, _) if c.is_whitespace() => words.extend(word.take()),
            _ => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words.into_iter().map(OsString::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_split_at_spaces_outside_quotes() {
        let words = split(" -C 'hw:My Card' -P\thw:\"1\",'' '' # -t 5");
        assert_eq!(words, ["-C", "hw:My Card", "-P", "hw:1,", ""]);
        assert!(split("  # -C hw:0").is_empty());
    }

    #[test]
    fn latencies_have_a_minimum() {
        let latency = |words: &[&str]| {
            let words: Vec<OsString> = words.iter().map(OsString::from).collect();
            AlsaloopLine::parse(&words).unwrap().jobs[0].latency()
        };
        assert_eq!(latency(&["-t", "0"]), 1000);
        assert_eq!(latency(&["-l", "4800"]), 100_000);
        assert_eq!(latency(&["-l", "48", "-t", "50000"]), 50_000);
    }
}
