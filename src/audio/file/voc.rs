//! Creative VOC: blocks of samples, silence and text, some of them repeated.
//!
//! Each block of samples has its own format. The source has the spec of the first one; a block of another spec ends it
//! with an error. Blocks of silence have their own rate and are converted by duration.

use super::errors::{corrupt, no_audio, unknown_codec, unsupported_codec};
use super::fields::{Fields, check_channels_and_rate, decode_text};
use super::input::Input;
use super::options::ReadOptions;
use super::pcm_reader::{ByteStream, DataLength, PcmReader};
use super::pcm_writer::{HeaderInfo, HeaderLength, PcmContainer};
use crate::audio::error::{Error, Result};
use crate::audio::format::Format;
use crate::audio::metadata::Tags;
use crate::audio::spec::Spec;
use crate::audio::spelling::count;
use crate::audio::stream::Source;

/// The number, bits per sample and format of each codec.
const CODECS: &[(u16, u32, Format)] = &[
    (0, 8, Format::U8),
    (4, 16, Format::S16_LE),
    (6, 8, Format::A_LAW),
    (7, 8, Format::MU_LAW),
];

/// How a VOC is written: in one block, whose length has 24 bits.
pub(super) const VOC: PcmContainer = PcmContainer {
    title: "VOC",
    formats: &[Format::U8, Format::S16_LE, Format::A_LAW, Format::MU_LAW],
    header,
    padding: 1,
    ending: &[block::TERMINATOR],
    max_bytes: MAX_BLOCK - 12,
    tags: None,
    stores_channel_mask: |_| false,
};

/// The longest block, which stands for an unknown length, too.
const MAX_BLOCK: u64 = 0xff_ffff;

/// Bytes of samples that arecord declares before it knows how many there are: as many as it writes to a file.
const ARECORD_LENGTH: u64 = 16_000_000;

/// Compressed codecs, for messages.
const COMPRESSED: &[(u16, &str)] = &[
    (1, "Creative ADPCM of 4 bits"),
    (2, "Creative ADPCM of 2.6 bits"),
    (3, "Creative ADPCM of 2 bits"),
    (0x200, "Creative ADPCM of 16 bits"),
];

/// Block types.
mod block {
    pub(super) const TERMINATOR: u8 = 0;
    pub(super) const SOUND: u8 = 1;
    pub(super) const SOUND_CONTINUED: u8 = 2;
    pub(super) const SILENCE: u8 = 3;
    pub(super) const TEXT: u8 = 5;
    pub(super) const REPEAT_START: u8 = 6;
    pub(super) const REPEAT_END: u8 = 7;
    pub(super) const EXTENDED: u8 = 8;
    pub(super) const NEW_SOUND: u8 = 9;
}

/// Bytes of the smallest file header.
const HEADER: u16 = 26;

/// The version (1.10) that is enough for blocks of other types.
const OLD_VERSION: u16 = 0x10a;

/// The first version of the format (1.20) that has blocks of type 9.
const FIRST_WITH_NEW_SOUND: u16 = 0x114;

/// SoX 14.4.2 counts this many bytes too few in the length of a type 9 block when it updates it at the end (not
/// reported upstream).
const SOX_UNCOUNTED: u64 = 8;

/// The repeat count that means "forever".
const FOREVER: u16 = u16::MAX;

/// Maximum bytes of a text block, and maximum number of text blocks, that are read.
const MAX_TEXT: u64 = 64 << 10;
const MAX_TEXTS: usize = 16;

/// Maximum number of blocks that are read to know the length in advance.
const MAX_MEASURED_BLOCKS: usize = 4096;

/// Maximum bytes between repeat marks: they are held in memory.
const MAX_REPEATED: usize = 16 << 20;

