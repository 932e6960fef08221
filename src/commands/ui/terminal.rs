//! What a terminal can show.

use rustix::termios::tcgetwinsize;
use std::os::fd::AsFd;

/// Columns and rows of a terminal.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TerminalSize {
    pub columns: usize,
    pub rows: usize,
}

impl TerminalSize {
    /// `None` for anything but a terminal, and if it does not report a size.
    pub fn of(output: impl AsFd) -> Option<TerminalSize> {
        let size = tcgetwinsize(output).ok()?;
        (size.ws_col > 0 && size.ws_row > 0).then(|| TerminalSize {
            columns: size.ws_col.into(),
            rows: size.ws_row.into(),
        })
    }
}

/// Whether it shows text only: no colors, no moves of the cursor.
pub fn is_dumb_terminal() -> bool {
    std::env::var_os("TERM").is_none_or(|term| term == "dumb" || term.is_empty())
}
