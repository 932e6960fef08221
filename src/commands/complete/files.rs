//! Files and folders.

use super::candidates::Candidate;
use super::parse::{CompletionPlace, Subject};
use crate::commands::version::has_ffmpeg;
use aloud::audio::file::Container;
use std::fs;
use std::path::{Path, PathBuf};

const PLAYLISTS: [&str; 5] = ["m3u", "m3u8", "pls", "xspf", "cue"];

/// The extensions of the files that fit here; empty if any file does. `None` if no file does.
pub fn extensions(place: &CompletionPlace) -> Option<Vec<&'static str>> {
    let Subject::Value(arg) = &place.subject else {
        return None;
    };
    let sound = Container::all().filter(|container| is_playable(*container));
    let sound = sound.flat_map(|container| container.names().iter().copied());
    match (place.path.as_str(), arg.get_id().as_str()) {
        ("play", "files") => Some(sound.chain(PLAYLISTS).collect()),
        ("info", "files") => Some(sound.collect()),
        ("mixer load", "file") => Some(vec!["json"]),
        _ => {
            let names = arg.get_value_names().unwrap_or_default();
            let is_file = names.iter().any(|name| name.as_str() == "FILE");
            is_file.then(Vec::new)
        }
    }
}

/// Whether files of this type are played, by ffmpeg if it is installed.
fn is_playable(container: Container) -> bool {
    container.is_readable() || (container != Container::Midi && has_ffmpeg())
}

/// The files and folders that fit here.
pub fn candidates(place: &CompletionPlace) -> Vec<Candidate> {
    let Some(extensions) = extensions(place) else {
        return Vec::new();
    };
    let typed = &place.current[place.before_value.len()..];
    let (folder, start) = match typed.rfind('/') {
        Some(at) => typed.split_at(at + 1),
        None => ("", typed),
    };
    let mut found: Vec<Candidate> = names_in(&expanded(folder))
        .into_iter()
        .filter(|(name, _)| name.starts_with(start))
        .filter(|(name, _)| start.starts_with('.') || !name.starts_with('.'))
        .filter(|(name, is_folder)| *is_folder || fits(name, &extensions))
        .map(|(name, is_folder)| {
            let slash = if is_folder { "/" } else { "" };
            let value = format!("{}{folder}{name}{slash}", place.before_value);
            Candidate::new(value, "")
        })
        .collect();
    found.sort_by(|one, other| one.value.cmp(&other.value));
    found
}

fn fits(name: &str, extensions: &[&str]) -> bool {
    let extension = Path::new(name).extension().and_then(|part| part.to_str());
    let extension = extension.map(str::to_lowercase).unwrap_or_default();
    extensions.is_empty() || extensions.contains(&extension.as_str())
}

/// The names in a folder, and whether each is a folder.
fn names_in(folder: &Path) -> Vec<(String, bool)> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let name = |entry: fs::DirEntry| {
        let name = entry.file_name().into_string().ok()?;
        Some((name, entry.path().is_dir()))
    };
    entries.filter_map(name).collect()
}

/// The folder that was typed: the current one if there is none, and the user's own for `~`.
fn expanded(folder: &str) -> PathBuf {
    match (folder.strip_prefix("~/"), std::env::var_os("HOME")) {
        _ if folder.is_empty() => PathBuf::from("."),
        (Some(rest), Some(home)) => Path::new(&home).join(rest),
        _ => PathBuf::from(folder),
    }
}
