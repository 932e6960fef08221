//! Core Audio Format. Uncompressed samples are read directly. Compressed ones go through symphonia, and need the packet
//! table, which may follow the audio.

use super::media_source::{InputMedia, ReadBudget, buffer_all};
use super::open::open_stream;
use super::stream_info::{FrameCount, StreamInfo};
use crate::audio::channel_map::ChannelMap;
use crate::audio::error::{Error, Result};
use crate::audio::file::byte_view::ByteView;
use crate::audio::file::channel_layout;
use crate::audio::file::container::Container;
use crate::audio::file::errors::corrupt;
use crate::audio::file::fields::decode_text;
use crate::audio::file::input::Input;
use crate::audio::file::options::ReadOptions;
use crate::audio::file::pcm_reader::{DataLength, PcmReader};
use crate::audio::format::Format;
use crate::audio::metadata::Tags;
use crate::audio::spec::{MAX_CHANNELS, Spec};
use crate::audio::stream::Source;
use symphonia::default::formats::CafReader;

/// Maximum bytes before the audio.
const MAX_HEADER: usize = 8 << 20;

/// Maximum number of chunks.
const MAX_CHUNKS: usize = 4096;

/// Maximum bytes of an `info` chunk.
const MAX_INFO: u64 = 1 << 20;

/// Maximum bytes of a `chan` chunk.
const MAX_LAYOUT: i64 = 64 << 10;

/// Offset of the first chunk.
const FIRST_CHUNK: usize = 8;

/// Bytes of a chunk's type and length.
const CHUNK_HEADER: usize = 12;

/// Bytes of the edit count before the samples.
const EDIT_COUNT: u64 = 4;

/// Uncompressed samples of a file.
struct PcmData {
    spec: Spec,
    /// Offset of the samples.
    start: u64,
    /// Bytes of samples; `None` if they extend to the end of the file.
    length: Option<u64>,
    channel_map: Option<ChannelMap>,
}

/// Opens a CAF file.
pub(in crate::audio::file) fn open(mut input: Input, _: &ReadOptions) -> Result<Box<dyn Source>> {
    match find_pcm(&mut input)? {
        Some(data) => open_pcm(input, data),
        None => open_compressed(input),
    }
}

fn open_pcm(mut input: Input, data: PcmData) -> Result<Box<dyn Source>> {
    input.skip(data.start)?;
    let length = match (data.length, input.remaining()) {
        (Some(length), _) => DataLength::Declared(length),
        (None, Some(rest)) => DataLength::Derived(rest),
        (None, None) => DataLength::Unknown,
    };
    let tags = read_tags(&ByteView::File(&input))?;
    let reader = PcmReader::new(input, data.spec, length);
    let reader = reader.with_channel_map(data.channel_map);
    Ok(Box::new(reader.with_metadata(tags.into())))
}

/// Reads the `info` chunk: a number of names and values, each of which ends with a zero.
fn read_tags(view: &ByteView) -> Result<Tags> {
    let mut tags = Tags::default();
    let mut at = FIRST_CHUNK as u64;
    for _ in 0..MAX_CHUNKS {
        let header = chunk_header(&view.bytes(at, CHUNK_HEADER)?);
        let Some((kind, Ok(size))) = header.map(|(kind, size)| (kind, u64::try_from(size))) else {
            break;
        };
        let content = at + CHUNK_HEADER as u64;
        if &kind == b"info" && size <= MAX_INFO {
            let bytes = view.bytes(content, size as usize)?;
            let words: Vec<_> = bytes
                .get(4..)
                .unwrap_or_default()
                .split(|byte| *byte == 0)
                .collect();
            for pair in words.chunks_exact(2) {
                add_tag(&decode_text(pair[0]), &decode_text(pair[1]), &mut tags);
            }
        }
        at = content.saturating_add(size);
    }
    Ok(tags)
}