/// The samples of all blocks as one stream.
struct VocBlocks {
    input: Input,
    spec: Option<Spec>,
    /// The spec in an extended block, which applies to the next block of samples.
    extended: Option<Spec>,
    /// Bytes left in the current block of samples.
    unread: u64,
    /// Whether the length of the current block was not known when it was written, so that the input may end inside it.
    is_streamed: bool,
    /// Whether the current block may be short by [`SOX_UNCOUNTED`]: SoX writes type 9 blocks with a version that has
    /// none.
    is_sox: bool,
    /// Bytes of silence left.
    silence: u64,
    /// Seconds of silence before the first samples.
    initial_silence: f64,
    /// The samples since the start of a repeated section.
    recording: Option<RepeatedSection>,
    /// The section that is being repeated.
    repeat: Option<Repeat>,
    /// Bytes of the current frame returned so far.
    frame_offset: usize,
    /// Text blocks before the first samples.
    comments: Vec<(&'static str, String)>,
    ended: bool,
}

/// A section between repeat marks.
struct RepeatedSection {
    bytes: Vec<u8>,
    /// The number of bytes, which are not kept while the length of a file is measured.
    length: u64,
    /// How many more times it is played.
    repeats: u16,
}

/// A section being played again.
struct Repeat {
    bytes: Vec<u8>,
    offset: usize,
    repeats: u16,
}

/// The header of a file and of its block. Blocks of type 1 have only a time constant for the rate: they are written if
/// that is exact.
fn header(info: &HeaderInfo, length: HeaderLength) -> Vec<u8> {
    let Spec {
        format,
        rate,
        channels,
    } = info.spec;
    let is_exact = 1_000_000_u32.is_multiple_of(rate) && rate >= 3907;
    let is_plain = format == Format::U8 && channels <= 2 && is_exact;
    let version = if is_plain {
        OLD_VERSION
    } else {
        FIRST_WITH_NEW_SOUND
    };
    let mut header = b"Creative Voice File\x1a".to_vec();
    for number in [HEADER, version, (!version).wrapping_add(0x1234)] {
        header.extend(number.to_le_bytes());
    }
    let content = if is_plain { 2 } else { 12 };
    let size = match length {
        HeaderLength::Bytes(bytes) => content + bytes,
        HeaderLength::Unknown => MAX_BLOCK,
    };
    let size = &(size as u32).to_le_bytes()[..3];
    if !is_plain {
        let codec = CODECS.iter().find(|row| row.2 == format);
        let codec = codec.map_or(0, |row| row.0);
        header.push(block::NEW_SOUND);
        header.extend(size);
        header.extend(rate.to_le_bytes());
        header.extend([format.bits() as u8, channels as u8]);
        header.extend(codec.to_le_bytes());
        header.extend([0; 4]);
        return header;
    }
    if channels == 2 {
        let time_constant = (65_536 - 256_000_000 / (2 * rate)) as u16;
        header.extend([block::EXTENDED, 4, 0, 0]);
        header.extend(time_constant.to_le_bytes());
        header.extend([0, 1]);
    }
    header.push(block::SOUND);
    header.extend(size);
    header.extend([(256 - 1_000_000 / rate) as u8, 0]);
    header
}

/// Opens a VOC. Reads up to the first samples.
pub(super) fn open(mut input: Input, _: &ReadOptions) -> Result<Box<dyn Source>> {
    let mut bytes = [0; HEADER as usize];
    let read = input.fill(&mut bytes)?;
    let fields = Fields::little_endian(&bytes);
    let start = fields.u16(20);
    let rest = u64::from(start.saturating_sub(HEADER));
    if read < bytes.len() || start < HEADER || input.skip(rest)? < rest {
        return Err(corrupt(input.name(), "its header is incomplete"));
    }
    let is_old = fields.u16(22) < FIRST_WITH_NEW_SOUND;
    let is_file = input.size().is_some();
    let first_block = input.position();
    let (mut blocks, spec) = first_sound(input, is_old)?;
    let mut length = None;
    if is_file {
        // Playing reports what is wrong with the blocks.
        length = blocks.measure().unwrap_or(None);
        blocks.input.go_back(first_block)?;
        (blocks, _) = first_sound(blocks.input, is_old)?;
    }
    let tags = Tags::from_iter(std::mem::take(&mut blocks.comments));
    let length = length.map_or(DataLength::Unknown, DataLength::Derived);
    let reader = PcmReader::new(blocks, spec, length).until_end();
    Ok(Box::new(reader.with_metadata(tags.into())))
}

/// Reads blocks up to the first samples.
fn first_sound(input: Input, is_old: bool) -> Result<(VocBlocks, Spec)> {
    let mut blocks = VocBlocks::new(input);
    let Some(spec) = blocks.first_spec()? else {
        return Err(no_audio(blocks.name()));
    };
    blocks.is_sox &= is_old;
    Ok((blocks, spec))
}

impl VocBlocks {
    fn new(input: Input) -> VocBlocks {
        VocBlocks {
            input,
            spec: None,
            extended: None,
            unread: 0,
            is_streamed: false,
            is_sox: false,
            silence: 0,
            initial_silence: 0.0,
            recording: None,
            repeat: None,
            frame_offset: 0,
            comments: Vec::new(),
            ended: false,
        }
    }

