//! Whether a loopback plays: while there is sound, and a little longer.

use crate::audio::dsp::sound::{OnSound, SoundDetector};
use crate::audio::spec::Spec;
use std::time::Duration;

/// This much silence ends the sound.
const MAX_SILENCE: Duration = Duration::from_secs(2);

/// Watches captured frames for sound.
pub(super) struct Gate {
    spec: Spec,
    detector: SoundDetector,
    /// Frames of silence since the last sound, and how many end it.
    silence: u64,
    max_silence: u64,
}

impl Gate {
    pub(super) fn new(spec: Spec, on_sound: OnSound) -> Gate {
        Gate {
            spec,
            detector: SoundDetector::new(spec, on_sound),
            silence: 0,
            max_silence: spec.frames_lasting(MAX_SILENCE),
        }
    }

    /// Takes captured frames; returns whether there is sound in them.
    pub(super) fn listen(&mut self, frames: &[u8]) -> bool {
        if self.detector.contains_sound(frames) {
            self.silence = 0;
            return true;
        }
        self.silence += self.spec.frames_in(frames.len() as u64);
        false
    }

    /// Whether the sound has ended.
    pub(super) fn has_closed(&self) -> bool {
        self.silence >= self.max_silence
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::format::Format;

    const SPEC: Spec = Spec {
        format: Format::S16_LE,
        rate: 1000,
        channels: 1,
    };

    #[test]
    fn one_bit_is_sound_and_two_seconds_of_silence_end_it() {
        let mut gate = Gate::new(SPEC, OnSound::default());
        assert!(!gate.listen(&[0; 200]));
        assert!(gate.listen(&[0, 0, 1, 0]));
        assert!(!gate.listen(&[0; 2 * 1999]));
        assert!(!gate.has_closed());
        gate.listen(&[0; 2]);
        assert!(gate.has_closed());
        gate.listen(&[1, 0]);
        assert!(!gate.has_closed());
    }
}
