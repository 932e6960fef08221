//! Fourier transforms of real samples.
//!
//! The planner of rustfft 6.4, and so realfft, takes 250 kB: it links code for each of many small lengths. This one chooses
//! among a few of rustfft's algorithms, and is about as fast for the lengths that common sample rates need.

use rustfft::algorithm::butterflies::{
    Butterfly1, Butterfly2, Butterfly3, Butterfly4, Butterfly5, Butterfly6, Butterfly7, Butterfly8,
    Butterfly9, Butterfly12, Butterfly16,
};
use rustfft::algorithm::{BluesteinsAlgorithm, MixedRadix, MixedRadixSmall, Radix4};
use rustfft::num_complex::Complex;
use rustfft::{Fft, FftDirection};
use std::f64::consts::PI;
use std::sync::Arc;

/// Up to this length, what [`MixedRadixSmall`] works on stays in the processor's cache.
const MAX_SMALL: usize = 512;

/// Transforms a fixed, even number of real samples to their spectrum, from 0 to half of the rate, and back.
pub(crate) struct RealFft {
    /// Of half the length: pairs of samples are complex numbers.
    transform: Arc<dyn Fft<f64>>,
    /// A turn by each bin, backward.
    turns: Vec<Complex<f64>>,
    pairs: Vec<Complex<f64>>,
    scratch: Vec<Complex<f64>>,
}

impl RealFft {
    /// Transforms of `length` samples. If it is odd, the last sample is ignored.
    pub(crate) fn new(length: usize) -> RealFft {
        let half = (length / 2).max(1);
        let transform = plan(half);
        let turn = |bin: usize| Complex::from_polar(1.0, -PI * bin as f64 / half as f64);
        let scratch = transform.get_inplace_scratch_len();
        RealFft {
            transform,
            turns: (0..=half / 2).map(turn).collect(),
            pairs: vec![Complex::default(); half],
            scratch: vec![Complex::default(); scratch],
        }
    }

    /// The number of bins of a spectrum.
    pub(crate) fn bins(&self) -> usize {
        self.pairs.len() + 1
    }

    /// Fills `spectrum`, which has [`RealFft::bins`] bins, with the spectrum of `samples`.
    pub(crate) fn forward(&mut self, samples: &[f64], spectrum: &mut [Complex<f64>]) {
        let half = self.pairs.len();
        for (pair, samples) in self.pairs.iter_mut().zip(samples.chunks_exact(2)) {
            *pair = Complex::new(samples[0], samples[1]);
        }
        self.transform_pairs();
        for (bin, turn) in self.turns.iter().enumerate() {
            let (low, high) = (self.pairs[bin], self.pairs[(half - bin) % half].conj());
            let even = (low + high) * 0.5;
            let odd = (low - high) * 0.5 * turn * -Complex::i();
            spectrum[bin] = even + odd;
            spectrum[half - bin] = (even - odd).conj();
        }
    }

    /// Fills `samples` with those of `spectrum`, multiplied by their number. The first and the last bin are real.
    pub(crate) fn inverse(&mut self, spectrum: &[Complex<f64>], samples: &mut [f64]) {
        let half = self.pairs.len();
        for (bin, turn) in self.turns.iter().enumerate() {
            let (low, high) = (spectrum[bin], spectrum[half - bin].conj());
            let (even, odd) = (low + high, (low - high) * turn.conj() * Complex::i());
            // With real and imaginary parts exchanged, the transform is its inverse.
            self.pairs[bin] = exchanged(even + odd);
            self.pairs[(half - bin) % half] = exchanged((even - odd).conj());
        }
        self.transform_pairs();
        for (pair, samples) in self.pairs.iter().zip(samples.chunks_exact_mut(2)) {
            (samples[0], samples[1]) = (pair.im, pair.re);
        }
    }

    fn transform_pairs(&mut self) {
        self.transform
            .process_with_scratch(&mut self.pairs, &mut self.scratch);
    }
}

fn exchanged(number: Complex<f64>) -> Complex<f64> {
    Complex::new(number.im, number.re)
}

