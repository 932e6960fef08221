//! ID3 tags, versions 1 and 2. Damaged fields are left out; they never keep the sound after a tag from being read.

use super::input::Input;
use crate::audio::error::Result;
use crate::audio::metadata::{Cover, Metadata, Tags};

/// Longer tags than this are skipped.
const MAX_TAG_BYTES: usize = 16 << 20;

/// Bytes of a tag's own header, and of its footer.
const HEADER_BYTES: usize = 10;

/// Bytes of an ID3v1 tag, at the end of a file.
pub(super) const OLD_TAG_BYTES: usize = 128;

/// What iTunes and others store for themselves.
const PRIVATE: [&str; 7] = [
    "itunnorm",
    "itunsmpb",
    "itunpgap",
    "itunes_cddb_1",
    "itunes_cddb_ids",
    "itunes_cddb_tracknumber",
    "id3v1 comment",
];

/// The frames whose content is a plain text, with the names of versions 2.3 and 2.2.
#[rustfmt::skip]
const TEXTS: &[(&str, &str, &str)] = &[
    ("TIT2", "TT2", "title"), ("TPE1", "TP1", "artist"), ("TALB", "TAL", "album"),
    ("TPE2", "TP2", "album_artist"), ("TCOM", "TCM", "composer"), ("TCON", "TCO", "genre"),
    ("TRCK", "TRK", "track"), ("TPOS", "TPA", "disc"), ("TDRC", "", "date"), ("TYER", "TYE", "date"),
    ("TDRL", "", "date"), ("TCOP", "TCR", "copyright"), ("TENC", "TEN", "encoded_by"),
    ("TSSE", "TSS", "encoder"), ("TLAN", "TLA", "language"), ("TBPM", "TBP", "bpm"),
    ("TIT1", "TT1", "grouping"), ("TIT3", "TT3", "subtitle"), ("TSRC", "TRC", "isrc"),
    ("TPUB", "TPB", "publisher"), ("TPE3", "TP3", "conductor"), ("TPE4", "TP4", "remixer"),
    ("TEXT", "TXT", "lyricist"), ("TSOP", "TSP", "artist_sort"), ("TSOT", "TST", "title_sort"),
    ("TSOA", "TSA", "album_sort"), ("TSO2", "TS2", "album_artist_sort"), ("TSOC", "TSC", "composer_sort"),
    ("TCMP", "TCP", "compilation"),
];

/// The genres of ID3v1, by number.
#[rustfmt::skip]
const GENRES: [&str; 80] = [
    "Blues", "Classic Rock", "Country", "Dance", "Disco", "Funk", "Grunge", "Hip-Hop", "Jazz", "Metal", "New Age",
    "Oldies", "Other", "Pop", "R&B", "Rap", "Reggae", "Rock", "Techno", "Industrial", "Alternative", "Ska",
    "Death Metal", "Pranks", "Soundtrack", "Euro-Techno", "Ambient", "Trip-Hop", "Vocal", "Jazz+Funk", "Fusion",
    "Trance", "Classical", "Instrumental", "Acid", "House", "Game", "Sound Clip", "Gospel", "Noise", "AlternRock",
    "Bass", "Soul", "Punk", "Space", "Meditative", "Instrumental Pop", "Instrumental Rock", "Ethnic", "Gothic",
    "Darkwave", "Techno-Industrial", "Electronic", "Pop-Folk", "Eurodance", "Dream", "Southern Rock", "Comedy",
    "Cult", "Gangsta", "Top 40", "Christian Rap", "Pop/Funk", "Jungle", "Native American", "Cabaret", "New Wave",
    "Psychedelic", "Rave", "Showtunes", "Trailer", "Lo-Fi", "Tribal", "Acid Punk", "Acid Jazz", "Polka", "Retro",
    "Musical", "Rock & Roll", "Hard Rock",
];

/// The length of the ID3v2 tag that `head` begins with, header and footer included.
pub(super) fn tag_length(head: &[u8]) -> Option<u64> {
    let [b'I', b'D', b'3', major, _, flags, size @ ..] = head else {
        return None;
    };
    let size = synchsafe(size.get(..4)?)?;
    let footer = if flags & 0x10 != 0 { HEADER_BYTES } else { 0 };
    (*major < 0xff).then_some((HEADER_BYTES + size + footer) as u64)
}

