//! `aloud record`: what is in the files is exactly what was captured, and nothing else is touched.

use crate::common::{Dir, Outcome, Program, Running, noise, wait_until};
use aloud::audio::file::{Input, ReadOptions, open};
use rustix::process::Signal;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use serde_json::{Value, json};
use std::fs::{self, File};
use std::io::{Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt, symlink};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// Bytes of a frame where nothing is asked for: S16_LE, two channels.
const FRAME: usize = 4;

/// Bytes in front of the sound of a WAV of integers.
const HEADER: usize = 44;

/// A folder whose `mic` hears this noise, from its start in every recording, and silence after it.
fn hearing(bytes: usize) -> (Dir, Vec<u8>) {
    let dir = Dir::new();
    let sound = noise(bytes, 1);
    dir.write("in.raw", &sound);
    (dir, sound)
}

fn record<W: AsRef<std::ffi::OsStr>>(dir: &Dir, words: impl IntoIterator<Item = W>) -> Program {
    dir.aloud(["record", "-D", "mic"]).args(words)
}

/// A recording in words that are separated by spaces.
fn say(dir: &Dir, words: &str) -> Program {
    record(dir, words.split_whitespace())
}

/// What a file holds by the reader of the library: the format, the rate, the channels and all of the sound.
#[track_caller]
fn read_back(path: impl AsRef<Path>) -> (String, Vec<u8>) {
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
fn sound_of(wav: &[u8]) -> &[u8] {
    assert!(wav.len() >= HEADER, "{} bytes are no WAV", wav.len());
    assert_eq!(le32(wav, 4) as usize, wav.len() - 8, "the form's length");
    assert_eq!(le32(wav, 40) as usize, wav.len() - HEADER, "the sound's");
    &wav[HEADER..]
}

fn le32(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap())
}

fn le64(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap())
}

fn be32(bytes: &[u8], at: usize) -> u32 {
    u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap())
}

/// Asserts that it is the same, without printing a megabyte where it is not.
#[track_caller]
fn assert_same(found: &[u8], expected: &[u8], what: &str) {
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
fn turned(sound: &[u8], bytes: usize) -> Vec<u8> {
    let samples = sound.chunks(bytes);
    samples
        .flat_map(|sample| sample.iter().rev().copied())
        .collect()
}

/// Names of the files in a folder that begin so, sorted.
fn names(dir: &Dir, beginning: &str) -> Vec<String> {
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
fn joined(dir: &Dir, names: &[impl AsRef<str>]) -> Vec<u8> {
    let all = names
        .iter()
        .map(|name| sound_of(&dir.read(name.as_ref())).to_vec());
    all.collect::<Vec<_>>().concat()
}

/// The events on a stream of JSON lines.
#[track_caller]
fn events(lines: &[u8]) -> Vec<Value> {
    let lines = std::str::from_utf8(lines).unwrap().lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect()
}

/// Names of files by the events that tell of them, as `opened take.wav`.
fn files_told(events: &[Value]) -> Vec<String> {
    let files = events.iter().filter(|event| event["event"] == "file");
    let told = |file: &Value| format!("{} {}", file["state"], file["name"]).replace('"', "");
    files.map(told).collect()
}

/// A microphone that hears only what is said while it listens: the PCM `live`. It says the same noise over and over,
/// in blocks that are read whole with `--buffer-size 1000`.
struct Speech {
    ended: Arc<AtomicBool>,
    speaker: Option<JoinHandle<()>>,
    noise: Vec<u8>,
}

impl Speech {
    const BLOCK: usize = 1000 * FRAME;

    fn begin(dir: &Dir) -> Speech {
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
        let noise = noise(500 * Speech::BLOCK, 2);
        let (ended, said) = (Arc::new(AtomicBool::new(false)), noise.clone());
        let until = ended.clone();
        let speaker = std::thread::spawn(move || {
            let mut blocks = said.chunks(Speech::BLOCK).cycle();
            let mut block = blocks.next().unwrap();
            while !until.load(Ordering::Relaxed) {
                // All of a block or nothing of it: it is no longer than a pipe takes at once.
                if fifo.write(block).is_ok() {
                    block = blocks.next().unwrap();
                }
                std::thread::sleep(Duration::from_millis(1));
            }
        });
        Speech {
            ended,
            speaker: Some(speaker),
            noise,
        }
    }

    fn record(dir: &Dir, words: &str) -> Program {
        let words = words.split_whitespace();
        dir.aloud(["record", "-D", "live", "--buffer-size", "1000"])
            .args(words)
    }

    #[track_caller]
    fn assert_heard(&self, sound: &[u8], what: &str) {
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

impl Drop for Speech {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        if let Some(speaker) = self.speaker.take() {
            let _ = speaker.join();
        }
    }
}

/// Waits until so many files were told of as opened.
#[track_caller]
fn wait_for_files(recorder: &Running, count: usize) {
    wait_until("a file to be opened", || {
        recorder.stdout().matches("\"opened\"").count() >= count
    });
}

const CHANNELS: [usize; 3] = [1, 2, 8];

/// Frames that are no multiple of anything.
const FRAMES: usize = 3001;

#[test]
fn raw_samples_of_every_linear_format_are_what_was_captured() {
    let (dir, sound) = hearing(FRAMES * 8 * 8);
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
        let words = format!("-q -t raw -f {format} -c {channels} -s {FRAMES} take");
        say(&dir, &words).succeed();
        let expected = &sound[..FRAMES * bytes * channels];
        assert_same(&dir.read("take"), expected, &words);
    }
}

#[test]
fn a_wav_and_an_rf64_hold_every_format_that_they_can_bit_for_bit() {
    let (dir, sound) = hearing(FRAMES * 8 * 8);
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
                false => turned(captured, bytes),
            };
            for name in ["take.wav", "take.rf64"] {
                let words = format!("-q -f {format} -c {channels} -r 44100 -s {FRAMES} {name}");
                say(&dir, &words).succeed();
                let (spec, found) = read_back(dir.at(name));
                assert_eq!(spec, format!("{stored} 44100 {channels}"), "{words}");
                assert_same(&found, &expected, &words);
                let file = dir.read(name);
                let padded = expected.len().next_multiple_of(2);
                if name == "take.wav" {
                    assert_eq!(le32(&file, 4) as usize, file.len() - 8, "{words}");
                    let at = file.len() - padded - 4;
                    assert_eq!(le32(&file, at) as usize, expected.len(), "{words}");
                } else {
                    assert!(file.starts_with(b"RF64"), "{words}");
                    assert_eq!(le64(&file, 20) as usize, file.len() - 8, "{words}");
                    assert_eq!(le64(&file, 28) as usize, expected.len(), "{words}");
                    assert_eq!(le64(&file, 36) as usize, FRAMES, "{words}");
                }
            }
        }
    }
}

