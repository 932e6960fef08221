//! What opens the files of a playlist when their turn comes.

use super::Opener;
use super::interleave::interleave;
use crate::audio::error::Result;
use crate::audio::file::{self, Container, Input, ReadOptions};
use crate::audio::stream::Source;
use std::path::PathBuf;

/// What opens `path` with `options` when a [`playlist`] comes to it; `-` is standard input.
pub fn opener(path: PathBuf, options: ReadOptions) -> Opener {
    Box::new(move || file::open(Input::open(&path)?, &options))
}

/// What opens `paths` as one source, each file a channel, when a [`playlist`] comes to it.
pub fn channels_opener(paths: Vec<PathBuf>, options: ReadOptions) -> Opener {
    Box::new(move || {
        let parts = paths
            .iter()
            .map(|path| open_channel(Input::open(path)?, &options));
        interleave(parts.collect::<Result<_>>()?)
    })
}

/// Files of one channel each are what `arecord -I` writes: raw samples, unless they say otherwise.
fn open_channel(mut input: Input, options: &ReadOptions) -> Result<Box<dyn Source>> {
    let described = options.container.is_none() && options.raw.is_some();
    let raw = described && Container::of(input.peek(file::SNIFFED)?).is_none();
    let container = if raw {
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
