//! Opening a file for reading: its container is detected from its first bytes.

use super::container::{Container, MAX_SNIFF_BYTES, SNIFF_BYTES};
#[cfg(feature = "coded")]
use super::decode::{adts, mpa};
use super::errors::{is_for_ffmpeg, unsupported_container};
use super::ffmpeg;
use super::id3;
use super::input::Input;
use super::leading_tags;
use super::options::{DecoderChoice, ReadOptions};
use super::registry::reader_of;
use crate::audio::advice::FileAdvice;
use crate::audio::error::{Error, Kind, Result};
use crate::audio::stream::Source;

/// Maximum bytes of leading ID3 tags in a pipe that are looked past to detect what follows.
const MAX_LEADING_TAGS: u64 = 16 << 20;

/// Bytes in which the first frame of a stream is looked for.
const MAX_LEADING_JUNK: usize = 64 << 10;

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

/// Opens what is at an `http` or `https` address, with ffmpeg.
///
/// # Errors
/// If ffmpeg is not installed, is not wanted, or cannot decode what is there.
pub fn open_url(url: &str, options: &ReadOptions) -> Result<Box<dyn Source>> {
    let refusal = Error::new(
        Kind::InvalidInput,
        format!("'{url}' is a URL, which needs ffmpeg"),
    );
    let refusal = refusal
        .with_file(url)
        .with_advice(FileAdvice::PipeUrl(url.to_owned()));
    match options.decoder {
        DecoderChoice::Native => Err(refusal),
        _ => ffmpeg::open_url(url, refusal),
    }
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
    mut input: Input,
    container: Container,
    options: &ReadOptions,
) -> Result<Box<dyn Source>> {
    let for_ffmpeg = || Error::invalid(input.name(), unsupported_container(container.title()));
    if options.decoder == DecoderChoice::Ffmpeg && container != Container::Raw {
        let refusal = for_ffmpeg().with_advice(FileAdvice::InstallFfmpeg);
        return ffmpeg::open(input, container, refusal);
    }
    let Some(open) = reader_of(container) else {
        let refusal = for_ffmpeg();
        return open_elsewhere(input, container, options, refusal);
    };
    // What is read before it turns out that this is for ffmpeg is read again.
    let copy = input.fork()?;
    let tags = leading_tags::read(&mut input, container)?;
    match open(input, options) {
        Err(refusal) if is_for_ffmpeg(&refusal) => {
            open_elsewhere(copy, container, options, refusal)
        }
        opened => opened.map(|source| leading_tags::add(source, tags)),
    }
}

/// Opens what the library does not decode.
fn open_elsewhere(
    input: Input,
    container: Container,
    options: &ReadOptions,
    refusal: Error,
) -> Result<Box<dyn Source>> {
    match options.decoder {
        DecoderChoice::Native => Err(refusal),
        _ => ffmpeg::open(
            input,
            container,
            refusal.with_advice(FileAdvice::InstallFfmpeg),
        ),
    }
}

fn detect(input: &mut Input) -> Result<Container> {
    let heads = heads(input)?;
    let found = found_in(&heads).filter(|found| !is_stream(*found));
    match found {
        Some(found) => Ok(found),
        None => find_stream(input, heads.offset)?.ok_or_else(|| {
            Error::invalid(input.name(), "is not a recognized audio file")
                .with_advice(FileAdvice::ReadAsRaw)
        }),
    }
}

fn check(input: &mut Input, wanted: Container) -> Result<Container> {
    let heads = heads(input)?;
    let found = found_in(&heads);
    if found == Some(wanted) || wanted.matches(&heads.after_tags) {
        return Ok(wanted);
    }
    // Streams of frames may begin with anything, and there is nothing to recognize some containers by.
    let is_open = is_stream(wanted) || wanted == Container::Gsm;
    if is_open && found.is_none_or(is_stream) {
        return Ok(wanted);
    }
    let why = match found {
        Some(found) => format!("is not {}: it is {}", wanted.title(), found.title()),
        None => format!("is not {}", wanted.title()),
    };
    Err(Error::invalid(input.name(), why))
}

/// Whether a container is nothing but frames, each with a few bits by which it is recognized.
fn is_stream(container: Container) -> bool {
    matches!(container, Container::Mp3 | Container::Mp2 | Container::Adts)
}

/// The stream of frames that begins somewhere after `offset`: it may have been cut out of a longer one.
fn find_stream(input: &mut Input, offset: u64) -> Result<Option<Container>> {
    let bytes = bytes_at(input, offset, MAX_LEADING_JUNK)?;
    Ok(first_stream(&bytes, bytes.len() < MAX_LEADING_JUNK))
}

#[cfg(feature = "coded")]
fn first_stream(bytes: &[u8], is_end: bool) -> Option<Container> {
    let adts = adts::find(bytes, is_end).map(|at| (at, Container::Adts));
    let mpa = mpa::find(bytes, is_end).map(|(at, layer)| match layer {
        3 => (at, Container::Mp3),
        _ => (at, Container::Mp2),
    });
    let first = adts.into_iter().chain(mpa).min_by_key(|(at, _)| *at);
    first.map(|(_, container)| container)
}

#[cfg(not(feature = "coded"))]
fn first_stream(_: &[u8], _: bool) -> Option<Container> {
    None
}

/// The first bytes of an input, and the first ones after leading ID3 tags.
struct Heads {
    first: Vec<u8>,
    after_tags: Vec<u8>,
    /// Offset of the first byte after the tags.
    offset: u64,
}

fn heads(input: &mut Input) -> Result<Heads> {
    let mut first = input.peek(SNIFF_BYTES)?.to_vec();
    if Container::sniff(&first).is_none_or(is_stream) {
        first = input.peek(MAX_SNIFF_BYTES)?.to_vec();
    }
    let mut heads = Heads {
        after_tags: first.clone(),
        first,
        offset: 0,
    };
    while let Some(length) = id3::tag_length(&heads.after_tags) {
        if input.size().is_none() && heads.offset + length > MAX_LEADING_TAGS {
            break;
        }
        heads.offset += length;
        heads.after_tags = bytes_at(input, heads.offset, SNIFF_BYTES)?;
    }
    Ok(heads)
}

/// The `count` bytes at offset `at`, fewer at the end, without consuming any.
fn bytes_at(input: &mut Input, at: u64, count: usize) -> Result<Vec<u8>> {
    if input.size().is_some() {
        let mut bytes = vec![0; count];
        let length = input.read_at(at, &mut bytes)?;
        bytes.truncate(length);
        return Ok(bytes);
    }
    let ahead = input.peek(at as usize + count)?;
    Ok(ahead.get(at as usize..).unwrap_or_default().to_vec())
}

/// The container after the tags if it is one that may follow ID3 tags, otherwise the one at the start.
fn found_in(heads: &Heads) -> Option<Container> {
    let taggable = [
        Container::Flac,
        Container::Mp3,
        Container::Mp2,
        Container::Adts,
        Container::Ape,
        Container::Tta,
        Container::Wavpack,
        Container::Musepack,
        Container::Tak,
    ];
    let is_tagged = |found: &Container| taggable.contains(found) || leading_tags::precede(*found);
    let after_tags = Container::sniff(&heads.after_tags).filter(is_tagged);
    after_tags.or_else(|| Container::sniff(&heads.first))
}
