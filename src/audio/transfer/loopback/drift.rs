//! How much faster one device's clock runs than the other's, told from how many frames are on their way.
//!
//! That number stands still between devices of one clock, and is then left alone. Where it walks away, it is the
//! difference of the clocks, and a loop of the second order leads it back: first quickly, then ever more gently, so
//! that in the end the ratio hardly moves and a tone stays a tone.

/// The number is averaged for so long before it counts as where it began (seconds).
const SETTLING: f64 = 0.5;

/// It must be away for so long to have walked there (seconds).
const PERSISTENCE: f64 = 0.25;

/// The loop's speed (radians a second): at first, in the end, and times the seconds that it runs. As the drift is known to
/// a twentieth from the start, it need not be fast; a faster one follows each hiccup, and a sine has 95 dB then, not 115.
const FASTEST: f64 = 0.25;
const SLOWEST: f64 = 0.02;
const GEAR: f64 = 0.4;

/// The number is smoothed over this part of the loop's time, within limits (seconds).
const SMOOTHING: f64 = 0.25;
const SMOOTHING_LEAST: f64 = 0.25;
const SMOOTHING_MOST: f64 = 12.0;

/// What is added to the drift to hold the number: half a cent at most.
const CORRECTION_MOST: f64 = 300e-6;

/// How fast the number is led home, as a part of the rate: a tenth of a cent, and constant, so that the tone stays one.
const GLIDE: f64 = 50e-6;

/// How fast the ratio may change, in a second: under a cent.
const SLEW: f64 = 400e-6;

/// A jump: more than this part of the whole way, within [`RECENT`] seconds of many.
const JUMP: f64 = 0.6;
const RECENT: f64 = 2.0;

/// What an observation led to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum DriftVerdict {
    /// All is as it was.
    Steady,
    /// The clocks differ: it is time to follow. Said once.
    Drifts,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum DriftPhase {
    /// Averaging where the number stands.
    Settling { since: f64, sum: f64, count: u32 },
    /// Watching whether it stays there.
    Watching { since: f64, outside: Option<f64> },
    /// Following; the loop has run since then.
    Following { since: f64 },
    /// The same, for a while with the ratio as it is known: averaging, from `since` on, where the number stands.
    Resettling {
        following: f64,
        since: f64,
        sum: f64,
        count: u32,
    },
}

/// The estimate, and the loop.
#[derive(Clone, Debug)]
pub(super) struct DriftTracker {
    rate: f64,
    /// Frames that the number may be away without being followed.
    band: f64,
    phase: DriftPhase,
    /// Where the number is to stand now.
    target: f64,
    /// Where it is to stand in the end: what was asked for.
    home: f64,
    smooth: f64,
    last: Option<f64>,
    /// The smoothed number a while ago, and when: newest last.
    trail: [(f64, f64); 8],
    /// By how much more the capture gives than the playback takes, as a part of it.
    drift: f64,
    known: bool,
    /// What is applied now; follows the loop at [`SLEW`].
    applied: f64,
}

impl DriftTracker {
    /// One for devices of `rate` between which `home` frames are to be on their way; up to `band` more or less are left
    /// alone.
    pub(super) fn new(rate: u32, home: f64, band: f64) -> DriftTracker {
        DriftTracker {
            rate: f64::from(rate),
            band,
            phase: DriftPhase::Settling {
                since: f64::NAN,
                sum: 0.0,
                count: 0,
            },
            target: 0.0,
            home,
            smooth: 0.0,
            last: None,
            trail: [(f64::NEG_INFINITY, 0.0); 8],
            drift: 0.0,
            known: false,
            applied: 0.0,
        }
    }

    /// Both devices have been started anew: where the number stands now says nothing of before.
    pub(super) fn restarted(&mut self, now: f64) {
        self.last = None;
        self.trail = [(f64::NEG_INFINITY, 0.0); 8];
        self.phase = match self.phase {
            // The drift is known; only the number's place is new.
            DriftPhase::Following { since: following }
            | DriftPhase::Resettling { following, .. } => DriftPhase::Resettling {
                following,
                since: now,
                sum: 0.0,
                count: 0,
            },
            _ => DriftPhase::Settling {
                since: f64::NAN,
                sum: 0.0,
                count: 0,
            },
        };
    }

    /// From now on the frames are resampled, which keeps `more` of them.
    pub(super) fn follow(&mut self, now: f64, more: f64) {
        // The longer it was watched, the better it is known, and the gentler the loop can be from the start.
        let watched = match self.phase {
            DriftPhase::Watching { since, .. } => now - since,
            _ => 0.0,
        };
        self.smooth += more;
        self.home += more;
        self.phase = DriftPhase::Resettling {
            following: now - watched,
            // The ratio has to get there first.
            since: now + self.drift.abs() / SLEW,
            sum: 0.0,
            count: 0,
        };
    }

    /// From now on `home` frames are to be on their way.
    pub(super) fn aim(&mut self, home: f64) {
        self.home = home;
    }

    /// How much faster the capture is, in parts; `None` as long as none is seen.
    pub(super) fn drift(&self) -> Option<f64> {
        self.known.then_some(self.drift)
    }

    /// The smoothed number of frames on their way.
    pub(super) fn fill(&self) -> f64 {
        self.smooth
    }

