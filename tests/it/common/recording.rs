//! Recording from PCMs whose input is known, and reading back what was recorded.

use super::{Dir, Program, noise};
use aloud::audio::file::{Input, ReadOptions, open};
use serde_json::Value;
use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// Bytes of a frame where nothing is asked for: S16_LE, two channels.
pub const FRAME: usize = 4;

/// Bytes in front of the sound of a WAV of integers.
pub const HEADER: usize = 44;

/// A folder whose `mic` hears this noise, from its start in every recording, and silence after it.
pub fn hearing(bytes: usize) -> (Dir, Vec<u8>) {
    let dir = Dir::new();
    let sound = noise(bytes, 1);
    dir.write("in.raw", &sound);
    (dir, sound)
}

pub fn record<W: AsRef<std::ffi::OsStr>>(dir: &Dir, words: impl IntoIterator<Item = W>) -> Program {
    dir.aloud(["record", "-D", "mic"]).args(words)
}

/// A recording in words that are separated by spaces.
pub fn say(dir: &Dir, words: &str) -> Program {
    record(dir, words.split_whitespace())
}

/// What a file holds by the reader of the library: the format, the rate, the channels and all of the sound.
#[track_caller]
pub fn read_back(path: impl AsRef<Path>) -> (String, Vec<u8>) {
    let input = Input::open(path.as_ref()).unwrap();
    let mut source = open(input, &ReadOptions::default()).unwrap();
    let spec = source.spec();
    let mut sound = Vec::new();
    let mut buffer = vec![0; 1000 * spec.frame_bytes()];
    while let count @ 1.. = source.read(&mut buffer).unwrap() {
        sound.extend_from_slice(&buffer[..count]);
    }
    let described = format!("{} {} {}", spec.format.name(), spec.rate, spec.channels);
    (described, sound)
}

/// The sound of a WAV, of RIFF's plainest shape and with the sizes that it has.
#[track_caller]
pub fn wav_data(wav: &[u8]) -> &[u8] {
    assert!(wav.len() >= HEADER, "{} bytes are no WAV", wav.len());
    assert_eq!(le32(wav, 4) as usize, wav.len() - 8, "the form's length");
    assert_eq!(le32(wav, 40) as usize, wav.len() - HEADER, "the sound's");
    &wav[HEADER..]
}

pub fn le32(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap())
}

pub fn le64(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap())
}

pub fn be32(bytes: &[u8], at: usize) -> u32 {
    u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap())
}

/// Asserts that it is the same, without printing a megabyte where it is not.
#[track_caller]
pub fn assert_same(found: &[u8], expected: &[u8], what: &str) {
    let same = found
        .iter()
        .zip(expected)
        .take_while(|(a, b)| a == b)
        .count();
    assert!(
        found == expected,
        "{what}: {} bytes are there, {} should be; they differ from byte {same} on",
        found.len(),
        expected.len()
    );
}

/// Each sample with its bytes in the other order.
pub fn byte_swapped(sound: &[u8], bytes: usize) -> Vec<u8> {
    let samples = sound.chunks(bytes);
    samples
        .flat_map(|sample| sample.iter().rev().copied())
        .collect()
}

/// Names of the files in a folder that begin so, sorted.
pub fn names(dir: &Dir, beginning: &str) -> Vec<String> {
    let entries = fs::read_dir(dir.path()).unwrap();
    let mut names: Vec<_> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with(beginning))
        .collect();
    names.sort();
    names
}

/// The sound of these WAVs, end to end.
#[track_caller]
pub fn joined(dir: &Dir, names: &[impl AsRef<str>]) -> Vec<u8> {
    let all = names
        .iter()
        .map(|name| wav_data(&dir.read(name.as_ref())).to_vec());
    all.collect::<Vec<_>>().concat()
}

/// The events on a stream of JSON lines.
#[track_caller]
pub fn events(lines: &[u8]) -> Vec<Value> {
    let lines = std::str::from_utf8(lines).unwrap().lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect()
}

/// Names of files by the events that tell of them, as `opened take.wav`.
pub fn file_events(events: &[Value]) -> Vec<String> {
    let files = events.iter().filter(|event| event["event"] == "file");
    let told = |file: &Value| format!("{} {}", file["state"], file["name"]).replace('"', "");
    files.map(told).collect()
}

/// A microphone that hears only what is said while it listens: the PCM `live`. It says the same noise over and over,
/// in blocks that are read whole with `--buffer-size 1000`.
pub struct LiveMic {
    ended: Arc<AtomicBool>,
    speaker: Option<JoinHandle<()>>,
    noise: Vec<u8>,
}

impl LiveMic {
    pub const BLOCK: usize = 1000 * FRAME;

    pub fn begin(dir: &Dir) -> LiveMic {
        let fifo = dir.fifo("live");
        let configuration = String::from_utf8(dir.read("alsa.conf")).unwrap();
        let live = format!(
            "pcm.live {{ type file slave.pcm null file \"/dev/null\" infile \"{}\" format raw }}\n",
            fifo.to_str().unwrap()
        );
        dir.write("alsa.conf", configuration + &live);
        // Open both ways, it waits for nobody and never ends.
        let mut fifo = File::options()
            .read(true)
            .write(true)
            .custom_flags(libc::O_NONBLOCK)
            .open(fifo)
            .unwrap();
        let noise = noise(500 * LiveMic::BLOCK, 2);
        let (ended, said) = (Arc::new(AtomicBool::new(false)), noise.clone());
        let until = ended.clone();
        let speaker = std::thread::spawn(move || {
            let mut blocks = said.chunks(LiveMic::BLOCK).cycle();
            let mut block = blocks.next().unwrap();
            while !until.load(Ordering::Relaxed) {
                // All of a block or nothing of it: it is no longer than a pipe takes at once.
                if fifo.write(block).is_ok() {
                    block = blocks.next().unwrap();
                }
                std::thread::sleep(Duration::from_millis(1));
            }
        });
        LiveMic {
            ended,
            speaker: Some(speaker),
            noise,
        }
    }

    pub fn record(dir: &Dir, words: &str) -> Program {
        let words = words.split_whitespace();
        dir.aloud(["record", "-D", "live", "--buffer-size", "1000"])
            .args(words)
    }

    #[track_caller]
    pub fn assert_recorded(&self, sound: &[u8], what: &str) {
        let said: Vec<u8> = self
            .noise
            .iter()
            .cycle()
            .take(sound.len())
            .copied()
            .collect();
        assert!(!sound.is_empty(), "{what}: there is nothing");
        assert_same(sound, &said, what);
    }
}

impl Drop for LiveMic {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        if let Some(speaker) = self.speaker.take() {
            let _ = speaker.join();
        }
    }
}

pub const CHANNELS: [usize; 3] = [1, 2, 8];

/// Frames that are no multiple of anything.
pub const FRAMES: usize = 3001;
