//! The loop against clocks that are only numbers.

use super::*;

const RATE: f64 = 48_000.0;
const PERIOD: f64 = 256.0;

/// Two devices that differ by `ppm`, whose positions are seen with an error of up to `noise` frames.
struct Clocks {
    drift: DriftTracker,
    ppm: f64,
    noise: f64,
    fill: f64,
    now: f64,
    random: u32,
    following: bool,
}

impl Clocks {
    fn new(ppm: f64, noise: f64) -> Clocks {
        Clocks {
            drift: DriftTracker::new(RATE as u32, 1024.0, 72.0),
            ppm,
            noise,
            fill: 1024.0,
            now: 0.0,
            random: 1,
            following: false,
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
            let ratio = if self.following {
                self.drift.ratio()
            } else {
                1.0
            };
            self.fill += PERIOD * (ratio * (1.0 + self.ppm * 1e-6) - 1.0);
            let seen = self.fill + self.error();
            if self.drift.observe(self.now, seen) == DriftVerdict::Drifts {
                assert!(!self.following, "said twice");
                self.following = true;
                self.drift.follow(self.now, 0.0);
            }
        }
    }

    fn ppm_found(&self) -> f64 {
        self.drift.drift().unwrap() * 1e6
    }
}

#[test]
fn one_clock_is_left_alone() {
    let mut clocks = Clocks::new(0.0, 48.0);
    clocks.run(3600.0);
    assert!(!clocks.following);
    assert_eq!(clocks.drift.drift(), None);
}

#[test]
fn two_clocks_are_followed_before_half_the_latency_is_gone() {
    for ppm in [1000.0, -1000.0, 100.0, -30.0] {
        let mut clocks = Clocks::new(ppm, 24.0);
        let (mut least, mut most) = (f64::MAX, f64::MIN);
        for _ in 0..6000 {
            clocks.run(0.1);
            least = least.min(clocks.fill);
            most = most.max(clocks.fill);
        }
        assert!(clocks.following, "{ppm}");
        assert!(
            least > 1024.0 - 400.0 && most < 1024.0 + 400.0,
            "{ppm}: {least} {most}"
        );
        assert!(
            (clocks.ppm_found() - ppm).abs() < 2.0,
            "{ppm}: {}",
            clocks.ppm_found()
        );
        assert!(
            (clocks.fill - 1024.0).abs() < 24.0,
            "{ppm}: {}",
            clocks.fill
        );
    }
}

#[test]
fn the_latency_is_led_back_evenly() {
    for ppm in [1000.0, -1000.0] {
        let mut clocks = Clocks::new(ppm, 8.0);
        clocks.run(30.0);
        let mut last = clocks.fill;
        for _ in 0..120 {
            clocks.run(1.0);
            assert!(
                (clocks.fill - last).abs() < 5.0,
                "{ppm}: {}",
                clocks.fill - last
            );
            last = clocks.fill;
        }
        assert!((last - 1024.0).abs() < 24.0, "{ppm}: {last}");
    }
}

#[test]
fn in_the_end_the_ratio_hardly_moves() {
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
fn a_jump_is_no_drift() {
    let mut clocks = Clocks::new(0.0, 4.0);
    clocks.run(60.0);
    clocks.fill += 200.0;
    clocks.run(60.0);
    assert!(!clocks.following);
    assert!((clocks.drift.fill() - 1224.0).abs() < 4.0);
}

#[test]
fn a_clock_that_changes_later_is_followed_too() {
    let mut clocks = Clocks::new(0.0, 4.0);
    clocks.run(60.0);
    clocks.ppm = 500.0;
    clocks.run(60.0);
    assert!(clocks.following);
    assert!((clocks.fill - 1024.0).abs() < 150.0, "{}", clocks.fill);
}

#[test]
fn a_restart_keeps_what_is_known() {
    let mut clocks = Clocks::new(1000.0, 4.0);
    clocks.run(30.0);
    clocks.fill = 1024.0;
    clocks.drift.restarted(clocks.now);
    clocks.run(30.0);
    assert!((clocks.ppm_found() - 1000.0).abs() < 20.0);
    assert!((clocks.fill - 1024.0).abs() < 24.0, "{}", clocks.fill);
}
