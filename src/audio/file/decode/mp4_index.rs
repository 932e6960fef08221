//! The `moov` box of MPEG-4: which decoded frames of the first audio track are audio, without delay and padding.

use super::stream_info::FrameCount;

/// The header of a box: its type, the size of the header, and the size of the box (0: to the end).
pub(super) fn box_header(bytes: &[u8]) -> Option<([u8; 4], u64, u64)> {
    let kind = bytes.get(4..8)?.try_into().ok()?;
    match number::<4>(bytes, 0)? {
        1 => Some((kind, 16, number::<8>(bytes, 8)?)),
        size => Some((kind, 8, size)),
    }
}

/// The big-endian number of `N` bytes at `at`.
fn number<const N: usize>(bytes: &[u8], at: usize) -> Option<u64> {
    let bytes = bytes.get(at..at.checked_add(N)?)?;
    let number = bytes.iter();
    Some(number.fold(0, |value, byte| value << 8 | u64::from(*byte)))
}

/// What the `moov` box says about the first audio track.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Mp4Index {
    /// Time units per second of the movie (`mvhd`), used for the durations of edits.
    movie_timescale: u64,
    /// Time units per second of the track (`mdhd`), used for everything else.
    timescale: u64,
    rate: u64,
    /// Total duration of all samples (`stts`); 0 if they are in fragments or the table is invalid.
    duration: u64,
    /// Duration and media time of the first edit that is not empty (`elst`).
    edit: Option<(u64, u64)>,
    /// Priming frames and length in iTunes' `iTunSMPB`.
    itunes: Option<(u64, u64)>,
}

impl Mp4Index {
    /// Parses the content of a `moov` box.
    pub(super) fn parse(moov: &[u8]) -> Mp4Index {
        let mut index = Mp4Index {
            itunes: parse_itunes(moov),
            ..Mp4Index::default()
        };
        for_each_box(moov, |kind, content| match kind {
            b"mvhd" => index.movie_timescale = timescale(content),
            b"trak" if index.timescale == 0 => index.parse_track(content),
            _ => {}
        });
        index
    }

    fn parse_track(&mut self, track: &[u8]) {
        let mut found = Mp4Index::default();
        let mut is_audio = false;
        for_each_box(track, |kind, content| match kind {
            b"edts" => for_each_box(content, |kind, content| {
                if kind == b"elst" {
                    found.edit = first_edit(content);
                }
            }),
            b"mdia" => for_each_box(content, |kind, content| match kind {
                b"mdhd" => found.timescale = timescale(content),
                b"hdlr" => is_audio = content.get(8..12) == Some(b"soun"),
                b"minf" => found.parse_media_information(content),
                _ => {}
            }),
            _ => {}
        });
        if is_audio {
            (self.timescale, self.rate) = (found.timescale, found.rate);
            (self.duration, self.edit) = (found.duration, found.edit);
        }
    }

    fn parse_media_information(&mut self, minf: &[u8]) {
        for_each_box(minf, |kind, content| {
            if kind == b"stbl" {
                for_each_box(content, |kind, content| match kind {
                    b"stts" => self.duration = total_duration(content),
                    // After version and number of entries, the first entry; its rate is 16.16 fixed point.
                    b"stsd" => self.rate = number::<4>(content, 8 + 32).unwrap_or(0) >> 16,
                    _ => {}
                });
            }
        });
    }

    /// Whether there is an audio track with a rate.
    pub(super) fn has_audio(&self) -> bool {
        self.timescale > 0 && self.rate > 0
    }

    /// Frames before the audio, and frames of audio.
    pub(super) fn audio_range(&self) -> (u64, FrameCount) {
        if let Some((delay, frames)) = self.itunes {
            return (delay, FrameCount::Exactly(frames));
        }
        let (edit_duration, edit_start) = self.edit.unwrap_or((0, 0));
        let delay = self.frames(edit_start);
        if self.duration == 0 {
            return (delay, FrameCount::Unknown);
        }
        let all = self.frames(self.duration).saturating_sub(delay);
        let edited = self.movie_frames(edit_duration);
        // The movie's time units may be coarser than frames. If the edit extends to the end within their precision, the
        // exact duration of the track is used.
        let tolerance = if self.movie_timescale < self.timescale {
            self.movie_frames(1) + 1
        } else {
            0
        };
        let ends_early = edit_duration > 0 && edited + tolerance < all;
        let frames = if ends_early { edited } else { all };
        (delay, FrameCount::Exactly(frames))
    }

    fn frames(&self, time: u64) -> u64 {
        scale(time, self.rate, self.timescale)
    }

    fn movie_frames(&self, time: u64) -> u64 {
        scale(time, self.rate, self.movie_timescale)
    }
}

fn scale(time: u64, rate: u64, timescale: u64) -> u64 {
    let frames = u128::from(time) * u128::from(rate) / u128::from(timescale.max(1));
    u64::try_from(frames).unwrap_or(u64::MAX)
}

