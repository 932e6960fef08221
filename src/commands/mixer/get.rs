//! `aloud mixer get`: controls and their values.

use super::text::PercentScale;
use super::{element, text};
use crate::commands::{Exit, Result, args::CtlArgs, server_timeout, ui::Ui};
use aloud::audio::mixer::{Controls, ElementSelector, Elements, Snapshot};

/// Show the values of a control, or of all controls
///
/// Prints for each control a bar, percent of the raw range, dB, the raw volume, and the switch. alsamixer shows another
/// percentage, which follows how loud it sounds; where the two differ much, "map" is alsamixer's.
///
/// With --json: an object with name, index, volumecap, switchcap, enum, playback, capture and active. Without CONTROL,
/// an array of these objects.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The control [default: all]
    #[arg(value_name = "CONTROL")]
    control: Option<String>,
    #[command(flatten)]
    ctl: CtlArgs,
    /// Show alsamixer's mapped (perceptual) percentages
    #[arg(short = 'M', long, help_heading = "Mixer options")]
    mapped: bool,
}

const EXAMPLES: &str = "\
Examples:
  aloud mixer get
      show all controls of the default mixer
  aloud mixer get Master -c PCH
      show one control of a card
  aloud mixer get PCM,1 --json
      show the second control with that name as JSON";

pub fn run(ui: &mut Ui, args: Args) -> Result {
    server_timeout::limit_mixer_calls(ui)?;
    match args.control.as_deref() {
        Some(id) if element::is_element_id(id) => element(ui, &args, id),
        Some(name) => one(ui, &args, name),
        None => all(ui, &args),
    }
}

fn element(ui: &mut Ui, args: &Args, id: &str) -> Result {
    // An invalid id is rejected before the mixer is opened.
    let selector = ElementSelector::parse(id)?;
    let elements = Elements::open(args.ctl.mixer_device()?)?;
    let element = elements.element(&elements.find(&selector)?)?;
    if ui.json() {
        ui.document(&element)?;
    } else {
        ui.text(&element::text(&element))?;
    }
    Ok(Exit::Done)
}

fn one(ui: &mut Ui, args: &Args, name: &str) -> Result {
    let controls = Controls::open(args.ctl.mixer_device()?)?;
    let snapshot = controls.lookup(name)?.snapshot()?;
    if ui.json() {
        ui.document(&snapshot)?;
    } else {
        show(ui, args, &[snapshot])?;
    }
    Ok(Exit::Done)
}

fn all(ui: &mut Ui, args: &Args) -> Result {
    let controls = Controls::open(args.ctl.mixer_device()?)?.snapshots()?;
    if ui.json() {
        ui.document(&controls)?;
        return Ok(Exit::Done);
    }
    show(ui, args, &controls)?;
    if controls.is_empty() {
        ui.note("aloud: this mixer has no controls");
    }
    Ok(Exit::Done)
}

fn show(ui: &Ui, args: &Args, controls: &[Snapshot]) -> Result<()> {
    text::show_card(ui, &args.ctl.mixer_device()?);
    let scale = PercentScale::of(args.mapped);
    ui.text(&text::controls(controls, scale, ui.columns()))?;
    Ok(())
}
