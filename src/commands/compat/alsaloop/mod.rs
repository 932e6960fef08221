//! alsaloop of alsa-utils 1.2.8. Where it differs on purpose, aloud-compat(7) says so.

use super::getopt::{self, LinePart, Opt, flag, text, value};
use super::stop::{Result, Stop, reason};
use crate::commands::signals::{self, OnSignal};
use crate::commands::ui::plain;
use aloud::audio::format::Format;
use aloud::audio::pcm::{Direction, Pcm, Request};
use aloud::audio::spec::{Length, Spec};
use aloud::audio::transfer::{self, Event, Loopback, OnLost, Realtime, TransferControl};
use std::ffi::OsString;
use std::time::Duration;

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
    value('A', "samplerate"),
    value('s', "seconds"),
    flag('b', "nblock"),
    value('S', "sync"),
    value('a', "slave"),
    value('T', "thread"),
    value('m', "mixer"),
    value('O', "ossmixer"),
    flag('e', "effect"),
    flag('v', "verbose"),
    flag('w', "workaround"),
    flag('U', "xrun"),
    value('W', "wake"),
    flag('z', "syslog"),
];

const HELP: &str = "\
Usage: alsaloop [OPTION]...

-h,--help      help
-g,--config    configuration file (one line = one job specified)
-d,--daemonize daemonize the main process and use syslog for errors
-P,--pdevice   playback device
-C,--cdevice   capture device
-X,--pctl      playback ctl device
-Y,--cctl      capture ctl device
-x,--prateshift playback 'PCM Rate Shift 100000' ascii ctl name
-l,--latency   requested latency in frames
-t,--tlatency  requested latency in usec (1/1000000sec)
-f,--format    sample format
-c,--channels  channels
-r,--rate      rate
-n,--resample  resample in alsa-lib
-A,--samplerate use converter (0=sincbest,1=sincmedium,2=sincfastest,
                               3=zerohold,4=linear)
-B,--buffer    buffer size in frames
-E,--period    period size in frames
-s,--seconds   duration of loop in seconds
-b,--nblock    non-block mode (very early process wakeup)
-S,--sync      sync mode(0=none,1=simple,2=captshift,3=playshift,4=samplerate,
                         5=auto)
-a,--slave     stream parameters slave mode (0=auto, 1=on, 2=off)
-T,--thread    thread number (-1 = create unique)
-m,--mixer	redirect mixer, argument is:
		    SRC_SLAVE_ID(PLAYBACK)[@DST_SLAVE_ID(CAPTURE)]
