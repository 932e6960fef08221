//! One test per reported fault, of aloud or of a program that it replaces. Each names the report.

use crate::common::{
    Dir, FRAME, FRAMES, HEADER, LiveMic, STEREO, assert_same, hearing, joined, names, noise,
    read_back, say, wait_until, wav, wav_data, with_pcms,
};
use aloud::audio::pcm::{Direction, Pcm, Request};
use rustix::process::Signal;
use std::fs::{self};
use std::os::unix::fs::symlink;

#[test]
fn long_pcm_names_are_described() {
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
fn a_list_without_playable_files_ends() {
    let dir = Dir::new();
    // A device is opened by the first file with sound, and there is none.
    let outcome = dir.play(["--json", "missing.wav", "gone.wav"]).fail(3);
    assert_eq!(outcome.event("end")["frames"], 0);
}

#[test]
fn a_signal_ends_a_capture_that_never_waits() {
    let dir = Dir::new();
    let mut recorder = dir
        .aloud(["record", "-D", "default", "--json", "/dev/null"])
        .start();
    recorder.wait_for_event("start");
    recorder.signal(Signal::INT);
    let outcome = recorder.end();
    assert!(outcome.status.success(), "{outcome}");
    assert_eq!(outcome.event("end")["why"], "SIGINT");
}

#[test]
fn s24_le_is_stored_as_s32_le() {
    let (dir, sound) = hearing(FRAMES * 8);
    say(&dir, "-q -f S24_LE -s 3001 take.wav").succeed();
    // The value moves to the top; the byte above it is nothing.
    let expected: Vec<u8> = sound
        .chunks(4)
        .flat_map(|sample| [0, sample[0], sample[1], sample[2]])
        .collect();
    let (spec, found) = read_back(dir.at("take.wav"));
    assert_eq!(spec, "S32_LE 48000 2");
    assert_same(&found, &expected, "S24_LE");
}

#[test]
fn longer_files_are_truncated() {
    let (dir, sound) = hearing(1000 * FRAME);
    for options in ["", "--part"] {
        dir.write("long.wav", noise(100_000, 3));
        symlink("long.wav", dir.at("link.wav")).unwrap();
        say(&dir, &format!("-q {options} -s 1000 link.wav")).succeed();
        assert!(dir.at("link.wav").is_symlink(), "{options}");
        assert_same(wav_data(&dir.read("long.wav")), &sound, "through a link");
        dir.write("long.wav", noise(100_000, 3));
        say(&dir, &format!("-q {options} -s 1000 long.wav")).succeed();
        assert_same(wav_data(&dir.read("long.wav")), &sound, "by its name");
        for channel in ["long.0", "long.1"] {
            dir.write(channel, noise(100_000, 4));
        }
        say(&dir, &format!("-q {options} -I -t raw -s 1000 long")).succeed();
        assert_eq!(dir.read("long.0").len(), 2000, "with -I");
        assert_eq!(dir.read("long.1").len(), 2000, "with -I");
        fs::remove_file(dir.at("link.wav")).unwrap();
    }
}

#[test]
fn strftime_does_not_overwrite_its_own_files() {
    let (dir, sound) = hearing(3000 * FRAME);
    let words = "-q --use-strftime -s 3000 -r 1000 --max-file-time 1 take%%.wav";
    say(&dir, words).succeed();
    let files = names(&dir, "take");
    assert_eq!(files.len(), 3, "{files:?}");
    assert_eq!(joined(&dir, &files).len(), sound.len());
    let first = wav_data(&dir.read("take%.wav")).to_vec();
    assert_same(&first, &sound[..1000 * FRAME], "the first");
    say(&dir, words).succeed();
    assert_eq!(names(&dir, "take").len(), 6);
}

#[test]
fn usr1_writes_no_second_header_to_a_pipe() {
    let dir = Dir::new();
    let speech = LiveMic::begin(&dir);
    let recorder = LiveMic::record(&dir, "-q -t raw -").start();
    wait_until("sound", || recorder.stdout().len() > 10_000);
    recorder.signal(Signal::USR1);
    let before = recorder.stdout().len();
    wait_until("more", || recorder.stdout().len() > before + 100_000);
    recorder.signal(Signal::INT);
    let outcome = recorder.end();
    assert!(outcome.status.success(), "{}", outcome.status);
    speech.assert_recorded(&outcome.stdout, "no header in the middle");
}

/// More than 4 GiB: once in a while, by hand.
#[test]
#[ignore = "4.6 GB through a pipe"]
fn a_wav_in_a_pipe_continues_past_4_gib() {
    let dir = Dir::new();
    let (mut reader, writer) = std::io::pipe().unwrap();
    let words = [
        "record", "-q", "-D", "default", "-f", "cd", "-d", "26000", "-",
    ];
    let recorder = dir.aloud(words).stdout_to(writer).start();
    let count = std::io::copy(&mut reader, &mut std::io::sink()).unwrap();
    assert_eq!(count, 26_000 * 44_100 * 4 + HEADER as u64);
    assert!(recorder.end().status.success());
}

#[test]
fn frames_that_a_plugin_leaves_unwritten_read_as_zeros() {
    with_pcms(|_| {
        // The null PCM touches nothing of a buffer: what was in it before must not be taken for sound.
        let mut pcm = Pcm::open(Request::new("null", Direction::Capture)).unwrap();
        let mut buffer = [0x55; 32 * 4];
        pcm.read(&mut buffer).unwrap();
        assert!(buffer.iter().all(|byte| *byte == 0));
    });
}
