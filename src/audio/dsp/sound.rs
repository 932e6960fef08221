//! Detects sound in frames.

use super::meter;
use crate::audio::format::Encoding;
use crate::audio::spec::Spec;

/// What counts as sound.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct OnSound {
    /// Samples above this level in dBFS; everything but digital silence if `None`.
    pub above_dbfs: Option<f64>,
}

/// A-law has no zero: its silence is a little louder.
const A_LAW_SILENCE: f32 = 3e-4;

/// Finds the frames that are sound.
#[derive(Clone, Copy, Debug)]
pub struct SoundDetector {
    spec: Spec,
    threshold: f32,
}

impl SoundDetector {
    /// A detector for frames of `spec`.
    pub fn new(spec: Spec, on_sound: OnSound) -> SoundDetector {
        let silence = match spec.format.encoding() {
            Encoding::ALaw => A_LAW_SILENCE,
            _ => 0.0,
        };
        let wanted = on_sound
            .above_dbfs
            .map_or(0.0, |db| 10f64.powf(db / 20.0) as f32);
        SoundDetector {
            spec,
            threshold: wanted.max(silence),
        }
    }

    /// Whether any of these interleaved frames is sound.
    pub fn contains_sound(&self, frames: &[u8]) -> bool {
        let mut peak = 0.0f32;
        meter::peaks(self.spec, frames, |_, of_channel| {
            peak = peak.max(of_channel);
        });
        peak > self.threshold
    }

    /// The index of the first frame that is sound.
    pub fn first(&self, frames: &[u8]) -> Option<usize> {
        if !self.contains_sound(frames) {
            return None;
        }
        let (mut start, mut end) = (0, self.count(frames));
        while end - start > 1 {
            let middle = start + (end - start) / 2;
            match self.contains_sound(self.range(frames, start, middle)) {
                true => end = middle,
                false => start = middle,
            }
        }
        Some(start)
    }

    /// The index of the last frame that is sound.
    pub fn last(&self, frames: &[u8]) -> Option<usize> {
        if !self.contains_sound(frames) {
            return None;
        }
        let (mut start, mut end) = (0, self.count(frames));
        while end - start > 1 {
            let middle = start + (end - start) / 2;
            match self.contains_sound(self.range(frames, middle, end)) {
                true => start = middle,
                false => end = middle,
            }
        }
        Some(start)
    }

    fn count(&self, frames: &[u8]) -> usize {
        frames.len() / self.spec.frame_bytes()
    }

    fn range<'a>(&self, frames: &'a [u8], start: usize, end: usize) -> &'a [u8] {
        let size = self.spec.frame_bytes();
        &frames[start * size..end * size]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::format::Format;
    use proptest::prelude::*;

    const SPEC: Spec = Spec {
        format: Format::S16_LE,
        rate: 1000,
        channels: 1,
    };

    #[test]
    fn samples_below_the_threshold_are_silence() {
        let on_sound = OnSound {
            above_dbfs: Some(-40.0),
        };
        let detector = SoundDetector::new(SPEC, on_sound);
        assert!(!detector.contains_sound(&300i16.to_le_bytes()));
        assert!(detector.contains_sound(&400i16.to_le_bytes()));
    }

    #[test]
    fn silence_is_silence_in_every_format() {
        for format in Format::all() {
            let spec = Spec { format, ..SPEC };
            let size = format.physical_bits() as usize / 8;
            if size > 0 {
                let detector = SoundDetector::new(spec, OnSound::default());
                let silence = format.silence()[..size].repeat(8);
                assert!(!detector.contains_sound(&silence), "{format}");
                assert_eq!(detector.first(&silence), None, "{format}");
            }
        }
    }

    proptest! {
        #[test]
        fn the_first_and_the_last_frame_are_exact(samples in prop::collection::vec(0..3i16, 0..200)) {
            let spec = Spec { channels: 2, ..SPEC };
            let detector = SoundDetector::new(spec, OnSound::default());
            let samples: Vec<i16> = samples.chunks_exact(2).flatten().map(|s| s / 2).collect();
            let bytes: Vec<u8> = samples.iter().flat_map(|s| s.to_le_bytes()).collect();
            let is_sound = |frame: &[i16]| frame.iter().any(|sample| *sample != 0);
            prop_assert_eq!(detector.first(&bytes), samples.chunks(2).position(is_sound));
            prop_assert_eq!(detector.last(&bytes), samples.chunks(2).rposition(is_sound));
        }
    }
}
