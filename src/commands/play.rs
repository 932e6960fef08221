//! `aloud play`: files or standard input to a device.

use super::advice;
use super::args::{self, ConvertArgs, DecoderArgs, OnLostArgs, PcmArgs};
use super::keys::KeyTarget;
use super::signals::OnSignal;
use super::transfers::{self, TransferArgs};
use super::{Result, ui::Ui};
use aloud::audio::channel_map::ChannelMap;
use aloud::audio::error::{self, Error, Kind};
use aloud::audio::file::{Container, ReadOptions};
use aloud::audio::pcm::{Direction, Request};
use aloud::audio::playlist::{self, Opener, PlaylistOptions, ReplayGainMode};
use aloud::audio::spec::{Length, Spec};
use aloud::audio::spelling;
use aloud::audio::system::pcm_names::is_pcm;
use aloud::audio::transfer::{ChannelSplit, ConversionPolicy, Play, SpecOverride, TransferControl};
use clap::ValueEnum;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Play sound files or standard input
///
/// File types are detected by content: WAV, AU, VOC, FLAC, MP3, Ogg, AAC, ALAC, AIFF, CAF and Matroska. If ffmpeg is
/// installed, it decodes what aloud does not (WMA, HE-AAC, AC-3, WavPack, Monkey's Audio, videos …); a message says so.
///
/// A playlist (.m3u, .m3u8, .pls, .xspf, .cue) plays its entries; a folder, the audio files in it and its subfolders, in
/// natural order. With ffmpeg, http and https URLs play, too.
///
/// Files of the same sample format, rate and channels play without a gap. Damaged and missing files are reported and
/// skipped. With several files, --start, --end, --duration, --samples and the fades apply to each file.
///
/// Samples pass unchanged if the device supports their format, rate and channels. Otherwise they are converted, and a
/// message says how; --exact fails instead.
///
/// If standard input and standard error are a terminal, keys control the playback: Space pauses, left and right seek five
/// seconds, n and p go to the next and the previous file, + and - change the volume, q quits, ? lists them.
///
/// Seeking and --start are exact to the sample frame, and usually take less than 0.2 s, however long the file is. Matroska
/// and WebM are read up to the position the first time. Pipes, and most formats that only ffmpeg decodes (Monkey's Audio,
/// Musepack, RealMedia, Speex, WMA Pro and Lossless, HE-AAC), are decoded up to it; WMA, WavPack, True Audio, AC-3, DTS and
/// MPEG streams are not.
///
/// With several -D, all devices play the same sound together, each converted as the device needs it; with
/// --split-channels, the first device plays the first channels of the file, the next one those that follow, and so on: what
/// record -D A -D B records is played as it was. The devices start at the same moment if the kernel can link them, otherwise
/// they are aligned by the times at which they were started: then 30 ms of silence (100 ms with a plugin or sound server)
/// precede the sound, also after a pause or seek and before a file of another format. If the clock of another device is found
/// to run faster or slower than that of the first, its sound is resampled from then on. A device that has an underrun skips
/// what the others play meanwhile. All devices pause and seek together. The loss of one device ends the playback; with
/// --on-lost wait, the others keep playing and can seek, and it joins them when it is back. The latency of plugins and sound
/// servers is not known, so they are aligned less exactly.
///
/// INT, TERM and HUP stop at once, without playing what is queued. TSTP (Ctrl-Z) pauses until CONT.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Files, folders and playlists to play; - or none is standard input
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// File type (wav, mp3, raw, …); by default detected
    #[arg(short = 't', long = "file-type", value_name = "TYPE", value_parser = args::container)]
    file_type: Option<Container>,
    #[command(flatten)]
    decoder: DecoderArgs,
    /// Play each file as one channel, all at the same time; files of unknown type are raw samples
    #[arg(hide_short_help = true, short = 'I', long)]
    separate_channels: bool,
    /// Channel order of the files (FL,FR,FC,LFE,…)
    #[arg(hide_short_help = true, short = 'm', long = "channel-map", visible_alias = "chmap", value_name = "MAP", value_parser = channel_map, conflicts_with = "remix")]
    channel_map: Option<ChannelMap>,
    /// With several devices, play different channels on each, in order: equally many, or N,N,…
    #[arg(hide_short_help = true, long, value_name = "N,…", num_args = 0..=1, require_equals = true, value_delimiter = ',', value_parser = clap::value_parser!(u32).range(1..=1024), conflicts_with_all = ["channel_map", "remix"])]
    split_channels: Option<Vec<u32>>,
    /// With several devices, do not resample to correct drift between their clocks
    #[arg(hide_short_help = true, long)]
    no_drift: bool,
    /// Start at TIME (5, 0.5, 1m30s, 1:30)
    #[arg(long, value_name = "TIME", value_parser = args::time, allow_negative_numbers = true)]
    start: Option<Duration>,
    /// End at TIME, measured from the beginning of the file
    #[arg(long, value_name = "TIME", value_parser = args::time, allow_negative_numbers = true)]
    end: Option<Duration>,
    /// Repeat the list N times; 0 is forever
    #[arg(long = "loop", value_name = "N", default_value_t = 1, value_parser = rounds)]
    rounds: u32,
    /// Fade in over TIME
    #[arg(hide_short_help = true, long, value_name = "TIME", value_parser = args::time)]
    fade_in: Option<Duration>,
    /// Fade out over TIME before the end
    #[arg(hide_short_help = true, long, value_name = "TIME", value_parser = args::time)]
    fade_out: Option<Duration>,
    /// Apply ReplayGain tags; the gain is limited so that samples do not clip
    #[arg(
        hide_short_help = true,
        long,
        value_enum,
        value_name = "WHICH",
        default_value = "off"
    )]
    replaygain: ReplayGainArg,
    /// Warn if the device reports an implausible position
    #[arg(hide_short_help = true, long)]
    test_position: bool,
    /// Half buffers of tolerance for --test-position
    #[arg(hide_short_help = true, long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..))]
    test_coef: u32,
    #[command(flatten)]
    on_lost: OnLostArgs,
    #[command(flatten)]
    convert: ConvertArgs,
    #[command(flatten)]
    transfer: TransferArgs,
    #[command(flatten)]
    pcm: PcmArgs,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum ReplayGainArg {
    /// The same loudness for all tracks
    Track,
    /// The same loudness for all albums
    Album,
    Off,
}

