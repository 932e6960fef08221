//! Whether there is sound.

use crate::audio::dsp::meter;
use crate::audio::format::Encoding;
use crate::audio::spec::Spec;
use std::time::Duration;

/// What counts as sound.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct OnSound {
    /// Samples above this level, in dBFS; `None`: everything but digital silence.
    pub above_dbfs: Option<f64>,
}

/// This much silence ends the sound.
const MAX_SILENCE: Duration = Duration::from_secs(2);

/// A-law has no zero: its silence is a little louder.
const A_LAW_SILENCE: f32 = 3e-4;

/// Watches captured frames for sound.
pub(super) struct Gate {
    spec: Spec,
    threshold: f32,
    /// Frames of silence since the last sound, and how many end it.
    silence: u64,
    max_silence: u64,
}

impl Gate {
    pub(super) fn new(spec: Spec, on_sound: OnSound) -> Gate {
        let silence = match spec.format.encoding() {
            Encoding::ALaw => A_LAW_SILENCE,
            _ => 0.0,
        };
        let wanted = on_sound
            .above_dbfs
            .map_or(0.0, |db| 10f64.powf(db / 20.0) as f32);
        Gate {
            spec,
            threshold: wanted.max(silence),
            silence: 0,
            max_silence: spec.frames_lasting(MAX_SILENCE),
        }
    }

    /// Takes captured frames; returns whether there is sound in them.
    pub(super) fn listen(&mut self, frames: &[u8]) -> bool {
        let mut peak = 0.0f32;
        meter::peaks(self.spec, frames, |_, of_channel| {
            peak = peak.max(of_channel)
        });
        if peak > self.threshold {
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

    #[test]
    fn samples_below_the_threshold_are_silence() {
        let on_sound = OnSound {
            above_dbfs: Some(-40.0),
        };
        let mut gate = Gate::new(SPEC, on_sound);
        assert!(!gate.listen(&300i16.to_le_bytes()));
        assert!(gate.listen(&400i16.to_le_bytes()));
    }

    #[test]
    fn silence_is_silence_in_every_format() {
        for format in Format::all() {
            let spec = Spec { format, ..SPEC };
            let size = format.physical_bits() as usize / 8;
            if size > 0 {
                let mut gate = Gate::new(spec, OnSound::default());
                assert!(
                    !gate.listen(&format.silence()[..size].repeat(8)),
                    "{format}"
                );
            }
        }
    }
}