/// Calls `visit` with the type and content of each box in `bytes`.
fn for_each_box<'a>(mut bytes: &'a [u8], mut visit: impl FnMut(&[u8; 4], &'a [u8])) {
    while let Some((kind, header, size)) = box_header(bytes) {
        let end = if size == 0 { bytes.len() as u64 } else { size };
        let Some(content) = bytes.get(header as usize..usize::try_from(end).unwrap_or(usize::MAX))
        else {
            return;
        };
        visit(&kind, content);
        bytes = &bytes[end as usize..];
    }
}

/// The time units per second in `mvhd` and `mdhd`.
fn timescale(content: &[u8]) -> u64 {
    let at = if content.first() == Some(&1) { 20 } else { 12 };
    number::<4>(content, at).unwrap_or(0)
}

/// The total duration of all samples.
fn total_duration(stts: &[u8]) -> u64 {
    let entries = stts.get(8..).unwrap_or_default().chunks_exact(8);
    let durations = entries.map(|entry| {
        let (count, duration) = (number::<4>(entry, 0)?, number::<4>(entry, 4)?);
        count.checked_mul(duration)
    });
    durations
        .take(usize::try_from(number::<4>(stts, 4).unwrap_or(0)).unwrap_or(0))
        .try_fold(0_u64, |sum, duration| sum.checked_add(duration?))
        .unwrap_or(0)
}

fn first_edit(elst: &[u8]) -> Option<(u64, u64)> {
    let is_64_bit = elst.first() == Some(&1);
    let entries = elst.get(8..)?.chunks_exact(if is_64_bit { 20 } else { 12 });
    let edit = |entry: &[u8]| match is_64_bit {
        true => Some((number::<8>(entry, 0)?, number::<8>(entry, 8)? as i64)),
        false => Some((
            number::<4>(entry, 0)?,
            i64::from(number::<4>(entry, 4)? as u32 as i32),
        )),
    };
    let found = entries.filter_map(edit).find(|(_, start)| *start >= 0);
    found.map(|(duration, start)| (duration, start.unsigned_abs()))
}

/// Parses `iTunSMPB`: hexadecimal numbers, of which the second is priming, the third padding, the fourth the length.
fn parse_itunes(moov: &[u8]) -> Option<(u64, u64)> {
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
        [_, Some(priming), Some(_), Some(frames), ..] if frames > 0 && priming < 1 << 20 => {
            Some((priming, frames))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mp4_box(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
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

    /// Two samples of 1024 frames and one of 737, with an edit: duration in milliseconds, start in frames.
    fn moov(edit: [u32; 2]) -> Vec<u8> {
        let mut entry = vec![0; 36];
        entry[32..].copy_from_slice(&(44_100_u32 << 16).to_be_bytes());
        let stbl = [
            mp4_box(b"stsd", &[numbers(&[0, 1]), entry].concat()),
            mp4_box(b"stts", &numbers(&[0, 2, 2, 1024, 1, 737])),
        ];
        let mdia = [
            mp4_box(b"mdhd", &numbers(&[0, 0, 0, 44_100, 0, 0])),
            mp4_box(b"hdlr", &[numbers(&[0, 0]), b"soun".to_vec()].concat()),
            mp4_box(b"minf", &mp4_box(b"stbl", &stbl.concat())),
        ];
        let elst = mp4_box(
            b"elst",
            &numbers(&[0, 2, 500, u32::MAX, 0x1_0000, edit[0], edit[1], 0x1_0000]),
        );
        let track = [mp4_box(b"edts", &elst), mp4_box(b"mdia", &mdia.concat())];
        [
            mp4_box(b"mvhd", &numbers(&[0, 0, 0, 1000, 0])),
            mp4_box(b"trak", &track.concat()),
        ]
        .concat()
    }

    #[test]
    fn the_range_is_exact_although_edits_are_in_milliseconds() {
        let range = |edit| Mp4Index::parse(&moov(edit)).audio_range();
        assert_eq!(range([40, 1024]), (1024, FrameCount::Exactly(1761)));
        assert_eq!(range([39, 1024]), (1024, FrameCount::Exactly(1761)));
        assert_eq!(range([0, 0]), (0, FrameCount::Exactly(2785)));
        assert_eq!(range([20, 1024]), (1024, FrameCount::Exactly(882)));
    }

    #[test]
    fn itunes_information_takes_precedence() {
        let text = b" 00000000 00000840 000001CA 00000000003F31F6 00000000";
        let tag = [
            b"\0\0\0\x14name\0\0\0\0iTunSMPB\0\0\0\x50data\0\0\0\x01\0\0\0\0".as_slice(),
            text,
        ]
        .concat();
        let index = Mp4Index::parse(&[moov([40, 1024]), mp4_box(b"udta", &tag)].concat());
        assert_eq!(index.audio_range(), (0x840, FrameCount::Exactly(0x3f_31f6)));
    }

    #[test]
    fn truncated_and_corrupt_boxes_do_not_panic() {
        let whole = moov([40, 1024]);
        for end in 0..whole.len() {
            let _ = Mp4Index::parse(&whole[..end]).audio_range();
        }
        let mut corrupt = whole.clone();
        for at in 0..corrupt.len() {
            let original = std::mem::replace(&mut corrupt[at], 0xff);
            let _ = Mp4Index::parse(&corrupt).audio_range();
            corrupt[at] = original;
        }
    }
}
