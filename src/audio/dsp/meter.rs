//! Levels.

use super::sample::Unpacker;
use crate::audio::format::Format;
use crate::audio::spec::Spec;

/// Calls `note` with the index and the peak (0.0 to 1.0, more for float over full scale) of each channel of some whole
/// interleaved frames. Formats without a full scale call nothing.
pub fn peaks(spec: Spec, frames: &[u8], mut note: impl FnMut(usize, f32)) {
    let channels = spec.channels as usize;
    if spec.format == Format::S16_LE {
        // The common case by itself: integers alone, four times as fast.
        for channel in 0..channels {
            let samples = frames.chunks_exact(2).skip(channel).step_by(channels);
            let peak = samples
                .map(|s| i16::from_le_bytes([s[0], s[1]]).unsigned_abs())
                .max();
            note(channel, f32::from(peak.unwrap_or(0)) / 32768.0);
        }
        return;
    }
    let Some(reader) = Unpacker::new(spec.format) else {
        return;
    };
    for channel in 0..channels {
        let samples = frames
            .chunks_exact(reader.bytes())
            .skip(channel)
            .step_by(channels);
        note(
            channel,
            samples
                .map(|sample| reader.read(sample).abs() as f32)
                .fold(0.0, f32::max),
        );
    }
}

/// A peak in decibels relative to full scale, to a hundredth; `None` for silence.
pub fn dbfs(peak: f32) -> Option<f64> {
    let hundredths = || (2000.0 * f64::from(peak).log10()).round();
    // What is added makes a zero of -0.
    (peak > 0.0 && peak.is_finite()).then(|| hundredths() / 100.0 + 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_sine_has_the_same_level_in_every_format() {
        let float = Spec::new(Format::FLOAT_LE, 48_000, 2).unwrap();
        let frames: Vec<u8> = [0.5f32, -0.25, -0.5, 0.125]
            .iter()
            .flat_map(|s| s.to_le_bytes())
            .collect();
        let mut found = vec![0.0; 2];
        peaks(float, &frames, |channel, peak| found[channel] = peak);
        assert_eq!(found, [0.5, 0.25]);
        let full = dbfs(32_767.0 / 32_768.0).unwrap();
        assert!(full == 0.0 && full.is_sign_positive());

        let short = Spec::new(Format::S16_LE, 48_000, 2).unwrap();
        let frames: Vec<u8> = [16384i16, -8192, -16384, 4096]
            .iter()
            .flat_map(|s| s.to_le_bytes())
            .collect();
        peaks(short, &frames, |channel, peak| found[channel] = peak);
        assert_eq!(found, [0.5, 0.25]);
        assert_eq!(dbfs(0.5), Some(-6.02));
        assert_eq!(dbfs(0.0), None);
    }
}
