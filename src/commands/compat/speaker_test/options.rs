//! The command line.

use crate::commands::compat::c_number::{c_double, c_int};
use crate::commands::compat::getopt::{self, LinePart, Opt, flag, text, value};
use crate::commands::compat::stop::{Result, Stop};
use aloud::audio::format::Format;
use std::ffi::OsString;

const OPTIONS: &[Opt] = &[
    flag('h', "help"),
    value('D', "device"),
    value('r', "rate"),
    value('c', "channels"),
    value('f', "frequency"),
    value('F', "format"),
    value('b', "buffer"),
    value('p', "period"),
    value('P', "nperiods"),
    value('t', "test"),
    value('l', "nloops"),
    value('s', "speaker"),
    value('w', "wavfile"),
    value('W', "wavdir"),
    value('m', "chmap"),
    flag('X', "force-frequency"),
    value('S', "scale"),
    // As in the original, only the short one takes a value.
    flag(DEBUG, "debug"),
    value('d', NO_NAME),
];

/// `--debug` without its letter.
const DEBUG: char = '\u{1}';

/// The long name of an option that has only a letter: no word of a command line contains it.
const NO_NAME: &str = "\0";

const FORMATS: [Format; 10] = [
    Format::S8,
    Format::S16_LE,
    Format::S16_BE,
    Format::FLOAT_LE,
    Format::S24_3LE,
    Format::S24_3BE,
    Format::S24_LE,
    Format::S24_BE,
    Format::S32_LE,
    Format::S32_BE,
];

/// alsa-utils returns this for every failure.
pub(super) const FAILED: u8 = 1;

/// The periods of a buffer, unless the options give their number or length.
const PERIODS: u64 = 4;

const MAX_CHANNELS: i64 = 1024;

/// The longest period and buffer, in microseconds.
const MAX_MICROS: i64 = 1_000_000;

/// What the speakers play.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TestSound {
    Pink,
    Sine,
    Wav,
    /// The numbers of the frames.
    Pattern,
}

/// The options of the command line.
pub(super) struct SpeakerOptions {
    pub(super) device: String,
    pub(super) format: Format,
    pub(super) rate: u32,
    pub(super) channels: u32,
    pub(super) sound: TestSound,
    pub(super) frequency: f64,
    /// In percent of full scale.
    pub(super) scale: f64,
    /// 0 is the maximum.
    pub(super) buffer_micros: u64,
    /// 0 is a part of the buffer.
    pub(super) period_micros: u64,
    pub(super) periods: u64,
    /// 0 is endless.
    pub(super) loops: u64,
    /// The only channel to play.
    pub(super) speaker: Option<u32>,
    pub(super) wav_file: Option<String>,
    pub(super) wav_folder: String,
    any_frequency: bool,
    /// Whether to print the setup of the device.
    pub(super) debug: bool,
    /// The channel map to set.
    pub(super) channel_map: Option<String>,
}

impl SpeakerOptions {
    /// Returns `None` if the command line asks for help.
    pub(super) fn parse(words: &[OsString]) -> Result<Option<SpeakerOptions>> {
        let mut options = SpeakerOptions {
            device: "default".to_owned(),
            format: Format::S16_LE,
            rate: 48_000,
            channels: 1,
            sound: TestSound::Pink,
            frequency: 440.0,
            scale: 80.0,
            buffer_micros: 0,
            period_micros: 0,
            periods: PERIODS,
            loops: 0,
            speaker: None,
            wav_file: None,
            wav_folder: "/usr/share/sounds/alsa".to_owned(),
            any_frequency: false,
            debug: false,
            channel_map: None,
        };
        let (mut speaker, mut help) = (None, false);
        for part in getopt::parse("speaker-test", OPTIONS, words) {
            match part {
                LinePart::Option('h', _) => help = true,
                LinePart::Option('s', value) => speaker = Some(c_int(&text(&value))),
                LinePart::Option(letter, value) => options.set(letter, &text(&value))?,
                LinePart::Argument(_) => {}
                LinePart::Wrong(text) => {
                    return Err(failed(&format!("{text}Unknown option '?'\n")));
                }
            }
        }
        if help {
            return Ok(None);
        }
        let range = if options.any_frequency {
            (1.0, f64::MAX)
        } else {
            (30.0, 8000.0)
        };
        options.frequency = options.frequency.clamp(range.0, range.1);
        if let Some(number) = speaker {
            if !(1..=i64::from(options.channels)).contains(&number) {
                return Err(failed("Invalid parameter for -s option.\n"));
            }
            options.speaker = Some(number as u32 - 1);
        }
        Ok(Some(options))
    }

    fn set(&mut self, letter: char, value: &str) -> Result<()> {
        let within = |min: i64, max: i64| i64::from(unsigned(value)).clamp(min, max);
        match letter {
            'D' => self.device = value.to_owned(),
            'F' => self.format = format(value)?,
            'r' => self.rate = within(4000, 768_000) as u32,
            'c' => self.channels = within(1, MAX_CHANNELS) as u32,
            'f' => self.frequency = c_double(value),
            'b' => self.buffer_micros = within(0, MAX_MICROS) as u64,
            'p' => self.period_micros = within(0, MAX_MICROS) as u64,
            'P' => {
                let periods = c_int(value);
                if !(2..=1024).contains(&periods) {
                    return Err(failed(&format!("Invalid number of periods {periods}\n")));
                }
                self.periods = periods as u64;
            }
            't' => self.sound = sound(value)?,
            'l' => self.loops = c_int(value).unsigned_abs(),
            'w' => self.wav_file = Some(value.to_owned()),
            'W' => self.wav_folder = value.to_owned(),
            'X' => self.any_frequency = true,
            'd' | DEBUG => self.debug = true,
            'S' => self.scale = c_int(value).clamp(0, 100) as f64,
            'm' => self.channel_map = Some(value.to_owned()),
            _ => {}
        }
        Ok(())
    }
}

fn failed(text: &str) -> Stop {
    Stop::Failed(text.to_owned(), FAILED)
}

/// A number as C stores it in an `unsigned int`: a negative one becomes a high one.
fn unsigned(text: &str) -> u32 {
    c_int(text) as u32
}

fn format(name: &str) -> Result<Format> {
    let format = Format::from_name(name).ok();
    let known = format.filter(|format| FORMATS.contains(format));
    known.ok_or_else(|| {
        let shown = format.map_or("(null)".to_owned(), |format| format.to_string());
        failed(&format!("Format {shown} is not supported...\n"))
    })
}

fn sound(name: &str) -> Result<TestSound> {
    let first = name.chars().next();
    match (first, c_int(name)) {
        (Some('p'), _) | (Some('0'..='9'), 1) => Ok(TestSound::Pink),
        (Some('s'), _) | (Some('0'..='9'), 2) => Ok(TestSound::Sine),
        (Some('w'), _) | (Some('0'..='9'), 3) => Ok(TestSound::Wav),
        (Some('t'), _) | (Some('0'..='9'), 4) => Ok(TestSound::Pattern),
        _ => Err(failed(&format!("Invalid test type {name}\n"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_in_c() {
        assert_eq!(unsigned("-1"), u32::MAX);
    }

    #[test]
    fn values_out_of_range_become_the_nearest() {
        let words = ["-c", "5000", "-r1", "-f", "10", "-p", "9999999"].map(OsString::from);
        let options = SpeakerOptions::parse(&words).unwrap().unwrap();
        assert_eq!((options.channels, options.rate), (1024, 4000));
        assert_eq!(
            (options.frequency, options.period_micros),
            (30.0, 1_000_000)
        );
    }
}