impl Args {
    /// How several devices share the channels.
    fn split(&self) -> Option<ChannelSplit> {
        let widths = self.split_channels.clone()?;
        Some(match widths.is_empty() {
            true => ChannelSplit::Evenly,
            false => ChannelSplit::Widths(widths),
        })
    }

    /// What to open the devices with, whatever the files have. What describes raw samples says nothing about a device.
    fn forced(&self) -> SpecOverride {
        if self.file_type == Some(Container::Raw) {
            return SpecOverride::default();
        }
        let forced = self.pcm.open.forced();
        match self.split_channels.is_some() && self.separate_channels {
            true => SpecOverride {
                channels: None,
                ..forced
            },
            false => forced,
        }
    }

    /// What to play of each file, and how loud.
    fn playlist_options(&self, measure_peaks: bool) -> error::Result<PlaylistOptions> {
        if let (start, Some(end)) = (self.start.unwrap_or_default(), self.end)
            && end <= start
        {
            return Err(Error::new(Kind::Usage, "--end must be later than --start"));
        }
        Ok(PlaylistOptions {
            start: self.start.map(Length::Time),
            end: self.end.map(Length::Time),
            max_length: self.transfer.limit.length(),
            fade_in: self.fade_in.unwrap_or_default(),
            fade_out: self.fade_out.unwrap_or_default(),
            gain: self.convert.gain(),
            replay_gain: match self.replaygain {
                ReplayGainArg::Track => Some(ReplayGainMode::Track),
                ReplayGainArg::Album => Some(ReplayGainMode::Album),
                ReplayGainArg::Off => None,
            },
            plays: self.rounds,
            measure_peaks,
        })
    }
}

const EXAMPLES: &str = "\
Examples:
  aloud play song.wav
      play a file on the default device
  aloud play -D hw:1 one.wav two.wav
      play two files without a gap on card 1
  aloud play -D hw:1 -D pulse song.wav
      play a file on two devices, aligned
  aloud play -D hw:1 -D hw:2 --split-channels session.wav
      play what `aloud record -D hw:1 -D hw:2 session.wav` has recorded
  curl -s https://example.org/song.wav | aloud play
      play standard input
  aloud play -t raw -f S16_LE -r 48000 -c 2 take.raw
      play raw samples
  aloud play -d 30 song.wav
      play the first 30 seconds
  aloud play --start 1:00 --end 1:30 --fade-out 5 song.wav
      play from 1:00 to 1:30 and fade out over the last five seconds
  aloud play --json song.wav
      print events as JSON, one object per line";

