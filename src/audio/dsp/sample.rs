//! Unpacking samples of any format to numbers, and packing numbers into samples.

use super::g711;
use super::random::Random;
use crate::audio::format::{ByteOrder, Encoding, Format};
use std::ops::{AddAssign, MulAssign};

/// The bytes of a sample as a number.
pub(crate) fn load_bytes(bytes: &[u8], order: ByteOrder) -> u64 {
    let mut word = [0; 8];
    word[..bytes.len()].copy_from_slice(bytes);
    if order == ByteOrder::Big {
        word[..bytes.len()].reverse();
    }
    u64::from_le_bytes(word)
}

/// Stores the low bytes of a number as a sample.
pub(crate) fn store_bytes(raw: u64, bytes: &mut [u8], order: ByteOrder) {
    let size = bytes.len();
    bytes.copy_from_slice(&raw.to_le_bytes()[..size]);
    if order == ByteOrder::Big {
        bytes.reverse();
    }
}

/// The memory layout of samples.
#[derive(Clone, Copy, Debug)]
struct SampleLayout {
    bytes: usize,
    bits: u32,
    encoding: Encoding,
    order: ByteOrder,
}

impl SampleLayout {
    /// `None` for formats without a full scale (DSD, compressed, subframes).
    fn new(format: Format) -> Option<SampleLayout> {
        format.is_numeric().then(|| SampleLayout {
            bytes: format.physical_bits() as usize / 8,
            bits: format.bits(),
            encoding: format.encoding(),
            order: format.byte_order(),
        })
    }

    /// Integer steps from zero to full scale.
    fn steps(&self) -> f64 {
        (1u64 << (self.bits - 1)) as f64
    }

    fn is_integer(&self) -> bool {
        matches!(self.encoding, Encoding::Signed | Encoding::Unsigned)
    }

    fn is_little_endian(&self) -> bool {
        self.order != ByteOrder::Big
    }
}

/// Unpacks samples of one format to numbers of full scale ±1.0.
#[derive(Clone, Copy, Debug)]
pub struct Unpacker(SampleLayout);

impl Unpacker {
    /// An unpacker for `format`; `None` if its samples have no full scale (DSD, compressed, subframes).
    pub fn new(format: Format) -> Option<Unpacker> {
        SampleLayout::new(format).map(Unpacker)
    }

    /// Bytes of a sample.
    pub fn bytes(&self) -> usize {
        self.0.bytes
    }

    /// The number in the sample `bytes`.
    pub fn unpack(&self, bytes: &[u8]) -> f64 {
        let raw = load_bytes(bytes, self.0.order);
        match self.0.encoding {
            Encoding::Float if self.0.bytes == 4 => f64::from(f32::from_bits(raw as u32)),
            Encoding::Float => f64::from_bits(raw),
            Encoding::MuLaw => f64::from(g711::from_mu_law(raw as u8)) / G711_SCALE,
            Encoding::ALaw => f64::from(g711::from_a_law(raw as u8)) / G711_SCALE,
            _ => self.integer(raw) as f64 / self.0.steps(),
        }
    }

    /// The signed value of the sample `bytes`, whose format must be an integer one.
    pub(crate) fn unpack_integer(&self, bytes: &[u8]) -> i64 {
        self.integer(load_bytes(bytes, self.0.order))
    }

