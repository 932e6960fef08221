//! Paths that cannot be written, full disks and usage errors.

use crate::common::{
    Dir, FRAME, HEADER, LiveMic, Outcome, assert_same, file_names, record, wav_data, with_mic_input,
};
use rustix::process::Signal;
use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt;

#[test]
fn a_type_that_cannot_be_written_can_be_encoded_by_ffmpeg() {
    let (dir, _) = with_mic_input(400);
    let outcome = record(&dir, "-s 10 take.mp3").fail(2);
    assert_eq!(outcome.error_line(), "aloud: writing MP3 is not supported");
    let hints = [
        "-t takes wav, rf64, raw, voc, au, flac, w64",
        "record take.flac, or encode it: aloud record - | ffmpeg -i - take.mp3",
    ];
    assert_eq!(outcome.hints(), hints);
    assert!(!dir.at("take.mp3").exists());
}

/// Usage errors need no device.
#[test]
fn what_a_file_cannot_hold_is_reported_before_a_missing_device() {
    let dir = Dir::new();
    for (args, message) in [
        ("take.mp3", "writing MP3 is not supported"),
        ("-t wv take", "writing WavPack is not supported"),
        ("-I 0.wav 1.ogg", "writing Ogg is not supported"),
        ("-f S32_LE take.voc", "VOC cannot hold S32_LE"),
        ("-f FLOAT_LE take.flac", "FLAC cannot hold FLOAT_LE"),
        ("-c 9 take.flac", "FLAC cannot hold 9 channels"),
        ("-c 5 -D nothing take.flac", "FLAC cannot hold 10 channels"),
        (
            "-r 700000 take.flac",
            "FLAC cannot hold a rate of 700000 Hz",
        ),
        ("--compression 5 take.wav", "WAV is not compressed"),
        (
            "--title x -t raw -",
            "raw cannot store a title, artist or comment",
        ),
    ] {
        let args = args.split(' ');
        let outcome = dir.aloud(["record", "-D", "missing"]).args(args).fail(2);
        assert_eq!(outcome.error_line(), format!("aloud: {message}"));
    }
    for args in ["-I -c 9 take.flac", "-c 9 --remix 1,2 take.flac"] {
        let args = args.split(' ');
        dir.aloud(["record", "-D", "missing"]).args(args).fail(3);
    }
}

#[test]
fn unwritable_paths_are_named() {
    let (dir, _) = with_mic_input(400);
    fs::create_dir(dir.at("folder")).unwrap();
    dir.write("file", "");
    for (args, name, status) in [
        ("no/such/take.wav", "no/such/take.wav", 3),
        ("--part no/such/take.wav", "no/such/take.wav", 3),
        ("-I no/take", "no/take.0", 3),
        ("file/take.wav", "file/take.wav", 3),
        ("folder", "folder", 10),
        ("--part folder", "folder", 10),
        ("--process-id-file no/pid take.wav", "no/pid", 3),
        ("--timestamps=no/stamps take.wav", "no/stamps", 3),
    ] {
        let outcome = record(&dir, &format!("-q -s 10 {args}")).fail(status);
        let line = outcome.error_line();
        assert!(line.contains(&format!("'{name}'")), "{outcome}");
    }
    assert_eq!(file_names(&dir, "folder"), ["folder"]);
    let outcome = record(&dir, "--json -s 10 no/such/take.wav").fail(3);
    assert_eq!(outcome.error()["kind"], "not_found");
}

#[test]
fn a_file_that_is_named_twice_is_an_error() {
    let (dir, _) = with_mic_input(400);
    for args in [
        "-I take.wav ./take.wav",
        "--timestamps=take.wav take.wav",
        "--process-id-file take.wav take.wav",
    ] {
        let outcome = record(&dir, &format!("-q -s 10 {args}")).fail(2);
        assert!(
            outcome.error_line().ends_with("is named twice"),
            "{outcome}"
        );
        assert!(!dir.at("take.wav").exists(), "{args}");
    }
    record(&dir, "-q -s 10 -I -t raw /dev/null /dev/null").succeed();
}

#[test]
fn no_channel_has_a_file_if_one_of_them_cannot_be_created() {
    let (dir, _) = with_mic_input(400);
    dir.write("old.wav", "old");
    for args in [
        "-I left.wav no/right.wav",
        "-I left.flac no/right.flac",
        "-I --part left.wav no/right.wav",
        "-I --max-file-time 1 left.wav no/right.wav",
        "-I --no-clobber left.wav old.wav",
    ] {
        let outcome = record(&dir, &format!("-q -s 10 {args}")).run();
        assert!(matches!(outcome.status.code(), Some(3 | 10)), "{outcome}");
        assert_eq!(file_names(&dir, "left"), [] as [&str; 0], "{args}");
    }
    assert_eq!(dir.read("old.wav"), b"old");
}

