//! One frame of FLAC (RFC 9639, section 9): header, subframes, checksum.

use super::bits::Bits;
use super::flaw::FrameFlaw;
use super::sample::FlacSample;
use super::subframe;

/// The largest number of channels of a frame.
pub(super) const MAX_CHANNELS: usize = 8;

/// How two channels are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ChannelCoding {
    Independent,
    LeftSide,
    SideRight,
    MidSide,
}

/// The header of a frame. Fields whose value is in STREAMINFO instead are `None`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct FrameHeader {
    pub(super) rate: Option<u32>,
    pub(super) bits: Option<u32>,
    pub(super) channels: usize,
    /// Samples of each channel.
    pub(super) samples: usize,
    /// The number of the first sample, or of the frame if all frames are equally long.
    pub(super) number: u64,
    pub(super) is_sample_number: bool,
    stereo: ChannelCoding,
    /// Bytes of the header.
    length: usize,
}

/// Bytes of the longest header.
const MAX_HEADER_BYTES: usize = 16;

impl FrameHeader {
    pub(super) fn parse(bytes: &[u8]) -> Result<FrameHeader, FrameFlaw> {
        let head = &bytes[..bytes.len().min(MAX_HEADER_BYTES)];
        let mut bits = Bits::new(head, 0);
        // Fourteen bits of synchronization and a reserved one.
        if bits.unsigned(15) != 0x7ffc {
            return Err(flaw_of(head, 2));
        }
        let is_sample_number = bits.unsigned(1) == 1;
        let (size, rate) = (bits.unsigned(4), bits.unsigned(4));
        let (channels, depth) = (bits.unsigned(4), bits.unsigned(3));
        if bits.unsigned(1) != 0 || size == 0 || rate == 15 || channels > 10 || depth == 3 {
            return Err(flaw_of(head, 4));
        }
        let number = coded_number(&mut bits)?;
        let samples = samples_of(size, &mut bits);
        let rate = rate_of(rate, &mut bits);
        let length = bits.next_byte();
        let crc = bits.unsigned(8);
        bits.check()?;
        if u32::from(crc8(&bytes[..length])) != crc || rate == Some(0) {
            return Err(FrameFlaw::Damaged);
        }
        Ok(FrameHeader {
            rate,
            bits: [0, 8, 12, 0, 16, 20, 24, 32]
                .get(depth as usize)
                .copied()
                .filter(|bits| *bits > 0),
            channels: if channels > 7 {
                2
            } else {
                channels as usize + 1
            },
            samples,
            number,
            is_sample_number,
            stereo: match channels {
                8 => ChannelCoding::LeftSide,
                9 => ChannelCoding::SideRight,
                10 => ChannelCoding::MidSide,
                _ => ChannelCoding::Independent,
            },
            length: length + 1,
        })
    }
}

/// Why `head` is not a header although its first `needed` bytes, if there are that many, should show one.
fn flaw_of(head: &[u8], needed: usize) -> FrameFlaw {
    match head.len() < needed {
        true => FrameFlaw::Incomplete,
        false => FrameFlaw::Damaged,
    }
}

fn samples_of(code: u32, bits: &mut Bits) -> usize {
    match code {
        1 => 192,
        2..=5 => 144 << code,
        6 => bits.unsigned(8) as usize + 1,
        7 => bits.unsigned(16) as usize + 1,
        _ => 1 << code,
    }
}

fn rate_of(code: u32, bits: &mut Bits) -> Option<u32> {
    const RATES: [u32; 11] = [
        88_200, 176_400, 192_000, 8000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 96_000,
    ];
    match code {
        0 => None,
        12 => Some(1000 * bits.unsigned(8)),
        13 => Some(bits.unsigned(16)),
        14 => Some(10 * bits.unsigned(16)),
        code => RATES.get(code as usize - 1).copied(),
    }
}

/// Parses a number of up to 36 bits that is coded as in UTF-8.
fn coded_number(bits: &mut Bits) -> Result<u64, FrameFlaw> {
    let first = bits.unsigned(8) as u8;
    let more = match first.leading_ones() {
        0 => return Ok(first.into()),
        ones @ 2..=7 => ones - 1,
        _ => return Err(FrameFlaw::Damaged),
    };
    let mut number = u64::from(first & (0x7f >> (more + 1)));
    for _ in 0..more {
        let next = bits.unsigned(8);
        bits.check()?;
        if next & 0xc0 != 0x80 {
            return Err(FrameFlaw::Damaged);
        }
        number = number << 6 | u64::from(next & 0x3f);
    }
    Ok(number)
}

/// The samples of a frame, channel after channel.
#[derive(Default)]
pub(super) struct ChannelPlanes {
    narrow: Vec<i32>,
    wide: Vec<i64>,
    is_wide: bool,
}

