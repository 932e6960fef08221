//! The library decodes files that other programs encoded, intact and damaged ones.

use crate::common::data;
use crate::common::data_path;
use Accuracy::{Exact, Within};
use aloud::audio::error::{Error, Kind, Result};
use aloud::audio::file::{self, Container, Description, Input, ReadOptions};
use aloud::audio::format::Format;
use aloud::audio::stream::Source;
use rustix::fs::{MemfdFlags, memfd_create};
use std::fs::File;
use std::io::{Cursor, Read, Seek, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// How close the decoded samples are to the original.
#[derive(Clone, Copy, PartialEq)]
enum Accuracy {
    /// Bit-exact.
    Exact,
    /// Lossy: the RMS difference in 16-bit steps is below this.
    Within(f64),
}

/// A file, what it contains, its accuracy, its number of frames, and whether that is known before decoding.
struct Row {
    name: &'static str,
    container: &'static str,
    codec: &'static str,
    near: Accuracy,
    frames: usize,
    known: bool,
}

const fn row(
    name: &'static str,
    container: &'static str,
    codec: &'static str,
    near: Accuracy,
) -> Row {
    Row {
        name,
        container,
        codec,
        near,
        frames: 8000,
        known: true,
    }
}

const fn unknown(row: Row) -> Row {
    Row {
        known: false,
        ..row
    }
}

const fn longer(frames: usize, row: Row) -> Row {
    Row { frames, ..row }
}

#[rustfmt::skip]
const FILES: &[Row] = &[
    row("tone.wav", "WAV", "PCM", Exact),
    row("tone.flac", "FLAC", "FLAC", Exact),
    row("tone.oga", "Ogg", "FLAC", Exact),
    row("alac.m4a", "MPEG-4", "ALAC", Exact),
    unknown(row("alac.caf", "CAF", "ALAC", Exact)),
    row("tone.aiff", "AIFF", "PCM", Exact),
    row("tone.caf", "CAF", "PCM", Exact),
    unknown(row("flac.mka", "Matroska", "FLAC", Exact)),
    row("ima.wav", "WAV", "IMA ADPCM", Within(500.0)),
    row("ms.wav", "WAV", "Microsoft ADPCM", Within(500.0)),
    row("tone.mp3", "MP3", "MP3", Within(700.0)),
    row("tone.ogg", "Ogg", "Vorbis", Within(1000.0)),
    row("tone.m4a", "MPEG-4", "AAC", Within(1500.0)),
    row("fast.m4a", "MPEG-4", "AAC", Within(1500.0)),
    // The file does not say where its sound ends.
    longer(8064, unknown(row("vorbis.mka", "Matroska", "Vorbis", Within(1000.0)))),
];

fn regular(name: &str) -> Input {
    Input::from_file(name, File::open(data_path(name)).unwrap()).unwrap()
}

fn piped(name: &str, bytes: Vec<u8>) -> Input {
    Input::from_reader(name, Cursor::new(bytes))
}

fn open(input: Input) -> Result<Box<dyn Source>> {
    file::open(input, &ReadOptions::default())
}

/// All frames of a source, its warnings, and its end: success or an error.
fn drain(source: &mut dyn Source) -> (Vec<u8>, Vec<String>, Result<()>) {
    let frame = source.spec().frame_bytes();
    let mut buffer = vec![0; 1000 * frame];
    let (mut all, mut warnings) = (Vec::new(), Vec::new());
    loop {
        let read = source.read(&mut buffer);
        warnings.extend(std::iter::from_fn(|| source.take_warning()));
        match read {
            Ok(0) => return (all, warnings, Ok(())),
            Ok(got) => all.extend_from_slice(&buffer[..got]),
            Err(error) => return (all, warnings, Err(error)),
        }
    }
}

/// All samples of an intact file, in 16-bit steps.
fn samples(input: Input) -> Vec<f64> {
    let mut source = open(input).unwrap();
    let format = source.spec().format;
    let (all, warnings, end) = drain(source.as_mut());
    end.unwrap();
    assert_eq!(warnings, [""; 0]);
    match format {
        Format::S16_LE => all
            .chunks_exact(2)
            .map(|s| i16::from_le_bytes([s[0], s[1]]).into())
            .collect(),
        Format::S16_BE => all
            .chunks_exact(2)
            .map(|s| i16::from_be_bytes([s[0], s[1]]).into())
            .collect(),
        Format::FLOAT_LE => {
            let float =
                |s: &[u8]| f64::from(f32::from_le_bytes([s[0], s[1], s[2], s[3]])) * 32768.0;
            all.chunks_exact(4).map(float).collect()
        }
        other => panic!("{other}"),
    }
}

fn rms_difference(a: &[f64], b: &[f64]) -> f64 {
    let squares: f64 = a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum();
    (squares / a.len().min(b.len()) as f64).sqrt()
}

fn describe(name: &str) -> Description {
    file::describe(regular(name), &ReadOptions::default()).unwrap()
}

fn assert_one_line(error: &Error, name: &str) {
    let text = error.to_string();
    assert!(
        text.contains(&format!("'{name}'")) && !text.contains('\n'),
        "{text}"
    );
}

#[test]
fn decoded_files_match_the_original_to_the_frame() {
    let tone = samples(regular("tone.wav"));
    for row in FILES {
        for input in [regular(row.name), piped(row.name, data(row.name))] {
            let decoded = samples(input);
            assert_eq!(decoded.len(), row.frames, "{}", row.name);
            match row.near {
                Exact => assert!(decoded == tone, "{}", row.name),
                Within(steps) => {
                    let far = rms_difference(&decoded, &tone);
                    assert!(far < steps, "{}: {far}", row.name);
                }
            }
        }
        let source = open(regular(row.name)).unwrap();
        assert_eq!(
            source.frames(),
            row.known.then_some(row.frames as u64),
            "{}",
            row.name
        );
    }
}

#[test]
fn opus_decodes_at_48_khz_without_pre_skip() {
    for name in ["tone.opus", "tone.webm"] {
        let decoded = samples(regular(name));
        // ffmpeg encoded two frames less.
        assert!(
            (23_990..=24_000).contains(&decoded.len()),
            "{name}: {}",
            decoded.len()
        );
        let third: Vec<f64> = decoded.iter().copied().step_by(3).collect();
        let tone = samples(regular("tone.wav"));
        let far = rms_difference(&third[..7900], &tone);
        assert!(far < 2500.0, "{name}: {far}");
    }
    assert_eq!(
        describe("tone.opus").frames,
        Some(samples(regular("tone.opus")).len() as u64)
    );
}

#[test]
fn opus_header_gain_is_applied() {
    let mut quieter = data("tone.webm");
    let head = quieter
        .windows(8)
        .position(|bytes| bytes == b"OpusHead")
        .unwrap();
    quieter[head + 16..head + 18].copy_from_slice(&(-6_i16 * 256).to_le_bytes());
    let (loud, quiet) = (samples(regular("tone.webm")), samples(piped("x", quieter)));
    let halved: Vec<f64> = loud
        .iter()
        .map(|sample| sample * 10_f64.powf(-0.3))
        .collect();
    assert!(rms_difference(&quiet, &halved) < 0.1);
}

#[test]
fn aac_without_padding_information_is_not_trimmed() {
    assert_eq!(samples(regular("tone.aac")).len() % 1024, 0);
    assert_eq!(describe("tone.aac").frames, Some(9216));
    assert!(samples(regular("fragments.m4a")).len() >= 8000);
}

#[test]
fn matroska_discard_padding_is_trimmed_from_mp3() {
    let decoded = samples(regular("mp3.mka")).len();
    assert_eq!(decoded % 576, (8000 + 1105) % 576, "{decoded}");
}

#[test]
fn container_codec_and_tags_are_described() {
    for row in FILES {
        let found = describe(row.name);
        assert_eq!(
            (found.container, &*found.codec),
            (row.container, row.codec),
            "{}",
            row.name
        );
        assert_eq!(
            (found.spec.rate, found.spec.channels),
            (16_000, 1),
            "{}",
            row.name
        );
        assert_eq!(
            found.frames,
            row.known.then_some(row.frames as u64),
            "{}",
            row.name
        );
        let reported = found.tags.get("title").is_some();
        assert!(
            !reported || found.tags.get("title") == Some("Tone"),
            "{}",
            row.name
        );
    }
    for name in [
        "tone.flac",
        "tone.mp3",
        "tone.ogg",
        "tone.opus",
        "tone.m4a",
        "fast.m4a",
        "vorbis.mka",
    ] {
        let tags = describe(name).tags;
        assert_eq!(
            (tags.get("title"), tags.get("artist")),
            (Some("Tone"), Some("Aloud")),
            "{name}"
        );
    }
    let duration = describe("vorbis.mka").seconds.unwrap();
    assert!((duration - 0.5).abs() < 0.02, "{duration}");
}

#[test]
fn forced_container_is_checked() {
    for (name, container) in [
        ("tone.mp3", Container::Mp3),
        ("tone.ogg", Container::Ogg),
        ("tone.flac", Container::Flac),
    ] {
        let options = |container| ReadOptions {
            container: Some(container),
            raw: None,
            ..ReadOptions::default()
        };
        assert!(file::open(regular(name), &options(container)).is_ok());
        let Err(error) = file::open(regular(name), &options(Container::Aiff)) else {
            panic!("{name} was opened as AIFF");
        };
        assert_eq!(
            error.to_string(),
            format!("'{name}' is not AIFF: it is {}", container.title())
        );
    }
}

/// An ID3 tag of `size` bytes.
fn tag(size: usize) -> Vec<u8> {
    let size = size as u32;
    let seven = |shift: u32| (size >> shift & 0x7f) as u8;
    let mut tag = vec![
        b'I',
        b'D',
        b'3',
        4,
        0,
        0,
        seven(21),
        seven(14),
        seven(7),
        seven(0),
    ];
    tag.resize(10 + size as usize, 0);
    tag
}

#[test]
fn id3_tags_before_the_sound_are_skipped() {
    let tone = samples(regular("tone.wav"));
    for size in [100, 70_000] {
        let flac = [tag(size), tag(0), data("tone.flac")].concat();
        assert!(samples(piped("x", flac)) == tone);
        let mp3 = [tag(size), data("tone.mp3")].concat();
        assert_eq!(samples(piped("x", mp3)).len(), 8000);
        let aac = [tag(size), data("tone.aac")].concat();
        assert_eq!(samples(piped("x", aac)), samples(regular("tone.aac")));
    }
}

#[test]
fn consecutive_damaged_frames_are_one_warning() {
    let mut flac = data("tone.flac");
    let middle = flac.len() / 2;
    flac[middle..middle + 40].fill(0x55);
    let mut source = open(piped("x", flac)).unwrap();
    let (all, warnings, end) = drain(source.as_mut());
    end.unwrap();
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(
        warnings[0].starts_with("'x': skipped ") && warnings[0].contains(" corrupt frames at "),
        "{warnings:?}"
    );
    let lost = 16_000 - all.len();
    assert!(
        lost > 0 && lost.is_multiple_of(2048) && lost <= 3 * 2048,
        "{lost}"
    );
}

#[test]
fn junk_between_mp3_and_aac_frames_is_reported() {
    for name in ["tone.mp3", "tone.aac"] {
        let mut broken = data(name);
        let middle = broken.len() / 2;
        broken[middle..middle + 400].fill(0x55);
        let mut source = open(piped("x", broken)).unwrap();
        let (all, warnings, end) = drain(source.as_mut());
        end.unwrap();
        assert!(all.len() < samples(regular(name)).len() * 4, "{name}");
        assert!(
            warnings.len() == 1 && warnings[0].contains(" bytes at 0."),
            "{name}: {warnings:?}"
        );
    }
}

#[test]
fn concatenated_files_play_completely() {
    for name in ["tone.mp3", "tone.aac", "tone.ogg", "tone.opus", "tone.oga"] {
        let one = samples(regular(name));
        let both = samples(piped("x", [data(name), data(name)].concat()));
        let more = both.len() - one.len();
        assert!(
            (one.len()..one.len() + 3000).contains(&more),
            "{name}: {} and {more}",
            one.len()
        );
        assert!(both[..one.len()] == one, "{name}");
    }
}

#[test]
fn truncated_files_return_everything_then_one_error() {
    for name in [
        "tone.flac",
        "tone.mp3",
        "tone.m4a",
        "fast.m4a",
        "tone.aiff",
        "tone.caf",
        "ima.wav",
        "alac.m4a",
    ] {
        let mut short = data(name);
        short.truncate(short.len() * 3 / 4);
        let mut source = match open(piped("x", short)) {
            Ok(source) => source,
            // Its index is at the end of the file.
            Err(error) => {
                assert!(name.ends_with("m4a"), "{name}: {error}");
                assert_one_line(&error, "x");
                continue;
            }
        };
        let (all, _, end) = drain(source.as_mut());
        let error = end.expect_err(name);
        assert_one_line(&error, "x");
        assert_eq!(error.kind(), Kind::InvalidInput, "{name}");
        assert!(
            error.to_string().contains(" is truncated"),
            "{name}: {error}"
        );
        assert!(
            all.len() > 4000 * source.spec().frame_bytes(),
            "{name}: {}",
            all.len()
        );
    }
}

/// An input that starts with these bytes and never ends, and a count of the bytes read from it.
fn endless(start: Vec<u8>) -> (Input, Arc<AtomicU64>) {
    struct Counted(Cursor<Vec<u8>>, Arc<AtomicU64>);
    impl Read for Counted {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            let got = match self.0.read(buffer)? {
                0 => {
                    buffer.fill(0);
                    buffer.len()
                }
                got => got,
            };
            self.1.fetch_add(got as u64, Ordering::Relaxed);
            Ok(got)
        }
    }
    let read = Arc::new(AtomicU64::new(0));
    (
        Input::from_reader("x", Counted(Cursor::new(start), read.clone())),
        read,
    )
}

