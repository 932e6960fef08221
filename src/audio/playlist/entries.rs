//! What a path stands for: a file, the files of a folder, the entries of a playlist, or a URL.

use super::entry::{Entry, Place};
use super::list_files;
use crate::audio::error::{Error, Result};
use std::cmp::Ordering;
use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Playlists in playlists that are followed.
const MAX_DEPTH: usize = 8;

/// Entries of one playlist or folder.
const MAX_ENTRIES: usize = 100_000;

/// Bytes of a playlist.
const MAX_LIST_BYTES: u64 = 16 << 20;

/// The suffixes of files in a folder that are played.
const SUFFIXES: &[&str] = &[
    "3g2", "3gp", "8svx", "aac", "ac3", "aif", "aifc", "aiff", "alac", "amr", "ape", "asf", "au",
    "awb", "caf", "dff", "dsf", "dts", "eac3", "flac", "it", "m4a", "m4b", "m4r", "mka", "mod",
    "mp+", "mp1", "mp2", "mp3", "mpa", "mpc", "oga", "ogg", "oma", "opus", "ra", "rf64", "rm",
    "s3m", "snd", "spx", "tak", "tta", "voc", "w64", "wav", "wave", "weba", "wma", "wv", "xm",
];

/// What `path` stands for: the audio files of a folder in natural order, depth first; the entries of a playlist
/// (`.m3u`, `.m3u8`, `.pls`, `.cue`) relative to it; anything else as it is. An entry that is missing is reported when
/// its turn comes.
///
/// # Errors
/// If a folder or playlist cannot be read, or has nothing to play.
pub fn entries(path: &Path) -> Result<Vec<Entry>> {
    let mut found = Vec::new();
    expand(Entry::of_path(path.to_owned()), 0, &mut found)?;
    Ok(found)
}

fn expand(entry: Entry, depth: usize, found: &mut Vec<Entry>) -> Result<()> {
    let Place::File(path) = &entry.place else {
        found.push(entry);
        return Ok(());
    };
    let is_folder = path.as_os_str() != "-" && path.is_dir();
    let parser = list_files::parser(path).filter(|_| !is_folder && path.is_file());
    if !is_folder && parser.is_none() {
        found.push(entry);
        return Ok(());
    }
    let name = path.to_string_lossy().into_owned();
    if depth > MAX_DEPTH {
        return Err(Error::invalid(&name, "is nested too deeply"));
    }
    let before = found.len();
    match parser {
        Some(parse) => {
            let content = read_list(path, &name)?;
            let base = path.parent().unwrap_or(Path::new(""));
            for entry in parse(&content, base) {
                // A playlist that cannot be read is reported when its turn comes, as any other entry.
                let nested = entry.clone();
                if expand(entry, depth + 1, found).is_err() {
                    found.push(nested);
                }
            }
        }
        None => walk(path, &mut HashSet::new(), found)?,
    }
    if found.len() == before {
        return Err(Error::invalid(&name, "has nothing to play"));
    }
    if found.len() > MAX_ENTRIES {
        return Err(Error::invalid(
            &name,
            format!("has more than {MAX_ENTRIES} entries"),
        ));
    }
    Ok(())
}

fn read_list(path: &Path, name: &str) -> Result<Vec<u8>> {
    let failed = |error| Error::file("open", name, &error);
    if fs::metadata(path).map_err(failed)?.len() > MAX_LIST_BYTES {
        return Err(Error::invalid(name, "is too large for a playlist"));
    }
    fs::read(path).map_err(failed)
}

/// Adds the audio files below `folder`. A folder that was seen already (a link to it) is not entered again.
fn walk(folder: &Path, seen: &mut HashSet<PathBuf>, found: &mut Vec<Entry>) -> Result<()> {
    let failed = |error| Error::file("read", &folder.to_string_lossy(), &error);
    if !seen.insert(folder.canonicalize().map_err(failed)?) || found.len() > MAX_ENTRIES {
        return Ok(());
    }
    let entries = fs::read_dir(folder).map_err(failed)?;
    let mut paths: Vec<_> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .collect();
    paths.retain(|path| !is_hidden(path));
    paths.sort_by(|a, b| natural_order(&file_name(a), &file_name(b)));
    for path in paths {
        if path.is_dir() {
            // One that may not be read does not stop the others; its own error comes when its turn does.
            if walk(&path, seen, found).is_err() {
                found.push(Entry::whole(Place::File(path)));
            }
        } else if has_audio_suffix(&path) {
            found.push(Entry::whole(Place::File(path)));
        }
    }
    Ok(())
}

