//! The latency of a loopback: what the devices are opened with, how many frames are in flight, and when that is raised.

use crate::audio::pcm::{Pcm, Request};
use crate::audio::spec::{Length, Spec};
use std::time::{Duration, Instant};

/// The default period: 256 frames at 48 kHz.
const DEFAULT_PERIOD: Duration = Duration::from_nanos(5_333_333);

/// The default latency, and the shortest one, in periods.
const DEFAULT_PERIODS: u64 = 4;
const MIN_PERIODS: u64 = 2;

/// Repeated xruns raise the default latency up to this.
const MAX_RAISED: Duration = Duration::from_millis(100);

/// The devices' buffers are at least this long: more than is ever used, so that only the latency matters.
const MIN_BUFFER: Duration = Duration::from_millis(250);

/// How far the frames in flight may be off before that counts as drift: more than the errors in the devices' positions,
/// but no more than needed to measure the drift well.
const MIN_DEVIATION: Duration = Duration::from_micros(1500);
const MAX_DEVIATION: Duration = Duration::from_millis(5);

/// A second xrun within this time means that the latency is too short for the machine.
const SOON: Duration = Duration::from_secs(10);

/// The longest latency that is kept in memory, in bytes.
const MAX_QUEUED: u64 = 512 << 20;

/// How many frames should be in flight, from one device's input to the other's output.
#[derive(Debug)]
pub(super) struct Latency {
    pub target: u64,
    /// What repeated xruns may raise the target to.
    pub max: u64,
    last_xrun: Option<Instant>,
}

impl Latency {
    /// The requested latency or the default; at least two periods. What the playback device does not hold, with a period
    /// to spare, is queued in memory.
    pub(super) fn new(capture: &Pcm, playback: &Pcm, wanted: Option<Duration>) -> Latency {
        let spec = capture.spec();
        let (input, output) = (capture.configuration(), playback.configuration());
        let period = input.period_size.max(output.period_size);
        let max = output
            .buffer_size
            .saturating_sub(input.period_size)
            .max(output.buffer_size / 2);
        let target = wanted
            .map_or(DEFAULT_PERIODS * period, |time| spec.frames_lasting(time))
            .max(MIN_PERIODS * period)
            .min(match wanted {
                Some(_) => max.max(spec.frames_in(MAX_QUEUED)),
                None => max,
            });
        let raised = match wanted {
            Some(_) => target,
            None => spec.frames_lasting(MAX_RAISED).min(max),
        };
        Latency {
            target,
            max: raised.max(target),
            last_xrun: None,
        }
    }

    /// How many frames more or fewer in flight count as drift: few enough to leave the rest of the latency for
    /// correcting it.
    pub(super) fn max_deviation(&self, spec: Spec) -> f64 {
        let [min, max] = [MIN_DEVIATION, MAX_DEVIATION].map(|time| spec.frames_lasting(time));
        (self.target / 16).clamp(min, max).min(self.target / 4) as f64
    }

    /// Doubles the target after the second of two xruns close together, up to the maximum. Returns the target before.
    pub(super) fn raise_after_xrun(&mut self) -> Option<u64> {
        let now = Instant::now();
        let last = self.last_xrun.replace(now);
        let soon = last.is_some_and(|last| now.duration_since(last) < SOON);
        if !soon || self.target >= self.max {
            return None;
        }
        let before = self.target;
        self.target = (2 * before).min(self.max);
        Some(before)
    }
}

/// The request with a period and a buffer that suit the latency, unless it has its own. The buffer is a whole number of
/// periods, as in most devices.
pub(super) fn with_sizes(request: &Request, latency: Option<Duration>) -> Request {
    let spec = request.spec();
    let mut sized = request.clone();
    let period = latency.map_or(DEFAULT_PERIOD, |latency| {
        (latency / DEFAULT_PERIODS as u32).min(DEFAULT_PERIOD)
    });
    let period = Length::Frames(spec.frames_lasting(period).max(1));
    let period = sized.period.get_or_insert(period).frames(spec).max(1);
    if sized.periods.is_none() {
        let buffer = latency.map_or(MIN_BUFFER, |latency| MIN_BUFFER.max(4 * latency));
        let buffer = spec.frames_lasting(buffer).next_multiple_of(period);
        sized.buffer.get_or_insert(Length::Frames(buffer));
    }
    sized
}
