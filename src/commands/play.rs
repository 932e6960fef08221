//! `aloud play`: files or a pipe to a device.

use super::args::{self, PcmArgs};
use super::keys::Keys;
use super::pid_file::PidFile;
use super::signals::{self, Ending};
use super::{Result, playing, ui::Ui};
use aloud::audio::error::{Error, Kind};
use aloud::audio::file::playlist::Opener;
use aloud::audio::file::{self, Container, ReadOptions};
use aloud::audio::pcm::{ChannelMap, Direction, Length, Pcm};
use aloud::audio::spec::Spec;
use aloud::audio::transfer::{Control, Delay, Play, Timing};
use std::path::PathBuf;
use std::time::Duration;

/// Play sound files, or what comes through a pipe
///
/// What a file holds is found by its content. Its frames go to the device as they are: no padding, no lost tail,
/// no gap between files of one kind. What the device cannot do is refused, with what it can.
///
/// INT, TERM and HUP end it; what the device still holds is not played. TSTP (Ctrl-Z) pauses the sound until CONT.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Files to play; - or none is standard input
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// What the files must be (wav, raw …), instead of finding out
    #[arg(short = 't', long = "file-type", value_name = "TYPE", value_parser = args::container)]
    file_type: Option<Container>,
    /// Play at most this long of each file (5, 0.5, 1m30s, 1:30; 0 is all)
    #[arg(short, long, value_name = "TIME", value_parser = args::time, conflicts_with = "samples")]
    duration: Option<Duration>,
    /// Play at most this many frames of each file (0 is all)
    #[arg(short, long, value_name = "FRAMES")]
    samples: Option<u64>,
    /// Refuse what the device cannot do as it is, instead of converting
    #[arg(long)]
    exact: bool,
    /// Each file is one channel (raw samples unless they say otherwise); they play together
    #[arg(short = 'I', long)]
    separate_channels: bool,
    /// The order of the channels in the files (FL,FR,FC,LFE …)
    #[arg(short = 'm', long = "channel-map", visible_alias = "chmap", value_name = "MAP", value_parser = channel_map)]
    channel_map: Option<ChannelMap>,
    /// Start once this much is queued, in µs or with a unit; 0 or less counts from a full buffer
    #[arg(short = 'R', long, value_name = "TIME", value_parser = args::delay, allow_hyphen_values = true)]
    start_delay: Option<Delay>,
    /// Stop (an underrun) once this much is free, in µs or with a unit; 0 or less counts from a whole buffer
    #[arg(short = 'T', long, value_name = "TIME", value_parser = args::delay, allow_hyphen_values = true)]
    stop_delay: Option<Delay>,
    /// Wake once this much is free, in µs or with a unit
    #[arg(short = 'A', long, value_name = "TIME", value_parser = args::micros)]
    avail_min: Option<Duration>,
    /// Show levels even where there is no terminal: mono or stereo, as aplay
    #[arg(short = 'V', long, value_name = "TYPE", value_parser = ["mono", "stereo"])]
    vumeter: Option<String>,
    /// Warn where the device's own count of its frames cannot be right
    #[arg(long)]
    test_position: bool,
    /// How many half buffers are too far for --test-position
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..))]
    test_coef: u32,
    /// Space or Enter pauses and goes on, q ends
    #[arg(short, long)]
    interactive: bool,
    /// End at the first underrun, with status 8
    #[arg(long)]
    fatal_errors: bool,
    /// Write the process id here, and remove the file at the end
    #[arg(long, value_name = "FILE")]
    process_id_file: Option<PathBuf>,
    /// Print what the device can do before it plays
    #[arg(long)]
    dump_hw_params: bool,
    #[command(flatten)]
    pcm: PcmArgs,
}

const EXAMPLES: &str = "\
Examples:
  aloud play song.wav
      a file on the default device
  aloud play -D hw:1 one.wav two.wav
      two files without a gap on card 1, as they are
  curl -s https://example.org/song.wav | aloud play
      what comes through a pipe
  aloud play -t raw -f S16_LE -r 48000 -c 2 take.raw
      raw samples
  aloud play -d 30 song.wav
      the first half minute
  aloud play --json song.wav
      one JSON object for each thing that happens";

