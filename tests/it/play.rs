//! `aloud play`: what leaves is exactly what is in the files, and what cannot be played is told.

use crate::common::{
    CD, Dir, Layout, STEREO, chunk, extensible, fmt, form, lying, noise, riff, saying, silence, wav,
};
use rustix::process::Signal;
use std::fs::{self, File};
use std::io::{Seek, SeekFrom};
use std::os::unix::fs::PermissionsExt;

const MONO: Layout = Layout {
    channels: 1,
    ..STEREO
};

/// Every kind of plain sample that a WAV can hold: name, tag, bits, bytes.
const SAMPLES: [(&str, u16, u16, u16); 9] = [
    ("U8", 1, 8, 1),
    ("S16_LE", 1, 16, 2),
    ("S24_3LE", 1, 24, 3),
    ("S24_LE", 1, 24, 4),
    ("S32_LE", 1, 32, 4),
    ("FLOAT_LE", 3, 32, 4),
    ("FLOAT64_LE", 3, 64, 8),
    ("A_LAW", 6, 8, 1),
    ("MU_LAW", 7, 8, 1),
];

#[test]
fn every_kind_of_sample_leaves_bit_for_bit() {
    let dir = Dir::new();
    for (name, tag, bits, bytes) in SAMPLES {
        for channels in [1, 2, 8] {
            let layout = Layout {
                tag,
                bits,
                bytes,
                channels,
                rate: 48_000,
            };
            let data = noise(7001 * layout.frame(), 1);
            dir.write("song.wav", wav(layout, &data));
            let outcome = dir.play(["--json", "song.wav"]).succeed();
            dir.assert_played(&data, &format!("{name}, {channels} channels"));
            let realised = &outcome.event("start")["realised"];
            assert_eq!(realised["format"], name);
            assert_eq!(realised["channels"], channels);
            assert_eq!(realised["rate"], 48_000);
        }
    }
}

#[test]
fn no_length_is_padded_or_cut() {
    let dir = Dir::new();
    // A period is 6000 frames and the buffer 24000; the program reads ahead by a second.
    for frames in [
        1, 2, 5999, 6000, 6001, 23_999, 24_000, 24_001, 48_000, 168_007,
    ] {
        let data = noise(frames * 4, 2);
        dir.write("song.wav", wav(STEREO, &data));
        for more in [&["song.wav"][..], &["-M", "song.wav"], &["-N", "song.wav"]] {
            dir.play(more).succeed();
            dir.assert_played(&data, &format!("{frames} frames, {more:?}"));
        }
    }
}

#[test]
fn options_of_time_and_size_change_no_byte() {
    let dir = Dir::new();
    let data = noise(30_011 * 4, 3);
    dir.write("song.wav", wav(STEREO, &data));
    for options in [
        "--period-size 333 --buffer-size 2000",
        "--period-size 64 --periods 3",
        "--buffer-size 999999",
        "-F 20ms -B 100ms",
        "-F 20000 -B 80000",
        "--period-time 10ms --periods 4",
        "-R 1 -T 100000 -A 5000",
        "-R -10000 -T 0",
        "-R 50ms --avail-min 10ms",
        "--tstamp-mode none",
        "--tstamp-mode enable --tstamp-type gettimeofday",
        "--tstamp-type monotonic_raw",
        "--fatal-errors --exact",
        "--disable-resample --disable-channels --disable-format --disable-softvol",
        "-f S16_LE -r 48000 -c 2",
        "-r 48k",
        "-f dat",
    ] {
        dir.play(options.split(' ')).arg("song.wav").succeed();
        dir.assert_played(&data, options);
    }
}

#[test]
fn a_pipe_plays_what_the_file_would() {
    let dir = Dir::new();
    let data = noise(70_001 * 4, 4);
    let file = wav(STEREO, &data);
    for words in [&[][..], &["-"]] {
        dir.play(words).stdin(file.clone()).succeed();
        dir.assert_played(&data, &format!("{words:?}"));
    }
}

#[test]
fn a_pipe_that_dribbles_loses_nothing() {
    let dir = Dir::new();
    let data = noise(1001 * 6, 5);
    let layout = Layout {
        bits: 24,
        bytes: 3,
        ..STEREO
    };
    let mut player = dir.play(["-"]).stdin_piped().start();
    // Neither a chunk's head nor a frame comes in one piece.
    for piece in wav(layout, &data).chunks(7) {
        player.feed(piece);
    }
    player.starve();
    assert!(player.end().status.success());
    dir.assert_played(&data, "dribbled");
}

