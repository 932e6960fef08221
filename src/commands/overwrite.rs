//! Asks before files are overwritten, where there is somebody to ask.

use super::ui::Ui;
use aloud::audio::error::{Error, Kind, Result};
use aloud::audio::file::names_descriptor;
use rustix::process::getpgrp;
use rustix::stdio::stdin;
use rustix::termios::tcgetpgrp;
use std::io::{IsTerminal, stderr};
use std::path::{Path, PathBuf};

/// Asks about each of `paths` that is a regular file, except for one that the shell has opened, which emptied it if that
/// was wanted. Asks nothing unless stdin and stderr are a terminal, and this process has it.
///
/// # Errors
/// [`Kind::Io`] if one is to be kept.
pub fn ask(ui: &Ui, paths: &[PathBuf]) -> Result<()> {
    let is_interactive = stdin().is_terminal() && stderr().is_terminal();
    let has_terminal = tcgetpgrp(stdin()).map_or(true, |group| group == getpgrp());
    if !is_interactive || !has_terminal {
        return Ok(());
    }
    paths.iter().try_for_each(|path| ask_about(ui, path))
}

fn ask_about(ui: &Ui, path: &Path) -> Result<()> {
    let found = match std::fs::metadata(path) {
        Ok(found) if found.is_file() && !names_descriptor(path) => found,
        _ => return Ok(()),
    };
    let name = path.to_string_lossy();
    if ui.confirms(&format!("overwrite '{name}'"), found.len()) {
        return Ok(());
    }
    let message = format!("'{name}' exists and is kept");
    Err(Error::new(Kind::Io, message).with_file(&name))
}
