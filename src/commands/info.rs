//! `aloud info`: opens a PCM and tells what it is, what it got, or what it can; or tells what a sound file is.

use super::args::PcmArgs;
use super::{Exit, Result, ui, ui::Ui};
use aloud::audio::error::{Error, Kind};
use aloud::audio::file::{self, Description, Input, ReadOptions};
use aloud::audio::pcm::{Direction, Pcm, Probe, Request};
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};

/// Tell what a PCM got, what it can (--probe), or what a sound file is
///
/// With files: container, codec, format, frames and duration, tags, cue points and loops, from their headers. With
/// --json: an array of objects with name, container, codec, spec, frames, duration (seconds), bit_rate (bits a second),
/// tags, cues and loops; what a file does not tell is null.
///
/// Asks for 44100 Hz, two channels, S16_LE, four periods of 32 frames unless told otherwise, takes the nearest that the
/// device does, and warns where that is something else.
///
/// With --json: one object with the keys of pyalsaaudio's PCM.info(), in its order. With --probe it has name, formats,
/// channels, rates, rate_min, rate_max, period_size, buffer_size, periods and access.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Sound files to be told of instead of a PCM; - is standard input
    #[arg(
        value_name = "FILE",
        conflicts_with_all = ["capture", "playback", "probe", "dump", "card", "tstamp_mode", "tstamp_type"]
    )]
    files: Vec<PathBuf>,
    /// Open it for capture
    #[arg(short = 'C', long)]
    capture: bool,
    /// Open it for playback (the default)
    #[arg(short = 'P', long, conflicts_with = "capture")]
    playback: bool,
    /// Tell what the device can do instead
    #[arg(long, conflicts_with = "dump")]
    probe: bool,
    /// Print pyalsaaudio's dumpinfo() instead: 26 lines
    #[arg(long)]
    dump: bool,
    #[command(flatten)]
    pcm: PcmArgs,
}

const EXAMPLES: &str = "\
Examples:
  aloud info
      what the default device gives to a program that asks as pyalsaaudio does
  aloud info -D hw:0 -r 48000 -f S32_LE --json
      the same of a card, asked for something else, as JSON
  aloud info -D hw:0 --probe
      formats, channels, rates and sizes that it can do
  aloud info -C --probe
      the same for recording
  aloud info song.flac --json
      what is in a file";

pub fn run(ui: &mut Ui, args: Args) -> Result {
    if !args.files.is_empty() {
        check_alone(&args)?;
        return tell_files(ui, &args.files);
    }
    let direction = if args.capture {
        Direction::Capture
    } else {
        Direction::Playback
    };
    let request = args.pcm.nearest(direction);
    if args.probe {
        let probe = Pcm::probe(&request)?;
        if ui.json() {
            ui.document(&probe)?
        } else {
            ui.text(&probe_text(&probe))?
        }
        return Ok(Exit::Done);
    }
    let pcm = Pcm::open(request)?;
    if args.pcm.tstamp_mode.is_some() || args.pcm.tstamp_type.is_some() {
        let (mode, clock) = args.pcm.tstamp();
        pcm.set_tstamp_mode(mode)?;
        pcm.set_tstamp_type(clock)?;
    }
    warn_of_differences(ui, &pcm);
    ui.detail(pcm.dump()?.trim_end());
    if args.dump {
        ui.text(&pcm.dump_info()?)?;
    } else if ui.json() {
        ui.document(&pcm.info()?)?;
    } else {
        ui.text(&info_text(&pcm)?)?;
    }
    Ok(Exit::Done)
}

/// A device is one too many. That it is named in the environment does not matter.
fn check_alone(args: &Args) -> Result<()> {
    let usual = std::env::var("ALOUD_DEVICE");
    let named = args.pcm.device != usual.as_deref().unwrap_or("default");
    if named || args.pcm.open.is_any_named() {
        let message =
            "files are told of as they are: no device can be named with them, and no format";
        return Err(Error::new(Kind::Usage, message).into());
    }
    let terminal =
        args.files.iter().any(|path| path.as_os_str() == "-") && std::io::stdin().is_terminal();
    if terminal {
        return Err(Error::new(Kind::Usage, "sound is not read from a terminal").into());
    }
    Ok(())
}

