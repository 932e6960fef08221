use super::*;
use crate::audio::dsp::random::Random;
use crate::audio::dsp::testing::{fit_sine, sine};
use crate::audio::format::Format::{self, *};

fn spec(format: Format, rate: u32, channels: u32) -> Spec {
    Spec::new(format, rate, channels).unwrap()
}

fn conversion(from: Spec, to: Spec) -> Conversion {
    let mix = match (from.channels, to.channels) {
        (1, 2) => Mix::select(1, [Some(0), Some(0)]),
        (channels, _) => Mix::identity(channels as usize),
    };
    Conversion {
        from,
        to,
        mix,
        scaled: false,
        options: ConversionOptions::default(),
    }
}

/// The output, and how many samples were clipped.
fn converted(conversion: &Conversion, frames: &[u8], ramp: Ramp) -> (Vec<u8>, u64) {
    let clipped = Arc::default();
    let mut converter = conversion.converter(Arc::clone(&clipped)).unwrap();
    let mut out = vec![];
    for piece in frames.chunks(conversion.from.frame_bytes() * 997) {
        converter.push(piece, ramp, &mut out).unwrap();
    }
    converter.finish(&mut out).unwrap();
    (out, clipped.load(Relaxed))
}

fn noise(format: Format, samples: usize) -> Vec<u8> {
    let (packer, mut random) = (Packer::new(format).unwrap(), Random::new(7));
    let mut bytes = vec![];
    let numbers: Vec<f64> = (0..samples).map(|_| random.uniform()).collect();
    packer.pack_all(&numbers, None, &mut bytes);
    bytes
}

fn packed(format: Format, numbers: &[f64]) -> Vec<u8> {
    let mut bytes = vec![];
    Packer::new(format)
        .unwrap()
        .pack_all(numbers, None, &mut bytes);
    bytes
}

fn unpacked(format: Format, bytes: &[u8]) -> Vec<f64> {
    let mut numbers = vec![];
    Unpacker::new(format)
        .unwrap()
        .unpack_all(bytes, &mut numbers);
    numbers
}

#[test]
fn lossless_conversions_round_trip_bit_for_bit() {
    let numeric = || Format::all().filter(|format| format.is_numeric());
    for narrow in numeric() {
        let sound = noise(narrow, 600);
        for wide in numeric().filter(|wide| wide.holds(narrow)) {
            let (there, back) = (spec(narrow, 8000, 2), spec(wide, 8000, 2));
            let (out, clipped) = converted(&conversion(there, back), &sound, Ramp::UNITY);
            let undithered = Conversion {
                options: ConversionOptions {
                    dither: false,
                    ..ConversionOptions::default()
                },
                ..conversion(back, there)
            };
            let (again, _) = converted(&undithered, &out, Ramp::UNITY);
            // µ-law has two zeros.
            let same = again == sound || unpacked(narrow, &again) == unpacked(narrow, &sound);
            assert!(same && clipped == 0, "{narrow} by {wide}");
            assert_eq!(conversion(there, back).text(&[]).is_some(), narrow != wide);
            let dithers = conversion(there, back)
                .text(&[])
                .is_some_and(|text| text.contains("dither"));
            assert!(!dithers, "{narrow} to {wide}");
        }
    }
}

#[test]
fn reducing_bits_dithers_instead_of_truncating() {
    let hz = 997.0;
    // A sine of a few 16-bit steps: truncated or rounded, it would have audible harmonics.
    let quiet: Vec<f64> = sine(hz, 48_000, 48_000)
        .iter()
        .map(|sample| sample / 4096.0)
        .collect();
    let (from, to) = (spec(S32_LE, 48_000, 1), spec(S16_LE, 48_000, 1));
    let (out, clipped) = converted(&conversion(from, to), &packed(S32_LE, &quiet), Ramp::UNITY);
    assert_eq!(clipped, 0);
    let output = unpacked(S16_LE, &out);
    let mean = output.iter().sum::<f64>() / output.len() as f64;
    assert!(
        mean.abs() < 0.02 / 32_768.0,
        "truncation would shift it by half a step: {mean}"
    );
    for harmonic in [3.0, 5.0, 7.0] {
        let fit = fit_sine(&output, harmonic * hz / 48_000.0, 0..output.len());
        assert!(fit.amplitude * 32_768.0 < 0.02, "{harmonic}: {fit:?}");
    }
    let undithered = Conversion {
        options: ConversionOptions {
            dither: false,
            ..ConversionOptions::default()
        },
        ..conversion(from, to)
    };
    let (out, _) = converted(&undithered, &packed(S32_LE, &quiet), Ramp::UNITY);
    for (out, quiet) in unpacked(S16_LE, &out).iter().zip(&quiet) {
        assert!((out - quiet).abs() <= 0.501 / 32_768.0);
    }
}