#[test]
fn endless_files_are_given_up_after_64_mib() {
    let (input, read) = endless(b"ID3\x04\0\0\x7f\x7f\x7f\x7f".to_vec());
    assert!(open(input).is_err());
    assert!(read.load(Ordering::Relaxed) < 70 << 20);
    let starts = [
        b"\0\0\0\x10ftypM4A \0\0\0\0\0\0\0\0mdat".to_vec(),
        b"\0\0\0\x10ftypM4A \0\0\0\0\x7f\xff\xff\xffmoov".to_vec(),
        data("alac.caf")[..60].to_vec(),
        data("tone.mp3"),
    ];
    for start in starts {
        let (input, read) = endless(start);
        let error = match open(input) {
            Err(error) => error,
            Ok(mut source) => drain(source.as_mut()).2.unwrap_err(),
        };
        assert_one_line(&error, "x");
        assert!(error.to_string().contains("64 MiB"), "{error}");
        assert!(read.load(Ordering::Relaxed) < 70 << 20, "{error}");
    }
}

/// Asserts that a damaged file ends in success or in a one-line error, without excessive output.
fn assert_survives(name: &str, what: &str, bytes: Vec<u8>) {
    let most = 100 * bytes.len() + 2_000_000;
    let mut file = File::from(memfd_create("broken", MemfdFlags::empty()).unwrap());
    file.write_all(&bytes).unwrap();
    file.rewind().unwrap();
    let inputs = [Input::from_file("x", file).unwrap(), piped("x", bytes)];
    for input in inputs {
        match open(input) {
            Err(error) => assert_one_line(&error, "x"),
            Ok(mut source) => {
                let (all, warnings, end) = drain(source.as_mut());
                assert!(all.len() < most, "{name}, {what}: {} bytes", all.len());
                assert!(
                    warnings.iter().all(|text| !text.contains('\n')),
                    "{name}, {what}"
                );
                if let Err(error) = end {
                    assert_one_line(&error, "x");
                }
            }
        }
    }
}

