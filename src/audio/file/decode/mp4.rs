//! MPEG-4 (`.m4a`, `.mp4`).
//!
//! symphonia 0.6.1 ignores edit lists and iTunes' gapless information (pdeljanov/Symphonia#544), so the `moov` box is
//! read here first. If it is at the end, a pipe has to be buffered.

use super::gapless::PacketTrim;
use super::media_source::{InputMedia, ReadBudget, SeekMode, buffer_all};
use super::mp4_index::{Mp4Index, box_header};
use super::open::open_stream;
use super::run_limit::RunLimit;
use super::stream_info::{FrameCount, StreamInfo};
use crate::audio::error::Result;
use crate::audio::file::byte_view::ByteView;
use crate::audio::file::container::Container;
use crate::audio::file::errors::corrupt;
use crate::audio::file::input::Input;
use crate::audio::file::options::ReadOptions;
use crate::audio::stream::Source;
use symphonia::default::formats::IsoMp4Reader;

/// Maximum bytes of a `moov` box. In a video of many hours, it has a few megabytes.
const MAX_INDEX: u64 = 32 << 20;

/// Maximum number of top-level boxes before the audio.
const MAX_BOXES: usize = 10_000;

/// Opens an MPEG-4 file.
pub(in crate::audio::file) fn open(mut input: Input, _: &ReadOptions) -> Result<Box<dyn Source>> {
    let name = input.name().to_owned();
    let file_bytes = input.size();
    let budget = ReadBudget::new();
    let (index, media) = if file_bytes.is_some() {
        let index = find_index(&ByteView::File(&input), &name)?;
        let media = InputMedia::new(input, SeekMode::Seekable, budget.clone());
        (index, media)
    } else if let Some(index) = peek_index(&mut input)? {
        let media = InputMedia::new(input, SeekMode::Sequential, budget.clone());
        (Some(index), media)
    } else {
        let all = buffer_all(&mut input, "has its index at its end")?;
        let index = find_index(&ByteView::Memory(&all), &name)?;
        (index, InputMedia::from_memory(all, budget.clone()))
    };
    let stream = media.observed_by(RunLimit::new(budget.clone()));
    let info = stream_info(index, file_bytes);
    open_stream::<IsoMp4Reader<'_>>(Container::Mp4, name, stream, budget, info)
}

/// Finds and parses the `moov` box.
fn find_index(view: &ByteView, name: &str) -> Result<Option<Mp4Index>> {
    let mut at = 0;
    for _ in 0..MAX_BOXES {
        let Some((kind, header, size)) = box_header(&view.bytes(at, 16)?) else {
            return Ok(None);
        };
        if &kind == b"moov" {
            if size > MAX_INDEX {
                return Err(corrupt(name, format!("its index has {size} bytes")));
            }
            let content = view.bytes(at + header, size.saturating_sub(header) as usize)?;
            return Ok(Some(Mp4Index::parse(&content)));
        }
        if size < header {
            return Ok(None);
        }
        at = at.saturating_add(size);
    }
    Ok(None)
}

/// Parses the `moov` box of a pipe, if it comes before the audio. Consumes nothing.
fn peek_index(input: &mut Input) -> Result<Option<Mp4Index>> {
    let mut at = 0;
    for _ in 0..MAX_BOXES {
        let ahead = input.peek(at + 16)?;
        let Some((kind, header, size)) = ahead.get(at..).and_then(box_header) else {
            return Ok(None);
        };
        let end = size.saturating_add(at as u64);
        if matches!(&kind, b"mdat" | b"moof") || size < header || end > MAX_INDEX {
            return Ok(None);
        }
        let end = end as usize;
        if &kind == b"moov" {
            let ahead = input.peek(end)?;
            let content = ahead.get(at + header as usize..).unwrap_or_default();
            return Ok(Some(Mp4Index::parse(content)));
        }
        at = end;
    }
    Ok(None)
}

fn stream_info(index: Option<Mp4Index>, file_bytes: Option<u64>) -> StreamInfo {
    let usable = index.filter(Mp4Index::has_audio);
    let (delay, frames) = usable.map_or((0, FrameCount::Unknown), |index| index.audio_range());
    StreamInfo {
        delay: (delay > 0).then_some(delay),
        trim: if frames == FrameCount::Unknown {
            PacketTrim::Durations
        } else {
            PacketTrim::None
        },
        frames,
        file_bytes,
        ..StreamInfo::default()
    }
}
