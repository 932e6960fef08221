use super::*;
use crate::audio::dsp::testing::{SineFit, fit_sine, sine};

/// Input rate, output rate, and test frequencies up to the passband of the lower rate.
const TABLE: &[(u32, u32, &[f64])] = &[
    (44_100, 48_000, &[997.0, 10_000.0, 19_000.0]),
    (96_000, 48_000, &[997.0, 10_000.0, 19_000.0]),
    (22_050, 48_000, &[997.0, 10_000.0]),
    (8_000, 48_000, &[997.0, 3_500.0]),
    (192_000, 48_000, &[997.0, 10_000.0, 19_000.0]),
    (48_000, 44_100, &[997.0, 10_000.0, 19_000.0]),
];

fn resample_with(quality: Quality, samples: &[f64], from: u32, to: u32) -> Vec<f64> {
    let mut resampler = Resampler::new(from, to, 1, quality).unwrap();
    let mut out = Vec::new();
    for block in samples.chunks(1777) {
        resampler.push(block, &mut out);
    }
    resampler.finish(&mut out);
    out
}

/// Resamples a sine and fits one to the middle of the output.
fn fit_resampled(quality: Quality, hz: f64, from: u32, to: u32) -> SineFit {
    let frames = from as usize * 2 / 5 + 20_000.min(from as usize / 2);
    let out = resample_with(quality, &sine(hz, from, frames), from, to);
    let margin = out.len() / 3;
    fit_sine(&out, hz / f64::from(to), margin..out.len() - margin)
}

#[test]
fn a_sine_keeps_frequency_phase_and_level_without_distortion() {
    for (from, to, frequencies) in TABLE {
        for hz in *frequencies {
            for (quality, min_snr) in [
                (Quality::Fast, 125.0),
                (Quality::Good, 150.0),
                (Quality::Best, 160.0),
            ] {
                let fit = fit_resampled(quality, *hz, *from, *to);
                let what = format!("{from} to {to} Hz, {hz} Hz, {}: {fit:?}", quality.name());
                // A wrong frequency would count as noise.
                assert!(fit.snr_db > min_snr, "{what}");
                assert!((fit.amplitude / 0.5 - 1.0).abs() < 1e-4, "{what}");
                // Less than a thousandth of a frame.
                let late = fit.phase / (std::f64::consts::TAU * hz / f64::from(*to));
                assert!(late.abs() < 1e-3, "{what}: {late} frames");
            }
        }
    }
}

#[test]
fn the_pass_band_is_flat_to_20_khz() {
    for quality in Quality::ALL {
        for hz in [
            20.0, 100.0, 1000.0, 5000.0, 15_000.0, 18_000.0, 19_500.0, 20_000.0,
        ] {
            let db = 20.0 * (fit_resampled(quality, hz, 44_100, 48_000).amplitude / 0.5).log10();
            assert!(db.abs() < 0.001, "{} {hz} Hz: {db} dB", quality.name());
        }
    }
}

#[test]
fn frequencies_above_nyquist_are_removed() {
    for quality in Quality::ALL {
        for (from, to, hz) in [(96_000, 48_000, 30_000.0), (48_000, 22_050, 12_000.0)] {
            let out = resample_with(quality, &sine(hz, from, 30_000), from, to);
            let middle = &out[out.len() / 3..out.len() * 2 / 3];
            let peak = middle
                .iter()
                .fold(0.0f64, |peak, sample| peak.max(sample.abs()));
            assert!(20.0 * peak.log10() < -120.0, "{}: {peak}", quality.name());
        }
    }
}

#[test]
fn the_output_length_matches_the_ratio() {
    for (from, to) in [
        (44_100, 48_000),
        (48_000, 44_100),
        (8000, 192_000),
        (192_000, 8000),
    ] {
        for frames in [0, 1, 2, 3, 147, 1000, 4410, 12_345] {
            let out = resample_with(Quality::Fast, &vec![0.5; frames], from, to);
            let exact = frames as f64 * f64::from(to) / f64::from(from);
            assert!(
                (out.len() as f64 - exact).abs() <= 0.5,
                "{from} {to} {frames}: {}",
                out.len()
            );
        }
    }
}

#[test]
fn output_is_aligned_with_the_input_up_to_both_ends() {
    for quality in Quality::ALL {
        for at in [0, 1, 5000, 8818, 8819] {
            let mut samples = vec![0.0; 8820];
            samples[at] = 1.0;
            let out = resample_with(quality, &samples, 44_100, 48_000);
            let loudest = (0..out.len()).max_by(|a, b| out[*a].abs().total_cmp(&out[*b].abs()));
            let exact = at as f64 * 48_000.0 / 44_100.0;
            assert!(
                (loudest.unwrap() as f64 - exact).abs() <= 0.6,
                "{at}: {loudest:?}"
            );
        }
    }
}

#[test]
fn channels_and_successive_streams_are_independent() {
    let mut resampler = Resampler::new(44_100, 48_000, 2, Quality::Fast).unwrap();
    let left = sine(440.0, 44_100, 5000);
    let both: Vec<f64> = left.iter().flat_map(|sample| [*sample, 0.0]).collect();
    let mut first = vec![];
    resampler.push(&both, &mut first);
    resampler.finish(&mut first);
    let mut second = vec![];
    resampler.push(&both, &mut second);
    resampler.finish(&mut second);
    assert!(first == second);
    assert!(first.iter().skip(1).step_by(2).all(|sample| *sample == 0.0));
    let alone = resample_with(Quality::Fast, &left, 44_100, 48_000);
    let left_out: Vec<f64> = first.iter().step_by(2).copied().collect();
    assert!(alone == left_out);
}

#[test]
fn unusual_rates_are_supported_up_to_a_limit() {
    assert!(Resampler::new(1_536_001, 44_100, 1, Quality::Fast).is_err());
    for (from, to) in [
        (44_100, 44_101),
        (1, 48_000),
        (5512, 48_000),
        (48_000, 47_999),
    ] {
        assert!(Resampler::new(from, to, 1, Quality::Fast).is_ok());
    }
}
