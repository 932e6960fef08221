//! Output of the programs that aloud stands in for: exactly these bytes.

use super::stdout::write_stdout;
use aloud::audio;
use std::ffi::CStr;
use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// Prints text to stdout.
pub fn print(text: &str) -> io::Result<()> {
    write_stdout(text.as_bytes())
}

static LOGS_ERRORS: AtomicBool = AtomicBool::new(false);
static ARE_CRITICAL: AtomicBool = AtomicBool::new(false);

/// Sends errors to the system log from now on, as this program.
pub fn log_errors(name: &'static CStr, are_critical: bool) {
    audio::log_errors_as(name);
    ARE_CRITICAL.store(are_critical, Relaxed);
    LOGS_ERRORS.store(true, Relaxed);
}

/// Prints text to stderr. A closed stderr is ignored.
pub fn print_error(text: &str) {
    if LOGS_ERRORS.load(Relaxed) {
        let is_critical = ARE_CRITICAL.load(Relaxed);
        return (text.lines()).for_each(|line| audio::log_error(line, is_critical));
    }
    let _ = io::stderr().write_all(text.as_bytes());
}
