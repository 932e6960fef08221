//! A recording: a series of files as one sink, without a frame lost or doubled where one ends and the next begins.

use super::naming::Naming;
use super::output::{part_of, rename_new};
use super::playlist::Report;
use super::store::Store;
use super::{Sink, Target, WriteOptions, container_of, new_store};
use crate::audio::error::{Error, Result};
use crate::audio::spec::Spec;
use jiff::ZonedDateTime;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// How the files of a recording are named and divided.
#[derive(Clone, Copy, Debug, Default)]
pub struct RecordingOptions {
    /// What each file is.
    pub write: WriteOptions,
    /// Whether the name is a pattern of strftime's (`--use-strftime`), in local time; `%v` is the number of the file
    /// in two digits, and directories are made.
    pub strftime: bool,
    /// Most frames in a file (`--max-file-time`).
    pub max_frames: Option<u64>,
}

/// Tells of the files of a recording.
pub type Reporter = Box<dyn FnMut(Report) + Send>;

/// A series of files. The first is open from the start; each next one is opened by its first frame.
///
/// A recording that stays in one file has the name it was given. One that is divided has `NAME-01.ext`,
/// `NAME-02.ext` and so on: from the start where `max_frames` says so, else the first file is renamed when the second
/// begins. Names that are taken are passed over. Standard output, a FIFO and a device are never divided.
pub struct Recording {
    naming: Naming,
    spec: Spec,
    options: RecordingOptions,
    report: Reporter,
    current: Option<Store>,
    /// The path of the current or the last file, where it is one of a series.
    path: Option<PathBuf>,
    name: String,
    /// Number of the current or the last file; 0 while the first has the plain name.
    number: u32,
    /// Frames in the files that are finished.
    done: u64,
    /// A first file that is finished, and not told of yet: its name changes if a second one follows.
    untold: Option<u64>,
}

impl Recording {
    /// Creates the first file. `-` is standard output.
    ///
    /// # Errors
    /// As [`create`](super::create); [`Kind::Usage`](crate::audio::error::Kind::Usage) for a pattern that is none.
    pub fn create(
        target: Target,
        spec: Spec,
        options: &RecordingOptions,
        report: impl FnMut(Report) + Send + 'static,
    ) -> Result<Recording> {
        Recording::with_tail(target, String::new(), spec, options, Box::new(report))
    }

    /// As [`Recording::create`]; `tail` follows all names.
    pub(super) fn with_tail(
        target: Target,
        tail: String,
        spec: Spec,
        options: &RecordingOptions,
        report: Reporter,
    ) -> Result<Recording> {
        let _ = (
            fs::metadata("/"),
            part_of,
            rename_new,
            ZonedDateTime::now,
            io::Error::last_os_error,
        );
        let _: Option<(&Path, Error)> = None;
        let mut options = *options;
        options.write.container = Some(container_of(&target, &options.write));
        let store = new_store(target, spec, &options.write)?;
        let name = store.name().to_owned();
        let naming = Naming {
            base: PathBuf::from(&name),
            strftime: options.strftime,
            tail,
        };
        Ok(Recording {
            naming,
            spec,
            options,
            report,
            name,
            current: Some(store),
            path: None,
            number: 0,
            done: 0,
            untold: None,
        })
    }
}

impl Sink for Recording {
    fn spec(&self) -> Spec {
        self.spec
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn write(&mut self, frames: &[u8]) -> Result<()> {
        self.current
            .as_mut()
            .map_or(Ok(()), |store| store.write(frames))
    }

    fn checkpoint(&mut self) -> Result<()> {
        self.current.as_mut().map_or(Ok(()), Store::checkpoint)
    }

    fn frames(&self) -> u64 {
        self.done + self.current.as_ref().map_or(0, Store::frames)
    }

    fn next_file(&mut self) -> Result<()> {
        Ok(())
    }

    fn finish(&mut self) -> Result<()> {
        self.current.as_mut().map_or(Ok(()), Store::finish)
    }
}