#[test]
fn a_fifo_plays_like_a_file_between_files() {
    let dir = Dir::new();
    let parts: Vec<_> = (0..3).map(|seed| noise(5003 * 4, seed)).collect();
    dir.write("1.wav", wav(STEREO, &parts[0]));
    dir.write("3.wav", wav(STEREO, &parts[2]));
    let fifo = dir.fifo("2.wav");
    let player = dir.play(["1.wav", "2.wav", "3.wav"]).start();
    fs::write(fifo, wav(STEREO, &parts[1])).unwrap();
    assert!(player.end().status.success());
    dir.assert_played(&parts.concat(), "three");
}

#[test]
fn standard_input_is_read_from_where_it_stands() {
    let dir = Dir::new();
    let data = noise(999 * 4, 6);
    dir.write("padded", [&noise(123, 7), &wav(STEREO, &data)[..]].concat());
    let mut file = File::open(dir.at("padded")).unwrap();
    file.seek(SeekFrom::Start(123)).unwrap();
    dir.play(["-"]).stdin_from(file).succeed();
    dir.assert_played(&data, "from byte 123 on");
}

#[test]
fn files_of_one_kind_follow_each_other_without_a_gap() {
    let dir = Dir::new();
    // None a multiple of a period; one of a single frame.
    let parts: Vec<_> = [7001, 1, 30_003, 12]
        .iter()
        .map(|frames| noise(frames * 4, *frames as u64))
        .collect();
    let names = ["a.wav", "b.wav", "c.wav", "d.wav"];
    for (name, data) in names.iter().zip(&parts) {
        dir.write(name, wav(STEREO, data));
    }
    let outcome = dir.play(["--json"]).args(names).succeed();
    dir.assert_played(&parts.concat(), "four files");
    let starts = outcome.events();
    let starts = starts.iter().filter(|event| event["event"] == "start");
    assert_eq!(starts.count(), 1, "the device is opened once");
}

#[test]
fn files_of_different_kinds_are_each_played_as_they_are() {
    let dir = Dir::new();
    let layouts = [
        (
            "S24_3LE",
            Layout {
                bits: 24,
                bytes: 3,
                ..STEREO
            },
        ),
        ("S16_LE", CD),
        (
            "U8",
            Layout {
                bits: 8,
                bytes: 1,
                rate: 8000,
                ..MONO
            },
        ),
        (
            "FLOAT_LE",
            Layout {
                tag: 3,
                bits: 32,
                bytes: 4,
                channels: 6,
                rate: 96_000,
            },
        ),
        ("S16_LE", STEREO),
    ];
    let mut all = Vec::new();
    let mut play = dir.play(["--json"]);
    for (at, (_, layout)) in layouts.iter().enumerate() {
        let data = noise(3001 * layout.frame(), at as u64);
        let name = format!("{at}.wav");
        dir.write(&name, wav(*layout, &data));
        all.extend(data);
        play = play.arg(name);
    }
    let outcome = play.succeed();
    dir.assert_played(&all, "five files");
    let realised: Vec<_> = outcome
        .events()
        .iter()
        .filter(|event| event["event"] == "start")
        .map(|start| {
            let spec = &start["realised"];
            format!(
                "{} {} {}",
                spec["format"].as_str().unwrap(),
                spec["rate"],
                spec["channels"]
            )
        })
        .collect();
    let expected =
        layouts.map(|(name, layout)| format!("{name} {} {}", layout.rate, layout.channels));
    assert_eq!(realised, expected);
}

#[test]
fn one_file_can_be_played_twice() {
    let dir = Dir::new();
    let data = noise(5001 * 4, 8);
    dir.write("song.wav", wav(STEREO, &data));
    dir.play(["song.wav", "song.wav"]).succeed();
    dir.assert_played(&data.repeat(2), "twice");
}

#[test]
fn chunks_around_the_sound_are_not_played() {
    let dir = Dir::new();
    let data = noise(8000, 9);
    let list = chunk(b"LIST", &noise(1001, 10));
    let sound = chunk(b"data", &data);
    let streamed = |size| riff(&[fmt(STEREO), lying(b"data", size, &data), list.clone()]);
    let ds64 = {
        let sizes = [0, data.len() as u64, 2000].map(u64::to_le_bytes).concat();
        chunk(b"ds64", &[sizes, vec![0; 4]].concat())
    };
    let long = lying(b"data", u32::MAX, &data);
    let cases = [
        (
            "a trailing LIST",
            riff(&[fmt(STEREO), sound.clone(), list.clone()]),
        ),
        (
            "an odd chunk before fmt",
            riff(&[chunk(b"JUNK", b"odd"), fmt(STEREO), sound.clone()]),
        ),
        (
            "LIST between fmt and data",
            riff(&[fmt(STEREO), list.clone(), sound.clone()]),
        ),
        ("length 0xFFFFFFFF, then LIST", streamed(0xffff_ffff)),
        ("length 0x80000000, then LIST", streamed(0x8000_0000)),
        ("length 0x7FFFF000, then LIST", streamed(0x7fff_f000)),
        ("length 0, then LIST", streamed(0)),
        (
            "RF64",
            form(b"RF64", &[ds64, fmt(STEREO), long, list.clone()]),
        ),
    ];
    for (what, file) in cases {
        dir.write("song.wav", &file);
        dir.play(["song.wav"]).succeed();
        dir.assert_played(&data, what);
    }
}

