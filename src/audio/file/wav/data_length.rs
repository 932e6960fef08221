//! Where the samples of a WAV end.
//!
//! The header of a streamed file was written before its length was known and has a placeholder for it. In a regular
//! file, a length that fits into the file is taken as it is. If it does not fit, it is a placeholder, or the file is
//! truncated. Streamed samples may still be followed by chunks (tags), which are found from the end of the
//! file.

use super::chunks::{DataSize, WavDataChunk};
use crate::audio::error::Result;
use crate::audio::file::errors::no_audio;
use crate::audio::file::fields::Fields;
use crate::audio::file::input::Input;
use crate::audio::file::pcm_reader::DataLength;
use crate::audio::format::ByteOrder;

/// Placeholder lengths. Some writers round them down to whole frames or blocks, or subtract the length of the header.
const PLACEHOLDERS: &[u32] = &[
    0x7fff_0000, // GStreamer
    0x7fff_f000, // SoX
    0x8000_0000, // arecord, and writers that use the largest signed number
    0xffff_ffff, // ffmpeg, hound
];

/// How much lower than the placeholder the length may be.
const PLACEHOLDER_SLACK: u32 = 256;

/// Bytes at the end of a streamed file that are searched for chunks. Pictures in tags may have some megabytes.
const MAX_TAIL_BYTES: u64 = 4 << 20;

/// Ids of chunks that may follow the samples.
#[rustfmt::skip]
const TRAILING_CHUNKS: &[&[u8; 4]] = &[
    b"LIST", b"id3 ", b"ID3 ", b"bext", b"cue ", b"fact", b"PEAK", b"smpl", b"inst", b"plst", b"ltxt",
    b"iXML", b"axml", b"aXML", b"_PMX", b"chna", b"afsp", b"DISP", b"cart", b"levl", b"acid", b"strc",
    b"umid", b"minf", b"elm1", b"regn", b"SyLp", b"Cr8r", b"LGWV", b"tlst", b"r64m", b"MD5 ", b"JUNK",
    b"junk", b"PAD ", b"FLLR",
];

/// The length of the samples at the current position of `input`.
pub(super) fn data_length(input: &mut Input, data: &WavDataChunk) -> Result<DataLength> {
    let declared = bytes(data.size);
    let length = match (input.remaining(), is_streamed(data)) {
        (Some(rest), _) if (1..=rest).contains(&declared) => DataLength::Declared(declared),
        (_, false) => DataLength::Declared(declared),
        (Some(rest), true) => DataLength::Derived(without_chunks(input, data, rest)?),
        (None, true) if is_empty(input, data)? => DataLength::Derived(0),
        (None, true) => DataLength::Unknown,
    };
    match length {
        DataLength::Derived(0) => Err(no_audio(input.name())),
        length => Ok(length),
    }
}

fn bytes(size: DataSize) -> u64 {
    match size {
        DataSize::Bits32(size) => size.into(),
        DataSize::Bits64(size) => size,
    }
}

fn is_streamed(data: &WavDataChunk) -> bool {
    match data.size {
        DataSize::Bits32(size) => size == 0 || is_placeholder(size, data),
        // -1, or the largest signed number.
        DataSize::Bits64(size) => {
            size == 0 || size > i64::MAX as u64 - u64::from(PLACEHOLDER_SLACK)
        }
    }
}

fn is_placeholder(size: u32, data: &WavDataChunk) -> bool {
    let slack = PLACEHOLDER_SLACK.max(data.block_bytes);
    PLACEHOLDERS
        .iter()
        .any(|&placeholder| (placeholder - slack..=placeholder).contains(&size))
}

/// Bytes of samples in the last `rest` bytes of a regular file, without trailing chunks.
fn without_chunks(input: &Input, data: &WavDataChunk, rest: u64) -> Result<u64> {
    let tail = input.tail(MAX_TAIL_BYTES)?;
    let chunks = first_chunk(&tail, data.order);
    let samples = rest - (tail.len() - chunks) as u64;
    let after_zero = chunks > 0 && chunks < tail.len() && tail[chunks - 1] == 0;
    let partial = samples % u64::from(data.block_bytes);
    // A single zero that is not part of a frame is padding: chunks start at even offsets.
    Ok(if after_zero && partial == 1 {
        samples - 1
    } else {
        samples
    })
}

/// The offset in `tail` of a sequence of chunks that ends exactly at its end, as long as possible.
fn first_chunk(tail: &[u8], order: ByteOrder) -> usize {
    let mut starts = vec![tail.len()];
    for at in (0..tail.len().saturating_sub(7)).rev() {
        if let Some(end) = chunk_end(tail, at, order)
            && starts.binary_search_by(|start| end.cmp(start)).is_ok()
        {
            starts.push(at);
        }
    }
    starts.last().copied().unwrap_or(tail.len())
}

/// The end of the chunk at `at`, if there is one that ends within `tail`. The last one may lack its padding byte.
fn chunk_end(tail: &[u8], at: usize, order: ByteOrder) -> Option<usize> {
    let bytes = &tail[at..at + 8];
    let size = Fields { bytes, order }.u32(4) as usize;
    let end = (at + 8).checked_add(size)?;
    let is_chunk = end <= tail.len() && starts_chunk(bytes);
    is_chunk.then_some((end + size % 2).min(tail.len()))
}

pub(super) fn starts_chunk(bytes: &[u8]) -> bool {
    TRAILING_CHUNKS.iter().any(|id| bytes.starts_with(*id))
}

/// Whether a length of 0 in a pipe is true, as far as that can be known: nothing follows, or another chunk. If the
/// length of the outermost chunk is a placeholder, too, what looks like a chunk may be samples.
fn is_empty(input: &mut Input, data: &WavDataChunk) -> Result<bool> {
    if bytes(data.size) != 0 {
        return Ok(false);
    }
    let form_is_known = form_end(data).is_some();
    let next = input.peek(8)?;
    let chunk_follows = next.len() == 8 && starts_chunk(next);
    Ok(next.is_empty() || (form_is_known && chunk_follows))
}

/// Where the outermost chunk ends in the input, unless its length is a placeholder.
pub(super) fn form_end(data: &WavDataChunk) -> Option<u64> {
    let is_known = data.form_size != 0 && !is_placeholder(data.form_size, data);
    is_known.then(|| data.form_start + 8 + u64::from(data.form_size))
}
