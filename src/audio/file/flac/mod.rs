//! FLAC, written while it comes: blocks are compressed by flac-codec, the header and what makes a file of them is here.
//!
//! The header tells of the frames that stand behind it and of their checksum, and decoders take it at its word. So
//! blocks are held back until the next checkpoint: then the header says that it knows nothing, the blocks follow, and the
//! header says what is there now. Whenever the program is killed, what it says is true.

use super::WriteOptions;
use super::container::Writer;
use super::output::{Output, OutputTarget};
use crate::audio::advice::FileAdvice;
use crate::audio::error::{Error, Kind, Result};
use crate::audio::format::{ByteOrder, Encoding, Format};
use crate::audio::spec::Spec;
use crate::audio::stream::Sink;
use flac_codec::encode::{FlacStreamWriter, Options};
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

/// What makes sinks of FLAC.
pub(super) static WRITER: Flac = Flac;

/// The hardest compression.
pub const MAX_COMPRESSION: u8 = 8;

/// The compression without a word, as that of `flac`.
const USUAL: u8 = 5;

/// Widths of a sample that every block can tell by itself.
const WIDTHS: [u32; 6] = [8, 12, 16, 20, 24, 32];

const MOST_CHANNELS: u32 = 8;

/// Most frames that the header can tell of: it has 36 bits for them.
const MOST_FRAMES: u64 = (1 << 36) - 1;

/// Blocks last at most the so many-th part of a second: what is in a block that is not full is lost when the program is
/// killed.
const BLOCKS_A_SECOND: u32 = 6;

/// Most bytes that are held back.
const MOST_HELD: usize = 1 << 20;

/// Room for who writes tags later.
const PADDING: usize = 1024;

/// One row: how hard a compression works.
struct Level {
    block: u16,
    /// ByteOrder of the prediction; 0 is the fixed kind.
    order: u8,
    partitions: u32,
    stereo: Stereo,
}

/// What is made of two channels.
#[derive(Clone, Copy, PartialEq)]
enum Stereo {
    Apart,
    Guessed,
    Tried,
}

macro_rules! levels {
    ($($block:literal $order:literal $partitions:literal $stereo:ident;)*) => {
        const LEVELS: [Level; MAX_COMPRESSION as usize + 1] = [$(Level {
            block: $block,
            order: $order,
            partitions: $partitions,
            stereo: Stereo::$stereo,
        }),*];
    };
}

// As far as flac-codec can what the levels of `flac` do. Beyond 2^6 partitions it panics.
levels! {
    1152  0 3 Apart;
    1152  0 3 Guessed;
    1152  0 3 Tried;
    4096  6 4 Apart;
    4096  8 4 Guessed;
    4096  8 5 Tried;
    4096  8 6 Tried;
    4096 10 6 Tried;
    4096 12 6 Tried;
}

impl Level {
    fn options(&self) -> Option<Options> {
        let order = (self.order > 0).then_some(self.order);
        let options = Options::default()
            .mid_side(self.stereo != Stereo::Apart)
            .fast_channel_correlation(self.stereo != Stereo::Tried);
        options
            .max_partition_order(self.partitions)
            .and_then(|options| options.max_lpc_order(order))
            .ok()
    }

    /// Frames in a block.
    fn block(&self, rate: u32) -> u16 {
        let mut block = self.block;
        while block > 16 && u32::from(block) * BLOCKS_A_SECOND > rate {
            block = (block / 2).max(16);
        }
        block
    }
}

/// FLAC as a row of the container table has it.
pub(super) struct Flac;

impl Writer for Flac {
    fn create(
        &self,
        target: OutputTarget,
        spec: Spec,
        options: &WriteOptions,
    ) -> Result<Box<dyn Sink>> {
        Ok(Box::new(FlacSink::create(target, spec, options)?))
    }

    fn max_frames(&self, spec: Spec, options: &WriteOptions) -> Option<u64> {
        let asked = options.max_bytes.map(|bytes| spec.frames_in(bytes).max(1));
        Some(asked.unwrap_or(MOST_FRAMES).min(MOST_FRAMES))
    }

    fn stores_channel_mask(&self, spec: Spec) -> bool {
        (3..=MOST_CHANNELS).contains(&spec.channels)
    }
}

/// How samples become numbers.
#[derive(Clone, Copy)]
struct Samples {
    bytes: usize,
    bits: u32,
    /// Bits of the number. A narrower sample stands at its high end.
    width: u32,
    big: bool,
    unsigned: bool,
}