    /// How many frames are to be made of one that was captured.
    pub(super) fn ratio(&self) -> f64 {
        1.0 / (1.0 + self.applied)
    }

    /// Takes note that at `now` (seconds) `fill` frames are on their way.
    pub(super) fn observe(&mut self, now: f64, fill: f64) -> DriftVerdict {
        let Some(last) = self.last.replace(now) else {
            self.smooth = fill;
            return DriftVerdict::Steady;
        };
        let dt = (now - last).max(0.0);
        self.smooth += (fill - self.smooth) * (1.0 - (-dt / self.smoothing(now)).exp());
        self.remember(now);
        match self.phase {
            DriftPhase::Settling { since, sum, count } => {
                self.settle(now, since, sum + fill, count + 1);
                DriftVerdict::Steady
            }
            DriftPhase::Watching { since, outside } => self.watch(now, since, outside),
            DriftPhase::Following { since } => {
                self.steer(now - since, dt);
                DriftVerdict::Steady
            }
            DriftPhase::Resettling { .. } => {
                self.resettle(now, fill);
                self.slew(self.drift, dt);
                DriftVerdict::Steady
            }
        }
    }

    fn speed(&self, running: f64) -> f64 {
        (GEAR / running.max(1e-3)).clamp(SLOWEST, FASTEST)
    }

    fn smoothing(&self, now: f64) -> f64 {
        match self.phase {
            DriftPhase::Following { since } => {
                (SMOOTHING / self.speed(now - since)).clamp(SMOOTHING_LEAST, SMOOTHING_MOST)
            }
            _ => SMOOTHING_LEAST,
        }
    }

    fn remember(&mut self, now: f64) {
        let step = RECENT / (self.trail.len() - 1) as f64;
        if now - self.trail[self.trail.len() - 1].0 >= step {
            self.trail.rotate_left(1);
            self.trail[self.trail.len() - 1] = (now, self.smooth);
        }
    }

    fn settle(&mut self, now: f64, since: f64, sum: f64, count: u32) {
        let since = if since.is_nan() { now } else { since };
        if now - since >= SETTLING {
            self.target = sum / f64::from(count);
            let since = (now + since) / 2.0;
            self.phase = DriftPhase::Watching {
                since,
                outside: None,
            };
        } else {
            self.phase = DriftPhase::Settling { since, sum, count };
        }
    }

    fn resettle(&mut self, now: f64, fill: f64) {
        let DriftPhase::Resettling {
            following,
            since,
            sum,
            count,
        } = &mut self.phase
        else {
            return;
        };
        if now < *since {
            return;
        }
        *sum += fill;
        *count += 1;
        if now - *since >= SETTLING {
            self.target = *sum / f64::from(*count);
            self.smooth = self.target;
            self.phase = DriftPhase::Following { since: *following };
        }
    }

    fn watch(&mut self, now: f64, since: f64, outside: Option<f64>) -> DriftVerdict {
        let away = self.smooth - self.target;
        if away.abs() <= self.band {
            self.phase = DriftPhase::Watching {
                since,
                outside: None,
            };
            return DriftVerdict::Steady;
        }
        let left = outside.unwrap_or(now);
        self.phase = DriftPhase::Watching {
            since,
            outside: Some(left),
        };
        if now - left < PERSISTENCE {
            return DriftVerdict::Steady;
        }
        if self.jumped(now, since, away) {
            self.phase = DriftPhase::Settling {
                since: f64::NAN,
                sum: 0.0,
                count: 0,
            };
            return DriftVerdict::Steady;
        }
        let told_before = self.known;
        self.drift = away / (now - since - SMOOTHING_LEAST).max(0.1) / self.rate;
        self.known = true;
        if told_before {
            DriftVerdict::Steady
        } else {
            DriftVerdict::Drifts
        }
    }

    /// Whether it came here at once and not step by step: a device that hiccuped, not a clock.
    fn jumped(&self, now: f64, since: f64, away: f64) -> bool {
        let (then, before) = self.trail[0];
        let recently = now - then;
        now - since > 4.0 * RECENT
            && recently < 2.0 * RECENT
            && (self.smooth - before).abs() > JUMP * away.abs()
    }

    /// One step of the loop, which has run for so long.
    fn steer(&mut self, running: f64, dt: f64) {
        let speed = self.speed(running);
        let glide = self.glide(dt);
        let away = (self.smooth - self.target) / self.rate;
        let correction = 2.0 * speed * away;
        let limited = correction.clamp(-CORRECTION_MOST, CORRECTION_MOST);
        // Where it cannot do more, what is left to do says nothing of the drift.
        if limited == correction {
            self.drift += speed * speed * away * dt;
        }
        self.slew(self.drift + limited - glide, dt);
    }

    /// Moves the place where the number is to stand a step nearer to home, and gives how fast it moves, as a
    /// part of the rate.
    fn glide(&mut self, dt: f64) -> f64 {
        let most = GLIDE * self.rate * dt;
        let left = self.home - self.target;
        self.target += left.clamp(-most, most);
        if left.abs() > most {
            GLIDE.copysign(left)
        } else {
            0.0
        }
    }

    fn slew(&mut self, wanted: f64, dt: f64) {
        self.applied += (wanted - self.applied).clamp(-SLEW * dt, SLEW * dt);
    }
}

#[cfg(test)]
mod tests;
