//! Recordings that nobody watches: `--on-sound`, `--keep` and `--run-after-file`.

use crate::common::{
    Dir, FRAME, Outcome, assert_same, file_events, file_names, joined, noise, read_back, record,
    wav_data, with_mic_input,
};
use aloud::audio::file::{Input, ReadOptions, open};
use rustix::process::Signal;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::{OsStrExt, OsStringExt};

/// Noise whose first and last frame are not silent.
fn burst(frames: usize, seed: u64) -> Vec<u8> {
    let mut sound = noise(frames * FRAME, seed);
    for byte in [0, frames * FRAME - 1] {
        sound[byte] |= 0x40;
    }
    sound
}

/// Silence and noise in turns, by their numbers of frames; captured by `mic`.
fn with_bursts(frames: &[usize]) -> (Dir, Vec<u8>) {
    let runs = frames.iter().enumerate();
    let sound: Vec<u8> = runs
        .flat_map(|(index, frames)| match index % 2 {
            0 => vec![0; frames * FRAME],
            _ => burst(*frames, index as u64),
        })
        .collect();
    let dir = Dir::new();
    dir.write("in.raw", &sound);
    (dir, sound)
}

/// The names of the files that were finished.
fn finished(outcome: &Outcome) -> Vec<String> {
    let events = file_events(&outcome.events());
    let names = events
        .iter()
        .filter_map(|line| line.strip_prefix("finished "));
    names.map(str::to_owned).collect()
}

fn date_tag(dir: &Dir, name: &str) -> Option<String> {
    let input = Input::open(&dir.at(name)).unwrap();
    let source = open(input, &ReadOptions::default()).unwrap();
    source.metadata().tags.get("date").map(str::to_owned)
}

#[test]
fn each_sound_is_one_file_with_the_exact_frames() {
    let (dir, sound) = with_bursts(&[48_000, 10_000, 100_000, 5000, 20_000, 7, 60_000]);
    let args = "--json -s 250000 --on-sound --pre-roll 0.1 --until-silence 0.5 take.wav";
    let outcome = record(&dir, args).succeed();
    let files = finished(&outcome);
    // The third burst follows before the second file ends.
    let ranges = [43_200..82_000, 153_200..207_007];
    assert_eq!(files.len(), ranges.len(), "{outcome}");
    assert_eq!(file_names(&dir, "take").len(), ranges.len());
    for (name, range) in files.iter().zip(ranges.clone()) {
        let expected = &sound[range.start * FRAME..range.end * FRAME];
        assert_same(&read_back(dir.at(name)).1, expected, name);
    }
    let frames: usize = ranges.into_iter().map(|range| range.len()).sum();
    assert_eq!(outcome.event("end")["frames"], frames);
}

#[test]
fn files_have_the_start_time_in_name_tag_and_events() {
    for (extension, has_tags) in [
        ("wav", true),
        ("flac", true),
        ("w64", true),
        ("rf64", true),
        ("au", true),
        ("raw", false),
    ] {
        let (dir, _) = with_bursts(&[4800, 100, 4800]);
        let args = format!("--json -s 20000 --on-sound --until-silence 0.05 take.{extension}");
        let outcome = record(&dir, &args).succeed();
        let files = outcome.events_named("file");
        let times: Vec<_> = files
            .iter()
            .map(|file| file["start_time"].clone())
            .collect();
        let time = times[0].as_str().unwrap();
        assert_eq!(times[1], time);
        assert_eq!(time.len(), "2026-11-26T05:15:00.000+00:00".len());
        let digits: String = time[..19].chars().filter(char::is_ascii_digit).collect();
        let name = format!("take-{}-{}.{extension}", &digits[..8], &digits[8..]);
        assert_eq!(finished(&outcome), [name.as_str()]);
        if has_tags {
            assert_eq!(date_tag(&dir, &name).as_deref(), Some(time), "{name}");
        }
    }
}

#[test]
fn only_sound_above_the_level_is_recorded() {
    let dir = Dir::new();
    let quiet = 300i16.to_le_bytes().repeat(2 * 5000);
    let loud = 400i16.to_le_bytes().repeat(2 * 5000);
    dir.write("in.raw", [&quiet[..], &loud, &quiet].concat());
    let args = "--json -s 15000 --on-sound=-40 --pre-roll 0 --until-silence 0.01 %v.wav";
    let outcome = record(&dir, args).arg("--use-strftime").succeed();
    assert_eq!(finished(&outcome), ["01.wav"]);
    let expected = [&loud[..], &quiet[..480 * FRAME]].concat();
    assert_same(&read_back(dir.at("01.wav")).1, &expected, "the loud part");
    let outcome = record(&dir, "--json -s 15000 --on-sound=0 take.wav").succeed();
    assert!(finished(&outcome).is_empty(), "{outcome}");
    assert!(file_names(&dir, "take").is_empty());
}

