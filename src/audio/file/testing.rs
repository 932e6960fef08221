//! What the tests of this folder share: WAVs made by hand, and inputs of every sort.

use super::{Input, Source};
use crate::audio::error::{Error, Result};
use rustix::fs::{MemfdFlags, memfd_create};
use std::fs::File;
use std::io::{self, Read, Write};

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