#[inline(never)] // It has a name in src/startup.ld then.
pub fn run(ui: &mut Ui, mut args: Args) -> Result {
    check_devices(&args)?;
    let control = TransferControl::new()?;
    let (playlist_options, inputs) = (args.playlist_options(ui.json())?, openers(&args)?);
    args.pcm.resolve_all(ui, Direction::Playback)?;
    args.pcm.check_distinct()?;
    let request = Request {
        long_buffer: !args.pcm.open.has_sizes() && !inputs.iter().any(Opener::is_live),
        ..args.pcm.exact(Direction::Playback)
    };
    let policy = ConversionPolicy {
        forced: args.forced(),
        channel_map: args.channel_map.clone(),
        ..args.convert.policy()
    };
    let keys = args.transfer.reads_keys(reads_stdin(&args.files));
    let target = keys.then(|| KeyTarget::Playback(ui.legend()));
    let _guards = (args.transfer).prepare(ui, &control, &request, OnSignal::Abort, target)?;
    let play = Play {
        inputs,
        playlist_options,
        request,
        policy,
        timing: args.transfer.timing(),
        tstamp: args.pcm.tstamp(),
        fatal_xruns: args.transfer.fatal_errors,
        timeout: args.transfer.timeout(),
        realtime: args.transfer.realtime.choice(),
        test_position: args.test_position.then_some(args.test_coef),
        progress: args.transfer.progress(ui),
        on_lost: args.on_lost.on_lost,
        navigates: keys,
        speaker_test: None,
    };
    let others = args.pcm.others(&play.request);
    let sharing = (args.split(), !args.no_drift);
    transfers::play_on_all(ui, (play, others), sharing, (&control, Ui::event))
}

/// Whether the sound comes from standard input.
fn reads_stdin(files: &[PathBuf]) -> bool {
    files.is_empty() || files.iter().any(|path| path.as_os_str() == "-")
}

/// Rejects what the options that concern devices cannot mean.
fn check_devices(args: &Args) -> error::Result<()> {
    let devices = &args.pcm.devices;
    let several = match (devices.len(), &args.split_channels) {
        (1, Some(_)) => Some("--split-channels needs several devices: repeat -D"),
        (many, Some(widths)) if !widths.is_empty() && widths.len() != many => {
            Some("--split-channels=N,… needs a number for each device")
        }
        (2.., _) if args.transfer.timing().start.is_some() => {
            Some("--start-delay is for one device: several start together")
        }
        _ => None,
    };
    if let Some(message) = several {
        return Err(Error::new(Kind::Usage, message));
    }
    devices
        .iter()
        .try_for_each(|device| check_device(args, device))
}

/// Rejects `-D song.wav`, in which the device was forgotten.
fn check_device(args: &Args, device: &str) -> error::Result<()> {
    if !args.files.is_empty() || is_pcm(device) || !Path::new(device).is_file() {
        return Ok(());
    }
    let message = format!("-D selects a device, and '{device}' is a file");
    let hint = "name both, or only the file: aloud play -D DEVICE FILE";
    Err(Error::new(Kind::Usage, message).with_advice(advice::custom(hint)))
}

/// One opener per file, called when its turn comes.
fn openers(args: &Args) -> error::Result<Vec<Opener>> {
    let options = read_options(args)?;
    let files = files(args)?;
    if args.separate_channels {
        let files = channel_files(files, args.pcm.open.channels())?;
        return Ok(vec![playlist::channels_opener(files, options)]);
    }
    let mut found = Vec::new();
    for path in files {
        // Those that are missing are reported when their turn comes.
        found.extend(playlist::entries(&path));
    }
    Ok(playlist::entry_openers(found, options))
}

fn read_options(args: &Args) -> error::Result<ReadOptions> {
    let is_raw = args.file_type == Some(Container::Raw);
    let spec = args.pcm.open.spec().transpose()?;
    if is_raw && spec.is_none() {
        return Err(incomplete_raw_spec());
    }
    let raw = match spec {
        Some(spec) if args.separate_channels => Some(Spec {
            channels: 1,
            ..spec
        }),
        Some(spec) if is_raw => Some(spec),
        _ => None,
    };
    Ok(ReadOptions {
        container: args.file_type,
        raw,
        decoder: args.decoder.choice(),
        ..ReadOptions::default()
    })
}

