//! Standard streams that are closed, full, read-only or do not block.

use crate::common::{Dir, Outcome, STEREO, noise, wav};
use std::fs;

/// What a command does with standard streams.
#[derive(Clone, Copy, PartialEq)]
enum Uses {
    Neither,
    Stdin,
    Stdout,
}

/// Commands, their exit status if all streams are open, what they need, and the file that they write.
const COMMANDS: [(&str, i32, Uses, &str); 26] = [
    ("play -D tap song.wav", 0, Uses::Neither, "tap.raw"),
    ("play -D tap --json song.wav", 0, Uses::Stdout, ""),
    ("play -D tap -t raw -f cd -", 10, Uses::Stdin, ""),
    (
        "record -D mic -s 999 take.wav",
        0,
        Uses::Neither,
        "take.wav",
    ),
    ("record -D mic -s 999 --json take.wav", 0, Uses::Stdout, ""),
    ("record -D mic -s 999 -t wav -", 0, Uses::Stdout, ""),
    ("loopback -C mic -P tap -d 0.1", 0, Uses::Neither, "tap.raw"),
    ("loopback -C mic -P tap -d 0.1 --json", 0, Uses::Stdout, ""),
    ("tone -D tap -d 0.1", 0, Uses::Neither, "tap.raw"),
    ("tone -D tap -d 0.1 --json", 0, Uses::Stdout, ""),
    ("list-pcms", 0, Uses::Stdout, ""),
    ("devices", 0, Uses::Stdout, ""),
    ("info -D tap", 0, Uses::Stdout, ""),
    ("info song.wav", 0, Uses::Stdout, ""),
    ("info -", 10, Uses::Stdin, ""),
    ("mixers -D tap", 3, Uses::Neither, ""),
    ("mixer get -D tap", 3, Uses::Neither, ""),
    ("mixer watch -D tap", 3, Uses::Neither, ""),
    ("mixer ui -D tap", 2, Uses::Neither, ""),
    ("schema", 0, Uses::Stdout, ""),
    ("man", 0, Uses::Stdout, ""),
    ("completions bash", 0, Uses::Stdout, ""),
    ("--help", 0, Uses::Stdout, ""),
    ("help play", 0, Uses::Stdout, ""),
    ("--version", 0, Uses::Stdout, ""),
    ("nonsense", 2, Uses::Neither, ""),
];

fn prepared() -> Dir {
    let dir = Dir::new();
    dir.write("song.wav", wav(STEREO, &noise(4000, 1)));
    dir.write("in.raw", noise(8000, 2));
    dir
}

/// Runs `aloud` in a shell that redirects its streams.
fn redirected(dir: &Dir, args: &str, redirections: &str) -> Outcome {
    let script = format!("exec \"$0\" \"$@\" {redirections}");
    dir.program("sh", ["-c", &script, env!("CARGO_BIN_EXE_aloud")])
        .args(args.split(' '))
        .run()
}

/// The contents of a file that a command wrote, which is removed.
fn written(dir: &Dir, name: &str) -> Vec<u8> {
    let contents = dir.read(name);
    let _ = fs::remove_file(dir.at(name));
    contents
}

#[test]
fn closed_streams_are_errors_only_where_they_are_needed() {
    let dir = prepared();
    for (args, status, uses, file) in COMMANDS {
        let mut expected = None;
        for closed in 0..8 {
            let close = |bit: i32, text| if closed & bit == 0 { "" } else { text };
            let redirections = [close(1, "<&-"), close(2, ">&-"), close(4, "2>&-")].join(" ");
            let outcome = redirected(&dir, args, &redirections);
            let what = format!("{args} {redirections}: {outcome}");
            let lacks = match uses {
                Uses::Stdin => closed & 1 != 0,
                Uses::Stdout => closed & 2 != 0,
                Uses::Neither => false,
            };
            let wanted = if lacks { 10 } else { status };
            assert_eq!(outcome.status.code(), Some(wanted), "{what}");
            let is_named = outcome.stderr().contains("Bad file descriptor");
            assert_eq!(is_named, lacks && closed & 4 == 0, "{what}");
            if !file.is_empty() {
                let contents = written(&dir, file);
                assert!(
                    *expected.get_or_insert_with(|| contents.clone()) == contents,
                    "{what}"
                );
                assert!(contents.len() > 2000, "{what}");
            }
        }
    }
}

#[test]
fn output_that_cannot_be_written_is_an_error() {
    let dir = prepared();
    let needing = COMMANDS
        .iter()
        .filter(|(_, _, uses, _)| *uses == Uses::Stdout);
    for (args, ..) in needing {
        for (target, why) in [
            (">/dev/full", "No space left on device"),
            ("1</dev/null", "Bad file descriptor"),
        ] {
            let outcome = redirected(&dir, args, target);
            assert_eq!(
                outcome.status.code(),
                Some(10),
                "{args} {target}: {outcome}"
            );
            assert!(outcome.stderr().contains(why), "{args} {target}: {outcome}");
        }
    }
}
