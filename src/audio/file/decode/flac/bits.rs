//! Bits of a frame, most significant first.

use super::flaw::FrameFlaw;
use super::sample::FlacSample;

/// Reads bits. Past the end it yields zeros, and [`Bits::check`] fails.
pub(super) struct Bits<'a> {
    bytes: &'a [u8],
    /// The next bit.
    at: usize,
}

/// The smallest number of bits that [`Bits::word`] contains.
const WORD_BITS: u32 = 57;

impl<'a> Bits<'a> {
    pub(super) fn new(bytes: &'a [u8], first_byte: usize) -> Bits<'a> {
        let at = 8 * first_byte;
        Bits { bytes, at }
    }

    /// # Errors
    /// If more bits have been read than there are.
    pub(super) fn check(&self) -> Result<(), FrameFlaw> {
        match self.at <= 8 * self.bytes.len() {
            true => Ok(()),
            false => Err(FrameFlaw::Incomplete),
        }
    }

    /// The index of the first byte that is entirely unread.
    pub(super) fn next_byte(&self) -> usize {
        self.at.div_ceil(8)
    }

    /// The next 57 bits or more, at the top.
    #[inline(always)]
    fn word(&self) -> u64 {
        let byte = self.at / 8;
        let word = match self.bytes.get(byte..byte + 8) {
            Some(bytes) => u64::from_be_bytes(bytes.try_into().unwrap_or_default()),
            None => self.last_word(byte),
        };
        word << (self.at % 8)
    }

    #[cold]
    fn last_word(&self, byte: usize) -> u64 {
        let mut word = [0; 8];
        let rest = self.bytes.get(byte..).unwrap_or_default();
        word[..rest.len()].copy_from_slice(rest);
        u64::from_be_bytes(word)
    }

    /// An unsigned number of up to 32 bits.
    #[inline]
    pub(super) fn unsigned(&mut self, bits: u32) -> u32 {
        let word = self.word();
        self.at += bits as usize;
        ((word >> 1) >> (63 - bits)) as u32
    }

    /// A two's complement number of up to 33 bits.
    #[inline]
    pub(super) fn signed(&mut self, bits: u32) -> i64 {
        if bits == 0 {
            return 0;
        }
        let word = self.word() as i64;
        self.at += bits as usize;
        word >> (64 - bits)
    }

    /// The number of zero bits before the next set bit, which is consumed, too.
    pub(super) fn zeros(&mut self) -> Result<u32, FrameFlaw> {
        let mut zeros = 0;
        loop {
            let word = self.word();
            let found = word.leading_zeros();
            if found < WORD_BITS {
                self.at += found as usize + 1;
                return Ok(zeros + found);
            }
            zeros += WORD_BITS;
            self.at += WORD_BITS as usize;
            self.check()?;
        }
    }

    /// Rice codes: each a unary quotient, then `parameter` bits.
    #[inline]
    pub(super) fn rice<S: FlacSample>(
        &mut self,
        parameter: u32,
        samples: &mut [S],
    ) -> Result<(), FrameFlaw> {
        let (mut word, mut left) = (0_u64, 0);
        for sample in samples {
            let mut zeros = word.leading_zeros();
            if zeros + 1 + parameter > left {
                (word, left) = (self.word(), WORD_BITS);
                zeros = word.leading_zeros();
            }
            let length = zeros + 1 + parameter;
            let value = if length <= left {
                word <<= zeros;
                let low = ((word << 1) >> 1) >> (63 - parameter);
                word = (word << 1) << parameter;
                left -= length;
                self.at += length as usize;
                u64::from(zeros) << parameter | low
            } else {
                left = 0;
                self.long_rice(parameter)?
            };
            *sample = S::from_i64((value >> 1) as i64 ^ -((value & 1) as i64));
        }
        Ok(())
    }

    #[cold]
    fn long_rice(&mut self, parameter: u32) -> Result<u64, FrameFlaw> {
        let zeros = u64::from(self.zeros()?);
        Ok(zeros << parameter | u64::from(self.unsigned(parameter)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_from_the_most_significant_bit() {
        let bytes = [0b1010_1100, 0xff, 0x00, 0x80, 0x55, 0, 0, 0, 0, 0, 0, 1];
        let mut bits = Bits::new(&bytes, 0);
        assert_eq!(
            (bits.unsigned(3), bits.signed(3), bits.unsigned(0)),
            (5, 3, 0)
        );
        assert_eq!((bits.unsigned(2), bits.signed(4)), (0, -1));
        assert_eq!(bits.zeros().unwrap(), 0);
        assert_eq!(bits.signed(3), -1);
        assert_eq!((bits.zeros().unwrap(), bits.unsigned(15)), (8, 0x55));
        assert_eq!((bits.zeros().unwrap(), bits.next_byte()), (55, 12));
        bits.check().unwrap();
        assert_eq!(bits.unsigned(32), 0);
        assert!(bits.check().is_err() && bits.zeros().is_err());
    }

    #[test]
    fn rice_codes_have_quotient_remainder_and_sign() {
        // 001 01: 2 << 2 | 1 = 9, odd: -5. 1 10: 2, even: 1.
        let mut bits = Bits::new(&[0b0010_1110, 0], 0);
        let mut samples = [0_i32; 2];
        bits.rice(2, &mut samples).unwrap();
        assert_eq!(samples, [-5, 1]);
        // A quotient of 160; then -1 (1 001) as often as it fits.
        let long = [&[0; 20][..], &[0xc8, 0x99, 0x99, 0x99]].concat();
        let mut samples = [0_i64; 8];
        Bits::new(&long, 0).rice(3, &mut samples).unwrap();
        assert_eq!(samples[..2], [(160 << 3 | 4) >> 1, 0]);
    }
}
