//! Sun AU: a header of six numbers, an annotation, and big-endian samples. DEC's variant may be little-endian.

use super::errors::{corrupt, no_audio, unknown_codec, unsupported_codec};
use super::fields::{Fields, check_channels_and_rate, decode_text};
use super::input::Input;
use super::magic::AU_MAGICS;
use super::options::ReadOptions;
use super::pcm_reader::{DataLength, PcmReader};
use super::pcm_writer::{HeaderInfo, HeaderLength, PcmContainer};
use crate::audio::error::{Error, Result};
use crate::audio::format::{ByteOrder, Format};
use crate::audio::metadata::Tags;
use crate::audio::spec::Spec;
use crate::audio::stream::Source;

/// How an AU is written.
pub(super) const AU: PcmContainer = PcmContainer {
    title: "AU",
    formats: &[
        Format::MU_LAW,
        Format::S8,
        Format::S16_BE,
        Format::S24_3BE,
        Format::S32_BE,
        Format::FLOAT_BE,
        Format::FLOAT64_BE,
        Format::A_LAW,
    ],
    header,
    padding: 1,
    ending: &[],
    max_bytes: u64::MAX,
    tags: Some(encode_tags),
    stores_channel_mask: |_| false,
};

/// The encoding number of each sample format: big-endian and little-endian.
#[rustfmt::skip]
const ENCODINGS: &[(u32, Format, Format)] = &[
    (1, Format::MU_LAW, Format::MU_LAW),
    (2, Format::S8, Format::S8),
    (3, Format::S16_BE, Format::S16_LE),
    (4, Format::S24_3BE, Format::S24_3LE),
    (5, Format::S32_BE, Format::S32_LE),
    (6, Format::FLOAT_BE, Format::FLOAT_LE),
    (7, Format::FLOAT64_BE, Format::FLOAT64_LE),
    (27, Format::A_LAW, Format::A_LAW),
];

/// Compressed encodings, for messages.
const COMPRESSED: &[(u32, &str)] = &[
    (23, "G.721 ADPCM"),
    (24, "G.722 ADPCM"),
    (25, "G.723 ADPCM of 3 bits"),
    (26, "G.723 ADPCM of 5 bits"),
];

/// Maximum bytes of the annotation that are read.
const MAX_ANNOTATION: u64 = 64 << 10;

/// Bytes of the header before the annotation.
const HEADER: usize = 24;

/// The length that means "unknown": streamed, or longer than 32 bits can express.
const UNKNOWN_LENGTH: u32 = u32::MAX;

/// What arecord writes for a length that is not known yet, rounded down to whole samples.
const ARECORD_LENGTH: u32 = u32::MAX - 1;

/// Opens an AU.
pub(super) fn open(mut input: Input, _: &ReadOptions) -> Result<Box<dyn Source>> {
    let (bytes, order) = read_numbers(&mut input)?;
    let fields = Fields {
        bytes: &bytes,
        order,
    };
    let spec = spec(fields).map_err(|why| Error::invalid(input.name(), why))?;
    let annotation = read_annotation(&mut input, fields.u32(4))?;
    let length = data_length(&input, fields.u32(8))?;
    let reader = PcmReader::new(input, spec, length);
    Ok(Box::new(
        reader.with_metadata(decode_tags(&annotation).into()),
    ))
}

/// Where the samples of an AU end, whatever their codec is. Consumes `input` up to their first byte.
///
/// # Errors
/// If reading fails, or if it has no samples.
pub(super) fn find_data(input: &mut Input) -> Result<DataLength> {
    let (bytes, order) = read_numbers(input)?;
    let fields = Fields {
        bytes: &bytes,
        order,
    };
    read_annotation(input, fields.u32(4))?;
    data_length(input, fields.u32(8))
}

/// The numbers at the start, and their byte order.
fn read_numbers(input: &mut Input) -> Result<([u8; HEADER], ByteOrder)> {
    let mut bytes = [0; HEADER];
    if input.fill(&mut bytes)? < HEADER {
        return Err(corrupt(input.name(), "it ends inside its header"));
    }
    let magic = AU_MAGICS
        .iter()
        .find(|(magic, _)| bytes.starts_with(*magic));
    Ok((bytes, magic.map_or(ByteOrder::Big, |(_, order)| *order)))
}