impl Samples {
    /// `None` for what are no integers.
    fn of(format: Format) -> Option<Samples> {
        let unsigned = match format.encoding() {
            Encoding::Signed => false,
            Encoding::Unsigned => true,
            _ => return None,
        };
        let bits = format.bits();
        Some(Samples {
            bytes: format.physical_bits() as usize / 8,
            bits,
            width: *WIDTHS.iter().find(|width| **width >= bits)?,
            big: format.byte_order() == ByteOrder::Big,
            unsigned,
        })
    }

    fn number(&self, bytes: &[u8]) -> i32 {
        let mut word = [0; 4];
        word[..self.bytes].copy_from_slice(bytes);
        if self.big {
            word[..self.bytes].reverse();
        }
        // What stands above the bits of a sample falls off.
        let at_top = u32::from_le_bytes(word) << (32 - self.bits);
        let signed = if self.unsigned {
            at_top ^ (1 << 31)
        } else {
            at_top
        };
        (signed as i32) >> (32 - self.width)
    }
}

/// What the header says that is not known at first.
#[derive(Clone, Copy, Default, PartialEq)]
struct Told {
    /// 0 is: not known.
    frames: u64,
    /// Bytes of the smallest and the largest block.
    smallest: u32,
    largest: u32,
    /// Zeros are: not known.
    checksum: [u8; 16],
}

/// All that can be told of the blocks up to one of them.
#[derive(Clone)]
struct Known {
    frames: u64,
    smallest: u32,
    largest: u32,
    checksum: md5::Context,
}

impl Known {
    fn new() -> Known {
        Known {
            frames: 0,
            smallest: u32::MAX,
            largest: 0,
            checksum: md5::Context::new(),
        }
    }

    /// Takes note of a block of `frames` frames and `size` bytes; `plain` are its samples as they are summed up.
    fn add(&mut self, frames: u64, size: u32, plain: &[u8]) {
        self.frames += frames;
        self.smallest = self.smallest.min(size);
        self.largest = self.largest.max(size);
        self.checksum.consume(plain);
    }

    fn told(&self) -> Told {
        match self.frames {
            0 => Told::default(),
            frames if frames > MOST_FRAMES => Told::default(),
            frames => Told {
                frames,
                smallest: self.smallest,
                largest: self.largest,
                checksum: self.checksum.clone().finalize().0,
            },
        }
    }
}

/// A block that is not written yet, and what can be told once it is.
struct Block {
    bytes: Vec<u8>,
    known: Known,
}

/// A file or pipe of FLAC that takes frames.
struct FlacSink {
    output: Output,
    spec: Spec,
    samples: Samples,
    encoder: FlacStreamWriter<Encoded>,
    /// Where the encoder puts a block.
    encoded: Encoded,
    /// Frames in a block.
    block: u16,
    /// The numbers of the block that is not full yet.
    pending: Vec<i32>,
    /// Blocks that are full and not written yet, and their bytes in all.
    held: Vec<Block>,
    held_bytes: usize,
    /// What can be told of all blocks, and of those that are written.
    made: Known,
    written: Known,
    /// What the header says now.
    told: Told,
    /// Bytes that are written.
    bytes: u64,
    most: Option<u64>,
    sync: bool,
    /// Whether a block was lost: no other may follow.
    failed: bool,
    finished: bool,
}

/// Bytes that the encoder gives and its owner takes.
#[derive(Clone, Default)]
struct Encoded(Arc<Mutex<Vec<u8>>>);

