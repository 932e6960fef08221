//! MPEG-4 (`.m4a`, `.mp4`). Which of the decoded frames are the sound stands in its index, in an edit list or in a remark
//! of iTunes'; symphonia does not ask, so the index is read here first. An index at the end needs a file.

use super::media::{self, Media, Order, Quota};
use super::runs::Runs;
use super::view::View;
use super::window::Edits;
use super::{Frames, Told, open_as};
use crate::audio::error::{Error, Result};
use crate::audio::file::{Container, Input, ReadOptions};
use crate::audio::stream::Source;
use symphonia::default::formats::IsoMp4Reader;

/// The index of a film of many hours is some megabytes long.
const LONGEST_INDEX: u64 = 32 << 20;

/// More boxes than this before the sound are nobody's file.
const MOST_BOXES: usize = 10_000;

/// Opens an MPEG-4 file.
pub(in crate::audio::file) fn open(mut input: Input, _: &ReadOptions) -> Result<Box<dyn Source>> {
    let name = input.name().to_owned();
    let quota = Quota::new();
    let bytes = input.size();
    if bytes.is_some() {
        let told = told(index(&View::File(&input), &name)?, bytes);
        let stream =
            Media::new(input, Order::Free, quota.clone()).watched_by(Runs::new(quota.clone()));
        return open_as::<IsoMp4Reader<'_>>(Container::Mp4, name, stream, quota, told);
    }
    match index_ahead(&mut input)? {
        Some(found) => {
            let stream = Media::new(input, Order::Straight, quota.clone())
                .watched_by(Runs::new(quota.clone()));
            open_as::<IsoMp4Reader<'_>>(
                Container::Mp4,
                name,
                stream,
                quota,
                told(Some(found), None),
            )
        }
        None => {
            let held = media::hold(&mut input, "has its index at its end")?;
            let told = told(index(&View::Held(&held), &name)?, None);
            let stream = Media::held(held, quota.clone()).watched_by(Runs::new(quota.clone()));
            open_as::<IsoMp4Reader<'_>>(Container::Mp4, name, stream, quota, told)
        }
    }
}

/// The head of a box: its kind, how long its head is, and how long it is in all (0: to the end).
fn head(bytes: &[u8]) -> Option<([u8; 4], u64, u64)> {
    let kind = bytes.get(4..8)?.try_into().ok()?;
    match number::<4>(bytes, 0)? {
        1 => Some((kind, 16, number::<8>(bytes, 8)?)),
        size => Some((kind, 8, size)),
    }
}

/// The big-endian number of `N` bytes at `at`.
fn number<const N: usize>(bytes: &[u8], at: usize) -> Option<u64> {
    let bytes = bytes.get(at..at.checked_add(N)?)?;
    Some(
        bytes
            .iter()
            .fold(0, |value, byte| value << 8 | u64::from(*byte)),
    )
}

/// The index, wherever it stands.
fn index(view: &View, name: &str) -> Result<Option<Index>> {
    let mut at = 0;
    for _ in 0..MOST_BOXES {
        let Some((kind, header, size)) = head(&view.bytes(at, 16)?) else {
            return Ok(None);
        };
        if &kind == b"moov" {
            if size > LONGEST_INDEX {
                return Err(Error::invalid(
                    name,
                    format!("is broken: its index claims to have {size} bytes"),
                ));
            }
            return Ok(Some(Index::parse(
                &view.bytes(at + header, size.saturating_sub(header) as usize)?,
            )));
        }
        if size < header {
            return Ok(None);
        }
        at = at.saturating_add(size);
    }
    Ok(None)
}

/// The index of what comes through a pipe, if it stands before the sound. Consumes nothing.
fn index_ahead(input: &mut Input) -> Result<Option<Index>> {
    let mut at = 0;
    for _ in 0..MOST_BOXES {
        let ahead = input.peek(at + 16)?;
        let Some((kind, header, size)) = ahead.get(at..).and_then(head) else {
            return Ok(None);
        };
        let end = size.saturating_add(at as u64);
        if matches!(&kind, b"mdat" | b"moof") || size < header || end > LONGEST_INDEX {
            return Ok(None);
        }
        let end = end as usize;
        if &kind == b"moov" {
            let ahead = input.peek(end)?;
            return Ok(Some(Index::parse(
                ahead.get(at + header as usize..).unwrap_or_default(),
            )));
        }
        at = end;
    }
    Ok(None)
}

/// What the index says of the first track of sound.
#[derive(Debug, Default, PartialEq)]
struct Index {
    /// Units of a second that the lengths of edits are in.
    movie_scale: u64,
    /// Units of a second that all else is in.
    scale: u64,
    /// Frames a second.
    rate: u64,
    /// How long all packets are; 0 where they stand in fragments, or where the lengths cannot be right.
    length: u64,
    /// The first edit that is no pause: how long, and where in the track it begins.
    edit: Option<(u64, u64)>,
    /// What iTunes says: frames before the sound, and frames of it.
    itunes: Option<(u64, u64)>,
}

