//! Names of files that have no room for what is added to them. A checksum replaces a part of such a name, so that names that
//! only differ there stay different.

use std::ffi::OsString;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

/// The longest name of a file on Linux, in bytes.
const MAX_NAME_BYTES: usize = 255;

/// The name of a file until it is complete.
pub(crate) fn part_path(path: &Path) -> PathBuf {
    const ENDING: &str = ".part";
    let name = path.file_name().unwrap_or_default().as_bytes();
    let mut part = name.to_vec();
    // A name that is too long by itself stays so, and is an error.
    if (MAX_NAME_BYTES + 1 - ENDING.len()..=MAX_NAME_BYTES).contains(&name.len()) {
        let checksum = checksum(name);
        part.truncate(MAX_NAME_BYTES - ENDING.len() - checksum.len());
        part.extend_from_slice(checksum.as_bytes());
    }
    part.extend_from_slice(ENDING.as_bytes());
    path.with_file_name(OsString::from_vec(part))
}

/// By how many bytes the name of a file is too long.
pub(crate) fn excess(path: &Path) -> usize {
    let length = path.file_name().map_or(0, |name| name.len());
    length.saturating_sub(MAX_NAME_BYTES)
}

/// The path with a name that is shorter by at least `excess` bytes. It keeps its extension, unless that is the long part of
/// it.
pub(crate) fn shortened(path: &Path, excess: usize) -> PathBuf {
    let name = path.file_name().unwrap_or_default().as_bytes();
    let checksum = checksum(name);
    let extension = path.extension().map_or(0, |extension| 1 + extension.len());
    let cut = excess + checksum.len();
    let (stem, extension) = match name.len() - extension {
        stem if stem > cut => name.split_at(stem),
        _ => (name, &[][..]),
    };
    let mut short = cut_off(stem, cut, &checksum);
    short.extend_from_slice(extension);
    path.with_file_name(OsString::from_vec(short))
}

/// The name without its last `cut` bytes, and without the rest of a character of UTF-8 that has lost its end, with the
/// checksum behind it.
fn cut_off(name: &[u8], cut: usize, checksum: &str) -> Vec<u8> {
    let is_text = str::from_utf8(name).is_ok();
    let mut end = name.len().saturating_sub(cut);
    while is_text && end > 0 && name.get(end).is_some_and(|byte| byte & 0xc0 == 0x80) {
        end -= 1;
    }
    [&name[..end], checksum.as_bytes()].concat()
}

fn checksum(name: &[u8]) -> String {
    let mut hasher = DefaultHasher::new();
    name.hash(&mut hasher);
    format!("~{:08x}", hasher.finish() as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shortened_name_keeps_its_folder_and_extension() {
        for (name, beginning, ending, length) in [
            ("a/0123456789abcdef.wav", "a/01234~", ".wav", 20),
            ("0123456789abcdef", "01234~", "", 14),
            ("a.0123456789abcdef", "a.01234~", "", 16),
            // "é" has two bytes, of which the second would be cut off.
            ("0123\u{e9}6789abcdef.wav", "0123~", ".wav", 17),
        ] {
            let short = shortened(Path::new(name), 2);
            let short = short.to_str().unwrap();
            assert!(
                short.starts_with(beginning) && short.ends_with(ending),
                "{short}"
            );
            assert_eq!(short.len(), length, "{short}");
        }
    }

    #[test]
    fn shortened_names_stay_different() {
        let name = |last: char| PathBuf::from(format!("{}{last}.wav", "x".repeat(250)));
        let [a, b] = ['a', 'b'].map(|last| shortened(&name(last), excess(&name(last)) + 3));
        assert_ne!(a, b);
        assert_eq!(excess(&a), 0);
        assert!(excess(&name('a')) == 0 && excess(Path::new(&"x".repeat(258))) == 3);
    }
}
