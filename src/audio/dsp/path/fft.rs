//! Finding a known piece of sound in a recording.

use realfft::RealFftPlanner;
use realfft::num_complex::Complex;

/// The correlation of `piece` with `sound` at each position, normalized: 1.0 where they are alike, -1.0 where one is the
/// inverse of the other.
pub(super) fn correlation(sound: &[f64], piece: &[f64]) -> Vec<f64> {
    if piece.is_empty() || sound.len() < piece.len() {
        return Vec::new();
    }
    let size = (sound.len() + piece.len()).next_power_of_two();
    let mut product = spectrum(sound, size);
    for (bin, other) in product.iter_mut().zip(spectrum(piece, size)) {
        *bin *= other.conj();
    }
    for end in [0, size / 2] {
        product[end].im = 0.0;
    }
    let inverse = RealFftPlanner::new().plan_fft_inverse(size);
    let mut correlated = inverse.make_output_vec();
    // It fails only with buffers of wrong lengths.
    let _ = inverse.process(&mut product, &mut correlated);
    let norm = piece.iter().map(|x| x * x).sum::<f64>().sqrt();
    let positions = sound.len() - piece.len() + 1;
    let energies = windowed_energies(sound, piece.len());
    let scale = size as f64 * norm;
    (0..positions)
        .map(|at| match energies[at].sqrt() {
            // In silence, rounding errors are all there is.
            energy if energy > norm * 1e-6 => correlated[at] / (scale * energy),
            _ => 0.0,
        })
        .collect()
}

/// The spectrum of `samples`, padded with silence to `size`, from 0 Hz to half the rate.
fn spectrum(samples: &[f64], size: usize) -> Vec<Complex<f64>> {
    let forward = RealFftPlanner::new().plan_fft_forward(size);
    let mut padded = samples.to_vec();
    padded.resize(size, 0.0);
    let mut spectrum = forward.make_output_vec();
    // It fails only with buffers of wrong lengths.
    let _ = forward.process(&mut padded, &mut spectrum);
    spectrum
}

/// The sum of squares of each window of `length`.
fn windowed_energies(sound: &[f64], length: usize) -> Vec<f64> {
    let mut sums = Vec::with_capacity(sound.len() + 1);
    let mut sum = 0.0;
    sums.push(sum);
    for sample in sound {
        sum += sample * sample;
        sums.push(sum);
    }
    let windows = sums.iter().zip(&sums[length..]);
    windows.map(|(start, end)| (end - start).max(0.0)).collect()
}

/// The power spectrum of `sound` (Hann window), from 0 Hz to half the rate.
pub(super) fn power_spectrum(sound: &[f64]) -> Vec<f64> {
    let size = sound.len();
    let window = |at: usize| {
        let phase = std::f64::consts::TAU * at as f64 / size as f64;
        0.5 - 0.5 * phase.cos()
    };
    let weighted = sound.iter().enumerate();
    let weighted: Vec<f64> = weighted.map(|(at, sample)| sample * window(at)).collect();
    let bins = spectrum(&weighted, size).into_iter().take(size / 2);
    bins.map(|bin| bin.norm_sqr()).collect()
}

/// The strongest frequency of `sound`, in cycles per frame, between two frequencies. Accurate to about a hundredth of the
/// spacing of the bins.
pub(super) fn strongest_frequency(sound: &[f64], from: f64, to: f64) -> Option<f64> {
    let power = power_spectrum(sound);
    let size = sound.len() as f64;
    let bins =
        (from * size).max(2.0) as usize..((to * size) as usize).min(power.len().checked_sub(2)?);
    let peak = bins.max_by(|a, b| power[*a].total_cmp(&power[*b]))?;
    if power[peak] <= f64::MIN_POSITIVE {
        return None;
    }
    // A parabola through the logarithms of the peak and its neighbors.
    let [before, top, after] = [peak - 1, peak, peak + 1].map(|bin| power[bin].max(1e-300).ln());
    let curve = before - 2.0 * top + after;
    let offset = if curve == 0.0 {
        0.0
    } else {
        (before - after) / (2.0 * curve)
    };
    Some((peak as f64 + offset) / size)
}