impl Encoded {
    fn take(&self) -> Vec<u8> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl io::Write for Encoded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        held.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl FlacSink {
    fn create(target: OutputTarget, spec: Spec, options: &WriteOptions) -> Result<FlacSink> {
        let samples = checked(spec)?;
        let level = level(options)?;
        let encoder_options = level.options().ok_or_else(|| internal(&spec))?;
        let limited = matches!(target, OutputTarget::Path(_));
        let output = Output::create(target, options)?;
        let encoded = Encoded::default();
        let mut sink = FlacSink {
            encoder: FlacStreamWriter::new(encoded.clone(), encoder_options),
            encoded,
            block: level.block(spec.rate),
            pending: Vec::new(),
            held: Vec::new(),
            held_bytes: 0,
            made: Known::new(),
            written: Known::new(),
            told: Told::default(),
            bytes: 0,
            most: WRITER
                .max_frames(spec, options)
                .filter(|_| limited && output.is_rewritable()),
            sync: options.sync,
            failed: false,
            finished: false,
            output,
            spec,
            samples,
        };
        if !sink.output.is_rewritable() {
            let expected = options.expected_frames.unwrap_or(0);
            sink.told.frames = if expected > MOST_FRAMES { 0 } else { expected };
        }
        let header = [
            sink.streaminfo(sink.told),
            comments(spec, options),
            padding(),
        ]
        .concat();
        let written = sink.append(&header);
        written.inspect_err(|_| sink.output.discard())?;
        Ok(sink)
    }

    /// The beginning of the file: its mark, and what the blocks have in common.
    fn streaminfo(&self, told: Told) -> Vec<u8> {
        let spec = self.spec;
        let numbers = u64::from(spec.rate) << 44
            | u64::from(spec.channels - 1) << 41
            | u64::from(self.samples.width - 1) << 36
            | told.frames;
        [
            b"fLaC".as_slice(),
            &[0, 0, 0, 34],
            &self.block.to_be_bytes(),
            &self.block.to_be_bytes(),
            &told.smallest.to_be_bytes()[1..],
            &told.largest.to_be_bytes()[1..],
            &numbers.to_be_bytes(),
            &told.checksum,
        ]
        .concat()
    }

    /// Appends all of `bytes`, or nothing.
    fn append(&mut self, bytes: &[u8]) -> Result<()> {
        let (written, appended) = self.output.append(bytes);
        match appended {
            Ok(()) => self.bytes += written as u64,
            Err(_) => self.output.cut(self.bytes)?,
        }
        appended
    }

    fn block_samples(&self) -> usize {
        usize::from(self.block) * self.spec.channels as usize
    }

    /// Compresses what is pending.
    fn make_block(&mut self) -> Result<()> {
        if self.pending.is_empty() {
            return Ok(());
        }
        let (spec, width) = (self.spec, self.samples.width);
        let made = self
            .encoder
            .write(spec.rate, spec.channels as u8, width, &self.pending);
        made.map_err(|_| self.fail(internal(&spec)))?;
        let bytes = self.encoded.take();
        let frames = self.pending_frames();
        self.made
            .add(frames, bytes.len() as u32, &plain(&self.pending, width));
        self.pending.clear();
        self.held_bytes += bytes.len();
        self.held.push(Block {
            bytes,
            known: self.made.clone(),
        });
        // A pipe waits for them, and memory is not for all there may be.
        if !self.output.is_rewritable() || self.held_bytes > MOST_HELD {
            self.write_held()?;
        }
        Ok(())
    }

    fn pending_frames(&self) -> u64 {
        self.pending.len() as u64 / u64::from(self.spec.channels)
    }

    /// Writes what is held back, and has the header tell of it.
    fn write_held(&mut self) -> Result<()> {
        if self.held.is_empty() {
            return Ok(());
        }
        self.tell(Told::default())?;
        let appended = self.append_held();
        self.synchronise()?;
        self.tell(self.written.told())?;
        appended
    }

    /// Appends what is held back, block by block. Those that do not fit are gone.
    fn append_held(&mut self) -> Result<()> {
        self.held_bytes = 0;
        for block in std::mem::take(&mut self.held) {
            if let Err(error) = self.append(&block.bytes) {
                return Err(self.fail(error));
            }
            self.written = block.known;
        }
        Ok(())
    }

    /// Nothing more can follow: blocks are numbered.
    fn fail(&mut self, error: Error) -> Error {
        self.failed = true;
        self.pending.clear();
        let last = self.held.last().map_or(&self.written, |block| &block.known);
        self.made = last.clone();
        error
    }

    fn synchronise(&self) -> Result<()> {
        match self.sync {
            true => self.output.sync(),
            false => Ok(()),
        }
    }

    /// Writes the header, unless it says so already.
    fn tell(&mut self, told: Told) -> Result<()> {
        if told == self.told || !self.output.is_rewritable() {
            return Ok(());
        }
        self.output.rewrite(&self.streaminfo(told))?;
        self.told = told;
        self.synchronise()
    }

    fn take(&mut self, frames: &[u8]) -> Result<()> {
        let mut samples = frames.chunks_exact(self.samples.bytes);
        while samples.len() > 0 {
            let room = self.block_samples() - self.pending.len();
            let numbers = samples.by_ref().take(room);
            self.pending
                .extend(numbers.map(|sample| self.samples.number(sample)));
            if self.pending.len() == self.block_samples() {
                self.make_block()?;
            }
        }
        Ok(())
    }

    fn full(&self) -> Error {
        let message = format!("'{}' is full: a FLAC file holds no more", self.name());
        Error::new(Kind::NoSpace, message).with_file(self.name())
    }
}

/// Samples of `width` bits as the checksum is made of them.
fn plain(numbers: &[i32], width: u32) -> Vec<u8> {
    let bytes = width.div_ceil(8) as usize;
    let bytes = |number: &i32| number.to_le_bytes().into_iter().take(bytes);
    numbers.iter().flat_map(bytes).collect()
}

/// How samples of `spec` are stored, if they can be.
fn checked(spec: Spec) -> Result<Samples> {
    let Some(samples) = Samples::of(spec.format) else {
        let error = Error::new(Kind::Usage, format!("FLAC cannot hold {}", spec.format));
        return Err(error
            .with_advice(FileAdvice::FlacFormats)
            .with_advice(FileAdvice::WriteWav));
    };
    if spec.channels > MOST_CHANNELS {
        let channels = spec.channels;
        let error = Error::new(Kind::Usage, format!("FLAC cannot hold {channels} channels"));
        return Err(error.with_advice(FileAdvice::FlacChannels { max: MOST_CHANNELS }));
    }
    if !is_subset_rate(spec.rate) {
        let rate = spec.rate;
        let error = Error::new(Kind::Usage, format!("FLAC cannot hold a rate of {rate} Hz"));
        return Err(error.with_advice(FileAdvice::FlacRates));
    }
    Ok(samples)
}

/// Whether a block can tell the rate by itself.
fn is_subset_rate(rate: u32) -> bool {
    rate < 65_535 || rate.is_multiple_of(10) && rate < 655_350
}

fn level(options: &WriteOptions) -> Result<&'static Level> {
    let level = options.compression.unwrap_or(USUAL);
    LEVELS.get(usize::from(level)).ok_or_else(|| {
        let message =
            format!("there is no compression {level}: it goes from 0 to {MAX_COMPRESSION}");
        Error::new(Kind::Usage, message)
    })
}

