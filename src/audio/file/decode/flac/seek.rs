//! Finding the frame at a position of a regular file, without decoding what is before it.

use super::frame::{ChannelPlanes, FrameHeader};
use super::{FlacDecoder, MAX_FRAME_BYTES};
use crate::audio::error::Result;

/// In how many places the numbers of the frames are checked. They begin again where another stream was appended.
const CHECKS: u64 = 64;

/// Fewer bytes than this are decoded instead of searched.
const MIN_DISTANCE: u64 = 256 << 10;

/// Bytes in which a frame is searched at first.
const WINDOW_BYTES: usize = 128 << 10;

/// A frame of the file.
#[derive(Clone, Copy, Debug)]
struct FramePlace {
    /// Its first byte.
    at: u64,
    /// The number of its first sample.
    sample: u64,
}

impl FlacDecoder {
    /// Goes to a frame that begins at most `frames` after the next one. Returns how many frames are passed; 0 if there
    /// is none, if the input is a pipe, or if its frames are not numbered in order.
    pub(super) fn pass_frames(&mut self, frames: u64) -> Result<u64> {
        let (Some(size), Some(due)) = (self.input.input().size(), self.due) else {
            return Ok(0);
        };
        let start = FramePlace {
            at: self.input.position(),
            sample: due,
        };
        let target = due.saturating_add(frames);
        let Some((low, high)) = self.bounds(start, size, target)? else {
            return Ok(0);
        };
        let found = self.search(low, high, target)?;
        if found.sample <= due {
            return Ok(0);
        }
        self.input.skip(found.at - start.at)?;
        (self.due, self.md5) = (Some(found.sample), None);
        Ok(found.sample - due)
    }

    /// A frame before `target`, and where one behind it begins; `None` if the frames are not numbered in order.
    fn bounds(
        &self,
        start: FramePlace,
        size: u64,
        target: u64,
    ) -> Result<Option<(FramePlace, u64)>> {
        let (mut low, mut high, mut last) = (start, size, start);
        for check in 1..CHECKS {
            let at = start.at + size.saturating_sub(start.at) / CHECKS * check;
            let place = match self.frame_after(at)? {
                Some(Ok(place)) => place,
                Some(Err(())) => return Ok(None),
                None => continue,
            };
            let is_of_next = self.info.samples.is_some_and(|count| place.sample >= count);
            if is_of_next || place.at > last.at && place.sample <= last.sample {
                return Ok(None);
            }
            last = place;
            match place.sample <= target {
                true => low = place,
                false => high = high.min(place.at),
            }
        }
        Ok(Some((low, high)))
    }

    fn search(&self, mut low: FramePlace, mut high: u64, target: u64) -> Result<FramePlace> {
        while high.saturating_sub(low.at) > MIN_DISTANCE {
            let middle = low.at + (high - low.at) / 2;
            match self.frame_after(middle)? {
                Some(Ok(place)) if place.at < high && place.sample <= target => low = place,
                _ => high = middle,
            }
        }
        Ok(low)
    }

    /// The first intact frame at or after byte `at`, or `Err` if that is of another stream; `None` if there is none near.
    fn frame_after(&self, at: u64) -> Result<Option<Result<FramePlace, ()>>> {
        for length in [WINDOW_BYTES, 2 * MAX_FRAME_BYTES] {
            let mut window = vec![0; length];
            let got = self.input.input().read_at(at, &mut window)?;
            let window = &window[..got];
            let mut marks = window.windows(2).enumerate();
            let place = marks.find_map(|(offset, mark)| {
                if mark[0] != 0xff || mark[1] & 0xfe != 0xf8 {
                    return None;
                }
                self.place(at + offset as u64, &window[offset..])
            });
            if place.is_some() {
                return Ok(place);
            }
        }
        Ok(None)
    }

    /// The frame that `bytes` begin with, if it is intact.
    fn place(&self, at: u64, bytes: &[u8]) -> Option<Result<FramePlace, ()>> {
        let header = FrameHeader::parse(bytes).ok()?;
        let bits = header.bits.unwrap_or(self.info.bits);
        if !(4..=32).contains(&bits) {
            return None;
        }
        ChannelPlanes::default().decode(bytes, &header, bits).ok()?;
        let rate = header.rate.unwrap_or(self.info.rate);
        if self.kind != Some((rate, header.channels, bits)) {
            return Some(Err(()));
        }
        let sample = match (header.is_sample_number, self.block) {
            (true, _) => header.number,
            (false, Some(block)) => header.number.saturating_mul(block),
            (false, None) => return Some(Err(())),
        };
        Some(Ok(FramePlace { at, sample }))
    }
}
