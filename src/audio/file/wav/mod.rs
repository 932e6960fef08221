//! WAV: RIFF and big-endian RIFX, and RF64/BW64 beyond 4 GiB.
//!
//! `chunks` walks to the sound, `fmt` reads what the samples are, `codes` is the table that says which
//! [`Format`](crate::audio::format::Format) that is, and `extent` decides where the sound ends. `header` makes what
//! stands before the sound of those that are written. `coded` reads those whose samples are coded; `notes` is what the
//! other chunks say.

mod chunks;
mod coded;
pub(super) mod codes;
mod extent;
pub(super) mod fmt;
mod header;
pub(super) mod notes;

pub(super) use chunks::FORMS;
pub(super) use header::{FORMATS, PACKING, WIDE_PACKING, fmt_content};

use super::about::About;
use super::body::Body;
use super::{Input, ReadOptions, Source};
use crate::audio::error::{Error, Result};
use crate::audio::pcm::ChannelMap;
use crate::audio::spec::Spec;

/// The frames of a WAV, bit for bit as they stand in it.
pub struct WavSource {
    body: Body,
    channel_mask: Option<u32>,
    valid_bits: u32,
    notes: About,
}

impl WavSource {
    /// Reads the header, and stands at the first frame then. Waits for a pipe to bring the header.
    ///
    /// # Errors
    /// [`Kind::InvalidInput`](crate::audio::error::Kind::InvalidInput) for what is broken, has no sound or
    /// has a codec that cannot be read; what reading gives otherwise.
    pub fn new(mut input: Input) -> Result<WavSource> {
        let header = chunks::read_header(&mut input)?;
        if let Some(coded) = header.fmt.coded {
            let why = format!("is WAV with {} in it, no plain samples", coded.name());
            return Err(Error::invalid(input.name(), why));
        }
        WavSource::of(input, &header)
    }

    fn of(mut input: Input, header: &chunks::Header) -> Result<WavSource> {
        let notes = notes::of(&input)?;
        let extent = extent::of_sound(&mut input, header)?;
        Ok(WavSource {
            body: Body::new(input, header.fmt.spec, extent),
            channel_mask: header.fmt.channel_mask,
            valid_bits: header.fmt.valid_bits,
            notes,
        })
    }

    /// The speakers its channels are for, in order: bit 0 front left, 1 front right, 2 front centre, 3 LFE,
    /// 4 rear left, 5 rear right and so on. `None` where the header does not say (no mask, or 0).
    pub fn channel_mask(&self) -> Option<u32> {
        self.channel_mask
    }

    /// Bits of a sample that mean something; the others are at its low end, except in `S24_LE`.
    pub fn valid_bits(&self) -> u32 {
        self.valid_bits
    }
}

/// Opens a WAV; it describes itself, so the options are not asked.
pub(super) fn open(mut input: Input, _: &ReadOptions) -> Result<Box<dyn Source>> {
    let header = chunks::read_header(&mut input)?;
    match header.fmt.coded {
        Some(coded) => coded.open(input, &header),
        None => Ok(Box::new(WavSource::of(input, &header)?)),
    }
}

impl Source for WavSource {
    fn spec(&self) -> Spec {
        self.body.spec()
    }

    /// What the header promises and the file holds; `None` where it was streamed and comes through a pipe.
    fn frames(&self) -> Option<u64> {
        self.body.frames()
    }

    fn name(&self) -> &str {
        self.body.name()
    }

    fn about(&self) -> About {
        self.notes.clone()
    }

    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        self.body.read(buffer)
    }

    fn skip(&mut self, frames: u64) -> Result<u64> {
        self.body.skip(frames)
    }

    fn channel_map(&self) -> Option<ChannelMap> {
        let map = ChannelMap::of_mask(self.channel_mask?, self.spec().channels);
        map.is_known().then_some(map)
    }
}

#[cfg(test)]
mod tests;
