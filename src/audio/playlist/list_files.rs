//! The formats of playlists: M3U, PLS, XSPF and cue sheets.

use super::entry::{CD_FRAMES, Entry, Place, TrackRange, is_url};
use super::uri::{file_uri, percent_decoded};
use super::xspf;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// Reads the entries of a playlist; paths are relative to its folder.
pub(super) type ListParser = fn(&[u8], &Path) -> Vec<Entry>;

/// The function that reads the playlist `path`; `None` if its suffix is not a playlist's.
pub(super) fn parser(path: &Path) -> Option<ListParser> {
    match &*path.extension()?.to_str()?.to_ascii_lowercase() {
        "m3u" | "m3u8" => Some(m3u),
        "pls" => Some(pls),
        "xspf" => Some(xspf),
        "cue" => Some(cue),
        _ => None,
    }
}

/// Whether `path` is a file with the suffix of a playlist.
pub fn is_playlist(path: &Path) -> bool {
    parser(path).is_some() && path.is_file()
}

/// The content of a playlist as UTF-8, if it begins with a mark of UTF-16.
pub(super) fn utf8(content: Vec<u8>) -> Vec<u8> {
    let unit: fn([u8; 2]) -> u16 = match content.first_chunk() {
        Some([0xff, 0xfe]) => u16::from_le_bytes,
        Some([0xfe, 0xff]) => u16::from_be_bytes,
        _ => return content,
    };
    let (pairs, _) = content[2..].as_chunks();
    let units: Vec<_> = pairs.iter().map(|pair| unit(*pair)).collect();
    String::from_utf16_lossy(&units).into_bytes()
}

/// Lines without the mark at the start of the file and without blanks around them.
fn lines(content: &[u8]) -> impl Iterator<Item = &[u8]> {
    let content = content.strip_prefix(b"\xef\xbb\xbf").unwrap_or(content);
    content
        .split(|byte| matches!(byte, b'\n' | b'\r'))
        .map(<[u8]>::trim_ascii)
}

/// A path or URL on each line; lines that start with `#` are comments.
fn m3u(content: &[u8], base: &Path) -> Vec<Entry> {
    let lines = lines(content).filter(|line| !line.is_empty() && !line.starts_with(b"#"));
    lines.map(|line| Entry::whole(place(line, base))).collect()
}

/// `FileN=…` in the order of N.
fn pls(content: &[u8], base: &Path) -> Vec<Entry> {
    let entry = |line: &[u8]| {
        let at = line.iter().position(|byte| *byte == b'=')?;
        let key = std::str::from_utf8(&line[..at])
            .ok()?
            .trim()
            .to_ascii_lowercase();
        let number = key.strip_prefix("file")?.parse::<u32>().ok()?;
        let value = line[at + 1..].trim_ascii();
        (!value.is_empty()).then(|| (number, Entry::whole(place(value, base))))
    };
    let mut entries: Vec<_> = lines(content).filter_map(entry).collect();
    entries.sort_by_key(|(number, _)| *number);
    entries.into_iter().map(|(_, entry)| entry).collect()
}

/// The location of each track.
fn xspf(content: &[u8], base: &Path) -> Vec<Entry> {
    let locations = xspf::locations(content).into_iter();
    locations
        .map(|location| Entry::whole(place(&location, base)))
        .collect()
}

/// The place that a playlist in `base` calls `text`.
fn place(text: &[u8], base: &Path) -> Place {
    if let Ok(text) = std::str::from_utf8(text) {
        if is_url(text) {
            return Place::Url(text.to_owned());
        }
        if let Some(path) = file_uri(text) {
            return Place::File(path);
        }
    }
    Place::File(existing(text, base))
}

/// The suffixes of files into which the WAV that a cue sheet names may have been encoded.
const ENCODED: [&str; 9] = [
    "flac", "wv", "ape", "tta", "m4a", "mp3", "ogg", "opus", "wav",
];

