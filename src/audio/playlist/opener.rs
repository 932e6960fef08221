//! Opens the files of a playlist when they are next.

use super::entry::{Entry, Place};
use super::interleave::interleave;
use super::part::{PartSource, SourceSlot};
use crate::audio::error::{Error, Result};
use crate::audio::file::{self, Container, Input, ReadOptions};
use crate::audio::stream::Source;
use std::path::PathBuf;

/// Opens one entry of a playlist, again each time the list repeats. May block (a FIFO without a writer).
pub type Opener = Box<dyn FnMut() -> Result<Box<dyn Source>> + Send>;

/// Opens the file at `path`; `-` is standard input.
pub fn opener(path: PathBuf, options: ReadOptions) -> Opener {
    Box::new(move || file::open(Input::open(&path)?, &options))
}

/// An opener for each entry of a playlist, in order. Tracks of the same file that follow each other are read without
/// opening it again.
pub fn entry_openers(entries: Vec<Entry>, options: ReadOptions) -> Vec<Opener> {
    let slot = SourceSlot::default();
    let openers = entries.into_iter().map(|entry| {
        let slot = SourceSlot::clone(&slot);
        Box::new(move || open_entry(&entry, &options, &slot)) as Opener
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
    Box::new(move || {
        let parts = paths
            .iter()
            .map(|path| open_channel(Input::open(path)?, &options));
        interleave(parts.collect::<Result<_>>()?)
    })
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