#[test]
fn a_streamed_length_through_a_pipe_plays_to_the_end() {
    let dir = Dir::new();
    let data = noise(50_000 * 4, 11);
    for size in [0, 0x7fff_f000, 0x8000_0000, 0xffff_ffff] {
        dir.play(["-"]).stdin(saying(size, STEREO, &data)).succeed();
        dir.assert_played(&data, &format!("{size:#x}"));
    }
}

#[test]
fn fewer_bits_in_a_wider_container_go_through_as_the_container() {
    let dir = Dir::new();
    for (bytes, valid, format) in [
        (3, 20, "S24_3LE"),
        (4, 20, "S32_LE"),
        (4, 24, "S32_LE"),
        (2, 12, "S16_LE"),
    ] {
        let layout = Layout {
            bits: bytes * 8,
            bytes,
            ..STEREO
        };
        let data = noise(3001 * layout.frame(), 12);
        dir.write(
            "song.wav",
            riff(&[extensible(layout, valid, 3), chunk(b"data", &data)]),
        );
        let outcome = dir.play(["--json", "song.wav"]).succeed();
        dir.assert_played(&data, &format!("{valid} bits in {bytes} bytes"));
        assert_eq!(outcome.event("start")["realised"]["format"], format);
    }
}

#[test]
fn big_endian_wavs_are_played_in_their_own_order() {
    let dir = Dir::new();
    let data = noise(4000, 13);
    let mut fields = Vec::new();
    fields.extend(1_u16.to_be_bytes());
    fields.extend(2_u16.to_be_bytes());
    fields.extend(48_000_u32.to_be_bytes());
    fields.extend(192_000_u32.to_be_bytes());
    fields.extend(4_u16.to_be_bytes());
    fields.extend(16_u16.to_be_bytes());
    let chunk = |id: &[u8], bytes: &[u8]| [id, &(bytes.len() as u32).to_be_bytes(), bytes].concat();
    let body = [
        b"WAVE".to_vec(),
        chunk(b"fmt ", &fields),
        chunk(b"data", &data),
    ]
    .concat();
    dir.write("song.wav", chunk(b"RIFX", &body));
    let outcome = dir.play(["--json", "song.wav"]).succeed();
    dir.assert_played(&data, "RIFX");
    assert_eq!(outcome.event("start")["realised"]["format"], "S16_BE");
}

#[test]
fn a_duration_or_a_count_ends_each_file_early() {
    let dir = Dir::new();
    let (first, second) = (noise(96_000 * 4, 14), noise(1000 * 4, 15));
    dir.write("first.wav", wav(STEREO, &first));
    dir.write("second.wav", wav(STEREO, &second));
    for (option, frames) in [
        ("-d0.5", 24_000),
        ("-d1", 48_000),
        ("-d1.25s", 60_000),
        ("-d20ms", 960),
        ("--duration=0:01", 48_000),
        ("-d1:00", 96_000),
        ("-d0", 96_000),
        ("-s1", 1),
        ("-s48001", 48_001),
        ("--samples=0", 96_000),
        ("-s99999999999", 96_000),
    ] {
        dir.play([option, "first.wav", "second.wav"]).succeed();
        let expected = [
            &first[..frames * 4],
            &second[..second.len().min(frames * 4)],
        ]
        .concat();
        dir.assert_played(&expected, option);
    }
    dir.play(["-d", "1", "-s", "1", "first.wav"]).fail(2);
}

#[test]
fn an_endless_pipe_ends_at_the_duration() {
    let dir = Dir::new();
    let data = noise(24_000 * 4, 16);
    let mut player = dir.play(["-d", "0.5", "-"]).stdin_piped().start();
    // The pipe stays open: nothing but the duration ends this.
    player.feed(&saying(0, STEREO, &data));
    let outcome = player.end();
    assert!(outcome.status.success(), "{outcome}");
    dir.assert_played(&data, "half a second");
}

