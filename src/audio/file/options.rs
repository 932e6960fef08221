//! Options for reading and writing files.

use super::container::Container;
use crate::audio::metadata::Tags;
use crate::audio::spec::Spec;

/// The maximum compression level of FLAC.
pub const MAX_COMPRESSION: u8 = 8;

/// Options for reading.
#[derive(Clone, Copy, Debug, Default)]
pub struct ReadOptions {
    /// The container that the file must be; detected from its first bytes if `None`.
    pub container: Option<Container>,
    /// The spec of raw samples. Ignored for containers that describe themselves.
    pub raw: Option<Spec>,
    /// What decodes.
    pub decoder: DecoderChoice,
    /// Whether to stop after the samples that a WAV's header declares, even if another WAV follows them.
    pub only_first: bool,
}

/// What decodes a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DecoderChoice {
    /// This library what it can; ffmpeg the rest, if it is installed.
    #[default]
    Auto,
    /// Only this library.
    Native,
    /// Only ffmpeg, except for raw samples.
    Ffmpeg,
}

/// Options for writing.
#[derive(Clone, Debug)]
pub struct WriteOptions {
    /// The container; if `None`, the one for the file name extension, or WAV if that is unknown.
    pub container: Option<Container>,
    /// The number of frames that will be written, if known. Goes into headers that cannot be rewritten (pipes).
    pub expected_frames: Option<u64>,
    /// Whether an existing file is replaced; otherwise it is an error (`EEXIST`).
    pub clobber: bool,
    /// Whether the file is called `NAME.part` until it is finished. `None` means: if it is part of a series.
    pub part: Option<bool>,
    /// Whether checkpoints wait until all data is on the disk.
    pub sync: bool,
    /// The positions of the channels, in order, as a WAV's channel mask (bit 0 front left, 1 front right, 2 front
    /// center, 3 LFE, 4 rear left, 5 rear right and so on), if known. Written where the header has a field for it:
    /// FLAC, and WAV, RF64 and Wave64 with more than two channels or 16 bits, except for A-law, µ-law and 64-bit
    /// floats.
    pub channel_mask: Option<u32>,
    /// Maximum bytes of samples in a file (before compression), if less than the limit of the container.
    pub max_bytes: Option<u64>,
    /// Compression level, from 0 (fastest) to [`MAX_COMPRESSION`]; the default is 5.
    pub compression: Option<u8>,
    /// Whether an AU without tags has an empty annotation. The format demands one, but some programs write none.
    pub annotation: bool,
    /// Tags to store. It is an error if the container cannot store them.
    pub tags: Tags,
}

impl Default for WriteOptions {
    fn default() -> WriteOptions {
        WriteOptions {
            container: None,
            expected_frames: None,
            clobber: true,
            part: None,
            sync: false,
            channel_mask: None,
            max_bytes: None,
            compression: None,
            annotation: true,
            tags: Tags::default(),
        }
    }
}
