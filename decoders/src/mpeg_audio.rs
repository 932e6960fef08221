//! MPEG audio, layers 1 to 3.

use nanomp3_core::{DecodeError, Decoder, FrameInfo};

/// Decodes the frames of one stream of MPEG audio.
pub struct MpegAudioDecoder(Decoder);

impl MpegAudioDecoder {
    /// A decoder at the start of a stream.
    pub const fn new() -> MpegAudioDecoder {
        MpegAudioDecoder(Decoder::new())
    }

    /// Decodes the first frame in `bytes` into interleaved samples from -1 to 1. Also returns how many bytes were
    /// consumed, even by an error.
    ///
    /// # Errors
    ///
    /// There is no frame, it is corrupt, or it needs an earlier frame.
    ///
    /// # Panics
    ///
    /// `samples` is shorter than [`MAX_SAMPLES_PER_FRAME`](crate::MAX_SAMPLES_PER_FRAME). nanomp3-core 0.2.0 also panics
    /// on some corrupt frames (not reported upstream).
    pub fn decode(
        &mut self,
        bytes: &[u8],
        samples: &mut [f32],
    ) -> (usize, Result<FrameInfo, DecodeError>) {
        self.0.decode(bytes, samples)
    }
}

impl Default for MpegAudioDecoder {
    fn default() -> MpegAudioDecoder {
        MpegAudioDecoder::new()
    }
}
