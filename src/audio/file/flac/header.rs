//! The metadata blocks at the start of a file: STREAMINFO, VORBIS_COMMENT and PADDING (RFC 9639, 8).

use crate::audio::file::options::WriteOptions;
use crate::audio::spec::Spec;

/// The maximum number of frames that STREAMINFO can declare: 36 bits.
pub(super) const MAX_FRAMES: u64 = (1 << 36) - 1;

/// Bytes of padding, for programs that add tags later.
const PADDING: usize = 1024;

const TYPE_PADDING: u8 = 1;
const TYPE_VORBIS_COMMENT: u8 = 4;
const LAST_BLOCK: u8 = 0x80;

/// What all blocks of a stream have in common.
#[derive(Clone, Copy)]
pub(super) struct StreamParameters {
    pub(super) spec: Spec,
    /// Bits of a sample.
    pub(super) width: u32,
    /// Frames of a block.
    pub(super) block: u16,
}

/// The fields of STREAMINFO that are known only afterwards. Zeros mean unknown.
#[derive(Clone, Copy, Default, PartialEq)]
pub(super) struct HeaderTotals {
    pub(super) frames: u64,
    /// Bytes of the smallest block.
    min_block: u32,
    /// Bytes of the largest block.
    max_block: u32,
    md5: [u8; 16],
}

impl HeaderTotals {
    /// Only the number of frames, if it can be declared.
    pub(super) fn expected(frames: Option<u64>) -> HeaderTotals {
        HeaderTotals {
            frames: frames.filter(|frames| *frames <= MAX_FRAMES).unwrap_or(0),
            ..HeaderTotals::default()
        }
    }
}

/// The totals of the blocks so far.
#[derive(Clone)]
pub(super) struct RunningTotals {
    pub(super) frames: u64,
    min_block: u32,
    max_block: u32,
    md5: md5::Context,
}

impl RunningTotals {
    pub(super) fn new() -> RunningTotals {
        RunningTotals {
            frames: 0,
            min_block: u32::MAX,
            max_block: 0,
            md5: md5::Context::new(),
        }
    }

    /// Adds a block of `frames` frames that has `size` bytes encoded and holds the samples `numbers` of `width` bits.
    pub(super) fn add(&mut self, frames: u64, size: u32, numbers: &[i32], width: u32) {
        self.frames += frames;
        self.min_block = self.min_block.min(size);
        self.max_block = self.max_block.max(size);
        self.md5.consume(md5_input(numbers, width));
    }

    /// The fields for the header: unknown if there are no frames, or too many for it.
    pub(super) fn header(&self) -> HeaderTotals {
        if self.frames == 0 || self.frames > MAX_FRAMES {
            return HeaderTotals::default();
        }
        HeaderTotals {
            frames: self.frames,
            min_block: self.min_block,
            max_block: self.max_block,
            md5: self.md5.clone().finalize().0,
        }
    }
}

/// Samples as the checksum is defined over them: little-endian, in as few bytes as `width` bits need.
fn md5_input(numbers: &[i32], width: u32) -> Vec<u8> {
    let bytes = width.div_ceil(8) as usize;
    let bytes = |number: &i32| number.to_le_bytes().into_iter().take(bytes);
    numbers.iter().flat_map(bytes).collect()
}

/// All metadata blocks.
pub(super) fn metadata_blocks(
    parameters: StreamParameters,
    totals: HeaderTotals,
    options: &WriteOptions,
) -> Vec<u8> {
    [
        stream_info(parameters, totals),
        comments(parameters.spec, options),
        metadata_block(LAST_BLOCK | TYPE_PADDING, &[0; PADDING]),
    ]
    .concat()
}

/// The start of the file: the magic number and STREAMINFO.
pub(super) fn stream_info(parameters: StreamParameters, totals: HeaderTotals) -> Vec<u8> {
    let StreamParameters { spec, width, block } = parameters;
    let numbers = u64::from(spec.rate) << 44
        | u64::from(spec.channels - 1) << 41
        | u64::from(width - 1) << 36
        | totals.frames;
    [
        b"fLaC".as_slice(),
        &[0, 0, 0, 34],
        &block.to_be_bytes(),
        &block.to_be_bytes(),
        &totals.min_block.to_be_bytes()[1..],
        &totals.max_block.to_be_bytes()[1..],
        &numbers.to_be_bytes(),
        &totals.md5,
    ]
    .concat()
}

/// Tags and the channel mask.
fn comments(spec: Spec, options: &WriteOptions) -> Vec<u8> {
    let vendor = concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION"));
    let mut lines: Vec<String> = options
        .tags
        .iter()
        .map(|(name, text)| format!("{}={text}", name.to_ascii_uppercase()))
        .collect();
    if let Some(mask) = options.channel_mask.filter(|_| spec.channels > 2) {
        lines.push(format!("WAVEFORMATEXTENSIBLE_CHANNEL_MASK=0x{mask:04X}"));
    }
    let mut content = text(vendor);
    content.extend((lines.len() as u32).to_le_bytes());
    content.extend(lines.iter().flat_map(|line| text(line)));
    metadata_block(TYPE_VORBIS_COMMENT, &content)
}

/// A string after its length.
fn text(text: &str) -> Vec<u8> {
    let length = (text.len() as u32).to_le_bytes();
    [&length, text.as_bytes()].concat()
}

fn metadata_block(kind: u8, content: &[u8]) -> Vec<u8> {
    let length = (content.len() as u32).to_be_bytes();
    [&[kind], &length[1..], content].concat()
}