-O,--ossmixer	rescan and redirect oss mixer, argument is:
		    ALSA_ID@OSS_ID  (for example: \"Master@VOLUME\")
-e,--effect    apply an effect (bandpass filter sweep)
-v,--verbose   verbose mode (more -v means more verbose)
-w,--workaround use workaround (serialopen)
-U,--xrun      xrun profiling
-W,--wake      process wake timeout in ms
-z,--syslog    use syslog for errors

Recognized sample formats are: S8 U8 S16_LE S16_BE U16_LE U16_BE S24_LE S24_BE U24_LE U24_BE S32_LE S32_BE U32_LE U32_BE FLOAT_LE FLOAT_BE FLOAT64_LE FLOAT64_BE IEC958_SUBFRAME_LE IEC958_SUBFRAME_BE MU_LAW A_LAW IMA_ADPCM MPEG GSM S20_LE S20_BE U20_LE U20_BE SPECIAL S24_3LE S24_3BE U24_3LE U24_3BE S20_3LE S20_3BE U20_3LE U20_3BE S18_3LE S18_3BE U18_3LE U18_3BE G723_24 G723_24_1B G723_40 G723_40_1B DSD_U8 DSD_U16_LE DSD_U32_LE DSD_U16_BE

Tip #1 (usable 500ms latency, good CPU usage, superb xrun prevention):
  alsaloop -t 500000
Tip #2 (superb 1ms latency, but heavy CPU usage):
  alsaloop -t 1000
";

/// The latency unless the options give one, in microseconds.
const LATENCY_MICROS: u64 = 10_000;

const FAILED: u8 = 1;

/// How the command line asks for the loop.
struct LoopOptions {
    capture: String,
    playback: String,
    spec: Spec,
    latency_micros: u64,
    latency_frames: Option<u64>,
    seconds: Option<u64>,
    corrects_drift: bool,
}

pub fn run(words: &[OsString]) -> Result<u8> {
    let mut options = LoopOptions {
        capture: "hw:0,0".to_owned(),
        playback: "hw:0,0".to_owned(),
        spec: Spec {
            format: Format::S16_LE,
            rate: 48_000,
            channels: 2,
        },
        latency_micros: LATENCY_MICROS,
        latency_frames: None,
        seconds: None,
        corrects_drift: true,
    };
    let mut help = false;
    for part in getopt::parse("alsaloop", OPTIONS, words) {
        match part {
            LinePart::Option('h', _) => help = true,
            LinePart::Option(letter, value) => options.set(letter, text(&value))?,
            // alsaloop goes on with a wrong option.
            LinePart::Wrong(error) => plain::print_error(&error),
            LinePart::Argument(_) => {}
        }
    }
    if help {
        plain::print(HELP)?;
        return Ok(0);
    }
    options.run()
}

impl LoopOptions {
    fn set(&mut self, letter: char, value: String) -> Result<()> {
        let number = || value.trim().parse::<u64>().unwrap_or(0);
        match letter {
            'P' => self.playback = value,
            'C' => self.capture = value,
            'l' => self.latency_frames = Some(number()),
            't' => (self.latency_micros, self.latency_frames) = (number().max(1), None),
            'f' => match Format::from_name(&value) {
                Ok(format) => self.spec.format = format,
                Err(_) => {
                    plain::print_error("Unknown format, setting to default S16_LE\n");
                    self.spec.format = Format::S16_LE;
                }
            },
            'c' => self.spec.channels = number().clamp(1, 1024) as u32,
            'r' => self.spec.rate = number().clamp(4000, 768_000) as u32,
            's' => self.seconds = Some(number()).filter(|seconds| *seconds > 0),
            'S' => self.corrects_drift = !matches!(value.as_str(), "0" | "none"),
            'g' | 'd' | 'X' | 'Y' | 'x' | 'a' | 'm' | 'O' | 'e' => {
                let text = format!(
                    "alsaloop: -{letter} is not supported (aloud in the place of alsaloop)\n"
                );
                return Err(Stop::Failed(text, FAILED));
            }
            _ => {}
        }
        Ok(())
    }

    fn run(self) -> Result<u8> {
        let request = |device: &str, direction| Request::exact(device, direction, self.spec);
        let capture = request(&self.capture, Direction::Capture);
        let playback = request(&self.playback, Direction::Playback);
        for (what, request) in [("playback", &playback), ("capture", &capture)] {
            Pcm::probe(request).map_err(|error| {
                let device = &request.device;
                let text = format!("{what} {device} open error: {}\n", reason(&error));
                failed(&text)
            })?;
        }
        let control = TransferControl::new().map_err(|error| failed(&format!("{error}\n")))?;
        if signals::steer(&control, OnSignal::Abort).is_err() {
            return Err(failed("Cannot catch signals\n"));
        }
        let rate = u64::from(self.spec.rate);
        let micros = match self.latency_frames {
            Some(frames) => frames * 1_000_000 / rate,
            None => self.latency_micros,
        };
        let loopback = Loopback {
            capture,
            playback,
            latency: Some(Duration::from_micros(micros)),
            limit: self.seconds.map(|seconds| Length::Frames(seconds * rate)),
            correct_drift: self.corrects_drift,
            on_sound: None,
            before_start: None,
            after_stop: None,
            fatal_xruns: false,
            timeout: None,
            on_lost: OnLost::Fail,
            realtime: Realtime::Auto,
            progress: None,
        };
        let (capture, playback) = (&self.capture, &self.playback);
        let outcome = transfer::loopback(loopback, &control, &mut |event| match event {
            Event::Failed(error) => plain::print_error(&format!("{error}\n")),
            Event::Xrun { side, .. } => plain::print_error(&xrun_text(*side, capture, playback)),
            _ => {}
        });
        match outcome.error {
            Some(_) => Ok(FAILED),
            None => Ok(0),
        }
    }
}

fn xrun_text(side: Option<Direction>, capture: &str, playback: &str) -> String {
    match side {
        Some(Direction::Playback) => format!("underrun for playback {playback}\n"),
        _ => format!("overrun for capture {capture}\n"),
    }
}

fn failed(text: &str) -> Stop {
    Stop::Failed(format!("{text}Loopback initialization failure.\n"), FAILED)
}
