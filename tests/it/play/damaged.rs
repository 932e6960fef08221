//! Files that are damaged, missing, or not sound files are reported and skipped.

use crate::common::{
    CD, Dir, Layout, STEREO, chunk, chunk_claiming, data, fmt, form, noise, riff, silence, wav,
};
use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;

/// Files that look like WAV files but are invalid, each in a different way.
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
        ("the RIFF ID only", b"RIFF".to_vec()),
        ("the RIFF header only", whole[..12].to_vec()),
        ("another form", form(b"RIFF", &[]).replace_at(8, b"AVI ")),
        ("cut in the format", whole[..30].to_vec()),
        ("cut in the data's head", whole[..41].to_vec()),
        (
            "a format too short",
            riff(&[chunk(b"fmt ", &[1, 0, 2, 0]), data.clone()]),
        ),
        (
            "a format that never ends",
            riff(&[chunk_claiming(b"fmt ", 0x7fff_fff0, &fmt(STEREO)[8..])]),
        ),
        ("no format", riff(std::slice::from_ref(&data))),
        (
            "the data before the format",
            riff(&[data.clone(), fmt(STEREO)]),
        ),
        ("two formats", riff(&[fmt(STEREO), fmt(CD), data.clone()])),
        ("no data", riff(&[fmt(STEREO)])),
        ("empty data", riff(&[fmt(STEREO), chunk(b"data", b"")])),
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
        ("an absurd sample size", with(of(2, 48_000, 16, 30_000))),
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
            riff(&[
                fmt(STEREO),
                chunk_claiming(b"LIST", 0xffff_fff0, &silence(64)),
            ]),
        ),
        (
            "zeros after the format",
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
fn damaged_wav_is_one_error_that_names_it() {
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
fn truncated_wav_plays_what_is_there_and_is_reported() {
    let dir = Dir::new();
    let data = noise(30_001 * 4, 21);
    let file = wav(STEREO, &data);
    // Cut at the end of a frame and in the middle of one.
    for (cut, lost) in [(4, 4), (10_000, 10_000), (10_002, 10_004)] {
        dir.write("cut.wav", &file[..file.len() - cut]);
        let outcome = dir.play(["-q", "cut.wav"]).fail(10);
        assert!(outcome.error_line().contains("'cut.wav'"), "{outcome}");
        dir.assert_played(&data[..data.len() - lost], "the frames in the file");
        let outcome = dir.play(["-q"]).stdin(&file[..file.len() - cut]).fail(10);
        assert!(outcome.error_line().contains("30001"), "{outcome}");
        dir.assert_played(&data[..data.len() - lost], "the frames from stdin");
    }
}

#[test]
fn incomplete_last_frame_is_reported_after_the_complete_ones() {
    let dir = Dir::new();
    let data = noise(1001 * 4 + 3, 20);
    dir.write("take.raw", &data);
    let outcome = dir.play(["-t", "raw", "-f", "cd", "take.raw"]).fail(10);
    assert!(outcome.stderr().contains("'take.raw'"), "{outcome}");
    dir.assert_played(&data[..1001 * 4], "whole frames");
}

#[test]
fn damaged_files_are_reported_and_skipped() {
    let dir = Dir::new();
    let (first, second) = (noise(7001 * 4, 30), noise(9001 * 4, 31));
    dir.write("first.wav", wav(STEREO, &first));
    dir.write("second.wav", wav(STEREO, &second));
    dir.write("bad.wav", "no sound");
    let both = [&*first, &*second].concat();
    for (bad, status) in [("bad.wav", 10), ("missing.wav", 3)] {
        for args in [
            [bad, "first.wav", "second.wav"],
            ["first.wav", bad, "second.wav"],
            ["first.wav", "second.wav", bad],
        ] {
            let outcome = dir.play(["-q"]).args(args).fail(status);
            assert!(outcome.error_line().contains(bad), "{outcome}");
            dir.assert_played(&both, &format!("{args:?}"));
        }
    }
    let outcome = dir
        .play(["--json", "missing.wav", "first.wav", "bad.wav"])
        .fail(3);
    assert_eq!(
        outcome.error_kinds(),
        ["not_found", "invalid_input"],
        "the status is the first one's"
    );
}

#[test]
fn damaged_packet_is_a_warning() {
    let dir = Dir::new();
    let mut broken = data("tone.flac");
    let middle = broken.len() / 2;
    broken[middle..middle + 40].fill(0x55);
    dir.write("song.flac", &broken);
    let outcome = dir.play(["song.flac"]).succeed();
    assert!(
        outcome
            .stderr()
            .contains("aloud: warning: 'song.flac': skipped "),
        "{outcome}"
    );
    assert!(
        outcome.stderr().contains(" corrupt frames at "),
        "{outcome}"
    );
}

#[test]
fn damaged_file_does_not_end_the_event_stream() {
    let dir = Dir::new();
    dir.write("song.wav", wav(STEREO, &silence(4000)));
    dir.write("bad.wav", "no sound");
    let outcome = dir
        .play(["--json", "bad.wav", "song.wav", "gone.wav"])
        .fail(10);
    assert_eq!(outcome.error_kinds(), ["invalid_input", "not_found"]);
    assert_eq!(outcome.event("end")["frames"], 1000);
}

#[test]
fn unopenable_files_are_reported_with_the_reason() {
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
    // root needs no permission unless its capabilities are dropped.
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
fn device_failure_after_a_file_failure_is_reported_too() {
    let dir = Dir::new();
    dir.write("bad.wav", "no sound");
    dir.write("song.wav", wav(STEREO, &silence(4000)));
    let args = ["--json", "-D", "nosuch", "bad.wav", "song.wav"];
    let outcome = dir.aloud(["play"]).args(args).fail(10);
    assert_eq!(outcome.error_kinds(), ["invalid_input", "not_found"]);
    assert_eq!(outcome.event("end")["why"], "error");
}

#[test]
fn unreadable_or_empty_stdin_is_an_error() {
    let dir = Dir::new();
    let directory = File::open(dir.path()).unwrap();
    let outcome = dir.play(["-"]).stdin_from(directory).fail(10);
    assert!(outcome.error_line().contains("standard input"), "{outcome}");
    let outcome = dir.play(["-"]).stdin_from(Stdio::null()).fail(10);
    assert!(outcome.error_line().contains("empty"), "{outcome}");
}

#[test]
fn a_list_without_playable_files_ends() {
    let dir = Dir::new();
    let outcome = dir.play(["--json", "missing.wav", "gone.wav"]).fail(3);
    assert_eq!(outcome.event("end")["frames"], 0);
}