    /// Appends the numbers of the samples in `bytes` (whole samples) to `numbers`. Common formats have specialized
    /// loops, with the same result as [`Unpacker::unpack`].
    pub(crate) fn unpack_all<T: Number>(&self, bytes: &[u8], numbers: &mut Vec<T>) {
        let SampleLayout {
            bytes: size,
            bits,
            encoding,
            ..
        } = self.0;
        match (encoding, size, bits, self.0.is_little_endian()) {
            (Encoding::Signed, 2, 16, true) => each(bytes, numbers, |sample| {
                f64::from(i16::from_le_bytes(sample)) / 32_768.0
            }),
            (Encoding::Signed, 3, 24, true) => each(bytes, numbers, |[a, b, c]| {
                f64::from(i32::from_le_bytes([0, a, b, c])) / 2_147_483_648.0
            }),
            (Encoding::Signed, 4, 32, true) => each(bytes, numbers, |sample| {
                f64::from(i32::from_le_bytes(sample)) / 2_147_483_648.0
            }),
            (Encoding::Float, 4, _, true) => each(bytes, numbers, |sample| {
                f64::from(f32::from_le_bytes(sample))
            }),
            (Encoding::Float, 8, _, true) => each(bytes, numbers, f64::from_le_bytes),
            _ => numbers.extend(
                bytes
                    .chunks_exact(size)
                    .map(|sample| T::of(self.unpack(sample))),
            ),
        }
    }

    /// The peak of one channel of interleaved frames.
    pub(crate) fn peak(&self, frames: &[u8], channel: usize, channels: usize) -> f32 {
        let samples = frames
            .chunks_exact(self.0.bytes)
            .skip(channel)
            .step_by(channels);
        let (encoding, bits) = (self.0.encoding, self.0.bits);
        if encoding == Encoding::Signed && bits == 16 && self.0.is_little_endian() {
            // Four times as fast as floating point.
            let peak = samples
                .map(|sample| i16::from_le_bytes([sample[0], sample[1]]).unsigned_abs())
                .max();
            return f32::from(peak.unwrap_or(0)) / 32_768.0;
        }
        samples
            .map(|sample| self.unpack(sample).abs() as f32)
            .fold(0.0, f32::max)
    }

    /// Raises `peaks`, one for each channel, to those of interleaved frames.
    pub(crate) fn include_peaks(&self, frames: &[u8], peaks: &mut [f32]) {
        let SampleLayout {
            bytes: size,
            bits,
            encoding,
            ..
        } = self.0;
        match (encoding, size, bits, self.0.is_little_endian()) {
            (Encoding::Signed, 2, 16, true) => include_each(frames, peaks, |sample| {
                f32::from(i16::from_le_bytes(sample)).abs() / 32_768.0
            }),
            (Encoding::Signed, 3, 24, true) => include_each(frames, peaks, |[a, b, c]| {
                i32::from_le_bytes([0, a, b, c]).unsigned_abs() as f32 / 2_147_483_648.0
            }),
            (Encoding::Signed, 4, 32, true) => include_each(frames, peaks, |sample| {
                i32::from_le_bytes(sample).unsigned_abs() as f32 / 2_147_483_648.0
            }),
            (Encoding::Float, 4, _, true) => {
                include_each(frames, peaks, |sample| f32::from_le_bytes(sample).abs())
            }
            _ => {
                for frame in frames.chunks_exact(size * peaks.len()) {
                    for (sample, peak) in frame.chunks_exact(size).zip(&mut *peaks) {
                        *peak = peak.max(self.unpack(sample).abs() as f32);
                    }
                }
            }
        }
    }

    /// The low bits as a signed number, whatever the bits above them.
    fn integer(&self, raw: u64) -> i64 {
        let sign = match self.0.encoding {
            Encoding::Unsigned => 1 << (self.0.bits - 1),
            _ => 0,
        };
        let unused = 64 - self.0.bits;
        (((raw ^ sign) << unused) as i64) >> unused
    }
}

fn each<const N: usize, T: Number>(
    bytes: &[u8],
    numbers: &mut Vec<T>,
    value: impl Fn([u8; N]) -> f64,
) {
    let samples = bytes.as_chunks::<N>().0;
    numbers.extend(samples.iter().map(|sample| T::of(value(*sample))));
}

/// Samples that are compared at once, by vector instructions if they are whole frames: those of 1, 2, 3, 4, 6, 8, 12 and
/// 24 channels are.
const LANES: usize = 24;

