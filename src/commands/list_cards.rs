//! `aloud list-cards`.

use super::{Exit, Result, ui::Ui};

/// List sound cards, and the PCM devices of each
#[derive(clap::Args)]
pub struct Args {}

pub fn run(_ui: &mut Ui, _args: Args) -> Result {
    Ok(Exit::Done)
}