    /// Reads up to the first block of samples and returns its spec.
    fn first_spec(&mut self) -> Result<Option<Spec>> {
        while self.spec.is_none() && !self.ended {
            self.next_block()?;
        }
        if let Some(spec) = self.spec {
            self.silence = silence_bytes(spec, self.initial_silence);
        }
        Ok(self.spec)
    }

    /// The bytes of all blocks from the current one on, silence and repeats included, without reading the samples; `None` if
    /// they repeat forever or are too many. Consumes the blocks.
    fn measure(&mut self) -> Result<Option<u64>> {
        let mut total = 0_u64;
        for _ in 0..MAX_MEASURED_BLOCKS {
            let bytes = self.skip_samples()? + std::mem::take(&mut self.silence);
            let frame = self.spec.map_or(1, |spec| spec.frame_bytes());
            self.frame_offset = (self.frame_offset + bytes as usize) % frame;
            total = total.saturating_add(bytes);
            if self.ended {
                return Ok(Some(total));
            }
            let section = self.recording.as_mut().map_or(0, |section| {
                section.length += bytes;
                section.length
            });
            self.next_block()?;
            match self.repeat.take() {
                Some(repeat) if repeat.repeats == FOREVER => return Ok(None),
                Some(repeat) => {
                    total = total.saturating_add(section.saturating_mul(repeat.repeats.into()));
                }
                None => {}
            }
        }
        Ok(None)
    }

    /// Skips the rest of the current block; returns its bytes.
    fn skip_samples(&mut self) -> Result<u64> {
        let unread = std::mem::take(&mut self.unread);
        match self.input.skip(unread)? {
            skipped if skipped < unread && !self.is_streamed => {
                Err(self.corrupt("it ends inside a block"))
            }
            skipped => Ok(skipped),
        }
    }

    /// Starts the next block.
    fn next_block(&mut self) -> Result<()> {
        if self.is_short_sox_block()? {
            self.unread = SOX_UNCOUNTED;
            return Ok(());
        }
        let at = self.input.position();
        let mut header = [0; 4];
        let read = self.input.fill(&mut header[..1])?;
        if read == 0 || header[0] == block::TERMINATOR {
            self.ended = true;
            return Ok(());
        }
        if self.input.fill(&mut header[1..])? < 3 {
            return Err(self.corrupt(format!("it ends inside the block header at byte {at}")));
        }
        let size = u32::from_le_bytes([header[1], header[2], header[3], 0]).into();
        self.start_block(header[0], size)
    }

    fn start_block(&mut self, kind: u8, size: u64) -> Result<()> {
        match kind {
            block::SOUND => self.start_sound(size),
            block::SOUND_CONTINUED if self.spec.is_some() => self.start_samples(size),
            block::SOUND_CONTINUED => Err(self.corrupt("it continues a block that does not exist")),
            block::SILENCE => self.start_silence(size),
            block::TEXT if self.spec.is_none() => self.read_text(size),
            block::REPEAT_START => self.start_repeated_section(size),
            block::REPEAT_END => self.end_repeated_section(size),
            block::EXTENDED => self.read_extended(size),
            block::NEW_SOUND => self.start_new_sound(size),
            // Markers, later texts, unknown types.
            _ => self.skip_bytes(size),
        }
    }

    /// Whether only the bytes that SoX did not count and the terminator follow.
    fn is_short_sox_block(&mut self) -> Result<bool> {
        if !std::mem::take(&mut self.is_sox) {
            return Ok(false);
        }
        let rest = self.input.peek(SOX_UNCOUNTED as usize + 2)?;
        Ok(rest.len() as u64 == SOX_UNCOUNTED + 1 && rest.ends_with(&[block::TERMINATOR]))
    }

    /// Reads the `N` bytes of fields at the start of a block of `size` bytes.
    fn read_fields<const N: usize>(&mut self, size: u64) -> Result<[u8; N]> {
        let mut bytes = [0; N];
        if size < N as u64 {
            let size = count(size, "byte");
            return Err(self.corrupt(format!("it has a block of only {size}")));
        }
        if self.input.fill(&mut bytes)? < N {
            return Err(self.corrupt("it ends inside a block"));
        }
        Ok(bytes)
    }

    fn skip_bytes(&mut self, bytes: u64) -> Result<()> {
        if self.input.skip(bytes)? < bytes {
            return Err(self.corrupt("it ends inside a block"));
        }
        Ok(())
    }

