//! stdout and stderr: closed, full, escaped, colored.

use crate::common::{Dir, Outcome, STEREO, Terminal, noise, silence, wait_until, wav};
use std::fs::File;

/// Asserts that the output contains no control characters that a terminal would obey.
#[track_caller]
fn assert_no_control_characters(outcome: &Outcome) {
    for (stream, bytes) in [("stdout", &outcome.stdout), ("stderr", &outcome.stderr)] {
        let text = String::from_utf8_lossy(bytes);
        let control = text
            .chars()
            .find(|c| c.is_control() && !"\n\t".contains(*c));
        assert_eq!(control, None, "{stream} of {outcome}");
    }
}

#[test]
fn closed_stdout_ends_a_command_quietly() {
    let dir = Dir::new();
    dir.write("song.wav", wav(STEREO, &silence(4000)));
    for args in [
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
        // As in `| head -0`: the reader is gone before the first byte is written.
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let outcome = dir.aloud(args).stdout_to(writer).run();
        assert_eq!(outcome.status.code(), Some(0), "{args:?}: {outcome}");
        assert!(outcome.stderr.is_empty(), "{args:?}: {outcome}");
    }
}

#[test]
fn full_stdout_is_an_error() {
    let dir = Dir::new();
    let full = || File::options().write(true).open("/dev/full").unwrap();
    for args in [
        &["list-pcms", "-a"][..],
        &["info", "-D", "null"],
        &["completions", "bash"],
        &["man"],
    ] {
        let outcome = dir.aloud(args).stdout_to(full()).fail(10);
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
fn closed_stderr_does_not_stop_playback() {
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
    dir.assert_played(&data, "with stderr closed");
}

#[test]
fn control_characters_in_file_names_are_escaped() {
    let dir = Dir::new();
    let evil = "a\u{1b}[2J\u{1b}]0;owned\u{7}\r\nb\u{9b}31m.wav";
    dir.write(evil, wav(STEREO, &silence(4000)));
    for options in [&[][..], &["-v"], &["--json"]] {
        assert_no_control_characters(&dir.play(options).arg(evil).succeed());
    }
    dir.write(evil, "no sound");
    for options in [&[][..], &["-v"], &["--json"]] {
        let outcome = dir.play(options).arg(evil).fail(10);
        assert_no_control_characters(&outcome);
    }
    let outcome = dir.play(["--json", evil]).fail(10);
    assert_eq!(outcome.error()["file"], evil, "programs get the exact name");
    assert_no_control_characters(&dir.play(["gone\u{1b}[2J.wav"]).fail(3));
    assert_no_control_characters(
        &dir.play(["--process-id-file", "no/\u{1b}[2J", evil])
            .fail(3),
    );
}

#[test]
fn control_characters_in_arguments_are_escaped() {
    let dir = Dir::new();
    dir.write("song.wav", wav(STEREO, &silence(4000)));
    let evil = "x\u{1b}[2J\u{9b}31m\u{7}\n\ny";
    for args in [
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
            let outcome = dir.aloud(args).args(json).run();
            assert!(matches!(outcome.status.code(), Some(2 | 3)), "{outcome}");
            assert_no_control_characters(&outcome);
        }
    }
    assert_no_control_characters(&dir.aloud(["info"]).env("ALOUD_DEVICE", evil).fail(3));
}

#[test]
fn control_characters_in_file_contents_are_escaped() {
    let dir = Dir::new();
    let mut odd = wav(STEREO, &silence(4000));
    // The message contains the ID of the chunk.
    odd.splice(36..40, *b"\x1b[2J");
    dir.write("odd.wav", odd);
    assert_no_control_characters(&dir.play(["odd.wav"]).fail(10));
}

#[test]
fn color_is_off_without_a_terminal_unless_requested() {
    let dir = Dir::new();
    let args = ["play", "-D", "tap", "gone.wav"];
    let colored = |outcome: &Outcome| outcome.stderr().contains("\u{1b}[");
    assert!(!colored(&dir.aloud(args).fail(3)));
    assert!(colored(
        &dir.aloud(args).args(["--color", "always"]).fail(3)
    ));
    assert!(!colored(
        &dir.aloud(args).args(["--color", "never"]).fail(3)
    ));
}

#[test]
fn errors_are_colored_on_a_terminal_unless_disabled() {
    let dir = Dir::new();
    for (options, no_color, term, colored) in [
        (&[][..], "", "xterm", true),
        (&["--color", "never"], "", "xterm", false),
        (&[], "1", "xterm", false),
        (&["--color", "always"], "1", "xterm", true),
        (&[], "", "dumb", false),
        (&[], "", "", false),
        (&["--color", "always"], "", "dumb", true),
    ] {
        let terminal = Terminal::new();
        let play = dir.play(options).arg("gone.wav");
        let outcome = play
            .env("NO_COLOR", no_color)
            .env("TERM", term)
            .stderr_to(terminal.program_end())
            .run();
        assert_eq!(outcome.status.code(), Some(3));
        wait_until("the error", || terminal.screen().contains("gone.wav"));
        assert_eq!(
            terminal.screen().contains("\u{1b}[31m") || terminal.screen().contains("\u{1b}[1m"),
            colored,
            "{options:?}, TERM={term}: {}",
            terminal.screen()
        );
    }
}
