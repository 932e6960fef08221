use super::*;
use crate::audio::dsp::testing::{Fit, fitted, sine};

/// From one rate to the other, and what is played: as far up as the lower rate's band reaches.
const TABLE: &[(u32, u32, &[f64])] = &[
    (44_100, 48_000, &[997.0, 10_000.0, 19_000.0]),
    (96_000, 48_000, &[997.0, 10_000.0, 19_000.0]),
    (22_050, 48_000, &[997.0, 10_000.0]),
    (8_000, 48_000, &[997.0, 3_500.0]),
    (192_000, 48_000, &[997.0, 10_000.0, 19_000.0]),
    (48_000, 44_100, &[997.0, 10_000.0, 19_000.0]),
];

fn resampled<T: Number>(samples: &[f64], from: u32, to: u32, quality: Quality) -> Vec<f64> {
    let mut resampler = Resampler::<T>::new(from, to, 1, quality).unwrap();
    let samples: Vec<T> = samples.iter().map(|sample| T::of(*sample)).collect();
    let mut out = Vec::new();
    for piece in samples.chunks(1777) {
        resampler.push(piece, &mut out).unwrap();
    }
    resampler.finish(&mut out).unwrap();
    out.iter().map(|sample| sample.double()).collect()
}

fn by(quality: Quality, samples: &[f64], from: u32, to: u32) -> Vec<f64> {
    match quality {
        Quality::Fast => resampled::<f32>(samples, from, to, quality),
        _ => resampled::<f64>(samples, from, to, quality),
    }
}

/// A sine of half of full scale, resampled, and the sine that is found in the middle of it.
fn heard(quality: Quality, hz: f64, from: u32, to: u32) -> Fit {
    let frames = from as usize * 2 / 5 + 20_000.min(from as usize / 2);
    let out = by(quality, &sine(hz, from, frames), from, to);
    let margin = out.len() / 3;
    fitted(&out, hz / f64::from(to), margin..out.len() - margin)
}

#[test]
fn a_sine_keeps_its_pitch_its_place_and_its_level_and_nothing_is_added() {
    for (from, to, frequencies) in TABLE {
        for hz in *frequencies {
            for (quality, least) in [
                (Quality::Fast, 125.0),
                (Quality::Good, 150.0),
                (Quality::Best, 160.0),
            ] {
                let fit = heard(quality, *hz, *from, *to);
                let what = format!("{from} to {to} Hz, {hz} Hz, {}: {fit:?}", quality.name());
                // A pitch that were off would be noise to the fit, whose frequency is the exact one.
                assert!(fit.snr_db > least, "{what}");
                assert!((fit.amplitude / 0.5 - 1.0).abs() < 1e-4, "{what}");
                // A thousandth of a frame.
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
            let db = 20.0 * (heard(quality, hz, 44_100, 48_000).amplitude / 0.5).log10();
            assert!(db.abs() < 0.001, "{} {hz} Hz: {db} dB", quality.name());
        }
    }
}

#[test]
fn what_the_lower_rate_cannot_hold_is_kept_out() {
    for quality in Quality::ALL {
        for (from, to, hz) in [(96_000, 48_000, 30_000.0), (48_000, 22_050, 12_000.0)] {
            let out = by(quality, &sine(hz, from, 30_000), from, to);
            let middle = &out[out.len() / 3..out.len() * 2 / 3];
            let peak = middle
                .iter()
                .fold(0.0f64, |peak, sample| peak.max(sample.abs()));
            assert!(20.0 * peak.log10() < -120.0, "{}: {peak}", quality.name());
        }
    }
}

#[test]
fn the_length_is_that_of_the_ratio_whatever_it_is() {
    for (from, to) in [
        (44_100, 48_000),
        (48_000, 44_100),
        (8000, 192_000),
        (192_000, 8000),
    ] {
        for frames in [0, 1, 2, 3, 147, 1000, 4410, 12_345] {
            let out = by(Quality::Fast, &vec![0.5; frames], from, to);
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
fn the_first_and_the_last_frame_are_where_they_were() {
    for quality in Quality::ALL {
        for at in [0, 1, 5000, 8818, 8819] {
            let mut samples = vec![0.0; 8820];
            samples[at] = 1.0;
            let out = by(quality, &samples, 44_100, 48_000);
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
fn channels_do_not_touch_each_other_and_one_sound_not_the_next() {
    let mut resampler = Resampler::<f64>::new(44_100, 48_000, 2, Quality::Fast).unwrap();
    let left = sine(440.0, 44_100, 5000);
    let both: Vec<f64> = left.iter().flat_map(|sample| [*sample, 0.0]).collect();
    let mut first = vec![];
    resampler.push(&both, &mut first).unwrap();
    resampler.finish(&mut first).unwrap();
    let mut second = vec![];
    resampler.push(&both, &mut second).unwrap();
    resampler.finish(&mut second).unwrap();
    assert!(first == second);
    assert!(first.iter().skip(1).step_by(2).all(|sample| *sample == 0.0));
    let alone = resampled::<f64>(&left, 44_100, 48_000, Quality::Fast);
    let heard: Vec<f64> = first.iter().step_by(2).copied().collect();
    assert!(alone == heard);
}

#[test]
fn rates_that_nobody_has_are_refused_and_odd_ones_are_not() {
    assert!(Resampler::<f32>::new(1_536_001, 44_100, 1, Quality::Fast).is_err());
    for (from, to) in [
        (44_100, 44_101),
        (1, 48_000),
        (5512, 48_000),
        (48_000, 47_999),
    ] {
        assert!(Resampler::<f32>::new(from, to, 1, Quality::Fast).is_ok());
    }
}
