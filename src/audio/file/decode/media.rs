//! The bytes of an [`Input`], as symphonia wants them.

use crate::audio::advice::FileAdvice;
use crate::audio::error::{Error, Result};
use crate::audio::file::Input;
use std::io::{self, ErrorKind, Read, Seek, SeekFrom};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use symphonia::core::io::{MediaSource, MediaSourceStream};

/// Most bytes that are read before a frame: no honest header is longer, and what is read may be kept in memory.
const MOST_BETWEEN_FRAMES: u64 = 64 << 20;

/// Most bytes of a pipe that are kept where a container can only be read out of order.
const LONGEST_HELD: usize = 64 << 20;

/// Which way a container is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// From first to last.
    Straight,
    /// Back and forth in a regular file (its end says how long it is); from first to last in a pipe.
    Free,
}

/// An [`Input`], or what came through a pipe.
pub(super) struct Media {
    bytes: Bytes,
    at: u64,
    quota: Quota,
}

enum Bytes {
    /// What symphonia asks of a source includes `Sync`, which a reader need not be.
    Stream(Mutex<Input>),
    File(Mutex<Input>, u64),
    Held(Vec<u8>),
}

/// How many bytes may be read before the next frame.
#[derive(Clone)]
pub(super) struct Quota(Arc<AtomicU64>);

impl Quota {
    pub(super) fn new() -> Quota {
        Quota(Arc::new(AtomicU64::new(MOST_BETWEEN_FRAMES)))
    }

    /// As many as at first, from here.
    pub(super) fn renew(&self) {
        self.0.store(MOST_BETWEEN_FRAMES, Ordering::Relaxed);
    }

    /// Counts what was read, or what costs as much as reading so many bytes.
    ///
    /// # Errors
    /// When there are none left.
    pub(super) fn take(&self, bytes: u64) -> io::Result<()> {
        let left = self.0.load(Ordering::Relaxed);
        let left = left.checked_sub(bytes).ok_or_else(|| {
            let limit = MOST_BETWEEN_FRAMES >> 20;
            io::Error::other(Broken(format!(
                "has {limit} MiB without a frame of sound in them"
            )))
        })?;
        self.0.store(left, Ordering::Relaxed);
        Ok(())
    }
}

/// What is wrong with the content; completes "'NAME' …".
#[derive(Debug)]
pub(super) struct Broken(pub(super) String);

impl std::fmt::Display for Broken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Broken {}

impl Media {
    /// All of `input` from where it stands; nothing of it may be consumed already where the order is free.
    pub(super) fn new(input: Input, order: Order, quota: Quota) -> Media {
        let bytes = match (order, input.size()) {
            (Order::Free, Some(size)) => Bytes::File(Mutex::new(input), size),
            _ => Bytes::Stream(Mutex::new(input)),
        };
        Media {
            bytes,
            at: 0,
            quota,
        }
    }

    /// What came through a pipe.
    pub(super) fn held(bytes: Vec<u8>, quota: Quota) -> Media {
        let bytes = Bytes::Held(bytes);
        Media {
            bytes,
            at: 0,
            quota,
        }
    }

    /// The same, with `watcher` shown all that is read.
    pub(super) fn watched_by(self, watcher: impl Watcher + 'static) -> MediaSourceStream<'static> {
        let media = self;
        MediaSourceStream::new(Box::new(Watched { media, watcher }), Default::default())
    }

    pub(super) fn into_stream(self) -> MediaSourceStream<'static> {
        MediaSourceStream::new(Box::new(self), Default::default())
    }
}

/// Somebody who is shown what symphonia reads.
pub(super) trait Watcher: Send + Sync {
    /// Takes the bytes that stand at `at`.
    ///
    /// # Errors
    /// Where symphonia had better not have them.
    fn see(&self, at: u64, bytes: &[u8]) -> io::Result<()>;
}

struct Watched<W> {
    media: Media,
    watcher: W,
}

impl<W: Watcher> Read for Watched<W> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let at = self.media.at;
        let got = self.media.read(buffer)?;
        self.watcher.see(at, &buffer[..got])?;
        Ok(got)
    }
}

impl<W: Watcher> Seek for Watched<W> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.media.seek(to)
    }
}

impl<W: Watcher> MediaSource for Watched<W> {
    fn is_seekable(&self) -> bool {
        self.media.is_seekable()
    }

    fn byte_len(&self) -> Option<u64> {
        self.media.byte_len()
    }
}

/// All that comes through a pipe, because `why` (completes "'NAME' …") it cannot be read in order.
///
/// # Errors
/// [`Kind::InvalidInput`](crate::audio::error::Kind::InvalidInput) where that is too much to keep.
pub(super) fn hold(input: &mut Input, why: &str) -> Result<Vec<u8>> {
    let mut held = Vec::new();
    let mut part = vec![0; 64 << 10];
    loop {
        match input.read(&mut part)? {
            0 => return Ok(held),
            got if held.len() + got > LONGEST_HELD => {
                let limit = LONGEST_HELD >> 20;
                let why =
                    format!("{why}, and is longer than the {limit} MiB that are kept of a pipe");
                let error = Error::invalid(input.name(), why);
                return Err(error.with_advice(FileAdvice::AvoidPipe));
            }
            got => held.extend_from_slice(&part[..got]),
        }
    }
}

impl Read for Media {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let got = match &mut self.bytes {
            Bytes::Stream(input) => locked(input).read(buffer).map_err(io::Error::other)?,
            Bytes::File(input, _) => {
                let got = locked(input).read_at(self.at, buffer);
                got.map_err(io::Error::other)?
            }
            Bytes::Held(bytes) => {
                let at = usize::try_from(self.at).unwrap_or(usize::MAX);
                let rest = bytes.get(at..).unwrap_or_default();
                let got = rest.len().min(buffer.len());
                buffer[..got].copy_from_slice(&rest[..got]);
                got
            }
        };
        self.quota.take(got as u64)?;
        self.at += got as u64;
        Ok(got)
    }
}

/// Without waiting: nobody else has it.
fn locked(input: &mut Mutex<Input>) -> &mut Input {
    match input.get_mut() {
        Ok(input) => input,
        Err(poisoned) => poisoned.into_inner(),
    }
}

impl Seek for Media {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let length = self.byte_len().ok_or(ErrorKind::Unsupported)?;
        let target = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
            SeekFrom::End(by) => length.checked_add_signed(by),
        };
        self.at = target.ok_or(ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}

impl MediaSource for Media {
    fn is_seekable(&self) -> bool {
        !matches!(self.bytes, Bytes::Stream(_))
    }

    fn byte_len(&self) -> Option<u64> {
        match &self.bytes {
            Bytes::Stream(_) => None,
            Bytes::File(_, size) => Some(*size),
            Bytes::Held(bytes) => Some(bytes.len() as u64),
        }
    }
}
