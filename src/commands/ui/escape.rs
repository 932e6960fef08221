//! Text from outside, made harmless for terminals.

use std::borrow::Cow;

/// Spells out control characters, so that none takes effect on a terminal.
pub fn escape_controls(text: &str) -> Cow<'_, str> {
    // Most text has none. To count is faster than to stop at the first.
    let is_plain = |byte: &u8| matches!(byte, b' '..=b'~' | b'\t');
    if text.bytes().filter(is_plain).count() == text.len() {
        return text.into();
    }
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() && c != '\t' {
            safe.push_str(&format!("\\u{:04x}", c as u32));
        } else {
            safe.push(c);
        }
    }
    safe.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_escaped() {
        assert_eq!(
            escape_controls("a\u{1b}[2Jb\u{9b}c\nd"),
            "a\\u001b[2Jb\\u009bc\\u000ad"
        );
    }
}
