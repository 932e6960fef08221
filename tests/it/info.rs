//! `aloud info FILE`: what a sound file is.

use crate::common::{Dir, STEREO, chunk, fmt, noise, riff, wav};
use serde_json::{Value, json};
use std::path::Path;

fn data(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    std::fs::read(path.join(name)).unwrap()
}

fn words(numbers: &[u32]) -> Vec<u8> {
    numbers
        .iter()
        .flat_map(|number| number.to_le_bytes())
        .collect()
}

/// 1000 frames with tags, two cue points of which one has a name, and two loops. All but the tags stand behind the sound.
fn noted() -> Vec<u8> {
    let info = [
        b"INFO".to_vec(),
        chunk(b"INAM", b"A \x1b[31mname\0"),
        chunk(b"IART", b"Some\xf6ne\0"),
    ]
    .concat();
    let cues = words(&[2, 7, 0, 0, 0, 0, 100, 8, 0, 0, 0, 0, 900]);
    let label = [words(&[8]), b"end of it\0".to_vec()].concat();
    let labels = [b"adtl".to_vec(), chunk(b"labl", &label)].concat();
    let mut sampler = words(&[0; 7]);
    sampler.extend(words(&[2, 0]));
    sampler.extend(words(&[0, 0, 200, 299, 0, 3, 1, 0, 300, 399, 0, 0]));
    riff(&[
        fmt(STEREO),
        chunk(b"LIST", &info),
        chunk(b"data", &noise(4000, 1)),
        chunk(b"cue ", &cues),
        chunk(b"LIST", &labels),
        chunk(b"smpl", &sampler),
    ])
}

fn told(dir: &Dir, files: &[&str]) -> Vec<Value> {
    let outcome = dir.aloud(["info", "--json"]).args(files).succeed();
    outcome.json().as_array().unwrap().clone()
}

#[test]
fn all_that_is_known_is_told_and_all_that_is_not_is_null() {
    let dir = Dir::new();
    dir.write("plain.wav", wav(STEREO, &noise(48_000 * 4, 1)));
    dir.write("song.mka", data("flac.mka"));
    let found = told(&dir, &["plain.wav", "song.mka"]);
    let plain = json!({
        "name": "plain.wav", "container": "WAV", "codec": "PCM",
        "spec": {"format": "S16_LE", "rate": 48_000, "channels": 2}, "frames": 48_000, "duration": 1.0,
        "bit_rate": 1_536_000, "tags": {}, "cues": [], "loops": [],
    });
    assert_eq!(found[0], plain);
    let keys = |value: &Value| {
        value
            .as_object()
            .unwrap()
            .keys()
            .cloned()
            .collect::<Vec<_>>()
    };
    assert_eq!(keys(&found[0]), keys(&plain), "and in that order");
    assert_eq!(found[1]["frames"], Value::Null);
    assert_eq!(found[1]["tags"]["artist"], "Aloud");
    assert_eq!(keys(&found[1]), keys(&plain));
}

#[test]
fn a_wav_tells_its_tags_its_cue_points_and_its_loops() {
    let dir = Dir::new();
    dir.write("noted.wav", noted());
    let found = &told(&dir, &["noted.wav"])[0];
    assert_eq!(found["frames"], 1000);
    assert_eq!(
        found["tags"],
        json!({"title": "A \u{1b}[31mname", "artist": "Someöne"})
    );
    assert_eq!(
        found["cues"],
        json!([{"frame": 100, "label": null}, {"frame": 900, "label": "end of it"}])
    );
    let loops =
        json!([{"start": 200, "end": 300, "plays": 3}, {"start": 300, "end": 400, "plays": null}]);
    assert_eq!(found["loops"], loops);
    let text = dir.aloud(["info", "noted.wav"]).succeed();
    for line in [
        "frames      1000",
        "title       A \\u001b[31mname",
        "cue         900 (0:00.0) end of it",
    ] {
        assert!(
            text.stdout().lines().any(|found| found == line),
            "{line}: {text}"
        );
    }
    assert!(!text.stdout().contains('\u{1b}'), "{text}");
}

#[test]
fn notes_that_are_broken_keep_nobody_from_the_sound() {
    let dir = Dir::new();
    let whole = noted();
    let sound = whole.windows(4).position(|id| id == b"data").unwrap() + 8;
    for at in (36..sound).chain(sound + 4000..whole.len()) {
        let mut broken = whole.clone();
        broken[at] ^= 0xff;
        dir.write("noted.wav", &broken);
        let path = dir.at("noted.wav");
        let input = aloud::audio::file::Input::open(&path).unwrap();
        // Whatever it says, it is said without a panic.
        let _ = aloud::audio::file::describe(input, &Default::default());
    }
}

