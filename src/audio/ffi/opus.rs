//! libopus's multistream decoder. `opusic-c` 1.6 wraps it, but its type is not `Send`.

use opusic_c::multistream::{Config, Decoder};
use opusic_c::{ErrorCode, SampleRate};

/// A decoder with an output rate of 48 kHz.
pub struct OpusDecoder(Decoder);

// SAFETY: the decoder is one block of memory that only this type points to, and libopus keeps no state per thread. It
// is reachable only through `&mut self`, so two threads never use it at the same time.
unsafe impl Send for OpusDecoder {}

impl OpusDecoder {
    /// A decoder for `streams` streams, the first `coupled` of which are stereo. `mapping` has the index of a decoded
    /// channel for each output channel. `None` if these do not fit together.
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

    /// Decodes a packet, which must not be empty, into interleaved samples and returns the number of frames.
    ///
    /// # Errors
    /// For a corrupt packet, and for one with more frames than fit into `samples`.
    pub fn decode(&mut self, packet: &[u8], samples: &mut [f32]) -> Result<usize, ErrorCode> {
        self.0.decode_float_to_slice(packet, samples, false)
    }
}
