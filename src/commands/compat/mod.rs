//! Other programs that aloud stands in for: called by their names, it reads their command lines by their rules and
//! answers in their words.

mod alsactl;
mod alsaloop;
mod amixer;
mod aplay;
mod c_number;
mod element_text;
mod getopt;
mod speaker_test;
mod stop;

use super::ui::{escape_controls, plain};
use aloud::audio;
use aloud::audio::errno::errno_text;
use aloud::audio::error::Kind;
use aloud::audio::spelling::alike;
use std::ffi::{OsStr, OsString};
use std::io;
use std::path::Path;
use std::process::ExitCode;
use stop::{Result, Stop};

/// A program that aloud stands in for.
struct Program {
    name: &'static str,
    /// Gets the arguments, without the name.
    run: fn(&[OsString]) -> Result<u8>,
    /// Lets alsa-lib print its messages in the program's way.
    print_messages: fn(),
}

const PROGRAMS: &[Program] = &[
    Program {
        name: "alsactl",
        run: alsactl::run,
        print_messages: audio::print_messages_as_alsactl,
    },
    Program {
        name: "alsaloop",
        run: alsaloop::run,
        print_messages: audio::leave_messages,
    },
    Program {
        name: "amixer",
        run: amixer::run,
        print_messages: audio::leave_messages,
    },
    Program {
        name: "aplay",
        run: aplay::aplay,
        print_messages: audio::leave_messages,
    },
    Program {
        name: "arecord",
        run: aplay::arecord,
        print_messages: audio::leave_messages,
    },
    Program {
        name: "speaker-test",
        run: speaker_test::run,
        print_messages: audio::leave_messages,
    },
];

/// The names of the programs.
pub fn program_names() -> Vec<&'static str> {
    PROGRAMS.iter().map(|program| program.name).collect()
}

/// Runs the program that the command line names: by the name aloud is called by, or after `as`. Returns `None` if it
/// names none.
pub fn run(words: &[OsString]) -> Option<ExitCode> {
    Some(match Call::of(words)? {
        Call::Run(program, arguments) => run_program(program, arguments),
        Call::Help => match plain::print(&help()) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => without_stdout("aloud", &error),
        },
        Call::Unknown(name) => {
            plain::print_error(&unknown(name));
            ExitCode::from(Kind::Usage.exit_status())
        }
    })
}

fn run_program(program: &Program, arguments: &[OsString]) -> ExitCode {
    audio::quiet_sound_server();
    (program.print_messages)();
    let status = match (program.run)(arguments) {
        Ok(status) => status,
        Err(Stop::Failed(text, status)) => {
            plain::print_error(&text);
            status
        }
        Err(Stop::Stdout(error)) => return without_stdout(program.name, &error),
    };
    ExitCode::from(status)
}

/// What a command line asks for.
enum Call<'a> {
    /// A program, with its arguments.
    Run(&'static Program, &'a [OsString]),
    Help,
    /// The name after `as` is missing, or no program's.
    Unknown(Option<&'a OsStr>),
}

impl<'a> Call<'a> {
    fn of(words: &'a [OsString]) -> Option<Call<'a>> {
        let named = |name: &OsStr| PROGRAMS.iter().find(|program| program.name == name);
        let (own, arguments) = words.split_first()?;
        if let Some(program) = Path::new(own).file_name().and_then(named) {
            return Some(Call::Run(program, arguments));
        }
        match arguments {
            [word, topic] if word == "help" && topic == "as" => Some(Call::Help),
            [word, option] if word == "as" && (option == "-h" || option == "--help") => {
                Some(Call::Help)
            }
            [word, name, arguments @ ..] if word == "as" => Some(match named(name) {
                Some(program) => Call::Run(program, arguments),
                None => Call::Unknown(Some(name)),
            }),
            [word] if word == "as" => Some(Call::Unknown(None)),
            _ => None,
        }
    }
}

/// The help of `aloud as`.
fn help() -> String {
    format!(
        "Stand in for another program, with its options, its output and its exit status\n\n\
         Usage: aloud as <PROGRAM> [ARGUMENTS]...\n\n\
         Programs: {}\n\n\
         A link to aloud with the name of a program does the same.\n\
         `man aloud-compat` says what differs.\n",
        program_names().join(", ")
    )
}

/// The error for a name after `as`, with the names that there are.
fn unknown(name: Option<&OsStr>) -> String {
    let names = program_names();
    let all = names.join(", ");
    let Some(name) = name else {
        return format!("aloud: 'as' needs the name of a program: {all}\n");
    };
    let name = name.to_string_lossy();
    let shown = escape_controls(&name);
    let error = format!("aloud: cannot run as '{shown}', only as one of: {all}\n");
    match alike(&name, names).first() {
        Some(near) => format!("{error}hint: did you mean `aloud as {near}`?\n"),
        None => error,
    }
}

/// A C program is ended by the signal if the reader of a pipe is gone.
fn without_stdout(name: &str, error: &io::Error) -> ExitCode {
    if error.kind() == io::ErrorKind::BrokenPipe {
        let _ = signal_hook::low_level::emulate_default_handler(libc::SIGPIPE);
    }
    let why = match error.raw_os_error() {
        Some(errno) => errno_text(errno),
        None => error.to_string(),
    };
    plain::print_error(&format!("{name}: write error: {why}\n"));
    ExitCode::from(1)
}
