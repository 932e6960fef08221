//! Opus, decoded with libopus.
//!
//! symphonia 0.6.1 has no Opus decoder (pdeljanov/Symphonia#8). libopus is the reference decoder. The pure Rust ones
//! have drawbacks: `opus-decoder` 0.1 is correct, but decodes at little more than twice real time and only up to two
//! channels, and `ropus` 0.12, a port of the fixed-point decoder, is off by up to 9 steps of 16 bits. The
//! system's libopus is what distributions keep patched; without it, ffmpeg decodes Opus. Crates that bind it
//! (`opusic-c` 1.6) load it at each start.

use super::decoder::{FLOAT, NO_DECODER, PacketDecoder};
use super::opus_head::{OpusHead, RATE, StreamLayout};
use crate::audio::channel_map::ChannelMap;
use crate::audio::ffi::opus::{OpusDecoder, OpusError};
use crate::audio::spec::Spec;
use symphonia::core::codecs::audio::AudioCodecParameters;
use symphonia::core::errors::{Error, Result};
use symphonia::core::packet::Packet;

/// Maximum frames of a packet: 120 ms.
const MAX_PACKET_FRAMES: usize = 5760;

pub(super) struct Opus {
    decoder: OpusDecoder,
    head: OpusHead,
    samples: Vec<f32>,
}

impl StreamLayout {
    fn decoder(&self, channels: usize) -> Result<OpusDecoder> {
        let mapping = self.mapping.get(..channels).unwrap_or_default();
        OpusDecoder::new(self.streams, self.coupled, mapping).map_err(|error| match error {
            OpusError::NoLibrary => Error::Unsupported(NO_DECODER),
            OpusError::Invalid => Error::DecodeError("the Opus channel mapping is corrupt"),
        })
    }
}

impl Opus {
    pub(super) fn new(params: &AudioCodecParameters) -> Result<Opus> {
        let head = match params.extra_data.as_deref() {
            Some(bytes) if bytes.starts_with(b"OpusHead") => OpusHead::parse(bytes)?,
            // CAF has no header of Opus, only a number of channels.
            _ => OpusHead::of_channels(
                params
                    .channels
                    .as_ref()
                    .map_or(0, |channels| channels.count()),
            )?,
        };
        Ok(Opus {
            decoder: head.layout.decoder(head.channels)?,
            samples: vec![0.0; MAX_PACKET_FRAMES * head.channels],
            head,
        })
    }
}

/// Frames of an Opus packet (RFC 6716, 3.1 and 3.2).
pub(super) fn packet_frames(packet: &[u8]) -> Option<u64> {
    const MILLISECOND: u64 = RATE as u64 / 1000;
    let first = packet.first()?;
    let kind = usize::from(first >> 3);
    let frame = match kind {
        0..=11 => [10, 20, 40, 60][kind % 4] * MILLISECOND,
        12..=15 => [10, 20][kind % 2] * MILLISECOND,
        _ => [5, 10, 20, 40][kind % 4] * MILLISECOND / 2,
    };
    let count = match first & 3 {
        0 => 1,
        1 | 2 => 2,
        _ => u64::from(packet.get(1)? & 0x3f),
    };
    Some(frame * count).filter(|frames| *frames <= MAX_PACKET_FRAMES as u64)
}

impl PacketDecoder for Opus {
    fn channel_map(&self) -> Option<ChannelMap> {
        ChannelMap::default_for_files(self.head.channels as u32)
    }

    fn decode(&mut self, packet: &Packet, frames: &mut Vec<u8>) -> Result<Spec> {
        frames.clear();
        let corrupt = |_| Error::DecodeError("an Opus packet is corrupt");
        // libopus would take an empty packet for a lost one and conceal it.
        let count = match &*packet.data {
            [] => 0,
            data => self
                .decoder
                .decode(data, &mut self.samples)
                .map_err(corrupt)?,
        };
        let trim = usize::try_from(packet.trim_end.get()).unwrap_or(usize::MAX);
        let end = count.saturating_sub(trim);
        for sample in &self.samples[..end * self.head.channels] {
            frames.extend_from_slice(&(sample * self.head.gain).to_ne_bytes());
        }
        Ok(Spec {
            format: FLOAT,
            rate: RATE,
            channels: self.head.channels as u32,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::opus_head::tests::head;
    use super::*;

    #[test]
    fn impossible_mappings_are_rejected() {
        let six = OpusHead::parse(&head(6, 0, 1, &[4, 2, 0, 4, 1, 2, 3, 5])).unwrap();
        assert!(six.layout.decoder(6).is_ok());
        for table in [[0, 0, 0, 1], [1, 2, 0, 1], [1, 1, 0, 7], [200, 200, 0, 1]] {
            let parsed = OpusHead::parse(&head(2, 0, 1, &table)).unwrap();
            let error = parsed.layout.decoder(2).err();
            assert!(matches!(error, Some(Error::DecodeError(_))), "{table:?}");
        }
    }
}
