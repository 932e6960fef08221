//! Options that choose and configure the device.

use crate::common::{CD, Dir, Layout, MONO, STEREO, noise, silence, wav, wav_claiming};
use rustix::process::Signal;
use std::fs;

#[test]
fn timing_and_size_options_do_not_change_samples() {
    let dir = Dir::new();
    let data = noise(30_011 * 4, 3);
    dir.write("song.wav", wav(STEREO, &data));
    for options in [
        "--period-size 333 --buffer-size 2000",
        "--period-size 64 --periods 3",
        "--period-size 2000 --buffer-size 500",
        "-F 100ms -B 10ms",
        "--buffer-size 999999",
        "-F 20ms -B 100ms",
        "-F 20000 -B 80000",
        "--period-time 10ms --periods 4",
        "-R 1 -T 100000 -A 5000",
        "-R -10000 -T 0",
        "-R 50ms --avail-min 10ms",
        "--tstamp-mode none",
        "--tstamp-mode enable --tstamp-type gettimeofday",
        "--tstamp-type monotonic_raw",
        "--fatal-errors --exact",
        "--disable-resample --disable-channels --disable-format --disable-softvol",
        "-f S16_LE -r 48000 -c 2",
        "-r 48k",
        "-f dat",
    ] {
        dir.play(options.split(' ')).arg("song.wav").succeed();
        dir.assert_played(&data, options);
    }
}

#[test]
fn exact_refuses_with_supported_values_and_a_working_hint() {
    let dir = Dir::new();
    let float = Layout {
        tag: 3,
        bits: 32,
        bytes: 4,
        ..STEREO
    };
    // (device, format of the file, expected in the message, bytes per played frame)
    let cases = [
        ("linear", float, ["FLOAT_LE", "S24_3LE"], 4),
        ("stereo", MONO, ["1 channel", "channels 2"], 4),
    ];
    for (device, layout, args, frame) in cases {
        dir.write("song.wav", wav(layout, &silence(4800 * layout.frame())));
        let outcome = dir
            .aloud(["play", "--exact", "-D", device, "song.wav"])
            .fail(6);
        let line = outcome.error_line();
        assert!(line.contains(&format!("'{device}'")), "{outcome}");
        assert!(args.iter().all(|word| line.contains(word)), "{outcome}");
        assert!(dir.played().is_empty(), "{device}");
        let hint = *outcome.hints().first().expect("a hint");
        assert!(hint.starts_with("omit --exact"), "{hint}");
        dir.aloud(["play", "-D", device, "song.wav"]).succeed();
        assert_eq!(dir.played().len(), 4800 * frame, "{device}");
    }
    let adpcm = [
        "-t",
        "raw",
        "-f",
        "IMA_ADPCM",
        "-r",
        "48000",
        "-c",
        "2",
        "song.wav",
    ];
    let outcome = dir
        .aloud(["play", "-D", "linear"].iter().chain(&adpcm))
        .fail(6);
    assert_eq!(outcome.hints(), ["open 'plug:linear', which converts"]);
}

#[test]
fn exact_refuses_a_different_spec() {
    let dir = Dir::new();
    dir.write("song.wav", wav(STEREO, &noise(4000, 27)));
    for option in ["-r44100", "-c1", "-fS24_3LE", "-fcd"] {
        let outcome = dir.play(["--exact", option, "song.wav"]).fail(6);
        assert!(outcome.error_line().contains("48000"), "{outcome}");
        assert!(dir.played().is_empty(), "{option}");
    }
}

#[test]
fn disable_options_reach_alsa_lib() {
    let dir = Dir::new();
    let plugged =
        |option: &str| dir.aloud(["play", "--exact", "-D", "plugged", option, "song.wav"]);
    dir.write("song.wav", wav(STEREO, &silence(4800)));
    plugged("--disable-resample").fail(6);
    plugged("--disable-channels").succeed();
    assert!(!dir.played().is_empty());
    dir.write(
        "song.wav",
        wav(Layout { channels: 1, ..CD }, &silence(4800)),
    );
    plugged("--disable-channels").fail(6);
    plugged("--disable-resample").succeed();
    assert!(!dir.played().is_empty());
    let wide = Layout {
        bits: 24,
        bytes: 3,
        ..CD
    };
    dir.write("song.wav", wav(wide, &silence(4800)));
    plugged("--disable-format").fail(6);
    plugged("--disable-channels").succeed();
    assert_eq!(dir.played().len(), 3200);
}

#[test]
fn channels_are_reordered_for_the_device() {
    let dir = Dir::new();
    let data = noise(70_001 * 4, 28);
    let swapped: Vec<u8> = data
        .chunks(4)
        .flat_map(|frame| [frame[2], frame[3], frame[0], frame[1]])
        .collect();
    dir.write("song.wav", wav(STEREO, &data));
    let play = |device, map| dir.aloud(["play", "-q", "-D", device, "-m", map, "song.wav"]);
    play("crossed", "FL,FR").succeed();
    dir.assert_played(&swapped, "device with FR,FL");
    play("crossed", "fr,fl").succeed();
    dir.assert_played(&data, "file with FR,FL");
    for map in ["RL,RR", "FL,FL"] {
        let outcome = play("crossed", map).fail(6);
        assert!(outcome.error_line().contains("FR,FL"), "{outcome}");
    }
    play("crossed", "FL,FR,FC").fail(2);
    play("crossed", "FL,XX").fail(2);
    assert!(dir.played().is_empty());
}

