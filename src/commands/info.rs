//! `aloud info`: opens a PCM and tells what it is, what it got, or what it can.

use super::args::PcmArgs;
use super::{Exit, Result, ui::Ui};
use aloud::audio::pcm::{Direction, Pcm, Probe, Request};

/// Open a PCM and tell what it got, or (--probe) what it can
///
/// Asks for 44100 Hz, two channels, S16_LE, four periods of 32 frames unless told otherwise, takes the nearest that the
/// device does, and warns where that is something else.
///
/// With --json: one object with the keys of pyalsaaudio's PCM.info(), in its order. With --probe it has name, formats,
/// channels, rates, rate_min, rate_max, period_size, buffer_size, periods and access.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
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
      the same for recording";

pub fn run(ui: &mut Ui, args: Args) -> Result {
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

/// The dictionary as text: a line each, the call values without their leading space.
fn info_text(pcm: &Pcm) -> Result<String> {
    let serde_json::Value::Object(entries) = serde_json::to_value(pcm.info()?)? else {
        return Ok(String::new());
    };
    let line = |(key, value): (&String, &serde_json::Value)| {
        let value = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        format!("{:<27} {value}\n", key.trim_start())
    };
    Ok(entries.iter().map(line).collect())
}

fn probe_text(probe: &Probe) -> String {
    let formats: Vec<_> = probe.formats.iter().map(|format| format.name()).collect();
    let bounds = |bounds: aloud::audio::pcm::Bounds| format!("{} to {}", bounds.min, bounds.max);
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
