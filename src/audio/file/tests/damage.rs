//! Truncated files and files with flipped bits: each can be read to an end or returns an error of one line.

use crate::audio::dsp::random::Random;
use crate::audio::error::{Kind, Result};
use crate::audio::file::container::{Container, SNIFF_BYTES};
use crate::audio::file::create::create;
use crate::audio::file::open::open;
use crate::audio::file::options::{DecoderChoice, ReadOptions, WriteOptions};
use crate::audio::file::testing::{Directory, cd, chunk, native, piped, regular, riff, sound};
use crate::audio::format::Format;
use crate::audio::spec::Spec;
use crate::audio::stream::Source;
use crate::audio::stream::testing::drain;
use std::fs;
use std::path::Path;

/// How many times each file is damaged in each way.
const TIMES: usize = 200;

/// Bytes after which reading stops: only VOC files that repeat a part are longer, perhaps endless.
const MAX_READ: usize = 1 << 20;

/// Reads a file to its end, with and without requiring its container.
fn survive(bytes: &[u8], container: Container) {
    let raw = Some(Spec::new(Format::S16_LE, 8000, 2).unwrap());
    for container in [None, Some(container)] {
        let options = ReadOptions {
            container,
            raw,
            decoder: DecoderChoice::Native,
            ..ReadOptions::default()
        };
        for input in [regular("x", bytes), piped("x", bytes, 333)] {
            let end = open(input, &options).and_then(|mut source| exhaust(source.as_mut()));
            if let Err(error) = end {
                let text = error.to_string();
                assert!(text.contains("'x'") && !text.contains('\n'), "{text}");
                assert_ne!(error.kind(), Kind::Internal, "{text}");
            }
        }
    }
}

fn exhaust(source: &mut dyn Source) -> Result<()> {
    let mut buffer = vec![0; 64 * source.spec().frame_bytes()];
    let mut bytes = 0;
    while bytes < MAX_READ {
        match source.read(&mut buffer)? {
            0 => return Ok(()),
            count => bytes += count,
        }
    }
    Ok(())
}

/// A small file of every container that is written here, and files of other programs.
fn samples() -> Vec<(Container, Vec<u8>)> {
    let directory = Directory::new();
    let spec = Spec::new(Format::S16_LE, 8000, 2).unwrap();
    let written = Container::all().filter(|container| container.is_writable());
    let mut files: Vec<_> = written
        .map(|container| {
            let options = WriteOptions {
                container: Some(container),
                ..WriteOptions::default()
            };
            let path = directory.at(container.name());
            let mut sink = create((&*path).into(), spec, &options).unwrap();
            sink.write(&sound(4 * 600)).unwrap();
            sink.finish().unwrap();
            (container, fs::read(path).unwrap())
        })
        .collect();
    let streamed = riff(&[cd(), chunk(b"LIST", b"INFOINAM\x03\0\0\0hi\0\0")]);
    let data = [b"data\xff\xff\xff\xff".as_slice(), &sound(600)].concat();
    files.push((Container::Wav, [streamed, data].concat()));
    files.push((Container::Voc, voc()));
    files.extend(OTHERS.map(|(container, bytes)| (container, bytes.to_vec())));
    files
}

/// Files written by SoX and FFmpeg.
const OTHERS: [(Container, &[u8]); 5] = [
    (
        Container::Au,
        include_bytes!("../../../../tests/data/short.au"),
    ),
    (
        Container::W64,
        include_bytes!("../../../../tests/data/short.w64"),
    ),
    (
        Container::Voc,
        include_bytes!("../../../../tests/data/short.voc"),
    ),
    (
        Container::Voc,
        include_bytes!("../../../../tests/data/short-alaw.voc"),
    ),
    (
        Container::Rf64,
        include_bytes!("../../../../tests/data/short.rf64"),
    ),
];

/// A VOC with a block of each type.
fn voc() -> Vec<u8> {
    let mut bytes = b"Creative Voice File\x1a\x1a\x00\x14\x01\x1f\x11".to_vec();
    bytes.extend(b"\x05\x03\0\0hi\0\x03\x03\0\0\x63\0\x9c\x08\x04\0\0\0\xd0\0\0");
    bytes.extend(b"\x06\x02\0\0\x01\0\x01\x22\0\0\x9c\0");
    bytes.extend(sound(32));
    bytes.extend(b"\x04\x02\0\0\x01\0\x02\x20\0\0");
    bytes.extend(sound(32));
    bytes.extend(b"\x07\0\0\0\x03\x03\0\0\x09\0\x9c\0");
    bytes
}

#[test]
fn truncated_files_are_read_as_far_as_they_go_or_rejected() {
    for (container, bytes) in samples() {
        let step = (bytes.len() / TIMES).max(1);
        let beginning = 0..bytes.len().min(TIMES);
        for length in beginning.chain((0..bytes.len()).step_by(step)) {
            survive(&bytes[..length], container);
        }
    }
}

/// Formats that declare lengths.
const WITH_LENGTHS: [&str; 9] = [
    "flac.mka",
    "mp3.mka",
    "tone.webm",
    "fragments.m4a",
    "fast.m4a",
    "tone.oga",
    "tone.flac",
    "tone.aiff",
    "ms.wav",
];

