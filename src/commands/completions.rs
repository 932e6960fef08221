//! `aloud completions`: completion scripts for shells.

use super::{Exit, Result, ui::Ui};
use clap_complete::Shell;

/// Print a shell completion script
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
pub fn run(ui: &mut Ui, args: Args, mut definition: clap::Command) -> Result {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut definition, "aloud", &mut script);
    if args.shell == Shell::Fish {
        script.extend(fish_arguments(&definition).into_bytes());
    }
    ui.raw(&script)?;
    Ok(Exit::Done)
}

/// Completes the values of positional arguments (`aloud man play`), which clap_complete 4.6 leaves out for fish.
fn fish_arguments(definition: &clap::Command) -> String {
    let mut lines = String::new();
    for command in definition.get_subcommands() {
        let values = command
            .get_positionals()
            .flat_map(|arg| arg.get_possible_values());
        let values: Vec<String> = values.map(|value| value.get_name().to_owned()).collect();
        if !values.is_empty() {
            let (name, values) = (command.get_name(), values.join(" "));
            lines += &format!(
                "complete -c aloud -n \"__fish_aloud_using_subcommand {name}\" -f -a \"{values}\"\n"
            );
        }
    }
    lines
}
