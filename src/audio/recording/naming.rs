//! File names for a series of files.

use crate::audio::error::{Error, Kind, Result};
use crate::audio::file::{excess, part_path, shortened};
use crate::audio::wall_time::WallTime;
use jiff::ZonedDateTime;
use jiff::fmt::strtime;
use std::ffi::{OsStr, OsString};
use std::fmt::Write;
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
    /// the file starts. A name that is too long for what is added to it is shortened, so that a recording never ends because
    /// of it.
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
            let name = self.fitting(&start, attempt)?;
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

    /// Checks the name of the file with this number, counted from 1; that of the first one if only some names have numbers.
    ///
    /// # Errors
    /// [`Kind::Usage`] for an invalid pattern; `ENAMETOOLONG` if the file system has no such long names.
    pub(super) fn check(&self, number: u32) -> Result<()> {
        let attempt = match self.style {
            NamingStyle::Numbered => number,
            NamingStyle::Strftime | NamingStyle::StartTime => 1,
        };
        let name = self.candidate(&WallTime::now().local(), attempt)?;
        match fs::symlink_metadata(&name) {
            Err(error) if error.raw_os_error() == Some(libc::ENAMETOOLONG) => {
                Err(Error::file("create", &name.to_string_lossy(), &error))
            }
            _ => Ok(()),
        }
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

    /// A candidate that is short enough for a file. The number is kept: it is the order of the files.
    fn fitting(&self, start: &ZonedDateTime, attempt: u32) -> Result<PathBuf> {
        let name = self.candidate(start, attempt)?;
        match (excess(&name), self.style) {
            (0, _) => Ok(name),
            (excess, NamingStyle::Strftime) => Ok(shortened(&name, excess)),
            (excess, NamingStyle::Numbered | NamingStyle::StartTime) => {
                let base = shortened(&self.base, excess);
                let naming = Naming {
                    base,
                    ..self.clone()
                };
                naming.candidate(start, attempt)
            }
        }
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
        let (pattern, has_number) =
            prepared(&pattern, self.number + attempt).map_err(|why| self.invalid(why))?;
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

/// The conversions of C's strftime that a file name may have: not those for a newline and a tab. `%v` is arecord's.
const CONVERSIONS: &str = "%AaBbCcDdeFGgHhIjklMmPpRrSsTUuVvWwXxYyZz";

/// Prepares a pattern for `jiff`: `%v`, which means something else there, becomes the number, and conversions that depend on
/// the locale those of C's own. The `bool` is whether there was a `%v`.
///
/// # Errors
/// An unknown conversion. `jiff` has some that strftime lacks; `%Q` would name a folder.
fn prepared(pattern: &str, number: u32) -> std::result::Result<(String, bool), String> {
    let mut prepared = String::with_capacity(pattern.len());
    let mut has_number = false;
    let mut rest = pattern.chars();
    while let Some(next) = rest.next() {
        if next != '%' {
            prepared.push(next);
            continue;
        }
        let is_flag = |c: char| "-_^#".contains(c) || c.is_ascii_digit();
        let flags: String = rest.clone().take_while(|c| is_flag(*c)).collect();
        let conversion = rest.by_ref().find(|c| !is_flag(*c));
        match conversion {
            Some('v') if flags.is_empty() => {
                let _ = write!(prepared, "{number:02}");
                has_number = true;
            }
            Some('c') if flags.is_empty() => prepared.push_str("%a %b %e %H:%M:%S %Y"),
            Some('x') if flags.is_empty() => prepared.push_str("%m/%d/%y"),
            Some('r') if flags.is_empty() => prepared.push_str("%I:%M:%S %p"),
            Some(known) if CONVERSIONS.contains(known) && known != 'v' => {
                let _ = write!(prepared, "%{flags}{known}");
            }
            Some(unknown) => return Err(format!("'%{flags}{unknown}' is unknown")),
            None => return Err("it ends with '%': write '%%' for a percent sign".to_owned()),
        }
    }
    Ok((prepared, has_number))
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
        for (pattern, wanted) in [
            ("%Y/%v-%H.wav", ("%Y/07-%H.wav", true)),
            ("%%v", ("%%v", false)),
            ("%-d %_H %^a %10Y", ("%-d %_H %^a %10Y", false)),
            ("%c", ("%a %b %e %H:%M:%S %Y", false)),
            ("100 %%", ("100 %%", false)),
        ] {
            let wanted = Ok((wanted.0.to_owned(), wanted.1));
            assert_eq!(prepared(pattern, 7), wanted, "{pattern}");
        }
    }

    #[test]
    fn unknown_conversions_are_errors() {
        for (pattern, named) in [
            ("%Q.wav", "'%Q'"),
            ("%n", "'%n'"),
            ("a%:Q", "'%:'"),
            ("%Y%Ey", "'%E'"),
            ("%2v", "'%2v'"),
            ("%\u{e9}", "'%\u{e9}'"),
            ("%v%", "ends"),
            ("%05", "ends"),
        ] {
            let error = prepared(pattern, 7).unwrap_err();
            assert!(error.contains(named), "{pattern}: {error}");
        }
    }

    /// Each of them is known to `jiff`.
    #[test]
    fn all_conversions_expand() {
        let start = "2026-11-07T05:15:00[UTC]".parse().unwrap();
        let expanded = |pattern: &str| {
            let naming = Naming::new(pattern.into(), String::new(), NamingStyle::Strftime);
            naming.candidate(&start, 1).unwrap()
        };
        for conversion in CONVERSIONS.chars() {
            expanded(&format!("%{conversion}"));
        }
        assert_eq!(expanded("%c"), Path::new("Sat Nov  7 05:15:00 2026"));
        assert_eq!(expanded("%x %X"), Path::new("11/07/26 05:15:00"));
        assert_eq!(expanded("%r"), Path::new("05:15:00 AM"));
    }

    #[test]
    fn an_invalid_pattern_is_a_usage_error() {
        let pattern = "/nowhere/%!.wav".into();
        let mut naming = Naming::new(pattern, String::new(), NamingStyle::Strftime);
        let error = naming.claim(WallTime::now(), |_| Ok(())).unwrap_err();
        assert_eq!(error.kind(), Kind::Usage);
    }
}