/// The spec in the header. The error completes `'NAME' …`.
fn spec(fields: Fields) -> Result<Spec, String> {
    let (channels, rate) = check_channels_and_rate(fields.u32(20), fields.u32(16))?;
    let number = fields.u32(12);
    let row = ENCODINGS.iter().find(|row| row.0 == number);
    let (_, big, little) = row.ok_or_else(|| unsupported(number))?;
    let format = match fields.order {
        ByteOrder::Big => *big,
        _ => *little,
    };
    Spec::new(format, rate, channels).map_err(|error| format!("is corrupt: {error}"))
}

fn unsupported(encoding: u32) -> String {
    match COMPRESSED.iter().find(|(known, _)| *known == encoding) {
        Some((_, name)) => unsupported_codec("AU", name),
        None => unknown_codec("AU", format!("encoding {encoding}")),
    }
}

/// Reads the annotation between the header and the samples at offset `start`, or the beginning of a long one.
fn read_annotation(input: &mut Input, start: u32) -> Result<Vec<u8>> {
    let Some(size) = u64::from(start).checked_sub(HEADER as u64) else {
        let why = format!("its samples start at byte {start}, inside its header");
        return Err(corrupt(input.name(), why));
    };
    let mut annotation = vec![0; size.min(MAX_ANNOTATION) as usize];
    let read = input.fill(&mut annotation)? as u64;
    if input.skip(size - read)? < size - read {
        let why = format!("it ends before byte {start}, where its samples start");
        return Err(corrupt(input.name(), why));
    }
    Ok(annotation)
}

/// The length of the samples. A length of 0 means that the header was never updated, unless nothing follows.
fn data_length(input: &Input, size: u32) -> Result<DataLength> {
    let rest = input.remaining();
    let length = match (size, rest) {
        (ARECORD_LENGTH, Some(bytes)) if bytes >= size.into() => DataLength::Declared(size.into()),
        (0 | ARECORD_LENGTH | UNKNOWN_LENGTH, Some(bytes)) => DataLength::Derived(bytes),
        (0 | ARECORD_LENGTH | UNKNOWN_LENGTH, None) => DataLength::Unknown,
        (size, _) => DataLength::Declared(size.into()),
    };
    match length {
        DataLength::Derived(0) => Err(no_audio(input.name())),
        length => Ok(length),
    }
}

fn header(info: &HeaderInfo, length: HeaderLength) -> Vec<u8> {
    let size = match length {
        HeaderLength::Bytes(bytes) => u32::try_from(bytes).unwrap_or(UNKNOWN_LENGTH),
        HeaderLength::Unknown => UNKNOWN_LENGTH,
    };
    // Without an annotation, SoX 14.4.2 warns "header size 24 is too small" (not reported upstream).
    let length = match info.annotation || !info.tags.is_empty() {
        true => (HEADER + info.tags.len() + 1).next_multiple_of(4),
        false => HEADER,
    };
    let spec = info.spec;
    let numbers = [
        length as u32,
        size,
        encoding(spec.format),
        spec.rate,
        spec.channels,
    ];
    let mut header = b".snd".to_vec();
    header.extend(numbers.iter().flat_map(|number| number.to_be_bytes()));
    header.extend(&info.tags);
    header.resize(length, 0);
    header
}

/// The number of one of the formats of [`AU`].
fn encoding(format: Format) -> u32 {
    let row = ENCODINGS.iter().find(|row| row.1 == format);
    row.map_or(0, |row| row.0)
}

/// The tags of an annotation of `name=value` lines. Any other annotation is a comment.
fn decode_tags(annotation: &[u8]) -> Tags {
    let text = decode_text(annotation);
    let tag = |line: &str| -> Option<(String, String)> {
        let (name, value) = line.split_once('=')?;
        let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
        is_name.then(|| (name.to_owned(), value.to_owned()))
    };
    let tags: Option<Vec<_>> = text.lines().map(tag).collect();
    match tags {
        Some(tags) => Tags::from_iter(tags),
        None => Tags::from_iter([("comment", text)]),
    }
}

/// Tags as `name=value` lines, as ffmpeg reads and writes them. The error completes `AU …`.
fn encode_tags(tags: &Tags) -> Result<Vec<u8>, String> {
    let mut lines = Vec::new();
    for (name, value) in tags.iter() {
        if value.contains('\n') {
            return Err(format!("cannot store a tag '{name}' of several lines"));
        }
        lines.push(format!("{name}={value}"));
    }
    Ok(lines.join("\n").into_bytes())
}
