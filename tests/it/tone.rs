//! `aloud tone`: waveforms, levels, lengths and the speaker test.

use crate::common::{Dir, silence};
use rustix::process::Signal;
use std::f64::consts::TAU;

const SECOND: usize = 48_000;

/// Runs `aloud tone -D tap` with more arguments and returns what was played.
#[track_caller]
fn tone(dir: &Dir, args: &str) -> Vec<u8> {
    dir.aloud(["tone", "-D", "tap"])
        .args(args.split(' '))
        .succeed();
    dir.played()
}

/// The samples of one of the channels, scaled to 1.0.
fn channel(bytes: &[u8], channels: usize, channel: usize) -> Vec<f64> {
    let samples = bytes.chunks_exact(2).skip(channel).step_by(channels);
    samples
        .map(|sample| f64::from(i16::from_le_bytes([sample[0], sample[1]])) / 32768.0)
        .collect()
}

fn peak(samples: &[f64]) -> f64 {
    samples.iter().fold(0.0, |peak, s| s.abs().max(peak))
}

/// The amplitude of `hz` in samples at 48 kHz.
fn amplitude(samples: &[f64], hz: f64) -> f64 {
    let scale = 2.0 / samples.len() as f64;
    let dot = |phase: f64| -> f64 {
        let wave = (0..).map(|at| (TAU * (hz * f64::from(at) / 48e3 + phase)).sin());
        samples.iter().zip(wave).map(|(a, b)| a * b * scale).sum()
    };
    dot(0.0).hypot(dot(0.25))
}

#[test]
fn default_is_440_hz_on_both_channels() {
    let dir = Dir::new();
    let bytes = tone(&dir, "-d 1");
    assert_eq!(bytes.len(), SECOND * 4);
    for side in 0..2 {
        let samples = channel(&bytes, 2, side);
        // The fades of 10 ms take 1 % of the amplitude.
        assert!((amplitude(&samples, 440.0) - 0.099).abs() < 0.0005);
        assert!((peak(&samples) - 0.1).abs() < 0.0002);
    }
}

#[test]
fn length_is_exact() {
    let dir = Dir::new();
    for (args, frames) in [
        ("-s 1", 1),
        ("-s 12345", 12_345),
        ("--duration 0.25", 12_000),
        ("-d 1:00 --silence", 60 * SECOND),
        ("--sweep 20:20k", 10 * SECOND),
        ("--sweep 20:20k -d 1", SECOND),
        ("--speakers -d 1.5", SECOND * 3 / 2),
        ("-d 20ms --pink", 960),
    ] {
        assert_eq!(tone(&dir, args).len(), frames * 4, "{args}");
    }
}

#[test]
fn each_waveform_is_generated() {
    let dir = Dir::new();
    let left = |args: &str| channel(&tone(&dir, args), 2, 0);
    for (args, hz) in [
        ("--sine -d 1", 440.0),
        ("--sine 1k -d 1", 1000.0),
        ("--frequency 15.5kHz -d 1", 15_500.0),
    ] {
        assert!(
            (amplitude(&left(args), hz) - 0.099).abs() < 0.0005,
            "{args}"
        );
    }
    let rms = |samples: &[f64]| {
        (samples.iter().map(|s| s * s).sum::<f64>() / samples.len() as f64).sqrt()
    };
    for args in ["--white -d 2", "--pink -d 2"] {
        let samples = left(args);
        assert!((rms(&samples) - 0.1).abs() < 0.01, "{args}");
        assert!(amplitude(&samples, 440.0) < 0.02, "{args}");
    }
    let sweep = left("--sweep 100:1600 -d 4");
    for (second, hz) in [(0.5, 141.4), (3.5, 1131.4)] {
        let at = (second * 48e3) as usize;
        let around = &sweep[at - 480..at + 480];
        assert!(amplitude(around, hz) > 0.09, "{second} s");
    }
}

