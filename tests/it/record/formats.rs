//! Sample formats, file types and lengths.

use crate::common::{
    CHANNELS, FRAME, FRAMES, HEADER, assert_same, be32, byte_swapped, file_names, le32, le64,
    read_back, record, wav_data, with_mic_input,
};
use serde_json::json;
use std::fs::{self};

#[test]
fn raw_files_hold_every_format_bit_exact() {
    let (dir, sound) = with_mic_input(FRAMES * 8 * 8);
    let formats = [
        ("S8", 1),
        ("U8", 1),
        ("S16_LE", 2),
        ("S16_BE", 2),
        ("U16_LE", 2),
        ("U16_BE", 2),
        ("S24_LE", 4),
        ("S24_BE", 4),
        ("U24_LE", 4),
        ("U24_BE", 4),
        ("S32_LE", 4),
        ("S32_BE", 4),
        ("U32_LE", 4),
        ("U32_BE", 4),
        ("FLOAT_LE", 4),
        ("FLOAT_BE", 4),
        ("FLOAT64_LE", 8),
        ("FLOAT64_BE", 8),
        ("MU_LAW", 1),
        ("A_LAW", 1),
        ("S24_3LE", 3),
        ("S24_3BE", 3),
        ("U24_3LE", 3),
        ("S20_3LE", 3),
        ("S18_3BE", 3),
    ];
    for (at, (format, bytes)) in formats.into_iter().enumerate() {
        let channels = CHANNELS[at % 3];
        let args = format!("-q -t raw -f {format} -c {channels} -s {FRAMES} take");
        record(&dir, &args).succeed();
        let expected = &sound[..FRAMES * bytes * channels];
        assert_same(&dir.read("take"), expected, &args);
    }
}

#[test]
fn wav_and_rf64_hold_their_formats_bit_exact() {
    let (dir, sound) = with_mic_input(FRAMES * 8 * 8);
    let formats = [
        ("U8", "U8", 1),
        ("S16_LE", "S16_LE", 2),
        ("S24_3LE", "S24_3LE", 3),
        ("S32_LE", "S32_LE", 4),
        ("FLOAT_LE", "FLOAT_LE", 4),
        ("FLOAT64_LE", "FLOAT64_LE", 8),
        ("A_LAW", "A_LAW", 1),
        ("MU_LAW", "MU_LAW", 1),
        ("S16_BE", "S16_LE", 2),
    ];
    for (format, stored, bytes) in formats {
        for channels in CHANNELS {
            let captured = &sound[..FRAMES * bytes * channels];
            let expected = match format == stored {
                true => captured.to_vec(),
                false => byte_swapped(captured, bytes),
            };
            for name in ["take.wav", "take.rf64"] {
                let args = format!("-q -f {format} -c {channels} -r 44100 -s {FRAMES} {name}");
                record(&dir, &args).succeed();
                let (spec, found) = read_back(dir.at(name));
                assert_eq!(spec, format!("{stored} 44100 {channels}"), "{args}");
                assert_same(&found, &expected, &args);
                let file = dir.read(name);
                let padded = expected.len().next_multiple_of(2);
                if name == "take.wav" {
                    assert_eq!(le32(&file, 4) as usize, file.len() - 8, "{args}");
                    let at = file.len() - padded - 4;
                    assert_eq!(le32(&file, at) as usize, expected.len(), "{args}");
                } else {
                    assert!(file.starts_with(b"RF64"), "{args}");
                    assert_eq!(le64(&file, 20) as usize, file.len() - 8, "{args}");
                    assert_eq!(le64(&file, 28) as usize, expected.len(), "{args}");
                    assert_eq!(le64(&file, 36) as usize, FRAMES, "{args}");
                }
            }
        }
    }
}

