//! Sony Wave64: like WAV, with 128-bit chunk ids and 64-bit lengths.

use super::errors::{corrupt, no_audio};
use super::fields::Fields;
use super::input::Input;
use super::options::ReadOptions;
use super::pcm_reader::{DataLength, PcmReader};
use super::pcm_writer::{HeaderInfo, HeaderLength, PcmContainer};
use super::wav::fmt::{MAX_FMT, MIN_FMT, WavFmt, block_bytes, parse_pcm};
use super::wav::header::{FORMATS, fmt_content, stores_channel_mask};
use super::wav::info_names::{id_of, name_of};
use crate::audio::error::{Error, Result};
use crate::audio::metadata::Tags;
use crate::audio::spelling::count;
use crate::audio::stream::Source;

/// How a Wave64 is written.
pub(super) const W64: PcmContainer = PcmContainer {
    title: "Wave64",
    formats: FORMATS,
    header,
    // Chunks are aligned to 8 bytes, but libsndfile 1.2.0 reads padding after the last one as samples (not reported
    // upstream).
    padding: 1,
    ending: &[],
    max_bytes: u64::MAX,
    tags: Some(encode_tags),
    stores_channel_mask,
};

/// The last 12 bytes of the id of the outermost chunk.
const RIFF_SUFFIX: &[u8] = b"\x2e\x91\xcf\x11\xa5\xd6\x28\xdb\x04\xc1\x00\x00";

/// The last 12 bytes of the ids of chunks that also exist in WAV.
const WAV_SUFFIX: &[u8] = b"\xf3\xac\xd3\x11\x8c\xd1\x00\xc0\x4f\x8e\xdb\x8a";

/// The id of the chunk of tags (`SUMMARYLIST`).
const SUMMARY: &[u8; ID] = b"\xbc\x94\x5f\x92\x5a\x52\xd2\x11\x86\xdc\x00\xc0\x4f\x8e\xdb\x8a";

/// Maximum length of a chunk of tags that is read.
const MAX_SUMMARY: u64 = 1 << 20;

/// Bytes of a chunk id, and of a chunk's id and length. The length of a chunk includes both.
const ID: usize = 16;
const CHUNK_HEADER: u64 = 24;

/// The length written for a stream. Not all ones, which is negative as a signed number, and smaller than the maximum,
/// because readers add to it.
const STREAM_LENGTH: u64 = (i64::MAX as u64 - 0xffff) & !7;

/// Greater lengths cannot be real: the file was streamed.
const MAX_LENGTH: u64 = 1 << 62;

/// Maximum number of chunks before the samples; bounds the time spent on an endless pipe.
const MAX_CHUNKS: usize = 4096;

struct W64Chunk {
    id: [u8; ID],
    /// Bytes of its content.
    size: u64,
}

/// Chunks start at multiples of this many bytes.
const CHUNK_ALIGNMENT: u64 = 8;

/// What the chunks before the samples say.
#[derive(Default)]
struct W64Header {
    fmt: Option<W64Fmt>,
    tags: Tags,
}

/// The content of the `fmt ` chunk.
struct W64Fmt {
    /// The format, or why it is not supported.
    format: std::result::Result<WavFmt, String>,
    /// Bytes of a frame, or of a block of compressed ones; at least 1.
    block_bytes: u32,
}

/// Opens a Wave64.
pub(super) fn open(mut input: Input, _: &ReadOptions) -> Result<Box<dyn Source>> {
    check_form(&mut input)?;
    let mut header = W64Header::default();
    let length = header.read(&mut input);
    // Who can decode the samples matters more than what is wrong with the chunks after `fmt `.
    let fmt = match header.fmt {
        Some(fmt) => fmt
            .format
            .map_err(|why| Error::invalid(input.name(), why))?,
        None => {
            length?;
            let why = "its 'data' chunk comes before its 'fmt ' chunk";
            return Err(corrupt(input.name(), why));
        }
    };
    Ok(Box::new(
        PcmReader::new(input, fmt.spec, length?)
            .with_metadata(header.tags.into())
            .with_channel_map(fmt.channel_map()),
    ))
}

