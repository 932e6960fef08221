use super::*;
use crate::audio::dsp::sample::Unpacker;
use crate::audio::format::Format;
use crate::audio::stream::testing::drain;

fn spec(format: Format, rate: u32, channels: u32) -> Spec {
    Spec::new(format, rate, channels).unwrap()
}

fn stereo(format: Format) -> Spec {
    spec(format, 48_000, 2)
}

fn tone(wave: Wave, seconds: f64) -> Tone {
    Tone {
        wave,
        level_db: -20.0,
        channels: ToneChannels::All,
        length: Some(Length::Time(Duration::from_secs_f64(seconds))),
    }
}

/// The samples of each channel.
fn generate(tone: Tone, spec: Spec) -> Vec<Vec<f64>> {
    let mut source = tone.source(spec).unwrap();
    // Buffer boundaries must not be audible.
    let (bytes, ended) = drain(&mut source, 997);
    ended.unwrap();
    assert_eq!(Some(spec.frames_in(bytes.len() as u64)), source.frames());
    channels(&bytes, spec)
}

fn channels(bytes: &[u8], spec: Spec) -> Vec<Vec<f64>> {
    let unpacker = Unpacker::new(spec.format).unwrap();
    let samples: Vec<f64> = bytes
        .chunks_exact(unpacker.bytes())
        .map(|sample| unpacker.unpack(sample))
        .collect();
    let count = spec.channels as usize;
    (0..count)
        .map(|first| samples.iter().skip(first).step_by(count).copied().collect())
        .collect()
}

fn db(ratio: f64) -> f64 {
    20.0 * ratio.log10()
}

fn rms(samples: &[f64]) -> f64 {
    (samples.iter().map(|sample| sample * sample).sum::<f64>() / samples.len() as f64).sqrt()
}

fn peak(samples: &[f64]) -> f64 {
    samples
        .iter()
        .fold(0.0, |peak, sample| sample.abs().max(peak))
}

/// The samples without fades.
fn middle(samples: &[f64]) -> &[f64] {
    &samples[2000..samples.len() - 2000]
}

/// The amplitudes of the cosine and sine of `cycles` per sample, with a Hann window.
fn phasor(samples: &[f64], cycles: f64) -> (f64, f64) {
    let scale = 4.0 / samples.len() as f64;
    let mut sums = (0.0, 0.0);
    for (index, sample) in samples.iter().enumerate() {
        let index = index as f64;
        let window = (1.0 - (TAU * index / samples.len() as f64).cos()) / 2.0;
        let (sin, cos) = (TAU * (index * cycles).fract()).sin_cos();
        sums.0 += sample * window * cos * scale;
        sums.1 += sample * window * sin * scale;
    }
    sums
}

fn amplitude(samples: &[f64], cycles: f64) -> f64 {
    let (cos, sin) = phasor(samples, cycles);
    cos.hypot(sin)
}

/// The residual after subtracting a sine of `cycles` per sample fitted by least squares, relative to the sine.
fn residual(samples: &[f64], cycles: f64) -> f64 {
    let (mut cc, mut cs, mut ss, mut xc, mut xs) = (0.0, 0.0, 0.0, 0.0, 0.0);
    let basis = |index: usize| (TAU * (index as f64 * cycles).fract()).sin_cos();
    for (index, sample) in samples.iter().enumerate() {
        let (s, c) = basis(index);
        cc += c * c;
        cs += c * s;
        ss += s * s;
        xc += sample * c;
        xs += sample * s;
    }
    let determinant = cc * ss - cs * cs;
    let a = (xc * ss - xs * cs) / determinant;
    let b = (xs * cc - xc * cs) / determinant;
    let left: Vec<f64> = samples
        .iter()
        .enumerate()
        .map(|(index, sample)| {
            let (s, c) = basis(index);
            sample - a * c - b * s
        })
        .collect();
    rms(&left) / (a.hypot(b) / SQRT_2)
}

const SQRT_2: f64 = std::f64::consts::SQRT_2;

#[test]
fn a_sine_has_the_exact_frequency_and_no_distortion() {
    // An error of 0.01 Hz would leave -15 dB after 10 s.
    for (hz, rate) in [
        (440.0, 48_000),
        (997.37, 44_100),
        (19_999.9, 96_000),
        (0.5, 8000),
    ] {
        for (format, max_db) in [
            (Format::FLOAT64_LE, -200.0),
            (Format::FLOAT_LE, -148.0),
            (Format::S32_LE, -160.0),
        ] {
            let samples = generate(tone(Wave::Sine { hz }, 10.0), spec(format, rate, 1));
            let residual = db(residual(middle(&samples[0]), hz / f64::from(rate)));
            assert!(residual < max_db, "{hz} Hz, {format}: {residual} dB");
        }
    }
}

