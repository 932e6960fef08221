//! White noise made pink.

use std::f64::consts::PI;

/// The lowest corner in Hz: below it the noise is white, so that its power is finite.
const LOWEST: f64 = 5.0;

/// How far apart the corners are. Half of the way between two the spectrum falls by 6 dB an octave, for the other
/// half it is level: over all by 3 dB, never 0.1 dB off.
const SPACING: f64 = 4.0;

/// What each corner's filter is too high near half the rate, because its spectrum is mirrored there, is taken back by
/// adding so much of the input before.
const TOP: f64 = 0.08;

/// A filter of -3 dB an octave, to a quarter of a dB from 50 Hz to 15 kHz (at rates up to 32 kHz: 0.8 dB, up to 0.47 of
/// the rate).
#[derive(Clone, Debug)]
pub(super) struct Pink {
    sections: Vec<Section>,
    before: f64,
}

/// One pole and one zero: `y[n] = x[n] - zero x[n-1] + pole y[n-1]`.
#[derive(Clone, Debug)]
struct Section {
    pole: f64,
    zero: f64,
    state: f64,
}

impl Section {
    fn at(corner: f64, rate: f64) -> Section {
        let placed = |hz: f64| (-2.0 * PI * hz / rate).exp();
        Section {
            pole: placed(corner),
            zero: placed(corner * SPACING.sqrt()),
            state: 0.0,
        }
    }

    fn filter(&mut self, input: f64) -> f64 {
        let output = input + self.state;
        self.state = self.pole * output - self.zero * input;
        output
    }

    /// The square of its gain at `angle` radians a frame.
    fn power(&self, angle: f64) -> f64 {
        let distance = |root: f64| 1.0 - 2.0 * root * angle.cos() + root * root;
        distance(self.zero) / distance(self.pole)
    }
}

impl Pink {
    /// A filter for frames at `rate` Hz.
    pub(super) fn new(rate: u32) -> Pink {
        let rate = f64::from(rate);
        let corners = std::iter::successors(Some(LOWEST), |corner| Some(corner * SPACING));
        Pink {
            sections: corners
                .take_while(|corner| *corner < rate / 2.0)
                .map(|corner| Section::at(corner, rate))
                .collect(),
            before: 0.0,
        }
    }

    /// The next sample.
    pub(super) fn filter(&mut self, white: f64) -> f64 {
        let input = white + TOP * std::mem::replace(&mut self.before, white);
        self.sections
            .iter_mut()
            .fold(input, |value, section| section.filter(value))
    }

    /// The square of its gain at `angle` radians a frame.
    fn power(&self, angle: f64) -> f64 {
        let top = 1.0 + 2.0 * TOP * angle.cos() + TOP * TOP;
        self.sections
            .iter()
            .fold(top, |power, section| power * section.power(angle))
    }

    /// How many times the RMS of what comes out is that of the white noise that goes in.
    pub(super) fn gain(&self) -> f64 {
        // The mean of the power over all angles up to half the rate. It varies with the logarithm of the angle, so the
        // angles are spaced by a factor, from where the spectrum has long been level.
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
    fn the_spectrum_falls_by_3_db_an_octave() {
        for rate in [8000, 16_000, 32_000, 44_100, 48_000, 96_000, 192_000] {
            let (pink, top) = (Pink::new(rate), (0.47 * f64::from(rate)).min(15_000.0));
            let excess =
                |hz: f64| 10.0 * (pink.power(2.0 * PI * hz / f64::from(rate)) * hz).log10();
            let curve: Vec<_> = std::iter::successors(Some(50.0), |hz| Some(hz * 1.02))
                .take_while(|hz| *hz < top)
                .map(excess)
                .collect();
            let lowest = curve.iter().copied().fold(f64::INFINITY, f64::min);
            let highest = curve.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let most = if rate > 32_000 { 0.25 } else { 0.8 };
            assert!(highest - lowest < most, "{rate}: {lowest} {highest}");
        }
    }

    #[test]
    fn the_gain_is_what_comes_out() {
        for rate in [8000, 48_000, 192_000] {
            let (mut pink, mut random) = (Pink::new(rate), Random::new(1));
            let (mut into, mut out) = (0.0, 0.0);
            for _ in 0..1_000_000 {
                let white = random.uniform();
                into += white * white;
                out += pink.filter(white).powi(2);
            }
            let ratio = (out / into).sqrt() / pink.gain();
            assert!((ratio - 1.0).abs() < 0.05, "{rate}: {ratio}");
        }
    }
}