#[test]
fn silence_that_lasts_just_long_enough_separates_two_sounds() {
    for (silence, expected) in [
        (4799, &[(0, 11_599)][..]),
        (4800, &[(0, 6300), (6300, 11_600)]),
        // The pre-roll never repeats what is in the file before.
        (4801, &[(0, 6300), (6300, 11_601)]),
    ] {
        let (dir, sound) = with_bursts(&[1000, 500, silence, 500, 6000]);
        let args = "--json -s 12300 --on-sound --pre-roll 0.1 --until-silence 0.1 take.wav";
        let files = finished(&record(&dir, args).succeed());
        assert_eq!(files.len(), expected.len(), "{silence}: {files:?}");
        for (file, (start, end)) in files.iter().zip(expected) {
            let part = &sound[start * FRAME..end * FRAME];
            assert_same(&read_back(dir.at(file)).1, part, file);
        }
    }
}

#[test]
fn sounds_are_recorded_with_each_channel_in_its_own_file() {
    let (dir, sound) = with_bursts(&[4800, 1000, 30_000, 500, 4800]);
    let args = "--json -I -s 60000 --on-sound --pre-roll 0 --until-silence 0.1 left.wav right.wav";
    let files = finished(&record(&dir, args).succeed());
    assert_eq!(files.len(), 4);
    for (channel, name) in ["left", "right"].into_iter().enumerate() {
        let of_channel: Vec<_> = files.iter().filter(|file| file.starts_with(name)).collect();
        let ranges = [4800..10_600, 35_800..41_100];
        for (file, range) in of_channel.into_iter().zip(ranges) {
            let bytes = sound.iter().chain(&[0; 4800 * FRAME]).copied();
            let bytes: Vec<u8> = bytes
                .skip(range.start * FRAME)
                .take(range.len() * FRAME)
                .collect();
            let samples = bytes.chunks(2).skip(channel).step_by(2).flatten();
            let samples: Vec<u8> = samples.copied().collect();
            assert_same(&read_back(dir.at(file)).1, &samples, file);
        }
    }
}

#[test]
fn a_long_sound_is_split_and_converted_like_any_recording() {
    let (dir, sound) = with_bursts(&[1000, 2500, 1000]);
    let args = "--json -r 1000 -s 4500 --on-sound --until-silence 0.5 --max-file-time 1 take.wav";
    let files = finished(&record(&dir, args).succeed());
    assert_eq!(files.len(), 4, "{files:?}");
    let parts: Vec<_> = files.iter().map(|file| read_back(dir.at(file)).1).collect();
    assert_same(&parts.concat(), &sound[..4000 * FRAME], "joined");
    let args = "--json -s 4500 -f FLOAT_LE --gain -6 --on-sound take.wav";
    let files = finished(&record(&dir, args).succeed());
    assert_eq!(read_back(dir.at(&files[0])).0, "FLOAT_LE 48000 2");
}

#[test]
fn files_that_could_not_be_created_are_an_error_at_once() {
    let (dir, _) = with_mic_input(0);
    for (file, status) in [
        ("no/take.wav", 3),
        ("--title x take.raw", 2),
        ("--use-strftime take%!.wav", 2),
    ] {
        let args = format!("-q -s 10 --on-sound {file}");
        record(&dir, &args).fail(status);
    }
    assert!(file_names(&dir, "take").is_empty());
}

