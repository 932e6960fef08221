//! The index (`moov`) of an MPEG-4 or QuickTime file: tracks, and where their sound starts and ends.

use super::boxes::{boxes, find, number};
use super::entry::SampleEntry;
use super::samples::{SampleDefaults, SampleTable};
use crate::audio::file::itunes_gapless::ItunesGapless;

/// Frames of padding at the end of a track.
const MAX_PADDING: u64 = 4096;

/// What the index says about the tracks of sound.
#[derive(Debug, Default)]
pub(super) struct Mp4Index {
    /// Units of a second for the lengths of edits.
    pub(super) movie_scale: u64,
    /// The tracks of sound.
    pub(super) tracks: Vec<Mp4Track>,
    /// Whether more packets are listed in fragments.
    pub(super) is_fragmented: bool,
    itunes: Option<ItunesGapless>,
}

/// A track of sound.
#[derive(Debug)]
pub(super) struct Mp4Track {
    pub(super) id: u32,
    /// Units of a second for all times of the track.
    pub(super) scale: u64,
    pub(super) entry: SampleEntry,
    pub(super) table: SampleTable,
    /// The first edit that is not a pause: its length, in the scale of the movie, and where in the track it starts.
    edit: Option<(u64, u64)>,
    pub(super) defaults: SampleDefaults,
}

impl Mp4Index {
    /// Parses the content of `moov`.
    pub(super) fn parse(moov: &[u8]) -> Mp4Index {
        let mut index = Mp4Index {
            itunes: itunes(moov),
            ..Mp4Index::default()
        };
        for (kind, content) in boxes(moov) {
            match &kind {
                b"mvhd" => index.movie_scale = time_scale(content),
                b"trak" => index.tracks.extend(Mp4Track::parse(content)),
                b"mvex" => index.is_fragmented = true,
                _ => {}
            }
        }
        for (kind, trex) in find(moov, &[b"mvex"]).into_iter().flat_map(boxes) {
            let id = number::<4>(trex, 4);
            if let (b"trex", Some(track)) = (
                &kind,
                index
                    .tracks
                    .iter_mut()
                    .find(|track| Some(u64::from(track.id)) == id),
            ) {
                track.defaults = SampleDefaults {
                    duration: number::<4>(trex, 12).unwrap_or(0) as u32,
                    size: number::<4>(trex, 16).unwrap_or(0) as u32,
                };
            }
        }
        index
    }

    /// The frames of sound of a track that another program decodes, at the rate of its entry: what follows is padding.
    /// `None` if that is not certain.
    pub(super) fn frames_of_sound(&self, track: &Mp4Track) -> Option<u64> {
        let is_certain = !self.is_fragmented && (track.edit.is_some() || self.itunes.is_none());
        let length = track.table.length().filter(|_| is_certain)?;
        let (delay, frames) = self.sound(track, Some(length));
        let all = scaled(length, track.entry.rate.into(), track.scale).saturating_sub(delay);
        // More than padding may be the sound of another edit.
        frames.filter(|frames| all.saturating_sub(*frames) < MAX_PADDING)
    }

    /// The number of frames before the sound of a track, and the number of frames of sound, if known. `length` is the
    /// length of all packets.
    pub(super) fn sound(&self, track: &Mp4Track, length: Option<u64>) -> (u64, Option<u64>) {
        if let Some(itunes) = self.itunes {
            return (itunes.delay, Some(itunes.frames));
        }
        let (edit, start) = track.edit.unwrap_or((0, 0));
        let rate = u64::from(track.entry.rate);
        let delay = scaled(start, rate, track.scale);
        let Some(length) = length.filter(|length| *length > 0) else {
            return (delay, None);
        };
        let all = scaled(length, rate, track.scale).saturating_sub(delay);
        let edited = scaled(edit, rate, self.movie_scale);
        // The length of an edit is rounded if its units are coarser than frames; the length of the packets is exact.
        let slack = match self.movie_scale < track.scale {
            true => scaled(1, rate, self.movie_scale) + 1,
            false => 0,
        };
        // In a fragmented file, the edit may only cover what is not in fragments.
        let is_cut = edit > 0 && edited.saturating_add(slack) < all && !self.is_fragmented;
        (delay, Some(if is_cut { edited } else { all }))
    }
}

impl Mp4Track {
    /// Parses the content of `trak`; `None` unless it is sound.
    fn parse(trak: &[u8]) -> Option<Mp4Track> {
        let mdia = find(trak, &[b"mdia"])?;
        if find(mdia, &[b"hdlr"])?.get(8..12)? != b"soun" {
            return None;
        }
        let stbl = find(mdia, &[b"minf", b"stbl"])?;
        let header = find(trak, &[b"tkhd"])?;
        let at = if header.first() == Some(&1) { 20 } else { 12 };
        let entry = SampleEntry::parse(find(stbl, &[b"stsd"])?)?;
        Some(Mp4Track {
            id: number::<4>(header, at)? as u32,
            scale: time_scale(find(mdia, &[b"mdhd"])?).max(1),
            table: SampleTable::parse(stbl, entry.frame_bytes),
            entry,
            edit: find(trak, &[b"edts", b"elst"]).and_then(first_edit),
            defaults: SampleDefaults::default(),
        })
    }
}

/// `time` in units of `from` a second, as units of `to`.
pub(super) fn scaled(time: u64, to: u64, from: u64) -> u64 {
    let scaled = u128::from(time) * u128::from(to) / u128::from(from.max(1));
    u64::try_from(scaled).unwrap_or(u64::MAX)
}

/// The units of a second of `mvhd` and `mdhd`.
fn time_scale(content: &[u8]) -> u64 {
    let at = if content.first() == Some(&1) { 20 } else { 12 };
    number::<4>(content, at).unwrap_or(0)
}

fn first_edit(elst: &[u8]) -> Option<(u64, u64)> {
    let is_wide = elst.first() == Some(&1);
    let entries = elst.get(8..)?.chunks_exact(if is_wide { 20 } else { 12 });
    let edit = |entry: &[u8]| match is_wide {
        true => Some((number::<8>(entry, 0)?, number::<8>(entry, 8)? as i64)),
        false => Some((
            number::<4>(entry, 0)?,
            i64::from(number::<4>(entry, 4)? as u32 as i32),
        )),
    };
    let found = entries.filter_map(edit).find(|(_, start)| *start >= 0);
    found.map(|(length, start)| (length, start.unsigned_abs()))
}

/// The comment `iTunSMPB`.
fn itunes(moov: &[u8]) -> Option<ItunesGapless> {
    const NAME: &[u8] = b"iTunSMPB";
    let name = moov.windows(NAME.len()).position(|bytes| bytes == NAME)?;
    let rest = &moov[name..moov.len().min(name + 256)];
    let data = rest.windows(4).position(|bytes| bytes == b"data")?;
    let text = rest.get(data + 12..)?;
    let is_text = |byte: &&u8| byte.is_ascii_hexdigit() || **byte == b' ';
    let text: String = text
        .iter()
        .take_while(is_text)
        .map(|byte| char::from(*byte))
        .collect();
    ItunesGapless::parse(&text)
}
