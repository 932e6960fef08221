//! Samples of any format as numbers, and numbers as samples.

use super::g711;
use super::random::Random;
use crate::audio::format::{ByteOrder, Encoding, Format};

/// How the samples of a format lie in memory.
#[derive(Clone, Copy, Debug)]
struct Shape {
    bytes: usize,
    bits: u32,
    encoding: Encoding,
    big: bool,
}

impl Shape {
    /// `None` where samples have no full scale (DSD, compressed, subframes).
    fn of(format: Format) -> Option<Shape> {
        let numeric = matches!(
            format.encoding(),
            Encoding::Signed
                | Encoding::Unsigned
                | Encoding::Float
                | Encoding::MuLaw
                | Encoding::ALaw
        );
        numeric.then(|| Shape {
            bytes: format.physical_bits() as usize / 8,
            bits: format.bits(),
            encoding: format.encoding(),
            big: format.byte_order() == ByteOrder::Big,
        })
    }

    /// How many integer steps there are from zero to full scale.
    fn steps(&self) -> f64 {
        (1u64 << (self.bits - 1)) as f64
    }

    fn is_integer(&self) -> bool {
        matches!(self.encoding, Encoding::Signed | Encoding::Unsigned)
    }

    /// The bytes of a sample as one number, its least significant byte lowest.
    fn load(&self, bytes: &[u8]) -> u64 {
        let mut word = [0; 8];
        word[..self.bytes].copy_from_slice(bytes);
        if self.big {
            word[..self.bytes].reverse();
        }
        u64::from_le_bytes(word)
    }

    fn store(&self, raw: u64, bytes: &mut [u8]) {
        bytes.copy_from_slice(&raw.to_le_bytes()[..self.bytes]);
        if self.big {
            bytes.reverse();
        }
    }
}

/// How to read one sample of a format: its bytes, and how they become a number of full scale ±1.0.
#[derive(Clone, Copy, Debug)]
pub struct Unpacker(Shape);

impl Unpacker {
    /// A reader for `format`; `None` where its samples have no full scale (DSD, compressed, subframes).
    pub fn new(format: Format) -> Option<Unpacker> {
        Shape::of(format).map(Unpacker)
    }

    /// Bytes of one sample.
    pub fn bytes(&self) -> usize {
        self.0.bytes
    }

    /// The sample in `bytes` as a number; full scale is ±1.0.
    pub fn read(&self, bytes: &[u8]) -> f64 {
        let raw = self.0.load(bytes);
        match self.0.encoding {
            Encoding::Float if self.0.bytes == 4 => f64::from(f32::from_bits(raw as u32)),
            Encoding::Float => f64::from_bits(raw),
            Encoding::MuLaw => f64::from(g711::from_mu_law(raw as u8)) / G711_SCALE,
            Encoding::ALaw => f64::from(g711::from_a_law(raw as u8)) / G711_SCALE,
            Encoding::Unsigned => self.integer(raw ^ (1 << (self.0.bits - 1))),
            _ => self.integer(raw),
        }
    }

    /// Appends all samples in `bytes` (whole samples) to `numbers`. The formats that are met every day have a loop of
    /// their own; the result is [`Unpacker::read`]'s.
    pub(crate) fn read_all<T: Number>(&self, bytes: &[u8], numbers: &mut Vec<T>) {
        let Shape {
            bytes: size,
            bits,
            encoding,
            big,
        } = self.0;
        match (encoding, size, bits, big) {
            (Encoding::Signed, 2, 16, false) => each(bytes, numbers, |sample| {
                f64::from(i16::from_le_bytes(sample)) / 32_768.0
            }),
            (Encoding::Signed, 3, 24, false) => each(bytes, numbers, |[a, b, c]| {
                f64::from(i32::from_le_bytes([0, a, b, c])) / 2_147_483_648.0
            }),
            (Encoding::Signed, 4, 32, false) => each(bytes, numbers, |sample| {
                f64::from(i32::from_le_bytes(sample)) / 2_147_483_648.0
            }),
            (Encoding::Float, 4, _, false) => each(bytes, numbers, |sample| {
                f64::from(f32::from_le_bytes(sample))
            }),
            (Encoding::Float, 8, _, false) => each(bytes, numbers, f64::from_le_bytes),
            _ => numbers.extend(
                bytes
                    .chunks_exact(size)
                    .map(|sample| T::of(self.read(sample))),
            ),
        }
    }