#[test]
fn only_the_newest_files_are_kept() {
    let (dir, sound) = with_mic_input(10_000 * FRAME);
    for name in ["take.wav", "take-00.wav", "take-02.wav", "other.wav"] {
        dir.write(name, "mine");
    }
    let args = "--json -s 5500 -r 1000 --max-file-time 1 --keep 2 take.wav";
    let outcome = record(&dir, args).succeed();
    let events = file_events(&outcome.events());
    let deleted: Vec<_> = events
        .iter()
        .filter(|line| line.starts_with("deleted"))
        .collect();
    let names = ["take-01.wav", "take-03.wav", "take-04.wav", "take-05.wav"];
    assert_eq!(
        deleted,
        names
            .map(|name| format!("deleted {name}"))
            .iter()
            .collect::<Vec<_>>()
    );
    let left = ["take-06.wav", "take-07.wav"];
    assert_same(
        &joined(&dir, &left),
        &sound[4000 * FRAME..5500 * FRAME],
        "the last",
    );
    for name in ["take.wav", "take-00.wav", "take-02.wav", "other.wav"] {
        assert_eq!(dir.read(name), b"mine", "{name}");
    }
    // A file that has been replaced is somebody else's.
    fs::remove_file(dir.at("take-06.wav")).unwrap();
    dir.write("take-06.wav", "mine, too");
    let args = "-v -s 1500 -r 1000 --max-file-time 1 --keep 1 take.wav";
    let outcome = record(&dir, args).succeed();
    assert_eq!(dir.read("take-06.wav"), b"mine, too");
    assert!(
        outcome.stderr().contains("Deleted 'take-07.wav'"),
        "{outcome}"
    );
    assert!(
        outcome.stderr().contains("Deleted 'take-01.wav'"),
        "{outcome}"
    );
    let mine = [
        "take-00.wav",
        "take-02.wav",
        "take-03.wav",
        "take-06.wav",
        "take.wav",
    ];
    assert_eq!(file_names(&dir, "take"), mine);
}

#[test]
fn a_total_size_is_kept_in_the_folders_of_a_pattern_and_per_channel() {
    let (dir, _) = with_mic_input(10_000 * FRAME);
    let args = "--json --use-strftime -s 10000 -r 1000 --max-file-time 1 --keep 10KB at/%Y/%v.wav";
    let files = finished(&record(&dir, args).succeed());
    assert_eq!(files.len(), 10);
    let exists: Vec<bool> = files.iter().map(|file| dir.at(file).exists()).collect();
    // A file has 4044 bytes.
    assert_eq!(exists, [[false; 8].as_slice(), &[true; 2]].concat());
    assert!(dir.at("at/.%Y%2F%v.wav.keep").exists());
    let args = "-q -I -s 5000 -r 1000 --max-file-time 1 --keep 2 left.wav right.wav";
    record(&dir, args).succeed();
    assert_eq!(file_names(&dir, "left"), ["left-04.wav", "left-05.wav"]);
    assert_eq!(file_names(&dir, "right"), ["right-04.wav", "right-05.wav"]);
}

#[test]
fn a_file_that_is_recorded_again_is_not_deleted() {
    let (dir, sound) = with_mic_input(1000 * FRAME);
    for _ in 0..3 {
        record(&dir, "-q -s 1000 --keep 1 take.wav").succeed();
        assert_same(wav_data(&dir.read("take.wav")), &sound, "the newest");
    }
}

#[test]
fn names_that_are_not_utf_8_are_deleted_and_passed_on_exactly() {
    let (dir, _) = with_mic_input(0);
    // A similar name belongs to another recording.
    for name in [&b"a\xfe.wav"[..], b"a\xff.wav", b"a\xff.wav"] {
        let command = r#"printf '%s\n' "$ALOUD_FILE" >>log"#;
        let args = "--json -s 400 -r 1000 --max-file-time 0.1 --keep 2 --run-after-file";
        let outcome = record(&dir, args)
            .args([OsStr::new(command), OsStr::from_bytes(name)])
            .succeed();
        let files = outcome.events();
        let mut finished = files.iter().filter(|event| event["state"] == "finished");
        assert!(finished.all(|event| event["path"].is_null() && event["bytes"] == 444));
    }
    let entries = fs::read_dir(dir.path()).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_vec());
    let mut left: Vec<Vec<u8>> = names.filter(|name| name.ends_with(b".wav")).collect();
    left.sort();
    let expected = [
        "a\u{fe}-03.wav",
        "a\u{fe}-04.wav",
        "a\u{ff}-03.wav",
        "a\u{ff}-04.wav",
    ];
    assert_eq!(left, expected.map(latin_1));
    let log = dir.read("log");
    let mut passed: Vec<&[u8]> = log.split(|byte| *byte == b'\n').collect();
    passed.sort();
    passed.dedup();
    // And what follows the last line.
    assert_eq!(passed.len(), 1 + 4 + 4);
    assert!(passed.contains(&&*latin_1("a\u{ff}-03.wav")));
}

fn latin_1(text: &str) -> Vec<u8> {
    text.chars().map(|c| c as u8).collect()
}