fn file_name(path: &Path) -> String {
    path.file_name()
        .map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}

fn is_hidden(path: &Path) -> bool {
    file_name(path).starts_with('.')
}

fn has_audio_suffix(path: &Path) -> bool {
    let suffix = path.extension().and_then(|suffix| suffix.to_str());
    suffix.is_some_and(|suffix| SUFFIXES.contains(&&*suffix.to_ascii_lowercase()))
}

/// The order of file names as people sort them: numbers by value, letters without regard to case.
fn natural_order(a: &str, b: &str) -> Ordering {
    let (mut left, mut right) = (a, b);
    loop {
        let (Some(first), Some(second)) = (left.chars().next(), right.chars().next()) else {
            return left.len().cmp(&right.len()).then_with(|| a.cmp(b));
        };
        let order = if first.is_ascii_digit() && second.is_ascii_digit() {
            let (number, rest) = split_number(left);
            let (other, other_rest) = split_number(right);
            (left, right) = (rest, other_rest);
            number
                .len()
                .cmp(&other.len())
                .then_with(|| number.cmp(other))
        } else {
            left = &left[first.len_utf8()..];
            right = &right[second.len_utf8()..];
            first.to_lowercase().cmp(second.to_lowercase())
        };
        if order != Ordering::Equal {
            return order;
        }
    }
}

/// The number that `text` begins with, without leading zeros, and the rest.
fn split_number(text: &str) -> (&str, &str) {
    let end = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    (text[..end].trim_start_matches('0'), &text[end..])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::file::testing::Directory;

    fn names(found: &[Entry], base: &Path) -> Vec<String> {
        let name = |entry: &Entry| match &entry.place {
            Place::File(path) => path
                .strip_prefix(base)
                .unwrap()
                .to_string_lossy()
                .into_owned(),
            Place::Url(url) => url.clone(),
        };
        found.iter().map(name).collect()
    }

    #[test]
    fn names_are_sorted_as_people_do() {
        let mut names = ["b10", "B2", "a", "b02", "b2x", "10", "9", "b1"];
        names.sort_by(|a, b| natural_order(a, b));
        assert_eq!(names, ["9", "10", "a", "b1", "B2", "b02", "b2x", "b10"]);
    }

    #[test]
    fn a_folder_is_walked_depth_first() {
        let directory = Directory::new();
        let base = directory.at("");
        fs::create_dir_all(base.join("2 second/x")).unwrap();
        for name in [
            "10.wav",
            "1.WAV",
            "2 second/b.mp3",
            "2 second/x/a.flac",
            "notes.txt",
            ".hidden.wav",
        ] {
            fs::write(base.join(name), "").unwrap();
        }
        std::os::unix::fs::symlink(&base, base.join("2 second/loop")).unwrap();
        let found = entries(&base).unwrap();
        assert_eq!(
            names(&found, &base),
            ["1.WAV", "2 second/b.mp3", "2 second/x/a.flac", "10.wav"]
        );
        fs::create_dir(base.join("empty")).unwrap();
        let error = entries(&base.join("empty")).unwrap_err();
        assert!(
            error.to_string().ends_with("has nothing to play"),
            "{error}"
        );
    }

    #[test]
    fn playlists_may_contain_playlists_but_not_themselves() {
        let directory = Directory::new();
        let base = directory.at("");
        fs::write(
            base.join("a.m3u"),
            "one.wav\nb.pls\nhttp://example.org/x\nmissing.m3u\n",
        )
        .unwrap();
        fs::write(base.join("b.pls"), "[playlist]\nFile1=two.wav\n").unwrap();
        let found = entries(&base.join("a.m3u")).unwrap();
        let expected = ["one.wav", "two.wav", "http://example.org/x", "missing.m3u"];
        assert_eq!(names(&found, &base), expected);
        fs::write(base.join("c.m3u"), "c.m3u\n").unwrap();
        assert_eq!(entries(&base.join("c.m3u")).unwrap().len(), 1);
    }
}
