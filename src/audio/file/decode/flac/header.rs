//! The metadata of a FLAC file (RFC 9639, section 8). Only STREAMINFO affects the sound; of the rest, whatever is
//! intact is read.

use super::super::read_ahead::ReadAhead;
use super::super::vorbis_comment;
use crate::audio::error::Result;
use crate::audio::metadata::{Cue, Metadata};

/// Blocks of metadata longer than this are skipped.
const MAX_BLOCK_BYTES: usize = 4 << 20;

/// The largest number of blocks that are read.
const MAX_BLOCKS: usize = 4096;

/// The content of STREAMINFO.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct FlacStreamInfo {
    /// The largest number of samples in a block. If all blocks are equally long, all but the last have this length.
    pub(super) max_block: u32,
    pub(super) rate: u32,
    pub(super) channels: u32,
    pub(super) bits: u32,
    /// Samples of each channel, if known.
    pub(super) samples: Option<u64>,
    /// MD5 of all samples, if known.
    pub(super) md5: Option<[u8; 16]>,
}

impl FlacStreamInfo {
    pub(super) fn parse(bytes: &[u8]) -> Option<FlacStreamInfo> {
        let bytes: &[u8; 34] = bytes.first_chunk()?;
        let packed = u64::from_be_bytes(*bytes[10..].first_chunk()?);
        let samples = packed & 0xf_ffff_ffff;
        let md5: [u8; 16] = *bytes[18..].first_chunk()?;
        Some(FlacStreamInfo {
            max_block: u16::from_be_bytes([bytes[2], bytes[3]]).into(),
            rate: (packed >> 44) as u32,
            channels: (packed >> 41 & 7) as u32 + 1,
            bits: (packed >> 36 & 31) as u32 + 1,
            samples: (samples > 0).then_some(samples),
            md5: (md5 != [0; 16]).then_some(md5),
        })
    }
}

/// Everything before the first frame.
#[derive(Default)]
pub(super) struct FlacHeader {
    pub(super) info: Option<FlacStreamInfo>,
    pub(super) metadata: Metadata,
    /// The speakers of the channels.
    pub(super) channel_mask: Option<u32>,
}

/// Reads the blocks of metadata up to the first frame.
pub(super) fn read(input: &mut ReadAhead) -> Result<FlacHeader> {
    let mut header = FlacHeader::default();
    input.skip(4)?;
    for _ in 0..MAX_BLOCKS {
        if !input.fill(4)? || input.bytes().starts_with(&[0xff]) {
            break;
        }
        let &[kind, a, b, c] = input.bytes().first_chunk().unwrap_or(&[0; 4]);
        let length = u32::from_be_bytes([0, a, b, c]) as usize;
        input.consume(4);
        let is_read = length <= MAX_BLOCK_BYTES && input.fill(length)?;
        if is_read {
            header.read_block(kind & 0x7f, &input.bytes()[..length]);
        }
        input.skip(length as u64)?;
        if kind & 0x80 != 0 {
            break;
        }
    }
    Ok(header)
}

impl FlacHeader {
    fn read_block(&mut self, kind: u8, bytes: &[u8]) {
        match kind {
            0 if self.info.is_none() => self.info = FlacStreamInfo::parse(bytes),
            4 => {
                let mask = vorbis_comment::read(bytes, &mut self.metadata);
                self.channel_mask = self.channel_mask.or(mask);
            }
            5 => self.metadata.cues.extend(cue_sheet(bytes)),
            6 => self.metadata.covers.extend(vorbis_comment::picture(bytes)),
            _ => {}
        }
    }
}

/// The tracks of a cue sheet, without the lead-out.
fn cue_sheet(bytes: &[u8]) -> Vec<Cue> {
    const TRACKS: usize = 396;
    let mut cues = Vec::new();
    let mut at = TRACKS;
    let count = bytes.get(TRACKS - 1).copied().unwrap_or(0);
    for _ in 0..count {
        let Some(track) = bytes.get(at..at + 36) else {
            break;
        };
        let offset = track
            .first_chunk()
            .map_or(0, |bytes| u64::from_be_bytes(*bytes));
        let (number, indices) = (track[8], usize::from(track[35]));
        if !matches!(number, 170 | 255) {
            let label = Some(format!("track {number}"));
            cues.push(Cue {
                frame: offset,
                label,
            });
        }
        at += 36 + 12 * indices;
    }
    cues
}