/// The file that a cue sheet names. Many sheets name the WAV that was encoded later.
fn cue_file(text: &[u8], base: &Path) -> PathBuf {
    let path = existing(text, base);
    let encoded = || {
        let others = ENCODED.iter().map(|suffix| path.with_extension(suffix));
        others.into_iter().find(|other| other.is_file())
    };
    match path.exists() {
        true => path,
        false => without_case(&path).or_else(encoded).unwrap_or(path),
    }
}

/// The path as it is written; where no such file exists, with backslashes for slashes, read as Latin-1, or with `%20` for
/// a blank.
fn existing(text: &[u8], base: &Path) -> PathBuf {
    let path = |bytes: &[u8]| base.join(OsStr::from_bytes(bytes));
    let plain = path(text);
    if plain.exists() {
        return plain;
    }
    let slashes: Vec<u8> = text
        .iter()
        .map(|byte| if *byte == b'\\' { b'/' } else { *byte })
        .collect();
    let latin1: String = slashes.iter().map(|byte| char::from(*byte)).collect();
    let decoded = percent_decoded(&slashes);
    let others = [&slashes[..], latin1.as_bytes(), &decoded];
    let mut others = others.into_iter().map(path);
    others.find(|path| path.exists()).unwrap_or(plain)
}

/// The file beside `path` whose name differs only in upper and lower case: on the systems where many sheets are written,
/// these do not matter.
fn without_case(path: &Path) -> Option<PathBuf> {
    let wanted = path.file_name()?.to_str()?.to_lowercase();
    let folder = match path.parent()? {
        folder if folder.as_os_str().is_empty() => Path::new("."),
        folder => folder,
    };
    let names = fs::read_dir(folder).ok()?;
    let names = names.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let name = names.filter(|name| name.to_lowercase() == wanted).min()?;
    Some(path.with_file_name(name))
}

