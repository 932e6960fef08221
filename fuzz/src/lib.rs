//! What all targets do: read whatever bytes there are as a sound file, to its end or to an error.

use aloud::audio::error::Kind;
use aloud::audio::file::{Container, Input, ReadOptions, describe, open};
use aloud::audio::stream::Source;
use aloud::audio::format::Format;
use aloud::audio::spec::Spec;
use rustix::fs::{MemfdFlags, memfd_create};
use std::fs::File;
use std::io::{Cursor, Seek, Write};

/// Bytes of sound that are enough of a file: a few bytes may stand for hours of silence.
const MOST: usize = 1 << 22;

/// Reads `bytes` as the file type that `-t` calls `name`, or as what they are.
pub fn read(bytes: &[u8], name: Option<&str>) {
    let options = ReadOptions {
        container: name.map(|name| Container::from_name(name).expect("the type is known")),
        raw: Some(Spec::new(Format::S16_LE, 48_000, 2).expect("a spec")),
    };
    // A file and a pipe are read on different ways; the bytes choose.
    let is_file = bytes.len() % 2 == 0;
    let input = || match is_file {
        true => regular(bytes),
        false => Input::from_reader("fuzz", Cursor::new(bytes.to_vec())),
    };
    if is_file && let Ok(description) = describe(input(), &options) {
        assert!(description.tags.iter().all(|(name, _)| !name.is_empty()));
    }
    let end = open(input(), &options).and_then(|mut source| exhaust(source.as_mut()));
    if let Err(error) = end {
        let text = error.to_string();
        assert!(text.contains("'fuzz'"), "it names no file: {text}");
        assert!(!text.contains('\n'), "it is more than one line: {text}");
        assert_ne!(error.kind(), Kind::Internal, "{text}");
    }
}

fn exhaust(source: &mut dyn Source) -> aloud::audio::error::Result<()> {
    let frame = source.spec().frame_bytes();
    let mut buffer = vec![0; 1024 * frame];
    let mut given = 0;
    while given < MOST {
        let count = source.read(&mut buffer)?;
        assert!(count <= buffer.len() && count % frame == 0);
        if count == 0 {
            return Ok(());
        }
        given += count;
        while source.take_warning().is_some() {}
    }
    Ok(())
}

fn regular(bytes: &[u8]) -> Input {
    let mut file = File::from(memfd_create("fuzz", MemfdFlags::empty()).expect("memory"));
    file.write_all(bytes).expect("memory");
    file.rewind().expect("memory");
    Input::from_file("fuzz", file).expect("a file")
}
