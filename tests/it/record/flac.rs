//! FLAC recordings contain exactly what was captured, according to another decoder. Tags, in every file type.

use crate::common::{Dir, record, wait_until, with_mic_input};
use flac_codec::byteorder::LittleEndian;
use flac_codec::decode::{FlacByteReader, Verified, verify_reader};
use flac_codec::metadata::Metadata;
use rustix::process::Signal;
use serde_json::json;
use std::fs::{self, File};
use std::io::Read;

/// The number of frames in the header of a FLAC file, and its samples.
#[track_caller]
fn decoded(flac: &[u8]) -> (u64, Vec<u8>) {
    let mut reader = FlacByteReader::endian(flac, LittleEndian).unwrap();
    let mut sound = Vec::new();
    reader.read_to_end(&mut sound).unwrap();
    (reader.total_samples().unwrap_or(0), sound)
}

/// The samples of a complete file, after checking its MD5 sum.
#[track_caller]
fn flac_data(flac: &[u8]) -> Vec<u8> {
    assert!(matches!(verify_reader(flac).unwrap(), Verified::MD5Match));
    decoded(flac).1
}

fn take_files(dir: &Dir) -> Vec<String> {
    let found = fs::read_dir(dir.path()).unwrap();
    let names = found.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.filter(|name| name.starts_with("take")).collect();
    names.sort();
    names
}

#[test]
fn every_width_is_bit_exact() {
    let (dir, sound) = with_mic_input(5000 * 4 * 8);
    for (format, bytes) in [("S8", 1), ("S16_LE", 2), ("S24_3LE", 3), ("S32_LE", 4)] {
        for channels in [1, 2, 8] {
            let args = format!("-q -f {format} -c {channels} -s 5000 take.flac");
            record(&dir, &args).succeed();
            let captured = &sound[..5000 * bytes * channels];
            assert!(flac_data(&dir.read("take.flac")) == captured, "{args}");
        }
    }
}

#[test]
fn file_type_option_and_pipes_write_flac() {
    let (dir, sound) = with_mic_input(10_000 * 4);
    let piped = record(&dir, "-q -s 10000 -t flac -").succeed().stdout;
    assert!(decoded(&piped) == (10_000, sound.clone()));
    record(&dir, "-q -s 10000 -t flac take.wav").succeed();
    assert!(flac_data(&dir.read("take.wav")) == sound);
    let full = File::options().write(true).open("/dev/full").unwrap();
    let outcome = record(&dir, "-q -t flac -").stdout_to(full).fail(10);
    assert!(outcome.error_line().contains("No space left"), "{outcome}");
}

#[test]
fn split_files_joined_equal_the_capture() {
    let (dir, sound) = with_mic_input(50_000 * 4);
    record(&dir, "-q -s 50000 --max-file-time 0.5 take.flac").succeed();
    let files = take_files(&dir);
    assert_eq!(files, ["take-01.flac", "take-02.flac", "take-03.flac"]);
    let parts = files.iter().flat_map(|name| flac_data(&dir.read(name)));
    assert!(parts.collect::<Vec<_>>() == sound);
}

#[test]
fn separate_channels_are_flac_files() {
    let (dir, sound) = with_mic_input(3000 * 4);
    record(&dir, "-q -s 3000 -I left.flac right.flac").succeed();
    for (name, channel) in [("left.flac", 0), ("right.flac", 2)] {
        let frames = sound.chunks_exact(4);
        let samples: Vec<_> = frames
            .flat_map(|frame| frame[channel..channel + 2].to_vec())
            .collect();
        assert!(flac_data(&dir.read(name)) == samples, "{name}");
    }
}

