//! How a program that aloud stands in for ends.

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
