//! Finding frames of MPEG audio: between tags, after junk, and where a stream was cut.

use super::super::ape_tag;
use super::super::limits::MAX_SEARCH_BYTES;
use super::super::read_ahead::{ReadAhead, ReadBytes};
use super::header::{HEADER_BYTES, MAX_FRAME_BYTES, MpaHeader};
use crate::audio::error::Result;
use crate::audio::file::id3;

/// How many consecutive frames prove that an input is MPEG audio.
const PROOF: usize = 4;

/// A frame that was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FoundFrame {
    pub(super) header: MpaHeader,
    /// Bytes of the frame.
    pub(super) length: usize,
}

/// The length of frames in a free format, padding excepted.
pub(super) type FreeLength = Option<usize>;

/// The frame at the start of `bytes`. `free` is the length of frames in a free format; where it is unknown, it is
/// measured.
pub(super) fn frame_at(bytes: &[u8], free: FreeLength) -> Option<FoundFrame> {
    let header = MpaHeader::parse(bytes)?;
    let length = match header.length() {
        Some(length) => length,
        None => free.or_else(|| free_length(bytes, &header))? + header.padding(),
    };
    (length > HEADER_BYTES).then_some(FoundFrame { header, length })
}

/// The distance to the next header that is like this one, where the one after that is as far.
fn free_length(bytes: &[u8], header: &MpaHeader) -> FreeLength {
    let is_like = |at: usize| {
        let other = bytes.get(at..).and_then(MpaHeader::parse)?;
        other.continues(header).then_some(other)
    };
    (HEADER_BYTES..MAX_FRAME_BYTES).find_map(|distance| {
        let second = is_like(distance)?;
        let length = distance.checked_sub(header.padding())?;
        is_like(distance + length + second.padding())?;
        Some(length)
    })
}

/// Whether `count` frames of one stream follow each other from the start of `bytes`; fewer do where `is_end` says that
/// nothing follows.
pub(super) fn is_chain(bytes: &[u8], count: usize, is_end: bool) -> bool {
    let mut at = 0;
    let mut free = None;
    let mut first: Option<MpaHeader> = None;
    for _ in 0..count {
        let rest = bytes.get(at..).unwrap_or_default();
        if is_end && first.is_some() && (rest.len() < HEADER_BYTES || is_tag(rest)) {
            return true;
        }
        let Some(found) = frame_at(rest, free) else {
            return false;
        };
        let is_cut = first.is_none() && at + found.length > bytes.len();
        if is_cut {
            return false;
        }
        if !first.get_or_insert(found.header).continues(&found.header) {
            return false;
        }
        if found.header.bit_rate == 0 {
            free = Some(found.length - found.header.padding());
        }
        at += found.length;
    }
    true
}

/// Where MPEG audio begins in `bytes`, and its layer. `is_end`: nothing follows them.
pub(in crate::audio::file) fn find(bytes: &[u8], is_end: bool) -> Option<(usize, u8)> {
    let mut starts = (0..bytes.len()).filter(|at| bytes[*at] == 0xff);
    let start = starts.find(|at| {
        let rest = &bytes[*at..];
        is_chain(rest, PROOF, is_end)
            && frame_at(rest, None).is_some_and(|found| found.header.bit_rate > 0 || *at == 0)
    })?;
    Some((start, MpaHeader::parse(&bytes[start..])?.layer))
}

/// Whether `head` begins with a tag.
pub(super) fn is_tag(head: &[u8]) -> bool {
    tag_length(head).is_some()
}

/// The length of the tag that `head` begins with.
pub(super) fn tag_length(head: &[u8]) -> Option<u64> {
    if head.starts_with(b"TAG") {
        return Some(id3::OLD_TAG_BYTES as u64);
    }
    id3::tag_length(head).or_else(|| ape_tag::length_from_header(head))
}

/// Finds one frame after the other.
pub(super) struct MpaFinder<R> {
    input: ReadAhead<R>,
    previous: Option<MpaHeader>,
    free: FreeLength,
    is_cut_off: bool,
    ends_in_frame: bool,
}

/// How many consecutive frames prove that a stream continues after bytes that are not a frame.
const RESUMED: usize = 3;

/// How many bytes at the start of a tag are needed to know its length.
const TAG_HEADER_BYTES: usize = 32;