/// A transform of `length` complex numbers.
fn plan(length: usize) -> Arc<dyn Fft<f64>> {
    if let Some(small) = butterfly(length) {
        return small;
    }
    if length.is_power_of_two() {
        let exponent = length.trailing_zeros();
        let base = 4 - exponent % 2;
        return Arc::new(Radix4::new_with_base(
            (exponent - base) / 2,
            plan(1 << base),
        ));
    }
    let Some((width, height)) = factors(length) else {
        let inner = plan((2 * length - 1).next_power_of_two());
        return Arc::new(BluesteinsAlgorithm::new(length, inner));
    };
    let (width, height) = (plan(width), plan(height));
    let needs_no_scratch = |part: &Arc<dyn Fft<f64>>| {
        part.get_outofplace_scratch_len() == 0 && part.get_inplace_scratch_len() <= part.len()
    };
    if length <= MAX_SMALL && needs_no_scratch(&width) && needs_no_scratch(&height) {
        Arc::new(MixedRadixSmall::new(width, height))
    } else {
        Arc::new(MixedRadix::new(width, height))
    }
}

/// Two factors of about the same size, the smaller first; `None` for a prime.
fn factors(length: usize) -> Option<(usize, usize)> {
    let is_factor = |factor: &usize| length.is_multiple_of(*factor);
    let factor = (2..=length.isqrt()).rev().find(is_factor)?;
    Some((factor, length / factor))
}

/// A transform of a few numbers, without loops.
fn butterfly(length: usize) -> Option<Arc<dyn Fft<f64>>> {
    let forward = FftDirection::Forward;
    Some(match length {
        1 => Arc::new(Butterfly1::new(forward)),
        2 => Arc::new(Butterfly2::new(forward)),
        3 => Arc::new(Butterfly3::new(forward)),
        4 => Arc::new(Butterfly4::new(forward)),
        5 => Arc::new(Butterfly5::new(forward)),
        6 => Arc::new(Butterfly6::new(forward)),
        7 => Arc::new(Butterfly7::new(forward)),
        8 => Arc::new(Butterfly8::new(forward)),
        9 => Arc::new(Butterfly9::new(forward)),
        12 => Arc::new(Butterfly12::new(forward)),
        16 => Arc::new(Butterfly16::new(forward)),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::dsp::random::Random;

    /// Halves of these take each algorithm: small lengths, powers of two, products, primes and products with them.
    const LENGTHS: &[usize] = &[
        2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 32, 64, 128, 294, 320, 506, 1058, 1176,
        2048, 4096,
    ];

    fn noise(length: usize) -> Vec<f64> {
        let mut random = Random::new(length as u64);
        (0..length).map(|_| 2.0 * random.uniform() - 1.0).collect()
    }

    /// The spectrum by its definition.
    fn slow_spectrum(samples: &[f64]) -> Vec<Complex<f64>> {
        let length = samples.len();
        let turn = |at: usize| -2.0 * PI * (at % length) as f64 / length as f64;
        let part = |bin: usize, at: usize| Complex::from_polar(samples[at], turn(bin * at));
        let bin = |bin: usize| (0..length).map(|at| part(bin, at)).sum();
        (0..=length / 2).map(bin).collect()
    }

    #[test]
    fn transforms_are_exact_in_both_directions() {
        for length in LENGTHS {
            let samples = noise(*length);
            let mut fft = RealFft::new(*length);
            let mut spectrum = vec![Complex::default(); fft.bins()];
            fft.forward(&samples, &mut spectrum);
            for (found, exact) in spectrum.iter().zip(slow_spectrum(&samples)) {
                assert!((found - exact).norm() < 1e-10, "{length}: {found} {exact}");
            }
            let mut back = vec![0.0; *length];
            fft.inverse(&spectrum, &mut back);
            for (found, exact) in back.iter().zip(&samples) {
                let found = found / *length as f64;
                assert!((found - exact).abs() < 1e-13, "{length}: {found} {exact}");
            }
        }
    }
}
