//! Formats, rates and channels that the device does not support are converted, and one line says so.

use crate::common::{
    CD, Dir, Layout, MONO, S24, STEREO, fit_sine, noise, s16_samples, s32_samples, sine,
    six_channel_wav, wav, wav_claiming,
};

#[test]
fn unsupported_rate_is_resampled_and_reported_in_one_line() {
    let dir = Dir::new();
    dir.write("song.wav", wav(S24, &sine(S24, 10_000.0, 0, 44_100)));
    for (quality, least) in [("fast", 120.0), ("good", 130.0), ("best", 130.0)] {
        let args = ["play", "-D", "hifi", "--resample", quality, "song.wav"];
        let outcome = dir.aloud(args).succeed();
        let reported =
            format!("converting 44100 Hz, S24_3LE → 48000 Hz, S32_LE (resample {quality}");
        let lines: Vec<_> = outcome.stderr().lines().collect();
        assert!(lines[0].starts_with(&reported), "{outcome}");
        assert_eq!(lines.len(), 2, "{outcome}");
        let played = dir.played();
        assert_eq!(played.len(), 48_000 * 8);
        for channel in [0, 1] {
            let samples = s32_samples(&played, channel);
            let (amplitude, _, snr) = fit_sine(&samples[4000..44_000], 10_000.0 / 48_000.0);
            // The input has 24 bits.
            assert!(snr > least, "{quality}: {snr}");
            assert!((amplitude - 0.5).abs() < 0.5e-4, "{quality}: {amplitude}");
        }
    }
    let events = dir
        .aloud(["play", "--json", "-D", "hifi", "song.wav"])
        .succeed();
    let start = events.event("start");
    assert_eq!(start["requested"]["rate"], 44_100);
    assert_eq!(start["configured"]["rate"], 48_000);
    let reported = "44100 Hz, S24_3LE → 48000 Hz, S32_LE (resample best, dither)";
    assert_eq!(start["conversion"], reported);
    let end = events.event("end");
    assert_eq!(
        (&end["frames"], &end["clipped_samples"]),
        (&48_000.into(), &0.into())
    );
    let events = events.events();
    let progress = events.iter().find(|event| event["event"] == "progress");
    assert_eq!(progress.unwrap()["total_frames"], 48_000);
}

#[test]
fn raw_samples_that_the_device_does_not_support_are_converted() {
    let dir = Dir::new();
    dir.write("take.raw", noise(4410 * 4, 1));
    let raw = [
        "-t", "raw", "-f", "S16_LE", "-r", "44100", "-c", "2", "take.raw",
    ];
    let outcome = dir
        .aloud(["play", "--json", "-D", "hifi"].iter().chain(&raw))
        .succeed();
    let reported = "44100 Hz, S16_LE → 48000 Hz, S32_LE (resample best, dither)";
    assert_eq!(outcome.event("start")["conversion"], reported);
    assert_eq!(dir.played().len(), 4800 * 8);
}

#[test]
fn supported_specs_are_not_converted() {
    let dir = Dir::new();
    let wide = Layout {
        bits: 32,
        bytes: 4,
        ..STEREO
    };
    let data = noise(9001 * 8, 1);
    dir.write("song.wav", wav(wide, &data));
    let outcome = dir
        .aloud(["play", "--json", "-D", "hifi", "song.wav"])
        .succeed();
    dir.assert_played(&data, "unconverted");
    assert_eq!(
        outcome.event("start")["conversion"],
        serde_json::Value::Null
    );
}

#[test]
fn widening_keeps_samples_exact() {
    let dir = Dir::new();
    let data = noise(9001 * 4, 2);
    dir.write("song.wav", wav(STEREO, &data));
    let outcome = dir.aloud(["play", "-D", "hifi", "song.wav"]).succeed();
    assert!(
        outcome.stderr().starts_with("converting S16_LE → S32_LE\n"),
        "{outcome}"
    );
    let wanted: Vec<u8> = data.chunks(2).flat_map(|s| [0, 0, s[0], s[1]]).collect();
    dir.assert_played(&wanted, "in the upper 16 bits");
}

