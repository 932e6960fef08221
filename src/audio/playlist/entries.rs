//! What a path stands for: a file, the files of a folder, the entries of a playlist, or a URL.

use super::entry::{Entry, Place};
use super::list_files::{self, ListParser};
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
/// (`.m3u`, `.m3u8`, `.pls`, `.xspf`, `.cue`) relative to it; anything else as it is. What cannot be played is an entry, too, and
/// is reported when its turn comes.
pub fn entries(path: &Path) -> Vec<Entry> {
    let mut found = Vec::new();
    expand(Entry::of_path(path.to_owned()), &mut Vec::new(), &mut found);
    found
}

/// Adds what `entry` stands for to `found`. `parents` are the playlists that it is in.
fn expand(entry: Entry, parents: &mut Vec<PathBuf>, found: &mut Vec<Entry>) {
    let Place::File(path) = &entry.place else {
        found.push(entry);
        return;
    };
    let is_folder = path.as_os_str() != "-" && path.is_dir();
    let parser = list_files::parser(path).filter(|_| !is_folder && path.is_file());
    if !is_folder && parser.is_none() {
        found.push(entry);
        return;
    }
    let name = path.to_string_lossy().into_owned();
    let before = found.len();
    let expanded = match parser {
        Some(parse) => expand_list(path, &name, parse, parents, found),
        None => walk(path, &mut HashSet::new(), found),
    };
    let error = match expanded {
        Err(error) => error,
        Ok(()) if found.len() == before => Error::invalid(
            &name,
            match is_folder {
                true => "contains no audio files",
                false => "is a playlist without entries",
            },
        ),
        Ok(()) => return,
    };
    found.push(Entry::unplayable(name, &error));
}

fn expand_list(
    path: &Path,
    name: &str,
    parse: ListParser,
    parents: &mut Vec<PathBuf>,
    found: &mut Vec<Entry>,
) -> Result<()> {
    let failed = |error| Error::file("open", name, &error);
    let real = path.canonicalize().map_err(failed)?;
    if parents.contains(&real) {
        return Err(Error::invalid(name, "is a playlist that contains itself"));
    }
    if parents.len() > MAX_DEPTH {
        return Err(Error::invalid(name, "is nested too deeply"));
    }
    let entries = parse(
        &read_list(path, name)?,
        path.parent().unwrap_or(Path::new("")),
    );
    parents.push(real);
    for entry in entries {
        if found.len() >= MAX_ENTRIES {
            let why = format!("has more than {MAX_ENTRIES} entries; the rest is left out");
            found.push(Entry::unplayable(
                name.to_owned(),
                &Error::invalid(name, why),
            ));
            break;
        }
        expand(entry, parents, found);
    }
    parents.pop();
    Ok(())
}

fn read_list(path: &Path, name: &str) -> Result<Vec<u8>> {
    let failed = |error| Error::file("open", name, &error);
    if fs::metadata(path).map_err(failed)?.len() > MAX_LIST_BYTES {
        return Err(Error::invalid(name, "is too large for a playlist"));
    }
    fs::read(path).map(list_files::utf8).map_err(failed)
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
            // One that cannot be read does not stop the others.
            if let Err(error) = walk(&path, seen, found) {
                let name = path.to_string_lossy().into_owned();
                found.push(Entry::unplayable(name, &error));
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
            Place::Unplayable { why, .. } => {
                why.replace(base.to_string_lossy().trim_end_matches('/'), "BASE")
            }
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
        let found = entries(&base);
        assert_eq!(
            names(&found, &base),
            ["1.WAV", "2 second/b.mp3", "2 second/x/a.flac", "10.wav"]
        );
        fs::create_dir(base.join("empty")).unwrap();
        let found = entries(&base.join("empty"));
        assert_eq!(
            names(&found, &base),
            ["'BASE/empty' contains no audio files"]
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
        let found = entries(&base.join("a.m3u"));
        let expected = ["one.wav", "two.wav", "http://example.org/x", "missing.m3u"];
        assert_eq!(names(&found, &base), expected);
        fs::write(base.join("c.m3u"), "one.wav\nc.m3u\nc.m3u\n").unwrap();
        let itself = "'BASE/c.m3u' is a playlist that contains itself";
        let found = entries(&base.join("c.m3u"));
        assert_eq!(names(&found, &base), ["one.wav", itself, itself]);
    }

    #[test]
    fn playlists_that_multiply_end() {
        let directory = Directory::new();
        let base = directory.at("");
        for depth in 0..9 {
            let list = format!("{}.m3u\n", depth + 1).repeat(1000);
            fs::write(base.join(format!("{depth}.m3u")), list).unwrap();
        }
        let found = entries(&base.join("0.m3u"));
        assert!(found.len() <= MAX_ENTRIES + 9, "{}", found.len());
        let last = names(&found, &base).pop();
        let expected = "'BASE/0.m3u' has more than 100000 entries; the rest is left out";
        assert_eq!(last.as_deref(), Some(expected));
    }
}
