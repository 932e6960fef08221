//! Sound in files and pipes: what is read is a [`Source`], whatever it came from.
//!
//! [`open`] looks at the first bytes and finds the row of the container table that knows them; a name or a
//! suffix decides nothing. Nothing seeks, so a pipe is read just as a file is.

mod body;
pub mod channels;
mod container;
mod input;
pub mod playlist;
pub mod raw;
pub mod sink;
pub mod wav;

pub use container::Container;
pub use input::Input;
pub use sink::Sink;

use super::error::{Error, Result};
use super::spec::Spec;
use std::path::PathBuf;

/// Something that gives frames: a file, a pipe, a generator, a decoder, a converter around another source.
pub trait Source: Send {
    /// What its frames are made of.
    fn spec(&self) -> Spec;

    /// Frames in all, where that is known beforehand.
    fn frames(&self) -> Option<u64>;

    /// Its name for messages (`song.wav`, `standard input`).
    fn name(&self) -> &str;

    /// Fills `buffer` (a whole number of frames) from its start with whole frames, and tells how many
    /// **bytes** it gave. Zero is the end. It may give less than was asked for without being at its end,
    /// and blocks while a pipe has nothing.
    ///
    /// # Errors
    /// When reading fails, or what is read is not sound after all. A source that ends early (fewer frames
    /// than its header promised) gives all it has first, and then an error that says so.
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize>;
}

/// What the caller says about a file beforehand.
#[derive(Clone, Copy, Debug, Default)]
pub struct ReadOptions {
    /// What it must be (`-t`); without it, its first bytes tell.
    pub container: Option<Container>,
    /// What raw samples are made of (`-f`, `-r`, `-c`). A container that describes itself ignores it.
    pub raw: Option<Spec>,
}

/// The source that `input` holds.
///
/// It blocks until the header is there, and reads nothing but the header.
///
/// # Errors
/// [`Kind::InvalidInput`] for what is empty, not audio, broken, not what `options` say it is, or of a kind
/// that is known but not readable yet; [`Kind::Usage`] for raw samples without a spec; what reading gives
/// otherwise.
///
/// [`Kind::InvalidInput`]: super::error::Kind::InvalidInput
/// [`Kind::Usage`]: super::error::Kind::Usage
pub fn open(mut input: Input, options: &ReadOptions) -> Result<Box<dyn Source>> {
    if input.peek(1)?.is_empty() {
        return Err(Error::invalid(input.name(), "is empty"));
    }
    let container = match options.container {
        Some(Container::Raw) => Container::Raw,
        Some(wanted) => checked(&mut input, wanted)?,
        None => sniffed(&mut input)?,
    };
    match container.reader() {
        Some(reader) => reader(input, options),
        None => Err(unreadable(&input, container)),
    }
}

/// What opens `path` with `options` when a [`playlist`] comes to it; `-` is standard input.
pub fn opener(path: PathBuf, options: ReadOptions) -> playlist::Opener {
    Box::new(move || open(Input::open(&path)?, &options))
}

/// What opens `paths` as one source, each file a channel, when a [`playlist`] comes to it.
pub fn channels_opener(paths: Vec<PathBuf>, options: ReadOptions) -> playlist::Opener {
    Box::new(move || {
        let parts = paths
            .iter()
            .map(|path| open_channel(Input::open(path)?, &options));
        channels::interleave(parts.collect::<Result<_>>()?)
    })
}

/// Files of one channel each are what `arecord -I` writes: raw samples, unless they say otherwise.
fn open_channel(mut input: Input, options: &ReadOptions) -> Result<Box<dyn Source>> {
    let described = options.container.is_none() && options.raw.is_some();
    let raw = described && Container::of(input.peek(container::SNIFFED)?).is_none();
    let container = if raw {
        Some(Container::Raw)
    } else {
        options.container
    };
    open(
        input,
        &ReadOptions {
            container,
            ..*options
        },
    )
}

fn sniffed(input: &mut Input) -> Result<Container> {
    let found = Container::of(input.peek(container::SNIFFED)?);
    found.ok_or_else(|| {
        Error::invalid(input.name(), "is not recognised as audio")
            .with_hint("to play it as raw samples: -t raw -f FORMAT -r RATE -c CHANNELS")
    })
}

fn checked(input: &mut Input, wanted: Container) -> Result<Container> {
    let found = Container::of(input.peek(container::SNIFFED)?);
    if found == Some(wanted) {
        return Ok(wanted);
    }
    let why = match found {
        Some(found) => format!("is not {}: it is {}", wanted.title(), found.title()),
        None => format!("is not {}", wanted.title()),
    };
    Err(Error::invalid(input.name(), why))
}

fn unreadable(input: &Input, container: Container) -> Error {
    let why = format!("is {}, which aloud cannot read yet", container.title());
    Error::invalid(input.name(), why)
}

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