#[test]
fn truncated_files_and_pipes_play_as_far_as_they_go_and_are_errors() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    for name in WITH_LENGTHS {
        let bytes = fs::read(folder.join(name)).unwrap();
        for eighths in 6..8 {
            let cut = &bytes[..bytes.len() * eighths / 8];
            let [file, pipe] = [regular("x", cut), piped("x", cut, 333)].map(|input| {
                let mut source = open(input, &native()).expect(name);
                let (bytes, end) = drain(source.as_mut(), 500);
                assert!(end.is_err(), "{name}: {eighths}/8");
                bytes
            });
            assert!(!file.is_empty() && file == pipe, "{name}: {eighths}/8");
        }
    }
}

/// A header declares how long its frame is. Fewer bytes than a header declare nothing.
#[test]
fn streams_without_a_length_that_end_in_a_frame_are_errors() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    // Behind the frame of the MP3 that says how many there are.
    for (name, start, header) in [("tone.mp3", 612, 4), ("tone.aac", 0, 7)] {
        let whole = &fs::read(folder.join(name)).unwrap()[start..][..1600];
        let mut boundaries = 0;
        for cut in 0..400 {
            let bytes = &whole[..whole.len() - cut];
            let pipe = (cut % 20 == 0).then(|| piped("x", bytes, 333));
            let inputs = [Some(regular("x", bytes)), pipe].into_iter().flatten();
            let found = inputs.map(|input| {
                let mut source = open(input, &native()).expect(name);
                let (sound, end) = drain(source.as_mut(), 500);
                let frames = source.spec().frames_in(sound.len() as u64);
                let expected =
                    format!("'x' is truncated in the middle of a frame, after {frames} frames");
                if let Err(error) = &end {
                    assert_eq!(error.to_string(), expected, "{name}: {cut}");
                }
                (frames, end.is_err())
            });
            let found: Vec<_> = found.collect();
            assert_eq!(found.first(), found.last(), "{name}: {cut}");
            boundaries += u32::from(!found[0].1);
        }
        // Up to the header of each frame.
        assert_eq!(boundaries % header, 0, "{name}");
        assert!(boundaries > 1, "{name}");
    }
}

/// A file that is cut is an error, whether or not its middle is damaged.
#[test]
fn damage_does_not_hide_that_a_file_is_cut() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    for name in ["tone.mp3", "tone.aac", "tone.flac"] {
        let mut bytes = fs::read(folder.join(name)).unwrap();
        let (middle, end) = (bytes.len() / 2, bytes.len() * 9 / 10 + 5);
        let read = |bytes: &[u8]| {
            [regular("x", bytes), piped("x", bytes, 333)].map(|input| {
                let mut source = open(input, &native()).unwrap();
                let (_, end) = drain(source.as_mut(), 500);
                let end = end.map_err(|error| error.to_string());
                (end, source.take_warning().is_some())
            })
        };
        bytes[middle..middle + 200].fill(0x55);
        assert_eq!(read(&bytes), [(Ok(()), true), (Ok(()), true)], "{name}");
        for (end, has_warning) in read(&bytes[..end]) {
            assert!(
                end.is_err_and(|error| error.contains("truncated")),
                "{name}"
            );
            assert!(has_warning, "{name}");
        }
    }
}

#[test]
fn a_damaged_matroska_file_plays_as_far_as_a_pipe() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    let mut bytes = fs::read(folder.join("flac.mka")).unwrap();
    // The index behind the sound, which is only read of a file.
    let end = bytes.len();
    bytes[end - 20..].fill(0);
    let [file, pipe] = [regular("x", &bytes), piped("x", &bytes, 333)].map(|input| {
        let mut source = open(input, &native()).unwrap();
        drain(source.as_mut(), 500).0
    });
    assert!(
        file.len() > 4000 && file == pipe,
        "{} {}",
        file.len(),
        pipe.len()
    );
}

#[test]
fn files_with_flipped_bits_are_read_or_rejected() {
    let mut random = Random::new(1);
    for (container, bytes) in samples() {
        for time in 0..TIMES {
            let mut damaged = bytes.clone();
            // One to eight bits, mostly in the header.
            let range = if time % 4 == 0 {
                bytes.len()
            } else {
                bytes.len().min(120)
            };
            for _ in 0..=time % 8 {
                let at = (random.uniform() * 8.0 * range as f64) as usize;
                damaged[at / 8] ^= 1 << (at % 8);
            }
            survive(&damaged, container);
        }
    }
}

#[test]
fn files_that_caused_bugs_are_read_or_rejected() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/hostile");
    let mut count = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let bytes = fs::read(entry.unwrap().path()).unwrap();
        let container = Container::sniff(&bytes[..bytes.len().min(SNIFF_BYTES)]);
        survive(&bytes, container.unwrap_or(Container::Raw));
        count += 1;
    }
    assert!(count > 0);
}

/// Lengths near 4 GiB, which overflow where `usize` has 32 bits.
#[test]
fn lengths_of_almost_4_gib_are_no_reason_to_panic() {
    for last in 0xf0..=0xff {
        let length = [last, 0xff, 0xff, 0xff];
        let entry = [b"INFOINAM".as_slice(), &length, b"hi\0\0"].concat();
        let samples = chunk(b"data", &sound(600));
        survive(
            &riff(&[cd(), chunk(b"LIST", &entry), samples.clone()]),
            Container::Wav,
        );
        let big_endian = [0xff, 0xff, 0xff, last];
        // An ID3v2.3 tag with an extended header.
        let tag = [b"ID3\x03\0\x40\0\0\0\x0a".as_slice(), &big_endian, &[0; 6]].concat();
        survive(&[tag, riff(&[cd(), samples])].concat(), Container::Wav);
    }
}