/// Where the samples of a Wave64 end, whatever their codec is. Consumes `input` up to their first byte.
///
/// # Errors
/// If reading fails, or if it has no samples.
pub(super) fn find_data(input: &mut Input) -> Result<DataLength> {
    check_form(input)?;
    W64Header::default().read(input)
}

impl W64Header {
    /// Reads up to the first byte of the samples, and returns their length.
    fn read(&mut self, input: &mut Input) -> Result<DataLength> {
        for _ in 0..MAX_CHUNKS {
            let chunk = next_chunk(input, self.fmt.is_some())?;
            if chunk.is(b"data") {
                return data_length(input, &chunk, self.fmt.as_ref());
            } else if chunk.is(b"fmt ") && self.fmt.is_none() {
                self.fmt = Some(read_fmt(input, &chunk)?);
            } else if chunk.id == *SUMMARY && chunk.size <= MAX_SUMMARY {
                self.tags = read_summary(input, &chunk)?;
            } else {
                let bytes = chunk.size.next_multiple_of(CHUNK_ALIGNMENT);
                skip(input, bytes, &chunk)?;
            }
        }
        let why = format!("it has no samples within {MAX_CHUNKS} chunks");
        Err(corrupt(input.name(), why))
    }
}

/// Reads the header of the outermost chunk.
fn check_form(input: &mut Input) -> Result<()> {
    let mut bytes = [0; CHUNK_HEADER as usize + ID];
    let read = input.fill(&mut bytes)?;
    let (riff, wave) = (
        [b"riff", RIFF_SUFFIX].concat(),
        [b"wave", WAV_SUFFIX].concat(),
    );
    if read < bytes.len() || !bytes.starts_with(&riff) || !bytes.ends_with(&wave) {
        return Err(corrupt(input.name(), "its first chunk is not a wave"));
    }
    Ok(())
}

impl W64Chunk {
    fn is(&self, id: &[u8]) -> bool {
        self.id.starts_with(id) && self.id.ends_with(WAV_SUFFIX)
    }
}

fn next_chunk(input: &mut Input, has_fmt: bool) -> Result<W64Chunk> {
    let at = input.position();
    let mut bytes = [0; CHUNK_HEADER as usize];
    if input.fill(&mut bytes)? < bytes.len() {
        let missing = if has_fmt { "data" } else { "fmt " };
        let why = format!("it ends before its '{missing}' chunk");
        return Err(corrupt(input.name(), why));
    }
    let mut id = [0; ID];
    id.copy_from_slice(&bytes[..ID]);
    let length = Fields::little_endian(&bytes).u64(ID);
    let chunk = W64Chunk {
        id,
        size: length.saturating_sub(CHUNK_HEADER),
    };
    // The length of streamed data can be anything.
    if !(CHUNK_HEADER..=u64::MAX - 7).contains(&length) && !chunk.is(b"data") {
        let why = format!("there is no chunk at byte {at}");
        return Err(corrupt(input.name(), why));
    }
    Ok(chunk)
}

fn read_fmt(input: &mut Input, chunk: &W64Chunk) -> Result<W64Fmt> {
    let mut bytes = [0; MAX_FMT];
    let wanted = chunk.size.min(bytes.len() as u64) as usize;
    let read = input.fill(&mut bytes[..wanted])?;
    skip(
        input,
        chunk.size.next_multiple_of(CHUNK_ALIGNMENT) - read as u64,
        chunk,
    )?;
    if read < MIN_FMT {
        let why = format!("its 'fmt ' chunk has only {}", count(read, "byte"));
        return Err(corrupt(input.name(), why));
    }
    let fields = Fields::little_endian(&bytes[..read]);
    let format = parse_pcm(fields, "Wave64");
    Ok(W64Fmt {
        block_bytes: block_bytes(fields, &format),
        format,
    })
}

/// Skips the unread `left` bytes of a chunk.
fn skip(input: &mut Input, left: u64, chunk: &W64Chunk) -> Result<()> {
    let is_short = input.remaining().is_some_and(|bytes| bytes < left);
    if is_short || input.skip(left)? < left {
        let why = format!("it ends inside a chunk of {}", count(chunk.size, "byte"));
        return Err(corrupt(input.name(), why));
    }
    Ok(())
}