#[test]
fn raw_samples_are_played_as_described() {
    let dir = Dir::new();
    let data = noise(12 * 3001, 17);
    dir.write("take.raw", &data);
    for (options, format, rate, channels) in [
        ("-f cd", "S16_LE", 44_100, 2),
        ("-f cdr", "S16_BE", 44_100, 2),
        ("-f dat", "S16_LE", 48_000, 2),
        ("-f S24_3LE -r 96k -c 1", "S24_3LE", 96_000, 1),
        ("-f float_le -r 44.1 -c 3", "FLOAT_LE", 44_100, 3),
        ("-f cd -c 1 -r 22050", "S16_LE", 22_050, 1),
        ("-f DSD_U8 -r 352800 -c 2", "DSD_U8", 352_800, 2),
    ] {
        let outcome = dir
            .play(["--json", "-t", "raw"])
            .args(options.split(' '))
            .arg("take.raw")
            .run();
        // Not every alsa-lib's null PCM takes every format that alsa-lib names; what it refuses it must not play.
        if format.starts_with("DSD") && outcome.status.code() == Some(6) {
            continue;
        }
        assert!(outcome.status.success(), "{outcome}");
        dir.assert_played(&data, options);
        let realised = &outcome.event("start")["realised"];
        assert_eq!(realised["format"], format);
        assert_eq!(realised["rate"], rate);
        assert_eq!(realised["channels"], channels);
    }
    dir.play(["-t", "RAW", "-f", "cd"])
        .stdin(data.clone())
        .succeed();
    dir.assert_played(&data, "stdin");
}

#[test]
fn raw_samples_without_all_three_are_refused() {
    let dir = Dir::new();
    dir.write("take.raw", noise(4000, 18));
    for options in [
        "",
        "-f S16_LE",
        "-r 48000 -c 2",
        "-f S16_LE -c 2",
        "-f S16_LE -r 48000",
    ] {
        let words = options.split(' ').filter(|word| !word.is_empty());
        let outcome = dir.play(["-t", "raw", "take.raw"]).args(words).fail(2);
        assert!(outcome.error_line().contains("-f, -r and -c"), "{outcome}");
        assert!(dir.played().is_empty(), "{options}");
    }
}

#[test]
fn what_is_not_recognised_is_never_played_as_raw() {
    let dir = Dir::new();
    dir.write(
        "take.raw",
        [b"no sound that anybody knows", &*noise(4000, 19)].concat(),
    );
    for options in ["", "-f cd", "-f S16_LE -r 48000 -c 2"] {
        let words = options.split(' ').filter(|word| !word.is_empty());
        let outcome = dir.play(["take.raw"]).args(words).fail(10);
        assert!(outcome.error_line().contains("'take.raw'"), "{outcome}");
        assert!(outcome.hints().concat().contains("-t raw"), "{outcome}");
        assert!(dir.played().is_empty(), "{options}");
    }
}

#[test]
fn a_last_frame_that_is_not_whole_is_told_after_the_whole_ones() {
    let dir = Dir::new();
    let data = noise(1001 * 4 + 3, 20);
    dir.write("take.raw", &data);
    let outcome = dir.play(["-t", "raw", "-f", "cd", "take.raw"]).fail(10);
    assert!(outcome.stderr().contains("'take.raw'"), "{outcome}");
    dir.assert_played(&data[..1001 * 4], "whole frames");
}

#[test]
fn a_truncated_wav_is_played_as_far_as_it_goes_and_told() {
    let dir = Dir::new();
    let data = noise(30_001 * 4, 21);
    let file = wav(STEREO, &data);
    // At the end of a frame, and in the middle of one.
    for (cut, lost) in [(4, 4), (10_000, 10_000), (10_002, 10_004)] {
        dir.write("cut.wav", &file[..file.len() - cut]);
        let outcome = dir.play(["-q", "cut.wav"]).fail(10);
        assert!(outcome.error_line().contains("'cut.wav'"), "{outcome}");
        dir.assert_played(&data[..data.len() - lost], "what is there");
        let outcome = dir.play(["-q"]).stdin(&file[..file.len() - cut]).fail(10);
        assert!(outcome.error_line().contains("30001"), "{outcome}");
        dir.assert_played(&data[..data.len() - lost], "what came");
    }
}

