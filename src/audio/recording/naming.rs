//! File names for a series of files.

use crate::audio::error::{Error, Kind, Result};
use crate::audio::file::part_path;
use crate::audio::wall_time::WallTime;
use jiff::ZonedDateTime;
use jiff::fmt::strtime;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

/// Generates the names of a series.
#[derive(Clone, Debug)]
pub(super) struct Naming {
    /// The name, or the strftime pattern.
    base: PathBuf,
    /// Appended to all names (`.0` for the first channel).
    suffix: String,
    style: NamingStyle,
    /// Number of the last file.
    number: u32,
}

/// How the names of a series differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NamingStyle {
    /// `take-01.wav`, `take-02.wav`.
    Numbered,
    /// A strftime pattern, expanded with the start time of the file. `%v` is the number of the file.
    Strftime,
    /// `take-20261126-051500.wav`: the start time of the file.
    StartTime,
}

impl Naming {
    pub(super) fn new(base: PathBuf, suffix: String, style: NamingStyle) -> Naming {
        Naming {
            base,
            suffix,
            style,
            number: 0,
        }
    }

    /// The name of a single file.
    pub(super) fn unnumbered(&self) -> PathBuf {
        self.with_suffix(&self.base)
    }

    /// Calls `claim` with one unused name after the other until it returns something other than `EEXIST`. `start` is when
    /// the file starts.
    ///
    /// # Errors
    /// [`Kind::Usage`] for an invalid pattern; otherwise the error of `claim`.
    pub(super) fn claim<T>(
        &mut self,
        start: WallTime,
        mut claim: impl FnMut(&Path) -> Result<T>,
    ) -> Result<(PathBuf, T)> {
        let start = start.local();
        let mut attempt = 1;
        loop {
            let name = self.candidate(&start, attempt)?;
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

    /// # Errors
    /// [`Kind::Usage`] for an invalid pattern.
    pub(super) fn check(&self) -> Result<()> {
        self.candidate(&WallTime::now().local(), 1).map(|_| ())
    }

    /// The folder that the names are in, as far as it does not depend on the time.
    pub(super) fn folder(&self) -> &Path {
        let pattern = self.base.as_os_str().as_bytes();
        let end = pattern.iter().position(|byte| *byte == b'%');
        let fixed = match (self.style, end) {
            (NamingStyle::Strftime, Some(end)) => &pattern[..end],
            _ => return parent(&self.base),
        };
        let path = Path::new(OsStr::from_bytes(fixed));
        match fixed.ends_with(b"/") {
            true => path,
            false => parent(path),
        }
    }

    /// Skips a number, for a file that keeps its unnumbered name.
    pub(super) fn skip(&mut self) {
        self.number += 1;
    }

    fn candidate(&self, start: &ZonedDateTime, attempt: u32) -> Result<PathBuf> {
        let name = match self.style {
            NamingStyle::Numbered => numbered(&self.base, self.number + attempt),
            NamingStyle::Strftime => self.expanded(start, attempt)?,
            NamingStyle::StartTime => timed(&self.base, start, attempt),
        };
        Ok(self.with_suffix(&name))
    }

    /// The expanded pattern. Without a `%v` to distinguish attempts, a number is appended from the second attempt on.
    fn expanded(&self, start: &ZonedDateTime, attempt: u32) -> Result<PathBuf> {
        // A path may have any bytes, but a pattern is text: a character stands for each byte.
        let bytes = self.base.as_os_str().as_bytes();
        let pattern: String = bytes.iter().copied().map(char::from).collect();
        let (pattern, has_number) = replace_number(&pattern, self.number + attempt);
        let name = strtime::format(pattern, start).map_err(|error| self.invalid(error))?;
        let bytes = name.chars().map(|byte| byte as u8).collect();
        let name = PathBuf::from(OsString::from_vec(bytes));
        Ok(match has_number || attempt == 1 {
            true => name,
            false => numbered(&name, attempt),
        })
    }

    fn with_suffix(&self, path: &Path) -> PathBuf {
        let mut name = path.as_os_str().to_owned();
        name.push(&self.suffix);
        name.into()
    }

    fn invalid(&self, why: impl std::fmt::Display) -> Error {
        let name = self.base.to_string_lossy();
        let message = format!("invalid file name pattern '{name}': {why}");
        Error::new(Kind::Usage, message)
    }
}

/// The folder that a path is in; `.` for a bare name.
fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// Whether a file of that name exists, finished or still being written.
fn is_taken(path: &Path) -> bool {
    let exists = |path: &Path| fs::symlink_metadata(path).is_ok();
    exists(path) || exists(&part_path(path))
}

/// `take.wav` → `take-01.wav`, `take` → `take-01`.
fn numbered(path: &Path, number: u32) -> PathBuf {
    with_ending(path, &format!("-{number:02}"))
}

/// `take.wav` → `take-20261126-051500.wav`, with a number from the second attempt on.
fn timed(path: &Path, start: &ZonedDateTime, attempt: u32) -> PathBuf {
    let name = with_ending(path, &start.strftime("-%Y%m%d-%H%M%S").to_string());
    match attempt {
        1 => name,
        _ => numbered(&name, attempt),
    }
}

/// Inserts `ending` before the extension.
pub(super) fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.file_stem().unwrap_or_default().to_owned();
    name.push(ending);
    if let Some(extension) = path.extension() {
        name.push(".");
        name.push(extension);
    }
    path.with_file_name(name)
}

/// Replaces arecord's `%v` (not `%%v`) with the number; it means something else in strftime. The `bool` is whether
/// there was one.
fn replace_number(pattern: &str, number: u32) -> (String, bool) {
    let mut replaced = String::with_capacity(pattern.len());
    let mut found = false;
    let mut rest = pattern.chars();
    while let Some(next) = rest.next() {
        let conversion = (next == '%').then(|| rest.next()).flatten();
        if conversion == Some('v') {
            replaced.push_str(&format!("{number:02}"));
            found = true;
        } else {
            replaced.push(next);
            replaced.extend(conversion);
        }
    }
    (replaced, found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_goes_before_the_extension() {
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
    fn the_start_time_goes_before_the_extension() {
        let start = "2026-11-26T05:15:00[UTC]".parse().unwrap();
        let name = |path, attempt| timed(Path::new(path), &start, attempt);
        assert_eq!(name("a/x.wav", 1), Path::new("a/x-20261126-051500.wav"));
        assert_eq!(name("x", 2), Path::new("x-20261126-051500-02"));
    }

    #[test]
    fn the_folder_does_not_depend_on_the_time() {
        for (style, name, folder) in [
            (NamingStyle::Numbered, "a/%Y/x.wav", "a/%Y"),
            (NamingStyle::Numbered, "x.wav", "."),
            (NamingStyle::Strftime, "a/b%Y/x.wav", "a"),
            (NamingStyle::Strftime, "a/%Y/x.wav", "a/"),
            (NamingStyle::Strftime, "%Y.wav", "."),
            (NamingStyle::Strftime, "/%Y.wav", "/"),
            (NamingStyle::Strftime, "a/x.wav", "a"),
        ] {
            let naming = Naming::new(name.into(), String::new(), style);
            assert_eq!(naming.folder(), Path::new(folder), "{name}");
        }
    }

    #[test]
    fn percent_v_is_replaced_by_the_number() {
        assert_eq!(
            replace_number("%Y/%v-%H.wav", 7),
            ("%Y/07-%H.wav".into(), true)
        );
        assert_eq!(replace_number("%%v%", 7), ("%%v%".into(), false));
    }

    #[test]
    fn an_invalid_pattern_is_a_usage_error() {
        let pattern = "/nowhere/%!.wav".into();
        let mut naming = Naming::new(pattern, String::new(), NamingStyle::Strftime);
        let error = naming.claim(WallTime::now(), |_| Ok(())).unwrap_err();
        assert_eq!(error.kind(), Kind::Usage);
    }
}
