//! WAVs whose samples are coded in blocks: Microsoft's and IMA's ADPCM. Symphonia decodes the blocks.

use super::chunks::Header;
use super::extent;
use super::fmt::{Fields, Fmt};
use super::notes;
use crate::audio::error::{Error, Result};
use crate::audio::file::Input;
use crate::audio::file::body::Body;
use crate::audio::file::decode::guard::guarded;
use crate::audio::format::Format;
use crate::audio::metadata::Metadata;
use crate::audio::spec::Spec;
use crate::audio::stream::Source;
use symphonia::core::audio::{Channels, Position};
use symphonia::core::codecs::audio::well_known::{CODEC_ID_ADPCM_IMA_WAV, CODEC_ID_ADPCM_MS};
use symphonia::core::codecs::audio::{
    AudioCodecId, AudioCodecParameters, AudioDecoder, AudioDecoderOptions,
};
use symphonia::core::packet::Packet;
use symphonia::core::units::{Duration, Timestamp};
use symphonia::default::get_codecs;

/// One row: a kind of blocks. Each begins with a head for each channel, which holds the first samples; then come the
/// others, four bits each.
struct Row {
    tag: u16,
    name: &'static str,
    codec: AudioCodecId,
    /// Bytes of the head of a channel.
    head: u32,
    /// Samples in the head.
    samples: u32,
}

const TABLE: &[Row] = &[
    Row {
        tag: 0x0002,
        name: "Microsoft ADPCM",
        codec: CODEC_ID_ADPCM_MS,
        head: 7,
        samples: 2,
    },
    Row {
        tag: 0x0011,
        name: "IMA ADPCM",
        codec: CODEC_ID_ADPCM_IMA_WAV,
        head: 4,
        samples: 1,
    },
];

/// How the sound of a WAV is coded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Coded {
    tag: u16,
    /// Bytes of a block.
    block: u32,
    /// Frames in a whole block.
    frames: u32,
}

impl Coded {
    /// What the `fmt ` chunk says, if its sound is coded. `Err` completes "'NAME' …".
    pub(super) fn parse(fields: Fields, channels: u32) -> Result<Option<Coded>, String> {
        let tag = fields.u16(0);
        let Some(row) = TABLE.iter().find(|row| row.tag == tag) else {
            return Ok(None);
        };
        if channels > 2 {
            return Err(format!(
                "is WAV with {} of {channels} channels in it, which is not supported yet",
                row.name
            ));
        }
        let block = u32::from(fields.u16(12));
        if block <= row.head * channels {
            return Err(format!(
                "is broken: its blocks of {} have {block} bytes",
                row.name
            ));
        }
        let (most, said) = (row.frames(block, channels), u32::from(fields.u16(18)));
        let frames = if said == 0 { most } else { said };
        if frames > most {
            return Err(format!(
                "is broken: its blocks of {block} bytes cannot hold {frames} frames"
            ));
        }
        Ok(Some(Coded { tag, block, frames }))
    }

    /// The same with what else a `fmt ` chunk says.
    pub(super) fn fmt(self, rate: u32, channels: u32) -> Fmt {
        Fmt {
            spec: Spec {
                format: Format::S16_LE,
                rate,
                channels,
            },
            channel_mask: None,
            coded: Some(self),
        }
    }

    pub(super) fn name(self) -> &'static str {
        self.row().name
    }

    fn row(self) -> &'static Row {
        // It was made from a row.
        TABLE
            .iter()
            .find(|row| row.tag == self.tag)
            .unwrap_or(&TABLE[0])
    }

    /// The frames that the blocks from where `input` stands hold.
    pub(super) fn open(self, mut input: Input, header: &Header) -> Result<Box<dyn Source>> {
        let spec = header.fmt.spec;
        let bytes = input.size();
        let notes = notes::of(&input)?;
        let decoder = self
            .decoder(spec)
            .map_err(|error| Error::invalid(input.name(), format!("is broken: {error}")))?;
        let extent = extent::of_sound(&mut input, header)?;
        // Blocks are passed on as they are: to the reader of plain samples each byte is a frame.
        let bytes_of = Spec {
            format: Format::U8,
            rate: spec.rate,
            channels: 1,
        };
        let blocks = Body::new(input, bytes_of, extent);
        let held = blocks
            .frames()
            .map(|bytes| self.frames_in(bytes, spec.channels));
        let fact = header.fact.map(u64::from).filter(|fact| *fact > 0);
        let frames = match (fact, held) {
            (Some(fact), Some(held)) => Some(fact.min(held)),
            (fact, held) => fact.or(held),
        };
        Ok(Box::new(CodedSource {
            coded: self,
            spec,
            frames,
            left: fact.unwrap_or(u64::MAX),
            blocks,
            decoder,
            bytes,
            notes,
            block: vec![0; self.block as usize],
            ready: Vec::new(),
            from: 0,
            given: 0,
        }))
    }

    fn decoder(self, spec: Spec) -> symphonia::core::errors::Result<Box<dyn AudioDecoder>> {
        let channels = if spec.channels == 1 {
            Position::FRONT_LEFT
        } else {
            Position::FRONT_LEFT | Position::FRONT_RIGHT
        };
        let mut params = AudioCodecParameters::new();
        params
            .for_codec(self.row().codec)
            .with_sample_rate(spec.rate)
            .with_channels(Channels::Positioned(channels))
            .with_max_frames_per_packet(self.frames.into())
            .with_frames_per_block(self.frames.into());
        get_codecs().make_audio_decoder(&params, &AudioDecoderOptions::default())
    }

    /// Frames in `bytes` bytes of blocks, of which the last may be short.
    fn frames_in(self, bytes: u64, channels: u32) -> u64 {
        let rest = (bytes % u64::from(self.block)) as u32;
        let short = if rest > self.row().head * channels {
            self.row().frames(rest, channels).min(self.frames)
        } else {
            0
        };
        bytes / u64::from(self.block) * u64::from(self.frames) + u64::from(short)
    }
}

