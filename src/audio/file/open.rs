//! Opening a file for reading: its container is detected from its first bytes.

use super::container::{Container, SNIFF_BYTES};
use super::input::Input;
use super::options::ReadOptions;
use super::registry::reader_of;
use crate::audio::advice::FileAdvice;
use crate::audio::error::{Error, Result};
use crate::audio::stream::Source;

/// Maximum bytes of leading ID3 tags in a pipe that are looked past to detect what follows.
const MAX_LEADING_TAGS: u64 = 16 << 20;

/// Opens what `input` contains.
///
/// Blocks until the header has been read, and reads nothing past it.
///
/// # Errors
/// [`Kind::InvalidInput`] if the input is empty, not audio, corrupt, not of the container that `options` require, or of
/// one that is not supported; [`Kind::Usage`] for raw samples without a spec; otherwise errors of reading.
///
/// [`Kind::InvalidInput`]: crate::audio::error::Kind::InvalidInput
/// [`Kind::Usage`]: crate::audio::error::Kind::Usage
pub fn open(mut input: Input, options: &ReadOptions) -> Result<Box<dyn Source>> {
    let container = identify(&mut input, options)?;
    open_as(input, container, options)
}

/// The container of `input`, checked against `options`.
pub(super) fn identify(input: &mut Input, options: &ReadOptions) -> Result<Container> {
    if input.peek(1)?.is_empty() {
        return Err(Error::invalid(input.name(), "is empty"));
    }
    match options.container {
        Some(Container::Raw) => Ok(Container::Raw),
        Some(wanted) => check(input, wanted),
        None => detect(input),
    }
}

pub(super) fn open_as(
    input: Input,
    container: Container,
    options: &ReadOptions,
) -> Result<Box<dyn Source>> {
    match reader_of(container) {
        Some(open) => open(input, options),
        None => {
            let why = format!("is {}, which is not supported", container.title());
            Err(Error::invalid(input.name(), why))
        }
    }
}

fn detect(input: &mut Input) -> Result<Container> {
    found_in(&heads(input)?).ok_or_else(|| {
        Error::invalid(input.name(), "is not a recognized audio file")
            .with_advice(FileAdvice::ReadAsRaw)
    })
}

fn check(input: &mut Input, wanted: Container) -> Result<Container> {
    let heads = heads(input)?;
    let found = found_in(&heads);
    if found == Some(wanted) || wanted.matches(&heads[0]) && !heads[0].starts_with(b"ID3") {
        return Ok(wanted);
    }
    let why = match found {
        Some(found) => format!("is not {}: it is {}", wanted.title(), found.title()),
        None => format!("is not {}", wanted.title()),
    };
    Err(Error::invalid(input.name(), why))
}

/// The first bytes of an input, and the first ones after leading ID3 tags.
fn heads(input: &mut Input) -> Result<[Vec<u8>; 2]> {
    let first = input.peek(SNIFF_BYTES)?.to_vec();
    let (mut head, mut at) = (first.clone(), 0);
    while let Some(length) = id3_length(&head) {
        at += length;
        if input.size().is_none() && at > MAX_LEADING_TAGS {
            break;
        }
        head = head_at(input, at)?;
    }
    Ok([first, head])
}

/// The bytes at offset `at`, without consuming any.
fn head_at(input: &mut Input, at: u64) -> Result<Vec<u8>> {
    if input.size().is_some() {
        let mut head = vec![0; SNIFF_BYTES];
        let length = input.read_at(at, &mut head)?;
        head.truncate(length);
        return Ok(head);
    }
    let ahead = input.peek(at as usize + SNIFF_BYTES)?;
    Ok(ahead.get(at as usize..).unwrap_or_default().to_vec())
}

/// The length of the ID3v2 tag at the start of `head`, header and footer (10 bytes each) included. The size field has
/// four times seven bits.
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

/// The container after the tags if it is one that may follow ID3 tags, otherwise the one at the start.
fn found_in([first, after_tags]: &[Vec<u8>; 2]) -> Option<Container> {
    let taggable = [
        Container::Flac,
        Container::Mp3,
        Container::Mp2,
        Container::Adts,
    ];
    let after_tags = Container::sniff(after_tags).filter(|found| taggable.contains(found));
    after_tags.or_else(|| Container::sniff(first))
}
