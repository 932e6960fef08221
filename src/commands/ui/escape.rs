//! Text from outside, made harmless for terminals.

/// Spells out control characters, so that none takes effect on a terminal.
pub fn escape_controls(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() && c != '\t' {
            safe.push_str(&format!("\\u{:04x}", c as u32));
        } else {
            safe.push(c);
        }
    }
    safe
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
