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

/// The number that `atoi` reads from the start of a text, or 0.
pub fn c_int(text: &str) -> i64 {
    let text = text.trim_start();
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let sign = text.len() - digits.len();
    let count = digits
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(digits.len());
    text[..sign + count].parse().unwrap_or(0)
}

/// The number that `atof` reads from the start of a text, or 0. Hexadecimal numbers are integers only.
pub fn c_double(text: &str) -> f64 {
    let text = text.trim_start();
    let hexadecimal = text.strip_prefix("0x").or(text.strip_prefix("0X"));
    if let Some(digits) = hexadecimal {
        let end = digits.find(|c: char| !c.is_ascii_hexdigit());
        let digits = &digits[..end.unwrap_or(digits.len())];
        return u64::from_str_radix(digits, 16).map_or(0.0, |value| value as f64);
    }
    let ends = text.char_indices().map(|(at, c)| at + c.len_utf8());
    let prefixes = ends.rev().map(|end| &text[..end]);
    let mut numbers = prefixes.filter_map(|prefix| prefix.parse().ok());
    numbers.next().unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::{c_double, c_int, c_long};

    #[test]
    fn fractions_are_those_of_atof() {
        for (text, number) in [
            ("440hz", 440.0),
            (" 1e3x", 1000.0),
            ("5e", 5.0),
            ("0x100", 256.0),
            ("-1.5", -1.5),
            ("hz", 0.0),
            ("", 0.0),
        ] {
            assert_eq!(c_double(text), number, "{text}");
        }
    }

    #[test]
    fn integers_are_those_of_atoi() {
        for (text, number) in [("12x", 12), (" -3", -3), ("x", 0), ("0x1", 0), ("", 0)] {
            assert_eq!(c_int(text), number, "{text}");
        }
    }

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
