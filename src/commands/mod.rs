//! The command line: one file per command, and the dispatch to them.

mod advice;
mod after_file;
mod args;
mod compat;
mod complete;
mod completions;
mod day_log;
mod devices;
mod did_you_mean;
mod doctor;
mod exit;
mod info;
mod keys;
mod list_cards;
mod list_pcms;
mod loopback;
mod man;
mod mixer;
mod mixers;
mod overwrite;
mod pid_file;
mod play;
mod record;
mod schema;
mod server_timeout;
mod shell;
mod signals;
mod table;
mod tone;
mod transfers;
mod ui;
mod unattended;
mod usage;
mod version;

use aloud::audio;
use aloud::audio::error::Kind;
use clap::{Args, CommandFactory, Parser};
use std::ffi::OsString;
use std::process::ExitCode;
use table::{CommandEntry, Run, command};
use ui::{GlobalArgs, Ui};

pub use exit::{Exit, Failure, Result};

/// Play, record, mix and inspect sound over ALSA
///
/// Requested output goes to standard output; progress, warnings and errors go to standard error. Short options mean
/// the same as in aplay, arecord and amixer. `aloud as PROGRAM` stands in for one of these, or for alsactl, speaker-test
/// or alsaloop, with its options and its output.
#[derive(Parser)]
#[command(
    name = "aloud",
    override_usage = "aloud <COMMAND> [OPTIONS]",
    disable_help_subcommand = true,
    subcommand_required = true,
    arg_required_else_help = true
)]
#[command(after_help = EXAMPLES, after_long_help = format!("{EXAMPLES}\n\n{}", man::statuses_help()))]
pub struct Cli {
    #[command(flatten)]
    global: GlobalArgs,
}

const EXAMPLES: &str = "\
Examples:
  aloud play song.wav
      play a file on the default device
  aloud record -d 10 take.wav
      record ten seconds from the default device
  aloud devices
      list what can play and record
  aloud info --probe -D hw:0
      show what a device supports";

static COMMANDS: &[CommandEntry] = &[
    command!("devices" | "ls", devices),
    command!("doctor", doctor),
    command!("list-pcms", list_pcms),
    command!("list-cards", list_cards),
    command!("info", info),
    command!("play", play),
    command!("record" | "rec", record),
    command!("loopback", loopback),
    command!("tone", tone),
    command!("mixers", mixers),
    mixer::GROUP,
    command!("completions", completions, definition()),
    command!("schema", schema),
    CommandEntry {
        define: |man| man::define(man, COMMANDS.iter().map(|entry| entry.name)),
        ..command!("man", man, definition())
    },
];

/// The whole command line as clap sees it. `--help`, the completions and the manual are generated from it.
pub fn definition() -> clap::Command {
    let definition = usage::with_short_examples(table::define_all(Cli::command(), COMMANDS));
    definition.version(env!("CARGO_PKG_VERSION"))
}

/// The same with libasound's version in `--version`. It is known only at run time, so it is not in generated files.
fn definition_with_libasound() -> clap::Command {
    let version = format!(
        "{} (libasound {})",
        env!("CARGO_PKG_VERSION"),
        audio::asoundlib_version()
    );
    definition().version(version)
}

/// Parses a command line for a command that it names, and defines only that one. Returns `None` if there is anything to
/// explain: an error, help, or the version.
fn parsed_at_once(words: &[OsString]) -> Option<(GlobalArgs, Run)> {
    let definition = define_alone(words).or_else(|| {
        let names = usage::command_names(words);
        table::define_one(Cli::command(), COMMANDS, &names, |command| command)
    })?;
    parsed(usage::with_own_rules(definition), words).ok()
}

/// Defines only one command, with the global options, if none precede it: to define them at each level and to hand them
/// down takes longer than a short command.
fn define_alone(words: &[OsString]) -> Option<clap::Command> {
    let names = words.iter().skip(1).map_while(|word| word.to_str());
    let names: Vec<&str> = names.take(2).collect();
    let top = clap::Command::new("aloud")
        .disable_help_flag(true)
        .disable_help_subcommand(true);
    table::define_one(top, COMMANDS, &names, own_options)
}

/// Adds the global options to one command only.
fn own_options(command: clap::Command) -> clap::Command {
    GlobalArgs::augment_args(command).mut_args(|option| option.global(false))
}

fn parsed(
    mut definition: clap::Command,
    words: &[OsString],
) -> clap::error::Result<(GlobalArgs, Run)> {
    let mut matches = definition.try_get_matches_from_mut(words)?;
    // It is in hundreds of pieces, which the end of the process frees at once.
    std::mem::forget(definition);
    table::parsed(COMMANDS, &mut matches)
}

/// Reports that there is no memory left and returns the exit status. Allocates nothing.
pub fn report_out_of_memory() -> u8 {
    keys::restore_terminal();
    ui::out_of_memory();
    Kind::Internal.exit_status()
}

/// Restores the terminal before a panic's message is printed. A new thread panics if there is no memory for the stack of
/// its signal handlers; that is reported as any lack of memory.
fn handle_panics() {
    let default = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let message = panic.payload().downcast_ref::<String>();
        if message.is_some_and(|message| message.contains("alternative stack")) {
            audio::exit_at_once(report_out_of_memory());
        }
        keys::restore_terminal();
        drop(ui::erase_status());
        default(panic);
    }));
}

/// Runs the command line and returns the exit status. A signal that ended the command is raised again.
pub fn run(words: impl IntoIterator<Item = OsString>) -> ExitCode {
    audio::share_one_arena();
    signals::survive_size_limit();
    handle_panics();
    let words: Vec<OsString> = words.into_iter().collect();
    if words.get(1).is_some_and(|word| word == complete::COMMAND) {
        audio::quiet_sound_server();
        return complete::run(&words[2..], definition);
    }
    if let Some(status) = compat::run(&words) {
        return status;
    }
    let words = usage::rewritten(words);
    let parsed = match parsed_at_once(&words) {
        Some(parsed) => Ok(parsed),
        None => parsed(usage::prepared(definition_with_libasound(), &words), &words),
    };
    let (global, run) = match parsed {
        Ok(parsed) => parsed,
        Err(error) => return usage::report(&error, &words, definition()),
    };
    let mut ui = Ui::new(&global);
    if !ui.verbose() {
        audio::quiet_sound_server();
    }
    match run(&mut ui) {
        Ok(Exit::Done) => ExitCode::SUCCESS,
        Ok(Exit::Failed(kind)) => ExitCode::from(kind.exit_status()),
        Ok(Exit::Signal(signal)) => {
            let _ = signal_hook::low_level::emulate_default_handler(signal);
            ExitCode::from(128 + signal as u8)
        }
        Err(failure) => ui.failure(failure),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn command_line_definition_is_valid() {
        super::definition().debug_assert();
    }
}
