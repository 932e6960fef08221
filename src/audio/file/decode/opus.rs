//! Opus, by libopus through `opusic-c`.
//!
//! Symphonia reads the containers but has no decoder. Of those there are, the reference decoder was taken. Measured
//! against it, `opus-decoder` 0.1 is right but decodes at little more than twice real time and not more than two
//! channels, and `ropus` 0.12 is a port of the fixed-point decoder: fast, and off by up to 9 steps of 16 bits.
//! `opusic-c` is a thin, current and safe layer over the system's libopus, which distributions keep patched.

use super::codec::{Codec, FLOAT, Shape};
use crate::audio::channel_map::{ChannelMap, VORBIS_INDICES};
use crate::audio::ffi::opus::OpusDecoder;
use symphonia::core::codecs::audio::AudioCodecParameters;
use symphonia::core::errors::{Error, Result};
use symphonia::core::packet::Packet;

/// Opus is decoded at 48 kHz, whatever it was made from.
const RATE: u32 = 48_000;

/// The longest packet: 120 ms.
const LONGEST_PACKET: usize = 5760;

pub(super) struct Opus {
    decoder: OpusDecoder,
    head: Head,
    samples: Vec<f32>,
}

/// The identification header (RFC 7845, 5.1).
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Head {
    channels: usize,
    /// Frames to be dropped at the beginning.
    pub(super) pre_skip: u64,
    /// What all samples are to be multiplied with.
    gain: f32,
    streams: u8,
    coupled: u8,
    /// For each channel, in the order of a WAV, which decoded one it is.
    mapping: Vec<u8>,
}

impl Head {
    pub(super) fn parse(bytes: &[u8]) -> Result<Head> {
        let broken = Error::DecodeError("the header of Opus is broken");
        let [
            b'O',
            b'p',
            b'u',
            b's',
            b'H',
            b'e',
            b'a',
            b'd',
            version,
            channels,
            rest @ ..,
        ] = bytes
        else {
            return Err(broken);
        };
        let [
            skip_low,
            skip_high,
            _,
            _,
            _,
            _,
            gain_low,
            gain_high,
            family,
            table @ ..,
        ] = rest
        else {
            return Err(broken);
        };
        if *version > 15 {
            return Err(Error::Unsupported("a later version of Opus"));
        }
        let count = usize::from(*channels);
        let (streams, coupled, mapping) = match (*family, table) {
            (0, _) if (1..=2).contains(&count) => (1, u8::from(count == 2), vec![0, 1]),
            (1, [streams, coupled, mapping @ ..])
                if (1..=8).contains(&count) && mapping.len() >= count =>
            {
                (*streams, *coupled, mapping.to_vec())
            }
            (0 | 1, _) => return Err(broken),
            _ => {
                return Err(Error::Unsupported(
                    "Opus with channels that are not for speakers",
                ));
            }
        };
        let decibels = f32::from(i16::from_le_bytes([*gain_low, *gain_high])) / 256.0;
        Ok(Head {
            channels: count,
            pre_skip: u16::from_le_bytes([*skip_low, *skip_high]).into(),
            gain: 10f32.powf(decibels / 20.0),
            streams,
            coupled,
            mapping: VORBIS_INDICES[count - 1]
                .iter()
                .map(|at| mapping[*at])
                .collect(),
        })
    }

    fn decoder(&self) -> Result<OpusDecoder> {
        match self.channels {
            1 => self.decoder_of::<1>(),
            2 => self.decoder_of::<2>(),
            3 => self.decoder_of::<3>(),
            4 => self.decoder_of::<4>(),
            5 => self.decoder_of::<5>(),
            6 => self.decoder_of::<6>(),
            7 => self.decoder_of::<7>(),
            _ => self.decoder_of::<8>(),
        }
    }

    fn decoder_of<const CHANNELS: usize>(&self) -> Result<OpusDecoder> {
        let mapping: Option<[u8; CHANNELS]> = self
            .mapping
            .get(..CHANNELS)
            .and_then(|map| map.try_into().ok());
        mapping
            .and_then(|mapping| OpusDecoder::new(self.streams, self.coupled, mapping))
            .ok_or(Error::DecodeError("the channel mapping of Opus is broken"))
    }
}

impl Opus {
    pub(super) fn new(params: &AudioCodecParameters) -> Result<Opus> {
        let head = Head::parse(params.extra_data.as_deref().unwrap_or_default())?;
        Ok(Opus {
            decoder: head.decoder()?,
            samples: vec![0.0; LONGEST_PACKET * head.channels],
            head,
        })
    }
}

impl Codec for Opus {
    fn channel_map(&self) -> Option<ChannelMap> {
        ChannelMap::default_for_files(self.head.channels as u32)
    }

    fn decode(&mut self, packet: &Packet, frames: &mut Vec<u8>) -> Result<Shape> {
        frames.clear();
        let broken = |_| Error::DecodeError("a packet of Opus is broken");
        // Nothing would be taken for a lost packet, and made up.
        let count = match &*packet.data {
            [] => 0,
            data => self
                .decoder
                .decode(data, &mut self.samples)
                .map_err(broken)?,
        };
        let end =
            count.saturating_sub(usize::try_from(packet.trim_end.get()).unwrap_or(usize::MAX));
        for sample in &self.samples[..end * self.head.channels] {
            frames.extend_from_slice(&(sample * self.head.gain).to_ne_bytes());
        }
        Ok(Shape {
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
    fn the_gain_is_in_256ths_of_a_decibel() {
        let parsed = Head::parse(&head(2, -6 * 256, 0, &[])).unwrap();
        assert!((parsed.gain - 0.501_187).abs() < 1e-5, "{parsed:?}");
        assert_eq!(
            (parsed.pre_skip, parsed.streams, parsed.coupled),
            (312, 1, 1)
        );
    }

    #[test]
    fn six_channels_come_in_the_order_of_a_wav() {
        let parsed = Head::parse(&head(6, 0, 1, &[4, 2, 0, 4, 1, 2, 3, 5])).unwrap();
        assert_eq!(parsed.mapping, [0, 1, 4, 5, 2, 3]);
        assert!(parsed.decoder().is_ok());
    }

    #[test]
    fn a_header_that_cannot_be_right_is_refused() {
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
            assert!(Head::parse(&bytes).is_err(), "{bytes:?}");
        }
        for table in [[0, 0, 0, 1], [1, 2, 0, 1], [1, 1, 0, 7], [200, 200, 0, 1]] {
            let parsed = Head::parse(&head(2, 0, 1, &table)).unwrap();
            assert!(parsed.decoder().is_err(), "{table:?}");
        }
    }
}
