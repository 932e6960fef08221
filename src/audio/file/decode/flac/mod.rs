//! FLAC, decoded here.
//!
//! symphonia 0.6.1 computes the difference of two 32-bit channels with 32 bits although it needs 33, and drops frames
//! of another rate, number of channels or bits. flac-codec 1.3.3 is correct, but takes twice the time of libFLAC 1.4.2:
//! 0.40 s for five minutes of stereo at 44.1 kHz, against 0.19 s.

mod bits;
mod flaw;
mod frame;
mod header;
mod interleave;
mod packets;
mod sample;
mod seek;
mod subframe;

pub(super) use packets::{FlacPackets, frames_of_flac_packet, place_of_flac_packet};

use super::dropped::Dropped;
use super::frame_source::{FrameDecoder, FrameSource};
use super::limits::check_skipped;
use super::read_ahead::ReadAhead;
use crate::audio::channel_map::ChannelMap;
use crate::audio::error::Result;
use crate::audio::file::container::Container;
use crate::audio::file::errors::corrupt;
use crate::audio::file::input::Input;
use crate::audio::file::options::ReadOptions;
use crate::audio::spec::Spec;
use crate::audio::stream::Source;
use flaw::FrameFlaw;
use frame::{ChannelPlanes, MAX_CHANNELS};
use header::FlacStreamInfo;
use interleave::write_frames;

/// Bytes of the longest frame that is searched for: eight channels of 65535 samples of 32 bits, without compression.
const MAX_FRAME_BYTES: usize = MAX_CHANNELS * 65_536 * 4 + 1024;

/// How a file begins.
const MAGIC: &[u8] = b"fLaC";

/// How many files without a frame may follow each other.
const MAX_JOINED: usize = 1000;

/// Opens a FLAC file.
pub(in crate::audio::file) fn open(mut input: Input, _: &ReadOptions) -> Result<Box<dyn Source>> {
    let size = input.size();
    let mut id3 = crate::audio::file::id3::read_before_sound(&mut input)?;
    let name = input.name().to_owned();
    let mut input = ReadAhead::new(input);
    let header = header::read(&mut input)?;
    let info = header.info.unwrap_or_default();
    let decoder = FlacDecoder::new(input, info, header.channel_mask);
    let mut source = FrameSource::open(Container::Flac, name, Box::new(decoder))?;
    let mut metadata = header.metadata;
    metadata.add_missing(&mut id3);
    source.describe(metadata, size, None);
    Ok(Box::new(source))
}

/// The frames of a FLAC stream.
struct FlacDecoder {
    input: ReadAhead,
    info: FlacStreamInfo,
    channel_mask: Option<u32>,
    planes: ChannelPlanes,
    /// The sample that the next frame should begin with; `None` before the first frame.
    due: Option<u64>,
    /// The length of all blocks but the last, if frames are numbered.
    block: Option<u64>,
    /// Rate, channels and bits of the last frame.
    kind: Option<(u32, usize, u32)>,
    /// Computes the checksum of the samples; `None` once a sample is missing.
    md5: Option<md5::Context>,
    /// The bytes over which the checksum is computed, if they differ from the bytes of the frames.
    md5_bytes: Vec<u8>,
    is_first: bool,
}

impl FlacDecoder {
    fn new(input: ReadAhead, info: FlacStreamInfo, channel_mask: Option<u32>) -> FlacDecoder {
        FlacDecoder {
            input,
            md5: info.md5.map(|_| md5::Context::new()),
            info,
            channel_mask,
            planes: ChannelPlanes::default(),
            due: None,
            block: None,
            kind: None,
            md5_bytes: Vec::new(),
            is_first: true,
        }
    }

    /// Decodes the frame that begins with the next byte.
    fn frame(&mut self) -> Result<Result<(frame::FrameHeader, u32, usize), FrameFlaw>> {
        loop {
            let bytes = self.input.bytes();
            let decoded = frame::FrameHeader::parse(bytes).and_then(|header| {
                let bits = header.bits.unwrap_or(self.info.bits);
                let rate = header.rate.unwrap_or(self.info.rate);
                if !(4..=32).contains(&bits) || rate == 0 {
                    return Err(FrameFlaw::Damaged);
                }
                let length = self.planes.decode(bytes, &header, bits)?;
                Ok((header, bits, length))
            });
            match decoded {
                Err(FrameFlaw::Incomplete)
                    if bytes.len() < MAX_FRAME_BYTES && self.input.more()? => {}
                decoded => return Ok(decoded),
            }
        }
    }

    /// The next intact frame, and the bytes that were skipped to find it; `None` is the end.
    fn next_frame(&mut self) -> Result<(u64, Option<(frame::FrameHeader, u32)>)> {
        let mut skipped = 0;
        for _ in 0..MAX_JOINED {
            if !self.pass_header()? {
                break;
            }
        }
        loop {
            if let Ok((header, bits, length)) = self.frame()? {
                self.input.consume(length);
                return Ok((skipped, Some((header, bits))));
            }
            check_skipped(skipped, "a frame of audio", self.input.input().name())?;
            match self.skip_to_sync()? {
                0 => return Ok((skipped, None)),
                count => skipped += count,
            }
        }
    }