#[test]
fn samples_beyond_full_scale_are_clipped_and_counted() {
    let loud = [0.5f32, 1.0, 1.5, -1.0, -2.0, 0.999];
    let bytes: Vec<u8> = loud
        .iter()
        .flat_map(|sample| sample.to_le_bytes())
        .collect();
    for format in [S16_LE, S24_3LE, S32_LE, U8, S16_BE, A_LAW] {
        let conversion = conversion(spec(FLOAT_LE, 8000, 1), spec(format, 8000, 1));
        let (out, clipped) = converted(&conversion, &bytes, Ramp::UNITY);
        assert_eq!(clipped, 2, "{format}");
        let output = unpacked(format, &out);
        assert!(
            output[2] > 0.97 && output[4] < -0.97,
            "{format}: {output:?}"
        );
    }
    let conversion = conversion(spec(FLOAT_LE, 8000, 1), spec(FLOAT64_LE, 8000, 1));
    assert_eq!(converted(&conversion, &bytes, Ramp::UNITY).1, 0);
}

#[test]
fn samples_of_the_same_format_are_moved_unchanged() {
    let (stereo, mono) = (spec(DSD_U8, 8000, 2), spec(DSD_U8, 8000, 1));
    let swap = Conversion {
        mix: Mix::select(2, [Some(1), Some(0)]),
        ..conversion(stereo, stereo)
    };
    assert_eq!(converted(&swap, &[1, 2, 3, 4], Ramp::UNITY).0, [2, 1, 4, 3]);
    assert_eq!(
        converted(&conversion(mono, stereo), &[1, 2], Ramp::UNITY).0,
        [1, 1, 2, 2]
    );
    let gaps = Conversion {
        mix: Mix::select(1, [None, Some(0)]),
        ..conversion(mono, stereo)
    };
    assert_eq!(converted(&gaps, &[1, 2], Ramp::UNITY).0, [0x69, 1, 0x69, 2]);
    let impossible = conversion(mono, spec(S16_LE, 8000, 1)).converter(Arc::default());
    assert!(impossible.is_err_and(|error| error.kind() == Kind::Unsupported));
}

#[test]
fn rate_channels_and_gain_combine_without_loss_of_quality() {
    let (from, to) = (spec(S24_3LE, 44_100, 1), spec(FLOAT64_LE, 48_000, 2));
    let conversion = Conversion {
        scaled: true,
        ..conversion(from, to)
    };
    let half = Ramp { from: 0.5, to: 0.5 };
    let (out, clipped) = converted(
        &conversion,
        &packed(S24_3LE, &sine(997.0, 44_100, 22_050)),
        half,
    );
    assert_eq!((out.len(), clipped), (24_000 * 16, 0));
    let output = unpacked(FLOAT64_LE, &out);
    let (left, right): (Vec<f64>, Vec<f64>) =
        output.chunks(2).map(|frame| (frame[0], frame[1])).unzip();
    assert!(left == right);
    let fit = fit_sine(&left, 997.0 / 48_000.0, 4000..20_000);
    // The input has 24 bits.
    assert!(
        fit.snr_db > 135.0 && (fit.amplitude - 0.25).abs() < 1e-6,
        "{fit:?}"
    );
}

#[test]
fn a_gain_ramp_is_linear() {
    let mono = spec(FLOAT64_LE, 8000, 1);
    let conversion = Conversion {
        scaled: true,
        ..conversion(mono, mono)
    };
    let ramp = Ramp { from: 1.0, to: 0.0 };
    let (out, _) = converted(&conversion, &packed(FLOAT64_LE, &[0.5; 4]), ramp);
    assert_eq!(unpacked(FLOAT64_LE, &out), [0.5, 0.375, 0.25, 0.125]);
}

#[test]
fn the_text_names_only_what_changes() {
    let text = |from, to| conversion(from, to).text(&[]);
    let cd = spec(S16_LE, 44_100, 2);
    assert_eq!(text(cd, cd), None);
    assert_eq!(
        text(cd, spec(S32_LE, 48_000, 2)).unwrap(),
        "44100 Hz, S16_LE → 48000 Hz, S32_LE (resample best, dither)"
    );
    assert_eq!(
        text(cd, spec(S32_LE, 44_100, 2)).unwrap(),
        "S16_LE → S32_LE"
    );
    assert_eq!(
        text(spec(S16_LE, 8000, 1), spec(S16_LE, 8000, 2)).unwrap(),
        "1 channel → 2 channels"
    );
    let louder = Conversion {
        scaled: true,
        ..conversion(cd, cd)
    };
    let notes = ["gain +3.0 dB".to_owned()];
    assert_eq!(
        louder.text(&notes).unwrap(),
        "S16_LE (gain +3.0 dB, dither)"
    );
}
