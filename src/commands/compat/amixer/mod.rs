//! amixer of alsa-utils 1.2.8. Where it differs on purpose, aloud-compat(7) says so.

mod context;
mod elements;
mod events;
mod set;
mod simple;
mod stdin;
mod tlv;

use super::getopt::{self, LinePart, Opt, flag, text, value};
use super::stop::{Result, Stop};
use crate::commands::ui::plain;
use aloud::audio::system::cards::{card_indexes, find_card};
use context::{Options, open_mixer};
use std::ffi::OsString;

const OPTIONS: &[Opt] = &[
    flag('h', "help"),
    value('c', "card"),
    value('D', "device"),
    flag('q', "quiet"),
    flag('i', "inactive"),
    flag('d', "debug"),
    flag('n', "nocheck"),
    flag('v', "version"),
    value('a', "abstract"),
    flag('s', "stdin"),
    flag('R', "raw-volume"),
    flag('M', "mapped-volume"),
];

const HELP: &str = "\
Usage: amixer <options> [command]

Available options:
  -h,--help       this help
  -c,--card N     select the card
  -D,--device N   select the device, default 'default'
  -d,--debug      debug mode
  -n,--nocheck    do not perform range checking
  -v,--version    print version of this program
  -q,--quiet      be quiet
  -i,--inactive   show also inactive controls
  -a,--abstract L select abstraction level (none or basic)
  -s,--stdin      Read and execute commands from stdin sequentially
  -R,--raw-volume Use the raw value (default)
  -M,--mapped-volume Use the mapped volume

Available commands:
  scontrols       show all mixer simple controls
  scontents\t  show contents of all mixer simple controls (default command)
  sset sID P      set contents for one mixer simple control
  sget sID        get contents for one mixer simple control
  controls        show all controls for given card
  contents        show contents of all controls for given card
  cset cID P      set control contents for one control
  cget cID        get control contents for one control

Available advanced commands:
  sevents\t  show the mixer events for simple controls
  events\t  show the mixer events for controls
";

const VERSION: &str = "amixer version 1.2.8\n";

/// What the command line asks for.
enum AmixerTask {
    Print(&'static str),
    Run(Options, Vec<String>),
    Stdin(Options),
}

pub fn run(words: &[OsString]) -> Result<u8> {
    match task(words)? {
        AmixerTask::Print(text) => plain::print(text)?,
        AmixerTask::Stdin(options) => stdin::run(&options)?,
        AmixerTask::Run(options, words) => command(&options, &words)?,
    }
    Ok(0)
}

fn task(words: &[OsString]) -> Result<AmixerTask> {
    let mut options = Options {
        device: "default".to_owned(),
        quiet: false,
        inactive: false,
        mapped: false,
    };
    let (mut arguments, mut wrong, mut from_stdin) = (Vec::new(), String::new(), false);
    for part in getopt::parse("amixer", OPTIONS, words) {
        match part {
            LinePart::Option(letter @ ('h' | 'v'), _) => {
                plain::print_error(&wrong);
                return Ok(AmixerTask::Print(if letter == 'h' {
                    HELP
                } else {
                    VERSION
                }));
            }
            LinePart::Option('c', card) => match card_index(&text(&card)) {
                Some(index) => options.device = format!("sysdefault:{index}"),
                None => wrong += &format!("Invalid card number '{}'.\n", text(&card)),
            },
            LinePart::Option('D', device) => options.device = text(&device),
            LinePart::Option('q', _) => options.quiet = true,
            LinePart::Option('i', _) => options.inactive = true,
            LinePart::Option('R', _) => options.mapped = false,
            LinePart::Option('M', _) => options.mapped = true,
            LinePart::Option('s', _) => from_stdin = true,
            LinePart::Option('a', level) if level != "none" && level != "basic" => {
                wrong += "Select correct abstraction level (none or basic)...\n";
            }
            LinePart::Option(..) => {}
            LinePart::Argument(argument) => arguments.push(text(&argument)),
            LinePart::Wrong(error) => {
                wrong += &error;
                wrong += "Invalid switch or option -? needs an argument.\n";
            }
        }
    }
    match () {
        _ if !wrong.is_empty() => Err(Stop::Failed(wrong, 1)),
        _ if from_stdin => Ok(AmixerTask::Stdin(options)),
        _ => Ok(AmixerTask::Run(options, arguments)),
    }
}

/// The number of a card. One that is a number is not opened for that.
fn card_index(card: &str) -> Option<u32> {
    let known = card_indexes().unwrap_or_default();
    let number = card.parse().ok().filter(|number| known.contains(number));
    number.or_else(|| find_card(card).ok())
}

fn command(options: &Options, words: &[String]) -> Result<()> {
    let (command, arguments) = match words {
        [] => ("scontents", words),
        [command, arguments @ ..] => (command.as_str(), arguments),
    };
    match command {
        "help" => Ok(plain::print(HELP)?),
        "info" => elements::print_card(options),
        "controls" => elements::print_all(options, false),
        "contents" => elements::print_all(options, true),
        "cget" => elements::get(options, arguments),
        "cset" => elements::set(options, arguments),
        "scontrols" | "simple" => simple::print_all(options, false),
        "scontents" => simple::print_all(options, true),
        "sget" | "get" => simple::get(options, arguments),
        "sset" | "set" => set::run(&open_mixer(options)?, options, arguments),
        "events" => events::of_elements(options),
        "sevents" => events::of_controls(options),
        _ => {
            plain::print_error(&format!("amixer: Unknown command '{command}'...\n"));
            Ok(())
        }
    }
}
