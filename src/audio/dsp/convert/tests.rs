use super::*;
use crate::audio::dsp::random::Random;
use crate::audio::dsp::testing::{fitted, sine};
use crate::audio::format::Format::{self, *};

fn spec(format: Format, rate: u32, channels: u32) -> Spec {
    Spec::new(format, rate, channels).unwrap()
}

fn plan(from: Spec, to: Spec) -> Conversion {
    let mix = match (from.channels, to.channels) {
        (1, 2) => Mix::picked(1, [Some(0), Some(0)]),
        (channels, _) => Mix::straight(channels as usize),
    };
    Conversion {
        from,
        to,
        mix,
        scaled: false,
        options: ConversionOptions::default(),
    }
}

/// What comes out, and how many samples were clipped.
fn converted(plan: &Conversion, frames: &[u8], ramp: Ramp) -> (Vec<u8>, u64) {
    let clipped = Arc::default();
    let mut converter = plan.converter(Arc::clone(&clipped)).unwrap();
    let mut out = vec![];
    for piece in frames.chunks(plan.from.frame_bytes() * 997) {
        converter.push(piece, ramp, &mut out).unwrap();
    }
    converter.finish(&mut out).unwrap();
    (out, clipped.load(Relaxed))
}

fn noise(format: Format, samples: usize) -> Vec<u8> {
    let (writer, mut random) = (Packer::new(format).unwrap(), Random::new(7));
    let mut bytes = vec![];
    let numbers: Vec<f64> = (0..samples).map(|_| random.uniform()).collect();
    writer.write_all(&numbers, None, &mut bytes);
    bytes
}

fn written(format: Format, numbers: &[f64]) -> Vec<u8> {
    let mut bytes = vec![];
    Packer::new(format)
        .unwrap()
        .write_all(numbers, None, &mut bytes);
    bytes
}

fn numbers(format: Format, bytes: &[u8]) -> Vec<f64> {
    let mut numbers = vec![];
    Unpacker::new(format).unwrap().read_all(bytes, &mut numbers);
    numbers
}

#[test]
fn what_a_format_holds_comes_back_bit_for_bit() {
    let numeric = || Format::all().filter(|format| format.is_numeric());
    for narrow in numeric() {
        let sound = noise(narrow, 600);
        for wide in numeric().filter(|wide| wide.holds(narrow)) {
            let (there, back) = (spec(narrow, 8000, 2), spec(wide, 8000, 2));
            let (made, clipped) = converted(&plan(there, back), &sound, Ramp::UNITY);
            let undithered = Conversion {
                options: ConversionOptions {
                    dither: false,
                    ..ConversionOptions::default()
                },
                ..plan(back, there)
            };
            let (again, _) = converted(&undithered, &made, Ramp::UNITY);
            // µ-law has two zeros.
            let same = again == sound || numbers(narrow, &again) == numbers(narrow, &sound);
            assert!(same && clipped == 0, "{narrow} by {wide}");
            assert_eq!(plan(there, back).text(&[]).is_some(), narrow != wide);
            let dithers = plan(there, back)
                .text(&[])
                .is_some_and(|text| text.contains("dither"));
            assert!(!dithers, "{narrow} to {wide}");
        }
    }
}

#[test]
fn fewer_bits_are_dithered_and_not_cut_off() {
    let hz = 997.0;
    // A sine of a few steps of 16 bit: cut off or rounded, its overtones would be heard.
    let soft: Vec<f64> = sine(hz, 48_000, 48_000)
        .iter()
        .map(|sample| sample / 4096.0)
        .collect();
    let (from, to) = (spec(S32_LE, 48_000, 1), spec(S16_LE, 48_000, 1));
    let (made, clipped) = converted(&plan(from, to), &written(S32_LE, &soft), Ramp::UNITY);
    assert_eq!(clipped, 0);
    let heard = numbers(S16_LE, &made);
    let mean = heard.iter().sum::<f64>() / heard.len() as f64;
    assert!(
        mean.abs() < 0.02 / 32_768.0,
        "cut off, it would be half a step: {mean}"
    );
    for overtone in [3.0, 5.0, 7.0] {
        let fit = fitted(&heard, overtone * hz / 48_000.0, 0..heard.len());
        assert!(fit.amplitude * 32_768.0 < 0.02, "{overtone}: {fit:?}");
    }
    let undithered = Conversion {
        options: ConversionOptions {
            dither: false,
            ..ConversionOptions::default()
        },
        ..plan(from, to)
    };
    let (made, _) = converted(&undithered, &written(S32_LE, &soft), Ramp::UNITY);
    for (made, soft) in numbers(S16_LE, &made).iter().zip(&soft) {
        assert!((made - soft).abs() <= 0.501 / 32_768.0);
    }
}

