//! Estimates how much faster one device's clock runs than the other's, from the number of frames in flight.
//!
//! With one clock that number is constant, and nothing is changed. If it moves away, its slope is the drift, and a
//! second-order control loop brings it back: quickly at first, then more and more gently, so that in the end the ratio
//! hardly changes and a tone keeps its pitch.
//!
//! Times are in seconds.

/// The number of frames in flight is averaged for this long to find where it starts.
const SETTLE_TIME: f64 = 0.5;

/// It must deviate for this long before that counts as drift.
const PERSISTENCE: f64 = 0.25;

/// The loop's speed (rad/s): at first, in the end, and in between `SPEED_DECAY` divided by the time it has run. The
/// drift is known to 5 % from the start, so the loop need not be fast. A faster one follows every hiccup: a sine then
/// has 95 dB signal to noise instead of 115.
const MAX_SPEED: f64 = 0.25;
const MIN_SPEED: f64 = 0.02;
const SPEED_DECAY: f64 = 0.4;

/// The number is smoothed over this fraction of the loop's time constant, within limits.
const SMOOTHING: f64 = 0.25;
const MIN_SMOOTHING: f64 = 0.25;
const MAX_SMOOTHING: f64 = 12.0;

/// The most that is added to the drift to correct the number of frames: half a cent.
const MAX_CORRECTION: f64 = 300e-6;

/// How fast the number is brought back to where it belongs, as a fraction of the rate: a tenth of a cent, and constant,
/// so that a tone keeps its pitch.
const GLIDE: f64 = 50e-6;

/// The most that the ratio may change per second: less than a cent.
const SLEW: f64 = 400e-6;

/// A jump: more than this fraction of the deviation within the last [`RECENT`] seconds.
const JUMP: f64 = 0.6;
const RECENT: f64 = 2.0;

/// No clock is off by more than this: what seems to be drift is a hiccup of a device.
const MAX_DRIFT: f64 = 0.3;

/// A straight line explains at least this much of what drift does to the number (the coefficient of determination). A
/// single jump reaches 0.75 at most.
const STRAIGHT: f64 = 0.8;

#[derive(Clone, Copy, Debug, PartialEq)]
enum DriftPhase {
    /// Averaging to find where the number starts.
    Settling { since: f64, sum: f64, count: u32 },
    /// Watching whether it stays there. `outside`: since when it deviates.
    Watching { since: f64, outside: Option<f64> },
    /// Correcting; the loop has run since then.
    Correcting { since: f64 },
    /// Correcting with a constant ratio, while averaging (from `since` on) where the number is now.
    Resettling {
        correcting: f64,
        since: f64,
        sum: f64,
        count: u32,
    },
}

impl DriftPhase {
    const START: DriftPhase = DriftPhase::Settling {
        since: f64::NAN,
        sum: 0.0,
        count: 0,
    };
}

/// The estimate and the control loop.
#[derive(Clone, Debug)]
pub(super) struct DriftTracker {
    rate: f64,
    /// A deviation of this many frames is not drift.
    max_deviation: f64,
    phase: DriftPhase,
    /// How many frames should be in flight now.
    target: f64,
    /// How many should be in flight in the end: the requested number.
    final_target: f64,
    /// The smoothed number of frames in flight.
    smoothed: f64,
    last: Option<f64>,
    /// The line through the values of `smoothed` while it is watched.
    line: LineFit,
    /// Earlier values of `smoothed`, with their times; newest last.
    history: [(f64, f64); 8],
    /// By how much more the capture delivers than the playback takes, as a fraction.
    drift: f64,
    detected: bool,
    /// The drift that is applied now; approaches what the loop wants at [`SLEW`].
    applied: f64,
}

impl DriftTracker {
    /// A tracker for devices of `rate` with `target` frames in flight, of which `max_deviation` more or fewer are fine.
    pub(super) fn new(rate: u32, target: f64, max_deviation: f64) -> DriftTracker {
        DriftTracker {
            rate: f64::from(rate),
            max_deviation,
            phase: DriftPhase::START,
            target: 0.0,
            final_target: target,
            smoothed: 0.0,
            last: None,
            line: LineFit::default(),
            history: [(f64::NEG_INFINITY, 0.0); 8],
            drift: 0.0,
            detected: false,
            applied: 0.0,
        }
    }