#[test]
fn converted_files_play_without_a_gap() {
    let dir = Dir::new();
    dir.write("1.wav", wav(CD, &sine(CD, 440.0, 0, 4410)));
    dir.write("2.wav", wav(STEREO, &sine(STEREO, 440.0, 0, 4800)));
    dir.write("3.wav", wav(MONO, &sine(MONO, 440.0, 0, 4800)));
    let outcome = dir
        .aloud(["play", "--json", "-D", "hifi", "1.wav", "2.wav", "3.wav"])
        .succeed();
    // A tenth of a second is a whole number of cycles of 440 Hz, so the files join to one sine.
    let played = s32_samples(&dir.played(), 0);
    assert_eq!(played.len(), 3 * 4800);
    let (_, phase, snr) = fit_sine(&played[1200..13_200], 440.0 / 48_000.0);
    assert!(snr > 60.0, "{snr} {phase}");
    let conversions: Vec<_> = outcome
        .events_named("start")
        .iter()
        .map(|event| event["conversion"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(
        conversions,
        [
            "44100 Hz, S16_LE → 48000 Hz, S32_LE (resample best, dither)",
            "S16_LE → S32_LE",
            "S16_LE, 1 channel → S32_LE, 2 channels",
        ]
    );
}

#[test]
fn resampling_continues_across_files() {
    let dir = Dir::new();
    dir.write("1.wav", wav(S24, &sine(S24, 997.0, 0, 10_007)));
    dir.write("2.wav", wav(S24, &sine(S24, 997.0, 10_007, 12_043)));
    dir.aloud(["play", "-q", "-D", "hifi", "1.wav", "2.wav"])
        .succeed();
    let played = s32_samples(&dir.played(), 0);
    assert_eq!(played.len(), 24_000);
    let (_, _, snr) = fit_sine(&played[4000..20_000], 997.0 / 48_000.0);
    assert!(snr > 130.0, "{snr}");
}

#[test]
fn stdin_is_converted_like_a_file() {
    let dir = Dir::new();
    let data = sine(CD, 997.0, 0, 30_000);
    dir.write("song.wav", wav(CD, &data));
    let play = |args: &[&str]| {
        dir.aloud(["play", "-q", "--no-dither", "-D", "hifi"])
            .args(args)
    };
    play(&["song.wav"]).succeed();
    let wanted = dir.played();
    play(&[]).stdin(wav(CD, &data)).succeed();
    dir.assert_played(&wanted, "a pipe");
    play(&[]).stdin(wav_claiming(0, CD, &data)).succeed();
    dir.assert_played(&wanted, "a pipe of unknown length");
}

#[test]
fn format_options_set_what_the_device_is_opened_with() {
    let dir = Dir::new();
    dir.write("song.wav", wav(STEREO, &sine(STEREO, 440.0, 0, 4800)));
    for (options, bytes) in [
        ("-r44100", 4410 * 8),
        ("-c1", 4800 * 4),
        ("-fS24_3LE", 4800 * 6),
        ("-fcd", 4410 * 4),
        ("-fFLOAT64_LE", 4800 * 16),
    ] {
        let outcome = dir.play([options, "song.wav"]).succeed();
        assert!(outcome.stderr().starts_with("converting "), "{outcome}");
        assert_eq!(dir.played().len(), bytes, "{options}");
    }
    for (device, option) in [("hifi", "-r22050"), ("monaural", "-c2"), ("hifi", "-fU8")] {
        let outcome = dir
            .aloud(["play", "-D", device, option, "song.wav"])
            .fail(6);
        assert!(outcome.error_line().contains("it supports"), "{outcome}");
        assert!(dir.played().is_empty());
    }
}

#[test]
fn mono_plays_on_both_sides_and_stereo_mixes_down_without_clipping() {
    let dir = Dir::new();
    let data = noise(5003 * 2, 3);
    dir.write("mono.wav", wav(MONO, &data));
    dir.aloud(["play", "-q", "-D", "surround", "mono.wav"])
        .succeed();
    let wanted: Vec<u8> = data
        .chunks(2)
        .flat_map(|s| [s, s, &[0; 8]].concat())
        .collect();
    dir.assert_played(&wanted, "front channels of six");
    // Full scale on both sides, and on one side only.
    let frames: Vec<u8> = [
        (32_767i16, 32_767i16),
        (-32_768, -32_768),
        (20_000, 0),
        (9, -9),
    ]
    .iter()
    .flat_map(|(l, r)| [l.to_le_bytes(), r.to_le_bytes()].concat())
    .collect();
    dir.write("stereo.wav", wav(STEREO, &frames));
    let outcome = dir
        .aloud(["play", "--no-dither", "-D", "monaural", "stereo.wav"])
        .succeed();
    assert!(
        outcome
            .stderr()
            .starts_with("converting 2 channels → 1 channel\n"),
        "{outcome}"
    );
    assert_eq!(s16_samples(&dir.played()), [32_767, -32_768, 10_000, 0]);
}

#[test]
fn surround_is_reordered_for_the_device_or_mixed_down() {
    let dir = Dir::new();
    dir.write("song.wav", six_channel_wav(0x3f));
    let outcome = dir.aloud(["play", "-D", "surround", "song.wav"]).succeed();
    let reported = "converting S16_LE (channels FL,FR,FC,LFE,RL,RR to FL,FR,RL,RR,FC,LFE)\n";
    assert!(outcome.stderr().starts_with(reported), "{outcome}");
    let played = s16_samples(&dir.played());
    let places: Vec<_> = played
        .chunks(6)
        .map(|frame| frame.iter().position(|sample| *sample == 3277).unwrap())
        .collect();
    assert_eq!(places, [0, 1, 4, 5, 2, 3]);
    let args = ["play", "--exact", "-D", "surround", "song.wav"];
    assert!(
        dir.aloud(args)
            .fail(6)
            .error_line()
            .contains("FL,FR,RL,RR,FC,LFE")
    );

    dir.aloud(["play", "-q", "-D", "hifi", "song.wav"])
        .succeed();
    let played = dir.played();
    let sides = [s32_samples(&played, 0), s32_samples(&played, 1)];
    let (one, less) = (0.1 / 2.414_214, 0.070_711 / 2.414_214);
    let wanted = [
        [one, 0.0],
        [0.0, one],
        [less, less],
        [0.0, 0.0],
        [less, 0.0],
        [0.0, less],
    ];
    for (frame, wanted) in wanted.iter().enumerate() {
        for side in [0, 1] {
            assert!(
                (sides[side][frame] - wanted[side]).abs() < 1e-5,
                "{frame}: {sides:?}"
            );
        }
    }
}

#[test]
fn unplaceable_channels_are_refused_unless_remixed() {
    let dir = Dir::new();
    // Stereo has no place for top front left and front right of center.
    dir.write("odd.wav", six_channel_wav(0x7007 | 0x8));
    let outcome = dir.aloud(["play", "-D", "hifi", "odd.wav"]).fail(6);
    assert!(outcome.hints()[0].contains("--remix"), "{outcome}");
    assert!(dir.played().is_empty());
    let play = |map: &str| dir.aloud(["play", "-D", "hifi", "--remix", map, "odd.wav"]);
    let outcome = play("6,1").succeed();
    assert!(outcome.stderr().contains("(remix 6,1)"), "{outcome}");
    let played = dir.played();
    let loud = |channel| {
        s32_samples(&played, channel)
            .iter()
            .position(|sample| *sample > 0.0)
    };
    assert_eq!((loud(0), loud(1)), (Some(5), Some(0)));
    play("7,1").fail(2);
    for wrong in ["0", "", "1,,2", "a", "1;2"] {
        play(wrong).fail(2);
    }
}

#[test]
fn remix_swaps_and_copies_bit_exact() {
    let dir = Dir::new();
    let data = noise(7001 * 4, 4);
    dir.write("song.wav", wav(STEREO, &data));
    let mixed = |order: [usize; 2]| -> Vec<u8> {
        let sample = |frame: &[u8], at: usize| frame[2 * at..][..2].to_vec();
        data.chunks(4)
            .flat_map(|frame| [sample(frame, order[0]), sample(frame, order[1])].concat())
            .collect()
    };
    for (args, order) in [("2,1", [1, 0]), ("1,1", [0, 0]), ("1,2", [0, 1])] {
        dir.play(["-q", "--remix", args, "song.wav"]).succeed();
        dir.assert_played(&mixed(order), args);
    }
    let outcome = dir
        .play(["--exact", "--remix", "2,1", "song.wav"])
        .succeed();
    assert!(
        outcome
            .stderr()
            .starts_with("converting S16_LE (remix 2,1)\n"),
        "{outcome}"
    );
}
