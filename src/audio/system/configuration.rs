//! Errors in alsa-lib's configuration: alsa.conf, ~/.asoundrc, and what they include.
//!
//! If alsa-lib cannot read its configuration, every call fails with an unspecific errno (EINVAL), or finds nothing.
//! Only the log messages name the file and the line.

use crate::audio::advice::DeviceAdvice;
use crate::audio::error::{Error, Kind, Result};
use crate::audio::ffi::{ctl, messages};

/// Checks that alsa-lib can read its configuration. Where alsa-lib prints its messages itself, it says so with each call:
/// then this does nothing, because alsa-lib would print them once more.
///
/// # Errors
/// [`Kind::Internal`] if it is invalid or missing, with the file and the line as advice.
pub fn check() -> Result<()> {
    if messages::are_printed() {
        return Ok(());
    }
    messages::capture();
    let loaded = ctl::load_configuration();
    let error = Error::device(
        "read",
        "libasound's configuration",
        loaded.err().unwrap_or(0),
    );
    let found = match loaded {
        // Without memory or descriptors, alsa-lib reports files that exist as missing or invalid.
        Err(libc::ENOMEM | libc::EMFILE | libc::ENFILE) => None,
        Err(_) => fault(error.library_messages()),
        Ok(false) => missing(error.library_messages()).or_else(empty),
        Ok(true) => None,
    };
    let message = match (&found, loaded) {
        (Some(found), _) => found.message(),
        (None, Ok(_)) => return Ok(()),
        (None, Err(_)) => error.to_string(),
    };
    let error = error.restated(Kind::Internal, message);
    Err(match found {
        Some(found) => error.with_file(found.file()).with_advice(found.advice()),
        None => error,
    })
}

/// The error for an operation that failed because of the configuration; `None` if that is not the cause.
pub(super) fn explain(error: &Error, doing: &str) -> Option<Error> {
    let fault = check().err()?;
    let message = format!("{doing}: {fault}");
    let mut explained = error.clone().restated(Kind::Internal, message);
    if let Some(file) = fault.file_name() {
        explained = explained.with_file(file);
    }
    let advice = fault.advice().iter().cloned();
    Some(advice.fold(explained, Error::with_advice))
}

/// What is wrong with the configuration.
#[derive(Debug, PartialEq, Eq)]
enum Fault {
    Missing {
        file: String,
    },
    Empty {
        file: String,
    },
    Invalid {
        file: String,
        line: u32,
        reason: String,
    },
}

impl Fault {
    fn file(&self) -> &str {
        match self {
            Fault::Missing { file } | Fault::Empty { file } | Fault::Invalid { file, .. } => file,
        }
    }

    fn message(&self) -> String {
        match self {
            Fault::Missing { file } => format!("libasound's configuration {file} is missing"),
            Fault::Empty { file } => format!("libasound's configuration {file} defines nothing"),
            Fault::Invalid { .. } => "libasound's configuration is invalid".to_owned(),
        }
    }

    fn advice(self) -> DeviceAdvice {
        match self {
            Fault::Missing { .. } | Fault::Empty { .. } => DeviceAdvice::InstallConfiguration,
            Fault::Invalid { file, line, reason } => {
                DeviceAdvice::FixConfiguration { file, line, reason }
            }
        }
    }
}

fn after<'a>(messages: &'a [String], words: &str) -> Option<&'a str> {
    let found = |line: &'a String| line.split_once(words).map(|(_, rest)| rest.trim());
    messages.iter().find_map(found)
}

fn missing(messages: &[String]) -> Option<Fault> {
    let file = after(messages, "Cannot access file ")?.to_owned();
    Some(Fault::Missing { file })
}

/// The file is empty, a folder or a device: alsa-lib says nothing about that. (Without descriptors, it has read nothing of
/// any file.)
fn empty() -> Option<Fault> {
    let file = std::env::var("ALSA_CONFIG_PATH").ok()?;
    let found = std::fs::metadata(&file).ok()?;
    (!found.is_file() || found.len() == 0).then_some(Fault::Empty { file })
}

/// The fault in the first message with a position, `NAME:LINE:COLUMN:REASON`. There, alsa-lib names only included
/// files; a later message names the others.
fn fault(messages: &[String]) -> Option<Fault> {
    let position = after(messages, "_snd_config_load_with_include: ")?;
    let mut parts = position.rsplitn(4, ':');
    let (reason, _column) = (parts.next()?, parts.next()?);
    let (line, name) = (parts.next()?.parse().ok()?, parts.next()?);
    let file = match name {
        "_toplevel_" => before(messages, " may be old or corrupted")?,
        name => name,
    };
    // An earlier message names an included file that does not exist.
    let reason = match after(messages, "Cannot access file ") {
        Some(included) => format!("{included} does not exist"),
        None => reason.to_lowercase(),
    };
    Some(Fault::Invalid {
        file: file.to_owned(),
        line,
        reason,
    })
}

/// The text before `words` in the first message that contains them, without the name of alsa-lib's function.
fn before<'a>(messages: &'a [String], words: &str) -> Option<&'a str> {
    let line = messages.iter().find_map(|line| line.split_once(words))?.0;
    Some(line.split_once(": ").map_or(line, |(_, text)| text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn invalid(messages: &[&str]) -> Option<Fault> {
        let messages: Vec<_> = messages.iter().map(|&line| line.to_owned()).collect();
        fault(&messages)
    }

    #[test]
    fn the_file_and_line_are_those_of_the_messages() {
        let loaded = "_snd_config_load_with_include: _toplevel_:3:0:Unexpected end of file";
        let corrupted = "config_file_open: /home/u/.asoundrc may be old or corrupted: consider to remove or fix it";
        let expected = Fault::Invalid {
            file: "/home/u/.asoundrc".to_owned(),
            line: 3,
            reason: "unexpected end of file".to_owned(),
        };
        assert_eq!(invalid(&[loaded, corrupted]), Some(expected));
        let included = "_snd_config_load_with_include: /etc/a:b.conf:7:2:Unexpected char";
        let expected = Fault::Invalid {
            file: "/etc/a:b.conf".to_owned(),
            line: 7,
            reason: "unexpected char".to_owned(),
        };
        assert_eq!(invalid(&[included, corrupted]), Some(expected));
        assert_eq!(invalid(&["snd_pcm_open: whatever"]), None);
    }

    #[test]
    fn the_configuration_of_this_machine_is_valid() {
        check().unwrap();
    }
}