#[test]
fn a_w64_and_an_au_hold_every_format_that_they_can_bit_for_bit() {
    let (dir, sound) = hearing(FRAMES * 8 * 8);
    // Format, bytes of a sample, and its number in an AU.
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
            let words = format!("-q -f {format} -c {channels} -s {FRAMES}");
            say(&dir, &words).arg("take.w64").succeed();
            let file = dir.read("take.w64");
            assert!(file.starts_with(b"riff\x2e\x91\xcf\x11"), "{words}");
            assert_eq!(le64(&file, 16) as usize, file.len(), "{words}");
            let head = file.len() - captured.len();
            assert!(file[head - 24..].starts_with(b"data"), "{words}");
            assert_eq!(le64(&file, head - 8) as usize, captured.len() + 24);
            assert_same(&file[head..], captured, &words);

            say(&dir, &words).arg("take.au").succeed();
            let file = dir.read("take.au");
            assert!(file.starts_with(b".snd"), "{words}");
            let header = [28, captured.len(), encoding, 48_000, channels];
            let found = [4, 8, 12, 16, 20].map(|at| be32(&file, at) as usize);
            assert_eq!(found, header, "{words}");
            assert_same(&file[28..], &turned(captured, bytes), &words);
        }
    }
}

#[test]
fn twenty_four_bits_in_four_bytes_are_stored_as_what_nobody_reads_wrong() {
    let (dir, sound) = hearing(FRAMES * 8);
    say(&dir, "-q -f S24_LE -s 3001 take.wav").succeed();
    // The value moves to the top; the byte above it is nothing.
    let expected: Vec<u8> = sound
        .chunks(4)
        .flat_map(|sample| [0, sample[0], sample[1], sample[2]])
        .collect();
    let (spec, found) = read_back(dir.at("take.wav"));
    assert_eq!(spec, "S32_LE 48000 2");
    assert_same(&found, &expected, "S24_LE");
}

#[test]
fn what_was_recorded_is_what_is_played() {
    let (dir, sound) = hearing(30_011 * 8);
    for (options, bytes) in [
        ("", 4),
        ("-f cd", 4),
        ("-f dat -c 1", 2),
        ("-f U8 -c 1", 1),
        ("-f S24_3LE", 6),
        ("-f FLOAT_LE -r 96k", 8),
        ("-t rf64 -f S32_LE", 8),
    ] {
        say(&dir, &format!("-q {options} -s 30011 take.wav")).succeed();
        dir.play(["-q", "take.wav"]).succeed();
        dir.assert_played(&sound[..30_011 * bytes], options);
    }
}

#[test]
fn without_a_word_it_is_16_bits_at_48_khz_in_two_channels_as_a_wav() {
    let (dir, sound) = hearing(4000);
    let outcome = say(&dir, "--json -s 1000 take").succeed();
    let spec = json!({"format": "S16_LE", "rate": 48_000, "channels": 2});
    assert_eq!(outcome.event("start")["requested"], spec);
    assert_eq!(outcome.event("start")["realised"], spec);
    assert_eq!(read_back(dir.at("take")), ("S16_LE 48000 2".into(), sound));
}

