//! What the device does not support is converted while recording.

use crate::common::{Dir, STEREO, fit_sine, s16_samples, sine};

/// A directory whose `mic48` captures one second of a sine.
fn with_sine_input(hz: f64) -> Dir {
    let dir = Dir::new();
    dir.write("in.raw", sine(STEREO, hz, 0, 48_000));
    dir
}

#[test]
fn unsupported_rate_is_resampled() {
    let dir = with_sine_input(997.0);
    let outcome = dir
        .aloud("record -D mic48 -r 44100 -f FLOAT_LE -d 0.5 -t raw take".split(' '))
        .succeed();
    let reported = "converting 48000 Hz, S16_LE → 44100 Hz, FLOAT_LE (resample best)\n";
    assert!(outcome.stderr().starts_with(reported), "{outcome}");
    let take = dir.read("take");
    assert_eq!(take.len(), 22_050 * 8);
    let left = take.chunks_exact(8);
    let left: Vec<f64> = left
        .map(|s| f64::from(f32::from_le_bytes([s[0], s[1], s[2], s[3]])))
        .collect();
    let (amplitude, _, snr) = fit_sine(&left[2000..20_000], 997.0 / 44_100.0);
    // The sine is rounded to 16 bits.
    assert!(
        snr > 90.0 && (amplitude - 0.5).abs() < 1e-4,
        "{snr} {amplitude}"
    );
}

#[test]
fn recording_has_the_requested_spec_and_length() {
    let dir = with_sine_input(997.0);
    let record = |options: &str| {
        dir.aloud("record --json -D mic48 -t raw".split(' '))
            .args(options.split(' '))
            .arg("take")
    };
    for (options, bytes, frames) in [
        ("-r 44100 -s 1000", 4000, 1000),
        ("-r 8000 -s 1", 4, 1),
        ("-r 96000 -s 12345", 49_380, 12_345),
        ("-f S24_3LE -s 1000", 6000, 1000),
        ("-f U8 -c 1 -s 1000", 1000, 1000),
        ("-c 6 -s 1000", 12_000, 1000),
        ("--remix 2,1,1 -s 1000", 6000, 1000),
        ("-r 44100 -d 0.1", 17_640, 4410),
    ] {
        let outcome = record(options).succeed();
        assert_eq!(dir.read("take").len(), bytes, "{options}");
        let end = outcome.event("end");
        assert_eq!(
            (&end["frames"], &end["why"]),
            (&frames.into(), &"finished".into())
        );
        assert!(
            outcome.event("start")["conversion"].is_string(),
            "{options}"
        );
    }
    let outcome = dir
        .aloud("record --exact --disable-resample -D mic48 -r 44100 -s 10 -t raw no".split(' '))
        .fail(6);
    assert!(outcome.error_line().contains("48000"), "{outcome}");
    assert!(!dir.at("no").exists());
    record("--remix 3 -c 2 -s 10").fail(2);
}

#[test]
fn stereo_is_mixed_down_without_clipping_and_scaled() {
    let dir = Dir::new();
    let frames: Vec<u8> = [(32_767i16, 32_767i16), (-32_768, -32_768), (20_000, 0)]
        .iter()
        .flat_map(|(l, r)| [l.to_le_bytes(), r.to_le_bytes()].concat())
        .collect();
    dir.write("in.raw", frames);
    let record = |options: &str| {
        dir.aloud("record -q --no-dither -D mic48 -t raw -s 3".split(' '))
            .args(options.split(' '))
            .arg("take")
            .succeed();
        s16_samples(&dir.read("take"))
    };
    assert_eq!(record("-c 1"), [32_767, -32_768, 10_000]);
    assert_eq!(record("--remix 2"), [32_767, -32_768, 0]);
    assert_eq!(record("--remix 1 --volume 50"), [16_384, -16_384, 10_000]);
}

#[test]
fn surround_is_recorded_in_file_order_and_plays_on_the_same_speakers() {
    let dir = Dir::new();
    let captured: Vec<u8> = (0..600i16).flat_map(i16::to_le_bytes).collect();
    dir.write("in.raw", captured.clone());
    let record = |args: &str| {
        dir.aloud("record -D mic51 -f S16_LE -r 48000 -c 6 -s 100".split(' '))
            .args(args.split(' '))
    };
    for name in ["take.wav", "take.rf64", "take.w64", "take.flac"] {
        let reported = "channels FL,FR,RL,RR,FC,LFE to FL,FR,FC,LFE,RL,RR";
        let outcome = record(name).succeed();
        assert!(outcome.stderr().contains(reported), "{outcome}");
        dir.aloud(["play", "-q", "-D", "map51", name]).succeed();
        assert!(dir.played() == captured, "{name}");
    }
    let wav = dir.read("take.wav");
    assert_eq!(
        (wav[20], wav[40]),
        (0xfe, 0x3f),
        "extensible, with its mask"
    );
    assert_eq!(
        s16_samples(&wav[wav.len() - 1200..][..12]),
        [0, 1, 4, 5, 2, 3]
    );
    record("take.raw").succeed();
    assert!(dir.read("take.raw") == captured);
    let outcome = record("--exact exact.wav").fail(6);
    assert!(outcome.hints()[1].contains("-t raw"), "{outcome}");
    assert!(!dir.at("exact.wav").exists());
}