    /// Passes the header of another file that was appended; `false` if none begins with the next byte.
    fn pass_header(&mut self) -> Result<bool> {
        if !self.input.fill(MAGIC.len())? || !self.input.bytes().starts_with(MAGIC) {
            return Ok(false);
        }
        let header = header::read(&mut self.input)?;
        if let Some(info) = header.info {
            (self.info.rate, self.info.bits) = (info.rate, info.bits);
            self.info.max_block = info.max_block;
        }
        (self.block, self.due, self.md5) = (None, None, None);
        Ok(true)
    }

    /// Skips at least one byte, up to the next one that may begin a frame. Returns how many were skipped; 0 at the end.
    fn skip_to_sync(&mut self) -> Result<u64> {
        if !self.input.fill(1)? {
            return Ok(0);
        }
        let bytes = &self.input.bytes()[1..];
        let found = bytes
            .windows(2)
            .position(|pair| pair[0] == 0xff && pair[1] & 0xfe == 0xf8);
        // The last byte may be half of a sync code.
        let kept = usize::from(bytes.last() == Some(&0xff));
        let count = 1 + found.unwrap_or(bytes.len() - kept);
        self.input.consume(count);
        self.input.fill(2)?;
        Ok(count as u64)
    }

    /// The first sample of a frame.
    fn first_sample(&mut self, header: &frame::FrameHeader) -> u64 {
        if header.is_sample_number {
            return header.number;
        }
        let declared = Some(u64::from(self.info.max_block)).filter(|block| *block >= 16);
        let block = *self
            .block
            .get_or_insert(declared.unwrap_or(header.samples as u64));
        header.number.saturating_mul(block)
    }

    /// Frames that are missing before `header`.
    fn missing(&mut self, header: &frame::FrameHeader, bits: u32) -> u64 {
        let rate = header.rate.unwrap_or(self.info.rate);
        let kind = (rate, header.channels, bits);
        if self.kind.replace(kind).is_some_and(|last| last != kind) {
            // Another stream was appended, with blocks and numbers of its own.
            (self.block, self.due) = (Some(header.samples as u64), None);
        }
        let first = self.first_sample(header);
        // A stream may be cut out of a longer one, and its numbers may begin again.
        let due = self.due.unwrap_or(first);
        self.due = Some(first.saturating_add(header.samples as u64));
        first.saturating_sub(due)
    }

    fn is_like_the_first(&self, spec: Spec, bits: u32) -> bool {
        spec.rate == self.info.rate && spec.channels == self.info.channels && bits == self.info.bits
    }

    fn check(&mut self, header: &frame::FrameHeader, bits: u32, out: &[u8]) {
        let Some(md5) = &mut self.md5 else {
            return;
        };
        match bits {
            16 | 24 | 32 => md5.consume(out),
            _ => {
                self.md5_bytes.clear();
                let (bytes, size) = (&mut self.md5_bytes, bits.div_ceil(8) as usize);
                self.planes.interleave(header, 0, |sample| {
                    bytes.extend_from_slice(&sample.to_le_bytes()[..size])
                });
                md5.consume(&self.md5_bytes);
            }
        }
    }
}

impl FrameDecoder for FlacDecoder {
    fn next(&mut self, out: &mut Vec<u8>, dropped: &mut Dropped, at: u64) -> Result<Option<Spec>> {
        let (skipped, found) = self.next_frame()?;
        let is_first = std::mem::replace(&mut self.is_first, false);
        let Some((header, bits)) = found else {
            // What follows the last frame is a tag or padding. If the file is cut off, the number of frames shows it.
            return Ok(None);
        };
        let missing = self.missing(&header, bits);
        if missing > 0 {
            dropped.add_frames(at, missing);
        } else if skipped > 0 && !is_first {
            dropped.add_bytes(at, skipped);
        }
        let spec = write_frames(&self.planes, &header, bits, self.info.rate, out);
        if missing > 0 || skipped > 0 && !is_first || !self.is_like_the_first(spec, bits) {
            self.md5 = None;
        }
        self.check(&header, bits, out);
        Ok(Some(spec))
    }

    fn codec(&self) -> &'static str {
        "FLAC"
    }

    fn promised(&self) -> Option<u64> {
        self.info.samples
    }

    fn pass(&mut self, frames: u64) -> Result<u64> {
        self.pass_frames(frames)
    }

    fn channel_map(&self, channels: u32) -> Option<ChannelMap> {
        match self.channel_mask {
            Some(mask) => Some(ChannelMap::from_mask(mask, channels)),
            None => ChannelMap::default_for_files(channels),
        }
    }

    /// Compares the MD5 of all samples with the one in STREAMINFO.
    fn verify(&mut self) -> Result<()> {
        let (Some(md5), Some(expected)) = (self.md5.take(), self.info.md5) else {
            return Ok(());
        };
        let is_whole = self
            .info
            .samples
            .is_none_or(|samples| self.due == Some(samples));
        if is_whole && md5.finalize().0 != expected {
            let why = "its samples do not match the MD5 in its header";
            return Err(corrupt(self.input.input().name(), why));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
