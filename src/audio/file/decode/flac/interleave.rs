//! Decoded samples as frames.

use super::frame::{ChannelPlanes, FrameHeader};
use crate::audio::format::Format;
use crate::audio::spec::Spec;

/// Replaces `out` with the samples as frames, in the smallest format of 16, 24 or 32 bits that holds them.
pub(super) fn write_frames(
    planes: &ChannelPlanes,
    header: &FrameHeader,
    bits: u32,
    rate: u32,
    out: &mut Vec<u8>,
) -> Spec {
    let (format, size) = match bits {
        ..=16 => (Format::S16_LE, 2),
        17..=24 => (Format::S24_3LE, 3),
        _ => (Format::S32_LE, 4),
    };
    out.resize(header.samples * header.channels * size, 0);
    let shift = 8 * size as u32 - bits;
    match size {
        2 => write_samples::<2>(planes, header, shift, out),
        3 => write_samples::<3>(planes, header, shift, out),
        _ => write_samples::<4>(planes, header, shift, out),
    }
    Spec {
        format,
        rate: header.rate.unwrap_or(rate),
        channels: header.channels as u32,
    }
}

fn write_samples<const SIZE: usize>(
    planes: &ChannelPlanes,
    header: &FrameHeader,
    shift: u32,
    out: &mut [u8],
) {
    let mut slots = out.as_chunks_mut::<SIZE>().0.iter_mut();
    planes.interleave(header, shift, |sample| {
        if let (Some(slot), Some(bytes)) = (slots.next(), sample.to_le_bytes().first_chunk()) {
            *slot = *bytes;
        }
    });
}
