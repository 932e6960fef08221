//! File names: splitting, patterns, numbering, separate channels, and what happens to existing files.

use crate::common::{
    Dir, FRAME, LiveMic, assert_same, file_events, file_names, joined, noise, read_back, record,
    wav_data, with_mic_input,
};
use rustix::process::Signal;
use std::fs;
use std::os::unix::fs::symlink;

#[test]
fn split_files_joined_equal_the_capture() {
    let (dir, sound) = with_mic_input(100_000 * FRAME);
    let args = "--json -s 100000 --max-file-time 0.5 take.wav";
    let outcome = record(&dir, args).succeed();
    let files: Vec<_> = (1..=5)
        .map(|number| format!("take-0{number}.wav"))
        .collect();
    assert_eq!(file_names(&dir, "take"), files, "without .part files");
    assert_same(&joined(&dir, &files), &sound, args);
    for (name, frames) in files.iter().zip([24_000, 24_000, 24_000, 24_000, 4000]) {
        assert_eq!(wav_data(&dir.read(name)).len(), frames * FRAME, "{name}");
    }
    let reported = file_events(&outcome.events());
    let expected = files.iter();
    let expected: Vec<_> = expected
        .flat_map(|name| [format!("opened {name}"), format!("finished {name}")])
        .collect();
    assert_eq!(reported, expected);
}

#[test]
fn unsplit_recording_keeps_its_name() {
    let (dir, sound) = with_mic_input(1000 * FRAME);
    for args in ["-s 1000 --max-file-time 1", "-s 1000 --max-file-time 0"] {
        record(&dir, &format!("{args} take.wav")).succeed();
        assert_eq!(file_names(&dir, "take"), ["take.wav"], "{args}");
        assert_same(wav_data(&dir.read("take.wav")), &sound, args);
    }
}

#[test]
fn names_without_a_suffix_stay_without() {
    let (dir, sound) = with_mic_input(3000 * FRAME);
    let args = "-q -t raw -s 3000 -r 1000 --max-file-time 1";
    record(&dir, args).arg("take").succeed();
    let files = ["take-01", "take-02", "take-03"];
    assert_eq!(file_names(&dir, "take"), files);
    let all = files.map(|name| dir.read(name)).concat();
    assert_same(&all, &sound, args);
}

#[test]
fn existing_names_are_skipped_not_overwritten() {
    let (dir, sound) = with_mic_input(3000 * FRAME);
    dir.write("take-02.wav", "mine");
    dir.write("take-04.wav.part", "growing");
    record(&dir, "-q -s 3000 -r 1000 --max-file-time 1 take.wav").succeed();
    assert_eq!(dir.read("take-02.wav"), b"mine");
    assert_eq!(dir.read("take-04.wav.part"), b"growing");
    let files = ["take-01.wav", "take-03.wav", "take-05.wav"];
    assert_same(&joined(&dir, &files), &sound, "around existing files");
    record(&dir, "-q -s 3000 -r 1000 --max-file-time 1 take.wav").succeed();
    assert_same(&joined(&dir, &files), &sound, "the first recording");
    let files = ["take-06.wav", "take-07.wav", "take-08.wav"];
    assert_same(&joined(&dir, &files), &sound, "the second recording");
}

#[test]
fn strftime_names_files_and_creates_directories() {
    let (dir, sound) = with_mic_input(3000 * FRAME);
    let args = "--json --use-strftime -s 3000 -r 1000 --max-file-time 1 %Y/at/%%-%v.wav";
    let outcome = record(&dir, args).succeed();
    let reported = file_events(&outcome.events());
    let finished: Vec<_> = reported
        .iter()
        .filter_map(|line| line.strip_prefix("finished "))
        .collect();
    assert_eq!(finished.len(), 3, "{reported:?}");
    for (name, end) in finished.iter().zip(["%-01.wav", "%-02.wav", "%-03.wav"]) {
        let mut parts = name.split('/');
        let year: u32 = parts.next().unwrap().parse().unwrap();
        assert!(year >= 2026, "{name}");
        assert_eq!(parts.collect::<Vec<_>>(), ["at", end]);
    }
    assert_same(&joined(&dir, &finished), &sound, args);
}

