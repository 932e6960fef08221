//! The interface of decoders.

use crate::audio::channel_map::ChannelMap;
use crate::audio::format::Format;
use crate::audio::spec::Spec;
use symphonia::core::errors::Result;
use symphonia::core::packet::Packet;

/// Decodes the packets of one stream.
pub(super) trait PacketDecoder: Send {
    /// Decodes a packet and replaces the content of `frames` by its interleaved frames, trimmed as the packet says.
    /// The returned spec is not validated.
    ///
    /// # Errors
    /// If the packet is corrupt; the next one may not be.
    fn decode(&mut self, packet: &Packet, frames: &mut Vec<u8>) -> Result<Spec>;

    /// Called when packets were passed that the next ones may need; `last` is the last one of them, if it was read.
    fn resume(&mut self, _last: Option<&Packet>) {}

    /// The position of each channel of the last packet, if the codec defines it.
    fn channel_map(&self) -> Option<ChannelMap>;
}

/// How symphonia's message about a codec without a decoder starts.
pub(super) const NO_DECODER: &str = "core (codec)";

/// 32-bit floats in native byte order.
pub(super) const FLOAT: Format = match cfg!(target_endian = "big") {
    true => Format::FLOAT_BE,
    false => Format::FLOAT_LE,
};
