//! `aloud loopback`: from a capture device to a playback device.

use super::Result;
use super::advice;
use super::args::{self, LimitArgs, OnLostArgs, OpenArgs, RealtimeArgs};
use super::signals::{self, OnSignal};
use super::transfers::{Listener, limit_of};
use super::ui::{Ui, VuMeter};
use aloud::audio::advice::{Advice, DeviceAdvice};
use aloud::audio::dsp::sound::OnSound;
use aloud::audio::error::{Error, Kind};
use aloud::audio::mixer::{ControlAddress, Follower, MixerDevice};
use aloud::audio::pcm::Direction;
use aloud::audio::system::selector::select_card;
use aloud::audio::transfer::{self, Event, Hook, Loopback, TransferControl};
use clap::ArgAction;
use std::process::{Command, Stdio};
use std::time::Duration;

/// Play what another device captures
///
/// Both devices are opened with the same format, rate and channels: S16_LE, 48000 Hz and 2 channels unless -f, -r and -c
/// say otherwise. Samples pass unchanged while both clocks run at the same speed. Drift is reported and corrected by
/// resampling. Xruns are reported, with the number of lost frames.
///
/// INT, TERM and HUP stop it. TSTP (Ctrl-Z) pauses it until CONT.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Device to capture from: a PCM name, or part of a card's name
    #[arg(short = 'C', long, value_name = "NAME", default_value = "default", action = ArgAction::Append)]
    capture: Vec<String>,
    /// Device to play on: a PCM name, or part of a card's name
    #[arg(short = 'P', long, value_name = "NAME", default_value = "default", action = ArgAction::Append)]
    playback: Vec<String>,
    /// Latency from input to output (20ms, 0.1)
    ///
    /// At least two periods; by default four periods, and more after xruns
    #[arg(long, value_name = "TIME", value_parser = args::time)]
    latency: Option<Duration>,
    #[command(flatten)]
    limit: LimitArgs,
    #[command(flatten)]
    on_lost: OnLostArgs,
    /// Do not correct clock drift by resampling
    ///
    /// Drift then causes xruns
    #[arg(long)]
    no_drift: bool,
    /// Play only while there is sound (above DBFS)
    ///
    /// Sound is anything but digital silence, or anything above a level (--on-sound=-60). After two seconds without sound,
    /// the playback device is closed
    #[arg(long, value_name = "DBFS", num_args = 0..=1, require_equals = true, value_parser = args::level)]
    on_sound: Option<Option<f64>>,
    /// Command to run with sh each time before playback starts
    #[arg(hide_short_help = true, long, value_name = "CMD")]
    run_before_start: Option<String>,
    /// Command to run with sh each time after playback has stopped
    #[arg(hide_short_help = true, long, value_name = "CMD")]
    run_after_stop: Option<String>,
    /// Copy volume changes of this mixer control to --output-mixer: Capture, or Capture:CARD
    #[arg(
        hide_short_help = true,
        long,
        value_name = "CTL[:CARD]",
        requires = "output_mixer"
    )]
    input_mixer: Option<String>,
    /// Mixer control that follows --input-mixer: Master, or Master:CARD
    #[arg(
        hide_short_help = true,
        long,
        value_name = "CTL[:CARD]",
        requires = "input_mixer"
    )]
    output_mixer: Option<String>,
    /// Show levels even without a terminal (mono: the loudest channel; stereo: each)
    #[arg(
        short = 'V',
        long,
        hide_possible_values = true,
        value_name = "TYPE",
        value_enum
    )]
    vumeter: Option<VuMeter>,
    /// Stop with status 7 if a device takes or delivers no data for this long (0: never)
    #[arg(hide_short_help = true, long, value_name = "TIME", value_parser = args::time, default_value = "5s")]
    timeout: Duration,
    #[command(flatten)]
    realtime: RealtimeArgs,
    /// Stop at the first xrun, with status 8
    #[arg(hide_short_help = true, long)]
    fatal_errors: bool,
    #[command(flatten)]
    open: OpenArgs,
}

