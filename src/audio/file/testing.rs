//! What the tests of this folder share: WAVs made by hand, and inputs of every sort.

use super::Input;
use crate::audio::error::{Error, Result};
use crate::audio::format::Format;
use crate::audio::spec::Spec;
use crate::audio::stream::Source;
use rustix::fs::{MemfdFlags, memfd_create};
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

/// A chunk with the size it has.
pub(crate) fn chunk(id: &[u8; 4], bytes: &[u8]) -> Vec<u8> {
    let mut chunk = lying(id, bytes.len() as u32, bytes);
    chunk.resize(chunk.len() + bytes.len() % 2, 0);
    chunk
}

/// A chunk that claims to have `size` bytes.
pub(crate) fn lying(id: &[u8; 4], size: u32, bytes: &[u8]) -> Vec<u8> {
    [id.as_slice(), &size.to_le_bytes(), bytes].concat()
}

/// A form of these chunks, with the size it has.
pub(crate) fn form(id: &[u8; 4], chunks: &[Vec<u8>]) -> Vec<u8> {
    lying(
        id,
        4 + chunks.concat().len() as u32,
        &[b"WAVE", &*chunks.concat()].concat(),
    )
}

/// A RIFF of these chunks.
pub(crate) fn riff(chunks: &[Vec<u8>]) -> Vec<u8> {
    form(b"RIFF", chunks)
}

/// A `fmt ` chunk of 16 bytes.
pub(crate) fn fmt(tag: u16, channels: u16, rate: u32, block: u16, bits: u16) -> Vec<u8> {
    chunk(b"fmt ", &fmt_fields(tag, channels, rate, block, bits))
}

/// The fields of such a chunk. The byte rate is wrong on purpose.
pub(crate) fn fmt_fields(tag: u16, channels: u16, rate: u32, block: u16, bits: u16) -> Vec<u8> {
    let mut fields = Vec::new();
    fields.extend(tag.to_le_bytes());
    fields.extend(channels.to_le_bytes());
    fields.extend(rate.to_le_bytes());
    fields.extend(12_345_u32.to_le_bytes());
    fields.extend(block.to_le_bytes());
    fields.extend(bits.to_le_bytes());
    fields
}

/// An extensible `fmt ` chunk for stereo at 48 kHz.
pub(crate) fn extensible(tag: u16, block: u16, bits: u16, valid: u16, mask: u32) -> Vec<u8> {
    let mut fields = fmt_fields(0xfffe, 2, 48_000, block, bits);
    fields.extend(22_u16.to_le_bytes());
    fields.extend(valid.to_le_bytes());
    fields.extend(mask.to_le_bytes());
    fields.extend(u32::from(tag).to_le_bytes());
    fields.extend(*b"\x00\x00\x10\x00\x80\x00\x00\xaa\x00\x38\x9b\x71");
    chunk(b"fmt ", &fields)
}

/// CD stereo, 16 bit: four bytes a frame.
pub(crate) fn cd() -> Vec<u8> {
    fmt(1, 2, 44_100, 4, 16)
}

/// `count` bytes that are neither silence nor the name of a chunk.
pub(crate) fn sound(count: usize) -> Vec<u8> {
    (0..count)
        .map(|at| (at * 7 + at / 256 + 1) as u8 | 0x80)
        .collect()
}

/// A regular file that holds `bytes`.
pub(crate) fn regular(name: &str, bytes: &[u8]) -> Input {
    let mut file = File::from(memfd_create("test", MemfdFlags::empty()).unwrap());
    file.write_all(bytes).unwrap();
    io::Seek::rewind(&mut file).unwrap();
    Input::from_file(name, file).unwrap()
}

/// A pipe that brings `bytes`, `step` at a time, and is interrupted in between.
pub(crate) fn piped(name: &str, bytes: &[u8], step: usize) -> Input {
    let reader = Dribble {
        bytes: bytes.to_vec(),
        step,
        interrupted: false,
    };
    Input::from_reader(name, reader)
}

struct Dribble {
    bytes: Vec<u8>,
    step: usize,
    interrupted: bool,
}

