//! `aloud mixer set`: changes a control, or many of them from a file.

use super::batch;
use super::setter::{SetOutcome, Setter};
use super::words::SetOptions;
use crate::commands::{Exit, Result, args, args::CtlArgs, server_timeout, ui::Ui};
use aloud::audio::direction::Direction;
use aloud::audio::error::Error;
use aloud::audio::mixer::ChannelSelection;
use std::path::PathBuf;
use std::time::Duration;

/// Change a control
///
/// A VALUE is a volume: 40% (of the raw range), 40 (raw steps) or -12dB; with + or - for a relative change (5%+, +5%, -5%,
/// 3dB-). Or it is mute, unmute, toggle, on, off, cap or nocap (capture on or off), or an item of an enumerated control,
/// by name or number. Several separated by commas are one per channel (10%,90% or cap,nocap). Channels (front-left,
/// front-right, front, rear, center, woofer, side, all) and playback or capture apply to the values after them.
///
/// All values are checked before anything is changed. A relative change moves each channel from its own value, by at
/// least one step, and stops at the end of the range. If a control has both playback and capture, playback is changed
/// unless capture is given.
///
/// Prints the control like `aloud mixer get`, unless --quiet is given. With --json: that object (with --batch, one per
/// line).
#[derive(clap::Args)]
#[command(
    override_usage = "aloud mixer set [OPTIONS] <CONTROL> <VALUE>...\n       aloud mixer set [OPTIONS] --batch <FILE>",
    after_help = EXAMPLES
)]
pub struct Args {
    /// The control, as printed by `aloud mixers`
    #[arg(
        value_name = "CONTROL",
        required_unless_present = "batch",
        conflicts_with = "batch"
    )]
    control: Option<String>,
    /// The new value
    #[arg(value_name = "VALUE", required_unless_present = "batch")]
    values: Vec<String>,
    #[command(flatten)]
    ctl: CtlArgs,
    /// Change playback
    #[arg(long, group = "direction", help_heading = "Mixer options")]
    playback: bool,
    /// Change capture
    #[arg(long, group = "direction", help_heading = "Mixer options")]
    capture: bool,
    /// Change only this channel, counted from 0
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(0..32), help_heading = "Mixer options")]
    channel: Option<u32>,
    /// Use alsamixer's mapped (perceptual) percentages
    #[arg(short = 'M', long, help_heading = "Mixer options")]
    mapped: bool,
    /// Fade to the volume over TIME, for example 2s
    #[arg(long, value_name = "TIME", value_parser = args::time, help_heading = "Mixer options")]
    over: Option<Duration>,
    /// Read changes from a file (- is standard input), one per line: CONTROL VALUE...; # starts a comment
    #[arg(long, value_name = "FILE", help_heading = "Mixer options")]
    batch: Option<PathBuf>,
}

const EXAMPLES: &str = "\
Examples:
  aloud mixer set Master 40%
      set all channels
  aloud mixer set Master 5%+ unmute
      raise the volume and unmute
  aloud mixer set Master 10%,90%
      set left and right
  aloud mixer set Master -12dB
      set the volume in dB
  aloud mixer set Master 40% --over 2s
      fade to a volume
  aloud mixer set Capture toggle
      turn capture on or off
  aloud mixer set 'Input Source' Line
      choose an item
  printf '%s\\n' 'Master 40%' 'PCM 100% unmute' | aloud mixer set --batch -
      make many changes while the mixer is open";

pub fn run(ui: &mut Ui, args: Args) -> Result {
    server_timeout::limit_mixer_calls(ui)?;
    let mut setter = setter(&args)?;
    let control = match (&args.batch, &args.control) {
        (Some(file), _) => return batch::run(ui, setter, file),
        (None, Some(control)) => control,
        (None, None) => return Err(Error::internal("a change without a control").into()),
    };
    match setter.set(ui, control, &args.values, !ui.quiet())? {
        SetOutcome::Done => Ok(Exit::Done),
        SetOutcome::Stopped(signal) => Ok(Exit::Signal(signal)),
    }
}

fn setter(args: &Args) -> Result<Setter> {
    let direction = match (args.playback, args.capture) {
        (true, _) => Some(Direction::Playback),
        (_, true) => Some(Direction::Capture),
        _ => None,
    };
    let options = SetOptions {
        direction,
        channels: args
            .channel
            .map_or(ChannelSelection::All, ChannelSelection::One),
        mapped: args.mapped,
    };
    Setter::new(args.ctl.mixer_device()?, options, args.over)
}