#[test]
fn separate_files_become_the_channels() {
    let dir = Dir::new();
    let channels: Vec<_> = (0..3).map(|seed| noise(7001 * 2, seed)).collect();
    let interleaved: Vec<u8> = (0..7001)
        .flat_map(|frame| {
            channels
                .iter()
                .map(move |channel| &channel[frame * 2..][..2])
        })
        .flatten()
        .copied()
        .collect();
    for (name, data) in ["take.0", "take.1", "take.2"].iter().zip(&channels) {
        dir.write(name, data);
        dir.write(format!("{name}.wav"), wav(MONO, data));
    }
    let raw = ["-I", "-f", "S16_LE", "-r", "48000"];
    dir.play(raw)
        .args(["-c", "3", "take.0", "take.1", "take.2"])
        .succeed();
    dir.assert_played(&interleaved, "three names");
    dir.play(raw)
        .args(["-t", "raw", "-c", "3", "take"])
        .succeed();
    dir.assert_played(&interleaved, "one name for all");
    dir.play(["-I", "take.0.wav", "take.1.wav", "take.2.wav"])
        .succeed();
    dir.assert_played(&interleaved, "WAVs of one channel");
    dir.play(raw).args(["-c", "3", "take.0", "take.1"]).fail(2);
    dir.play(raw).args(["-c", "4", "take"]).fail(3);
    assert!(dir.played().is_empty());
}

#[test]
fn separate_files_of_unlike_length_end_with_the_shortest_and_say_so() {
    let dir = Dir::new();
    let (left, right) = (noise(2000, 22), noise(1998, 23));
    dir.write("left", &left);
    dir.write("right", &right);
    let raw = ["-I", "-f", "S16_LE", "-r", "48000", "-c", "2"];
    let outcome = dir.play(raw).args(["left", "right"]).fail(10);
    assert!(outcome.stderr().contains("'right'"), "{outcome}");
    assert_eq!(dir.played().len(), 2 * 1998);
}

#[test]
fn a_forced_type_is_checked() {
    let dir = Dir::new();
    let song = wav(STEREO, &noise(4000, 24));
    dir.write("song.wav", &song);
    dir.write("text.wav", "This is not sound.");
    dir.write("song.flac", [b"fLaC\0\0\0\x22", &*noise(99, 25)].concat());
    dir.play(["-t", "wav", "song.wav"]).succeed();
    dir.assert_played(&song[44..], "a WAV");
    for file in ["text.wav", "song.flac"] {
        let outcome = dir.play(["-t", "wav", file]).fail(10);
        assert!(outcome.error_line().contains(file), "{outcome}");
    }
    let outcome = dir.play(["-t", "flac", "song.wav"]).fail(10);
    assert!(outcome.error_line().contains("WAV"), "{outcome}");
    let outcome = dir.play(["-t", "wva", "song.wav"]).fail(2);
    assert!(outcome.stderr().contains("wav"), "{outcome}");
    assert!(dir.played().is_empty());
}

#[test]
fn what_cannot_be_read_yet_is_named_as_what_it_is() {
    let dir = Dir::new();
    for (head, title) in [
        (&b"wvpk\0\0\0\x22"[..], "WavPack"),
        (b"MThd\0\0\0\x06", "MIDI"),
    ] {
        dir.write("song", [head, &noise(500, 26)].concat());
        let outcome = dir.play(["song"]).fail(10);
        assert!(outcome.error_line().contains(title), "{outcome}");
        assert!(dir.played().is_empty());
    }
}

#[test]
fn what_the_device_cannot_do_is_refused_on_request_with_what_it_can_and_a_hint_that_works() {
    let dir = Dir::new();
    let float = Layout {
        tag: 3,
        bits: 32,
        bytes: 4,
        ..STEREO
    };
    // (the device, what it is given, words that must be in its list, frames that must arrive, bytes of such a frame)
    let cases = [
        ("linear", float, ["FLOAT_LE", "S24_3LE"], 4),
        ("stereo", MONO, ["1 channel", "channels 2"], 4),
    ];
    for (device, layout, words, frame) in cases {
        dir.write("song.wav", wav(layout, &silence(4800 * layout.frame())));
        let outcome = dir
            .aloud(["play", "--exact", "-D", device, "song.wav"])
            .fail(6);
        let line = outcome.error_line();
        assert!(line.contains(&format!("'{device}'")), "{outcome}");
        assert!(words.iter().all(|word| line.contains(word)), "{outcome}");
        assert!(dir.played().is_empty(), "{device}");
        let hint = *outcome.hints().first().expect("a hint");
        let at = hint.find("aloud play -D").expect("a command");
        // As a user would paste it.
        let command = format!(
            "{} song.wav",
            hint[at..].replacen("aloud", env!("CARGO_BIN_EXE_aloud"), 1)
        );
        dir.program("sh", ["-c", &command]).succeed();
        assert_eq!(dir.played().len(), 4800 * frame, "{command}");
    }
}

