//! Core Audio Format. Plain samples are read as they are; what is coded goes through symphonia, and needs the table of
//! packets, which may stand behind the sound.

use super::media::{self, Media, Order, Quota};
use super::view::View;
use super::{Frames, Told, open_as};
use crate::audio::error::{Error, Result};
use crate::audio::file::body::{Body, Extent};
use crate::audio::file::{Container, Input, ReadOptions};
use crate::audio::format::Format;
use crate::audio::spec::Spec;
use crate::audio::stream::Source;
use symphonia::default::formats::CafReader;

/// What stands before the sound is no longer than that.
const LONGEST_HEADER: usize = 8 << 20;

/// More chunks than this are nobody's file.
const MOST_CHUNKS: usize = 4096;

/// Opens a CAF file.
pub(in crate::audio::file) fn open(mut input: Input, _: &ReadOptions) -> Result<Box<dyn Source>> {
    match plain(&mut input)? {
        Some((spec, start, length)) => open_plain(input, spec, start, length),
        None => open_coded(input),
    }
}

fn open_plain(
    mut input: Input,
    spec: Spec,
    start: u64,
    length: Option<u64>,
) -> Result<Box<dyn Source>> {
    input.skip(start)?;
    let extent = match (length, input.remaining()) {
        (Some(length), _) => Extent::Promised(length),
        (None, Some(left)) => Extent::Found(left),
        (None, None) => Extent::Open,
    };
    Ok(Box::new(Body::new(input, spec, extent)))
}

fn open_coded(mut input: Input) -> Result<Box<dyn Source>> {
    let name = input.name().to_owned();
    let quota = Quota::new();
    let bytes = input.size();
    let (told, media) = if bytes.is_some() {
        let told = told(&View::File(&input), bytes)?;
        (told, Media::new(input, Order::Free, quota.clone()))
    } else {
        let held = media::hold(&mut input, "may have its table of packets at its end")?;
        (
            told(&View::Held(&held), None)?,
            Media::held(held, quota.clone()),
        )
    };
    open_as::<CafReader<'_>>(Container::Caf, name, media.into_stream(), quota, told)
}

/// The first byte of the first chunk.
const CHUNKS: usize = 8;

/// The spec of plain samples, where they begin and how many bytes they are; `None` for what is coded.
fn plain(input: &mut Input) -> Result<Option<(Spec, u64, Option<u64>)>> {
    let mut at = CHUNKS;
    let mut spec = None;
    for _ in 0..MOST_CHUNKS {
        let Some((kind, size)) = chunk(input.peek(at + 12)?.get(at..).unwrap_or_default()) else {
            return Err(Error::invalid(
                input.name(),
                "is broken: it ends before any sound",
            ));
        };
        let content = at + 12;
        match &kind {
            b"data" => {
                // Four bytes count the edits; a length of -1 goes to the end.
                let length = u64::try_from(size).ok().map(|size| size.saturating_sub(4));
                return Ok(spec.map(|spec| (spec, content as u64 + 4, length)));
            }
            b"desc" => {
                match samples(input.peek(content + 32)?.get(content..).unwrap_or_default()) {
                    Some(found) => spec = Some(found),
                    None => return Ok(None),
                }
            }
            _ => {}
        }
        let size = usize::try_from(size)
            .ok()
            .filter(|size| *size < LONGEST_HEADER);
        at = match size {
            Some(size) if content + size < LONGEST_HEADER => content + size,
            _ => {
                let why = format!(
                    "is broken: its chunk '{}' cannot be so long",
                    kind.escape_ascii()
                );
                return Err(Error::invalid(input.name(), why));
            }
        };
    }
    Err(Error::invalid(
        input.name(),
        format!("is broken: it has no sound within {MOST_CHUNKS} chunks"),
    ))
}

/// The kind and the length of a chunk.
fn chunk(bytes: &[u8]) -> Option<([u8; 4], i64)> {
    let kind = bytes.get(..4)?.try_into().ok()?;
    let size = i64::from_be_bytes(bytes.get(4..12)?.try_into().ok()?);
    Some((kind, size))
}

/// What a description says of plain samples that ALSA has a name for.
fn samples(desc: &[u8]) -> Option<Spec> {
    let word = |at: usize| -> Option<u32> {
        Some(u32::from_be_bytes(desc.get(at..at + 4)?.try_into().ok()?))
    };
    let rate = f64::from_be_bytes(desc.get(..8)?.try_into().ok()?);
    let (flags, frame, per_packet) = (word(12)?, word(16)?, word(20)?);
    let (channels, bits) = (word(24)?, word(28)?);
    if per_packet != 1
        || channels == 0
        || channels > 1024
        || !(1.0..=12_288_000.0).contains(&rate)
        || rate.fract() != 0.0
    {
        return None;
    }
    let (float, little) = (flags & 1 != 0, flags & 2 != 0);
    let format = match (desc.get(8..12)?, float, bits, little) {
        (b"lpcm", false, 8, _) => Format::S8,
        (b"lpcm", false, 16, true) => Format::S16_LE,
        (b"lpcm", false, 16, false) => Format::S16_BE,
        (b"lpcm", false, 24, true) => Format::S24_3LE,
        (b"lpcm", false, 24, false) => Format::S24_3BE,
        (b"lpcm", false, 32, true) => Format::S32_LE,
        (b"lpcm", false, 32, false) => Format::S32_BE,
        (b"lpcm", true, 32, true) => Format::FLOAT_LE,
        (b"lpcm", true, 32, false) => Format::FLOAT_BE,
        (b"lpcm", true, 64, true) => Format::FLOAT64_LE,
        (b"lpcm", true, 64, false) => Format::FLOAT64_BE,
        (b"alaw", ..) => Format::A_LAW,
        (b"ulaw", ..) => Format::MU_LAW,
        _ => return None,
    };
    let spec = Spec::new(format, rate as u32, channels).ok()?;
    (spec.frame_bytes() == frame as usize).then_some(spec)
}

/// What the table of packets says: packets, frames that are heard, frames before them, frames behind.
fn told(view: &View, bytes: Option<u64>) -> Result<Told> {
    let mut told = Told {
        frames: Frames::Unknown,
        bytes,
        ..Told::default()
    };
    let mut at = CHUNKS as u64;
    for _ in 0..MOST_CHUNKS {
        let Some((kind, size)) = chunk(&view.bytes(at, 12)?) else {
            break;
        };
        if let (b"pakt", Some(table)) = (&kind, view.array::<24>(at + 12)?) {
            let frames = i64::from_be_bytes(table[8..16].try_into().unwrap_or_default());
            let before = i32::from_be_bytes(table[16..20].try_into().unwrap_or_default());
            let behind = i32::from_be_bytes(table[20..24].try_into().unwrap_or_default());
            told.skip = u64::try_from(before).ok().filter(|before| *before > 0);
            // A writer that leaves out what is behind the sound has counted whole packets, and knows no better.
            if frames > 0 && behind > 0 {
                told.frames = Frames::Exactly(frames.unsigned_abs());
            }
            break;
        }
        let Ok(size) = u64::try_from(size) else {
            break;
        };
        at = at.saturating_add(12).saturating_add(size);
    }
    Ok(told)
}
