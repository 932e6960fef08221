//! Sound in files and pipes: what is read is a [`Source`], whatever it came from; what is written is a [`Sink`].
//!
//! [`open`] looks at the first bytes and finds the row of the container table that knows them; a name or a
//! suffix decides nothing. A pipe is read just as a file is: what can only be read out of order is kept in memory, and not
//! more of it than that takes. [`create`] goes by the name of the
//! container or the suffix of the file; a [`recording`] is a series of files, [`separate`] files a channel each.

mod au;
mod body;
mod container;
mod decode;
pub mod description;
mod flac;
mod input;
mod layout;
mod output;
mod raw;
mod store;
mod voc;
mod w64;
mod wav;

pub use container::Container;
pub(crate) use container::SNIFFED;
pub use description::{Description, describe};
pub use flac::MAX_COMPRESSION;
pub use input::Input;
pub use output::OutputTarget;
pub(crate) use output::{part_of, rename_new};
#[cfg(test)]
pub(crate) use raw::frames_of;

use super::error::{Error, Kind, Result};
use super::metadata::Tags;
use super::spec::Spec;
use super::stream::{Sink, Source};
use crate::audio::advice::FileAdvice;

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
    let container = identify(&mut input, options)?;
    open_as(input, container, options)
}

/// What `input` holds, and is said to.
fn identify(input: &mut Input, options: &ReadOptions) -> Result<Container> {
    if input.peek(1)?.is_empty() {
        return Err(Error::invalid(input.name(), "is empty"));
    }
    match options.container {
        Some(Container::Raw) => Ok(Container::Raw),
        Some(wanted) => checked(input, wanted),
        None => sniffed(input),
    }
}

fn open_as(input: Input, container: Container, options: &ReadOptions) -> Result<Box<dyn Source>> {
    match container.reader() {
        Some(reader) => reader(input, options),
        None => Err(unreadable(&input, container)),
    }
}

/// What the caller says about a file that is to be written.
#[derive(Clone, Debug)]
pub struct WriteOptions {
    /// What it is to be (`-t`); without it, its suffix tells, and it is WAV where that says nothing.
    pub container: Option<Container>,
    /// Frames that will come, where that is known (`-d`, `-s`): what a header in a pipe says.
    pub expected_frames: Option<u64>,
    /// Whether an existing file is replaced; otherwise it is an error (`EEXIST`).
    pub clobber: bool,
    /// Whether the file is called `NAME.part` until it is finished. Without a word, only files of a series are.
    pub part: Option<bool>,
    /// Whether a checkpoint waits until all is on the disk.
    pub sync: bool,
    /// The speakers that the channels are for, in order (bit 0 front left, 1 front right, 2 front centre, 3 LFE, 4 rear left, 5 rear right and so on), where known. Written
    /// where hound makes a place for it: WAV, RF64 and Wave64 of more than two channels or 16 bits, A-law, µ-law and
    /// 64-bit floats excepted.
    pub channel_mask: Option<u32>,
    /// Most bytes of sound in a file (before it is compressed), where the container allows for more.
    pub max_bytes: Option<u64>,
    /// How hard what is compressed is compressed, from 0 (fastest) to [`MAX_COMPRESSION`]; 5 without a word.
    pub compression: Option<u8>,
    /// What the file says of its sound. A container without a place for it is refused.
    pub tags: Tags,
}

impl Default for WriteOptions {
    fn default() -> WriteOptions {
        WriteOptions {
            container: None,
            expected_frames: None,
            clobber: true,
            part: None,
            sync: false,
            channel_mask: None,
            max_bytes: None,
            compression: None,
            tags: Tags::default(),
        }
    }
}

/// A sink that writes frames of `spec` to `target`. An existing file is emptied now, through a link as well.
///
/// A file on a disk is valid at once, and again after each [`Sink::checkpoint`]. Opening a FIFO waits for its reader.
/// Call it where SIGXFSZ is ignored or caught, so that a size limit is an error and not the end.
///
/// # Errors
/// [`Kind::Usage`] for a container that is not written yet or cannot hold `spec`; what opening and writing the
/// header give otherwise.
pub fn create(target: OutputTarget, spec: Spec, options: &WriteOptions) -> Result<Box<dyn Sink>> {
    let container = container_of(&target, options);
    let writer = container.writer().ok_or_else(|| unwritable(container))?;
    writer.create(target, spec, options)
}

