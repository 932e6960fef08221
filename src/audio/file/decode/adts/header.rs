//! The header of a frame of AAC in ADTS (ISO 13818-7, 6.2), and finding such frames.

use super::super::aac::{AacConfig, SAMPLE_RATES};
use super::super::limits::MAX_SEARCH_BYTES;
use super::super::read_ahead::{ReadAhead, ReadBytes};
use crate::audio::error::Result;
use crate::audio::file::id3;

/// Bytes of a header without a checksum.
pub(super) const HEADER_BYTES: usize = 7;

/// The longest frame: its length has 13 bits.
pub(super) const MAX_FRAME_BYTES: usize = 1 << 13;

/// How many consecutive frames prove that an input is ADTS.
const PROOF: usize = 4;

/// How many consecutive frames prove that a stream continues after bytes that are not a frame.
const RESUMED: usize = 3;

/// Frames of sound in a raw data block.
pub(super) const BLOCK_FRAMES: u64 = 1024;

/// What the first bytes of a frame say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct AdtsHeader {
    pub(super) config: AacConfig,
    /// Bytes of the frame, header included.
    pub(super) length: usize,
    /// Bytes of the header.
    pub(super) header_bytes: usize,
    /// Raw data blocks in the frame.
    pub(super) blocks: u64,
}

impl AdtsHeader {
    pub(super) fn parse(bytes: &[u8]) -> Option<AdtsHeader> {
        let &[0xff, second, third, fourth, fifth, sixth, seventh] = bytes.first_chunk()? else {
            return None;
        };
        let rate = *SAMPLE_RATES.get(usize::from(third >> 2 & 15))?;
        let length =
            usize::from(fourth & 3) << 11 | usize::from(fifth) << 3 | usize::from(sixth >> 5);
        let header_bytes = if second & 1 == 0 {
            HEADER_BYTES + 2
        } else {
            HEADER_BYTES
        };
        (second & 0xf6 == 0xf0 && length > header_bytes).then_some(AdtsHeader {
            config: AacConfig {
                object_type: u32::from(third >> 6) + 1,
                rate,
                channels: u32::from(third & 1) << 2 | u32::from(fourth >> 6),
                is_short: false,
                has_sbr: false,
            },
            length,
            header_bytes,
            blocks: u64::from(seventh & 3) + 1,
        })
    }
}

/// Whether `count` frames follow each other from the start of `bytes`, or as many as there are where `is_end`.
fn is_chain(bytes: &[u8], count: usize, is_end: bool) -> bool {
    let (mut at, mut first) = (0, None);
    for _ in 0..count {
        let rest = bytes.get(at..).unwrap_or_default();
        if is_end && first.is_some() && rest.len() < HEADER_BYTES {
            return true;
        }
        let Some(header) = AdtsHeader::parse(rest) else {
            return false;
        };
        let is_cut = first.is_none() && header.length > bytes.len();
        if is_cut {
            return false;
        }
        if first.get_or_insert(header.config).rate != header.config.rate {
            return false;
        }
        at += header.length;
    }
    true
}

/// Where ADTS begins in `bytes`. `is_end`: nothing follows them.
pub(in crate::audio::file) fn find(bytes: &[u8], is_end: bool) -> Option<usize> {
    let mut starts = (0..bytes.len()).filter(|at| bytes[*at] == 0xff);
    starts.find(|at| is_chain(&bytes[*at..], PROOF, is_end))
}

/// Finds one frame after the other.
pub(super) struct AdtsFinder<R> {
    input: ReadAhead<R>,
    has_begun: bool,
    /// The header of a frame that the input does not have completely.
    cut: Option<AdtsHeader>,
}

impl<R: ReadBytes> AdtsFinder<R> {
    pub(super) fn new(input: ReadAhead<R>) -> AdtsFinder<R> {
        AdtsFinder {
            input,
            has_begun: false,
            cut: None,
        }
    }

