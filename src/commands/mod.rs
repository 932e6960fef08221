//! The command line: one file per command, and the table that leads to them.

mod args;
mod completions;
mod info;
mod keys;
mod list_cards;
mod list_pcms;
mod loopback;
mod man;
mod mixer;
mod mixers;
mod pid_file;
mod play;
mod record;
mod signals;
mod tone;
mod transfers;
mod ui;

use aloud::audio::{self, error::Kind};
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use std::ffi::OsString;
use std::process::ExitCode;
use ui::Ui;

/// Plays, records, mixes and inspects sound over ALSA, without losing a frame or telling a lie
///
/// What was asked for goes to standard output, all else (progress, warnings, errors) to standard error. Short options
/// mean what they mean to aplay, arecord and amixer.
#[derive(Parser)]
#[command(
    name = "aloud",
    disable_help_subcommand = true,
    subcommand_required = true,
    arg_required_else_help = true
)]
#[command(after_help = EXAMPLES, after_long_help = format!("{EXAMPLES}\n\n{}", man::statuses()))]
pub struct Cli {
    #[command(flatten)]
    global: ui::GlobalArgs,
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "\
Examples:
  aloud play song.wav
      play a file on the default device
  aloud list-cards
      what sound cards there are
  aloud info --probe -D hw:0
      what a device can do";

#[derive(Subcommand)]
enum Command {
    ListPcms(list_pcms::Args),
    ListCards(list_cards::Args),
    Info(info::Args),
    Play(play::Args),
    Record(record::Args),
    Loopback(loopback::Args),
    Tone(tone::Args),
    Mixers(mixers::Args),
    Mixer(mixer::Args),
    Completions(completions::Args),
    Man(man::Args),
}

/// How a command ended, where that is not an error that has still to be told.
pub enum Exit {
    /// All was done.
    Done,
    /// It failed, and has already said so.
    Failed(Kind),
    /// It ended as this signal asked, and the shell is to see that.
    Signal(i32),
}

type Result<T = Exit> = anyhow::Result<T>;

fn dispatch(command: Command, ui: &mut Ui) -> Result {
    match command {
        Command::ListPcms(args) => list_pcms::run(ui, args),
        Command::ListCards(args) => list_cards::run(ui, args),
        Command::Info(args) => info::run(ui, args),
        Command::Play(args) => play::run(ui, args),
        Command::Record(args) => record::run(ui, args),
        Command::Loopback(args) => loopback::run(ui, args),
        Command::Tone(args) => tone::run(ui, args),
        Command::Mixers(args) => mixers::run(ui, args),
        Command::Mixer(args) => mixer::run(ui, args),
        Command::Completions(args) => completions::run(ui, args),
        Command::Man(args) => man::run(ui, args),
    }
}

/// The whole command line, as clap sees it: what `--help`, the completions and the manual are made from.
pub fn definition() -> clap::Command {
    man::with_commands(Cli::command()).version(env!("CARGO_PKG_VERSION"))
}

/// The same, with libasound's version in `--version`: known only at run time, so not in what is generated.
fn definition_here() -> clap::Command {
    let version = format!(
        "{} (libasound {})",
        env!("CARGO_PKG_VERSION"),
        audio::asoundlib_version()
    );
    definition().version(version)
}

/// Runs the command line and gives the process's exit status. A signal that ended it is raised again here.
pub fn run(words: impl IntoIterator<Item = OsString>) -> ExitCode {
    let words: Vec<OsString> = words.into_iter().collect();
    let parsed = definition_here()
        .try_get_matches_from(&words)
        .and_then(|matches| Cli::from_arg_matches(&matches));
    let cli = match parsed {
        Ok(cli) => cli,
        Err(error) => return ui::usage(&error, words.iter().any(|word| word == "--json")),
    };
    let mut ui = Ui::new(&cli.global);
    if !ui.verbose() {
        audio::ffi::messages::quiet_sound_server();
    }
    match dispatch(cli.command, &mut ui) {
        Ok(Exit::Done) => ExitCode::SUCCESS,
        Ok(Exit::Failed(kind)) => ExitCode::from(kind.exit_status()),
        Ok(Exit::Signal(signal)) => {
            let _ = signal_hook::low_level::emulate_default_handler(signal);
            ExitCode::from(128 + signal as u8)
        }
        Err(error) => ui.failure(&error),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_command_line_is_well_formed() {
        super::definition().debug_assert();
    }
}
