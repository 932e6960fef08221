//! Peak levels.

use super::sample::{Packer, Unpacker};
use crate::audio::format::Format;
use crate::audio::spec::Spec;

/// Calls `report` with the index and the peak of each channel in whole interleaved frames. Peaks are from 0.0 to 1.0,
/// more for floats beyond full scale. Formats without a full scale have no peaks.
pub fn peaks(spec: Spec, frames: &[u8], mut report: impl FnMut(usize, f32)) {
    let Some(unpacker) = Unpacker::new(spec.format) else {
        return;
    };
    let channels = spec.channels as usize;
    for channel in 0..channels {
        report(channel, unpacker.peak(frames, channel, channels));
    }
}

/// The peak of each channel of a sound.
pub(crate) struct PeakMeter {
    spec: Spec,
    peaks: Vec<f32>,
    at_full_scale: u64,
}

impl PeakMeter {
    pub(crate) fn new(spec: Spec) -> PeakMeter {
        let peaks = vec![0.0; spec.channels as usize];
        PeakMeter {
            spec,
            peaks,
            at_full_scale: 0,
        }
    }

    /// Continues with frames of another spec. If it has other channels, the peaks so far are dropped.
    pub(crate) fn set_spec(&mut self, spec: Spec) {
        if self.spec.channels != spec.channels {
            *self = PeakMeter::new(spec);
        }
        self.spec = spec;
    }

    pub(crate) fn add(&mut self, frames: &[u8]) {
        let limit = full_scale(self.spec.format);
        let mut is_loud = false;
        peaks(self.spec, frames, |channel, peak| {
            self.peaks[channel] = self.peaks[channel].max(peak);
            is_loud |= peak >= limit;
        });
        if let Some(unpacker) = Unpacker::new(self.spec.format).filter(|_| is_loud) {
            let samples = frames.chunks_exact(unpacker.bytes());
            let loud = samples.filter(|sample| unpacker.unpack(sample).abs() as f32 >= limit);
            self.at_full_scale += loud.count() as u64;
        }
    }

    /// Samples at the end of the range, where a sound that is too loud is clipped.
    pub(crate) fn at_full_scale(&self) -> u64 {
        self.at_full_scale
    }

    /// The peaks in dBFS.
    pub(crate) fn dbfs(&self) -> Vec<Option<f64>> {
        let measured = Unpacker::new(self.spec.format).is_some();
        let peak = |peak: &f32| dbfs(*peak).filter(|_| measured);
        self.peaks.iter().map(peak).collect()
    }
}

/// What stands for silence in dB, as in alsa-lib (`SND_CTL_TLV_DB_GAIN_MUTE`): JSON has no negative infinity.
pub const SILENCE_DB: f64 = -99_999.99;

/// Raises `peaks`, one for each channel, to those of whole interleaved frames. Returns whether there was anything to
/// measure: there is not in formats without a full scale.
pub fn include_peaks(spec: Spec, frames: &[u8], peaks: &mut [f32]) -> bool {
    let Some(unpacker) = Unpacker::new(spec.format) else {
        return false;
    };
    unpacker.include_peaks(frames, peaks);
    !frames.is_empty()
}

/// The peak of a sample that is at the end of its range, and so may have been clipped: slightly less than 1.0, except
/// for floats.
pub fn full_scale(format: Format) -> f32 {
    Packer::new(format).map_or(f32::INFINITY, |packer| packer.full_scale() as f32)
}

/// A peak in dBFS, rounded to hundredths; [`SILENCE_DB`] for silence, `None` for a peak that is not finite.
pub fn dbfs(peak: f32) -> Option<f64> {
    if peak == 0.0 {
        return Some(SILENCE_DB);
    }
    let hundredths = || (2000.0 * f64::from(peak).log10()).round();
    // Adding zero turns -0 into 0.
    (peak > 0.0 && peak.is_finite()).then(|| hundredths() / 100.0 + 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_do_not_depend_on_the_format() {
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
        assert_eq!(dbfs(0.0), Some(SILENCE_DB));
        assert_eq!(dbfs(f32::NAN), None);
    }

    #[test]
    fn peaks_are_the_same_in_one_pass_and_in_one_for_each_channel() {
        let bytes: Vec<u8> = (0..960u32).map(|at| (at * 151 % 251) as u8).collect();
        for format in Format::all().filter(|format| Unpacker::new(*format).is_some()) {
            for channels in [1, 2, 3] {
                let spec = Spec::new(format, 48_000, channels).unwrap();
                let frames = &bytes[..bytes.len() / spec.frame_bytes() * spec.frame_bytes()];
                let mut single = vec![0.0f32; channels as usize];
                peaks(spec, frames, |channel, peak| single[channel] = peak);
                let mut all = vec![0.0; channels as usize];
                assert!(include_peaks(spec, frames, &mut all));
                assert_eq!(all, single, "{format}");
            }
        }
    }

    #[test]
    fn samples_at_full_scale_are_counted() {
        let spec = Spec::new(Format::S16_LE, 8000, 2).unwrap();
        let mut meter = PeakMeter::new(spec);
        let samples = [32_767i16, 0, -32_768, 16_384, 32_766, 0];
        let frames: Vec<u8> = samples.iter().flat_map(|s| s.to_le_bytes()).collect();
        meter.add(&frames);
        meter.add(&[0, 0, 1, 0]);
        assert_eq!(meter.dbfs(), [Some(0.0), Some(-6.02)]);
        assert_eq!(meter.at_full_scale(), 2);
    }

    #[test]
    fn full_scale_is_the_greatest_sample() {
        assert_eq!(full_scale(Format::S16_LE), 32_767.0 / 32_768.0);
        assert_eq!(full_scale(Format::U8), 127.0 / 128.0);
        assert_eq!(full_scale(Format::S32_LE), 1.0);
        assert_eq!(full_scale(Format::FLOAT_LE), 1.0);
        assert_eq!(full_scale(Format::DSD_U8), f32::INFINITY);
    }
}
