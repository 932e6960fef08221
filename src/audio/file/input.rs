//! The bytes of a file, a pipe or any reader, in order, with lookahead.

use crate::audio::error::{Error, Result, path_name};
use crate::audio::ffi::standard_streams;
use crate::audio::poll;
use std::fmt;
use std::fs::File;
use std::io::{self, ErrorKind, Read, Seek, SeekFrom};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

/// A sequential input: a file, a FIFO, standard input or any reader. For a regular file, the size is known, and bytes
/// can be read at any offset and skipped quickly.
pub struct Input {
    name: String,
    handle: InputHandle,
    /// Bytes read ahead, of which the first `consumed` have been consumed.
    ahead: Vec<u8>,
    consumed: usize,
    /// Bytes consumed so far.
    position: u64,
    /// Records what is read while a copy may need it.
    tape: Option<Tape>,
    /// What a copy must do before it reads.
    replay: Option<Replay>,
}

/// The least number of bytes for which seeking is quicker than reading.
const MIN_SEEK: u64 = 1 << 16;

enum InputHandle {
    /// A file or pipe; `range` is known for a regular file.
    File {
        file: File,
        range: Option<FileRange>,
    },
    Reader(Arc<Mutex<Box<dyn Read + Send>>>),
}

/// The bytes that an input has read since it was forked, for its copy. `None` if they were too many.
type Tape = Arc<Mutex<Option<Vec<u8>>>>;

/// How a copy gets back to where its original was.
enum Replay {
    /// By reading from the tape what the original has read meanwhile.
    Tape(Tape),
    /// By seeking: the two share a file offset.
    Seek,
}

/// Bytes of a pipe that are kept for a copy.
const MAX_TAPE: usize = 64 << 20;

/// The offset of a regular file when it was opened (standard input may have been read from already), and its end.
#[derive(Clone, Copy)]
struct FileRange {
    start: u64,
    end: u64,
}

impl Input {
    /// Opens `path`; `-` is standard input. Opening a FIFO waits for its writer.
    ///
    /// # Errors
    /// [`Kind::NotFound`], [`Kind::Permission`] or [`Kind::Io`] when it cannot be opened;
    /// [`Kind::InvalidInput`] for a directory.
    ///
    /// [`Kind::NotFound`]: crate::audio::error::Kind::NotFound
    /// [`Kind::Permission`]: crate::audio::error::Kind::Permission
    /// [`Kind::Io`]: crate::audio::error::Kind::Io
    /// [`Kind::InvalidInput`]: crate::audio::error::Kind::InvalidInput
    pub fn open(path: &Path) -> Result<Input> {
        let name = path_name(path);
        let opened = match path.to_str() {
            Some("-") => standard_streams::stdin()
                .and_then(|stdin| stdin.try_clone_to_owned())
                .map(File::from),
            _ => File::open(path),
        };
        let file = opened.map_err(|error| Error::file("open", &name, &error))?;
        Input::from_file(name, file)
    }

    /// Standard input, from its current position.
    ///
    /// # Errors
    /// As [`Input::open`].
    pub fn stdin() -> Result<Input> {
        Input::open(Path::new("-"))
    }

    /// An open file, from its current position; `name` is for messages.
    ///
    /// # Errors
    /// As [`Input::open`].
    pub fn from_file(name: impl Into<String>, file: File) -> Result<Input> {
        let name = name.into();
        let metadata = file.metadata();
        let metadata = metadata.map_err(|error| Error::file("open", &name, &error))?;
        if metadata.is_dir() {
            return Err(Error::invalid(&name, "is a directory, not a sound file"));
        }
        // Files in /proc and /sys claim a size of 0 whatever they contain.
        let range = (metadata.is_file() && metadata.len() > 0)
            .then(|| range_of(&file, metadata.len()))
            .flatten();
        Ok(Input::new(name, InputHandle::File { file, range }))
    }