const EXAMPLES: &str = "\
Examples:
  aloud loopback -C hw:1 -P hw:0
      play on card 0 what card 1 captures, until Ctrl-C
  aloud loopback -C hw:1 -P hw:0 --period-size 64
      reduce the latency
  aloud loopback -C hw:1 -P hw:0 --on-sound --run-before-start 'amp on' --run-after-stop 'amp off'
      switch an amplifier on while there is sound
  aloud loopback -C hw:1 -P hw:0 --input-mixer Capture:1 --output-mixer Master:0
      let the volume of card 0 follow the capture volume of card 1
  aloud loopback --json -C hw:1 -P hw:0
      print latency, drift and xruns every second as JSON";

pub fn run(ui: &mut Ui, args: Args) -> Result {
    let mut capture = last_device(ui, "-C", &args.capture);
    let mut playback = last_device(ui, "-P", &args.playback);
    args::resolve(ui, &mut capture, Direction::Capture)?;
    args::resolve(ui, &mut playback, Direction::Playback)?;
    let follower = match (&args.input_mixer, &args.output_mixer) {
        (Some(from), Some(to)) => Some(Follower::start(
            control_address(from)?,
            control_address(to)?,
        )?),
        _ => None,
    };
    let control = TransferControl::new()?;
    // The command that runs at the end may take its time.
    let on_signal = match args.run_after_stop {
        Some(_) => OnSignal::Finish,
        None => OnSignal::Abort,
    };
    signals::steer(&control, on_signal)?;
    let loopback = Loopback {
        capture: args.open.exact_or_default(&capture, Direction::Capture),
        playback: args.open.exact_or_default(&playback, Direction::Playback),
        latency: args.latency,
        limit: args.limit.length(),
        correct_drift: !args.no_drift,
        on_sound: args.on_sound.map(|above_dbfs| OnSound { above_dbfs }),
        before_start: args.run_before_start.map(hook),
        after_stop: args.run_after_stop.map(hook),
        fatal_xruns: args.fatal_errors,
        timeout: limit_of(args.timeout),
        realtime: args.realtime.choice(),
        on_lost: args.on_lost.on_lost,
        progress: ui.progress_interval(args.vumeter),
    };
    let mut listener = Listener::new(&control);
    let outcome = transfer::loopback(loopback, &control, &mut |event| {
        listener.check(match event {
            Event::Failed(error) => ui.event(&Event::Failed(without_exact(error))),
            event => ui.event(event),
        });
    });
    if let Some(Err(error)) = follower.map(Follower::stop) {
        ui.warning(&format!("the volume no longer follows: {error}"));
    }
    listener.exit(outcome, true)
}

/// The device that the last of several options names. Nobody who names several should believe that all are used.
fn last_device(ui: &Ui, option: &str, devices: &[String]) -> String {
    let last = devices.last().cloned().unwrap_or_default();
    if devices.len() > 1 {
        ui.warning(&format!("only the last {option} is used: '{last}'"));
    }
    last
}

/// The same error with hints that suit a command without --exact.
fn without_exact(error: &Error) -> Error {
    let plugin = error.advice().iter().find_map(|advice| match advice {
        Advice::Device(DeviceAdvice::OpenPlugin { name, .. }) => Some(name),
        _ => None,
    });
    match plugin {
        Some(name) => {
            let hint = advice::custom(format!("open '{name}', which converts"));
            error.clone().without_advice().with_advice(hint)
        }
        None => error.clone(),
    }
}

/// `Master`, or `Master:CARD`.
fn control_address(text: &str) -> Result<ControlAddress> {
    let (control, mixer) = match text.rsplit_once(':') {
        Some((control, card)) => (control, MixerDevice::Card(select_card(card)?)),
        None => (text, MixerDevice::from("default")),
    };
    Ok(ControlAddress {
        mixer,
        control: control.to_owned(),
    })
}

/// Runs a command in the shell. Its output goes to stderr, since stdout may carry events.
fn hook(command: String) -> Hook {
    Box::new(move || {
        let run = Command::new("sh")
            .args(["-c", &command])
            .stdin(Stdio::null())
            .stdout(std::io::stderr())
            .status();
        let reason = match run {
            Ok(status) if status.success() => return Ok(()),
            Ok(status) => format!("failed: {status}"),
            Err(error) => format!("cannot be run: {error}"),
        };
        let message = format!("the command '{command}' {reason}");
        Err(Error::new(Kind::Internal, message))
    })
}