/// Consumes the ID3v2 tags that `input` begins with.
pub(super) fn read_before_sound(input: &mut Input) -> Result<Metadata> {
    let mut metadata = Metadata::default();
    while let Some(length) = tag_length(input.peek(HEADER_BYTES)?) {
        let kept = length.min(MAX_TAG_BYTES as u64) as usize;
        let mut tag = parse(input.peek(kept)?);
        metadata.add_missing(&mut tag);
        input.skip(length)?;
    }
    Ok(metadata)
}

/// The content of an ID3v2 tag; `bytes` begin with its header.
pub(super) fn parse(bytes: &[u8]) -> Metadata {
    let mut metadata = Metadata::default();
    let (Some(length), Some(&[_, _, _, major, _, flags])) =
        (tag_length(bytes), bytes.first_chunk())
    else {
        return metadata;
    };
    let end = bytes.len().min(length as usize);
    let body = &bytes[HEADER_BYTES..end.max(HEADER_BYTES).min(bytes.len())];
    let body = match flags & 0x80 != 0 && major < 4 {
        true => synchronized(body),
        false => body.to_vec(),
    };
    let mut rest = match flags & 0x40 != 0 && major > 2 {
        true => behind_extended_header(&body, major),
        false => &body,
    };
    while let Some(frame) = Frame::split(&mut rest, major) {
        frame.add_to(&mut metadata);
    }
    metadata
}

/// The frames after an extended header. Some writers set its flag but write no such header.
fn behind_extended_header(body: &[u8], major: u8) -> &[u8] {
    let size = body.first_chunk().map_or(0, |size| match major {
        4 => synchsafe(size).unwrap_or(0),
        _ => (u32::from_be_bytes(*size) as usize).saturating_add(4),
    });
    body.get(size..)
        .filter(|_| !is_frame_id(body.get(..4).unwrap_or_default()))
        .unwrap_or(body)
}

