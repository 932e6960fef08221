//! Errors that end a loop.

use crate::commands::compat::stop::Stop;

/// alsa-utils returns this for every failure.
pub(super) const FAILED: u8 = 1;

pub(super) fn failed(text: &str) -> Stop {
    Stop::Failed(text.to_owned(), FAILED)
}
