//! Sound made a little longer or shorter, for a clock that runs a little slower or faster.
//!
//! A windowed sinc in many phases, with a straight line between two of them. Single precision and plain loops: it costs
//! a hundredth of a processor, and a tenth of one where the processor is emulated.

use super::sample::{Dither, Packer, Unpacker};
use crate::audio::error::{Error, Kind, Result};
use crate::audio::spec::Spec;
use std::f64::consts::PI;

/// Taps of the filter. With these and [`CUTOFF`] it is flat to 19.8 kHz at 48 kHz.
const TAPS: usize = 64;

/// Half way down at this part of half the rate. What is mirrored around it lies above 20 kHz.
const CUTOFF: f64 = 0.95;

/// Kaiser's window: what is to be kept out is 115 dB down.
const BETA: f64 = 11.5;

/// Filters between two frames. A straight line between two of them is 120 dB exact at 10 kHz. As the ratio is all but
/// one, neighbours are used for a long time: they stay in the cache.
const PHASES: usize = 512;

/// How far the ratio may be from one.
pub const FURTHEST: f64 = 0.02;

/// Resamples by a ratio near one that may change at any time, in any linear, float or companded format.
pub struct Asrc {
    spec: Spec,
    reader: Unpacker,
    writer: Packer,
    dither: Dither,
    filters: Vec<[f32; TAPS]>,
    /// A row for each channel: the last frames that are still needed, and new ones.
    rows: Vec<Vec<f32>>,
    /// Frames in each row.
    filled: usize,
    /// Where in the rows the next frame is to be made.
    position: f64,
    /// How far it is from one frame to the next.
    step: f64,
    most: usize,
    bytes: Vec<u8>,
}

impl Asrc {
    /// One for `spec` that is given at most `most` frames at a time. Takes some milliseconds.
    ///
    /// # Errors
    /// [`Kind::Unsupported`] for a format without a full scale.
    pub fn new(spec: Spec, most: usize) -> Result<Asrc> {
        let cannot = || {
            let message = format!("{} cannot be resampled", spec.format);
            Error::new(Kind::Unsupported, message)
        };
        let reader = Unpacker::new(spec.format).ok_or_else(cannot)?;
        let writer = Packer::new(spec.format).ok_or_else(cannot)?;
        let channels = spec.channels as usize;
        let room = (most as f64 * (1.0 + 2.0 * FURTHEST)) as usize + TAPS;
        let mut asrc = Asrc {
            spec,
            reader,
            writer,
            dither: Dither::new(1),
            filters: filters(),
            rows: vec![vec![0.0; 2 * TAPS + most]; channels],
            filled: 0,
            position: 0.0,
            step: 1.0,
            most,
            bytes: vec![0; room * spec.frame_bytes()],
        };
        asrc.begin(&[]);
        Ok(asrc)
    }

    /// Frames that stay in it: a frame is made once so many that follow it are known.
    pub fn delay(&self) -> u64 {
        TAPS as u64 / 2
    }

    /// How many frames that went before it wants to know of.
    pub fn history() -> usize {
        TAPS
    }

    /// Starts behind `before`, whole frames that have gone another way up to now (silence, where they are fewer than it
    /// wants to know of): the next frame that is given follows them without a seam, and is the next that comes out.
    pub fn begin(&mut self, before: &[u8]) {
        let size = self.spec.frame_bytes();
        let known = (before.len() / size).min(TAPS);
        self.rows.iter_mut().for_each(|row| row[..TAPS].fill(0.0));
        self.filled = TAPS - known;
        self.read(&before[before.len() - known * size..]);
        self.position = TAPS as f64;
        self.step = 1.0;
    }

