//! Reported faults: found in aloud by fuzzing, or reported of the programs and libraries that it replaces or uses.

use crate::common::{
    Dir, FRAME, FRAMES, HEADER, LiveMic, assert_same, data_path, file_names, joined, noise,
    read_back, record, wait_until, wav_data, with_mic_input, with_pcms,
};
use aloud::audio::file::OutputTarget;
use aloud::audio::format::Format;
use aloud::audio::pcm::{Direction, Pcm, Request};
use aloud::audio::recording::{Recording, RecordingOptions};
use aloud::audio::spec::Spec;
use aloud::audio::stream::Sink;
use rustix::process::Signal;
use std::fs::{self, File};
use std::io::Read;
use std::os::unix::fs::symlink;

/// alsa-utils #260 and #308: arecord 1.2.16 writes S24_LE with a block alignment of 6 bytes, which nothing plays right.
#[test]
fn s24_le_is_stored_as_s32_le() {
    let (dir, sound) = with_mic_input(FRAMES * 8);
    record(&dir, "-q -f S24_LE -s 3001 take.wav").succeed();
    // The 24 bits move up into the high bytes.
    let expected: Vec<u8> = sound
        .chunks(4)
        .flat_map(|sample| [0, sample[0], sample[1], sample[2]])
        .collect();
    let (spec, found) = read_back(dir.at("take.wav"));
    assert_eq!(spec, "S32_LE 48000 2");
    assert_same(&found, &expected, "S24_LE");
}

/// arecord 1.2.16 leaves the tail of a longer file behind a recording through a symbolic link, and with `-I`.
#[test]
fn longer_files_are_truncated() {
    let (dir, sound) = with_mic_input(1000 * FRAME);
    for options in ["", "--part"] {
        dir.write("long.wav", noise(100_000, 3));
        symlink("long.wav", dir.at("link.wav")).unwrap();
        record(&dir, &format!("-q {options} -s 1000 link.wav")).succeed();
        assert!(dir.at("link.wav").is_symlink(), "{options}");
        assert_same(wav_data(&dir.read("long.wav")), &sound, "through a link");
        dir.write("long.wav", noise(100_000, 3));
        record(&dir, &format!("-q {options} -s 1000 long.wav")).succeed();
        assert_same(wav_data(&dir.read("long.wav")), &sound, "by its name");
        for channel in ["long.0", "long.1"] {
            dir.write(channel, noise(100_000, 4));
        }
        record(&dir, &format!("-q {options} -I -t raw -s 1000 long")).succeed();
        assert_eq!(dir.read("long.0").len(), 2000, "with -I");
        assert_eq!(dir.read("long.1").len(), 2000, "with -I");
        fs::remove_file(dir.at("link.wav")).unwrap();
    }
}

/// arecord 1.2.16 keeps only the last file if a strftime pattern yields the same name again.
#[test]
fn strftime_does_not_overwrite_its_own_files() {
    let (dir, sound) = with_mic_input(3000 * FRAME);
    let args = "-q --use-strftime -s 3000 -r 1000 --max-file-time 1 take%%.wav";
    record(&dir, args).succeed();
    let files = file_names(&dir, "take");
    assert_eq!(files.len(), 3, "{files:?}");
    assert_eq!(joined(&dir, &files).len(), sound.len());
    let first = wav_data(&dir.read("take%.wav")).to_vec();
    assert_same(&first, &sound[..1000 * FRAME], "the first");
    record(&dir, args).succeed();
    assert_eq!(file_names(&dir, "take").len(), 6);
}

/// arecord 1.2.16 writes a second RIFF header into a pipe on SIGUSR1.
#[test]
fn usr1_writes_no_second_header_to_a_pipe() {
    let dir = Dir::new();
    let mic = LiveMic::start(&dir);
    let recorder = LiveMic::record(&dir, "-q -t raw -").start();
    wait_until("sound", || recorder.stdout().len() > 10_000);
    recorder.signal(Signal::USR1);
    let before = recorder.stdout().len();
    wait_until("more", || recorder.stdout().len() > before + 100_000);
    recorder.signal(Signal::INT);
    let outcome = recorder.wait();
    assert!(outcome.status.success(), "{}", outcome.status);
    mic.assert_recorded(&outcome.stdout, "no header in the middle");
}

