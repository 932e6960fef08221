//! Rust source as tokens, without comments, literals and test code. Enough to find paths and items, and no more.

/// An identifier or punctuation (`::` is one token, all other punctuation is single characters).
#[derive(Clone, Debug, PartialEq)]
pub struct Token {
    pub text: String,
    pub line: usize,
}

/// The tokens of a file's product code, and the names of the modules that only tests have (`#[cfg(test)] mod tests;`).
pub fn product(source: &str) -> (Vec<Token>, Vec<String>) {
    let (mut product, mut test_modules) = (Vec::new(), Vec::new());
    let tokens = tokens(source);
    let mut rest = &tokens[..];
    while let Some(first) = rest.first() {
        if starts_with(rest, &["#", "[", "cfg", "(", "test", ")", "]"]) {
            let item = &rest[7..];
            let length = item_length(item);
            if let Some(at) = item.iter().position(|token| token.text == "mod")
                && item[at + 2].text == ";"
                && at < length
            {
                test_modules.push(item[at + 1].text.clone());
            }
            rest = &item[length..];
        } else {
            product.push(first.clone());
            rest = &rest[1..];
        }
    }
    (product, test_modules)
}

pub fn starts_with(tokens: &[Token], texts: &[&str]) -> bool {
    tokens.len() >= texts.len()
        && tokens
            .iter()
            .zip(texts)
            .all(|(token, text)| token.text == *text)
}

/// How many tokens the item takes that `tokens` start with: to its semicolon, or to the end of its braces (which an
/// import continues after).
pub fn item_length(tokens: &[Token]) -> usize {
    let mut depth = 0;
    let is_import = starts_with(tokens, &["use"]) || starts_with(tokens, &["pub", "use"]);
    for (at, token) in tokens.iter().enumerate() {
        match token.text.as_str() {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth -= 1,
            _ => {}
        }
        let ends = token.text == ";" || (token.text == "}" && !is_import);
        if depth == 0 && ends {
            return at + 1;
        }
    }
    tokens.len()
}

fn tokens(source: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let (mut rest, mut line) = (source, 1);
    while let Some(c) = rest.chars().next() {
        let length = match c {
            '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => rest.find("*/").map_or(rest.len(), |end| end + 2),
            '"' => string(rest),
            'r' | 'b' if literal_prefix(rest).is_some() => prefixed_string(rest),
            '\'' => char_or_lifetime(rest),
            _ if c.is_alphanumeric() || c == '_' => word(rest),
            _ if rest.starts_with("::") => 2,
            _ => c.len_utf8(),
        };
        let text = &rest[..length];
        if !c.is_whitespace()
            && !text.starts_with(['/', '"', '\''])
            && literal_prefix(text).is_none()
        {
            tokens.push(Token {
                text: text.to_owned(),
                line,
            });
        }
        line += text.matches('\n').count();
        rest = &rest[length..];
    }
    tokens
}

fn word(rest: &str) -> usize {
    rest.find(|c: char| !c.is_alphanumeric() && c != '_')
        .unwrap_or(rest.len())
}

/// The length of a string literal.
fn string(rest: &str) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            '"' if !escaped => return at + 1,
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    rest.len()
}

/// The length of `r`, `b`, `br` and the hashes before a string literal.
fn literal_prefix(rest: &str) -> Option<usize> {
    let quote = rest.find('"')?;
    let prefix = rest[..quote].trim_end_matches('#');
    matches!(prefix, "r" | "b" | "br").then_some(quote)
}

fn prefixed_string(rest: &str) -> usize {
    let quote = literal_prefix(rest).unwrap_or(0);
    if !rest[..quote].contains('r') {
        return quote + string(&rest[quote..]);
    }
    let hashes = rest[..quote].matches('#').count();
    let end = format!("\"{}", "#".repeat(hashes));
    let body = quote + 1;
    rest[body..]
        .find(&end)
        .map_or(rest.len(), |at| body + at + end.len())
}

fn char_or_lifetime(rest: &str) -> usize {
    let mut chars = rest.char_indices().skip(1);
    match (chars.next(), chars.next()) {
        (Some((_, '\\')), Some((escaped, _))) => {
            let after = escaped + rest[escaped..].chars().next().map_or(0, char::len_utf8);
            after + rest[after..].find('\'').map_or(0, |end| end + 1)
        }
        (Some(_), Some((end, '\''))) => end + 1,
        _ => 1 + word(&rest[1..]),
    }
}

#[test]
fn comments_literals_and_test_code_are_left_out() {
    let source = r##"
        use a::b; // use c;
        const C: &str = "use \" d"; const R: &str = r#"use " e"#; const X: char = '"'; const Y: char = '\'';
        fn f<'a>(x: &'a str) { /* use g */ }
        #[cfg(test)] #[path = "x.rs"] mod tests { use h; }
        #[cfg(test)]
        mod other;
        #[cfg(test)] use i::{j, k};
        fn last() {}
    "##;
    let (tokens, test_modules) = product(source);
    let text: Vec<_> = tokens.iter().map(|token| token.text.as_str()).collect();
    let expected = "use a :: b ; const C : & str = ; const R : & str = ; const X : char = ; const Y : char = ; \
                    fn f < > ( x : & str ) { } fn last ( ) { }";
    assert_eq!(text.join(" "), expected);
    assert_eq!(test_modules, ["other"]);
    assert_eq!(tokens.last().unwrap().line, 9);
}
