//! The table of codecs, and the choice of a decoder.

use super::decoder::PacketDecoder;
use super::flac::FlacPackets;
use super::ima_qt::ImaQt;
use super::mpa::MpaPackets;
#[cfg(feature = "opus")]
use super::opus::Opus;
use super::symphonia_decoder::{SymphoniaDecoder, alac_frame_length};
use super::vorbis;
use symphonia::core::codecs::audio::well_known::*;
use symphonia::core::codecs::audio::{AudioCodecId, AudioCodecParameters, AudioDecoderOptions};
use symphonia::core::errors::{Error, Result};
use symphonia::default::get_codecs;

/// Whether symphonia knows the positions of the channels.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Positions {
    Known,
    /// symphonia 0.6.1 guesses them from the number of channels.
    Guessed,
}

/// A row of the table.
struct CodecRow {
    id: AudioCodecId,
    name: &'static str,
    positions: Positions,
}

macro_rules! codecs {
    ($($id:ident = $name:literal, $positions:ident;)*) => {
        const TABLE: &[CodecRow] = &[$(CodecRow {
            id: $id,
            name: $name,
            positions: Positions::$positions,
        }),*];
    };
}

codecs! {
    CODEC_ID_FLAC = "FLAC", Known;
    CODEC_ID_ALAC = "ALAC", Known;
    CODEC_ID_MP1 = "MP1", Guessed;
    CODEC_ID_MP2 = "MP2", Guessed;
    CODEC_ID_MP3 = "MP3", Guessed;
    CODEC_ID_AAC = "AAC", Guessed;
    CODEC_ID_VORBIS = "Vorbis", Known;
    CODEC_ID_OPUS = "Opus", Known;
    CODEC_ID_ADPCM_MS = "Microsoft ADPCM", Guessed;
    CODEC_ID_ADPCM_IMA_WAV = "IMA ADPCM", Guessed;
    CODEC_ID_ADPCM_IMA_QT = "IMA ADPCM", Guessed;
    CODEC_ID_PCM_ALAW = "A-law", Guessed;
    CODEC_ID_PCM_MULAW = "µ-law", Guessed;
    CODEC_ID_AC3 = "AC-3", Guessed;
    CODEC_ID_EAC3 = "E-AC-3", Guessed;
    CODEC_ID_DCA = "DTS", Guessed;
    CODEC_ID_WAVPACK = "WavPack", Guessed;
    CODEC_ID_TTA = "True Audio", Guessed;
}

/// The name of a codec; `PCM` for all kinds of uncompressed samples.
pub(super) fn name(id: AudioCodecId) -> Option<&'static str> {
    let is_pcm = (CODEC_ID_PCM_S32LE..=CODEC_ID_PCM_F64BE_PLANAR).contains(&id);
    row(id).map(|row| row.name).or(is_pcm.then_some("PCM"))
}

fn row(id: AudioCodecId) -> Option<&'static CodecRow> {
    TABLE.iter().find(|row| row.id == id)
}

/// Samples of a packet at most, all channels together.
const MAX_PACKET_SAMPLES: u64 = 1 << 22;

/// Refuses packets of a length that only a corrupt header declares: symphonia 0.6.1 allocates memory for one of PCM, ADPCM
/// or ALAC before it reads any (not reported upstream).
fn check_packet_length(params: &AudioCodecParameters) -> Result<()> {
    let alac = params
        .extra_data
        .as_deref()
        .filter(|_| params.codec == CODEC_ID_ALAC)
        .and_then(alac_frame_length);
    let frames = params.max_frames_per_packet.max(alac).unwrap_or(0);
    let channels = params
        .channels
        .as_ref()
        .map_or(1, |channels| channels.count());
    match frames.saturating_mul(channels as u64) > MAX_PACKET_SAMPLES {
        true => Err(Error::LimitError("its packets are too long")),
        false => Ok(()),
    }
}

/// Creates the decoder for `params`.
pub(super) fn open_decoder(params: &AudioCodecParameters) -> Result<Box<dyn PacketDecoder>> {
    // FLAC's are as long as they say themselves. ffmpeg writes any number into a CAF.
    if params.codec != CODEC_ID_FLAC {
        check_packet_length(params)?;
    }
    #[cfg(feature = "opus")]
    if params.codec == CODEC_ID_OPUS {
        return Ok(Box::new(Opus::new(params)?));
    }
    if params.codec == CODEC_ID_FLAC {
        return Ok(Box::new(FlacPackets::new(params)));
    }
    if params.codec == CODEC_ID_ADPCM_IMA_QT {
        return Ok(Box::new(ImaQt::new(params)?));
    }
    if let CODEC_ID_MP1 | CODEC_ID_MP2 | CODEC_ID_MP3 = params.codec {
        return Ok(Box::new(MpaPackets::default()));
    }
    if params.codec == CODEC_ID_VORBIS
        && let Some(decoder) = vorbis::multichannel_decoder(params)?
    {
        return Ok(Box::new(decoder));
    }
    let options = AudioDecoderOptions::default();
    let decoder = get_codecs().make_audio_decoder(params, &options)?;
    let row = row(params.codec);
    let has_positions = row.is_some_and(|row| row.positions == Positions::Known);
    Ok(Box::new(SymphoniaDecoder::new(
        decoder,
        params,
        has_positions,
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_too_long_for_memory_are_refused() {
        let mut pcm = AudioCodecParameters::new();
        pcm.codec = CODEC_ID_PCM_S8;
        pcm.max_frames_per_packet = Some(u64::from(u32::MAX));
        let mut alac = AudioCodecParameters::new();
        alac.codec = CODEC_ID_ALAC;
        alac.extra_data = Some(vec![0xff; 24].into());
        for params in [pcm, alac] {
            let error = open_decoder(&params).err().unwrap();
            assert!(matches!(error, Error::LimitError(_)), "{error}");
        }
    }
}
