//! Parts of files, loops, fades and gain.

use crate::common::{
    Dir, S24, STEREO, fit_sine, noise, s16_samples, s32_samples, sine, wait_until, wav,
    wav_claiming,
};
use rustix::process::Signal;

#[test]
fn start_and_end_select_exact_frames() {
    let dir = Dir::new();
    let data = noise(48_000 * 4, 5);
    let file = wav(STEREO, &data);
    dir.write("song.wav", &file);
    let part = |from: usize, to: usize| &data[from * 4..to * 4];
    for (options, from, to) in [
        ("--start 0.25", 12_000, 48_000),
        ("--end 0.75", 0, 36_000),
        ("--start 0.25 --end 0.75", 12_000, 36_000),
        ("--start 0.25 --end 0.75 -d 0.1", 12_000, 16_800),
        ("--start 0.25 -s 7", 12_000, 12_007),
        ("--start 0.9 --end 5", 43_200, 48_000),
    ] {
        for args in ["song.wav", "-"] {
            let play = dir.play(["-q"]).args(options.split(' ')).arg(args);
            play.stdin(file.clone()).succeed();
            dir.assert_played(part(from, to), options);
        }
    }
    let outcome = dir.play(["--start", "2", "song.wav"]).fail(10);
    assert!(
        outcome.error_line().contains("ends after 1.000 s"),
        "{outcome}"
    );
    dir.play(["--start", "2", "--end", "1", "song.wav"]).fail(2);
    assert!(dir.played().is_empty());
}

#[test]
fn loop_repeats_the_list() {
    let dir = Dir::new();
    let (one, two) = (noise(5001 * 4, 6), noise(4003 * 4, 7));
    dir.write("1.wav", wav(STEREO, &one));
    dir.write("2.wav", wav(STEREO, &two));
    dir.play(["-q", "--loop", "3", "1.wav"]).succeed();
    dir.assert_played(&one.repeat(3), "one file");
    dir.play(["-q", "--loop", "2", "1.wav", "2.wav"]).succeed();
    dir.assert_played(&[one.as_slice(), &two].concat().repeat(2), "two files");
    // An endless loop ends if no file can be played.
    dir.play(["-q", "--loop", "0", "gone.wav"]).fail(3);
    let fifo = dir.fifo("fifo");
    for pipe in ["-", fifo.to_str().unwrap()] {
        let outcome = dir.play(["--loop", "2", pipe]).fail(2);
        assert!(outcome.error_line().contains("only once"), "{outcome}");
    }
    dir.write("tap.raw", "");
    let player = dir.play(["-q", "--loop", "0", "1.wav"]).start();
    wait_until("20 rounds", || dir.read("tap.raw").len() > 20 * one.len());
    player.signal(Signal::INT);
    player.wait().assert_killed_by(Signal::INT);
}

#[test]
fn fades_are_linear() {
    let dir = Dir::new();
    let frames: Vec<u8> = 16_384i16.to_le_bytes().repeat(2 * 48_000);
    dir.write("song.wav", wav(STEREO, &frames));
    let fades = ["--fade-in", "0.25", "--fade-out", "0.5", "--no-dither"];
    let outcome = dir.play(fades).args(["-fS16_LE", "song.wav"]).succeed();
    assert!(
        outcome.stderr().contains("fade in 0.25 s, fade out 0.5 s"),
        "{outcome}"
    );
    let played = s16_samples(&dir.played());
    let at = |frame: usize| f64::from(played[2 * frame]) / 16_384.0;
    for (frame, level) in [
        (0, 0.0),
        (6000, 0.5),
        (12_000, 1.0),
        (20_000, 1.0),
        (24_000, 1.0),
        (36_000, 0.5),
        (47_999, 0.0),
    ] {
        assert!((at(frame) - level).abs() < 1e-4, "{frame}: {}", at(frame));
    }
    let outcome = dir
        .play(fades)
        .stdin(wav_claiming(0, STEREO, &frames))
        .fail(10);
    assert!(outcome.hints()[0].contains("--end"), "{outcome}");
    let ended = dir.play(fades).args(["--end", "0.8"]);
    ended.stdin(wav_claiming(0, STEREO, &frames)).succeed();
    // A pipe plays on behind the length that its header claims: a sound cannot fade out twice.
    let outcome = dir
        .play(fades)
        .arg("-fS16_LE")
        .stdin(wav_claiming(24_000 * 4, STEREO, &frames))
        .fail(10);
    let why = "'standard input' goes on after its fade-out: its header gives a shorter length";
    assert!(outcome.stderr().contains(why), "{outcome}");
    let played = s16_samples(&dir.played());
    assert_eq!(played.len(), 2 * 24_000);
    assert_eq!(played.len(), 2 * 24_000);
    assert!(played[2 * 23_999].abs() < 2, "{}", played[2 * 23_999]);
}

#[test]
fn gain_and_volume_scale_samples_and_clipping_is_counted() {
    let dir = Dir::new();
    dir.write("song.wav", wav(S24, &sine(S24, 997.0, 0, 22_050)));
    for (options, level) in [
        ("--gain -6.0206", 0.25),
        ("--gain=3dB", 0.5 * 1.412_538),
        ("--volume 50%", 0.25),
        ("--volume 0", 0.0),
        ("--gain 6.0206 --volume 50", 0.5),
    ] {
        let args = ["play", "-q", "-D", "hifi"];
        dir.aloud(args)
            .args(options.split(' '))
            .arg("song.wav")
            .succeed();
        let played = s32_samples(&dir.played(), 0);
        let (amplitude, _, _) = fit_sine(&played[2000..22_000], 997.0 / 48_000.0);
        assert!((amplitude - level).abs() < 1e-5, "{options}: {amplitude}");
    }
    let outcome = dir
        .aloud(["play", "--json", "-D", "hifi", "--gain", "12", "song.wav"])
        .succeed();
    let clipped = outcome.event("end")["clipped_samples"].as_u64().unwrap();
    // A sine of twice full scale is clipped two thirds of the time.
    assert!((31_000..33_000).contains(&clipped), "{clipped}");
    assert!(
        outcome
            .stderr()
            .contains(&format!("{clipped} samples were over full scale"))
    );
    for wrong in ["--gain x", "--gain 99", "--volume 101", "--volume -1"] {
        dir.play(wrong.split(' ')).arg("song.wav").fail(2);
    }
}

#[test]
fn missing_replaygain_tags_are_reported() {
    let dir = Dir::new();
    let data = noise(5001 * 4, 8);
    dir.write("song.wav", wav(STEREO, &data));
    let args = ["-fS16_LE", "--replaygain", "album", "song.wav"];
    let outcome = dir.play(args).succeed();
    assert!(
        outcome
            .stderr()
            .contains("'song.wav' has no ReplayGain tags"),
        "{outcome}"
    );
    dir.assert_played(&data, "unscaled");
}