fn add_tag(name: &str, value: &str, tags: &mut Tags) {
    let name = match &*name.to_lowercase() {
        "recorded date" | "year" => "date".to_owned(),
        "track number" | "tracknumber" => "track".to_owned(),
        "comments" => "comment".to_owned(),
        "encoding application" => "encoder".to_owned(),
        name => name.to_owned(),
    };
    tags.add_common(&name, value);
}

fn open_compressed(mut input: Input) -> Result<Box<dyn Source>> {
    let name = input.name().to_owned();
    let budget = ReadBudget::new();
    let file_bytes = input.size();
    let (info, tags, media) = if file_bytes.is_some() {
        let info = read_packet_table(&ByteView::File(&input), file_bytes)?;
        let tags = read_tags(&ByteView::File(&input))?;
        let media = InputMedia::new(input, budget.clone());
        (info, tags, media)
    } else {
        let all = buffer_all(&mut input, "may have its packet table at its end")?;
        let info = read_packet_table(&ByteView::Memory(&all), None)?;
        let tags = read_tags(&ByteView::Memory(&all))?;
        (info, tags, InputMedia::from_memory(all, budget.clone()))
    };
    let info = StreamInfo {
        metadata: tags.into(),
        ..info
    };
    open_stream::<CafReader<'_>>(Container::Caf, name, media.into_stream(), budget, info)
}

/// Where the `data` chunk of a CAF ends, whatever its codec is. Consumes `input` up to the first byte of sound.
///
/// # Errors
/// If reading fails, or if it has no such chunk.
pub(in crate::audio::file) fn find_data(input: &mut Input) -> Result<DataLength> {
    let mut at = FIRST_CHUNK;
    for _ in 0..MAX_CHUNKS {
        let Some((kind, size)) = chunk_header(peek_at(input, at, CHUNK_HEADER)?) else {
            return Err(corrupt(input.name(), "it ends before any audio"));
        };
        let content = at + CHUNK_HEADER;
        if &kind == b"data" {
            input.skip(content as u64)?;
            return Ok(u64::try_from(size).map_or(DataLength::Unknown, DataLength::Declared));
        }
        at = next_chunk(input, kind, content, size)?;
    }
    Err(no_samples(input))
}

/// Finds uncompressed samples; `None` if the audio is compressed.
fn find_pcm(input: &mut Input) -> Result<Option<PcmData>> {
    let mut at = FIRST_CHUNK;
    let mut spec: Option<Spec> = None;
    let mut channel_map = None;
    for _ in 0..MAX_CHUNKS {
        let Some((kind, size)) = chunk_header(peek_at(input, at, CHUNK_HEADER)?) else {
            return Err(corrupt(input.name(), "it ends before any audio"));
        };
        let content = at + CHUNK_HEADER;
        match &kind {
            b"data" => {
                let data = spec.map(|spec| pcm_data(spec, content, size));
                return Ok(data.map(|data| PcmData {
                    channel_map,
                    ..data
                }));
            }
            // The description comes first.
            b"chan" if size < MAX_LAYOUT => {
                let channels = spec.map_or(0, |spec| spec.channels);
                let layout = peek_at(input, content, usize::try_from(size).unwrap_or(0))?;
                channel_map = channel_layout::parse(layout, channels);
            }
            b"desc" => match pcm_spec(peek_at(input, content, 32)?) {
                Some(found) => spec = Some(found),
                None => return Ok(None),
            },
            _ => {}
        }
        at = next_chunk(input, kind, content, size)?;
    }
    Err(no_samples(input))
}

fn no_samples(input: &Input) -> Error {
    let why = format!("it has no samples within {MAX_CHUNKS} chunks");
    corrupt(input.name(), why)
}

fn peek_at(input: &mut Input, at: usize, count: usize) -> Result<&[u8]> {
    Ok(input.peek(at + count)?.get(at..).unwrap_or_default())
}

