//! Finding a known piece of sound in a recording.

use crate::audio::dsp::fft::{Fft, RealFft, multiply};

/// The correlation of `piece` with `sound` at each position, normalized: 1.0 where they are alike, -1.0 where one is the
/// inverse of the other.
pub(super) fn correlation(sound: &[f64], piece: &[f64]) -> Vec<f64> {
    if piece.is_empty() || sound.len() < piece.len() {
        return Vec::new();
    }
    let half = (sound.len() + piece.len()).next_power_of_two() / 2;
    let mut fft = RealFft::new(half);
    let mut spectrum = |samples: &[f64]| {
        let mut padded = samples.to_vec();
        padded.resize(2 * half, 0.0);
        let (mut re, mut im) = (vec![0.0; half + 1], vec![0.0; half + 1]);
        fft.forward(&padded, [&mut re, &mut im]);
        (re, im)
    };
    let (mut re, mut im) = spectrum(sound);
    let (other_re, mut other_im) = spectrum(piece);
    other_im.iter_mut().for_each(|im| *im = -*im);
    multiply([&mut re, &mut im], [&other_re, &other_im]);
    let mut product = vec![0.0; 2 * half];
    fft.inverse([&re, &im], &mut product);
    let norm = piece.iter().map(|x| x * x).sum::<f64>().sqrt();
    let positions = sound.len() - piece.len() + 1;
    let energies = windowed_energies(sound, piece.len());
    let scale = product.len() as f64 * norm;
    (0..positions)
        .map(|at| match energies[at].sqrt() {
            // In silence, rounding errors are all there is.
            energy if energy > norm * 1e-6 => product[at] / (scale * energy),
            _ => 0.0,
        })
        .collect()
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
    let mut re: Vec<f64> = weighted.map(|(at, sample)| sample * window(at)).collect();
    let mut im = vec![0.0; size];
    Fft::new(size).transform(&mut re, &mut im);
    let bins = re.iter().zip(&im).take(size / 2);
    bins.map(|(re, im)| re * re + im * im).collect()
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
