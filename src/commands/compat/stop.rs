//! How a program that aloud stands in for ends.

use aloud::audio::errno::errno_text;
use aloud::audio::error::{Error, Kind};
use std::io;

/// Why a program that aloud stands in for ends early.
#[derive(Debug)]
pub enum Stop {
    /// It has failed: the text for stderr, and the exit status.
    Failed(String, u8),
    /// stdout cannot be written.
    Stdout(io::Error),
}

/// What such a program returns.
pub type Result<T> = std::result::Result<T, Stop>;

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Stop {
        Stop::Stdout(error)
    }
}

/// The errno of an error, or the one that a C program would have got.
pub fn errno(error: &Error) -> i32 {
    error.errno().unwrap_or(match error.kind() {
        Kind::Busy => libc::EBUSY,
        _ => libc::EINVAL,
    })
}

/// The system's text for what went wrong.
pub fn reason(error: &Error) -> String {
    errno_text(errno(error))
}