/// All coded files.
const CODED: &[&str] = &[
    "tone.flac",
    "tone.oga",
    "alac.m4a",
    "alac.caf",
    "flac.mka",
    "ima.wav",
    "ms.wav",
    "tone.mp3",
    "tone.ogg",
    "tone.m4a",
    "fast.m4a",
    "fragments.m4a",
    "vorbis.mka",
    "mp3.mka",
    "tone.opus",
    "tone.webm",
    "tone.aac",
    "tone.aiff",
    "tone.caf",
];

#[test]
fn files_cut_anywhere_end_in_success_or_one_error() {
    for name in CODED {
        let whole = data(name);
        for step in 0..12 {
            // Densely within the header, then sparsely.
            let length = if step < 6 {
                7 + 29 * step
            } else {
                whole.len() * (step - 5) / 7
            };
            assert_survives(
                name,
                &format!("cut at {length}"),
                whole[..length.min(whole.len())].to_vec(),
            );
        }
    }
}

#[test]
fn files_with_flipped_bits_end_in_success_or_one_error() {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 16) as usize
    };
    for name in CODED {
        let whole = data(name);
        for round in 0..12 {
            let mut broken = whole.clone();
            // Every second round damages only the header.
            let reach = if round % 2 == 0 {
                whole.len()
            } else {
                whole.len().min(600)
            };
            for _ in 0..1 + round {
                broken[next() % reach] ^= 1 << (next() % 8);
            }
            assert_survives(name, &format!("round {round}"), broken);
        }
    }
}
