//! `aloud completions`: scripts that complete the command line.

use super::{Exit, Result, definition, ui::Ui};
use clap_complete::Shell;

/// Print a completion script for a shell
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The shell
    #[arg(value_name = "SHELL", value_parser = clap::builder::EnumValueParser::<Shell>::new())]
    shell: Shell,
}

const EXAMPLES: &str = "\
Examples:
  aloud completions bash >~/.local/share/bash-completion/completions/aloud
      for the next bash
  aloud completions zsh >~/.zfunc/_aloud
      for zsh, where ~/.zfunc is in fpath
  aloud completions fish >~/.config/fish/completions/aloud.fish
      for fish";

pub fn run(ui: &mut Ui, args: Args) -> Result {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut definition(), "aloud", &mut script);
    if args.shell == Shell::Fish {
        script.extend(fish_arguments().into_bytes());
    }
    ui.raw(&script)?;
    Ok(Exit::Done)
}

/// clap's script for fish knows the values of options, not those of arguments (`aloud man play`): these lines add them.
fn fish_arguments() -> String {
    let definition = definition();
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
