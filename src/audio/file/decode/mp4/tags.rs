//! The tags of an MPEG-4 or QuickTime file: iTunes's list (`ilst`), and QuickTime's texts.

use super::boxes::{boxes, find, number};
use crate::audio::metadata::{Cover, Metadata};

/// The kinds of items in a list, and the names of their tags.
#[rustfmt::skip]
const NAMES: &[(&[u8; 4], &str)] = &[
    (b"\xa9nam", "title"), (b"\xa9ART", "artist"), (b"\xa9alb", "album"), (b"aART", "album_artist"),
    (b"\xa9wrt", "composer"), (b"\xa9gen", "genre"), (b"\xa9cmt", "comment"), (b"\xa9day", "date"),
    (b"\xa9lyr", "lyrics"), (b"\xa9too", "encoder"), (b"\xa9enc", "encoded_by"), (b"\xa9grp", "grouping"),
    (b"cprt", "copyright"), (b"\xa9cpy", "copyright"), (b"desc", "description"), (b"ldes", "description"),
    (b"soar", "artist_sort"), (b"sonm", "title_sort"), (b"soal", "album_sort"), (b"\xa9wrk", "work"),
    (b"\xa9mvn", "movement"), (b"\xa9swr", "encoder"), (b"\xa9inf", "description"), (b"\xa9aut", "artist"),
];

/// Items that only iTunes itself uses.
const PRIVATE: [&str; 4] = ["itunnorm", "itunsmpb", "itunes_cddb_1", "encoding params"];

/// The tags in the index.
pub(super) fn read(moov: &[u8]) -> Metadata {
    let mut metadata = Metadata::default();
    let Some(udta) = find(moov, &[b"udta"]) else {
        return metadata;
    };
    if let Some(meta) = find(udta, &[b"meta"]) {
        // QuickTime leaves out version and flags.
        let list =
            find(meta.get(4..).unwrap_or_default(), &[b"ilst"]).or_else(|| find(meta, &[b"ilst"]));
        list.into_iter()
            .flat_map(boxes)
            .for_each(|(kind, item)| add_item(&kind, item, &mut metadata));
    }
    for (kind, content) in boxes(udta) {
        if let Some(text) = quicktime_text(content).filter(|_| kind[0] == 0xa9) {
            add(&kind, &text, &mut metadata);
        }
    }
    if let Some(list) = find(udta, &[b"chpl"]) {
        metadata.chapters = chapters(list);
    }
    metadata
}

fn add(kind: &[u8; 4], text: &str, metadata: &mut Metadata) {
    let known = NAMES.iter().find(|(known, _)| *known == kind);
    if let Some((_, name)) = known {
        metadata.tags.add(name, text);
    }
}

fn add_item(kind: &[u8; 4], item: &[u8], metadata: &mut Metadata) {
    for (_, data) in boxes(item).filter(|(inner, _)| inner == b"data") {
        let (Some(class), Some(value)) = (number::<4>(data, 0), data.get(8..)) else {
            continue;
        };
        match kind {
            b"covr" => metadata.covers.push(Cover {
                mime: match class & 0xff {
                    13 => Some("image/jpeg".to_owned()),
                    14 => Some("image/png".to_owned()),
                    _ => None,
                },
                bytes: Some(value.len() as u64),
            }),
            b"trkn" => add_numbers("track", "tracks", value, metadata),
            b"disk" => add_numbers("disc", "discs", value, metadata),
            b"tmpo" => metadata
                .tags
                .add("bpm", &number::<2>(value, 0).unwrap_or(0).to_string()),
            b"----" => add_free(item, value, metadata),
            kind => add(kind, &text(class, value), metadata),
        }
    }
}

fn add_numbers(name: &str, total: &str, value: &[u8], metadata: &mut Metadata) {
    for (name, at) in [(name, 2), (total, 4)] {
        if let Some(number @ 1..) = number::<2>(value, at) {
            metadata.tags.add(name, &number.to_string());
        }
    }
}

/// Adds an item that contains its name.
fn add_free(item: &[u8], value: &[u8], metadata: &mut Metadata) {
    let name = find(item, &[b"name"])
        .and_then(|name| name.get(4..))
        .unwrap_or_default();
    let name = String::from_utf8_lossy(name).to_lowercase();
    if !PRIVATE.contains(&&*name) {
        metadata
            .tags
            .add_common(&name, &String::from_utf8_lossy(value));
    }
}

/// Class 2 is UTF-16.
fn text(class: u64, value: &[u8]) -> String {
    if class & 0xff == 2 {
        let units: Vec<_> = value
            .as_chunks()
            .0
            .iter()
            .map(|unit| u16::from_be_bytes(*unit))
            .collect();
        return String::from_utf16_lossy(&units);
    }
    String::from_utf8_lossy(value).into_owned()
}

/// A length, a language, a text.
fn quicktime_text(content: &[u8]) -> Option<String> {
    let length = number::<2>(content, 0)? as usize;
    let text = content.get(4..4 + length)?;
    Some(match std::str::from_utf8(text) {
        Ok(text) => text.to_owned(),
        Err(_) => text.iter().map(|byte| char::from(*byte)).collect(),
    })
}

/// Nero's chapters: their start in units of 100 ns, and a title after its length.
fn chapters(chpl: &[u8]) -> Vec<(f64, Option<String>)> {
    let version = chpl.first().copied().unwrap_or(0);
    let mut at = if version == 1 { 9 } else { 5 };
    let mut chapters = Vec::new();
    while let (Some(start), Some(length)) = (number::<8>(chpl, at), chpl.get(at + 8)) {
        let end = at + 9 + usize::from(*length);
        let title = chpl
            .get(at + 9..end)
            .map(|title| String::from_utf8_lossy(title).into_owned());
        chapters.push((start as f64 / 1e7, title.filter(|title| !title.is_empty())));
        at = end;
    }
    chapters
}
