//! `aloud mixer load`: the state of a card's mixer out of a file.

use crate::commands::{Exit, Result, args::CtlArgs, ui::Ui};
use aloud::audio::error::{Error, Kind, path_name};
use aloud::audio::mixer::{Elements, Report, State};
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// No card has so many elements.
const LONGEST: u64 = 64 << 20;

/// Set all of a card's controls as a file has them
///
/// The file is one of `aloud mixer save`. An element is found by its name; what the card does not have, cannot take
/// or does not keep is told, and all else is set. Elements that are not in the file are not touched. The exit status is 6 if
/// anything did not fit.
///
/// With --json: an object with changed (element, from and to), unchanged (a number) and misfits (element and reason).
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The file (- is standard input)
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    ctl: CtlArgs,
    /// Only tell what would change
    #[arg(long, help_heading = "Mixer options")]
    dry_run: bool,
}

const EXAMPLES: &str = "\
Examples:
  aloud mixer load evening.json -c PCH
      all volumes, switches and choices as they were
  aloud mixer load evening.json --dry-run
      what that would change";

pub fn run(ui: &mut Ui, args: Args) -> Result {
    let name = path_name(&args.file);
    let document = read(&args.file).map_err(|error| Error::file("read", &name, &error))?;
    let state = State::parse(&document, &name)?;
    let elements = Elements::open(args.ctl.place()?)?;
    let report = state.load(&elements, args.dry_run)?;
    if ui.json() {
        ui.document(&report)?;
    } else {
        told(ui, &report, args.dry_run)?;
    }
    Ok(match report.misfits.is_empty() {
        true => Exit::Done,
        false => Exit::Failed(Kind::Unsupported),
    })
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    let source: Box<dyn Read> = match path.to_str() {
        Some("-") => Box::new(io::stdin().lock()),
        _ => Box::new(File::open(path)?),
    };
    let mut document = Vec::new();
    source.take(LONGEST).read_to_end(&mut document)?;
    Ok(document)
}

fn told(ui: &Ui, report: &Report, dry: bool) -> Result<()> {
    let changes: String = report
        .changed
        .iter()
        .map(|change| format!("{}: {}\n", change.element, change.text))
        .collect();
    if dry {
        ui.text(&changes)?;
    } else {
        ui.detail(&changes);
    }
    for misfit in &report.misfits {
        let message = format!("{}: {}", misfit.element, misfit.reason);
        ui.error(&Error::new(Kind::Unsupported, message));
    }
    let (changed, unchanged) = (report.changed.len(), report.unchanged);
    let would = if dry { "would be set" } else { "set" };
    ui.detail(&format!("{changed} {would}, {unchanged} as they were"));
    Ok(())
}
