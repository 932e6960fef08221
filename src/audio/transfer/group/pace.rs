//! Which frame of the sound a device should play when, by the clock of the first device of its group.

use super::clock_drift::{ClockObserver, DriftGauge};
use crate::audio::spec::Spec;
use std::time::Duration;

/// A frame that would be heard too late or too early is brought to its place within this time, but never by more than
/// [`MAX_CORRECTION`].
const CORRECTION_TIME: Duration = Duration::from_secs(4);

/// The most that is added to the drift: half a cent.
const MAX_CORRECTION: f64 = 300e-6;

/// Compares the clock of a device with that of the first one. What is written to the device is heard later, so that the
/// comparison is one of the clocks alone: it does not depend on what is written.
pub(super) struct Pace {
    rate: f64,
    clock: ClockObserver,
    corrects: bool,
    is_correcting: bool,
    /// Frames that the device had played when its position was observed last, and the frame of the sound that was to be
    /// heard then.
    own: f64,
    sound: f64,
}

impl Pace {
    /// `is_exact` is whether the device takes timestamps itself, `corrects` whether drift is corrected.
    pub(super) fn new(spec: Spec, is_exact: bool, corrects: bool) -> Pace {
        Pace {
            rate: f64::from(spec.rate),
            clock: ClockObserver::new(spec, is_exact),
            corrects,
            is_correcting: false,
            own: 0.0,
            sound: 0.0,
        }
    }

    /// All devices have started again at `now`: earlier positions mean nothing.
    pub(super) fn restarted(&mut self, now: Duration) {
        self.clock.restarted(now);
    }

    /// Compares the clocks: at `at`, this device had played `own` frames and the first one `first`, both at the rate of
    /// this one. `skipped` counts the frames that both have skipped. Returns the drift when it is detected, which happens
    /// once, and whether it is corrected from now on.
    pub(super) fn observe(
        &mut self,
        at: Duration,
        (own, first): (f64, f64),
        skipped: u64,
        gauge: &DriftGauge,
    ) -> Option<(f64, bool)> {
        let now = self.clock.begin(at, skipped)?;
        self.sound = self.sound_at(own);
        self.own = own;
        let detected = self.clock.tracker.observe(now, self.sound - first);
        if detected && self.corrects {
            self.is_correcting = true;
            self.clock.tracker.correct(now, 0.0);
        }
        gauge.set(self.clock.tracker.drift(), self.is_correcting);
        let drift = self.clock.tracker.drift().filter(|_| detected)?;
        Some((drift, self.is_correcting))
    }

    /// Whether the sound is resampled for this device.
    pub(super) fn is_correcting(&self) -> bool {
        self.is_correcting
    }

    /// This device cannot be corrected.
    pub(super) fn give_up(&mut self) {
        (self.is_correcting, self.corrects) = (false, false);
    }

    /// The frame of the sound to be heard when the device plays its frame `own`.
    fn sound_at(&self, own: f64) -> f64 {
        let ratio = match self.is_correcting {
            true => self.clock.tracker.ratio(),
            false => 1.0,
        };
        self.sound + (own - self.own) * ratio
    }

    /// Frames to be made for each frame of the sound, if `made` frames have been made for the device so far of `taken`
    /// frames of the sound.
    pub(super) fn frames_per_frame(&self, made: u64, taken: u64) -> f64 {
        let late = self.sound_at(made as f64) - taken as f64;
        let correction = late / (CORRECTION_TIME.as_secs_f64() * self.rate);
        1.0 / self.clock.tracker.ratio() - correction.clamp(-MAX_CORRECTION, MAX_CORRECTION)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::format::Format;

    const RATE: f64 = 48_000.0;

    /// Plays for `seconds` on a device whose clock is faster by `drift` and that is written `ahead` seconds ahead. Returns by
    /// how many frames the sound is off at most, and in the end.
    fn run(drift: f64, ahead: f64, seconds: u32) -> (f64, f64) {
        let spec = Spec::new(Format::S16_LE, RATE as u32, 1).unwrap();
        let (mut pace, gauge) = (Pace::new(spec, true, true), DriftGauge::default());
        // For each step, the frames made and the frame of the sound that was reached.
        let (mut made, mut taken, mut written) = (0.0, 0.0, vec![(0.0, 0.0)]);
        let (mut most, mut off) = (0f64, 0.0f64);
        for step in 1..seconds * 10 {
            let now = f64::from(step) / 10.0;
            let own = now * RATE * (1.0 + drift);
            pace.observe(Duration::from_secs_f64(now), (own, now * RATE), 0, &gauge);
            while made < own + ahead * RATE {
                let ratio = match pace.is_correcting() {
                    true => pace.frames_per_frame(made as u64, taken as u64),
                    false => 1.0,
                };
                taken += 1024.0;
                made += 1024.0 * ratio;
                written.push((made, taken));
            }
            let at = written.partition_point(|(made, _)| *made <= own);
            let ((from, start), (to, end)) = (written[at - 1], written[at]);
            let heard = start + (own - from) / (to - from) * (end - start);
            off = heard - now * RATE;
            most = most.max(off.abs());
        }
        let ppm = gauge.ppm().unwrap_or(0.0);
        assert!((ppm - drift * 1e6).abs() < 2.0, "{ppm}");
        (most, off.abs())
    }

    #[test]
    fn a_device_with_the_same_clock_is_not_changed() {
        assert_eq!(run(0.0, 1.5, 60).0.round(), 0.0);
    }

    #[test]
    fn a_drifting_device_stays_within_a_millisecond() {
        for drift in [100e-6, -100e-6, 10e-6] {
            let (most, last) = run(drift, 1.5, 600);
            assert!(most < 48.0, "{drift}: {most}");
            assert!(last < 5.0, "{drift}: {last}");
        }
    }
}