    /// A block of mono samples (type 1), whose rate is `1000000 / (256 - time)`.
    fn start_sound(&mut self, size: u64) -> Result<()> {
        let [time, codec] = self.read_fields(size)?;
        let spec = match self.extended.take() {
            Some(spec) => spec,
            None => {
                let rate = divide_rounded(1_000_000, 256 - u32::from(time));
                self.spec_of(codec.into(), None, 1, rate)?
            }
        };
        self.set_spec(spec)?;
        self.start_sound_samples(size, 2)
    }

    /// An extended block (type 8) overrides the fields of the next type 1 block. Its rate is
    /// `256000000 / (channels * (65536 - time))`.
    fn read_extended(&mut self, size: u64) -> Result<()> {
        let bytes: [u8; 4] = self.read_fields(size)?;
        self.skip_bytes(size - 4)?;
        let channels = u32::from(bytes[3]) + 1;
        let time = 65_536 - u32::from(Fields::little_endian(&bytes).u16(0));
        let rate = divide_rounded(256_000_000, time * channels);
        let spec = self.spec_of(bytes[2].into(), None, channels, rate)?;
        self.extended = Some(spec);
        Ok(())
    }

    /// A block of samples with explicit rate, bits and channels (type 9).
    fn start_new_sound(&mut self, size: u64) -> Result<()> {
        let bytes: [u8; 12] = self.read_fields(size)?;
        let fields = Fields::little_endian(&bytes);
        let bits = Some(bytes[4].into());
        let spec = self.spec_of(fields.u16(6), bits, bytes[5].into(), fields.u32(0))?;
        self.set_spec(spec)?;
        self.is_sox = true;
        self.start_sound_samples(size, 12)
    }

    /// The spec for the fields of a block; `bits` per sample are checked if given.
    fn spec_of(&self, codec: u16, bits: Option<u32>, channels: u32, rate: u32) -> Result<Spec> {
        let found = || -> std::result::Result<Spec, String> {
            let (channels, rate) = check_channels_and_rate(channels, rate)?;
            let row = CODECS.iter().find(|row| row.0 == codec);
            let (_, codec_bits, format) = *row.ok_or_else(|| unsupported(codec))?;
            if let Some(bits) = bits.filter(|bits| *bits != codec_bits) {
                return Err(format!(
                    "is corrupt: codec {codec} with samples of {}",
                    count(bits, "bit")
                ));
            }
            Spec::new(format, rate, channels).map_err(|error| format!("is corrupt: {error}"))
        };
        found().map_err(|why| Error::invalid(self.input.name(), why))
    }

    /// Checks that the spec of a new block is the same as before.
    fn set_spec(&mut self, spec: Spec) -> Result<()> {
        let known = *self.spec.get_or_insert(spec);
        if known != spec {
            let at = self.input.position();
            let why =
                format!("changes at byte {at} from {known} to {spec}, which is not supported");
            return Err(Error::invalid(self.input.name(), why));
        }
        self.check_frame_boundary()
    }

    fn check_frame_boundary(&self) -> Result<()> {
        match self.frame_offset {
            0 => Ok(()),
            _ => Err(self.corrupt("one of its blocks ends in the middle of a frame")),
        }
    }

    /// The samples of a block of `size` bytes, after `fields` bytes. The longest block continues to the end of the input.
    fn start_sound_samples(&mut self, size: u64, fields: u64) -> Result<()> {
        let samples = match size {
            MAX_BLOCK => u64::MAX,
            size => size - fields,
        };
        self.start_samples(samples)?;
        self.is_streamed = [ARECORD_LENGTH, u64::MAX].contains(&samples);
        Ok(())
    }

    fn start_samples(&mut self, size: u64) -> Result<()> {
        self.unread = size;
        self.is_streamed = false;
        Ok(())
    }

    fn read_text(&mut self, size: u64) -> Result<()> {
        let mut bytes = vec![0; size.min(MAX_TEXT) as usize];
        let read = self.input.fill(&mut bytes)? as u64;
        self.comments.push(("comment", decode_text(&bytes)));
        self.comments.truncate(MAX_TEXTS);
        self.skip_bytes(size - read)
    }

    fn start_silence(&mut self, size: u64) -> Result<()> {
        let bytes: [u8; 3] = self.read_fields(size)?;
        self.skip_bytes(size - 3)?;
        self.check_frame_boundary()?;
        let length = f64::from(Fields::little_endian(&bytes).u16(0)) + 1.0;
        let seconds = length * f64::from(256 - u32::from(bytes[2])) / 1e6;
        match self.spec {
            Some(spec) => self.silence = silence_bytes(spec, seconds),
            None => self.initial_silence += seconds,
        }
        Ok(())
    }

