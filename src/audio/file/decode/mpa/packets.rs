//! MPEG audio in a container that has a packet for each frame: Matroska, MPEG-4.

use super::super::decoder::{FLOAT, PacketDecoder};
use super::header::MpaHeader;
use super::settling::{LEAD_FRAMES, silence};
use crate::audio::channel_map::ChannelMap;
use crate::audio::spec::Spec;
use nanomp3_core::{DecodeError, Decoder, MAX_SAMPLES_PER_FRAME};
use symphonia::core::errors::{Error, Result};
use symphonia::core::packet::Packet;

/// A decoder of packets that are frames.
pub(in super::super) struct MpaPackets {
    decoder: Decoder,
    samples: Vec<f32>,
    /// Packets that may need others that are not there.
    unsettled: u64,
}

impl Default for MpaPackets {
    fn default() -> MpaPackets {
        MpaPackets {
            decoder: Decoder::new(),
            samples: vec![0.0; MAX_SAMPLES_PER_FRAME],
            unsettled: LEAD_FRAMES,
        }
    }
}

impl PacketDecoder for MpaPackets {
    fn decode(&mut self, packet: &Packet, frames: &mut Vec<u8>) -> Result<Spec> {
        frames.clear();
        let mut rest = &packet.data[..];
        let mut spec = None;
        // QuickTime may put several frames into a packet.
        while !rest.is_empty() {
            let (consumed, decoded) = self.decoder.decode(rest, &mut self.samples);
            rest = &rest[consumed.clamp(1, rest.len())..];
            let info = match decoded {
                Ok(info) => info,
                Err(DecodeError::ReservoirUnavailable(_)) if self.unsettled > 0 => {
                    if let Some(header) = MpaHeader::parse(&packet.data) {
                        spec = Some(silence(&header, frames));
                    }
                    continue;
                }
                Err(_) => continue,
            };
            let channels = u32::from(info.channels.num());
            let samples = &self.samples[..info.samples_produced * channels as usize];
            frames.extend(samples.iter().flat_map(|sample| sample.to_ne_bytes()));
            spec = Some(Spec {
                format: FLOAT,
                rate: info.sample_rate,
                channels,
            });
        }
        self.unsettled = self.unsettled.saturating_sub(1);
        spec.ok_or(Error::DecodeError("a frame of MPEG audio is damaged"))
    }

    fn resume(&mut self, _: Option<&Packet>) {
        (self.decoder, self.unsettled) = (Decoder::new(), LEAD_FRAMES);
    }

    fn channel_map(&self) -> Option<ChannelMap> {
        None
    }
}

/// Samples of a packet of `length` bytes that is one frame, from its first bytes.
pub(in super::super) fn frames_of_mpa_packet(head: &[u8], length: usize) -> Option<u64> {
    let header = MpaHeader::parse(head)?;
    (header.length() == Some(length)).then_some(header.samples())
}
