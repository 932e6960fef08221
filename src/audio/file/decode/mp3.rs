//! MP3. A first frame without sound may say how many frames there are, and how many of them LAME put before and behind.

use super::{Told, open_packets};
use crate::audio::error::Result;
use crate::audio::file::{Container, Input, ReadOptions};
use crate::audio::metadata::Tags;
use crate::audio::stream::Source;
use symphonia::default::formats::MpaReader;

/// Opens an MP3 file.
pub(in crate::audio::file) fn open(input: Input, _: &ReadOptions) -> Result<Box<dyn Source>> {
    let told = Told {
        fallback: old_tag(&input.tail(128)?),
        ..Told::default()
    };
    open_packets::<MpaReader<'_>>(Container::Mp3, input, 0, told)
}

/// What the 128 bytes at the end of a file say (ID3v1).
fn old_tag(bytes: &[u8]) -> Tags {
    let mut tags = Tags::default();
    if bytes.len() == 128 && bytes.starts_with(b"TAG") {
        for (name, place) in [
            ("title", 3..33),
            ("artist", 33..63),
            ("album", 63..93),
            ("date", 93..97),
        ] {
            let text = bytes[place].iter().take_while(|byte| **byte != 0);
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
    fn the_old_tag_is_latin_1_and_padded() {
        let mut tag = b"TAG".to_vec();
        for (text, room) in [
            ("\u{c4}rger", 30),
            ("A  ", 30),
            ("", 30),
            ("1999", 4),
            ("", 30),
        ] {
            let mut field: Vec<u8> = text.chars().map(|c| c as u8).collect();
            field.resize(room, 0);
            tag.extend(field);
        }
        tag.push(255);
        let tags = old_tag(&tag);
        let found: Vec<_> = tags.iter().collect();
        assert_eq!(
            found,
            [("title", "Ärger"), ("artist", "A"), ("date", "1999")]
        );
        assert_eq!(old_tag(&tag[1..]), Tags::default());
    }
}
