//! Deleting the oldest files of a recording.

use super::journal::{Journal, JournalEntry};
use super::naming::{Naming, NamingStyle};
use crate::audio::errno::io_error_text;
use crate::audio::stream::FileReport;
use crate::audio::wall_time::WallTime;
use std::collections::VecDeque;
use std::fs::{self, Metadata};
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How much of a recording is kept. The newest file is always kept.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Keep {
    /// At most this many files.
    Files(u64),
    /// Files of at most this many bytes in total.
    Bytes(u64),
    /// Files that were finished at most this long ago.
    Time(Duration),
}

impl Keep {
    /// The same if each of `channels` channels has its own files.
    pub fn per_channel(self, channels: u32) -> Keep {
        match self {
            Keep::Files(files) => Keep::Files(files.saturating_mul(channels.into())),
            other => other,
        }
    }
}

/// The finished files of a recording, and what is deleted of them.
///
/// Only files that the recording finished are deleted: in this process, or in an earlier one with the same name or
/// pattern. Those are in a hidden file beside the recordings, `.NAME.keep`, with their inodes and sizes. A file that was
/// moved, replaced or changed is left alone.
pub struct KeptFiles {
    keep: Keep,
    /// The oldest first.
    files: VecDeque<KeptFile>,
    journal: Journal,
}

struct KeptFile {
    path: PathBuf,
    entry: JournalEntry,
    /// When this process finished it. Unlike the wall clock, this clock is never set.
    since: Option<Instant>,
}

impl KeptFiles {
    /// The files of a recording to `path`, a strftime pattern if `strftime` is set, with those of earlier recordings to
    /// the same path.
    pub fn open(path: &Path, strftime: bool, keep: Keep) -> KeptFiles {
        let style = match strftime {
            true => NamingStyle::Strftime,
            false => NamingStyle::Numbered,
        };
        let naming = Naming::new(path.to_owned(), String::new(), style);
        let (journal, entries) = Journal::open(naming.folder(), path);
        let earlier = entries.into_iter().filter_map(|entry| {
            let path = journal.path_of(&entry);
            is_unchanged(&path, &entry).then_some(KeptFile {
                path,
                entry,
                since: None,
            })
        });
        let files = earlier.collect();
        KeptFiles {
            keep,
            files,
            journal,
        }
    }

    /// Notes what a recording reports. After a finished file, deletes the oldest ones as necessary; returns what there is
    /// to report of that.
    pub fn note(&mut self, report: &FileReport) -> Vec<FileReport> {
        match report {
            // A file that is written again is not finished any more.
            FileReport::Opened {
                path: Some(path), ..
            } => {
                self.files.retain(|file| file.path != *path);
                Vec::new()
            }
            FileReport::Finished {
                path: Some(path),
                was_moved: false,
                ..
            } => {
                let mut reports = self.add(path);
                while self.has_too_much() {
                    reports.extend(self.files.pop_front().and_then(|file| delete(&file)));
                }
                reports
            }
            _ => Vec::new(),
        }
    }

    fn add(&mut self, path: &Path) -> Vec<FileReport> {
        let Some(found) = regular_file(path) else {
            return Vec::new();
        };
        let entry = JournalEntry {
            name: self.journal.name_of(path),
            inode: found.ino(),
            bytes: found.len(),
            finished: WallTime::now().unix_seconds(),
        };
        let noted = self.journal.append(&entry);
        self.files.push_back(KeptFile {
            path: path.to_owned(),
            entry,
            since: Some(Instant::now()),
        });
        noted.err().map(FileReport::Warning).into_iter().collect()
    }

    fn has_too_much(&self) -> bool {
        let Some(oldest) = self.files.front().filter(|_| self.files.len() > 1) else {
            return false;
        };
        match self.keep {
            Keep::Files(files) => self.files.len() as u64 > files,
            Keep::Bytes(bytes) => {
                let sizes = self.files.iter().map(|file| file.entry.bytes);
                sizes.sum::<u64>() > bytes
            }
            Keep::Time(time) => oldest.age() > time,
        }
    }
}

impl KeptFile {
    fn age(&self) -> Duration {
        if let Some(since) = self.since {
            return since.elapsed();
        }
        let seconds = WallTime::now()
            .unix_seconds()
            .saturating_sub(self.entry.finished);
        Duration::from_secs(seconds.try_into().unwrap_or(0))
    }
}

/// Deletes a file, unless it is not the one that was recorded any more.
fn delete(file: &KeptFile) -> Option<FileReport> {
    if !is_unchanged(&file.path, &file.entry) {
        return None;
    }
    let name = file.path.to_string_lossy().into_owned();
    match fs::remove_file(&file.path) {
        Ok(()) => Some(FileReport::Deleted {
            name,
            bytes: file.entry.bytes,
        }),
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        Err(error) => Some(FileReport::Warning(format!(
            "cannot delete '{name}': {}",
            io_error_text(&error)
        ))),
    }
}

fn is_unchanged(path: &Path, entry: &JournalEntry) -> bool {
    regular_file(path).is_some_and(|found| (found.ino(), found.len()) == (entry.inode, entry.bytes))
}

fn regular_file(path: &Path) -> Option<Metadata> {
    let found = fs::symlink_metadata(path).ok();
    found.filter(Metadata::is_file)
}