pub fn run(ui: &mut Ui, args: Args) -> Result {
    let control = Control::new()?;
    let inputs = openers(&args)?;
    let _pid_file = args
        .process_id_file
        .as_deref()
        .map(PidFile::write)
        .transpose()?;
    let request = args.pcm.exact(Direction::Playback);
    if args.dump_hw_params {
        ui.block(&Pcm::hw_params(&request)?);
    }
    signals::steer(&control, Ending::AtOnce)?;
    let _keys = args
        .interactive
        .then(|| Keys::steer(&control))
        .transpose()?;
    let play = Play {
        inputs,
        most: most(&args),
        request,
        forced: args.pcm.forced(),
        timing: Timing {
            start: args.start_delay,
            stop: args.stop_delay,
            avail_min: args.avail_min,
        },
        tstamp: args.pcm.tstamp(),
        channel_map: args.channel_map,
        fatal_xruns: args.fatal_errors,
        test_position: args.test_position.then_some(args.test_coef),
        progress: ui
            .shows_progress(args.vumeter.is_some())
            .then_some(playing::PROGRESS),
        turns: None,
    };
    playing::run(ui, play, &control, Ui::event)
}

/// What opens each file when its turn comes.
fn openers(args: &Args) -> aloud::audio::error::Result<Vec<Opener>> {
    let raw = args.file_type == Some(Container::Raw) || args.separate_channels;
    let spec = match args.pcm.spec() {
        Some(spec) => Some(spec?),
        None if args.file_type == Some(Container::Raw) => return Err(raw_needs_all_three()),
        None => None,
    };
    let mut options = ReadOptions {
        container: args.file_type,
        raw: if raw { spec } else { None },
    };
    let mut files = args.files.clone();
    if files.is_empty() {
        files.push("-".into());
    }
    if files.iter().filter(|path| path.as_os_str() == "-").count() > 1 {
        return Err(Error::new(
            Kind::Usage,
            "standard input (-) can be played only once",
        ));
    }
    if args.separate_channels {
        options.raw = spec.map(|spec| Spec {
            channels: 1,
            ..spec
        });
        let files = channel_files(files, args.pcm.channels())?;
        return Ok(vec![file::channels_opener(files, options)]);
    }
    Ok(files
        .into_iter()
        .map(|path| file::opener(path, options))
        .collect())
}

/// The file of each channel: as many as were named or, from one name, `NAME.0`, `NAME.1` … as `arecord -I` writes them.
fn channel_files(
    files: Vec<PathBuf>,
    channels: Option<u32>,
) -> aloud::audio::error::Result<Vec<PathBuf>> {
    let count = channels.map_or(files.len(), |count| count as usize);
    match &files[..] {
        [base] if count > 1 => {
            let named = |index| {
                let mut name = base.clone().into_os_string();
                name.push(format!(".{index}"));
                PathBuf::from(name)
            };
            Ok((0..count).map(named).collect())
        }
        _ if files.len() == count => Ok(files),
        _ => {
            let message = format!(
                "{count} channels in separate files need {count} names, or one; there are {}",
                files.len()
            );
            Err(Error::new(Kind::Usage, message))
        }
    }
}

fn raw_needs_all_three() -> Error {
    Error::new(
        Kind::Usage,
        "raw sound does not say what it is: -f, -r and -c are all needed (or -f cd, cdr, dat)",
    )
    .with_hint("for example: aloud play -t raw -f S16_LE -r 48000 -c 2 FILE")
}

fn most(args: &Args) -> Option<Length> {
    let time = args
        .duration
        .filter(|time| !time.is_zero())
        .map(Length::Time);
    time.or(args
        .samples
        .filter(|frames| *frames > 0)
        .map(Length::Frames))
}

fn channel_map(text: &str) -> std::result::Result<ChannelMap, String> {
    ChannelMap::parse(text).map_err(|error| error.to_string())
}
