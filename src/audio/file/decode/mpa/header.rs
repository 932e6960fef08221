//! The header of a frame of MPEG audio (ISO 11172-3, 2.4.1.3; ISO 13818-3; MPEG 2.5).

/// Bytes of a header.
pub(super) const HEADER_BYTES: usize = 4;

/// The longest frame, free format included.
pub(super) const MAX_FRAME_BYTES: usize = 4096;

/// What the four bytes at the start of a frame say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct MpaHeader {
    /// Whether it is MPEG 1. MPEG 2 has half its sample rates, MPEG 2.5 a quarter.
    pub(super) is_mpeg1: bool,
    is_mpeg25: bool,
    /// 1, 2 or 3.
    pub(super) layer: u8,
    pub(super) rate: u32,
    pub(super) channels: u32,
    /// Bits per second; 0 is a free format.
    pub(super) bit_rate: u32,
    has_padding: bool,
    has_crc: bool,
}

/// kbit/s by MPEG version, layer and index.
#[rustfmt::skip]
const BIT_RATES: [[[u16; 15]; 3]; 2] = [
    [
        [0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256],
        [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
        [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
    ],
    [
        [0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448],
        [0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384],
        [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
    ],
];

impl MpaHeader {
    pub(super) fn parse(bytes: &[u8]) -> Option<MpaHeader> {
        let [0xff, second, third, fourth, ..] = *bytes else {
            return None;
        };
        let (version, layer) = (second >> 3 & 3, 4 - (second >> 1 & 3));
        let (bit_rate, rate) = (usize::from(third >> 4), usize::from(third >> 2 & 3));
        if second & 0xe0 != 0xe0 || version == 1 || layer == 4 || bit_rate == 15 || rate == 3 {
            return None;
        }
        let (is_mpeg1, is_mpeg25) = (version == 3, version == 0);
        let shift = u32::from(!is_mpeg1) + u32::from(is_mpeg25);
        Some(MpaHeader {
            is_mpeg1,
            is_mpeg25,
            layer,
            rate: [44_100, 48_000, 32_000][rate] >> shift,
            channels: if fourth >> 6 == 3 { 1 } else { 2 },
            bit_rate: 1000
                * u32::from(BIT_RATES[usize::from(is_mpeg1)][usize::from(layer) - 1][bit_rate]),
            has_padding: third & 2 != 0,
            has_crc: second & 1 == 0,
        })
    }

    /// Decoded samples of each channel.
    pub(super) fn samples(&self) -> u64 {
        match (self.layer, self.is_mpeg1) {
            (1, _) => 384,
            (3, false) => 576,
            _ => 1152,
        }
    }

    /// Bytes of padding, if the frame has it.
    pub(super) fn padding(&self) -> usize {
        match (self.has_padding, self.layer) {
            (false, _) => 0,
            (true, 1) => 4,
            (true, _) => 1,
        }
    }

    /// Bytes of the frame; `None` for a free format.
    pub(super) fn length(&self) -> Option<usize> {
        if self.bit_rate == 0 {
            return None;
        }
        let slots = self.samples() as usize / 8 * self.bit_rate as usize / self.rate as usize;
        let bytes = if self.layer == 1 {
            slots / 4 * 4
        } else {
            slots
        };
        Some(bytes + self.padding())
    }

    /// Whether both can be frames of one stream; the number of channels may change.
    pub(super) fn continues(&self, other: &MpaHeader) -> bool {
        let kind =
            |header: &MpaHeader| (header.is_mpeg1, header.is_mpeg25, header.layer, header.rate);
        kind(self) == kind(other) && (self.bit_rate == 0) == (other.bit_rate == 0)
    }

    /// Bytes of the side information of layer 3, header and checksum included.
    pub(super) fn side_end(&self) -> usize {
        let side = match (self.is_mpeg1, self.channels) {
            (true, 2) => 32,
            (true, _) | (false, 2) => 17,
            (false, _) => 9,
        };
        HEADER_BYTES + if self.has_crc { 2 } else { 0 } + side
    }

    /// The codec's name.
    pub(super) fn codec(&self) -> &'static str {
        match self.layer {
            1 => "MP1",
            2 => "MP2",
            _ => "MP3",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_follow_from_the_bit_rate() {
        let length = |bytes: [u8; 4]| MpaHeader::parse(&bytes).unwrap().length();
        // 128 kbit/s at 44.1 kHz, without and with padding.
        assert_eq!(length([0xff, 0xfb, 0x90, 0x64]), Some(417));
        assert_eq!(length([0xff, 0xfb, 0x92, 0x64]), Some(418));
        // MPEG 2, 64 kbit/s at 22.05 kHz; MPEG 2.5, 8 kbit/s at 8 kHz.
        assert_eq!(length([0xff, 0xf3, 0x80, 0x64]), Some(208));
        assert_eq!(length([0xff, 0xe3, 0x18, 0x64]), Some(72));
        // Layer 2, 192 kbit/s at 48 kHz; layer 1, 384 kbit/s at 44.1 kHz.
        assert_eq!(length([0xff, 0xfd, 0xa4, 0x04]), Some(576));
        assert_eq!(length([0xff, 0xff, 0xc0, 0x04]), Some(416));
        assert_eq!(length([0xff, 0xfb, 0x00, 0x64]), None);
    }

    #[test]
    fn reserved_values_are_not_headers() {
        for bytes in [
            [0xff, 0xe9, 0x90, 0x64],
            [0xff, 0xf9, 0x90, 0x64],
            [0xff, 0xfb, 0xf0, 0x64],
            [0xff, 0xfb, 0x9c, 0x64],
            [0xff, 0xdb, 0x90, 0x64],
            [0xfe, 0xfb, 0x90, 0x64],
        ] {
            assert_eq!(MpaHeader::parse(&bytes), None, "{bytes:x?}");
        }
        assert_eq!(MpaHeader::parse(&[0xff, 0xfb, 0x90]), None);
    }
}
