//! From packets to frames: symphonia's decoders, libopus where it has none, and lewton where its own is wrong.

use super::{opus, vorbis};
use crate::audio::channel_map::ChannelMap;
use crate::audio::format::Format;
use symphonia::core::audio::sample::i24;
use symphonia::core::audio::{Channels, GenericAudioBufferRef, Position};
use symphonia::core::codecs::audio::well_known::*;
use symphonia::core::codecs::audio::{
    AudioCodecId, AudioCodecParameters, AudioDecoder, AudioDecoderOptions,
};
use symphonia::core::errors::{Error, Result};
use symphonia::core::packet::Packet;
use symphonia::default::get_codecs;

/// A decoder of one stream.
pub(super) trait Codec: Send {
    /// Decodes a packet. Its frames, interleaved, replace what is in `frames`; what the packet says is to be cut off is,
    /// except for MPEG's ([`keeps_padding`]).
    ///
    /// # Errors
    /// For a packet that is broken; the next may not be.
    fn decode(&mut self, packet: &Packet, frames: &mut Vec<u8>) -> Result<Shape>;

    /// The speakers that the channels of the last packet are for, in order, where the codec says so.
    fn channel_map(&self) -> Option<ChannelMap>;
}

/// What decoded frames are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shape {
    pub(super) format: Format,
    pub(super) rate: u32,
    pub(super) channels: u32,
}

/// Numbers of 32 bits in this machine's order.
pub(super) const FLOAT: Format = match cfg!(target_endian = "big") {
    true => Format::FLOAT_BE,
    false => Format::FLOAT_LE,
};

/// Whether decoding gives back what was encoded.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fidelity {
    Exact,
    /// The samples are numbers of as many bits as there is noise to hide.
    Lossy,
}

/// Whether a codec says which speakers its channels are for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Speakers {
    Told,
    /// What symphonia says of them is made up from their number.
    Untold,
}

/// One row: a codec as it is called.
struct Row {
    id: AudioCodecId,
    name: &'static str,
    fidelity: Fidelity,
    speakers: Speakers,
}

macro_rules! codecs {
    ($($id:ident = $name:literal, $fidelity:ident, $speakers:ident;)*) => {
        const TABLE: &[Row] = &[$(Row {
            id: $id,
            name: $name,
            fidelity: Fidelity::$fidelity,
            speakers: Speakers::$speakers,
        }),*];
    };
}

codecs! {
    CODEC_ID_FLAC = "FLAC", Exact, Told;
    CODEC_ID_ALAC = "ALAC", Exact, Told;
    CODEC_ID_MP1 = "MPEG layer 1", Lossy, Untold;
    CODEC_ID_MP2 = "MPEG layer 2", Lossy, Untold;
    CODEC_ID_MP3 = "MP3", Lossy, Untold;
    CODEC_ID_AAC = "AAC", Lossy, Untold;
    CODEC_ID_VORBIS = "Vorbis", Lossy, Told;
    CODEC_ID_OPUS = "Opus", Lossy, Told;
    CODEC_ID_ADPCM_MS = "Microsoft ADPCM", Exact, Untold;
    CODEC_ID_ADPCM_IMA_WAV = "IMA ADPCM", Exact, Untold;
    CODEC_ID_ADPCM_IMA_QT = "IMA ADPCM", Exact, Untold;
    CODEC_ID_PCM_ALAW = "A-law", Exact, Untold;
    CODEC_ID_PCM_MULAW = "µ-law", Exact, Untold;
    CODEC_ID_AC3 = "AC-3", Lossy, Untold;
    CODEC_ID_EAC3 = "E-AC-3", Lossy, Untold;
    CODEC_ID_DCA = "DTS", Lossy, Untold;
    CODEC_ID_WAVPACK = "WavPack", Exact, Untold;
    CODEC_ID_TTA = "True Audio", Exact, Untold;
}

/// What a codec is called; all kinds of plain samples are `PCM`.
pub(super) fn name(id: AudioCodecId) -> Option<&'static str> {
    let plain = (CODEC_ID_PCM_S32LE..=CODEC_ID_PCM_F64BE_PLANAR).contains(&id);
    let row = TABLE.iter().find(|row| row.id == id);
    row.map(|row| row.name).or(plain.then_some("PCM"))
}

/// Whether a decoder leaves it to others to cut padding off: how much there is, the first of several files that were put
/// one behind the other says, and it is none where the next begins.
pub(super) fn keeps_padding(id: AudioCodecId) -> bool {
    [CODEC_ID_MP1, CODEC_ID_MP2, CODEC_ID_MP3].contains(&id)
}

