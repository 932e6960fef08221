//! The `fmt ` chunk: sample format, rate, channels and channel mask.

use super::adpcm::AdpcmLayout;
use super::codes;
use crate::audio::channel_map::ChannelMap;
use crate::audio::file::errors::unsupported_codec;
use crate::audio::file::fields::{Fields, check_channels_and_rate};
use crate::audio::format::{ByteOrder, Format};
use crate::audio::spec::Spec;
use crate::audio::spelling::count;

/// Bytes of the chunk that are used; longer ones are valid.
pub(in crate::audio::file) const MAX_FMT: usize = 40;
/// The oldest version of the chunk, which has no bits field.
pub(in crate::audio::file) const MIN_FMT: usize = 14;
/// The length up to and including the bits field.
const WITH_BITS: usize = 16;

/// The parts of a sub-format GUID after its first (the tag): registered formats, and ambisonic ones.
const SUBFORMATS: &[(u16, u16, [u8; 8])] = &[
    (
        0x0000,
        0x0010,
        [0x80, 0x00, 0x00, 0xaa, 0x00, 0x38, 0x9b, 0x71],
    ),
    (
        0x0721,
        0x11d3,
        [0x86, 0x44, 0xc8, 0xc1, 0xca, 0x00, 0x00, 0x00],
    ),
];

/// The content of the chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::audio::file) struct WavFmt {
    pub(in crate::audio::file) spec: Spec,
    /// `dwChannelMask`, if present and not zero.
    channel_mask: Option<u32>,
    /// The layout of ADPCM blocks; `None` for uncompressed samples.
    pub(super) adpcm: Option<AdpcmLayout>,
}

impl WavFmt {
    /// The position of each channel, if all are known.
    pub(in crate::audio::file) fn channel_map(&self) -> Option<ChannelMap> {
        let map = ChannelMap::from_mask(self.channel_mask?, self.spec.channels);
        map.is_complete().then_some(map)
    }
}

/// Parses the content of the chunk, at most [`MAX_FMT`] bytes. The error completes `'NAME' …`.
pub(super) fn parse(fields: Fields) -> Result<WavFmt, String> {
    let (channels, rate) = check_channels_and_rate(fields.u16(2).into(), fields.u32(4))?;
    if let Some(layout) = AdpcmLayout::parse(fields, channels)? {
        return Ok(WavFmt {
            spec: Spec {
                format: Format::S16_LE,
                rate,
                channels,
            },
            channel_mask: None,
            adpcm: Some(layout),
        });
    }
    let is_extensible = fields.u16(0) == codes::EXTENSIBLE;
    let format = sample_format(fields, channels, is_extensible)?;
    let spec = Spec::new(format, rate, channels).map_err(|error| format!("is corrupt: {error}"))?;
    Ok(WavFmt {
        spec,
        channel_mask: Some(fields.u32(20)).filter(|mask| is_extensible && *mask != 0),
        adpcm: None,
    })
}

fn sample_format(fields: Fields, channels: u32, is_extensible: bool) -> Result<Format, String> {
    let tag = if is_extensible {
        subformat(fields)?
    } else {
        fields.u16(0)
    };
    // The blocks of other codecs have any length.
    codes::check(tag, fields.u16(12))?;
    let declared_bits = (fields.bytes.len() >= WITH_BITS).then(|| u32::from(fields.u16(14)));
    let bytes = match (u32::from(fields.u16(12)), declared_bits) {
        // Some writers do not set it.
        (0, Some(bits @ 1..)) => bits.div_ceil(8),
        (block, _) => sample_bytes(block, channels)?,
    };
    let bits = declared_bits.unwrap_or(bytes * 8);
    codes::format_of(tag, bits, bytes, fields.order)
}

/// Bytes of a frame, or of a block of a codec that is not supported; at least 1. Some writers do not set the field.
pub(in crate::audio::file) fn block_bytes(fields: Fields, fmt: &Result<WavFmt, String>) -> u32 {
    let frame_bytes = fmt.as_ref().map_or(1, |fmt| fmt.spec.frame_bytes() as u32);
    u32::from(fields.u16(12)).max(frame_bytes)
}

/// Parses the chunk for a container that supports only uncompressed samples. The error completes `'NAME' …`.
pub(in crate::audio::file) fn parse_pcm(fields: Fields, container: &str) -> Result<WavFmt, String> {
    let fmt = parse(fields)?;
    match fmt.adpcm {
        Some(adpcm) => Err(unsupported_codec(container, adpcm.codec.name)),
        None => Ok(fmt),
    }
}

/// The byte rate is ignored: it follows from the other fields, and is often wrong.
fn sample_bytes(block: u32, channels: u32) -> Result<u32, String> {
    if block == 0 || !block.is_multiple_of(channels) {
        let bytes = count(block, "byte");
        let channels = count(channels, "channel");
        return Err(format!(
            "is corrupt: its header says {bytes} for {channels}"
        ));
    }
    Ok(block / channels)
}

/// The tag in the sub-format of an extensible header.
fn subformat(fields: Fields) -> Result<u16, String> {
    if fields.bytes.len() < MAX_FMT {
        return Err("is corrupt: its 'fmt ' chunk lacks the extension it declares".to_owned());
    }
    // SoX 14.4.2 writes a RIFX whose sub-format is little-endian except for the tag (not reported upstream).
    let (tag, order) = match (fields.order, fields.u16(24)) {
        (ByteOrder::Big, tag @ 1..) => (tag.into(), ByteOrder::Little),
        _ => (fields.u32(24), fields.order),
    };
    let rest = Fields { order, ..fields };
    let rest = (rest.u16(28), rest.u16(30), rest.array(32));
    u16::try_from(tag)
        .ok()
        .filter(|_| SUBFORMATS.contains(&rest))
        .ok_or_else(|| "is WAV with an unknown codec (an unregistered sub-format)".to_owned())
}
