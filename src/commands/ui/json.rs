//! JSON: documents and events as lines, errors as objects.

use super::escape::escape_controls;
use crate::commands::advice;
use aloud::audio::error::{Error, Holder, Kind};
use schemars::JsonSchema;
use serde::Serialize;
use std::io;

/// One line of JSON. Control characters can occur in strings only, so each is replaced by its escape.
pub fn line(value: &impl Serialize) -> io::Result<String> {
    let mut line = String::new();
    for c in serde_json::to_string(value)?.chars() {
        match c {
            // serde_json escapes the others itself.
            '\u{7f}'..='\u{9f}' => line.push_str(&format!("\\u{:04x}", c as u32)),
            _ => line.push(c),
        }
    }
    line.push('\n');
    Ok(line)
}

/// The object that stands for an error on stderr.
pub fn error(error: &Error) -> String {
    let hints = advice::hints(error);
    let line = ErrorLine {
        error: ErrorObject {
            kind: error.kind(),
            device: error.device_name(),
            file: error.file_name(),
            message: error.to_string(),
            hint: (!hints.is_empty()).then(|| hints.join("\n")),
            holders: (error.kind() == Kind::Busy).then(|| error.holders()),
        },
    };
    // Text and numbers cannot fail.
    escape_controls(&serde_json::to_string(&line).unwrap_or_default()).into_owned()
}

/// A line of stderr that reports an error.
#[derive(Serialize, JsonSchema)]
pub struct ErrorLine<'a> {
    /// The error.
    error: ErrorObject<'a>,
}

#[derive(Serialize, JsonSchema)]
struct ErrorObject<'a> {
    /// Its kind, which decides the exit status.
    kind: Kind,
    /// The device; null if there is none.
    device: Option<&'a str>,
    /// The file; null if there is none.
    file: Option<&'a str>,
    /// What happened, in one line.
    message: String,
    /// What can be done about it, one hint per line.
    hint: Option<String>,
    /// The processes that use the device. Only busy errors have it.
    #[serde(skip_serializing_if = "Option::is_none")]
    holders: Option<&'a [Holder]>,
}

#[cfg(test)]
mod tests {
    #[test]
    fn control_characters_are_escaped() {
        let line = super::line(&"\u{9b}\u{1b}").unwrap();
        assert_eq!(line, "\"\\u009b\\u001b\"\n");
    }
}
