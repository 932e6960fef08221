//! `aloud info`: the configuration or capabilities of a PCM, or a description of sound files.

use super::args::{DecoderArgs, PcmArgs, default_device};
use super::{Exit, Result, advice, ui, ui::Ui};
use aloud::audio::error::{self, Error, Kind};
use aloud::audio::file::{self, Description, Input, ReadOptions};
use aloud::audio::pcm::{Direction, ParamRange, Pcm, Probe, Request};
use aloud::audio::playlist::{Entry, Place, is_playlist};
use aloud::audio::spelling::count;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};

/// Show a PCM's configuration or capabilities, or describe files
///
/// Opens the PCM as pyalsaaudio does, with 44100 Hz, 2 channels, S16_LE and 4 periods of 32 frames unless options say
/// otherwise. The nearest values that the device supports are taken; a warning reports each difference.
///
/// With --json, prints one object with the keys of pyalsaaudio's PCM.info(), in the same order. With --probe, its keys
/// are name, formats, channels, channel_range, rates, rate_range, period_size, buffer_size, periods and access. Ranges
/// have min and max.
///
/// With files, prints container, codec, sample format, rate, channels, frames, duration, tags, cue points and loops,
/// as far as the file headers contain them. With --json, prints an array of objects with name, container, codec, spec,
/// frames, seconds, bit_rate (bits per second), tags, cues, loops, cover (mime_type and bytes) and decoder (the program
/// that decodes the file, if it is not aloud); unknown values are null. A tag with several values is a list.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Sound files to describe instead of a PCM; - is standard input
    #[arg(
        value_name = "FILE",
        conflicts_with_all = ["capture", "playback", "probe", "dump", "card", "tstamp_mode", "tstamp_type"]
    )]
    files: Vec<PathBuf>,
    #[command(flatten)]
    decoder: DecoderArgs,
    /// Open for capture
    #[arg(short = 'C', long)]
    capture: bool,
    /// Open for playback (the default)
    #[arg(short = 'P', long, conflicts_with = "capture")]
    playback: bool,
    /// Show what the device supports
    #[arg(long, conflicts_with = "dump")]
    probe: bool,
    /// Print the 26 lines of pyalsaaudio's dumpinfo()
    #[arg(long)]
    dump: bool,
    #[command(flatten)]
    pcm: PcmArgs,
}

const EXAMPLES: &str = "\
Examples:
  aloud info
      show the default device's configuration
  aloud info -D hw:0 -r 48000 -f S32_LE --json
      show the configuration for a rate and format as JSON
  aloud info -D hw:0 --probe
      show which formats, channels, rates and sizes a device supports
  aloud info -C --probe
      show the same for capture
  aloud info song.flac --json
      describe a file as JSON";

