//! What stands before the sound of a WAV or an RF64.
//!
//! The fields of `fmt ` are hound's, where it knows the format. Its extension is left out again where all it adds is
//! a guess at the speakers: Python's `wave` reads no extensible header before 3.12, and what a channel is for,
//! nobody told us.

use super::chunks::ALL_ONES;
use super::codes::{self, PCM};
use super::notes::id_of;
use crate::audio::file::Tags;
use crate::audio::file::store::{Length, Packing, Shape};
use crate::audio::format::{Encoding, Format};
use hound::{SampleFormat, WavSpec};

/// The formats that a WAV holds. `S24_LE` becomes `S32_LE`: nobody agrees on what 24 bits in four bytes mean.
pub(in crate::audio::file) const FORMATS: &[Format] = &[
    Format::U8,
    Format::S16_LE,
    Format::S24_3LE,
    Format::S32_LE,
    Format::FLOAT_LE,
    Format::FLOAT64_LE,
    Format::A_LAW,
    Format::MU_LAW,
];

/// How a WAV is written.
///
/// Lengths have 32 bits, and those near their end mean "not known" to some readers: a page of room is left.
pub(in crate::audio::file) const PACKING: Packing = Packing {
    title: "WAV",
    formats: FORMATS,
    header: narrow,
    padding: 2,
    most: (u32::MAX - 0xfff) as u64,
    tags: Some(info),
    stores_channel_mask,
};

/// How an RF64 is written (EBU Tech 3306): a WAV whose lengths stand in `ds64`, with 64 bits.
pub(in crate::audio::file) const WIDE_PACKING: Packing = Packing {
    title: "RF64",
    formats: FORMATS,
    header: wide,
    padding: 2,
    most: u64::MAX,
    tags: Some(info),
    stores_channel_mask,
};

/// The length of a stream in 64 bits. All ones would be negative, which ffmpeg refuses; the sums that readers make
/// with it must not overflow either.
const ENDLESS: u64 = i64::MAX as u64 - 127;

/// Where things stand in what hound makes.
const FMT: usize = 20;
const SHORT_FMT: usize = 16;
const SHORT_FMT_OF_OTHERS: usize = 18;
const SUBFORMAT: usize = 24;
const MASK: usize = 20;

fn narrow(shape: &Shape, length: Length) -> Vec<u8> {
    let middle = middle(shape, length);
    let (form, data) = match length {
        Length::Bytes(bytes) => (form_size(&middle, bytes) as u32, bytes as u32),
        // Any other length ends the sound for some readers: at 2 GiB, at 4 GiB, or at once. hound, ffmpeg and
        // sox say it so, too.
        Length::Unknown => (ALL_ONES, ALL_ONES),
    };
    [
        b"RIFF".as_slice(),
        &form.to_le_bytes(),
        b"WAVE",
        &middle,
        b"data",
        &data.to_le_bytes(),
    ]
    .concat()
}

fn wide(shape: &Shape, length: Length) -> Vec<u8> {
    let middle = middle(shape, length);
    let (data, frames) = match length {
        Length::Bytes(bytes) => (bytes, shape.spec.frames_in(bytes)),
        Length::Unknown => (ENDLESS, 0),
    };
    // The chunk itself adds its 36 bytes.
    let form = form_size(&middle, data) + 36;
    [
        b"RF64\xff\xff\xff\xffWAVEds64\x1c\0\0\0".as_slice(),
        &form.to_le_bytes(),
        &data.to_le_bytes(),
        &frames.to_le_bytes(),
        &[0; 4],
        &middle,
        b"data\xff\xff\xff\xff",
    ]
    .concat()
}

/// All of a form behind its first eight bytes: its kind, `middle`, the header of `data`, its bytes, and their padding.
fn form_size(middle: &[u8], data: u64) -> u64 {
    4 + middle.len() as u64 + 8 + data.next_multiple_of(2)
}

