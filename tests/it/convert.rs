//! What a device cannot do as it is is converted, and one line says so: by the programs' own means, on devices behind
//! alsa-lib's plugins.

use crate::common::{CD, Dir, Layout, STEREO, chunk, extensible, noise, riff, saying, wav};
use std::f64::consts::TAU;

const MONO: Layout = Layout {
    channels: 1,
    ..STEREO
};

/// A sine of half of full scale from frame `from` on, on all channels.
fn sine(layout: Layout, hz: f64, from: usize, frames: usize) -> Vec<u8> {
    let step = TAU * hz / f64::from(layout.rate);
    let value = |at: usize| 0.5 * (step * at as f64).sin();
    let sample = |value: f64| match layout.bytes {
        2 => ((value * 32_768.0).round() as i16).to_le_bytes().to_vec(),
        3 => ((value * 8_388_608.0).round() as i32).to_le_bytes()[..3].to_vec(),
        _ => (value as f32).to_le_bytes().to_vec(),
    };
    (from..from + frames)
        .flat_map(|at| sample(value(at)).repeat(layout.channels.into()))
        .collect()
}

const S24: Layout = Layout {
    bits: 24,
    bytes: 3,
    ..CD
};

fn of_s32(bytes: &[u8], channel: usize) -> Vec<f64> {
    let samples = bytes.chunks_exact(4).skip(channel).step_by(2);
    samples
        .map(|s| f64::from(i32::from_le_bytes([s[0], s[1], s[2], s[3]])) / 2_147_483_648.0)
        .collect()
}

fn of_s16(bytes: &[u8]) -> Vec<i16> {
    let samples = bytes.chunks_exact(2);
    samples.map(|s| i16::from_le_bytes([s[0], s[1]])).collect()
}

/// By least squares: amplitude of the sine, phase, and its power over that of the rest in dB.
fn fit(samples: &[f64], cycles: f64) -> (f64, f64, f64) {
    let wave = |at: usize| (TAU * (cycles * at as f64).fract()).sin_cos();
    let (mut ss, mut cc, mut sc, mut ys, mut yc) = (0.0, 0.0, 0.0, 0.0, 0.0);
    for (at, y) in samples.iter().enumerate() {
        let (s, c) = wave(at);
        (ss, cc, sc) = (ss + s * s, cc + c * c, sc + s * c);
        (ys, yc) = (ys + y * s, yc + y * c);
    }
    let determinant = ss * cc - sc * sc;
    let a = (ys * cc - yc * sc) / determinant;
    let b = (yc * ss - ys * sc) / determinant;
    let rest = |(at, y): (usize, &f64)| (y - a * wave(at).0 - b * wave(at).1).powi(2);
    let noise: f64 = samples.iter().enumerate().map(rest).sum();
    let power = (a * a + b * b) / 2.0 * samples.len() as f64;
    (a.hypot(b), b.atan2(a), 10.0 * (power / noise).log10())
}

#[test]
fn a_rate_that_the_device_does_not_have_is_resampled_and_told_in_one_line() {
    let dir = Dir::new();
    dir.write("song.wav", wav(S24, &sine(S24, 10_000.0, 0, 44_100)));
    for (quality, least) in [("fast", 120.0), ("good", 130.0), ("best", 130.0)] {
        let words = ["play", "-D", "hifi", "--resample", quality, "song.wav"];
        let outcome = dir.aloud(words).succeed();
        let told = format!("converting 44100 Hz, S24_3LE → 48000 Hz, S32_LE (resample {quality}");
        let lines: Vec<_> = outcome.stderr().lines().collect();
        assert!(lines[0].starts_with(&told), "{outcome}");
        assert_eq!(lines.len(), 2, "{outcome}");
        let heard = dir.played();
        assert_eq!(heard.len(), 48_000 * 8);
        for channel in [0, 1] {
            let samples = of_s32(&heard, channel);
            let (amplitude, _, snr) = fit(&samples[4000..44_000], 10_000.0 / 48_000.0);
            // 24 bit is what went in.
            assert!(snr > least, "{quality}: {snr}");
            assert!((amplitude - 0.5).abs() < 0.5e-4, "{quality}: {amplitude}");
        }
    }
    let events = dir
        .aloud(["play", "--json", "-D", "hifi", "song.wav"])
        .succeed();
    let start = events.event("start");
    assert_eq!(start["requested"]["rate"], 44_100);
    assert_eq!(start["realised"]["rate"], 48_000);
    let told = "44100 Hz, S24_3LE → 48000 Hz, S32_LE (resample best, dither)";
    assert_eq!(start["conversion"], told);
    let end = events.event("end");
    assert_eq!(
        (&end["frames"], &end["clipped"]),
        (&48_000.into(), &0.into())
    );
    let events = events.events();
    let progress = events.iter().find(|event| event["event"] == "progress");
    assert_eq!(progress.unwrap()["total"], 48_000);
}

