//! Every container that is written, read back; and what can go wrong on the way.

use super::store::Store;
use super::testing::{Directory, Parsed, drain, parse_au, parse_w64, sound};
use super::*;
use crate::audio::advice::Advice;
use crate::audio::channel_map::ChannelMap;
use crate::audio::dsp::sample::Reader;
use crate::audio::format::{Encoding, Format};
use crate::audio::playlist::Report;
use crate::audio::playlist::channels_opener;
use crate::audio::recording::per_channel::Separate;
use crate::audio::recording::{Recording, RecordingOptions};
use crate::audio::spec::Spec;
use proptest::prelude::*;
use std::fs::{self, File};
use std::io::Read;
use std::os::fd::OwnedFd;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::thread;

const WRITTEN: [Container; 5] = [
    Container::Wav,
    Container::Rf64,
    Container::W64,
    Container::Au,
    Container::Raw,
];

fn spec(format: Format, channels: u32) -> Spec {
    Spec::new(format, 48_000, channels).unwrap()
}

fn cd() -> Spec {
    Spec::new(Format::S16_LE, 44_100, 2).unwrap()
}

fn of(container: Container) -> WriteOptions {
    WriteOptions {
        container: Some(container),
        ..WriteOptions::default()
    }
}

fn sink(path: &Path, spec: Spec, options: &WriteOptions) -> Box<dyn Sink> {
    create(path.into(), spec, options).unwrap()
}

fn refused(path: &Path, spec: Spec, options: &WriteOptions) -> Error {
    match create(path.into(), spec, options) {
        Ok(_) => panic!("{} was created", path.display()),
        Err(error) => error,
    }
}

/// What a file holds: its own spec, and all its sound.
fn read_back(path: &Path, container: Container, raw: Spec) -> (Spec, Vec<u8>) {
    let options = ReadOptions {
        container: Some(container),
        raw: Some(raw),
    };
    let mut source = open(Input::open(path).unwrap(), &options).unwrap();
    let (sound, end) = drain(source.as_mut(), 1000);
    end.unwrap();
    let parsed = match container {
        Container::W64 => parse_w64(path),
        Container::Au => parse_au(path),
        _ => return (source.spec(), sound),
    };
    assert!(parsed.spec == source.spec() && parsed.sound == sound);
    (parsed.spec, parsed.sound)
}

/// The samples as numbers; floats as their bits, for not all are numbers.
fn values(spec: Spec, bytes: &[u8]) -> Vec<u64> {
    let Some(reader) = Reader::new(spec.format) else {
        return bytes.iter().map(|byte| u64::from(*byte)).collect();
    };
    let samples = bytes.chunks_exact(reader.bytes());
    samples
        .map(|sample| reader.read(sample).to_bits())
        .collect()
}

fn holds(container: Container, format: Format) -> bool {
    let linear = matches!(format.encoding(), Encoding::Signed | Encoding::Unsigned);
    let other = matches!(
        format.encoding(),
        Encoding::Float | Encoding::MuLaw | Encoding::ALaw
    );
    let whole = format.physical_bits() >= 8;
    whole && (container == Container::Raw || linear || other)
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap())
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap())
}

/// The lengths in the header of a WAV or an RF64 are those of the file.
fn assert_exact(path: &Path, spec: Spec, frames: u64) {
    let bytes = fs::read(path).unwrap();
    let (form, data) = match &bytes[..4] {
        b"RF64" => (u64_at(&bytes, 20), u64_at(&bytes, 28)),
        _ => {
            let at = bytes.windows(4).position(|id| id == b"data").unwrap();
            (u32_at(&bytes, 4).into(), u32_at(&bytes, at + 4).into())
        }
    };
    assert_eq!(data, spec.bytes(frames));
    assert_eq!(form + 8, bytes.len() as u64);
}

fn check_round_trip(container: Container, spec: Spec, frames: usize, step: usize) {
    let directory = Directory::new();
    let path = directory.at("x");
    let bytes = sound(frames * spec.frame_bytes());
    let mut sink = sink(&path, spec, &of(container));
    for piece in bytes.chunks(step * spec.frame_bytes()) {
        sink.write(piece).unwrap();
    }
    assert_eq!(sink.frames(), frames as u64);
    sink.finish().unwrap();
    let (stored, read) = read_back(&path, container, spec);
    assert_eq!((stored.rate, stored.channels), (spec.rate, spec.channels));
    assert_eq!(
        values(stored, &read),
        values(spec, &bytes),
        "{container:?} {spec}"
    );
    if matches!(container, Container::Wav | Container::Rf64) {
        assert_exact(&path, spec, frames as u64);
    }
}