#[test]
fn disabled_conversion_is_not_done_by_alsa_lib_either() {
    let dir = Dir::new();
    let plugged =
        |option: &str| dir.aloud(["play", "--exact", "-D", "plugged", option, "song.wav"]);
    dir.write("song.wav", wav(STEREO, &silence(4800)));
    plugged("--disable-resample").fail(6);
    plugged("--disable-channels").succeed();
    assert!(!dir.played().is_empty());
    dir.write(
        "song.wav",
        wav(Layout { channels: 1, ..CD }, &silence(4800)),
    );
    plugged("--disable-channels").fail(6);
    plugged("--disable-resample").succeed();
    assert!(!dir.played().is_empty());
    let wide = Layout {
        bits: 24,
        bytes: 3,
        ..CD
    };
    dir.write("song.wav", wav(wide, &silence(4800)));
    plugged("--disable-format").fail(6);
    plugged("--disable-channels").succeed();
    assert_eq!(dir.played().len(), 3200);
}

#[test]
fn a_file_is_not_played_as_something_else_than_it_is() {
    let dir = Dir::new();
    dir.write("song.wav", wav(STEREO, &noise(4000, 27)));
    for option in ["-r44100", "-c1", "-fS24_3LE", "-fcd"] {
        let outcome = dir.play(["--exact", option, "song.wav"]).fail(6);
        assert!(outcome.error_line().contains("48000"), "{outcome}");
        assert!(dir.played().is_empty(), "{option}");
    }
}

#[test]
fn channels_are_put_in_the_order_of_the_device() {
    let dir = Dir::new();
    let data = noise(70_001 * 4, 28);
    let swapped: Vec<u8> = data
        .chunks(4)
        .flat_map(|frame| [frame[2], frame[3], frame[0], frame[1]])
        .collect();
    dir.write("song.wav", wav(STEREO, &data));
    let play = |device, map| dir.aloud(["play", "-q", "-D", device, "-m", map, "song.wav"]);
    play("crossed", "FL,FR").succeed();
    dir.assert_played(&swapped, "the device has right first");
    play("crossed", "fr,fl").succeed();
    dir.assert_played(&data, "and so has the file");
    for map in ["RL,RR", "FL,FL"] {
        let outcome = play("crossed", map).fail(6);
        assert!(outcome.error_line().contains("FR,FL"), "{outcome}");
    }
    play("crossed", "FL,FR,FC").fail(2);
    play("crossed", "FL,XX").fail(2);
    assert!(dir.played().is_empty());
}

#[test]
fn the_process_id_file_is_there_while_it_plays_and_gone_after() {
    let dir = Dir::new();
    let data = noise(4000, 29);
    for signal in [None, Some(Signal::TERM), Some(Signal::HUP)] {
        let mut player = dir
            .play(["--process-id-file", "aloud.pid", "--json", "-"])
            .stdin_piped()
            .start();
        player.feed(&saying(0, STEREO, &data));
        player.wait_for_event("start");
        let written = String::from_utf8(dir.read("aloud.pid")).unwrap();
        assert_eq!(written, format!("{}\n", player.id()));
        match signal {
            None => {
                player.starve();
                assert!(player.end().status.success());
            }
            Some(signal) => {
                player.signal(signal);
                player.end().assert_killed_by(signal);
            }
        }
        assert!(!dir.at("aloud.pid").exists(), "{signal:?}");
    }
    dir.write("song.wav", wav(STEREO, &data));
    dir.aloud(["play", "-D", "hw:9", "--process-id-file", "aloud.pid"])
        .arg("song.wav")
        .fail(3);
    assert!(!dir.at("aloud.pid").exists());
    dir.play(["--process-id-file", "no/such/folder", "song.wav"])
        .fail(3);
}

#[test]
fn a_file_that_cannot_be_opened_says_why() {
    let dir = Dir::new();
    dir.write("empty.wav", "");
    dir.write("secret.wav", wav(STEREO, &silence(4)));
    fs::set_permissions(dir.at("secret.wav"), fs::Permissions::from_mode(0o000)).unwrap();
    fs::create_dir(dir.at("folder.wav")).unwrap();
    for (name, status) in [
        ("missing.wav", 3),
        ("no/such/folder.wav", 3),
        ("empty.wav/below", 3),
        ("folder.wav", 10),
        ("empty.wav", 10),
    ] {
        let outcome = dir.play([name]).fail(status);
        assert!(
            outcome.error_line().contains(&format!("'{name}'")),
            "{outcome}"
        );
    }
    // Who is root needs no permission, unless its privileges are taken away.
    let program = env!("CARGO_BIN_EXE_aloud");
    let play = ["play", "-D", "tap", "secret.wav"];
    let outcome = if rustix::process::geteuid().is_root() {
        let unprivileged = ["--bounding-set", "-dac_override,-dac_read_search", program];
        dir.program("setpriv", unprivileged).args(play).fail(4)
    } else {
        dir.aloud(play).fail(4)
    };
    assert!(outcome.error_line().contains("'secret.wav'"), "{outcome}");
    assert!(dir.played().is_empty());
}

