//! Writing all containers of uncompressed samples, read back.

use super::{cd, create_error, options_for, sink, spec, values};
use crate::audio::advice::{Advice, FileAdvice};
use crate::audio::channel_map::ChannelMap;
use crate::audio::error::Kind;
use crate::audio::file::au::AU;
use crate::audio::file::container::Container;
use crate::audio::file::create::create;
use crate::audio::file::description::describe;
use crate::audio::file::input::Input;
use crate::audio::file::open::open;
use crate::audio::file::options::{ReadOptions, WriteOptions};
use crate::audio::file::output::OutputTarget;
use crate::audio::file::pcm_writer::{HeaderInfo, HeaderLength, PcmContainer, PcmWriter};
use crate::audio::file::raw::RAW;
use crate::audio::file::testing::{
    Directory, assert_exact_lengths, collecting_pipe, piped, read_back, regular, sound, u32_at,
    u64_at, written_to_pipe,
};
use crate::audio::file::w64::W64;
use crate::audio::file::wav::header::{FORMATS, RF64, WAV};
use crate::audio::format::Format;
use crate::audio::metadata::Tags;
use crate::audio::spec::Spec;
use crate::audio::stream::Sink;
use crate::audio::stream::testing::drain;
use proptest::prelude::*;
use std::fs::{self, File};
use std::io::Read;
use std::os::fd::OwnedFd;
use std::path::Path;

/// The containers of uncompressed samples.
const WRITTEN: [Container; 5] = [
    Container::Wav,
    Container::Rf64,
    Container::W64,
    Container::Au,
    Container::Raw,
];

fn can_hold(container: Container, format: Format) -> bool {
    format.physical_bits() >= 8 && (container == Container::Raw || format.is_numeric())
}

fn check_round_trip(container: Container, spec: Spec, frames: usize, step: usize) {
    let directory = Directory::new();
    let path = directory.at("x");
    let bytes = sound(frames * spec.frame_bytes());
    let mut sink = sink(&path, spec, &options_for(container));
    for (number, frames) in bytes.chunks(step * spec.frame_bytes()).enumerate() {
        let middle = frames.len() / spec.frame_bytes() / 2 * spec.frame_bytes();
        let (first, second) = frames.split_at(middle);
        match number % 2 {
            0 => sink.write(frames).unwrap(),
            _ => sink.write_parts([first, second]).unwrap(),
        }
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
        assert_exact_lengths(&path, spec, frames as u64);
    }
}

