//! Limits on memory, open files and file sizes: one line says what is missing, whatever the limit is.

use crate::common::{Dir, Outcome, STEREO, assert_same, noise, record, wav, with_mic_input};
use std::fs::{File, read_dir};

/// Runs `aloud` with one of prlimit's limits.
fn limited(dir: &Dir, limit: &str, args: &[&str]) -> Outcome {
    let program = [limit, "--core=0", env!("CARGO_BIN_EXE_aloud")];
    dir.program("prlimit", program).args(args).run()
}

/// Commands that start threads, play, convert, decode and record, and some that do not.
const COMMANDS: [&[&str]; 6] = [
    &["play", "-q", "-D", "tap", "song.wav"],
    &["play", "-q", "-D", "tap", "-r", "44100", "song.flac"],
    &["record", "-q", "-D", "mic", "-s", "1000", "take.wav"],
    &["record", "-q", "-D", "mic", "-s", "1000", "take.flac"],
    &["loopback", "-q", "-C", "mic", "-P", "tap", "-d", "0.1"],
    &["tone", "-q", "-D", "tap", "-d", "0.1"],
];

fn prepared() -> Dir {
    let (dir, sound) = with_mic_input(48000);
    dir.write("song.wav", wav(STEREO, &sound));
    record(&dir, "-q -s 10000 song.flac").succeed();
    dir
}

/// Asserts that it succeeded or reported one error, without a word of Rust's runtime.
fn assert_clear(outcome: &Outcome, what: &str) {
    match outcome.status.code() {
        Some(0) => assert_eq!(outcome.stderr(), "", "{what}: {outcome}"),
        Some(_) => assert!(outcome.error_line().starts_with("aloud: "), "{what}"),
        // The C library needs memory to register a destructor, and aborts without it.
        None if outcome.stderr().contains("Fatal glibc error") => {}
        None => panic!("{what}: {outcome}"),
    }
    assert!(!outcome.stderr().contains("os error"), "{what}: {outcome}");
}

/// The errors of a command for each limit from `first` to the first with which it succeeds.
fn errors(dir: &Dir, args: &[&str], limits: impl Iterator<Item = u64>, name: &str) -> Vec<String> {
    let mut errors = Vec::new();
    for limit in limits {
        let outcome = limited(dir, &format!("--{name}={limit}"), args);
        assert_clear(&outcome, &format!("{args:?} with {name} {limit}"));
        if outcome.status.success() {
            return errors;
        }
        if outcome.status.code().is_some() {
            errors.push(outcome.error_line().to_owned());
        }
    }
    panic!("{args:?} never succeeds: {errors:?}");
}

/// The least limit with which the program starts and prints its version.
fn least(dir: &Dir, name: &str, mut limits: impl Iterator<Item = u64>) -> u64 {
    let starts = |&limit: &u64| {
        let outcome = limited(dir, &format!("--{name}={limit}"), &["--version"]);
        outcome.status.success()
    };
    limits.find(starts).expect("it starts with the last limit")
}

fn least_memory(dir: &Dir) -> u64 {
    least(dir, "as", (8 << 20..1 << 30).step_by(1 << 19))
}

#[test]
fn out_of_memory_is_reported_in_one_line() {
    let dir = prepared();
    let least = least_memory(&dir);
    let mut all = Vec::new();
    for args in COMMANDS {
        all.extend(errors(&dir, args, (least..).step_by(3 << 19), "as"));
    }
    let mut expected = vec!["out of memory", "cannot start a thread"];
    // What Debian's libasound2-plugins configures loads a plugin each time.
    if read_dir("/etc/alsa/conf.d").is_ok_and(|mut files| files.next().is_some()) {
        expected.push("cannot be loaded");
    }
    for expected in expected {
        let found = all.iter().any(|error| error.contains(expected));
        assert!(found, "'{expected}' in {all:#?}");
    }
    let lies = ["not installed", "went away", "panicked"];
    assert!(
        !all.iter()
            .any(|error| lies.iter().any(|lie| error.contains(lie)))
    );
}

