//! Other programs that aloud stands in for: called by their names, it reads their command lines by their rules and
//! answers in their words.

mod amixer;
mod getopt;
mod stop;

use super::ui::plain;
use aloud::audio;
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
}

const PROGRAMS: &[Program] = &[Program {
    name: "amixer",
    run: amixer::run,
}];

/// Runs the program that the command line names: by the name aloud is called by, or after `as`. Returns `None` if it
/// names none.
pub fn run(words: &[OsString]) -> Option<ExitCode> {
    let (program, arguments) = program(words)?;
    audio::quiet_sound_server();
    audio::leave_messages();
    let status = match (program.run)(arguments) {
        Ok(status) => status,
        Err(Stop::Failed(text, status)) => {
            plain::print_error(&text);
            status
        }
        Err(Stop::Stdout(error)) => return Some(without_stdout(program.name, &error)),
    };
    Some(ExitCode::from(status))
}

fn program(words: &[OsString]) -> Option<(&'static Program, &[OsString])> {
    let named = |name: &OsStr| PROGRAMS.iter().find(|program| program.name == name);
    let (own, arguments) = words.split_first()?;
    if let Some(program) = Path::new(own).file_name().and_then(named) {
        return Some((program, arguments));
    }
    match arguments {
        [word, name, arguments @ ..] if word == "as" => Some((named(name)?, arguments)),
        _ => None,
    }
}

/// A C program is ended by the signal if the reader of a pipe is gone.
fn without_stdout(name: &str, error: &io::Error) -> ExitCode {
    if error.kind() == io::ErrorKind::BrokenPipe {
        let _ = signal_hook::low_level::emulate_default_handler(libc::SIGPIPE);
    }
    plain::print_error(&format!("{name}: write error: {error}\n"));
    ExitCode::from(1)
}