fn is_frame_id(id: &[u8]) -> bool {
    !id.is_empty()
        && id
            .iter()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

/// A number of seven bits in each byte.
fn synchsafe(bytes: &[u8]) -> Option<usize> {
    let valid = bytes.iter().all(|byte| byte & 0x80 == 0);
    let value = bytes
        .iter()
        .fold(0, |value, byte| value << 7 | usize::from(*byte));
    valid.then_some(value)
}

/// Removes the zeros that were inserted after each 0xff.
fn synchronized(bytes: &[u8]) -> Vec<u8> {
    let mut last = 0;
    let keep = |byte: &u8| {
        let is_stuffing = last == 0xff && *byte == 0;
        last = *byte;
        !is_stuffing
    };
    bytes.iter().copied().filter(keep).collect()
}

struct Frame {
    id: String,
    content: Vec<u8>,
}

impl Frame {
    /// Takes the next frame from `rest`; `None` at the end or the padding.
    fn split(rest: &mut &[u8], major: u8) -> Option<Frame> {
        let (id_bytes, header) = if major == 2 { (3, 6) } else { (4, 10) };
        let (id, size) = (rest.get(..id_bytes)?, rest.get(id_bytes..2 * id_bytes)?);
        if !is_frame_id(id) {
            return None;
        }
        let plain = size
            .iter()
            .fold(0, |size, byte| size << 8 | usize::from(*byte));
        let size = match synchsafe(size) {
            // iTunes writes plain sizes into version 2.4.
            Some(size) if major == 4 && leads_on(rest, header + size) => size,
            Some(size) if major == 4 && !leads_on(rest, header + plain) => size,
            _ => plain,
        };
        let flags = if major == 2 {
            0
        } else {
            rest.get(9).copied().unwrap_or(0)
        };
        let content = rest.get(header..)?;
        let id = String::from_utf8_lossy(id).into_owned();
        let content = &content[..size.min(content.len())];
        *rest = rest.get(header + size..).unwrap_or_default();
        Some(Frame {
            id,
            content: readable(content, flags, major),
        })
    }

    fn add_to(&self, metadata: &mut Metadata) {
        let tags = &mut metadata.tags;
        match &*self.id {
            "TXXX" | "TXX" => self.add_described(1, "", tags),
            "COMM" | "COM" => {
                self.add_described(4, "comment", tags);
                let gapless = self.itunes_gapless();
                metadata.itunes_gapless = gapless.or(metadata.itunes_gapless.take());
            }
            "USLT" | "ULT" => self.add_described(4, "lyrics", tags),
            "RVA2" => self.add_gain(tags),
            "APIC" | "PIC" => metadata.covers.extend(self.cover()),
            "CHAP" => metadata.chapters.extend(self.chapter()),
            id if id.starts_with('T') => self.add_text(tags),
            _ => {}
        }
    }

    fn add_text(&self, tags: &mut Tags) {
        let known = TEXTS
            .iter()
            .find(|(long, short, _)| *long == self.id || *short == self.id);
        let name = known.map_or_else(|| self.id.to_lowercase(), |(.., name)| (*name).to_owned());
        for value in texts(&self.content) {
            match &*name {
                "genre" => tags.add("genre", &genre(&value)),
                "date" if tags.get("date").is_some() => {}
                name => tags.add_common(name, &value),
            }
        }
    }

    /// A text with a description. `start` bytes are before both: the encoding, and the language if there is one.
    fn add_described(&self, start: usize, usual: &str, tags: &mut Tags) {
        let Some((encoding, content)) = self.content.first().zip(self.content.get(start..)) else {
            return;
        };
        let mut parts = split_texts(*encoding, content).into_iter();
        let description = parts.next().unwrap_or_default().to_lowercase();
        if PRIVATE.contains(&&*description) {
            return;
        }
        let name = match &*description {
            "" => usual,
            description if usual != "lyrics" => description,
            _ => usual,
        };
        let name = name.replace("album artist", "album_artist");
        parts.for_each(|value| tags.add_common(&name, &value));
    }

    /// The comment in which iTunes stores where the sound begins and ends.
    fn itunes_gapless(&self) -> Option<String> {
        let content = self.content.get(4..)?;
        let mut parts = split_texts(self.content[0], content).into_iter();
        let description = parts.next()?;
        parts.next().filter(|_| description == "iTunSMPB")
    }

    /// The volume adjustment of the master channel, as ReplayGain.
    fn add_gain(&self, tags: &mut Tags) {
        let Some(end) = self.content.iter().position(|byte| *byte == 0) else {
            return;
        };
        let scope = String::from_utf8_lossy(&self.content[..end]).to_lowercase();
        let [1, high, low, ..] = self.content[end + 1..] else {
            return;
        };
        if matches!(&*scope, "track" | "album") {
            let gain = f64::from(i16::from_be_bytes([high, low])) / 512.0;
            tags.add(
                &format!("replaygain_{scope}_gain"),
                &format!("{gain:.2} dB"),
            );
        }
    }

    /// Encoding, type, kind, description, picture. Version 2.2 has a type of three letters.
    fn cover(&self) -> Option<Cover> {
        let (encoding, rest) = self.content.split_first()?;
        let (mime, rest) = match self.id.len() {
            3 => (
                format!("image/{}", latin1(rest.get(..3)?).to_lowercase()),
                rest.get(3..)?,
            ),
            _ => {
                let end = rest.iter().position(|byte| *byte == 0)?;
                (latin1(&rest[..end]), &rest[end + 1..])
            }
        };
        let described = rest.get(1..)?;
        let end = end_of_text(*encoding, described)?;
        Some(Cover {
            mime: Some(mime.replace("image/jpg", "image/jpeg")).filter(|mime| !mime.is_empty()),
            bytes: Some((described.len() - end) as u64),
        })
    }

    /// Its name, start, end and two offsets; then frames, of which the title counts.
    fn chapter(&self) -> Option<(f64, Option<String>)> {
        let end = self.content.iter().position(|byte| *byte == 0)?;
        let times = self.content.get(end + 1..)?;
        let start = u32::from_be_bytes(*times.first_chunk()?);
        let mut inner = Metadata::default();
        let mut rest = times.get(16..).unwrap_or_default();
        while let Some(frame) = Frame::split(&mut rest, 3) {
            frame.add_to(&mut inner);
        }
        Some((f64::from(start) / 1000.0, inner.tags.take("title")))
    }
}

/// Whether a frame, padding or the end follows.
fn leads_on(rest: &[u8], at: usize) -> bool {
    match rest.get(at..) {
        Some([]) => true,
        Some([0, ..]) => true,
        Some(next) => is_frame_id(&next[..next.len().min(4)]),
        None => false,
    }
}

/// The content of a frame that is not compressed or encrypted, without what its flags put before it.
fn readable(content: &[u8], flags: u8, major: u8) -> Vec<u8> {
    let (coded, group, length) = match major {
        4 => (flags & 0x0c, flags & 0x40, flags & 0x01),
        _ => (flags & 0xc0, flags & 0x20, 0),
    };
    if coded != 0 && major > 2 {
        return Vec::new();
    }
    let before = usize::from(group != 0) + if length != 0 { 4 } else { 0 };
    let content = content.get(before..).unwrap_or_default();
    match major == 4 && flags & 0x02 != 0 {
        true => synchronized(content),
        false => content.to_vec(),
    }
}

/// The texts of a text frame.
fn texts(content: &[u8]) -> Vec<String> {
    content
        .split_first()
        .map_or_else(Vec::new, |(encoding, rest)| split_texts(*encoding, rest))
}

/// Texts that are separated by zeros.
fn split_texts(encoding: u8, mut bytes: &[u8]) -> Vec<String> {
    let mut texts = Vec::new();
    while !bytes.is_empty() {
        let zeros = if matches!(encoding, 1 | 2) { 2 } else { 1 };
        let (text, rest) = match end_of_text(encoding, bytes) {
            Some(end) => (&bytes[..end - zeros], &bytes[end..]),
            None => (bytes, &bytes[bytes.len()..]),
        };
        texts.push(decoded(encoding, text));
        bytes = rest;
    }
    texts
}

/// Where the first text ends, its zero included.
fn end_of_text(encoding: u8, bytes: &[u8]) -> Option<usize> {
    match encoding {
        1 | 2 => bytes
            .chunks_exact(2)
            .position(|pair| pair == [0, 0])
            .map(|at| 2 * at + 2),
        _ => bytes.iter().position(|byte| *byte == 0).map(|at| at + 1),
    }
}

fn decoded(encoding: u8, bytes: &[u8]) -> String {
    match encoding {
        1 | 2 => utf16(encoding, bytes),
        3 => String::from_utf8_lossy(bytes).into_owned(),
        _ => latin1(bytes),
    }
}

/// UTF-16 with a byte order mark, or with the order in which most high bytes are zero.
fn utf16(encoding: u8, bytes: &[u8]) -> String {
    let zeros = |first: usize| {
        bytes
            .iter()
            .skip(first)
            .step_by(2)
            .filter(|byte| **byte == 0)
            .count()
    };
    let (big, text) = match bytes {
        [0xfe, 0xff, text @ ..] => (true, text),
        [0xff, 0xfe, text @ ..] => (false, text),
        text if encoding == 2 => (true, text),
        text => (zeros(0) > zeros(1), text),
    };
    let unit = |pair: &[u8; 2]| {
        if big {
            u16::from_be_bytes(*pair)
        } else {
            u16::from_le_bytes(*pair)
        }
    };
    let units: Vec<_> = text.as_chunks().0.iter().map(unit).collect();
    String::from_utf16_lossy(&units)
}

fn latin1(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| char::from(*byte)).collect()
}