fn include_each<const N: usize>(frames: &[u8], peaks: &mut [f32], size: impl Fn([u8; N]) -> f32) {
    let mut samples = frames.as_chunks::<N>().0;
    if LANES.is_multiple_of(peaks.len()) {
        let (blocks, rest) = samples.as_chunks::<LANES>();
        let mut highest = [0.0_f32; LANES];
        for block in blocks {
            for (peak, sample) in highest.iter_mut().zip(block) {
                *peak = peak.max(size(*sample));
            }
        }
        for frame in highest.chunks_exact(peaks.len()) {
            for (highest, peak) in frame.iter().zip(&mut *peaks) {
                *peak = peak.max(*highest);
            }
        }
        samples = rest;
    }
    for frame in samples.chunks_exact(peaks.len()) {
        for (sample, peak) in frame.iter().zip(&mut *peaks) {
            *peak = peak.max(size(*sample));
        }
    }
}

/// The type that samples are processed in.
pub(crate) trait Number: realfft::FftNum + Default + AddAssign + MulAssign {
    fn of(value: f64) -> Self;

    fn double(self) -> f64;
}

impl Number for f32 {
    fn of(value: f64) -> f32 {
        value as f32
    }

    fn double(self) -> f64 {
        self.into()
    }
}

impl Number for f64 {
    fn of(value: f64) -> f64 {
        value
    }

    fn double(self) -> f64 {
        self
    }
}

/// Full scale of linear G.711 samples: 16 bits.
const G711_SCALE: f64 = 32768.0;

/// Packs numbers of full scale ±1.0 into samples of one format: the inverse of [`Unpacker`].
///
/// A number becomes the nearest sample (ties to even), so unpacked samples are packed to the same bytes, and the error
/// from a wider format is at most half a step. Integer formats cannot represent +1.0, which becomes the maximum, one
/// step below. Integer and companded samples beyond ±1.0 are **clipped**; floats are not.
///
/// µ-law and A-law codes are chosen by G.711's decision values. If an integer sample does not fill its bytes, the bits
/// above it are its sign (zero if unsigned), as in alsa-lib.
#[derive(Clone, Copy, Debug)]
pub struct Packer(SampleLayout);

impl Packer {
    /// A packer for `format`; `None` if its samples have no full scale (DSD, compressed, subframes).
    pub fn new(format: Format) -> Option<Packer> {
        SampleLayout::new(format).map(Packer)
    }

    /// Bytes of a sample.
    pub fn bytes(&self) -> usize {
        self.0.bytes
    }

    /// The greatest magnitude that is neither clipped nor distorted, even with dither: slightly less than 1.0, except
    /// for floats.
    pub fn headroom(&self) -> f64 {
        match self.0.encoding {
            Encoding::MuLaw => g711::MU_LAW_PEAK / G711_SCALE,
            Encoding::ALaw => g711::A_LAW_PEAK / G711_SCALE,
            Encoding::Signed | Encoding::Unsigned => 1.0 - 2.0 / self.0.steps(),
            _ => 1.0,
        }
    }

    /// The greatest number that a sample can hold; 1.0 for floats.
    pub fn full_scale(&self) -> f64 {
        match self.0.encoding {
            Encoding::MuLaw => g711::MU_LAW_PEAK / G711_SCALE,
            Encoding::ALaw => g711::A_LAW_PEAK / G711_SCALE,
            Encoding::Signed | Encoding::Unsigned => 1.0 - 1.0 / self.0.steps(),
            _ => 1.0,
        }
    }

    /// Packs `value` into the sample `bytes`. Returns whether it was clipped. NaN counts as clipped and becomes
    /// silence, except in float formats.
    pub fn pack(&self, value: f64, bytes: &mut [u8]) -> bool {
        self.pack_with_noise(value, 0.0, bytes)
    }

    /// As [`Packer::pack`], with dither for integer formats. The others have no uniform steps to dither.
    pub fn pack_dithered(&self, value: f64, dither: &mut Dither, bytes: &mut [u8]) -> bool {
        let noise = if self.0.is_integer() {
            dither.next()
        } else {
            0.0
        };
        self.pack_with_noise(value, noise, bytes)
    }

