//! Vorbis comments: the tags of FLAC, Vorbis and Opus.

use crate::audio::metadata::{Cover, Metadata};

/// The tag that names the speakers of FLAC's channels.
const CHANNEL_MASK: &str = "waveformatextensible_channel_mask";

/// A picture in a tag, in Base64.
const PICTURE: &str = "metadata_block_picture";

/// Adds the comments in `bytes` to `metadata`, as far as they can be read. Returns the channel mask of a WAV, if one of
/// them has it.
pub(super) fn read(bytes: &[u8], metadata: &mut Metadata) -> Option<u32> {
    let mut mask = None;
    let mut rest = bytes;
    field(&mut rest)?;
    let count = number(&mut rest)?;
    for _ in 0..count {
        let Some(comment) = field(&mut rest) else {
            break;
        };
        let comment = String::from_utf8_lossy(comment);
        let Some((name, value)) = comment.split_once('=') else {
            continue;
        };
        match &*name.to_ascii_lowercase() {
            CHANNEL_MASK => mask = channel_mask(value),
            PICTURE => metadata.covers.extend(cover_in_base64(value)),
            name => metadata.tags.add_common(common_name(name), value),
        }
    }
    mask
}

/// A picture block of FLAC: kind, type and description, four numbers, and the length of the picture.
pub(super) fn picture(bytes: &[u8]) -> Option<Cover> {
    let mut rest = bytes.get(4..)?;
    let kind = big_field(&mut rest)?;
    let mime = String::from_utf8_lossy(kind).into_owned();
    big_field(&mut rest)?;
    let size = rest.get(16..20)?.try_into().ok()?;
    Some(Cover {
        mime: Some(mime).filter(|mime| !mime.is_empty()),
        bytes: Some(u32::from_be_bytes(size).into()),
    })
}

fn common_name(name: &str) -> &str {
    match name {
        "tracknumber" => "track",
        "tracktotal" | "totaltracks" => "tracks",
        "discnumber" => "disc",
        "disctotal" | "totaldiscs" => "discs",
        "albumartist" | "album artist" => "album_artist",
        "year" => "date",
        "encoded-by" => "encoded_by",
        name => name,
    }
}

/// A WAV's channel mask in hexadecimal: `0x60F`.
fn channel_mask(text: &str) -> Option<u32> {
    let digits = text.trim().to_ascii_lowercase();
    u32::from_str_radix(digits.strip_prefix("0x")?, 16).ok()
}

/// The cover whose picture block is `text`. Only its beginning is decoded.
fn cover_in_base64(text: &str) -> Option<Cover> {
    const BEGINNING: usize = 1024;
    let mut bytes = Vec::new();
    let (mut bits, mut count) = (0_u32, 0);
    for character in text.bytes().take(BEGINNING) {
        let value = match character {
            b'A'..=b'Z' => character - b'A',
            b'a'..=b'z' => character - b'a' + 26,
            b'0'..=b'9' => character - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => break,
        };
        (bits, count) = (bits << 6 | u32::from(value), count + 6);
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
        }
    }
    picture(&bytes)
}

fn number(rest: &mut &[u8]) -> Option<u32> {
    let (bytes, after) = rest.split_first_chunk()?;
    *rest = after;
    Some(u32::from_le_bytes(*bytes))
}

fn field<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = number(rest)? as usize;
    take(rest, length)
}

fn big_field<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (bytes, after) = rest.split_first_chunk()?;
    *rest = after;
    take(rest, u32::from_be_bytes(*bytes) as usize)
}

fn take<'a>(rest: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (taken, after) = rest.split_at_checked(length)?;
    *rest = after;
    Some(taken)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn comments(lines: &[&str]) -> Vec<u8> {
        let field = |text: &str| [&(text.len() as u32).to_le_bytes(), text.as_bytes()].concat();
        let mut bytes = field("an encoder");
        bytes.extend((lines.len() as u32).to_le_bytes());
        lines.iter().for_each(|line| bytes.extend(field(line)));
        bytes
    }

    #[test]
    fn comments_are_read_as_far_as_they_go() {
        let lines = [
            "TITLE=One",
            "Artist=A",
            "ARTIST=B",
            "TRACKNUMBER=3/12",
            "nothing",
        ];
        let mut metadata = Metadata::default();
        assert_eq!(read(&comments(&lines), &mut metadata), None);
        let tags: Vec<_> = metadata.tags.iter().collect();
        let expected = [
            ("title", "One"),
            ("artist", "A; B"),
            ("track", "3"),
            ("tracks", "12"),
        ];
        assert_eq!(tags, expected);
        let whole = comments(&lines);
        for end in 0..whole.len() {
            read(&whole[..end], &mut Metadata::default());
        }
    }

    #[test]
    fn speakers_and_covers_are_not_tags() {
        let block = [
            &[0, 0, 0, 3, 0, 0, 0, 9][..],
            b"image/png",
            &[0; 20],
            &[0, 0, 1, 44],
        ]
        .concat();
        let encoded =
            "METADATA_BLOCK_PICTURE=AAAAAwAAAAlpbWFnZS9wbmcAAAAAAAAAAAAAAAAAAAAAAAAAAAAAASw=";
        let lines = ["WAVEFORMATEXTENSIBLE_CHANNEL_MASK=0x60F", encoded];
        let mut metadata = Metadata::default();
        assert_eq!(read(&comments(&lines), &mut metadata), Some(0x60f));
        let cover = Cover {
            mime: Some("image/png".to_owned()),
            bytes: Some(300),
        };
        assert_eq!(picture(&block), Some(cover.clone()));
        assert_eq!(
            (metadata.covers, metadata.tags.is_empty()),
            (vec![cover], true)
        );
    }
}
