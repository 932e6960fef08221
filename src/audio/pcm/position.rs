//! The last known position of a device. With the time since, the length of an xrun is known even without a timestamp of
//! its start: plugins such as dsnoop and dmix notice an xrun only when they are called, and a driver may report one
//! while its buffer is nearly empty.

use crate::audio::spec::Spec;
use rustix::time::{ClockId, clock_gettime};
use std::cell::Cell;
use std::time::Duration;

/// How far a device may be ahead of where it should be by the clock, and how far behind.
const MAX_EARLY: Duration = Duration::from_millis(12);
const MAX_LATE: Duration = Duration::from_millis(12);

/// A device that has disagreed with the clock this often runs at another speed.
const MAX_DISAGREEMENTS: u32 = 3;

/// How much longer than it has run a device may seem to have run: snd-aloop (6.1) counts from the jiffy in which it started.
const MAX_START_LEAD: Duration = Duration::from_millis(10);

/// A device that is behind by less than this runs a little more slowly than the clock.
const MAX_DRIFT: Duration = Duration::from_millis(2);

/// How long the number of frames that a device plays replaces the clock.
const MAX_UNCERTAIN: Duration = Duration::from_secs(10);

/// The last known position of a device. Updated by every call that moves frames or asks for them.
#[derive(Debug, Default)]
pub(super) struct Position {
    last: Cell<Option<KnownPosition>>,
    /// Frames that the device has played since the clock was read for the last known position.
    uncertain: Cell<u64>,
    /// Whether the device has started since it was prepared.
    pub was_started: Cell<bool>,
    /// How often the device was found not to run by the clock.
    disagreements: Cell<u32>,
    /// Whether the next frames that are moved must be stamped, because the number of frames does not show the time.
    pub needs_stamp: Cell<bool>,
    /// Whether every read is stamped, because clocks are compared.
    pub always_stamped: Cell<bool>,
    /// Frames that the caller has read, written or skipped since the PCM was prepared.
    moved: Cell<u64>,
    /// How long the system had been suspended since it was booted when the PCM was started.
    asleep: Cell<Duration>,
    /// Frames that were written to a sound server and not heard yet at the last known position; 0 for a card.
    pub delay: Cell<u64>,
    /// Whether the device takes timestamps from the monotonic clock.
    pub stamps: Cell<bool>,
    /// Whether the delay is asked for after each read, because a sound server holds frames that it does not announce.
    pub delays: Cell<bool>,
}

/// Frames that could be moved at some time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct KnownPosition {
    /// On the monotonic clock.
    at: Duration,
    /// With those that a sound server held, if its delay is asked for.
    pub avail: u64,
    /// How much further the device may be, because the position is only known from its start.
    lead: Duration,
}

impl Position {
    /// Records that `avail` frames can be moved now. If the hardware has not moved since the last call, the time of that one
    /// is closer to when it did, and the clock is not read. Timestamps and delays are more exact.
    pub(super) fn update(&self, avail: u64) {
        let is_exact = self.stamps.get() || self.delays.get();
        let last = self.last.get();
        let moved = last.is_none_or(|known| known.avail != avail && !is_exact);
        if moved {
            self.set_now(avail);
        }
    }

    /// Records that `avail` frames can be moved now.
    pub(super) fn set_now(&self, avail: u64) {
        self.set(avail, clock(ClockId::Monotonic));
    }

    /// Records that `avail` frames could be moved at the time of a timestamp, if there is one. A timestamp from before the
    /// PCM was prepared or started is older than the last known position.
    pub(super) fn set_stamped(&self, avail: u64, at: Duration) {
        if !at.is_zero() {
            let known = self.last.get().map_or(Duration::ZERO, |known| known.at);
            self.set(avail, at.max(known));
        }
    }

    /// Records that the device started at the time of a timestamp, if there is one, and could take `avail` frames then.
    pub(super) fn set_stamped_start(&self, avail: u64, at: Duration) {
        if !at.is_zero() {
            let lead = MAX_START_LEAD;
            self.last.set(Some(KnownPosition { at, avail, lead }));
        }
    }

    fn set(&self, avail: u64, at: Duration) {
        self.uncertain.set(0);
        let lead = Duration::ZERO;
        self.last.set(Some(KnownPosition { at, avail, lead }));
    }