fn incomplete_raw_spec() -> Error {
    let message = "raw samples need all of -f, -r and -c (or -f cd, cdr or dat)";
    Error::new(Kind::Usage, message).with_advice(advice::custom(
        "for example: aloud play -t raw -f S16_LE -r 48000 -c 2 FILE",
    ))
}

/// The files to play; `-` is standard input.
fn files(args: &Args) -> error::Result<Vec<PathBuf>> {
    let mut files = args.files.clone();
    if files.is_empty() {
        files.push("-".into());
    }
    files.iter().try_for_each(|path| check_expanded(path))?;
    let stdin = files.iter().filter(|path| path.as_os_str() == "-").count();
    if stdin > 1 {
        let message = "standard input (-) can be played only once";
        return Err(Error::new(Kind::Usage, message));
    }
    if stdin == 1 && std::io::stdin().is_terminal() {
        let error = Error::new(Kind::Usage, "standard input is a terminal");
        let hint = advice::custom("name a file, or pipe sound in: aloud play song.wav");
        return Err(error.with_advice(hint));
    }
    if args.rounds != 1
        && let Some(pipe) = files.iter().find(|path| is_pipe(path))
    {
        let pipe = pipe.display();
        let message = format!("'{pipe}' can be read only once, so --loop cannot repeat it");
        return Err(Error::new(Kind::Usage, message));
    }
    Ok(files)
}

/// Whether a file can be read only once. A missing file is reported when its turn comes.
fn is_pipe(path: &Path) -> bool {
    path.as_os_str() == "-" || std::fs::metadata(path).is_ok_and(|found| !found.is_file())
}

/// The file of each channel: those named or, from a single name, `NAME.0`, `NAME.1` … as `arecord -I` writes them.
fn channel_files(files: Vec<PathBuf>, channels: Option<u32>) -> error::Result<Vec<PathBuf>> {
    let count = channels.map_or(files.len(), |count| count as usize);
    match &files[..] {
        [base] if count > 1 => {
            let numbered = |index| {
                if let Some(numbered) = numbered_before_extension(base, index) {
                    return numbered;
                }
                let mut name = base.clone().into_os_string();
                name.push(format!(".{index}"));
                PathBuf::from(name)
            };
            Ok((0..count).map(numbered).collect())
        }
        _ if files.len() == count => Ok(files),
        _ => {
            let message = format!(
                "-I needs one file for each of {}, or one name for all; got {}",
                spelling::count(count, "channel"),
                spelling::count(files.len(), "file")
            );
            Err(Error::new(Kind::Usage, message))
        }
    }
}

/// `NAME-0.wav` for `NAME.wav`, as `aloud record -I` writes it, if there is such a file.
fn numbered_before_extension(base: &Path, index: usize) -> Option<PathBuf> {
    let mut name = base.file_stem()?.to_owned();
    name.push(format!("-{index}."));
    name.push(base.extension()?);
    Some(base.with_file_name(name)).filter(|path| path.exists())
}

/// Rejects a missing file whose name has what a shell would have expanded, or is an address that cannot be played.
fn check_expanded(path: &Path) -> error::Result<()> {
    let name = path.to_string_lossy();
    let is_other_url = |scheme: &str| {
        let known = ["http", "https", "file"];
        let is_word = scheme.chars().all(|c| c.is_ascii_alphanumeric());
        is_word && !known.iter().any(|known| scheme.eq_ignore_ascii_case(known))
    };
    let hint = match name.chars().next() {
        _ if name
            .split_once("://")
            .is_some_and(|url| is_other_url(url.0)) =>
        {
            "only http, https and file addresses can be played; pipe others: curl URL | aloud play"
        }
        Some('~') => "a shell does not expand ~ in quotes: write \"$HOME\"/… or omit the quotes",
        Some('$') => "a shell does not expand $ in single quotes: use double quotes",
        _ if name.contains(['*', '?']) || (name.contains('[') && name.contains(']')) => {
            "a shell does not expand * ? [ ] in quotes, or if no file matches"
        }
        _ => return Ok(()),
    };
    if path.exists() {
        return Ok(());
    }
    let message = format!("there is no file '{name}'");
    Err(Error::new(Kind::NotFound, message)
        .with_file(&name)
        .with_advice(advice::custom(hint)))
}

fn rounds(text: &str) -> std::result::Result<u32, String> {
    text.parse()
        .map_err(|_| format!("expected a whole number up to {}; 0 is forever", u32::MAX))
}

fn channel_map(text: &str) -> std::result::Result<ChannelMap, String> {
    ChannelMap::parse(text).map_err(|error| error.to_string())
}