impl Index {
    fn parse(moov: &[u8]) -> Index {
        let mut index = Index {
            itunes: itunes(moov),
            ..Index::default()
        };
        each(moov, |kind, content| match kind {
            b"mvhd" => index.movie_scale = time_scale(content),
            b"trak" if index.scale == 0 => index.parse_track(content),
            _ => {}
        });
        index
    }

    fn parse_track(&mut self, track: &[u8]) {
        let mut found = Index::default();
        let mut is_sound = false;
        each(track, |kind, content| match kind {
            b"edts" => each(content, |kind, list| {
                if kind == b"elst" {
                    found.edit = first_edit(list);
                }
            }),
            b"mdia" => each(content, |kind, content| match kind {
                b"mdhd" => found.scale = time_scale(content),
                b"hdlr" => is_sound = content.get(8..12) == Some(b"soun"),
                b"minf" => each(content, |kind, content| {
                    if kind == b"stbl" {
                        each(content, |kind, content| match kind {
                            b"stts" => found.length = length(content),
                            // Version, number of entries; then of the first one size and kind, and its fields.
                            b"stsd" => found.rate = number::<4>(content, 8 + 32).unwrap_or(0) >> 16,
                            _ => {}
                        });
                    }
                }),
                _ => {}
            }),
            _ => {}
        });
        if is_sound {
            (self.scale, self.rate) = (found.scale, found.rate);
            (self.length, self.edit) = (found.length, found.edit);
        }
    }

    /// Frames before the sound, and frames of it.
    fn heard(&self) -> (u64, Frames) {
        if let Some((skip, frames)) = self.itunes {
            return (skip, Frames::Exactly(frames));
        }
        let (edit, start) = self.edit.unwrap_or((0, 0));
        let skip = self.frames(start);
        if self.length == 0 {
            return (skip, Frames::Unknown);
        }
        let all = self.frames(self.length).saturating_sub(skip);
        let edited = self.frames_of_movie(edit);
        // A length in coarser units than frames is rounded; the packets' own is not.
        let slack = if self.movie_scale < self.scale {
            self.frames_of_movie(1) + 1
        } else {
            0
        };
        let frames = if edit > 0 && edited + slack < all {
            edited
        } else {
            all
        };
        (skip, Frames::Exactly(frames))
    }

    fn frames(&self, time: u64) -> u64 {
        scaled(time, self.rate, self.scale)
    }

    fn frames_of_movie(&self, time: u64) -> u64 {
        scaled(time, self.rate, self.movie_scale)
    }
}

fn scaled(time: u64, rate: u64, scale: u64) -> u64 {
    let frames = u128::from(time) * u128::from(rate) / u128::from(scale.max(1));
    u64::try_from(frames).unwrap_or(u64::MAX)
}

fn told(index: Option<Index>, bytes: Option<u64>) -> Told {
    let usable = index.filter(|index| index.scale > 0 && index.rate > 0);
    let (skip, frames) = usable.map_or((0, Frames::Unknown), |index| index.heard());
    Told {
        skip: (skip > 0).then_some(skip),
        edits: if frames == Frames::Unknown {
            Edits::Durations
        } else {
            Edits::None
        },
        frames,
        bytes,
        ..Told::default()
    }
}

/// Calls `see` with the kind and the content of each box in `bytes`.
fn each<'a>(mut bytes: &'a [u8], mut see: impl FnMut(&[u8; 4], &'a [u8])) {
    while let Some((kind, header, size)) = head(bytes) {
        let end = if size == 0 { bytes.len() as u64 } else { size };
        let Some(content) = bytes.get(header as usize..usize::try_from(end).unwrap_or(usize::MAX))
        else {
            return;
        };
        see(&kind, content);
        bytes = &bytes[end as usize..];
    }
}

/// The units of a second of `mvhd` and `mdhd`.
fn time_scale(content: &[u8]) -> u64 {
    let at = if content.first() == Some(&1) { 20 } else { 12 };
    number::<4>(content, at).unwrap_or(0)
}

/// How long all packets are together.
fn length(stts: &[u8]) -> u64 {
    let entries = stts.get(8..).unwrap_or_default().chunks_exact(8);
    let lengths = entries.map(|entry| {
        let (count, length) = (number::<4>(entry, 0)?, number::<4>(entry, 4)?);
        count.checked_mul(length)
    });
    lengths
        .take(usize::try_from(number::<4>(stts, 4).unwrap_or(0)).unwrap_or(0))
        .try_fold(0_u64, |sum, length| sum.checked_add(length?))
        .unwrap_or(0)
}