#[test]
fn cd_cdr_and_dat_are_what_arecord_has_them_be() {
    let (dir, _) = hearing(4000);
    for (name, format, rate) in [
        ("cd", "S16_LE", 44_100),
        ("cdr", "S16_BE", 44_100),
        ("dat", "S16_LE", 48_000),
    ] {
        let outcome = say(&dir, &format!("--json -f {name} -t raw -s 10 take")).succeed();
        let spec = json!({"format": format, "rate": rate, "channels": 2});
        assert_eq!(outcome.event("start")["realised"], spec);
    }
}

#[test]
fn a_device_of_one_channel_is_recorded_as_that_unless_two_were_asked_for() {
    let (dir, _) = hearing(4000);
    let configuration = String::from_utf8(dir.read("alsa.conf")).unwrap();
    let solo = "pcm.solo { type multi slaves.a { pcm mic channels 1 } bindings.0 { slave a channel 0 } }\n";
    dir.write("alsa.conf", configuration + solo);
    let solo = |more: &str| dir.aloud(["record", "-D", "solo"]).args(more.split(' '));
    solo("-q -s 1000 take.wav").succeed();
    assert_eq!(read_back(dir.at("take.wav")).0, "S16_LE 48000 1");
    assert_eq!(sound_of(&dir.read("take.wav")).len(), 2000);
    let outcome = solo("--exact -c 2 -s 1000 two.wav").fail(6);
    assert!(outcome.error_line().contains("'solo'"), "{outcome}");
    assert!(!dir.at("two.wav").exists());
    // Without --exact the one channel is heard on both sides.
    let outcome = solo("-c 2 -s 1000 two.wav").succeed();
    assert!(
        outcome
            .stderr()
            .contains("converting 1 channel → 2 channels\n"),
        "{outcome}"
    );
    let (one, two) = (dir.read("take.wav"), dir.read("two.wav"));
    let both = sound_of(&one).chunks(2).flat_map(|sample| sample.repeat(2));
    assert_same(sound_of(&two), &both.collect::<Vec<_>>(), "both sides");
}

#[test]
fn the_type_is_what_t_says_else_what_the_suffix_says_else_wav() {
    let (dir, sound) = hearing(400);
    for (words, beginning) in [
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
        ("take.raw", &sound),
        ("take.pcm", &sound),
        ("-t raw take.wav", &sound),
        ("-t wav take.raw", b"RIFF"),
        ("-t WAV take.au", b"RIFF"),
        ("-t au take.wav", b".snd"),
        ("-t sparc take", b".snd"),
        ("--file-type w64 take.wav", b"riff"),
    ] {
        say(&dir, &format!("-q -s 100 {words}")).succeed();
        let name = words.rsplit(' ').next().unwrap();
        assert!(dir.read(name).starts_with(beginning), "{words}");
        fs::remove_file(dir.at(name)).unwrap();
    }
}

#[test]
fn a_type_that_cannot_be_written_is_a_wrong_command_line_and_makes_no_file() {
    let (dir, _) = hearing(400);
    for words in [
        "-t mp3 take",
        "-t nonsense take",
        "take.mp3",
        "-t voc take.wav",
    ] {
        say(&dir, &format!("-s 10 {words}")).fail(2);
        assert_eq!(names(&dir, "take"), [] as [&str; 0], "{words}");
    }
}

#[test]
fn a_length_in_time_or_frames_is_kept_to_the_frame() {
    let (dir, sound) = hearing(100_000 * FRAME);
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
        let outcome = say(&dir, &format!("--json {option} take.wav")).succeed();
        assert_same(sound_of(&dir.read("take.wav")), expected, option);
        assert_eq!(outcome.event("end")["frames"], frames, "{option}");
        // No header can be corrected there: it is right from the start.
        let outcome = say(&dir, &format!("-q {option}")).succeed();
        assert_eq!(outcome.stdout.len(), HEADER + frames * FRAME);
        assert_same(sound_of(&outcome.stdout), expected, option);
    }
}

#[test]
fn options_of_time_and_size_change_no_byte() {
    let (dir, sound) = hearing(60_011 * FRAME);
    for options in [
        "--period-size 333 --buffer-size 2000",
        "--period-size 64 --periods 3",
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
        say(&dir, &format!("{options} -s 60011 take.wav")).succeed();
        assert_same(sound_of(&dir.read("take.wav")), &sound, options);
        fs::remove_file(dir.at("take.wav")).unwrap();
    }
}

#[test]
fn without_a_file_it_goes_to_the_pipe_as_with_a_dash() {
    let (dir, sound) = hearing(30_011 * FRAME);
    let none = say(&dir, "-s 30011").succeed();
    let dash = say(&dir, "-s 30011 -").succeed();
    assert_same(&none.stdout, &dash.stdout, "both");
    assert_same(sound_of(&none.stdout), &sound, "the pipe");
    let raw = say(&dir, "-t raw -s 30011 -").succeed();
    assert_same(&raw.stdout, &sound, "raw");
    let file = File::create(dir.at("redirected.wav")).unwrap();
    say(&dir, "-q -s 30011").stdout_to(file).succeed();
    assert_same(sound_of(&dir.read("redirected.wav")), &sound, "a file");
}

