//! The header of a WAV or RF64 as written.
//!
//! hound encodes the `fmt ` chunk for the formats it supports. An extensible `fmt ` chunk is shortened to a plain one
//! unless the channel mask is known: hound fills in a default mask, and Python's `wave` module cannot read extensible
//! headers before 3.12 (bpo-32990).

use super::codes::{self, PCM};
use super::info_names::id_of;
use crate::audio::file::pcm_writer::{HeaderInfo, HeaderLength, PcmContainer};
use crate::audio::format::{Encoding, Format};
use crate::audio::metadata::Tags;
use hound::{SampleFormat, WavSpec};

/// The formats of a WAV. `S24_LE` becomes `S32_LE`: readers disagree about 24 bits in four bytes.
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
/// Lengths have 32 bits, and those near the maximum mean "unknown" to some readers, so the last 4 KiB are not used.
pub(in crate::audio::file) const WAV: PcmContainer = PcmContainer {
    title: "WAV",
    formats: FORMATS,
    header: wav_header,
    padding: 2,
    ending: &[],
    max_bytes: (u32::MAX - 0xfff) as u64,
    tags: Some(encode_tags),
    stores_channel_mask,
};

/// How an RF64 is written (EBU Tech 3306): a WAV with 64-bit lengths in a `ds64` chunk.
pub(in crate::audio::file) const RF64: PcmContainer = PcmContainer {
    title: "RF64",
    formats: FORMATS,
    header: rf64_header,
    padding: 2,
    ending: &[],
    max_bytes: u64::MAX,
    tags: Some(encode_tags),
    stores_channel_mask,
};

/// The 32-bit length of a stream. Some readers stop at 2 or 4 GiB, or at once, with any other; ffmpeg, SoX and hound
/// also write it.
const STREAM_LENGTH_32: u32 = u32::MAX;

/// The 64-bit length of a stream. Not all ones, which ffmpeg rejects as negative, and smaller than the maximum, because
/// readers add to it.
const STREAM_LENGTH_64: u64 = i64::MAX as u64 - 127;

/// The offset of the `fmt ` content in hound's header.
const HOUND_FMT: usize = 20;

/// Lengths of a `fmt ` chunk without an extension: for PCM, and with an empty extension.
const PCM_FMT: usize = 16;
const OTHER_FMT: usize = 18;

/// Offsets in an extensible `fmt ` chunk.
const CHANNEL_MASK: usize = 20;
const SUBFORMAT: usize = 24;

fn wav_header(info: &HeaderInfo, length: HeaderLength) -> Vec<u8> {
    let chunks = chunks_before_data(info, length);
    let (form, data) = match length {
        HeaderLength::Bytes(bytes) => (form_size(&chunks, bytes) as u32, bytes as u32),
        HeaderLength::Unknown => (STREAM_LENGTH_32, STREAM_LENGTH_32),
    };
    [
        b"RIFF".as_slice(),
        &form.to_le_bytes(),
        b"WAVE",
        &chunks,
        b"data",
        &data.to_le_bytes(),
    ]
    .concat()
}

fn rf64_header(info: &HeaderInfo, length: HeaderLength) -> Vec<u8> {
    let chunks = chunks_before_data(info, length);
    let (data, frames) = match length {
        HeaderLength::Bytes(bytes) => (bytes, info.spec.frames_in(bytes)),
        HeaderLength::Unknown => (STREAM_LENGTH_64, 0),
    };
    // Plus the 36 bytes of `ds64`.
    let form = form_size(&chunks, data) + 36;
    [
        b"RF64\xff\xff\xff\xffWAVEds64\x1c\0\0\0".as_slice(),
        &form.to_le_bytes(),
        &data.to_le_bytes(),
        &frames.to_le_bytes(),
        &[0; 4],
        &chunks,
        b"data\xff\xff\xff\xff",
    ]
    .concat()
}

/// The length of the outermost chunk: its type, `chunks`, the header of `data`, its bytes, and padding.
fn form_size(chunks: &[u8], data: u64) -> u64 {
    4 + chunks.len() as u64 + 8 + data.next_multiple_of(2)
}

/// The chunks before `data`.
fn chunks_before_data(info: &HeaderInfo, length: HeaderLength) -> Vec<u8> {
    let fmt = fmt_content(info);
    let size = fmt.len() as u32;
    let mut chunks = [b"fmt ".as_slice(), &size.to_le_bytes(), &fmt].concat();
    if is_law(info.spec.format) {
        // `fact` is mandatory for all formats but PCM.
        let frames = match length {
            HeaderLength::Bytes(bytes) => info.spec.frames_in(bytes).min(u32::MAX.into()) as u32,
            HeaderLength::Unknown => STREAM_LENGTH_32,
        };
        chunks.extend(b"fact\x04\0\0\0");
        chunks.extend(frames.to_le_bytes());
    }
    chunks.extend(&info.tags);
    chunks
}

/// Tags as a `LIST` chunk of NUL-terminated texts, padded to even lengths. The error completes `TITLE …`.
fn encode_tags(tags: &Tags) -> Result<Vec<u8>, String> {
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

/// The content of the `fmt ` chunk.
pub(in crate::audio::file) fn fmt_content(info: &HeaderInfo) -> Vec<u8> {
    match hound_fmt(info) {
        Some(fmt) => with_mask(fmt, info.channel_mask),
        None => own_fmt(info),
    }
}

/// Whether the `fmt ` chunk has a field for the channel mask.
pub(in crate::audio::file) fn stores_channel_mask(info: &HeaderInfo) -> bool {
    hound_fmt(info).is_some_and(|fmt| fmt.len() > PCM_FMT)
}

/// hound's `fmt ` chunk, if it supports the format.
fn hound_fmt(info: &HeaderInfo) -> Option<Vec<u8>> {
    let spec = info.spec;
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
    Some(header[HOUND_FMT..header.len() - 8].to_vec())
}

/// Stores `mask` in the extension, or removes the extension if there is none.
fn with_mask(mut fmt: Vec<u8>, mask: Option<u32>) -> Vec<u8> {
    let is_extensible = fmt.len() > PCM_FMT;
    match mask {
        Some(mask) if is_extensible => {
            fmt[CHANNEL_MASK..CHANNEL_MASK + 4].copy_from_slice(&mask.to_le_bytes());
        }
        _ if is_extensible => {
            fmt.copy_within(SUBFORMAT..SUBFORMAT + 2, 0);
            fmt[PCM_FMT..OTHER_FMT].fill(0);
            let is_pcm = fmt.starts_with(&PCM.to_le_bytes());
            fmt.truncate(if is_pcm { PCM_FMT } else { OTHER_FMT });
        }
        _ => {}
    }
    fmt
}

/// The `fmt ` chunk of a format that hound does not support, with an empty extension.
fn own_fmt(info: &HeaderInfo) -> Vec<u8> {
    let spec = info.spec;
    let tag = codes::code_of(spec.format).map_or(PCM, |code| code.tag);
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
