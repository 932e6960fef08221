//! Converts symphonia's errors.

use super::media_source::ContentError;
use crate::audio::error::Error;
use crate::audio::file::container::Container;
use crate::audio::file::errors::{corrupt, truncated_in, unsupported_codec};
use crate::audio::spelling::count;
use symphonia::core::errors::Error as SymphoniaError;

/// The error for a failure to open a file.
pub(super) fn map_open_error(container: Container, name: &str, error: SymphoniaError) -> Error {
    match error {
        SymphoniaError::Unsupported(what) if what.starts_with("core (probe)") => {
            corrupt(name, format!("it has no {} frames", container.title()))
        }
        error => map_error(container, name, 0, error),
    }
}

/// The error for a failure after `frames` frames.
pub(super) fn map_error(
    container: Container,
    name: &str,
    frames: u64,
    error: SymphoniaError,
) -> Error {
    let after = count(frames, "frame");
    match error {
        SymphoniaError::IoError(error) => map_io_error(name, frames, error),
        SymphoniaError::Unsupported(what) if reason(what).starts_with("missing") => {
            corrupt(name, reason(what))
        }
        SymphoniaError::Unsupported(what) => {
            let feature = format!("an unsupported feature ({})", reason(what));
            let why = unsupported_codec(container.title(), feature);
            Error::invalid(name, why)
        }
        SymphoniaError::DecodeError(what) | SymphoniaError::LimitError(what) if frames == 0 => {
            corrupt(name, reason(what))
        }
        SymphoniaError::DecodeError(what) | SymphoniaError::LimitError(what) => {
            let why = format!("is corrupt after {after}: {}", reason(what));
            Error::invalid(name, why)
        }
        error => Error::invalid(name, format!("cannot be read after {after}: {error}")),
    }
}

fn map_io_error(name: &str, frames: u64, error: std::io::Error) -> Error {
    match error.get_ref() {
        Some(inner) if inner.is::<Error>() => {
            match error.into_inner().map(|inner| inner.downcast::<Error>()) {
                Some(Ok(inner)) => *inner,
                _ => Error::internal("an error was lost"),
            }
        }
        Some(inner) if inner.is::<ContentError>() => Error::invalid(name, inner),
        _ if error.raw_os_error().is_some() => Error::file("read", name, &error),
        _ if frames == 0 => corrupt(name, "it ends before any audio"),
        _ => truncated_in(name, "packet", frames),
    }
}

/// symphonia's message without the name of the component in front of it.
fn reason(what: &str) -> &str {
    what.split_once(": ").map_or(what, |(_, reason)| reason)
}