/// Its reader would wait for a writer of the FIFO, or read a device forever.
#[test]
fn a_time_zone_that_is_no_regular_file_is_utc() {
    let (dir, _) = with_mic_input(400);
    let zone = format!(":{}", dir.fifo("zone").display());
    record(&dir, "-q -s 100 --use-strftime take%z.wav")
        .env("TZ", zone)
        .succeed();
    assert!(dir.at("take+0000.wav").exists());
}

#[test]
fn no_clobber_keeps_existing_files() {
    let (dir, sound) = with_mic_input(1000 * FRAME);
    dir.write("take.wav", "mine");
    symlink("nowhere", dir.at("dangling.wav")).unwrap();
    for options in ["", "--part"] {
        for name in ["take.wav", "dangling.wav"] {
            let outcome = record(&dir, &format!("--no-clobber {options} -s 1000 {name}")).run();
            assert!(!outcome.status.success(), "{outcome}");
            assert!(outcome.error_line().contains(name), "{outcome}");
        }
        assert_eq!(dir.read("take.wav"), b"mine");
        assert_eq!(file_names(&dir, "nowhere"), [] as [&str; 0]);
        assert!(!dir.at("take.wav.part").exists());
    }
    let log = "-q --no-clobber -s 1000 --timestamps=take.wav new.wav";
    let outcome = record(&dir, log).fail(10);
    assert!(outcome.error_line().contains("take.wav"), "{outcome}");
    assert_eq!(dir.read("take.wav"), b"mine");
    assert!(!dir.at("new.wav").exists());
    record(&dir, "-q --no-clobber -s 1000 --timestamps=log new.wav").succeed();
    assert_same(wav_data(&dir.read("new.wav")), &sound, "a new one");
    assert!(dir.at("log").exists());
}

#[test]
fn files_are_untouched_if_the_device_cannot_be_opened() {
    let (dir, _) = with_mic_input(400);
    let old = noise(1000, 5);
    for name in ["take.wav", "take.0", "take.1", "stamps"] {
        dir.write(name, &old);
    }
    for (device, options, status) in [
        ("hw:9", "take.wav", 3),
        ("nonsense", "take.wav", 3),
        ("hw:9", "--part take.wav", 3),
        ("hw:9", "-I take", 3),
        ("hw:9", "--timestamps=stamps take.wav", 3),
        ("linear", "--exact -f FLOAT_LE take.wav", 6),
    ] {
        let args = ["record", "-D", device, "-s", "10"];
        let outcome = dir.aloud(args).args(options.split(' ')).fail(status);
        assert!(outcome.error_line().contains(device), "{outcome}");
        for name in ["take.wav", "take.0", "take.1", "stamps"] {
            assert_same(&dir.read(name), &old, options);
        }
        assert_eq!(file_names(&dir, "take").len(), 3);
    }
    let folders = ["record", "-D", "hw:9", "--use-strftime", "new/%v.wav"];
    dir.aloud(folders).fail(3);
    assert!(!dir.at("new").exists());
}

#[test]
fn part_name_is_used_until_complete() {
    let dir = Dir::new();
    let mic = LiveMic::start(&dir);
    dir.write("take.wav", "earlier recording");
    let mut recorder = LiveMic::record(&dir, "--json --part take.wav").start();
    recorder.wait_for_event("progress");
    assert_eq!(dir.read("take.wav"), b"earlier recording");
    assert!(dir.at("take.wav.part").exists());
    recorder.signal(Signal::INT);
    let outcome = recorder.wait();
    assert!(outcome.status.success(), "{outcome}");
    assert_eq!(file_names(&dir, "take"), ["take.wav"]);
    mic.assert_recorded(wav_data(&dir.read("take.wav")), "under its name");
}

