//! libopus' decoder for several channels, which its safe layer does not let move to another thread.

use opusic_c::multistream::{Config, Decoder};
use opusic_c::{ErrorCode, SampleRate};

/// A decoder that gives 48 kHz.
pub struct OpusDecoder(Decoder);

// SAFETY: the decoder is one block of memory that nobody else points to, and libopus keeps nothing per thread. Only
// `&mut self` reaches it, so no two threads use it at a time.
unsafe impl Send for OpusDecoder {}

impl OpusDecoder {
    /// A decoder of `streams` streams, of which the first `coupled` are stereo; `mapping` tells for each channel which of
    /// the decoded ones it is. `None` where that cannot be.
    pub fn new<const CHANNELS: usize>(
        streams: u8,
        coupled: u8,
        mapping: [u8; CHANNELS],
    ) -> Option<OpusDecoder> {
        let config = Config::try_new(streams, coupled, mapping)?;
        Decoder::new(config, SampleRate::Hz48000)
            .ok()
            .map(OpusDecoder)
    }

    /// Decodes a packet, which must not be empty, into interleaved samples; tells how many frames.
    ///
    /// # Errors
    /// For a packet that is broken, or has more frames than `samples` has room for.
    pub fn decode(&mut self, packet: &[u8], samples: &mut [f32]) -> Result<usize, ErrorCode> {
        self.0.decode_float_to_slice(packet, samples, false)
    }
}