#[test]
fn killed_recording_is_a_valid_file() {
    let (dir, sound) = with_mic_input(4_000_000);
    let recorder = record(&dir, "-q take.flac").start();
    let reported = || {
        let flac = dir.read("take.flac");
        flac.get(22..26).is_some_and(|frames| frames != [0; 4])
    };
    wait_until("a checkpoint", reported);
    recorder.signal(Signal::KILL);
    recorder.wait();
    let flac = dir.read("take.flac");
    assert!(matches!(verify_reader(&*flac).unwrap(), Verified::MD5Match));
    let (frames, recorded) = decoded(&flac);
    assert_eq!(recorded.len() as u64, frames * 4);
    let both = recorded.len().min(sound.len());
    assert!(both > 10_000 && recorded[..both] == sound[..both]);
}

#[test]
fn file_size_limit_leaves_a_valid_file() {
    let (dir, sound) = with_mic_input(100_000 * 4);
    let program = env!("CARGO_BIN_EXE_aloud");
    let limited = ["--fsize=100001", program, "record", "-D", "mic", "-q"];
    let outcome = dir.program("prlimit", limited).arg("take.flac").fail(10);
    assert!(outcome.error_line().contains("'take.flac'"), "{outcome}");
    let fitted = flac_data(&dir.read("take.flac"));
    assert!(fitted.len() > 80_000 && sound.starts_with(&fitted));
}

#[test]
fn what_flac_cannot_store_is_a_usage_error() {
    let (dir, _) = with_mic_input(400);
    for (args, reported) in [
        ("-f FLOAT_LE take.flac", "FLOAT_LE"),
        ("-f A_LAW take.flac", "A_LAW"),
        ("-c 9 take.flac", "9 channels"),
        ("-r 96001 take.flac", "96001 Hz"),
        ("--compression 9 take.flac", "9"),
        ("--compression 5 take.wav", "WAV is not compressed"),
        ("--title x take.raw", "raw cannot store a title"),
        ("--artist x -t raw -", "raw cannot store a title"),
    ] {
        let outcome = record(&dir, &format!("-s 10 {args}")).fail(2);
        assert!(outcome.error_line().contains(reported), "{args}: {outcome}");
        assert_eq!(take_files(&dir), [] as [&str; 0], "{args}");
    }
}

#[test]
fn the_title_is_in_the_events_of_a_recording() {
    let (dir, _) = with_mic_input(500 * 4);
    let outcome = record(&dir, "--json -s 500 --title Song take.flac").succeed();
    let files = outcome.events_named("file");
    assert_eq!(files.len(), 2);
    for file in files {
        assert_eq!(
            (&file["title"], &file["artist"]),
            (&json!("Song"), &json!(null))
        );
    }
}

#[test]
fn tags_are_stored_and_the_sound_is_complete() {
    let (dir, sound) = with_mic_input(500 * 4);
    for (name, title, head) in [
        ("take.wav", &b"INAM\x05\0\0\0Song\0"[..], 44 + 38),
        ("take.rf64", b"INAM\x05\0\0\0Song\0", 80 + 38),
        ("take.w64", b"INAM\x0a\0\0\0S\0o\0n\0g\0\0\0", 104 + 64),
        ("take.au", b"title=Song\nartist=Me\0", 48),
    ] {
        record(&dir, "-q -s 500 --title Song --artist Me")
            .arg(name)
            .succeed();
        let file = dir.read(name);
        assert!(
            file.windows(title.len()).any(|text| text == title),
            "{name}"
        );
        assert!(file.ends_with(&sound) || name == "take.au", "{name}");
        assert_eq!(file.len(), head + sound.len(), "{name}");
        let played = dir.play(["-q", name]).succeed();
        assert!(played.stderr().is_empty(), "{played}");
        let recorded = dir.played();
        let byte_swapped = recorded.chunks(2).flat_map(|pair| [pair[1], pair[0]]);
        let byte_swapped: Vec<_> = byte_swapped.collect();
        assert!(recorded == sound || byte_swapped == sound, "{name}");
    }
    record(&dir, "-q -s 500 --title Song --comment x=y take.flac").succeed();
    let flac = dir.read("take.flac");
    for tag in ["TITLE=Song", "COMMENT=x=y"] {
        assert!(flac.windows(tag.len()).any(|text| text == tag.as_bytes()));
    }
    assert!(flac_data(&flac) == sound);
}
