//! `aloud play`: files or a pipe to a device.

use super::advice;
use super::args::{self, ConvertArgs, PcmArgs};
use super::signals::OnSignal;
use super::transfers::{self, TransferArgs};
use super::{Result, ui::Ui};
use aloud::audio::channel_map::ChannelMap;
use aloud::audio::error::{Error, Kind};
use aloud::audio::file::{Container, ReadOptions};
use aloud::audio::pcm::Direction;
use aloud::audio::playlist;
use aloud::audio::playlist::{Opener, PlaylistOptions, ReplayGainMode};
use aloud::audio::spec::Length;
use aloud::audio::spec::Spec;
use aloud::audio::transfer::{ConversionPolicy, Play, TransferControl};
use clap::ValueEnum;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Play sound files, or what comes through a pipe
///
/// What a file holds is found by its content: WAV, AU, VOC, FLAC, MP3, Ogg, AAC and ALAC, AIFF, CAF, Matroska. Its frames
/// go to the device as they are: no padding, no lost tail, no gap between files of one kind. A broken one is told and
/// left out. What the device cannot do as it is is converted, and one line says so; --exact refuses instead.
///
/// INT, TERM and HUP end it; what the device still holds is not played. TSTP (Ctrl-Z) pauses the sound until CONT.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Files to play; - or none is standard input
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// What the files must be (wav, flac, mp3, raw …), instead of finding out
    #[arg(short = 't', long = "file-type", value_name = "TYPE", value_parser = args::container)]
    file_type: Option<Container>,
    /// Each file is one channel (raw samples unless they say otherwise); they play together
    #[arg(short = 'I', long)]
    separate_channels: bool,
    /// The order of the channels in the files (FL,FR,FC,LFE …)
    #[arg(short = 'm', long = "channel-map", visible_alias = "chmap", value_name = "MAP", value_parser = channel_map, conflicts_with = "remix")]
    channel_map: Option<ChannelMap>,
    /// Where each file begins (5, 0.5, 1m30s, 1:30)
    #[arg(long, value_name = "TIME", value_parser = args::time)]
    start: Option<Duration>,
    /// Where each file ends, counted from its own beginning
    #[arg(long, value_name = "TIME", value_parser = args::time)]
    end: Option<Duration>,
    /// Play all files so often, without a gap between; 0 is for ever
    #[arg(long = "loop", value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(0..))]
    rounds: u32,
    /// Let each file begin silent and grow to its level for so long
    #[arg(long, value_name = "TIME", value_parser = args::time)]
    fade_in: Option<Duration>,
    /// Let each file fall silent for so long before its end
    #[arg(long, value_name = "TIME", value_parser = args::time)]
    fade_out: Option<Duration>,
    /// Make files as loud as their ReplayGain tags say, but not so loud that they clip
    #[arg(long, value_enum, value_name = "WHICH", default_value = "off")]
    replaygain: ReplayGainArg,
    /// Warn where the device's own count of its frames cannot be right
    #[arg(long)]
    test_position: bool,
    /// How many half buffers are too far for --test-position
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..))]
    test_coef: u32,
    #[command(flatten)]
    convert: ConvertArgs,
    #[command(flatten)]
    transfer: TransferArgs,
    #[command(flatten)]
    pcm: PcmArgs,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum ReplayGainArg {
    /// All tracks equally loud
    Track,
    /// All albums equally loud
    Album,
    Off,
}

impl Args {
    /// What is played of each file, and how loud.
    fn playlist_options(&self) -> aloud::audio::error::Result<PlaylistOptions> {
        if let (start, Some(end)) = (self.start.unwrap_or_default(), self.end)
            && end <= start
        {
            return Err(Error::new(Kind::Usage, "--end must be later than --start"));
        }
        Ok(PlaylistOptions {
            start: self.start.map(Length::Time),
            end: self.end.map(Length::Time),
            max_length: self.transfer.most(),
            fade_in: self.fade_in.unwrap_or_default(),
            fade_out: self.fade_out.unwrap_or_default(),
            gain: self.convert.factor(),
            replay_gain: match self.replaygain {
                ReplayGainArg::Track => Some(ReplayGainMode::Track),
                ReplayGainArg::Album => Some(ReplayGainMode::Album),
                ReplayGainArg::Off => None,
            },
            plays: self.rounds,
        })
    }
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
  aloud play --start 1:00 --end 1:30 --fade-out 5 song.wav
      the second half minute, its last five seconds falling silent
  aloud play --json song.wav
      one JSON object for each thing that happens";

pub fn run(ui: &mut Ui, args: Args) -> Result {
    let control = TransferControl::new()?;
    let (playlist_options, inputs) = (args.playlist_options()?, openers(&args)?);
    let request = args.pcm.exact(Direction::Playback);
    let policy = ConversionPolicy {
        forced: args.pcm.open.forced(),
        channel_map: args.channel_map.clone(),
        ..args.convert.policy()
    };
    let _guards = args
        .transfer
        .prepare(ui, &control, &request, OnSignal::Abort)?;
    let play = Play {
        inputs,
        playlist_options,
        request,
        policy,
        timing: args.transfer.timing(),
        tstamp: args.pcm.tstamp(),
        fatal_xruns: args.transfer.fatal_errors,
        test_position: args.test_position.then_some(args.test_coef),
        progress: args.transfer.progress(ui),
        speaker_test: None,
    };
    transfers::play(ui, play, &control, Ui::event)
}

/// What opens each file when its turn comes.
fn openers(args: &Args) -> aloud::audio::error::Result<Vec<Opener>> {
    let raw = args.file_type == Some(Container::Raw) || args.separate_channels;
    let spec = match args.pcm.open.spec() {
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
    if files.iter().any(|path| path.as_os_str() == "-") && std::io::stdin().is_terminal() {
        return Err(
            Error::new(Kind::Usage, "sound is not read from a terminal").with_advice(
                advice::custom("name a file, or pipe it in: aloud play song.wav"),
            ),
        );
    }
    if args.rounds != 1
        && let Some(pipe) = files.iter().find(|path| is_pipe(path))
    {
        let message = format!(
            "'{}' can be read only once, and --loop would play it again",
            pipe.display()
        );
        return Err(Error::new(Kind::Usage, message));
    }
    if args.separate_channels {
        options.raw = spec.map(|spec| Spec {
            channels: 1,
            ..spec
        });
        let files = channel_files(files, args.pcm.open.channels())?;
        return Ok(vec![playlist::channels_opener(files, options)]);
    }
    Ok(files
        .into_iter()
        .map(|path| playlist::opener(path, options))
        .collect())
}

/// Whether a file cannot be read twice. One that is not there is told when its turn comes.
fn is_pipe(path: &Path) -> bool {
    path.as_os_str() == "-" || std::fs::metadata(path).is_ok_and(|found| !found.is_file())
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
    .with_advice(advice::custom(
        "for example: aloud play -t raw -f S16_LE -r 48000 -c 2 FILE",
    ))
}

fn channel_map(text: &str) -> std::result::Result<ChannelMap, String> {
    ChannelMap::parse(text).map_err(|error| error.to_string())
}
