//! A FLAC file that is valid at every moment.
//!
//! The header has the number and a checksum of the frames, and decoders rely on it. So encoded blocks are held back
//! until the next checkpoint: then "unknown" is written to the header, the blocks are appended, and their totals are
//! written to the header. Whenever the process is killed, the header is correct.

use super::header::{
    HeaderTotals, MAX_FRAMES, RunningTotals, StreamParameters, metadata_blocks, stream_info,
};
use super::level::Level;
use crate::audio::advice::FileAdvice;
use crate::audio::dsp::sample::Unpacker;
use crate::audio::error::{Error, Kind, Result};
use crate::audio::file::errors::full;
use crate::audio::file::options::WriteOptions;
use crate::audio::file::output::{Output, OutputTarget};
use crate::audio::file::writer::ContainerWriter;
use crate::audio::format::{Encoding, Format};
use crate::audio::spec::Spec;
use crate::audio::stream::{FilePlace, Sink, fitting_bytes};
use flac_codec::encode::FlacStreamWriter;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

/// The sample widths that a block can declare.
const WIDTHS: [u32; 6] = [8, 12, 16, 20, 24, 32];

const MAX_CHANNELS: u32 = 8;

/// Maximum bytes of encoded blocks that are held back.
const MAX_HELD: usize = 1 << 20;

/// Creates FLAC sinks.
pub(in crate::audio::file) static FLAC_WRITER: FlacWriter = FlacWriter;

pub(in crate::audio::file) struct FlacWriter;

impl ContainerWriter for FlacWriter {
    fn create(
        &self,
        target: OutputTarget,
        spec: Spec,
        options: &WriteOptions,
    ) -> Result<Box<dyn Sink>> {
        Ok(Box::new(FlacSink::create(target, spec, options)?))
    }

    fn check(&self, spec: Spec, _: &WriteOptions) -> Result<()> {
        EncoderInput::for_spec(spec).map(drop)
    }

    fn max_frames(&self, spec: Spec, options: &WriteOptions) -> Option<u64> {
        let frames = options.max_bytes.map(|bytes| spec.frames_in(bytes).max(1));
        Some(frames.unwrap_or(MAX_FRAMES).min(MAX_FRAMES))
    }

    fn stores_channel_mask(&self, spec: Spec) -> bool {
        (3..=MAX_CHANNELS).contains(&spec.channels)
    }
}

/// Converts samples to the encoder's integers.
#[derive(Clone, Copy)]
pub(super) struct EncoderInput {
    unpacker: Unpacker,
    /// Bits of an integer.
    width: u32,
    /// Bits by which a sample is narrower; it is shifted to the top.
    shift: u32,
}

impl EncoderInput {
    /// `None` unless the samples are integers.
    pub(super) fn new(format: Format) -> Option<EncoderInput> {
        if !matches!(format.encoding(), Encoding::Signed | Encoding::Unsigned) {
            return None;
        }
        let bits = format.bits();
        let width = *WIDTHS.iter().find(|width| **width >= bits)?;
        Some(EncoderInput {
            unpacker: Unpacker::new(format)?,
            width,
            shift: width - bits,
        })
    }

    /// The input for frames of `spec`.
    ///
    /// # Errors
    /// If FLAC cannot hold them.
    pub(super) fn for_spec(spec: Spec) -> Result<EncoderInput> {
        let cannot_hold = |what: &str| Error::new(Kind::Usage, format!("FLAC cannot hold {what}"));
        let Some(input) = EncoderInput::new(spec.format) else {
            return Err(cannot_hold(spec.format.name())
                .with_advice(FileAdvice::FlacFormats)
                .with_advice(FileAdvice::WriteWav));
        };
        if spec.channels > MAX_CHANNELS {
            return Err(cannot_hold(&format!("{} channels", spec.channels))
                .with_advice(FileAdvice::FlacChannels { max: MAX_CHANNELS }));
        }
        if !is_streamable_rate(spec.rate) {
            return Err(cannot_hold(&format!("a rate of {} Hz", spec.rate))
                .with_advice(FileAdvice::FlacRates));
        }
        Ok(input)
    }

