//! MPEG-4 and QuickTime (`.m4a`, `.mp4`, `.mov`, `.3gp`): read here, decoded as in other containers.
//!
//! symphonia 0.6.1 ignores edit lists and iTunes' gapless information (pdeljanov/Symphonia#544), and refuses files that
//! are cut off, have an `mdat` box of size 0, no `ftyp` box, or an unreadable track before a readable one. If the index
//! is at the end, a pipe has to be buffered.

mod boxes;
mod entry;
mod index;
mod reader;
mod samples;
mod tags;

use super::aac;
use super::gapless::PacketTrim;
use super::media_source::{ReadBudget, buffer_all};
use super::source::DecodedSource;
use super::stream_info::{FrameCount, StreamInfo};
use crate::audio::error::{Error, Result};
use crate::audio::file::byte_view::ByteView;
use crate::audio::file::container::Container;
use crate::audio::file::errors::{corrupt, no_audio, unsupported_codec};
use crate::audio::file::input::Input;
use crate::audio::file::options::ReadOptions;
use crate::audio::stream::Source;
use boxes::{BoxHead, MAX_HEAD_BYTES};
use index::{Mp4Index, Mp4Track};
use reader::{Fragments, Mp4Bytes, Mp4Reader};

/// The longest index that is read, in bytes. The index of a video of many hours has some megabytes.
const MAX_INDEX_BYTES: u64 = 64 << 20;

/// How many boxes may precede the index.
const MAX_BOXES: usize = 10_000;

/// How many bytes of a pipe are inspected to find out what kind of AAC it holds.
const MAX_PROBED_BYTES: u64 = 1 << 20;

/// How many packets in fragments are counted.
const MAX_COUNTED: u64 = 1 << 28;

/// Opens an MPEG-4 or QuickTime file.
pub(in crate::audio::file) fn open(mut input: Input, _: &ReadOptions) -> Result<Box<dyn Source>> {
    let name = input.name().to_owned();
    let size = input.size();
    let (moov, mut bytes) = if size.is_some() {
        let moov = find_index(&ByteView::File(&input), &name)?;
        (moov, Mp4Bytes::File(input))
    } else if let Some(moov) = peek_index(&mut input)? {
        (moov, Mp4Bytes::Pipe(input))
    } else {
        let all = buffer_all(&mut input, "has its index at its end")?;
        let moov = find_index(&ByteView::Memory(&all), &name)?;
        (moov, Mp4Bytes::Held(all))
    };
    let mut index = Mp4Index::parse(&moov);
    let mut track = select_track(&mut index, &name)?;
    let params = match &track.entry.params {
        Ok(params) => params.clone(),
        Err(codec) => return Err(Error::invalid(&name, unsupported_codec("MPEG-4", codec))),
    };
    if track.entry.is_aac && holds_he_aac(&mut track, &mut bytes, index.is_fragmented)? {
        return Err(Error::invalid(&name, unsupported_codec("MPEG-4", "HE-AAC")));
    }
    let length = total_length(&track, &mut bytes, index.is_fragmented)?;
    let (delay, frames) = index.sound(&track, length);
    let info = StreamInfo {
        delay: Some(delay),
        trim: match index.is_fragmented {
            true => PacketTrim::Durations,
            false => PacketTrim::None,
        },
        frames: frames.map_or(FrameCount::Unknown, FrameCount::Exactly),
        file_bytes: size,
        metadata: tags::read(&moov),
        channel_map: track.entry.channel_map.take(),
        clusters: None,
    };
    let reader = Mp4Reader::new(bytes, track, params, index.is_fragmented);
    let source = DecodedSource::new(
        Container::Mp4,
        name,
        Box::new(reader),
        ReadBudget::new(),
        info,
    )?;
    Ok(Box::new(source))
}

/// The frames of sound of a regular file that ffmpeg decodes, and their rate: ffmpeg returns the encoder's padding behind
/// them, too.
///
/// # Errors
/// If reading fails.
pub(in crate::audio::file) fn frames_of_sound(input: &Input) -> Result<Option<(u64, u32)>> {
    if input.size().is_none() {
        return Ok(None);
    }
    let Ok(moov) = find_index(&ByteView::File(input), input.name()) else {
        return Ok(None);
    };
    let index = Mp4Index::parse(&moov);
    // The frames of HE-AAC are counted differently by different encoders.
    let is_certain = |track: &&Mp4Track| match &track.entry.params {
        Ok(_) => true,
        Err(codec) => !codec.contains("HE-AAC"),
    };
    let track = index.tracks.first().filter(is_certain);
    let frames = track.and_then(|track| Some((index.frames_of_sound(track)?, track.entry.rate)));
    Ok(frames)
}