pub fn run(ui: &mut Ui, mut args: Args) -> Result {
    if !args.files.is_empty() {
        check_alone(&args)?;
        return describe_files(ui, &args);
    }
    if args.dump && ui.json() {
        let error = Error::new(Kind::Usage, "pyalsaaudio's dumpinfo() has no JSON");
        let hint = advice::custom("omit --dump: `aloud info --json` has the same facts");
        return Err(error.with_advice(hint).into());
    }
    let direction = if args.capture {
        Direction::Capture
    } else {
        Direction::Playback
    };
    args.pcm.resolve(ui, direction)?;
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
    warn_about_differences(ui, &pcm);
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

/// Rejects device options beside files. ALOUD_DEVICE does not count.
fn check_alone(args: &Args) -> Result<()> {
    let default = default_device().unwrap_or_else(|| "default".to_owned());
    let is_device_given = args.pcm.device() != default;
    if is_device_given || args.pcm.open.is_any_given() {
        let message = "device and format options do not apply to files";
        return Err(Error::new(Kind::Usage, message).into());
    }
    let terminal =
        args.files.iter().any(|path| path.as_os_str() == "-") && std::io::stdin().is_terminal();
    if terminal {
        return Err(Error::new(Kind::Usage, "standard input is a terminal").into());
    }
    Ok(())
}

/// Describes all readable files. The first unreadable one decides the exit status.
fn describe_files(ui: &Ui, args: &Args) -> Result {
    let options = ReadOptions {
        decoder: args.decoder.choice(),
        ..ReadOptions::default()
    };
    let (mut found, mut failed) = (Vec::new(), None);
    for path in &args.files {
        match describe(path, &options) {
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

fn describe(path: &Path, options: &ReadOptions) -> error::Result<Description> {
    match Entry::of_path(path.to_owned()).place {
        Place::Url(url) => file::describe_url(&url, options),
        Place::File(path) if is_playlist(&path) => {
            let why = "is a playlist, not a sound file";
            let error = Error::invalid(&path.to_string_lossy(), why);
            Err(error.with_advice(advice::custom("`aloud play` plays its entries")))
        }
        Place::File(path) => file::describe(Input::open(&path)?, options),
        Place::Unplayable { name, kind, why } => Err(Error::new(kind, why).with_file(&name)),
    }
}

fn file_text(file: &Description) -> String {
    let at = |frame: u64| format!("{frame} ({})", ui::clock(file.spec.seconds(frame)));
    let mut rows = header_rows(file);
    rows.extend(
        file.tags
            .iter()
            .map(|(name, value)| (one_line(name), one_line(value))),
    );
    rows.extend(file.cover.iter().map(|cover| {
        let mime = cover.mime.as_deref().map_or("unknown type", |mime| mime);
        let size = cover
            .bytes
            .map(|bytes| format!(", {}", count(bytes, "byte")));
        let text = format!("{}{}", one_line(mime), size.unwrap_or_default());
        ("cover".to_owned(), text)
    }));
    rows.extend(file.cues.iter().map(|cue| {
        let label = cue.label.as_deref().map(one_line);
        let label = label.map_or(String::new(), |label| format!(" {label}"));
        ("cue".to_owned(), at(cue.frame) + &label)
    }));
    rows.extend(file.loops.iter().map(|section| {
        let plays = match section.plays {
            0 => "forever".to_owned(),
            plays => count(plays, "time"),
        };
        let text = format!(
            "{} to {}, {plays}",
            at(section.start_frame),
            at(section.end_frame)
        );
        ("loop".to_owned(), text)
    }));
    aligned(&rows)
}

/// What is known of every file.
fn header_rows(file: &Description) -> Vec<(String, String)> {
    let frames = file.frames.map(|frames| frames.to_string());
    let duration = file
        .seconds
        .map(|seconds| format!("{} ({seconds:.3} s)", ui::clock(seconds)));
    let bit_rate = file
        .bit_rate
        .map(|rate| format!("{} kbit/s", (rate + 500) / 1000));
    let rows = [
        ("name", Some(ui::escape_controls(&file.name).into_owned())),
        ("container", Some(file.container.to_owned())),
        ("codec", Some(codec_text(file))),
        ("spec", Some(file.spec.to_string())),
        ("frames", frames),
        ("duration", duration),
        ("bit rate", bit_rate),
    ];
    rows.into_iter()
        .map(|(name, value)| (name.to_owned(), value.unwrap_or_else(|| "unknown".into())))
        .collect()
}

fn codec_text(file: &Description) -> String {
    match file.decoder {
        Some(decoder) => format!("{} (decoded by {decoder})", file.codec),
        None => file.codec.clone(),
    }
}

/// Text that may have several lines, in one line.
fn one_line(text: &str) -> String {
    let lines: Vec<&str> = text.split(['\n', '\r']).map(str::trim).collect();
    lines.join(" / ")
}

/// Names and values in two columns.
fn aligned(rows: &[(String, String)]) -> String {
    let widths = rows.iter().map(|(name, _)| name.chars().count());
    let width = widths.max().unwrap_or(0).clamp(10, 24);
    rows.iter()
        .map(|(name, value)| format!("{name:<width$}  {value}\n"))
        .collect()
}

/// The dictionary as text, one key per line. The keys of call values lose their leading space.
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
    let rates: Vec<_> = probe.rates.iter().map(u32::to_string).collect();
    let span = |range: ParamRange| format!("{} to {}", range.min, range.max);
    let rows = [
        ("name", probe.name.clone()),
        ("formats", formats.join(" ")),
        ("channels", probe.channels_text()),
        (
            "rates",
            format!(
                "{} ({} to {} Hz)",
                rates.join(" "),
                probe.rate_range.min,
                probe.rate_range.max
            ),
        ),
        ("period size", format!("{} frames", span(probe.period_size))),
        ("buffer size", format!("{} frames", span(probe.buffer_size))),
        ("periods", span(probe.periods)),
        ("access", probe.access.join(" ")),
    ];
    rows.iter()
        .map(|(name, value)| format!("{name:<13}{value}\n"))
        .collect()
}

fn warn_about_differences(ui: &Ui, pcm: &Pcm) {
    let Request {
        format,
        rate,
        channels,
        ..
    } = pcm.request();
    let got = pcm.configuration();
    let compare = |what: &str, asked: String, got: String| {
        if asked != got {
            ui.warning(&format!("asked for {what} {asked}, got {got}"));
        }
    };
    compare("format", format.to_string(), got.spec.format.to_string());
    compare("rate", rate.to_string(), got.spec.rate.to_string());
    compare(
        "channels",
        channels.to_string(),
        got.spec.channels.to_string(),
    );
    for difference in pcm.size_differences() {
        ui.warning(&difference);
    }
}