#[test]
fn w64_and_au_hold_their_formats_bit_exact() {
    let (dir, sound) = with_mic_input(FRAMES * 8 * 8);
    // Format, bytes per sample, encoding number in AU.
    let formats = [
        ("S16_LE", 2, 3),
        ("S24_3LE", 3, 4),
        ("S32_LE", 4, 5),
        ("FLOAT_LE", 4, 6),
        ("FLOAT64_LE", 8, 7),
        ("A_LAW", 1, 27),
        ("MU_LAW", 1, 1),
    ];
    for (format, bytes, encoding) in formats {
        for channels in CHANNELS {
            let captured = &sound[..FRAMES * bytes * channels];
            let args = format!("-q -f {format} -c {channels} -s {FRAMES}");
            record(&dir, &args).arg("take.w64").succeed();
            let file = dir.read("take.w64");
            assert!(file.starts_with(b"riff\x2e\x91\xcf\x11"), "{args}");
            assert_eq!(le64(&file, 16) as usize, file.len(), "{args}");
            let head = file.len() - captured.len();
            assert!(file[head - 24..].starts_with(b"data"), "{args}");
            assert_eq!(le64(&file, head - 8) as usize, captured.len() + 24);
            assert_same(&file[head..], captured, &args);

            record(&dir, &args).arg("take.au").succeed();
            let file = dir.read("take.au");
            assert!(file.starts_with(b".snd"), "{args}");
            let header = [28, captured.len(), encoding, 48_000, channels];
            let found = [4, 8, 12, 16, 20].map(|at| be32(&file, at) as usize);
            assert_eq!(found, header, "{args}");
            assert_same(&file[28..], &byte_swapped(captured, bytes), &args);
        }
    }
}

#[test]
fn recordings_play_back_bit_exact() {
    let (dir, sound) = with_mic_input(30_011 * 8);
    for (options, bytes) in [
        ("", 4),
        ("-f cd", 4),
        ("-f dat -c 1", 2),
        ("-f U8 -c 1", 1),
        ("-f S24_3LE", 6),
        ("-f FLOAT_LE -r 96k", 8),
        ("-t rf64 -f S32_LE", 8),
    ] {
        record(&dir, &format!("-q {options} -s 30011 take.wav")).succeed();
        dir.play(["-q", "take.wav"]).succeed();
        dir.assert_played(&sound[..30_011 * bytes], options);
    }
}

#[test]
fn default_is_s16_le_48_khz_stereo_wav() {
    let (dir, sound) = with_mic_input(4000);
    let outcome = record(&dir, "--json -s 1000 take").succeed();
    let spec = json!({"format": "S16_LE", "rate": 48_000, "channels": 2});
    assert_eq!(outcome.event("start")["requested"], spec);
    assert_eq!(outcome.event("start")["configured"], spec);
    assert_eq!(read_back(dir.at("take")), ("S16_LE 48000 2".into(), sound));
}

#[test]
fn presets_are_those_of_arecord() {
    let (dir, _) = with_mic_input(4000);
    for (name, format, rate) in [
        ("cd", "S16_LE", 44_100),
        ("cdr", "S16_BE", 44_100),
        ("dat", "S16_LE", 48_000),
    ] {
        let outcome = record(&dir, &format!("--json -f {name} -t raw -s 10 take")).succeed();
        let spec = json!({"format": format, "rate": rate, "channels": 2});
        assert_eq!(outcome.event("start")["configured"], spec);
    }
}

#[test]
fn mono_devices_record_mono_unless_stereo_is_requested() {
    let (dir, _) = with_mic_input(4000);
    let configuration = String::from_utf8(dir.read("alsa.conf")).unwrap();
    let solo = "pcm.solo { type multi slaves.a { pcm mic channels 1 } bindings.0 { slave a channel 0 } }\n";
    dir.write("alsa.conf", configuration + solo);
    let solo = |more: &str| dir.aloud(["record", "-D", "solo"]).args(more.split(' '));
    solo("-q -s 1000 take.wav").succeed();
    assert_eq!(read_back(dir.at("take.wav")).0, "S16_LE 48000 1");
    assert_eq!(wav_data(&dir.read("take.wav")).len(), 2000);
    let outcome = solo("--exact -c 2 -s 1000 two.wav").fail(6);
    assert!(outcome.error_line().contains("'solo'"), "{outcome}");
    assert!(!dir.at("two.wav").exists());
    // Without --exact the channel is recorded on both sides.
    let outcome = solo("-c 2 -s 1000 two.wav").succeed();
    assert!(
        outcome
            .stderr()
            .contains("converting 1 channel → 2 channels\n"),
        "{outcome}"
    );
    let (one, two) = (dir.read("take.wav"), dir.read("two.wav"));
    let both = wav_data(&one).chunks(2).flat_map(|sample| sample.repeat(2));
    assert_same(wav_data(&two), &both.collect::<Vec<_>>(), "both sides");
}