/// The first track that can be decoded, or else the first one.
fn select_track(index: &mut Mp4Index, name: &str) -> Result<Mp4Track> {
    let readable = index
        .tracks
        .iter()
        .position(|track| track.entry.params.is_ok());
    match index.tracks.is_empty() {
        true => Err(no_audio(name)),
        false => Ok(index.tracks.swap_remove(readable.unwrap_or(0))),
    }
}

/// Finds the content of the `moov` box.
fn find_index(view: &ByteView, name: &str) -> Result<Vec<u8>> {
    let mut at = 0;
    for _ in 0..MAX_BOXES {
        let Some(head) = BoxHead::parse(&view.bytes(at, MAX_HEAD_BYTES)?) else {
            break;
        };
        if &head.kind == b"moov" {
            let size = head.size.unwrap_or(MAX_INDEX_BYTES);
            if size > MAX_INDEX_BYTES {
                return Err(corrupt(name, format!("its index has {size} bytes")));
            }
            return view.bytes(at + head.length, (size - head.length) as usize);
        }
        let Some(size) = head.size else {
            break;
        };
        at = at.saturating_add(size);
    }
    Err(corrupt(name, "it has no index"))
}

/// The content of the `moov` box of a pipe, if it comes before the audio. Consumes nothing.
fn peek_index(input: &mut Input) -> Result<Option<Vec<u8>>> {
    let mut at = 0;
    for _ in 0..MAX_BOXES {
        let ahead = input.peek(at + MAX_HEAD_BYTES)?;
        let Some(head) = ahead.get(at..).and_then(BoxHead::parse) else {
            return Ok(None);
        };
        let end = head.size.map(|size| size.saturating_add(at as u64));
        let Some(end) = end.filter(|end| *end <= MAX_INDEX_BYTES) else {
            return Ok(None);
        };
        if matches!(&head.kind, b"mdat" | b"moof") {
            return Ok(None);
        }
        let end = end as usize;
        if &head.kind == b"moov" {
            let ahead = input.peek(end)?;
            return Ok(Some(
                ahead
                    .get(at + head.length as usize..)
                    .unwrap_or_default()
                    .to_vec(),
            ));
        }
        at = end;
    }
    Ok(None)
}

/// Whether the first packets contain the extension of HE-AAC, although nothing announces it. Consumes nothing.
fn holds_he_aac(track: &mut Mp4Track, bytes: &mut Mp4Bytes, is_fragmented: bool) -> Result<bool> {
    let mut packets = Vec::new();
    let mut fragments = is_fragmented.then(|| Fragments::new(track));
    while packets.len() < aac::MAX_PROBED_PACKETS {
        let sample = match (track.table.next_sample(), &mut fragments) {
            (Some(sample), _) => Some(sample),
            (None, Some(fragments)) if bytes.is_random() => fragments.next_sample(bytes)?,
            _ => None,
        };
        let Some(sample) = sample.filter(|sample| sample.size < MAX_PROBED_BYTES) else {
            break;
        };
        packets.push(bytes.peek(sample.offset, sample.size, MAX_PROBED_BYTES)?);
    }
    track.table.rewind();
    Ok(aac::is_he_aac(packets.iter().map(|packet| &packet[..])))
}

/// The total duration of all packets, in units of the track. Packets in fragments are counted, too, unless they come
/// through a pipe.
fn total_length(
    track: &Mp4Track,
    bytes: &mut Mp4Bytes,
    is_fragmented: bool,
) -> Result<Option<u64>> {
    let Some(mut length) = track.table.length() else {
        return Ok(None);
    };
    if !is_fragmented {
        return Ok(Some(length));
    }
    if !bytes.is_random() {
        return Ok(None);
    }
    let mut fragments = Fragments::new(track);
    for _ in 0..MAX_COUNTED {
        let Some(sample) = fragments.next_sample(bytes)? else {
            return Ok(Some(length));
        };
        length = length.saturating_add(sample.duration);
    }
    Ok(None)
}

#[cfg(test)]
mod tests;