#[test]
fn every_container_gives_back_every_format_it_takes() {
    for container in WRITTEN {
        for format in Format::all().filter(|format| holds(container, *format)) {
            for channels in [1, 2, 8] {
                check_round_trip(container, spec(format, channels), 331, 100);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn frames_come_back_whatever_the_writes(
        container in proptest::sample::select(&WRITTEN[..]),
        format in proptest::sample::select(wav::FORMATS),
        channels in 1u32..=9,
        frames in 1usize..3000,
        step in 1usize..999,
    ) {
        check_round_trip(container, spec(format, channels), frames, step);
    }
}

#[test]
fn a_format_that_a_container_cannot_hold_is_refused_and_nothing_is_made() {
    let directory = Directory::new();
    for (name, format) in [
        ("x.wav", Format::DSD_U8),
        ("x.au", Format::IEC958_SUBFRAME_LE),
        ("x.w64", Format::DSD_U32_BE),
    ] {
        let error = refused(
            &directory.at(name),
            spec(format, 2),
            &WriteOptions::default(),
        );
        assert_eq!(error.kind(), Kind::Usage);
        assert!(error.to_string().contains(format.name()), "{error}");
        let [Advice::File(FileAdvice::Formats { formats, .. }), raw] = error.advice() else {
            panic!("{:?}", error.advice());
        };
        assert!(formats.iter().any(|name| name.starts_with("S16_")));
        assert_eq!(*raw, FileAdvice::WriteRaw.into());
    }
    let fast = Spec::new(Format::FLOAT64_LE, 768_000, 1000).unwrap();
    let error = refused(&directory.at("x.wav"), fast, &WriteOptions::default());
    assert_eq!(error.kind(), Kind::Usage);
    assert!(directory.names().is_empty());
}

#[test]
fn a_container_that_is_not_written_is_refused_rather_than_replaced_by_another() {
    let directory = Directory::new();
    let error = refused(&directory.at("x.caf"), cd(), &WriteOptions::default());
    assert_eq!(error.to_string(), "CAF cannot be written yet");
    let containers = vec!["wav", "rf64", "raw", "au", "flac", "w64"];
    assert_eq!(error.advice(), [FileAdvice::Containers(containers).into()]);
    assert_eq!(error.kind(), Kind::Usage);
    assert!(directory.names().is_empty());
}

#[test]
fn the_suffix_tells_the_container_and_a_name_without_one_is_wav() {
    let suffixes = [
        ("a/x.wav", Some(Container::Wav)),
        ("x.WAV", Some(Container::Wav)),
        ("x.rf64", Some(Container::Rf64)),
        ("x.w64", Some(Container::W64)),
        ("x.au", Some(Container::Au)),
        ("x.snd", Some(Container::Au)),
        ("x.raw", Some(Container::Raw)),
        ("x.pcm", Some(Container::Raw)),
        ("x.wav.0", None),
        ("wav", None),
    ];
    for (path, container) in suffixes {
        assert_eq!(Container::of_suffix(Path::new(path)), container, "{path}");
    }
    let directory = Directory::new();
    for (name, magic) in [
        ("x", b"RIFF"),
        ("x.txt", b"RIFF"),
        ("x.rf64", b"RF64"),
        ("x.snd", b".snd"),
    ] {
        let path = directory.at(name);
        sink(&path, cd(), &WriteOptions::default())
            .finish()
            .unwrap();
        assert_eq!(&fs::read(path).unwrap()[..4], magic);
    }
}

#[test]
fn an_ordinary_wav_begins_with_the_very_bytes_that_hound_writes() {
    let directory = Directory::new();
    let path = directory.at("x.wav");
    let mut ours = sink(&path, cd(), &WriteOptions::default());
    ours.write(&sound(400)).unwrap();
    ours.finish().unwrap();
    let theirs = directory.at("hound.wav");
    let hounds = hound::WavSpec {
        channels: 2,
        sample_rate: 44_100,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut writer = hound::WavWriter::create(&theirs, hounds).unwrap();
    for sample in sound(400).chunks_exact(2) {
        writer
            .write_sample(i16::from_le_bytes([sample[0], sample[1]]))
            .unwrap();
    }
    writer.finalize().unwrap();
    assert_eq!(fs::read(path).unwrap(), fs::read(theirs).unwrap());
}

#[test]
fn hound_reads_every_integer_wav_that_is_written() {
    let directory = Directory::new();
    for format in [
        Format::U8,
        Format::S16_LE,
        Format::S24_3LE,
        Format::S24_LE,
        Format::S32_LE,
    ] {
        let path = directory.at(format.name());
        let mut sink = sink(&path, spec(format, 6), &WriteOptions::default());
        sink.write(&sound(72 * 50)).unwrap();
        sink.finish().unwrap();
        let reader = hound::WavReader::open(&path).unwrap();
        assert_eq!(u64::from(reader.duration()), sink.frames(), "{format}");
        assert_eq!(reader.spec().channels, 6);
    }
}

#[test]
fn twenty_four_bits_in_four_bytes_are_stored_at_the_level_they_have() {
    let directory = Directory::new();
    let path = directory.at("x.wav");
    let mut sink = sink(&path, spec(Format::S24_LE, 1), &WriteOptions::default());
    // What stands above the 24 bits is nobody's business, and must not become loud.
    sink.write(&[0x56, 0x34, 0x12, 0xff, 0xff, 0xff, 0xff, 0x00])
        .unwrap();
    sink.finish().unwrap();
    let (stored, bytes) = read_back(&path, Container::Wav, cd());
    assert_eq!(stored.format, Format::S32_LE);
    assert_eq!(bytes, [0x00, 0x56, 0x34, 0x12, 0x00, 0xff, 0xff, 0xff]);
}

#[test]
fn the_speakers_are_told_where_they_are_known_and_not_guessed() {
    let directory = Directory::new();
    let path = directory.at("x.wav");
    for channel_mask in [None, Some(0x33)] {
        let options = WriteOptions {
            channel_mask,
            ..WriteOptions::default()
        };
        let mut sink = sink(&path, spec(Format::S16_LE, 4), &options);
        sink.write(&sound(80)).unwrap();
        sink.finish().unwrap();
        let source = wav::open(Input::open(&path).unwrap(), &ReadOptions::default()).unwrap();
        let map = channel_mask.map(|mask| ChannelMap::of_mask(mask, 4));
        assert_eq!(source.channel_map(), map);
        assert_eq!(source.frames(), Some(10));
    }
}

#[test]
fn what_is_said_of_a_recording_is_read_back_from_wherever_there_is_a_place_for_it() {
    let directory = Directory::new();
    let tags = Tags::from_iter([
        ("title", "Frühling"),
        ("artist", "A & B"),
        ("comment", "x=y"),
    ]);
    for container in Container::all().filter(|container| container.is_writable()) {
        let path = directory.at(container.name());
        let options = WriteOptions {
            tags: tags.clone(),
            ..of(container)
        };
        if container == Container::Raw {
            let error = refused(&path, cd(), &options);
            assert_eq!(error.kind(), Kind::Usage);
            assert!(!path.exists());
            continue;
        }
        let mut sink = sink(&path, cd(), &options);
        sink.write(&sound(400)).unwrap();
        sink.checkpoint().unwrap();
        sink.write(&sound(400)).unwrap();
        sink.finish().unwrap();
        let read = describe(Input::open(&path).unwrap(), &ReadOptions::default()).unwrap();
        assert_eq!((read.tags, read.frames), (tags.clone(), Some(200)));
        let mut source = open(Input::open(&path).unwrap(), &ReadOptions::default()).unwrap();
        let (all, end) = drain(source.as_mut(), 64);
        end.unwrap();
        let expected = sound(400).repeat(2);
        assert_eq!(values(source.spec(), &all), values(cd(), &expected));
    }
}

#[test]
fn what_a_container_cannot_say_is_refused() {
    let directory = Directory::new();
    for (container, name, text) in [
        (Container::Au, "comment", "two\nlines"),
        (Container::Wav, "mood", "blue"),
        (Container::W64, "mood", "blue"),
    ] {
        let options = WriteOptions {
            tags: Tags::from_iter([(name, text)]),
            ..of(container)
        };
        let error = refused(&directory.at("x"), cd(), &options);
        assert!(error.to_string().contains(name), "{error}");
        assert_eq!(error.kind(), Kind::Usage);
    }
    let options = WriteOptions {
        compression: Some(3),
        ..of(Container::Wav)
    };
    let error = refused(&directory.at("x"), cd(), &options);
    assert_eq!(error.to_string(), "WAV is not compressed");
    assert!(directory.names().is_empty());
}

#[test]
fn a_file_is_whole_after_every_checkpoint_even_if_nobody_finishes_it() {
    let directory = Directory::new();
    for (container, sync) in WRITTEN
        .into_iter()
        .flat_map(|each| [(each, false), (each, true)])
    {
        let path = directory.at("x");
        let options = WriteOptions {
            sync,
            ..of(container)
        };
        let spec = spec(Format::S24_3LE, 2);
        let bytes = sound(600);
        let mut sink = sink(&path, spec, &options);
        for step in 1..=5 {
            sink.write(&bytes[(step - 1) * 120..step * 120]).unwrap();
            sink.checkpoint().unwrap();
            let (stored, read) = read_back(&path, container, spec);
            assert_eq!(
                values(stored, &read),
                values(spec, &bytes[..step * 120]),
                "{container:?}"
            );
        }
        sink.write(&bytes[..60]).unwrap();
        // As if it had been killed.
        std::mem::forget(sink);
        let (_, read) = read_back(&path, container, spec);
        let told = if container == Container::Raw {
            660
        } else {
            600
        };
        assert_eq!(read.len(), told, "{container:?}");
    }
}

#[test]
fn a_file_of_no_frames_yet_is_a_valid_one() {
    let directory = Directory::new();
    let path = directory.at("x.wav");
    std::mem::forget(sink(&path, cd(), &WriteOptions::default()));
    assert_exact(&path, cd(), 0);
    assert_eq!(hound::WavReader::open(&path).unwrap().duration(), 0);
    let path = directory.at("x.rf64");
    std::mem::forget(sink(&path, cd(), &WriteOptions::default()));
    assert_exact(&path, cd(), 0);
}

#[test]
fn an_odd_length_is_padded_and_the_padding_is_no_sound() {
    let directory = Directory::new();
    for (container, sizes) in [
        (Container::Wav, 44 + 6),
        (Container::W64, 104 + 5),
        (Container::Au, 28 + 5),
    ] {
        let path = directory.at("x");
        let mut sink = sink(&path, spec(Format::U8, 1), &of(container));
        sink.write(&sound(5)).unwrap();
        sink.finish().unwrap();
        sink.finish().unwrap();
        assert_eq!(fs::read(&path).unwrap().len(), sizes);
        assert_eq!(read_back(&path, container, cd()).1.len(), 5);
    }
}

#[test]
fn a_write_that_is_no_whole_frame_is_refused() {
    let directory = Directory::new();
    let mut sink = sink(&directory.at("x.wav"), cd(), &WriteOptions::default());
    assert_eq!(sink.write(&[0; 7]).unwrap_err().kind(), Kind::Internal);
    assert_eq!(sink.frames(), 0);
}

#[test]
fn a_sink_takes_no_more_than_its_limit() {
    let directory = Directory::new();
    let path = directory.at("x.wav");
    let options = WriteOptions {
        max_bytes: Some(43),
        ..WriteOptions::default()
    };
    let mut sink = sink(&path, cd(), &options);
    assert_eq!(sink.room(), Some(10));
    let error = sink.write(&sound(48)).unwrap_err();
    assert_eq!(error.kind(), Kind::NoSpace);
    assert_eq!((sink.frames(), sink.room()), (10, Some(0)));
    sink.finish().unwrap();
    assert_eq!(read_back(&path, Container::Wav, cd()).1, sound(40));
}

#[test]
fn only_a_wav_has_a_limit_of_its_own() {
    let directory = Directory::new();
    for container in WRITTEN {
        let sink = sink(&directory.at("x"), cd(), &of(container));
        let limit = (container == Container::Wav).then_some(u64::from(u32::MAX - 0xfff) / 4);
        assert_eq!(sink.room(), limit, "{container:?}");
    }
}

/// A pipe, and all that comes out of it.
pub(super) fn collecting_pipe() -> (Target, thread::JoinHandle<Vec<u8>>) {
    let (mut reader, writer) = std::io::pipe().unwrap();
    let collected = thread::spawn(move || {
        let mut all = Vec::new();
        reader.read_to_end(&mut all).unwrap();
        all
    });
    (
        Target::Open("pipe".into(), File::from(OwnedFd::from(writer))),
        collected,
    )
}

fn through_pipe(options: &WriteOptions, spec: Spec, bytes: &[u8]) -> Vec<u8> {
    let (target, collected) = collecting_pipe();
    let mut sink = create(target, spec, options).unwrap();
    sink.write(bytes).unwrap();
    sink.checkpoint().unwrap();
    assert_eq!(sink.room(), None);
    sink.finish().unwrap();
    drop(sink);
    collected.join().unwrap()
}

#[test]
fn a_pipe_is_told_the_exact_length_where_it_is_known() {
    let directory = Directory::new();
    for container in WRITTEN {
        let options = WriteOptions {
            expected_frames: Some(5),
            ..of(container)
        };
        let spec = spec(Format::U8, 1);
        let piped = through_pipe(&options, spec, &sound(5));
        let path = directory.at("x");
        let mut sink = sink(&path, spec, &of(container));
        sink.write(&sound(5)).unwrap();
        sink.finish().unwrap();
        assert_eq!(piped, fs::read(path).unwrap(), "{container:?}");
    }
}

#[test]
fn a_pipe_of_unknown_length_says_so_and_is_not_padded() {
    let piped = through_pipe(&WriteOptions::default(), spec(Format::U8, 1), &sound(5));
    assert_eq!(
        (u32_at(&piped, 4), u32_at(&piped, 40)),
        (u32::MAX, u32::MAX)
    );
    assert_eq!(piped.len(), 49);
    let too_long = WriteOptions {
        expected_frames: Some(1 << 40),
        ..WriteOptions::default()
    };
    let piped = through_pipe(&too_long, cd(), &sound(400));
    assert_eq!(u32_at(&piped, 40), u32::MAX);
    for container in [Container::Wav, Container::Rf64] {
        let piped = through_pipe(&of(container), cd(), &sound(400));
        for input in [
            testing::piped("x", &piped, 7),
            testing::regular("x", &piped),
        ] {
            let mut source = open(input, &ReadOptions::default()).unwrap();
            let (all, end) = drain(source.as_mut(), 100);
            end.unwrap();
            assert_eq!(all, sound(400), "{container:?}");
        }
    }
}

#[test]
fn a_pipe_whose_reader_has_gone_is_told_by_its_errno() {
    let (reader, writer) = std::io::pipe().unwrap();
    let target = Target::Open("pipe".into(), File::from(OwnedFd::from(writer)));
    let mut sink = create(target, cd(), &WriteOptions::default()).unwrap();
    drop(reader);
    let error = sink.write(&sound(400)).unwrap_err();
    assert_eq!((error.errno(), error.kind()), (Some(libc::EPIPE), Kind::Io));
    assert_eq!(sink.frames(), 0);
    sink.finish().unwrap();
}

#[test]
fn a_pipe_in_non_blocking_mode_is_waited_for() {
    let (target, collected) = collecting_pipe();
    let Target::Open(_, pipe) = &target else {
        unreachable!()
    };
    rustix::fs::fcntl_setfl(pipe, rustix::fs::OFlags::NONBLOCK).unwrap();
    let mut sink = create(target, cd(), &of(Container::Raw)).unwrap();
    sink.write(&sound(1 << 20)).unwrap();
    drop(sink);
    assert_eq!(collected.join().unwrap(), sound(1 << 20));
}

#[test]
fn an_open_file_is_corrected_where_it_stands_and_one_that_appends_is_not() {
    let directory = Directory::new();
    let path = directory.at("x");
    fs::write(&path, "before").unwrap();
    for append in [false, true] {
        fs::write(&path, "before").unwrap();
        let mut file = File::options()
            .write(true)
            .append(append)
            .open(&path)
            .unwrap();
        std::io::Seek::seek(&mut file, std::io::SeekFrom::End(0)).unwrap();
        let mut sink = create(
            Target::Open("out".into(), file),
            cd(),
            &WriteOptions::default(),
        )
        .unwrap();
        sink.write(&sound(400)).unwrap();
        sink.finish().unwrap();
        let bytes = fs::read(&path).unwrap();
        assert_eq!(
            (&bytes[..10], bytes.len()),
            (&b"beforeRIFF"[..], 6 + 44 + 400)
        );
        let told = if append { u32::MAX } else { 400 };
        assert_eq!(u32_at(&bytes, 46), told);
    }
}

/// A WAV whose lengths end early.
static SHORT: store::Packing = store::Packing {
    most: 100,
    ..wav::PACKING
};

#[test]
fn what_has_no_name_goes_on_beyond_what_its_header_can_say() {
    let directory = Directory::new();
    let path = directory.at("x");
    let target = Target::Open("out".into(), File::create(&path).unwrap());
    let mut sink = Store::create(target, cd(), SHORT, &WriteOptions::default()).unwrap();
    assert_eq!(sink.room(), None);
    sink.write(&sound(100)).unwrap();
    sink.checkpoint().unwrap();
    assert_exact(&path, cd(), 25);
    sink.write(&sound(100)).unwrap();
    sink.finish().unwrap();
    assert_eq!(u32_at(&fs::read(&path).unwrap(), 40), u32::MAX);
    assert_eq!(read_back(&path, Container::Wav, cd()).1.len(), 200);
}

#[test]
fn lengths_beyond_32_bits_are_written_as_each_container_can() {
    let shape = store::Shape {
        spec: cd(),
        channel_mask: None,
        tags: Vec::new(),
    };
    let five_gib = 5u64 << 30;
    let packings = [
        (Container::Wav, wav::PACKING),
        (Container::Rf64, wav::WIDE_PACKING),
        (Container::W64, w64::PACKING),
        (Container::Au, au::PACKING),
        (Container::Raw, raw::PACKING),
    ];
    let header = |container: Container, length| {
        let (_, packing) = packings.iter().find(|row| row.0 == container).unwrap();
        (packing.header)(&shape, length)
    };
    let length = store::Length::Bytes(five_gib);
    let rf64 = header(Container::Rf64, length);
    assert_eq!(u64_at(&rf64, 28), five_gib);
    assert_eq!(u64_at(&rf64, 20), five_gib + rf64.len() as u64 - 8);
    assert_eq!(u64_at(&rf64, 36), five_gib / 4);
    let w64 = header(Container::W64, length);
    assert_eq!(u64_at(&w64, 16), five_gib + w64.len() as u64);
    assert_eq!(u64_at(&w64, w64.len() - 8), five_gib + 24);
    assert_eq!(u32_at(&header(Container::Au, length), 8), u32::MAX);
    for container in WRITTEN {
        let sizes = [length, store::Length::Unknown, store::Length::Bytes(0)]
            .map(|length| header(container, length).len());
        assert_eq!(sizes, [sizes[0]; 3], "{container:?}");
    }
}

#[test]
fn an_existing_file_is_replaced_and_leaves_no_tail_through_a_link_too() {
    let directory = Directory::new();
    let (path, link) = (directory.at("x.wav"), directory.at("link.wav"));
    fs::write(&path, sound(10_000)).unwrap();
    symlink("x.wav", &link).unwrap();
    for (name, part) in [(&path, false), (&path, true), (&link, false), (&link, true)] {
        fs::write(&path, sound(10_000)).unwrap();
        let options = WriteOptions {
            part: Some(part),
            ..WriteOptions::default()
        };
        let mut sink = sink(name, cd(), &options);
        sink.write(&sound(400)).unwrap();
        sink.finish().unwrap();
        assert_exact(&path, cd(), 100);
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(directory.names(), ["link.wav", "x.wav"]);
    }
}

#[test]
fn a_link_to_nothing_makes_the_file_it_names() {
    let directory = Directory::new();
    fs::create_dir(directory.at("far")).unwrap();
    symlink("far/x.wav", directory.at("link")).unwrap();
    let options = WriteOptions {
        part: Some(true),
        ..WriteOptions::default()
    };
    let mut sink = sink(&directory.at("link"), cd(), &options);
    assert!(directory.at("far/x.wav.part").exists());
    sink.write(&sound(400)).unwrap();
    sink.finish().unwrap();
    assert_exact(&directory.at("far/x.wav"), cd(), 100);
}

#[test]
fn an_existing_file_is_protected_on_request() {
    let directory = Directory::new();
    let path = directory.at("x.wav");
    fs::write(&path, "precious").unwrap();
    symlink("nowhere", directory.at("link.wav")).unwrap();
    for (name, part) in [
        ("x.wav", false),
        ("x.wav", true),
        ("link.wav", false),
        ("link.wav", true),
    ] {
        let options = WriteOptions {
            clobber: false,
            part: Some(part),
            ..WriteOptions::default()
        };
        let error = refused(&directory.at(name), cd(), &options);
        assert_eq!(
            (error.kind(), error.errno()),
            (Kind::Io, Some(libc::EEXIST))
        );
    }
    assert_eq!(fs::read(&path).unwrap(), b"precious");
    assert_eq!(directory.names(), ["link.wav", "x.wav"]);
    let options = WriteOptions {
        clobber: false,
        ..WriteOptions::default()
    };
    sink(Path::new("/dev/null"), cd(), &options)
        .finish()
        .unwrap();
}

#[test]
fn a_part_takes_its_name_only_when_it_is_complete_and_keeps_the_rights_of_what_it_replaces() {
    let directory = Directory::new();
    let path = directory.at("x.wav");
    fs::write(&path, "old").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    let options = WriteOptions {
        part: Some(true),
        ..WriteOptions::default()
    };
    let mut sink = sink(&path, cd(), &options);
    assert_eq!(sink.name(), path.to_str().unwrap());
    assert_eq!(directory.names(), ["x.wav", "x.wav.part"]);
    assert_eq!(fs::read(&path).unwrap(), b"old");
    sink.write(&sound(400)).unwrap();
    sink.finish().unwrap();
    assert_eq!(directory.names(), ["x.wav"]);
    assert_exact(&path, cd(), 100);
    assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
}

#[test]
fn a_protected_part_does_not_replace_what_came_while_it_grew() {
    let directory = Directory::new();
    let path = directory.at("x.wav");
    let options = WriteOptions {
        part: Some(true),
        clobber: false,
        ..WriteOptions::default()
    };
    let mut sink = sink(&path, cd(), &options);
    sink.write(&sound(400)).unwrap();
    fs::write(&path, "precious").unwrap();
    let error = sink.finish().unwrap_err();
    assert_eq!(error.errno(), Some(libc::EEXIST));
    let [Advice::File(FileAdvice::KeptAs(name))] = error.advice() else {
        panic!("{:?}", error.advice());
    };
    assert!(name.ends_with("x.wav.part"), "{name}");
    assert_eq!(fs::read(&path).unwrap(), b"precious");
    assert_exact(&directory.at("x.wav.part"), cd(), 100);
}

#[test]
fn what_cannot_be_created_is_one_line() {
    let directory = Directory::new();
    let error = refused(Path::new("/nowhere/x.wav"), cd(), &WriteOptions::default());
    assert_eq!(
        error.to_string(),
        "cannot create '/nowhere/x.wav': No such file or directory"
    );
    assert_eq!(error.kind(), Kind::NotFound);
    let error = refused(&directory.at(""), cd(), &WriteOptions::default());
    assert_eq!(
        (error.errno(), error.kind()),
        (Some(libc::EISDIR), Kind::Io)
    );
    symlink("circle", directory.at("circle")).unwrap();
    let options = WriteOptions {
        part: Some(true),
        ..WriteOptions::default()
    };
    assert_eq!(
        refused(&directory.at("circle"), cd(), &options).errno(),
        Some(libc::ELOOP)
    );
}

#[test]
fn a_full_disk_is_told_at_once() {
    let error = refused(Path::new("/dev/full"), cd(), &WriteOptions::default());
    assert_eq!(
        (error.kind(), error.errno()),
        (Kind::NoSpace, Some(libc::ENOSPC))
    );
    assert_eq!(
        error.to_string(),
        "cannot write '/dev/full': No space left on device"
    );
    let mut raw = sink(Path::new("/dev/full"), cd(), &of(Container::Raw));
    assert_eq!(raw.write(&sound(400)).unwrap_err().kind(), Kind::NoSpace);
    assert!(
        fs::metadata("/dev/full")
            .unwrap()
            .file_type()
            .is_char_device()
    );
}

/// Runs a test of this program again, alone, under a limit of `limit` times 512 or 1024 bytes for a file.
pub(super) fn under_size_limit(test: &str, limit: u32) {
    let exe = std::env::current_exe().unwrap();
    let script = format!("trap '' XFSZ; ulimit -f {limit}; exec \"$0\" --exact {test} --ignored");
    let run = Command::new("sh")
        .arg("-c")
        .arg(script)
        .arg(exe)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&run.stdout);
    assert!(run.status.success() && text.contains("1 passed"), "{text}");
}

#[test]
fn a_size_limit_leaves_whole_frames_and_a_true_header() {
    under_size_limit("audio::file::write_tests::at_the_size_limit", 20);
}

#[test]
#[ignore = "runs under a limit that its fellow sets"]
fn at_the_size_limit() {
    let directory = Directory::new();
    for (container, format) in [
        (Container::Wav, Format::S24_3LE),
        (Container::W64, Format::S16_BE),
        (Container::Raw, Format::S24_3BE),
    ] {
        let path = directory.at("x");
        let spec = spec(format, 5);
        let mut sink = sink(&path, spec, &of(container));
        let bytes = sound(spec.frame_bytes() * 10_000);
        let error = sink.write(&bytes).unwrap_err();
        assert_eq!(
            (error.kind(), error.errno()),
            (Kind::NoSpace, Some(libc::EFBIG))
        );
        assert!(sink.frames() > 0);
        sink.checkpoint().unwrap();
        sink.finish().unwrap();
        let (stored, read) = read_back(&path, container, spec);
        let kept = spec.bytes(sink.frames()) as usize;
        assert_eq!(values(stored, &read), values(spec, &bytes[..kept]));
    }
}

/// What a recording told, as lines.
#[derive(Clone, Default)]
struct Told(Arc<Mutex<Vec<String>>>);

impl Told {
    fn reporter(&self) -> impl FnMut(Report) + Send + Clone + 'static {
        let told = self.0.clone();
        move |report| {
            let base = |name: String| {
                Path::new(&name)
                    .file_name()
                    .unwrap()
                    .to_str()
                    .unwrap()
                    .to_owned()
            };
            let line = match report {
                Report::Opened { name, .. } => format!("+{}", base(name)),
                Report::Finished { name, frames, .. } => format!("-{} {frames}", base(name)),
                Report::Failed(error) => error.to_string(),
                Report::Warning(text) => text,
            };
            told.lock().unwrap().push(line);
        }
    }

    fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

fn record(path: &Path, options: &RecordingOptions) -> (Recording, Told) {
    let told = Told::default();
    let recording = Recording::create(path.into(), cd(), options, told.reporter()).unwrap();
    (recording, told)
}

fn of_at_most(frames: u64) -> RecordingOptions {
    RecordingOptions {
        max_frames: Some(frames),
        ..RecordingOptions::default()
    }
}

fn sound_in(directory: &Directory, names: &[String]) -> Vec<u8> {
    let read = |name: &String| read_back(&directory.at(name), Container::Wav, cd()).1;
    names.iter().flat_map(read).collect()
}

#[test]
fn a_recording_in_one_file_keeps_its_name() {
    let directory = Directory::new();
    let (mut recording, told) = record(&directory.at("x.wav"), &RecordingOptions::default());
    recording.write(&sound(400)).unwrap();
    recording.finish().unwrap();
    recording.finish().unwrap();
    assert_eq!(told.lines(), ["+x.wav", "-x.wav 100"]);
    assert_eq!(directory.names(), ["x.wav"]);
}

#[test]
fn a_limit_divides_a_recording_into_numbered_files_and_none_is_empty() {
    let directory = Directory::new();
    let (mut recording, told) = record(&directory.at("x.wav"), &of_at_most(40));
    assert_eq!(directory.names(), ["x-01.wav.part"]);
    recording.write(&sound(480)).unwrap();
    assert_eq!(recording.frames(), 120);
    assert_eq!(directory.names(), ["x-01.wav", "x-02.wav", "x-03.wav"]);
    recording.finish().unwrap();
    assert_eq!(sound_in(&directory, &directory.names()), sound(480));
    let expected = [
        "+x-01.wav",
        "-x-01.wav 40",
        "+x-02.wav",
        "-x-02.wav 40",
        "+x-03.wav",
        "-x-03.wav 40",
    ];
    assert_eq!(told.lines(), expected);
}

#[test]
fn a_recording_that_is_sure_to_fit_into_one_file_is_not_numbered() {
    let directory = Directory::new();
    let mut options = of_at_most(100);
    options.write.expected_frames = Some(100);
    let (mut recording, _) = record(&directory.at("x.wav"), &options);
    recording.write(&sound(400)).unwrap();
    recording.finish().unwrap();
    assert_eq!(directory.names(), ["x.wav"]);
}

#[test]
fn an_unplanned_division_numbers_the_first_file_when_the_second_begins() {
    let directory = Directory::new();
    let (mut recording, told) = record(&directory.at("x"), &RecordingOptions::default());
    recording.next_file().unwrap();
    recording.write(&sound(40)).unwrap();
    recording.next_file().unwrap();
    recording.next_file().unwrap();
    assert_exact(&directory.at("x"), cd(), 10);
    assert_eq!(told.lines(), ["+x"]);
    recording.write(&sound(48)[40..]).unwrap();
    assert_eq!(directory.names(), ["x-01", "x-02.part"]);
    recording.finish().unwrap();
    assert_eq!(directory.names(), ["x-01", "x-02"]);
    assert_eq!(sound_in(&directory, &directory.names()), sound(48));
    assert_eq!(told.lines(), ["+x", "-x-01 10", "+x-02", "-x-02 2"]);
}

#[test]
fn a_division_that_no_frame_follows_is_none() {
    let directory = Directory::new();
    let (mut recording, told) = record(&directory.at("x.wav"), &RecordingOptions::default());
    recording.write(&sound(40)).unwrap();
    recording.next_file().unwrap();
    recording.finish().unwrap();
    assert_eq!(directory.names(), ["x.wav"]);
    assert_eq!(told.lines(), ["+x.wav", "-x.wav 10"]);
}

#[test]
fn the_limit_of_the_container_divides_too() {
    let directory = Directory::new();
    let mut options = RecordingOptions::default();
    options.write.max_bytes = Some(100);
    let (mut recording, _) = record(&directory.at("x.wav"), &options);
    recording.write(&sound(240)).unwrap();
    recording.finish().unwrap();
    assert_eq!(directory.names(), ["x-01.wav", "x-02.wav", "x-03.wav"]);
    assert_eq!(sound_in(&directory, &directory.names()), sound(240));
    options.write.max_bytes = Some(1);
    let (mut recording, _) = record(&directory.at("y.wav"), &options);
    recording.write(&sound(12)).unwrap();
    recording.finish().unwrap();
    assert_eq!(directory.names()[3..], ["y-01.wav", "y-02.wav", "y-03.wav"]);
}

#[test]
fn names_that_are_taken_are_passed_over() {
    let directory = Directory::new();
    let taken = ["x-01.wav", "x-03.wav", "x-04.wav.part"];
    for name in taken {
        fs::write(directory.at(name), "precious").unwrap();
    }
    symlink("nowhere", directory.at("x-05.wav")).unwrap();
    let (mut recording, told) = record(&directory.at("x.wav"), &of_at_most(10));
    recording.write(&sound(120)).unwrap();
    recording.finish().unwrap();
    let finished = ["-x-02.wav 10", "-x-06.wav 10", "-x-07.wav 10"];
    let lines: Vec<_> = told
        .lines()
        .into_iter()
        .filter(|line| line.starts_with('-'))
        .collect();
    assert_eq!(lines, finished);
    for name in taken {
        assert_eq!(fs::read(directory.at(name)).unwrap(), b"precious");
    }
}

#[test]
fn a_first_file_takes_a_free_number_when_it_is_renamed() {
    let directory = Directory::new();
    fs::write(directory.at("x-01.wav"), "precious").unwrap();
    let (mut recording, _) = record(&directory.at("x.wav"), &RecordingOptions::default());
    recording.write(&sound(40)).unwrap();
    recording.next_file().unwrap();
    recording.write(&sound(40)).unwrap();
    recording.finish().unwrap();
    assert_eq!(directory.names(), ["x-01.wav", "x-02.wav", "x-03.wav"]);
    assert_eq!(fs::read(directory.at("x-01.wav")).unwrap(), b"precious");
}

#[test]
fn a_link_that_a_recording_goes_through_keeps_its_name() {
    let directory = Directory::new();
    symlink("target.wav", directory.at("x.wav")).unwrap();
    let (mut recording, told) = record(&directory.at("x.wav"), &RecordingOptions::default());
    recording.write(&sound(40)).unwrap();
    recording.next_file().unwrap();
    recording.write(&sound(40)).unwrap();
    recording.finish().unwrap();
    assert_eq!(directory.names(), ["target.wav", "x-02.wav", "x.wav"]);
    assert_eq!(
        told.lines(),
        ["+x.wav", "-x.wav 10", "+x-02.wav", "-x-02.wav 10"]
    );
}

#[test]
fn two_recordings_of_one_name_share_no_file() {
    let directory = Directory::new();
    let (mut one, _) = record(&directory.at("x.wav"), &of_at_most(10));
    let (mut two, _) = record(&directory.at("x.wav"), &of_at_most(10));
    for part in sound(240).chunks(40) {
        one.write(part).unwrap();
        two.write(part).unwrap();
    }
    one.finish().unwrap();
    two.finish().unwrap();
    assert_eq!(directory.names().len(), 12);
    assert_eq!(sound_in(&directory, &directory.names()).len(), 480);
}

#[test]
fn devices_and_pipes_are_never_divided_nor_renamed() {
    let directory = Directory::new();
    let (mut recording, told) = record(Path::new("/dev/null"), &of_at_most(10));
    recording.write(&sound(400)).unwrap();
    recording.next_file().unwrap();
    recording.write(&sound(400)).unwrap();
    recording.finish().unwrap();
    assert_eq!(told.lines(), ["+null", "-null 200"]);
    assert!(
        fs::metadata("/dev/null")
            .unwrap()
            .file_type()
            .is_char_device()
    );
    let (target, collected) = collecting_pipe();
    let mut recording = Recording::create(target, cd(), &of_at_most(10), |_| ()).unwrap();
    recording.write(&sound(400)).unwrap();
    recording.next_file().unwrap();
    recording.write(&sound(400)).unwrap();
    recording.finish().unwrap();
    assert_eq!(
        recording.write(&sound(4)).unwrap_err().kind(),
        Kind::Internal
    );
    drop(recording);
    assert_eq!(collected.join().unwrap().len(), 44 + 800);
    assert!(directory.names().is_empty());
}

#[test]
fn a_pattern_makes_directories_and_numbers_its_files() {
    let directory = Directory::new();
    let options = RecordingOptions {
        strftime: true,
        ..of_at_most(10)
    };
    let (mut recording, told) = record(&directory.at("%Y/%%/a-%v.wav"), &options);
    recording.write(&sound(120)).unwrap();
    recording.finish().unwrap();
    let finished: Vec<_> = told
        .lines()
        .into_iter()
        .filter(|line| line.starts_with('-'))
        .collect();
    assert_eq!(finished, ["-a-01.wav 10", "-a-02.wav 10", "-a-03.wav 10"]);
    let year = directory.names()[0].parse::<u32>().unwrap();
    assert!(directory.at(&format!("{year}/%/a-02.wav")).exists());
}

#[test]
fn a_pattern_that_gives_one_name_twice_overwrites_nothing() {
    let directory = Directory::new();
    fs::write(directory.at("same%.wav"), "precious").unwrap();
    let options = RecordingOptions {
        strftime: true,
        ..of_at_most(10)
    };
    let (mut recording, _) = record(&directory.at("same%%.wav"), &options);
    recording.write(&sound(80)).unwrap();
    recording.finish().unwrap();
    assert_eq!(
        directory.names(),
        ["same%-02.wav", "same%-03.wav", "same%.wav"]
    );
    assert_eq!(fs::read(directory.at("same%.wav")).unwrap(), b"precious");
}

#[test]
fn a_directory_that_cannot_be_made_is_told() {
    let options = RecordingOptions {
        strftime: true,
        ..RecordingOptions::default()
    };
    let created = Recording::create(
        Path::new("/dev/null/%Y/x.wav").into(),
        cd(),
        &options,
        |_| (),
    );
    assert!(
        created
            .err()
            .unwrap()
            .to_string()
            .starts_with("cannot create '/dev/null/2")
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn the_files_of_a_recording_put_end_to_end_are_what_was_written(
        writes in proptest::collection::vec((0usize..300, any::<bool>(), any::<bool>()), 1..12),
        limit in proptest::option::of(50u64..400),
        bytes in proptest::option::of(300u64..2000),
    ) {
        let directory = Directory::new();
        let mut options = RecordingOptions { max_frames: limit, ..RecordingOptions::default() };
        options.write.max_bytes = bytes;
        let (mut recording, told) = record(&directory.at("x.wav"), &options);
        let all = sound(writes.iter().map(|(frames, ..)| frames * 4).sum());
        let mut rest = &all[..];
        for (frames, checkpoint, next) in writes {
            let (now, later) = rest.split_at(frames * 4);
            recording.write(now).unwrap();
            rest = later;
            if checkpoint { recording.checkpoint().unwrap(); }
            if next { recording.next_file().unwrap(); }
        }
        prop_assert_eq!(recording.frames() as usize, all.len() / 4);
        recording.finish().unwrap();
        let names = directory.names();
        prop_assert_eq!(told.lines().len(), 2 * names.len());
        if !all.is_empty() {
            prop_assert_eq!(sound_in(&directory, &names), all);
        }
    }
}

fn separated(frames: &[u8], channel: usize) -> Vec<u8> {
    frames
        .chunks_exact(4)
        .flat_map(|frame| frame[channel * 2..channel * 2 + 2].to_vec())
        .collect()
}

#[test]
fn channels_go_into_files_of_their_own_and_come_back_together() {
    let directory = Directory::new();
    for (base, names) in [("x", ["x.0", "x.1"]), ("y.raw", ["y.raw.0", "y.raw.1"])] {
        let told = Told::default();
        let options = RecordingOptions::default();
        let mut sink =
            Separate::create(&[directory.at(base)], cd(), &options, told.reporter()).unwrap();
        sink.write(&sound(120)).unwrap();
        sink.checkpoint().unwrap();
        sink.write(&sound(400)[120..]).unwrap();
        assert_eq!((sink.frames(), sink.spec()), (100, cd()));
        sink.finish().unwrap();
        let mono = Spec {
            channels: 1,
            ..cd()
        };
        let container = if base == "x" {
            Container::Wav
        } else {
            Container::Raw
        };
        for (channel, name) in names.iter().enumerate() {
            let (_, read) = read_back(&directory.at(name), container, mono);
            assert_eq!(read, separated(&sound(400), channel));
        }
        assert_eq!(told.lines()[..2], names.map(|name| format!("+{name}")));
        let options = ReadOptions {
            container: Some(container),
            raw: Some(mono),
        };
        let files = names.map(|name| directory.at(name)).to_vec();
        let mut source = channels_opener(files, options)().unwrap();
        let (all, end) = drain(source.as_mut(), 33);
        end.unwrap();
        assert_eq!(all, sound(400));
    }
}

#[test]
fn channels_in_files_of_their_own_are_divided_at_the_same_frame() {
    let directory = Directory::new();
    let (options, told) = (of_at_most(60), Told::default());
    let mut sink =
        Separate::create(&[directory.at("x.wav")], cd(), &options, told.reporter()).unwrap();
    sink.write(&sound(160)).unwrap();
    sink.next_file().unwrap();
    sink.write(&sound(400)[160..]).unwrap();
    sink.finish().unwrap();
    let names = ["x-01.wav.0", "x-01.wav.1", "x-02.wav.0", "x-02.wav.1"];
    assert_eq!(directory.names(), names);
    for channel in 0..2 {
        let files: Vec<_> = names
            .iter()
            .skip(channel)
            .step_by(2)
            .map(|name| (*name).to_owned())
            .collect();
        assert_eq!(
            sound_in(&directory, &files),
            separated(&sound(400), channel)
        );
    }
}

#[test]
fn channels_need_as_many_names_as_there_are_or_one() {
    let directory = Directory::new();
    let create = |names: &[&str]| {
        let names: Vec<_> = names.iter().map(|name| directory.at(name)).collect();
        Separate::create(&names, cd(), &RecordingOptions::default(), |_| ())
    };
    assert_eq!(create(&["a", "b", "c"]).err().unwrap().kind(), Kind::Usage);
    assert_eq!(create(&[]).err().unwrap().kind(), Kind::Usage);
    create(&["left.au", "right.raw"]).unwrap().finish().unwrap();
    assert_eq!(directory.names(), ["left.au", "right.raw"]);
    let stdout = Separate::create(&["-".into()], cd(), &RecordingOptions::default(), |_| ());
    assert_eq!(stdout.err().unwrap().kind(), Kind::Usage);
    let Parsed { rest, .. } = parse_au(&directory.at("left.au"));
    assert_eq!(rest, 0);
}