#[test]
fn a_16_bit_sine_has_no_harmonics() {
    // 1 kHz at 48 kHz is the worst case: without dither, every cycle would be rounded the same way.
    for hz in [1000.0, 440.0, 997.0] {
        let samples = generate(tone(Wave::Sine { hz }, 5.0), stereo(Format::S16_LE));
        let samples = middle(&samples[1]);
        let base = amplitude(samples, hz / 48_000.0);
        for harmonic in 2..=12 {
            let level = db(amplitude(samples, f64::from(harmonic) * hz / 48_000.0) / base);
            assert!(level < -90.0, "{hz} Hz, harmonic {harmonic}: {level} dB");
        }
        // Only the noise of the dither remains: half a step.
        let noise = residual(samples, hz / 48_000.0) * base / SQRT_2 * 32768.0;
        assert!((noise - 0.5).abs() < 0.02, "{noise} steps");
    }
}

#[test]
fn the_phase_is_exact_after_1000_hours() {
    // The f64 nearest to 1234.5678, in units of 2^-42 Hz.
    let hz = 1234.5678_f64;
    let numerator = (hz * (1u64 << 42) as f64) as u128;
    for rate in [44_100u32, 48_000, 192_000] {
        let phase = Oscillator::new(hz, spec(Format::S16_LE, rate, 2));
        let denominator = u128::from(rate) << 42;
        for hours in [0, 1, 24, 1000] {
            let frame = u64::from(rate) * 3600 * hours + 12_345;
            let exact = (u128::from(frame) * numerator % denominator) as f64 / denominator as f64;
            let error = (phase.cycles(frame) - exact).rem_euclid(1.0);
            assert!(error.min(1.0 - error) < 1e-9, "{rate} {hours}: {error}");
        }
    }
}

#[test]
fn levels_are_exact() {
    for level_db in [-0.0, -6.0, -20.0, -60.0] {
        let wave = Wave::Sine { hz: 997.0 };
        let loud = Tone {
            level_db,
            ..tone(wave, 1.0)
        };
        let samples = generate(loud, stereo(Format::FLOAT_LE));
        assert!((db(peak(&samples[0])) - level_db).abs() < 0.001);
    }
    for (wave, level_db) in [
        (Wave::White, -20.0),
        (Wave::White, MAX_WHITE_LEVEL),
        (Wave::Pink, -20.0),
        (Wave::Pink, MAX_PINK_LEVEL),
    ] {
        let noise = Tone {
            level_db,
            ..tone(wave, 5.0)
        };
        let samples = generate(noise, stereo(Format::FLOAT_LE));
        for channel in &samples {
            let found = db(rms(channel));
            assert!((found - level_db).abs() < 0.5, "{wave}: {found} dBFS");
            assert!(peak(channel) < 1.0, "{wave}");
        }
    }
}

#[test]
fn full_scale_is_not_clipped_in_any_format() {
    for format in Format::all().filter(|format| Packer::new(*format).is_some()) {
        let full = Tone {
            level_db: 0.0,
            ..tone(Wave::Sine { hz: 1000.0 }, 0.1)
        };
        let samples = &generate(full, spec(format, 48_000, 1))[0];
        let highest = samples.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        // The top step of an integer format is only reached by dither.
        let at_top = samples.iter().filter(|sample| **sample == highest).count();
        assert!((0.97..=1.0).contains(&highest), "{format}: {highest}");
        assert!(format.bits() == 8 || at_top < 600, "{format}: {at_top}");
    }
}

/// The mean power of the samples around `hz`, in dB.
fn power_around(samples: &[f64], hz: f64) -> f64 {
    const BLOCK: usize = 4800;
    let mut power = 0.0;
    // Bins 20 Hz apart are nearly independent; three of them reduce the variance.
    for bin in [hz - 20.0, hz, hz + 20.0] {
        let wave = |phase: f64| -> Vec<f64> {
            let window = |at: f64| 1.0 - (TAU * at / BLOCK as f64).cos();
            let at = (0..BLOCK).map(|at| at as f64);
            at.map(|at| window(at) * (TAU * (bin / 48e3 * at + phase)).sin())
                .collect()
        };
        let (sine, cosine) = (wave(0.0), wave(0.25));
        for block in samples.chunks_exact(BLOCK) {
            let dot = |wave: &[f64]| -> f64 { block.iter().zip(wave).map(|(a, b)| a * b).sum() };
            power += dot(&sine).powi(2) + dot(&cosine).powi(2);
        }
    }
    10.0 * power.log10()
}

