//! The bytes of a file, a pipe or any reader, in order, with a look ahead that consumes nothing.

use crate::audio::error::{Error, Result, path_name};
use crate::audio::poll;
use std::fmt;
use std::fs::File;
use std::io::{self, ErrorKind, Read, Seek, SeekFrom};
use std::os::fd::AsFd;
use std::os::unix::fs::FileExt;
use std::path::Path;

/// Bytes to be read once, from first to last. A file, a FIFO and standard input behave alike: nothing
/// goes back, except that the size of a regular file is known, and long stretches of it can be passed over quickly.
pub struct Input {
    name: String,
    stream: Stream,
    /// Bytes that were looked at and, from `taken` on, not consumed yet.
    ahead: Vec<u8>,
    taken: usize,
    /// Bytes consumed so far.
    position: u64,
}

/// Fewer bytes are as quickly read.
const SHORTEST_JUMP: u64 = 1 << 16;

enum Stream {
    File { file: File, extent: Option<Extent> },
    Reader(Box<dyn Read + Send>),
}

/// Where a regular file stood when it was opened (standard input may come half read), and its end.
#[derive(Clone, Copy)]
struct Extent {
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
            // Not `io::stdin()`, whose buffer would stand between the pipe and the caller's.
            Some("-") => io::stdin().as_fd().try_clone_to_owned().map(File::from),
            _ => File::open(path),
        };
        let file = opened.map_err(|error| Error::file("open", &name, &error))?;
        Input::from_file(name, file)
    }

    /// Standard input, from where it stands.
    ///
    /// # Errors
    /// As [`Input::open`].
    pub fn stdin() -> Result<Input> {
        Input::open(Path::new("-"))
    }

    /// An open file, from where it stands; `name` is for messages.
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
        // Files below /proc and /sys are regular ones of size 0, whatever they hold: size 0 tells nothing.
        let extent = (metadata.is_file() && metadata.len() > 0)
            .then(|| extent_of(&file, metadata.len()))
            .flatten();
        Ok(Input::new(name, Stream::File { file, extent }))
    }

    /// Anything that can be read, treated as a pipe; `name` is for messages.
    pub fn from_reader(name: impl Into<String>, reader: impl Read + Send + 'static) -> Input {
        Input::new(name.into(), Stream::Reader(Box::new(reader)))
    }

    fn new(name: String, stream: Stream) -> Input {
        Input {
            name,
            stream,
            ahead: Vec::new(),
            taken: 0,
            position: 0,
        }
    }

    /// Its name for messages.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Bytes consumed so far.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// Bytes that are still to come, where that can be known: in a regular file.
    pub fn remaining(&self) -> Option<u64> {
        match &self.stream {
            Stream::File { extent, .. } => {
                extent.map(|extent| (extent.end - extent.start).saturating_sub(self.position))
            }
            Stream::Reader(_) => None,
        }
    }

    /// The next `count` bytes without consuming them, fewer only at the end. Waits for a pipe.
    ///
    /// # Errors
    /// When reading fails.
    pub fn peek(&mut self, count: usize) -> Result<&[u8]> {
        self.ahead.drain(..self.taken);
        self.taken = 0;
        let mut held = self.ahead.len();
        if held < count {
            self.ahead.resize(count, 0);
            while held < count {
                match self.stream.read(&mut self.ahead[held..]) {
                    Ok(0) => break,
                    Ok(got) => held += got,
                    Err(error) => {
                        self.ahead.truncate(held);
                        return Err(Error::file("read", &self.name, &error));
                    }
                }
            }
            self.ahead.truncate(held);
        }
        Ok(&self.ahead[..count.min(held)])
    }

    /// Gives what is there, at most `buffer.len()` bytes; 0 is the end. Waits only for the first byte.
    ///
    /// # Errors
    /// When reading fails. An interrupted call is repeated, a non-blocking pipe waited for.
    pub fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let got = if self.ahead.is_empty() {
            let got = self.stream.read(buffer);
            got.map_err(|error| Error::file("read", &self.name, &error))?
        } else {
            let ahead = &self.ahead[self.taken..];
            let got = buffer.len().min(ahead.len());
            buffer[..got].copy_from_slice(&ahead[..got]);
            self.taken += got;
            if self.taken == self.ahead.len() {
                (self.ahead, self.taken) = (Vec::new(), 0);
            }
            got
        };
        self.position += got as u64;
        Ok(got)
    }

    /// Bytes in all from where it stood when it was opened, where that can be known: in a regular file.
    pub fn size(&self) -> Option<u64> {
        self.remaining().map(|left| left + self.position)
    }

    /// The bytes of a regular file from `at` on, counted from where it stood when it was opened; fewer than fit into
    /// `buffer` only at its end, and none of anything else. Consumes none.
    ///
    /// # Errors
    /// When reading fails.
    pub fn read_at(&self, at: u64, buffer: &mut [u8]) -> Result<usize> {
        let (
            Stream::File {
                file,
                extent: Some(extent),
            },
            Some(size),
        ) = (&self.stream, self.size())
        else {
            return Ok(0);
        };
        let left = usize::try_from(size.saturating_sub(at)).unwrap_or(usize::MAX);
        let room = buffer.len().min(left);
        let mut held = 0;
        while held < room {
            match file.read_at(&mut buffer[held..room], extent.start + at + held as u64) {
                Ok(0) => break,
                Ok(got) => held += got,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(Error::file("read", &self.name, &error)),
            }
        }
        Ok(held)
    }

    /// Fills `buffer`, less only at the end; tells how much.
    ///
    /// # Errors
    /// When reading fails.
    pub fn fill(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let mut held = 0;
        while held < buffer.len() {
            match self.read(&mut buffer[held..])? {
                0 => break,
                got => held += got,
            }
        }
        Ok(held)
    }

    /// Passes over `count` bytes, fewer only at the end; tells how many. A regular file is not read for that.
    ///
    /// # Errors
    /// When reading fails.
    pub fn skip(&mut self, count: u64) -> Result<u64> {
        let mut scratch = [0; 8192];
        let mut left = count - self.jump(count)?;
        while left > 0 {
            let want = left.min(scratch.len() as u64) as usize;
            match self.read(&mut scratch[..want])? {
                0 => break,
                got => left -= got as u64,
            }
        }
        Ok(count - left)
    }

    /// Passes over up to `count` bytes of a regular file in one step; tells how many. None where there is no step: in a
    /// pipe, or over bytes that were looked at already.
    fn jump(&mut self, count: u64) -> Result<u64> {
        let bytes = self.remaining().map_or(0, |left| left.min(count));
        let Stream::File { file, .. } = &mut self.stream else {
            return Ok(0);
        };
        if !self.ahead.is_empty() || bytes < SHORTEST_JUMP {
            return Ok(0);
        }
        let step = SeekFrom::Current(i64::try_from(bytes).unwrap_or(i64::MAX));
        let sought = file.seek(step);
        sought.map_err(|error| Error::file("read", &self.name, &error))?;
        self.position += bytes;
        Ok(bytes)
    }

    /// The last bytes of a regular file, at most `count` and none that is consumed already. Consumes none.
    ///
    /// # Errors
    /// When reading fails.
    pub fn tail(&self, count: u64) -> Result<Vec<u8>> {
        let (Stream::File { file, extent }, Some(remaining)) = (&self.stream, self.remaining())
        else {
            return Ok(Vec::new());
        };
        let count = count.min(remaining);
        let end = extent.map_or(0, |extent| extent.end);
        let mut bytes = vec![0; count as usize];
        let read = file.read_exact_at(&mut bytes, end - count);
        read.map_err(|error| Error::file("read", &self.name, &error))?;
        Ok(bytes)
    }
}

impl fmt::Debug for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = f.debug_struct("Input");
        text.field("name", &self.name);
        text.field("position", &self.position)
            .finish_non_exhaustive()
    }
}

fn extent_of(mut file: &File, end: u64) -> Option<Extent> {
    let start = file.stream_position().ok()?;
    (start <= end).then_some(Extent { start, end })
}

impl Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let got = match self {
                Stream::File { file, .. } => file.read(buffer),
                Stream::Reader(reader) => reader.read(buffer),
            };
            match got {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => self.wait(error)?,
                got => return got,
            }
        }
    }

    /// Standard input can come in non-blocking mode: whoever shares it may have set it so and not reset it.
    fn wait(&self, refusal: io::Error) -> io::Result<()> {
        let Stream::File { file, .. } = self else {
            return Err(refusal);
        };
        poll::wait_for(file, libc::POLLIN)
    }
}
