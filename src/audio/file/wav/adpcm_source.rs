//! Decodes ADPCM in WAV with symphonia's decoder.

use super::adpcm::{self, AdpcmLayout};
use super::chunks::WavHeader;
use super::data_length::data_length;
use super::info_chunks::read_info_chunks;
use crate::audio::error::{Error, Result};
use crate::audio::file::catch_panic::catch_panic;
use crate::audio::file::errors::{corrupt, truncated};
use crate::audio::file::input::Input;
use crate::audio::file::pcm_reader::{DataLength, PcmReader};
use crate::audio::format::Format;
use crate::audio::metadata::Metadata;
use crate::audio::spec::Spec;
use crate::audio::spelling::count;
use crate::audio::stream::Source;
use symphonia::core::audio::{Channels, Position};
use symphonia::core::codecs::audio::well_known::{CODEC_ID_ADPCM_IMA_WAV, CODEC_ID_ADPCM_MS};
use symphonia::core::codecs::audio::{AudioCodecParameters, AudioDecoder, AudioDecoderOptions};
use symphonia::core::packet::Packet;
use symphonia::core::units::{Duration, Timestamp};
use symphonia::default::get_codecs;

struct AdpcmSource {
    layout: AdpcmLayout,
    spec: Spec,
    frames: Option<u64>,
    /// Frames still to be decoded: the last block is padded.
    left: u64,
    /// Frames that there must be.
    promised: u64,
    /// The blocks as frames of one byte.
    blocks: PcmReader,
    decoder: Box<dyn AudioDecoder>,
    file_bytes: Option<u64>,
    metadata: Metadata,
    block: Vec<u8>,
    /// Decoded bytes, returned up to `offset`.
    decoded: Vec<u8>,
    offset: usize,
    /// Frames returned so far.
    position: u64,
}

/// Opens the blocks at the current position of `input`.
pub(super) fn open(
    mut input: Input,
    header: &WavHeader,
    layout: AdpcmLayout,
) -> Result<Box<dyn Source>> {
    let spec = header.fmt.spec;
    let file_bytes = input.size();
    let metadata = read_info_chunks(&input)?;
    let decoder = decoder(layout, spec).map_err(|error| corrupt(input.name(), error))?;
    let length = data_length(&mut input, &header.data)?;
    let bytes = Spec {
        format: Format::U8,
        rate: spec.rate,
        channels: 1,
    };
    let blocks = PcmReader::new(input, bytes, length);
    let available = blocks.frames().map(|bytes| layout.frames_in(bytes));
    let stored = match length {
        DataLength::Declared(bytes) => Some(layout.frames_in(bytes)),
        _ => None,
    };
    let declared = (header.data.fact).filter(|fact| {
        stored
            .or(available)
            .is_none_or(|stored| layout.may_pad(*fact, stored))
    });
    let promised = stored
        .zip(declared)
        .filter(|(stored, declared)| !layout.counts_samples(*declared, *stored))
        .map(|(_, declared)| declared);
    let frames = match (declared, available) {
        (Some(declared), Some(available)) => Some(declared.min(available)),
        (declared, available) => declared.or(available),
    };
    Ok(Box::new(AdpcmSource {
        spec,
        frames,
        left: declared.unwrap_or(u64::MAX),
        promised: promised.unwrap_or(0),
        blocks,
        decoder,
        file_bytes,
        metadata,
        block: vec![0; layout.block_bytes as usize],
        decoded: Vec::new(),
        offset: 0,
        position: 0,
        layout,
    }))
}