#[test]
fn noise_has_the_expected_spectrum() {
    for (wave, slope) in [(Wave::White, 0.0), (Wave::Pink, -3.0103)] {
        let samples = &generate(tone(wave, 20.0), spec(Format::S16_LE, 48_000, 1))[0];
        let octaves: Vec<f64> = (0..9)
            .map(|octave| power_around(samples, 58.0 * f64::from(1 << octave)))
            .enumerate()
            .map(|(octave, power)| power - slope * octave as f64)
            .collect();
        let mean = octaves.iter().sum::<f64>() / octaves.len() as f64;
        let off = octaves
            .iter()
            .map(|power| (power - mean).abs())
            .fold(0.0, f64::max);
        assert!(off < 1.0, "{wave}: {octaves:?}");
    }
}

#[test]
fn channels_have_independent_noise_but_the_same_sine() {
    let correlation = |wave| {
        let samples = generate(tone(wave, 2.0), stereo(Format::FLOAT_LE));
        let (left, right) = (&samples[0], &samples[1]);
        let product: f64 = left.iter().zip(right).map(|(a, b)| a * b).sum();
        product / (rms(left) * rms(right) * left.len() as f64)
    };
    assert!(correlation(Wave::White).abs() < 0.05);
    assert!(correlation(Wave::Pink).abs() < 0.2);
    assert!((correlation(Wave::Sine { hz: 440.0 }) - 1.0).abs() < 1e-9);
}

#[test]
fn a_sweep_is_logarithmic() {
    let (from, to, seconds) = (100.0, 6400.0, 6.0);
    let samples = &generate(
        tone(Wave::Sweep { from, to }, seconds),
        stereo(Format::FLOAT_LE),
    )[0];
    // One octave per second. Zero crossings give the frequency at a moment.
    for (moment, hz) in [(0.5, 141.42), (1.0, 200.0), (3.0, 800.0), (5.5, 4525.5)] {
        let around = &samples[((moment - 0.1) * 48e3) as usize..((moment + 0.1) * 48e3) as usize];
        let crossings: Vec<usize> = (1..around.len())
            .filter(|at| around[at - 1] < 0.0 && around[*at] >= 0.0)
            .collect();
        let span = crossings[crossings.len() - 1] - crossings[0];
        let found = (crossings.len() - 1) as f64 * 48e3 / span as f64;
        assert!((found / hz - 1.0).abs() < 0.02, "{moment} s: {found} Hz");
    }
    assert!((db(peak(samples)) + 20.0).abs() < 0.001);
    let flat = generate(
        tone(Wave::Sweep { from, to: from }, 2.0),
        stereo(Format::FLOAT_LE),
    );
    assert!(db(residual(middle(&flat[0]), from / 48e3)) < -140.0);
}

#[test]
fn a_sweep_without_a_length_takes_ten_seconds() {
    let endless = |wave, speakers| Tone {
        channels: speakers,
        length: None,
        ..tone(wave, 0.0)
    };
    let frames = |tone: Tone| tone.source(stereo(Format::S16_LE)).unwrap().frames();
    let (from, to) = (20.0, 20e3);
    let sweep = Wave::Sweep { from, to };
    assert_eq!(frames(endless(sweep, ToneChannels::All)), Some(480_000));
    assert_eq!(frames(endless(sweep, ToneChannels::InTurn)), None);
    assert_eq!(frames(endless(Wave::Pink, ToneChannels::All)), None);
}

#[test]
fn fades_are_monotonic_and_symmetric() {
    for length in [Some(48_000), Some(700), Some(3), Some(1), None] {
        let until = length.unwrap_or(48_000);
        let gains: Vec<f64> = (0..until).map(|at| fade(at, length, 480)).collect();
        let rising = gains.len().min(480).min(gains.len().div_ceil(2));
        assert!(gains[..rising].is_sorted(), "{length:?}");
        if length.is_some() {
            let mirrored: Vec<f64> = gains.iter().rev().copied().collect();
            assert_eq!(gains, mirrored);
        }
        if until > 960 {
            assert!(gains[0] < 1e-5 && gains[479] < 1.0 && gains[480] == 1.0);
        }
    }
}