#[test]
fn a_terminal_gets_no_sound() {
    let (dir, _) = hearing(400);
    for words in ["-s 10", "-s 10 -"] {
        let user = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&user).unwrap();
        unlockpt(&user).unwrap();
        let name = ptsname(&user, Vec::new()).unwrap().into_string().unwrap();
        let terminal = File::options()
            .read(true)
            .write(true)
            .custom_flags(libc::O_NOCTTY)
            .open(name)
            .unwrap();
        let outcome = say(&dir, words).stdout_to(terminal).fail(2);
        assert!(outcome.error_line().contains("terminal"), "{outcome}");
    }
}

#[test]
fn a_reader_that_has_enough_ends_it_without_a_word() {
    let (dir, sound) = hearing(400_000);
    for words in ["-q", "-", "--json -t raw", "-d 100000 -"] {
        let (mut reader, writer) = std::io::pipe().unwrap();
        let recorder = say(&dir, words).stdout_to(writer).start();
        let mut first = [0; 1000];
        reader.read_exact(&mut first).unwrap();
        drop(reader);
        let outcome = recorder.end();
        assert!(outcome.status.success(), "{words}: {outcome}");
        assert!(!outcome.stderr().contains("aloud:"), "{words}: {outcome}");
        assert!(
            !outcome.stderr().contains("{\"error\""),
            "{words}: {outcome}"
        );
        let head = if words.contains("raw") { 0 } else { HEADER };
        assert_same(&first[head..], &sound[..1000 - head], words);
    }
}

#[test]
fn events_go_to_stdout_unless_it_carries_sound() {
    let (dir, sound) = hearing(30_011 * FRAME);
    let check = |lines: &[u8], name: &str| {
        let events = events(lines);
        let names: Vec<_> = events.iter().map(|event| &event["event"]).collect();
        assert_eq!(names[..2], ["start", "file"]);
        assert_eq!(*names.last().unwrap(), "end");
        let told = [format!("opened {name}"), format!("finished {name}")];
        assert_eq!(files_told(&events), told);
        let finished = events.iter().find(|event| event["state"] == "finished");
        assert_eq!(finished.unwrap()["frames"], 30_011);
        let progress = events.iter().find(|event| event["event"] == "progress");
        assert_eq!(progress.unwrap()["total"], 30_011);
        assert_eq!(events.last().unwrap()["frames"], 30_011);
        assert_eq!(events.last().unwrap()["why"], "finished");
        assert_eq!(events[0]["direction"], "capture");
    };
    // Who is last of the two threads must not matter.
    for _ in 0..10 {
        let outcome = say(&dir, "--json -s 30011 take.wav").succeed();
        assert!(outcome.stderr.is_empty(), "{outcome}");
        check(&outcome.stdout, "take.wav");
        let outcome = say(&dir, "--json -s 30011 -").succeed();
        assert_same(sound_of(&outcome.stdout), &sound, "stdout");
        check(&outcome.stderr, "standard output");
    }
}

#[test]
fn what_is_said_goes_to_stderr_and_quiet_says_nothing() {
    let (dir, _) = hearing(400);
    let outcome = say(&dir, "-s 100 take.wav").succeed();
    assert!(outcome.stdout.is_empty(), "{outcome}");
    assert!(
        outcome.stderr().contains("Recording 'take.wav'"),
        "{outcome}"
    );
    let outcome = say(&dir, "-q -s 100 take.wav").succeed();
    assert!(outcome.stdout.is_empty() && outcome.stderr.is_empty());
}

#[test]
fn a_divided_recording_put_end_to_end_is_the_capture() {
    let (dir, sound) = hearing(100_000 * FRAME);
    let words = "--json -s 100000 --max-file-time 0.5 take.wav";
    let outcome = say(&dir, words).succeed();
    let files: Vec<_> = (1..=5)
        .map(|number| format!("take-0{number}.wav"))
        .collect();
    assert_eq!(names(&dir, "take"), files, "and no .part is left");
    assert_same(&joined(&dir, &files), &sound, words);
    for (name, frames) in files.iter().zip([24_000, 24_000, 24_000, 24_000, 4000]) {
        assert_eq!(sound_of(&dir.read(name)).len(), frames * FRAME, "{name}");
    }
    let told = files_told(&outcome.events());
    let expected = files.iter();
    let expected: Vec<_> = expected
        .flat_map(|name| [format!("opened {name}"), format!("finished {name}")])
        .collect();
    assert_eq!(told, expected);
}

#[test]
fn a_recording_that_stays_below_the_limit_is_one_file_under_its_own_name() {
    let (dir, sound) = hearing(1000 * FRAME);
    for words in ["-s 1000 --max-file-time 1", "-s 1000 --max-file-time 0"] {
        say(&dir, &format!("{words} take.wav")).succeed();
        assert_eq!(names(&dir, "take"), ["take.wav"], "{words}");
        assert_same(sound_of(&dir.read("take.wav")), &sound, words);
    }
}

#[test]
fn a_name_without_a_suffix_stays_without() {
    let (dir, sound) = hearing(3000 * FRAME);
    let words = "-q -t raw -s 3000 -r 1000 --max-file-time 1";
    say(&dir, words).arg("take").succeed();
    let files = ["take-01", "take-02", "take-03"];
    assert_eq!(names(&dir, "take"), files);
    let all = files.map(|name| dir.read(name)).concat();
    assert_same(&all, &sound, words);
}