/// Tells of each file that can be told of. The first of the others decides the status.
fn tell_files(ui: &Ui, files: &[PathBuf]) -> Result {
    let (mut found, mut failed) = (Vec::new(), None);
    for path in files {
        match describe(path) {
            Ok(description) if ui.json() => found.push(description),
            Ok(description) => {
                let gap = if found.is_empty() { "" } else { "\n" };
                ui.text(&format!("{gap}{}", file_text(&description)))?;
                found.push(description);
            }
            Err(error) => {
                ui.error(&error);
                failed.get_or_insert(error.kind());
            }
        }
    }
    if ui.json() {
        ui.document(&found)?;
    }
    Ok(failed.map_or(Exit::Done, Exit::Failed))
}

fn describe(path: &Path) -> std::result::Result<Description, Error> {
    file::describe(Input::open(path)?, &ReadOptions::default())
}

fn file_text(file: &Description) -> String {
    let mut lines = vec![
        ("name".to_owned(), file.name.clone()),
        ("container".to_owned(), file.container.to_owned()),
        ("codec".to_owned(), file.codec.clone()),
        ("spec".to_owned(), file.spec.to_string()),
    ];
    let mut known = |name: &str, value: Option<String>| {
        lines.push((
            name.to_owned(),
            value.unwrap_or_else(|| "not known".to_owned()),
        ));
    };
    known("frames", file.frames.map(|frames| frames.to_string()));
    known(
        "duration",
        file.duration
            .map(|seconds| format!("{} ({seconds:.3} s)", ui::clock(seconds))),
    );
    known(
        "bit rate",
        file.bit_rate
            .map(|rate| format!("{} kbit/s", (rate + 500) / 1000)),
    );
    let one_line = |text: &str| {
        text.split(['\n', '\r'])
            .map(str::trim)
            .collect::<Vec<_>>()
            .join(" / ")
    };
    let at = |frame: u64| format!("{frame} ({})", ui::clock(file.spec.seconds(frame)));
    lines.extend(
        file.tags
            .iter()
            .map(|(name, value)| (one_line(name), one_line(value))),
    );
    lines.extend(file.cues.iter().map(|cue| {
        let label = cue
            .label
            .as_deref()
            .map_or(String::new(), |label| format!(" {}", one_line(label)));
        ("cue".to_owned(), at(cue.frame) + &label)
    }));
    lines.extend(file.loops.iter().map(|stretch| {
        let plays = stretch
            .plays
            .map_or("without end".to_owned(), |plays| format!("{plays} times"));
        let text = format!("{} to {}, {plays}", at(stretch.start), at(stretch.end));
        ("loop".to_owned(), text)
    }));
    let width = lines
        .iter()
        .map(|(name, _)| name.chars().count())
        .max()
        .unwrap_or(0)
        .clamp(10, 24);
    let line = |(name, value): &(String, String)| format!("{name:<width$}  {value}\n");
    lines.iter().map(line).collect()
}

/// The dictionary as text: a line each, the call values without their leading space.
fn info_text(pcm: &Pcm) -> Result<String> {
    let info = serde_json::to_value(pcm.info()?).map_err(io::Error::from)?;
    let entries = info.as_object().into_iter().flatten();
    let line = |(key, value): (&String, &serde_json::Value)| {
        let value = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        format!("{:<27} {value}\n", key.trim_start())
    };
    Ok(entries.map(line).collect())
}

fn probe_text(probe: &Probe) -> String {
    let formats: Vec<_> = probe.formats.iter().map(|format| format.name()).collect();
    let bounds =
        |bounds: aloud::audio::pcm::ParamRange| format!("{} to {}", bounds.min, bounds.max);
    format!(
        "name         {}\nformats      {}\nchannels     {}\nrates        {} ({} to {} Hz)\nperiod size  {} frames\nbuffer size  {} frames\nperiods      {}\naccess       {}\n",
        probe.name,
        formats.join(" "),
        probe.channels_text(),
        probe
            .rates
            .iter()
            .map(u32::to_string)
            .collect::<Vec<_>>()
            .join(" "),
        probe.rate_min,
        probe.rate_max,
        bounds(probe.period_size),
        bounds(probe.buffer_size),
        bounds(probe.periods),
        probe.access.join(" "),
    )
}

fn warn_of_differences(ui: &Ui, pcm: &Pcm) {
    let Request {
        format,
        rate,
        channels,
        ..
    } = pcm.request();
    let got = pcm.configuration();
    let tell = |what: &str, asked: String, got: String| {
        if asked != got {
            ui.warning(&format!("asked for {what} {asked}, got {got}"));
        }
    };
    tell("format", format.to_string(), got.spec.format.to_string());
    tell("rate", rate.to_string(), got.spec.rate.to_string());
    tell(
        "channels",
        channels.to_string(),
        got.spec.channels.to_string(),
    );
    for difference in pcm.size_differences() {
        ui.warning(&difference);
    }
}
