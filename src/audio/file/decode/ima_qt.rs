//! Apple's IMA ADPCM, in CAF.
//!
//! symphonia 0.6.1 takes the predictor of each block's header, which lacks its seven lowest bits, and so is off by up to
//! 127 of 32768 in each block (not reported upstream). Here a predictor is kept if the header agrees with it.

use super::decoder::PacketDecoder;
use crate::audio::channel_map::ChannelMap;
use crate::audio::format::Format;
use crate::audio::spec::Spec;
use symphonia::core::codecs::audio::AudioCodecParameters;
use symphonia::core::errors::{Error, Result};
use symphonia::core::packet::Packet;

/// Bytes of a block of one channel: a header of two bytes, then four bits for each sample.
const BLOCK_BYTES: usize = 34;

/// Samples of a block.
const BLOCK_SAMPLES: usize = 64;

/// What the lower bits of the header are instead of the predictor's: the index of the step.
const INDEX_MASK: i32 = 0x7f;

/// How the three lower bits of a code change the index of the step.
const INDEX_CHANGES: [i32; 8] = [-1, -1, -1, -1, 2, 4, 6, 8];

/// The steps of IMA ADPCM (IMA Digital Audio Focus and Technical Working Groups, 1992).
#[rustfmt::skip]
const STEPS: [i32; 89] = [
    7, 8, 9, 10, 11, 12, 13, 14, 16, 17, 19, 21, 23, 25, 28, 31, 34, 37, 41, 45, 50, 55, 60, 66, 73, 80, 88, 97, 107,
    118, 130, 143, 157, 173, 190, 209, 230, 253, 279, 307, 337, 371, 408, 449, 494, 544, 598, 658, 724, 796, 876, 963,
    1060, 1166, 1282, 1411, 1552, 1707, 1878, 2066, 2272, 2499, 2749, 3024, 3327, 3660, 4026, 4428, 4871, 5358, 5894,
    6484, 7132, 7845, 8630, 9493, 10442, 11487, 12635, 13899, 15289, 16818, 18500, 20350, 22385, 24623, 27086, 29794,
    32767,
];

/// Decodes packets of one block for each channel.
pub(super) struct ImaQt {
    rate: u32,
    channels: Vec<ImaChannel>,
}

/// The state of a channel.
#[derive(Clone, Copy, Debug, Default)]
struct ImaChannel {
    predictor: i32,
    index: i32,
}

impl ImaQt {
    pub(super) fn new(params: &AudioCodecParameters) -> Result<ImaQt> {
        let channels = params
            .channels
            .as_ref()
            .map_or(0, |channels| channels.count());
        if channels == 0 {
            return Err(Error::Unsupported("IMA ADPCM without channels"));
        }
        Ok(ImaQt {
            rate: params.sample_rate.unwrap_or(0),
            channels: vec![ImaChannel::default(); channels],
        })
    }
}

impl ImaChannel {
    fn enter_block(&mut self, header: [u8; 2]) {
        let header = i32::from(i16::from_be_bytes(header));
        let (predictor, index) = (header & !INDEX_MASK, header & INDEX_MASK);
        let agrees = self.index == index && (predictor - self.predictor).abs() <= INDEX_MASK;
        if !agrees {
            (self.predictor, self.index) = (predictor, index.min(STEPS.len() as i32 - 1));
        }
    }

    fn next(&mut self, code: u8) -> i16 {
        let step = STEPS[self.index as usize];
        let bit = |bit: u8, value: i32| if code & bit != 0 { value } else { 0 };
        let change = (step >> 3) + bit(1, step >> 2) + bit(2, step >> 1) + bit(4, step);
        let sign = if code & 8 != 0 { -1 } else { 1 };
        let last = STEPS.len() as i32 - 1;
        self.predictor = (self.predictor + sign * change).clamp(i16::MIN.into(), i16::MAX.into());
        self.index = (self.index + INDEX_CHANGES[usize::from(code & 7)]).clamp(0, last);
        self.predictor as i16
    }
}

impl PacketDecoder for ImaQt {
    fn decode(&mut self, packet: &Packet, frames: &mut Vec<u8>) -> Result<Spec> {
        let count = self.channels.len();
        let packet_bytes = BLOCK_BYTES * count;
        let data = &packet.data[..];
        if data.is_empty() || !data.len().is_multiple_of(packet_bytes) {
            return Err(Error::DecodeError("a block of IMA ADPCM is incomplete"));
        }
        frames.clear();
        frames.resize(data.len() / packet_bytes * BLOCK_SAMPLES * count * 2, 0);
        let groups = data.chunks_exact(packet_bytes);
        for (group, out) in groups.zip(frames.chunks_exact_mut(BLOCK_SAMPLES * count * 2)) {
            let blocks = group.chunks_exact(BLOCK_BYTES);
            for (at, (block, channel)) in blocks.zip(&mut self.channels).enumerate() {
                channel.enter_block([block[0], block[1]]);
                let codes = block[2..].iter().flat_map(|byte| [byte & 15, byte >> 4]);
                for (frame, code) in out.chunks_exact_mut(count * 2).zip(codes) {
                    frame[2 * at..][..2].copy_from_slice(&channel.next(code).to_le_bytes());
                }
            }
        }
        Ok(Spec {
            format: Format::S16_LE,
            rate: self.rate,
            channels: count as u32,
        })
    }

    fn channel_map(&self) -> Option<ChannelMap> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_predictor_is_kept_if_the_header_agrees() {
        let mut channel = ImaChannel {
            predictor: 1000,
            index: 5,
        };
        // 1000 without its seven lowest bits is 896.
        channel.enter_block((896_i16 | 5).to_be_bytes());
        assert_eq!((channel.predictor, channel.index), (1000, 5));
        channel.enter_block((-896_i16 | 5).to_be_bytes());
        assert_eq!((channel.predictor, channel.index), (-896, 5));
        channel.enter_block((896_i16 | 127).to_be_bytes());
        assert_eq!((channel.predictor, channel.index), (896, 88));
    }

    #[test]
    fn samples_stay_in_range() {
        let mut channel = ImaChannel {
            predictor: 32_000,
            index: 88,
        };
        assert_eq!(channel.next(7), i16::MAX);
        assert_eq!((channel.next(15), channel.index), (-28_669, 88));
        assert_eq!(channel.next(15), i16::MIN);
        assert_eq!(ImaChannel::default().next(4), 7);
    }
}
