//! `aloud info`: the configuration and capabilities of a PCM.

use crate::common::{Dir, keys};
use serde_json::{Value, json};

#[test]
fn info_is_the_dictionary_of_pyalsaaudio() {
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
    // The capability flags of a PCM without hardware may differ between versions of alsa-lib.
    for key in keys(&expected)
        .into_iter()
        .filter(|key| !key.starts_with("can_"))
    {
        assert_eq!(info[key], expected[key], "{key}");
    }
}

#[test]
fn info_follows_options_and_warns_about_differences() {
    let dir = Dir::new();
    let ask = |args: &str| {
        let outcome = dir
            .aloud(["info", "--json"])
            .args(args.split(' '))
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
fn dump_has_the_lines_of_pyalsaaudio() {
    let dir = Dir::new();
    let outcome = dir.aloud(["info", "--dump", "-D", "null"]).succeed();
    let lines: Vec<_> = outcome.stdout().lines().collect();
    assert_eq!(lines.len(), 26);
    assert_eq!(lines[0], "PCM handle name = 'null'");
    assert_eq!(lines[3], "format = 'S16_LE' (Signed 16 bit Little Endian)");
    assert_eq!(lines[12], "exact rate = 44100/1 bps");
    assert!(lines[25].starts_with("can sync start = "));
    let json = dir
        .aloud(["info", "--dump", "--json", "-D", "null"])
        .fail(2);
    assert!(json.stdout.is_empty(), "{json}");
    assert_eq!(json.error()["kind"], "usage");
}

#[test]
fn info_text_matches_its_json() {
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
fn probe_lists_what_the_device_supports() {
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
        "channel_range",
        "rates",
        "rate_range",
        "period_size",
        "buffer_size",
        "periods",
        "access",
    ];
    assert_eq!(keys(&stereo), expected);
    assert_eq!(stereo["name"], "stereo");
    assert_eq!(stereo["channels"], json!([2]));
    for bounds in [
        "channel_range",
        "rate_range",
        "period_size",
        "buffer_size",
        "periods",
    ] {
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
    assert_eq!(linear["channels"], Value::Null, "too many to list");
    let text = dir.aloud(["info", "--probe", "-D", "stereo"]).succeed();
    assert!(
        text.stdout().contains("FLOAT_LE") && text.stdout().contains("44100"),
        "{text}"
    );
}
