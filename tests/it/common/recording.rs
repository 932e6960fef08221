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

/// Bytes per frame of the default format: S16_LE, 2 channels.
pub const FRAME: usize = 4;

/// Bytes before the data of a plain WAV file.
pub const HEADER: usize = 44;

/// A directory whose `mic` captures the returned noise, from its start in every recording, and then silence.
pub fn with_mic_input(bytes: usize) -> (Dir, Vec<u8>) {
    let dir = Dir::new();
    let sound = noise(bytes, 1);
    dir.write("in.raw", &sound);
    (dir, sound)
}

/// `aloud record -D mic` with more arguments, separated by spaces.
pub fn record(dir: &Dir, args: &str) -> Program {
    dir.aloud(["record", "-D", "mic"])
        .args(args.split_whitespace())
}

/// Reads a file by the library: its format, rate and channels, and its data.
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
    let spec = format!("{} {} {}", spec.format.name(), spec.rate, spec.channels);
    (spec, sound)
}

/// The data of a plain WAV file, after asserting that the sizes in its header are right.
#[track_caller]
pub fn wav_data(wav: &[u8]) -> &[u8] {
    assert!(
        wav.len() >= HEADER,
        "{} bytes are not a WAV file",
        wav.len()
    );
    assert_eq!(
        le32(wav, 4) as usize,
        wav.len() - 8,
        "size of the RIFF chunk"
    );
    assert_eq!(
        le32(wav, 40) as usize,
        wav.len() - HEADER,
        "size of the data chunk"
    );
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

/// Asserts that the bytes are equal. On failure it prints where they differ, not all bytes.
#[track_caller]
pub fn assert_same(found: &[u8], expected: &[u8], what: &str) {
    let same = found
        .iter()
        .zip(expected)
        .take_while(|(a, b)| a == b)
        .count();
    assert!(
        found == expected,
        "{what}: {} bytes instead of {}; the first difference is at byte {same}",
        found.len(),
        expected.len()
    );
}

/// The samples in the other byte order.
pub fn byte_swapped(sound: &[u8], bytes: usize) -> Vec<u8> {
    let samples = sound.chunks(bytes);
    samples
        .flat_map(|sample| sample.iter().rev().copied())
        .collect()
}

/// Names of the files in a directory that start with `prefix`, sorted.
pub fn file_names(dir: &Dir, prefix: &str) -> Vec<String> {
    let entries = fs::read_dir(dir.path()).unwrap();
    let mut names: Vec<_> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with(prefix))
        .collect();
    names.sort();
    names
}

/// The data of these WAV files, concatenated.
#[track_caller]
pub fn joined(dir: &Dir, names: &[impl AsRef<str>]) -> Vec<u8> {
    let all = names
        .iter()
        .map(|name| wav_data(&dir.read(name.as_ref())).to_vec());
    all.collect::<Vec<_>>().concat()
}

/// The events in JSON lines.
#[track_caller]
pub fn events(lines: &[u8]) -> Vec<Value> {
    let lines = std::str::from_utf8(lines).unwrap().lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect()
}

/// The file events as `opened take.wav`.
pub fn file_events(events: &[Value]) -> Vec<String> {
    let files = events.iter().filter(|event| event["event"] == "file");
    let text = |file: &Value| format!("{} {}", file["state"], file["name"]).replace('"', "");
    files.map(text).collect()
}

/// The PCM `live`, which captures noise that is written while it is read. The noise is repeated, in blocks that are read
/// completely with `--buffer-size 1000`.
pub struct LiveMic {
    stopped: Arc<AtomicBool>,
    writer: Option<JoinHandle<()>>,
    noise: Vec<u8>,
}

impl LiveMic {
    pub const BLOCK: usize = 1000 * FRAME;

    pub fn start(dir: &Dir) -> LiveMic {
        let fifo = dir.fifo("live");
        let configuration = String::from_utf8(dir.read("alsa.conf")).unwrap();
        let live = format!(
            "pcm.live {{ type file slave.pcm null file \"/dev/null\" infile \"{}\" format raw }}\n",
            fifo.to_str().unwrap()
        );
        dir.write("alsa.conf", configuration + &live);
        // Open for both directions, opening does not wait for a reader and the reader sees no end of file.
        let mut fifo = File::options()
            .read(true)
            .write(true)
            .custom_flags(libc::O_NONBLOCK)
            .open(fifo)
            .unwrap();
        let noise = noise(500 * LiveMic::BLOCK, 2);
        let (stopped, input) = (Arc::new(AtomicBool::new(false)), noise.clone());
        let until = stopped.clone();
        let writer = std::thread::spawn(move || {
            let mut blocks = input.chunks(LiveMic::BLOCK).cycle();
            let mut block = blocks.next().unwrap();
            while !until.load(Ordering::Relaxed) {
                // A block is at most PIPE_BUF bytes, so that it is written completely or not at all.
                if fifo.write(block).is_ok() {
                    block = blocks.next().unwrap();
                }
                std::thread::sleep(Duration::from_millis(1));
            }
        });
        LiveMic {
            stopped,
            writer: Some(writer),
            noise,
        }
    }

    pub fn record(dir: &Dir, args: &str) -> Program {
        let args = args.split_whitespace();
        dir.aloud(["record", "-D", "live", "--buffer-size", "1000"])
            .args(args)
    }

    #[track_caller]
    pub fn assert_recorded(&self, sound: &[u8], what: &str) {
        let expected: Vec<u8> = self
            .noise
            .iter()
            .cycle()
            .take(sound.len())
            .copied()
            .collect();
        assert!(!sound.is_empty(), "{what}: nothing was recorded");
        assert_same(sound, &expected, what);
    }
}

impl Drop for LiveMic {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::Relaxed);
        if let Some(writer) = self.writer.take() {
            let _ = writer.join();
        }
    }
}

/// Channel counts to record with.
pub const CHANNELS: [usize; 3] = [1, 2, 8];

/// A number of frames that is not a multiple of any period or block.
pub const FRAMES: usize = 3001;
