//! The walk over the chunks of a WAV, from its first byte to the first byte of its sound.

use super::fmt::{self, Fields, Fmt};
use crate::audio::error::{Error, Result};
use crate::audio::file::Input;
use crate::audio::format::ByteOrder;

/// A form that a WAV may have.
#[derive(Debug)]
pub(in crate::audio::file) struct Form {
    /// Its first four bytes.
    pub(in crate::audio::file) id: [u8; 4],
    /// Which byte of every number comes first, the samples included.
    pub(super) order: ByteOrder,
    /// Whether a `ds64` chunk holds the lengths that 32 bits cannot.
    wide: bool,
}

/// The forms that are read.
#[rustfmt::skip]
pub(in crate::audio::file) const FORMS: &[Form] = &[
    Form { id: *b"RIFF", order: ByteOrder::Little, wide: false },
    Form { id: *b"RIFX", order: ByteOrder::Big, wide: false },
    Form { id: *b"RF64", order: ByteOrder::Little, wide: true },
    Form { id: *b"BW64", order: ByteOrder::Little, wide: true },
];

/// More chunks than this before the sound is not a file, but something that never ends.
const MOST_CHUNKS: usize = 4096;

/// The 32-bit length that says "see `ds64`", or "not known".
pub(super) const ALL_ONES: u32 = u32::MAX;

/// What stands before the sound.
#[derive(Debug)]
pub(super) struct Header {
    pub(super) fmt: Fmt,
    pub(super) order: ByteOrder,
    /// The 32-bit length of the whole form, less 8.
    pub(super) form_size: u32,
    /// The length of the sound, in bytes, as the header has it.
    pub(super) data_size: DataSize,
    /// Frames in all, as `fact` has it.
    pub(super) fact: Option<u32>,
}

/// The length of the `data` chunk, by the width of the field that says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DataSize {
    /// In the chunk itself.
    Narrow(u32),
    /// In `ds64`.
    Wide(u64),
}

struct Chunk {
    id: [u8; 4],
    size: u32,
}

impl Chunk {
    fn name(&self) -> String {
        self.id.escape_ascii().to_string()
    }
}

struct Walker<'a> {
    input: &'a mut Input,
    form: &'static Form,
    form_size: u32,
    fmt: Option<Fmt>,
    data_size: Option<u64>,
    fact: Option<u32>,
}

/// Walks to the first byte of the sound.
pub(super) fn read_header(input: &mut Input) -> Result<Header> {
    let mut walker = Walker::start(input)?;
    for _ in 0..MOST_CHUNKS {
        let chunk = walker.next_chunk()?;
        match &chunk.id {
            b"data" => return walker.arrive(&chunk),
            b"fmt " => walker.read_fmt(&chunk)?,
            b"fact" => walker.read_fact(&chunk)?,
            b"ds64" if walker.form.wide => walker.read_ds64(&chunk)?,
            _ => walker.pass(&chunk, 0)?,
        }
    }
    Err(walker.broken(format!("it has no sound within {MOST_CHUNKS} chunks")))
}

