//! What goes wrong is told in one line, with a status that says what it was, and does no harm to a terminal.

use crate::common::{Dir, Outcome, STEREO, noise, silence, wav};
use std::ffi::OsStr;
use std::fs::File;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::process::Stdio;

/// Asserts that nothing it printed could steer a terminal.
#[track_caller]
fn assert_harmless(outcome: &Outcome) {
    for (stream, bytes) in [("stdout", &outcome.stdout), ("stderr", &outcome.stderr)] {
        let text = String::from_utf8_lossy(bytes);
        let control = text
            .chars()
            .find(|c| c.is_control() && !"\n\t".contains(*c));
        assert_eq!(control, None, "{stream} of {outcome}");
    }
}

#[test]
fn a_wrong_command_line_is_status_2_and_like_any_other_error() {
    let dir = Dir::new();
    dir.write("song.wav", wav(STEREO, &silence(4000)));
    for words in [
        "nosuch",
        "play --nosuch song.wav",
        "play -D",
        "play -c 0 song.wav",
        "play -c -1 song.wav",
        "play -c two song.wav",
        "play -c 9999999999 song.wav",
        "play -r 0 song.wav",
        "play -r fast song.wav",
        "play -r 44100.5 song.wav",
        "play -d -1 song.wav",
        "play -d=-1 song.wav",
        "play -d soon song.wav",
        "play -d 1:60 song.wav",
        "play -s -1 song.wav",
        "play -s 0.5 song.wav",
        "play -f bogus song.wav",
        "play -t bogus song.wav",
        "play -m FL,bogus song.wav",
        "play --period-size 0 song.wav",
        "play --buffer-size -1 song.wav",
        "play -F 0 song.wav",
        "play -B forever song.wav",
        "play -F 10ms --period-size 480 song.wav",
        "play --periods 0 song.wav",
        "play --card 32 song.wav",
        "play --card -1 song.wav",
        "play --tstamp-type bogus song.wav",
        "play -A -5 song.wav",
        "play --color sometimes song.wav",
        "info --probe --dump",
        "info -P -C",
        "list-cards more",
        "completions bogus",
        "completions",
    ] {
        let outcome = dir.aloud(words.split(' ')).fail(2);
        outcome.error_line();
        assert!(outcome.stdout.is_empty(), "{words}: {outcome}");
        let outcome = dir.aloud(words.split(' ')).arg("--json").fail(2);
        let error = outcome.error();
        assert_eq!(error["kind"], "usage", "{words}");
        let message = error["message"].as_str().unwrap();
        assert!(!message.starts_with("error"), "{words}: {message}");
    }
}

#[test]
fn no_command_at_all_shows_what_there_is() {
    let dir = Dir::new();
    let nothing: [&str; 0] = [];
    let outcome = dir.aloud(nothing).fail(2);
    assert!(outcome.stderr().contains("list-pcms"), "{outcome}");
    assert_eq!(dir.aloud(["--json"]).fail(2).error()["kind"], "usage");
}

#[test]
fn help_and_version_are_what_was_asked_for() {
    let dir = Dir::new();
    for words in [
        &["--help"][..],
        &["-h"],
        &["play", "--help"],
        &["play", "-h"],
        &["info", "--help"],
    ] {
        let outcome = dir.aloud(words).succeed();
        assert!(
            outcome.stderr.is_empty() && outcome.stdout().contains("Usage:"),
            "{outcome}"
        );
    }
    for word in ["--version", "-V"] {
        let outcome = dir.aloud([word]).succeed();
        let version = format!("aloud {} (libasound 1.", env!("CARGO_PKG_VERSION"));
        assert!(outcome.stdout().starts_with(&version), "{outcome}");
    }
}

#[test]
fn a_misspelt_word_is_told_the_right_one() {
    let dir = Dir::new();
    dir.write("song.wav", wav(STEREO, &silence(4000)));
    for (words, status, right) in [
        ("play -f s16le song.wav", 2, "S16_LE"),
        ("play -t wva song.wav", 2, "wav"),
        ("play --devise tap song.wav", 2, "--device"),
        ("plya song.wav", 2, "play"),
        ("list-cads", 2, "list-cards"),
        ("play -D tpa song.wav", 3, "tap"),
        ("play -D nul song.wav", 3, "null"),
        ("play -D defualt song.wav", 3, "default"),
        ("info -D plughv:0", 3, "plughw:0"),
    ] {
        let outcome = dir.aloud(words.split(' ')).fail(status);
        assert!(outcome.stderr().contains(right), "{words}: {outcome}");
    }
}

#[test]
fn a_pcm_that_is_not_there_is_not_found() {
    let dir = Dir::new();
    dir.write("song.wav", wav(STEREO, &silence(4000)));
    for device in [
        "nosuch",
        "hw:Nosuch",
        "plughw:Nosuch",
        "default:CARD=Nosuch",
        "hw:31",
    ] {
        for words in [
            &["play", "song.wav"][..],
            &["info"],
            &["info", "--probe"],
            &["info", "-C"],
        ] {
            let outcome = dir.aloud(words).args(["-D", device]).fail(3);
            assert!(
                outcome.error_line().contains(&format!("'{device}'")),
                "{outcome}"
            );
        }
    }
}

