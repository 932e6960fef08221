//! What a terminal can show.

use rustix::termios::tcgetwinsize;
use std::io::{stderr, stdin, stdout};
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

/// The widest help, in columns; clap's limit.
const MAX_HELP_COLUMNS: usize = 100;

/// How wide help may be. clap looks for the width in the same places.
pub fn help_columns() -> usize {
    let of_terminal = TerminalSize::of(stdout())
        .or_else(|| TerminalSize::of(stderr()))
        .or_else(|| TerminalSize::of(stdin()));
    let variable = || std::env::var("COLUMNS").ok()?.parse().ok();
    let columns = of_terminal.map(|size| size.columns).or_else(variable);
    columns.unwrap_or(MAX_HELP_COLUMNS).min(MAX_HELP_COLUMNS)
}

/// How to draw: what a terminal can show.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    pub has_color: bool,
    /// Block characters and arrows; otherwise ASCII.
    pub has_unicode: bool,
}

/// Whether the characters of the locale are UTF-8.
pub fn is_utf8_locale() -> bool {
    let set = |name: &&str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(set);
    locale.is_some_and(|locale| {
        let locale = locale.to_ascii_lowercase();
        locale.contains("utf-8") || locale.contains("utf8")
    })
}

/// Whether it shows text only: no colors, no moves of the cursor.
pub fn is_dumb_terminal() -> bool {
    std::env::var_os("TERM").is_none_or(|term| term == "dumb" || term.is_empty())
}
