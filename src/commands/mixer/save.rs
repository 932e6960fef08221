//! `aloud mixer save`: all settings of a card, as JSON.

use crate::commands::{Exit, Result, args::CtlArgs, server_timeout, ui::Ui};
use aloud::audio::file::OutputTarget;
use aloud::audio::mixer::{Elements, SavedMixer};
use std::path::PathBuf;

/// Save all settings of a card to a file
///
/// The file is JSON, for `aloud mixer load`. An existing file is replaced once everything is written.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The file to write; - is standard output
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    ctl: CtlArgs,
}

const EXAMPLES: &str = "\
Examples:
  aloud mixer save evening.json
      save all settings, to restore them later
  aloud mixer save - -c PCH | ssh other aloud mixer load - -c PCH
      copy the settings to another machine";

pub fn run(ui: &mut Ui, args: Args) -> Result {
    server_timeout::limit_mixer_calls(ui)?;
    let (saved, errors) = SavedMixer::of(&Elements::open(args.ctl.mixer_device()?)?)?;
    for error in errors {
        ui.warning(&format!("not saved: {}", error.message));
    }
    match OutputTarget::from(args.file.as_path()) {
        OutputTarget::Stdout => ui.raw(saved.to_json().as_bytes())?,
        target => saved.save(target)?,
    }
    Ok(Exit::Done)
}