    /// The low `bits` bits as a signed number, whatever stands above them.
    fn integer(&self, raw: u64) -> f64 {
        let unused = 64 - self.0.bits;
        let value = ((raw << unused) as i64) >> unused;
        value as f64 / self.0.steps()
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

/// What samples are worked on as.
pub(crate) trait Number: rubato::Sample + Default {
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

/// Full scale of a G.711 sample once it is linear: 16 bit.
const G711_SCALE: f64 = 32768.0;

/// How to write one sample of a format: the inverse of [`Unpacker`].
///
/// A number from -1.0 to 1.0 becomes the nearest sample there is (ties to the even one), so what a [`Unpacker`] gave
/// comes back as it was, and from a wider format it is rounded by half a step at most. The integer formats have no
/// +1.0: it becomes the highest sample, one step below, as a sine of full scale must be allowed to. Beyond ±1.0 an
/// integer or companded sample is **clipped**; a float one is not.
///
/// µ-law and A-law codes are chosen by G.711's decision values. What stands above the bits of an integer sample that
/// does not fill its bytes is its sign (unsigned: zero), as alsa-lib writes it.
#[derive(Clone, Copy, Debug)]
pub struct Packer(Shape);

impl Packer {
    /// A writer for `format`; `None` where its samples have no full scale (DSD, compressed, subframes).
    pub fn new(format: Format) -> Option<Packer> {
        Shape::of(format).map(Packer)
    }

    /// Bytes of one sample.
    pub fn bytes(&self) -> usize {
        self.0.bytes
    }

    /// The magnitude that a signal may have without being clipped or bent, dithered or not: a little below 1.0, but
    /// for float formats.
    pub fn headroom(&self) -> f64 {
        match self.0.encoding {
            Encoding::MuLaw => g711::MU_LAW_PEAK / G711_SCALE,
            Encoding::ALaw => g711::A_LAW_PEAK / G711_SCALE,
            Encoding::Signed | Encoding::Unsigned => 1.0 - 2.0 / self.0.steps(),
            _ => 1.0,
        }
    }

    /// Writes `value` (full scale ±1.0) into `bytes`, which are one sample. Returns whether it was clipped; what is
    /// not a number counts as clipped, and becomes silence except in float formats.
    pub fn write(&self, value: f64, bytes: &mut [u8]) -> bool {
        self.put(value, 0.0, bytes)
    }

    /// As [`Packer::write`], with dither for the integer formats: the others have no even steps for it.
    pub fn write_dithered(&self, value: f64, dither: &mut Dither, bytes: &mut [u8]) -> bool {
        let noise = if self.0.is_integer() {
            dither.next()
        } else {
            0.0
        };
        self.put(value, noise, bytes)
    }

    /// Appends all numbers to `bytes` as samples, dithered or not, and tells how many were clipped. The formats that are
    /// met every day have a loop of their own; the result is that of one at a time.
    pub(crate) fn write_all<T: Number>(
        &self,
        numbers: &[T],
        dither: Option<&mut Dither>,
        bytes: &mut Vec<u8>,
    ) -> u64 {
        let from = bytes.len();
        bytes.resize(from + numbers.len() * self.0.bytes, 0);
        let bytes = &mut bytes[from..];
        match dither.filter(|_| self.0.is_integer()) {
            Some(dither) => self.put_all(numbers, || dither.next(), bytes),
            None => self.put_all(numbers, || 0.0, bytes),
        }
    }

    fn put_all<T: Number>(
        &self,
        numbers: &[T],
        mut noise: impl FnMut() -> f64,
        bytes: &mut [u8],
    ) -> u64 {
        let Shape {
            bytes: size,
            bits,
            encoding,
            big,
        } = self.0;
        match (encoding, size, bits, big) {
            (Encoding::Signed, 2, 16, false) => {
                self.put_integers::<2, T>(numbers, noise, bytes, |raw| (raw as i16).to_le_bytes())
            }
            (Encoding::Signed, 3, 24, false) => {
                self.put_integers::<3, T>(numbers, noise, bytes, |raw| {
                    let [a, b, c, _] = raw.to_le_bytes();
                    [a, b, c]
                })
            }
            (Encoding::Signed, 4, _, false) => {
                self.put_integers::<4, T>(numbers, noise, bytes, i32::to_le_bytes)
            }
            (Encoding::Float, 4, _, false) => {
                for (number, sample) in numbers.iter().zip(bytes.as_chunks_mut::<4>().0) {
                    *sample = (number.double() as f32).to_le_bytes();
                }
                0
            }
            _ => {
                let mut clipped = 0;
                for (number, sample) in numbers.iter().zip(bytes.chunks_exact_mut(size)) {
                    clipped += u64::from(self.put(number.double(), noise(), sample));
                }
                clipped
            }
        }
    }

    /// [`Packer::put`] for signed integers of up to 32 bits, in plain arithmetic.
    fn put_integers<const N: usize, T: Number>(
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
            // Adding so large a number leaves no room for a fraction: the processor rounds, to the even one.
            *sample = sample_of(((scaled + ROUNDING) - ROUNDING) as i32);
        }
        clipped
    }

    /// Writes `value`, `noise` steps higher. Only the value counts as clipped, not what the noise adds to it.
    fn put(&self, value: f64, noise: f64, bytes: &mut [u8]) -> bool {
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
        self.0.store(raw, bytes);
        clipped
    }

    fn integer(&self, value: f64, noise: f64) -> i64 {
        let steps = self.0.steps();
        let rounded = (value * steps + noise).round_ties_even();
        rounded.clamp(-steps, steps - 1.0) as i64
    }
}

/// One and a half times 2^52: what is added to it, and is less than 2^51, is rounded to a whole number.
const ROUNDING: f64 = 6_755_399_441_055_744.0;

/// Dither of triangular distribution, two steps wide (TPDF): added before rounding, it turns the error of the rounding,
/// which follows the signal and is heard as distortion, into a constant noise of half a step.
#[derive(Clone, Debug)]
pub struct Dither(Random);

impl Dither {
    /// Dither that is the same for the same seed.
    pub fn new(seed: u64) -> Dither {
        Dither(Random::new(seed))
    }

    /// What to add to the next sample, in steps: more than -1 and less than 1.
    fn next(&mut self) -> f64 {
        self.0.triangular()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(format: Format, bytes: &[u8]) -> f64 {
        Unpacker::new(format).unwrap().read(bytes)
    }

    fn written(format: Format, value: f64) -> (Vec<u8>, bool) {
        let writer = Packer::new(format).unwrap();
        let mut bytes = vec![0xa5; writer.bytes()];
        let clipped = writer.write(value, &mut bytes);
        (bytes, clipped)
    }

    fn integers() -> impl Iterator<Item = Format> {
        Format::all()
            .filter(|format| matches!(format.encoding(), Encoding::Signed | Encoding::Unsigned))
    }

    fn step(format: Format) -> f64 {
        1.0 / Shape::of(format).unwrap().steps()
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
    fn a_format_without_a_full_scale_has_no_reader_and_no_writer() {
        for format in [Format::DSD_U8, Format::MPEG, Format::IEC958_SUBFRAME_LE] {
            assert!(Unpacker::new(format).is_none());
            assert!(Packer::new(format).is_none());
        }
    }

    #[test]
    fn samples_lie_in_memory_as_they_should() {
        let bytes = |format, value| written(format, value).0;
        assert_eq!(bytes(Format::S16_LE, 0.5), [0x00, 0x40]);
        assert_eq!(bytes(Format::S16_BE, 0.5), [0x40, 0x00]);
        assert_eq!(bytes(Format::U8, -0.5), [0x40]);
        assert_eq!(bytes(Format::S24_3BE, -0.5), [0xc0, 0, 0]);
        // The sign goes on above the sample; an unsigned one has zeros there.
        assert_eq!(bytes(Format::S24_LE, -0.5), [0, 0, 0xc0, 0xff]);
        assert_eq!(bytes(Format::S20_3LE, -0.5), [0, 0, 0xfc]);
        assert_eq!(bytes(Format::U18_3BE, 0.5), [0x03, 0, 0]);
        assert_eq!(bytes(Format::U32_BE, 0.0), [0x80, 0, 0, 0]);
        assert_eq!(bytes(Format::FLOAT_BE, 0.5), 0.5f32.to_be_bytes());
        assert_eq!(bytes(Format::FLOAT64_LE, 0.1), 0.1f64.to_le_bytes());
    }

    #[test]
    fn every_sample_of_the_narrow_formats_comes_back() {
        for format in integers().filter(|format| format.bits() <= 16) {
            let (writer, reader) = (Packer::new(format).unwrap(), Unpacker::new(format).unwrap());
            let mut bytes = vec![0; writer.bytes()];
            let steps = 1i64 << (format.bits() - 1);
            for number in -steps..steps {
                let value = number as f64 / steps as f64;
                assert!(!writer.write(value, &mut bytes));
                assert_eq!(reader.read(&bytes), value, "{format} {number}");
            }
        }
    }

    #[test]
    fn samples_of_every_format_come_back() {
        let mut random = Random::new(1);
        for format in Format::all() {
            let Some(reader) = Unpacker::new(format) else {
                continue;
            };
            for _ in 0..2000 {
                let (first, clipped) = written(format, random.uniform());
                assert!(!clipped);
                let (again, _) = written(format, reader.read(&first));
                // µ-law has two zeros.
                let zeros = format == Format::MU_LAW && reader.read(&first) == 0.0;
                assert!(again == first || zeros, "{format}: {first:?} {again:?}");
            }
            let silence = &format.silence()[..reader.bytes()];
            let silent = written(format, reader.read(silence)).0;
            assert_eq!(reader.read(&silent), reader.read(silence), "{format}");
        }
    }

    #[test]
    fn a_value_between_two_samples_becomes_the_nearer_one() {
        let mut random = Random::new(2);
        for format in integers() {
            let (step, reader) = (step(format), Unpacker::new(format).unwrap());
            for _ in 0..2000 {
                let value = random.uniform() * (1.0 - step);
                let error = reader.read(&written(format, value).0) - value;
                assert!(error.abs() <= step / 2.0, "{format} {value}");
            }
            for (value, nearest) in [
                (0.5, 0.0),
                (1.5, 2.0),
                (2.5, 2.0),
                (-0.5, 0.0),
                (-1.5, -2.0),
            ] {
                let bytes = written(format, value * step).0;
                assert_eq!(reader.read(&bytes), nearest * step, "{format} {value}");
            }
        }
    }

    #[test]
    fn only_what_is_beyond_full_scale_is_clipped() {
        for format in integers() {
            let (highest, reader) = (1.0 - step(format), Unpacker::new(format).unwrap());
            for (value, sample, clips) in [
                (1.0, highest, false),
                (1.000_001, highest, true),
                (f64::INFINITY, highest, true),
                (-1.0, -1.0, false),
                (-1.000_001, -1.0, true),
                (f64::NEG_INFINITY, -1.0, true),
                (f64::NAN, 0.0, true),
            ] {
                let (bytes, clipped) = written(format, value);
                assert_eq!(reader.read(&bytes), sample, "{format} {value}");
                assert_eq!(clipped, clips, "{format} {value}");
            }
        }
        assert_eq!(written(Format::MU_LAW, 1.0), (vec![0x80], false));
        assert_eq!(written(Format::MU_LAW, -2.0), (vec![0x00], true));
        assert_eq!(written(Format::A_LAW, f64::NAN), (vec![0xd5], true));
        assert_eq!(
            written(Format::FLOAT_LE, 3.5),
            (3.5f32.to_le_bytes().into(), false)
        );
    }

    #[test]
    fn what_stays_in_the_headroom_is_never_cut() {
        for format in Format::all() {
            let Some(writer) = Packer::new(format) else {
                continue;
            };
            let reader = Unpacker::new(format).unwrap();
            let (mut dither, mut bytes) = (Dither::new(1), vec![0; writer.bytes()]);
            let mut highest = 0.0f64;
            for _ in 0..1000 {
                writer.write_dithered(writer.headroom(), &mut dither, &mut bytes);
                highest = highest.max(reader.read(&bytes));
            }
            assert!(
                highest
                    <= 1.0
                        - if writer.0.is_integer() {
                            step(format)
                        } else {
                            0.0
                        }
            );
            assert!(
                (highest - writer.headroom()).abs() <= 1.5 / 64.0,
                "{format}"
            );
        }
    }

    /// Mean and variance, in steps, of what dither makes of `steps` steps.
    fn dithered(format: Format, steps: f64) -> (f64, f64) {
        const COUNT: usize = 20_000;
        let (writer, reader) = (Packer::new(format).unwrap(), Unpacker::new(format).unwrap());
        let (mut dither, mut bytes) = (Dither::new(3), vec![0; writer.bytes()]);
        let (mut sum, mut squares, step) = (0.0, 0.0, step(format));
        for _ in 0..COUNT {
            assert!(!writer.write_dithered(steps * step, &mut dither, &mut bytes));
            let found = reader.read(&bytes) / step;
            sum += found;
            squares += (found - steps).powi(2);
        }
        (sum / COUNT as f64, squares / COUNT as f64)
    }

    #[test]
    fn dither_keeps_the_mean_and_makes_the_error_the_same_for_every_value() {
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
    fn many_samples_at_once_are_what_they_are_one_at_a_time() {
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
            let Some(writer) = Packer::new(format) else {
                continue;
            };
            for dithered in [false, true] {
                let (mut one, mut all) = (Dither::new(6), Dither::new(6));
                let (mut wanted, mut clips) = (Vec::new(), 0);
                for number in &numbers {
                    let mut sample = vec![0; writer.bytes()];
                    clips += u64::from(if dithered {
                        writer.write_dithered(*number, &mut one, &mut sample)
                    } else {
                        writer.write(*number, &mut sample)
                    });
                    wanted.extend(sample);
                }
                let mut made = vec![];
                let clipped = writer.write_all(&numbers, dithered.then_some(&mut all), &mut made);
                assert_eq!(clipped, clips, "{format}");
                assert!(made == wanted, "{format}, dithered: {dithered}");
                let reader = Unpacker::new(format).unwrap();
                let mut read: Vec<f64> = vec![];
                reader.read_all(&made, &mut read);
                for (number, sample) in read.iter().zip(made.chunks_exact(reader.bytes())) {
                    let wanted = reader.read(sample);
                    assert!(*number == wanted || wanted.is_nan(), "{format}");
                }
            }
        }
    }

    #[test]
    fn formats_without_even_steps_are_not_dithered() {
        let mut dither = Dither::new(4);
        let mut bytes = [0; 4];
        let writer = Packer::new(Format::FLOAT_LE).unwrap();
        writer.write_dithered(0.1, &mut dither, &mut bytes);
        assert_eq!(bytes, 0.1f32.to_le_bytes());
    }
}