#[test]
fn level_is_the_peak() {
    let dir = Dir::new();
    for (args, peak_wanted) in [
        ("--level 0", 1.0),
        ("--level -6", 0.5012),
        ("--level=-40dB", 0.01),
    ] {
        let samples = channel(&tone(&dir, &format!("{args} -d 0.2")), 2, 1);
        assert!((peak(&samples) - peak_wanted).abs() < 0.0002, "{args}");
    }
}

#[test]
fn every_format_rate_and_channel_count_is_generated() {
    let dir = Dir::new();
    for (format, bytes) in [
        ("S8", 1),
        ("U16_BE", 2),
        ("S18_3LE", 3),
        ("S20_LE", 4),
        ("S24_3BE", 3),
        ("S24_LE", 4),
        ("U32_LE", 4),
        ("FLOAT_BE", 4),
        ("FLOAT64_LE", 8),
        ("MU_LAW", 1),
        ("A_LAW", 1),
    ] {
        for (rate, channels) in [(8000, 1), (44_100, 5), (192_000, 2)] {
            let args = format!("-f {format} -r {rate} -c {channels} -s 999");
            assert_eq!(tone(&dir, &args).len(), 999 * channels * bytes, "{args}");
        }
    }
    assert_eq!(tone(&dir, "-f cd -d 1").len(), 44_100 * 4);
}

#[test]
fn speakers_play_in_turn_and_are_reported() {
    let dir = Dir::new();
    let args = "tone -D tap --json --speakers -c 3 -d 3.5";
    let outcome = dir.aloud(args.split(' ')).succeed();
    let bytes = dir.played();
    for second in 0..4 {
        for side in 0..3 {
            let samples = channel(&bytes, 3, side);
            let turn = &samples[second * SECOND..((second + 1) * SECOND).min(samples.len())];
            let wanted = if side == second % 3 { 0.1 } else { 0.0 };
            assert!((peak(turn) - wanted).abs() < 0.0002, "{second} s, {side}");
        }
    }
    let speakers = outcome.events_named("speaker");
    let reported: Vec<_> = speakers
        .iter()
        .map(|event| (event["index"].as_u64(), event["frames"].as_u64()))
        .collect();
    let wanted = [(0, 0), (1, 48_000), (2, 96_000), (0, 144_000)];
    assert_eq!(
        reported,
        wanted.map(|(index, frame)| (Some(index), Some(frame)))
    );
}

#[test]
fn one_speaker_plays_alone_and_is_reported() {
    let dir = Dir::new();
    let args = "tone -D tap --json --speaker 2 -c 4 -d 1.5";
    let outcome = dir.aloud(args.split(' ')).succeed();
    let bytes = dir.played();
    for side in 0..4 {
        let played = peak(&channel(&bytes, 4, side));
        assert_eq!(played > 0.0, side == 1, "{side}");
    }
    assert_eq!(outcome.event("speaker")["index"], 1);
}

#[test]
fn speakers_are_named_by_the_channel_map() {
    let dir = Dir::new();
    let args = ["tone", "-D", "crossed", "--speakers", "-d", "2"];
    let outcome = dir.aloud(args).arg("--json").succeed();
    let names: Vec<_> = outcome
        .events_named("speaker")
        .iter()
        .map(|event| (event["position"].clone(), event["channel"].clone()))
        .collect();
    let wanted = [("FR", "Front Right"), ("FL", "Front Left")];
    assert_eq!(
        names,
        wanted.map(|(position, name)| (position.into(), name.into()))
    );

    let reported = dir.aloud(args).succeed();
    assert_eq!(
        reported.stderr().lines().collect::<Vec<_>>(),
        [
            "Playing sine, 440 Hz, -20 dBFS: S16_LE, 48000 Hz, 2 channels, on crossed",
            "Channel 1: Front Right",
            "Channel 2: Front Left"
        ]
    );
    let quiet = dir.aloud(args).arg("-q").succeed();
    assert_eq!(quiet.stderr(), "");
}