    /// Both devices were restarted: the number of frames from now on cannot be compared with earlier ones.
    pub(super) fn restarted(&mut self, now: f64) {
        self.last = None;
        self.history = [(f64::NEG_INFINITY, 0.0); 8];
        self.phase = match self.phase {
            // The drift is still known, only the number of frames is new.
            DriftPhase::Correcting { since: correcting }
            | DriftPhase::Resettling { correcting, .. } => DriftPhase::Resettling {
                correcting,
                since: now,
                sum: 0.0,
                count: 0,
            },
            _ => DriftPhase::START,
        };
    }

    /// From now on frames are resampled by [`DriftTracker::ratio`], and the resampler holds back `delay` frames.
    pub(super) fn correct(&mut self, now: f64, delay: f64) {
        // The longer the drift was watched, the better it is known, and the gentler the loop can be from the start.
        let watched = match self.phase {
            DriftPhase::Watching { since, .. } => now - since,
            _ => 0.0,
        };
        self.smoothed += delay;
        self.final_target += delay;
        self.phase = DriftPhase::Resettling {
            correcting: now - watched,
            // The ratio has to get there first.
            since: now + self.drift.abs() / SLEW,
            sum: 0.0,
            count: 0,
        };
    }

    /// Sets how many frames should be in flight.
    pub(super) fn set_target(&mut self, frames: f64) {
        self.final_target = frames;
    }

    /// By how much the capture clock is faster, as a fraction; `None` while no drift is detected.
    pub(super) fn drift(&self) -> Option<f64> {
        self.detected.then_some(self.drift)
    }

    /// The smoothed number of frames in flight.
    pub(super) fn frames(&self) -> f64 {
        self.smoothed
    }

    /// The number of frames to play per captured frame.
    pub(super) fn ratio(&self) -> f64 {
        1.0 / (1.0 + self.applied)
    }

    /// Records that `frames` are in flight at `now`. Returns whether this is when drift is detected, which happens once.
    pub(super) fn observe(&mut self, now: f64, frames: f64) -> bool {
        let Some(last) = self.last.replace(now) else {
            self.smoothed = frames;
            return false;
        };
        let dt = (now - last).max(0.0);
        self.smoothed += (frames - self.smoothed) * (1.0 - (-dt / self.smoothing(now)).exp());
        self.remember(now);
        match self.phase {
            DriftPhase::Settling { since, sum, count } => {
                self.settle(now, since, sum + frames, count + 1);
            }
            DriftPhase::Watching { since, outside } => return self.watch(now, since, outside),
            DriftPhase::Correcting { since } => self.steer(now - since, dt),
            DriftPhase::Resettling { .. } => {
                self.resettle(now, frames);
                self.slew(self.drift, dt);
            }
        }
        false
    }

    /// The loop's speed after it has run for that long.
    fn speed(&self, running: f64) -> f64 {
        (SPEED_DECAY / running.max(1e-3)).clamp(MIN_SPEED, MAX_SPEED)
    }

    /// The time constant of the smoothing.
    fn smoothing(&self, now: f64) -> f64 {
        match self.phase {
            DriftPhase::Correcting { since } => {
                (SMOOTHING / self.speed(now - since)).clamp(MIN_SMOOTHING, MAX_SMOOTHING)
            }
            _ => MIN_SMOOTHING,
        }
    }

    /// Keeps the smoothed number for [`DriftTracker::jumped`].
    fn remember(&mut self, now: f64) {
        let step = RECENT / (self.history.len() - 1) as f64;
        if now - self.history[self.history.len() - 1].0 >= step {
            self.history.rotate_left(1);
            self.history[self.history.len() - 1] = (now, self.smoothed);
        }
    }

    /// Averages until the number is known to start at `target`.
    fn settle(&mut self, now: f64, since: f64, sum: f64, count: u32) {
        let since = if since.is_nan() { now } else { since };
        if now - since >= SETTLE_TIME {
            self.target = sum / f64::from(count);
            let since = (now + since) / 2.0;
            self.line = LineFit::default();
            self.phase = DriftPhase::Watching {
                since,
                outside: None,
            };
        } else {
            self.phase = DriftPhase::Settling { since, sum, count };
        }
    }

