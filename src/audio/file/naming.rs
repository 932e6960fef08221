//! The names of the files of a series.

use crate::audio::error::{Error, Kind, Result};
use jiff::ZonedDateTime;
use jiff::fmt::strtime;
use std::path::{Path, PathBuf};

/// What the files of a series are called.
#[derive(Clone, Debug)]
pub(super) struct Naming {
    /// The name, or the pattern of it.
    pub(super) base: PathBuf,
    /// Whether it is a pattern of strftime's, in which `%v` is the number of the file.
    pub(super) strftime: bool,
    /// What follows all names (`.0`: the first channel).
    pub(super) tail: String,
}

impl Naming {
    /// The name of the file, of which there is only one.
    pub(super) fn plain(&self) -> PathBuf {
        self.tailed(&self.base)
    }

    /// The name of the `number`th file.
    pub(super) fn numbered(&self, number: u32) -> PathBuf {
        self.tailed(&numbered(&self.base, number))
    }

    /// The name of the `number`th file, begun at `now`; `attempt` numbers it once more if its first name is taken.
    pub(super) fn dated(&self, now: &ZonedDateTime, number: u32, attempt: u32) -> Result<PathBuf> {
        let pattern = self
            .base
            .to_str()
            .ok_or_else(|| self.refuses("it is not UTF-8"))?;
        let pattern = with_number(pattern, number);
        let name = strtime::format(pattern, now).map_err(|error| self.refuses(error))?;
        let name = PathBuf::from(name);
        Ok(match attempt {
            1 => self.tailed(&name),
            _ => self.tailed(&numbered(&name, attempt)),
        })
    }

    /// Whether the pattern numbers the files itself.
    pub(super) fn counts(&self) -> bool {
        self.strftime
            && self
                .base
                .to_str()
                .is_some_and(|pattern| with_number(pattern, 1) != with_number(pattern, 2))
    }

    fn tailed(&self, path: &Path) -> PathBuf {
        let mut name = path.as_os_str().to_owned();
        name.push(&self.tail);
        name.into()
    }

    fn refuses(&self, why: impl std::fmt::Display) -> Error {
        let name = self.base.to_string_lossy();
        Error::new(Kind::Usage, format!("'{name}' makes no file name: {why}"))
    }
}

/// `take.wav` → `take-01.wav`, `take` → `take-01`.
fn numbered(path: &Path, number: u32) -> PathBuf {
    let mut name = path.file_stem().unwrap_or_default().to_owned();
    name.push(format!("-{number:02}"));
    if let Some(suffix) = path.extension() {
        name.push(".");
        name.push(suffix);
    }
    path.with_file_name(name)
}

/// Replaces arecord's `%v`, which is another thing to others; `%%v` is none.
fn with_number(pattern: &str, number: u32) -> String {
    let mut made = String::with_capacity(pattern.len());
    let mut rest = pattern.chars();
    while let Some(next) = rest.next() {
        match (next, next == '%') {
            (_, false) => made.push(next),
            (_, true) => match rest.next() {
                Some('v') => made.push_str(&format!("{number:02}")),
                other => {
                    made.push('%');
                    made.extend(other);
                }
            },
        }
    }
    made
}
