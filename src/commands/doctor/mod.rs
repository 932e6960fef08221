//! `aloud doctor`: looks at the machine and says what to do next.

mod checks;
mod facts;
mod finding;
mod loop_names;
mod path;
mod text;
mod tones;

use super::{Exit, Result, args, ui::Ui};
use aloud::audio::error::Kind;
use facts::Facts;
use finding::{CheckReport, Verdict};
use loop_names::LoopNames;
use path::{Expect, LoopReport};
use schemars::JsonSchema;
use serde::Serialize;

/// Find out why there is no sound, and what to do about it
///
/// Looks at cards and drivers, permissions, alsa-lib's configuration, sound servers, what the default device stands for,
/// who uses the cards, and muted controls. One row per check: ✓ is fine, • is worth knowing, ✗ is a problem, ? is
/// unknown; below it is what to type next. Nothing is changed, and a server that hangs is reported, not waited for.
///
/// The exit status is 9 if there is a problem. -q prints only the problems, -v all details.
///
/// --loop plays a test signal of two seconds on one device while another records, and compares: latency, channels, level,
/// pitch, bits, distortion, noise. The cause of a difference is named: softvol, dmix, route, rate, dsp. For a virtual
/// cable (snd-aloop): --loop hw:Loopback,0,0,hw:Loopback,1,0. With -f, -r and -c it tests another format.
///
/// With --json: an object with problems (how many), checks, an array of objects with check, looks_at, verdict (ok, note,
/// problem, unknown), finding, advice and details, and loop: null, or the measurements of --loop. These are output, input,
/// format, rate, channels, output_plugins, input_plugins, xruns, latency_frames, latency_ms, arrival_frames (in the
/// recording), cause (none, silence, other_sound, route, pitch, clocks, lost_frames, gain, low_bits, added_sound,
/// resampling, filter, distortion, unknown), pitch_ppm, lost_frames, bits (frames, different_samples, low_bits and
/// first_difference: frame, channel_index, bit, sent, received) and, per received channel, source_channels, gains_db (from each
/// sent channel), inverted, compression_db, thd_n_db, noise_dbfs and response_db. Channels are counted from 0.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Device to check instead of default: a PCM name
    #[arg(short = 'D', long, value_name = "NAME")]
    device: Option<String>,
    /// Play a tone on every output (or on that of -D), and ask whether it was heard
    #[arg(long, conflicts_with = "path")]
    tone: bool,
    /// Test the path from an output to an input with a known signal
    #[arg(long = "loop", value_name = "OUT,IN", value_parser = loop_names::loop_names, conflicts_with = "device")]
    path: Option<LoopNames>,
    /// What --loop must find
    #[arg(long, value_enum, value_name = "WHAT", default_value_t = Expect::Exact, requires = "path")]
    expect: Expect,
    #[command(flatten)]
    open: args::OpenArgs,
}

const EXAMPLES: &str = "\
Examples:
  aloud doctor
      check this machine
  aloud doctor --loop hw:Loopback,0,0,hw:Loopback,1,0
      prove that a virtual cable passes every bit
  aloud doctor --tone
      play a tone on each output in turn
  aloud doctor -q
      print only the problems, as a script would; the exit status is 9 if there are any";

/// All reports as JSON.
#[derive(Serialize, JsonSchema)]
pub struct DoctorReport<'a> {
    /// How many checks found a problem.
    problems: usize,
    /// What each check found.
    checks: &'a [CheckReport],
    /// What --loop measured; null without it.
    #[serde(rename = "loop")]
    path: Option<LoopReport>,
}

pub fn run(ui: &mut Ui, args: Args) -> Result {
    if let Some(names) = args.path {
        let (reports, path) = path::test(ui, names, &args.open, args.expect)?;
        return show(ui, &reports, Some(path));
    }
    let device = args.device.or_else(args::default_device);
    if args.tone {
        let reports = tones::test(ui, device.as_deref())?;
        return show(ui, &reports, None);
    }
    let facts = Facts::collect(device.as_deref().unwrap_or("default"));
    show(ui, &checks::reports(&facts), None)
}

/// Prints the reports. A problem is a failure.
fn show(ui: &Ui, reports: &[CheckReport], path: Option<LoopReport>) -> Result {
    let is_problem = |report: &&CheckReport| report.finding.verdict == Verdict::Problem;
    let problems = reports.iter().filter(is_problem).count();
    if ui.json() {
        let checks = reports;
        ui.document(&DoctorReport {
            problems,
            checks,
            path,
        })?;
    } else {
        text::print(ui, reports)?;
        let summary = text::summary(reports);
        ui.note(match summary.is_empty() {
            true => "everything is fine",
            false => &summary,
        });
    }
    Ok(match problems {
        0 => Exit::Done,
        _ => Exit::Failed(Kind::Verification),
    })
}
