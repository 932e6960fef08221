//! `--json`: what a program reads. The shapes are written down here once more, so that a change of one is noticed.

use crate::common::{Dir, Layout, STEREO, noise, saying, silence, wav};
use serde_json::{Value, json};

fn keys(value: &Value) -> Vec<&str> {
    let object = value.as_object().expect("an object");
    object.keys().map(String::as_str).collect()
}

/// The events' names, after asserting that each stands first in its line.
fn names(events: &[Value]) -> Vec<&str> {
    let name = |event: &'_ Value| keys(event)[0] == "event";
    assert!(events.iter().all(name), "{events:?}");
    let names = events.iter().map(|event| event["event"].as_str());
    names.map(|name| name.expect("a name")).collect()
}

#[test]
fn the_events_of_a_file_are_these_with_these_keys() {
    let dir = Dir::new();
    dir.write("song.wav", wav(STEREO, &noise(30_001 * 4, 1)));
    let outcome = dir.play(["--json", "song.wav"]).succeed();
    assert!(outcome.stderr.is_empty(), "{outcome}");
    let events = outcome.events();
    assert_eq!(names(&events)[..2], ["start", "file"]);
    assert_eq!(*names(&events).last().unwrap(), "end");

    let spec = json!({"format": "S16_LE", "rate": 48_000, "channels": 2});
    let start = outcome.event("start");
    let expected = json!({
        "event": "start", "device": "tap", "direction": "playback", "requested": spec, "realised": spec, "conversion": null,
        "period_size": 6000, "buffer_size": 24_000, "access": "RW_INTERLEAVED",
    });
    assert_eq!(start, expected);
    assert_eq!(keys(&start), keys(&expected), "and in that order");

    let mut files = events.iter().filter(|event| event["event"] == "file");
    for state in ["opened", "finished"] {
        let expected = json!({
            "event": "file", "name": "song.wav", "state": state, "spec": spec, "frames": 30_001, "title": null, "artist": null,
        });
        assert_eq!(files.next(), Some(&expected));
        assert_eq!(
            keys(&expected),
            [
                "event", "name", "state", "spec", "frames", "title", "artist"
            ]
        );
    }

    let progress = outcome.event("progress");
    let expected = ["event", "frames", "seconds", "total", "peak_dbfs", "xruns"];
    assert_eq!(keys(&progress), expected);
    assert_eq!(progress["frames"], 30_001);
    assert_eq!(progress["total"], 30_001);
    assert_eq!(progress["seconds"], 30_001.0 / 48_000.0);

    let end = outcome.event("end");
    let expected = json!({
        "event": "end", "frames": 30_001, "seconds": 30_001.0 / 48_000.0, "xruns": 0, "frames_lost": 0,
        "clipped": 0,        "why": "finished",
    });
    assert_eq!(end, expected);
    assert_eq!(keys(&end), keys(&expected));
}

#[test]
fn a_length_that_nobody_knows_is_null() {
    let dir = Dir::new();
    let file = saying(0, STEREO, &noise(8000, 2));
    let outcome = dir.play(["--json", "-"]).stdin(file).succeed();
    let events = outcome.events();
    let opened = events.iter().find(|event| event["state"] == "opened");
    let opened = opened.expect("a file was opened");
    assert_eq!(opened["name"], "standard input");
    assert_eq!(opened["frames"], Value::Null);
    assert_eq!(outcome.event("progress")["total"], Value::Null);
    assert_eq!(outcome.event("end")["frames"], 2000);
}

#[test]
fn levels_are_decibels_of_full_scale_and_null_for_silence() {
    let dir = Dir::new();
    // Left: half of full scale, a quarter of it, and nothing; right: silence.
    let frame = |left: i16| [left.to_le_bytes(), [0, 0]].concat();
    let data: Vec<u8> = [frame(0), frame(-16_384), frame(8192)].concat();
    dir.write("song.wav", wav(STEREO, &data));
    let outcome = dir.play(["--json", "song.wav"]).succeed();
    let peaks = outcome.event("progress")["peak_dbfs"].clone();
    let left = peaks[0].as_f64().expect("a level");
    assert!((left - -6.02).abs() < 0.01, "{peaks}");
    assert_eq!(peaks[1], Value::Null);
    assert_eq!(peaks.as_array().unwrap().len(), 2);
}

