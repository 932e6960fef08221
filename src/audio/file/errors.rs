//! Errors about the content of files, worded alike for all containers.
//!
//! Functions that do not know the file's name return the part of the message after it.

use crate::audio::error::{Error, Kind};
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

/// A file that ends in the middle of a `part`, after `frames` frames.
pub(super) fn truncated_in(name: &str, part: &str, frames: u64) -> Error {
    let after = count(frames, "frame");
    let why = format!("is truncated in the middle of a {part}, after {after}");
    Error::invalid(name, why)
}

/// A file that ends before the length in seconds that its header declares.
pub(super) fn incomplete(name: &str, declared: f64, found: f64) -> Error {
    let why =
        format!("is incomplete: its header declares {declared:.2} s, but it has {found:.2} s");
    Error::invalid(name, why)
}

/// A file that ends `missing` bytes before its header says.
pub(super) fn lacking(name: &str, missing: u64) -> Error {
    let missing = count(missing, "byte");
    Error::invalid(
        name,
        format!("is incomplete: it lacks {missing} that its header declares"),
    )
}

/// A file that cannot take more frames. `title` is the container's.
pub(super) fn full(name: &str, title: &str) -> Error {
    let message = format!("'{name}' has reached the maximum size of a {title} file");
    Error::new(Kind::NoSpace, message).with_file(name)
}

/// The warning about a file that is whole although its header declares more.
pub(super) fn shorter_than_declared(name: &str, declared: u64, found: u64) -> String {
    let declared = count(declared, "frame");
    format!("'{name}': its header declares {declared}, but it has {found}")
}

/// The warning about a file that has more than its header declares.
pub(super) fn longer_than_declared(name: &str, declared: u64, found: u64) -> String {
    let message = shorter_than_declared(name, declared, found);
    format!("{message}; the rest is not played")
}

/// How messages end about what only ffmpeg decodes. Readers that know no name return parts of messages, so this, and not a
/// value of the error, marks them.
const NEEDS_FFMPEG: &str = ", which needs ffmpeg";

/// What messages about codecs contain that ffmpeg may know.
const UNKNOWN_CODEC: &str = " with an unknown codec (";

/// The rest of the message for a codec that is known but not decoded here.
pub(super) fn unsupported_codec(container: &str, codec: impl Display) -> String {
    format!("is {container} with {codec}{NEEDS_FFMPEG}")
}

/// The rest of the message for an unknown codec; `code` is how the container identifies it.
pub(super) fn unknown_codec(container: &str, code: impl Display) -> String {
    format!("is {container}{UNKNOWN_CODEC}{code})")
}

/// The rest of the message for a container that is not read here.
pub(super) fn unsupported_container(container: &str) -> String {
    format!("is {container}{NEEDS_FFMPEG}")
}

/// Whether ffmpeg may be able to do what was refused with `error`.
pub(super) fn is_for_ffmpeg(error: &Error) -> bool {
    let message = error.to_string();
    error.kind() == Kind::InvalidInput
        && (message.ends_with(NEEDS_FFMPEG) || message.contains(UNKNOWN_CODEC))
}

/// What ffmpeg says about what was refused with `refusal`: `why` completes it.
pub(super) fn refused_by_ffmpeg(refusal: &Error, why: &str) -> Error {
    let message = refusal.to_string();
    let message = match message.strip_suffix(NEEDS_FFMPEG) {
        Some(what) => format!("{what}, which ffmpeg cannot decode: {why}"),
        None => message,
    };
    // The advice is to install it.
    let refusal = refusal.clone().without_advice();
    refusal.restated(Kind::InvalidInput, message)
}
