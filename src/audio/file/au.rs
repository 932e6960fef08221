//! Sun's AU: six numbers, and the samples with their most significant byte first. DEC's may have all the other way round.

use super::body::{Body, Extent};
use super::store::{Length, Packing, Shape};
use super::wav::fmt::{Fields, plausible};
use super::wav::notes::text;
use super::{Input, ReadOptions};
use crate::audio::error::{Error, Result};
use crate::audio::format::{ByteOrder, Format};
use crate::audio::metadata::Tags;
use crate::audio::spec::Spec;
use crate::audio::stream::Source;

/// How an AU is written.
pub(super) const PACKING: Packing = Packing {
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
    most: u64::MAX,
    tags: Some(annotation),
    stores_channel_mask: |_| false,
};

/// How it begins: Sun's word and DEC's, each in both orders of bytes.
pub(super) const MAGICS: &[(&[u8; 4], ByteOrder)] = &[
    (b".snd", ByteOrder::Big),
    (b"dns.", ByteOrder::Little),
    (b".sd\0", ByteOrder::Big),
    (b"\0ds.", ByteOrder::Little),
];

/// What a sample is, by its number: its most significant byte first and last.
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

/// What is no plain sample, for messages.
const COMPRESSED: &[(u32, &str)] = &[
    (23, "G.721 ADPCM"),
    (24, "G.722 ADPCM"),
    (25, "G.723 ADPCM of 3 bits"),
    (26, "G.723 ADPCM of 5 bits"),
];

/// Most bytes of a remark that are looked at.
const LONGEST_REMARK: u64 = 64 << 10;

/// Bytes of the six numbers.
const NUMBERS: usize = 24;

/// The length of what is streamed, or longer than 32 bits can say.
const UNKNOWN: u32 = u32::MAX;

/// Opens an AU; it describes itself, so the options are not asked.
pub(super) fn open(mut input: Input, _: &ReadOptions) -> Result<Box<dyn Source>> {
    let mut bytes = [0; NUMBERS];
    if input.fill(&mut bytes)? < NUMBERS {
        return Err(broken(&input, "it ends inside its header"));
    }
    let magic = MAGICS.iter().find(|(magic, _)| bytes.starts_with(*magic));
    let order = magic.map_or(ByteOrder::Big, |(_, order)| *order);
    let fields = Fields {
        bytes: &bytes,
        order,
    };
    let spec = spec(fields).map_err(|why| Error::invalid(input.name(), why))?;
    let remark = read_remark(&mut input, fields.u32(4))?;
    let extent = extent(&input, fields.u32(8));
    if extent == Extent::Found(0) {
        return Err(Error::invalid(input.name(), "holds no sound"));
    }
    let about = tags(&remark).into();
    Ok(Box::new(Body::new(input, spec, extent).with_about(about)))
}

/// What the header says of the samples; `Err` completes "'NAME' …".
fn spec(fields: Fields) -> Result<Spec, String> {
    let (channels, rate) = plausible(fields.u32(20), fields.u32(16))?;
    let number = fields.u32(12);
    let row = ENCODINGS.iter().find(|row| row.0 == number);
    let (_, big, little) = row.ok_or_else(|| unknown(number))?;
    let format = match fields.order {
        ByteOrder::Big => *big,
        _ => *little,
    };
    Spec::new(format, rate, channels).map_err(|error| format!("is broken: {error}"))
}

fn unknown(number: u32) -> String {
    match COMPRESSED.iter().find(|(known, _)| *known == number) {
        Some((_, name)) => format!("is AU with {name} in it, which is not supported yet"),
        None => format!("is AU with an unknown codec in it (encoding {number})"),
    }
}

/// Reads what stands between the numbers and the sound: its beginning, if it is long.
fn read_remark(input: &mut Input, start: u32) -> Result<Vec<u8>> {
    let Some(size) = u64::from(start).checked_sub(NUMBERS as u64) else {
        let why = format!("its sound is said to begin at byte {start}, inside its header");
        return Err(broken(input, &why));
    };
    let mut remark = vec![0; size.min(LONGEST_REMARK) as usize];
    let held = input.fill(&mut remark)? as u64;
    if input.skip(size - held)? < size - held {
        let why = format!("it ends before byte {start}, where its sound is said to begin");
        return Err(broken(input, &why));
    }
    Ok(remark)
}

/// Where the sound ends. A length of 0 was never corrected, unless nothing follows.
fn extent(input: &Input, size: u32) -> Extent {
    match (size, input.remaining()) {
        (0 | UNKNOWN, Some(held)) => Extent::Found(held),
        (0 | UNKNOWN, None) => Extent::Open,
        (size, _) => Extent::Promised(size.into()),
    }
}

fn broken(input: &Input, why: &str) -> Error {
    Error::invalid(input.name(), format!("is broken: {why}"))
}

fn header(shape: &Shape, length: Length) -> Vec<u8> {
    let size = match length {
        Length::Bytes(bytes) => u32::try_from(bytes).unwrap_or(UNKNOWN),
        Length::Unknown => UNKNOWN,
    };
    // There is always a remark, ended by a zero: without, sox complains.
    let length = (NUMBERS + shape.tags.len() + 1).next_multiple_of(4);
    let spec = shape.spec;
    let numbers = [
        length as u32,
        size,
        encoding(spec.format),
        spec.rate,
        spec.channels,
    ];
    let mut header = b".snd".to_vec();
    header.extend(numbers.iter().flat_map(|number| number.to_be_bytes()));
    header.extend(&shape.tags);
    header.resize(length, 0);
    header
}

/// The number of a format that [`PACKING`] lists.
fn encoding(format: Format) -> u32 {
    let row = ENCODINGS.iter().find(|row| row.1 == format);
    row.map_or(0, |row| row.0)
}

/// The tags in a remark. One that is no line of a name and a value is a comment.
fn tags(remark: &[u8]) -> Tags {
    let remark = text(remark);
    let named = |line: &str| -> Option<(String, String)> {
        let (name, value) = line.split_once('=')?;
        let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
        is_name.then(|| (name.to_owned(), value.to_owned()))
    };
    let lines: Option<Vec<_>> = remark.lines().map(named).collect();
    match lines {
        Some(lines) => Tags::from_iter(lines),
        None => Tags::from_iter([("comment", remark)]),
    }
}

/// Tags as lines, which is how ffmpeg writes and reads them; `Err` completes "AU …".
fn annotation(tags: &Tags) -> Result<Vec<u8>, String> {
    let mut lines = Vec::new();
    for (name, text) in tags.iter() {
        if text.contains('\n') {
            return Err(format!("has one line for a tag '{name}'"));
        }
        lines.push(format!("{name}={text}"));
    }
    Ok(lines.join("\n").into_bytes())
}
