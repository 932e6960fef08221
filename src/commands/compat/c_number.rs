//! Numbers as C programs read them.

/// The number that `strtol` with base 0 reads from all of a text: decimal, hexadecimal after `0x`, octal after `0`. An
/// empty text is 0.
pub fn c_long(text: &str) -> Option<i64> {
    let text = text.trim_start_matches([' ', '\t', '\n', '\u{b}', '\u{c}', '\r']);
    if text.is_empty() {
        return Some(0);
    }
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let hexadecimal = digits.strip_prefix("0x").or(digits.strip_prefix("0X"));
    let (base, digits) = match hexadecimal {
        Some(digits) => (16, digits),
        None if digits.len() > 1 && digits.starts_with('0') => (8, &digits[1..]),
        None => (10, digits),
    };
    if !digits.starts_with(|c: char| c.is_digit(base)) {
        return None;
    }
    let value = i128::from_str_radix(digits, base).ok()?;
    i64::try_from(if negative { -value } else { value }).ok()
}

#[cfg(test)]
mod tests {
    use super::c_long;

    #[test]
    fn numbers_are_those_of_strtol() {
        for (text, number) in [
            ("44100", Some(44_100)),
            (" -5", Some(-5)),
            ("+7", Some(7)),
            ("0x10", Some(16)),
            ("010", Some(8)),
            ("0", Some(0)),
            ("", Some(0)),
            ("5 ", None),
            ("0.5", None),
            ("--5", None),
            ("x", None),
            ("99999999999999999999", None),
        ] {
            assert_eq!(c_long(text), number, "{text}");
        }
    }
}