    fn integer(&self, sample: &[u8]) -> i32 {
        (self.unpacker.unpack_integer(sample) << self.shift) as i32
    }
}

/// Whether a block can declare the sample rate: the "streamable subset", which all decoders support.
fn is_streamable_rate(rate: u32) -> bool {
    rate < 65_535 || rate.is_multiple_of(10) && rate < 655_350
}

/// An encoded block, and the totals including it.
struct EncodedBlock {
    bytes: Vec<u8>,
    totals: RunningTotals,
}

/// A FLAC file or pipe that takes frames.
pub(super) struct FlacSink {
    output: Output,
    parameters: StreamParameters,
    input: EncoderInput,
    encoder: FlacStreamWriter<EncoderOutput>,
    encoded: EncoderOutput,
    /// The samples of the block that is not full yet.
    pending: Vec<i32>,
    /// Encoded blocks that are not written yet.
    held: Vec<EncodedBlock>,
    held_bytes: usize,
    /// The totals of all blocks.
    totals: RunningTotals,
    /// The totals of the blocks that are written.
    written: RunningTotals,
    /// The totals in the header as last written.
    header: HeaderTotals,
    /// Bytes of the file so far.
    bytes: u64,
    max_frames: Option<u64>,
    /// Whether checkpoints wait for the disk.
    sync: bool,
    /// Whether a block was lost: blocks are numbered, so no other can follow.
    failed: bool,
    finished: bool,
}

/// A buffer shared with the encoder.
#[derive(Clone, Default)]
struct EncoderOutput(Arc<Mutex<Vec<u8>>>);