impl<R: ReadBytes> MpaFinder<R> {
    pub(super) fn new(input: ReadAhead<R>) -> MpaFinder<R> {
        MpaFinder {
            input,
            previous: None,
            free: None,
            is_cut_off: false,
            ends_in_frame: false,
        }
    }

    /// Whether the input ended after the header of a frame and before the end of that frame.
    pub(super) fn ends_in_frame(&self) -> bool {
        self.ends_in_frame
    }

    /// Whether the input ended inside a frame, as far as is known.
    pub(super) fn is_cut_off(&self) -> bool {
        self.is_cut_off
    }

    pub(super) fn input(&self) -> &R {
        self.input.input()
    }

    /// The bytes from the start of the last frame found.
    pub(super) fn bytes(&self) -> &[u8] {
        self.input.bytes()
    }

    /// Moves past the last frame found.
    pub(super) fn consume(&mut self, found: &FoundFrame) {
        self.input.consume(found.length);
    }

    /// Goes to the next frame. Returns the number of bytes before it that are neither frame nor tag, and the frame;
    /// `None` is the end, or the search was given up.
    pub(super) fn find_next(&mut self) -> Result<(u64, Option<FoundFrame>)> {
        let mut junk = 0;
        loop {
            self.input.fill(TAG_HEADER_BYTES)?;
            if self.input.bytes().len() < HEADER_BYTES || junk > MAX_SEARCH_BYTES {
                self.is_cut_off |= self.input.bytes().first() == Some(&0xff);
                return Ok((junk, None));
            }
            if let Some(length) = tag_length(self.input.bytes()) {
                self.input.skip(length)?;
                continue;
            }
            if let Some(found) = self.check(junk == 0)? {
                self.previous = Some(found.header);
                self.free =
                    (found.header.bit_rate == 0).then(|| found.length - found.header.padding());
                // The last frame may be cut off.
                let is_whole = self.input.fill(found.length)?;
                self.is_cut_off = !is_whole;
                self.ends_in_frame = !is_whole;
                return Ok((junk, is_whole.then_some(found)));
            }
            let rest = &self.input.bytes()[1..];
            let next = rest
                .iter()
                .position(|byte| matches!(byte, 0xff | b'I' | b'T' | b'A'));
            let count = 1 + next.unwrap_or(rest.len());
            self.input.consume(count);
            junk += count as u64;
        }
    }

    /// The frame that begins with the next byte, if what follows confirms that it is one.
    fn check(&mut self, is_in_sync: bool) -> Result<Option<FoundFrame>> {
        let Some(header) = MpaHeader::parse(self.input.bytes()) else {
            return Ok(None);
        };
        let continues = self
            .previous
            .is_some_and(|previous| header.continues(&previous));
        if header.bit_rate == 0 && !(is_in_sync && (continues || self.previous.is_none())) {
            return Ok(None);
        }
        if header.bit_rate == 0 && self.free.is_none() {
            self.input.fill(3 * MAX_FRAME_BYTES)?;
        }
        let Some(found) = frame_at(self.input.bytes(), self.free.filter(|_| continues)) else {
            return Ok(None);
        };
        let is_good = match (is_in_sync, continues) {
            (true, true) => self.is_followed(&found)?,
            _ => self.starts_chain(if self.previous.is_none() {
                PROOF
            } else {
                RESUMED
            })?,
        };
        Ok(is_good.then_some(found))
    }

    fn starts_chain(&mut self, count: usize) -> Result<bool> {
        self.input.fill(count * MAX_FRAME_BYTES)?;
        Ok(is_chain(self.input.bytes(), count, self.input.has_ended()))
    }

    /// Whether a frame is whole: another one follows, or at least none begins inside it.
    fn is_followed(&mut self, found: &FoundFrame) -> Result<bool> {
        if !self.input.fill(found.length + HEADER_BYTES)? {
            return Ok(true);
        }
        let next = &self.input.bytes()[found.length..];
        let is_next = MpaHeader::parse(next).is_some_and(|next| next.continues(&found.header));
        if is_next || is_tag(next) {
            return Ok(true);
        }
        self.input.fill(found.length + RESUMED * MAX_FRAME_BYTES)?;
        let (bytes, has_ended) = (self.input.bytes(), self.input.has_ended());
        let begins = |at: usize| bytes[at] == 0xff && is_chain(&bytes[at..], RESUMED, has_ended);
        Ok(!(1..found.length.min(bytes.len())).any(begins))
    }
}
