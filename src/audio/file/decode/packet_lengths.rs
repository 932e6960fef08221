//! The lengths of coded packets, from their first bytes.

use super::flac::frames_of_flac_packet;
use super::mpa::frames_of_mpa_packet;
#[cfg(feature = "opus")]
use super::opus::packet_frames;
use super::symphonia_decoder::{alac_frame_length, alac_packet_frames};
use super::vorbis::VorbisBlocks;
use symphonia::core::codecs::audio::AudioCodecParameters;
use symphonia::core::codecs::audio::well_known::*;

/// Bytes of a packet that are needed to find out its length, if it has that many.
pub(super) const MAX_PACKET_HEAD: usize = 16;

/// The first bytes of a packet.
#[derive(Clone, Copy)]
pub(super) struct PacketHead<'a> {
    /// At least [`MAX_PACKET_HEAD`], or all.
    pub(super) bytes: &'a [u8],
    /// Bytes of the whole packet.
    pub(super) length: usize,
}

impl<'a> PacketHead<'a> {
    pub(super) fn of(packet: &'a [u8]) -> PacketHead<'a> {
        PacketHead {
            bytes: packet,
            length: packet.len(),
        }
    }
}

/// How many frames the packets of a stream decode to.
#[derive(Clone)]
pub(super) enum PacketLengths {
    /// All the same.
    Fixed(u64),
    Alac(u64),
    Flac,
    Mpa,
    #[cfg(feature = "opus")]
    Opus,
    /// Packets of this many bytes per frame.
    Pcm(u64),
    Vorbis(VorbisBlocks),
}

impl PacketLengths {
    /// `None` if packets have to be decoded.
    pub(super) fn new(params: &AudioCodecParameters) -> Option<PacketLengths> {
        match params.codec {
            CODEC_ID_AAC => Some(PacketLengths::Fixed(1024)),
            CODEC_ID_ALAC => {
                alac_frame_length(params.extra_data.as_deref()?).map(PacketLengths::Alac)
            }
            CODEC_ID_FLAC => Some(PacketLengths::Flac),
            CODEC_ID_MP1 | CODEC_ID_MP2 | CODEC_ID_MP3 => Some(PacketLengths::Mpa),
            #[cfg(feature = "opus")]
            CODEC_ID_OPUS => Some(PacketLengths::Opus),
            CODEC_ID_VORBIS => VorbisBlocks::new(params).map(PacketLengths::Vorbis),
            codec => {
                let channels = params.channels.as_ref()?.count() as u64;
                let bytes = pcm_bytes(codec)? * channels;
                (bytes > 0).then_some(PacketLengths::Pcm(bytes))
            }
        }
    }

    /// Frames of the next packet; `None` if it is corrupt.
    pub(super) fn frames_in(&self, packet: PacketHead) -> Option<u64> {
        match self {
            PacketLengths::Fixed(frames) => Some(*frames),
            PacketLengths::Alac(frames) => alac_packet_frames(packet.bytes, *frames),
            PacketLengths::Flac => frames_of_flac_packet(packet.bytes),
            PacketLengths::Mpa => frames_of_mpa_packet(packet.bytes, packet.length),
            #[cfg(feature = "opus")]
            PacketLengths::Opus => packet_frames(packet.bytes),
            PacketLengths::Pcm(bytes) => Some(packet.length as u64 / bytes),
            PacketLengths::Vorbis(blocks) => blocks.frames_in(packet.bytes),
        }
    }

    /// Goes past the next packet; `None` is a corrupt one.
    pub(super) fn pass(&mut self, packet: Option<PacketHead>) {
        if let PacketLengths::Vorbis(blocks) = self {
            blocks.pass(packet.map(|packet| packet.bytes));
        }
    }
}

/// Bytes of a sample of PCM.
fn pcm_bytes(codec: symphonia::core::codecs::audio::AudioCodecId) -> Option<u64> {
    Some(match codec {
        CODEC_ID_PCM_S8 | CODEC_ID_PCM_U8 | CODEC_ID_PCM_ALAW | CODEC_ID_PCM_MULAW => 1,
        CODEC_ID_PCM_S16LE | CODEC_ID_PCM_S16BE => 2,
        CODEC_ID_PCM_S24LE | CODEC_ID_PCM_S24BE => 3,
        CODEC_ID_PCM_S32LE | CODEC_ID_PCM_S32BE | CODEC_ID_PCM_F32LE | CODEC_ID_PCM_F32BE => 4,
        CODEC_ID_PCM_F64LE | CODEC_ID_PCM_F64BE => 8,
        _ => return None,
    })
}
