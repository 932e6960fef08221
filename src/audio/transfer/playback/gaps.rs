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
}

impl GapDetector {
    /// Starts over: the device was stopped.
    pub(super) fn reset(&mut self) {
        *self = GapDetector::default();
    }

    /// Notes that `played` frames have been heard at the time `now`. Returns the length of a silence, in frames, once
    /// it is certain.
    pub(super) fn note(&mut self, now: Duration, played: u64, spec: Spec) -> Option<u64> {
        let (since, before) = *self.start.get_or_insert((now, played));
        let passed = now.saturating_sub(since);
        let lag = spec.frames_lasting(passed) as i64 - (played - before) as i64;
        let part = (passed.as_millis() / PART.as_millis()) as u64 + 1;
        let new = part - self.count;
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

    /// The length of a silence shortly before the end, in frames.
    pub(super) fn finish(&mut self, spec: Spec) -> Option<u64> {
        let last = (self.count.saturating_sub(LAST_PARTS)..self.count).map(|part| part + 1);
        let least = last.map(|part| self.parts[part as usize % PARTS].0).min()?;
        let gap = least as f64 - self.explained.take()?;
        (gap > spec.frames_lasting(MIN_UNSTEADY_GAP) as f64).then_some(gap as u64)
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
}
