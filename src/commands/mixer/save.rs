//! `aloud mixer save`: all that can be set of a card, as JSON.

use crate::commands::{Exit, Result, args::CtlArgs, ui::Ui};
use aloud::audio::file::OutputTarget;
use aloud::audio::mixer::{Elements, SavedMixer};
use std::path::PathBuf;

/// Save all that can be set of a card into a file
///
/// The file is JSON, for `aloud mixer load`, and to be read and compared. One that is there is replaced once all is written.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The file; - is standard output
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    ctl: CtlArgs,
}

const EXAMPLES: &str = "\
Examples:
  aloud mixer save evening.json
      how everything is set, to come back to it
  aloud mixer save - -c PCH | ssh other aloud mixer load - -c PCH
      from one machine to another";

pub fn run(ui: &mut Ui, args: Args) -> Result {
    let state = SavedMixer::of(&Elements::open(args.ctl.place()?)?)?;
    match args.file.to_str() {
        Some("-") => ui.raw(state.to_json().as_bytes())?,
        _ => state.save(OutputTarget::Path(args.file))?,
    }
    Ok(Exit::Done)
}