/// The chunks between the form and the sound.
fn middle(shape: &Shape, length: Length) -> Vec<u8> {
    let fields = fmt_content(shape);
    let size = fields.len() as u32;
    let mut chunks = [b"fmt ".as_slice(), &size.to_le_bytes(), &fields].concat();
    if is_law(shape.spec.format) {
        // What is no plain number must say how many frames there are, even where it follows from the length.
        let frames = match length {
            Length::Bytes(bytes) => shape.spec.frames_in(bytes).min(ALL_ONES.into()) as u32,
            Length::Unknown => ALL_ONES,
        };
        chunks.extend(b"fact\x04\0\0\0");
        chunks.extend(frames.to_le_bytes());
    }
    chunks.extend(&shape.tags);
    chunks
}

/// Tags as a chunk: a list of texts that end in a zero, each filled up to an even length.
fn info(tags: &Tags) -> Result<Vec<u8>, String> {
    let mut list = b"INFO".to_vec();
    for (name, text) in tags.iter() {
        list.extend(id_of(name)?);
        list.extend((text.len() as u32 + 1).to_le_bytes());
        list.extend(text.as_bytes());
        list.push(0);
        list.resize(list.len().next_multiple_of(2), 0);
    }
    Ok([b"LIST", &(list.len() as u32).to_le_bytes()[..], &list].concat())
}

fn is_law(format: Format) -> bool {
    matches!(format.encoding(), Encoding::ALaw | Encoding::MuLaw)
}

/// The content of a `fmt ` chunk.
pub(in crate::audio::file) fn fmt_content(shape: &Shape) -> Vec<u8> {
    match hounds(shape) {
        Some(fields) => with_mask(fields, shape.channel_mask),
        None => plain(shape),
    }
}

/// Whether there is a place for the mask.
pub(in crate::audio::file) fn stores_channel_mask(shape: &Shape) -> bool {
    hounds(shape).is_some_and(|fields| fields.len() > SHORT_FMT)
}

/// The fields as hound makes them, if it knows the format.
fn hounds(shape: &Shape) -> Option<Vec<u8>> {
    let spec = shape.spec;
    let sample_format = match spec.format {
        Format::U8 | Format::S16_LE | Format::S24_3LE | Format::S32_LE => SampleFormat::Int,
        Format::FLOAT_LE => SampleFormat::Float,
        _ => return None,
    };
    let spec = WavSpec {
        channels: spec.channels as u16,
        sample_rate: spec.rate,
        bits_per_sample: spec.format.bits() as u16,
        sample_format,
    };
    let header = spec.into_header_for_infinite_file();
    Some(header[FMT..header.len() - 8].to_vec())
}

/// The extension says what `mask` says, or is left out.
fn with_mask(mut fields: Vec<u8>, mask: Option<u32>) -> Vec<u8> {
    let is_extensible = fields.len() > SHORT_FMT;
    match mask {
        Some(mask) if is_extensible => fields[MASK..MASK + 4].copy_from_slice(&mask.to_le_bytes()),
        _ if is_extensible => {
            fields.copy_within(SUBFORMAT..SUBFORMAT + 2, 0);
            // What is not PCM says that it has no extension.
            fields[SHORT_FMT..SHORT_FMT_OF_OTHERS].fill(0);
            let is_pcm = fields.starts_with(&PCM.to_le_bytes());
            fields.truncate(if is_pcm {
                SHORT_FMT
            } else {
                SHORT_FMT_OF_OTHERS
            });
        }
        _ => {}
    }
    fields
}

/// The fields of what hound does not know. Those of samples that are no integers end in the length of an extension.
fn plain(shape: &Shape) -> Vec<u8> {
    let spec = shape.spec;
    let tag = codes::code(spec.format).map_or(PCM, |code| code.tag);
    let block = spec.frame_bytes() as u32;
    [
        tag.to_le_bytes().as_slice(),
        &(spec.channels as u16).to_le_bytes(),
        &spec.rate.to_le_bytes(),
        &spec.rate.wrapping_mul(block).to_le_bytes(),
        &(block as u16).to_le_bytes(),
        &(spec.format.bits() as u16).to_le_bytes(),
        &[0; 2],
    ]
    .concat()
}