    /// Resamples whole frames, at most as many as it was made for; `ratio` is how many frames come out for one that
    /// goes in, and is reached at the end of them. Gives the frames that come out.
    pub fn process(&mut self, ratio: f64, frames: &[u8]) -> &[u8] {
        let wanted = 1.0 / ratio.clamp(1.0 - FURTHEST, 1.0 + FURTHEST);
        let count = (frames.len() / self.spec.frame_bytes()).min(self.most);
        self.read(&frames[..count * self.spec.frame_bytes()]);
        let change = (wanted - self.step) / count.max(1) as f64;
        let mut written = 0;
        while (self.position as usize) + TAPS / 2 < self.filled && written < self.bytes.len() {
            written = self.make(written);
            self.position += self.step;
            self.step += change;
        }
        self.step = wanted;
        self.forget();
        &self.bytes[..written]
    }

    /// Appends frames to the rows.
    fn read(&mut self, frames: &[u8]) {
        let channels = self.rows.len();
        let mut samples = frames.chunks_exact(self.reader.bytes());
        for at in self.filled..self.filled + frames.len() / self.spec.frame_bytes() {
            for (row, sample) in self.rows.iter_mut().zip(samples.by_ref().take(channels)) {
                row[at] = self.reader.read(sample) as f32;
            }
        }
        self.filled += frames.len() / self.spec.frame_bytes();
    }

    /// Makes the frame at the position, behind `written` bytes of them; gives how many there are then.
    fn make(&mut self, mut written: usize) -> usize {
        let first = self.position as usize - (TAPS / 2 - 1);
        let phase = self.position.fract() * PHASES as f64;
        let part = phase.fract() as f32;
        let [one, other] = [0, 1].map(|next| &self.filters[phase as usize + next]);
        for row in &self.rows {
            let (a, b) = products(&row[first..first + TAPS], one, other);
            let value = f64::from(a + part * (b - a));
            let sample = &mut self.bytes[written..written + self.writer.bytes()];
            // Digital silence stays what it is.
            if value == 0.0 {
                self.writer.write(0.0, sample);
            } else {
                self.writer.write_dithered(value, &mut self.dither, sample);
            }
            written += self.writer.bytes();
        }
        written
    }

    /// Lets go of the frames that are not needed any more.
    fn forget(&mut self) {
        let unneeded = (self.position as usize)
            .saturating_sub(TAPS)
            .min(self.filled);
        for row in &mut self.rows {
            row.copy_within(unneeded..self.filled, 0);
        }
        self.filled -= unneeded;
        self.position -= unneeded as f64;
    }
}

/// What two filters make of the same samples. In lanes, as processors have them.
fn products(samples: &[f32], one: &[f32; TAPS], other: &[f32; TAPS]) -> (f32, f32) {
    const LANES: usize = 4;
    let (mut a, mut b) = ([0.0f32; LANES], [0.0f32; LANES]);
    let filters = one.chunks_exact(LANES).zip(other.chunks_exact(LANES));
    for (samples, (one, other)) in samples.chunks_exact(LANES).zip(filters) {
        for lane in 0..LANES {
            a[lane] += samples[lane] * one[lane];
            b[lane] += samples[lane] * other[lane];
        }
    }
    (a.iter().sum(), b.iter().sum())
}

/// The filter for each phase from one frame to the next, both included.
fn filters() -> Vec<[f32; TAPS]> {
    (0..=PHASES)
        .map(|phase| filter(phase as f64 / PHASES as f64))
        .collect()
}

fn filter(phase: f64) -> [f32; TAPS] {
    let half = (TAPS / 2) as f64;
    let taps: [f64; TAPS] = std::array::from_fn(|tap| {
        let at = tap as f64 - (half - 1.0) - phase;
        sinc(CUTOFF * at) * kaiser(at / half)
    });
    // Each phase passes a constant on as it is.
    let sum: f64 = taps.iter().sum();
    taps.map(|tap| (tap / sum) as f32)
}

fn sinc(x: f64) -> f64 {
    if x == 0.0 {
        1.0
    } else {
        (PI * x).sin() / (PI * x)
    }
}

/// Kaiser's window from -1 to 1.
fn kaiser(x: f64) -> f64 {
    bessel(BETA * (1.0 - x * x).max(0.0).sqrt()) / bessel(BETA)
}

