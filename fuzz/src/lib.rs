//! What all targets do: read bytes as a sound file, to its end or to an error.

use aloud::audio::error::Kind;
use aloud::audio::file::{Container, DecoderChoice, Input, ReadOptions, describe, open};
use aloud::audio::format::Format;
use aloud::audio::spec::Spec;
use aloud::audio::stream::Source;
use rustix::fs::{MemfdFlags, memfd_create};
use std::fs::File;
use std::io::{Cursor, Seek, Write};

/// Maximum bytes of frames that are read: a few bytes of a file can stand for hours of silence.
const MAX_READ: usize = 1 << 22;

/// Reads `bytes` as the container `name`, or detects the container.
pub fn read(bytes: &[u8], name: Option<&str>) {
    let options = ReadOptions {
        container: name.map(|name| Container::from_name(name).expect("a known container")),
        raw: Some(Spec::new(Format::S16_LE, 48_000, 2).expect("a valid spec")),
        decoder: DecoderChoice::Native,
        ..ReadOptions::default()
    };
    // Files and pipes are read in different ways; the input selects one.
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
        let message = error.to_string();
        assert!(message.contains("'fuzz'"), "no file name: {message}");
        assert!(!message.contains('\n'), "more than one line: {message}");
        assert_ne!(error.kind(), Kind::Internal, "{message}");
    }
}

fn exhaust(source: &mut dyn Source) -> aloud::audio::error::Result<()> {
    let mut total = 0;
    loop {
        let frame = source.spec().frame_bytes();
        let mut buffer = vec![0; 1024 * frame];
        while total < MAX_READ {
            let count = source.read(&mut buffer)?;
            assert!(count <= buffer.len() && count % frame == 0);
            if count == 0 {
                break;
            }
            total += count;
            while source.take_warning().is_some() {}
        }
        if total >= MAX_READ || !source.next_segment()? {
            return Ok(());
        }
    }
}

fn regular(bytes: &[u8]) -> Input {
    let mut file = File::from(memfd_create("fuzz", MemfdFlags::empty()).expect("a memory file"));
    file.write_all(bytes).expect("writing to memory");
    file.rewind().expect("seeking in memory");
    Input::from_file("fuzz", file).expect("a regular file")
}