    /// Any reader, treated like a pipe; `name` is for messages.
    pub fn from_reader(name: impl Into<String>, reader: impl Read + Send + 'static) -> Input {
        Input::new(
            name.into(),
            InputHandle::Reader(Arc::new(Mutex::new(Box::new(reader)))),
        )
    }

    fn new(name: String, handle: InputHandle) -> Input {
        Input {
            name,
            handle,
            ahead: Vec::new(),
            consumed: 0,
            position: 0,
            tape: None,
            replay: None,
        }
    }

    /// A copy that starts where this input is now. It must be used only after this one is dropped; of a pipe, no more
    /// than a header may have been read until then.
    ///
    /// # Errors
    /// If the descriptor cannot be duplicated.
    pub(super) fn fork(&mut self) -> Result<Input> {
        self.rewind()?;
        let handle = match &self.handle {
            InputHandle::File { file, range } => {
                let file = file
                    .try_clone()
                    .map_err(|error| Error::file("open", &self.name, &error))?;
                InputHandle::File {
                    file,
                    range: *range,
                }
            }
            InputHandle::Reader(reader) => InputHandle::Reader(Arc::clone(reader)),
        };
        let tape = self
            .size()
            .is_none()
            .then(|| Arc::new(Mutex::new(Some(Vec::new()))));
        self.tape.clone_from(&tape);
        Ok(Input {
            name: self.name.clone(),
            handle,
            ahead: self.ahead[self.consumed..].to_vec(),
            consumed: 0,
            position: self.position,
            tape: None,
            replay: Some(tape.map_or(Replay::Seek, Replay::Tape)),
        })
    }

    /// The file, if it is a regular one that is read from its beginning.
    pub(super) fn regular_file(&self) -> Option<File> {
        match &self.handle {
            InputHandle::File {
                file,
                range: Some(FileRange { start: 0, .. }),
            } => file.try_clone().ok(),
            _ => None,
        }
    }

    /// Gets back to where the original was when this copy was made.
    fn rewind(&mut self) -> Result<()> {
        let tape = match self.replay.take() {
            None => return Ok(()),
            Some(Replay::Seek) => {
                let ahead = (self.ahead.len() - self.consumed) as u64;
                return self.seek_to(self.position + ahead);
            }
            Some(Replay::Tape(tape)) => tape,
        };
        match tape.lock().unwrap_or_else(PoisonError::into_inner).take() {
            Some(bytes) => self.ahead.extend(bytes),
            None => {
                let error = io::Error::other("too much of the pipe has been read");
                return Err(Error::file("read", &self.name, &error));
            }
        }
        Ok(())
    }

    /// Reads from the file or pipe.
    fn read_handle(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let read = self.handle.read(buffer);
        let bytes = read.map_err(|error| read_error(&self.name, error))?;
        record(&mut self.tape, &buffer[..bytes]);
        Ok(bytes)
    }

    /// Its name for messages.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Bytes consumed so far.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// Bytes not consumed yet, if known: in a regular file.
    pub fn remaining(&self) -> Option<u64> {
        match &self.handle {
            InputHandle::File { range, .. } => {
                range.map(|range| (range.end - range.start).saturating_sub(self.position))
            }
            InputHandle::Reader(_) => None,
        }
    }

    /// The next `count` bytes, without consuming them; fewer only at the end. Blocks while a pipe is empty.
    ///
    /// # Errors
    /// If reading fails.
    pub fn peek(&mut self, count: usize) -> Result<&[u8]> {
        self.rewind()?;
        self.ahead.drain(..self.consumed);
        self.consumed = 0;
        let mut filled = self.ahead.len();
        if filled < count {
            self.ahead.resize(count, 0);
            while filled < count {
                match self.handle.read(&mut self.ahead[filled..]) {
                    Ok(0) => break,
                    Ok(bytes) => {
                        record(&mut self.tape, &self.ahead[filled..filled + bytes]);
                        filled += bytes;
                    }
                    Err(error) => {
                        self.ahead.truncate(filled);
                        return Err(read_error(&self.name, error));
                    }
                }
            }
            self.ahead.truncate(filled);
        }
        Ok(&self.ahead[..count.min(filled)])
    }

