//! The header of Opus (RFC 7845).

use crate::audio::channel_map::VORBIS_INDICES;
use symphonia::core::errors::{Error, Result};

/// Opus always decodes at 48 kHz.
pub(super) const RATE: u32 = 48_000;

const CORRUPT_HEADER: Error = Error::DecodeError("the Opus header is corrupt");

/// The identification header (RFC 7845, 5.1).
#[derive(Clone, Debug, PartialEq)]
pub(super) struct OpusHead {
    pub(super) channels: usize,
    /// Frames to drop at the start.
    pub(super) pre_skip: u64,
    /// The output gain as a factor.
    pub(super) gain: f32,
    pub(super) layout: StreamLayout,
}

/// The channel mapping table.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct StreamLayout {
    pub(super) streams: u8,
    pub(super) coupled: u8,
    /// The decoded channel of each output channel, in WAV order.
    pub(super) mapping: Vec<u8>,
}

impl OpusHead {
    /// The header of a plain stream of one or two channels.
    pub(super) fn of_channels(channels: usize) -> Result<OpusHead> {
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
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub fn head(channels: u8, gain: i16, family: u8, table: &[u8]) -> Vec<u8> {
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
    fn six_channels_are_in_wav_order() {
        let parsed = OpusHead::parse(&head(6, 0, 1, &[4, 2, 0, 4, 1, 2, 3, 5])).unwrap();
        assert_eq!(parsed.layout.mapping, [0, 1, 4, 5, 2, 3]);
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
    }
}
