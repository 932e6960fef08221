//! `aloud man`: the manual, from the same definitions as `--help`.

use super::{Exit, Result, definition, ui::Ui};

/// Print the manual page, of aloud or of one command
#[derive(clap::Args)]
pub struct Args {
    /// The command; aloud itself if none
    #[arg(value_name = "COMMAND")]
    command: Option<String>,
}

pub fn run(ui: &mut Ui, _args: Args) -> Result {
    let mut page = Vec::new();
    clap_mangen::Man::new(definition()).render(&mut page)?;
    ui.raw(&page)?;
    Ok(Exit::Done)
}
