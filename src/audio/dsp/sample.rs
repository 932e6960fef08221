//! Samples of any format as numbers.

use crate::audio::format::{Encoding, Format, Order};

/// How to read one sample of a format: its bytes, and how they become a number of full scale ±1.0.
#[derive(Clone, Copy, Debug)]
pub struct Reader {
    bytes: usize,
    bits: u32,
    encoding: Encoding,
    big: bool,
}

impl Reader {
    /// A reader for `format`; `None` where its samples have no full scale (DSD, compressed, subframes).
    pub fn new(format: Format) -> Option<Reader> {
        let readable = matches!(
            format.encoding(),
            Encoding::Signed
                | Encoding::Unsigned
                | Encoding::Float
                | Encoding::MuLaw
                | Encoding::ALaw
        );
        readable.then(|| Reader {
            bytes: format.physical_bits() as usize / 8,
            bits: format.bits(),
            encoding: format.encoding(),
            big: format.order() == Order::Big,
        })
    }

    /// Bytes of one sample.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// The sample in `bytes` as a number; full scale is ±1.0.
    pub fn read(&self, bytes: &[u8]) -> f64 {
        let mut word = [0; 8];
        if self.big {
            word[..self.bytes].copy_from_slice(bytes);
            word[..self.bytes].reverse();
        } else {
            word[..self.bytes].copy_from_slice(bytes);
        }
        let raw = u64::from_le_bytes(word);
        match self.encoding {
            Encoding::Float if self.bytes == 4 => f64::from(f32::from_bits(raw as u32)),
            Encoding::Float => f64::from_bits(raw),
            Encoding::MuLaw => f64::from(mu_law(raw as u8)) / 32768.0,
            Encoding::ALaw => f64::from(a_law(raw as u8)) / 32768.0,
            Encoding::Unsigned => self.integer(raw ^ (1 << (self.bits - 1))),
            _ => self.integer(raw),
        }
    }

    /// The low `bits` bits as a signed number, whatever stands above them.
    fn integer(&self, raw: u64) -> f64 {
        let unused = 64 - self.bits;
        let value = ((raw << unused) as i64) >> unused;
        value as f64 / (1u64 << (self.bits - 1)) as f64
    }
}

/// ITU-T G.711 µ-law to 16 bit linear.
fn mu_law(code: u8) -> i16 {
    let code = !code;
    let magnitude = ((i16::from(code & 0x0f) << 3) + 0x84) << ((code & 0x70) >> 4);
    if code & 0x80 == 0 {
        magnitude - 0x84
    } else {
        0x84 - magnitude
    }
}

/// ITU-T G.711 A-law to 16 bit linear.
fn a_law(code: u8) -> i16 {
    let code = code ^ 0x55;
    let mantissa = i16::from(code & 0x0f) << 4;
    let magnitude = match (code & 0x70) >> 4 {
        0 => mantissa + 8,
        exponent => (mantissa + 0x108) << (exponent - 1),
    };
    if code & 0x80 == 0 {
        -magnitude
    } else {
        magnitude
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(format: Format, bytes: &[u8]) -> f64 {
        Reader::new(format).unwrap().read(bytes)
    }

    #[test]
    fn half_of_full_scale_reads_the_same_in_every_format() {
        assert_eq!(read(Format::S8, &[0x40]), 0.5);
        assert_eq!(read(Format::U8, &[0xc0]), 0.5);
        assert_eq!(read(Format::S16_LE, &[0x00, 0x40]), 0.5);
        assert_eq!(read(Format::S16_BE, &[0x40, 0x00]), 0.5);
        assert_eq!(read(Format::U16_LE, &[0x00, 0xc0]), 0.5);
        assert_eq!(read(Format::S24_3LE, &[0, 0, 0xc0]), -0.5);
        // What stands above the 24 bits is not part of the sample.
        assert_eq!(read(Format::S24_LE, &[0, 0, 0xc0, 0x00]), -0.5);
        assert_eq!(read(Format::S20_LE, &[0, 0, 0x04, 0x00]), 0.5);
        assert_eq!(read(Format::S32_BE, &[0x40, 0, 0, 0]), 0.5);
        assert_eq!(read(Format::FLOAT_LE, &0.5f32.to_le_bytes()), 0.5);
        assert_eq!(read(Format::FLOAT64_BE, &0.5f64.to_be_bytes()), 0.5);
    }

    #[test]
    fn the_companded_formats_reach_their_ends() {
        assert_eq!(mu_law(0x00), -32124);
        assert_eq!(mu_law(0x80), 32124);
        assert_eq!(mu_law(0xff), 0);
        assert_eq!(a_law(0x2a), -32256);
        assert_eq!(a_law(0xaa), 32256);
        assert_eq!(a_law(0xd5), 8);
    }

    #[test]
    fn a_format_without_a_full_scale_has_no_reader() {
        assert!(Reader::new(Format::DSD_U8).is_none());
        assert!(Reader::new(Format::MPEG).is_none());
    }
}
