//! A line of rules: keys with operators and values.

/// What a key does with its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Match,
    NoMatch,
    Assign,
    Add,
}

/// `NAME{attribute}=="value"`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RuleKey {
    pub(super) name: String,
    pub(super) attribute: String,
    pub(super) operator: Operator,
    pub(super) value: String,
}

/// The lines of a file with their numbers: those that end with a backslash are joined, empty ones and comments left out.
pub(super) fn lines(text: &str) -> Vec<(usize, String)> {
    let mut all = Vec::new();
    let mut numbered = text.lines().enumerate();
    while let Some((at, line)) = numbered.next() {
        if line.trim_start().is_empty() || line.trim_start().starts_with('#') {
            continue;
        }
        let mut joined = line.to_owned();
        while let Some(start) = joined.strip_suffix('\\') {
            let next = numbered.next().map_or("", |(_, next)| next);
            joined = format!("{start}\n{next}");
        }
        all.push((at + 1, joined));
    }
    all
}

/// The next key of a line, and what follows it; `None` at its end.
///
/// # Errors
/// If there is something else.
pub(super) fn next_key(line: &str) -> Result<Option<(RuleKey, &str)>, ()> {
    let is_between = |c: char| c.is_whitespace() || c == ',';
    let line = line.trim_start_matches(is_between);
    if line.is_empty() {
        return Ok(None);
    }
    let is_end = |c: char| c.is_whitespace() || "=!+:".contains(c);
    let end = line.find(is_end).ok_or(())?;
    let (key, rest) = line.split_at(end);
    let rest = rest.trim_start();
    let (operator, rest) = operator(rest).ok_or(())?;
    let rest = rest.trim_start().strip_prefix('"').ok_or(())?;
    let end = closing_quote(rest).ok_or(())?;
    let (name, attribute) = match key.split_once('{') {
        Some((name, attribute)) => (name, attribute.strip_suffix('}').ok_or(())?),
        None => (key, ""),
    };
    let key = RuleKey {
        name: name.to_owned(),
        attribute: attribute.to_owned(),
        operator,
        value: rest[..end].to_owned(),
    };
    Ok(Some((key, &rest[end + 1..])))
}

fn operator(text: &str) -> Option<(Operator, &str)> {
    [
        ("==", Operator::Match),
        ("!=", Operator::NoMatch),
        ("+=", Operator::Add),
        (":=", Operator::Assign),
        ("=", Operator::Assign),
    ]
    .into_iter()
    .find_map(|(spelling, operator)| Some((operator, text.strip_prefix(spelling)?)))
}

fn closing_quote(text: &str) -> Option<usize> {
    let mut is_escaped = false;
    text.char_indices().find_map(|(at, c)| {
        let ends = c == '"' && !is_escaped;
        is_escaped = c == '\\' && !is_escaped;
        ends.then_some(at)
    })
}

/// Replaces `\n`, `\t`, `\"` and `\\`.
pub(super) fn unescaped(text: &str) -> String {
    let mut plain = String::new();
    let mut all = text.chars().peekable();
    while let Some(c) = all.next() {
        let special = match (c, all.peek()) {
            ('\\', Some('n')) => Some('\n'),
            ('\\', Some('t')) => Some('\t'),
            ('\\', Some(next @ ('"' | '\\'))) => Some(*next),
            _ => None,
        };
        if special.is_some() {
            all.next();
        }
        plain.push(special.unwrap_or(c));
    }
    plain
}

/// Whether text matches a pattern with `*`, `?` and `[a-z]`.
pub(super) fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) =
        (pattern.chars().collect(), text.chars().collect());
    is_match(&pattern, &text)
}

fn is_match(pattern: &[char], text: &[char]) -> bool {
    match (pattern, text) {
        ([], text) => text.is_empty(),
        (['*', rest @ ..], text) => (0..=text.len()).any(|skip| is_match(rest, &text[skip..])),
        (['?', rest @ ..], [_, text @ ..]) => is_match(rest, text),
        (['[', set @ ..], [c, text_rest @ ..]) => match set.iter().position(|c| *c == ']') {
            Some(end) => is_in(*c, &set[..end]) && is_match(&set[end + 1..], text_rest),
            None => *c == '[' && is_match(set, text_rest),
        },
        ([p, rest @ ..], [c, text @ ..]) => p == c && is_match(rest, text),
        (_, []) => false,
    }
}

/// Whether a character is in a set such as `a-z0`, or `!a-z` for all others.
fn is_in(c: char, set: &[char]) -> bool {
    let (negated, mut set) = match set {
        ['!', rest @ ..] => (true, rest),
        set => (false, set),
    };
    let mut found = false;
    while let [first, rest @ ..] = set {
        let (last, rest) = match rest {
            ['-', last, rest @ ..] => (last, rest),
            rest => (first, rest),
        };
        found |= (*first..=*last).contains(&c);
        set = rest;
    }
    found != negated
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(mut line: &str) -> Result<Vec<(String, String, Operator, String)>, ()> {
        let mut all = Vec::new();
        while let Some((key, rest)) = next_key(line)? {
            all.push((key.name, key.attribute, key.operator, key.value));
            line = rest;
        }
        Ok(all)
    }

    #[test]
    fn lines_are_joined_and_counted() {
        let text = "# a\n\nA=\"1\", \\\n B=\"2\"\nC=\"3\"\n";
        let joined = "A=\"1\", \n B=\"2\"".to_owned();
        assert_eq!(lines(text), [(3, joined), (5, "C=\"3\"".to_owned())]);
    }

    #[test]
    fn keys_have_attributes_operators_and_values() {
        let found = keys("CTL{name}==\"a \\\"b\",PROGRAM!=\"x\", GOTO=\"\"").unwrap();
        let key = |name: &str, attribute: &str, operator, value: &str| {
            (
                name.to_owned(),
                attribute.to_owned(),
                operator,
                value.to_owned(),
            )
        };
        let wanted = [
            key("CTL", "name", Operator::Match, "a \\\"b"),
            key("PROGRAM", "", Operator::NoMatch, "x"),
            key("GOTO", "", Operator::Assign, ""),
        ];
        assert_eq!(found, wanted);
        for wrong in ["A \"b\"", "A=\"b", "\"on\"", "CTL{do_search 1}==\"1\""] {
            assert_eq!(keys(wrong), Err(()), "{wrong}");
        }
    }

    #[test]
    fn patterns_match_as_in_a_shell() {
        assert!(matches("*|Mic|*", "|Line|Mic|CD|"));
        assert!(matches("D?m[mn]y", "Dummy") && !matches("D?m[!mn]y", "Dummy"));
        assert!(matches("tty[0-9]", "tty7") && !matches("tty[0-9]", "ttyS"));
        assert!(matches("*", "") && !matches("?", "") && !matches("a", "ab"));
    }

    #[test]
    fn escapes_are_replaced() {
        assert_eq!(unescaped("a\\tb\\n\\\"c\\\\ \\q"), "a\tb\n\"c\\ \\q");
    }
}
