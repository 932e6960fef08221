//! alsactl of alsa-utils 1.2.8. Where it differs on purpose, aloud-compat(7) says so.

mod cards;
mod clean;
mod control;
mod daemon;
mod info;
mod init;
mod lock;
mod monitor;
mod options;
mod restore;
mod store;
mod watched;

use super::getopt::{self, LinePart, Opt, flag, text, value};
use super::stop::{Result, Stop};
use crate::commands::ui::plain;
use aloud::audio;
use options::{AlsactlOptions, ProcessOptions};
use std::ffi::OsString;

const OPTIONS: &[Opt] = &[
    flag('h', "help"),
    flag('d', "debug"),
    flag('v', "version"),
    value('f', "file"),
    value('a', "config-dir"),
    flag('l', "lock"),
    flag('L', "no-lock"),
    value('K', "lock-dir"),
    value('O', "lock-state-file"),
    flag('F', "force"),
    flag('g', "ignore"),
    flag('P', "pedantic"),
    flag('I', "no-init-fallback"),
    value('r', "runstate"),
    flag('R', "remove"),
    value('p', "period"),
    value('e', "pid-file"),
    value('E', "env"),
    value('i', "initfile"),
    flag('b', "background"),
    flag('s', "syslog"),
    value('n', "nice"),
    flag('c', "sched-idle"),
    flag('D', "ucm-defaults"),
    flag('U', "no-ucm"),
    flag('X', "ucm-nodev"),
];

const HELP: &str = "\
Usage: alsactl <options> command

global options:
  -h,--help        this help
  -d,--debug       debug mode
  -v,--version     print version of this program

Available state options:
  -f,--file #      configuration file (default /var/lib/alsa/asound.state)
  -a,--config-dir #  boot / hotplug configuration directory (default /var/lib/alsa)
  -l,--lock        use file locking to serialize concurrent access
  -L,--no-lock     do not use file locking to serialize concurrent access
  -K,--lock-dir #  lock path (default /var/lock)
  -O,--lock-state-file #  state lock file path (default asound.state.lock)
  -F,--force       try to restore the matching controls as much as possible
                     (default mode)
  -g,--ignore      ignore 'No soundcards found' error
  -P,--pedantic    do not restore mismatching controls (old default)
  -I,--no-init-fallback  
                   don't initialize even if restore fails
  -r,--runstate #  save restore and init state to this file (only errors)
                     default settings is 'no file set'
  -R,--remove      remove runstate file at first, otherwise append errors
  -p,--period #    store period in seconds for the daemon command
  -e,--pid-file #  pathname for the process id (daemon mode)

Available init options:
  -E,--env #=#     set environment variable for init phase (NAME=VALUE)
  -i,--initfile #  main configuration file for init phase
                     (default /usr/share/alsa/init/00main)
  -b,--background  run daemon in background
  -s,--syslog      use syslog for messages
  -n,--nice #      set the process priority (see 'man nice')
  -c,--sched-idle  set the process scheduling policy to idle (SCHED_IDLE)
  -D,--ucm-defaults  execute also the UCM 'defaults' section
  -U,--no-ucm      don't init with UCM
  -X,--ucm-nodev   show UCM no device errors

Available commands:
  store       <card>  save current driver setup for one or each soundcards
                        to configuration file
  restore     <card>  load current driver setup for one or each soundcards
                        from configuration file
  nrestore    <card>  like restore, but notify the daemon to rescan soundcards
  init        <card>  initialize driver to a default state
  daemon      <card>  store state periodically for one or each soundcards
  rdaemon     <card>  like daemon but do the state restore at first
  kill        <cmd>   notify daemon to quit, rescan or save_and_quit
  monitor     <card>  monitor control events
  info        <card>  general information
  clean       <card>  clean application controls
  dump-state          dump the state (for all cards)
  dump-cfg            dump the configuration (expanded, for all cards)
";

const VERSION: &str = "alsactl version 1.2.8\n";

pub fn run(words: &[OsString]) -> Result<u8> {
    let (mut options, mut arguments) = (AlsactlOptions::default(), Vec::new());
    for part in getopt::parse("alsactl", OPTIONS, words) {
        match part {
            LinePart::Option('h', _) => return print(HELP, 0),
            LinePart::Option('v', _) => return print(VERSION, 0),
            LinePart::Option(letter, value) => options.set(letter, value),
            LinePart::Argument(argument) => arguments.push(text(&argument)),
            LinePart::Wrong(text) => {
                plain::print_error(&text);
                return print(HELP, 1);
            }
        }
    }
    match &arguments[..] {
        [] => {
            plain::print_error("alsactl: Specify command...\n");
            Ok(0)
        }
        [command, arguments @ ..] => {
            apply(&options.process)?;
            self::command(&options, command, arguments)
        }
    }
}

/// Makes the process run as the options ask for.
fn apply(process: &ProcessOptions) -> Result<()> {
    if process.logs_errors {
        plain::log_errors(c"alsactl", false);
    }
    if process.background {
        audio::daemonize().map_err(|error| {
            let text = format!("alsactl: cannot run in the background: {error}\n");
            Stop::Failed(text, 1)
        })?;
    }
    if process.nice != 0 {
        let _ = rustix::process::nice(process.nice);
    }
    if process.idle {
        audio::run_when_idle();
    }
    Ok(())
}

fn print(text: &str, status: u8) -> Result<u8> {
    plain::print(text)?;
    Ok(status)
}

fn command(options: &AlsactlOptions, command: &str, arguments: &[String]) -> Result<u8> {
    let card = arguments.first().map(String::as_str);
    match command {
        "store" => store::run(options, card),
        "dump-state" => store::dump(options),
        "restore" => restore::run(options, card),
        "nrestore" => daemon::restore_and_notify(options, card),
        "init" => restore::init_all(options, card),
        "monitor" => monitor::run(card),
        "clean" => clean::run(arguments),
        "kill" => daemon::kill(options, card),
        "daemon" => daemon::run(options, card, false),
        "rdaemon" => daemon::run(options, card, true),
        "info" => info::run(card),
        "dump-cfg" => info::dump_configuration(),
        _ => Err(Stop::Failed(
            format!("alsactl: Unknown command '{command}'...\n"),
            libc::ENODEV as u8,
        )),
    }
}
