//! Generating and measuring sines in tests.

use std::f64::consts::TAU;
use std::ops::Range;

/// A sine of amplitude 0.5 and phase 0.
pub(crate) fn sine(hz: f64, rate: u32, frames: usize) -> Vec<f64> {
    let step = TAU * hz / f64::from(rate);
    (0..frames)
        .map(|at| 0.5 * (step * at as f64).sin())
        .collect()
}

/// A sine fitted to samples.
#[derive(Debug)]
pub(crate) struct SineFit {
    pub amplitude: f64,
    /// Phase in radians, relative to a sine of phase 0 at the first sample.
    pub phase: f64,
    /// Its power relative to the residual.
    pub snr_db: f64,
}

/// Fits a sine of `cycles` per sample to the samples in `range`, by least squares.
pub(crate) fn fit_sine(samples: &[f64], cycles: f64, range: Range<usize>) -> SineFit {
    let wave = |at: usize| (TAU * (cycles * at as f64).fract()).sin_cos();
    let (mut ss, mut cc, mut sc, mut ys, mut yc) = (0.0, 0.0, 0.0, 0.0, 0.0);
    for at in range.clone() {
        let ((s, c), y) = (wave(at), samples[at]);
        ss += s * s;
        cc += c * c;
        sc += s * c;
        ys += y * s;
        yc += y * c;
    }
    let determinant = ss * cc - sc * sc;
    let a = (ys * cc - yc * sc) / determinant;
    let b = (yc * ss - ys * sc) / determinant;
    let (mut signal, mut rest) = (0.0, 0.0);
    for at in range {
        let (s, c) = wave(at);
        let fit = a * s + b * c;
        signal += fit * fit;
        rest += (samples[at] - fit).powi(2);
    }
    SineFit {
        amplitude: a.hypot(b),
        phase: b.atan2(a),
        snr_db: 10.0 * (signal / rest).log10(),
    }
}
