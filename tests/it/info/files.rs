//! `aloud info FILE`: descriptions of sound files.

use crate::common::{Dir, STEREO, data, data_path, noise, wav, wav_with_metadata};
use aloud::audio::error::Kind;
use aloud::audio::file::{self, Input};
use serde_json::{Value, json};

fn reported(dir: &Dir, files: &[&str]) -> Vec<Value> {
    let outcome = dir.aloud(["info", "--json"]).args(files).succeed();
    outcome.json().as_array().unwrap().clone()
}

#[test]
fn known_facts_are_listed_and_unknown_ones_are_null() {
    let dir = Dir::new();
    dir.write("plain.wav", wav(STEREO, &noise(48_000 * 4, 1)));
    dir.write("song.mka", data("flac.mka"));
    let found = reported(&dir, &["plain.wav", "song.mka"]);
    let plain = json!({
        "name": "plain.wav", "container": "WAV", "codec": "PCM",
        "spec": {"format": "S16_LE", "rate": 48_000, "channels": 2}, "frames": 48_000, "seconds": 1.0,
        "bit_rate": 1_536_000, "tags": {}, "cues": [], "loops": [],
        "cover": null, "decoder": null,
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
fn wav_tags_cue_points_and_loops_are_listed() {
    let dir = Dir::new();
    dir.write("noted.wav", wav_with_metadata());
    let found = &reported(&dir, &["noted.wav"])[0];
    assert_eq!(found["frames"], 1000);
    assert_eq!(
        found["tags"],
        json!({"title": "A \u{1b}[31mname", "artist": "Someöne"})
    );
    assert_eq!(
        found["cues"],
        json!([{"frame": 100, "label": null}, {"frame": 900, "label": "end of it"}])
    );
    let loops = json!([{"start_frame": 200, "end_frame": 300, "plays": 3}, {"start_frame": 300, "end_frame": 400, "plays": 0}]);
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
fn a_name_stays_on_one_line() {
    let dir = Dir::new();
    dir.write("a\nspec        fake", wav(STEREO, &noise(400, 1)));
    let text = dir.aloud(["info", "a\nspec        fake"]).succeed();
    let names = text.stdout().lines().next().unwrap().to_owned();
    assert_eq!(names, "name        a\\u000aspec        fake");
}

#[test]
fn damaged_info_chunks_are_survived() {
    let dir = Dir::new();
    let whole = wav_with_metadata();
    let sound = whole.windows(4).position(|id| id == b"data").unwrap() + 8;
    for at in (36..sound).chain(sound + 4000..whole.len()) {
        let mut broken = whole.clone();
        broken[at] ^= 0xff;
        dir.write("noted.wav", &broken);
        let path = dir.at("noted.wav");
        let input = Input::open(&path).unwrap();
        match file::describe(input, &Default::default()) {
            // The header of the data chunk decides how many frames there are.
            Ok(description) if (sound - 8..sound).contains(&at) => {
                assert!(description.frames > Some(0), "byte {at}");
            }
            Ok(description) => assert_eq!(description.frames, Some(1000), "byte {at}"),
            Err(error) => {
                assert_eq!(error.kind(), Kind::InvalidInput, "byte {at}: {error}");
                assert!(
                    error.to_string().contains("noted.wav"),
                    "byte {at}: {error}"
                );
            }
        }
    }
}

#[test]
fn stdin_can_be_described() {
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
fn unreadable_files_do_not_hide_the_others() {
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
fn a_playlist_is_not_described() {
    let dir = Dir::new();
    dir.write("list.m3u", "#EXTM3U\none.wav\n");
    let outcome = dir.aloud(["info", "list.m3u"]).fail(10);
    assert_eq!(
        outcome.error_line(),
        "aloud: 'list.m3u' is a playlist, not a sound file"
    );
    assert_eq!(outcome.hints(), ["`aloud play` plays its entries"]);
}

#[test]
fn device_options_do_not_apply_to_files() {
    let dir = Dir::new();
    dir.write("one.flac", data("tone.flac"));
    for args in [
        &["-D", "tap"][..],
        &["-r", "48000"],
        &["--probe"],
        &["--dump"],
        &["-C"],
        &["-f", "cd"],
        &["-M"],
        &["--card", "0"],
    ] {
        let outcome = dir.aloud(["info", "one.flac"]).args(args).fail(2);
        assert!(outcome.stdout.is_empty(), "{outcome}");
        outcome.error_line();
    }
    dir.aloud(["info", "one.flac"])
        .env("ALOUD_DEVICE", "tap")
        .succeed();
}

/// The path of a library of this program.
fn any_library() -> String {
    let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
    let mut words = maps.split_whitespace();
    let library = words.find(|word| word.ends_with("/libc.so.6"));
    library.expect("no libc.so.6").to_owned()
}

#[test]
fn without_libopus_opus_needs_ffmpeg() {
    let dir = Dir::new();
    std::os::unix::fs::symlink(any_library(), dir.at("libopus.so.0")).unwrap();
    for (file, container) in [("tone.opus", "Ogg"), ("tone.webm", "Matroska")] {
        let path = data_path(file);
        dir.aloud(["info".as_ref(), path.as_os_str()]).succeed();
        let info = dir.aloud(["info".as_ref(), path.as_os_str()]);
        let info = info.env("LD_LIBRARY_PATH", dir.path());
        let outcome = info.env("PATH", dir.path()).fail(10);
        let expected = format!("is {container} with Opus, which needs ffmpeg");
        assert!(outcome.stderr().contains(&expected), "{outcome}");
    }
}

/// Taggers put ID3v2 tags before containers that have no place for them there; ffmpeg and most players look past them.
#[test]
fn id3_tags_precede_any_container() {
    let dir = Dir::new();
    let tag = b"ID3\x03\0\0\0\0\0\x0fTPE1\0\0\0\x05\0\0\0Bert";
    for name in [
        "tone.wav",
        "short.rf64",
        "short.w64",
        "short.au",
        "short.voc",
        "tone.aiff",
        "tone.caf",
        "tone.flac",
        "tone.ogg",
        "tone.m4a",
        "flac.mka",
    ] {
        let sound = data(name);
        dir.write("plain", &sound);
        dir.write("tagged", [&tag[..], &sound].concat());
        let found = reported(&dir, &["plain", "tagged"]);
        for key in ["container", "codec", "spec", "frames"] {
            assert_eq!(found[0][key], found[1][key], "{name}: {key}");
        }
        let artist = match &found[0]["tags"]["artist"] {
            Value::Null => json!("Bert"),
            own => own.clone(),
        };
        assert_eq!(found[1]["tags"]["artist"], artist, "{name}");
        dir.play(["plain"]).succeed();
        let played = dir.played();
        dir.play(["tagged"]).succeed();
        dir.assert_played(&played, name);
        dir.play(["-"]).stdin(dir.read("tagged")).succeed();
        dir.assert_played(&played, &format!("{name} from a pipe"));
    }
}