fn decoder(
    layout: AdpcmLayout,
    spec: Spec,
) -> symphonia::core::errors::Result<Box<dyn AudioDecoder>> {
    let channels = if spec.channels == 1 {
        Position::FRONT_LEFT
    } else {
        Position::FRONT_LEFT | Position::FRONT_RIGHT
    };
    let codec = match layout.codec.tag {
        adpcm::MICROSOFT => CODEC_ID_ADPCM_MS,
        _ => CODEC_ID_ADPCM_IMA_WAV,
    };
    let mut params = AudioCodecParameters::new();
    params
        .for_codec(codec)
        .with_sample_rate(spec.rate)
        .with_channels(Channels::Positioned(channels))
        .with_max_frames_per_packet(layout.block_frames.into())
        .with_frames_per_block(layout.block_frames.into());
    get_codecs().make_audio_decoder(&params, &AudioDecoderOptions::default())
}

impl AdpcmSource {
    /// Decodes the next block; leaves `decoded` empty at the end.
    fn refill(&mut self) -> Result<()> {
        self.decoded.clear();
        self.offset = 0;
        let bytes = self.read_block()?;
        let frames = self.layout.frames_in(bytes as u64).min(self.left);
        if frames == 0 && self.position < self.promised {
            let name = self.blocks.name();
            return Err(truncated(name, self.promised, self.position));
        } else if frames == 0 {
            return Ok(());
        }
        self.block[bytes..].fill(0);
        let duration = Duration::new(self.layout.block_frames.into());
        let packet = Packet::new(0, Timestamp::new(0), duration, self.block.as_slice());
        // Corrupt blocks overflow the arithmetic of symphonia 0.6.1 (not reported upstream).
        let result = catch_panic(|| {
            let samples = self.decoder.decode(&packet)?;
            samples.copy_bytes_to_vec_interleaved_as::<i16>(&mut self.decoded);
            Ok(())
        });
        result.map_err(|error| {
            let frames = count(self.position, "frame");
            let why = format!("is corrupt after {frames}: {error}");
            Error::invalid(self.blocks.name(), why)
        })?;
        self.decoded.truncate(self.spec.bytes(frames) as usize);
        self.left -= frames;
        Ok(())
    }

    /// Reads the next block, which may be short at the end, and returns the number of bytes.
    fn read_block(&mut self) -> Result<usize> {
        let mut filled = 0;
        while filled < self.block.len() {
            match self.blocks.read(&mut self.block[filled..]) {
                Ok(0) => break,
                Ok(bytes) => filled += bytes,
                // The next read returns the error again.
                Err(_) if filled > 0 => break,
                Err(error) => return Err(self.in_frames(error)),
            }
        }
        Ok(filled)
    }

    /// An error about missing bytes of blocks, restated in frames.
    fn in_frames(&self, error: Error) -> Error {
        let is_truncated = error.file_name().is_some() && error.errno().is_none();
        if !is_truncated || self.frames.is_none() {
            return error;
        }
        let frames = count(self.position, "frame");
        let why = format!("is truncated after {frames}: its header declares more");
        Error::invalid(self.blocks.name(), why)
    }
}

impl Source for AdpcmSource {
    fn spec(&self) -> Spec {
        self.spec
    }

    /// The number in the `fact` chunk, if there is one: the last block may be padded.
    fn frames(&self) -> Option<u64> {
        self.frames
    }

    fn name(&self) -> &str {
        self.blocks.name()
    }

    fn metadata(&self) -> Metadata {
        let encoded = Metadata::encoded(
            Some(self.layout.codec.name),
            self.frames.map(|frames| self.spec.seconds(frames)),
            self.file_bytes,
        );
        Metadata {
            codec: encoded.codec,
            bit_rate: encoded.bit_rate,
            ..self.metadata.clone()
        }
    }

    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let room = self.spec.whole_frames(buffer.len())?;
        if self.offset == self.decoded.len() && room > 0 {
            self.refill()?;
        }
        let bytes = room.min(self.decoded.len() - self.offset);
        buffer[..bytes].copy_from_slice(&self.decoded[self.offset..][..bytes]);
        self.offset += bytes;
        self.position += self.spec.frames_in(bytes as u64);
        Ok(bytes)
    }
}
