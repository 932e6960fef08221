//! How a command ends.

use aloud::audio::error::{Error, Kind};
use std::io;

/// How a command ended, unless it ended with a [`Failure`].
pub enum Exit {
    /// Everything was done.
    Done,
    /// It failed, and has already reported why.
    Failed(Kind),
    /// A signal ended it. It is raised again, so that the shell sees it.
    Signal(i32),
}

/// What a command could not deal with.
#[derive(Debug)]
pub enum Failure {
    /// An error to report.
    Error(Error),
    /// stdout cannot be written.
    Stdout(io::Error),
    /// A call to the system failed that has nothing to do with sound; its context says what was tried.
    System(anyhow::Error),
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Failure {
        Failure::System(error)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        Failure::Error(error)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Failure {
        Failure::Stdout(error)
    }
}

/// What a command returns.
pub type Result<T = Exit> = std::result::Result<T, Failure>;
