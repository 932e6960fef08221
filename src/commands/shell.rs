//! Words for a shell.

/// A word as a shell takes it.
pub fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "-_./,:+@%=".contains(c);
    // Values that would be options have a space before them here.
    let word = word.strip_prefix(' ').unwrap_or(word);
    if !word.is_empty() && word.chars().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_for_the_shell() {
        assert_eq!(quoted("a/b.wav"), "a/b.wav");
        assert_eq!(quoted("it's mine.wav"), r"'it'\''s mine.wav'");
        assert_eq!(quoted(""), "''");
        assert_eq!(quoted(" -12dB"), "-12dB");
    }
}
