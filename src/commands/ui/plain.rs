//! Output of the programs that aloud stands in for: exactly these bytes.

use super::stdout::write_stdout;
use aloud::audio;
use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// Prints text to stdout.
pub fn print(text: &str) -> io::Result<()> {
    write_stdout(text.as_bytes())
}

static LOGS_ERRORS: AtomicBool = AtomicBool::new(false);

/// Sends errors to the system log from now on.
pub fn log_errors() {
    LOGS_ERRORS.store(true, Relaxed);
}

/// Prints text to stderr. A closed stderr is ignored.
pub fn print_error(text: &str) {
    if LOGS_ERRORS.load(Relaxed) {
        return audio::log_error(text.trim_end());
    }
    let _ = io::stderr().write_all(text.as_bytes());
}