#[test]
fn out_of_memory_is_reported_as_json() {
    let dir = prepared();
    let mut sizes = (least_memory(&dir)..).step_by(1 << 18);
    let error = loop {
        let limit = format!("--as={}", sizes.next().unwrap());
        let args = ["tone", "--json", "-D", "tap", "-d", "0.1"];
        let outcome = limited(&dir, &limit, &args);
        assert!(!outcome.status.success(), "{limit}: {outcome}");
        let error = outcome.error();
        if error["message"] == "out of memory" {
            break error;
        }
    };
    assert_eq!(error["kind"], "internal");
}

#[test]
fn more_memory_than_there_is_is_an_error() {
    let dir = prepared();
    for args in [
        "record -D mic --ring 100000h take.wav",
        "record -D mic -c 1024 -r 100000k --on-sound --pre-roll 600 -t raw take.wav",
    ] {
        let outcome = dir.aloud(args.split(' ')).args(["-q", "-s", "9"]).fail(1);
        assert!(
            outcome.error_line().contains("no memory to buffer"),
            "{outcome}"
        );
        assert!(!dir.at("take.wav").exists());
    }
    // A failed allocation of this size would abort.
    for args in [
        "loopback -q -C null -P null --period-size 1024 --buffer-size 8192 --latency 1h",
        "play -q -D null --buffer-size 200000000 song.wav",
        "play -q -D null -D plug:null --buffer-size 200000000 song.wav",
    ] {
        let args: Vec<&str> = args.split(' ').collect();
        let outcome = limited(&dir, "--as=500000000", &args);
        assert_eq!(outcome.status.code(), Some(1), "{outcome}");
        assert!(
            outcome.error_line().contains("no memory to buffer"),
            "{outcome}"
        );
    }
}

#[test]
fn too_few_descriptors_are_reported_in_one_line() {
    let dir = prepared();
    let least = least(&dir, "nofile", 4..10);
    for args in COMMANDS {
        let all = errors(&dir, args, least..40, "nofile");
        // alsa-lib forgets why the file of `tap` did not open; a hint mentions the limit.
        let causes = ["Too many open files", "its file could not be opened"];
        let told = |error: &String| causes.iter().any(|cause| error.contains(cause));
        assert!(
            !all.is_empty() && all.iter().all(told),
            "{args:?}: {all:#?}"
        );
    }
}

#[test]
fn a_low_limit_on_open_files_is_mentioned_in_errors_of_devices() {
    let dir = Dir::new();
    let outcome = limited(&dir, "--nofile=40", &["info", "-D", "hw:9"]);
    assert!(outcome.hints()[0].contains("only 40 files"), "{outcome}");
    let outcome = limited(&dir, "--nofile=64", &["info", "-D", "hw:9"]);
    assert!(!outcome.stderr().contains("ulimit"), "{outcome}");
}

#[test]
fn lists_are_complete_or_fail_with_few_descriptors() {
    let dir = Dir::new();
    for args in [&["list-pcms", "-a"][..], &["list-cards"], &["devices"]] {
        let complete = dir.aloud(args).succeed().stdout;
        for limit in 4..12 {
            let outcome = limited(&dir, &format!("--nofile={limit}"), args);
            if outcome.status.success() {
                assert_same(&outcome.stdout, &complete, &format!("{args:?}, {limit}"));
            }
        }
    }
}

#[test]
fn a_limit_on_file_sizes_is_an_error() {
    let dir = Dir::new();
    let file = || File::create(dir.at("man")).unwrap();
    let program = env!("CARGO_BIN_EXE_aloud");
    let outcome = dir
        .program("prlimit", ["--fsize=1000", program, "man"])
        .stdout_to(file())
        .fail(10);
    assert!(outcome.error_line().contains("File too large"), "{outcome}");
    dir.write("song.wav", wav(STEREO, &noise(4000, 1)));
    let outcome = dir
        .program("prlimit", ["--fsize=300", program])
        .args(["play", "--json", "-D", "null", "song.wav"])
        .stdout_to(file())
        .fail(10);
    assert_eq!(outcome.error()["kind"], "no_space");
}
