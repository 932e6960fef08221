//! MP3. The first frame may be a header without audio (Xing, LAME) with the number of frames, delay and padding.

use super::open::open_packets;
use super::stream_info::StreamInfo;
use crate::audio::error::Result;
use crate::audio::file::container::Container;
use crate::audio::file::input::Input;
use crate::audio::file::options::ReadOptions;
use crate::audio::metadata::Tags;
use crate::audio::stream::Source;
use symphonia::default::formats::MpaReader;

/// Bytes of an ID3v1 tag.
const ID3V1: usize = 128;

/// Opens an MP3 file.
pub(in crate::audio::file) fn open(input: Input, _: &ReadOptions) -> Result<Box<dyn Source>> {
    // symphonia 0.6.1 does not find an ID3v1 tag, which is at the end, when it reads sequentially.
    let info = StreamInfo {
        fallback_tags: parse_id3v1(&input.tail(ID3V1 as u64)?),
        ..StreamInfo::default()
    };
    open_packets::<MpaReader<'_>>(Container::Mp3, input, 0, info)
}

/// The tags in the last 128 bytes of a file, if they are ID3v1.
fn parse_id3v1(bytes: &[u8]) -> Tags {
    let mut tags = Tags::default();
    if bytes.len() == ID3V1 && bytes.starts_with(b"TAG") {
        for (name, range) in [
            ("title", 3..33),
            ("artist", 33..63),
            ("album", 63..93),
            ("date", 93..97),
        ] {
            let text = bytes[range].iter().take_while(|byte| **byte != 0);
            let text: String = text.map(|byte| char::from(*byte)).collect();
            tags.add(name, &text);
        }
    }
    tags
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn id3v1_fields_are_padded_latin_1() {
        let mut tag = b"TAG".to_vec();
        for (text, size) in [
            ("\u{c4}rger", 30),
            ("A  ", 30),
            ("", 30),
            ("1999", 4),
            ("", 30),
        ] {
            let mut field: Vec<u8> = text.chars().map(|c| c as u8).collect();
            field.resize(size, 0);
            tag.extend(field);
        }
        tag.push(255);
        let tags = parse_id3v1(&tag);
        let found: Vec<_> = tags.iter().collect();
        assert_eq!(
            found,
            [("title", "Ärger"), ("artist", "A"), ("date", "1999")]
        );
        assert_eq!(parse_id3v1(&tag[1..]), Tags::default());
    }
}
