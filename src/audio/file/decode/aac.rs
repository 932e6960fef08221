//! What kind of AAC a stream is. symphonia 0.6.1 decodes the low-complexity profile of one or two channels, and
//! silently drops what HE-AAC adds to it: half the band and half the rate are lost.

use symphonia::core::io::{BitReaderLtr, ReadBitsLtr};

/// Sample rates in hertz, by their index in a stream (ISO 14496-3, samplingFrequencyIndex).
pub(super) const SAMPLE_RATES: [u32; 13] = [
    96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8000,
    7350,
];

/// The synchronization word of the extension that announces HE-AAC.
const EXTENSION: u32 = 0x2b7;

/// The content of an AudioSpecificConfig (ISO 14496-3, 1.6.2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct AacConfig {
    pub(super) object_type: u32,
    pub(super) rate: u32,
    /// The channel configuration; 0 if a program config element has it.
    pub(super) channels: u32,
    /// Whether frames have 960 samples instead of 1024.
    pub(super) is_short: bool,
    /// Whether it announces HE-AAC.
    pub(super) has_sbr: bool,
}

impl AacConfig {
    pub(super) fn parse(bytes: &[u8]) -> Option<AacConfig> {
        let mut bits = BitReaderLtr::new(bytes);
        let mut object_type = object_type(&mut bits)?;
        let mut rate = rate(&mut bits)?;
        let channels = bits.read_bits_leq32(4).ok()?;
        let mut has_sbr = false;
        if matches!(object_type, 5 | 29) {
            has_sbr = true;
            // This is the rate of the sound; the next one is the rate of the part without the extension.
            rate = self::rate(&mut bits)?.min(rate);
            object_type = self::object_type(&mut bits)?;
        }
        let is_short = matches!(object_type, 1..=4) && bits.read_bool().unwrap_or(false);
        Some(AacConfig {
            object_type,
            rate,
            channels,
            is_short,
            has_sbr: has_sbr || has_extension(bytes),
        })
    }

    /// Why symphonia does not decode it, if it does not.
    pub(super) fn obstacle(&self) -> Option<String> {
        Some(match self {
            AacConfig { has_sbr: true, .. } => "HE-AAC".to_owned(),
            AacConfig { object_type: 1, .. } => "AAC Main".to_owned(),
            AacConfig { object_type: 3, .. } => "AAC SSR".to_owned(),
            AacConfig { object_type: 4, .. } => "AAC LTP".to_owned(),
            AacConfig {
                object_type: 36, ..
            } => "MPEG-4 ALS".to_owned(),
            AacConfig {
                object_type: 42, ..
            } => "xHE-AAC".to_owned(),
            AacConfig {
                object_type: 23 | 39,
                ..
            } => "low delay AAC".to_owned(),
            AacConfig {
                object_type: 2,
                channels: 0,
                ..
            } => "AAC of an unusual channel configuration".to_owned(),
            AacConfig {
                object_type: 2,
                channels: 3..,
                ..
            } => "multichannel AAC".to_owned(),
            AacConfig {
                object_type: 2,
                is_short: true,
                ..
            } => "AAC with frames of 960 samples".to_owned(),
            AacConfig { object_type: 2, .. } => return None,
            AacConfig { object_type, .. } => format!("MPEG-4 audio of type {object_type}"),
        })
    }

    /// The shortest description of the same stream, without the fields that symphonia 0.6.1 does not know.
    pub(super) fn to_bytes(self) -> Option<[u8; 2]> {
        let index = SAMPLE_RATES.iter().position(|rate| *rate == self.rate)? as u32;
        let bits = self.object_type << 11 | index << 7 | self.channels << 3;
        Some((bits as u16).to_be_bytes())
    }
}

fn object_type(bits: &mut BitReaderLtr) -> Option<u32> {
    match bits.read_bits_leq32(5).ok()? {
        31 => Some(32 + bits.read_bits_leq32(6).ok()?),
        object_type => Some(object_type),
    }
}

fn rate(bits: &mut BitReaderLtr) -> Option<u32> {
    match bits.read_bits_leq32(4).ok()? {
        15 => bits.read_bits_leq32(24).ok(),
        index => SAMPLE_RATES.get(index as usize).copied(),
    }
}

/// Whether the extension follows the configuration: its word, type 5, and a one.
fn has_extension(bytes: &[u8]) -> bool {
    let bit = |at: usize| u32::from(bytes[at / 8] >> (7 - at % 8) & 1);
    let number =
        |from: usize, count: usize| (from..from + count).fold(0, |value, at| value << 1 | bit(at));
    let end = 8 * bytes.len();
    (16..end.saturating_sub(16))
        .any(|at| number(at, 11) == EXTENSION && number(at + 11, 5) == 5 && bit(at + 16) == 1)
}

/// The largest number of packets that [`is_he_aac`] is called with.
pub(super) const MAX_PROBED_PACKETS: usize = 24;

