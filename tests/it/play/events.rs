//! The event stream of `--json`. The expected keys are spelled out here, so that no change goes unnoticed.

use crate::common::{Dir, Layout, Outcome, STEREO, keys, noise, silence, wav, wav_claiming};
use serde_json::{Value, json};

/// The names of the events, after asserting that `event` is the first key of each.
fn names(events: &[Value]) -> Vec<&str> {
    let name = |event: &'_ Value| keys(event)[0] == "event";
    assert!(events.iter().all(name), "{events:?}");
    let names = events.iter().map(|event| event["event"].as_str());
    names.map(|name| name.expect("a name")).collect()
}

/// Plays a file of 30,001 frames.
fn played() -> (Dir, Outcome) {
    let dir = Dir::new();
    dir.write("song.wav", wav(STEREO, &noise(30_001 * 4, 1)));
    let outcome = dir.play(["--json", "song.wav"]).succeed();
    assert!(outcome.stderr.is_empty(), "{outcome}");
    (dir, outcome)
}

/// Asserts that an event has the expected keys and values, in the same order.
#[track_caller]
fn assert_event(found: &Value, expected: &Value) {
    assert_eq!(found, expected);
    assert_eq!(keys(found), keys(expected));
}

fn spec() -> Value {
    json!({"format": "S16_LE", "rate": 48_000, "channels": 2})
}

#[test]
fn start_and_end_have_the_documented_keys() {
    let (_dir, outcome) = played();
    let events = outcome.events();
    assert_eq!(names(&events)[..2], ["start", "file"]);
    assert_eq!(*names(&events).last().unwrap(), "end");
    let start = json!({
        "event": "start", "device": "tap", "direction": "playback", "requested": spec(), "configured": spec(),
        "conversion": null, "period_size": 6000, "buffer_size": 24_000, "access": "RW_INTERLEAVED",
        "realtime": false, "memory_locked": false,
    });
    assert_event(&outcome.event("start"), &start);
    let end = json!({
        "event": "end", "frames": 30_001, "seconds": 30_001.0 / 48_000.0, "xruns": 0, "frames_lost": 0,
        "clipped_samples": 0, "events_dropped": 0, "why": "finished",
    });
    assert_event(&outcome.event("end"), &end);
}

#[test]
fn file_events_have_the_documented_keys() {
    let (dir, outcome) = played();
    let files = outcome.events_named("file");
    let (path, size) = (dir.at("song.wav"), dir.read("song.wav").len());
    let null = Value::Null;
    let opened = (
        "opened",
        json!("PCM"),
        null.clone(),
        null.clone(),
        null.clone(),
    );
    let finished = (
        "finished",
        json!("PCM"),
        json!(path),
        json!(size),
        json!([-0.0, -0.0]),
    );
    assert_eq!(files.len(), 2);
    for (file, (state, codec, path, bytes, peak)) in files.iter().zip([opened, finished]) {
        let expected = json!({
            "event": "file", "name": "song.wav", "state": state, "path": path, "spec": spec(), "frames": 30_001,
            "seconds": 30_001.0 / 48_000.0, "title": null, "artist": null, "codec": codec, "decoder": null,
            "bytes": bytes, "peak_dbfs": peak, "start_time": null,
        });
        assert_event(file, &expected);
    }
}

#[test]
fn progress_has_the_documented_keys() {
    let (_dir, outcome) = played();
    let progress = outcome.event("progress");
    let expected = "event frames seconds total_frames current_file peak_dbfs xruns";
    assert_eq!(keys(&progress).join(" "), expected);
    assert_eq!(progress["frames"], 30_001);
    assert_eq!(progress["total_frames"], 30_001);
    assert_eq!(progress["seconds"], 30_001.0 / 48_000.0);
}

#[test]
fn unknown_length_is_null() {
    let dir = Dir::new();
    let file = wav_claiming(0, STEREO, &noise(8000, 2));
    let outcome = dir.play(["--json", "-"]).stdin(file).succeed();
    let events = outcome.events();
    let opened = events.iter().find(|event| event["state"] == "opened");
    let opened = opened.expect("a file was opened");
    assert_eq!(opened["name"], "standard input");
    assert_eq!(opened["frames"], Value::Null);
    assert_eq!(outcome.event("progress")["total_frames"], Value::Null);
    assert_eq!(outcome.event("end")["frames"], 2000);
}