    /// The same while correcting.
    fn resettle(&mut self, now: f64, frames: f64) {
        let DriftPhase::Resettling {
            correcting,
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
        *sum += frames;
        *count += 1;
        if now - *since >= SETTLE_TIME {
            self.target = *sum / f64::from(*count);
            self.smoothed = self.target;
            self.phase = DriftPhase::Correcting { since: *correcting };
        }
    }

    /// Estimates the drift once the number has deviated for long enough.
    fn watch(&mut self, now: f64, since: f64, outside: Option<f64>) -> bool {
        let deviation = self.smoothed - self.target;
        self.line.add(now - since, deviation);
        if deviation.abs() <= self.max_deviation {
            self.phase = DriftPhase::Watching {
                since,
                outside: None,
            };
            return false;
        }
        let started = outside.unwrap_or(now);
        self.phase = DriftPhase::Watching {
            since,
            outside: Some(started),
        };
        if now - started < PERSISTENCE {
            return false;
        }
        let (slope, determination) = self.line.slope();
        let is_clock = determination >= STRAIGHT && slope.abs() <= MAX_DRIFT * self.rate;
        if self.jumped(now, since, deviation) || !is_clock {
            self.phase = DriftPhase::START;
            return false;
        }
        let known_before = std::mem::replace(&mut self.detected, true);
        self.drift = slope / self.rate;
        !known_before
    }

    /// Whether most of the deviation came at once: a hiccup of a device, not its clock.
    fn jumped(&self, now: f64, since: f64, deviation: f64) -> bool {
        let (then, before) = self.history[0];
        let recently = now - then;
        now - since > 4.0 * RECENT
            && recently < 2.0 * RECENT
            && (self.smoothed - before).abs() > JUMP * deviation.abs()
    }

    /// One step of the loop, which has run for `running` seconds.
    fn steer(&mut self, running: f64, dt: f64) {
        let speed = self.speed(running);
        let glide = self.glide(dt);
        let deviation = (self.smoothed - self.target) / self.rate;
        let correction = 2.0 * speed * deviation;
        let limited = correction.clamp(-MAX_CORRECTION, MAX_CORRECTION);
        // At the limit, the remaining deviation is not a measure of the drift.
        if limited == correction {
            self.drift += speed * speed * deviation * dt;
        }
        self.slew(self.drift + limited - glide, dt);
    }

    /// Moves the target a step toward the final one. Returns how fast it moves, as a fraction of the rate.
    fn glide(&mut self, dt: f64) -> f64 {
        let max = GLIDE * self.rate * dt;
        let left = self.final_target - self.target;
        self.target += left.clamp(-max, max);
        if left.abs() > max {
            GLIDE.copysign(left)
        } else {
            0.0
        }
    }

    /// Changes the applied drift toward `wanted`, no faster than [`SLEW`].
    fn slew(&mut self, wanted: f64, dt: f64) {
        self.applied += (wanted - self.applied).clamp(-SLEW * dt, SLEW * dt);
    }
}

/// A straight line through points, by least squares.
#[derive(Clone, Copy, Debug, Default)]
struct LineFit {
    count: f64,
    mean_x: f64,
    mean_y: f64,
    /// Sums of squares and products of the distances from the means.
    xx: f64,
    yy: f64,
    xy: f64,
}

impl LineFit {
    fn add(&mut self, x: f64, y: f64) {
        self.count += 1.0;
        let (from_x, from_y) = (x - self.mean_x, y - self.mean_y);
        self.mean_x += from_x / self.count;
        self.mean_y += from_y / self.count;
        self.xx += from_x * (x - self.mean_x);
        self.yy += from_y * (y - self.mean_y);
        self.xy += from_x * (y - self.mean_y);
    }

    /// The slope, and which part of the variance of `y` the line explains.
    fn slope(&self) -> (f64, f64) {
        if self.xx <= 0.0 || self.yy <= 0.0 {
            return (0.0, 0.0);
        }
        let slope = self.xy / self.xx;
        (slope, slope * self.xy / self.yy)
    }
}

#[cfg(test)]
mod tests;
