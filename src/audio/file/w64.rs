//! Wave64: a WAV whose chunks have names and lengths of 128 and 64 bits.

use super::body::{Body, Extent};
use super::store::{Length, Packing, Shape};
use super::wav::fmt::{self, Fields, Fmt};
use super::wav::notes::{id_of, name_of};
use super::{Input, ReadOptions, wav};
use crate::audio::error::{Error, Result};
use crate::audio::format::ByteOrder;
use crate::audio::metadata::Tags;
use crate::audio::stream::Source;

/// How a Wave64 is written.
pub(super) const PACKING: Packing = Packing {
    title: "Wave64",
    formats: wav::FORMATS,
    header,
    // Chunks begin at multiples of 8, but libsndfile takes what fills the last one up for sound.
    padding: 1,
    most: u64::MAX,
    tags: Some(summary),
    stores_channel_mask: wav::stores_channel_mask,
};

/// Behind the first four bytes of the name of the whole.
const FORM: &[u8] = b"\x2e\x91\xcf\x11\xa5\xd6\x28\xdb\x04\xc1\x00\x00";

/// Behind the first four bytes of all other names.
const CHUNK: &[u8] = b"\xf3\xac\xd3\x11\x8c\xd1\x00\xc0\x4f\x8e\xdb\x8a";

/// The name of the chunk with tags.
const SUMMARY: &[u8; NAME] = b"\xbc\x94\x5f\x92\x5a\x52\xd2\x11\x86\xdc\x00\xc0\x4f\x8e\xdb\x8a";

/// Longer chunks than this hold no tags.
const LONGEST_SUMMARY: u64 = 1 << 20;

/// The length of a name, and of a name and a length, which all lengths count too.
const NAME: usize = 16;
const NAMED: u64 = 24;

/// The length of a stream. All ones would be negative, and readers make sums with it.
const ENDLESS: u64 = (i64::MAX as u64 - 0xffff) & !7;

/// No sound is longer.
const LONGEST: u64 = 1 << 62;

/// More chunks than this before the sound is not a file, but something that never ends.
const MOST_CHUNKS: usize = 4096;

struct Chunk {
    name: [u8; NAME],
    /// Bytes behind its name and length.
    size: u64,
}

/// Opens a Wave64; it describes itself, so the options are not asked.
pub(super) fn open(mut input: Input, _: &ReadOptions) -> Result<Box<dyn Source>> {
    let mut bytes = [0; NAMED as usize + NAME];
    let held = input.fill(&mut bytes)?;
    let is_whole =
        bytes.starts_with(&[b"riff", FORM].concat()) && bytes.ends_with(&[b"wave", CHUNK].concat());
    if held < bytes.len() || !is_whole {
        return Err(broken(&input, "its first chunk is not that of a wave"));
    }
    let (mut described, mut tags) = (None, Tags::default());
    for _ in 0..MOST_CHUNKS {
        let chunk = next_chunk(&mut input, described.is_some())?;
        if chunk.is(b"data") {
            return arrive(input, described, tags, &chunk);
        } else if chunk.is(b"fmt ") && described.is_none() {
            described = Some(read_fmt(&mut input, &chunk)?);
        } else if chunk.name == *SUMMARY && chunk.size <= LONGEST_SUMMARY {
            tags = read_summary(&mut input, &chunk)?;
        } else {
            pass(&mut input, chunk.size.next_multiple_of(8), &chunk)?;
        }
    }
    let why = format!("it has no sound within {MOST_CHUNKS} chunks");
    Err(broken(&input, &why))
}

impl Chunk {
    fn is(&self, name: &[u8]) -> bool {
        self.name.starts_with(name) && self.name.ends_with(CHUNK)
    }
}

fn next_chunk(input: &mut Input, is_described: bool) -> Result<Chunk> {
    let at = input.position();
    let mut bytes = [0; NAMED as usize];
    if input.fill(&mut bytes)? < bytes.len() {
        let missing = if is_described { "data" } else { "fmt " };
        let why = format!("it ends before its '{missing}' chunk, so it holds no sound");
        return Err(broken(input, &why));
    }
    let mut name = [0; NAME];
    name.copy_from_slice(&bytes[..NAME]);
    let length = fields(&bytes).u64(NAME);
    let chunk = Chunk {
        name,
        size: length.saturating_sub(NAMED),
    };
    // The length of a stream that nobody corrected may be anything.
    if !(NAMED..=u64::MAX - 7).contains(&length) && !chunk.is(b"data") {
        let why = format!("what begins at byte {at} is not a chunk");
        return Err(broken(input, &why));
    }
    Ok(chunk)
}