#[test]
fn read_only_directory_is_a_permission_error() {
    let (dir, _) = with_mic_input(400);
    fs::create_dir(dir.at("theirs")).unwrap();
    fs::set_permissions(dir.at("theirs"), fs::Permissions::from_mode(0o555)).unwrap();
    let program = env!("CARGO_BIN_EXE_aloud");
    let args = ["record", "-D", "mic", "-s", "10", "theirs/take.wav"];
    // root needs no permission unless its capabilities are dropped.
    let outcome = if rustix::process::geteuid().is_root() {
        let unprivileged = ["--bounding-set", "-dac_override,-dac_read_search", program];
        dir.program("setpriv", unprivileged).args(args).fail(4)
    } else {
        dir.aloud(args).fail(4)
    };
    let line = outcome.error_line();
    assert!(line.contains("'theirs/take.wav'"), "{outcome}");
}

#[test]
fn full_disk_is_reported_once_with_status_10() {
    let (dir, _) = with_mic_input(400);
    let full = || File::options().write(true).open("/dev/full").unwrap();
    let outcomes: [Outcome; 4] = [
        record(&dir, "-q -s 1000 /dev/full").fail(10),
        record(&dir, "-q -t raw /dev/full").fail(10),
        record(&dir, "-q -s 1000").stdout_to(full()).fail(10),
        record(&dir, "-q -t raw -").stdout_to(full()).fail(10),
    ];
    for outcome in outcomes {
        assert_eq!(outcome.stderr().lines().count(), 1, "{outcome}");
        assert!(outcome.error_line().contains("No space left"), "{outcome}");
    }
    let outcome = record(&dir, "-q --timestamps=/dev/full -s 48000 take.wav").fail(10);
    assert!(outcome.error_line().contains("'/dev/full'"), "{outcome}");
    let outcome = record(&dir, "--json -s 1000 /dev/full").fail(10);
    assert_eq!(outcome.error()["kind"], "no_space");
    assert_eq!(outcome.event("end")["why"], "error");
}

#[test]
fn file_size_limit_leaves_a_valid_file() {
    let (dir, sound) = with_mic_input(100_000 * FRAME);
    let program = env!("CARGO_BIN_EXE_aloud");
    let limited = ["--fsize=100001", program, "record", "-D", "mic", "-q"];
    let outcome = dir.program("prlimit", limited).arg("take.wav").fail(10);
    assert!(outcome.error_line().contains("'take.wav'"), "{outcome}");
    let fitted = (100_001 - HEADER) / FRAME * FRAME;
    assert_same(
        wav_data(&dir.read("take.wav")),
        &sound[..fitted],
        "frames below the limit",
    );
}

#[test]
fn usage_errors_create_no_file() {
    let (dir, _) = with_mic_input(400);
    dir.fifo("pipe");
    for args in [
        "one.wav two.wav",
        "-d 1 -s 1 one.wav",
        "-c 0 one.wav",
        "-r 0 one.wav",
        "-f nonsense one.wav",
        "-d nonsense one.wav",
        "-s -5 one.wav",
        "--ring nonsense one.wav",
        "--ring=-1 one.wav",
        "--max-file-time never one.wav",
        "--timestamps one.wav",
        "-V quadro one.wav",
        "-i one.wav",
        "-I",
        "-I -",
        "-I one.wav two.wav three.wav",
        "-I one.wav -",
        "-I one.wav /dev/stdout",
        "-I pipe",
        "-I pipe pipe",
        "-I /dev/fd/0",
        "--use-strftime",
        "--use-strftime -",
        "--use-strftime %! -s 10",
        "--use-strftime %Q -s 10",
        "--use-strftime %n -s 10",
        "--use-strftime %Y% -s 10",
        "--wrong one.wav",
    ] {
        let outcome = record(&dir, args).fail(2);
        assert!(outcome.error_line().len() > 10, "{args}: {outcome}");
        for beginning in ["one", "two", "%"] {
            assert_eq!(file_names(&dir, beginning), [] as [&str; 0], "{args}");
        }
    }
}

#[test]
fn process_id_file_exists_only_while_recording() {
    let dir = Dir::new();
    let _mic = LiveMic::start(&dir);
    for signal in [Signal::INT, Signal::TERM, Signal::HUP] {
        let args = "--json --process-id-file aloud.pid take.wav";
        let mut recorder = LiveMic::record(&dir, args).start();
        recorder.wait_for_event("start");
        let written = String::from_utf8(dir.read("aloud.pid")).unwrap();
        assert_eq!(written, format!("{}\n", recorder.id()));
        recorder.signal(signal);
        assert!(recorder.wait().status.success());
        assert!(!dir.at("aloud.pid").exists(), "{signal:?}");
    }
    let args = ["record", "-D", "hw:9", "--process-id-file", "aloud.pid"];
    dir.aloud(args).arg("take.wav").fail(3);
    assert!(!dir.at("aloud.pid").exists());
}
