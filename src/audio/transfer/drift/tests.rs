//! The loop with simulated clocks.

use super::*;

const RATE: f64 = 48_000.0;
const PERIOD: f64 = 256.0;

/// Two devices whose clocks differ by `ppm`. Their positions are read with an error of up to `noise` frames.
struct Clocks {
    drift: DriftTracker,
    ppm: f64,
    noise: f64,
    frames: f64,
    now: f64,
    random: u32,
    correcting: bool,
}

impl Clocks {
    fn new(ppm: f64, noise: f64) -> Clocks {
        Clocks {
            drift: DriftTracker::new(RATE as u32, 1024.0, 72.0),
            ppm,
            noise,
            frames: 1024.0,
            now: 0.0,
            random: 1,
            correcting: false,
        }
    }

    fn error(&mut self) -> f64 {
        self.random = self
            .random
            .wrapping_mul(1_664_525)
            .wrapping_add(1_013_904_223);
        self.noise * (f64::from(self.random >> 8) / f64::from(1 << 23) - 1.0)
    }

    fn run(&mut self, seconds: f64) {
        let end = self.now + seconds;
        while self.now < end {
            self.now += PERIOD / RATE;
            let ratio = if self.correcting {
                self.drift.ratio()
            } else {
                1.0
            };
            self.frames += PERIOD * (ratio * (1.0 + self.ppm * 1e-6) - 1.0);
            let seen = self.frames + self.error();
            if self.drift.observe(self.now, seen) {
                assert!(!self.correcting, "detected twice");
                self.correcting = true;
                self.drift.correct(self.now, 0.0);
            }
        }
    }

    fn estimated_ppm(&self) -> f64 {
        self.drift.drift().unwrap() * 1e6
    }
}

#[test]
fn one_clock_is_not_corrected() {
    let mut clocks = Clocks::new(0.0, 48.0);
    clocks.run(3600.0);
    assert!(!clocks.correcting);
    assert_eq!(clocks.drift.drift(), None);
}

#[test]
fn drift_is_corrected_before_half_the_latency_is_used_up() {
    for ppm in [1000.0, -1000.0, 100.0, -30.0] {
        let mut clocks = Clocks::new(ppm, 24.0);
        let (mut min, mut max) = (f64::MAX, f64::MIN);
        for _ in 0..6000 {
            clocks.run(0.1);
            min = min.min(clocks.frames);
            max = max.max(clocks.frames);
        }
        assert!(clocks.correcting, "{ppm}");
        assert!(
            min > 1024.0 - 400.0 && max < 1024.0 + 400.0,
            "{ppm}: {min} {max}"
        );
        assert!(
            (clocks.estimated_ppm() - ppm).abs() < 2.0,
            "{ppm}: {}",
            clocks.estimated_ppm()
        );
        assert!(
            (clocks.frames - 1024.0).abs() < 24.0,
            "{ppm}: {}",
            clocks.frames
        );
    }
}

#[test]
fn the_latency_returns_evenly() {
    for ppm in [1000.0, -1000.0] {
        let mut clocks = Clocks::new(ppm, 8.0);
        clocks.run(30.0);
        let mut last = clocks.frames;
        for _ in 0..120 {
            clocks.run(1.0);
            assert!(
                (clocks.frames - last).abs() < 5.0,
                "{ppm}: {}",
                clocks.frames - last
            );
            last = clocks.frames;
        }
        assert!((last - 1024.0).abs() < 24.0, "{ppm}: {last}");
    }
}

#[test]
fn in_the_end_the_ratio_hardly_changes() {
    let mut clocks = Clocks::new(1000.0, 8.0);
    clocks.run(120.0);
    let mut last = clocks.drift.ratio();
    for _ in 0..60 {
        clocks.run(1.0);
        let ratio = clocks.drift.ratio();
        assert!((ratio - last).abs() < 1e-6, "{}", ratio - last);
        last = ratio;
    }
}

#[test]
fn the_ratio_never_jumps() {
    let mut clocks = Clocks::new(-1000.0, 48.0);
    let mut last = clocks.drift.ratio();
    for _ in 0..4000 {
        clocks.run(PERIOD / RATE);
        let ratio = clocks.drift.ratio();
        assert!((ratio - last).abs() < 3.0 * SLEW * PERIOD / RATE);
        last = ratio;
    }
}

#[test]
fn a_jump_is_not_drift() {
    let mut clocks = Clocks::new(0.0, 4.0);
    clocks.run(60.0);
    clocks.frames += 200.0;
    clocks.run(60.0);
    assert!(!clocks.correcting);
    assert!((clocks.drift.frames() - 1224.0).abs() < 4.0);
}

#[test]
fn a_clock_that_changes_later_is_corrected() {
    let mut clocks = Clocks::new(0.0, 4.0);
    clocks.run(60.0);
    clocks.ppm = 500.0;
    clocks.run(60.0);
    assert!(clocks.correcting);
    assert!((clocks.frames - 1024.0).abs() < 150.0, "{}", clocks.frames);
}

#[test]
fn a_restart_keeps_the_estimate() {
    let mut clocks = Clocks::new(1000.0, 4.0);
    clocks.run(30.0);
    clocks.frames = 1024.0;
    clocks.drift.restarted(clocks.now);
    clocks.run(30.0);
    assert!((clocks.estimated_ppm() - 1000.0).abs() < 20.0);
    assert!((clocks.frames - 1024.0).abs() < 24.0, "{}", clocks.frames);
}

#[test]
fn the_first_estimate_is_within_10_ppm() {
    for ppm in [200.0, -100.0, 50.0] {
        let mut clocks = Clocks::new(ppm, 24.0);
        while !clocks.correcting {
            clocks.run(PERIOD / RATE);
        }
        let estimated = clocks.estimated_ppm();
        assert!((estimated - ppm).abs() < 10.0, "{ppm}: {estimated}");
    }
}

#[test]
fn a_jump_soon_after_the_start_is_not_drift() {
    for jump in [100.0, -300.0] {
        let mut clocks = Clocks::new(0.0, 4.0);
        clocks.run(1.5);
        clocks.frames += jump;
        clocks.run(60.0);
        assert!(!clocks.correcting, "{jump}");
    }
}