/// A track of a cue sheet while it is read.
#[derive(Default)]
struct CueTrack {
    tags: Vec<(&'static str, String)>,
    /// The file and the position of its first index (1), or of the pause before it.
    start: Option<(PathBuf, u64)>,
    has_index: bool,
    /// Whether it is data, as on a mixed CD.
    is_data: bool,
}

/// The tracks of a cue sheet. Each ends where the next one in the same file starts.
fn cue(content: &[u8], base: &Path) -> Vec<Entry> {
    let (tracks, album) = cue_tracks(content, base);
    let starts: Vec<_> = tracks.iter().map(|track| track.start.clone()).collect();
    let entries = tracks.into_iter().enumerate().filter_map(|(at, track)| {
        let (path, start) = track.start.filter(|_| !track.is_data)?;
        let next = starts.get(at + 1).cloned().flatten();
        let end = next
            .filter(|(file, end)| *file == path && *end > start)
            .map(|(_, end)| end);
        let known: Vec<_> = track.tags.iter().map(|(name, _)| *name).collect();
        let missing = album.iter().filter(|(name, _)| !known.contains(name));
        let mut tags = track.tags;
        tags.extend(missing.cloned());
        Some(Entry {
            place: Place::File(path),
            part: Some(TrackRange { start, end }),
            tags,
        })
    });
    entries.collect()
}

/// The tracks of a cue sheet, and the tags of the album.
fn cue_tracks(content: &[u8], base: &Path) -> (Vec<CueTrack>, Vec<(&'static str, String)>) {
    let (mut tracks, mut file, mut album) = (Vec::<CueTrack>::new(), PathBuf::new(), Vec::new());
    for line in lines(content) {
        let mut words = line;
        let command = word(&mut words).to_ascii_uppercase();
        let text = text(word(&mut words));
        match &*command {
            b"FILE" => {
                let mut name = line;
                word(&mut name);
                file = cue_file(word(&mut name), base);
            }
            b"TRACK" => tracks.push(CueTrack {
                tags: vec![("track", text.trim_start_matches('0').to_owned())],
                is_data: is_data(word(&mut words)),
                ..CueTrack::default()
            }),
            b"TITLE" => add(tracks.last_mut(), &mut album, ("title", "album"), text),
            b"PERFORMER" => add(
                tracks.last_mut(),
                &mut album,
                ("artist", "album_artist"),
                text,
            ),
            b"INDEX" => {
                let position = position(word(&mut words));
                if let (Some(track), Some(position)) = (tracks.last_mut(), position) {
                    track.add_index(&text, &file, position);
                }
            }
            _ => {}
        }
    }
    (tracks, album)
}

fn is_data(kind: &[u8]) -> bool {
    let kind = kind.to_ascii_uppercase();
    kind.starts_with(b"MODE") || kind.starts_with(b"CDI")
}

impl CueTrack {
    fn add_index(&mut self, number: &str, file: &Path, position: u64) {
        match number.parse() {
            Ok(1_u32) => {
                self.start = Some((file.to_owned(), position));
                self.has_index = true;
            }
            Ok(0) if !self.has_index => self.start = Some((file.to_owned(), position)),
            _ => {}
        }
    }
}

fn add(
    track: Option<&mut CueTrack>,
    album: &mut Vec<(&'static str, String)>,
    names: (&'static str, &'static str),
    text: String,
) {
    match track {
        _ if text.is_empty() => {}
        Some(track) => track.tags.push((names.0, text)),
        None => album.push((names.1, text)),
    }
}

/// Takes the next word, which may be in quotes.
fn word<'a>(line: &mut &'a [u8]) -> &'a [u8] {
    let rest = line.trim_ascii_start();
    let (word, after) = match rest.strip_prefix(b"\"") {
        Some(quoted) => split_at(quoted, |byte| byte == b'"'),
        None => split_at(rest, |byte| byte.is_ascii_whitespace()),
    };
    *line = after;
    word
}

/// The bytes before the first that `is_end`, and those behind it.
fn split_at(bytes: &[u8], is_end: impl Fn(u8) -> bool) -> (&[u8], &[u8]) {
    match bytes.iter().position(|byte| is_end(*byte)) {
        Some(at) => (&bytes[..at], &bytes[at + 1..]),
        None => (bytes, &[]),
    }
}

/// UTF-8, or else Latin-1.
fn text(bytes: &[u8]) -> String {
    let latin1 = |_| bytes.iter().map(|byte| char::from(*byte)).collect();
    std::str::from_utf8(bytes).map_or_else(latin1, str::to_owned)
}

/// Minutes, seconds and CD frames.
fn position(text: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(text).ok()?;
    let mut parts = text.split(':').map(|part| part.parse::<u64>().ok());
    let (minutes, seconds, frames) = (parts.next()??, parts.next()??, parts.next()??);
    minutes
        .checked_mul(60)?
        .checked_add(seconds)?
        .checked_mul(CD_FRAMES)?
        .checked_add(frames)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(entries: &[Entry]) -> Vec<String> {
        let path = |entry: &Entry| match &entry.place {
            Place::File(path) => path.to_string_lossy().into_owned(),
            Place::Url(url) => url.clone(),
            Place::Unplayable { why, .. } => why.clone(),
        };
        entries.iter().map(path).collect()
    }

    #[test]
    fn m3u_has_a_path_on_each_line() {
        let list = b"\xef\xbb\xbf#EXTM3U\r\n#EXTINF:3,One\r\none.wav\r\n\r\n /abs/two.mp3 \r\nHTTPS://example.org/3\r\n\
            file:///a%20b.ogg\r\n";
        let found = paths(&m3u(list, Path::new("dir")));
        assert_eq!(
            found,
            [
                "dir/one.wav",
                "/abs/two.mp3",
                "HTTPS://example.org/3",
                "/a b.ogg"
            ]
        );
    }

    #[test]
    fn names_of_files_are_found_however_they_are_written() {
        let directory = crate::audio::file::testing::Directory::new();
        let base = directory.at("");
        std::fs::create_dir(base.join("sub")).unwrap();
        for name in [
            "caf\u{e9}.wav",
            "sub/a b.wav",
            "album.flac",
            "50%25.wav",
            "50%.wav",
        ] {
            std::fs::write(base.join(name), "").unwrap();
        }
        let uri = format!("FILE://localhost{}/sub/a%20b.wav", base.display());
        for (text, name) in [
            (&b"caf\xe9.wav"[..], "caf\u{e9}.wav"),
            (b"sub\\a b.wav", "sub/a b.wav"),
            (b"sub/a%20b.wav", "sub/a b.wav"),
            (b"50%25.wav", "50%25.wav"),
            (b"gone%20.wav", "gone%20.wav"),
            (uri.as_bytes(), "sub/a b.wav"),
        ] {
            assert_eq!(place(text, &base), Place::File(base.join(name)));
        }
        let sheet = b"FILE album.wav WAVE\nTRACK 01 MODE1/2352\nINDEX 01 0:0:0\nTRACK 02 AUDIO\nINDEX 01 0:2:0\n";
        let found = cue(sheet, &base);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].place, Place::File(base.join("album.flac")));
        let found = cue(
            b"FILE ALBUM.Flac WAVE\nTRACK 01 AUDIO\nINDEX 01 0:0:0\n",
            &base,
        );
        assert_eq!(found[0].place, Place::File(base.join("album.flac")));
        let wide =
            |order: fn(u16) -> [u8; 2]| "\u{feff}a.wav\n".encode_utf16().flat_map(order).collect();
        for content in [wide(u16::to_le_bytes), wide(u16::to_be_bytes)] {
            assert_eq!(utf8(content), b"a.wav\n");
        }
    }

    #[test]
    fn pls_is_sorted_by_number() {
        let list =
            b"[playlist]\nFile10=c.wav\nfile2 = b.wav\nTitle2=B\nFile1=a.wav\nNumberOfEntries=3\n";
        assert_eq!(
            paths(&pls(list, Path::new(""))),
            ["a.wav", "b.wav", "c.wav"]
        );
    }

    #[test]
    fn tracks_of_a_cue_sheet_follow_each_other() {
        let sheet = b"PERFORMER \"Band\"\nTITLE \"Album\"\nFILE \"an album.wav\" WAVE\n  TRACK 01 AUDIO\n    \
            TITLE \"One\"\n    INDEX 01 00:00:00\n  TRACK 02 AUDIO\n    TITLE Two\n    PERFORMER \"Guest\"\n    \
            INDEX 00 01:58:00\n    INDEX 01 02:00:10\nFILE b.wav WAVE\n  TRACK 03 AUDIO\n    INDEX 01 00:00:00\n";
        let found = cue(sheet, Path::new("dir"));
        assert_eq!(
            paths(&found),
            ["dir/an album.wav", "dir/an album.wav", "dir/b.wav"]
        );
        let parts: Vec<_> = found
            .iter()
            .map(|entry| entry.part.map(|part| (part.start, part.end)))
            .collect();
        assert_eq!(
            parts,
            [Some((0, Some(9010))), Some((9010, None)), Some((0, None))]
        );
        let tag = |at: usize, name: &str| {
            let tags: &Vec<(&str, String)> = &found[at].tags;
            tags.iter()
                .find(|(known, _)| *known == name)
                .map(|(_, value)| value.clone())
        };
        assert_eq!(tag(1, "title").as_deref(), Some("Two"));
        assert_eq!(
            (tag(0, "artist"), tag(1, "artist").as_deref()),
            (None, Some("Guest"))
        );
        assert_eq!(tag(2, "album").as_deref(), Some("Album"));
    }

    #[test]
    fn nonsense_is_not_an_entry() {
        for content in [
            &b"\xff\xfe\0\0"[..],
            b"FILE \"x",
            b"TRACK\nINDEX 01 99999999999999999999:0:0",
            b"INDEX 01 0:0:0",
        ] {
            assert_eq!(cue(content, Path::new("")), []);
        }
        assert_eq!(pls(b"FileX=a\nFile1=\n=", Path::new("")), []);
    }
}
