//! Opening: detection, errors, raw samples, pipes.

use crate::audio::advice::{Advice, FileAdvice};
use crate::audio::error::{Error, Kind};
use crate::audio::file::container::Container;
use crate::audio::file::input::Input;
use crate::audio::file::open::open;
use crate::audio::file::options::ReadOptions;
use crate::audio::file::testing::{cd, chunk, message, native, piped, regular, riff, sound};
use crate::audio::format::Format;
use crate::audio::spec::Spec;
use crate::audio::stream::testing::drain;
use rustix::fs::{MemfdFlags, OFlags, fcntl_setfl, memfd_create};
use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::os::fd::OwnedFd;
use std::path::Path;
use std::time::Duration;

fn stereo() -> Spec {
    Spec::new(Format::S16_LE, 48_000, 2).unwrap()
}

fn raw_options() -> ReadOptions {
    ReadOptions {
        container: Some(Container::Raw),
        raw: Some(stereo()),
        ..ReadOptions::default()
    }
}

fn only(container: Container) -> ReadOptions {
    ReadOptions {
        container: Some(container),
        raw: None,
        ..ReadOptions::default()
    }
}

fn open_error(input: Input, options: &ReadOptions) -> Error {
    match open(input, options) {
        Ok(source) => panic!("'{}' was opened", source.name()),
        Err(error) => error,
    }
}

/// Both ends of a kernel pipe.
fn kernel_pipe() -> (File, std::io::PipeWriter) {
    let (reader, writer) = std::io::pipe().unwrap();
    (File::from(OwnedFd::from(reader)), writer)
}

#[test]
fn a_wav_is_detected_by_its_content_in_files_and_pipes() {
    let bytes = riff(&[cd(), chunk(b"data", &sound(400))]);
    for input in [regular("x.txt", &bytes), piped("x.txt", &bytes, 3)] {
        let mut source = open(input, &ReadOptions::default()).unwrap();
        assert_eq!((source.frames(), source.name()), (Some(100), "x.txt"));
        let (all, end) = drain(source.as_mut(), 64);
        end.unwrap();
        assert_eq!(all, sound(400));
    }
}