#[test]
fn a_taken_name_gets_the_next_number_and_nothing_is_overwritten() {
    let (dir, sound) = hearing(3000 * FRAME);
    dir.write("take-02.wav", "mine");
    dir.write("take-04.wav.part", "growing");
    say(&dir, "-q -s 3000 -r 1000 --max-file-time 1 take.wav").succeed();
    assert_eq!(dir.read("take-02.wav"), b"mine");
    assert_eq!(dir.read("take-04.wav.part"), b"growing");
    let files = ["take-01.wav", "take-03.wav", "take-05.wav"];
    assert_same(&joined(&dir, &files), &sound, "around what is there");
    say(&dir, "-q -s 3000 -r 1000 --max-file-time 1 take.wav").succeed();
    assert_same(&joined(&dir, &files), &sound, "the first recording");
    let files = ["take-06.wav", "take-07.wav", "take-08.wav"];
    assert_same(&joined(&dir, &files), &sound, "the second recording");
}

#[test]
fn a_pattern_names_the_files_and_makes_the_folders() {
    let (dir, sound) = hearing(3000 * FRAME);
    let words = "--json --use-strftime -s 3000 -r 1000 --max-file-time 1 %Y/at/%%-%v.wav";
    let outcome = say(&dir, words).succeed();
    let told = files_told(&outcome.events());
    let finished: Vec<_> = told
        .iter()
        .filter_map(|line| line.strip_prefix("finished "))
        .collect();
    assert_eq!(finished.len(), 3, "{told:?}");
    for (name, end) in finished.iter().zip(["%-01.wav", "%-02.wav", "%-03.wav"]) {
        let mut parts = name.split('/');
        let year: u32 = parts.next().unwrap().parse().unwrap();
        assert!(year >= 2026, "{name}");
        assert_eq!(parts.collect::<Vec<_>>(), ["at", end]);
    }
    assert_same(&joined(&dir, &finished), &sound, words);
}

#[test]
fn a_pattern_that_makes_one_name_for_all_overwrites_none() {
    let (dir, sound) = hearing(3000 * FRAME);
    let words = "-q --use-strftime -s 3000 -r 1000 --max-file-time 1 take%%.wav";
    say(&dir, words).succeed();
    let files = names(&dir, "take");
    assert_eq!(files.len(), 3, "{files:?}");
    assert_eq!(joined(&dir, &files).len(), sound.len());
    let first = sound_of(&dir.read("take%.wav")).to_vec();
    assert_same(&first, &sound[..1000 * FRAME], "the first");
    say(&dir, words).succeed();
    assert_eq!(names(&dir, "take").len(), 6);
}

#[test]
fn no_clobber_keeps_what_is_there() {
    let (dir, sound) = hearing(1000 * FRAME);
    dir.write("take.wav", "mine");
    symlink("nowhere", dir.at("dangling.wav")).unwrap();
    for options in ["", "--part"] {
        for name in ["take.wav", "dangling.wav"] {
            let outcome = say(&dir, &format!("--no-clobber {options} -s 1000 {name}")).run();
            assert!(!outcome.status.success(), "{outcome}");
            assert!(outcome.error_line().contains(name), "{outcome}");
        }
        assert_eq!(dir.read("take.wav"), b"mine");
        assert_eq!(names(&dir, "nowhere"), [] as [&str; 0]);
        assert!(!dir.at("take.wav.part").exists());
    }
    say(&dir, "-q --no-clobber -s 1000 new.wav").succeed();
    assert_same(sound_of(&dir.read("new.wav")), &sound, "a new one");
}

#[test]
fn a_file_that_was_longer_is_replaced_to_its_end() {
    let (dir, sound) = hearing(1000 * FRAME);
    for options in ["", "--part"] {
        dir.write("long.wav", noise(100_000, 3));
        symlink("long.wav", dir.at("link.wav")).unwrap();
        say(&dir, &format!("-q {options} -s 1000 link.wav")).succeed();
        assert!(dir.at("link.wav").is_symlink(), "{options}");
        assert_same(sound_of(&dir.read("long.wav")), &sound, "through a link");
        dir.write("long.wav", noise(100_000, 3));
        say(&dir, &format!("-q {options} -s 1000 long.wav")).succeed();
        assert_same(sound_of(&dir.read("long.wav")), &sound, "by its name");
        for channel in ["long.0", "long.1"] {
            dir.write(channel, noise(100_000, 4));
        }
        say(&dir, &format!("-q {options} -I -t raw -s 1000 long")).succeed();
        assert_eq!(dir.read("long.0").len(), 2000, "with -I");
        assert_eq!(dir.read("long.1").len(), 2000, "with -I");
        fs::remove_file(dir.at("link.wav")).unwrap();
    }
}