impl Read for Dribble {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.interrupted = !self.interrupted;
        if self.interrupted {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let count = self.step.min(buffer.len()).min(self.bytes.len());
        buffer[..count].copy_from_slice(&self.bytes[..count]);
        self.bytes.drain(..count);
        Ok(count)
    }
}

/// All that a source gives through a buffer of `frames` frames, and how it ends.
pub(crate) fn drain(source: &mut dyn Source, frames: usize) -> (Vec<u8>, Result<()>) {
    let frame = source.spec().frame_bytes();
    let mut buffer = vec![0; frames * frame];
    let mut all = Vec::new();
    loop {
        match source.read(&mut buffer) {
            Ok(0) => return (all, Ok(())),
            Ok(got) => {
                assert!(
                    got <= buffer.len() && got.is_multiple_of(frame),
                    "{got} of {frame}"
                );
                all.extend_from_slice(&buffer[..got]);
            }
            Err(error) => return (all, Err(error)),
        }
    }
}

/// The text of an error, which names `name` and is one line.
pub(crate) fn line(error: &Error, name: &str) -> String {
    let text = error.to_string();
    assert!(
        text.contains(&format!("'{name}'")) && !text.contains('\n'),
        "{text}"
    );
    assert_eq!(error.file_name(), Some(name));
    text
}

/// A directory of its own, removed at the end.
pub(crate) struct Directory(PathBuf);

impl Directory {
    pub(crate) fn new() -> Directory {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("aloud-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir(&path).unwrap();
        Directory(path)
    }

    pub(crate) fn at(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// The names in it, in order.
    pub(crate) fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(&self.0).unwrap();
        let mut names: Vec<_> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// What a file of a container that is only written says of itself, and its sound.
pub(crate) struct Parsed {
    pub(crate) spec: Spec,
    pub(crate) sound: Vec<u8>,
    /// What stands behind the sound.
    pub(crate) rest: usize,
}

/// Reads a Wave64 as strictly as its definition allows.
pub(crate) fn parse_w64(path: &Path) -> Parsed {
    let bytes = std::fs::read(path).unwrap();
    let number = |at: usize| u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap()) as usize;
    let short = |at: usize| u16::from_le_bytes(bytes[at..at + 2].try_into().unwrap());
    assert_eq!(
        (&bytes[..4], &bytes[24..28], &bytes[40..44]),
        (&b"riff"[..], &b"wave"[..], &b"fmt "[..])
    );
    assert!(
        number(16) <= bytes.len(),
        "{} of {}",
        number(16),
        bytes.len()
    );
    let data = 40 + number(56).next_multiple_of(8);
    assert_eq!(&bytes[data..data + 4], b"data");
    let end = data + number(data + 16);
    assert_eq!(number(16), end);
    let channels = u32::from(short(66));
    let format = match (short(64), short(78)) {
        (1, 8) => Format::U8,
        (1, 16) => Format::S16_LE,
        (1, 24) => Format::S24_3LE,
        (1, 32) => Format::S32_LE,
        (3, 32) => Format::FLOAT_LE,
        (3, 64) => Format::FLOAT64_LE,
        (6, 8) => Format::A_LAW,
        (7, 8) => Format::MU_LAW,
        other => panic!("{other:?}"),
    };
    let rate = number(68) as u32;
    Parsed {
        spec: Spec::new(format, rate, channels).unwrap(),
        sound: bytes[data + 24..end].to_vec(),
        rest: bytes.len() - end,
    }
}

/// Reads an AU.
pub(crate) fn parse_au(path: &Path) -> Parsed {
    let bytes = std::fs::read(path).unwrap();
    let number = |at: usize| u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap());
    assert_eq!(&bytes[..4], b".snd");
    let start = number(4) as usize;
    let size = number(8) as usize;
    let format = match number(12) {
        1 => Format::MU_LAW,
        2 => Format::S8,
        3 => Format::S16_BE,
        4 => Format::S24_3BE,
        5 => Format::S32_BE,
        6 => Format::FLOAT_BE,
        7 => Format::FLOAT64_BE,
        27 => Format::A_LAW,
        other => panic!("{other}"),
    };
    Parsed {
        spec: Spec::new(format, number(16), number(20)).unwrap(),
        sound: bytes[start..start + size].to_vec(),
        rest: bytes.len() - start - size,
    }
}