    /// Appends all numbers to `bytes` as samples, optionally dithered, and returns how many were clipped. Common
    /// formats have specialized loops, with the same result as packing one at a time.
    pub(crate) fn pack_all<T: Number>(
        &self,
        numbers: &[T],
        dither: Option<&mut Dither>,
        bytes: &mut Vec<u8>,
    ) -> u64 {
        let from = bytes.len();
        bytes.resize(from + numbers.len() * self.0.bytes, 0);
        let bytes = &mut bytes[from..];
        match dither.filter(|_| self.0.is_integer()) {
            Some(dither) => self.pack_slice(numbers, || dither.next(), bytes),
            None => self.pack_slice(numbers, || 0.0, bytes),
        }
    }

    fn pack_slice<T: Number>(
        &self,
        numbers: &[T],
        mut noise: impl FnMut() -> f64,
        bytes: &mut [u8],
    ) -> u64 {
        let SampleLayout {
            bytes: size,
            bits,
            encoding,
            ..
        } = self.0;
        match (encoding, size, bits, self.0.is_little_endian()) {
            (Encoding::Signed, 2, 16, true) => {
                self.pack_integers::<2, T>(numbers, noise, bytes, |raw| (raw as i16).to_le_bytes())
            }
            (Encoding::Signed, 3, 24, true) => {
                self.pack_integers::<3, T>(numbers, noise, bytes, |raw| {
                    let [a, b, c, _] = raw.to_le_bytes();
                    [a, b, c]
                })
            }
            (Encoding::Signed, 4, _, true) => {
                self.pack_integers::<4, T>(numbers, noise, bytes, i32::to_le_bytes)
            }
            (Encoding::Float, 4, _, true) => {
                for (number, sample) in numbers.iter().zip(bytes.as_chunks_mut::<4>().0) {
                    *sample = (number.double() as f32).to_le_bytes();
                }
                0
            }
            _ => {
                let samples = numbers.iter().zip(bytes.chunks_exact_mut(size));
                samples
                    .map(|(number, sample)| {
                        u64::from(self.pack_with_noise(number.double(), noise(), sample))
                    })
                    .sum()
            }
        }
    }

    /// [`Packer::pack_with_noise`], simplified for signed integers of up to 32 bits.
    fn pack_integers<const N: usize, T: Number>(
        &self,
        numbers: &[T],
        mut noise: impl FnMut() -> f64,
        bytes: &mut [u8],
        sample_of: impl Fn(i32) -> [u8; N],
    ) -> u64 {
        let steps = self.0.steps();
        let mut clipped = 0;
        for (number, sample) in numbers.iter().zip(bytes.as_chunks_mut::<N>().0) {
            let value = number.double();
            clipped += u64::from(!(-1.0..=1.0).contains(&value));
            let number = if value.is_nan() { 0.0 } else { value };
            let scaled = (number * steps + noise()).max(-steps).min(steps - 1.0);
            *sample = sample_of(((scaled + ROUNDING) - ROUNDING) as i32);
        }
        clipped
    }

    /// Packs `value`, plus `noise` steps. Only the value can count as clipped.
    fn pack_with_noise(&self, value: f64, noise: f64, bytes: &mut [u8]) -> bool {
        let clipped = self.0.encoding != Encoding::Float && !(-1.0..=1.0).contains(&value);
        let number = if value.is_nan() { 0.0 } else { value };
        let raw = match self.0.encoding {
            Encoding::Float if self.0.bytes == 4 => u64::from((value as f32).to_bits()),
            Encoding::Float => value.to_bits(),
            Encoding::MuLaw => u64::from(g711::to_mu_law(number * G711_SCALE)),
            Encoding::ALaw => u64::from(g711::to_a_law(number * G711_SCALE)),
            Encoding::Unsigned => {
                (self.integer(number, noise) + (1 << (self.0.bits - 1))).cast_unsigned()
            }
            _ => self.integer(number, noise).cast_unsigned(),
        };
        store_bytes(raw, bytes, self.0.order);
        clipped
    }

