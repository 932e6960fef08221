//! Reads the chunks of a WAV before its samples.

use super::fmt::{self, MAX_FMT, MIN_FMT, WavFmt};
use crate::audio::error::{Error, Result};
use crate::audio::file::errors::corrupt;
use crate::audio::file::fields::Fields;
use crate::audio::file::input::Input;
use crate::audio::file::magic::{WAV_FORMS, WavForm};
use crate::audio::format::ByteOrder;
use crate::audio::spelling::count;

/// Maximum number of chunks before the samples; bounds the time spent on an endless pipe.
const MAX_CHUNKS: usize = 4096;

/// The 32-bit length that means "see `ds64`", or "unknown".
const ALL_ONES: u32 = u32::MAX;

/// The chunks before the samples.
#[derive(Debug)]
pub(super) struct WavHeader {
    pub(super) fmt: WavFmt,
    pub(super) data: WavDataChunk,
}

/// What the chunks before the samples say about where they are.
#[derive(Debug)]
pub(super) struct WavDataChunk {
    pub(super) order: ByteOrder,
    /// Where the outermost chunk starts in the input.
    pub(super) form_start: u64,
    /// The 32-bit length of the outermost chunk.
    pub(super) form_size: u32,
    /// The length of the samples as declared.
    pub(super) size: DataSize,
    /// Bytes of a frame, or of a block of compressed ones; at least 1.
    pub(super) block_bytes: u32,
    /// The number of frames in the `fact` chunk, or in the `ds64` chunk if that is where it is.
    pub(super) fact: Option<u64>,
}

/// The declared length of the `data` chunk in bytes, by the width of the field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DataSize {
    /// In the chunk itself.
    Bits32(u32),
    /// In the `ds64` chunk.
    Bits64(u64),
}

struct ChunkHeader {
    id: [u8; 4],
    size: u32,
}

impl ChunkHeader {
    fn name(&self) -> String {
        self.id.escape_ascii().to_string()
    }
}

struct ChunkReader<'a> {
    input: &'a mut Input,
    form: &'static WavForm,
    form_start: u64,
    form_size: u32,
    /// The format, or why it is not supported.
    fmt: Option<std::result::Result<WavFmt, String>>,
    block_bytes: u32,
    data_size: Option<u64>,
    sample_count: Option<u64>,
    fact: Option<u32>,
}

/// Reads up to the first byte of the samples.
pub(super) fn read_header(input: &mut Input) -> Result<WavHeader> {
    let mut reader = ChunkReader::start(input)?;
    let data = reader.find_data();
    // Who can decode the samples matters more than what is wrong with the chunks after `fmt `.
    let fmt = match reader.fmt.take() {
        Some(fmt) => fmt.map_err(|why| Error::invalid(reader.input.name(), why))?,
        None => {
            data?;
            return Err(reader.corrupt("its 'data' chunk comes before its 'fmt ' chunk"));
        }
    };
    Ok(WavHeader { fmt, data: data? })
}

/// Reads up to the first byte of the samples, of any codec.
pub(super) fn find_data(input: &mut Input) -> Result<WavDataChunk> {
    ChunkReader::start(input)?.find_data()
}

