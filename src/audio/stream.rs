//! The two traits that all sound moves through.

use super::channel_map::ChannelMap;
use super::error::Result;
use super::metadata::{Metadata, ReplayGain};
use super::spec::Spec;

/// Something that gives frames: a file, a pipe, a generator, a decoder, a converter around another source.
pub trait Source: Send {
    /// What its frames are made of.
    fn spec(&self) -> Spec;

    /// Frames in all, where that is known beforehand.
    fn frames(&self) -> Option<u64>;

    /// Its name for messages (`song.wav`, `standard input`).
    fn name(&self) -> &str;

    /// What it says of itself beyond its frames. A source around another one hands on what that says.
    fn metadata(&self) -> Metadata {
        Metadata::default()
    }

    /// Something that went wrong while reading and stopped nothing (a broken frame that was left out), once: a line that
    /// names the source. Asked after each read until there is no more.
    fn take_warning(&mut self) -> Option<String> {
        None
    }

    /// Fills `buffer` (a whole number of frames) from its start with whole frames, and tells how many
    /// **bytes** it gave. Zero is the end. It may give less than was asked for without being at its end,
    /// and blocks while a pipe has nothing.
    ///
    /// # Errors
    /// When reading fails, or what is read is not sound after all. A source that ends early (fewer frames
    /// than its header promised) gives all it has first, and then an error that says so.
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize>;

    /// The speakers that its channels are for, in order, where it says so of every one of them.
    fn channel_map(&self) -> Option<ChannelMap> {
        None
    }

    /// How much louder or softer its tags want it to be played.
    fn replay_gain(&self) -> ReplayGain {
        ReplayGain::of(&self.metadata().tags)
    }

    /// Passes over so many frames, fewer only at the end; tells how many. Reads and drops them, unless there is a
    /// quicker way.
    ///
    /// # Errors
    /// As [`Source::read`].
    fn skip(&mut self, frames: u64) -> Result<u64> {
        let spec = self.spec();
        let most = (DROPPED / spec.frame_bytes()).max(1) as u64;
        let mut dropped = vec![0; spec.bytes(most.min(frames)) as usize];
        let mut left = frames;
        while left > 0 {
            let room = spec.bytes(left.min(most)) as usize;
            match self.read(&mut dropped[..room])? {
                0 => break,
                bytes => left -= spec.frames_in(bytes as u64),
            }
        }
        Ok(frames - left)
    }
}

/// Bytes that are read at a time where they are dropped.
const DROPPED: usize = 1 << 16;

/// Something that takes frames: a file, a pipe, a series of files.
pub trait Sink: Send {
    /// What its frames are made of, as they are handed over.
    fn spec(&self) -> Spec;

    /// Its name for messages (`take.wav`, `standard output`).
    fn name(&self) -> &str;

    /// Writes whole frames. Blocks while a disk or a pipe does.
    ///
    /// # Errors
    /// [`Kind::NoSpace`](crate::audio::error::Kind::NoSpace) when the disk is full or a size limit is reached,
    /// [`Kind::Io`](crate::audio::error::Kind::Io) otherwise (a pipe whose reader has gone: errno `EPIPE`). What
    /// fitted is there, in whole frames, and `finish` still makes a valid file of it.
    fn write(&mut self, frames: &[u8]) -> Result<()>;

    /// Makes what was written so far a valid file, sizes and all. Called about once a second.
    ///
    /// # Errors
    /// As `write`.
    fn checkpoint(&mut self) -> Result<()>;

    /// Frames written so far.
    fn frames(&self) -> u64;

    /// Frames that it still takes, where its container or a limit ends somewhere.
    fn room(&self) -> Option<u64> {
        None
    }

    /// Completes the current file of a series; the next frame begins the next file. What is no series goes on.
    ///
    /// # Errors
    /// As `write`.
    fn next_file(&mut self) -> Result<()> {
        Ok(())
    }

    /// Completes it: sizes, padding, its final name. Asked again, it does nothing.
    ///
    /// # Errors
    /// As `write`.
    fn finish(&mut self) -> Result<()>;
}