#[test]
fn events_name_no_file() {
    let dir = Dir::new();
    let outcome = dir
        .aloud(["tone", "-D", "tap", "--json", "-d", "2"])
        .succeed();
    let events = outcome.events();
    assert_eq!(events[0]["event"], "start");
    assert_eq!(events[0]["configured"]["format"], "S16_LE");
    assert_eq!(events[1]["event"], "progress");
    assert_eq!(events[1]["total_frames"], 96_000);
    assert_eq!(events[1]["peak_dbfs"], serde_json::json!([-20.0, -20.0]));
    let end = &events[events.len() - 1];
    assert_eq!(
        (&end["event"], &end["frames"]),
        (&"end".into(), &96_000.into())
    );
    assert!(events.iter().all(|event| event["event"] != "file"));
    assert_eq!(outcome.stderr(), "");
}

#[test]
fn silence_is_digital() {
    let dir = Dir::new();
    assert!(tone(&dir, "--silence -d 1") == silence(SECOND * 4));
}

#[test]
fn every_run_is_identical() {
    let dir = Dir::new();
    for wave in ["--pink", "--white", "--sine"] {
        let args = format!("{wave} -d 0.1");
        assert!(tone(&dir, &args) == tone(&dir, &args), "{wave}");
    }
}

#[test]
fn plays_into_the_file_plugin_of_alsa_lib() {
    let dir = Dir::new();
    dir.aloud(["tone", "-D", "file:out.wav,wav", "-d", "1"])
        .succeed();
    let wav = dir.read("out.wav");
    assert_eq!(&wav[..4], b"RIFF");
    assert!((amplitude(&channel(&wav[44..], 2, 0), 440.0) - 0.099).abs() < 0.0005);
}

#[test]
fn a_signal_ends_an_endless_tone() {
    let dir = Dir::new();
    for signal in [Signal::INT, Signal::TERM, Signal::HUP] {
        let mut player = dir
            .aloud(["tone", "-D", "null", "--json", "--silence"])
            .start();
        player.wait_for_event("progress");
        player.signal(signal);
        let outcome = player.wait();
        outcome.assert_killed_by(signal);
        assert!(
            outcome.event("end")["why"]
                .as_str()
                .unwrap()
                .starts_with("SIG")
        );
    }
}

#[test]
fn impossible_tones_are_usage_errors() {
    let dir = Dir::new();
    for (args, says) in [
        ("--sine 0", "above zero"),
        ("--sine 24000", "24000"),
        ("--sine 4k -r 8k", "4000"),
        ("--sine high", "frequency"),
        ("--sweep 20", "20:20k"),
        ("--sweep 20:24k", "24000"),
        ("--level 1", "level"),
        ("--white --level -4", "-4.8"),
        ("--pink --level -10", "-17"),
        ("--speaker 0", "--speaker"),
        ("--speaker 3", "1 to 2"),
        ("--speaker 1 --speakers", "--speakers"),
        ("--pink --white", "--white"),
        ("--sine 440 --silence", "--silence"),
        ("-s 1", "--samples"),
        ("-f DSD_U8", "DSD_U8"),
        ("-f IMA_ADPCM", "IMA_ADPCM"),
    ] {
        let outcome = dir
            .aloud(["tone", "-D", "tap", "-d", "1"])
            .args(args.split(' '))
            .fail(2);
        assert!(outcome.stderr().contains(says), "{args}: {outcome}");
        assert!(dir.played().is_empty(), "{args}");
    }
}

#[test]
fn unsupported_specs_are_refused() {
    let dir = Dir::new();
    for (device, args) in [("stereo", "-c 3"), ("linear", "-f FLOAT_LE")] {
        dir.aloud(["tone", "-D", device, "-d", "1"])
            .args(args.split(' '))
            .fail(6);
        assert!(dir.played().is_empty(), "{args}");
    }
    dir.aloud(["tone", "-D", "hw:9", "-d", "1"]).fail(3);
}
