//! Several devices that play together.

use crate::common::{Dir, STEREO, noise, wav};

/// Asserts that a device has played silence and then exactly `sound`.
#[track_caller]
fn assert_played_after_silence(dir: &Dir, file: &str, sound: &[u8]) {
    let played = dir.read(file);
    let silence = played.len().saturating_sub(sound.len());
    assert!(played.ends_with(sound), "{file}: {} bytes", played.len());
    assert!(played[..silence].iter().all(|byte| *byte == 0), "{file}");
}

/// Some of the channels of frames with three samples of two bytes.
fn channels(frames: &[u8], from: usize, to: usize) -> Vec<u8> {
    let frames = frames.chunks_exact(6);
    frames
        .flat_map(|frame| frame[2 * from..2 * to].to_vec())
        .collect()
}

#[test]
fn each_device_plays_the_same_sound() {
    let dir = Dir::new();
    let data = noise(100_000, 1);
    dir.write("x.wav", wav(STEREO, &data));
    let devices = ["play", "--json", "-D", "tap", "-D", "default", "x.wav"];
    let outcome = dir.aloud(devices).succeed();
    assert!(outcome.stdout().contains(r#""first_channel":null"#));
    assert_played_after_silence(&dir, "tap.raw", &data);
    assert_played_after_silence(&dir, "default.raw", &data);
}

#[test]
fn devices_play_the_channels_that_they_are_given() {
    let dir = Dir::new();
    let data = noise(3 * 30_000 * 2, 2);
    let data = &data[..data.len() / 6 * 6];
    dir.write("x.raw", data);
    let raw = ["-t", "raw", "-f", "S16_LE", "-r", "48000", "-c", "3"];
    let devices = ["play", "-D", "tap", "-D", "default", "--split-channels=2,1"];
    dir.aloud(devices).args(raw).arg("x.raw").succeed();
    assert_played_after_silence(&dir, "tap.raw", &channels(data, 0, 2));
    assert_played_after_silence(&dir, "default.raw", &channels(data, 2, 3));
}

#[test]
fn files_of_one_channel_are_shared_out() {
    let dir = Dir::new();
    let (left, right) = (noise(9000, 3), noise(9000, 4));
    dir.write("take.0", &left);
    dir.write("take.1", &right);
    let raw = ["-I", "-f", "S16_LE", "-r", "48000", "-c", "2"];
    let devices = ["play", "-D", "tap", "-D", "default", "--split-channels"];
    dir.aloud(devices).args(raw).arg("take").succeed();
    assert_played_after_silence(&dir, "tap.raw", &left);
    assert_played_after_silence(&dir, "default.raw", &right);
}
