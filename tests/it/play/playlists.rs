//! Playlists, cue sheets and folders.

use crate::common::{Dir, STEREO, noise, wav};
use serde_json::Value;
use std::fs;

/// The names of the files that were opened, and their titles.
fn opened(events: &[Value]) -> Vec<(String, Option<String>)> {
    let is_opened = |event: &&Value| event["event"] == "file" && event["state"] == "opened";
    let name = |event: &Value| {
        let title = event["title"].as_str().map(str::to_owned);
        (event["name"].as_str().unwrap().to_owned(), title)
    };
    events.iter().filter(is_opened).map(name).collect()
}

fn untitled(names: &[&str]) -> Vec<(String, Option<String>)> {
    names
        .iter()
        .map(|name| ((*name).to_owned(), None))
        .collect()
}

/// Desktops pass files to programs in this form.
#[test]
fn file_uris_are_the_files_that_they_name() {
    let dir = Dir::new();
    fs::create_dir(dir.at("a folder")).unwrap();
    dir.write("a folder/50% \u{e9}.wav", wav(STEREO, &noise(4000, 1)));
    dir.write("a folder/list.m3u", "50% \u{e9}.wav\n");
    let folder = dir.at("a folder").to_str().unwrap().replace(' ', "%20");
    let file = format!("file://{folder}/50%25%20%C3%A9.wav");
    let list = format!("FILE://localhost{folder}/list.m3u");
    let folder = format!("file:{folder}");
    for uri in [&file, &list, &folder] {
        dir.play(["-q", uri]).succeed();
        dir.assert_played(&noise(4000, 1), uri);
    }
    let info = dir.aloud(["info", &file, "--json"]).succeed().json();
    assert_eq!(info[0]["frames"], 1000);
    let error = dir.aloud(["info", &list]).fail(10);
    assert!(error.error_line().contains("is a playlist"), "{error}");
    dir.play(["file:///no%20such.wav"]).fail(3);
}

#[test]
fn entries_of_playlists_are_relative_to_them() {
    let dir = Dir::new();
    fs::create_dir(dir.at("music")).unwrap();
    dir.write("music/one.wav", wav(STEREO, &noise(4000, 1)));
    dir.write("music/two.wav", wav(STEREO, &noise(4000, 2)));
    dir.write(
        "music/a.m3u",
        "#EXTM3U\n#EXTINF:1,One\none.wav\r\ntwo.wav\n",
    );
    dir.write("music/b.PLS", "[playlist]\nFile2=one.wav\nFile1=two.wav\n");
    dir.write("music/50% off.wav", wav(STEREO, &noise(4000, 3)));
    let track = "<track><location>50%25%20off.wav</location></track>";
    dir.write(
        "music/c.xspf",
        format!("<playlist><trackList>{track}</trackList></playlist>"),
    );
    let lists = ["--json", "music/a.m3u", "music/b.PLS", "music/c.xspf"];
    let outcome = dir.play(lists).succeed();
    let expected = [
        "music/one.wav",
        "music/two.wav",
        "music/two.wav",
        "music/one.wav",
        "music/50% off.wav",
    ];
    assert_eq!(opened(&outcome.events()), untitled(&expected));
    assert_eq!(
        dir.played(),
        [
            noise(4000, 1),
            noise(4000, 2),
            noise(4000, 2),
            noise(4000, 1),
            noise(4000, 3)
        ]
        .concat()
    );
}

#[test]
fn missing_entries_are_reported_and_skipped() {
    let dir = Dir::new();
    dir.write("one.wav", wav(STEREO, &noise(4000, 1)));
    dir.write("list.m3u8", "gone.wav\none.wav\n");
    let outcome = dir.play(["list.m3u8"]).fail(3);
    assert!(
        outcome.stderr().contains("cannot open 'gone.wav'"),
        "{outcome}"
    );
    assert_eq!(dir.played(), noise(4000, 1));
}

#[test]
fn folders_are_played_in_natural_order() {
    let dir = Dir::new();
    fs::create_dir_all(dir.at("album/cd 2")).unwrap();
    for name in ["10.wav", "9.wav", "cd 2/1.wav"] {
        dir.write(format!("album/{name}"), wav(STEREO, &noise(400, 1)));
    }
    dir.write("album/cover.png", "\u{89}PNG");
    let outcome = dir.play(["--json", "album"]).succeed();
    let expected = ["album/9.wav", "album/10.wav", "album/cd 2/1.wav"];
    assert_eq!(opened(&outcome.events()), untitled(&expected));
    fs::create_dir(dir.at("empty")).unwrap();
    let outcome = dir.play(["empty"]).fail(10);
    assert!(
        outcome.stderr().contains("'empty' contains no audio files"),
        "{outcome}"
    );
}

#[test]
fn playlists_without_an_end_or_content_are_reported() {
    let dir = Dir::new();
    dir.write("one.wav", wav(STEREO, &noise(4000, 1)));
    dir.write("self.m3u", "self.m3u\nself.m3u\none.wav\n");
    dir.write("empty.m3u", "#EXTM3U\n");
    let outcome = dir.play(["empty.m3u", "self.m3u"]).fail(10);
    let errors: Vec<_> = outcome
        .stderr()
        .lines()
        .filter(|line| line.starts_with("aloud: "))
        .map(str::to_owned)
        .collect();
    let itself = "aloud: 'self.m3u' is a playlist that contains itself";
    assert_eq!(
        errors,
        [
            "aloud: 'empty.m3u' is a playlist without entries",
            itself,
            itself
        ]
    );
    assert_eq!(dir.played(), noise(4000, 1));
}

#[test]
fn tracks_of_a_cue_sheet_play_without_a_gap() {
    let dir = Dir::new();
    // 48 kHz: 640 frames for each of a CD's 75 frames in a second.
    let samples = noise(4 * 640 * 100, 1);
    dir.write("album.wav", wav(STEREO, &samples));
    let sheet = "FILE \"album.wav\" WAVE\nTRACK 01 AUDIO\nTITLE \"One\"\nINDEX 01 00:00:00\nTRACK 02 AUDIO\nTITLE Two\n\
        INDEX 00 00:00:30\nINDEX 01 00:00:40\nTRACK 03 AUDIO\nINDEX 01 00:01:10\n";
    dir.write("album.cue", sheet);
    let outcome = dir.play(["--json", "album.cue"]).succeed();
    let titles: Vec<_> = opened(&outcome.events())
        .into_iter()
        .map(|(_, title)| title)
        .collect();
    assert_eq!(
        titles,
        [Some("One".to_owned()), Some("Two".to_owned()), None]
    );
    outcome.event("start");
    assert_eq!(dir.played(), samples);
}

#[test]
fn urls_need_ffmpeg() {
    let dir = Dir::new();
    let outcome = dir
        .play(["--decoder", "native", "http://localhost:1/a.mp3"])
        .fail(10);
    assert!(
        outcome.stderr().contains("is a URL, which needs ffmpeg"),
        "{outcome}"
    );
    assert!(
        outcome
            .stderr()
            .contains("hint: curl -s 'http://localhost:1/a.mp3' | aloud play"),
        "{outcome}"
    );
}
