//! XSPF playlists, as VLC writes them: as much XML as finding the files takes.

/// The first `<location>` of each `<track>`, in order.
pub(super) fn locations(content: &[u8]) -> Vec<Vec<u8>> {
    let (mut found, mut location) = (Vec::new(), None::<Vec<u8>>);
    let (mut needs_location, mut rest) = (false, content);
    while let Some((token, after)) = next_token(rest) {
        rest = after;
        match token {
            Token::Start(b"track") => needs_location = true,
            Token::End(b"track") => needs_location = false,
            Token::Start(b"location") if needs_location => location = Some(Vec::new()),
            Token::End(b"location") => {
                let text = location.take().unwrap_or_default();
                let text = text.trim_ascii();
                if !text.is_empty() {
                    found.push(text.to_owned());
                    needs_location = false;
                }
            }
            Token::Text(text) => {
                if let Some(location) = &mut location {
                    location.extend(text);
                }
            }
            Token::Start(_) | Token::End(_) | Token::Other => {}
        }
    }
    found
}

enum Token<'a> {
    /// The start of an element, by its name without a namespace.
    Start(&'a [u8]),
    End(&'a [u8]),
    Text(Vec<u8>),
    /// A comment, a declaration or an empty element.
    Other,
}

/// The token that `content` begins with, and what follows it.
fn next_token(content: &[u8]) -> Option<(Token<'_>, &[u8])> {
    if content.is_empty() {
        return None;
    }
    if let Some(comment) = content.strip_prefix(b"<!--") {
        return Some((Token::Other, split(comment, b"-->").1));
    }
    if let Some(data) = content.strip_prefix(b"<![CDATA[") {
        let (text, rest) = split(data, b"]]>");
        return Some((Token::Text(text.to_owned()), rest));
    }
    let Some(tag) = content.strip_prefix(b"<") else {
        let end = content.iter().position(|byte| *byte == b'<');
        let (text, rest) = content.split_at(end.unwrap_or(content.len()));
        return Some((Token::Text(unescaped(text)), rest));
    };
    let (tag, rest) = split(tag, b">");
    let token = match tag.strip_prefix(b"/") {
        Some(name) => Token::End(local_name(name)),
        None if tag.ends_with(b"/") || tag.starts_with(b"?") || tag.starts_with(b"!") => {
            Token::Other
        }
        None => Token::Start(local_name(tag)),
    };
    Some((token, rest))
}

/// The bytes before the first `end`, and those behind it.
fn split<'a>(bytes: &'a [u8], end: &[u8]) -> (&'a [u8], &'a [u8]) {
    match bytes.windows(end.len()).position(|window| window == end) {
        Some(at) => (&bytes[..at], &bytes[at + end.len()..]),
        None => (bytes, &[]),
    }
}

/// The name that a tag begins with, without the prefix of its namespace.
fn local_name(tag: &[u8]) -> &[u8] {
    let end = tag.iter().position(u8::is_ascii_whitespace);
    let name = &tag[..end.unwrap_or(tag.len())];
    let prefix = name.iter().position(|byte| *byte == b':');
    &name[prefix.map_or(0, |at| at + 1)..]
}

/// Replaces references to characters (`&amp;`, `&#38;`, `&#x26;`).
fn unescaped(text: &[u8]) -> Vec<u8> {
    let (mut all, mut rest) = (Vec::new(), text);
    while let Some(at) = rest.iter().position(|byte| *byte == b'&') {
        all.extend(&rest[..at]);
        let (reference, after) = split(&rest[at + 1..], b";");
        match character(reference) {
            Some(character) => {
                all.extend(character.encode_utf8(&mut [0; 4]).bytes());
                rest = after;
            }
            None => {
                all.push(b'&');
                rest = &rest[at + 1..];
            }
        }
    }
    all.extend(rest);
    all
}

fn character(reference: &[u8]) -> Option<char> {
    let number = |digits: &str, radix| char::from_u32(u32::from_str_radix(digits, radix).ok()?);
    match std::str::from_utf8(reference).ok()? {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        other => match other.strip_prefix('#')?.strip_prefix(['x', 'X']) {
            Some(digits) => number(digits, 16),
            None => number(&other[1..], 10),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(content: &str) -> Vec<String> {
        let found = locations(content.as_bytes());
        found
            .into_iter()
            .map(|location| String::from_utf8(location).unwrap())
            .collect()
    }

    #[test]
    fn the_first_location_of_each_track_is_found() {
        let list = r#"<?xml version="1.0"?><!-- <track><location>no</location></track> -->
            <playlist xmlns="http://xspf.org/ns/0/"><title>x</title><location>http://example.org/list</location>
            <trackList>
            <track><title>A</title><location> a%20b.wav </location><location>other.mp3</location></track>
            <track><location/><location>R&amp;B&#x2019;s&#32;&lt;best&gt;&bogus;.mp3</location><duration>1</duration></track>
            <x:track a="1"><x:location><![CDATA[c&d.wav]]></x:location></x:track>
            <track><title>without</title></track>
            </trackList></playlist>"#;
        assert_eq!(
            found(list),
            ["a%20b.wav", "R&B\u{2019}s <best>&bogus;.mp3", "c&d.wav"]
        );
    }

    #[test]
    fn nonsense_ends() {
        for content in [
            "",
            "<",
            "<track",
            "<track><location>a",
            "</location>",
            "&;<!--",
            "<![CDATA[",
        ] {
            assert!(found(content).is_empty(), "{content}");
        }
    }
}
