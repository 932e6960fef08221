//! Adapts an [`Input`] to symphonia's `MediaSource`.

use crate::audio::advice::FileAdvice;
use crate::audio::error::{Error, Result};
use crate::audio::file::input::Input;
use std::io::{self, ErrorKind, Read, Seek, SeekFrom};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use symphonia::core::io::{MediaSource, MediaSourceStream};

/// Maximum bytes read between two packets. Bounds the memory that a corrupt header can claim.
const MAX_BETWEEN_PACKETS: u64 = 64 << 20;

/// Maximum bytes of a pipe held in memory for containers that cannot be read sequentially.
const MAX_BUFFERED: usize = 64 << 20;

/// An input, or the contents of a pipe.
pub(super) struct InputMedia {
    contents: MediaContents,
    is_sequential: bool,
    position: u64,
    budget: ReadBudget,
}

enum MediaContents {
    /// In a `Mutex` because symphonia requires `Sync`, which an input is not.
    Sequential(Mutex<Input>),
    /// A regular file of known size.
    File(Mutex<Input>, u64),
    Memory(Vec<u8>),
}

/// The number of bytes that may be read before the next packet.
#[derive(Clone)]
pub(super) struct ReadBudget(Arc<AtomicU64>);

impl ReadBudget {
    pub(super) fn new() -> ReadBudget {
        ReadBudget(Arc::new(AtomicU64::new(MAX_BETWEEN_PACKETS)))
    }

    /// Resets the budget.
    pub(super) fn renew(&self) {
        self.0.store(MAX_BETWEEN_PACKETS, Ordering::Relaxed);
    }

    /// Uses up `bytes`, for reading them or for work of equivalent cost.
    ///
    /// # Errors
    /// If that exceeds the budget.
    pub(super) fn spend(&self, bytes: u64) -> io::Result<()> {
        let left = self.0.load(Ordering::Relaxed);
        let left = left.checked_sub(bytes).ok_or_else(|| {
            let limit = MAX_BETWEEN_PACKETS >> 20;
            let why = format!("has more than {limit} MiB without any audio");
            io::Error::other(ContentError(why))
        })?;
        self.0.store(left, Ordering::Relaxed);
        Ok(())
    }
}

/// An error about the content of a file. Completes `'NAME' …`.
#[derive(Debug)]
pub(super) struct ContentError(pub(super) String);

impl std::fmt::Display for ContentError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ContentError {}

impl InputMedia {
    /// The rest of `input`. If it is seekable, nothing may have been consumed.
    pub(super) fn new(input: Input, budget: ReadBudget) -> InputMedia {
        let contents = match input.size() {
            Some(size) => MediaContents::File(Mutex::new(input), size),
            None => MediaContents::Sequential(Mutex::new(input)),
        };
        InputMedia::of(contents, budget)
    }

    /// The same, but never seekable.
    pub(super) fn sequential(input: Input, budget: ReadBudget) -> InputMedia {
        InputMedia {
            is_sequential: true,
            ..InputMedia::new(input, budget)
        }
    }

    /// The contents of a pipe.
    pub(super) fn from_memory(bytes: Vec<u8>, budget: ReadBudget) -> InputMedia {
        InputMedia::of(MediaContents::Memory(bytes), budget)
    }

    fn of(contents: MediaContents, budget: ReadBudget) -> InputMedia {
        InputMedia {
            is_sequential: matches!(contents, MediaContents::Sequential(_)),
            contents,
            position: 0,
            budget,
        }
    }

    pub(super) fn into_stream(self) -> MediaSourceStream<'static> {
        MediaSourceStream::new(Box::new(self), Default::default())
    }

    /// A stream whose bytes are shown to `observer` as they are read.
    pub(super) fn observed_by(
        self,
        observer: impl ReadObserver + 'static,
    ) -> MediaSourceStream<'static> {
        let media = self;
        let observed = ObservedMedia { media, observer };
        MediaSourceStream::new(Box::new(observed), Default::default())
    }
}

/// Sees the bytes that symphonia reads.
pub(super) trait ReadObserver: Send + Sync {
    /// Called with the bytes read at offset `at`.
    ///
    /// # Errors
    /// If symphonia must not see them.
    fn observe(&self, at: u64, bytes: &[u8]) -> io::Result<()>;
}

struct ObservedMedia<O> {
    media: InputMedia,
    observer: O,
}

impl<O: ReadObserver> Read for ObservedMedia<O> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let at = self.media.position;
        let bytes = self.media.read(buffer)?;
        self.observer.observe(at, &buffer[..bytes])?;
        Ok(bytes)
    }
}

impl<O: ReadObserver> Seek for ObservedMedia<O> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.media.seek(to)
    }
}

impl<O: ReadObserver> MediaSource for ObservedMedia<O> {
    fn is_seekable(&self) -> bool {
        self.media.is_seekable()
    }

    fn byte_len(&self) -> Option<u64> {
        self.media.byte_len()
    }
}

/// Reads a pipe to its end, because it cannot be read sequentially for the reason `why` (completes `'NAME' …`).
///
/// # Errors
/// [`Kind::InvalidInput`](crate::audio::error::Kind::InvalidInput) if it is too large.
pub(super) fn buffer_all(input: &mut Input, why: &str) -> Result<Vec<u8>> {
    let mut all = Vec::new();
    let mut block = vec![0; 64 << 10];
    loop {
        match input.read(&mut block)? {
            0 => return Ok(all),
            bytes if all.len() + bytes > MAX_BUFFERED => {
                let limit = MAX_BUFFERED >> 20;
                let why = format!("{why} and is larger than {limit} MiB, too large for a pipe");
                let error = Error::invalid(input.name(), why);
                return Err(error.with_advice(FileAdvice::AvoidPipe));
            }
            bytes => all.extend_from_slice(&block[..bytes]),
        }
    }
}

impl Read for InputMedia {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let bytes = match &mut self.contents {
            MediaContents::Sequential(input) => {
                exclusive(input).read(buffer).map_err(io::Error::other)?
            }
            MediaContents::File(input, _) => {
                let read = exclusive(input).read_at(self.position, buffer);
                read.map_err(io::Error::other)?
            }
            MediaContents::Memory(bytes) => {
                let at = usize::try_from(self.position).unwrap_or(usize::MAX);
                let rest = bytes.get(at..).unwrap_or_default();
                let count = rest.len().min(buffer.len());
                buffer[..count].copy_from_slice(&rest[..count]);
                count
            }
        };
        self.budget.spend(bytes as u64)?;
        self.position += bytes as u64;
        Ok(bytes)
    }
}

/// Access without locking.
fn exclusive(input: &mut Mutex<Input>) -> &mut Input {
    match input.get_mut() {
        Ok(input) => input,
        Err(poisoned) => poisoned.into_inner(),
    }
}

impl Seek for InputMedia {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let length = self.byte_len().ok_or(ErrorKind::Unsupported)?;
        let target = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::Current(by) => self.position.checked_add_signed(by),
            SeekFrom::End(by) => length.checked_add_signed(by),
        };
        self.position = target.ok_or(ErrorKind::InvalidInput)?;
        Ok(self.position)
    }
}

impl MediaSource for InputMedia {
    fn is_seekable(&self) -> bool {
        !self.is_sequential
    }

    fn byte_len(&self) -> Option<u64> {
        match &self.contents {
            _ if self.is_sequential => None,
            MediaContents::Sequential(_) => None,
            MediaContents::File(_, size) => Some(*size),
            MediaContents::Memory(bytes) => Some(bytes.len() as u64),
        }
    }
}