/// Reads tags: their number, then each with an id and a length, in UTF-16. Corrupt ones are ignored.
fn read_summary(input: &mut Input, chunk: &W64Chunk) -> Result<Tags> {
    let mut content = vec![0; chunk.size as usize];
    let read = input.fill(&mut content)? as u64;
    skip(
        input,
        chunk.size.next_multiple_of(CHUNK_ALIGNMENT) - read,
        chunk,
    )?;
    let mut rest = content.get(4..).unwrap_or_default();
    let mut tags = Vec::new();
    while let Some((id, entry)) = rest.split_first_chunk::<4>() {
        let size = Fields::little_endian(entry).u32(0) as usize;
        let text = entry.get(4..).unwrap_or_default();
        let (text, next) = text.split_at(size.min(text.len()));
        tags.push((name_of(id), decode_utf16(text)));
        rest = next;
    }
    Ok(Tags::from_iter(tags))
}

/// UTF-16, up to the first NUL.
fn decode_utf16(bytes: &[u8]) -> String {
    let units = bytes
        .chunks_exact(2)
        .map(|unit| u16::from_le_bytes([unit[0], unit[1]]));
    let units: Vec<u16> = units.take_while(|unit| *unit != 0).collect();
    String::from_utf16_lossy(&units)
}

/// The length of the samples in a chunk of `size` bytes. ffmpeg 5.1 counts the padding after them (not reported upstream).
fn without_padding(size: u64, block_bytes: u32) -> u64 {
    let partial = size % u64::from(block_bytes);
    match partial < CHUNK_ALIGNMENT {
        true => size - partial,
        false => size,
    }
}

fn data_length(input: &Input, data: &W64Chunk, fmt: Option<&W64Fmt>) -> Result<DataLength> {
    // A length of 0 means that the header was never updated, unless nothing follows.
    let is_streamed = data.size == 0 || data.size > MAX_LENGTH;
    let length = match input.remaining() {
        Some(bytes) if is_streamed => DataLength::Derived(bytes),
        None if is_streamed => DataLength::Unknown,
        _ => {
            let block_bytes = fmt.map_or(1, |fmt| fmt.block_bytes);
            DataLength::Declared(without_padding(data.size, block_bytes))
        }
    };
    match length {
        DataLength::Derived(0) => Err(no_audio(input.name())),
        length => Ok(length),
    }
}

fn header(info: &HeaderInfo, length: HeaderLength) -> Vec<u8> {
    let mut chunks = chunk(&[b"fmt ", WAV_SUFFIX].concat(), &fmt_content(info));
    chunks.extend(&info.tags);
    let before_data = CHUNK_HEADER + ID as u64 + chunks.len() as u64;
    let (data, file) = match length {
        HeaderLength::Bytes(bytes) => (CHUNK_HEADER + bytes, before_data + CHUNK_HEADER + bytes),
        HeaderLength::Unknown => (STREAM_LENGTH, STREAM_LENGTH + before_data),
    };
    let mut header = [
        b"riff",
        RIFF_SUFFIX,
        &file.to_le_bytes(),
        b"wave",
        WAV_SUFFIX,
    ]
    .concat();
    header.extend(chunks);
    header.extend([b"data", WAV_SUFFIX, &data.to_le_bytes()].concat());
    header
}

/// A chunk, padded to 8 bytes.
fn chunk(id: &[u8], content: &[u8]) -> Vec<u8> {
    let size = CHUNK_HEADER + content.len() as u64;
    let mut chunk = [id, &size.to_le_bytes(), content].concat();
    chunk.resize(chunk.len().next_multiple_of(CHUNK_ALIGNMENT as usize), 0);
    chunk
}

/// Tags as a chunk: their number, then each with an id and a length, in NUL-terminated UTF-16. The error completes
/// `Wave64 …`.
fn encode_tags(tags: &Tags) -> Result<Vec<u8>, String> {
    let mut content = (tags.iter().count() as u32).to_le_bytes().to_vec();
    for (name, value) in tags.iter() {
        let units = value.encode_utf16().chain([0]);
        let text: Vec<u8> = units.flat_map(u16::to_le_bytes).collect();
        content.extend(id_of(name)?);
        content.extend((text.len() as u32).to_le_bytes());
        content.extend(text);
    }
    Ok(chunk(SUMMARY, &content))
}
