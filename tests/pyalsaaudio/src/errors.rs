//! The module's exception, and the library's errors as Python's.

use aloud::audio::errno::errno_text;
use aloud::audio::error::Error;
use pyo3::exceptions::PyException;
use pyo3::{PyErr, create_exception};

create_exception!(alsaaudio, ALSAAudioError, PyException);

/// An error with this text.
pub fn error(text: impl Into<String>) -> PyErr {
    ALSAAudioError::new_err(text.into())
}

/// The error for an errno, about a device or card: `No such file or directory [default]`.
pub fn errno_error(errno: i32, name: &str) -> PyErr {
    error(format!("{} [{name}]", errno_text(errno)))
}

/// An error of the library, about a device or card. Without an errno, its text is the library's.
pub fn library_error(source: &Error, name: &str) -> PyErr {
    match source.errno() {
        Some(errno) => errno_error(errno, name),
        None => error(format!("{source} [{name}]")),
    }
}