#[test]
fn all_formats_are_read_back_from_all_containers() {
    for container in WRITTEN {
        for format in Format::all().filter(|format| can_hold(container, *format)) {
            for channels in [1, 2, 8] {
                check_round_trip(container, spec(format, channels), 331, 100);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn frames_are_read_back_however_they_are_written(
        container in proptest::sample::select(&WRITTEN[..]),
        format in proptest::sample::select(FORMATS),
        channels in 1u32..=9,
        frames in 1usize..3000,
        step in 1usize..999,
    ) {
        check_round_trip(container, spec(format, channels), frames, step);
    }
}

#[test]
fn unsupported_formats_are_rejected_before_anything_is_created() {
    let directory = Directory::new();
    for (name, format) in [
        ("x.wav", Format::DSD_U8),
        ("x.au", Format::IEC958_SUBFRAME_LE),
        ("x.w64", Format::DSD_U32_BE),
    ] {
        let error = create_error(
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
    let error = create_error(&directory.at("x.wav"), fast, &WriteOptions::default());
    assert_eq!(error.kind(), Kind::Usage);
    assert!(directory.names().is_empty());
}

#[test]
fn the_extension_of_an_unsupported_container_is_an_error() {
    let directory = Directory::new();
    let path = directory.at("x.caf");
    let error = create_error(&path, cd(), &WriteOptions::default());
    assert_eq!(error.to_string(), "writing CAF is not supported");
    let containers = vec!["wav", "rf64", "raw", "voc", "au", "flac", "w64"];
    let advice = [
        FileAdvice::Containers(containers).into(),
        FileAdvice::EncodeElsewhere(path).into(),
    ];
    assert_eq!(error.advice(), advice);
    assert_eq!(error.kind(), Kind::Usage);
    assert!(directory.names().is_empty());
}

#[test]
fn the_extension_selects_the_container_and_wav_is_the_default() {
    let extensions = [
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
    for (path, container) in extensions {
        assert_eq!(
            Container::from_extension(Path::new(path)),
            container,
            "{path}"
        );
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
fn a_wav_is_identical_to_one_of_hound() {
    let directory = Directory::new();
    let path = directory.at("x.wav");
    let mut sink = sink(&path, cd(), &WriteOptions::default());
    sink.write(&sound(400)).unwrap();
    sink.finish().unwrap();
    let expected = directory.at("hound.wav");
    let spec = hound::WavSpec {
        channels: 2,
        sample_rate: 44_100,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut writer = hound::WavWriter::create(&expected, spec).unwrap();
    for sample in sound(400).chunks_exact(2) {
        writer
            .write_sample(i16::from_le_bytes([sample[0], sample[1]]))
            .unwrap();
    }
    writer.finalize().unwrap();
    assert_eq!(fs::read(path).unwrap(), fs::read(expected).unwrap());
}

#[test]
fn hound_reads_all_integer_formats() {
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
fn s24_in_four_bytes_is_stored_as_s32() {
    let directory = Directory::new();
    let path = directory.at("x.wav");
    let mut sink = sink(&path, spec(Format::S24_LE, 1), &WriteOptions::default());
    // The bits above the 24 are undefined.
    sink.write(&[0x56, 0x34, 0x12, 0xff, 0xff, 0xff, 0xff, 0x00])
        .unwrap();
    sink.finish().unwrap();
    let (stored, bytes) = read_back(&path, Container::Wav, cd());
    assert_eq!(stored.format, Format::S32_LE);
    assert_eq!(bytes, [0x00, 0x56, 0x34, 0x12, 0x00, 0xff, 0xff, 0xff]);
}

#[test]
fn the_channel_mask_is_stored_if_known() {
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
        let source = open(Input::open(&path).unwrap(), &ReadOptions::default()).unwrap();
        let map = channel_mask.map(|mask| ChannelMap::from_mask(mask, 4));
        assert_eq!(source.channel_map(), map);
        assert_eq!(source.frames(), Some(10));
    }
}

#[test]
fn tags_are_read_back_from_all_containers_that_store_them() {
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
            ..options_for(container)
        };
        if matches!(container, Container::Raw | Container::Voc) {
            let error = create_error(&path, cd(), &options);
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
fn unsupported_options_are_rejected_before_anything_is_created() {
    let directory = Directory::new();
    for (container, name, text) in [
        (Container::Au, "comment", "two\nlines"),
        (Container::Wav, "mood", "blue"),
        (Container::W64, "mood", "blue"),
    ] {
        let options = WriteOptions {
            tags: Tags::from_iter([(name, text)]),
            ..options_for(container)
        };
        let error = create_error(&directory.at("x"), cd(), &options);
        assert!(error.to_string().contains(name), "{error}");
        assert_eq!(error.kind(), Kind::Usage);
    }
    let options = WriteOptions {
        compression: Some(3),
        ..options_for(Container::Wav)
    };
    let error = create_error(&directory.at("x"), cd(), &options);
    assert_eq!(error.to_string(), "WAV is not compressed");
    assert!(directory.names().is_empty());
}

#[test]
fn an_unfinished_file_is_valid_as_of_the_last_checkpoint() {
    let directory = Directory::new();
    for (container, sync) in WRITTEN
        .into_iter()
        .flat_map(|each| [(each, false), (each, true)])
    {
        let path = directory.at(&format!("{container:?}-{sync}"));
        let options = WriteOptions {
            sync,
            ..options_for(container)
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
        std::mem::forget(sink);
        let (_, read) = read_back(&path, container, spec);
        let expected = if container == Container::Raw {
            660
        } else {
            600
        };
        assert_eq!(read.len(), expected, "{container:?}");
    }
}

#[test]
fn a_file_without_frames_is_valid() {
    let directory = Directory::new();
    let path = directory.at("x.wav");
    std::mem::forget(sink(&path, cd(), &WriteOptions::default()));
    assert_exact_lengths(&path, cd(), 0);
    assert_eq!(hound::WavReader::open(&path).unwrap().duration(), 0);
    let path = directory.at("x.rf64");
    std::mem::forget(sink(&path, cd(), &WriteOptions::default()));
    assert_exact_lengths(&path, cd(), 0);
}

#[test]
fn odd_lengths_are_padded_and_padding_is_not_read() {
    let directory = Directory::new();
    for (container, file_bytes) in [
        (Container::Wav, 44 + 6),
        (Container::W64, 104 + 5),
        (Container::Au, 28 + 5),
    ] {
        let path = directory.at("x");
        let mut sink = sink(&path, spec(Format::U8, 1), &options_for(container));
        sink.write(&sound(5)).unwrap();
        sink.finish().unwrap();
        sink.finish().unwrap();
        assert_eq!(fs::read(&path).unwrap().len(), file_bytes);
        assert_eq!(read_back(&path, container, cd()).1.len(), 5);
    }
}

#[test]
fn writing_part_of_a_frame_is_an_error() {
    let directory = Directory::new();
    let mut sink = sink(&directory.at("x.wav"), cd(), &WriteOptions::default());
    assert_eq!(sink.write(&[0; 7]).unwrap_err().kind(), Kind::Internal);
    for parts in [[&[0; 3][..], &[0; 5]], [&[0; 8], &[0; 3]]] {
        let error = sink.write_parts(parts).unwrap_err();
        assert_eq!((error.kind(), sink.frames()), (Kind::Internal, 0));
    }
}

#[test]
fn a_file_ends_at_the_maximum_size_in_the_options() {
    let directory = Directory::new();
    let path = directory.at("x.wav");
    let options = WriteOptions {
        max_bytes: Some(43),
        ..WriteOptions::default()
    };
    let frames = sound(48);
    for middle in [0, 24, 40, 44, 48] {
        let mut sink = sink(&path, cd(), &options);
        assert_eq!(sink.capacity_left(), Some(10));
        let (first, second) = frames.split_at(middle);
        let error = sink.write_parts([first, second]).unwrap_err();
        assert_eq!(error.kind(), Kind::NoSpace);
        let message = error.to_string();
        assert!(message.ends_with("x.wav' has reached the maximum size of a WAV file"));
        assert_eq!((sink.frames(), sink.capacity_left()), (10, Some(0)));
        sink.finish().unwrap();
        assert_eq!(read_back(&path, Container::Wav, cd()).1, sound(40));
    }
}

#[test]
fn a_pipe_gets_the_header_with_both_parts_of_the_first_frames() {
    let (mut reader, writer) = std::io::pipe().unwrap();
    let target = OutputTarget::Open("pipe".into(), File::from(OwnedFd::from(writer)));
    let mut sink = create(target, cd(), &WriteOptions::default()).unwrap();
    let frames = sound(48);
    sink.write_parts([&frames[..8], &frames[8..]]).unwrap();
    let mut start = [0; 100];
    assert_eq!(reader.read(&mut start).unwrap(), 44 + 48);
    assert_eq!(start[44..92], frames);
    assert_eq!(sink.frames(), 12);
}

#[test]
fn only_wav_has_a_maximum_size() {
    let directory = Directory::new();
    for container in WRITTEN {
        let sink = sink(&directory.at("x"), cd(), &options_for(container));
        let limit = (container == Container::Wav).then_some(u64::from(u32::MAX - 0xfff) / 4);
        assert_eq!(sink.capacity_left(), limit, "{container:?}");
    }
}

#[test]
fn pipes_declare_the_expected_length() {
    let directory = Directory::new();
    for container in WRITTEN {
        let options = WriteOptions {
            expected_frames: Some(5),
            ..options_for(container)
        };
        let spec = spec(Format::U8, 1);
        let bytes = written_to_pipe(&options, spec, &sound(5));
        let path = directory.at("x");
        let mut sink = sink(&path, spec, &options_for(container));
        sink.write(&sound(5)).unwrap();
        sink.finish().unwrap();
        assert_eq!(bytes, fs::read(path).unwrap(), "{container:?}");
    }
}

#[test]
fn pipes_of_unknown_length_declare_so_and_are_not_padded() {
    let bytes = written_to_pipe(&WriteOptions::default(), spec(Format::U8, 1), &sound(5));
    assert_eq!(
        (u32_at(&bytes, 4), u32_at(&bytes, 40)),
        (u32::MAX, u32::MAX)
    );
    assert_eq!(bytes.len(), 49);
    let too_long = WriteOptions {
        expected_frames: Some(1 << 40),
        ..WriteOptions::default()
    };
    let bytes = written_to_pipe(&too_long, cd(), &sound(400));
    assert_eq!(u32_at(&bytes, 40), u32::MAX);
    for container in [Container::Wav, Container::Rf64] {
        let bytes = written_to_pipe(&options_for(container), cd(), &sound(400));
        for input in [piped("x", &bytes, 7), regular("x", &bytes)] {
            let mut source = open(input, &ReadOptions::default()).unwrap();
            let (all, end) = drain(source.as_mut(), 100);
            end.unwrap();
            assert_eq!(all, sound(400), "{container:?}");
        }
    }
}

#[test]
fn a_closed_pipe_is_an_error_with_epipe() {
    let (reader, writer) = std::io::pipe().unwrap();
    let target = OutputTarget::Open("pipe".into(), File::from(OwnedFd::from(writer)));
    let mut sink = create(target, cd(), &WriteOptions::default()).unwrap();
    drop(reader);
    let error = sink.write(&sound(400)).unwrap_err();
    assert_eq!((error.errno(), error.kind()), (Some(libc::EPIPE), Kind::Io));
    assert_eq!(sink.frames(), 0);
    sink.finish().unwrap();
}

#[test]
fn writing_to_a_non_blocking_pipe_waits() {
    let (target, collected) = collecting_pipe();
    let OutputTarget::Open(_, pipe) = &target else {
        unreachable!()
    };
    rustix::fs::fcntl_setfl(pipe, rustix::fs::OFlags::NONBLOCK).unwrap();
    let mut sink = create(target, cd(), &options_for(Container::Raw)).unwrap();
    let frames = sound(1 << 20);
    let (first, second) = frames.split_at(400_000);
    sink.write_parts([first, second]).unwrap();
    drop(sink);
    assert_eq!(collected.join().unwrap(), sound(1 << 20));
}

#[test]
fn the_header_is_rewritten_at_the_initial_position_but_not_in_append_mode() {
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
            OutputTarget::Open("out".into(), file),
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
        let declared = if append { u32::MAX } else { 400 };
        assert_eq!(u32_at(&bytes, 46), declared);
    }
}

/// WAV with a maximum of 100 bytes of samples.
const SHORT_WAV: PcmContainer = PcmContainer {
    max_bytes: 100,
    ..WAV
};

#[test]
fn a_file_without_name_continues_beyond_the_maximum_size() {
    let directory = Directory::new();
    let path = directory.at("x");
    let target = OutputTarget::Open("out".into(), File::create(&path).unwrap());
    let mut sink = PcmWriter::create(target, cd(), SHORT_WAV, &WriteOptions::default()).unwrap();
    assert_eq!(sink.capacity_left(), None);
    sink.write(&sound(100)).unwrap();
    sink.checkpoint().unwrap();
    assert_exact_lengths(&path, cd(), 25);
    sink.write(&sound(100)).unwrap();
    sink.finish().unwrap();
    assert_eq!(u32_at(&fs::read(&path).unwrap(), 40), u32::MAX);
    assert_eq!(read_back(&path, Container::Wav, cd()).1.len(), 200);
}

#[test]
fn lengths_beyond_32_bits_are_declared_if_possible() {
    let info = HeaderInfo {
        spec: cd(),
        channel_mask: None,
        tags: Vec::new(),
        annotation: true,
    };
    let five_gib = 5u64 << 30;
    let length = HeaderLength::Bytes(five_gib);
    let rf64 = (RF64.header)(&info, length);
    assert_eq!(u64_at(&rf64, 28), five_gib);
    assert_eq!(u64_at(&rf64, 20), five_gib + rf64.len() as u64 - 8);
    assert_eq!(u64_at(&rf64, 36), five_gib / 4);
    let w64 = (W64.header)(&info, length);
    assert_eq!(u64_at(&w64, 16), five_gib + w64.len() as u64);
    assert_eq!(u64_at(&w64, w64.len() - 8), five_gib + 24);
    assert_eq!(u32_at(&(AU.header)(&info, length), 8), u32::MAX);
    for container in [WAV, RF64, W64, AU, RAW] {
        let sizes = [length, HeaderLength::Unknown, HeaderLength::Bytes(0)]
            .map(|length| (container.header)(&info, length).len());
        assert_eq!(sizes, [sizes[0]; 3], "{}", container.title);
    }
}
