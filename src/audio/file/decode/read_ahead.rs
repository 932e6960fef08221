//! Bytes of an input that are inspected before they are consumed.

use crate::audio::error::Result;
use crate::audio::file::input::Input;

/// Bytes that are read at a time.
const BLOCK_BYTES: usize = 64 << 10;

/// What a [`ReadAhead`] reads.
pub(super) trait ReadBytes {
    /// As [`Input::read`].
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize>;

    /// As [`Input::skip`].
    fn skip(&mut self, count: u64) -> Result<u64>;
}

impl ReadBytes for Input {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        self.read(buffer)
    }

    fn skip(&mut self, count: u64) -> Result<u64> {
        self.skip(count)
    }
}

/// A regular file from byte `at` on, read without consuming anything.
pub(super) struct Peek<'a> {
    pub(super) input: &'a Input,
    pub(super) at: u64,
}

impl ReadBytes for Peek<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let got = self.input.read_at(self.at, buffer)?;
        self.at += got as u64;
        Ok(got)
    }

    fn skip(&mut self, count: u64) -> Result<u64> {
        let left = self.input.size().unwrap_or(0).saturating_sub(self.at);
        self.at += count.min(left);
        Ok(count.min(left))
    }
}

/// Bytes with a look-ahead that grows on demand.
pub(super) struct ReadAhead<R = Input> {
    input: R,
    buffer: Vec<u8>,
    /// The first byte in `buffer` that is not consumed.
    start: usize,
    /// Bytes in `buffer`.
    end: usize,
    ended: bool,
}

impl<R: ReadBytes> ReadAhead<R> {
    pub(super) fn new(input: R) -> ReadAhead<R> {
        ReadAhead {
            input,
            buffer: Vec::new(),
            start: 0,
            end: 0,
            ended: false,
        }
    }

    pub(super) fn input(&self) -> &R {
        &self.input
    }

    /// The bytes that have been read and not consumed.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.buffer[self.start..self.end]
    }

    /// Whether [`ReadAhead::bytes`] are the last ones.
    pub(super) fn has_ended(&self) -> bool {
        self.ended
    }

    /// Reads until `count` bytes are available, or the end. Returns whether they are. Waits for a pipe.
    pub(super) fn fill(&mut self, count: usize) -> Result<bool> {
        while self.end - self.start < count && self.more()? {}
        Ok(self.end - self.start >= count)
    }

    /// Reads some more bytes; `false` at the end. Waits for a pipe.
    pub(super) fn more(&mut self) -> Result<bool> {
        if self.ended {
            return Ok(false);
        }
        self.buffer.copy_within(self.start..self.end, 0);
        (self.start, self.end) = (0, self.end - self.start);
        if self.buffer.len() < self.end + BLOCK_BYTES {
            self.buffer.resize(self.end + BLOCK_BYTES, 0);
        }
        let got = self.input.read(&mut self.buffer[self.end..])?;
        self.end += got;
        self.ended = got == 0;
        Ok(got > 0)
    }

    /// Consumes `count` bytes that are available.
    pub(super) fn consume(&mut self, count: usize) {
        self.start = (self.start + count).min(self.end);
    }

    /// Skips `count` bytes, and returns how many there were.
    pub(super) fn skip(&mut self, count: u64) -> Result<u64> {
        let held = count.min((self.end - self.start) as u64);
        self.start += held as usize;
        if held == count {
            return Ok(count);
        }
        Ok(held + self.input.skip(count - held)?)
    }
}

impl ReadAhead<Input> {
    /// The position of the next byte in the input.
    pub(super) fn position(&self) -> u64 {
        self.input.position() - (self.end - self.start) as u64
    }
}