#[test]
fn standard_input_can_be_named_only_once() {
    let dir = Dir::new();
    dir.play(["-", "-"]).fail(2);
}

/// Files that look like a WAV and are none, each in another way.
fn broken() -> Vec<(&'static str, Vec<u8>)> {
    let data = chunk(b"data", &silence(4096));
    let with = |layout: Layout| riff(&[fmt(layout), data.clone()]);
    let of = |channels, rate, bits, bytes| Layout {
        tag: 1,
        channels,
        rate,
        bits,
        bytes,
    };
    let whole = with(STEREO);
    vec![
        ("one byte", b"R".to_vec()),
        ("text", b"This is not sound, it is a sentence.\n".repeat(9)),
        ("the first word", b"RIFF".to_vec()),
        ("the head", whole[..12].to_vec()),
        ("another form", form(b"RIFF", &[]).replace_at(8, b"AVI ")),
        ("cut in the format", whole[..30].to_vec()),
        ("cut in the data's head", whole[..41].to_vec()),
        (
            "a format too short",
            riff(&[chunk(b"fmt ", &[1, 0, 2, 0]), data.clone()]),
        ),
        (
            "a format that never ends",
            riff(&[lying(b"fmt ", 0x7fff_fff0, &fmt(STEREO)[8..])]),
        ),
        ("no format", riff(std::slice::from_ref(&data))),
        (
            "the data before the format",
            riff(&[data.clone(), fmt(STEREO)]),
        ),
        ("two formats", riff(&[fmt(STEREO), fmt(CD), data.clone()])),
        ("no data", riff(&[fmt(STEREO)])),
        ("data of no byte", riff(&[fmt(STEREO), chunk(b"data", b"")])),
        (
            "data of half a frame",
            riff(&[fmt(STEREO), chunk(b"data", b"ab")]),
        ),
        ("no channels", with(of(0, 48_000, 16, 2))),
        ("no rate", with(of(2, 0, 16, 2))),
        ("no bits", with(of(2, 48_000, 0, 2))),
        ("absurd channels", with(of(65_535, 48_000, 8, 1))),
        ("absurd rate", with(of(2, u32::MAX, 16, 2))),
        ("absurd bits", with(of(2, 48_000, 4096, 2))),
        ("an absurd sample", with(of(2, 48_000, 16, 30_000))),
        ("a frame of no byte", with(of(2, 48_000, 16, 0))),
        (
            "an unknown coding",
            with(Layout {
                tag: 0x1234,
                ..STEREO
            }),
        ),
        (
            "an extension that is missing",
            with(Layout {
                tag: 0xfffe,
                ..STEREO
            }),
        ),
        (
            "a chunk that never ends",
            riff(&[fmt(STEREO), lying(b"LIST", 0xffff_fff0, &silence(64))]),
        ),
        (
            "zeros behind the format",
            riff(&[fmt(STEREO), silence(4096)]),
        ),
    ]
}

trait ReplaceAt {
    fn replace_at(self, at: usize, bytes: &[u8]) -> Self;
}

impl ReplaceAt for Vec<u8> {
    fn replace_at(mut self, at: usize, bytes: &[u8]) -> Vec<u8> {
        self[at..at + bytes.len()].copy_from_slice(bytes);
        self
    }
}

#[test]
fn a_broken_wav_ends_in_one_line_that_names_it() {
    let dir = Dir::new();
    for (what, bytes) in broken() {
        dir.write("broken.wav", &bytes);
        let outcome = dir.play(["-q", "broken.wav"]).run();
        assert_eq!(outcome.status.code(), Some(10), "{what}: {outcome}");
        assert!(
            outcome.error_line().contains("'broken.wav'"),
            "{what}: {outcome}"
        );
        assert!(outcome.stdout.is_empty(), "{what}: {outcome}");
        assert!(dir.played().is_empty(), "{what}");
        let outcome = dir.play(["-q", "-"]).stdin(bytes).run();
        assert_eq!(outcome.status.code(), Some(10), "{what}, piped: {outcome}");
        assert!(
            outcome.error_line().contains("'standard input'"),
            "{what}: {outcome}"
        );
        assert!(dir.played().is_empty(), "{what}, piped");
    }
}

