//! Errors about the content of files, worded alike for all containers.
//!
//! Functions that do not know the file's name return the part of the message after it.

use crate::audio::error::Error;
use crate::audio::spelling::count;
use std::fmt::Display;

/// `'NAME' is corrupt: WHY`.
pub(super) fn corrupt(name: &str, why: impl Display) -> Error {
    Error::invalid(name, format!("is corrupt: {why}"))
}

/// `'NAME' contains no audio`.
pub(super) fn no_audio(name: &str) -> Error {
    Error::invalid(name, "contains no audio")
}

/// A file that ends before the length that its header declares.
pub(super) fn truncated(name: &str, declared: u64, found: u64) -> Error {
    let declared = count(declared, "frame");
    let why = format!("is truncated: its header declares {declared}, but it has {found}");
    Error::invalid(name, why)
}

/// The rest of the message for a codec that is known but cannot be decoded.
pub(super) fn unsupported_codec(container: &str, codec: impl Display) -> String {
    format!("is {container} with {codec}, which is not supported")
}

/// The rest of the message for an unknown codec; `code` is how the container identifies it.
pub(super) fn unknown_codec(container: &str, code: impl Display) -> String {
    format!("is {container} with an unknown codec ({code})")
}