#[test]
fn a_command_runs_after_each_file_with_its_values() {
    let (dir, _) = with_mic_input(3000 * FRAME);
    let command = r#"echo "$ALOUD_FILE|$ALOUD_FRAMES|$ALOUD_SECONDS|$ALOUD_BYTES|$ALOUD_FORMAT|$ALOUD_RATE|$ALOUD_CHANNELS" >>log
        echo "$ALOUD_START" >>times; echo "sh says: done""#;
    let args = "--json -s 2500 -r 1000 --max-file-time 1";
    let outcome = record(&dir, args)
        .args([
            "--run-after-file",
            command,
            "x';touch oops;$(touch oops).wav",
        ])
        .succeed();
    let log = String::from_utf8(dir.read("log")).unwrap();
    let line = |number, frames, seconds, bytes| {
        format!(
            "x';touch oops;$(touch oops)-0{number}.wav|{frames}|{seconds}|{bytes}|S16_LE|1000|2"
        )
    };
    let mut lines: Vec<_> = log.lines().collect();
    lines.sort_unstable();
    let expected = [
        line(1, 1000, "1.000", 4044),
        line(2, 1000, "1.000", 4044),
        line(3, 500, "0.500", 2044),
    ];
    assert_eq!(lines, expected);
    assert!(!dir.at("oops").exists());
    assert_eq!(outcome.stderr().matches("sh says: done").count(), 3);
    let mut times: Vec<_> = outcome
        .events()
        .iter()
        .filter(|event| event["state"] == "finished")
        .map(|file| file["start_time"].as_str().unwrap().to_owned())
        .collect();
    let read = String::from_utf8(dir.read("times")).unwrap();
    let mut read: Vec<_> = read.lines().collect();
    read.sort_unstable();
    times.sort_unstable();
    assert_eq!(read, times);
}

#[test]
fn a_command_that_fails_is_reported_and_stops_nothing() {
    let (dir, _) = with_mic_input(3000 * FRAME);
    let args = "-s 2500 -r 1000 --max-file-time 1 --run-after-file";
    for (command, why) in [
        ("exit 3", "failed: exit status: 3"),
        ("kill -9 $$", "failed: signal: 9"),
        ("no-such-program", "failed: exit status: 127"),
    ] {
        let outcome = record(&dir, args).args([command, "take.wav"]).succeed();
        assert_eq!(outcome.stderr().matches(why).count(), 3, "{outcome}");
        assert!(outcome.stderr().contains("the command '"), "{outcome}");
    }
}

#[test]
fn a_signal_ends_the_wait_for_commands() {
    let (dir, _) = with_mic_input(1000 * FRAME);
    let command = "exec sleep 25 >/dev/null 2>&1";
    let mut recorder = record(&dir, "--json -s 1000 --run-after-file")
        .args([command, "take.wav"])
        .start();
    recorder.wait_for_event("end");
    recorder.signal(Signal::TERM);
    let outcome = recorder.wait();
    outcome.assert_killed_by(Signal::TERM);
    // After the longest wait it would be "still runs after".
    assert!(outcome.stderr().contains("still runs\n"), "{outcome}");
    assert_eq!(outcome.event("end")["why"], "finished");
}

#[test]
fn the_end_waits_for_commands() {
    let (dir, _) = with_mic_input(3000 * FRAME);
    let args = "-s 2500 -r 1000 --max-file-time 1 --run-after-file";
    let command = "sleep 0.5; echo done >>log";
    record(&dir, args).args([command, "take.wav"]).succeed();
    assert_eq!(dir.read("log"), b"done\n".repeat(3));
}

#[test]
fn usage_errors_say_what_is_missing() {
    let (dir, _) = with_mic_input(0);
    for (args, text) in [
        ("--on-sound -", "--on-sound needs a file name"),
        ("--keep 3", "--keep needs a file name"),
        (
            "--run-after-file true",
            "--run-after-file needs a file name",
        ),
        ("--keep 3x take.wav", "expected a size (100G)"),
        ("--keep 0 take.wav", "expected a size (100G)"),
        ("--on-sound=3 take.wav", "expected a level in dBFS"),
        ("--on-sound=loud take.wav", "expected a level in dBFS"),
        (
            "--on-sound 50 take.wav",
            "takes its level after an equals sign: --on-sound=-50",
        ),
        ("--pre-roll 1 take.wav", "--on-sound"),
        ("--until-silence 1 take.wav", "--on-sound"),
        (
            "--on-sound --until-silence 0 take.wav",
            "expected a time above zero",
        ),
        ("--on-sound --pre-roll 1h take.wav", "at most 10 minutes"),
    ] {
        let outcome = record(&dir, &format!("-s 10 {args}")).fail(2);
        assert!(outcome.stderr().contains(text), "{args}: {outcome}");
    }
    assert!(file_names(&dir, "take").is_empty());
}