#[test]
fn signals_start_and_end_without_clicks() {
    // Without fades, sweep and noise could start and end with any value.
    for wave in [
        Wave::Sine { hz: 440.3 },
        Wave::White,
        Wave::Pink,
        Wave::Sweep {
            from: 300.0,
            to: 700.0,
        },
    ] {
        let samples = &generate(tone(wave, 0.5), stereo(Format::FLOAT64_LE))[0];
        assert!(samples[0].abs() < 1e-5 && samples[samples.len() - 1].abs() < 1e-5);
        // The first tenth of a fade is 32 dB below the peak.
        let whole = peak(samples);
        assert!(peak(&samples[..48]) < whole / 40.0, "{wave}");
        assert!(
            peak(&samples[samples.len() - 48..]) < whole / 40.0,
            "{wave}"
        );
    }
}

#[test]
fn channels_take_turns_repeatedly() {
    for wave in [Wave::Sine { hz: 440.0 }, Wave::White, Wave::Pink] {
        let turns = Tone {
            channels: ToneChannels::InTurn,
            ..tone(wave, 4.5)
        };
        let samples = generate(turns, spec(Format::S16_LE, 8000, 3));
        for second in 0..5 {
            let turn = 8000 * second..(8000 * (second + 1)).min(36_000);
            for (channel, samples) in samples.iter().enumerate() {
                let level = peak(&samples[turn.clone()]);
                let plays = channel == second % 3;
                assert_eq!(level > 0.05, plays, "{wave}, {second} s, {channel}");
                assert!(plays || level == 0.0);
            }
            // Each turn starts and ends near silence, including the last one, which is shorter.
            let samples = &samples[second % 3][turn];
            let ends = peak(&samples[..4]).max(peak(&samples[samples.len() - 4..]));
            assert!(ends < 2.5 / 32768.0 + 0.002, "{wave}, {second} s: {ends}");
        }
    }
}

#[test]
fn a_single_channel_plays_alone() {
    let one = Tone {
        channels: ToneChannels::One(1),
        ..tone(Wave::Sine { hz: 440.0 }, 1.0)
    };
    for format in [Format::S16_LE, Format::U8, Format::FLOAT_BE, Format::MU_LAW] {
        let mut source = one.source(spec(format, 8000, 3)).unwrap();
        let (bytes, _) = drain(&mut source, 100);
        let sample = format.physical_bits() as usize / 8;
        let silent = bytes
            .chunks_exact(sample)
            .enumerate()
            .all(|(at, bytes)| at % 3 == 1 || bytes == &format.silence()[..sample]);
        assert!(silent, "{format}");
        assert!(peak(&channels(&bytes, spec(format, 8000, 3))[1]) > 0.09);
    }
}

#[test]
fn silence_is_digital_silence() {
    for format in [Format::S16_LE, Format::U24_3BE, Format::A_LAW] {
        let mut source = tone(Wave::Silence, 0.1)
            .source(spec(format, 8000, 2))
            .unwrap();
        let (bytes, _) = drain(&mut source, 100);
        assert_eq!(
            bytes,
            format.silence()[..format.physical_bits() as usize / 8].repeat(1600)
        );
    }
}

#[test]
fn a_tone_without_a_length_is_endless() {
    let endless = Tone {
        length: None,
        ..tone(Wave::Sine { hz: 440.0 }, 0.0)
    };
    let mut source = endless.source(stereo(Format::S16_LE)).unwrap();
    assert_eq!(source.frames(), None);
    let mut buffer = vec![0; 4001];
    for _ in 0..100 {
        // Whole frames only.
        assert_eq!(source.read(&mut buffer).unwrap(), 4000);
    }
    assert_eq!(source.name(), "sine, 440 Hz, -20 dBFS");
}

#[test]
fn invalid_tones_are_rejected() {
    let sine = |hz| tone(Wave::Sine { hz }, 1.0);
    let sweep = |from, to| tone(Wave::Sweep { from, to }, 1.0);
    let loud = |wave, level_db| Tone {
        level_db,
        ..tone(wave, 1.0)
    };
    let wrong = [
        sine(0.0),
        sine(-1.0),
        sine(24_000.0),
        sine(f64::NAN),
        sweep(20.0, 24_000.0),
        sweep(0.0, 1000.0),
        loud(Wave::Sine { hz: 440.0 }, 0.1),
        loud(Wave::White, -4.0),
        loud(Wave::Pink, -16.0),
        loud(Wave::Pink, f64::NEG_INFINITY),
        Tone {
            channels: ToneChannels::One(2),
            ..sine(440.0)
        },
    ];
    for tone in wrong {
        let error = tone.source(stereo(Format::S16_LE)).unwrap_err();
        assert_eq!(error.kind(), Kind::Usage, "{tone:?}");
    }
    assert!(sine(23_999.0).source(stereo(Format::S16_LE)).is_ok());
    let dsd = sine(440.0).source(stereo(Format::DSD_U8)).unwrap_err();
    assert_eq!(dsd.kind(), Kind::Usage);
}