impl Row {
    /// Frames in `bytes` bytes, of which there are more than a head.
    fn frames(&self, bytes: u32, channels: u32) -> u32 {
        let coded = bytes - self.head * channels;
        // IMA's has eight samples of one channel, then eight of the next.
        let whole = if self.samples == 1 {
            coded / (4 * channels) * 8
        } else {
            coded * 2 / channels
        };
        self.samples + whole
    }
}

struct CodedSource {
    coded: Coded,
    spec: Spec,
    frames: Option<u64>,
    /// Frames that may still be given: the last block is filled up with what is none.
    left: u64,
    blocks: Body,
    decoder: Box<dyn AudioDecoder>,
    bytes: Option<u64>,
    notes: Metadata,
    block: Vec<u8>,
    ready: Vec<u8>,
    from: usize,
    given: u64,
}

impl CodedSource {
    /// Has the frames of the next block ready; none at the end.
    fn refill(&mut self) -> Result<()> {
        self.ready.clear();
        self.from = 0;
        let held = self.fill_block()?;
        let frames = self
            .coded
            .frames_in(held as u64, self.spec.channels)
            .min(self.left);
        if frames == 0 {
            return Ok(());
        }
        self.block[held..].fill(0);
        let duration = Duration::new(self.coded.frames.into());
        let packet = Packet::new(0, Timestamp::new(0), duration, self.block.as_slice());
        // Its sums of what a block says may be too large for it.
        let decoded = guarded(|| {
            let decoded = self.decoder.decode(&packet)?;
            decoded.copy_bytes_to_vec_interleaved_as::<i16>(&mut self.ready);
            Ok(())
        });
        decoded.map_err(|error| {
            let why = format!("is broken after {} frames: {error}", self.given);
            Error::invalid(self.blocks.name(), why)
        })?;
        self.ready.truncate(self.spec.bytes(frames) as usize);
        self.left -= frames;
        Ok(())
    }

    fn fill_block(&mut self) -> Result<usize> {
        let mut held = 0;
        while held < self.block.len() {
            match self.blocks.read(&mut self.block[held..]) {
                Ok(0) => break,
                Ok(got) => held += got,
                // What is there is given first; asked again, it says the same again.
                Err(_) if held > 0 => break,
                Err(error) => return Err(self.cut_short(error)),
            }
        }
        Ok(held)
    }

    /// The reader of the blocks counts bytes; what counts is frames.
    fn cut_short(&self, error: Error) -> Error {
        match self
            .frames
            .filter(|_| error.file_name().is_some() && error.errno().is_none())
        {
            Some(_) => {
                let why = format!(
                    "ends early, after {} frames: its header promises more",
                    self.given
                );
                Error::invalid(self.blocks.name(), why)
            }
            None => error,
        }
    }
}

impl Source for CodedSource {
    fn spec(&self) -> Spec {
        self.spec
    }

    /// As `fact` has it where it is there: the last block may hold more.
    fn frames(&self) -> Option<u64> {
        self.frames
    }

    fn name(&self) -> &str {
        self.blocks.name()
    }

    fn metadata(&self) -> Metadata {
        let heard = Metadata::encoded(
            Some(self.coded.name()),
            self.frames.map(|frames| self.spec.seconds(frames)),
            self.bytes,
        );
        Metadata {
            codec: heard.codec,
            bit_rate: heard.bit_rate,
            ..self.notes.clone()
        }
    }

    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let room = self.spec.whole_frames(buffer.len())?;
        if self.from == self.ready.len() && room > 0 {
            self.refill()?;
        }
        let count = room.min(self.ready.len() - self.from);
        buffer[..count].copy_from_slice(&self.ready[self.from..self.from + count]);
        self.from += count;
        self.given += self.spec.frames_in(count as u64);
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn coded(tag: u16, block: u32, frames: u32) -> Coded {
        Coded { tag, block, frames }
    }

    #[test]
    fn a_block_holds_what_its_writers_say() {
        for (row, block, channels, frames) in [
            (1, 2048, 2, 2041),
            (1, 1024, 1, 2041),
            (0, 1024, 2, 1012),
            (0, 1024, 1, 2036),
        ] {
            assert_eq!(TABLE[row].frames(block, channels), frames);
        }
    }

    #[test]
    fn a_short_last_block_counts_as_far_as_it_goes() {
        let ima = coded(0x11, 1024, 2041);
        assert_eq!(ima.frames_in(3 * 1024, 1), 3 * 2041);
        assert_eq!(ima.frames_in(1024 + 4, 1), 2041);
        assert_eq!(ima.frames_in(1024 + 12, 1), 2041 + 17);
    }
}
