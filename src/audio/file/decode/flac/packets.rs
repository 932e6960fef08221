//! FLAC in a container that has a packet for each frame: Ogg, Matroska, MPEG-4, CAF.

use super::super::decoder::PacketDecoder;
use super::frame::{ChannelPlanes, FrameHeader};
use super::header::FlacStreamInfo;
use super::interleave::write_frames;
use crate::audio::channel_map::ChannelMap;
use crate::audio::spec::Spec;
use symphonia::core::codecs::audio::AudioCodecParameters;
use symphonia::core::errors::{Error, Result};
use symphonia::core::packet::Packet;

/// A decoder of packets that are frames.
pub(in super::super) struct FlacPackets {
    info: FlacStreamInfo,
    planes: ChannelPlanes,
    channels: u32,
}

impl FlacPackets {
    pub(in super::super) fn new(params: &AudioCodecParameters) -> FlacPackets {
        let info = params.extra_data.as_deref().and_then(FlacStreamInfo::parse);
        FlacPackets {
            info: info.unwrap_or_default(),
            planes: ChannelPlanes::default(),
            channels: 0,
        }
    }
}

impl PacketDecoder for FlacPackets {
    fn decode(&mut self, packet: &Packet, frames: &mut Vec<u8>) -> Result<Spec> {
        let damaged = |_| Error::DecodeError("a frame of FLAC is damaged");
        let header = FrameHeader::parse(&packet.data).map_err(damaged)?;
        let bits = header.bits.unwrap_or(self.info.bits);
        if !(4..=32).contains(&bits) {
            return Err(Error::DecodeError("a frame of FLAC does not say its bits"));
        }
        self.planes
            .decode(&packet.data, &header, bits)
            .map_err(damaged)?;
        let spec = write_frames(&self.planes, &header, bits, self.info.rate, frames);
        self.channels = spec.channels;
        Ok(spec)
    }

    fn channel_map(&self) -> Option<ChannelMap> {
        ChannelMap::default_for_files(self.channels)
    }
}

/// Samples of a packet, from its first bytes.
pub(in super::super) fn frames_of_flac_packet(head: &[u8]) -> Option<u64> {
    let header = FrameHeader::parse(head).ok()?;
    Some(header.samples as u64)
}

/// The number of a packet's first sample and its samples, from its first bytes. `block` is the length of all packets but
/// the last, if packets are numbered instead of samples.
pub(in super::super) fn place_of_flac_packet(head: &[u8], block: u64) -> Option<(u64, u64)> {
    let header = FrameHeader::parse(head).ok()?;
    let first = match header.is_sample_number {
        true => header.number,
        false => header.number.checked_mul(block)?,
    };
    Some((first, header.samples as u64))
}