/// The modified Bessel function of the first kind, of order zero.
fn bessel(x: f64) -> f64 {
    let (mut sum, mut term, mut order) = (1.0, 1.0, 1.0);
    while term > 1e-15 * sum {
        term *= (x / 2.0 / order).powi(2);
        sum += term;
        order += 1.0;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::super::testing::fitted;
    use super::*;
    use crate::audio::format::Format;
    use std::f64::consts::TAU;

    const MONO: Spec = Spec {
        format: Format::FLOAT64_LE,
        rate: 48_000,
        channels: 1,
    };

    fn sine(hz: f64, frames: std::ops::Range<usize>) -> Vec<u8> {
        frames
            .flat_map(|at| (0.5 * (TAU * hz / 48e3 * at as f64).sin()).to_le_bytes())
            .collect()
    }

    fn numbers(bytes: &[u8]) -> Vec<f64> {
        let samples = bytes.chunks_exact(8);
        samples
            .map(|sample| f64::from_le_bytes(sample.try_into().unwrap()))
            .collect()
    }

    #[test]
    fn a_sine_stays_pure() {
        for hz in [100.0, 997.0, 5000.0, 10_000.0] {
            let mut asrc = Asrc::new(MONO, 256).unwrap();
            let mut heard = Vec::new();
            for at in 0..200 {
                let frames = sine(hz, at * 256..(at + 1) * 256);
                heard.extend(numbers(asrc.process(1.001, &frames)));
            }
            let db = fitted(&heard, hz / 48e3 / 1.001, 9600..heard.len()).snr_db;
            assert!(db > 110.0, "{hz} Hz: {db:.1} dB");
        }
    }

    #[test]
    fn as_many_frames_come_out_as_the_ratio_says() {
        let mut asrc = Asrc::new(MONO, 300).unwrap();
        let mut count = 0;
        for at in 0..1000 {
            let frames = vec![0; 8 * (100 + at % 200)];
            count += asrc.process(0.999, &frames).len() / 8;
        }
        let given: usize = (0..1000).map(|at| 100 + at % 200).sum();
        let wanted = (given as f64 * 0.999) as usize - asrc.delay() as usize;
        assert!(count.abs_diff(wanted) <= 2, "{count} {wanted}");
    }

    #[test]
    fn it_begins_without_a_seam() {
        let mut asrc = Asrc::new(MONO, 256).unwrap();
        let before = Asrc::history();
        asrc.begin(&sine(440.0, 0..before));
        let mut heard = numbers(&sine(440.0, 0..before));
        for at in 0..20 {
            let from = before + 256 * at;
            heard.extend(numbers(asrc.process(1.0, &sine(440.0, from..from + 256))));
        }
        let wanted = numbers(&sine(440.0, 0..heard.len()));
        for (at, (heard, wanted)) in heard.iter().zip(&wanted).enumerate() {
            assert!(
                (heard - wanted).abs() < 1e-4,
                "frame {at}: {heard} {wanted}"
            );
        }
        assert_eq!(heard.len(), before + 20 * 256 - asrc.delay() as usize);
    }

    #[test]
    fn silence_stays_silence_in_every_format() {
        for format in Format::all() {
            let spec = Spec {
                format,
                rate: 48_000,
                channels: 2,
            };
            let Ok(mut asrc) = Asrc::new(spec, 64) else {
                continue;
            };
            let size = format.physical_bits() as usize / 8;
            let silence = format.silence()[..size].repeat(128);
            let reader = Unpacker::new(format).unwrap();
            let mut heard = asrc.process(1.0001, &silence).to_vec();
            heard.extend_from_slice(asrc.process(1.0001, &silence));
            // A-law has no zero.
            for sample in heard.chunks_exact(size) {
                assert!(reader.read(sample).abs() < 1e-3, "{format}");
            }
        }
    }

    #[test]
    fn bits_without_a_scale_are_refused() {
        let dsd = Spec {
            format: Format::DSD_U8,
            ..MONO
        };
        assert!(Asrc::new(dsd, 64).is_err());
    }
}