/// The samples in a `data` chunk. A size of -1 extends to the end of the file.
fn pcm_data(spec: Spec, content: usize, size: i64) -> PcmData {
    let size = u64::try_from(size).ok();
    PcmData {
        spec,
        start: content as u64 + EDIT_COUNT,
        length: size.map(|size| size.saturating_sub(EDIT_COUNT)),
        channel_map: None,
    }
}

/// The offset of the chunk after one of `size` bytes.
fn next_chunk(input: &Input, kind: [u8; 4], content: usize, size: i64) -> Result<usize> {
    match usize::try_from(size) {
        Ok(size) if size < MAX_HEADER && content + size < MAX_HEADER => Ok(content + size),
        _ => {
            let kind = kind.escape_ascii();
            let why = format!("its '{kind}' chunk has an invalid size");
            Err(corrupt(input.name(), why))
        }
    }
}

/// The type and length of a chunk.
fn chunk_header(bytes: &[u8]) -> Option<([u8; 4], i64)> {
    let kind = bytes.get(..4)?.try_into().ok()?;
    let size = i64::from_be_bytes(bytes.get(4..12)?.try_into().ok()?);
    Some((kind, size))
}

/// The spec in an audio description, if it is one of uncompressed samples with an equivalent ALSA format.
fn pcm_spec(desc: &[u8]) -> Option<Spec> {
    let word = |at: usize| -> Option<u32> {
        Some(u32::from_be_bytes(desc.get(at..at + 4)?.try_into().ok()?))
    };
    let rate = f64::from_be_bytes(desc.get(..8)?.try_into().ok()?);
    let (flags, frame_bytes, frames_per_packet) = (word(12)?, word(16)?, word(20)?);
    let (channels, bits) = (word(24)?, word(28)?);
    if frames_per_packet != 1
        || channels == 0
        || channels > MAX_CHANNELS
        || !(1.0..=12_288_000.0).contains(&rate)
        || rate.fract() != 0.0
    {
        return None;
    }
    let (is_float, is_little) = (flags & 1 != 0, flags & 2 != 0);
    // Integers of fewer bits than fit into their bytes are left-justified.
    let stored_bits = frame_bytes / channels * 8;
    let bits = match bits {
        9.. if bits < stored_bits && !is_float => stored_bits,
        bits => bits,
    };
    let format = match (desc.get(8..12)?, is_float, bits, is_little) {
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
    (spec.frame_bytes() == frame_bytes as usize).then_some(spec)
}

/// Reads the packet table (`pakt`): number of packets, valid frames, priming frames, remainder frames.
fn read_packet_table(view: &ByteView, file_bytes: Option<u64>) -> Result<StreamInfo> {
    let mut info = StreamInfo {
        frames: FrameCount::Unknown,
        file_bytes,
        ..StreamInfo::default()
    };
    let mut at = FIRST_CHUNK as u64;
    for _ in 0..MAX_CHUNKS {
        let Some((kind, size)) = chunk_header(&view.bytes(at, CHUNK_HEADER)?) else {
            break;
        };
        if let (b"pakt", Some(table)) = (&kind, view.array::<24>(at + CHUNK_HEADER as u64)?) {
            let frames = i64::from_be_bytes(table[8..16].try_into().unwrap_or_default());
            let priming = i32::from_be_bytes(table[16..20].try_into().unwrap_or_default());
            let remainder = i32::from_be_bytes(table[20..24].try_into().unwrap_or_default());
            info.delay = u64::try_from(priming).ok().filter(|priming| *priming > 0);
            // A writer that does not set the remainder has counted whole packets.
            if frames > 0 && remainder > 0 {
                info.frames = FrameCount::Exactly(frames.unsigned_abs());
            }
            break;
        }
        let Ok(size) = u64::try_from(size) else {
            break;
        };
        at = at.saturating_add(CHUNK_HEADER as u64).saturating_add(size);
    }
    Ok(info)
}