impl ChunkReader<'_> {
    fn start(input: &mut Input) -> Result<ChunkReader<'_>> {
        let form_start = input.position();
        let mut bytes = [0; 12];
        input.fill(&mut bytes)?;
        let form = WAV_FORMS.iter().find(|form| bytes.starts_with(&form.id));
        let form = form.filter(|_| bytes.ends_with(b"WAVE"));
        let form = form.ok_or_else(|| Error::invalid(input.name(), "is not WAV"))?;
        let fields = Fields {
            bytes: &bytes,
            order: form.order,
        };
        Ok(ChunkReader {
            input,
            form,
            form_start,
            form_size: fields.u32(4),
            fmt: None,
            block_bytes: 1,
            data_size: None,
            sample_count: None,
            fact: None,
        })
    }

    fn find_data(&mut self) -> Result<WavDataChunk> {
        for _ in 0..MAX_CHUNKS {
            let chunk = self.next_chunk()?;
            match &chunk.id {
                b"data" => return Ok(self.data_chunk(&chunk)),
                b"fmt " => self.read_fmt(&chunk)?,
                b"fact" => self.read_fact(&chunk)?,
                b"ds64" if self.form.has_ds64 => self.read_ds64(&chunk)?,
                _ => self.skip(&chunk, 0)?,
            }
        }
        Err(self.corrupt(format!("it has no samples within {MAX_CHUNKS} chunks")))
    }

    fn next_chunk(&mut self) -> Result<ChunkHeader> {
        let at = self.input.position();
        let mut bytes = [0; 8];
        if self.input.fill(&mut bytes)? < bytes.len() {
            return Err(self.missing_chunk());
        }
        let [a, b, c, d, ..] = bytes;
        let id = [a, b, c, d];
        // Otherwise zeros or samples would be skipped as chunks, forever in an endless pipe.
        if !id.iter().all(|byte| (b' '..=b'~').contains(byte)) {
            return Err(self.corrupt(format!("there is no chunk at byte {at}")));
        }
        let size = self.fields(&bytes).u32(4);
        Ok(ChunkHeader { id, size })
    }

    fn read_fmt(&mut self, chunk: &ChunkHeader) -> Result<()> {
        if self.fmt.is_some() {
            return Err(self.corrupt("it has two 'fmt ' chunks"));
        }
        let mut bytes = [0; MAX_FMT];
        let read = self.read_front(chunk, &mut bytes)?;
        if read < MIN_FMT {
            return Err(self.corrupt(format!("its 'fmt ' chunk has only {}", count(read, "byte"))));
        }
        let fields = self.fields(&bytes[..read]);
        let fmt = fmt::parse(fields);
        self.block_bytes = fmt::block_bytes(fields, &fmt);
        self.fmt = Some(fmt);
        Ok(())
    }

    /// The lengths of the outermost chunk and of the samples, and the number of frames.
    fn read_ds64(&mut self, chunk: &ChunkHeader) -> Result<()> {
        let mut bytes = [0; 24];
        let read = self.read_front(chunk, &mut bytes)?;
        if read < 16 {
            return Err(self.corrupt(format!("its 'ds64' chunk has only {}", count(read, "byte"))));
        }
        let fields = self.fields(&bytes[..read]);
        (self.data_size, self.sample_count) = (Some(fields.u64(8)), Some(fields.u64(16)));
        Ok(())
    }

    fn read_fact(&mut self, chunk: &ChunkHeader) -> Result<()> {
        let mut bytes = [0; 4];
        if self.read_front(chunk, &mut bytes)? == bytes.len() {
            self.fact = Some(self.fields(&bytes).u32(0));
        }
        Ok(())
    }

    /// Fills `bytes` from the start of a chunk, as far as it goes, and skips the rest of it. Returns the number of
    /// bytes.
    fn read_front(&mut self, chunk: &ChunkHeader, bytes: &mut [u8]) -> Result<usize> {
        let wanted = bytes.len().min(chunk.size as usize);
        let read = self.input.fill(&mut bytes[..wanted])?;
        if read < wanted {
            return Err(self.truncated(chunk));
        }
        self.skip(chunk, read)?;
        Ok(read)
    }

    /// Skips a chunk of which `read` bytes have been read, and the padding byte of an odd one.
    fn skip(&mut self, chunk: &ChunkHeader, read: usize) -> Result<()> {
        let left = u64::from(chunk.size) + u64::from(chunk.size % 2) - read as u64;
        let is_short = self.input.remaining().is_some_and(|bytes| bytes < left);
        if is_short || self.input.skip(left)? < left {
            return Err(self.truncated(chunk));
        }
        Ok(())
    }

    fn data_chunk(&self, data: &ChunkHeader) -> WavDataChunk {
        let size = match self.data_size {
            Some(size) if data.size == ALL_ONES => DataSize::Bits64(size),
            _ => DataSize::Bits32(data.size),
        };
        let fact = match self.fact {
            Some(ALL_ONES) => self.sample_count,
            fact => fact.map(u64::from),
        };
        WavDataChunk {
            order: self.form.order,
            form_start: self.form_start,
            form_size: self.form_size,
            size,
            block_bytes: self.block_bytes,
            fact,
        }
    }

    fn fields<'a>(&self, bytes: &'a [u8]) -> Fields<'a> {
        let order = self.form.order;
        Fields { bytes, order }
    }

    fn missing_chunk(&self) -> Error {
        let id = if self.fmt.is_none() { "fmt " } else { "data" };
        self.corrupt(format!("it ends before its '{id}' chunk"))
    }

    fn truncated(&self, chunk: &ChunkHeader) -> Error {
        let (name, size) = (chunk.name(), count(chunk.size, "byte"));
        self.corrupt(format!("it ends inside its '{name}' chunk of {size}"))
    }

    fn corrupt(&self, why: impl std::fmt::Display) -> Error {
        corrupt(self.input.name(), why)
    }
}
