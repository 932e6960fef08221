//! Messages in aplay's form: errors name the function and the line of its source (1.2.8).

use crate::commands::compat::stop::Stop;
use aloud::audio::errno::errno_text;
use aloud::audio::error::Error;

/// An error with status 1.
pub(super) fn error(program: &str, function: &str, line: u32, text: &str) -> Stop {
    Stop::Failed(located(program, function, line, text), 1)
}

/// A message with its place.
pub(super) fn located(program: &str, function: &str, line: u32, text: &str) -> String {
    format!("{program}: {function}:{line}: {text}\n")
}

/// Why a call of alsa-lib has failed.
pub(super) fn why(error: &Error) -> String {
    errno_text(error.errno().unwrap_or(libc::EIO)).to_owned()
}

/// An error about a file, as `perror` prints it.
pub(super) fn file_error(name: &str, errno: i32) -> Stop {
    let why = errno_text(errno);
    let text = match name {
        "" => format!("{why}\n"),
        name => format!("{name}: {why}\n"),
    };
    Stop::Failed(text, 1)
}