impl EncoderOutput {
    fn take(&self) -> Vec<u8> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl io::Write for EncoderOutput {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut buffer = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        buffer.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl FlacSink {
    /// Creates the file and writes its header.
    pub(super) fn create(
        target: OutputTarget,
        spec: Spec,
        options: &WriteOptions,
    ) -> Result<FlacSink> {
        let input = EncoderInput::for_spec(spec)?;
        let level = Level::get(options.compression)?;
        let encoder_options = level.options().ok_or_else(|| cannot_encode(spec))?;
        let has_neighbors = target.has_neighbors();
        let output = Output::create(target, options)?;
        let is_rewritable = output.is_rewritable();
        let expected_frames = options.expected_frames.filter(|_| !is_rewritable);
        let encoded = EncoderOutput::default();
        let mut sink = FlacSink {
            parameters: StreamParameters {
                spec,
                width: input.width,
                block: level.block_frames(spec.rate),
            },
            input,
            encoder: FlacStreamWriter::new(encoded.clone(), encoder_options),
            encoded,
            pending: Vec::new(),
            held: Vec::new(),
            held_bytes: 0,
            totals: RunningTotals::new(),
            written: RunningTotals::new(),
            header: HeaderTotals::expected(expected_frames),
            bytes: 0,
            max_frames: FLAC_WRITER
                .max_frames(spec, options)
                .filter(|_| has_neighbors && is_rewritable),
            sync: options.sync,
            failed: false,
            finished: false,
            output,
        };
        let header = metadata_blocks(sink.parameters, sink.header, options);
        let written = sink.append(&header);
        written.inspect_err(|_| sink.output.discard())?;
        Ok(sink)
    }

    /// Appends all of `bytes`, or nothing.
    fn append(&mut self, bytes: &[u8]) -> Result<()> {
        let (written, appended) = self.output.append(bytes);
        match appended {
            Ok(()) => self.bytes += written as u64,
            Err(_) => self.output.truncate(self.bytes)?,
        }
        appended
    }

    /// Samples of a full block.
    fn block_samples(&self) -> usize {
        usize::from(self.parameters.block) * self.parameters.spec.channels as usize
    }

    fn pending_frames(&self) -> u64 {
        self.pending.len() as u64 / u64::from(self.parameters.spec.channels)
    }

    fn push(&mut self, frames: &[u8]) -> Result<()> {
        let mut samples = frames.chunks_exact(self.input.unpacker.bytes());
        while samples.len() > 0 {
            let missing = self.block_samples() - self.pending.len();
            let next = samples.by_ref().take(missing);
            self.pending
                .extend(next.map(|sample| self.input.integer(sample)));
            if self.pending.len() == self.block_samples() {
                self.encode_pending()?;
            }
        }
        Ok(())
    }

    /// Encodes the pending samples as a block.
    fn encode_pending(&mut self) -> Result<()> {
        if self.pending.is_empty() {
            return Ok(());
        }
        let StreamParameters { spec, width, .. } = self.parameters;
        let (rate, channels) = (spec.rate, spec.channels as u8);
        let encoded = self.encoder.write(rate, channels, width, &self.pending);
        encoded.map_err(|_| self.fail(cannot_encode(spec)))?;
        let bytes = self.encoded.take();
        let frames = self.pending_frames();
        self.totals
            .add(frames, bytes.len() as u32, &self.pending, width);
        self.pending.clear();
        self.held_bytes += bytes.len();
        self.held.push(EncodedBlock {
            bytes,
            totals: self.totals.clone(),
        });
        if !self.output.is_rewritable() || self.held_bytes > MAX_HELD {
            self.write_held()?;
        }
        Ok(())
    }

    /// Appends the held blocks and updates the header.
    fn write_held(&mut self) -> Result<()> {
        if self.held.is_empty() {
            return Ok(());
        }
        self.write_header(HeaderTotals::default())?;
        let appended = self.append_held();
        self.sync()?;
        self.write_header(self.written.header())?;
        appended
    }

    /// Appends the held blocks, one at a time. Those that do not fit are lost.
    pub(super) fn append_held(&mut self) -> Result<()> {
        self.held_bytes = 0;
        for block in std::mem::take(&mut self.held) {
            if let Err(error) = self.append(&block.bytes) {
                return Err(self.fail(error));
            }
            self.written = block.totals;
        }
        Ok(())
    }

    fn fail(&mut self, error: Error) -> Error {
        self.failed = true;
        self.pending.clear();
        let last = self.held.last();
        self.totals = last.map_or(&self.written, |block| &block.totals).clone();
        error
    }

    fn sync(&self) -> Result<()> {
        match self.sync {
            true => self.output.sync(),
            false => Ok(()),
        }
    }

    /// Writes the totals to the header if they differ from those in it.
    pub(super) fn write_header(&mut self, totals: HeaderTotals) -> Result<()> {
        if totals == self.header || !self.output.is_rewritable() {
            return Ok(());
        }
        self.output.rewrite(&stream_info(self.parameters, totals))?;
        self.header = totals;
        self.sync()
    }
}

fn cannot_encode(spec: Spec) -> Error {
    Error::new(Kind::Internal, format!("cannot encode {spec} as FLAC"))
}

impl Sink for FlacSink {
    fn spec(&self) -> Spec {
        self.parameters.spec
    }

    fn name(&self) -> &str {
        self.output.name()
    }

    fn write(&mut self, frames: &[u8]) -> Result<()> {
        let spec = self.spec();
        if self.failed || !frames.len().is_multiple_of(spec.frame_bytes()) {
            return Err(cannot_encode(spec));
        }
        let fitting = fitting_bytes(self, frames);
        self.push(&frames[..fitting])?;
        if fitting < frames.len() {
            return Err(full(self.name(), "FLAC"));
        }
        Ok(())
    }

    /// Writes the full blocks only: a shorter one would have to be the last.
    fn checkpoint(&mut self) -> Result<()> {
        self.write_held()
    }

    fn frames(&self) -> u64 {
        self.totals.frames + self.pending_frames()
    }

    fn capacity_left(&self) -> Option<u64> {
        self.max_frames
            .map(|frames| frames.saturating_sub(self.frames()))
    }

    fn discard(&mut self) {
        self.finished = true;
        self.output.discard();
    }

    fn place(&self) -> FilePlace {
        self.output.place()
    }

    fn finish(&mut self) -> Result<()> {
        if self.finished {
            return Ok(());
        }
        self.finished = true;
        let encoded = self.encode_pending();
        let written = encoded.and(self.write_held());
        if written.is_err() {
            // What is still held is lost.
            self.pending.clear();
            self.totals = self.written.clone();
        }
        let completed = self.output.complete();
        written.and(completed)
    }
}