impl ChannelPlanes {
    /// Decodes the frame whose header is at the start of `bytes`; `bits` is its number of bits. Returns its length in
    /// bytes.
    pub(super) fn decode(
        &mut self,
        bytes: &[u8],
        header: &FrameHeader,
        bits: u32,
    ) -> Result<usize, FrameFlaw> {
        // The difference of two channels has one bit more, and restoring the channels from it takes another two.
        self.is_wide = bits > 29 && header.stereo != ChannelCoding::Independent;
        let length = match self.is_wide {
            true => decode_planes(&mut self.wide, bytes, header, bits)?,
            false => decode_planes(&mut self.narrow, bytes, header, bits)?,
        };
        let end = length + 2;
        let crc = bytes.get(length..end).ok_or(FrameFlaw::Incomplete)?;
        match crc16(&bytes[..length]).to_be_bytes() == crc {
            true => Ok(end),
            false => Err(FrameFlaw::Damaged),
        }
    }

    /// Calls `see` on each sample, frame by frame, shifted to the left by `shift`.
    #[inline(always)]
    pub(super) fn interleave(&self, header: &FrameHeader, shift: u32, mut see: impl FnMut(i32)) {
        let (channels, samples) = (header.channels, header.samples);
        match (self.is_wide, channels) {
            (false, 2) => {
                let (left, right) = self.narrow[..2 * samples].split_at(samples);
                for (left, right) in left.iter().zip(right) {
                    see(left << shift);
                    see(right << shift);
                }
            }
            (false, _) => (0..samples * channels)
                .for_each(|at| see(self.narrow[at % channels * samples + at / channels] << shift)),
            (true, _) => (0..samples * channels).for_each(|at| {
                see((self.wide[at % channels * samples + at / channels] as i32) << shift);
            }),
        }
    }
}

fn decode_planes<S: FlacSample>(
    planes: &mut Vec<S>,
    bytes: &[u8],
    header: &FrameHeader,
    depth: u32,
) -> Result<usize, FrameFlaw> {
    let samples = header.samples;
    planes.resize((header.channels * samples).max(planes.len()), S::default());
    let mut bits = Bits::new(bytes, header.length);
    for channel in 0..header.channels {
        let is_side = matches!(
            (header.stereo, channel),
            (ChannelCoding::LeftSide | ChannelCoding::MidSide, 1) | (ChannelCoding::SideRight, 0)
        );
        let plane = &mut planes[channel * samples..][..samples];
        subframe::decode(&mut bits, depth + u32::from(is_side), plane)?;
    }
    let (first, second) = planes.split_at_mut(samples);
    for (a, b) in first.iter_mut().zip(second) {
        match header.stereo {
            ChannelCoding::Independent => break,
            ChannelCoding::LeftSide => *b = a.minus(*b),
            ChannelCoding::SideRight => *a = a.plus(*b),
            ChannelCoding::MidSide => (*a, *b) = S::from_mid_side(*a, *b),
        }
    }
    Ok(bits.next_byte())
}

/// CRC-8 with the polynomial x⁸ + x² + x + 1.
fn crc8(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0, |crc, byte| {
        (0..8).fold(crc ^ byte, |crc, _| {
            crc << 1 ^ if crc & 0x80 != 0 { 0x07 } else { 0 }
        })
    })
}

/// Tables of CRC-16 with the polynomial x¹⁶ + x¹⁵ + x² + 1, for 16 bytes at a time.
static CRC16: [[u16; 256]; 16] = crc16_tables();

const fn crc16_tables() -> [[u16; 256]; 16] {
    let mut tables = [[0; 256]; 16];
    let mut byte = 0;
    while byte < 256 {
        let mut crc = (byte as u16) << 8;
        let mut bit = 0;
        while bit < 8 {
            crc = crc << 1 ^ if crc & 0x8000 != 0 { 0x8005 } else { 0 };
            bit += 1;
        }
        tables[0][byte] = crc;
        byte += 1;
    }
    let mut table = 1;
    while table < 16 {
        let mut byte = 0;
        while byte < 256 {
            let crc = tables[table - 1][byte];
            tables[table][byte] = crc << 8 ^ tables[0][(crc >> 8) as usize];
            byte += 1;
        }
        table += 1;
    }
    tables
}

fn crc16(bytes: &[u8]) -> u16 {
    let (blocks, rest) = bytes.as_chunks::<16>();
    let crc = blocks.iter().fold(0_u16, |crc, block| {
        let [high, low] = crc.to_be_bytes();
        let mut next =
            CRC16[15][usize::from(block[0] ^ high)] ^ CRC16[14][usize::from(block[1] ^ low)];
        for at in 2..16 {
            next ^= CRC16[15 - at][usize::from(block[at])];
        }
        next
    });
    rest.iter().fold(crc, |crc, byte| {
        crc << 8 ^ CRC16[0][usize::from((crc >> 8) as u8 ^ byte)]
    })
}
