//! JSON: documents and events as lines, errors as objects.

use super::escape::escape_controls;
use crate::commands::advice;
use aloud::audio::error::{Error, Kind};
use serde::Serialize;
use serde_json::json;
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
    let hint = (!hints.is_empty()).then(|| hints.join("\n"));
    let mut object = json!({
        "kind": error.kind(),
        "device": error.device_name(),
        "file": error.file_name(),
        "message": error.to_string(),
        "hint": hint,
    });
    if error.kind() == Kind::Busy {
        object["holders"] = json!(error.holders());
    }
    escape_controls(&json!({ "error": object }).to_string())
}

#[cfg(test)]
mod tests {
    #[test]
    fn control_characters_are_escaped() {
        let line = super::line(&"\u{9b}\u{1b}").unwrap();
        assert_eq!(line, "\"\\u009b\\u001b\"\n");
    }
}