#[test]
fn nothing_is_touched_where_the_device_cannot_be_opened() {
    let (dir, _) = hearing(400);
    let old = noise(1000, 5);
    for name in ["take.wav", "take.0", "take.1", "stamps"] {
        dir.write(name, &old);
    }
    for (device, options, status) in [
        ("hw:9", "take.wav", 3),
        ("nonsense", "take.wav", 3),
        ("hw:9", "--part take.wav", 3),
        ("hw:9", "-I take", 3),
        ("hw:9", "--timestamps=stamps take.wav", 3),
        ("linear", "--exact -f FLOAT_LE take.wav", 6),
    ] {
        let words = ["record", "-D", device, "-s", "10"];
        let outcome = dir.aloud(words).args(options.split(' ')).fail(status);
        assert!(outcome.error_line().contains(device), "{outcome}");
        for name in ["take.wav", "take.0", "take.1", "stamps"] {
            assert_same(&dir.read(name), &old, options);
        }
        assert_eq!(names(&dir, "take").len(), 3);
    }
    let folders = ["record", "-D", "hw:9", "--use-strftime", "new/%v.wav"];
    dir.aloud(folders).fail(3);
    assert!(!dir.at("new").exists());
}

#[test]
fn part_is_the_name_while_it_grows() {
    let dir = Dir::new();
    let speech = Speech::begin(&dir);
    dir.write("take.wav", "the one before");
    let mut recorder = Speech::record(&dir, "--json --part take.wav").start();
    recorder.wait_for_event("progress");
    assert_eq!(dir.read("take.wav"), b"the one before");
    assert!(dir.at("take.wav.part").exists());
    recorder.signal(Signal::INT);
    let outcome = recorder.end();
    assert!(outcome.status.success(), "{outcome}");
    assert_eq!(names(&dir, "take"), ["take.wav"]);
    speech.assert_heard(sound_of(&dir.read("take.wav")), "under its name");
}

#[test]
fn separate_channels_go_to_the_names_or_to_numbers_behind_one() {
    let (dir, sound) = hearing(3001 * 2 * 8);
    for (channels, words, files) in [
        (2, "left.wav right.wav", &["left.wav", "right.wav"][..]),
        (2, "base.wav", &["base.wav.0", "base.wav.1"]),
        (1, "single.wav", &["single.wav"]),
        (3, "many", &["many.0", "many.1", "many.2"]),
    ] {
        say(&dir, &format!("-q -I -c {channels} -s 3001 {words}")).succeed();
        for (channel, name) in files.iter().enumerate() {
            let expected: Vec<u8> = sound[..3001 * 2 * channels]
                .chunks(2)
                .skip(channel)
                .step_by(channels)
                .flatten()
                .copied()
                .collect();
            let (spec, found) = read_back(dir.at(name));
            assert_eq!(spec, "S16_LE 48000 1");
            assert_same(&found, &expected, name);
        }
        let play = dir.play(["-q", "-I"]).args(files);
        if channels > 1 {
            play.succeed();
            dir.assert_played(&sound[..3001 * 2 * channels], words);
        }
    }
}

#[test]
fn separate_channels_are_divided_alike() {
    let (dir, sound) = hearing(3000 * FRAME);
    let words = "-q -I -s 3000 -r 1000 --max-file-time 1 left.wav right.wav";
    say(&dir, words).succeed();
    for (channel, name) in ["left", "right"].into_iter().enumerate() {
        let files = names(&dir, name);
        let numbered = [1, 2, 3].map(|number| format!("{name}-0{number}.wav"));
        assert_eq!(files, numbered);
        let expected = sound.chunks(2).skip(channel).step_by(2).flatten();
        let expected: Vec<u8> = expected.copied().collect();
        assert_same(&joined(&dir, &files), &expected, name);
    }
}

#[test]
fn the_process_id_file_is_there_while_it_records_and_gone_after() {
    let dir = Dir::new();
    let _speech = Speech::begin(&dir);
    for signal in [Signal::INT, Signal::TERM, Signal::HUP] {
        let words = "--json --process-id-file aloud.pid take.wav";
        let mut recorder = Speech::record(&dir, words).start();
        recorder.wait_for_event("start");
        let written = String::from_utf8(dir.read("aloud.pid")).unwrap();
        assert_eq!(written, format!("{}\n", recorder.id()));
        recorder.signal(signal);
        assert!(recorder.end().status.success());
        assert!(!dir.at("aloud.pid").exists(), "{signal:?}");
    }
    let words = ["record", "-D", "hw:9", "--process-id-file", "aloud.pid"];
    dir.aloud(words).arg("take.wav").fail(3);
    assert!(!dir.at("aloud.pid").exists());
}

#[test]
fn a_place_where_nothing_can_be_written_is_named() {
    let (dir, _) = hearing(400);
    fs::create_dir(dir.at("folder")).unwrap();
    dir.write("file", "");
    for (words, name, status) in [
        ("no/such/take.wav", "no/such/take.wav", 3),
        ("--part no/such/take.wav", "no/such/take.wav", 3),
        ("-I no/take", "no/take.0", 3),
        ("file/take.wav", "file/take.wav", 3),
        ("folder", "folder", 10),
        ("--part folder", "folder", 10),
        ("--process-id-file no/pid take.wav", "no/pid", 3),
        ("--timestamps=no/stamps take.wav", "no/stamps", 3),
    ] {
        let outcome = say(&dir, &format!("-q -s 10 {words}")).fail(status);
        let line = outcome.error_line();
        assert!(line.contains(&format!("'{name}'")), "{outcome}");
    }
    assert_eq!(names(&dir, "folder"), ["folder"]);
    let outcome = say(&dir, "--json -s 10 no/such/take.wav").fail(3);
    assert_eq!(outcome.error()["kind"], "not_found");
}

