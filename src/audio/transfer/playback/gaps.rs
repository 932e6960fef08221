//! Silence that a sound server does not report. Over a slow network, for example, PulseAudio runs out of frames that were
//! written long ago and are still on their way. The only sign is that less is heard than should be by the clock.

use crate::audio::spec::Spec;
use std::time::Duration;

/// How far behind the clock the sound is, is known only roughly. It counts once it has been so for `PARTS * PART`.
const PART: Duration = Duration::from_millis(100);
const PARTS: usize = 20;

/// A silence at the end counts if it has lasted for this many parts.
const LAST_PARTS: u64 = 3;

/// The shortest silence that is reported if the lag was the same before and after it.
const MIN_GAP: Duration = Duration::from_millis(50);

/// The shortest silence that is reported while the lag still changes. After PulseAudio hangs, its position is wrong by
/// up to 120 ms, and that grows for seconds.
const MIN_UNSTEADY_GAP: Duration = Duration::from_millis(500);

/// The clock of a sound card may be this much slower than that of the computer: frames per frame.
const MAX_DRIFT: f64 = 0.0005;

/// Compares what is heard to the clock.
#[derive(Debug, Default)]
pub(super) struct GapDetector {
    /// When it began, and the frames that had been played then.
    start: Option<(Duration, u64)>,
    /// The least and the greatest lag in each of the last parts, in frames.
    parts: [(i64, i64); PARTS],
    /// Parts since the start.
    count: u64,
    /// The lag that the latency and earlier gaps explain.
    explained: Option<f64>,
    /// The part in which the device has started again after an underrun, for as long as its latency is not known.
    restarted: Option<u64>,
}

impl GapDetector {
    /// Starts over: the device was stopped.
    pub(super) fn reset(&mut self) {
        *self = GapDetector::default();
    }

    /// Notes that `played` frames have been heard at the time `now`. Returns the length of a silence, in frames, once
    /// it is certain.
    pub(super) fn note(&mut self, now: Duration, played: u64, spec: Spec) -> Option<u64> {
        let start = *self.start.get_or_insert((now, played));
        let (lag, part) = (lag(start, now, played, spec), part(start, now));
        let new = part.saturating_sub(self.count);
        for skipped in 0..new.min(PARTS as u64) {
            let index = (part - skipped) as usize % PARTS;
            self.parts[index] = (lag, lag);
        }
        self.count = part;
        let (least, most) = &mut self.parts[part as usize % PARTS];
        (*least, *most) = ((*least).min(lag), (*most).max(lag));
        if part <= PARTS as u64 {
            return None;
        }
        self.evaluate(new, spec)
    }

    fn evaluate(&mut self, new: u64, spec: Spec) -> Option<u64> {
        let least = self.parts.iter().map(|part| part.0).min()? as f64;
        let most = self.parts.iter().map(|part| part.1).max()? as f64;
        let mut explained = self.explained.unwrap_or(most).min(most);
        if (self.restarted).is_some_and(|part| self.count >= part + PARTS as u64) {
            self.restarted = None;
            explained = with_latency(explained, least, most, spec);
        }
        let drift = MAX_DRIFT * (new * spec.frames_lasting(PART)) as f64;
        explained += (least - explained).clamp(0.0, drift);
        let gap = least - explained;
        // Silence that has ended, or a part of many.
        let ended = most - least < spec.frames_lasting(MIN_GAP) as f64;
        let found =
            gap > spec.frames_lasting(if ended { MIN_GAP } else { MIN_UNSTEADY_GAP }) as f64;
        self.explained = Some(if found { least } else { explained });
        found.then_some(gap as u64)
    }

    /// How long the device had been silent, unreported, when it stopped in an underrun: `played` frames had been heard at the
    /// time `stop`, and fewer than should have been by the clock. A server that hangs has stopped playing long before it
    /// reports that.
    pub(super) fn unreported(&self, stop: Duration, played: u64, spec: Spec) -> Duration {
        let (Some(start), Some(explained)) = (self.start, self.explained) else {
            return Duration::ZERO;
        };
        let gap = (lag(start, stop, played, spec) as f64 - explained).max(0.0);
        Some(spec.duration(gap as u64))
            .filter(|gap| *gap > MIN_GAP)
            .unwrap_or_default()
    }

    /// Notes that the device has started again at the time `now`, and that all silence until then has been reported.
    pub(super) fn restart(&mut self, now: Duration, played: u64, spec: Spec) {
        let Some(start) = self.start else {
            return;
        };
        let (lag, count) = (lag(start, now, played, spec), part(start, now));
        *self = GapDetector {
            start: Some(start),
            parts: [(lag, lag); PARTS],
            count,
            explained: Some(lag as f64),
            restarted: Some(count),
        };
    }

    /// The length of a silence shortly before the end, in frames.
    pub(super) fn finish(&mut self, spec: Spec) -> Option<u64> {
        let last = (self.count.saturating_sub(LAST_PARTS)..self.count).map(|part| part + 1);
        let least = last.map(|part| self.parts[part as usize % PARTS].0).min()?;
        let gap = least as f64 - self.explained.take()?;
        (gap > spec.frames_lasting(MIN_UNSTEADY_GAP) as f64).then_some(gap as u64)
    }
}

/// How many frames fewer than by the clock have been heard since the start.
fn lag((since, before): (Duration, u64), now: Duration, played: u64, spec: Spec) -> i64 {
    let passed = now.saturating_sub(since);
    spec.frames_lasting(passed) as i64 - (played - before) as i64
}

