//! [`Source`] yields frames, [`Sink`] accepts them.

use super::channel_map::ChannelMap;
use super::error::{Error, Result};
use super::metadata::{Metadata, ReplayGain};
use super::spec::Spec;
use super::wall_time::WallTime;
use std::fs;
use std::path::{Path, PathBuf};

/// Frames to be read: a file, a pipe, a generator, a decoder, or a converter around another source.
pub trait Source: Send {
    /// The spec of the frames.
    fn spec(&self) -> Spec;

    /// Total frames, if known in advance.
    fn frames(&self) -> Option<u64>;

    /// Its name for messages (`song.wav`, `standard input`).
    fn name(&self) -> &str;

    /// Codec, tags, cue points and loops. A source that wraps another returns the inner one's.
    fn metadata(&self) -> Metadata {
        Metadata::default()
    }

    /// The next warning about damage that did not stop reading (a corrupt packet that was skipped): one line that names
    /// the source. Call it after each read until it returns `None`.
    fn take_warning(&mut self) -> Option<String> {
        None
    }

    /// Reads whole frames into the start of `buffer`, whose length is a whole number of frames, and returns the number
    /// of **bytes**; 0 is the end. May return less than requested before the end. Blocks while a pipe is empty.
    ///
    /// # Errors
    /// If reading fails or the content is invalid. A source that ends early (fewer frames than its header declares)
    /// yields all its frames first and then an error.
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize>;

    /// Continues with frames of another spec or channel map, after [`Source::read`] has returned 0. Returns `false` if
    /// the sound has ended.
    ///
    /// # Errors
    /// As [`Source::read`].
    fn next_segment(&mut self) -> Result<bool> {
        Ok(false)
    }

    /// The position of each channel, if all are known.
    fn channel_map(&self) -> Option<ChannelMap> {
        None
    }

    /// The ReplayGain values of its tags.
    fn replay_gain(&self) -> ReplayGain {
        ReplayGain::from_tags(&self.metadata().tags)
    }

    /// Goes back to the first frame, if that is faster than opening the source again. Returns whether it did.
    fn rewind(&mut self) -> bool {
        false
    }

    /// Skips `frames` frames and returns how many were skipped; fewer only at the end. The default reads and discards
    /// them.
    ///
    /// # Errors
    /// As [`Source::read`].
    fn skip(&mut self, frames: u64) -> Result<u64> {
        read_and_discard(self, frames)
    }
}

/// Reads `frames` frames and discards them. Returns how many there were.
///
/// # Errors
/// As [`Source::read`].
pub(crate) fn read_and_discard<S: Source + ?Sized>(source: &mut S, frames: u64) -> Result<u64> {
    let spec = source.spec();
    let block = (SKIP_BLOCK_BYTES / spec.frame_bytes()).max(1) as u64;
    let mut discarded = vec![0; spec.bytes(block.min(frames)) as usize];
    let mut left = frames;
    while left > 0 {
        let wanted = spec.bytes(left.min(block)) as usize;
        match source.read(&mut discarded[..wanted])? {
            0 => break,
            bytes => left -= spec.frames_in(bytes as u64),
        }
    }
    Ok(frames - left)
}

/// Frames that [`skip_by_passing`] decodes before it tries again to pass over some.
const SKIP_BLOCK_FRAMES: u64 = 1 << 17;

/// Skips frames of a source that can pass over some of them without decoding: `pass` gets the frames that are left, and
/// returns how many it passed over. Returns how many frames were skipped: fewer at the end.
///
/// # Errors
/// Those of `pass`, and of reading.
pub(crate) fn skip_by_passing<S: Source>(
    source: &mut S,
    frames: u64,
    mut pass: impl FnMut(&mut S, u64) -> Result<u64>,
) -> Result<u64> {
    let mut left = frames;
    while left > 0 {
        left -= pass(source, left)?;
        let block = left.min(SKIP_BLOCK_FRAMES);
        let read = read_and_discard(source, block)?;
        left -= read;
        if read < block {
            break;
        }
    }
    Ok(frames - left)
}

/// Bytes that [`read_and_discard`] reads at a time.
const SKIP_BLOCK_BYTES: usize = 1 << 16;

/// A destination for frames: a file, a pipe, a series of files.
pub trait Sink: Send {
    /// The spec of the frames it takes.
    fn spec(&self) -> Spec;

    /// Its name for messages (`take.wav`, `standard output`).
    fn name(&self) -> &str;

    /// Writes whole frames. Blocks while a disk or a pipe does.
    ///
    /// # Errors
    /// [`Kind::NoSpace`](crate::audio::error::Kind::NoSpace) if the disk is full or a size limit is reached,
    /// [`Kind::Io`](crate::audio::error::Kind::Io) otherwise (a pipe without a reader: errno `EPIPE`). The whole frames
    /// that fit have been written, and `finish` still makes a valid file of them.
    fn write(&mut self, frames: &[u8]) -> Result<()>;

    /// Like [`Sink::write`], for frames in two parts, each of whole frames. A file may take both with one system call.
    ///
    /// # Errors
    /// As [`Sink::write`].
    fn write_parts(&mut self, [first, second]: [&[u8]; 2]) -> Result<()> {
        self.write(first)?;
        match second {
            [] => Ok(()),
            _ => self.write(second),
        }
    }

