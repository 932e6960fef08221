//! What flac-codec's decoder reads from files written here.

use super::header::{HeaderTotals, MAX_FRAMES};
use super::level::{DEFAULT_LEVEL, LEVELS};
use super::sink::{EncoderInput, FlacSink};
use crate::audio::advice::{Advice, FileAdvice};
use crate::audio::dsp::sample::{Packer, Unpacker};
use crate::audio::error::Kind;
use crate::audio::file::container::Container;
use crate::audio::file::create::create;
use crate::audio::file::options::MAX_COMPRESSION;
use crate::audio::file::options::WriteOptions;
use crate::audio::file::testing::{Directory, sound, under_size_limit, written_to_pipe};
use crate::audio::format::Format;
use crate::audio::spec::Spec;
use crate::audio::stream::Sink;
use flac_codec::decode::{FlacSampleReader, Verified, verify_reader};
use flac_codec::metadata::Metadata as _;
use proptest::prelude::*;
use std::fs;
use std::path::Path;

fn spec(format: Format, channels: u32) -> Spec {
    Spec::new(format, 48_000, channels).unwrap()
}

fn is_wav_advice(advice: &Advice) -> bool {
    matches!(
        advice,
        Advice::File(FileAdvice::WriteWav | FileAdvice::FlacChannels { .. })
    )
}

fn cd() -> Spec {
    Spec::new(Format::S16_LE, 44_100, 2).unwrap()
}

fn options() -> WriteOptions {
    WriteOptions {
        container: Some(Container::Flac),
        ..WriteOptions::default()
    }
}

fn sink(path: &Path, spec: Spec) -> Box<dyn Sink> {
    create(path.into(), spec, &options()).unwrap()
}

fn write(path: &Path, spec: Spec, options: &WriteOptions, bytes: &[u8]) {
    let mut sink = create(path.into(), spec, options).unwrap();
    sink.write(bytes).unwrap();
    assert_eq!(sink.frames(), spec.frames_in(bytes.len() as u64));
    sink.finish().unwrap();
    sink.finish().unwrap();
}

/// The contents of a FLAC file according to flac-codec.
struct FlacContents {
    rate: u32,
    channels: u32,
    width: u32,
    /// The number of frames in the header.
    frames: Option<u64>,
    /// Whether the header has a checksum and it is correct.
    verified: bool,
    numbers: Vec<i32>,
}

fn decode(bytes: &[u8]) -> FlacContents {
    let mut reader = FlacSampleReader::new(bytes).unwrap();
    let mut numbers = Vec::new();
    reader.read_to_end(&mut numbers).unwrap();
    FlacContents {
        rate: reader.sample_rate(),
        channels: reader.channel_count().into(),
        width: reader.bits_per_sample(),
        frames: reader.total_samples(),
        verified: matches!(verify_reader(bytes).unwrap(), Verified::MD5Match),
        numbers,
    }
}

fn read(path: &Path) -> FlacContents {
    decode(&fs::read(path).unwrap())
}

/// The samples as numbers of full scale ±1.0.
fn values(format: Format, bytes: &[u8]) -> Vec<f64> {
    let unpacker = Unpacker::new(format).unwrap();
    let samples = bytes.chunks_exact(unpacker.bytes());
    samples.map(|sample| unpacker.unpack(sample)).collect()
}

impl FlacContents {
    fn values(&self) -> Vec<f64> {
        let full_scale = f64::from(self.width - 1).exp2();
        let numbers = self.numbers.iter();
        numbers
            .map(|number| f64::from(*number) / full_scale)
            .collect()
    }
}

/// `count` samples of a sine, which compress well.
fn sine(format: Format, count: usize) -> Vec<u8> {
    let packer = Packer::new(format).unwrap();
    let mut bytes = vec![0; count * packer.bytes()];
    for (at, sample) in bytes.chunks_exact_mut(packer.bytes()).enumerate() {
        packer.pack((at as f64 / 40.0).sin() * 0.9, sample);
    }
    bytes
}