#[test]
fn what_needs_no_conversion_gets_none() {
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
    dir.assert_played(&data, "as it is");
    assert_eq!(
        outcome.event("start")["conversion"],
        serde_json::Value::Null
    );
}

#[test]
fn more_bits_are_exactly_the_same_samples() {
    let dir = Dir::new();
    let data = noise(9001 * 4, 2);
    dir.write("song.wav", wav(STEREO, &data));
    let outcome = dir.aloud(["play", "-D", "hifi", "song.wav"]).succeed();
    assert!(
        outcome.stderr().starts_with("converting S16_LE → S32_LE\n"),
        "{outcome}"
    );
    let wanted: Vec<u8> = data.chunks(2).flat_map(|s| [0, 0, s[0], s[1]]).collect();
    dir.assert_played(&wanted, "in the upper half");
}

#[test]
fn files_of_every_kind_follow_each_other_without_a_gap() {
    let dir = Dir::new();
    dir.write("1.wav", wav(CD, &sine(CD, 440.0, 0, 4410)));
    dir.write("2.wav", wav(STEREO, &sine(STEREO, 440.0, 0, 4800)));
    dir.write("3.wav", wav(MONO, &sine(MONO, 440.0, 0, 4800)));
    let outcome = dir
        .aloud(["play", "--json", "-D", "hifi", "1.wav", "2.wav", "3.wav"])
        .succeed();
    // 440 Hz fits a whole number of times into a tenth of a second: it is one sine.
    let heard = of_s32(&dir.played(), 0);
    assert_eq!(heard.len(), 3 * 4800);
    let (_, phase, snr) = fit(&heard[1200..13_200], 440.0 / 48_000.0);
    assert!(snr > 60.0, "{snr} {phase}");
    let conversions: Vec<_> = outcome
        .events()
        .into_iter()
        .filter(|event| event["event"] == "start")
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
fn two_halves_of_a_sine_are_resampled_as_one() {
    let dir = Dir::new();
    dir.write("1.wav", wav(S24, &sine(S24, 997.0, 0, 10_007)));
    dir.write("2.wav", wav(S24, &sine(S24, 997.0, 10_007, 12_043)));
    dir.aloud(["play", "-q", "-D", "hifi", "1.wav", "2.wav"])
        .succeed();
    let heard = of_s32(&dir.played(), 0);
    assert_eq!(heard.len(), 24_000);
    let (_, _, snr) = fit(&heard[4000..20_000], 997.0 / 48_000.0);
    assert!(snr > 130.0, "{snr}");
}

#[test]
fn a_pipe_is_converted_as_a_file_is() {
    let dir = Dir::new();
    let data = sine(CD, 997.0, 0, 30_000);
    dir.write("song.wav", wav(CD, &data));
    let play = |words: &[&str]| {
        dir.aloud(["play", "-q", "--no-dither", "-D", "hifi"])
            .args(words)
    };
    play(&["song.wav"]).succeed();
    let wanted = dir.played();
    play(&[]).stdin(wav(CD, &data)).succeed();
    dir.assert_played(&wanted, "a pipe");
    play(&[]).stdin(saying(0, CD, &data)).succeed();
    dir.assert_played(&wanted, "a pipe of unknown length");
}

#[test]
fn options_say_what_the_device_is_opened_with() {
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
        assert!(outcome.error_line().contains("it does"), "{outcome}");
        assert!(dir.played().is_empty());
    }
}

#[test]
fn mono_is_heard_on_both_sides_and_stereo_on_one_without_clipping() {
    let dir = Dir::new();
    let data = noise(5003 * 2, 3);
    dir.write("mono.wav", wav(MONO, &data));
    dir.aloud(["play", "-q", "-D", "surround", "mono.wav"])
        .succeed();
    let wanted: Vec<u8> = data
        .chunks(2)
        .flat_map(|s| [s, s, &[0; 8]].concat())
        .collect();
    dir.assert_played(&wanted, "on the front of six");
    // Full scale on both sides, and nothing on one.
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
    assert_eq!(of_s16(&dir.played()), [32_767, -32_768, 10_000, 0]);
}

