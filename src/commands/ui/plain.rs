//! Output of the programs that aloud stands in for: exactly these bytes.

use super::stdout::write_stdout;
use std::io::{self, Write};

/// Prints text to stdout.
pub fn print(text: &str) -> io::Result<()> {
    write_stdout(text.as_bytes())
}

/// Prints text to stderr. A closed stderr is ignored.
pub fn print_error(text: &str) {
    let _ = io::stderr().write_all(text.as_bytes());
}
