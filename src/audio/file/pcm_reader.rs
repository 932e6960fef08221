//! Reads the frames of a container of uncompressed samples.

use super::errors::{no_audio, truncated};
use super::input::Input;
use crate::audio::channel_map::ChannelMap;
use crate::audio::error::{Error, Result};
use crate::audio::metadata::Metadata;
use crate::audio::spec::Spec;
use crate::audio::spelling::count;
use crate::audio::stream::Source;

/// Where the samples of a file end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DataLength {
    /// After this many bytes, as declared by the header.
    Declared(u64),
    /// After this many bytes, derived from the size of the file. The header does not say.
    Derived(u64),
    /// At the end of the input.
    Unknown,
}

/// The bytes of the samples, as a stream.
pub(crate) trait ByteStream {
    /// As [`Input::name`].
    fn name(&self) -> &str;

    /// As [`Input::remaining`].
    fn remaining(&self) -> Option<u64>;

    /// As [`Input::read`].
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize>;

    /// As [`Input::skip`].
    fn skip(&mut self, count: u64) -> Result<u64> {
        skip_by_reading(self, count)
    }
}

/// Reads and drops up to `count` bytes, and returns how many there were.
pub(super) fn skip_by_reading(stream: &mut (impl ByteStream + ?Sized), count: u64) -> Result<u64> {
    let mut scratch = [0; 8192];
    let mut left = count;
    while left > 0 {
        let wanted = left.min(scratch.len() as u64) as usize;
        match stream.read(&mut scratch[..wanted])? {
            0 => break,
            bytes => left -= bytes as u64,
        }
    }
    Ok(count - left)
}

impl ByteStream for Input {
    fn name(&self) -> &str {
        self.name()
    }

    fn remaining(&self) -> Option<u64> {
        self.remaining()
    }

    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        self.read(buffer)
    }

    fn skip(&mut self, count: u64) -> Result<u64> {
        self.skip(count)
    }
}

/// Yields samples exactly as stored. Reads straight into the caller's buffer, and verifies the length at the end.
pub(crate) struct PcmReader<S = Input> {
    stream: S,
    spec: Spec,
    /// Bytes of samples that the header declares.
    declared: Option<u64>,
    /// Total frames; in a truncated file, those that are there.
    frames: Option<u64>,
    /// Bytes of samples not read yet; `u64::MAX` if unknown.
    unread: u64,
    /// The start of a frame whose rest has not been read.
    partial: Vec<u8>,
    /// Frames returned so far.
    position: u64,
    metadata: Metadata,
    channel_map: Option<ChannelMap>,
    warning: Option<String>,
}

impl<S: ByteStream> PcmReader<S> {
    /// Reads the frames at the current position of `stream`.
    pub(super) fn new(stream: S, spec: Spec, length: DataLength) -> PcmReader<S> {
        let (declared, known) = match length {
            DataLength::Declared(bytes) => (Some(bytes), Some(bytes)),
            DataLength::Derived(bytes) => (None, Some(bytes)),
            DataLength::Unknown => (None, None),
        };
        let available = known.map(|bytes| stream.remaining().map_or(bytes, |left| left.min(bytes)));
        PcmReader {
            stream,
            spec,
            declared,
            frames: available.map(|bytes| spec.frames_in(bytes)),
            unread: known.unwrap_or(u64::MAX),
            partial: Vec::with_capacity(spec.frame_bytes()),
            position: 0,
            metadata: Metadata::default(),
            channel_map: None,
            warning: None,
        }
    }

    /// The same, but it ends where the stream ends then: a file may have grown.
    pub(super) fn until_end(self) -> PcmReader<S> {
        PcmReader {
            unread: u64::MAX,
            ..self
        }
    }

    /// The same, but if there are fewer than `bytes`, which the header declares in another place, that is an error.
    pub(super) fn with_declared_bytes(self, bytes: Option<u64>) -> PcmReader<S> {
        PcmReader {
            declared: self.declared.max(bytes),
            ..self
        }
    }

    /// The stream, at the first byte that has not been read.
    pub(super) fn into_stream(self) -> S {
        self.stream
    }

    pub(super) fn with_metadata(self, metadata: Metadata) -> PcmReader<S> {
        PcmReader { metadata, ..self }
    }

    pub(super) fn with_channel_map(self, channel_map: Option<ChannelMap>) -> PcmReader<S> {
        PcmReader {
            channel_map,
            ..self
        }
    }

    pub(super) fn with_warning(self, warning: Option<String>) -> PcmReader<S> {
        PcmReader { warning, ..self }
    }

    /// Reads until there is a whole frame, and returns the number of bytes. Usually a single read: a pipe may have no
    /// more to offer for now.
    fn read_frame(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let mut filled = self.partial.len();
        buffer[..filled].copy_from_slice(&self.partial);
        while filled < self.spec.frame_bytes() {
            let room = (buffer.len() - filled) as u64;
            let end = filled + room.min(self.unread) as usize;
            let bytes = self.stream.read(&mut buffer[filled..end])?;
            if bytes == 0 {
                break;
            }
            filled += bytes;
            self.unread -= bytes as u64;
        }
        Ok(filled)
    }

    /// The result at the end of the data. The same on every call.
    fn end(&self) -> Result<usize> {
        let name = self.stream.name();
        let declared = self
            .declared
            .map_or(self.position, |bytes| self.spec.frames_in(bytes));
        if declared > self.position {
            return Err(truncated(name, declared, self.position));
        }
        if !self.partial.is_empty() {
            let (bytes, frame) = (self.partial.len(), self.spec.frame_bytes());
            let frames = count(self.position, "frame");
            let why =
                format!("ends in the middle of a frame ({bytes} of {frame} bytes, after {frames})");
            return Err(Error::invalid(name, why));
        }
        if self.position == 0 {
            return Err(no_audio(name));
        }
        Ok(0)
    }
}

impl<S: ByteStream + Send> Source for PcmReader<S> {
    fn spec(&self) -> Spec {
        self.spec
    }

    fn frames(&self) -> Option<u64> {
        self.frames
    }

    fn name(&self) -> &str {
        self.stream.name()
    }

    fn metadata(&self) -> Metadata {
        self.metadata.clone()
    }

    fn take_warning(&mut self) -> Option<String> {
        self.warning.take()
    }

    /// A partial frame at the end is an error, after all whole frames.
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let frame = self.spec.frame_bytes();
        let room = self.spec.whole_frames(buffer.len())?;
        if room == 0 {
            return Ok(0);
        }
        let filled = self.read_frame(&mut buffer[..room])?;
        let whole = filled - filled % frame;
        self.partial.clear();
        self.partial.extend_from_slice(&buffer[whole..filled]);
        if whole == 0 {
            return self.end();
        }
        self.position += (whole / frame) as u64;
        Ok(whole)
    }

    fn skip(&mut self, frames: u64) -> Result<u64> {
        if frames == 0 {
            return Ok(0);
        }
        let (frame, partial) = (self.spec.frame_bytes() as u64, self.partial.len() as u64);
        let wanted = (self.spec.bytes(frames) - partial).min(self.unread);
        let skipped = self.stream.skip(wanted)?;
        self.unread -= skipped;
        let (whole, rest) = ((partial + skipped) / frame, (partial + skipped) % frame);
        // There is a rest only at the end, where its content does not matter.
        self.partial.clear();
        self.partial.resize(rest as usize, 0);
        self.position += whole;
        Ok(whole)
    }

    fn channel_map(&self) -> Option<ChannelMap> {
        self.channel_map.clone()
    }
}
