//! Helpers for tests: chunks and headers, inputs, directories, strict parsers.

use super::container::Container;
use super::create::create;
use super::input::Input;
use super::open::open;
use super::options::{DecoderChoice, ReadOptions, WriteOptions};
use super::output::OutputTarget;
use crate::audio::error::Error;
use crate::audio::format::Format;
use crate::audio::spec::Spec;
use crate::audio::stream::testing::drain;
use rustix::fs::{MemfdFlags, memfd_create};
use std::fs::{self, File};
use std::io::{self, Read, Seek, Write};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

/// Options without ffmpeg.
pub(crate) fn native() -> ReadOptions {
    ReadOptions {
        decoder: DecoderChoice::Native,
        ..ReadOptions::default()
    }
}

/// A chunk.
pub(crate) fn chunk(id: &[u8; 4], bytes: &[u8]) -> Vec<u8> {
    let mut chunk = chunk_of_size(id, bytes.len() as u32, bytes);
    chunk.resize(chunk.len() + bytes.len() % 2, 0);
    chunk
}

/// A chunk whose header says `size` bytes.
pub(crate) fn chunk_of_size(id: &[u8; 4], size: u32, bytes: &[u8]) -> Vec<u8> {
    [id.as_slice(), &size.to_le_bytes(), bytes].concat()
}

/// A RIFF or RF64 form of type `WAVE`.
pub(crate) fn form(id: &[u8; 4], chunks: &[Vec<u8>]) -> Vec<u8> {
    chunk_of_size(
        id,
        4 + chunks.concat().len() as u32,
        &[b"WAVE", &*chunks.concat()].concat(),
    )
}

/// A RIFF form of type `WAVE`.
pub(crate) fn riff(chunks: &[Vec<u8>]) -> Vec<u8> {
    form(b"RIFF", chunks)
}

/// A `fmt ` chunk of 16 bytes.
pub(crate) fn fmt(tag: u16, channels: u16, rate: u32, block: u16, bits: u16) -> Vec<u8> {
    chunk(b"fmt ", &fmt_fields(tag, channels, rate, block, bits))
}

/// The fields of a `fmt ` chunk. The byte rate is wrong: it must be ignored.
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

/// A `fmt ` chunk for 16-bit stereo at 44.1 kHz.
pub(crate) fn cd() -> Vec<u8> {
    fmt(1, 2, 44_100, 4, 16)
}

/// `count` bytes that are not silence and do not look like a chunk.
pub(crate) fn sound(count: usize) -> Vec<u8> {
    (0..count)
        .map(|at| (at * 7 + at / 256 + 1) as u8 | 0x80)
        .collect()
}

/// A regular file with these contents.
pub(crate) fn regular(name: &str, bytes: &[u8]) -> Input {
    let mut file = File::from(memfd_create("test", MemfdFlags::empty()).unwrap());
    file.write_all(bytes).unwrap();
    file.rewind().unwrap();
    Input::from_file(name, file).unwrap()
}

/// A pipe that delivers `bytes`, `step` at a time, with `EINTR` before each read.
pub(crate) fn piped(name: &str, bytes: &[u8], step: usize) -> Input {
    let reader = SlowPipe {
        bytes: bytes.to_vec(),
        step,
        interrupted: false,
    };
    Input::from_reader(name, reader)
}

struct SlowPipe {
    bytes: Vec<u8>,
    step: usize,
    interrupted: bool,
}

impl Read for SlowPipe {
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

/// The message of an error about the file `name`, which must be one line.
pub(crate) fn message(error: &Error, name: &str) -> String {
    let message = error.to_string();
    assert!(message.contains(&format!("'{name}'")), "{message}");
    assert!(!message.contains('\n'), "{message}");
    assert_eq!(error.file_name(), Some(name));
    message
}

/// A temporary directory, removed on drop.
pub(crate) struct Directory(PathBuf);

impl Directory {
    pub(crate) fn new() -> Directory {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("aloud-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::create_dir(&path).unwrap();
        Directory(path)
    }

    pub(crate) fn at(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// The names in it, in order.
    pub(crate) fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.0).unwrap();
        let mut names: Vec<_> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The contents of a file according to a strict parser.
pub(crate) struct ParsedFile {
    pub(crate) spec: Spec,
    pub(crate) samples: Vec<u8>,
    /// Bytes after the samples.
    pub(crate) rest: usize,
}

/// Parses a Wave64 file.
pub(crate) fn parse_w64(path: &Path) -> ParsedFile {
    let bytes = fs::read(path).unwrap();
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
    ParsedFile {
        spec: Spec::new(format, rate, channels).unwrap(),
        samples: bytes[data + 24..end].to_vec(),
        rest: bytes.len() - end,
    }
}

/// Parses an AU file.
pub(crate) fn parse_au(path: &Path) -> ParsedFile {
    let bytes = fs::read(path).unwrap();
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
    ParsedFile {
        spec: Spec::new(format, number(16), number(20)).unwrap(),
        samples: bytes[start..start + size].to_vec(),
        rest: bytes.len() - start - size,
    }
}

/// Reads a file with this library and, for Wave64 and AU, also with a strict parser. Returns its spec and samples.
pub(crate) fn read_back(path: &Path, container: Container, raw: Spec) -> (Spec, Vec<u8>) {
    let options = ReadOptions {
        container: Some(container),
        raw: Some(raw),
        ..ReadOptions::default()
    };
    let mut source = open(Input::open(path).unwrap(), &options).unwrap();
    let (samples, end) = drain(source.as_mut(), 1000);
    end.unwrap();
    let parsed = match container {
        Container::W64 => parse_w64(path),
        Container::Au => parse_au(path),
        _ => return (source.spec(), samples),
    };
    assert!(parsed.spec == source.spec() && parsed.samples == samples);
    (parsed.spec, parsed.samples)
}

pub(crate) fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap())
}

pub(crate) fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap())
}

/// Asserts that the lengths in the header of a WAV or RF64 are exact.
pub(crate) fn assert_exact_lengths(path: &Path, spec: Spec, frames: u64) {
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

/// The writing end of a pipe, and a thread that collects everything written to it.
pub(crate) fn collecting_pipe() -> (OutputTarget, thread::JoinHandle<Vec<u8>>) {
    let (mut reader, writer) = std::io::pipe().unwrap();
    let collected = thread::spawn(move || {
        let mut all = Vec::new();
        reader.read_to_end(&mut all).unwrap();
        all
    });
    (
        OutputTarget::Open("pipe".into(), File::from(OwnedFd::from(writer))),
        collected,
    )
}

/// What a pipe gets of frames that are written to it, with a checkpoint after them.
pub(crate) fn written_to_pipe(options: &WriteOptions, spec: Spec, frames: &[u8]) -> Vec<u8> {
    let (target, collected) = collecting_pipe();
    let mut sink = create(target, spec, options).unwrap();
    sink.write(frames).unwrap();
    sink.checkpoint().unwrap();
    assert_eq!(sink.capacity_left(), None);
    sink.finish().unwrap();
    drop(sink);
    collected.join().unwrap()
}

/// Runs an ignored test in its own process with a file size limit of `limit` blocks (of 512 or 1024 bytes,
/// depending on the shell).
pub(crate) fn under_size_limit(test: &str, limit: u32) {
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
