//! Several files, pipes and FIFOs, played in sequence or as channels.

use crate::common::{
    CD, Dir, Layout, MONO, STEREO, data, noise, wav, wav_claiming, wav_with_metadata,
};
use serde_json::json;
use std::fs::{self, File};
use std::io::{Seek, SeekFrom};

#[test]
fn stdin_plays_like_a_file() {
    let dir = Dir::new();
    let data = noise(70_001 * 4, 4);
    let file = wav(STEREO, &data);
    for args in [&[][..], &["-"]] {
        dir.play(args).stdin(file.clone()).succeed();
        dir.assert_played(&data, &format!("{args:?}"));
    }
}

#[test]
fn slow_stdin_loses_nothing() {
    let dir = Dir::new();
    let data = noise(1001 * 6, 5);
    let layout = Layout {
        bits: 24,
        bytes: 3,
        ..STEREO
    };
    let mut player = dir.play(["-"]).stdin_piped().start();
    // Chunk headers and frames arrive in several pieces.
    for piece in wav(layout, &data).chunks(7) {
        player.write_stdin(piece);
    }
    player.close_stdin();
    assert!(player.wait().status.success());
    dir.assert_played(&data, "dribbled");
}

#[test]
fn stdin_is_read_from_its_current_offset() {
    let dir = Dir::new();
    let data = noise(999 * 4, 6);
    dir.write("padded", [&noise(123, 7), &wav(STEREO, &data)[..]].concat());
    let mut file = File::open(dir.at("padded")).unwrap();
    file.seek(SeekFrom::Start(123)).unwrap();
    dir.play(["-"]).stdin_from(file).succeed();
    dir.assert_played(&data, "from byte 123 on");
}

#[test]
fn stdin_can_be_listed_only_once() {
    let dir = Dir::new();
    dir.play(["-", "-"]).fail(2);
}

#[test]
fn fifo_plays_between_files() {
    let dir = Dir::new();
    let parts: Vec<_> = (0..3).map(|seed| noise(5003 * 4, seed)).collect();
    dir.write("1.wav", wav(STEREO, &parts[0]));
    dir.write("3.wav", wav(STEREO, &parts[2]));
    let fifo = dir.fifo("2.wav");
    let player = dir.play(["1.wav", "2.wav", "3.wav"]).start();
    fs::write(fifo, wav(STEREO, &parts[1])).unwrap();
    assert!(player.wait().status.success());
    dir.assert_played(&parts.concat(), "three");
}

#[test]
fn files_of_one_spec_play_without_a_gap() {
    let dir = Dir::new();
    // None is a multiple of a period; one has a single frame.
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
    outcome.event("start");
}

#[test]
fn files_of_different_specs_each_play_unconverted() {
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
    let configured: Vec<_> = outcome
        .events_named("start")
        .iter()
        .map(|start| {
            let spec = &start["configured"];
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
    assert_eq!(configured, expected);
}

#[test]
fn a_file_can_be_listed_twice() {
    let dir = Dir::new();
    let data = noise(5001 * 4, 8);
    dir.write("song.wav", wav(STEREO, &data));
    dir.play(["song.wav", "song.wav"]).succeed();
    dir.assert_played(&data.repeat(2), "twice");
}

#[test]
fn coded_files_play_without_a_gap() {
    let dir = Dir::new();
    for name in ["tone.flac", "alac.m4a", "tone.mp3", "tone.m4a"] {
        dir.write("one", data(name));
        dir.write("two", data(name));
        dir.play(["one"]).succeed();
        let once = dir.played();
        let outcome = dir.play(["--json", "one", "two"]).succeed();
        assert_eq!(outcome.event("end")["frames"], 16_000, "{name}");
        dir.assert_played(&[once.clone(), once].concat(), name);
    }
}

#[test]
fn title_and_artist_are_shown() {
    let dir = Dir::new();
    dir.write("song.mp3", data("tone.mp3"));
    dir.write("noted.wav", wav_with_metadata());
    let outcome = dir.play(["song.mp3"]).succeed();
    assert!(
        outcome
            .stderr()
            .contains("Playing 'song.mp3' (Tone, by Aloud): FLOAT_LE"),
        "{outcome}"
    );
    let outcome = dir.play(["noted.wav"]).succeed();
    assert!(
        outcome.stderr().contains("(A \\u001b[31mname, by Someöne)"),
        "{outcome}"
    );
    let outcome = dir.play(["--json", "song.mp3"]).succeed();
    let events = outcome.events();
    for state in ["opened", "finished"] {
        let file = events.iter().find(|event| event["state"] == state);
        let file = file.expect("a file event");
        assert_eq!(
            (&file["title"], &file["artist"], &file["codec"]),
            (&json!("Tone"), &json!("Aloud"), &json!("MP3"))
        );
    }
}

#[test]
fn duration_and_samples_limit_each_file() {
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
fn duration_ends_an_endless_pipe() {
    let dir = Dir::new();
    let data = noise(24_000 * 4, 16);
    let mut player = dir.play(["-d", "0.5", "-"]).stdin_piped().start();
    // The pipe stays open, so only the duration ends playback.
    player.write_stdin(&wav_claiming(0, STEREO, &data));
    let outcome = player.wait();
    assert!(outcome.status.success(), "{outcome}");
    dir.assert_played(&data, "half a second");
}

#[test]
fn separate_files_become_channels() {
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
    dir.assert_played(&interleaved, "one name for all channels");
    dir.play(["-I", "take.0.wav", "take.1.wav", "take.2.wav"])
        .succeed();
    dir.assert_played(&interleaved, "mono WAV files");
    dir.play(raw).args(["-c", "3", "take.0", "take.1"]).fail(2);
    dir.play(raw).args(["-c", "4", "take"]).fail(3);
    assert!(dir.played().is_empty());
}

#[test]
fn separate_files_end_with_the_shortest_which_is_reported() {
    let dir = Dir::new();
    let (left, right) = (noise(2000, 22), noise(1998, 23));
    dir.write("left", &left);
    dir.write("right", &right);
    let raw = ["-I", "-f", "S16_LE", "-r", "48000", "-c", "2"];
    let outcome = dir.play(raw).args(["left", "right"]).fail(10);
    assert!(outcome.stderr().contains("'right'"), "{outcome}");
    assert_eq!(dir.played().len(), 2 * 1998);
}