    /// Records that the caller moved frames.
    pub(super) fn add_moved(&self, frames: u64) {
        self.moved.set(self.moved.get() + frames);
        self.last.set(self.last.get().map(|known| KnownPosition {
            avail: known.avail.saturating_sub(frames),
            ..known
        }));
        if self.delay.get() > 0 {
            self.delay.set(self.delay.get() + frames);
        }
    }

    /// Records that the caller took back frames that it had written.
    pub(super) fn take_back(&self, frames: u64) {
        self.moved.set(self.moved.get().saturating_sub(frames));
        self.last.set(self.last.get().map(|known| KnownPosition {
            avail: known.avail + frames,
            ..known
        }));
    }

    /// Records that the device starts, continues, or was just found to run.
    pub(super) fn started(&self) {
        if let Some(known) = self.last.get() {
            self.set_now(known.avail);
        }
        self.asleep.set(time_asleep());
    }

    /// Records that the PCM was prepared: `avail` frames can be moved.
    pub(super) fn prepared(&self, avail: u64) {
        self.was_started.set(false);
        self.moved.set(0);
        self.delay.set(0);
        self.set_now(avail);
        self.asleep.set(time_asleep());
    }

    /// Forgets the position: the time since does not show how far the device has moved.
    pub(super) fn forget(&self) {
        self.last.set(None);
    }

    /// Records that `frames` frames have just filled a running device. Returns whether that agrees with the clock.
    pub(super) fn filled(&self, frames: u64, spec: Spec) -> bool {
        let agrees = self.advance(frames, None, spec);
        if agrees {
            self.add_moved(frames);
        }
        agrees
    }

    /// Records that a running device has moved on, so that `avail` frames can be moved: at the time of its timestamp, or
    /// now. Returns whether that agrees with the clock.
    ///
    /// The number of frames is how long the device has taken. The clock is needed only now and then, because to read it is a
    /// system call on some machines, and not again once they disagree.
    pub(super) fn advance(&self, avail: u64, stamp: Option<Duration>, spec: Spec) -> bool {
        let Some(known) = self.last.get() else {
            return false;
        };
        let Some(moved) = avail.checked_sub(known.avail) else {
            return false;
        };
        let uncertain = self.uncertain.get() + moved;
        if self.disagreements.get() >= MAX_DISAGREEMENTS {
            return false;
        }
        let is_certain = known.lead.is_zero() && uncertain <= spec.frames_lasting(MAX_UNCERTAIN);
        let (at, uncertain) = if is_certain {
            (known.at + spec.duration(moved), uncertain)
        } else if let Some(at) = known.time_of(avail, stamp, spec) {
            (at, 0)
        } else {
            self.disagreements.set(self.disagreements.get() + 1);
            return false;
        };
        self.set(avail, at);
        self.uncertain.set(uncertain);
        true
    }

    /// Records that a playback device was asked and has room for `avail` frames.
    pub(super) fn found(&self, avail: u64, spec: Spec) {
        let last = self.last.get();
        match last.and_then(|known| Some((known, known.time_of(avail, None, spec)?))) {
            Some((known, at)) => self.last.set(Some(KnownPosition { at, avail, ..known })),
            None => self.set_now(avail),
        }
    }

    /// Frames moved since the PCM was prepared.
    pub(super) fn moved(&self) -> u64 {
        self.moved.get()
    }

    pub(super) fn last(&self) -> Option<KnownPosition> {
        self.last.get()
    }

    /// How long the system has been suspended since the last call (or since the PCM was started).
    pub(super) fn take_suspended(&self) -> Duration {
        let asleep = time_asleep();
        asleep.saturating_sub(self.asleep.replace(asleep))
    }
}

impl KnownPosition {
    /// The position of a device that holds no frames now.
    pub(crate) fn empty_now() -> KnownPosition {
        KnownPosition {
            at: clock(ClockId::Monotonic),
            avail: 0,
            lead: Duration::ZERO,
        }
    }

