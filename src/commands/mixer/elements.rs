//! `aloud mixer elements`: the raw elements of a card, as `amixer contents` lists them.

use super::element;
use crate::commands::{Exit, Result, args::CtlArgs, ui::Ui};
use aloud::audio::mixer::Elements;

/// List the raw elements that a card's controls are made of
///
/// Each with its id, as `aloud mixer get` and `aloud mixer set` take it, its type, what can be done with it (amixer's
/// letters: r, w, inactive, volatile, locked, and R, W, C of its dB), its values, and what they can be.
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
      all of the default mixer
  aloud mixer elements -c PCH --json
      those of a card, for a program to read";

pub fn run(ui: &mut Ui, args: Args) -> Result {
    let elements = Elements::open(args.ctl.place()?)?;
    let all = elements.list()?;
    let all = all.iter().map(|info| elements.element(info));
    let all: Vec<_> = all.collect::<aloud::audio::error::Result<_>>()?;
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
