//! Decoding with symphonia's decoders.

use super::decoder::{FLOAT, PacketDecoder};
use crate::audio::channel_map::ChannelMap;
use crate::audio::file::catch_panic::catch_panic;
use crate::audio::format::Format;
use crate::audio::spec::Spec;
use symphonia::core::audio::conv::FromSample;
use symphonia::core::audio::sample::{SampleBytes, i24};
use symphonia::core::audio::{AudioBuffer, AudioBytes, Channels, GenericAudioBufferRef, Position};
use symphonia::core::codecs::audio::well_known::*;
use symphonia::core::codecs::audio::{AudioCodecParameters, AudioDecoder};
use symphonia::core::errors::{Error, Result};
use symphonia::core::packet::Packet;

pub(super) struct SymphoniaDecoder {
    decoder: Box<dyn AudioDecoder>,
    /// Significant bits of a sample, if fewer than the decoder's samples have.
    bits: Option<u32>,
    /// Whether symphonia knows the channel positions instead of guessing them.
    has_positions: bool,
    /// The channel positions of the last packet.
    positions: Option<Position>,
    is_vorbis: bool,
    is_alac: bool,
}

/// Where symphonia 0.6.1 puts each channel of ALAC of 7 and 8 channels, though it says that they are in a WAV's order: it
/// exchanges those behind the listener with the rear center, or with those left and right of the center (not reported
/// upstream).
const ALAC_INDICES: [&[usize]; 2] = [&[0, 1, 2, 3, 5, 6, 4], &[0, 1, 2, 3, 6, 7, 4, 5]];

impl SymphoniaDecoder {
    pub(super) fn new(
        decoder: Box<dyn AudioDecoder>,
        params: &AudioCodecParameters,
        has_positions: bool,
    ) -> SymphoniaDecoder {
        SymphoniaDecoder {
            bits: significant_bits(params),
            has_positions,
            positions: None,
            is_vorbis: params.codec == CODEC_ID_VORBIS,
            is_alac: params.codec == CODEC_ID_ALAC,
            decoder,
        }
    }

    fn decode_packet(&mut self, packet: &Packet, frames: &mut Vec<u8>) -> Result<Spec> {
        let decoded = self.decoder.decode(packet)?;
        let format = interleave(&decoded, self.bits, frames);
        let spec = decoded.spec();
        let order = ALAC_INDICES
            .iter()
            .find(|order| self.is_alac && order.len() == spec.channels().count());
        if let Some(order) = order {
            reorder(frames, format.physical_bits() as usize / 8, order);
        }
        self.positions = match spec.channels() {
            Channels::Positioned(positions) => Some(*positions),
            _ => None,
        };
        Ok(Spec {
            format,
            rate: spec.rate(),
            channels: u32::try_from(spec.channels().count())
                .map_err(|_| Error::Unsupported("channels"))?,
        })
    }
}

fn significant_bits(params: &AudioCodecParameters) -> Option<u32> {
    match params.codec {
        // In the codec's own description, after version and frame length. The container may not know.
        CODEC_ID_ALAC => alac_description(params.extra_data.as_deref()?)
            .get(5)
            .copied()
            .map(u32::from),
        CODEC_ID_ADPCM_MS | CODEC_ID_ADPCM_IMA_WAV | CODEC_ID_ADPCM_IMA_QT => Some(16),
        CODEC_ID_PCM_ALAW | CODEC_ID_PCM_MULAW => Some(16),
        _ => params.bits_per_sample.filter(|bits| *bits > 0),
    }
}

/// The description of ALAC itself, which QuickTime puts after `frma` and `alac` atoms.
fn alac_description(mut bytes: &[u8]) -> &[u8] {
    for atom in [b"frma", b"alac"] {
        if bytes.get(4..8) == Some(atom) {
            bytes = &bytes[bytes.len().min(12)..];
        }
    }
    bytes
}

/// The frames of a packet that the description of ALAC declares.
pub(super) fn alac_frame_length(bytes: &[u8]) -> Option<u64> {
    let length = alac_description(bytes).first_chunk()?;
    Some(u32::from_be_bytes(*length).into())
}

/// The frames of a packet of ALAC that begins with `head`: `all`, unless its first element says otherwise.
pub(super) fn alac_packet_frames(head: &[u8], all: u64) -> Option<u64> {
    // Type (3 bits), instance (4), unused (12), whether a length follows (1), shift (2), uncompressed (1), length (32).
    let first = u64::from_be_bytes(*head.first_chunk()?);
    let has_length = first >> 44 & 1 == 1;
    Some(if has_length {
        first >> 9 & 0xffff_ffff
    } else {
        all
    })
}