#[test]
fn a_bad_file_among_good_ones_is_told_and_the_others_are_played() {
    let dir = Dir::new();
    let (first, second) = (noise(7001 * 4, 30), noise(9001 * 4, 31));
    dir.write("first.wav", wav(STEREO, &first));
    dir.write("second.wav", wav(STEREO, &second));
    dir.write("bad.wav", "no sound");
    let both = [&*first, &*second].concat();
    for (bad, status) in [("bad.wav", 10), ("missing.wav", 3)] {
        for words in [
            [bad, "first.wav", "second.wav"],
            ["first.wav", bad, "second.wav"],
            ["first.wav", "second.wav", bad],
        ] {
            let outcome = dir.play(["-q"]).args(words).fail(status);
            assert!(outcome.error_line().contains(bad), "{outcome}");
            dir.assert_played(&both, &format!("{words:?}"));
        }
    }
    let outcome = dir
        .play(["--json", "missing.wav", "first.wav", "bad.wav"])
        .fail(3);
    let kinds: Vec<_> = outcome
        .errors()
        .iter()
        .map(|error| error["kind"].clone())
        .collect();
    assert_eq!(
        kinds,
        ["not_found", "invalid_input"],
        "the status is the first one's"
    );
}

#[test]
fn what_is_said_goes_to_stderr_and_follows_the_options() {
    let dir = Dir::new();
    dir.write("song.wav", wav(STEREO, &silence(48_000)));
    let says = |words: &[&str]| {
        let outcome = dir.play(words).arg("song.wav").succeed();
        assert!(outcome.stdout.is_empty(), "{outcome}");
        outcome.stderr().to_owned()
    };
    assert_eq!(says(&["-q"]), "");
    let normal = says(&[]);
    assert!(
        normal.contains("song.wav") && normal.contains("48000"),
        "{normal}"
    );
    assert!(
        !normal.contains('\r') && !normal.contains('\u{1b}'),
        "no bar without a terminal: {normal:?}"
    );
    let verbose = says(&["-v"]);
    assert!(
        verbose.contains("requested") && verbose.contains("granted"),
        "{verbose}"
    );
    assert!(verbose.contains("24000"), "the buffer: {verbose}");
    let limits = says(&["--dump-hw-params"]);
    assert!(
        limits.contains("BUFFER_SIZE") && limits.contains("RATE"),
        "{limits}"
    );
}

#[test]
fn a_pcm_with_a_long_path_in_it_plays_and_is_described() {
    let dir = Dir::new();
    let data = noise(4000, 33);
    dir.write("song.wav", wav(STEREO, &data));
    let folder = ["a".repeat(120), "b".repeat(120), "c".repeat(120)].join("/");
    fs::create_dir_all(dir.at(&folder)).unwrap();
    let out = format!("{folder}/out.raw");
    let device = format!("file:{out},raw");
    let outcome = dir
        .aloud(["play", "-v", "-D", &device, "song.wav"])
        .succeed();
    assert!(dir.read(&out) == data);
    assert!(outcome.stderr().contains(&out), "{outcome}");
}

#[test]
fn keys_need_a_terminal() {
    let dir = Dir::new();
    dir.write("song.wav", wav(STEREO, &silence(48_000)));
    let outcome = dir.play(["-i", "song.wav"]).fail(2);
    assert!(outcome.error_line().contains("terminal"), "{outcome}");
    assert!(dir.played().is_empty());
}

#[test]
fn the_device_comes_from_the_option_then_the_environment_then_default() {
    let dir = Dir::new();
    let data = noise(4000, 32);
    dir.write("song.wav", wav(STEREO, &data));
    dir.aloud(["play", "song.wav"]).succeed();
    assert!(dir.read("default.raw") == data && dir.played().is_empty());
    dir.aloud(["play", "song.wav"])
        .env("ALOUD_DEVICE", "tap")
        .succeed();
    dir.assert_played(&data, "the environment's");
    dir.play(["song.wav"])
        .env("ALOUD_DEVICE", "nosuch")
        .succeed();
    dir.assert_played(&data, "the option's");
    let outcome = dir.aloud(["play", "--card", "9", "song.wav"]).fail(3);
    assert!(outcome.error_line().contains("hw:9"), "{outcome}");
}

#[test]
fn an_empty_list_of_frames_is_no_reason_to_hang() {
    let dir = Dir::new();
    // A device is opened by the first file with sound, and there is none.
    let outcome = dir.play(["--json", "missing.wav", "gone.wav"]).fail(3);
    assert_eq!(outcome.event("end")["frames"], 0);
}