fn read_fmt(input: &mut Input, chunk: &Chunk) -> Result<Fmt> {
    let mut bytes = [0; fmt::LONGEST];
    let want = chunk.size.min(bytes.len() as u64) as usize;
    let held = input.fill(&mut bytes[..want])?;
    pass(input, chunk.size.next_multiple_of(8) - held as u64, chunk)?;
    if held < fmt::SHORTEST {
        let why = format!("its 'fmt ' chunk has only {held} bytes");
        return Err(broken(input, &why));
    }
    fmt::parse_plain(fields(&bytes[..held])).map_err(|why| Error::invalid(input.name(), why))
}

fn fields(bytes: &[u8]) -> Fields<'_> {
    let order = ByteOrder::Little;
    Fields { bytes, order }
}

/// Passes over the `left` bytes of a chunk that are not read.
fn pass(input: &mut Input, left: u64, chunk: &Chunk) -> Result<()> {
    if input.remaining().is_some_and(|held| held < left) || input.skip(left)? < left {
        let size = chunk.size;
        let why = format!("it ends inside a chunk of {size} bytes, before any sound");
        return Err(broken(input, &why));
    }
    Ok(())
}

/// Reads the tags: their number, and each with its length, as UTF-16. What is broken among them is left out.
fn read_summary(input: &mut Input, chunk: &Chunk) -> Result<Tags> {
    let mut content = vec![0; chunk.size as usize];
    let held = input.fill(&mut content)? as u64;
    pass(input, chunk.size.next_multiple_of(8) - held, chunk)?;
    let mut rest = content.get(4..).unwrap_or_default();
    let mut tags = Vec::new();
    while let Some((id, behind)) = rest.split_first_chunk::<4>() {
        let size = fields(behind).u32(0) as usize;
        let text = behind.get(4..).unwrap_or_default();
        let (text, behind) = text.split_at(size.min(text.len()));
        tags.push((name_of(id), wide_text(text)));
        rest = behind;
    }
    Ok(Tags::from_iter(tags))
}

/// UTF-16, up to the first zero.
fn wide_text(bytes: &[u8]) -> String {
    let units = bytes
        .chunks_exact(2)
        .map(|unit| u16::from_le_bytes([unit[0], unit[1]]));
    let units: Vec<u16> = units.take_while(|unit| *unit != 0).collect();
    String::from_utf16_lossy(&units)
}

fn arrive(
    input: Input,
    described: Option<Fmt>,
    tags: Tags,
    data: &Chunk,
) -> Result<Box<dyn Source>> {
    let Some(fmt) = described else {
        return Err(broken(&input, "its sound stands before its 'fmt ' chunk"));
    };
    // A length that cannot be is that of a stream; one of 0 was never corrected, unless nothing follows.
    let is_streamed = data.size == 0 || data.size > LONGEST;
    let extent = match input.remaining() {
        Some(held) if is_streamed => Extent::Found(held),
        None if is_streamed => Extent::Open,
        _ => Extent::Promised(data.size),
    };
    if extent == Extent::Found(0) {
        return Err(Error::invalid(input.name(), "holds no sound"));
    }
    Ok(Box::new(
        Body::new(input, fmt.spec, extent)
            .with_about(tags.into())
            .with_channel_map(fmt.channel_map()),
    ))
}

fn broken(input: &Input, why: &str) -> Error {
    Error::invalid(input.name(), format!("is broken: {why}"))
}

fn header(shape: &Shape, length: Length) -> Vec<u8> {
    let fields = wav::fmt_content(shape);
    let mut middle = chunk(&[b"fmt ", CHUNK].concat(), &fields);
    middle.extend(&shape.tags);
    let before_data = NAMED + NAME as u64 + middle.len() as u64;
    let (data, file) = match length {
        Length::Bytes(bytes) => (NAMED + bytes, before_data + NAMED + bytes),
        Length::Unknown => (ENDLESS, ENDLESS + before_data),
    };
    let mut header = [b"riff", FORM, &file.to_le_bytes(), b"wave", CHUNK].concat();
    header.extend(middle);
    header.extend([b"data", CHUNK, &data.to_le_bytes()].concat());
    header
}

/// A chunk, filled up to where the next one may begin.
fn chunk(name: &[u8], content: &[u8]) -> Vec<u8> {
    let size = NAMED + content.len() as u64;
    let mut chunk = [name, &size.to_le_bytes(), content].concat();
    chunk.resize(chunk.len().next_multiple_of(8), 0);
    chunk
}

/// Tags as a chunk: their number, and each with its length, as UTF-16 that ends in a zero.
fn summary(tags: &Tags) -> Result<Vec<u8>, String> {
    let mut content = (tags.iter().count() as u32).to_le_bytes().to_vec();
    for (name, text) in tags.iter() {
        let units = text.encode_utf16().chain([0]);
        let text: Vec<u8> = units.flat_map(u16::to_le_bytes).collect();
        content.extend(id_of(name)?);
        content.extend((text.len() as u32).to_le_bytes());
        content.extend(text);
    }
    Ok(chunk(SUMMARY, &content))
}