#[test]
fn a_pipe_is_told_of_too() {
    let dir = Dir::new();
    let outcome = dir.aloud(["info", "-"]).stdin(data("tone.flac")).succeed();
    for line in [
        "name        standard input",
        "codec       FLAC",
        "frames      8000",
        "title       Tone",
    ] {
        assert!(
            outcome.stdout().lines().any(|found| found == line),
            "{line}: {outcome}"
        );
    }
}

#[test]
fn a_file_that_cannot_be_told_of_hides_none_of_the_others() {
    let dir = Dir::new();
    dir.write("one.flac", data("tone.flac"));
    dir.write("text.txt", "no sound");
    dir.write("two.mp3", data("tone.mp3"));
    let outcome = dir
        .aloud([
            "info", "--json", "one.flac", "text.txt", "nowhere", "two.mp3",
        ])
        .fail(10);
    assert_eq!(outcome.json().as_array().unwrap().len(), 2);
    let errors = outcome.errors();
    assert_eq!(
        (&errors[0]["file"], &errors[1]["kind"]),
        (&json!("text.txt"), &json!("not_found"))
    );
    let outcome = dir
        .aloud(["info", "nowhere", "text.txt", "one.flac"])
        .fail(3);
    assert!(outcome.stdout().contains("one.flac"), "{outcome}");
}

#[test]
fn a_device_and_a_file_are_one_too_many() {
    let dir = Dir::new();
    dir.write("one.flac", data("tone.flac"));
    for words in [
        &["-D", "tap"][..],
        &["-r", "48000"],
        &["--probe"],
        &["--dump"],
        &["-C"],
        &["-f", "cd"],
        &["-M"],
        &["--card", "0"],
    ] {
        let outcome = dir.aloud(["info", "one.flac"]).args(words).fail(2);
        assert!(outcome.stdout.is_empty(), "{outcome}");
        outcome.error_line();
    }
    dir.aloud(["info", "one.flac"])
        .env("ALOUD_DEVICE", "tap")
        .succeed();
}

#[test]
fn what_is_played_is_called_by_its_name() {
    let dir = Dir::new();
    dir.write("song.mp3", data("tone.mp3"));
    dir.write("noted.wav", noted());
    let outcome = dir.play(["song.mp3"]).succeed();
    assert!(
        outcome
            .stderr()
            .contains("Playing 'song.mp3' (Tone, by Aloud): FLOAT_LE"),
        "{outcome}"
    );
    let outcome = dir.play(["noted.wav"]).succeed();
    assert!(
        outcome.stderr().contains("(A \\u001b[31mname, by Someöne)"),
        "{outcome}"
    );
    let outcome = dir.play(["--json", "song.mp3"]).succeed();
    let events = outcome.events();
    let opened = events
        .iter()
        .find(|event| event["state"] == "opened")
        .unwrap();
    assert_eq!(
        (&opened["title"], &opened["artist"]),
        (&json!("Tone"), &json!("Aloud"))
    );
}

#[test]
fn a_broken_packet_is_a_warning_and_no_failure() {
    let dir = Dir::new();
    let mut broken = data("tone.flac");
    let middle = broken.len() / 2;
    broken[middle..middle + 40].fill(0x55);
    dir.write("song.flac", &broken);
    let outcome = dir.play(["song.flac"]).succeed();
    assert!(
        outcome.stderr().contains("aloud: warning: 'song.flac': "),
        "{outcome}"
    );
    assert!(
        outcome.stderr().contains(" are broken and left out"),
        "{outcome}"
    );
}

#[test]
fn coded_files_of_one_kind_follow_each_other_as_one() {
    let dir = Dir::new();
    for name in ["tone.flac", "alac.m4a", "tone.mp3", "tone.m4a"] {
        dir.write("one", data(name));
        dir.write("two", data(name));
        dir.play(["one"]).succeed();
        let once = dir.played();
        let outcome = dir.play(["--json", "one", "two"]).succeed();
        assert_eq!(outcome.event("end")["frames"], 16_000, "{name}");
        dir.assert_played(&[once.clone(), once].concat(), name);
    }
}
