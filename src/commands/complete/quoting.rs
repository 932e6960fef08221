//! The quotes of shells.

/// The last word of a command line, which may be incomplete.
#[derive(Debug, Default, PartialEq)]
pub struct BashWord {
    /// What it means, without quotes.
    pub text: String,
    /// As it is typed.
    raw: String,
    /// The quote that is open at its end.
    quote: Option<char>,
    /// What it means up to the open quote.
    before_quote: usize,
}

/// Splits a command line as a shell does. Returns the words before the last, and the last, which is empty after a blank.
pub fn split(line: &str) -> Option<(Vec<String>, BashWord)> {
    let mut words = Vec::new();
    let mut word = BashWord::default();
    let mut letters = line.chars();
    while let Some(letter) = letters.next() {
        if word.quote.is_none() && letter.is_ascii_whitespace() {
            if !word.raw.is_empty() {
                words.push(std::mem::take(&mut word).text);
            }
            continue;
        }
        word.raw.push(letter);
        match (word.quote, letter) {
            (Some(quote), _) if letter == quote => word.quote = None,
            (None, '\'' | '"') => {
                word.quote = Some(letter);
                word.before_quote = word.text.len();
            }
            (None | Some('"'), '\\') => {
                let next = letters.next()?;
                word.raw.push(next);
                let is_escape = word.quote.is_none() || "\"\\$`".contains(next);
                if !is_escape {
                    word.text.push('\\');
                }
                word.text.push(next);
            }
            _ => word.text.push(letter),
        }
    }
    Some((words, word))
}

/// What a word means.
pub fn without_quotes(word: &str) -> String {
    let escaped: String = word
        .chars()
        .flat_map(|letter| match letter.is_ascii_whitespace() {
            true => vec!['\\', letter],
            false => vec![letter],
        })
        .collect();
    let is_quoted = word.starts_with(['\'', '"']) || word.contains('\\');
    let line = if is_quoted { word } else { &escaped };
    split(line).map_or_else(|| word.to_owned(), |(_, word)| word.text)
}

impl BashWord {
    /// What bash inserts for `value`, which starts with what is typed. Bash replaces what follows an open quote, or the
    /// last of the characters that separate words for it.
    pub fn insertion(typed: &BashWord, value: &str, breaks: &str) -> String {
        match typed.quote {
            Some('\'') => value[typed.before_quote..].replace('\'', "'\\''"),
            Some(_) => {
                let mut text = String::new();
                for letter in value[typed.before_quote..].chars() {
                    if "\"\\$`".contains(letter) {
                        text.push('\\');
                    }
                    text.push(letter);
                }
                text
            }
            None => {
                let whole = escaped(value);
                let replaced = after_break(&typed.raw, breaks);
                match whole.starts_with(replaced) {
                    true => whole[replaced.len()..].to_owned(),
                    false => whole,
                }
            }
        }
    }
}

/// The part of a word up to its last separator that is not quoted.
fn after_break<'a>(raw: &'a str, breaks: &str) -> &'a str {
    let mut end = 0;
    let mut is_escaped = false;
    for (at, letter) in raw.char_indices() {
        if !is_escaped && letter != '\\' && breaks.contains(letter) {
            end = at + letter.len_utf8();
        }
        is_escaped = letter == '\\' && !is_escaped;
    }
    &raw[..end]
}

/// A word with backslashes before the characters that have a meaning in shells.
fn escaped(value: &str) -> String {
    let mut text = String::new();
    for (at, letter) in value.char_indices() {
        let is_plain = letter.is_alphanumeric() || "-_./:=,+@%^".contains(letter);
        let is_home = letter == '~' && at == 0;
        if !is_plain && !is_home && letter.is_ascii() {
            text.push('\\');
        }
        text.push(letter);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const BREAKS: &str = " \t\n\"'><=;|&(:";

    fn inserted(line: &str, value: &str) -> String {
        let (_, word) = split(line).unwrap();
        assert!(value.starts_with(&word.text), "{word:?}");
        BashWord::insertion(&word, value, BREAKS)
    }

    #[test]
    fn lines_are_split_as_bash_does() {
        let (words, last) = split("aloud play 'a b' c\\ d \"e $\\\" f\" ").unwrap();
        assert_eq!(words, ["aloud", "play", "a b", "c d", "e $\" f"]);
        assert_eq!(last, BashWord::default());
        assert_eq!(split("a 'b c").unwrap().1.text, "b c");
        assert_eq!(split("a b\\ c").unwrap().1.text, "b c");
        assert_eq!(split("a b\\"), None);
    }

    #[test]
    fn insertions_fit_what_bash_replaces() {
        for (line, value, wanted) in [
            ("a -D hw:CARD=Du", "hw:CARD=Dummy", "Dummy"),
            ("a -D hw:", "hw:CARD=Dummy", "CARD=Dummy"),
            ("a --card=Du", "--card=Dummy", "Dummy"),
            ("a Mast", "Master Mono", "Master\\ Mono"),
            ("a Master\\ M", "Master Mono", "Master\\ Mono"),
            ("a 'Master M", "Master Mono", "Master Mono"),
            ("a \"It", "It's $5", "It's \\$5"),
            ("a 'It", "It's", "It'\\''s"),
            ("a U", "USB 2.0 ", "USB\\ 2.0\\ "),
            ("a ~/M", "~/Music/", "~/Music/"),
        ] {
            assert_eq!(inserted(line, value), wanted, "{line}");
        }
    }

    #[test]
    fn words_lose_their_quotes() {
        for (word, wanted) in [("'a b", "a b"), ("a\\ b", "a b"), ("a b", "a b"), ("", "")] {
            assert_eq!(without_quotes(word), wanted);
        }
    }
}