fn check_round_trip(spec: Spec, bytes: &[u8]) {
    let directory = Directory::new();
    let path = directory.at("x.flac");
    write(&path, spec, &options(), bytes);
    let decoded = read(&path);
    assert_eq!((decoded.rate, decoded.channels), (spec.rate, spec.channels));
    assert!(decoded.verified, "{spec}");
    assert_eq!(decoded.frames, Some(spec.frames_in(bytes.len() as u64)));
    assert!(decoded.values() == values(spec.format, bytes), "{spec}");
}

fn integers() -> impl Iterator<Item = Format> {
    Format::all().filter(|format| EncoderInput::new(*format).is_some())
}

#[test]
fn every_integer_format_is_lossless() {
    assert_eq!(integers().count(), 30);
    for format in integers() {
        for channels in [1, 2, 8] {
            let spec = spec(format, channels);
            check_round_trip(spec, &sound(spec.frame_bytes() * 500));
            check_round_trip(spec, &sine(format, 500 * channels as usize));
        }
    }
}

#[test]
fn full_scale_samples_are_lossless() {
    for format in integers() {
        let packer = Packer::new(format).unwrap();
        let mut bytes = vec![0; packer.bytes() * 2000];
        for (at, sample) in bytes.chunks_exact_mut(packer.bytes()).enumerate() {
            let value = if at / 3 % 2 == 0 { 1.0 } else { -1.0 };
            packer.pack(value, sample);
        }
        check_round_trip(spec(format, 2), &bytes);
    }
}

#[test]
fn the_last_block_can_have_any_length() {
    for frames in [1, 2, 15, 16, 17, 4095, 4096, 4097] {
        check_round_trip(cd(), &sound(frames * 4));
        check_round_trip(spec(Format::S24_3BE, 1), &sound(frames * 3));
    }
}

#[test]
fn streamable_rates_are_kept_and_others_rejected() {
    for rate in [
        1, 10, 4000, 5512, 8000, 11_025, 44_100, 48_000, 65_534, 65_540, 88_200, 192_000, 352_800,
        384_000, 655_340,
    ] {
        check_round_trip(Spec::new(Format::S16_LE, rate, 2).unwrap(), &sound(4 * 200));
    }
    for rate in [65_535, 65_537, 96_001, 655_350, 768_000, 5_000_000] {
        let spec = Spec::new(Format::S16_LE, rate, 2).unwrap();
        let error = EncoderInput::for_spec(spec).err().unwrap();
        let expected = format!("FLAC cannot hold a rate of {rate} Hz");
        assert_eq!(error.to_string(), expected);
    }
}

#[test]
fn unsupported_specs_are_rejected_before_anything_is_created() {
    let directory = Directory::new();
    for (spec, message) in [
        (spec(Format::FLOAT_LE, 2), "FLAC cannot hold FLOAT_LE"),
        (spec(Format::MU_LAW, 2), "FLAC cannot hold MU_LAW"),
        (spec(Format::DSD_U8, 2), "FLAC cannot hold DSD_U8"),
        (
            spec(Format::IEC958_SUBFRAME_LE, 2),
            "FLAC cannot hold IEC958_SUBFRAME_LE",
        ),
        (spec(Format::S16_LE, 9), "FLAC cannot hold 9 channels"),
    ] {
        let error = create((&*directory.at("x.flac")).into(), spec, &options());
        let error = error.err().unwrap();
        assert_eq!((error.kind(), &*error.to_string()), (Kind::Usage, message));
        assert!(error.advice().iter().any(is_wav_advice));
    }
    let invalid = WriteOptions {
        compression: Some(9),
        ..options()
    };
    let error = create((&*directory.at("x.flac")).into(), cd(), &invalid);
    let error = error.err().unwrap();
    assert_eq!(error.kind(), Kind::Usage);
    assert_eq!(error.to_string(), "invalid compression level 9 (0 to 8)");
    assert!(directory.names().is_empty());
}

#[test]
fn every_level_is_lossless_and_the_default_is_smaller_than_the_fastest() {
    let directory = Directory::new();
    let bytes = sine(Format::S16_LE, 12_000);
    let sizes: Vec<_> = (0..=MAX_COMPRESSION)
        .map(|level| {
            let path = directory.at(&format!("{level}.flac"));
            let options = WriteOptions {
                compression: Some(level),
                ..options()
            };
            write(&path, cd(), &options, &bytes);
            assert!(read(&path).verified);
            assert!(read(&path).values() == values(Format::S16_LE, &bytes));
            fs::metadata(path).unwrap().len()
        })
        .collect();
    assert!(sizes[5] < sizes[0], "{sizes:?}");
    assert!(sizes[0] < bytes.len() as u64 / 2, "{sizes:?}");
}