#[test]
fn peaks_are_dbfs_and_silence_has_a_number() {
    let dir = Dir::new();
    // Left: silence, half of full scale, a quarter of it; right: silence.
    let frame = |left: i16| [left.to_le_bytes(), [0, 0]].concat();
    let data: Vec<u8> = [frame(0), frame(-16_384), frame(8192)].concat();
    dir.write("song.wav", wav(STEREO, &data));
    let outcome = dir.play(["--json", "song.wav"]).succeed();
    let peaks = outcome.event("progress")["peak_dbfs"].clone();
    let left = peaks[0].as_f64().expect("a level");
    assert!((left - -6.02).abs() < 0.01, "{peaks}");
    assert_eq!(peaks[1], -99_999.99);
    assert_eq!(peaks.as_array().unwrap().len(), 2);
}

#[test]
fn peaks_are_equal_in_every_format() {
    let dir = Dir::new();
    let layout = |tag, bits, bytes| Layout {
        tag,
        bits,
        bytes,
        channels: 1,
        rate: 48_000,
    };
    let half: [(Layout, Vec<u8>); 7] = [
        (layout(1, 8, 1), vec![0x40]),
        (layout(1, 16, 2), 0x4000_i16.to_le_bytes().to_vec()),
        (layout(1, 24, 3), 0x40_0000_i32.to_le_bytes()[..3].to_vec()),
        (layout(1, 24, 4), 0x40_0000_i32.to_le_bytes().to_vec()),
        (layout(1, 32, 4), 0x4000_0000_i32.to_le_bytes().to_vec()),
        (layout(3, 32, 4), 0.5_f32.to_le_bytes().to_vec()),
        (layout(3, 64, 8), 0.5_f64.to_le_bytes().to_vec()),
    ];
    for (layout, sample) in half {
        dir.write("song.wav", wav(layout, &sample));
        let outcome = dir.play(["--json", "song.wav"]).succeed();
        let level = outcome.event("progress")["peak_dbfs"][0].as_f64().unwrap();
        assert!((level - -6.02).abs() < 0.01, "{layout:?}: {level}");
    }
}

#[test]
fn nan_and_infinity_keep_the_stream_valid() {
    let dir = Dir::new();
    // Infinity and NaN have no level in dB, and JSON cannot express them.
    let floats = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::MAX, 1e-40];
    let data: Vec<u8> = floats.iter().flat_map(|x| x.to_le_bytes()).collect();
    let layout = Layout {
        tag: 3,
        bits: 32,
        bytes: 4,
        ..STEREO
    };
    dir.write(
        "song.wav",
        wav(
            Layout {
                channels: 5,
                ..layout
            },
            &data,
        ),
    );
    let outcome = dir.play(["--json", "song.wav"]).succeed();
    let peaks = outcome.event("progress")["peak_dbfs"].clone();
    let all_known = |peak: &Value| peak.is_null() || peak.as_f64().is_some_and(f64::is_finite);
    assert!(peaks.as_array().unwrap().iter().all(all_known), "{peaks}");
    assert_eq!(peaks.as_array().unwrap().len(), 5);
}

#[test]
fn events_are_flushed_immediately() {
    let dir = Dir::new();
    let mut player = dir.play(["--json", "-"]).stdin_piped().start();
    player.write_stdin(&wav_claiming(0, STEREO, &silence(400)));
    // The pipe is still open, so buffered output would not arrive.
    player.wait_for_event("start");
    player.wait_for_stdout("\"state\":\"opened\"");
    let so_far = player.stdout();
    assert!(so_far.ends_with("}\n"), "whole lines: {so_far}");
    player.close_stdin();
    assert!(player.wait().status.success());
}

#[test]
fn each_device_opening_is_a_start_event() {
    let dir = Dir::new();
    dir.write("a.wav", wav(STEREO, &silence(4000)));
    let mono = Layout {
        channels: 1,
        ..STEREO
    };
    dir.write("b.wav", wav(mono, &silence(4000)));
    let outcome = dir.play(["--json", "a.wav", "b.wav"]).succeed();
    let events = outcome.events();
    let reported: Vec<_> = names(&events)
        .into_iter()
        .filter(|name| *name != "progress")
        .collect();
    assert_eq!(reported.iter().filter(|name| **name == "start").count(), 2);
    assert_eq!(reported.iter().filter(|name| **name == "file").count(), 4);
    assert_eq!(reported.iter().filter(|name| **name == "end").count(), 1);
    let end = outcome.event("end");
    assert_eq!(end["frames"], 3000);
    assert_eq!(end["seconds"], 3000.0 / 48_000.0);
}