/// The decoder for what `params` describe.
pub(super) fn open(params: &AudioCodecParameters) -> Result<Box<dyn Codec>> {
    if params.codec == CODEC_ID_OPUS {
        return Ok(Box::new(opus::Opus::new(params)?));
    }
    if params.codec == CODEC_ID_VORBIS
        && let Some(decoder) = vorbis::of_surround(params)?
    {
        return Ok(Box::new(decoder));
    }
    let options = AudioDecoderOptions::default().gapless(!keeps_padding(params.codec));
    let decoder = get_codecs().make_audio_decoder(params, &options)?;
    Ok(Box::new(Symphonia::new(decoder, params)))
}

struct Symphonia {
    decoder: Box<dyn AudioDecoder>,
    lossy: bool,
    /// Bits of a sample, where the container tells.
    bits: Option<u32>,
    speakers: Speakers,
    /// The speakers of the last packet's channels, as symphonia has them.
    positions: Option<Position>,
}

impl Symphonia {
    fn new(decoder: Box<dyn AudioDecoder>, params: &AudioCodecParameters) -> Symphonia {
        let row = TABLE.iter().find(|row| row.id == params.codec);
        Symphonia {
            lossy: row.is_some_and(|row| row.fidelity == Fidelity::Lossy),
            bits: bits(params),
            speakers: row.map_or(Speakers::Untold, |row| row.speakers),
            positions: None,
            decoder,
        }
    }
}

/// Significant bits of a decoded sample, where that is less than the decoder's samples have.
fn bits(params: &AudioCodecParameters) -> Option<u32> {
    match params.codec {
        // The container may not know; the codec's own description does: version, frame length, then the bits.
        CODEC_ID_ALAC => alac(params.extra_data.as_deref()?)
            .get(5)
            .copied()
            .map(u32::from),
        CODEC_ID_ADPCM_MS | CODEC_ID_ADPCM_IMA_WAV | CODEC_ID_ADPCM_IMA_QT => Some(16),
        CODEC_ID_PCM_ALAW | CODEC_ID_PCM_MULAW => Some(16),
        _ => params.bits_per_sample.filter(|bits| *bits > 0),
    }
}

/// The description of ALAC itself, which QuickTime puts behind the atoms `frma` and `alac`.
fn alac(mut description: &[u8]) -> &[u8] {
    for atom in [b"frma", b"alac"] {
        if description.get(4..8) == Some(atom) {
            description = &description[description.len().min(12)..];
        }
    }
    description
}

impl Codec for Symphonia {
    fn decode(&mut self, packet: &Packet, frames: &mut Vec<u8>) -> Result<Shape> {
        let decoded = self.decoder.decode(packet)?;
        let format = interleave(&decoded, self.lossy, self.bits, frames);
        let spec = decoded.spec();
        self.positions = match spec.channels() {
            Channels::Positioned(positions) => Some(*positions),
            _ => None,
        };
        Ok(Shape {
            format,
            rate: spec.rate(),
            channels: u32::try_from(spec.channels().count())
                .map_err(|_| Error::Unsupported("channels"))?,
        })
    }

    /// The bits of symphonia's positions are those of a WAV's mask.
    fn channel_map(&self) -> Option<ChannelMap> {
        let bits = self
            .positions
            .filter(|_| self.speakers == Speakers::Told)?
            .bits();
        let mask = u32::try_from(bits).ok()?;
        Some(ChannelMap::from_mask(mask, mask.count_ones()))
    }
}

/// Puts decoded samples into `frames` and tells as what. Integers keep their bits; 16, 24 and 32 are what devices know.
fn interleave(
    decoded: &GenericAudioBufferRef,
    lossy: bool,
    bits: Option<u32>,
    frames: &mut Vec<u8>,
) -> Format {
    use GenericAudioBufferRef::{F32, F64, S8, S16, S24, U8, U16, U24};
    let big = cfg!(target_endian = "big");
    let either = |little, of_big| if big { of_big } else { little };
    let width = match decoded {
        F64(_) if !lossy => {
            decoded.copy_bytes_to_vec_interleaved_as::<f64>(frames);
            return either(Format::FLOAT64_LE, Format::FLOAT64_BE);
        }
        F32(_) | F64(_) => {
            decoded.copy_bytes_to_vec_interleaved_as::<f32>(frames);
            return FLOAT;
        }
        _ if lossy => {
            decoded.copy_bytes_to_vec_interleaved_as::<f32>(frames);
            return FLOAT;
        }
        U8(_) | S8(_) | U16(_) | S16(_) => 16,
        U24(_) | S24(_) => 24,
        _ => 32,
    };
    match bits.unwrap_or(width).min(width) {
        0..=16 => {
            decoded.copy_bytes_to_vec_interleaved_as::<i16>(frames);
            either(Format::S16_LE, Format::S16_BE)
        }
        17..=24 => {
            decoded.copy_bytes_to_vec_interleaved_as::<i24>(frames);
            either(Format::S24_3LE, Format::S24_3BE)
        }
        _ => {
            decoded.copy_bytes_to_vec_interleaved_as::<i32>(frames);
            either(Format::S32_LE, Format::S32_BE)
        }
    }
}
