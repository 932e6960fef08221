//! Asynchronous sample rate conversion: resampling by a ratio near 1 that follows the drift between two clocks.
//!
//! A windowed sinc with 512 phases and linear interpolation between them, in single precision.

use super::sample::{Dither, Packer, Unpacker};
use crate::audio::error::{Error, Kind, Result};
use crate::audio::spec::Spec;
use std::f64::consts::PI;

/// Taps of the filter. With these and [`CUTOFF`] it is flat up to 19.8 kHz at 48 kHz.
const TAPS: usize = 64;

/// The −6 dB point as a fraction of the Nyquist frequency. Aliases lie above 20 kHz.
const CUTOFF: f64 = 0.95;

/// β of the Kaiser window: 115 dB of stopband attenuation.
const BETA: f64 = 11.5;

/// Filters between two frames. Linear interpolation between two of them has an error of −120 dB at 10 kHz. While the
/// ratio is nearly 1, consecutive frames use adjacent filters, which stay in the cache.
const PHASES: usize = 512;

/// Maximum deviation of the ratio from 1.
pub const MAX_DEVIATION: f64 = 0.02;

/// Resamples frames of any numeric format by a ratio near 1 that may change at any time.
pub struct Asrc {
    spec: Spec,
    unpacker: Unpacker,
    packer: Packer,
    dither: Dither,
    filters: Vec<[f32; TAPS]>,
    /// For each channel, the frames that the filter still needs.
    rows: Vec<Vec<f32>>,
    /// Frames in each row.
    filled: usize,
    /// The position of the next output frame in the rows.
    position: f64,
    /// The distance from one output frame to the next.
    step: f64,
    max_frames: usize,
    output: Vec<u8>,
}

impl Asrc {
    /// A resampler for `spec` that is passed at most `max_frames` frames at a time. Takes a few milliseconds.
    ///
    /// # Errors
    /// [`Kind::Unsupported`] for a format without a full scale.
    pub fn new(spec: Spec, max_frames: usize) -> Result<Asrc> {
        let unsupported = || {
            let message = format!("cannot resample {}", spec.format);
            Error::new(Kind::Unsupported, message)
        };
        let unpacker = Unpacker::new(spec.format).ok_or_else(unsupported)?;
        let packer = Packer::new(spec.format).ok_or_else(unsupported)?;
        let channels = spec.channels as usize;
        let max_output = (max_frames as f64 * (1.0 + 2.0 * MAX_DEVIATION)) as usize + TAPS;
        let mut asrc = Asrc {
            spec,
            unpacker,
            packer,
            dither: Dither::new(1),
            filters: filters(),
            rows: vec![vec![0.0; 2 * TAPS + max_frames]; channels],
            filled: 0,
            position: 0.0,
            step: 1.0,
            max_frames,
            output: vec![0; max_output * spec.frame_bytes()],
        };
        asrc.begin(&[]);
        Ok(asrc)
    }

    /// The delay in frames.
    pub fn delay(&self) -> u64 {
        TAPS as u64 / 2
    }

    /// The number of previous frames that [`Asrc::begin`] uses.
    pub fn history() -> usize {
        TAPS
    }

    /// Starts after the frames `before`, which were not resampled (silence is assumed where they are fewer than
    /// [`Asrc::history`]). The next frame passed in follows them seamlessly and is the next output frame.
    pub fn begin(&mut self, before: &[u8]) {
        let size = self.spec.frame_bytes();
        let known = (before.len() / size).min(TAPS);
        self.rows.iter_mut().for_each(|row| row[..TAPS].fill(0.0));
        self.filled = TAPS - known;
        self.append(&before[before.len() - known * size..]);
        self.position = TAPS as f64;
        self.step = 1.0;
    }

    /// Resamples whole frames, at most the number it was created for, and returns the output frames. `ratio` is the
    /// number of output frames per input frame; it changes linearly and is reached at the end of `frames`.
    pub fn process(&mut self, ratio: f64, frames: &[u8]) -> &[u8] {
        let target = 1.0 / ratio.clamp(1.0 - MAX_DEVIATION, 1.0 + MAX_DEVIATION);
        let count = (frames.len() / self.spec.frame_bytes()).min(self.max_frames);
        self.append(&frames[..count * self.spec.frame_bytes()]);
        let change = (target - self.step) / count.max(1) as f64;
        let mut written = 0;
        while (self.position as usize) + TAPS / 2 < self.filled && written < self.output.len() {
            written = self.interpolate(written);
            self.position += self.step;
            self.step += change;
        }
        self.step = target;
        self.discard_used();
        &self.output[..written]
    }

    fn append(&mut self, frames: &[u8]) {
        let channels = self.rows.len();
        let mut samples = frames.chunks_exact(self.unpacker.bytes());
        for at in self.filled..self.filled + frames.len() / self.spec.frame_bytes() {
            for (row, sample) in self.rows.iter_mut().zip(samples.by_ref().take(channels)) {
                row[at] = self.unpacker.unpack(sample) as f32;
            }
        }
        self.filled += frames.len() / self.spec.frame_bytes();
    }