    /// When a device that has run since this position had the `avail` frames that it reports, at the time of its timestamp or
    /// now; `None` if that does not agree with the clock. A driver that counts in jiffies (snd-aloop) reports it late.
    fn time_of(&self, avail: u64, stamp: Option<Duration>, spec: Spec) -> Option<Duration> {
        let now = stamp.unwrap_or_else(|| clock(ClockId::Monotonic));
        let at = self.at + spec.duration(avail.checked_sub(self.avail)?);
        let late = now.saturating_sub(at);
        match at.saturating_sub(now) > MAX_EARLY || late > MAX_LATE {
            true => None,
            false if late > MAX_DRIFT => Some(at),
            false => Some(now),
        }
    }

    /// When it was known, on the clock of [`KnownPosition::now`].
    pub(crate) fn time(&self) -> Duration {
        self.at
    }

    /// The time of the clock that positions are known by.
    pub(crate) fn now() -> Duration {
        clock(ClockId::Monotonic)
    }

    /// Frames that a capture device has captured by now and that have not been read.
    pub(crate) fn unread_now(&self, spec: Spec) -> u64 {
        self.avail + self.frames_until(None, spec)
    }

    /// The most frames that a playback device can have played from this position until now.
    pub(crate) fn most_until_now(&self, spec: Spec) -> u64 {
        self.frames_until(None, spec) + spec.frames_lasting(self.lead)
    }

    /// Frames that the device moves from this position until `time`; until now if that is `None`.
    pub(crate) fn frames_until(&self, time: Option<Duration>, spec: Spec) -> u64 {
        let until = time.unwrap_or_else(|| clock(ClockId::Monotonic));
        spec.frames_lasting(until.saturating_sub(self.at))
    }
}

fn clock(id: ClockId) -> Duration {
    Duration::try_from(clock_gettime(id)).unwrap_or_default()
}

/// How long the system has been suspended since it was booted.
fn time_asleep() -> Duration {
    clock(ClockId::Boottime).saturating_sub(clock(ClockId::Monotonic))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::format::Format;

    #[test]
    fn a_device_that_is_filled_again_and_again_runs_by_the_clock() {
        let spec = Spec::new(Format::S16_LE, 48_000, 2).unwrap();
        let position = Position::default();
        assert!(!position.filled(48_000, spec));
        let start = clock(ClockId::Monotonic);
        position.set(0, start);
        for seconds in 1..=10 {
            assert!(position.filled(48_000, spec));
            let known = position.last().unwrap();
            assert_eq!(known.at, start + Duration::from_secs(seconds));
        }
        // By the clock, only a moment has passed.
        assert!(!position.filled(48_000, spec));
        assert_eq!(position.disagreements.get(), 1);
        position.set(0, start);
        assert!(position.filled(480, spec));
        position.disagreements.set(MAX_DISAGREEMENTS);
        assert!(!position.filled(480, spec));
    }

    #[test]
    fn a_timestamp_takes_the_place_of_the_clock() {
        let spec = Spec::new(Format::S16_LE, 48_000, 2).unwrap();
        let position = Position::default();
        let second = Duration::from_secs(1);
        position.set(0, second);
        // So long that the number of frames alone does not show the time.
        let (at, avail) = (21 * second + MAX_DRIFT / 2, 20 * 48_000);
        assert!(position.advance(avail, Some(at), spec));
        let known = position.last().unwrap();
        assert_eq!((known.at, known.avail), (at, avail));
        assert!(!position.advance(2 * avail, Some(at + MAX_UNCERTAIN), spec));
        assert_eq!(position.disagreements.get(), 1);
    }

    #[test]
    fn frames_since_a_known_position_follow_the_clock() {
        let spec = Spec::new(Format::S16_LE, 48_000, 2).unwrap();
        let position = Position::default();
        assert!(position.last().is_none());
        position.set(100, Duration::from_secs(5));
        position.add_moved(30);
        let known = position.last().unwrap();
        assert_eq!((known.avail, position.moved()), (70, 30));
        let later = Some(Duration::from_millis(5500));
        assert_eq!(known.frames_until(later, spec), 24_000);
        assert_eq!(known.frames_until(Some(Duration::from_secs(4)), spec), 0);
        position.prepared(0);
        assert_eq!((position.last().unwrap().avail, position.moved()), (0, 0));
    }
}