    /// Reads available bytes into `buffer` and returns their number; 0 is the end. Blocks until there is at least one
    /// byte, also if the pipe is in non-blocking mode.
    ///
    /// # Errors
    /// If reading fails.
    pub fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        self.rewind()?;
        let bytes = if self.ahead.is_empty() {
            self.read_handle(buffer)?
        } else {
            let ahead = &self.ahead[self.consumed..];
            let bytes = buffer.len().min(ahead.len());
            buffer[..bytes].copy_from_slice(&ahead[..bytes]);
            self.consumed += bytes;
            if self.consumed == self.ahead.len() {
                (self.ahead, self.consumed) = (Vec::new(), 0);
            }
            // A file has the rest at hand; a pipe may not.
            let is_file = self.size().is_some() && bytes > 0 && bytes < buffer.len();
            let more = if is_file {
                self.read_handle(&mut buffer[bytes..])?
            } else {
                0
            };
            bytes + more
        };
        self.position += bytes as u64;
        Ok(bytes)
    }

    /// Makes what is consumed no part of the input: it begins at the current position, which becomes 0.
    pub(super) fn begin_here(&mut self) {
        if let InputHandle::File {
            range: Some(range), ..
        } = &mut self.handle
        {
            range.start += self.position;
        }
        self.position = 0;
    }

    /// Goes back to `position` in a regular file.
    ///
    /// # Errors
    /// If seeking fails.
    pub(super) fn go_back(&mut self, position: u64) -> Result<()> {
        if self.size().is_some() {
            self.seek_to(position)?;
            (self.ahead, self.consumed, self.replay) = (Vec::new(), 0, None);
            self.position = position;
        }
        Ok(())
    }

    /// Makes the next byte that is read from a regular file the one at `position`.
    fn seek_to(&mut self, position: u64) -> Result<()> {
        if let InputHandle::File {
            file,
            range: Some(range),
        } = &mut self.handle
        {
            let sought = file.seek(SeekFrom::Start(range.start + position));
            sought.map_err(|error| Error::file("read", &self.name, &error))?;
        }
        Ok(())
    }

    /// Puts back the last `bytes` that were read.
    pub(super) fn unread(&mut self, bytes: &[u8]) {
        self.ahead.splice(..self.consumed, bytes.iter().copied());
        self.consumed = 0;
        self.position -= bytes.len() as u64;
    }

    /// Total bytes from the position at which it was opened, if known: in a regular file.
    pub fn size(&self) -> Option<u64> {
        self.remaining().map(|left| left + self.position)
    }

    /// Reads a regular file at offset `at`, relative to the position at which it was opened. Fills `buffer`, except at
    /// the end of the file, and returns the number of bytes: 0 for anything but a regular file. Consumes nothing.
    ///
    /// # Errors
    /// If reading fails.
    pub fn read_at(&self, at: u64, buffer: &mut [u8]) -> Result<usize> {
        let (
            InputHandle::File {
                file,
                range: Some(range),
            },
            Some(size),
        ) = (&self.handle, self.size())
        else {
            return Ok(0);
        };
        let left = usize::try_from(size.saturating_sub(at)).unwrap_or(usize::MAX);
        let room = buffer.len().min(left);
        let mut filled = 0;
        while filled < room {
            match file.read_at(&mut buffer[filled..room], range.start + at + filled as u64) {
                Ok(0) => break,
                Ok(bytes) => filled += bytes,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(Error::file("read", &self.name, &error)),
            }
        }
        Ok(filled)
    }

    /// Reads until `buffer` is full or the input ends, and returns the number of bytes.
    ///
    /// # Errors
    /// If reading fails.
    pub fn fill(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let mut filled = 0;
        while filled < buffer.len() {
            match self.read(&mut buffer[filled..])? {
                0 => break,
                bytes => filled += bytes,
            }
        }
        Ok(filled)
    }

    /// Skips `count` bytes and returns how many were skipped; fewer only at the end. Seeks in a regular file.
    ///
    /// # Errors
    /// If reading fails.
    pub fn skip(&mut self, count: u64) -> Result<u64> {
        let mut left = count - self.seek_forward(count)?;
        if left == 0 {
            return Ok(count);
        }
        let mut scratch = [0; 8192];
        while left > 0 {
            let wanted = left.min(scratch.len() as u64) as usize;
            match self.read(&mut scratch[..wanted])? {
                0 => break,
                bytes => left -= bytes as u64,
            }
        }
        Ok(count - left)
    }

    /// Seeks forward by up to `count` bytes in a regular file and returns by how many; 0 if seeking is not possible or
    /// not worthwhile, or if bytes have been read ahead.
    fn seek_forward(&mut self, count: u64) -> Result<u64> {
        self.rewind()?;
        let bytes = self.remaining().map_or(0, |left| left.min(count));
        let InputHandle::File { file, .. } = &mut self.handle else {
            return Ok(0);
        };
        if !self.ahead.is_empty() || bytes < MIN_SEEK {
            return Ok(0);
        }
        let offset = SeekFrom::Current(i64::try_from(bytes).unwrap_or(i64::MAX));
        let result = file.seek(offset);
        result.map_err(|error| Error::file("read", &self.name, &error))?;
        self.position += bytes;
        Ok(bytes)
    }

    /// The last `count` bytes of a regular file, without those consumed already; empty for anything else. Consumes
    /// nothing.
    ///
    /// # Errors
    /// If reading fails.
    pub fn tail(&self, count: u64) -> Result<Vec<u8>> {
        let (InputHandle::File { file, range }, Some(remaining)) = (&self.handle, self.remaining())
        else {
            return Ok(Vec::new());
        };
        let count = count.min(remaining);
        let end = range.map_or(0, |range| range.end);
        let mut bytes = vec![0; count as usize];
        let read = file.read_exact_at(&mut bytes, end - count);
        read.map_err(|error| Error::file("read", &self.name, &error))?;
        Ok(bytes)
    }
}

