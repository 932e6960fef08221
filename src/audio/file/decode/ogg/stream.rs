//! The stream of audio in an Ogg file: its headers, then its packets.

use super::super::codec;
use super::super::decoder::{NO_DECODER, PacketDecoder};
use super::super::opus_head::{self, OpusHead};
use super::super::vorbis_comment;
use crate::audio::error::{Error, Result};
use crate::audio::file::catch_panic::catch_panic;
use crate::audio::file::errors::{corrupt, unsupported_codec};
use crate::audio::metadata::Metadata;
use symphonia::core::codecs::audio::AudioCodecParameters;
use symphonia::core::codecs::audio::well_known::{CODEC_ID_FLAC, CODEC_ID_OPUS, CODEC_ID_VORBIS};
use symphonia::core::errors::Error as SymphoniaError;

/// How the first packet of a stream begins, and what is in it; `false` if it is not decoded here.
const CODECS: &[(&[u8], &str, bool)] = &[
    (b"\x01vorbis", "Vorbis", true),
    (b"OpusHead", "Opus", true),
    (b"\x7fFLAC", "FLAC", true),
    (b"Speex   ", "Speex", false),
    (b"CELT    ", "CELT", false),
    (b"PCM     ", "PCM", false),
];

/// Headers of a FLAC stream at most.
const MAX_FLAC_HEADERS: usize = 4096;

/// A stream whose headers are read.
pub(super) struct OggStream {
    pub(super) serial: u32,
    pub(super) codec: &'static str,
    headers: Vec<Vec<u8>>,
    pub(super) metadata: Metadata,
    pub(super) channel_mask: Option<u32>,
}

impl OggStream {
    /// The stream whose first packet is `packet`, if that is audio.
    ///
    /// # Errors
    /// If it is audio that is not decoded here.
    pub(super) fn start(name: &str, serial: u32, packet: Vec<u8>) -> Result<Option<OggStream>> {
        let Some((_, codec, is_known)) = CODECS.iter().find(|(mark, ..)| packet.starts_with(mark))
        else {
            return Ok(None);
        };
        if !is_known {
            return Err(Error::invalid(name, unsupported_codec("Ogg", codec)));
        }
        Ok(Some(OggStream {
            serial,
            codec,
            headers: vec![packet],
            metadata: Metadata::default(),
            channel_mask: None,
        }))
    }

    /// Takes a packet if it is a header. Packets of Vorbis that are headers are odd.
    pub(super) fn take_header(&mut self, packet: &[u8]) -> bool {
        let is_header = match self.codec {
            "Vorbis" => packet.first().is_some_and(|kind| kind & 1 == 1),
            "Opus" => packet.starts_with(b"OpusTags"),
            _ => packet.first() != Some(&0xff) && self.headers.len() < MAX_FLAC_HEADERS,
        };
        if !is_header {
            return false;
        }
        let comments = match (self.codec, packet.first()) {
            ("Vorbis", Some(3)) => packet.get(7..),
            ("Opus", _) => packet.get(8..),
            ("FLAC", Some(kind)) if kind & 0x7f == 4 => packet.get(4..),
            _ => None,
        };
        if let Some(comments) = comments {
            self.channel_mask =
                vorbis_comment::read(comments, &mut self.metadata).or(self.channel_mask);
        }
        if let ("FLAC", Some(6 | 0x86)) = (self.codec, packet.first()) {
            let picture = packet.get(4..).and_then(vorbis_comment::picture);
            self.metadata.covers.extend(picture);
        }
        if self.headers.len() < 3 {
            self.headers.push(packet.to_vec());
        }
        true
    }

    /// The decoder for its packets.
    ///
    /// # Errors
    /// If the headers are corrupt or incomplete, or libopus is not installed.
    pub(super) fn decoder(&self, name: &str) -> Result<Box<dyn PacketDecoder>> {
        let first = &self.headers[0];
        let mut params = AudioCodecParameters::new();
        let (codec, extra) = match self.codec {
            "Vorbis" => {
                let setup = self
                    .headers
                    .iter()
                    .find(|header| header.first() == Some(&5));
                let setup =
                    setup.ok_or_else(|| corrupt(name, "the setup header of Vorbis is missing"))?;
                (CODEC_ID_VORBIS, [&first[..], setup].concat())
            }
            "Opus" => (CODEC_ID_OPUS, first.clone()),
            // A mark, a version, a number of headers, `fLaC`, and the header of STREAMINFO.
            _ => (CODEC_ID_FLAC, first.get(17..).unwrap_or_default().to_vec()),
        };
        params.codec = codec;
        params.extra_data = Some(extra.into());
        params.sample_rate = Some(self.rate());
        catch_panic(|| codec::open_decoder(&params)).map_err(|error| match error {
            SymphoniaError::Unsupported(what) if what.starts_with(NO_DECODER) => {
                Error::invalid(name, unsupported_codec("Ogg", self.codec))
            }
            error => corrupt(name, error),
        })
    }

    /// Frames before the sound.
    pub(super) fn pre_skip(&self) -> u64 {
        let head = OpusHead::parse(&self.headers[0]).ok();
        head.filter(|_| self.codec == "Opus")
            .map_or(0, |head| head.pre_skip)
    }

    /// Frames in total, if its first header says so: that of FLAC does.
    pub(super) fn frames(&self) -> Option<u64> {
        let packed = self.headers[0].get(27..).filter(|_| self.codec == "FLAC")?;
        let frames = u64::from_be_bytes(*packed.first_chunk()?) & 0xf_ffff_ffff;
        Some(frames).filter(|frames| *frames > 0)
    }

    /// The rate that its first header says; 1 if it is too short.
    pub(super) fn rate(&self) -> u32 {
        rate(&self.headers[0])
    }
}

/// The rate in the first packet of a stream.
pub(super) fn rate(packet: &[u8]) -> u32 {
    let number = |at: usize| {
        packet
            .get(at..)
            .and_then(|bytes| bytes.first_chunk::<4>())
            .copied()
    };
    let rate = match packet.first() {
        Some(1) => number(12).map(u32::from_le_bytes),
        Some(0x7f) => number(27).map(|bytes| u32::from_be_bytes(bytes) >> 12),
        _ => Some(opus_head::RATE),
    };
    rate.unwrap_or(1).max(1)
}
