//! The frames of a decoder that finds its own way through an input, as a [`Source`].

use super::dropped::Dropped;
use crate::audio::channel_map::ChannelMap;
use crate::audio::error::Result;
use crate::audio::file::container::Container;
use crate::audio::file::errors::{corrupt, shorter_than_declared, truncated, truncated_in};
use crate::audio::metadata::Metadata;
use crate::audio::spec::Spec;
use crate::audio::stream::{Source, skip_by_passing};

/// A decoder of a stream of frames.
pub(super) trait FrameDecoder: Send {
    /// Replaces the content of `out` with the next decoded frames, and returns their spec; `None` is the end. What is
    /// lost before them is added to `dropped`; `at` frames have been decoded so far.
    ///
    /// # Errors
    /// If reading fails, or too much is lost for the rest to be worth decoding.
    fn next(&mut self, out: &mut Vec<u8>, dropped: &mut Dropped, at: u64) -> Result<Option<Spec>>;

    /// What the codec is called.
    fn codec(&self) -> &'static str;

    /// The number of frames that the input says it has; known once the first ones are decoded.
    fn promised(&self) -> Option<u64>;

    /// How many frames shorter than it says the input may be.
    fn slack(&self) -> u64 {
        0
    }

    /// Whether the input ends inside a coded frame. If not, it is whole, and a larger promise is wrong.
    fn is_cut_off(&self) -> bool {
        true
    }

    /// Whether the input certainly ends inside a coded frame: there is a header of it that declares more bytes.
    fn ends_in_frame(&self) -> bool {
        false
    }

    /// Passes coded frames that stand for at most `frames` decoded ones, without decoding them. Returns how many they
    /// stand for. Enough frames are left for the decoder to settle by the end of `frames`.
    ///
    /// # Errors
    /// If reading fails.
    fn pass(&mut self, _frames: u64) -> Result<u64> {
        Ok(0)
    }

    /// The position of each of `channels` channels, if known.
    fn channel_map(&self, channels: u32) -> Option<ChannelMap>;

    /// Called at the end, if nothing was lost.
    ///
    /// # Errors
    /// If what was decoded is not what was encoded.
    fn verify(&mut self) -> Result<()> {
        Ok(())
    }
}

/// The length of a regular file, found by counting its frames.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Counted {
    pub(super) frames: u64,
    pub(super) seconds: f64,
    /// Whether all frames have the same rate.
    pub(super) is_uniform: bool,
    /// Bytes of the coded frames; 0 if unknown.
    pub(super) bytes: u64,
    /// Whether the file ends inside a coded frame.
    pub(super) is_cut_off: bool,
}

/// A [`FrameDecoder`] as a source.
pub(super) struct FrameSource {
    decoder: Box<dyn FrameDecoder>,
    name: String,
    spec: Spec,
    frames: Option<u64>,
    metadata: Metadata,
    dropped: Dropped,
    /// Decoded frames; those before byte `start` have been read.
    ready: Vec<u8>,
    start: usize,
    /// The spec of the frames in `ready`, if it differs from `spec`: they are the next segment.
    next_spec: Option<Spec>,
    /// Frames read so far.
    given: u64,
    is_piped: bool,
    /// Whether the spec has changed.
    has_changed: bool,
    end: Option<Result<()>>,
}

/// From a pipe, this many bytes are returned at once, without waiting for more.
const MIN_READ: usize = 8 << 10;

/// Fewer frames than this are always decoded.
const MIN_PASS_FRAMES: u64 = 1 << 17;

impl FrameSource {
    /// Decodes up to the first frame, which has the spec.
    ///
    /// # Errors
    /// If there is none.
    pub(super) fn open(
        container: Container,
        name: String,
        mut decoder: Box<dyn FrameDecoder>,
    ) -> Result<FrameSource> {
        let (mut ready, mut dropped) = (Vec::new(), Dropped::default());
        let Some(spec) = decoder.next(&mut ready, &mut dropped, 0)? else {
            return Err(corrupt(
                &name,
                format!("it has no {} frames", container.title()),
            ));
        };
        let spec = Spec::new(spec.format, spec.rate, spec.channels);
        let spec = spec.map_err(|error| corrupt(&name, error))?;
        dropped.end_run(&name, spec);
        Ok(FrameSource {
            decoder,
            name,
            spec,
            frames: None,
            metadata: Metadata::default(),
            dropped,
            ready,
            start: 0,
            next_spec: None,
            given: 0,
            is_piped: true,
            has_changed: false,
            end: None,
        })
    }

    /// Adds what the container says. `size` is the size of a regular file in bytes, `counted` its length if its frames
    /// were counted.
    pub(super) fn describe(
        &mut self,
        metadata: Metadata,
        size: Option<u64>,
        counted: Option<Counted>,
    ) {
        let promised = self.decoder.promised();
        let (frames, seconds) = match counted {
            // A file that was cut off promises more.
            Some(counted)
                if !counted.is_cut_off
                    || promised.is_none_or(|promised| {
                        promised <= counted.frames + self.decoder.slack()
                    }) =>
            {
                (
                    counted.is_uniform.then_some(counted.frames),
                    Some(counted.seconds),
                )
            }
            _ => (promised, promised.map(|frames| self.spec.seconds(frames))),
        };
        // Tags and covers do not count in the bit rate.
        let coded = counted.filter(|counted| counted.bytes > 0);
        let encoded = match coded {
            Some(coded) => Metadata::encoded(None, Some(coded.seconds), Some(coded.bytes)),
            None => Metadata::encoded(None, seconds, size),
        };
        self.frames = frames;
        self.is_piped = size.is_none();
        self.metadata = Metadata {
            codec: Some(self.decoder.codec().to_owned()),
            seconds,
            bit_rate: encoded.bit_rate,
            ..metadata
        };
        self.metadata.place_chapters(self.spec.rate);
    }