/// A genre that is given by its number: `17`, `(17)`, `(17)Rock`.
fn genre(text: &str) -> String {
    let inner = text.strip_prefix('(').and_then(|rest| rest.split_once(')'));
    let (number, words) = inner.unwrap_or((text, ""));
    match number
        .parse::<usize>()
        .ok()
        .and_then(|number| GENRES.get(number))
    {
        Some(genre) if words.is_empty() => (*genre).to_owned(),
        Some(_) => words.to_owned(),
        None => text.to_owned(),
    }
}

/// The content of an ID3v1 tag: fields of Latin-1 that are padded with zeros or spaces.
pub(super) fn parse_old(bytes: &[u8]) -> Metadata {
    let mut metadata = Metadata::default();
    if bytes.len() != OLD_TAG_BYTES || !bytes.starts_with(b"TAG") {
        return metadata;
    }
    let text = |place: std::ops::Range<usize>| {
        let text = bytes[place]
            .split(|byte| *byte == 0)
            .next()
            .unwrap_or_default();
        latin1(text)
    };
    let tags = &mut metadata.tags;
    tags.add("title", &text(3..33));
    tags.add("artist", &text(33..63));
    tags.add("album", &text(63..93));
    tags.add("date", &text(93..97));
    tags.add("comment", &text(97..127));
    if bytes[125] == 0 && bytes[126] != 0 {
        tags.add("track", &bytes[126].to_string());
    }
    if let Some(genre) = GENRES.get(usize::from(bytes[127])) {
        tags.add("genre", genre);
    }
    metadata
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(id: &str, content: &[u8]) -> Vec<u8> {
        [
            id.as_bytes(),
            &(content.len() as u32).to_be_bytes(),
            &[0; 2],
            content,
        ]
        .concat()
    }

    fn tag(major: u8, flags: u8, body: &[u8]) -> Vec<u8> {
        let size = body.len();
        let size = [size >> 21, size >> 14, size >> 7, size].map(|part| part as u8 & 0x7f);
        [&[b'I', b'D', b'3', major, 0, flags], &size[..], body].concat()
    }

    fn found(bytes: &[u8]) -> Vec<(String, String)> {
        let tags = parse(bytes).tags;
        tags.iter()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect()
    }

    fn pair(name: &str, value: &str) -> (String, String) {
        (name.to_owned(), value.to_owned())
    }

    #[test]
    fn values_and_totals_are_distinguished() {
        let body = [
            frame("TPE1", b"\x03Ann\0Bob"),
            frame("TRCK", b"\x033/12"),
            frame("TCON", b"\0(17)"),
            frame("TXXX", b"\0replaygain_track_gain\0-6.00 dB"),
            frame("COMM", b"\0engiTunNORM\0 0000"),
            frame("COMM", b"\0eng\0Fine"),
        ];
        let expected = [
            pair("artist", "Ann; Bob"),
            pair("track", "3"),
            pair("tracks", "12"),
            pair("genre", "Rock"),
            pair("replaygain_track_gain", "-6.00 dB"),
            pair("comment", "Fine"),
        ];
        assert_eq!(found(&tag(4, 0, &body.concat())), expected);
    }

    #[test]
    fn utf16_is_read_with_and_without_a_mark() {
        let units = |text: &str, big: bool| -> Vec<u8> {
            let unit = |unit: u16| {
                if big {
                    unit.to_be_bytes()
                } else {
                    unit.to_le_bytes()
                }
            };
            text.encode_utf16().flat_map(unit).collect()
        };
        for (encoding, mark, big) in [
            (1, &b""[..], false),
            (1, b"", true),
            (1, b"\xff\xfe", false),
            (1, b"\xfe\xff", true),
            (2, b"", true),
        ] {
            let content = [&[encoding], mark, &units("Größe", big), &[0, 0]].concat();
            assert_eq!(
                found(&tag(3, 0, &frame("TIT2", &content))),
                [pair("title", "Größe")]
            );
        }
    }

    #[test]
    fn an_extended_header_may_be_missing_though_it_is_announced() {
        let title = frame("TIT2", b"\0One");
        assert_eq!(found(&tag(3, 0x40, &title)), [pair("title", "One")]);
        let extended = [&[0, 0, 0, 6][..], &[0; 6], &title].concat();
        assert_eq!(found(&tag(3, 0x40, &extended)), [pair("title", "One")]);
    }

    #[test]
    fn covers_are_described() {
        let content = [&b"\0image/jpg\0\x03front\0"[..], &[7; 500]].concat();
        let cover = Cover {
            mime: Some("image/jpeg".to_owned()),
            bytes: Some(500),
        };
        assert_eq!(parse(&tag(3, 0, &frame("APIC", &content))).covers, [cover]);
    }

    #[test]
    fn damaged_tags_are_read_without_harm() {
        let body = [
            frame("TPE1", b"\x01\xff\xfeA\0\0\0B\0"),
            frame("APIC", b"\x01image/png\0\0a\0\0\0xx"),
            frame(
                "CHAP",
                b"c1\0\0\0\0\x05\0\0\0\x09\xff\xff\xff\xff\xff\xff\xff\xff",
            ),
            frame("RVA2", b"track\0\x01\x02\0\0"),
        ];
        let whole = tag(4, 0, &body.concat());
        for end in 0..whole.len() {
            parse(&whole[..end]);
        }
        for at in 0..whole.len() {
            for flip in [0x01, 0x80, 0xff] {
                let mut damaged = whole.clone();
                damaged[at] ^= flip;
                parse(&damaged);
            }
        }
    }

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
        let tags = parse_old(&tag).tags;
        let found: Vec<_> = tags.iter().collect();
        assert_eq!(
            found,
            [("title", "Ärger"), ("artist", "A"), ("date", "1999")]
        );
        assert_eq!(parse_old(&tag[1..]), Metadata::default());
    }
}