    /// Writes the frame at the current position to byte `written` of the output, and returns the byte after it.
    fn interpolate(&mut self, mut written: usize) -> usize {
        let first = self.position as usize - (TAPS / 2 - 1);
        let phase = self.position.fract() * PHASES as f64;
        let fraction = phase.fract() as f32;
        let [lower, upper] = [0, 1].map(|next| &self.filters[phase as usize + next]);
        for row in &self.rows {
            let (a, b) = convolve(&row[first..first + TAPS], lower, upper);
            let value = f64::from(a + fraction * (b - a));
            let sample = &mut self.output[written..written + self.packer.bytes()];
            // Digital silence is not dithered.
            if value == 0.0 {
                self.packer.pack(0.0, sample);
            } else {
                self.packer.pack_dithered(value, &mut self.dither, sample);
            }
            written += self.packer.bytes();
        }
        written
    }

    /// Removes the frames before those that the filter still needs.
    fn discard_used(&mut self) {
        let used = (self.position as usize)
            .saturating_sub(TAPS)
            .min(self.filled);
        for row in &mut self.rows {
            row.copy_within(used..self.filled, 0);
        }
        self.filled -= used;
        self.position -= used as f64;
    }
}

/// The dot products of the samples with two filters, in four lanes, so that they are vectorized.
fn convolve(samples: &[f32], lower: &[f32; TAPS], upper: &[f32; TAPS]) -> (f32, f32) {
    const LANES: usize = 4;
    let (mut a, mut b) = ([0.0f32; LANES], [0.0f32; LANES]);
    let filters = lower.chunks_exact(LANES).zip(upper.chunks_exact(LANES));
    for (samples, (lower, upper)) in samples.chunks_exact(LANES).zip(filters) {
        for lane in 0..LANES {
            a[lane] += samples[lane] * lower[lane];
            b[lane] += samples[lane] * upper[lane];
        }
    }
    (a.iter().sum(), b.iter().sum())
}

/// The filter of each phase from one frame to the next, both included.
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
    // Every phase has a DC gain of 1.
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

/// The Kaiser window from −1 to 1.
fn kaiser(x: f64) -> f64 {
    bessel(BETA * (1.0 - x * x).max(0.0).sqrt()) / bessel(BETA)
}

/// The modified Bessel function of the first kind of order 0.
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
    use super::*;
    use crate::audio::dsp::testing::fit_sine;
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
    fn a_sine_is_resampled_with_low_distortion() {
        for hz in [100.0, 997.0, 5000.0, 10_000.0] {
            let mut asrc = Asrc::new(MONO, 256).unwrap();
            let mut output = Vec::new();
            for at in 0..200 {
                let frames = sine(hz, at * 256..(at + 1) * 256);
                output.extend(numbers(asrc.process(1.001, &frames)));
            }
            let db = fit_sine(&output, hz / 48e3 / 1.001, 9600..output.len()).snr_db;
            assert!(db > 110.0, "{hz} Hz: {db:.1} dB");
        }
    }

    #[test]
    fn the_number_of_output_frames_follows_the_ratio() {
        let mut asrc = Asrc::new(MONO, 300).unwrap();
        let mut count = 0;
        for at in 0..1000 {
            let frames = vec![0; 8 * (100 + at % 200)];
            count += asrc.process(0.999, &frames).len() / 8;
        }
        let input: usize = (0..1000).map(|at| 100 + at % 200).sum();
        let expected = (input as f64 * 0.999) as usize - asrc.delay() as usize;
        assert!(count.abs_diff(expected) <= 2, "{count} {expected}");
    }

    #[test]
    fn beginning_is_seamless() {
        let mut asrc = Asrc::new(MONO, 256).unwrap();
        let before = Asrc::history();
        asrc.begin(&sine(440.0, 0..before));
        let mut output = numbers(&sine(440.0, 0..before));
        for at in 0..20 {
            let from = before + 256 * at;
            output.extend(numbers(asrc.process(1.0, &sine(440.0, from..from + 256))));
        }
        let expected = numbers(&sine(440.0, 0..output.len()));
        for (at, (output, expected)) in output.iter().zip(&expected).enumerate() {
            assert!(
                (output - expected).abs() < 1e-4,
                "frame {at}: {output} {expected}"
            );
        }
        assert_eq!(output.len(), before + 20 * 256 - asrc.delay() as usize);
    }

    #[test]
    fn silence_stays_silent_in_every_format() {
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
            let unpacker = Unpacker::new(format).unwrap();
            let mut output = asrc.process(1.0001, &silence).to_vec();
            output.extend_from_slice(asrc.process(1.0001, &silence));
            // A-law has no zero.
            for sample in output.chunks_exact(size) {
                assert!(unpacker.unpack(sample).abs() < 1e-3, "{format}");
            }
        }
    }

    #[test]
    fn formats_without_full_scale_are_rejected() {
        let dsd = Spec {
            format: Format::DSD_U8,
            ..MONO
        };
        assert!(Asrc::new(dsd, 64).is_err());
    }
}