impl PacketDecoder for SymphoniaDecoder {
    fn decode(&mut self, packet: &Packet, frames: &mut Vec<u8>) -> Result<Spec> {
        self.decode_packet(packet, frames)
    }

    /// The length of a packet of Vorbis depends on the one before it.
    fn resume(&mut self, last: Option<&Packet>) {
        if let Some(packet) = last.filter(|_| self.is_vorbis) {
            self.decoder.reset();
            // If that fails, so does the next packet.
            let _ = catch_panic(|| self.decoder.decode(packet).map(|_| ()));
        }
    }

    /// The bits of symphonia's positions are those of a WAV's channel mask.
    fn channel_map(&self) -> Option<ChannelMap> {
        let positions = self.positions.filter(|_| self.has_positions)?;
        let mask = u32::try_from(positions.bits()).ok()?;
        Some(ChannelMap::from_mask(mask, mask.count_ones()))
    }
}

/// Interleaves decoded samples into `frames` and returns their format. Integers keep their bits, in the common widths
/// of 16, 24 and 32.
///
/// Only the conversions that are needed: symphonia's functions for any buffer contain those between all formats.
fn interleave(decoded: &GenericAudioBufferRef, bits: Option<u32>, frames: &mut Vec<u8>) -> Format {
    use GenericAudioBufferRef::{F32, F64, S8, S16, S24, S32, U8, U16, U24, U32};
    let bits = bits.unwrap_or(32);
    match decoded {
        U8(buffer) => interleave_16(buffer, frames),
        S8(buffer) => interleave_16(buffer, frames),
        U16(buffer) => interleave_16(buffer, frames),
        S16(buffer) => interleave_16(buffer, frames),
        U24(buffer) if bits <= 16 => interleave_16(buffer, frames),
        U24(buffer) => interleave_24(buffer, frames),
        S24(buffer) if bits <= 16 => interleave_16(buffer, frames),
        S24(buffer) => interleave_24(buffer, frames),
        U32(buffer) => interleave_up_to_32(buffer, bits, frames),
        S32(buffer) => interleave_up_to_32(buffer, bits, frames),
        F32(buffer) => {
            buffer.copy_bytes_to_vec_interleaved_as::<f32>(frames);
            FLOAT
        }
        F64(buffer) => {
            buffer.copy_bytes_to_vec_interleaved_as::<f64>(frames);
            native(Format::FLOAT64_LE, Format::FLOAT64_BE)
        }
    }
}

fn interleave_16<S: SampleBytes>(buffer: &AudioBuffer<S>, frames: &mut Vec<u8>) -> Format
where
    i16: FromSample<S>,
{
    buffer.copy_bytes_to_vec_interleaved_as::<i16>(frames);
    native(Format::S16_LE, Format::S16_BE)
}

fn interleave_24<S: SampleBytes>(buffer: &AudioBuffer<S>, frames: &mut Vec<u8>) -> Format
where
    i24: FromSample<S>,
{
    buffer.copy_bytes_to_vec_interleaved_as::<i24>(frames);
    native(Format::S24_3LE, Format::S24_3BE)
}

fn interleave_up_to_32<S: SampleBytes>(
    buffer: &AudioBuffer<S>,
    bits: u32,
    frames: &mut Vec<u8>,
) -> Format
where
    i16: FromSample<S>,
    i24: FromSample<S>,
    i32: FromSample<S>,
{
    match bits {
        0..=16 => interleave_16(buffer, frames),
        17..=24 => interleave_24(buffer, frames),
        _ => {
            buffer.copy_bytes_to_vec_interleaved_as::<i32>(frames);
            native(Format::S32_LE, Format::S32_BE)
        }
    }
}

/// Reorders the samples of each frame, of `sample` bytes each: sample N comes from place `order[N]`.
fn reorder(frames: &mut [u8], sample: usize, order: &[usize]) {
    let mut unordered = vec![0; sample * order.len()];
    for frame in frames.chunks_exact_mut(unordered.len()) {
        unordered.copy_from_slice(frame);
        for (to, from) in frame.chunks_exact_mut(sample).zip(order) {
            to.copy_from_slice(&unordered[from * sample..][..sample]);
        }
    }
}

/// The format in this machine's byte order.
fn native(little: Format, big: Format) -> Format {
    if cfg!(target_endian = "big") {
        big
    } else {
        little
    }
}