/// Whether a file that [`create`] makes says which speakers its channels are for. They stand in the order of the bits of
/// [`WriteOptions::channel_mask`] then.
pub fn stores_channel_mask(target: &OutputTarget, spec: Spec, options: &WriteOptions) -> bool {
    let writer = container_of(target, options).writer();
    writer.is_some_and(|writer| writer.stores_channel_mask(spec))
}

/// What `target` will be.
pub(crate) fn container_of(target: &OutputTarget, options: &WriteOptions) -> Container {
    let by_suffix = || match target {
        OutputTarget::Path(path) => Container::of_suffix(path),
        _ => None,
    };
    options
        .container
        .or_else(by_suffix)
        .unwrap_or(Container::Wav)
}

/// What writes files of `container`, if anything does.
pub(crate) fn writer_of(container: Container) -> Option<&'static dyn container::Writer> {
    container.writer()
}

fn unwritable(container: Container) -> Error {
    let names = Container::all().filter(|known| known.is_writable());
    let names: Vec<_> = names.map(Container::name).collect();
    let message = format!("{} cannot be written yet", container.title());
    Error::new(Kind::Usage, message).with_advice(FileAdvice::Containers(names))
}

/// Writes all of `bytes` to `target` (text of another part of aloud, not sound). A file that was there is replaced once all
/// is on the disk, and stays as it is where that fails.
pub(crate) fn replace(target: OutputTarget, bytes: &[u8]) -> Result<()> {
    let options = WriteOptions {
        part: Some(true),
        ..WriteOptions::default()
    };
    let mut output = output::Output::create(target, &options)?;
    let written = output.append(bytes).1.and_then(|()| output.sync());
    match written {
        Ok(()) => output.complete(),
        Err(error) => {
            output.discard();
            Err(error)
        }
    }
}

/// Most bytes of tags that are looked behind; those of a file may be longer.
const LONGEST_TAGS: u64 = 16 << 20;

/// The first bytes of an input, and those behind the tags (ID3) that may stand before what it is.
fn heads(input: &mut Input) -> Result<[Vec<u8>; 2]> {
    let first = input.peek(container::SNIFFED)?.to_vec();
    let (mut head, mut at) = (first.clone(), 0);
    while let Some(length) = id3_length(&head) {
        at += length;
        head = match input.size() {
            Some(_) => {
                let mut head = vec![0; container::SNIFFED];
                let held = input.read_at(at, &mut head)?;
                head.truncate(held);
                head
            }
            None if at > LONGEST_TAGS => break,
            None => input
                .peek(at as usize + container::SNIFFED)?
                .get(at as usize..)
                .unwrap_or_default()
                .to_vec(),
        };
    }
    Ok([first, head])
}

/// The length of the ID3 tag that `head` begins with: four times seven bits, its own ten bytes and as many at its end.
fn id3_length(head: &[u8]) -> Option<u64> {
    let [b'I', b'D', b'3', _, _, flags, size @ ..] = head else {
        return None;
    };
    let size = size
        .get(..4)?
        .iter()
        .fold(0, |size, byte| size << 7 | u64::from(byte & 0x7f));
    let footer = if flags & 0x10 != 0 { 10 } else { 0 };
    Some(10 + size + footer)
}

/// What stands behind tags where that is something that is read with tags before it, or else what comes first.
fn found_in([first, behind]: &[Vec<u8>; 2]) -> Option<Container> {
    let tagged = [
        Container::Flac,
        Container::Mp3,
        Container::Mp2,
        Container::Adts,
    ];
    let behind = Container::of(behind).filter(|found| tagged.contains(found));
    behind.or_else(|| Container::of(first))
}

fn sniffed(input: &mut Input) -> Result<Container> {
    found_in(&heads(input)?).ok_or_else(|| {
        Error::invalid(input.name(), "is not recognised as audio")
            .with_advice(FileAdvice::ReadAsRaw)
    })
}

fn checked(input: &mut Input, wanted: Container) -> Result<Container> {
    let heads = heads(input)?;
    let found = found_in(&heads);
    if found == Some(wanted) || wanted.is_in(&heads[0]) && !heads[0].starts_with(b"ID3") {
        return Ok(wanted);
    }
    let why = match found {
        Some(found) => format!("is not {}: it is {}", wanted.title(), found.title()),
        None => format!("is not {}", wanted.title()),
    };
    Err(Error::invalid(input.name(), why))
}

fn unreadable(input: &Input, container: Container) -> Error {
    let why = format!("is {}, which is not supported yet", container.title());
    Error::invalid(input.name(), why)
}

#[cfg(test)]
mod damage_tests;
#[cfg(test)]
mod plain_tests;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod write_tests;
