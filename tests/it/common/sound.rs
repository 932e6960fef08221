//! Sines and noise as samples, and what is left of them in a recording.

use super::{CD, Layout, STEREO, chunk, extensible, riff};
use std::f64::consts::TAU;

pub const MONO: Layout = Layout {
    channels: 1,
    ..STEREO
};

/// A sine of half of full scale from frame `from` on, on all channels.
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

pub const S24: Layout = Layout {
    bits: 24,
    bytes: 3,
    ..CD
};

pub fn of_s32(bytes: &[u8], channel: usize) -> Vec<f64> {
    let samples = bytes.chunks_exact(4).skip(channel).step_by(2);
    samples
        .map(|s| f64::from(i32::from_le_bytes([s[0], s[1], s[2], s[3]])) / 2_147_483_648.0)
        .collect()
}

pub fn of_s16(bytes: &[u8]) -> Vec<i16> {
    let samples = bytes.chunks_exact(2);
    samples.map(|s| i16::from_le_bytes([s[0], s[1]])).collect()
}

/// By least squares: amplitude of the sine, phase, and its power over that of the rest in dB.
pub fn fit(samples: &[f64], cycles: f64) -> (f64, f64, f64) {
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

/// One frame of six channels, each of them by itself, at a tenth of full scale.
pub fn six(mask: u32) -> Vec<u8> {
    let layout = Layout {
        channels: 6,
        ..STEREO
    };
    let data: Vec<u8> = (0..36)
        .flat_map(|at| (if at % 7 == 0 { 3277i16 } else { 0 }).to_le_bytes())
        .collect();
    riff(&[extensible(layout, 16, mask), chunk(b"data", &data)])
}
