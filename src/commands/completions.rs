//! `aloud completions`: completion scripts for shells.

use super::{Exit, Result, ui::Ui};
use clap_complete::Shell;
use clap_complete::aot::{Elvish, Generator, PowerShell};

/// Print a shell completion script
///
/// The scripts for bash, zsh and fish complete the names of devices, cards and controls, the values that a control
/// takes, and the files that can be played.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Shell to print the script for
    #[arg(value_name = "SHELL", value_parser = clap::builder::EnumValueParser::<Shell>::new())]
    shell: Shell,
}

const EXAMPLES: &str = "\
Examples:
  aloud completions bash >~/.local/share/bash-completion/completions/aloud
      install for bash
  aloud completions zsh >~/.zfunc/_aloud
      install for zsh, if ~/.zfunc is in fpath
  aloud completions fish >~/.config/fish/completions/aloud.fish
      install for fish";

/// `definition` is the whole command line.
pub fn run(ui: &mut Ui, args: Args, definition: clap::Command) -> Result {
    match args.shell {
        Shell::Bash => ui.raw(include_bytes!("complete/aloud.bash"))?,
        Shell::Zsh => ui.raw(include_bytes!("complete/aloud.zsh"))?,
        Shell::Fish => ui.raw(include_bytes!("complete/aloud.fish"))?,
        // A value of `Shell` would include the generators for the shells above, too.
        Shell::Elvish => ui.raw(&script(Elvish, definition))?,
        _ => ui.raw(&script(PowerShell, definition))?,
    }
    Ok(Exit::Done)
}

fn script(shell: impl Generator, mut definition: clap::Command) -> Vec<u8> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut definition, "aloud", &mut script);
    script
}
