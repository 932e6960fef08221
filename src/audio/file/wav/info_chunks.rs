//! Tags, cue points and loops: chunks of a WAV other than format and samples. They may follow the samples, so they are
//! read only from regular files.

use super::info_names::name_of;
use crate::audio::error::Result;
use crate::audio::file::byte_view::ByteView;
use crate::audio::file::fields::{Fields, decode_text};
use crate::audio::file::id3;
use crate::audio::file::input::Input;
use crate::audio::file::magic::{WAV_FORMS, WavForm};
use crate::audio::metadata::{Cue, Loop, Metadata, Tags};
use std::collections::BTreeMap;

/// Longer chunks are not read.
const MAX_CHUNK: u32 = 1 << 20;

/// Longer chunks of ID3 tags, which may have pictures, are not read.
const MAX_ID3_CHUNK: u32 = 16 << 20;

/// Maximum number of chunks in a file.
const MAX_CHUNKS: usize = 4096;

/// The metadata read so far.
#[derive(Default)]
struct InfoChunks {
    metadata: Metadata,
    /// The id and frame of each cue point.
    cue_points: Vec<(u32, u64)>,
    /// Labels by the id of the cue point.
    labels: BTreeMap<u32, String>,
}

/// Reads the metadata of a WAV. Corrupt chunks are ignored; they do not prevent playing.
pub(super) fn read_info_chunks(input: &Input) -> Result<Metadata> {
    let view = ByteView::File(input);
    let mut info = InfoChunks::default();
    let Some(head) = view.array::<12>(0)? else {
        return Ok(info.metadata);
    };
    let Some(form) = WAV_FORMS.iter().find(|form| head.starts_with(&form.id)) else {
        return Ok(info.metadata);
    };
    let mut at = 12;
    for _ in 0..MAX_CHUNKS {
        let Some(header) = view.array::<8>(at)? else {
            break;
        };
        let size = fields(&header, form).u32(4);
        let is_id3 = matches!(&header[..4], b"id3 " | b"ID3 ") && size <= MAX_ID3_CHUNK;
        let is_info = matches!(&header[..4], b"LIST" | b"cue " | b"smpl") && size <= MAX_CHUNK;
        if is_id3 || is_info {
            let content = view.bytes(at + 8, size as usize)?;
            info.read_chunk(&header[..4], &content, form);
        }
        at = at.saturating_add(8 + u64::from(size) + u64::from(size % 2));
    }
    Ok(info.into_metadata())
}

fn fields<'a>(bytes: &'a [u8], form: &WavForm) -> Fields<'a> {
    let order = form.order;
    Fields { bytes, order }
}

impl InfoChunks {
    fn read_chunk(&mut self, id: &[u8], content: &[u8], form: &WavForm) {
        let content = fields(content, form);
        match id {
            b"LIST" => self.read_list(content, form),
            b"cue " => self.cue_points = cue_points(content),
            b"id3 " | b"ID3 " => self.metadata.add_missing(&mut id3::parse(content.bytes)),
            _ => self.metadata.loops = loops(content),
        }
    }

    /// Reads the chunks of a list, after its type.
    fn read_list(&mut self, list: Fields, form: &WavForm) {
        let kind = list.array::<4>(0);
        let mut rest = list.bytes.get(4..).unwrap_or_default();
        while let Some((id, chunk)) = rest.split_first_chunk::<4>()
            && rest.len() >= 8
        {
            let size = (fields(chunk, form).u32(0) as usize).min(rest.len() - 8);
            self.read_list_entry(&kind, id, &rest[8..8 + size], form);
            rest = rest.get(8 + size + size % 2..).unwrap_or_default();
        }
    }

    fn read_list_entry(&mut self, kind: &[u8; 4], id: &[u8; 4], content: &[u8], form: &WavForm) {
        match (kind, id) {
            (b"INFO", id) => add_tag(&mut self.metadata.tags, id, content),
            (b"adtl", b"labl") => {
                let label = decode_text(content.get(4..).unwrap_or_default());
                self.labels.insert(fields(content, form).u32(0), label);
            }
            _ => {}
        }
    }

    fn into_metadata(mut self) -> Metadata {
        // Chapters of an ID3 tag have no place where cue points are.
        self.metadata.chapters.clear();
        let cue = |(id, frame): (u32, u64)| Cue {
            frame,
            label: self.labels.get(&id).cloned(),
        };
        Metadata {
            cues: self.cue_points.iter().copied().map(cue).collect(),
            ..self.metadata
        }
    }
}

fn add_tag(tags: &mut Tags, id: &[u8; 4], content: &[u8]) {
    tags.add(&name_of(id), &decode_text(content));
}

/// The id and frame of each cue point.
fn cue_points(cue: Fields) -> Vec<(u32, u64)> {
    let count = (cue.u32(0) as usize).min(cue.bytes.len().saturating_sub(4) / 24);
    let offset = |index: usize| 4 + 24 * index;
    (0..count)
        .map(|index| (cue.u32(offset(index)), cue.u32(offset(index) + 20).into()))
        .collect()
}

/// The loops of a sampler. Their end in the file is inclusive.
fn loops(smpl: Fields) -> Vec<Loop> {
    let count = (smpl.u32(28) as usize).min(smpl.bytes.len().saturating_sub(36) / 24);
    let offset = |index: usize| 36 + 24 * index;
    let read = |index: usize| Loop {
        start_frame: smpl.u32(offset(index) + 8).into(),
        end_frame: u64::from(smpl.u32(offset(index) + 12)) + 1,
        plays: smpl.u32(offset(index) + 20),
    };
    (0..count).map(read).collect()
}