#[test]
fn over_full_scale_is_clipped_and_counted() {
    let loud = [0.5f32, 1.0, 1.5, -1.0, -2.0, 0.999];
    let bytes: Vec<u8> = loud
        .iter()
        .flat_map(|sample| sample.to_le_bytes())
        .collect();
    for format in [S16_LE, S24_3LE, S32_LE, U8, S16_BE, A_LAW] {
        let plan = plan(spec(FLOAT_LE, 8000, 1), spec(format, 8000, 1));
        let (made, clipped) = converted(&plan, &bytes, Ramp::UNITY);
        assert_eq!(clipped, 2, "{format}");
        let heard = numbers(format, &made);
        assert!(heard[2] > 0.97 && heard[4] < -0.97, "{format}: {heard:?}");
    }
    let plan = plan(spec(FLOAT_LE, 8000, 1), spec(FLOAT64_LE, 8000, 1));
    assert_eq!(converted(&plan, &bytes, Ramp::UNITY).1, 0);
}

#[test]
fn samples_of_one_format_are_moved_whatever_they_are() {
    let (stereo, mono) = (spec(DSD_U8, 8000, 2), spec(DSD_U8, 8000, 1));
    let swap = Conversion {
        mix: Mix::picked(2, [Some(1), Some(0)]),
        ..plan(stereo, stereo)
    };
    assert_eq!(converted(&swap, &[1, 2, 3, 4], Ramp::UNITY).0, [2, 1, 4, 3]);
    assert_eq!(
        converted(&plan(mono, stereo), &[1, 2], Ramp::UNITY).0,
        [1, 1, 2, 2]
    );
    let gaps = Conversion {
        mix: Mix::picked(1, [None, Some(0)]),
        ..plan(mono, stereo)
    };
    assert_eq!(converted(&gaps, &[1, 2], Ramp::UNITY).0, [0x69, 1, 0x69, 2]);
    let impossible = plan(mono, spec(S16_LE, 8000, 1)).converter(Arc::default());
    assert!(impossible.is_err_and(|error| error.kind() == Kind::Unsupported));
}

#[test]
fn all_at_once_is_as_good_as_each_alone() {
    let (from, to) = (spec(S24_3LE, 44_100, 1), spec(FLOAT64_LE, 48_000, 2));
    let plan = Conversion {
        scaled: true,
        ..plan(from, to)
    };
    let half = Ramp { from: 0.5, to: 0.5 };
    let (made, clipped) = converted(&plan, &written(S24_3LE, &sine(997.0, 44_100, 22_050)), half);
    assert_eq!((made.len(), clipped), (24_000 * 16, 0));
    let heard = numbers(FLOAT64_LE, &made);
    let (left, right): (Vec<f64>, Vec<f64>) =
        heard.chunks(2).map(|frame| (frame[0], frame[1])).unzip();
    assert!(left == right);
    let fit = fitted(&left, 997.0 / 48_000.0, 4000..20_000);
    // 24 bit is what went in.
    assert!(
        fit.snr_db > 135.0 && (fit.amplitude - 0.25).abs() < 1e-6,
        "{fit:?}"
    );
}

#[test]
fn a_ramp_goes_in_a_straight_line() {
    let mono = spec(FLOAT64_LE, 8000, 1);
    let plan = Conversion {
        scaled: true,
        ..plan(mono, mono)
    };
    let ramp = Ramp { from: 1.0, to: 0.0 };
    let (made, _) = converted(&plan, &written(FLOAT64_LE, &[0.5; 4]), ramp);
    assert_eq!(numbers(FLOAT64_LE, &made), [0.5, 0.375, 0.25, 0.125]);
}

#[test]
fn the_line_says_what_is_changed_and_nothing_else() {
    let text = |from, to| plan(from, to).text(&[]);
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
        ..plan(cd, cd)
    };
    let notes = ["gain +3.0 dB".to_owned()];
    assert_eq!(
        louder.text(&notes).unwrap(),
        "S16_LE (gain +3.0 dB, dither)"
    );
}