#[test]
fn libasound_speaks_only_when_asked_to() {
    let dir = Dir::new();
    dir.write("song.wav", wav(STEREO, &silence(4000)));
    let quiet = dir.aloud(["play", "-D", "hw:Nosuch", "song.wav"]).fail(3);
    assert!(!quiet.stderr().contains("ALSA lib"), "{quiet}");
    let verbose = dir
        .aloud(["play", "-v", "-D", "hw:Nosuch", "song.wav"])
        .fail(3);
    assert!(verbose.stderr().contains("libasound: "), "{verbose}");
}

#[test]
fn a_closed_stdout_ends_it_quietly() {
    let dir = Dir::new();
    dir.write("song.wav", wav(STEREO, &silence(4000)));
    for words in [
        &["list-pcms", "-a"][..],
        &["list-pcms", "-a", "--json"],
        &["info", "-D", "null"],
        &["info", "-D", "null", "--json"],
        &["info", "-D", "null", "--dump"],
        &["info", "-D", "null", "--probe"],
        &["play", "-D", "tap", "--json", "song.wav"],
        &["completions", "bash"],
        &["man"],
        &["--help"],
        &["--version"],
    ] {
        // As with `| head -0`: nobody holds the other end when the first byte is written.
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let outcome = dir.aloud(words).stdout_to(writer).run();
        assert_eq!(outcome.status.code(), Some(0), "{words:?}: {outcome}");
        assert!(outcome.stderr.is_empty(), "{words:?}: {outcome}");
    }
}

#[test]
fn a_stdout_that_cannot_be_written_is_an_error() {
    let dir = Dir::new();
    let full = || File::options().write(true).open("/dev/full").unwrap();
    for words in [
        &["list-pcms", "-a"][..],
        &["info", "-D", "null"],
        &["completions", "bash"],
        &["man"],
    ] {
        let outcome = dir.aloud(words).stdout_to(full()).fail(10);
        assert!(outcome.error_line().contains("No space left"), "{outcome}");
    }
}

#[test]
fn events_that_cannot_be_written_are_an_error() {
    let dir = Dir::new();
    dir.write("song.wav", wav(STEREO, &silence(4000)));
    let full = File::options().write(true).open("/dev/full").unwrap();
    let outcome = dir.play(["--json", "song.wav"]).stdout_to(full).fail(10);
    assert_eq!(outcome.error()["kind"], "no_space");
}

#[test]
fn a_device_that_fails_after_a_file_did_is_told_too() {
    let dir = Dir::new();
    dir.write("bad.wav", "no sound");
    dir.write("song.wav", wav(STEREO, &silence(4000)));
    let words = ["--json", "-D", "nosuch", "bad.wav", "song.wav"];
    let outcome = dir.aloud(["play"]).args(words).fail(10);
    let kinds: Vec<_> = outcome
        .errors()
        .iter()
        .map(|error| error["kind"].clone())
        .collect();
    assert_eq!(kinds, ["invalid_input", "not_found"]);
    assert_eq!(outcome.event("end")["why"], "error");
}

#[test]
fn a_closed_stderr_is_nobodys_loss() {
    let dir = Dir::new();
    let data = noise(4000, 1);
    dir.write("song.wav", wav(STEREO, &data));
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let outcome = dir
        .play(["-v", "gone.wav", "song.wav"])
        .stderr_to(writer)
        .run();
    assert_eq!(outcome.status.code(), Some(3), "{outcome}");
    dir.assert_played(&data, "all the same");
}

#[test]
fn a_file_name_cannot_steer_the_terminal() {
    let dir = Dir::new();
    let evil = "a\u{1b}[2J\u{1b}]0;owned\u{7}\r\nb\u{9b}31m.wav";
    dir.write(evil, wav(STEREO, &silence(4000)));
    for options in [&[][..], &["-v"], &["--json"]] {
        assert_harmless(&dir.play(options).arg(evil).succeed());
    }
    dir.write(evil, "no sound");
    for options in [&[][..], &["-v"], &["--json"]] {
        let outcome = dir.play(options).arg(evil).fail(10);
        assert_harmless(&outcome);
    }
    let outcome = dir.play(["--json", evil]).fail(10);
    assert_eq!(
        outcome.error()["file"],
        evil,
        "a program reads the name as it is"
    );
    assert_harmless(&dir.play(["gone\u{1b}[2J.wav"]).fail(3));
    assert_harmless(
        &dir.play(["--process-id-file", "no/\u{1b}[2J", evil])
            .fail(3),
    );
}

