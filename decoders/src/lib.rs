//! Decoders that must be compiled for speed.
//!
//! aloud itself is compiled for size. A generic function is compiled in the crate that uses it, and as that crate is, so
//! the generic decoders of other crates are used here.

mod mpeg_audio;

pub use mpeg_audio::MpegAudioDecoder;
pub use nanomp3_core::{DecodeError, FrameInfo, MAX_SAMPLES_PER_FRAME};
