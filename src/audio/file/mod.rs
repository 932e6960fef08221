//! Sound in files and pipes: what is read is a [`Source`], whatever it came from.

use super::error::Result;
use super::spec::Spec;

/// Something that gives frames: a file, a pipe, a generator, a decoder, a converter around another source.
pub trait Source: Send {
    /// What its frames are made of.
    fn spec(&self) -> Spec;

    /// Frames in all, where that is known beforehand.
    fn frames(&self) -> Option<u64>;

    /// Its name for messages (`song.wav`, `standard input`).
    fn name(&self) -> &str;

    /// Fills `buffer` (a whole number of frames) from its start with whole frames, and tells how many
    /// **bytes** it gave. Zero is the end. It may give less than was asked for without being at its end,
    /// and blocks while a pipe has nothing.
    ///
    /// # Errors
    /// When reading fails, or what is read is not sound after all. A source that ends early (fewer frames
    /// than its header promised) gives all it has first, and then an error that says so.
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize>;
}
pub mod playlist;
