//! Several files one after the other, as one source for as long as their spec stays the same.

use super::Source;
use crate::audio::error::{Error, Result};
use crate::audio::pcm::{ChannelMap, Length};
use crate::audio::spec::Spec;
use std::collections::VecDeque;

/// Opens one file of a playlist when its turn comes. May block (a FIFO without a writer).
pub type Opener = Box<dyn FnOnce() -> Result<Box<dyn Source>> + Send>;

/// What a playlist tells while it is read.
#[derive(Debug)]
pub enum Report {
    /// A file is open; its sound follows.
    Opened {
        /// Its name.
        name: String,
        /// What it holds.
        spec: Spec,
        /// Frames in all, where known.
        frames: Option<u64>,
    },
    /// All of a file's sound was given.
    Finished {
        /// Its name.
        name: String,
        /// What it held.
        spec: Spec,
        /// Frames given.
        frames: u64,
    },
    /// A file could not be opened, or not be read to its end. The next one follows.
    Failed(Error),
}

/// Files still to be played. It is a [`Source`] that ends where the spec changes; [`Playlist::next_segment`] then tells
/// what follows.
pub struct Playlist {
    waiting: VecDeque<Opener>,
    most: Option<Length>,
    current: Option<Current>,
    report: Box<dyn FnMut(Report) + Send>,
}

/// Files that follow each other with the same spec and channels.
#[derive(Clone, Debug)]
pub struct Segment {
    /// What their frames are made of.
    pub spec: Spec,
    /// The speakers that their channels are for, where they say so.
    pub map: Option<ChannelMap>,
    /// Frames in all, where that is known and no other file follows.
    pub total: Option<u64>,
}

struct Current {
    source: Box<dyn Source>,
    given: u64,
    /// Frames that may still be given.
    left: u64,
}

impl Playlist {
    /// The files that `openers` open, at most `most` of each.
    pub fn new(
        openers: impl IntoIterator<Item = Opener>,
        most: Option<Length>,
        report: impl FnMut(Report) + Send + 'static,
    ) -> Playlist {
        Playlist {
            waiting: openers.into_iter().collect(),
            most,
            current: None,
            report: Box::new(report),
        }
    }

    /// Opens the next file that can be opened, unless one is open already, and tells what it is. `None` is the end of
    /// the list. Blocks while a FIFO has no writer.
    pub fn next_segment(&mut self) -> Option<Segment> {
        while self.current.is_none() {
            let opener = self.waiting.pop_front()?;
            match opener() {
                Ok(source) => self.begin(source),
                Err(error) => (self.report)(Report::Failed(error)),
            }
        }
        let current = self.current.as_ref()?;
        Some(Segment {
            spec: current.source.spec(),
            map: current.source.channel_map(),
            total: self.total_of(current),
        })
    }

    /// Whether files wait that were not opened yet.
    pub fn has_more(&self) -> bool {
        !self.waiting.is_empty()
    }

    fn total_of(&self, current: &Current) -> Option<u64> {
        let rest = current
            .source
            .frames()
            .map(|frames| frames.min(current.left + current.given));
        if self.waiting.is_empty() { rest } else { None }
    }

    fn begin(&mut self, source: Box<dyn Source>) {
        let left = self
            .most
            .map_or(u64::MAX, |most| most.frames(source.spec()));
        (self.report)(Report::Opened {
            name: source.name().to_owned(),
            spec: source.spec(),
            frames: source.frames(),
        });
        self.current = Some(Current {
            source,
            given: 0,
            left,
        });
    }

    /// Ends the current file and opens the next; `true` if its frames follow without a change of spec.
    fn advance(&mut self) -> bool {
        let Some(done) = self.current.take() else {
            return false;
        };
        let (spec, map) = (done.source.spec(), done.source.channel_map());
        (self.report)(Report::Finished {
            name: done.source.name().to_owned(),
            spec,
            frames: done.given,
        });
        self.next_segment()
            .is_some_and(|next| next.spec == spec && next.map == map)
    }
}

impl Current {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let frame_bytes = self.source.spec().frame_bytes();
        let most = usize::try_from(self.left)
            .unwrap_or(usize::MAX)
            .saturating_mul(frame_bytes);
        let wanted = buffer.len().min(most);
        if wanted == 0 {
            return Ok(0);
        }
        let bytes = self.source.read(&mut buffer[..wanted])?;
        let frames = (bytes / frame_bytes) as u64;
        self.given += frames;
        self.left -= frames;
        Ok(bytes)
    }
}

impl Source for Playlist {
    fn spec(&self) -> Spec {
        // Only read between `next_segment` and the end of the segment, when a file is open.
        self.current.as_ref().expect("a file is open").source.spec()
    }

    fn frames(&self) -> Option<u64> {
        self.total_of(self.current.as_ref()?)
    }

    fn name(&self) -> &str {
        self.current
            .as_ref()
            .map_or("", |current| current.source.name())
    }

    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        loop {
            let Some(current) = &mut self.current else {
                return Ok(0);
            };
            // A file that was just opened with another spec is the next segment's.
            match current.read(buffer) {
                Ok(0) => {}
                Ok(bytes) => return Ok(bytes),
                Err(error) => (self.report)(Report::Failed(error)),
            }
            if !self.advance() {
                return Ok(0);
            }
        }
    }
}
