//! Gain: decibels, factors, and ramps from one factor to another.

use super::sample::Number;

/// Gain over a run of frames: a factor that changes linearly from the first frame to the one after the last.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ramp {
    /// Factor at the first frame.
    pub from: f64,
    /// Factor at the frame after the last.
    pub to: f64,
}

impl Ramp {
    /// Leaves every sample unchanged.
    pub const UNITY: Ramp = Ramp::constant(1.0);

    /// The same factor for every frame.
    pub const fn constant(factor: f64) -> Ramp {
        Ramp {
            from: factor,
            to: factor,
        }
    }

    /// Scales interleaved samples in place.
    pub(super) fn apply<T: Number>(self, samples: &mut [T], channels: usize) {
        if self == Ramp::UNITY {
            return;
        }
        if self.from == self.to {
            let factor = T::of(self.from);
            return samples.iter_mut().for_each(|sample| *sample *= factor);
        }
        let frames = samples.len() / channels;
        let step = (self.to - self.from) / frames.max(1) as f64;
        for (at, frame) in samples.chunks_exact_mut(channels).enumerate() {
            let factor = T::of(self.from + step * at as f64);
            frame.iter_mut().for_each(|sample| *sample *= factor);
        }
    }
}

/// The factor for a gain in decibels: `10^(db/20)`.
pub fn factor_from_db(db: f64) -> f64 {
    10f64.powf(db / 20.0)
}

/// A factor as text: `gain -6.0 dB`.
pub fn gain_text(factor: f64) -> String {
    match factor {
        0.0 => "silenced".to_owned(),
        _ => format!("gain {:+.1} dB", 20.0 * factor.log10()),
    }
}