    /// The header of the frame that the input ends in, if it does.
    pub(super) fn cut(&self) -> Option<&AdtsHeader> {
        self.cut.as_ref()
    }

    pub(super) fn input(&self) -> &R {
        self.input.input()
    }

    /// The bytes from the frame on that was found last.
    pub(super) fn bytes(&self) -> &[u8] {
        self.input.bytes()
    }

    pub(super) fn consume(&mut self, header: &AdtsHeader) {
        self.input.consume(header.length);
    }

    /// Goes to the next frame. Returns the number of bytes before it that are neither frame nor tag, and its header;
    /// `None` is the end, or the search was given up.
    pub(super) fn find_next(&mut self) -> Result<(u64, Option<AdtsHeader>)> {
        let mut junk = 0;
        loop {
            self.input.fill(HEADER_BYTES + 3)?;
            if self.input.bytes().len() < HEADER_BYTES || junk > MAX_SEARCH_BYTES {
                return Ok((junk, None));
            }
            if let Some(length) = id3::tag_length(self.input.bytes()) {
                self.input.skip(length)?;
                continue;
            }
            if let Some(header) = self.check(junk == 0)? {
                self.has_begun = true;
                // The last frame may be cut off.
                let is_whole = self.input.fill(header.length)?;
                self.cut = (!is_whole).then_some(header);
                return Ok((junk, is_whole.then_some(header)));
            }
            let rest = &self.input.bytes()[1..];
            let next = rest.iter().position(|byte| matches!(byte, 0xff | b'I'));
            let count = 1 + next.unwrap_or(rest.len());
            self.input.consume(count);
            junk += count as u64;
        }
    }

    /// The frame that begins with the next byte, if what follows confirms that it is one.
    fn check(&mut self, is_in_sync: bool) -> Result<Option<AdtsHeader>> {
        let Some(header) = AdtsHeader::parse(self.input.bytes()) else {
            return Ok(None);
        };
        let count = match (is_in_sync, self.has_begun) {
            (true, true) => 2,
            (false, true) => RESUMED,
            _ => PROOF,
        };
        if count == 2 {
            self.input.fill(header.length + HEADER_BYTES)?;
        } else {
            self.input.fill(count * MAX_FRAME_BYTES)?;
        }
        let is_good = match count {
            2 => {
                self.input.has_ended()
                    || AdtsHeader::parse(&self.input.bytes()[header.length..]).is_some()
                    || self.is_whole(&header)?
            }
            count => is_chain(self.input.bytes(), count, self.input.has_ended()),
        };
        Ok(is_good.then_some(header))
    }

    /// Whether no other frame begins inside this one.
    fn is_whole(&mut self, header: &AdtsHeader) -> Result<bool> {
        self.input.fill(header.length + RESUMED * MAX_FRAME_BYTES)?;
        let (bytes, has_ended) = (self.input.bytes(), self.input.has_ended());
        let begins = |at: usize| bytes[at] == 0xff && is_chain(&bytes[at..], RESUMED, has_ended);
        Ok(!(1..header.length.min(bytes.len())).any(begins))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_says_how_long_its_frame_is() {
        // LC, 44.1 kHz, stereo, 371 bytes, no checksum.
        let header = AdtsHeader::parse(&[0xff, 0xf1, 0x50, 0x80, 0x2e, 0x7f, 0xfc]).unwrap();
        assert_eq!(
            (header.length, header.header_bytes, header.blocks),
            (371, 7, 1)
        );
        assert_eq!((header.config.rate, header.config.channels), (44_100, 2));
        assert_eq!(header.config.obstacle(), None);
        assert_eq!(AdtsHeader::parse(&[0xff, 0xfb, 0x90, 0x64, 0, 0, 0]), None);
        assert_eq!(
            AdtsHeader::parse(&[0xff, 0xf1, 0x74, 0x80, 0x2e, 0x7f, 0xfc]),
            None
        );
    }
}