#[test]
fn a_file_that_is_deleted_meanwhile_is_an_error_and_a_moved_one_is_found() {
    let dir = Dir::new();
    let mic = LiveMic::start(&dir);
    for is_moved in [true, false] {
        let mut recorder = LiveMic::record(&dir, "--json take.wav").start();
        recorder.wait_for_event("progress");
        match is_moved {
            true => fs::rename(dir.at("take.wav"), dir.at("moved.wav")).unwrap(),
            false => fs::remove_file(dir.at("take.wav")).unwrap(),
        }
        recorder.signal(Signal::INT);
        let outcome = recorder.wait();
        let end = &file_events(&outcome.events())[1..];
        match is_moved {
            true => {
                assert!(outcome.status.success(), "{outcome}");
                let name = dir.at("moved.wav");
                assert_eq!(end, [format!("finished {}", name.display())]);
                mic.assert_recorded(wav_data(&dir.read("moved.wav")), "the moved file");
            }
            false => {
                assert_eq!(outcome.status.code(), Some(10), "{outcome}");
                let why = "'take.wav' was deleted or replaced while it was recorded";
                assert_eq!(outcome.error()["message"], why);
            }
        }
        drop(fs::remove_file(dir.at("moved.wav")));
    }
}

#[test]
fn a_file_that_is_being_recorded_is_not_recorded_again() {
    let dir = Dir::new();
    let mic = LiveMic::start(&dir);
    let mut recorder = LiveMic::record(&dir, "--json take.wav").start();
    recorder.wait_for_event("progress");
    let outcome = dir
        .aloud(["record", "-D", "null", "-d", "1", "take.wav"])
        .fail(10);
    assert_eq!(
        outcome.error_line(),
        "aloud: cannot create 'take.wav': another process is writing to it"
    );
    let hint = "choose another name, or stop the other recording first";
    assert_eq!(outcome.hints(), [hint]);
    recorder.signal(Signal::INT);
    let outcome = recorder.wait();
    assert!(outcome.status.success(), "{outcome}");
    assert!(
        outcome
            .events()
            .iter()
            .filter(|event| event["event"] == "file")
            .all(|event| event["codec"] == "PCM")
    );
    mic.assert_recorded(wav_data(&dir.read("take.wav")), "by the first recorder");
}

#[test]
fn separate_channels_go_to_given_or_numbered_names() {
    let (dir, sound) = with_mic_input(3001 * 2 * 8);
    for (channels, args, files) in [
        (2, "left.wav right.wav", &["left.wav", "right.wav"][..]),
        (2, "base.wav", &["base-0.wav", "base-1.wav"]),
        (1, "single.wav", &["single.wav"]),
        (3, "many", &["many.0", "many.1", "many.2"]),
    ] {
        record(&dir, &format!("-q -I -c {channels} -s 3001 {args}")).succeed();
        for (channel, name) in files.iter().enumerate() {
            let expected: Vec<u8> = sound[..3001 * 2 * channels]
                .chunks(2)
                .skip(channel)
                .step_by(channels)
                .flatten()
                .copied()
                .collect();
            let (spec, found) = read_back(dir.at(name));
            assert_eq!(spec, "S16_LE 48000 1");
            assert_same(&found, &expected, name);
        }
        let play = dir.play(["-q", "-I"]).args(files);
        if channels > 1 {
            play.succeed();
            dir.assert_played(&sound[..3001 * 2 * channels], args);
        }
    }
}

#[test]
fn separate_channels_split_at_the_same_frames() {
    let (dir, sound) = with_mic_input(3000 * FRAME);
    let args = "-q -I -s 3000 -r 1000 --max-file-time 1 left.wav right.wav";
    record(&dir, args).succeed();
    for (channel, name) in ["left", "right"].into_iter().enumerate() {
        let files = file_names(&dir, name);
        let numbered = [1, 2, 3].map(|number| format!("{name}-0{number}.wav"));
        assert_eq!(files, numbered);
        let expected = sound.chunks(2).skip(channel).step_by(2).flatten();
        let expected: Vec<u8> = expected.copied().collect();
        assert_same(&joined(&dir, &files), &expected, name);
    }
}
