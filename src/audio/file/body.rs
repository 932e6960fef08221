//! The frames of an input from where it stands: what is common to every container of plain samples.

use super::Input;
use crate::audio::channel_map::ChannelMap;
use crate::audio::error::{Error, Result};
use crate::audio::metadata::Metadata;
use crate::audio::spec::Spec;
use crate::audio::stream::Source;

/// Where the sound of a container ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extent {
    /// After this many bytes: the header promises them.
    Promised(u64),
    /// After this many bytes: the size of the file tells it, the header does not.
    Found(u64),
    /// Where the input ends.
    Open,
}

/// Bytes of sound, one after the other.
pub(crate) trait Bytes {
    /// As [`Input::name`].
    fn name(&self) -> &str;

    /// As [`Input::remaining`].
    fn remaining(&self) -> Option<u64>;

    /// As [`Input::read`].
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize>;

    /// As [`Input::skip`].
    fn skip(&mut self, count: u64) -> Result<u64> {
        let mut scratch = [0; 8192];
        let mut left = count;
        while left > 0 {
            let want = left.min(scratch.len() as u64) as usize;
            match self.read(&mut scratch[..want])? {
                0 => break,
                got => left -= got as u64,
            }
        }
        Ok(count - left)
    }
}

impl Bytes for Input {
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

/// The frames of a container of plain samples, bit for bit as they stand in it. Reads straight into the caller's buffer,
/// and checks at the end that all was there.
pub(crate) struct Body<B = Input> {
    input: B,
    spec: Spec,
    /// Bytes that the header promises.
    promised: Option<u64>,
    /// Frames that an intact input gives.
    frames: Option<u64>,
    /// Bytes of sound that are not read yet; as good as endless where nothing tells.
    unread: u64,
    /// The beginning of a frame whose rest is not there yet.
    carry: Vec<u8>,
    /// Frames given so far.
    given: u64,
    about: Metadata,
    channel_map: Option<ChannelMap>,
}

impl<B: Bytes> Body<B> {
    /// The frames that begin where `input` stands.
    pub(super) fn new(input: B, spec: Spec, extent: Extent) -> Body<B> {
        let (promised, known) = match extent {
            Extent::Promised(bytes) => (Some(bytes), Some(bytes)),
            Extent::Found(bytes) => (None, Some(bytes)),
            Extent::Open => (None, None),
        };
        // A truncated file gives what it holds, so that is what a caller is told to expect.
        let held = known.map(|bytes| input.remaining().map_or(bytes, |left| left.min(bytes)));
        Body {
            input,
            spec,
            promised,
            frames: held.map(|bytes| spec.frames_in(bytes)),
            unread: known.unwrap_or(u64::MAX),
            carry: Vec::with_capacity(spec.frame_bytes()),
            given: 0,
            about: Metadata::default(),
            channel_map: None,
        }
    }

    /// The same, with what the container says of itself.
    pub(super) fn with_about(self, about: Metadata) -> Body<B> {
        Body { about, ..self }
    }

    /// The same, with the speakers that its channels are for.
    pub(super) fn with_channel_map(self, channel_map: Option<ChannelMap>) -> Body<B> {
        Body {
            channel_map,
            ..self
        }
    }

    /// Reads until there is a whole frame: mostly once, for a pipe is not to be waited for longer.
    fn gather(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let mut held = self.carry.len();
        buffer[..held].copy_from_slice(&self.carry);
        while held < self.spec.frame_bytes() {
            let room = (buffer.len() - held) as u64;
            let limit = held + room.min(self.unread) as usize;
            let got = self.input.read(&mut buffer[held..limit])?;
            if got == 0 {
                break;
            }
            held += got;
            self.unread -= got as u64;
        }
        Ok(held)
    }

    /// The end, and whether it is a good one. Asked again, it says the same again.
    fn end(&self) -> Result<usize> {
        let promised = self
            .promised
            .map_or(self.given, |bytes| self.spec.frames_in(bytes));
        if promised > self.given {
            return Err(self.invalid(format!(
                "ends early: its header promises {promised} frames, it holds {}",
                self.given
            )));
        }
        if !self.carry.is_empty() {
            let (stray, frame) = (self.carry.len(), self.spec.frame_bytes());
            return Err(self.invalid(format!(
                "ends in the middle of a frame ({stray} of {frame} bytes, after {} frames)",
                self.given
            )));
        }
        if self.given == 0 {
            return Err(self.invalid("holds no sound".to_owned()));
        }
        Ok(0)
    }

    fn invalid(&self, why: String) -> Error {
        Error::invalid(self.input.name(), why)
    }
}

impl<B: Bytes + Send> Source for Body<B> {
    fn spec(&self) -> Spec {
        self.spec
    }

    fn frames(&self) -> Option<u64> {
        self.frames
    }

    fn name(&self) -> &str {
        self.input.name()
    }

    fn metadata(&self) -> Metadata {
        self.about.clone()
    }

    /// A last frame that is not whole is an error, after all the whole ones.
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let frame = self.spec.frame_bytes();
        let room = self.spec.whole_frames(buffer.len())?;
        if room == 0 {
            return Ok(0);
        }
        let held = self.gather(&mut buffer[..room])?;
        let whole = held - held % frame;
        self.carry.clear();
        self.carry.extend_from_slice(&buffer[whole..held]);
        if whole == 0 {
            return self.end();
        }
        self.given += (whole / frame) as u64;
        Ok(whole)
    }

    fn skip(&mut self, frames: u64) -> Result<u64> {
        if frames == 0 {
            return Ok(0);
        }
        let (frame, held) = (self.spec.frame_bytes() as u64, self.carry.len() as u64);
        let wanted = (self.spec.bytes(frames) - held).min(self.unread);
        let skipped = self.input.skip(wanted)?;
        self.unread -= skipped;
        let (whole, rest) = ((held + skipped) / frame, (held + skipped) % frame);
        // Only at the end; what the bytes were is no matter then, only that they are no frame.
        self.carry.clear();
        self.carry.resize(rest as usize, 0);
        self.given += whole;
        Ok(whole)
    }

    fn channel_map(&self) -> Option<ChannelMap> {
        self.channel_map.clone()
    }
}
