//! Where the sound of a WAV ends.
//!
//! A header that was written before the sound may not know: whoever streams writes a length that means "all
//! that follows". In a regular file the size of the file is the better witness: a length that fits is taken
//! at its word, whatever it is, and one that does not is the mark of a stream or of a truncated file. What
//! follows a streamed sound can still be chunks (tags) and not sound; they are found from the end.

use super::chunks::{DataSize, Header};
use super::fmt::Fields;
use crate::audio::error::{Error, Result};
use crate::audio::file::Input;
use crate::audio::file::body::Extent;
use crate::audio::format::ByteOrder;

/// Lengths that mean "not known". Writers round them down to whole frames, or take their header off.
const STREAMED: &[u32] = &[
    0x7fff_0000, // GStreamer
    0x7fff_f000, // SoX
    0x8000_0000, // arecord; also those that write the largest signed length
    0xffff_ffff, // ffmpeg, hound
];

/// How far below such a length a writer's header may bring it.
const HEADER_SLACK: u32 = 256;

/// Where chunks behind a streamed sound are looked for: pictures in tags can be some megabytes.
const TAIL: u64 = 4 << 20;

/// Chunks that stand behind the sound.
#[rustfmt::skip]
const TRAILING: &[&[u8; 4]] = &[
    b"LIST", b"id3 ", b"ID3 ", b"bext", b"cue ", b"fact", b"PEAK", b"smpl", b"inst", b"plst", b"ltxt",
    b"iXML", b"axml", b"aXML", b"_PMX", b"chna", b"afsp", b"DISP", b"cart", b"levl", b"acid", b"strc",
    b"umid", b"minf", b"elm1", b"regn", b"SyLp", b"Cr8r", b"LGWV", b"tlst", b"r64m", b"MD5 ", b"JUNK",
    b"junk", b"PAD ", b"FLLR",
];

/// The extent of the sound that begins where `input` stands.
pub(super) fn of_sound(input: &mut Input, header: &Header) -> Result<Extent> {
    let size = header.data_size;
    let extent = match (input.remaining(), is_streamed(size, header)) {
        (Some(held), _) if (1..=held).contains(&bytes(size)) => Extent::Promised(bytes(size)),
        (_, false) => Extent::Promised(bytes(size)),
        (Some(held), true) => Extent::Found(found(input, header, held)?),
        (None, true) if holds_only_chunks(input, header)? => Extent::Found(0),
        (None, true) => Extent::Open,
    };
    match extent {
        Extent::Found(0) => Err(Error::invalid(input.name(), "holds no sound")),
        extent => Ok(extent),
    }
}

fn bytes(size: DataSize) -> u64 {
    match size {
        DataSize::Narrow(size) => size.into(),
        DataSize::Wide(size) => size,
    }
}

fn is_streamed(size: DataSize, header: &Header) -> bool {
    match size {
        DataSize::Narrow(size) => size == 0 || is_placeholder(size, header),
        // No file is that long: -1, or the largest signed length.
        DataSize::Wide(size) => size == 0 || size > i64::MAX as u64 - u64::from(HEADER_SLACK),
    }
}

fn is_placeholder(size: u32, header: &Header) -> bool {
    let slack = HEADER_SLACK.max(header.fmt.spec.frame_bytes() as u32);
    STREAMED
        .iter()
        .any(|&mark| (mark - slack..=mark).contains(&size))
}

/// Bytes of sound in the `held` bytes of a regular file that follow a header without a length.
fn found(input: &Input, header: &Header, held: u64) -> Result<u64> {
    let tail = input.tail(TAIL)?;
    let chunks = first_chunk(&tail, header.order);
    let sound = held - (tail.len() - chunks) as u64;
    let padded = chunks > 0 && chunks < tail.len() && tail[chunks - 1] == 0;
    let over = sound % header.fmt.spec.frame_bytes() as u64;
    // Chunks begin at even places: one zero too many before them makes it so, and is no sound.
    Ok(if padded && over == 1 {
        sound - 1
    } else {
        sound
    })
}

/// Where in `tail` the chunks begin that lead, one behind the other, exactly to its end.
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

/// Where the chunk at `at` ends, if one is there and ends within `tail`. The last may lack its pad byte.
fn chunk_end(tail: &[u8], at: usize, order: ByteOrder) -> Option<usize> {
    let bytes = &tail[at..at + 8];
    let size = Fields { bytes, order }.u32(4) as usize;
    let end = (at + 8).checked_add(size)?;
    let known = end <= tail.len() && TRAILING.iter().any(|id| bytes.starts_with(*id));
    known.then_some((end + size % 2).min(tail.len()))
}

/// Whether a length of 0 is the truth, as far as a pipe lets one see: a chunk follows, or nothing.
///
/// A header whose length of the whole is unknown too does not say that there is no sound.
fn holds_only_chunks(input: &mut Input, header: &Header) -> Result<bool> {
    if bytes(header.data_size) != 0 {
        return Ok(false);
    }
    let whole_is_known = header.form_size != 0 && !is_placeholder(header.form_size, header);
    let next = input.peek(8)?;
    let chunk_follows = next.len() == 8 && TRAILING.iter().any(|id| next.starts_with(*id));
    Ok(next.is_empty() || (whole_is_known && chunk_follows))
}
