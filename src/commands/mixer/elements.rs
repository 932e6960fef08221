//! `aloud mixer elements`: the raw elements of a card, like `amixer contents`.

use super::element;
use crate::commands::{Exit, Result, args::CtlArgs, server_timeout, ui::Ui};
use aloud::audio::error;
use aloud::audio::mixer::Elements;

/// List the raw elements behind a card's controls
///
/// Prints for each element its ID (as `aloud mixer get` and `aloud mixer set` take it), type, access, values and their
/// range. Access has amixer's letters: r readable, w writable, i inactive, v volatile, l locked, and R, W, C for its
/// TLV data.
///
/// With --json: an array of objects.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[command(flatten)]
    ctl: CtlArgs,
}

const EXAMPLES: &str = "\
Examples:
  aloud mixer elements
      list all elements of the default mixer
  aloud mixer elements -c PCH --json
      list all elements of a card as JSON";

pub fn run(ui: &mut Ui, args: Args) -> Result {
    server_timeout::limit_mixer_calls(ui)?;
    let elements = Elements::open(args.ctl.mixer_device()?)?;
    let infos = elements.list()?;
    let all = infos.iter().map(|info| elements.try_element(info));
    let all: Vec<_> = all.collect::<error::Result<_>>()?;
    if ui.json() {
        ui.document(&all)?;
        return Ok(Exit::Done);
    }
    if all.is_empty() {
        ui.note("aloud: this mixer has no elements");
    }
    ui.text(&all.iter().map(element::text).collect::<String>())?;
    Ok(Exit::Done)
}