/// What is known of the sound, as the block of comments that Vorbis has, too.
fn comments(spec: Spec, options: &WriteOptions) -> Vec<u8> {
    let mut lines =
        vec![concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION")).to_owned()];
    for (name, text) in options.tags.iter() {
        lines.push(format!("{}={text}", name.to_ascii_uppercase()));
    }
    if let Some(mask) = options.channel_mask.filter(|_| spec.channels > 2) {
        lines.push(format!("WAVEFORMATEXTENSIBLE_CHANNEL_MASK=0x{mask:04X}"));
    }
    let mut content = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        content.extend((line.len() as u32).to_le_bytes());
        content.extend(line.as_bytes());
        if at == 0 {
            // The first is who wrote it; the number of the others follows.
            content.extend((lines.len() as u32 - 1).to_le_bytes());
        }
    }
    metadata(4, &content)
}

/// The last block of the header.
fn padding() -> Vec<u8> {
    metadata(0x81, &[0; PADDING])
}

fn metadata(kind: u8, content: &[u8]) -> Vec<u8> {
    let length = (content.len() as u32).to_be_bytes();
    [&[kind], &length[1..], content].concat()
}

fn internal(spec: &Spec) -> Error {
    Error::new(Kind::Internal, format!("FLAC could not be made of {spec}"))
}

impl Sink for FlacSink {
    fn spec(&self) -> Spec {
        self.spec
    }

    fn name(&self) -> &str {
        self.output.name()
    }

    fn write(&mut self, frames: &[u8]) -> Result<()> {
        if self.failed || !frames.len().is_multiple_of(self.spec.frame_bytes()) {
            return Err(internal(&self.spec));
        }
        let room = self
            .capacity_left()
            .map_or(u64::MAX, |room| self.spec.bytes(room));
        let fitting = room.min(frames.len() as u64) as usize;
        self.take(&frames[..fitting])?;
        if fitting < frames.len() {
            return Err(self.full());
        }
        Ok(())
    }

    /// Writes the blocks that are full: one that ends early would have to be the last.
    fn checkpoint(&mut self) -> Result<()> {
        self.write_held()
    }

    fn frames(&self) -> u64 {
        self.made.frames + self.pending_frames()
    }

    fn capacity_left(&self) -> Option<u64> {
        self.most.map(|most| most.saturating_sub(self.frames()))
    }

    fn finish(&mut self) -> Result<()> {
        if self.finished {
            return Ok(());
        }
        self.finished = true;
        let made = self.make_block();
        let written = self.write_held();
        self.output.complete()?;
        made.and(written)
    }
}

#[cfg(test)]
mod tests;