/// alsa-utils #48: arecord ends a WAV file in a pipe after 2 GiB, with status 0.
#[test]
fn a_wav_in_a_pipe_continues_past_4_gib() {
    let dir = Dir::new();
    let pipe = dir.fifo("pipe.wav");
    let reader = {
        let pipe = pipe.clone();
        std::thread::spawn(move || bytes_until_eof(File::open(pipe).unwrap()))
    };
    let spec = Spec::new(Format::S16_LE, 44_100, 2).unwrap();
    let target = OutputTarget::from(pipe.as_path());
    let mut sink = Recording::create(target, spec, &RecordingOptions::default(), |_| {}).unwrap();
    let block = vec![0; 1 << 20];
    let blocks = (4 << 10) + 16;
    for _ in 0..blocks {
        sink.write(&block).unwrap();
    }
    sink.finish().unwrap();
    drop(sink);
    let expected = blocks as u64 * block.len() as u64 + HEADER as u64;
    assert_eq!(reader.join().unwrap(), expected);
}

fn bytes_until_eof(mut pipe: File) -> u64 {
    let mut buffer = vec![0; 1 << 20];
    let mut total = 0;
    while let count @ 1.. = pipe.read(&mut buffer).unwrap() {
        total += count as u64;
    }
    total
}

/// Found by fuzzing: each of these files made the decoder hang, panic, or ask for all memory. Now they end with an error, or
/// play as far as they can be decoded.
#[test]
fn files_found_by_fuzzing_do_no_harm() {
    let dir = Dir::new();
    let files = fs::read_dir(data_path("hostile")).unwrap();
    let mut count = 0;
    for file in files {
        let path = file.unwrap().path();
        let outcome = dir.play([&path]).run();
        let name = path.display().to_string();
        assert!(outcome.stderr().contains(&name), "{outcome}");
        assert!(matches!(outcome.status.code(), Some(0 | 10)), "{outcome}");
        count += 1;
    }
    assert!(count > 0);
}

/// alsa-lib 1.2.8: capturing from the null PCM returns success without writing to the buffer.
#[test]
fn frames_that_a_plugin_leaves_unwritten_read_as_zeros() {
    with_pcms(|_| {
        let mut pcm = Pcm::open(Request::new("null", Direction::Capture)).unwrap();
        let mut buffer = [0x55; 32 * 4];
        pcm.read(&mut buffer).unwrap();
        assert!(buffer.iter().all(|byte| *byte == 0));
    });
}

/// alsa-lib 1.2.8 returns success from `snd_pcm_drain` and `snd_pcm_drop` if its `file` plugin cannot write what it holds, and
/// from reads if it cannot read its `infile`. aplay 1.2.8 ends with status 0 then.
#[test]
fn failures_of_the_file_plugin_are_errors() {
    let dir = Dir::new();
    let configuration = String::from_utf8(dir.read("alsa.conf")).unwrap();
    let pcms = r#"
pcm.full { type file slave.pcm null file "/dev/full" format raw }
pcm.plug_full { type plug slave.pcm full }
pcm.missing { type file slave.pcm null file "/dev/null/x.raw" format raw }
pcm.folder { type file slave.pcm null file "/dev/null" infile "/" format raw }
"#;
    dir.write("alsa.conf", configuration + pcms);
    let full = (10, "no_space", "No space left on device");
    for (args, (status, kind, reason)) in [
        // Written by the drain, and by a write.
        ("tone -D full -d 0.01", full),
        ("tone -D full -M -d 0.01", full),
        ("tone -D full -d 2", full),
        ("tone -D plug_full -f FLOAT_LE -d 0.01", full),
        ("tone -D full -D plug_full -d 0.01", full),
        ("tone -D missing -d 0.01", (10, "io", "could not be opened")),
        // Written by the drop at the end of a recording.
        ("record -D full -s 100 -t raw /dev/null", full),
        (
            "record -D folder -s 100 -t raw /dev/null",
            (10, "io", "Is a directory"),
        ),
    ] {
        let outcome = dir.aloud(args.split(' ')).arg("--json").fail(status);
        let stderr = outcome.stderr();
        assert_eq!(outcome.error()["kind"], kind, "{args}: {stderr}");
        assert!(stderr.contains(reason), "{args}: {stderr}");
    }
}