    /// Makes a valid file of what was written so far, including the lengths in its header. Called about once a second.
    ///
    /// # Errors
    /// As [`Sink::write`].
    fn checkpoint(&mut self) -> Result<()>;

    /// Frames written so far.
    fn frames(&self) -> u64;

    /// Frames that it can still take, if its container or an option limits them.
    fn capacity_left(&self) -> Option<u64> {
        None
    }

    /// In a series of files, completes the current file; the next frame opens the next one. Otherwise does nothing.
    ///
    /// # Errors
    /// As [`Sink::write`].
    fn next_file(&mut self) -> Result<()> {
        Ok(())
    }

    /// Says when the next frame to be written was captured. The frames that follow it continue from there, until the
    /// next call. Does nothing unless the sink uses the time.
    fn set_time(&mut self, _next_frame: WallTime) {}

    /// Whether the sink uses the times of more than the first frame.
    fn follows_time(&self) -> bool {
        true
    }

    /// Removes the file if it was created for this sink, and takes no more frames. For a file that is not wanted after
    /// all, because another one cannot be created.
    fn discard(&mut self) {}

    /// Where the file is, once it is finished. A file that another program has deleted is not an error of `finish`.
    fn place(&self) -> FilePlace {
        FilePlace::AsNamed
    }

    /// Completes the file: lengths, padding, its final name. Further calls do nothing.
    ///
    /// # Errors
    /// As [`Sink::write`].
    fn finish(&mut self) -> Result<()>;
}

/// How many bytes of whole `frames` the sink can still take.
pub(crate) fn fitting_bytes(sink: &impl Sink, frames: &[u8]) -> usize {
    let left = sink.capacity_left();
    let left = left.map_or(u64::MAX, |left| sink.spec().bytes(left));
    left.min(frames.len() as u64) as usize
}

/// What is reported of the content of a file.
#[derive(Clone, Debug, Default)]
pub struct FileContent {
    /// Its title tag.
    pub title: Option<String>,
    /// Its artist tag.
    pub artist: Option<String>,
    /// Its codec; `PCM` for uncompressed samples.
    pub codec: Option<String>,
    /// The program that decodes it, if it is not this library.
    pub decoder: Option<&'static str>,
}

/// What a playlist or a recording reports about its files.
#[derive(Debug)]
pub enum FileReport {
    /// A file was opened; its frames follow.
    Opened {
        /// Its name for messages.
        name: String,
        /// Its path, unless it is a standard stream or an address.
        path: Option<PathBuf>,
        /// Its spec.
        spec: Spec,
        /// Total frames, if known.
        frames: Option<u64>,
        /// What it contains.
        content: FileContent,
        /// When its first frame was captured, if known.
        start_time: Option<WallTime>,
    },
    /// All frames of a file have been read or written.
    Finished {
        /// Its name for messages.
        name: String,
        /// Its path, unless it is a standard stream or an address.
        path: Option<PathBuf>,
        /// Its spec.
        spec: Spec,
        /// Frames read or written.
        frames: u64,
        /// Their duration.
        seconds: f64,
        /// What it contains.
        content: FileContent,
        /// Its size, if it is a regular file.
        bytes: Option<u64>,
        /// The peak of each channel as stored, in dBFS, if measured.
        peak_dbfs: Option<Vec<Option<f64>>>,
        /// Samples at full scale, if measured.
        at_full_scale: u64,
        /// Whether another program has given it this path.
        was_moved: bool,
        /// When its first frame was captured, if known.
        start_time: Option<WallTime>,
    },
    /// A finished file was deleted, to make room for newer ones.
    Deleted {
        /// Its name.
        name: String,
        /// Its size.
        bytes: u64,
    },
    /// A file could not be opened, or not read to its end. The next one follows.
    Failed(Error),
    /// Something went wrong with a file but did not stop it.
    Warning(String),
}

/// Where the file of a finished [`Sink`] is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FilePlace {
    /// At the path that it was created with, or it is no regular file.
    AsNamed,
    /// Another program has moved it to this path.
    Moved(PathBuf),
    /// Another program has deleted or replaced it: what was written is lost.
    Deleted,
}

/// The size of a regular file.
pub(crate) fn size_of_file(path: &Path) -> Option<u64> {
    let found = fs::metadata(path).ok().filter(fs::Metadata::is_file)?;
    Some(found.len())
}

#[cfg(test)]
pub(crate) mod testing {
    use super::*;

    /// All bytes that `source` yields, read through a buffer of `frames` frames, and how it ends.
    pub(crate) fn drain(source: &mut dyn Source, frames: usize) -> (Vec<u8>, Result<()>) {
        let frame_bytes = source.spec().frame_bytes();
        let mut buffer = vec![0; frames * frame_bytes];
        let mut all = Vec::new();
        loop {
            match source.read(&mut buffer) {
                Ok(0) => return (all, Ok(())),
                Ok(bytes) => {
                    assert!(
                        bytes <= buffer.len() && bytes.is_multiple_of(frame_bytes),
                        "{bytes} of {frame_bytes}"
                    );
                    all.extend_from_slice(&buffer[..bytes]);
                }
                Err(error) => return (all, Err(error)),
            }
        }
    }
}
