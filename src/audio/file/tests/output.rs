//! Creating, replacing and renaming files, and errors of writing.

use super::{cd, create_error, options_for, sink, spec, values};
use crate::audio::advice::{Advice, FileAdvice};
use crate::audio::error::Kind;
use crate::audio::file::container::Container;
use crate::audio::file::create::create;
use crate::audio::file::long_names::part_path;
use crate::audio::file::options::WriteOptions;
use crate::audio::file::output::OutputTarget;
use crate::audio::file::testing::{
    Directory, assert_exact_lengths, read_back, sound, under_size_limit,
};
use crate::audio::format::Format;
use std::fs::{self, File};
use std::os::fd::OwnedFd;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt, symlink};
use std::os::unix::net::UnixDatagram;
use std::path::Path;

/// SoX 14.4.2 recognizes a WAV in a pipe only if its first read returns more than the header.
#[test]
fn a_pipe_gets_the_header_together_with_the_first_frames() {
    use Container::{Au, Rf64, Voc, W64, Wav};
    for container in [Wav, Rf64, W64, Voc, Au] {
        for frames in [sound(400), Vec::new()] {
            // Each write is a datagram.
            let (reader, writer) = UnixDatagram::pair().unwrap();
            let target = OutputTarget::Open("x".into(), File::from(OwnedFd::from(writer)));
            let mut sink = create(target, cd(), &options_for(container)).unwrap();
            sink.checkpoint().unwrap();
            sink.write(&frames).unwrap();
            sink.finish().unwrap();
            let mut written = [0; 1000];
            let count = reader.recv(&mut written).unwrap();
            assert!(count > frames.len(), "{container:?}: {count}");
        }
    }
}

#[test]
fn existing_files_are_replaced_also_through_links() {
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
        assert_exact_lengths(&path, cd(), 100);
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(directory.names(), ["link.wav", "x.wav"]);
    }
}

#[test]
fn a_dangling_link_creates_its_target() {
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
    assert_exact_lengths(&directory.at("far/x.wav"), cd(), 100);
}

#[test]
fn existing_files_are_not_replaced_without_clobber() {
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
        let error = create_error(&directory.at(name), cd(), &options);
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
fn names_without_room_for_an_ending_have_different_part_files() {
    let part = |name: &str| {
        let part = part_path(Path::new(&format!("far/{name}")));
        assert!(part.starts_with("far"));
        part.file_name().unwrap().to_str().unwrap().to_owned()
    };
    let long = "x".repeat(250);
    assert_eq!(part(&long), format!("{long}.part"));
    let (first, second) = (part(&format!("{long}1.wav")), part(&format!("{long}2.wav")));
    assert_ne!(first, second);
    for name in [first, second] {
        assert_eq!(name.len(), 255);
        assert!(name.starts_with("xxx") && name.ends_with(".part"), "{name}");
    }
}

#[test]
fn a_part_file_is_renamed_when_complete_with_the_permissions_of_the_replaced_file() {
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
    assert_exact_lengths(&path, cd(), 100);
    assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
}

#[test]
fn without_clobber_a_part_file_does_not_replace_a_new_file() {
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
    let [Advice::File(FileAdvice::KeptAs(kept))] = error.advice() else {
        panic!("{:?}", error.advice());
    };
    assert!(kept.ends_with("x.wav.part"), "{kept:?}");
    assert_eq!(fs::read(&path).unwrap(), b"precious");
    assert_exact_lengths(&directory.at("x.wav.part"), cd(), 100);
}

#[test]
fn errors_of_creating_a_file_are_reported() {
    let directory = Directory::new();
    let error = create_error(Path::new("/nowhere/x.wav"), cd(), &WriteOptions::default());
    assert_eq!(
        error.to_string(),
        "cannot create '/nowhere/x.wav': No such file or directory"
    );
    assert_eq!(error.kind(), Kind::NotFound);
    let error = create_error(&directory.at(""), cd(), &WriteOptions::default());
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
        create_error(&directory.at("circle"), cd(), &options).errno(),
        Some(libc::ELOOP)
    );
}

#[test]
fn a_full_disk_is_reported_when_creating_the_file() {
    let error = create_error(Path::new("/dev/full"), cd(), &WriteOptions::default());
    assert_eq!(
        (error.kind(), error.errno()),
        (Kind::NoSpace, Some(libc::ENOSPC))
    );
    assert_eq!(
        error.to_string(),
        "cannot write '/dev/full': No space left on device"
    );
    let mut raw = sink(Path::new("/dev/full"), cd(), &options_for(Container::Raw));
    assert_eq!(raw.write(&sound(400)).unwrap_err().kind(), Kind::NoSpace);
    assert!(
        fs::metadata("/dev/full")
            .unwrap()
            .file_type()
            .is_char_device()
    );
}

#[test]
fn a_file_size_limit_leaves_whole_frames_and_a_correct_header() {
    under_size_limit("audio::file::tests::output::at_the_size_limit", 20);
}

#[test]
#[ignore = "run by a_file_size_limit_leaves_whole_frames_and_a_correct_header"]
fn at_the_size_limit() {
    let directory = Directory::new();
    for (container, format) in [
        (Container::Wav, Format::S24_3LE),
        (Container::W64, Format::S16_BE),
        (Container::Raw, Format::S24_3BE),
    ] {
        let path = directory.at("x");
        let spec = spec(format, 5);
        let mut sink = sink(&path, spec, &options_for(container));
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
