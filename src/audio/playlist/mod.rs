//! Several files one after the other, as one source for as long as their spec stays the same.

pub mod envelope;
pub mod interleave;
mod opener;

pub use opener::{channels_opener, opener};

use crate::audio::channel_map::ChannelMap;
use crate::audio::dsp::convert::Ramp;
use crate::audio::error::{Error, Result};
use crate::audio::spec::Spec;
use crate::audio::stream::Source;
use envelope::{Edit, Envelope};
use std::collections::VecDeque;

/// Opens one file of a playlist when its turn comes, anew in each round. May block (a FIFO without a writer).
pub type Opener = Box<dyn FnMut() -> Result<Box<dyn Source>> + Send>;

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
        /// What it says it is called.
        title: Option<String>,
        /// Whose it says it is.
        artist: Option<String>,
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
    /// Something that went wrong with a file and stopped nothing.
    Warning(String),
}

/// Files still to be played. It is a [`Source`] that ends where the spec changes; [`Playlist::next_segment`] then tells
/// what follows.
pub struct Playlist {
    waiting: VecDeque<Opener>,
    /// Those that were played in this round.
    done: VecDeque<Opener>,
    /// Rounds that follow on this one.
    rounds: Rounds,
    /// Whether any frame was given in this round: one that gives none is the last.
    heard: bool,
    edit: Edit,
    current: Option<Current>,
    /// How loud the last file was, if it is followed at once.
    before: Option<f64>,
    ramp: Ramp,
    report: Box<dyn FnMut(Report) + Send>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Rounds {
    More(u32),
    ForEver,
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
    /// Frames that will be given, where that is known.
    length: Option<u64>,
    envelope: Envelope,
}

impl Playlist {
    /// The files that `openers` open, of each what `edit` says.
    pub fn new(
        openers: impl IntoIterator<Item = Opener>,
        edit: Edit,
        report: impl FnMut(Report) + Send + 'static,
    ) -> Playlist {
        Playlist {
            waiting: openers.into_iter().collect(),
            done: VecDeque::new(),
            rounds: match edit.rounds {
                0 => Rounds::ForEver,
                rounds => Rounds::More(rounds - 1),
            },
            heard: false,
            edit,
            current: None,
            before: None,
            ramp: Ramp::UNITY,
            report: Box::new(report),
        }
    }

    /// Opens the next file that can be opened, unless one is open already, and tells what it is. `None` is the end of
    /// the list. Blocks while a FIFO has no writer.
    pub fn next_segment(&mut self) -> Option<Segment> {
        while self.current.is_none() {
            let mut opener = self.next_opener()?;
            let opened = opener().and_then(|source| self.begin(source));
            self.done.push_back(opener);
            if let Err(error) = opened {
                self.before = None;
                (self.report)(Report::Failed(error));
            }
        }
        let current = self.current.as_ref()?;
        Some(Segment {
            spec: current.source.spec(),
            map: current.source.channel_map(),
            total: self.total_of(current),
        })
    }

    fn next_opener(&mut self) -> Option<Opener> {
        if self.waiting.is_empty() && self.heard {
            self.rounds = match self.rounds {
                Rounds::More(0) => return None,
                Rounds::More(rounds) => Rounds::More(rounds - 1),
                Rounds::ForEver => Rounds::ForEver,
            };
            self.heard = false;
            std::mem::swap(&mut self.waiting, &mut self.done);
        }
        self.waiting.pop_front()
    }

    /// Whether files may follow that are not open yet.
    pub fn has_more(&self) -> bool {
        !self.waiting.is_empty() || self.rounds != Rounds::More(0)
    }

    /// How loud the frames of the last read are to be. The playlist itself leaves every sample as it is.
    pub fn ramp(&self) -> Ramp {
        self.ramp
    }

    fn total_of(&self, current: &Current) -> Option<u64> {
        current.length.filter(|_| !self.has_more())
    }

    fn begin(&mut self, mut source: Box<dyn Source>) -> Result<()> {
        let spec = source.spec();
        let frames = source.frames();
        let tags = source.metadata().tags;
        (self.report)(Report::Opened {
            name: source.name().to_owned(),
            spec,
            frames,
            title: tags.get("title").map(str::to_owned),
            artist: tags.get("artist").map(str::to_owned),
        });
        let start = self.edit.start.map_or(0, |start| start.frames(spec));
        pass_over(source.as_mut(), start)?;
        let end = self.edit.end.map_or(u64::MAX, |end| end.frames(spec));
        let most = self.edit.most.map_or(u64::MAX, |most| most.frames(spec));
        let left = most.min(end.saturating_sub(start));
        let length = frames
            .map(|frames| frames.saturating_sub(start).min(left))
            .or((left < u64::MAX).then_some(left));
        let (envelope, untagged) =
            Envelope::of(source.as_ref(), &self.edit, length, self.before.take())?;
        if untagged {
            let message = format!("'{}' has no ReplayGain tags", source.name());
            (self.report)(Report::Warning(message));
        }
        self.current = Some(Current {
            source,
            given: 0,
            left,
            length: length.filter(|_| frames.is_some()),
            envelope,
        });
        Ok(())
    }

    /// Ends the current file and opens the next; `true` if its frames follow without a change of spec.
    fn advance(&mut self) -> bool {
        let Some(done) = self.current.take() else {
            return false;
        };
        let (spec, map) = (done.source.spec(), done.source.channel_map());
        self.before = Some(done.envelope.gain());
        (self.report)(Report::Finished {
            name: done.source.name().to_owned(),
            spec,
            frames: done.given,
        });
        drop(done);
        self.next_segment()
            .is_some_and(|next| next.spec == spec && next.map == map)
    }
}

/// Passes over the frames before the start.
fn pass_over(source: &mut dyn Source, frames: u64) -> Result<()> {
    let skipped = source.skip(frames)?;
    if skipped < frames {
        let spec = source.spec();
        let why = format!(
            "ends after {:.3} s, before the start that was asked for",
            spec.seconds(skipped)
        );
        return Err(Error::invalid(source.name(), why));
    }
    Ok(())
}

impl Current {
    /// Reads up to the next bend of its level at most; gives bytes, and how loud they are.
    fn read(&mut self, buffer: &mut [u8]) -> Result<(usize, Ramp)> {
        let frame_bytes = self.source.spec().frame_bytes();
        let most = self.left.min(self.envelope.straight_from(self.given));
        let most = usize::try_from(most)
            .unwrap_or(usize::MAX)
            .saturating_mul(frame_bytes);
        let wanted = buffer.len().min(most);
        if wanted == 0 {
            return Ok((0, Ramp::UNITY));
        }
        let bytes = self.source.read(&mut buffer[..wanted])?;
        let frames = (bytes / frame_bytes) as u64;
        let ramp = self.envelope.ramp(self.given, frames);
        self.given += frames;
        self.left -= frames;
        Ok((bytes, ramp))
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
            let read = current.read(buffer);
            while let Some(warning) = current.source.take_warning() {
                (self.report)(Report::Warning(warning));
            }
            match read {
                Ok((0, _)) => {}
                Ok((bytes, ramp)) => {
                    (self.heard, self.ramp) = (true, ramp);
                    return Ok(bytes);
                }
                Err(error) => (self.report)(Report::Failed(error)),
            }
            if !self.advance() {
                return Ok(0);
            }
        }
    }
}
