//! `aloud loopback`: from one device straight to another.

use super::args::{self, OpenArgs};
use super::signals::{self, OnSignal};
use super::{Exit, Result, ui::Ui};
use aloud::audio::error::{Error, Kind};
use aloud::audio::format::Format;
use aloud::audio::mixer::{ControlAddress, Follower, MixerDevice};
use aloud::audio::pcm::{Direction, Request};
use aloud::audio::spec::Length;
use aloud::audio::system::cards::find_card;
use aloud::audio::transfer::{self, EndReason, Hook, Loopback, OnSound, TransferControl};
use std::process::{Command, Stdio};
use std::time::Duration;

/// Pass on what one device captures to another that plays it
///
/// Every bit passes as it is while both devices keep the same time. Where their clocks differ, that is told, and
/// followed by resampling. What is lost is counted and told.
///
/// INT, TERM and HUP end it. TSTP (Ctrl-Z) pauses it until CONT.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The PCM to capture from, by alsa-lib's name
    #[arg(short = 'C', long, value_name = "NAME", default_value = "default")]
    capture: String,
    /// The PCM to play on
    #[arg(short = 'P', long, value_name = "NAME", default_value = "default")]
    playback: String,
    /// Time from input to output (20ms, 0.1); at least two periods; by default four, and more where xruns show that the machine needs it
    #[arg(long, value_name = "TIME", value_parser = args::time)]
    latency: Option<Duration>,
    /// End after this long (5, 0.5, 1m30s, 1:30; 0 is never)
    #[arg(short, long, value_name = "TIME", value_parser = args::time, conflicts_with = "samples")]
    duration: Option<Duration>,
    /// End after this many frames (0 is never)
    #[arg(short, long, value_name = "FRAMES")]
    samples: Option<u64>,
    /// Do not resample where the clocks differ: what becomes too much or too little is an xrun
    #[arg(long)]
    no_drift: bool,
    /// Play only while there is sound: all but digital silence, or what is above a level in dBFS (--on-sound=-60); two
    /// seconds without it close the playing device
    #[arg(long, value_name = "DBFS", num_args = 0..=1, require_equals = true, value_parser = level)]
    on_sound: Option<Option<f64>>,
    /// Run this with sh before it begins to play, each time
    #[arg(long, value_name = "CMD")]
    run_before_start: Option<String>,
    /// Run this with sh after it has played, each time
    #[arg(long, value_name = "CMD")]
    run_after_stop: Option<String>,
    /// Carry the volume of this mixer control over to the one of --output-mixer while it runs: Capture, or Capture:CARD
    #[arg(long, value_name = "CTL[:CARD]", requires = "output_mixer")]
    input_mixer: Option<String>,
    /// The control that follows: Master, or Master:CARD
    #[arg(long, value_name = "CTL[:CARD]", requires = "input_mixer")]
    output_mixer: Option<String>,
    /// Show levels even where there is no terminal: mono or stereo
    #[arg(short = 'V', long, value_name = "TYPE", value_parser = ["mono", "stereo"])]
    vumeter: Option<String>,
    /// End at the first xrun, with status 8
    #[arg(long)]
    fatal_errors: bool,
    #[command(flatten)]
    open: OpenArgs,
}

const EXAMPLES: &str = "\
Examples:
  aloud loopback -C hw:1 -P hw:0
      what card 1 hears, on card 0, until Ctrl-C
  aloud loopback -C hw:1 -P hw:0 --period-size 64
      the same, with less latency
  aloud loopback -C hw:1 -P hw:0 --on-sound --run-before-start 'amplifier on' --run-after-stop 'amplifier off'
      only while there is sound
  aloud loopback -C hw:1 -P hw:0 --input-mixer Capture:1 --output-mixer Master:0
      as loud as card 1 is set to record
  aloud loopback --json -C hw:1 -P hw:0
      latency, drift and xruns as one JSON object a second";

impl Args {
    fn most(&self) -> Option<Length> {
        let time = self.duration.filter(|time| !time.is_zero());
        let frames = self.samples.filter(|frames| *frames > 0);
        time.map(Length::Time).or(frames.map(Length::Frames))
    }

    /// S16_LE, 48000 Hz, two channels, unless told otherwise; the same for both.
    fn request(&self, device: &str, direction: Direction) -> Request {
        Request {
            format: self.open.sample_format().unwrap_or(Format::S16_LE),
            rate: self.open.rate().unwrap_or(48_000),
            channels: self.open.channels().unwrap_or(2),
            ..self.open.exact(device, direction)
        }
    }
}

pub fn run(ui: &mut Ui, args: Args) -> Result {
    let follower = match (&args.input_mixer, &args.output_mixer) {
        (Some(from), Some(to)) => Some(Follower::start(source(from)?, source(to)?)?),
        _ => None,
    };
    let control = TransferControl::new()?;
    // A hook that is to run at the end may take its time.
    let on_signal = match args.run_after_stop {
        Some(_) => OnSignal::Finish,
        None => OnSignal::Abort,
    };
    signals::steer(&control, on_signal)?;
    let loopback = Loopback {
        capture: args.request(&args.capture, Direction::Capture),
        playback: args.request(&args.playback, Direction::Playback),
        latency: args.latency,
        most: args.most(),
        follow_drift: !args.no_drift,
        on_sound: args.on_sound.map(|above_dbfs| OnSound { above_dbfs }),
        before_start: args.run_before_start.map(hook),
        after_stop: args.run_after_stop.map(hook),
        fatal_xruns: args.fatal_errors,
        progress: ui
            .shows_progress(args.vumeter.is_some())
            .then_some(Duration::from_secs(1)),
    };
    let mut unheard = None;
    let outcome = transfer::loopback(loopback, &control, &mut |event| {
        if let Err(error) = ui.event(event) {
            unheard.get_or_insert(error);
            control.stop(EndReason::Quit);
        }
    });
    if let Some(Err(error)) = follower.map(Follower::stop) {
        ui.warning(&format!(
            "the volume was not carried over any more: {error}"
        ));
    }
    match (outcome.end.why.signal(), outcome.error, unheard) {
        (Some(signal), _, _) => Ok(Exit::Signal(signal)),
        (None, Some(error), _) => Ok(Exit::Failed(error.kind())),
        (None, None, Some(error)) => Err(error.into()),
        (None, None, None) => Ok(Exit::Done),
    }
}

/// `Master`, or `Master:CARD`.
fn source(words: &str) -> Result<ControlAddress> {
    let (control, place) = match words.rsplit_once(':') {
        Some((control, card)) => (control, MixerDevice::Card(find_card(card)?)),
        None => (words, MixerDevice::from("default")),
    };
    Ok(ControlAddress {
        place,
        control: control.to_owned(),
    })
}

/// A command for the shell. What it prints goes to stderr: stdout carries the events.
fn hook(command: String) -> Hook {
    Box::new(move || {
        let run = Command::new("sh")
            .args(["-c", &command])
            .stdin(Stdio::null())
            .stdout(std::io::stderr())
            .status();
        let why = match run {
            Ok(status) if status.success() => return Ok(()),
            Ok(status) => format!("ended with {status}"),
            Err(error) => format!("did not run: {error}"),
        };
        let message = format!("the command '{command}' {why}");
        Err(Error::new(Kind::Internal, message))
    })
}

fn level(text: &str) -> std::result::Result<f64, String> {
    match text.parse::<f64>() {
        Ok(level) if (-200.0..=0.0).contains(&level) => Ok(level),
        _ => Err("a level is a number of dBFS from -200 to 0".into()),
    }
}