#[test]
fn blocks_are_short_at_every_rate() {
    for level in &LEVELS {
        assert_eq!(level.block_frames(48_000), level.max_block);
        for rate in [1, 8000, 11_025, 22_050, 96_000] {
            let block = u32::from(level.block_frames(rate));
            assert!(block >= 16 && (block * 5 <= rate || block == 16), "{rate}");
        }
    }
}

#[test]
fn a_file_without_frames_is_valid() {
    let directory = Directory::new();
    let path = directory.at("x.flac");
    std::mem::forget(sink(&path, cd()));
    let decoded = read(&path);
    assert_eq!((decoded.frames, decoded.numbers.len()), (None, 0));
    let path = directory.at("finished.flac");
    sink(&path, cd()).finish().unwrap();
    assert_eq!(read(&path).numbers.len(), 0);
}

/// Asserts that an unfinished file holds a part of `bytes`: at least the full blocks of the `saved` frames at the last
/// checkpoint.
fn assert_unfinished(path: &Path, spec: Spec, bytes: &[u8], saved: u64) {
    let all = values(spec.format, bytes);
    let decoded = read(path);
    let frames = decoded.frames.unwrap_or(0);
    let block = u64::from(LEVELS[DEFAULT_LEVEL as usize].block_frames(spec.rate));
    assert!(frames + block > saved, "{frames} of {saved}");
    assert!(decoded.verified || frames == 0);
    let channels = spec.channels as usize;
    assert_eq!(decoded.numbers.len(), frames as usize * channels);
    assert!(all.starts_with(&decoded.values()));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn an_unfinished_file_is_valid_after_every_write(
        writes in proptest::collection::vec((0usize..6000, any::<bool>()), 1..6),
        sync in any::<bool>(),
    ) {
        let directory = Directory::new();
        let path = directory.at("x.flac");
        let spec = Spec::new(Format::S16_LE, 48_000, 1).unwrap();
        let bytes = sound(writes.iter().map(|(frames, _)| frames * 2).sum());
        let options = WriteOptions { sync, ..options() };
        let mut sink = create((&*path).into(), spec, &options).unwrap();
        let (mut rest, mut saved) = (&bytes[..], 0);
        for (frames, checkpoint) in writes {
            let (next, later) = rest.split_at(frames * 2);
            rest = later;
            sink.write(next).unwrap();
            if checkpoint {
                sink.checkpoint().unwrap();
                saved = sink.frames();
            }
            assert_unfinished(&path, spec, &bytes, saved);
        }
        sink.finish().unwrap();
        let decoded = read(&path);
        prop_assert_eq!(decoded.frames.unwrap_or(0), sink.frames());
        prop_assert_eq!(decoded.values(), values(spec.format, &bytes));
    }
}

#[test]
fn the_header_declares_unknown_totals_while_blocks_are_appended() {
    let directory = Directory::new();
    let path = directory.at("x.flac");
    let bytes = sound(4 * 20_000);
    let mut sink = FlacSink::create((&*path).into(), cd(), &options()).unwrap();
    sink.write(&bytes[..40_000]).unwrap();
    sink.checkpoint().unwrap();
    assert!(read(&path).verified);
    // The steps of the next checkpoint, one by one.
    sink.write(&bytes[40_000..]).unwrap();
    sink.write_header(HeaderTotals::default()).unwrap();
    assert_eq!(read(&path).numbers.len(), 2 * 2 * 4096);
    sink.append_held().unwrap();
    let decoded = read(&path);
    assert_eq!(
        (decoded.frames, decoded.numbers.len()),
        (None, 2 * 4 * 4096)
    );
    sink.finish().unwrap();
    assert!(read(&path).verified && read(&path).frames == Some(20_000));
}

