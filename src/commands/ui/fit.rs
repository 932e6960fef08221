//! Text that fits into a number of terminal columns.

use super::escape::escape_controls;
use aloud::audio::spelling::count;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Columns that `text` takes on a terminal.
pub fn width(text: &str) -> usize {
    text.width()
}

/// `text` with its control characters escaped, cut off with `end` if it takes more than `columns`.
pub fn fit(text: &str, columns: usize, end: &str) -> String {
    let text = text.replace('\t', " ");
    let safe = escape_controls(&text);
    if width(&safe) <= columns {
        return safe.into_owned();
    }
    let room = columns.saturating_sub(width(end));
    let (mut cut, mut used) = (String::new(), 0);
    for c in safe.chars() {
        used += c.width().unwrap_or(0);
        if used > room {
            break;
        }
        cut.push(c);
    }
    // A sequence of characters may take more columns than its parts.
    while width(&cut) > room {
        cut.pop();
    }
    match columns {
        0 => String::new(),
        _ => cut.trim_end().to_owned() + end,
    }
}

/// The text in lines of at most `columns` that start with `indent`, except for the first. A longer word has a line of its
/// own.
pub fn wrapped(text: &str, indent: &str, columns: usize) -> String {
    let columns = columns.saturating_sub(indent.len());
    let mut lines = String::new();
    let mut used = 0;
    for word in text.split(' ') {
        let length = width(word);
        if used > 0 && used + 1 + length > columns {
            lines += &format!("\n{indent}");
            used = 0;
        } else if used > 0 {
            lines.push(' ');
            used += 1;
        }
        lines += word;
        used += length;
    }
    lines.push('\n');
    lines
}

/// A number of bytes in a few digits: `1.5 MiB`.
pub fn size_text(bytes: u64) -> String {
    let units = ["KiB", "MiB", "GiB", "TiB"];
    let mut size = bytes as f64;
    let mut unit = None;
    for name in units {
        if size < 1024.0 {
            break;
        }
        (size, unit) = (size / 1024.0, Some(name));
    }
    match unit {
        Some(unit) => format!("{size:.1} {unit}"),
        None => count(bytes, "byte"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_cut_off_by_columns() {
        assert_eq!(fit("short", 5, "…"), "short");
        assert_eq!(fit("longer", 5, "…"), "long…");
        assert_eq!(fit("longer", 5, "..."), "lo...");
        // Wide characters take two columns, combining ones none.
        assert_eq!(fit("日本語テスト", 7, "…"), "日本語…");
        assert_eq!(fit("日本語テスト", 6, "…"), "日本…");
        assert_eq!(fit("🎵🎵🎵", 4, "…"), "🎵…");
        assert_eq!(width(&fit("e\u{301}e\u{301}e\u{301}", 2, "…")), 2);
        assert_eq!(fit("anything", 0, "…"), "");
        assert_eq!(fit("anything", 1, "…"), "…");
    }

    #[test]
    fn text_is_wrapped_between_words() {
        assert_eq!(wrapped("one two three", "  ", 9), "one two\n  three\n");
        assert_eq!(wrapped("one two three", "  ", 8), "one\n  two\n  three\n");
        assert_eq!(wrapped("日本 語", "", 6), "日本\n語\n");
        assert_eq!(wrapped("", "  ", 9), "\n");
    }

    #[test]
    fn control_characters_are_escaped_before_the_text_is_measured() {
        assert_eq!(fit("a\u{1b}[2Jb", 20, "…"), "a\\u001b[2Jb");
        assert_eq!(fit("a\u{1b}[2Jb", 6, "…"), "a\\u00…");
        assert_eq!(fit("a\tb\nc", 20, "…"), "a b\\u000ac");
    }

    #[test]
    fn sizes_have_few_digits() {
        assert_eq!(size_text(1), "1 byte");
        assert_eq!(size_text(1023), "1023 bytes");
        assert_eq!(size_text(1536), "1.5 KiB");
        assert_eq!(size_text(3 << 30), "3.0 GiB");
    }
}
