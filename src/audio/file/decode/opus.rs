//! Opus, decoded with libopus through `opusic-c`.
//!
//! symphonia 0.6.1 has no Opus decoder (pdeljanov/Symphonia#8). libopus is the reference decoder. The pure Rust ones
//! have drawbacks: `opus-decoder` 0.1 is correct, but decodes at little more than twice real time and only up to two
//! channels, and `ropus` 0.12, a port of the fixed-point decoder, is off by up to 9 steps of 16 bits. `opusic-c` is a
//! thin, safe layer over the system's libopus, which distributions keep patched.

use super::decoder::{FLOAT, PacketDecoder};
use crate::audio::channel_map::{ChannelMap, VORBIS_INDICES};
use crate::audio::ffi::opus::OpusDecoder;
use crate::audio::spec::Spec;
use symphonia::core::codecs::audio::AudioCodecParameters;
use symphonia::core::errors::{Error, Result};
use symphonia::core::packet::Packet;

/// Opus always decodes at 48 kHz.
pub(super) const RATE: u32 = 48_000;

/// Maximum frames of a packet: 120 ms.
const MAX_PACKET_FRAMES: usize = 5760;

const CORRUPT_HEADER: Error = Error::DecodeError("the Opus header is corrupt");

pub(super) struct Opus {
    decoder: OpusDecoder,
    head: OpusHead,
    samples: Vec<f32>,
}

/// The identification header (RFC 7845, 5.1).
#[derive(Clone, Debug, PartialEq)]
pub(super) struct OpusHead {
    channels: usize,
    /// Frames to drop at the start.
    pub(super) pre_skip: u64,
    /// The output gain as a factor.
    gain: f32,
    layout: StreamLayout,
}

/// The channel mapping table.
#[derive(Clone, Debug, PartialEq)]
struct StreamLayout {
    streams: u8,
    coupled: u8,
    /// The decoded channel of each output channel, in WAV order.
    mapping: Vec<u8>,
}

impl OpusHead {
    /// The header of a plain stream of one or two channels.
    fn of_channels(channels: usize) -> Result<OpusHead> {
        let mut bytes = b"OpusHead\x01\x00".to_vec();
        bytes.resize(19, 0);
        bytes[9] = u8::try_from(channels).unwrap_or(0);
        OpusHead::parse(&bytes)
    }

    pub(super) fn parse(bytes: &[u8]) -> Result<OpusHead> {
        let fields = bytes.strip_prefix(b"OpusHead").ok_or(CORRUPT_HEADER)?;
        let &[
            version,
            channels,
            skip_low,
            skip_high,
            _,
            _,
            _,
            _,
            gain_low,
            gain_high,
            family,
            ref table @ ..,
        ] = fields
        else {
            return Err(CORRUPT_HEADER);
        };
        if version > 15 {
            return Err(Error::Unsupported("a later version of Opus"));
        }
        let channels = usize::from(channels);
        let layout = StreamLayout::parse(family, channels, table)?;
        let decibels = f32::from(i16::from_le_bytes([gain_low, gain_high])) / 256.0;
        Ok(OpusHead {
            channels,
            pre_skip: u16::from_le_bytes([skip_low, skip_high]).into(),
            gain: 10f32.powf(decibels / 20.0),
            layout,
        })
    }

    fn decoder(&self) -> Result<OpusDecoder> {
        match self.channels {
            1 => self.layout.decoder::<1>(),
            2 => self.layout.decoder::<2>(),
            3 => self.layout.decoder::<3>(),
            4 => self.layout.decoder::<4>(),
            5 => self.layout.decoder::<5>(),
            6 => self.layout.decoder::<6>(),
            7 => self.layout.decoder::<7>(),
            _ => self.layout.decoder::<8>(),
        }
    }
}

impl StreamLayout {
    fn parse(family: u8, channels: usize, table: &[u8]) -> Result<StreamLayout> {
        let (streams, coupled, mapping) = match (family, table) {
            (0, _) if (1..=2).contains(&channels) => (1, u8::from(channels == 2), &[0, 1][..]),
            (1, [streams, coupled, mapping @ ..])
                if (1..=8).contains(&channels) && mapping.len() >= channels =>
            {
                (*streams, *coupled, mapping)
            }
            (0 | 1, _) => return Err(CORRUPT_HEADER),
            _ => return Err(Error::Unsupported("Opus with channels of unknown position")),
        };
        let indices = VORBIS_INDICES[channels - 1].iter();
        Ok(StreamLayout {
            streams,
            coupled,
            mapping: indices.map(|index| mapping[*index]).collect(),
        })
    }

    fn decoder<const CHANNELS: usize>(&self) -> Result<OpusDecoder> {
        let mapping: Option<[u8; CHANNELS]> = self
            .mapping
            .get(..CHANNELS)
            .and_then(|map| map.try_into().ok());
        mapping
            .and_then(|mapping| OpusDecoder::new(self.streams, self.coupled, mapping))
            .ok_or(Error::DecodeError("the Opus channel mapping is corrupt"))
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
            decoder: head.decoder()?,
            samples: vec![0.0; MAX_PACKET_FRAMES * head.channels],
            head,
        })
    }
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
    use super::*;

    fn head(channels: u8, gain: i16, family: u8, table: &[u8]) -> Vec<u8> {
        let mut bytes = b"OpusHead\x01".to_vec();
        bytes.push(channels);
        bytes.extend(312_u16.to_le_bytes());
        bytes.extend(44_100_u32.to_le_bytes());
        bytes.extend(gain.to_le_bytes());
        bytes.push(family);
        bytes.extend(table);
        bytes
    }

    #[test]
    fn the_gain_is_in_units_of_1_256_db() {
        let parsed = OpusHead::parse(&head(2, -6 * 256, 0, &[])).unwrap();
        assert!((parsed.gain - 0.501_187).abs() < 1e-5, "{parsed:?}");
        let layout = &parsed.layout;
        assert_eq!(
            (parsed.pre_skip, layout.streams, layout.coupled),
            (312, 1, 1)
        );
    }

    #[test]
    fn six_channels_are_decoded_in_wav_order() {
        let parsed = OpusHead::parse(&head(6, 0, 1, &[4, 2, 0, 4, 1, 2, 3, 5])).unwrap();
        assert_eq!(parsed.layout.mapping, [0, 1, 4, 5, 2, 3]);
        assert!(parsed.decoder().is_ok());
    }

    #[test]
    fn invalid_headers_are_rejected() {
        for bytes in [
            head(0, 0, 0, &[]),
            head(3, 0, 0, &[]),
            head(2, 0, 1, &[1]),
            head(2, 0, 1, &[1, 1, 0]),
            head(9, 0, 1, &[9, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8]),
            head(2, 0, 255, &[2, 0, 0, 1]),
            b"OpusHead".to_vec(),
            b"OpusTags\x01\x02".to_vec(),
        ] {
            assert!(OpusHead::parse(&bytes).is_err(), "{bytes:?}");
        }
        for table in [[0, 0, 0, 1], [1, 2, 0, 1], [1, 1, 0, 7], [200, 200, 0, 1]] {
            let parsed = OpusHead::parse(&head(2, 0, 1, &table)).unwrap();
            assert!(parsed.decoder().is_err(), "{table:?}");
        }
    }
}