fn first_edit(elst: &[u8]) -> Option<(u64, u64)> {
    let wide = elst.first() == Some(&1);
    let entries = elst.get(8..)?.chunks_exact(if wide { 20 } else { 12 });
    let edit = |entry: &[u8]| match wide {
        true => Some((number::<8>(entry, 0)?, number::<8>(entry, 8)? as i64)),
        false => Some((
            number::<4>(entry, 0)?,
            i64::from(number::<4>(entry, 4)? as u32 as i32),
        )),
    };
    let found = entries.filter_map(edit).find(|(_, start)| *start >= 0);
    found.map(|(length, start)| (length, start.unsigned_abs()))
}

/// The remark `iTunSMPB`: zeros, frames before the sound, frames behind it, frames of it; hexadecimal.
fn itunes(moov: &[u8]) -> Option<(u64, u64)> {
    const NAME: &[u8] = b"iTunSMPB";
    let name = moov.windows(NAME.len()).position(|bytes| bytes == NAME)?;
    let rest = &moov[name..moov.len().min(name + 256)];
    let data = rest.windows(4).position(|bytes| bytes == b"data")?;
    let text = rest.get(data + 12..)?;
    let text: String = text
        .iter()
        .take_while(|byte| byte.is_ascii_hexdigit() || **byte == b' ')
        .map(|b| char::from(*b))
        .collect();
    let numbers: Vec<_> = text
        .split_whitespace()
        .map(|word| u64::from_str_radix(word, 16).ok())
        .collect();
    match numbers[..] {
        [_, Some(delay), Some(_), Some(frames), ..] if frames > 0 && delay < 1 << 20 => {
            Some((delay, frames))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn container(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
        [
            &(content.len() as u32 + 8).to_be_bytes(),
            kind.as_slice(),
            content,
        ]
        .concat()
    }

    fn numbers(numbers: &[u32]) -> Vec<u8> {
        numbers
            .iter()
            .flat_map(|number| number.to_be_bytes())
            .collect()
    }

    /// Two packets of 1024 and one of 737 frames, of which `edit` (in 1000ths; from which frame) are heard.
    fn moov(edit: [u32; 2]) -> Vec<u8> {
        let mut entry = vec![0; 36];
        entry[32..].copy_from_slice(&(44_100_u32 << 16).to_be_bytes());
        let stbl = [
            container(b"stsd", &[numbers(&[0, 1]), entry].concat()),
            container(b"stts", &numbers(&[0, 2, 2, 1024, 1, 737])),
        ];
        let mdia = [
            container(b"mdhd", &numbers(&[0, 0, 0, 44_100, 0, 0])),
            container(b"hdlr", &[numbers(&[0, 0]), b"soun".to_vec()].concat()),
            container(b"minf", &container(b"stbl", &stbl.concat())),
        ];
        let elst = container(
            b"elst",
            &numbers(&[0, 2, 500, u32::MAX, 0x1_0000, edit[0], edit[1], 0x1_0000]),
        );
        let track = [
            container(b"edts", &elst),
            container(b"mdia", &mdia.concat()),
        ];
        [
            container(b"mvhd", &numbers(&[0, 0, 0, 1000, 0])),
            container(b"trak", &track.concat()),
        ]
        .concat()
    }

    #[test]
    fn what_is_heard_is_exact_though_the_edit_is_in_milliseconds() {
        let exactly = |edit| Index::parse(&moov(edit)).heard();
        assert_eq!(exactly([40, 1024]), (1024, Frames::Exactly(1761)));
        assert_eq!(exactly([39, 1024]), (1024, Frames::Exactly(1761)));
        assert_eq!(exactly([0, 0]), (0, Frames::Exactly(2785)));
        assert_eq!(exactly([20, 1024]), (1024, Frames::Exactly(882)));
    }

    #[test]
    fn what_itunes_says_is_taken_first() {
        let text = b" 00000000 00000840 000001CA 00000000003F31F6 00000000";
        let remark = [
            b"\0\0\0\x14name\0\0\0\0iTunSMPB\0\0\0\x50data\0\0\0\x01\0\0\0\0".as_slice(),
            text,
        ]
        .concat();
        let index = Index::parse(&[moov([40, 1024]), container(b"udta", &remark)].concat());
        assert_eq!(index.heard(), (0x840, Frames::Exactly(0x3f_31f6)));
    }

    #[test]
    fn an_index_that_is_cut_or_lies_says_nothing_wrong() {
        let whole = moov([40, 1024]);
        for end in 0..whole.len() {
            let _ = Index::parse(&whole[..end]).heard();
        }
        let mut lies = whole.clone();
        for at in 0..lies.len() {
            let kept = std::mem::replace(&mut lies[at], 0xff);
            let _ = Index::parse(&lies).heard();
            lies[at] = kept;
        }
    }
}
