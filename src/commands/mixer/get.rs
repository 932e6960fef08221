//! `aloud mixer get`: controls and their values.

use super::{element, is_element_id, text};
use crate::commands::{Exit, Result, args::CtlArgs, ui::Ui};
use aloud::audio::mixer::{Controls, ElementSelector, Elements};

/// Tell the values of a control, or of all
///
/// With --json: an object with name, index, volumecap, switchcap, enum, playback, capture and active; an array of such
/// objects where no control is named.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The control; all if none
    #[arg(value_name = "CONTROL")]
    control: Option<String>,
    #[command(flatten)]
    ctl: CtlArgs,
}

const EXAMPLES: &str = "\
Examples:
  aloud mixer get
      all controls of the default mixer
  aloud mixer get Master -c PCH
      one control of a card
  aloud mixer get PCM,1 --json
      the second control of that name, for a program to read";

pub fn run(ui: &mut Ui, args: Args) -> Result {
    match args.control.as_deref() {
        Some(id) if is_element_id(id) => element(ui, &args, id),
        Some(name) => one(ui, &args, name),
        None => all(ui, &args),
    }
}

/// A raw element, by amixer's id for it.
fn element(ui: &mut Ui, args: &Args, id: &str) -> Result {
    // What names no element needs no mixer to be refused.
    ElementSelector::parse(id)?;
    let element = element::get(&Elements::open(args.ctl.place()?)?, id)?;
    if ui.json() {
        ui.document(&element)?;
    } else {
        ui.text(&element::text(&element))?;
    }
    Ok(Exit::Done)
}

fn one(ui: &mut Ui, args: &Args, name: &str) -> Result {
    let controls = Controls::open(args.ctl.place()?)?;
    let snapshot = controls.lookup(name)?.snapshot()?;
    if ui.json() {
        ui.document(&snapshot)?;
    } else {
        ui.text(&text::control(&snapshot))?;
    }
    Ok(Exit::Done)
}

fn all(ui: &mut Ui, args: &Args) -> Result {
    let controls = Controls::open(args.ctl.place()?)?.snapshots()?;
    if ui.json() {
        ui.document(&controls)?;
        return Ok(Exit::Done);
    }
    if controls.is_empty() {
        ui.note("aloud: this mixer has no controls");
    }
    ui.text(&controls.iter().map(text::control).collect::<String>())?;
    Ok(Exit::Done)
}
