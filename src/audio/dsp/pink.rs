//! A filter that turns white noise into pink noise.

use std::f64::consts::PI;

/// The lowest corner frequency in Hz. Below it the noise is white, so that its power is finite.
const LOWEST_CORNER: f64 = 5.0;

/// The ratio of neighboring corner frequencies. Between two, the spectrum falls by 6 dB per octave for half of the way
/// and is flat for the other half: 3 dB on average, with a ripple of less than 0.1 dB.
const CORNER_RATIO: f64 = 4.0;

/// The weight of the previous input sample. Lowers the response near the Nyquist frequency, where the sections alone
/// are too high because of aliasing.
const PREVIOUS_WEIGHT: f64 = 0.08;

/// A filter of -3 dB per octave, accurate to 0.25 dB from 50 Hz to 15 kHz (at rates up to 32 kHz: to 0.8 dB, up to 0.47
/// times the rate).
#[derive(Clone, Debug)]
pub(super) struct Pink {
    sections: Vec<Section>,
    previous: f64,
}

/// One pole and one zero: `y[n] = x[n] - zero * x[n-1] + pole * y[n-1]`.
#[derive(Clone, Debug)]
struct Section {
    pole: f64,
    zero: f64,
    state: f64,
}

impl Section {
    fn at(corner: f64, rate: f64) -> Section {
        let root = |hz: f64| (-2.0 * PI * hz / rate).exp();
        Section {
            pole: root(corner),
            zero: root(corner * CORNER_RATIO.sqrt()),
            state: 0.0,
        }
    }

    fn filter(&mut self, input: f64) -> f64 {
        let output = input + self.state;
        self.state = self.pole * output - self.zero * input;
        output
    }

    /// The squared gain at `angle` radians per frame.
    fn power(&self, angle: f64) -> f64 {
        let distance = |root: f64| 1.0 - 2.0 * root * angle.cos() + root * root;
        distance(self.zero) / distance(self.pole)
    }
}

impl Pink {
    /// A filter for frames at `rate` Hz.
    pub(super) fn new(rate: u32) -> Pink {
        let rate = f64::from(rate);
        let corners =
            std::iter::successors(Some(LOWEST_CORNER), |corner| Some(corner * CORNER_RATIO));
        Pink {
            sections: corners
                .take_while(|corner| *corner < rate / 2.0)
                .map(|corner| Section::at(corner, rate))
                .collect(),
            previous: 0.0,
        }
    }

    /// Filters the next sample.
    pub(super) fn filter(&mut self, white: f64) -> f64 {
        let input = white + PREVIOUS_WEIGHT * std::mem::replace(&mut self.previous, white);
        self.sections
            .iter_mut()
            .fold(input, |value, section| section.filter(value))
    }

    /// The squared gain at `angle` radians per frame.
    fn power(&self, angle: f64) -> f64 {
        let input = 1.0 + 2.0 * PREVIOUS_WEIGHT * angle.cos() + PREVIOUS_WEIGHT * PREVIOUS_WEIGHT;
        self.sections
            .iter()
            .fold(input, |power, section| power * section.power(angle))
    }

    /// The ratio of the RMS of the output to the RMS of white noise at the input.
    pub(super) fn gain(&self) -> f64 {
        // The mean of the power over all angles up to Nyquist, integrated in logarithmic steps from where the spectrum
        // is flat.
        const LOW: f64 = 1e-7;
        const FACTOR: f64 = 1.01;
        let angles = std::iter::successors(Some(LOW), |angle| Some(angle * FACTOR));
        let mean: f64 = angles
            .take_while(|angle| *angle < PI)
            .map(|angle| self.power(angle * FACTOR.sqrt()) * angle * (FACTOR - 1.0))
            .sum();
        (mean / PI).sqrt()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::dsp::random::Random;

    #[test]
    fn the_spectrum_falls_by_3_db_per_octave() {
        for rate in [8000, 16_000, 32_000, 44_100, 48_000, 96_000, 192_000] {
            let (pink, max_hz) = (Pink::new(rate), (0.47 * f64::from(rate)).min(15_000.0));
            let excess =
                |hz: f64| 10.0 * (pink.power(2.0 * PI * hz / f64::from(rate)) * hz).log10();
            let curve: Vec<_> = std::iter::successors(Some(50.0), |hz| Some(hz * 1.02))
                .take_while(|hz| *hz < max_hz)
                .map(excess)
                .collect();
            let lowest = curve.iter().copied().fold(f64::INFINITY, f64::min);
            let highest = curve.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let max_ripple = if rate > 32_000 { 0.25 } else { 0.8 };
            assert!(highest - lowest < max_ripple, "{rate}: {lowest} {highest}");
        }
    }

    #[test]
    fn the_calculated_gain_matches_the_output() {
        for rate in [8000, 48_000, 192_000] {
            let (mut pink, mut random) = (Pink::new(rate), Random::new(1));
            let (mut input, mut output) = (0.0, 0.0);
            for _ in 0..1_000_000 {
                let white = random.uniform();
                input += white * white;
                output += pink.filter(white).powi(2);
            }
            let ratio = (output / input).sqrt() / pink.gain();
            assert!((ratio - 1.0).abs() < 0.05, "{rate}: {ratio}");
        }
    }
}