    fn integer(&self, value: f64, noise: f64) -> i64 {
        let steps = self.0.steps();
        let rounded = (value * steps + noise).round_ties_even();
        rounded.clamp(-steps, steps - 1.0) as i64
    }
}

/// 1.5 * 2^52. Adding and subtracting it rounds numbers of less than 2^51 to integers, ties to even.
const ROUNDING: f64 = 6_755_399_441_055_744.0;

/// Dither with a triangular distribution, two steps wide (TPDF). Added before rounding, it turns the rounding error,
/// which depends on the signal and is audible as distortion, into constant noise of half a step.
#[derive(Clone, Debug)]
pub struct Dither(Random);

impl Dither {
    /// Dither that depends only on the seed.
    pub fn new(seed: u64) -> Dither {
        Dither(Random::new(seed))
    }

    /// The noise for the next sample, in steps, between -1 and 1.
    fn next(&mut self) -> f64 {
        self.0.triangular()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unpacked(format: Format, bytes: &[u8]) -> f64 {
        Unpacker::new(format).unwrap().unpack(bytes)
    }

    fn packed(format: Format, value: f64) -> (Vec<u8>, bool) {
        let packer = Packer::new(format).unwrap();
        let mut bytes = vec![0xa5; packer.bytes()];
        let clipped = packer.pack(value, &mut bytes);
        (bytes, clipped)
    }

    fn integers() -> impl Iterator<Item = Format> {
        Format::all()
            .filter(|format| matches!(format.encoding(), Encoding::Signed | Encoding::Unsigned))
    }

    fn step(format: Format) -> f64 {
        1.0 / SampleLayout::new(format).unwrap().steps()
    }

    #[test]
    fn half_of_full_scale_unpacks_to_one_half_in_every_format() {
        assert_eq!(unpacked(Format::S8, &[0x40]), 0.5);
        assert_eq!(unpacked(Format::U8, &[0xc0]), 0.5);
        assert_eq!(unpacked(Format::S16_LE, &[0x00, 0x40]), 0.5);
        assert_eq!(unpacked(Format::S16_BE, &[0x40, 0x00]), 0.5);
        assert_eq!(unpacked(Format::U16_LE, &[0x00, 0xc0]), 0.5);
        assert_eq!(unpacked(Format::S24_3LE, &[0, 0, 0xc0]), -0.5);
        // Bits above the 24 are ignored.
        assert_eq!(unpacked(Format::S24_LE, &[0, 0, 0xc0, 0x00]), -0.5);
        assert_eq!(unpacked(Format::S20_LE, &[0, 0, 0x04, 0x00]), 0.5);
        assert_eq!(unpacked(Format::S32_BE, &[0x40, 0, 0, 0]), 0.5);
        assert_eq!(unpacked(Format::FLOAT_LE, &0.5f32.to_le_bytes()), 0.5);
        assert_eq!(unpacked(Format::FLOAT64_BE, &0.5f64.to_be_bytes()), 0.5);
    }

    #[test]
    fn formats_without_a_full_scale_are_not_supported() {
        for format in [Format::DSD_U8, Format::MPEG, Format::IEC958_SUBFRAME_LE] {
            assert!(Unpacker::new(format).is_none());
            assert!(Packer::new(format).is_none());
        }
    }

    #[test]
    fn samples_are_packed_in_the_documented_layout() {
        let bytes = |format, value| packed(format, value).0;
        assert_eq!(bytes(Format::S16_LE, 0.5), [0x00, 0x40]);
        assert_eq!(bytes(Format::S16_BE, 0.5), [0x40, 0x00]);
        assert_eq!(bytes(Format::U8, -0.5), [0x40]);
        assert_eq!(bytes(Format::S24_3BE, -0.5), [0xc0, 0, 0]);
        // The bits above the sample are its sign, or zero if unsigned.
        assert_eq!(bytes(Format::S24_LE, -0.5), [0, 0, 0xc0, 0xff]);
        assert_eq!(bytes(Format::S20_3LE, -0.5), [0, 0, 0xfc]);
        assert_eq!(bytes(Format::U18_3BE, 0.5), [0x03, 0, 0]);
        assert_eq!(bytes(Format::U32_BE, 0.0), [0x80, 0, 0, 0]);
        assert_eq!(bytes(Format::FLOAT_BE, 0.5), 0.5f32.to_be_bytes());
        assert_eq!(bytes(Format::FLOAT64_LE, 0.1), 0.1f64.to_le_bytes());
    }

    #[test]
    fn every_sample_of_up_to_16_bits_round_trips() {
        for format in integers().filter(|format| format.bits() <= 16) {
            let (packer, unpacker) = (Packer::new(format).unwrap(), Unpacker::new(format).unwrap());
            let mut bytes = vec![0; packer.bytes()];
            let steps = 1i64 << (format.bits() - 1);
            for number in -steps..steps {
                let value = number as f64 / steps as f64;
                assert!(!packer.pack(value, &mut bytes));
                assert_eq!(unpacker.unpack(&bytes), value, "{format} {number}");
            }
        }
    }

    #[test]
    fn samples_of_every_format_round_trip() {
        let mut random = Random::new(1);
        for format in Format::all() {
            let Some(unpacker) = Unpacker::new(format) else {
                continue;
            };
            for _ in 0..2000 {
                let (first, clipped) = packed(format, random.uniform());
                assert!(!clipped);
                let (again, _) = packed(format, unpacker.unpack(&first));
                // µ-law has two zeros.
                let zeros = format == Format::MU_LAW && unpacker.unpack(&first) == 0.0;
                assert!(again == first || zeros, "{format}: {first:?} {again:?}");
            }
            let silence = &format.silence()[..unpacker.bytes()];
            let silent = packed(format, unpacker.unpack(silence)).0;
            assert_eq!(
                unpacker.unpack(&silent),
                unpacker.unpack(silence),
                "{format}"
            );
        }
    }

    #[test]
    fn values_are_rounded_to_nearest_ties_to_even() {
        let mut random = Random::new(2);
        for format in integers() {
            let (step, unpacker) = (step(format), Unpacker::new(format).unwrap());
            for _ in 0..2000 {
                let value = random.uniform() * (1.0 - step);
                let error = unpacker.unpack(&packed(format, value).0) - value;
                assert!(error.abs() <= step / 2.0, "{format} {value}");
            }
            for (value, nearest) in [
                (0.5, 0.0),
                (1.5, 2.0),
                (2.5, 2.0),
                (-0.5, 0.0),
                (-1.5, -2.0),
            ] {
                let bytes = packed(format, value * step).0;
                assert_eq!(unpacker.unpack(&bytes), nearest * step, "{format} {value}");
            }
        }
    }

    #[test]
    fn only_values_beyond_full_scale_are_clipped() {
        for format in integers() {
            let (highest, unpacker) = (1.0 - step(format), Unpacker::new(format).unwrap());
            for (value, sample, clips) in [
                (1.0, highest, false),
                (1.000_001, highest, true),
                (f64::INFINITY, highest, true),
                (-1.0, -1.0, false),
                (-1.000_001, -1.0, true),
                (f64::NEG_INFINITY, -1.0, true),
                (f64::NAN, 0.0, true),
            ] {
                let (bytes, clipped) = packed(format, value);
                assert_eq!(unpacker.unpack(&bytes), sample, "{format} {value}");
                assert_eq!(clipped, clips, "{format} {value}");
            }
        }
        assert_eq!(packed(Format::MU_LAW, 1.0), (vec![0x80], false));
        assert_eq!(packed(Format::MU_LAW, -2.0), (vec![0x00], true));
        assert_eq!(packed(Format::A_LAW, f64::NAN), (vec![0xd5], true));
        assert_eq!(
            packed(Format::FLOAT_LE, 3.5),
            (3.5f32.to_le_bytes().into(), false)
        );
    }

    #[test]
    fn values_within_the_headroom_are_never_clipped() {
        for format in Format::all() {
            let Some(packer) = Packer::new(format) else {
                continue;
            };
            let unpacker = Unpacker::new(format).unwrap();
            let (mut dither, mut bytes) = (Dither::new(1), vec![0; packer.bytes()]);
            let mut highest = 0.0f64;
            for _ in 0..1000 {
                packer.pack_dithered(packer.headroom(), &mut dither, &mut bytes);
                highest = highest.max(unpacker.unpack(&bytes));
            }
            assert!(
                highest
                    <= 1.0
                        - if packer.0.is_integer() {
                            step(format)
                        } else {
                            0.0
                        }
            );
            assert!(
                (highest - packer.headroom()).abs() <= 1.5 / 64.0,
                "{format}"
            );
        }
    }

    /// Mean and variance, in steps, of a constant of `steps` steps after dithering.
    fn dithered(format: Format, steps: f64) -> (f64, f64) {
        const COUNT: usize = 20_000;
        let (packer, unpacker) = (Packer::new(format).unwrap(), Unpacker::new(format).unwrap());
        let (mut dither, mut bytes) = (Dither::new(3), vec![0; packer.bytes()]);
        let (mut sum, mut squares, step) = (0.0, 0.0, step(format));
        for _ in 0..COUNT {
            assert!(!packer.pack_dithered(steps * step, &mut dither, &mut bytes));
            let found = unpacker.unpack(&bytes) / step;
            sum += found;
            squares += (found - steps).powi(2);
        }
        (sum / COUNT as f64, squares / COUNT as f64)
    }

    #[test]
    fn dither_keeps_the_mean_and_has_constant_variance() {
        for format in integers() {
            for steps in [0.0, 0.1, 0.5, 0.9, -7.3] {
                let (mean, variance) = dithered(format, steps);
                assert!((mean - steps).abs() < 0.02, "{format} {steps}: {mean}");
                assert!(
                    (variance - 0.25).abs() < 0.02,
                    "{format} {steps}: {variance}"
                );
            }
        }
    }

    #[test]
    fn packing_and_unpacking_in_bulk_gives_the_same_result() {
        let mut random = Random::new(5);
        let special = [
            0.0,
            1.0,
            -1.0,
            1.5,
            -7.0,
            f64::NAN,
            f64::INFINITY,
            0.5f64.powi(16),
        ];
        let numbers: Vec<f64> = (0..2000)
            .map(|_| 1.1 * random.uniform())
            .chain(special)
            .collect();
        for format in Format::all() {
            let Some(packer) = Packer::new(format) else {
                continue;
            };
            for dithered in [false, true] {
                let (mut one, mut all) = (Dither::new(6), Dither::new(6));
                let (mut wanted, mut clips) = (Vec::new(), 0);
                for number in &numbers {
                    let mut sample = vec![0; packer.bytes()];
                    clips += u64::from(if dithered {
                        packer.pack_dithered(*number, &mut one, &mut sample)
                    } else {
                        packer.pack(*number, &mut sample)
                    });
                    wanted.extend(sample);
                }
                let mut made = vec![];
                let clipped = packer.pack_all(&numbers, dithered.then_some(&mut all), &mut made);
                assert_eq!(clipped, clips, "{format}");
                assert!(made == wanted, "{format}, dithered: {dithered}");
                let unpacker = Unpacker::new(format).unwrap();
                let mut read: Vec<f64> = vec![];
                unpacker.unpack_all(&made, &mut read);
                for (number, sample) in read.iter().zip(made.chunks_exact(unpacker.bytes())) {
                    let wanted = unpacker.unpack(sample);
                    assert!(*number == wanted || wanted.is_nan(), "{format}");
                }
            }
        }
    }

    #[test]
    fn float_formats_are_not_dithered() {
        let mut dither = Dither::new(4);
        let mut bytes = [0; 4];
        let packer = Packer::new(Format::FLOAT_LE).unwrap();
        packer.pack_dithered(0.1, &mut dither, &mut bytes);
        assert_eq!(bytes, 0.1f32.to_le_bytes());
    }
}
