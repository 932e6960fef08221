//! The list of the files that a recording has finished, which outlives the process.

use crate::audio::errno::io_error_text;
use serde::{Deserialize, Serialize};
use std::ffi::OsString;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

/// A journal is shortened when it is opened, if it has more lines than this.
const MAX_LINES: usize = 1000;

/// A hidden file beside the recordings, with a line of JSON for each finished file.
pub(super) struct Journal {
    /// The folder that names are relative to.
    folder: PathBuf,
    path: PathBuf,
    has_failed: bool,
}

/// A finished file.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct JournalEntry {
    /// Its path relative to the journal.
    #[serde(with = "any_path")]
    pub name: PathBuf,
    pub inode: u64,
    pub bytes: u64,
    /// When it was finished, in seconds since 1970.
    pub finished: i64,
}

impl Journal {
    /// The journal in `folder` of the recordings to `path`, and its entries. A line that cannot be read is ignored.
    pub(super) fn open(folder: &Path, path: &Path) -> (Journal, Vec<JournalEntry>) {
        let name = path.strip_prefix(folder).unwrap_or(path).as_os_str();
        let parts: Vec<&[u8]> = name.as_bytes().split(|byte| *byte == b'/').collect();
        let hidden = [b".", &*parts.join(&b"%2F"[..]), b".keep"].concat();
        let mut journal = Journal {
            folder: folder.to_owned(),
            path: folder.join(OsString::from_vec(hidden)),
            has_failed: false,
        };
        let text = fs::read_to_string(&journal.path).unwrap_or_default();
        let lines = text.lines();
        let mut entries: Vec<JournalEntry> = lines
            .filter_map(|line| serde_json::from_str(line).ok())
            .collect();
        if entries.len() > MAX_LINES {
            entries.retain(|entry| journal.path_of(entry).exists());
            journal.has_failed = journal.rewrite(&entries).is_err();
        }
        (journal, entries)
    }

    /// The path of a file in the journal.
    pub(super) fn path_of(&self, entry: &JournalEntry) -> PathBuf {
        match self.folder == Path::new(".") {
            true => entry.name.clone(),
            false => self.folder.join(&entry.name),
        }
    }

    /// The name in the journal of a file.
    pub(super) fn name_of(&self, path: &Path) -> PathBuf {
        path.strip_prefix(&self.folder).unwrap_or(path).to_owned()
    }

    /// Adds a file. The first failure is an error; after it, nothing more is written.
    pub(super) fn append(&mut self, entry: &JournalEntry) -> Result<(), String> {
        if self.has_failed {
            return Ok(());
        }
        let appended = OpenOptions::new()
            .append(true)
            .create(true)
            .open(&self.path)
            .and_then(|mut file| file.write_all(line(entry)?.as_bytes()));
        appended.map_err(|error| {
            self.has_failed = true;
            let path = self.path.to_string_lossy();
            let why = io_error_text(&error);
            format!(
                "cannot write '{path}': {why}; a later recording does not delete the files of this one"
            )
        })
    }

    fn rewrite(&self, entries: &[JournalEntry]) -> io::Result<()> {
        let lines: Vec<String> = entries.iter().map(line).collect::<io::Result<_>>()?;
        let new = self.path.with_extension("keep.new");
        fs::write(&new, lines.concat())?;
        fs::rename(&new, &self.path)
    }
}

/// A path as text, or as a list of bytes if it is not UTF-8.
mod any_path {
    use super::*;
    use serde::{Deserializer, Serializer};

    #[derive(Deserialize, Serialize)]
    #[serde(untagged)]
    enum AnyPath {
        Text(String),
        Bytes(Vec<u8>),
    }

    pub fn serialize<S: Serializer>(path: &Path, serializer: S) -> Result<S::Ok, S::Error> {
        let path = match path.to_str() {
            Some(text) => AnyPath::Text(text.to_owned()),
            None => AnyPath::Bytes(path.as_os_str().as_bytes().to_owned()),
        };
        path.serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<PathBuf, D::Error> {
        Ok(match AnyPath::deserialize(deserializer)? {
            AnyPath::Text(text) => text.into(),
            AnyPath::Bytes(bytes) => OsString::from_vec(bytes).into(),
        })
    }
}

fn line(entry: &JournalEntry) -> io::Result<String> {
    Ok(serde_json::to_string(entry)? + "\n")
}