/// The number of the part that a time is in. The first is 1.
fn part((since, _): (Duration, u64), now: Duration) -> u64 {
    (now.saturating_sub(since).as_millis() / PART.as_millis()) as u64 + 1
}

/// The lag that is explained after a restart: the latency may have grown, by less than the shortest silence that is certain.
fn with_latency(explained: f64, least: f64, most: f64, spec: Spec) -> f64 {
    let is_latency = |lag: f64| lag - explained <= spec.frames_lasting(MIN_UNSTEADY_GAP) as f64;
    match (is_latency(most), is_latency(least)) {
        (true, _) => most,
        (false, true) => least.max(explained),
        (false, false) => explained,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::format::Format;

    /// The silences found while frames are heard as `heard` says: milliseconds heard by each millisecond.
    fn found(milliseconds: u64, heard: impl Fn(u64) -> u64) -> Vec<u64> {
        let spec = Spec::new(Format::S16_LE, 1000, 2).unwrap();
        let mut detector = GapDetector::default();
        let mut found: Vec<u64> = (0..milliseconds)
            .step_by(20)
            .filter_map(|at| detector.note(Duration::from_millis(at), heard(at), spec))
            .collect();
        found.extend(detector.finish(spec));
        found
    }

    #[test]
    fn a_silence_is_found() {
        let gap = |at: u64| at.min(3000) + at.saturating_sub(3250);
        let [silent] = found(10_000, gap)[..] else {
            panic!()
        };
        assert!((245..=250).contains(&silent), "{silent}");
        let repeated = |at: u64| at / 500 * 300 + (at % 500).min(300);
        let silent: u64 = found(20_000, repeated).iter().sum();
        // All but what is in the first two seconds.
        assert!((6500..7500).contains(&silent), "{silent}");
        let at_the_end = |at: u64| at.min(3000) + at.saturating_sub(3800);
        let [silent] = found(4500, at_the_end)[..] else {
            panic!()
        };
        assert!((795..=800).contains(&silent), "{silent}");
    }

    #[test]
    fn nothing_else_is_a_silence() {
        // A latency at the start; a clock that differs; a position that is late or early for a while.
        assert!(found(10_000, |at| at.saturating_sub(400)).is_empty());
        assert!(found(3_600_000, |at| at - at / 5000).is_empty());
        assert!(found(3_600_000, |at| at + at / 5000).is_empty());
        let hangs = |at: u64| {
            if at % 4000 < 900 {
                at / 4000 * 4000
            } else {
                at
            }
        };
        assert!(found(60_000, hangs).is_empty());
        let early = |at: u64| {
            if at % 4000 < 900 {
                at + 200
            } else {
                at.max(at / 4000 * 4000 + 1099)
            }
        };
        assert!(found(60_000, early).is_empty());
        // A server that hangs for half a second shortly before the end: its position is wrong afterwards.
        let inexact = |at: u64| match at {
            0..3000 => at,
            3000..3500 => 3000,
            _ => at - 40 - (at - 3500) / 12,
        };
        assert!(found(4500, inexact).is_empty());
    }

    /// What is found after an underrun at 4 s, for which the server has hung for one second: it reports at 4 s that 500 ms are
    /// left, and starts again at 5 s. Then `heard` says how many milliseconds are heard by each millisecond.
    fn found_after_underrun(milliseconds: u64, heard: impl Fn(u64) -> u64) -> Vec<u64> {
        let spec = Spec::new(Format::S16_LE, 1000, 2).unwrap();
        let mut detector = GapDetector::default();
        for at in (0..4000).step_by(20) {
            let gap = detector.note(Duration::from_millis(at), at.min(3000), spec);
            assert_eq!(gap, None);
        }
        let unreported = detector.unreported(Duration::from_millis(4500), 3500, spec);
        assert_eq!(unreported, Duration::from_secs(1));
        detector.restart(Duration::from_secs(5), 3500, spec);
        let notes = (0..milliseconds).step_by(20).filter_map(|at| {
            detector.note(Duration::from_millis(5000 + at), 3500 + heard(at), spec)
        });
        let mut found: Vec<u64> = notes.collect();
        found.extend(detector.finish(spec));
        found
    }

    #[test]
    fn a_hang_before_an_underrun_is_a_part_of_it() {
        // The latency after the restart is no silence, and later silences are found.
        let latency = |at: u64| at.saturating_sub(120);
        assert_eq!(found_after_underrun(10_000, latency), [0; 0]);
        let soon = |at: u64| at.min(500) + at.saturating_sub(1300);
        let silent: u64 = found_after_underrun(10_000, soon).iter().sum();
        assert!((790..=800).contains(&silent), "{silent}");
        let late = |at: u64| at.saturating_sub(120).min(5000) + at.saturating_sub(5220);
        let silent: u64 = found_after_underrun(10_000, late).iter().sum();
        assert!((70..=100).contains(&silent), "{silent}");
        let at_the_end = |at: u64| at.min(500) + at.saturating_sub(1300);
        let silent: u64 = found_after_underrun(1800, at_the_end).iter().sum();
        assert!((790..=800).contains(&silent), "{silent}");
    }

    #[test]
    fn an_underrun_without_a_hang_has_nothing_to_add() {
        let spec = Spec::new(Format::S16_LE, 1000, 2).unwrap();
        let mut detector = GapDetector::default();
        let at = Duration::from_millis;
        assert_eq!(detector.unreported(at(9), 0, spec), Duration::ZERO);
        for now in (0..4000).step_by(20) {
            detector.note(at(now), now.saturating_sub(40), spec);
        }
        assert_eq!(detector.unreported(at(4500), 4460, spec), Duration::ZERO);
    }
}