#[test]
fn unsupported_containers_are_named() {
    let heads: [(&[u8], &str); 11] = [
        (b"wvpk\0\0", "WavPack"),
        (b"MAC \x96\x0f", "Monkey's Audio"),
        (b"TTA1\x01\0", "True Audio"),
        (b"MPCKSH", "Musepack"),
        (b"DSD \x1c\0", "DSF"),
        (b"FRM8\0\0\0\0\0\0\0\x10DSD FVER", "DSDIFF"),
        (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9", "ASF"),
        (b"RIFF\0\0\0\0AVI LIST", "AVI"),
        (b"#!AMR\n", "AMR"),
        (b"MThd\0\0\0\x06", "MIDI"),
        (b"MP+\x07", "Musepack"),
    ];
    for (head, title) in heads {
        let error = open_error(regular("x", head), &native());
        let expected = format!("'x' is {title}, which needs ffmpeg");
        assert_eq!(message(&error, "x"), expected);
        assert_eq!(error.kind(), Kind::InvalidInput);
    }
}

#[test]
fn files_that_are_not_audio_are_never_read_as_raw_samples() {
    let heads: [&[u8]; 7] = [
        b"hello, world\n",
        b"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
        b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
        b"\xfe\xff\x01\x00",
        b"RIFF",
        b"RIFF\x04\0\0\0WEBP",
        b"x",
    ];
    let raw_described = ReadOptions {
        raw: Some(stereo()),
        ..ReadOptions::default()
    };
    for head in heads {
        for input in [regular("notes.txt", head), piped("notes.txt", head, 1)] {
            let error = open_error(input, &raw_described);
            assert_eq!(
                message(&error, "notes.txt"),
                "'notes.txt' is not a recognized audio file"
            );
            assert_eq!(error.kind(), Kind::InvalidInput);
            assert_eq!(error.advice(), [FileAdvice::ReadAsRaw.into()]);
        }
    }
}

#[test]
fn an_input_without_bytes_is_empty_as_any_container() {
    for options in [ReadOptions::default(), raw_options(), only(Container::Wav)] {
        for input in [regular("x", b""), piped("x", b"", 1)] {
            let error = open_error(input, &options);
            assert_eq!(message(&error, "x"), "'x' is empty");
            assert_eq!(error.kind(), Kind::InvalidInput);
        }
    }
}

#[test]
fn a_required_container_is_checked() {
    let flac = open_error(regular("x", b"fLaC\0\0\0\x22"), &only(Container::Wav));
    assert_eq!(message(&flac, "x"), "'x' is not WAV: it is FLAC");
    let text = open_error(regular("x", b"hello, world"), &only(Container::Wav));
    assert_eq!(message(&text, "x"), "'x' is not WAV");
    let options = ReadOptions {
        container: Some(Container::Midi),
        ..native()
    };
    let known = open_error(regular("x", b"MThd\0\0\0\x06"), &options);
    assert_eq!(message(&known, "x"), "'x' is MIDI, which needs ffmpeg");
}

#[test]
fn containers_are_found_by_name_in_any_case() {
    for container in Container::all() {
        assert_eq!(Container::from_name(container.name()).unwrap(), container);
        let upper = container.name().to_ascii_uppercase();
        assert_eq!(Container::from_name(&upper).unwrap(), container);
    }
    assert_eq!(Container::from_name("sparc").unwrap(), Container::Au);
    let error = Container::from_name("wva").unwrap_err();
    assert_eq!(error.kind(), Kind::Usage);
    let [Advice::Nearest(names)] = error.advice() else {
        panic!("{:?}", error.advice());
    };
    assert!(names.iter().any(|name| name.contains("wav")), "{names:?}");
}

#[test]
fn all_containers_of_uncompressed_samples_can_be_read() {
    for container in [
        Container::Wav,
        Container::Rf64,
        Container::Raw,
        Container::Voc,
        Container::Au,
        Container::W64,
    ] {
        assert!(container.is_readable(), "{container:?}");
    }
}

#[test]
fn a_file_of_only_a_magic_number_is_corrupt() {
    let heads: [(&[u8], &str); 6] = [
        (b"fLaC\0\0\0\x22", "FLAC"),
        (b"FORM\0\0\0\x20AIFFCOMM", "AIFF"),
        (b"FORM\0\0\0\x20AIFCFVER", "AIFF"),
        (b"caff\0\x01\0\0", "CAF"),
        (b"\0\0\0\x20ftypM4A ", "MPEG-4"),
        (b"\x1a\x45\xdf\xa3\x9f", "Matroska"),
    ];
    for (head, title) in heads {
        for input in [regular("x", head), piped("x", head, 1)] {
            let error = open_error(input, &ReadOptions::default());
            assert!(
                message(&error, "x").contains("is corrupt: "),
                "{title}: {error}"
            );
            assert_eq!(error.kind(), Kind::InvalidInput);
        }
    }
}

#[test]
fn an_ogg_file_without_a_whole_page_contains_no_audio() {
    for input in [regular("x", b"OggS\0\x02"), piped("x", b"OggS\0\x02", 1)] {
        let error = open_error(input, &ReadOptions::default());
        assert_eq!(message(&error, "x"), "'x' contains no audio");
        assert_eq!(error.kind(), Kind::InvalidInput);
    }
}

#[test]
fn raw_samples_need_a_spec() {
    let error = open_error(regular("x", &sound(8)), &only(Container::Raw));
    assert_eq!(error.kind(), Kind::Usage);
    assert_eq!(error.advice(), [FileAdvice::DescribeRaw.into()]);
}

#[test]
fn raw_samples_are_all_bytes_even_of_a_wav() {
    let bytes = riff(&[cd(), chunk(b"data", &sound(400))]);
    for (input, frames) in [
        (regular("x", &bytes), Some(111)),
        (piped("x", &bytes, 5), None),
    ] {
        let mut source = open(input, &raw_options()).unwrap();
        assert_eq!((source.spec(), source.frames()), (stereo(), frames));
        let (all, end) = drain(source.as_mut(), 7);
        end.unwrap();
        assert_eq!(all, bytes);
    }
}

#[test]
fn an_incomplete_raw_frame_is_an_error_after_all_complete_ones() {
    for input in [regular("x", &sound(4003)), piped("x", &sound(4003), 9)] {
        let mut source = open(input, &raw_options()).unwrap();
        let (all, end) = drain(source.as_mut(), 100);
        assert_eq!(all, sound(4000));
        let expected = "'x' ends in the middle of a frame (3 of 4 bytes, after 1000 frames)";
        assert_eq!(message(&end.unwrap_err(), "x"), expected);
        let again = drain(source.as_mut(), 100).1.unwrap_err();
        assert_eq!(message(&again, "x"), expected);
    }
}

#[test]
fn a_buffer_smaller_than_a_frame_is_an_error() {
    let mut source = open(regular("x", &sound(40)), &raw_options()).unwrap();
    assert_eq!(source.read(&mut [0; 3]).unwrap_err().kind(), Kind::Internal);
    assert_eq!(source.read(&mut []).unwrap(), 0);
    assert_eq!(source.read(&mut [0; 7]).unwrap(), 4);
}

#[test]
fn reading_a_pipe_returns_the_available_frames_and_keeps_incomplete_ones() {
    let (reader, mut writer) = kernel_pipe();
    writer.write_all(&sound(10)).unwrap();
    let input = Input::from_file("pipe", reader).unwrap();
    let mut source = open(input, &raw_options()).unwrap();
    let mut all = Vec::new();
    let mut buffer = [0; 4096];
    while all.len() < 8 {
        let bytes = source.read(&mut buffer).unwrap();
        all.extend_from_slice(&buffer[..bytes]);
    }
    assert_eq!(all, sound(10)[..8]);
    writer.write_all(&sound(12)[10..]).unwrap();
    drop(writer);
    let (rest, end) = drain(source.as_mut(), 1024);
    end.unwrap();
    assert_eq!(rest, sound(12)[8..]);
}

#[test]
fn reading_a_non_blocking_pipe_waits() {
    let (reader, mut writer) = kernel_pipe();
    fcntl_setfl(&reader, OFlags::NONBLOCK).unwrap();
    let writing = std::thread::spawn(move || {
        for part in sound(4000).chunks(1000) {
            std::thread::sleep(Duration::from_millis(5));
            writer.write_all(part).unwrap();
        }
    });
    let input = Input::from_file("pipe", reader).unwrap();
    let mut source = open(input, &raw_options()).unwrap();
    let (all, end) = drain(source.as_mut(), 100);
    writing.join().unwrap();
    end.unwrap();
    assert_eq!(all, sound(4000));
}

/// A file without a name.
fn file_of(bytes: &[u8]) -> File {
    let mut file = File::from(memfd_create("test", MemfdFlags::empty()).unwrap());
    file.write_all(bytes).unwrap();
    file
}

#[test]
fn an_open_file_is_read_from_its_current_position() {
    let wav = riff(&[
        cd(),
        chunk(b"data", &sound(400)),
        chunk(b"LIST", &sound(30)),
    ]);
    let bytes = [sound(333), wav].concat();
    let mut file = file_of(&bytes);
    file.seek(SeekFrom::Start(333)).unwrap();
    let input = Input::from_file("standard input", file).unwrap();
    assert_eq!(input.remaining(), Some(bytes.len() as u64 - 333));
    let mut source = open(input, &ReadOptions::default()).unwrap();
    let (all, end) = drain(source.as_mut(), 1000);
    end.unwrap();
    assert_eq!(all, sound(400));
}

#[test]
fn a_copy_of_an_input_begins_where_the_original_was() {
    let bytes = sound(200_000);
    let mut file = file_of(&bytes);
    file.seek(SeekFrom::Start(333)).unwrap();
    let inputs = [
        (Input::from_file("x", file).unwrap(), 333),
        (piped("x", &bytes, 500), 0),
    ];
    for (mut original, start) in inputs {
        assert_eq!(original.peek(100).unwrap().len(), 100);
        assert_eq!(original.skip(40).unwrap(), 40);
        let mut copy = original.fork().unwrap();
        assert_eq!(original.skip(70_000).unwrap(), 70_000);
        drop(original);
        let mut second = copy.fork().unwrap();
        assert_eq!(copy.skip(80_000).unwrap(), 80_000);
        drop(copy);
        let mut rest = vec![0; bytes.len()];
        let got = second.fill(&mut rest).unwrap();
        assert!(rest[..got] == bytes[start + 40..]);
    }
}

#[test]
fn missing_files_and_directories_are_reported() {
    let missing = Input::open(Path::new("/nowhere/x.wav")).unwrap_err();
    assert_eq!(missing.kind(), Kind::NotFound);
    let expected = "cannot open '/nowhere/x.wav': No such file or directory";
    assert_eq!(message(&missing, "/nowhere/x.wav"), expected);
    let directory = Input::open(Path::new("/")).unwrap_err();
    assert_eq!(directory.kind(), Kind::InvalidInput);
    assert_eq!(
        message(&directory, "/"),
        "'/' is a directory, not a sound file"
    );
}

#[test]
fn unreadable_files_are_permission_errors() {
    let denied = std::io::Error::from_raw_os_error(libc::EACCES);
    let error = Error::file("open", "x.wav", &denied);
    assert_eq!(error.kind(), Kind::Permission);
}

#[test]
fn samples_of_a_file_are_read_in_one_call() {
    let bytes = riff(&[cd(), chunk(b"data", &sound(400_000))]);
    let mut source = open(regular("x", &bytes), &ReadOptions::default()).unwrap();
    let mut buffer = vec![0; 400_000];
    assert_eq!(source.read(&mut buffer).unwrap(), 400_000);
    assert_eq!(buffer, sound(400_000));
}

#[test]
fn invalid_mpeg_headers_are_not_recognized() {
    let heads: [(&[u8], &str); 10] = [
        (b"\xff\xfb\x90\x64", "one header of MP3"),
        (b"\xff\xf1\x50\x80", "one header of AAC"),
        (b"ID3\x04\0\0\0\0\0\0", "a tag and nothing behind it"),
        (b"\xff\xeb\x90\x64", "a reserved version"),
        (
            b"\xff\xf9\xf4\x64",
            "a reserved layer (of MPEG), and a reserved rate (of AAC)",
        ),
        (b"\xff\xfb\xf0\x64", "a reserved bit rate"),
        (b"\xff\xfb\x00\x64", "no bit rate"),
        (b"\xff\xfb\x9c\x64", "a reserved rate"),
        (b"\xff\xdb\x90\x64", "ten sync bits"),
        (b"\xff\xf1\x34\x80", "a reserved rate of AAC"),
    ];
    for (head, what) in heads {
        let error = open_error(regular("x", head), &ReadOptions::default());
        assert_eq!(
            message(&error, "x"),
            "'x' is not a recognized audio file",
            "{what}"
        );
    }
}

#[test]
fn every_readable_container_has_a_fuzz_target() {
    let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz");
    let table = std::fs::read_to_string(fuzz.join("Cargo.toml")).unwrap();
    for container in Container::all().filter(|container| container.is_readable()) {
        let name = container.name();
        let target = format!("fuzz_targets/{name}.rs");
        assert!(table.contains(&target), "{name}");
        let text = std::fs::read_to_string(fuzz.join(target)).unwrap();
        assert!(text.contains(&format!("Some(\"{name}\")")), "{name}");
    }
}