#[test]
fn no_other_word_can_steer_it_either() {
    let dir = Dir::new();
    dir.write("song.wav", wav(STEREO, &silence(4000)));
    let evil = "x\u{1b}[2J\u{9b}31m\u{7}\n\ny";
    for words in [
        &["play", "-D", evil, "song.wav"][..],
        &["info", "-D", evil],
        &["info", "--probe", "-D", evil],
        &["play", "-f", evil, "song.wav"],
        &["play", "-t", evil, "song.wav"],
        &["play", "-m", evil, "song.wav"],
        &["play", "-r", evil, "song.wav"],
        &["play", "-d", evil, "song.wav"],
        &["play", "--color", evil, "song.wav"],
        &["completions", evil],
        &[evil],
    ] {
        for json in [&[][..], &["--json"]] {
            let outcome = dir.aloud(words).args(json).run();
            assert!(matches!(outcome.status.code(), Some(2 | 3)), "{outcome}");
            assert_harmless(&outcome);
        }
    }
    assert_harmless(&dir.aloud(["info"]).env("ALOUD_DEVICE", evil).fail(3));
}

#[test]
fn what_is_read_from_a_file_cannot_steer_it() {
    let dir = Dir::new();
    let mut odd = wav(STEREO, &silence(4000));
    // The name of a chunk stands in the message.
    odd.splice(36..40, *b"\x1b[2J");
    dir.write("odd.wav", odd);
    assert_harmless(&dir.play(["odd.wav"]).fail(10));
}

#[test]
fn a_name_that_is_not_utf_8_plays_like_any_other() {
    let dir = Dir::new();
    let name = OsStr::from_bytes(b"caf\xe9 \xff\xfe.wav");
    let data = noise(4000, 2);
    dir.write(Path::new(name), wav(STEREO, &data));
    dir.play([name]).succeed();
    dir.assert_played(&data, "by its name");
    let outcome = dir.play(["--json"]).arg(name).succeed();
    dir.assert_played(&data, "with --json");
    assert!(outcome.stdout().contains("caf"), "{outcome}");
    let gone = OsStr::from_bytes(b"gone\xff.wav");
    let outcome = dir.play([gone]).fail(3);
    assert!(outcome.error_line().contains("gone"), "{outcome}");
    // The channels' files are named after one name, byte for byte.
    let base = OsStr::from_bytes(b"take\xff");
    for channel in [b"take\xff.0", b"take\xff.1"] {
        dir.write(Path::new(OsStr::from_bytes(channel)), silence(4000));
    }
    let raw = ["-I", "-f", "S16_LE", "-r", "48000", "-c", "2"];
    dir.play(raw).arg(base).succeed();
    dir.assert_played(&silence(8000), "both channels");
    // The process id file too.
    let pid = OsStr::from_bytes(b"pid\xff");
    dir.play(["--process-id-file"]).arg(pid).arg(name).succeed();
    assert!(!dir.at(Path::new(pid)).exists());
}

#[test]
fn a_word_that_is_not_utf_8_is_a_wrong_command_line() {
    let dir = Dir::new();
    let odd = OsStr::from_bytes(b"x\xff");
    for option in ["-D", "-f", "-r"] {
        let outcome = dir
            .aloud([OsStr::new("play"), OsStr::new(option), odd])
            .fail(2);
        outcome.error_line();
    }
}

#[test]
fn very_long_names_are_refused_like_any_other() {
    let dir = Dir::new();
    dir.write("song.wav", wav(STEREO, &silence(4000)));
    let long = "x".repeat(100_000);
    let outcome = dir.play([&long]).fail(10);
    assert!(
        outcome.stderr().contains("too long"),
        "{:?}",
        outcome.status
    );
    for words in [
        &["play", "song.wav", "-D"][..],
        &["info", "-D"],
        &["play", "song.wav", "-f"],
        &["play", "song.wav", "-t"],
    ] {
        let outcome = dir.aloud(words).arg(&long).run();
        assert!(
            matches!(outcome.status.code(), Some(2 | 3)),
            "{words:?}: {}",
            outcome.status
        );
    }
    let deep = "d/".repeat(50_000);
    assert!(dir.play([&deep]).run().status.code().is_some());
}

#[test]
fn colour_is_used_only_where_it_is_asked_for() {
    let dir = Dir::new();
    let words = ["play", "-D", "tap", "gone.wav"];
    let colored = |outcome: &Outcome| outcome.stderr().contains("\u{1b}[");
    assert!(!colored(&dir.aloud(words).fail(3)));
    assert!(colored(
        &dir.aloud(words).args(["--color", "always"]).fail(3)
    ));
    assert!(!colored(
        &dir.aloud(words).args(["--color", "never"]).fail(3)
    ));
}

#[test]
fn a_closed_standard_input_is_an_error_of_reading() {
    let dir = Dir::new();
    let directory = File::open(dir.path()).unwrap();
    let outcome = dir.play(["-"]).stdin_from(directory).fail(10);
    assert!(outcome.error_line().contains("standard input"), "{outcome}");
    let outcome = dir.play(["-"]).stdin_from(Stdio::null()).fail(10);
    assert!(outcome.error_line().contains("empty"), "{outcome}");
}
