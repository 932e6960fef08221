//! Opens the files of a playlist when they are next.

use super::entry::{Entry, Place};
use super::interleave::interleave;
use super::part::{PartSource, SourceSlot};
use crate::audio::error::{Error, Result};
use crate::audio::file::{self, Container, Input, ReadOptions};
use crate::audio::stream::Source;
use std::path::{Path, PathBuf};

/// The longest file that counts as short.
const MAX_SHORT_BYTES: u64 = 1 << 20;

/// Opens one entry of a playlist, again each time the list repeats, or when its position changes.
pub struct Opener {
    open: OpenSource,
    was_opened: bool,
    repeats: Repeats,
    is_remote: bool,
}

/// Opens a source. May block (a FIFO without a writer).
type OpenSource = Box<dyn FnMut() -> Result<Box<dyn Source>> + Send>;

/// Whether opening again starts at the beginning again.
enum Repeats {
    Always,
    Never,
    /// If it is a regular file.
    File(PathBuf),
}

impl Opener {
    /// An opener of something that starts at its beginning each time it is opened.
    pub fn new(open: impl FnMut() -> Result<Box<dyn Source>> + Send + 'static) -> Opener {
        Opener {
            open: Box::new(open),
            was_opened: false,
            repeats: Repeats::Always,
            is_remote: false,
        }
    }

    /// An opener of something that can be read only once.
    pub fn once(open: impl FnMut() -> Result<Box<dyn Source>> + Send + 'static) -> Opener {
        Opener {
            repeats: Repeats::Never,
            ..Opener::new(open)
        }
    }

    fn of_file(
        path: PathBuf,
        open: impl FnMut() -> Result<Box<dyn Source>> + Send + 'static,
    ) -> Opener {
        Opener {
            repeats: Repeats::File(path),
            ..Opener::new(open)
        }
    }

    /// Opens it, at its beginning if it [can be repeated](Opener::is_repeatable).
    ///
    /// # Errors
    /// Whatever prevents reading it.
    pub fn open(&mut self) -> Result<Box<dyn Source>> {
        self.was_opened = true;
        (self.open)()
    }

    /// Its path, if it is a file and not standard input.
    pub(super) fn path(&self) -> Option<&Path> {
        match &self.repeats {
            Repeats::File(path) => Some(path)
                .filter(|path| path.as_os_str() != "-")
                .map(PathBuf::as_path),
            Repeats::Always | Repeats::Never => None,
        }
    }

    /// Whether its sound may come from a source that is live: a pipe, a device or a network.
    pub fn is_live(&self) -> bool {
        match &self.repeats {
            Repeats::Always => self.is_remote,
            Repeats::Never => true,
            Repeats::File(path) => path.as_os_str() == "-" || path.exists() && !path.is_file(),
        }
    }

    /// Whether it is a file so short that opening it takes less time than starting a thread for that.
    pub fn is_short(&self) -> bool {
        let Some(Ok(file)) = self.path().map(Path::metadata) else {
            return false;
        };
        // Those of /proc, which may block, have no length.
        file.is_file() && (1..=MAX_SHORT_BYTES).contains(&file.len())
    }

    /// Whether opening it starts at its beginning.
    pub fn can_open(&self) -> bool {
        !self.was_opened || self.is_repeatable()
    }

    /// Whether it can be opened again from its beginning: it is not a pipe.
    pub fn is_repeatable(&self) -> bool {
        match &self.repeats {
            Repeats::Always => true,
            Repeats::Never => false,
            Repeats::File(path) => path.is_file(),
        }
    }
}

/// Opens the file at `path`; `-` is standard input.
pub fn opener(path: PathBuf, options: ReadOptions) -> Opener {
    Opener::of_file(path.clone(), move || {
        file::open(Input::open(&path)?, &options)
    })
}

/// An opener for each entry of a playlist, in order. Tracks of the same file that follow each other are read without
/// opening it again.
pub fn entry_openers(entries: Vec<Entry>, options: ReadOptions) -> Vec<Opener> {
    let slot = SourceSlot::default();
    let openers = entries.into_iter().map(|entry| {
        let (slot, place) = (SourceSlot::clone(&slot), entry.place.clone());
        let open = move || open_entry(&entry, &options, &slot);
        match place {
            Place::File(path) => Opener::of_file(path, open),
            Place::Url(_) => Opener {
                is_remote: true,
                ..Opener::new(open)
            },
            Place::Unplayable { .. } => Opener::new(open),
        }
    });
    openers.collect()
}

fn open_entry(entry: &Entry, options: &ReadOptions, slot: &SourceSlot) -> Result<Box<dyn Source>> {
    let path = match &entry.place {
        Place::File(path) => path,
        Place::Url(url) => return file::open_url(url, options),
        Place::Unplayable { name, kind, why } => {
            return Err(Error::new(*kind, why.as_str()).with_file(name));
        }
    };
    let open = || file::open(Input::open(path)?, options);
    match entry.part {
        Some(part) => Ok(Box::new(PartSource::open(
            path,
            part,
            &entry.tags,
            slot,
            open,
        )?)),
        None => open(),
    }
}

/// Opens mono files as one source with a channel for each file, in order (`aplay -I`).
pub fn channels_opener(paths: Vec<PathBuf>, options: ReadOptions) -> Opener {
    let are_files = paths.iter().all(|path| path.is_file());
    let open = move || {
        let parts = paths
            .iter()
            .map(|path| open_channel(Input::open(path)?, &options));
        interleave(parts.collect::<Result<_>>()?)
    };
    match are_files {
        true => Opener::new(open),
        false => Opener::once(open),
    }
}

/// Opens one per-channel file. Unless it is recognized as another container, it is raw samples, as `arecord -I` writes
/// them, provided that the options describe those.
fn open_channel(mut input: Input, options: &ReadOptions) -> Result<Box<dyn Source>> {
    let may_be_raw = options.container.is_none() && options.raw.is_some();
    let is_raw = may_be_raw && Container::sniff(input.peek(file::SNIFF_BYTES)?).is_none();
    let container = if is_raw {
        Some(Container::Raw)
    } else {
        options.container
    };
    file::open(
        input,
        &ReadOptions {
            container,
            ..*options
        },
    )
}
