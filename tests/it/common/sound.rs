//! Sines as samples, and their level and purity in recordings.

use super::{CD, Layout, STEREO, chunk, extensible, riff};
use std::f64::consts::TAU;

/// 16 bits, 48 kHz, mono.
pub const MONO: Layout = Layout {
    channels: 1,
    ..STEREO
};

/// `frames` frames of a sine at half of full scale on all channels, starting at frame `from`.
pub fn sine(layout: Layout, hz: f64, from: usize, frames: usize) -> Vec<u8> {
    let step = TAU * hz / f64::from(layout.rate);
    let value = |at: usize| 0.5 * (step * at as f64).sin();
    let sample = |value: f64| match layout.bytes {
        2 => ((value * 32_768.0).round() as i16).to_le_bytes().to_vec(),
        3 => ((value * 8_388_608.0).round() as i32).to_le_bytes()[..3].to_vec(),
        _ => (value as f32).to_le_bytes().to_vec(),
    };
    (from..from + frames)
        .flat_map(|at| sample(value(at)).repeat(layout.channels.into()))
        .collect()
}

/// 24 bits in 3 bytes, 44.1 kHz, stereo.
pub const S24: Layout = Layout {
    bits: 24,
    bytes: 3,
    ..CD
};

/// One channel of S32_LE stereo samples, scaled to 1.0.
pub fn s32_samples(bytes: &[u8], channel: usize) -> Vec<f64> {
    let samples = bytes.chunks_exact(4).skip(channel).step_by(2);
    samples
        .map(|s| f64::from(i32::from_le_bytes([s[0], s[1], s[2], s[3]])) / 2_147_483_648.0)
        .collect()
}

/// S16_LE samples.
pub fn s16_samples(bytes: &[u8]) -> Vec<i16> {
    let samples = bytes.chunks_exact(2);
    samples.map(|s| i16::from_le_bytes([s[0], s[1]])).collect()
}

/// Fits a sine by least squares: its amplitude, phase and signal-to-noise ratio in dB.
pub fn fit_sine(samples: &[f64], cycles: f64) -> (f64, f64, f64) {
    let wave = |at: usize| (TAU * (cycles * at as f64).fract()).sin_cos();
    let (mut ss, mut cc, mut sc, mut ys, mut yc) = (0.0, 0.0, 0.0, 0.0, 0.0);
    for (at, y) in samples.iter().enumerate() {
        let (s, c) = wave(at);
        (ss, cc, sc) = (ss + s * s, cc + c * c, sc + s * c);
        (ys, yc) = (ys + y * s, yc + y * c);
    }
    let determinant = ss * cc - sc * sc;
    let a = (ys * cc - yc * sc) / determinant;
    let b = (yc * ss - ys * sc) / determinant;
    let rest = |(at, y): (usize, &f64)| (y - a * wave(at).0 - b * wave(at).1).powi(2);
    let noise: f64 = samples.iter().enumerate().map(rest).sum();
    let power = (a * a + b * b) / 2.0 * samples.len() as f64;
    (a.hypot(b), b.atan2(a), 10.0 * (power / noise).log10())
}

/// A WAV file of six frames, each with one channel at a tenth of full scale.
pub fn six_channel_wav(mask: u32) -> Vec<u8> {
    let layout = Layout {
        channels: 6,
        ..STEREO
    };
    let data: Vec<u8> = (0..36)
        .flat_map(|at| (if at % 7 == 0 { 3277i16 } else { 0 }).to_le_bytes())
        .collect();
    riff(&[extensible(layout, 16, mask), chunk(b"data", &data)])
}
