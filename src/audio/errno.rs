//! The system's texts for error numbers.

use std::io;

/// The system's text for an error number with either sign, without Rust's "(os error N)".
pub fn errno_text(errno: i32) -> String {
    io_error_text(&io::Error::from_raw_os_error(errno.abs()))
}

/// The same for an [`io::Error`]. An error without a number keeps its own text.
pub(crate) fn io_error_text(error: &io::Error) -> String {
    let text = error.to_string();
    match text.find(" (os error") {
        Some(end) => text[..end].to_owned(),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_system_text_has_no_rust_suffix() {
        assert_eq!(errno_text(libc::ESTRPIPE), "Streams pipe error");
        assert_eq!(errno_text(-libc::EBADFD), "File descriptor in bad state");
    }
}