/// The error for a failed read. If a reader reported an [`Error`] of this library, it is returned unchanged.
fn read_error(name: &str, error: io::Error) -> Error {
    let own = error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<Error>());
    own.cloned()
        .unwrap_or_else(|| Error::file("read", name, &error))
}

/// Keeps `bytes` for a copy while there is one.
fn record(tape: &mut Option<Tape>, bytes: &[u8]) {
    let Some(recorded) = tape.take().filter(|tape| Arc::strong_count(tape) > 1) else {
        return;
    };
    let mut kept = recorded.lock().unwrap_or_else(PoisonError::into_inner);
    if kept
        .as_ref()
        .is_some_and(|kept| kept.len() + bytes.len() > MAX_TAPE)
    {
        *kept = None;
    }
    if let Some(kept) = &mut *kept {
        kept.extend_from_slice(bytes);
    }
    drop(kept);
    *tape = Some(recorded);
}

impl fmt::Debug for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = f.debug_struct("Input");
        text.field("name", &self.name);
        text.field("position", &self.position)
            .finish_non_exhaustive()
    }
}

fn range_of(mut file: &File, end: u64) -> Option<FileRange> {
    let start = file.stream_position().ok()?;
    (start <= end).then_some(FileRange { start, end })
}

impl InputHandle {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let result = match self {
                InputHandle::File { file, .. } => file.read(buffer),
                InputHandle::Reader(reader) => reader
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .read(buffer),
            };
            match result {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => self.wait(error)?,
                result => return result,
            }
        }
    }

    /// Waits for data. Another process that shares standard input may have set non-blocking mode.
    fn wait(&self, error: io::Error) -> io::Result<()> {
        let InputHandle::File { file, .. } = self else {
            return Err(error);
        };
        poll::wait_for(file, libc::POLLIN)
    }
}
