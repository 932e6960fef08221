//! What the chunks of a WAV say that are neither format nor sound: tags, cue points and loops. They may stand behind the
//! sound, so only a regular file is asked.

use super::chunks::{FORMS, Form};
use super::fmt::Fields;
use crate::audio::error;
use crate::audio::file::Input;
use crate::audio::file::decode::view::View;
use crate::audio::metadata::{Cue, Loop, Metadata, Tags};
use std::collections::BTreeMap;

/// Longer chunks than this hold no notes.
const LONGEST: u32 = 1 << 20;

/// More chunks than this are not walked.
const MOST_CHUNKS: usize = 4096;

/// Names of the entries of a `LIST` of the kind `INFO`.
const NAMES: &[(&[u8; 4], &str)] = &[
    (b"INAM", "title"),
    (b"IART", "artist"),
    (b"IPRD", "album"),
    (b"ICMT", "comment"),
    (b"ICRD", "date"),
    (b"IGNR", "genre"),
    (b"ITRK", "track"),
    (b"IPRT", "track"),
    (b"ICOP", "copyright"),
    (b"ISFT", "encoder"),
    (b"IENG", "engineer"),
    (b"ILNG", "language"),
];

/// What an `INFO` calls the tag `name`; `Err` completes "TITLE …".
pub(in crate::audio::file) fn id_of(name: &str) -> Result<&'static [u8; 4], String> {
    let row = NAMES.iter().find(|(_, known)| *known == name);
    row.map(|(id, _)| *id)
        .ok_or_else(|| format!("has no place for a tag '{name}'"))
}

/// What a tag is called that an `INFO` calls `id`.
pub(in crate::audio::file) fn name_of(id: &[u8; 4]) -> String {
    let row = NAMES.iter().find(|(known, _)| *known == id);
    row.map_or_else(
        || String::from_utf8_lossy(id).into_owned(),
        |(_, name)| (*name).to_owned(),
    )
}

/// The notes of a WAV. What is broken among them is left out: the sound is not.
pub(super) fn of(input: &Input) -> error::Result<Metadata> {
    let view = View::File(input);
    let mut about = Metadata::default();
    let Some(head) = view.array::<12>(0)? else {
        return Ok(about);
    };
    let Some(form) = FORMS.iter().find(|form| head.starts_with(&form.id)) else {
        return Ok(about);
    };
    let mut labels = BTreeMap::new();
    let mut points = Vec::new();
    let mut at = 12;
    for _ in 0..MOST_CHUNKS {
        let Some(head) = view.array::<8>(at)? else {
            break;
        };
        let size = fields(&head, form).u32(4);
        let noted = matches!(&head[..4], b"LIST" | b"cue " | b"smpl");
        if noted && size <= LONGEST {
            let content = view.bytes(at + 8, size as usize)?;
            let content = fields(&content, form);
            match &head[..4] {
                b"LIST" => read_list(content, form, &mut about.tags, &mut labels),
                b"cue " => points = cue_points(content),
                _ => about.loops = loops(content),
            }
        }
        at = at.saturating_add(8 + u64::from(size) + u64::from(size % 2));
    }
    about.cues = points
        .into_iter()
        .map(|(id, frame)| Cue {
            frame,
            label: labels.get(&id).cloned(),
        })
        .collect();
    Ok(about)
}

fn fields<'a>(bytes: &'a [u8], form: &Form) -> Fields<'a> {
    let order = form.order;
    Fields { bytes, order }
}

/// The chunks within a list, behind its kind.
fn read_list(list: Fields, form: &Form, tags: &mut Tags, labels: &mut BTreeMap<u32, String>) {
    let kind = list.array::<4>(0);
    let mut rest = list.bytes.get(4..).unwrap_or_default();
    while rest.len() >= 8 {
        let size = fields(rest, form).u32(4) as usize;
        let end = (8 + size).min(rest.len());
        let content = &rest[8..end];
        match (&kind, &rest[..4]) {
            (b"INFO", id) => {
                if let Ok(id) = id.try_into() {
                    tags.add(&name_of(id), &text(content));
                }
            }
            (b"adtl", b"labl") => {
                labels.insert(
                    fields(content, form).u32(0),
                    text(content.get(4..).unwrap_or_default()),
                );
            }
            _ => {}
        }
        rest = rest.get(8 + size + size % 2..).unwrap_or_default();
    }
}

/// UTF-8 where it is that, and Latin-1 otherwise; up to the first zero.
pub(in crate::audio::file) fn text(bytes: &[u8]) -> String {
    let end = bytes
        .iter()
        .position(|byte| *byte == 0)
        .unwrap_or(bytes.len());
    match std::str::from_utf8(&bytes[..end]) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes[..end].iter().map(|byte| char::from(*byte)).collect(),
    }
}

/// The number and the frame of each cue point.
fn cue_points(cue: Fields) -> Vec<(u32, u64)> {
    let count = (cue.u32(0) as usize).min(cue.bytes.len().saturating_sub(4) / 24);
    let place = |index: usize| 4 + 24 * index;
    (0..count)
        .map(|index| (cue.u32(place(index)), cue.u32(place(index) + 20).into()))
        .collect()
}

/// The loops of a sampler; the last frame that is told belongs to them.
fn loops(smpl: Fields) -> Vec<Loop> {
    let count = (smpl.u32(28) as usize).min(smpl.bytes.len().saturating_sub(36) / 24);
    let place = |index: usize| 36 + 24 * index;
    let one = |index: usize| Loop {
        start: smpl.u32(place(index) + 8).into(),
        end: u64::from(smpl.u32(place(index) + 12)) + 1,
        plays: Some(smpl.u32(place(index) + 20)).filter(|plays| *plays > 0),
    };
    (0..count).map(one).collect()
}
