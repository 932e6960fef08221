//! Least squares: sines in a recording, and what is left when they are removed.

use std::f64::consts::TAU;

/// A sine: `cosine · cos + sine · sin` of its phase, which is 0 at the first frame.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sine {
    pub cosine: f64,
    pub sine: f64,
}

impl Sine {
    pub fn amplitude(self) -> f64 {
        self.cosine.hypot(self.sine)
    }

    /// The phase relative to a sine without an offset, in cycles.
    pub fn phase(self) -> f64 {
        self.cosine.atan2(self.sine) / TAU
    }
}

/// The sines of known frequencies that fit a sound best, and the RMS of the rest.
#[derive(Clone, Debug)]
pub(super) struct SineFit {
    pub sines: Vec<Sine>,
    pub residual_rms: f64,
}

/// Fits sines of `frequencies` (cycles per frame) and a constant to `sound`.
pub(super) fn fit_sines(sound: &[f64], frequencies: &[f64]) -> SineFit {
    let unknowns = 2 * frequencies.len() + 1;
    let basis = |at: usize, row: &mut Vec<f64>| {
        row.clear();
        row.push(1.0);
        for frequency in frequencies {
            let (sine, cosine) = (TAU * (frequency * at as f64).fract()).sin_cos();
            row.extend([cosine, sine]);
        }
    };
    let mut normal = vec![vec![0.0; unknowns + 1]; unknowns];
    let mut row = Vec::with_capacity(unknowns);
    for (at, sample) in sound.iter().enumerate() {
        basis(at, &mut row);
        for (line, weight) in normal.iter_mut().zip(&row) {
            for (cell, other) in line.iter_mut().zip(row.iter().chain([sample])) {
                *cell += weight * other;
            }
        }
    }
    let solution = solve(normal);
    let mut squares = 0.0;
    for (at, sample) in sound.iter().enumerate() {
        basis(at, &mut row);
        let fitted: f64 = row.iter().zip(&solution).map(|(a, b)| a * b).sum();
        squares += (sample - fitted).powi(2);
    }
    let sines = solution[1..].chunks_exact(2).map(|pair| Sine {
        cosine: pair[0],
        sine: pair[1],
    });
    SineFit {
        sines: sines.collect(),
        residual_rms: (squares / sound.len().max(1) as f64).sqrt(),
    }
}

/// Solves linear equations, each given by its coefficients and its right side. An unknown that no equation determines is 0.
fn solve(mut lines: Vec<Vec<f64>>) -> Vec<f64> {
    let count = lines.len();
    for column in 0..count {
        let best = (column..count)
            .max_by(|a, b| lines[*a][column].abs().total_cmp(&lines[*b][column].abs()))
            .unwrap_or(column);
        lines.swap(column, best);
        let pivot = lines[column].clone();
        if pivot[column].abs() < 1e-12 {
            continue;
        }
        for (number, line) in lines.iter_mut().enumerate() {
            if number != column {
                let factor = line[column] / pivot[column];
                line.iter_mut()
                    .zip(&pivot)
                    .for_each(|(cell, other)| *cell -= factor * other);
            }
        }
    }
    let value = |(number, line): (usize, &Vec<f64>)| match line[number].abs() < 1e-12 {
        true => 0.0,
        false => line[count] / line[number],
    };
    lines.iter().enumerate().map(value).collect()
}

/// The RMS of `sound`.
pub(super) fn rms(sound: &[f64]) -> f64 {
    let squares: f64 = sound.iter().map(|x| x * x).sum();
    (squares / sound.len().max(1) as f64).sqrt()
}

/// The gain that makes `sent` most like `received`, and the RMS of the rest.
pub(super) fn gain_and_rest(sent: &[f64], received: &[f64]) -> (f64, f64) {
    let pairs = || sent.iter().zip(received);
    let energy: f64 = sent.iter().map(|x| x * x).sum();
    let product: f64 = pairs().map(|(x, y)| x * y).sum();
    let gain = if energy > 0.0 { product / energy } else { 0.0 };
    let rest: Vec<f64> = pairs().map(|(x, y)| y - gain * x).collect();
    (gain, rms(&rest))
}