/// One frame of six channels, each of them by itself, at a tenth of full scale.
fn six(mask: u32) -> Vec<u8> {
    let layout = Layout {
        channels: 6,
        ..STEREO
    };
    let data: Vec<u8> = (0..36)
        .flat_map(|at| (if at % 7 == 0 { 3277i16 } else { 0 }).to_le_bytes())
        .collect();
    riff(&[extensible(layout, 16, mask), chunk(b"data", &data)])
}

#[test]
fn surround_is_put_in_the_order_of_the_device_and_mixed_by_the_standard() {
    let dir = Dir::new();
    dir.write("song.wav", six(0x3f));
    let outcome = dir.aloud(["play", "-D", "surround", "song.wav"]).succeed();
    let told = "converting S16_LE (channels FL,FR,FC,LFE,RL,RR to FL,FR,RL,RR,FC,LFE)\n";
    assert!(outcome.stderr().starts_with(told), "{outcome}");
    let heard = of_s16(&dir.played());
    let places: Vec<_> = heard
        .chunks(6)
        .map(|frame| frame.iter().position(|sample| *sample == 3277).unwrap())
        .collect();
    assert_eq!(places, [0, 1, 4, 5, 2, 3]);
    let words = ["play", "--exact", "-D", "surround", "song.wav"];
    assert!(
        dir.aloud(words)
            .fail(6)
            .error_line()
            .contains("FL,FR,RL,RR,FC,LFE")
    );

    dir.aloud(["play", "-q", "-D", "hifi", "song.wav"])
        .succeed();
    let heard = dir.played();
    let sides = [of_s32(&heard, 0), of_s32(&heard, 1)];
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
fn surround_is_recorded_in_the_order_of_files_and_played_by_the_speakers_it_was_recorded_for() {
    let dir = Dir::new();
    let captured: Vec<u8> = (0..600i16).flat_map(i16::to_le_bytes).collect();
    dir.write("in.raw", captured.clone());
    let record = |words: &str| {
        dir.aloud("record -D mic51 -f S16_LE -r 48000 -c 6 -s 100".split(' '))
            .args(words.split(' '))
    };
    for name in ["take.wav", "take.rf64", "take.w64", "take.flac"] {
        let told = "channels FL,FR,RL,RR,FC,LFE to FL,FR,FC,LFE,RL,RR";
        let outcome = record(name).succeed();
        assert!(outcome.stderr().contains(told), "{outcome}");
        dir.aloud(["play", "-q", "-D", "map51", name]).succeed();
        assert!(dir.played() == captured, "{name}");
    }
    let wav = dir.read("take.wav");
    assert_eq!(
        (wav[20], wav[40]),
        (0xfe, 0x3f),
        "extensible, with its mask"
    );
    assert_eq!(of_s16(&wav[wav.len() - 1200..][..12]), [0, 1, 4, 5, 2, 3]);
    record("take.raw").succeed();
    assert!(dir.read("take.raw") == captured);
    let outcome = record("--exact exact.wav").fail(6);
    assert!(outcome.hints()[1].contains("-t raw"), "{outcome}");
    assert!(!dir.at("exact.wav").exists());
}

#[test]
fn channels_that_nobody_can_place_are_refused_and_remix_places_them() {
    let dir = Dir::new();
    // Top front left and right of centre are nowhere in a room of two.
    dir.write("odd.wav", six(0x7007 | 0x8));
    let outcome = dir.aloud(["play", "-D", "hifi", "odd.wav"]).fail(6);
    assert!(outcome.hints()[0].contains("--remix"), "{outcome}");
    assert!(dir.played().is_empty());
    let play = |map: &str| dir.aloud(["play", "-D", "hifi", "--remix", map, "odd.wav"]);
    let outcome = play("6,1").succeed();
    assert!(outcome.stderr().contains("(remix 6,1)"), "{outcome}");
    let heard = dir.played();
    let loud = |channel| {
        of_s32(&heard, channel)
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
fn remix_swaps_and_copies_bit_for_bit() {
    let dir = Dir::new();
    let data = noise(7001 * 4, 4);
    dir.write("song.wav", wav(STEREO, &data));
    let mixed = |order: [usize; 2]| -> Vec<u8> {
        let sample = |frame: &[u8], at: usize| frame[2 * at..][..2].to_vec();
        data.chunks(4)
            .flat_map(|frame| [sample(frame, order[0]), sample(frame, order[1])].concat())
            .collect()
    };
    for (words, order) in [("2,1", [1, 0]), ("1,1", [0, 0]), ("1,2", [0, 1])] {
        dir.play(["-q", "--remix", words, "song.wav"]).succeed();
        dir.assert_played(&mixed(order), words);
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

#[test]
fn gain_and_volume_change_the_level_and_what_is_too_loud_is_counted() {
    let dir = Dir::new();
    dir.write("song.wav", wav(S24, &sine(S24, 997.0, 0, 22_050)));
    for (options, level) in [
        ("--gain -6.0206", 0.25),
        ("--gain=3dB", 0.5 * 1.412_538),
        ("--volume 50%", 0.25),
        ("--volume 0", 0.0),
        ("--gain 6.0206 --volume 50", 0.5),
    ] {
        let words = ["play", "-q", "-D", "hifi"];
        dir.aloud(words)
            .args(options.split(' '))
            .arg("song.wav")
            .succeed();
        let heard = of_s32(&dir.played(), 0);
        let (amplitude, _, _) = fit(&heard[2000..22_000], 997.0 / 48_000.0);
        assert!((amplitude - level).abs() < 1e-5, "{options}: {amplitude}");
    }
    let outcome = dir
        .aloud(["play", "--json", "-D", "hifi", "--gain", "12", "song.wav"])
        .succeed();
    let clipped = outcome.event("end")["clipped"].as_u64().unwrap();
    // A sine that is twice too high is above the limit for two thirds of its time.
    assert!((31_000..33_000).contains(&clipped), "{clipped}");
    assert!(
        outcome
            .stderr()
            .contains(&format!("{clipped} samples were over full scale"))
    );
    for wrong in ["--gain x", "--gain 99", "--volume 101", "--volume -1"] {
        dir.play(wrong.split(' ')).arg("song.wav").fail(2);
    }
}

#[test]
fn a_part_of_a_file_is_exactly_that_part() {
    let dir = Dir::new();
    let data = noise(48_000 * 4, 5);
    let file = wav(STEREO, &data);
    dir.write("song.wav", &file);
    let part = |from: usize, to: usize| &data[from * 4..to * 4];
    for (options, from, to) in [
        ("--start 0.25", 12_000, 48_000),
        ("--end 0.75", 0, 36_000),
        ("--start 0.25 --end 0.75", 12_000, 36_000),
        ("--start 0.25 --end 0.75 -d 0.1", 12_000, 16_800),
        ("--start 0.25 -s 7", 12_000, 12_007),
        ("--start 0.9 --end 5", 43_200, 48_000),
    ] {
        for words in ["song.wav", "-"] {
            let play = dir.play(["-q"]).args(options.split(' ')).arg(words);
            play.stdin(file.clone()).succeed();
            dir.assert_played(part(from, to), options);
        }
    }
    let outcome = dir.play(["--start", "2", "song.wav"]).fail(10);
    assert!(
        outcome.error_line().contains("ends after 1.000 s"),
        "{outcome}"
    );
    dir.play(["--start", "2", "--end", "1", "song.wav"]).fail(2);
    assert!(dir.played().is_empty());
}

#[test]
fn a_loop_is_a_file_after_itself() {
    let dir = Dir::new();
    let (one, two) = (noise(5001 * 4, 6), noise(4003 * 4, 7));
    dir.write("1.wav", wav(STEREO, &one));
    dir.write("2.wav", wav(STEREO, &two));
    dir.play(["-q", "--loop", "3", "1.wav"]).succeed();
    dir.assert_played(&one.repeat(3), "one file");
    dir.play(["-q", "--loop", "2", "1.wav", "2.wav"]).succeed();
    dir.assert_played(&[one.as_slice(), &two].concat().repeat(2), "two files");
    // For ever, but not over and over where there is nothing to hear.
    dir.play(["-q", "--loop", "0", "gone.wav"]).fail(3);
    let fifo = dir.fifo("fifo");
    for pipe in ["-", fifo.to_str().unwrap()] {
        let outcome = dir.play(["--loop", "2", pipe]).fail(2);
        assert!(outcome.error_line().contains("only once"), "{outcome}");
    }
    dir.write("tap.raw", "");
    let player = dir.play(["-q", "--loop", "0", "1.wav"]).start();
    crate::common::wait_until("it to go on for long", || {
        dir.read("tap.raw").len() > 20 * one.len()
    });
    player.signal(rustix::process::Signal::INT);
    player.end().assert_killed_by(rustix::process::Signal::INT);
}

#[test]
fn fades_go_from_silence_and_to_silence_in_straight_lines() {
    let dir = Dir::new();
    let frames: Vec<u8> = 16_384i16.to_le_bytes().repeat(2 * 48_000);
    dir.write("song.wav", wav(STEREO, &frames));
    let fades = ["--fade-in", "0.25", "--fade-out", "0.5", "--no-dither"];
    let outcome = dir.play(fades).args(["-fS16_LE", "song.wav"]).succeed();
    assert!(
        outcome.stderr().contains("fade in 0.25 s, fade out 0.5 s"),
        "{outcome}"
    );
    let heard = of_s16(&dir.played());
    let at = |frame: usize| f64::from(heard[2 * frame]) / 16_384.0;
    for (frame, level) in [
        (0, 0.0),
        (6000, 0.5),
        (12_000, 1.0),
        (20_000, 1.0),
        (24_000, 1.0),
        (36_000, 0.5),
        (47_999, 0.0),
    ] {
        assert!((at(frame) - level).abs() < 1e-4, "{frame}: {}", at(frame));
    }
    let outcome = dir.play(fades).stdin(saying(0, STEREO, &frames)).fail(10);
    assert!(outcome.hints()[0].contains("--end"), "{outcome}");
    let ended = dir.play(fades).args(["--end", "0.8"]);
    ended.stdin(saying(0, STEREO, &frames)).succeed();
}

#[test]
fn a_file_without_tags_is_told_and_played_as_it_is() {
    let dir = Dir::new();
    let data = noise(5001 * 4, 8);
    dir.write("song.wav", wav(STEREO, &data));
    let words = ["-fS16_LE", "--replaygain", "album", "song.wav"];
    let outcome = dir.play(words).succeed();
    assert!(
        outcome
            .stderr()
            .contains("'song.wav' has no ReplayGain tags"),
        "{outcome}"
    );
    dir.assert_played(&data, "no gain");
}

/// A folder whose `mic48` hears a sine for a second.
fn hearing(hz: f64) -> Dir {
    let dir = Dir::new();
    dir.write("in.raw", sine(STEREO, hz, 0, 48_000));
    dir
}

#[test]
fn a_recording_at_a_rate_that_the_device_does_not_have_is_resampled() {
    let dir = hearing(997.0);
    let outcome = dir
        .aloud("record -D mic48 -r 44100 -f FLOAT_LE -d 0.5 -t raw take".split(' '))
        .succeed();
    let told = "converting 48000 Hz, S16_LE → 44100 Hz, FLOAT_LE (resample best)\n";
    assert!(outcome.stderr().starts_with(told), "{outcome}");
    let take = dir.read("take");
    assert_eq!(take.len(), 22_050 * 8);
    let left = take.chunks_exact(8);
    let left: Vec<f64> = left
        .map(|s| f64::from(f32::from_le_bytes([s[0], s[1], s[2], s[3]])))
        .collect();
    let (amplitude, _, snr) = fit(&left[2000..20_000], 997.0 / 44_100.0);
    // The sine was rounded to 16 bit.
    assert!(
        snr > 90.0 && (amplitude - 0.5).abs() < 1e-4,
        "{snr} {amplitude}"
    );
}

#[test]
fn a_recording_has_the_frames_format_and_channels_that_were_asked_for() {
    let dir = hearing(997.0);
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
fn stereo_is_recorded_as_mono_without_clipping_and_softer_on_request() {
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
        of_s16(&dir.read("take"))
    };
    assert_eq!(record("-c 1"), [32_767, -32_768, 10_000]);
    assert_eq!(record("--remix 2"), [32_767, -32_768, 0]);
    assert_eq!(record("--remix 1 --volume 50"), [16_384, -16_384, 10_000]);
}