    fn start_repeated_section(&mut self, size: u64) -> Result<()> {
        let bytes: [u8; 2] = self.read_fields(size)?;
        self.skip_bytes(size - 2)?;
        self.recording = Some(RepeatedSection {
            bytes: Vec::new(),
            length: 0,
            repeats: Fields::little_endian(&bytes).u16(0),
        });
        Ok(())
    }

    fn end_repeated_section(&mut self, size: u64) -> Result<()> {
        self.skip_bytes(size)?;
        let section = self.recording.take();
        // Repeating an empty section forever would not terminate.
        self.repeat = section
            .filter(|section| section.length > 0 && section.repeats > 0)
            .map(|RepeatedSection { bytes, repeats, .. }| Repeat {
                bytes,
                repeats,
                offset: 0,
            });
        match self.repeat {
            Some(_) => self.check_frame_boundary(),
            None => Ok(()),
        }
    }

    /// Reads from the current block; 0 at its end.
    fn read_block(&mut self, buffer: &mut [u8]) -> Result<usize> {
        if self.repeat.is_some() {
            Ok(self.read_repeat(buffer))
        } else if self.silence > 0 {
            Ok(self.read_silence(buffer))
        } else if self.unread > 0 {
            self.read_samples(buffer)
        } else {
            Ok(0)
        }
    }

    fn read_repeat(&mut self, buffer: &mut [u8]) -> usize {
        let Some(repeat) = &mut self.repeat else {
            return 0;
        };
        let rest = &repeat.bytes[repeat.offset..];
        let bytes = rest.len().min(buffer.len());
        buffer[..bytes].copy_from_slice(&rest[..bytes]);
        repeat.offset += bytes;
        if repeat.offset == repeat.bytes.len() {
            repeat.offset = 0;
            repeat.repeats -= u16::from(repeat.repeats != FOREVER);
        }
        if repeat.repeats == 0 {
            self.repeat = None;
        }
        bytes
    }

    fn read_silence(&mut self, buffer: &mut [u8]) -> usize {
        let Some(spec) = self.spec else {
            return 0;
        };
        let bytes = self.silence.min(buffer.len() as u64) as usize;
        spec.format
            .fill_silence(&mut buffer[..bytes], self.frame_offset);
        self.silence -= bytes as u64;
        bytes
    }

    fn read_samples(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let wanted = self.unread.min(buffer.len() as u64) as usize;
        let bytes = self.input.read(&mut buffer[..wanted])?;
        if bytes == 0 && self.is_streamed {
            self.unread = 0;
        } else if bytes == 0 {
            let missing = count(self.unread, "byte");
            let why = format!("is truncated: its last block lacks {missing}");
            return Err(Error::invalid(self.input.name(), why));
        }
        self.unread -= bytes as u64;
        Ok(bytes)
    }

    /// Stores bytes that will be repeated.
    fn record(&mut self, bytes: &[u8]) -> Result<()> {
        let Some(section) = &mut self.recording else {
            return Ok(());
        };
        if section.bytes.len() + bytes.len() > MAX_REPEATED {
            let limit = MAX_REPEATED >> 20;
            let why = format!("repeats a section of more than {limit} MiB, which is not supported");
            return Err(Error::invalid(self.input.name(), why));
        }
        section.bytes.extend_from_slice(bytes);
        section.length += bytes.len() as u64;
        Ok(())
    }

    fn corrupt(&self, why: impl std::fmt::Display) -> Error {
        corrupt(self.input.name(), why)
    }
}

impl ByteStream for VocBlocks {
    fn name(&self) -> &str {
        self.input.name()
    }

    fn remaining(&self) -> Option<u64> {
        None
    }

    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        loop {
            let bytes = self.read_block(buffer)?;
            if bytes > 0 {
                let frame = self.spec.map_or(1, |spec| spec.frame_bytes());
                self.frame_offset = (self.frame_offset + bytes) % frame;
                self.record(&buffer[..bytes])?;
                return Ok(bytes);
            }
            if self.ended {
                return Ok(0);
            }
            self.next_block()?;
        }
    }
}

fn silence_bytes(spec: Spec, seconds: f64) -> u64 {
    spec.bytes((seconds * f64::from(spec.rate)).round() as u64)
}

fn divide_rounded(dividend: u32, divisor: u32) -> u32 {
    (dividend + divisor / 2) / divisor
}

fn unsupported(codec: u16) -> String {
    match COMPRESSED.iter().find(|(known, _)| *known == codec) {
        Some((_, name)) => unsupported_codec("VOC", name),
        None => unknown_codec("VOC", format!("codec {codec}")),
    }
}
