//! The names of the files of a series.

use crate::audio::error::{Error, Kind, Result};
use crate::audio::file::part_of;
use jiff::ZonedDateTime;
use jiff::fmt::strtime;
use std::fs;
use std::path::{Path, PathBuf};

/// What the files of a series are called, and how many have their names.
#[derive(Clone, Debug)]
pub(super) struct Naming {
    /// The name, or the pattern of it.
    base: PathBuf,
    /// What follows all names (`.0`: the first channel).
    tail: String,
    style: Style,
    /// Number of the last file.
    number: u32,
}

/// How one name becomes many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// By numbers: `take-01.wav`, `take-02.wav`.
    Numbered,
    /// By a pattern of strftime's and the time at which each file begins. `%v` is the number of the file.
    Dated,
}

impl Naming {
    /// The names that come from `base` and end in `tail`.
    pub(super) fn new(base: PathBuf, tail: String, style: Style) -> Naming {
        Naming {
            base,
            tail,
            style,
            number: 0,
        }
    }

    /// The name of a file that is the only one.
    pub(super) fn plain(&self) -> PathBuf {
        self.tailed(&self.base)
    }

    /// Offers `claim` one name after the other until it takes one that nobody has (not `EEXIST`).
    ///
    /// # Errors
    /// [`Kind::Usage`] for a pattern that makes no name; what `claim` gives otherwise.
    pub(super) fn claim<T>(
        &mut self,
        mut claim: impl FnMut(&Path) -> Result<T>,
    ) -> Result<(PathBuf, T)> {
        let now = ZonedDateTime::now();
        let mut attempt = 1;
        loop {
            let name = match self.style {
                Style::Numbered => self.tailed(&numbered(&self.base, self.number + attempt)),
                Style::Dated => self.tailed(&self.dated(&now, attempt)?),
            };
            if !is_taken(&name) {
                match claim(&name) {
                    Err(error) if error.errno() == Some(libc::EEXIST) => {}
                    Err(error) => return Err(error),
                    Ok(claimed) => {
                        self.number += attempt;
                        return Ok((name, claimed));
                    }
                }
            }
            attempt += 1;
        }
    }

    /// Passes over the number of a file that keeps the plain name.
    pub(super) fn pass(&mut self) {
        self.number += 1;
    }

    /// A pattern that has no place for the number gets one behind the name, when it is needed.
    fn dated(&self, now: &ZonedDateTime, attempt: u32) -> Result<PathBuf> {
        let pattern = self
            .base
            .to_str()
            .ok_or_else(|| self.refuses("it is not UTF-8"))?;
        let (pattern, counts) = with_number(pattern, self.number + attempt);
        let name = strtime::format(pattern, now).map_err(|error| self.refuses(error))?;
        let name = PathBuf::from(name);
        Ok(match counts || attempt == 1 {
            true => name,
            false => numbered(&name, attempt),
        })
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

/// Whether there is such a file, finished or still growing.
fn is_taken(path: &Path) -> bool {
    let exists = |path: &Path| fs::symlink_metadata(path).is_ok();
    exists(path) || exists(&part_of(path))
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

/// Puts the number where arecord's `%v` stands (which is another thing to others; `%%v` is none), and tells whether
/// it stands anywhere.
fn with_number(pattern: &str, number: u32) -> (String, bool) {
    let mut made = String::with_capacity(pattern.len());
    let mut counts = false;
    let mut rest = pattern.chars();
    while let Some(next) = rest.next() {
        let conversion = (next == '%').then(|| rest.next()).flatten();
        if conversion == Some('v') {
            made.push_str(&format!("{number:02}"));
            counts = true;
        } else {
            made.push(next);
            made.extend(conversion);
        }
    }
    (made, counts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_stands_before_the_suffix_or_at_the_end_of_a_name_without_one() {
        for (name, second) in [
            ("take.wav", "take-02.wav"),
            ("x", "x-02"),
            ("a.b/x", "a.b/x-02"),
            ("./x.tar.raw", "./x.tar-02.raw"),
            (".hidden", ".hidden-02"),
        ] {
            assert_eq!(numbered(Path::new(name), 2), Path::new(second));
        }
        assert_eq!(numbered(Path::new("x"), 123), Path::new("x-123"));
    }

    #[test]
    fn the_number_of_a_file_stands_where_the_pattern_says() {
        assert_eq!(
            with_number("%Y/%v-%H.wav", 7),
            ("%Y/07-%H.wav".into(), true)
        );
        assert_eq!(with_number("%%v%", 7), ("%%v%".into(), false));
    }

    #[test]
    fn a_pattern_that_is_none_is_a_wrong_command_line() {
        let mut naming = Naming::new("/nowhere/%!.wav".into(), String::new(), Style::Dated);
        let error = naming.claim(|_| Ok(())).unwrap_err();
        assert_eq!(error.kind(), Kind::Usage);
    }
}
