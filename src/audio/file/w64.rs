//! Wave64: a WAV whose chunks have names and lengths of 128 and 64 bits.

use super::store::{Length, Packing, Shape};
use super::wav;

/// How a Wave64 is written.
pub(super) const PACKING: Packing = Packing {
    title: "Wave64",
    formats: wav::FORMATS,
    header,
    // Chunks begin at multiples of 8, but libsndfile takes what fills the last one up for sound.
    padding: 1,
    most: u64::MAX,
};

/// Behind the first four bytes of the name of the whole.
const FORM: &[u8] = b"\x2e\x91\xcf\x11\xa5\xd6\x28\xdb\x04\xc1\x00\x00";

/// Behind the first four bytes of all other names.
const CHUNK: &[u8] = b"\xf3\xac\xd3\x11\x8c\xd1\x00\xc0\x4f\x8e\xdb\x8a";

/// The length of a name and a length, which all lengths count too.
const NAMED: u64 = 24;

/// The length of a stream. All ones would be negative, and readers make sums with it.
const ENDLESS: u64 = (i64::MAX as u64 - 0xffff) & !7;

fn header(shape: &Shape, length: Length) -> Vec<u8> {
    let fields = wav::fmt_content(shape);
    let before_data = NAMED + 16 + NAMED + (fields.len() as u64).next_multiple_of(8);
    let (data, file) = match length {
        Length::Bytes(bytes) => (NAMED + bytes, before_data + NAMED + bytes),
        Length::Unknown => (ENDLESS, ENDLESS + before_data),
    };
    let mut header = [b"riff", FORM, &file.to_le_bytes(), b"wave", CHUNK].concat();
    header.extend(chunk(b"fmt ", NAMED + fields.len() as u64));
    header.extend(&fields);
    header.resize(before_data as usize, 0);
    header.extend(chunk(b"data", data));
    header
}

fn chunk(name: &[u8], size: u64) -> Vec<u8> {
    [name, CHUNK, &size.to_le_bytes()].concat()
}
