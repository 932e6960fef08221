//! APEv2 tags, as mp3gain and Monkey's Audio write them: at the end of a file, before an ID3v1 tag.

use crate::audio::error::Result;
use crate::audio::file::id3;
use crate::audio::file::input::Input;
use crate::audio::metadata::{Cover, Metadata};

/// Bytes of the header and of the footer.
const FOOTER_BYTES: usize = 32;

/// Longer tags than this are not read.
const MAX_TAG_BYTES: usize = 16 << 20;

const MAGIC: &[u8] = b"APETAGEX";

/// The tags at the end of a regular file: APEv2, completed by ID3v1. Consumes nothing.
pub(super) fn read_at_end(input: &Input) -> Result<Metadata> {
    let tail = input.tail((FOOTER_BYTES + id3::OLD_TAG_BYTES) as u64)?;
    let old_start = tail.len().saturating_sub(id3::OLD_TAG_BYTES);
    let mut old = id3::parse_old(&tail[old_start..]);
    let behind = if old == Metadata::default() {
        0
    } else {
        id3::OLD_TAG_BYTES
    };
    let footer = &tail[..tail.len() - behind];
    let Some(length) = body_length(footer) else {
        return Ok(old);
    };
    let bytes = input.tail((length + behind) as u64)?;
    let mut metadata = parse(&bytes[..bytes.len() - behind.min(bytes.len())]);
    metadata.add_missing(&mut old);
    Ok(metadata)
}

/// The length of a tag without its header, if `bytes` end with a footer.
fn body_length(bytes: &[u8]) -> Option<usize> {
    let footer = bytes.get(bytes.len().checked_sub(FOOTER_BYTES)?..)?;
    let length = number(footer, 12)? as usize;
    (footer.starts_with(MAGIC) && (FOOTER_BYTES..=MAX_TAG_BYTES).contains(&length))
        .then_some(length)
}

/// The length of the tag whose header `head` begins with, header included.
pub(super) fn length_from_header(head: &[u8]) -> Option<u64> {
    let is_header = head.starts_with(MAGIC) && number(head, 20)? & 1 << 29 != 0;
    let length = u64::from(number(head, 12)?);
    is_header.then_some(length + FOOTER_BYTES as u64)
}

/// The items of a tag; `bytes` end with its footer.
fn parse(bytes: &[u8]) -> Metadata {
    let mut metadata = Metadata::default();
    let Some(length) = body_length(bytes) else {
        return metadata;
    };
    let start = bytes.len().saturating_sub(length);
    let mut rest = &bytes[start..bytes.len() - FOOTER_BYTES];
    let count = number(bytes, bytes.len() - FOOTER_BYTES + 16).unwrap_or(0);
    for _ in 0..count {
        if add_item(&mut rest, &mut metadata).is_none() {
            break;
        }
    }
    metadata
}

fn add_item(rest: &mut &[u8], metadata: &mut Metadata) -> Option<()> {
    let (size, flags) = (number(rest, 0)? as usize, number(rest, 4)?);
    let named = rest.get(8..)?;
    let end = named.iter().position(|byte| *byte == 0)?;
    let name = String::from_utf8_lossy(&named[..end]).to_lowercase();
    let value = named.get(end + 1..)?.get(..size)?;
    *rest = &named[end + 1 + size..];
    match flags >> 1 & 3 {
        0 => String::from_utf8_lossy(value)
            .split('\0')
            .for_each(|value| metadata.tags.add_common(common_name(&name), value)),
        1 if name.starts_with("cover art") => metadata.covers.push(cover(value)),
        _ => {}
    }
    Some(())
}

fn common_name(name: &str) -> &str {
    match name {
        "album artist" => "album_artist",
        "year" => "date",
        "media" => "medium",
        name => name,
    }
}

/// A picture, which follows the name of its file.
fn cover(value: &[u8]) -> Cover {
    let end = value
        .iter()
        .position(|byte| *byte == 0)
        .map_or(0, |at| at + 1);
    let picture = &value[end..];
    let mime = match picture {
        [0xff, 0xd8, ..] => Some("image/jpeg"),
        [0x89, b'P', b'N', b'G', ..] => Some("image/png"),
        _ => None,
    };
    Cover {
        mime: mime.map(str::to_owned),
        bytes: Some(picture.len() as u64),
    }
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(name: &str, flags: u32, value: &[u8]) -> Vec<u8> {
        let size = value.len() as u32;
        [
            &size.to_le_bytes(),
            &flags.to_le_bytes(),
            name.as_bytes(),
            &[0],
            value,
        ]
        .concat()
    }

    pub(crate) fn tag(items: &[Vec<u8>]) -> Vec<u8> {
        let body = items.concat();
        let ends = |flags: u32| {
            let numbers = [
                2000,
                body.len() as u32 + 32,
                items.len() as u32,
                flags,
                0,
                0,
            ];
            let numbers: Vec<u8> = numbers
                .iter()
                .flat_map(|number| number.to_le_bytes())
                .collect();
            [MAGIC, &numbers].concat()
        };
        [ends(0xa000_0000), body.clone(), ends(0x8000_0000)].concat()
    }

    #[test]
    fn items_are_tags_and_covers() {
        let bytes = tag(&[
            item("Title", 0, b"One"),
            item("Artist", 0, b"Ann\0Bob"),
            item("Track", 0, b"3/12"),
            item("REPLAYGAIN_TRACK_GAIN", 0, b"-6.00 dB"),
            item("Cover Art (Front)", 2, b"front.png\0\x89PNG...."),
        ]);
        assert_eq!(length_from_header(&bytes), Some(bytes.len() as u64));
        let metadata = parse(&bytes);
        let tags: Vec<_> = metadata.tags.iter().collect();
        let expected = [
            ("title", "One"),
            ("artist", "Ann; Bob"),
            ("track", "3"),
            ("tracks", "12"),
            ("replaygain_track_gain", "-6.00 dB"),
        ];
        assert_eq!(tags, expected);
        assert_eq!(metadata.covers.len(), 1);
        for at in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 0xff;
            parse(&damaged);
            parse(&bytes[..at]);
        }
    }
}