    /// Decodes more frames, unless it has ended or the next ones have another spec.
    fn advance(&mut self) {
        while self.end.is_none() && self.next_spec.is_none() && self.start == self.ready.len() {
            self.start = 0;
            self.ready.clear();
            match self
                .decoder
                .next(&mut self.ready, &mut self.dropped, self.given)
            {
                Ok(Some(spec)) => {
                    self.dropped.end_run(&self.name, self.spec);
                    self.next_spec = (spec != self.spec && !self.ready.is_empty()).then_some(spec);
                }
                Ok(None) => self.end = Some(self.finish()),
                Err(error) => self.end = Some(Err(error)),
            }
        }
    }

    /// Passes at most `frames` frames without decoding them. Returns how many.
    fn pass(&mut self, frames: u64) -> Result<u64> {
        let ready = self.spec.frames_in((self.ready.len() - self.start) as u64);
        let left = self
            .frames
            .map_or(u64::MAX, |all| all.saturating_sub(self.given + ready));
        let room = frames.saturating_sub(ready).min(left);
        if self.next_spec.is_some() || self.end.is_some() || room < MIN_PASS_FRAMES {
            return Ok(0);
        }
        let passed = match self.decoder.pass(room)? {
            0 => return Ok(0),
            passed => ready + passed,
        };
        self.given += passed;
        (self.start, self.ready) = (0, Vec::new());
        Ok(passed)
    }

    fn finish(&mut self) -> Result<()> {
        self.dropped.end_run(&self.name, self.spec);
        if self.dropped.any() {
            return self.finish_damaged();
        }
        let promised = self.frames.max(self.decoder.promised());
        let is_short = |promised: &u64| *promised > self.given + self.decoder.slack();
        match promised.filter(is_short).filter(|_| !self.has_changed) {
            Some(promised) if self.decoder.is_cut_off() => {
                Err(truncated(&self.name, promised, self.given))
            }
            Some(promised) => {
                let warning = shorter_than_declared(&self.name, promised, self.given);
                self.dropped.warn(warning);
                Ok(())
            }
            None if self.decoder.ends_in_frame() => {
                Err(truncated_in(&self.name, "frame", self.given))
            }
            None => self.decoder.verify(),
        }
    }

    /// The end of a damaged input. Fewer frames than promised may have been dropped, unless it is known how many were.
    fn finish_damaged(&self) -> Result<()> {
        let promised = self.frames.max(self.decoder.promised());
        let promised = promised.filter(|_| !self.has_changed && self.decoder.is_cut_off());
        let dropped = self.dropped.frames();
        match (promised, dropped.map(|dropped| self.given + dropped)) {
            (Some(promised), Some(end)) if promised > end + self.decoder.slack() => {
                Err(truncated(&self.name, promised, end))
            }
            _ if self.decoder.ends_in_frame() => Err(truncated_in(&self.name, "frame", self.given)),
            _ => Ok(()),
        }
    }
}

impl Source for FrameSource {
    fn spec(&self) -> Spec {
        self.spec
    }

    fn frames(&self) -> Option<u64> {
        self.frames
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn metadata(&self) -> Metadata {
        self.metadata.clone()
    }

    fn channel_map(&self) -> Option<ChannelMap> {
        let channels = self.spec.channels;
        let map = self
            .decoder
            .channel_map(channels)
            .filter(|_| channels > 2)?;
        (map.0.len() == channels as usize && map.is_complete()).then_some(map)
    }

    fn take_warning(&mut self) -> Option<String> {
        self.dropped.take_warning()
    }

    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let room = self.spec.whole_frames(buffer.len())?;
        let mut held = 0;
        while held < room {
            if self.start == self.ready.len() {
                if held >= MIN_READ && self.is_piped {
                    break;
                }
                self.advance();
            }
            if self.next_spec.is_some() || self.start == self.ready.len() {
                break;
            }
            let count = (room - held).min(self.ready.len() - self.start);
            buffer[held..held + count].copy_from_slice(&self.ready[self.start..self.start + count]);
            self.start += count;
            held += count;
            self.given += self.spec.frames_in(count as u64);
        }
        match &self.end {
            Some(Err(error)) if held == 0 && room > 0 => Err(error.clone()),
            _ => Ok(held),
        }
    }

    fn skip(&mut self, frames: u64) -> Result<u64> {
        skip_by_passing(self, frames, Self::pass)
    }

    fn next_segment(&mut self) -> Result<bool> {
        let Some(spec) = self.next_spec.take() else {
            return Ok(false);
        };
        let spec = Spec::new(spec.format, spec.rate, spec.channels);
        self.spec = spec.map_err(|error| corrupt(&self.name, error))?;
        self.has_changed = true;
        Ok(true)
    }
}