#[test]
fn the_same_sound_has_the_same_level_in_every_format() {
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
fn no_sample_makes_the_stream_invalid() {
    let dir = Dir::new();
    // Infinities and what is no number have no decibels, and JSON has no words for them.
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
fn every_event_is_told_when_it_happens() {
    let dir = Dir::new();
    let mut player = dir.play(["--json", "-"]).stdin_piped().start();
    player.feed(&saying(0, STEREO, &silence(400)));
    // The pipe is still open: what waits in a buffer would not come.
    player.wait_for_event("start");
    player.wait_for_stdout("\"state\":\"opened\"");
    let so_far = player.stdout();
    assert!(so_far.ends_with("}\n"), "whole lines: {so_far}");
    player.starve();
    assert!(player.end().status.success());
}

#[test]
fn each_device_that_is_opened_starts_anew_and_the_frames_add_up() {
    let dir = Dir::new();
    dir.write("a.wav", wav(STEREO, &silence(4000)));
    let mono = Layout {
        channels: 1,
        ..STEREO
    };
    dir.write("b.wav", wav(mono, &silence(4000)));
    let outcome = dir.play(["--json", "a.wav", "b.wav"]).succeed();
    let events = outcome.events();
    let told: Vec<_> = names(&events)
        .into_iter()
        .filter(|name| *name != "progress")
        .collect();
    assert_eq!(told.iter().filter(|name| **name == "start").count(), 2);
    assert_eq!(told.iter().filter(|name| **name == "file").count(), 4);
    assert_eq!(told.iter().filter(|name| **name == "end").count(), 1);
    let end = outcome.event("end");
    assert_eq!(end["frames"], 3000);
    assert_eq!(end["seconds"], 3000.0 / 48_000.0);
}

#[test]
fn an_error_is_one_object_on_stderr_with_the_kind_of_its_status() {
    let dir = Dir::new();
    dir.write("song.wav", wav(STEREO, &silence(4000)));
    dir.write("bad.wav", "no sound");
    let float = Layout {
        tag: 3,
        bits: 32,
        bytes: 4,
        ..STEREO
    };
    dir.write("float.wav", wav(float, &silence(4000)));
    // (words, status, kind, device, file)
    let cases = [
        ("play -c 0 song.wav", 2, "usage", None, None),
        ("play -D tap -t raw bad.wav", 2, "usage", None, None),
        ("play -D hw:9 song.wav", 3, "not_found", Some("hw:9"), None),
        (
            "play -D nosuch song.wav",
            3,
            "not_found",
            Some("nosuch"),
            None,
        ),
        (
            "play -D tap gone.wav",
            3,
            "not_found",
            None,
            Some("gone.wav"),
        ),
        (
            "play --exact -D linear float.wav",
            6,
            "unsupported",
            Some("linear"),
            None,
        ),
        (
            "play -D tap bad.wav",
            10,
            "invalid_input",
            None,
            Some("bad.wav"),
        ),
        ("info -D nosuch", 3, "not_found", Some("nosuch"), None),
        ("info --probe -D hw:9", 3, "not_found", Some("hw:9"), None),
    ];
    for (words, status, kind, device, file) in cases {
        let outcome = dir.aloud(words.split(' ')).arg("--json").fail(status);
        let error = outcome.error();
        assert_eq!(
            keys(&error),
            ["kind", "device", "file", "message", "hint"],
            "{words}"
        );
        assert_eq!(error["kind"], kind, "{words}");
        assert_eq!(error["device"], json!(device), "{words}");
        assert_eq!(error["file"], json!(file), "{words}");
        let message = error["message"].as_str().unwrap();
        assert!(!message.is_empty() && !message.contains('\n'), "{words}");
        let hint = &error["hint"];
        assert!(hint.is_null() || hint.is_string(), "{words}");
    }
}

#[test]
fn a_bad_file_is_told_while_the_stream_goes_on() {
    let dir = Dir::new();
    dir.write("song.wav", wav(STEREO, &silence(4000)));
    dir.write("bad.wav", "no sound");
    let outcome = dir
        .play(["--json", "bad.wav", "song.wav", "gone.wav"])
        .fail(10);
    let kinds: Vec<_> = outcome
        .errors()
        .iter()
        .map(|error| error["kind"].clone())
        .collect();
    assert_eq!(kinds, ["invalid_input", "not_found"]);
    assert_eq!(outcome.event("end")["frames"], 1000);
}

#[test]
fn info_is_pyalsaaudios_dictionary() {
    let dir = Dir::new();
    let outcome = dir.aloud(["info", "--json", "-D", "null"]).succeed();
    let info = outcome.json();
    let expected = json!({
        "name": "null", "card_no": -1, "device_no": 0, "subdevice_no": 0, "state": "PREPARED",
        "access_type": "RW_INTERLEAVED",
        " (call value) type": 0, " (call value) type_name": "PLAYBACK",
        " (call value) mode": 0, " (call value) mode_name": "PCM_NORMAL",
        "format": 2, "format_name": "S16_LE", "format_description": "Signed 16 bit Little Endian",
        "subformat_name": "STD", "subformat_description": "Standard",
        "channels": 2, "rate": 44_100,
        "period_time": 725, "period_size": 32, "buffer_time": 2902, "buffer_size": 128, "periods": 4,
        "rate_numden": [44_100, 1],
        "significant_bits": 16, "nominal_bits": 16, "physical_bits": 16,
        "is_batch": false, "is_block_transfer": false, "is_double": false, "is_half_duplex": false,
        "is_joint_duplex": false, "can_overrange": false, "can_mmap_sample_resolution": true,
        "can_pause": true, "can_resume": true, "can_sync_start": false,
    });
    assert_eq!(keys(&info).len(), 36);
    assert_eq!(keys(&info), keys(&expected), "in pyalsaaudio's order");
    // What the hardware can is alsa-lib's word, which its versions may change for a PCM that is none.
    for key in keys(&expected)
        .into_iter()
        .filter(|key| !key.starts_with("can_"))
    {
        assert_eq!(info[key], expected[key], "{key}");
    }
}

#[test]
fn info_follows_the_options_and_warns_of_what_it_did_not_get() {
    let dir = Dir::new();
    let ask = |words: &str| {
        let outcome = dir
            .aloud(["info", "--json"])
            .args(words.split(' '))
            .succeed();
        (outcome.json(), outcome.stderr().to_owned())
    };
    let (info, stderr) =
        ask("-D null -C -N -f S24_3LE -r 96000 -c 6 --period-size 480 --periods 3");
    assert_eq!(info[" (call value) type_name"], "CAPTURE");
    assert_eq!(info[" (call value) mode_name"], "PCM_NONBLOCK");
    assert_eq!(info["format_name"], "S24_3LE");
    assert_eq!(info["rate"], 96_000);
    assert_eq!(info["channels"], 6);
    assert_eq!(info["period_size"], 480);
    assert_eq!(info["periods"], 3);
    assert_eq!(
        (&info["nominal_bits"], &info["physical_bits"]),
        (&json!(24), &json!(24))
    );
    assert_eq!(stderr, "");
    let (info, _) = ask("-D null -M");
    assert_eq!(info["access_type"], "MMAP_INTERLEAVED");
    let (info, stderr) = ask("-D linear -f FLOAT_LE");
    assert_ne!(info["format_name"], "FLOAT_LE");
    assert!(stderr.contains("FLOAT_LE"), "{stderr}");
    let (info, _) = ask("-D null -r 44100 -B 500ms");
    assert_eq!(info["buffer_size"], 22_050);
}

#[test]
fn info_can_be_had_as_pyalsaaudios_dump() {
    let dir = Dir::new();
    let outcome = dir.aloud(["info", "--dump", "-D", "null"]).succeed();
    let lines: Vec<_> = outcome.stdout().lines().collect();
    assert_eq!(lines.len(), 26);
    assert_eq!(lines[0], "PCM handle name = 'null'");
    assert_eq!(lines[3], "format = 'S16_LE' (Signed 16 bit Little Endian)");
    assert_eq!(lines[12], "exact rate = 44100/1 bps");
    assert!(lines[25].starts_with("can sync start = "));
}

#[test]
fn the_text_of_info_says_the_same_as_its_json() {
    let dir = Dir::new();
    let text = dir.aloud(["info", "-D", "null"]).succeed();
    let json = dir.aloud(["info", "--json", "-D", "null"]).succeed().json();
    let lines: Vec<_> = text.stdout().lines().collect();
    assert_eq!(lines.len(), 36);
    for (line, key) in lines.iter().zip(keys(&json)) {
        assert!(line.starts_with(key.trim_start()), "{line}");
        let value = &json[key];
        let value = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        assert!(line.ends_with(&value), "{line}");
    }
}

#[test]
fn a_probe_tells_what_a_device_can() {
    let dir = Dir::new();
    let probe = |device| {
        dir.aloud(["info", "--probe", "--json", "-D", device])
            .succeed()
            .json()
    };
    let stereo = probe("stereo");
    let expected = [
        "name",
        "formats",
        "channels",
        "rates",
        "rate_min",
        "rate_max",
        "period_size",
        "buffer_size",
        "periods",
        "access",
    ];
    assert_eq!(keys(&stereo), expected);
    assert_eq!(stereo["name"], "stereo");
    assert_eq!(stereo["channels"], json!([2]));
    for bounds in ["period_size", "buffer_size", "periods"] {
        assert_eq!(keys(&stereo[bounds]), ["min", "max"]);
        assert!(stereo[bounds]["max"].is_u64(), "{bounds}");
    }
    let has =
        |probe: &Value, list: &str, value: Value| probe[list].as_array().unwrap().contains(&value);
    assert!(has(&stereo, "formats", json!("FLOAT_LE")));
    assert!(has(&stereo, "rates", json!(44_100)) && has(&stereo, "rates", json!(24_000)));
    assert!(has(&stereo, "access", json!("RW_INTERLEAVED")));
    let linear = probe("linear");
    assert!(
        !has(&linear, "formats", json!("FLOAT_LE")) && has(&linear, "formats", json!("S24_3LE"))
    );
    assert_eq!(
        keys(&linear["channels"]),
        ["min", "max"],
        "too many to list"
    );
    let text = dir.aloud(["info", "--probe", "-D", "stereo"]).succeed();
    assert!(
        text.stdout().contains("FLOAT_LE") && text.stdout().contains("44100"),
        "{text}"
    );
}

#[test]
fn pcms_are_listed_with_what_they_are() {
    let dir = Dir::new();
    let list = |options: &[&str]| {
        dir.aloud(["list-pcms", "--json"])
            .args(options)
            .succeed()
            .json()
    };
    let all = list(&["-a"]);
    for pcm in all.as_array().unwrap() {
        assert_eq!(keys(pcm), ["name", "description", "direction"]);
        assert!(
            ["playback", "capture", "both"].contains(&pcm["direction"].as_str().unwrap()),
            "{pcm}"
        );
    }
    let tap = json!({"name": "tap", "description": ["A tap", "for tests"], "direction": "both"});
    for options in [&[][..], &["-P"], &["-C"], &["-a"]] {
        let listed = list(options);
        let listed = listed.as_array().unwrap();
        assert!(listed.contains(&tap), "{options:?}");
        assert!(
            listed.iter().any(|pcm| pcm["name"] == "null"),
            "{options:?}"
        );
        assert!(
            listed
                .iter()
                .all(|pcm| all.as_array().unwrap().contains(pcm)),
            "{options:?}"
        );
    }
    let text = dir.aloud(["list-pcms"]).succeed();
    assert!(
        text.stdout().contains("tap\n    A tap\n    for tests\n"),
        "{text}"
    );
    dir.aloud(["list-pcms", "-P", "-C"]).fail(2);
}

#[test]
fn no_cards_is_an_empty_list_and_a_word() {
    let dir = Dir::new();
    // Only where there are none; the lists of real cards are held against aplay's in the virtual machine.
    if std::path::Path::new("/proc/asound/card0").exists() {
        let cards = dir.aloud(["list-cards", "--json"]).succeed().json();
        assert_eq!(cards[0]["index"], 0);
        return;
    }
    let outcome = dir.aloud(["list-cards", "--json"]).succeed();
    assert_eq!(outcome.json(), json!([]));
    let outcome = dir.aloud(["list-cards"]).succeed();
    assert!(outcome.stdout.is_empty(), "{outcome}");
    assert_eq!(outcome.stderr().lines().count(), 1, "{outcome}");
    let outcome = dir.aloud(["list-cards", "-q"]).succeed();
    assert!(outcome.stderr.is_empty(), "{outcome}");
}
