//! `aloud mixers`: the names of a mixer's simple controls.

use super::{Exit, Result, args::CtlArgs, server_timeout, ui::Ui};
use aloud::audio::mixer;

/// List the names of a mixer's controls
///
/// Prints one name per line, as `aloud mixer get` and `aloud mixer set` take it. Controls with the same name have an
/// index: PCM,1.
///
/// With --json: an array of objects with name and index.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[command(flatten)]
    ctl: CtlArgs,
}

const EXAMPLES: &str = "\
Examples:
  aloud mixers
      list the controls of the default mixer
  aloud mixers -c PCH --json
      list the controls of a card as JSON";

pub fn run(ui: &mut Ui, args: Args) -> Result {
    server_timeout::limit_mixer_calls(ui)?;
    let controls = mixer::mixers(args.ctl.mixer_device()?)?;
    if ui.json() {
        ui.document(&controls)?;
        return Ok(Exit::Done);
    }
    if controls.is_empty() {
        ui.note("aloud: this mixer has no controls");
    }
    let line = |control: &mixer::ControlId| match control.index {
        0 => format!("{}\n", control.name),
        index => format!("{},{index}\n", control.name),
    };
    ui.text(&controls.iter().map(line).collect::<String>())?;
    Ok(Exit::Done)
}
