//! `aloud completions`: scripts that complete the command line.

use super::{Exit, Result, definition, ui::Ui};
use clap_complete::Shell;

/// Print a completion script for a shell
#[derive(clap::Args)]
pub struct Args {
    /// The shell
    #[arg(value_name = "SHELL", value_parser = clap::builder::EnumValueParser::<Shell>::new())]
    shell: Shell,
}

pub fn run(ui: &mut Ui, args: Args) -> Result {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut definition(), "aloud", &mut script);
    ui.raw(&script)?;
    Ok(Exit::Done)
}
