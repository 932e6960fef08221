//! Whether there is something to be heard.

use super::OnSound;
use crate::audio::dsp::meter;
use crate::audio::format::Encoding;
use crate::audio::spec::Spec;
use std::time::Duration;

/// Silence of this length is the end of the sound.
const END: Duration = Duration::from_secs(2);

/// A-law has no zero: its silence is a little louder.
const A_LAW_SILENCE: f32 = 3e-4;

pub(super) struct Gate {
    spec: Spec,
    threshold: f32,
    quiet: u64,
    most: u64,
}

impl Gate {
    pub(super) fn new(spec: Spec, on_sound: OnSound) -> Gate {
        let least = match spec.format.encoding() {
            Encoding::ALaw => A_LAW_SILENCE,
            _ => 0.0,
        };
        let wanted = on_sound
            .above_dbfs
            .map_or(0.0, |db| 10f64.powf(db / 20.0) as f32);
        Gate {
            spec,
            threshold: wanted.max(least),
            quiet: 0,
            most: spec.frames_lasting(END),
        }
    }

    /// Takes note of captured frames; tells whether there is sound in them.
    pub(super) fn hear(&mut self, frames: &[u8]) -> bool {
        let mut peak = 0.0f32;
        meter::peaks(self.spec, frames, |_, of_channel| {
            peak = peak.max(of_channel)
        });
        if peak > self.threshold {
            self.quiet = 0;
            return true;
        }
        self.quiet += self.spec.frames_in(frames.len() as u64);
        false
    }

    /// Whether it has been silent for long enough.
    pub(super) fn is_over(&self) -> bool {
        self.quiet >= self.most
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
    fn one_bit_is_sound_and_two_seconds_of_none_are_the_end() {
        let mut gate = Gate::new(SPEC, OnSound::default());
        assert!(!gate.hear(&[0; 200]));
        assert!(gate.hear(&[0, 0, 1, 0]));
        assert!(!gate.hear(&[0; 2 * 1999]));
        assert!(!gate.is_over());
        gate.hear(&[0; 2]);
        assert!(gate.is_over());
        gate.hear(&[1, 0]);
        assert!(!gate.is_over());
    }

    #[test]
    fn what_is_under_the_threshold_is_silence() {
        let on_sound = OnSound {
            above_dbfs: Some(-40.0),
        };
        let mut gate = Gate::new(SPEC, on_sound);
        assert!(!gate.hear(&300i16.to_le_bytes()));
        assert!(gate.hear(&400i16.to_le_bytes()));
    }

    #[test]
    fn silence_is_silence_in_every_format_that_has_one() {
        for format in Format::all() {
            let spec = Spec { format, ..SPEC };
            let size = format.physical_bits() as usize / 8;
            if size > 0 {
                let mut gate = Gate::new(spec, OnSound::default());
                assert!(!gate.hear(&format.silence()[..size].repeat(8)), "{format}");
            }
        }
    }
}
