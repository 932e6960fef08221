//! `aloud doctor`: looks at the machine and says what to do next.

mod checks;
mod facts;
mod finding;
mod text;

use super::{Exit, Result, args, ui::Ui};
use aloud::audio::error::Kind;
use facts::Facts;
use finding::{CheckReport, Verdict};
use serde::Serialize;

/// Find out why there is no sound, and what to do about it
///
/// Looks at cards and drivers, permissions, alsa-lib's configuration, sound servers, what the default device stands for,
/// who uses the cards, and muted controls. One row per check: ✓ is fine, • is worth knowing, ✗ is a problem, ? is
/// unknown; below it is what to type next. Nothing is changed, and a server that hangs is reported, not waited for.
///
/// The exit status is 9 if there is a problem. -q prints only the problems, -v all details.
///
/// With --json: an object with problems (how many) and checks, an array of objects with check, looks_at, verdict (ok,
/// note, problem, unknown), finding, advice and details.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Device that programs use: a PCM name
    #[arg(short = 'D', long, value_name = "NAME")]
    device: Option<String>,
}

const EXAMPLES: &str = "\
Examples:
  aloud doctor
      check this machine
  aloud doctor -q
      print only the problems, as a script would; the exit status is 9 if there are any";

/// All reports as JSON.
#[derive(Serialize)]
struct DoctorReport<'a> {
    problems: usize,
    checks: &'a [CheckReport],
}

pub fn run(ui: &mut Ui, args: Args) -> Result {
    let device = args.device.or_else(args::default_device);
    let facts = Facts::collect(device.as_deref().unwrap_or("default"));
    let reports = checks::reports(&facts);
    show(ui, &reports)
}

/// Prints the reports. A problem is a failure.
fn show(ui: &Ui, reports: &[CheckReport]) -> Result {
    let is_problem = |report: &&CheckReport| report.finding.verdict == Verdict::Problem;
    let problems = reports.iter().filter(is_problem).count();
    if ui.json() {
        let checks = reports;
        ui.document(&DoctorReport { problems, checks })?;
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
