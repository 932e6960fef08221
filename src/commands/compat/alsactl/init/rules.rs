//! The state of running rules.

use super::selected::Selected;
use crate::commands::ui::plain;
use aloud::audio::mixer::CardInfo;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// The rules and the variables that they see.
pub(super) struct Rules<'a> {
    pub(super) card: CardInfo,
    pub(super) selected: Selected<'a>,
    pub(super) environment: HashMap<String, String>,
    pub(super) configuration: HashMap<String, String>,
    pub(super) result: String,
    /// The file that is read, and the number of the line.
    pub(super) at: (PathBuf, usize),
    pub(super) depth: u32,
}

/// What follows a line.
pub(super) enum Flow {
    Next,
    /// The line after the label.
    Label(String),
    /// The end of this file.
    Return,
    /// The end of all files.
    Exit(i32),
}

impl Rules<'_> {
    /// Reports what is wrong with a line.
    pub(super) fn wrong(&self, text: &str) {
        let (file, line) = &self.at;
        plain::print_error(&format!("{}:{line}: {text}\n", file.display()));
    }

    /// A path that is relative to the folder of the file that names it.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.at.0.parent().unwrap_or(Path::new("")).join(name)
    }
}

/// What a key leads to.
pub(super) enum KeyOutcome {
    /// The next key.
    True,
    /// The next line.
    False,
    InvalidOperation,
    Then(Flow),
}
