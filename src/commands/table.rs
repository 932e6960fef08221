//! Tables of commands, and building the part of the command line that is needed.

use super::Result;
use super::ui::{GlobalArgs, Ui};
use clap::{ArgMatches, Command, FromArgMatches};

/// A command, or a group of them.
pub struct CommandEntry {
    pub name: &'static str,
    pub aliases: &'static [&'static str],
    /// Adds the description and the options.
    pub define: fn(Command) -> Command,
    pub action: Action,
}

pub enum Action {
    /// Takes the options from what was parsed, and returns what runs the command.
    Run(fn(&mut ArgMatches) -> clap::error::Result<Run>),
    Group(&'static [CommandEntry]),
}

/// Runs a command whose options were parsed.
pub type Run = Box<dyn FnOnce(&mut Ui) -> Result>;

/// The entry of a module with `Args` and `run`. `run` gets the further arguments as they are.
macro_rules! command {
    ($name:literal $(| $alias:literal)?, $module:ident $(, $argument:expr)*) => {
        $crate::commands::table::CommandEntry {
            name: $name,
            aliases: &[$($alias)?],
            define: <$module::Args as clap::Args>::augment_args,
            action: $crate::commands::table::Action::Run(|matches| {
                let args = <$module::Args as clap::FromArgMatches>::from_arg_matches_mut(matches)?;
                Ok(Box::new(move |ui| $module::run(ui, args $(, $argument)*)))
            }),
        }
    };
}
pub(super) use command;

/// Adds all commands of a table.
pub fn define_all(parent: Command, table: &[CommandEntry]) -> Command {
    parent.subcommands(table.iter().map(|entry| {
        let command = entry.command();
        match entry.action {
            Action::Run(_) => command,
            Action::Group(table) => define_all(command, table),
        }
    }))
}

/// Adds only the command that `names` leads to, with `more` options: building all of them takes longer than opening a
/// device. Returns `None` if there is no such command.
pub fn define_one(
    parent: Command,
    table: &[CommandEntry],
    names: &[&str],
    more: fn(Command) -> Command,
) -> Option<Command> {
    let (name, names) = names.split_first()?;
    let entry = table
        .iter()
        .find(|entry| entry.name == *name || entry.aliases.contains(name))?;
    let command = match entry.action {
        Action::Run(_) => (entry.define)(more(entry.named())),
        Action::Group(table) => define_one(entry.command(), table, names, more)?,
    };
    Some(parent.subcommand(command))
}

/// The global options, and what runs the command that was parsed.
///
/// # Errors
/// If clap cannot make the options from what was parsed.
pub fn parsed(
    table: &[CommandEntry],
    matches: &mut ArgMatches,
) -> clap::error::Result<(GlobalArgs, Run)> {
    let missing = || clap::Error::new(clap::error::ErrorKind::MissingSubcommand);
    let (name, mut matches) = matches.remove_subcommand().ok_or_else(missing)?;
    let entry = table.iter().find(|entry| entry.name == name);
    match entry.ok_or_else(missing)?.action {
        Action::Run(read) => Ok((
            GlobalArgs::from_arg_matches_mut(&mut matches)?,
            read(&mut matches)?,
        )),
        Action::Group(table) => parsed(table, &mut matches),
    }
}

impl CommandEntry {
    fn command(&self) -> Command {
        let command = self.named();
        let command = match self.action {
            Action::Run(_) => command,
            Action::Group(_) => command
                .subcommand_required(true)
                .arg_required_else_help(true),
        };
        (self.define)(command)
    }

    fn named(&self) -> Command {
        Command::new(self.name).aliases(self.aliases)
    }
}
