//! Where recorded frames go.

use crate::audio::error::Result;
use crate::audio::spec::Spec;

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