#[test]
fn a_folder_that_is_not_ours_is_a_matter_of_permission() {
    let (dir, _) = hearing(400);
    fs::create_dir(dir.at("theirs")).unwrap();
    fs::set_permissions(dir.at("theirs"), fs::Permissions::from_mode(0o555)).unwrap();
    let program = env!("CARGO_BIN_EXE_aloud");
    let words = ["record", "-D", "mic", "-s", "10", "theirs/take.wav"];
    // Who is root needs no permission, unless its privileges are taken away.
    let outcome = if rustix::process::geteuid().is_root() {
        let unprivileged = ["--bounding-set", "-dac_override,-dac_read_search", program];
        dir.program("setpriv", unprivileged).args(words).fail(4)
    } else {
        dir.aloud(words).fail(4)
    };
    let line = outcome.error_line();
    assert!(line.contains("'theirs/take.wav'"), "{outcome}");
}

#[test]
fn a_full_disk_is_told_once_and_is_status_10() {
    let (dir, _) = hearing(400);
    let full = || File::options().write(true).open("/dev/full").unwrap();
    let outcomes: [Outcome; 4] = [
        say(&dir, "-q -s 1000 /dev/full").fail(10),
        say(&dir, "-q -t raw /dev/full").fail(10),
        say(&dir, "-q -s 1000").stdout_to(full()).fail(10),
        say(&dir, "-q -t raw -").stdout_to(full()).fail(10),
    ];
    for outcome in outcomes {
        assert_eq!(outcome.stderr().lines().count(), 1, "{outcome}");
        assert!(outcome.error_line().contains("No space left"), "{outcome}");
    }
    let outcome = say(&dir, "-q --timestamps=/dev/full -s 48000 take.wav").fail(10);
    assert!(outcome.error_line().contains("'/dev/full'"), "{outcome}");
    let outcome = say(&dir, "--json -s 1000 /dev/full").fail(10);
    assert_eq!(outcome.error()["kind"], "no_space");
    assert_eq!(outcome.event("end")["why"], "error");
}

#[test]
fn a_size_limit_leaves_a_valid_file_of_what_fitted() {
    let (dir, sound) = hearing(100_000 * FRAME);
    let program = env!("CARGO_BIN_EXE_aloud");
    let limited = ["--fsize=100001", program, "record", "-D", "mic", "-q"];
    let outcome = dir.program("prlimit", limited).arg("take.wav").fail(10);
    assert!(outcome.error_line().contains("'take.wav'"), "{outcome}");
    let fitted = (100_001 - HEADER) / FRAME * FRAME;
    assert_same(
        sound_of(&dir.read("take.wav")),
        &sound[..fitted],
        "what fitted",
    );
}

#[test]
fn a_wrong_command_line_is_status_2_and_makes_no_file() {
    let (dir, _) = hearing(400);
    for words in [
        "one.wav two.wav",
        "-d 1 -s 1 one.wav",
        "-c 0 one.wav",
        "-r 0 one.wav",
        "-f nonsense one.wav",
        "-d nonsense one.wav",
        "-s -5 one.wav",
        "--ring nonsense one.wav",
        "--ring=-1 one.wav",
        "--max-file-time never one.wav",
        "--timestamps one.wav",
        "-V quadro one.wav",
        "-i one.wav",
        "-I",
        "-I -",
        "-I one.wav two.wav three.wav",
        "-I one.wav -",
        "--use-strftime",
        "--use-strftime -",
        "--use-strftime %! -s 10",
        "--wrong one.wav",
    ] {
        let outcome = say(&dir, words).fail(2);
        assert!(outcome.error_line().len() > 10, "{words}: {outcome}");
        for beginning in ["one", "two", "%"] {
            assert_eq!(names(&dir, beginning), [] as [&str; 0], "{words}");
        }
    }
}

#[test]
fn a_signal_is_how_a_recording_without_a_length_ends() {
    for (signal, name) in [
        (Signal::INT, "SIGINT"),
        (Signal::TERM, "SIGTERM"),
        (Signal::HUP, "SIGHUP"),
    ] {
        let dir = Dir::new();
        let speech = Speech::begin(&dir);
        let mut recorder = Speech::record(&dir, "--json take.wav").start();
        recorder.wait_for_event("progress");
        recorder.signal(signal);
        recorder.signal(signal);
        let outcome = recorder.end();
        assert!(outcome.status.success(), "{outcome}");
        let end = outcome.event("end");
        assert_eq!(end["why"], name);
        let file = dir.read("take.wav");
        let sound = sound_of(&file);
        assert_eq!(end["frames"], sound.len() / FRAME);
        speech.assert_heard(sound, name);
        let told = files_told(&outcome.events());
        assert_eq!(told, ["opened take.wav", "finished take.wav"]);
    }
}

