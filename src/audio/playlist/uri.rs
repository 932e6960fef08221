//! `file:` URIs.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;

/// The path of a URI like `file:///a%20b`, `file://localhost/a` or `file:/a`.
pub(super) fn file_uri(text: &str) -> Option<PathBuf> {
    let (scheme, path) = text.split_once(':')?;
    let path = path.strip_prefix("//").unwrap_or(path);
    let path = path.strip_prefix("localhost").unwrap_or(path);
    let is_file = scheme.eq_ignore_ascii_case("file") && path.starts_with('/');
    is_file.then(|| OsString::from_vec(percent_decoded(path.as_bytes())).into())
}

/// The bytes that a text with `%20` for a blank stands for.
pub(super) fn percent_decoded(text: &[u8]) -> Vec<u8> {
    let (mut decoded, mut bytes) = (Vec::new(), text);
    while let Some((first, rest)) = bytes.split_first() {
        let digits = rest
            .get(..2)
            .filter(|digits| digits.iter().all(u8::is_ascii_hexdigit))
            .and_then(|digits| std::str::from_utf8(digits).ok());
        match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) if *first == b'%' => {
                decoded.push(byte);
                bytes = &rest[2..];
            }
            _ => {
                decoded.push(*first);
                bytes = rest;
            }
        }
    }
    decoded
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn uris_of_local_files_are_paths() {
        for (text, path) in [
            ("file:///a%20b.ogg", Some("/a b.ogg")),
            ("FILE://localhost/a", Some("/a")),
            ("file:/50%/%zz%+1", Some("/50%/%zz%+1")),
            ("file:a", None),
            ("file://other/a", None),
            ("http://localhost/a", None),
            ("/a", None),
        ] {
            assert_eq!(file_uri(text).as_deref(), path.map(Path::new), "{text}");
        }
    }
}