/// Whether most of these packets (raw data blocks) carry the extension of HE-AAC although nothing announces it.
pub(super) fn is_he_aac<'a>(packets: impl Iterator<Item = &'a [u8]>) -> bool {
    let (mut all, mut extended) = (0, 0);
    // Encoders begin with silence, which has none.
    for packet in packets.filter(|packet| packet.len() > 16) {
        all += 1;
        extended += usize::from(ends_with_sbr(packet));
    }
    all >= 3 && extended * 3 >= all * 2
}

/// Whether a raw data block ends with a fill element of spectral band replication (identifier 6, a length, type 13 or
/// 14), perhaps followed by others, whose lengths lead exactly to the final identifier 7. Only the end is checked: what
/// precedes it would have to be decoded.
fn ends_with_sbr(packet: &[u8]) -> bool {
    const FILLS: usize = 3;
    let length = 8 * packet.len();
    let number = |from: usize, count: usize| -> usize {
        let bit = |at: usize| usize::from(packet[at / 8] >> (7 - at % 8) & 1);
        (from..from + count).fold(0, |value, at| value << 1 | bit(at))
    };
    // Up to seven bits fill the last byte.
    let ends = (0..8).filter_map(|padding| length.checked_sub(3 + padding));
    let mut ends: Vec<usize> = ends.filter(|end| number(*end, 3) == 7).collect();
    for _ in 0..FILLS {
        let mut starts = Vec::new();
        for end in &ends {
            for (start, kind) in fills_before(*end, &number) {
                match kind {
                    13 | 14 => return true,
                    0 | 1 => starts.push(start),
                    _ => {}
                }
            }
        }
        ends = starts;
    }
    false
}

/// Where fill elements begin that end at `end`, and their types.
fn fills_before(end: usize, number: &impl Fn(usize, usize) -> usize) -> Vec<(usize, usize)> {
    const MAX_BYTES: usize = 269;
    let fill = |count: usize| {
        let header = if count < 15 { 7 } else { 15 };
        let start = end.checked_sub(8 * count + header)?;
        let stated = match number(start + 3, 4) {
            15 if count >= 15 => number(start + 7, 8) + 14,
            stated if count < 15 => stated,
            _ => return None,
        };
        (number(start, 3) == 6 && stated == count).then(|| (start, number(start + header, 4)))
    };
    (1..MAX_BYTES).filter_map(fill).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn configurations_are_distinguished() {
        let lc = AacConfig::parse(&[0x12, 0x10]).unwrap();
        assert_eq!((lc.rate, lc.channels, lc.obstacle()), (44_100, 2, None));
        assert_eq!(lc.to_bytes(), Some([0x12, 0x10]));
        // It depends on a core coder, which is never used.
        assert_eq!(
            AacConfig::parse(&[0x12, 0x12]).unwrap().to_bytes(),
            Some([0x12, 0x10])
        );
        let obstacle = |bytes: &[u8]| AacConfig::parse(bytes).unwrap().obstacle().unwrap();
        // 22.05 kHz, extended to 44.1 kHz, announced in both ways.
        assert_eq!(obstacle(&[0x2b, 0x92, 0x08]), "HE-AAC");
        assert_eq!(obstacle(&[0x13, 0x90, 0x56, 0xe5, 0xa0]), "HE-AAC");
        assert_eq!(obstacle(&[0x11, 0xb0]), "multichannel AAC");
        assert_eq!(obstacle(&[0x12, 0x14]), "AAC with frames of 960 samples");
        assert_eq!(AacConfig::parse(&[0xff]), None);
    }

    /// A block of `sound` bits, a fill element of `count` bytes with `kind`, and the end.
    fn block(sound: usize, count: usize, kind: usize) -> Vec<u8> {
        let mut bits = vec![0, 1, 0];
        bits.resize(sound, 1);
        let mut push = |value: usize, count: usize| {
            bits.extend(
                (0..count)
                    .rev()
                    .map(|at| value.checked_shr(at as u32).unwrap_or(0) & 1),
            )
        };
        push(6, 3);
        if count < 15 {
            push(count, 4);
        } else {
            push(15, 4);
            push(count - 14, 8);
        }
        push(kind, 4);
        push(5, 8 * count - 4);
        push(7, 3);
        bits.resize(bits.len().next_multiple_of(8), 0);
        bits.chunks(8)
            .map(|byte| byte.iter().fold(0, |byte, bit| byte << 1 | *bit as u8))
            .collect()
    }

    #[test]
    fn the_extension_is_found_at_the_end_of_blocks() {
        for (sound, count) in [(700, 5), (703, 14), (1001, 15), (640, 100)] {
            assert!(ends_with_sbr(&block(sound, count, 13)), "{sound} {count}");
            assert!(!ends_with_sbr(&block(sound, count, 0)), "{sound} {count}");
        }
        let (with, without) = (block(700, 20, 14), block(700, 20, 1));
        let packets = |extended: usize| (0..9).map(move |at| if at < extended { 1 } else { 0 });
        let pick = |kind: usize| if kind == 1 { &with[..] } else { &without[..] };
        assert!(is_he_aac(packets(8).map(pick)));
        assert!(!is_he_aac(packets(2).map(pick)));
        assert!(!is_he_aac(std::iter::empty()));
    }
}