impl Walker<'_> {
    fn start(input: &mut Input) -> Result<Walker<'_>> {
        let mut bytes = [0; 12];
        input.fill(&mut bytes)?;
        let form = FORMS.iter().find(|form| bytes.starts_with(&form.id));
        let form = form.filter(|_| bytes.ends_with(b"WAVE"));
        let form = form.ok_or_else(|| Error::invalid(input.name(), "is not WAV"))?;
        let order = form.order;
        Ok(Walker {
            input,
            form,
            form_size: Fields {
                bytes: &bytes,
                order,
            }
            .u32(4),
            fmt: None,
            data_size: None,
            fact: None,
        })
    }

    fn next_chunk(&mut self) -> Result<Chunk> {
        let at = self.input.position();
        let mut bytes = [0; 8];
        if self.input.fill(&mut bytes)? < bytes.len() {
            return Err(self.missing());
        }
        let [a, b, c, d, ..] = bytes;
        let id = [a, b, c, d];
        // Off the track, zeros or samples would be walked as chunks to the end of a pipe that has none.
        if !id.iter().all(|byte| (b' '..=b'~').contains(byte)) {
            return Err(self.broken(format!("what begins at byte {at} is not a chunk")));
        }
        let size = self.fields(&bytes).u32(4);
        Ok(Chunk { id, size })
    }

    fn read_fmt(&mut self, chunk: &Chunk) -> Result<()> {
        if self.fmt.is_some() {
            return Err(self.broken("it has two 'fmt ' chunks".to_owned()));
        }
        let mut bytes = [0; fmt::LONGEST];
        let held = self.read_front(chunk, &mut bytes)?;
        if held < fmt::SHORTEST {
            return Err(self.broken(format!("its 'fmt ' chunk has only {held} bytes")));
        }
        let parsed = fmt::parse(self.fields(&bytes[..held]));
        self.fmt = Some(parsed.map_err(|why| Error::invalid(self.input.name(), why))?);
        Ok(())
    }

    /// The chunk holds the length of the form, then that of the sound, then what nobody needs.
    fn read_ds64(&mut self, chunk: &Chunk) -> Result<()> {
        let mut bytes = [0; 16];
        let held = self.read_front(chunk, &mut bytes)?;
        if held < bytes.len() {
            return Err(self.broken(format!("its 'ds64' chunk has only {held} bytes")));
        }
        self.data_size = Some(self.fields(&bytes).u64(8));
        Ok(())
    }

    fn read_fact(&mut self, chunk: &Chunk) -> Result<()> {
        let mut bytes = [0; 4];
        if self.read_front(chunk, &mut bytes)? == bytes.len() {
            self.fact = Some(self.fields(&bytes).u32(0));
        }
        Ok(())
    }

    /// Reads the beginning of a chunk as far as `bytes` goes, and passes over its rest.
    fn read_front(&mut self, chunk: &Chunk, bytes: &mut [u8]) -> Result<usize> {
        let want = bytes.len().min(chunk.size as usize);
        let held = self.input.fill(&mut bytes[..want])?;
        if held < want {
            return Err(self.cut(chunk));
        }
        self.pass(chunk, held)?;
        Ok(held)
    }

    /// Passes over a chunk of which `read` bytes are read, and over the byte that makes its length even.
    fn pass(&mut self, chunk: &Chunk, read: usize) -> Result<()> {
        let left = u64::from(chunk.size) + u64::from(chunk.size % 2) - read as u64;
        if self.input.remaining().is_some_and(|held| held < left) || self.input.skip(left)? < left {
            return Err(self.cut(chunk));
        }
        Ok(())
    }

    fn arrive(&self, data: &Chunk) -> Result<Header> {
        let Some(fmt) = self.fmt else {
            return Err(self.broken("its sound stands before its 'fmt ' chunk".to_owned()));
        };
        let data_size = match self.data_size {
            Some(size) if data.size == ALL_ONES => DataSize::Wide(size),
            _ => DataSize::Narrow(data.size),
        };
        Ok(Header {
            fmt,
            order: self.form.order,
            form_size: self.form_size,
            data_size,
            fact: self.fact,
        })
    }

    fn fields<'a>(&self, bytes: &'a [u8]) -> Fields<'a> {
        let order = self.form.order;
        Fields { bytes, order }
    }

    fn missing(&self) -> Error {
        let id = if self.fmt.is_none() { "fmt " } else { "data" };
        self.broken(format!(
            "it ends before its '{id}' chunk, so it holds no sound"
        ))
    }

    fn cut(&self, chunk: &Chunk) -> Error {
        let (name, size) = (chunk.name(), chunk.size);
        self.broken(format!(
            "it ends inside its '{name}' chunk of {size} bytes, before any sound"
        ))
    }

    fn broken(&self, why: String) -> Error {
        Error::invalid(self.input.name(), format!("is broken: {why}"))
    }
}