#[test]
fn a_signal_before_the_length_is_up_is_what_the_shell_sees() {
    for signal in [Signal::INT, Signal::TERM, Signal::HUP] {
        let dir = Dir::new();
        let speech = Speech::begin(&dir);
        let mut recorder = Speech::record(&dir, "--json -d 1:00:00 take.wav").start();
        recorder.wait_for_event("progress");
        recorder.signal(signal);
        recorder.end().assert_killed_by(signal);
        speech.assert_heard(sound_of(&dir.read("take.wav")), "complete all the same");
    }
}

#[test]
fn usr1_goes_on_in_the_next_file_without_losing_a_frame() {
    let dir = Dir::new();
    let speech = Speech::begin(&dir);
    let recorder = Speech::record(&dir, "--json take.wav").start();
    for count in 1..=3 {
        wait_for_files(&recorder, count);
        let heard = || recorder.stdout().matches("\"progress\"").count();
        let before = heard();
        wait_until("more to be recorded", || heard() > before);
        recorder.signal(Signal::USR1);
    }
    wait_for_files(&recorder, 4);
    recorder.signal(Signal::INT);
    let outcome = recorder.end();
    assert!(outcome.status.success(), "{outcome}");
    let files = [1, 2, 3, 4].map(|number| format!("take-0{number}.wav"));
    assert_eq!(names(&dir, "take"), files);
    let all = joined(&dir, &files);
    speech.assert_heard(&all, "four files");
    assert_eq!(outcome.event("end")["frames"], all.len() / FRAME);
    let told = files_told(&outcome.events());
    let finished = told.iter().filter(|line| line.starts_with("finished"));
    let finished: Vec<_> = finished.map(|line| &line["finished ".len()..]).collect();
    assert_eq!(finished, files, "each is told of under its last name");
}

#[test]
fn usr1_leaves_a_pipe_in_one_piece() {
    let dir = Dir::new();
    let speech = Speech::begin(&dir);
    let recorder = Speech::record(&dir, "-q -t raw -").start();
    wait_until("sound", || recorder.stdout().len() > 10_000);
    recorder.signal(Signal::USR1);
    let before = recorder.stdout().len();
    wait_until("more", || recorder.stdout().len() > before + 100_000);
    recorder.signal(Signal::INT);
    let outcome = recorder.end();
    assert!(outcome.status.success(), "{}", outcome.status);
    speech.assert_heard(&outcome.stdout, "no header in the middle");
}

#[test]
fn a_device_that_always_has_more_is_ended_by_a_signal() {
    let dir = Dir::new();
    let mut recorder = dir
        .aloud(["record", "-D", "default", "--json", "/dev/null"])
        .start();
    recorder.wait_for_event("start");
    recorder.signal(Signal::INT);
    let outcome = recorder.end();
    assert!(outcome.status.success(), "{outcome}");
    assert_eq!(outcome.event("end")["why"], "SIGINT");
}

#[test]
fn each_second_of_frames_has_its_time() {
    let (dir, _) = hearing(400);
    let outcome = say(
        &dir,
        "--json --timestamps -s 48000 --buffer-size 4800 take.wav",
    )
    .succeed();
    let stamps = outcome.events();
    let stamps: Vec<_> = stamps
        .iter()
        .filter(|event| event["event"] == "timestamp")
        .collect();
    assert!(!stamps.is_empty(), "{outcome}");
    for stamp in stamps {
        assert!(stamp["frames"].is_u64(), "{stamp}");
        assert!(is_time(stamp["tstamp"].as_str().unwrap()), "{stamp}");
    }
    let words = "-q --timestamps=stamps -s 240000 --buffer-size 4800 take.wav";
    say(&dir, words).succeed();
    let lines = String::from_utf8(dir.read("stamps")).unwrap();
    let mut last = None;
    for line in lines.lines() {
        let (frames, time) = line.split_once('\t').expect("two columns");
        let frames: u64 = frames.parse().unwrap();
        assert!(is_time(time), "{line}");
        assert!(last.is_none_or(|last| frames >= last + 48_000), "{lines}");
        last = Some(frames);
    }
    assert!((4..=6).contains(&lines.lines().count()), "{lines}");
}

/// Seconds, and nine digits of their parts.
fn is_time(text: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.split_once('.')
        .is_some_and(|(whole, parts)| digits(whole) && digits(parts) && parts.len() == 9)
}

/// More than 4 GiB: once in a while, by hand.
#[test]
#[ignore = "4.6 GB through a pipe"]
fn a_wav_in_a_pipe_goes_on_past_4_gib() {
    let dir = Dir::new();
    let (mut reader, writer) = std::io::pipe().unwrap();
    let words = [
        "record", "-q", "-D", "default", "-f", "cd", "-d", "26000", "-",
    ];
    let recorder = dir.aloud(words).stdout_to(writer).start();
    let count = std::io::copy(&mut reader, &mut std::io::sink()).unwrap();
    assert_eq!(count, 26_000 * 44_100 * 4 + HEADER as u64);
    assert!(recorder.end().status.success());
}