#[test]
fn file_type_is_the_option_then_the_suffix_then_wav() {
    let (dir, sound) = with_mic_input(400);
    for (args, beginning) in [
        ("take.wav", &b"RIFF"[..]),
        ("take.WAV", b"RIFF"),
        ("take", b"RIFF"),
        ("take.txt", b"RIFF"),
        ("take.rf64", b"RF64"),
        ("take.w64", b"riff"),
        ("take.flac", b"fLaC"),
        ("-t flac take.wav", b"fLaC"),
        ("take.au", b".snd"),
        ("take.snd", b".snd"),
        ("take.voc", b"Creative Voice File"),
        ("take.raw", &sound),
        ("take.pcm", &sound),
        ("-t raw take.wav", &sound),
        ("-t wav take.raw", b"RIFF"),
        ("-t WAV take.au", b"RIFF"),
        ("-t au take.wav", b".snd"),
        ("-t sparc take", b".snd"),
        ("--file-type w64 take.wav", b"riff"),
    ] {
        record(&dir, &format!("-q -s 100 {args}")).succeed();
        let name = args.rsplit(' ').next().unwrap();
        assert!(dir.read(name).starts_with(beginning), "{args}");
        fs::remove_file(dir.at(name)).unwrap();
    }
}

#[test]
fn unwritable_file_types_are_usage_errors() {
    let (dir, _) = with_mic_input(400);
    for args in [
        "-t mp3 take",
        "-t nonsense take",
        "take.mp3",
        "-t caf take.wav",
    ] {
        record(&dir, &format!("-s 10 {args}")).fail(2);
        assert_eq!(file_names(&dir, "take"), [] as [&str; 0], "{args}");
    }
}

#[test]
fn duration_and_samples_are_exact() {
    let (dir, sound) = with_mic_input(100_000 * FRAME);
    for (option, frames) in [
        ("-d 1", 48_000),
        ("-d 0.5", 24_000),
        ("-d 1.25s", 60_000),
        ("-d 20ms", 960),
        ("--duration 0:01", 48_000),
        ("-s 1", 1),
        ("-s 48001", 48_001),
        ("--samples 99999", 99_999),
    ] {
        let expected = &sound[..frames * FRAME];
        let outcome = record(&dir, &format!("--json {option} take.wav")).succeed();
        assert_same(wav_data(&dir.read("take.wav")), expected, option);
        assert_eq!(outcome.event("end")["frames"], frames, "{option}");
        // The header on a pipe cannot be corrected, so it must be right from the start.
        let outcome = record(&dir, &format!("-q {option}")).succeed();
        assert_eq!(outcome.stdout.len(), HEADER + frames * FRAME);
        assert_same(wav_data(&outcome.stdout), expected, option);
    }
}

#[test]
fn timing_and_size_options_do_not_change_samples() {
    let (dir, sound) = with_mic_input(60_011 * FRAME);
    for options in [
        "--period-size 333 --buffer-size 2000",
        "--period-size 64 --periods 3",
        "--period-size 2000 --buffer-size 500",
        "-F 100ms -B 10ms",
        "-F 20ms -B 100ms",
        "--ring 0",
        "--ring 0.1",
        "--ring 1m",
        "-M",
        "-N",
        "--sync",
        "--fill-gaps",
        "--fatal-errors",
        "--exact",
        "-A 5000 -R 10000 -T 0",
        "--tstamp-mode none",
        "--tstamp-type monotonic_raw",
        "--disable-resample --disable-channels --disable-format --disable-softvol",
        "-V stereo",
        "--part",
        "--no-part",
        "--dump-hw-params",
    ] {
        record(&dir, &format!("{options} -s 60011 take.wav")).succeed();
        assert_same(wav_data(&dir.read("take.wav")), &sound, options);
        fs::remove_file(dir.at("take.wav")).unwrap();
    }
}
