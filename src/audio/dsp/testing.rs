//! Sines made and found again, for tests.

use std::f64::consts::TAU;
use std::ops::Range;

/// A sine that begins at zero, half of full scale.
pub(crate) fn sine(hz: f64, rate: u32, frames: usize) -> Vec<f64> {
    let step = TAU * hz / f64::from(rate);
    (0..frames)
        .map(|at| 0.5 * (step * at as f64).sin())
        .collect()
}

/// The sine in some samples.
#[derive(Debug)]
pub(crate) struct Fit {
    pub amplitude: f64,
    /// How far it is ahead of one that began at zero at the first sample, in radians.
    pub phase: f64,
    /// Its power over that of all the rest.
    pub snr_db: f64,
}

/// The sine of `cycles` a sample that is in `samples`, found in `range` of them by least squares.
pub(crate) fn fitted(samples: &[f64], cycles: f64, range: Range<usize>) -> Fit {
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
    Fit {
        amplitude: a.hypot(b),
        phase: b.atan2(a),
        snr_db: 10.0 * (signal / rest).log10(),
    }
}