#[test]
fn held_blocks_are_written_even_without_checkpoints() {
    let directory = Directory::new();
    let path = directory.at("x.flac");
    let mut sink = sink(&path, cd());
    for _ in 0..20 {
        sink.write(&sound(4 * 20_000)).unwrap();
    }
    assert!(fs::metadata(&path).unwrap().len() > 100_000);
    std::mem::forget(sink);
    assert!(read(&path).verified);
}

fn piped(expected_frames: Option<u64>, bytes: &[u8]) -> Vec<u8> {
    let options = WriteOptions {
        expected_frames,
        ..options()
    };
    written_to_pipe(&options, cd(), bytes)
}

#[test]
fn a_pipe_declares_the_expected_frames_but_no_checksum() {
    let bytes = sound(20_000);
    for expected in [None, Some(5000), Some(u64::MAX)] {
        let piped = decode(&piped(expected, &bytes));
        assert_eq!(piped.frames, expected.filter(|frames| *frames == 5000));
        assert!(!piped.verified);
        assert!(piped.values() == values(Format::S16_LE, &bytes));
    }
}

#[test]
fn a_file_ends_at_the_maximum_size_in_the_options() {
    let directory = Directory::new();
    let path = directory.at("x.flac");
    assert_eq!(sink(&path, cd()).capacity_left(), Some(MAX_FRAMES));
    let options = WriteOptions {
        max_bytes: Some(43),
        ..options()
    };
    let mut sink = create((&*path).into(), cd(), &options).unwrap();
    let error = sink.write(&sound(48)).unwrap_err();
    assert_eq!((error.kind(), sink.frames()), (Kind::NoSpace, 10));
    let message = error.to_string();
    assert!(message.ends_with("x.flac' has reached the maximum size of a FLAC file"));
    sink.finish().unwrap();
    assert_eq!(read(&path).numbers.len(), 20);
}

#[test]
fn the_channel_mask_is_stored_if_known() {
    let directory = Directory::new();
    let path = directory.at("x.flac");
    for channel_mask in [None, Some(0x33)] {
        let options = WriteOptions {
            channel_mask,
            ..options()
        };
        write(&path, spec(Format::S16_LE, 4), &options, &sound(80));
        let bytes = fs::read(&path).unwrap();
        let tag = b"WAVEFORMATEXTENSIBLE_CHANNEL_MASK=0x0033";
        let is_stored = bytes.windows(tag.len()).any(|text| text == tag);
        assert_eq!(is_stored, channel_mask.is_some());
    }
}

#[test]
fn writing_part_of_a_frame_is_an_error() {
    let directory = Directory::new();
    let mut sink = sink(&directory.at("x.flac"), cd());
    assert_eq!(sink.write(&[0; 7]).unwrap_err().kind(), Kind::Internal);
    assert_eq!(sink.frames(), 0);
}

#[test]
fn a_full_disk_is_reported_when_creating_the_file() {
    let error = create(Path::new("/dev/full").into(), cd(), &options());
    assert_eq!(error.err().unwrap().kind(), Kind::NoSpace);
}

#[test]
fn a_file_size_limit_leaves_whole_blocks_and_a_correct_header() {
    under_size_limit("audio::file::flac::tests::at_the_size_limit", 40);
}

#[test]
#[ignore = "run by a_file_size_limit_leaves_whole_blocks_and_a_correct_header"]
fn at_the_size_limit() {
    let directory = Directory::new();
    let path = directory.at("x.flac");
    // Noise, so that the encoded blocks are as large as possible.
    let noise = |at: u64| at.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes()[0];
    let bytes = sound(4 * 100_000);
    let bytes: Vec<u8> = (0..)
        .zip(bytes)
        .map(|(at, byte)| byte ^ noise(at))
        .collect();
    let mut sink = sink(&path, cd());
    sink.write(&bytes).unwrap();
    let error = sink.checkpoint().unwrap_err();
    assert_eq!(
        (error.kind(), error.errno()),
        (Kind::NoSpace, Some(libc::EFBIG))
    );
    assert_eq!(sink.write(&bytes).unwrap_err().kind(), Kind::Internal);
    let frames = sink.frames();
    assert!(frames > 0);
    sink.finish().unwrap();
    let decoded = read(&path);
    assert!(decoded.verified && decoded.frames == Some(frames));
    assert!(values(Format::S16_LE, &bytes).starts_with(&decoded.values()));
}