#[test]
fn device_is_the_option_then_the_environment_then_default() {
    let dir = Dir::new();
    let data = noise(4000, 32);
    dir.write("song.wav", wav(STEREO, &data));
    dir.aloud(["play", "song.wav"]).succeed();
    assert!(dir.read("default.raw") == data && dir.played().is_empty());
    dir.aloud(["play", "song.wav"])
        .env("ALOUD_DEVICE", "tap")
        .succeed();
    dir.assert_played(&data, "from the environment");
    let _ = std::fs::remove_file(dir.at("default.raw"));
    dir.aloud(["play", "song.wav"])
        .env("ALOUD_DEVICE", "")
        .succeed();
    assert!(dir.read("default.raw") == data && dir.played().is_empty());
    dir.aloud(["info", "song.wav"])
        .env("ALOUD_DEVICE", "")
        .succeed();
    dir.play(["song.wav"])
        .env("ALOUD_DEVICE", "nosuch")
        .succeed();
    dir.assert_played(&data, "from the option");
    let outcome = dir.aloud(["play", "--card", "9", "song.wav"]).fail(3);
    assert!(outcome.error_line().contains("card"), "{outcome}");
}

#[test]
fn process_id_file_exists_only_during_playback() {
    let dir = Dir::new();
    let data = noise(4000, 29);
    for signal in [None, Some(Signal::TERM), Some(Signal::HUP)] {
        let mut player = dir
            .play(["--process-id-file", "aloud.pid", "--json", "-"])
            .stdin_piped()
            .start();
        player.write_stdin(&wav_claiming(0, STEREO, &data));
        player.wait_for_event("start");
        let written = String::from_utf8(dir.read("aloud.pid")).unwrap();
        assert_eq!(written, format!("{}\n", player.id()));
        match signal {
            None => {
                player.close_stdin();
                assert!(player.wait().status.success());
            }
            Some(signal) => {
                player.signal(signal);
                player.wait().assert_killed_by(signal);
            }
        }
        assert!(!dir.at("aloud.pid").exists(), "{signal:?}");
    }
    dir.write("song.wav", wav(STEREO, &data));
    dir.aloud(["play", "-D", "hw:9", "--process-id-file", "aloud.pid"])
        .arg("song.wav")
        .fail(3);
    assert!(!dir.at("aloud.pid").exists());
    dir.play(["--process-id-file", "no/such/folder", "song.wav"])
        .fail(3);
}

#[test]
fn a_process_id_file_replaces_no_other_file() {
    let dir = Dir::new();
    dir.write("song.wav", wav(STEREO, &noise(4000, 29)));
    let song = dir.read("song.wav");
    let outcome = dir
        .play(["--process-id-file", "song.wav", "song.wav"])
        .fail(10);
    assert!(outcome.error_line().contains("'song.wav'"), "{outcome}");
    assert_eq!(dir.read("song.wav"), song);
    // What an earlier process left is replaced. A device is not removed.
    dir.write("old.pid", "1234\n");
    dir.play(["--process-id-file", "old.pid", "song.wav"])
        .succeed();
    assert!(!dir.at("old.pid").exists());
    std::os::unix::fs::symlink("/dev/null", dir.at("null")).unwrap();
    dir.play(["--process-id-file", "null", "song.wav"])
        .succeed();
    assert!(dir.at("null").is_symlink());
}

#[test]
fn messages_go_to_stderr_and_follow_quiet_and_verbose() {
    let dir = Dir::new();
    dir.write("song.wav", wav(STEREO, &silence(48_000)));
    let says = |args: &[&str]| {
        let outcome = dir.play(args).arg("song.wav").succeed();
        assert!(outcome.stdout.is_empty(), "{outcome}");
        outcome.stderr().to_owned()
    };
    assert_eq!(says(&["-q"]), "");
    let normal = says(&[]);
    assert!(
        normal.contains("song.wav") && normal.contains("48000"),
        "{normal}"
    );
    assert!(
        !normal.contains('\r') && !normal.contains('\u{1b}'),
        "no bar without a terminal: {normal:?}"
    );
    let verbose = says(&["-v"]);
    assert!(
        verbose.contains("requested") && verbose.contains("granted"),
        "{verbose}"
    );
    assert!(verbose.contains("24000"), "the buffer: {verbose}");
    let limits = says(&["--dump-hw-params"]);
    assert!(
        limits.contains("BUFFER_SIZE") && limits.contains("RATE"),
        "{limits}"
    );
}

#[test]
fn keys_need_a_terminal() {
    let dir = Dir::new();
    dir.write("song.wav", wav(STEREO, &silence(48_000)));
    let outcome = dir.play(["-i", "song.wav"]).fail(2);
    assert!(outcome.error_line().contains("terminal"), "{outcome}");
    assert!(dir.played().is_empty());
}

#[test]
fn long_pcm_names_are_described() {
    let dir = Dir::new();
    let data = noise(4000, 33);
    dir.write("song.wav", wav(STEREO, &data));
    let folder = ["a".repeat(120), "b".repeat(120), "c".repeat(120)].join("/");
    fs::create_dir_all(dir.at(&folder)).unwrap();
    let out = format!("{folder}/out.raw");
    let device = format!("file:{out},raw");
    let outcome = dir
        .aloud(["play", "-v", "-D", &device, "song.wav"])
        .succeed();
    assert!(dir.read(&out) == data);
    assert!(outcome.stderr().contains(&out), "{outcome}");
}
