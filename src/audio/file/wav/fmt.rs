//! The `fmt ` chunk: what the samples of a WAV are.

use super::coded::Coded;
use super::codes;
use crate::audio::channel_map::ChannelMap;
use crate::audio::format::ByteOrder;
use crate::audio::spec::Spec;

/// Bytes of the chunk that mean something; longer ones are allowed and their rest ignored.
pub(in crate::audio::file) const LONGEST: usize = 40;
/// The oldest form, which has no bits field.
pub(in crate::audio::file) const SHORTEST: usize = 14;
/// The form up to and including the bits field.
const WITH_BITS: usize = 16;

/// Nothing in a header makes more channels than this playable, and memory stays small.
const MOST_CHANNELS: u32 = 1024;

/// Sixteen times the fastest rate that ALSA has a name for (768 kHz). Recordings of radio receivers are
/// WAVs of some MHz, and are told from nonsense so; what a device can do is the device's word.
const FASTEST: u32 = 16 * 768_000;

/// The parts of a GUID behind its first (which is the tag): waves as registered, and the ambisonic ones.
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

/// What the chunk says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::audio::file) struct Fmt {
    pub(in crate::audio::file) spec: Spec,
    /// `dwChannelMask`, where there is one and it says something.
    pub(super) channel_mask: Option<u32>,
    /// How the samples are coded, where they do not stand there as they are.
    pub(super) coded: Option<Coded>,
}

impl Fmt {
    /// The speakers that its channels are for, where it says so of every one of them.
    pub(in crate::audio::file) fn channel_map(&self) -> Option<ChannelMap> {
        let map = ChannelMap::from_mask(self.channel_mask?, self.spec.channels);
        map.is_complete().then_some(map)
    }
}

/// Numbers at places of a chunk. Behind its end there are zeros, which every field takes as "not said".
#[derive(Clone, Copy)]
pub(in crate::audio::file) struct Fields<'a> {
    pub(in crate::audio::file) bytes: &'a [u8],
    pub(in crate::audio::file) order: ByteOrder,
}

impl Fields<'_> {
    pub(super) fn array<const N: usize>(self, at: usize) -> [u8; N] {
        let mut array = [0; N];
        if let Some(found) = self.bytes.get(at..at + N) {
            array.copy_from_slice(found);
        }
        array
    }

    pub(in crate::audio::file) fn u16(self, at: usize) -> u16 {
        match self.order {
            ByteOrder::Big => u16::from_be_bytes(self.array(at)),
            _ => u16::from_le_bytes(self.array(at)),
        }
    }

    pub(in crate::audio::file) fn u32(self, at: usize) -> u32 {
        match self.order {
            ByteOrder::Big => u32::from_be_bytes(self.array(at)),
            _ => u32::from_le_bytes(self.array(at)),
        }
    }

    pub(in crate::audio::file) fn u64(self, at: usize) -> u64 {
        match self.order {
            ByteOrder::Big => u64::from_be_bytes(self.array(at)),
            _ => u64::from_le_bytes(self.array(at)),
        }
    }
}

/// Reads the chunk (without its name and size; at most [`LONGEST`] bytes). `Err` completes "'NAME' …".
pub(super) fn parse(fields: Fields) -> Result<Fmt, String> {
    let (channels, rate) = plausible(fields.u16(2).into(), fields.u32(4))?;
    if let Some(coded) = Coded::parse(fields, channels)? {
        return Ok(coded.fmt(rate, channels));
    }
    let bytes = sample_bytes(u32::from(fields.u16(12)), channels)?;
    let bits = match u32::from(fields.u16(14)) {
        _ if fields.bytes.len() < WITH_BITS => bytes * 8,
        bits => bits,
    };
    let extensible = fields.u16(0) == codes::EXTENSIBLE;
    let tag = if extensible {
        subformat(fields)?
    } else {
        fields.u16(0)
    };
    let format = codes::format(tag, bits, bytes, fields.order)?;
    let spec = Spec::new(format, rate, channels).map_err(|error| format!("is broken: {error}"))?;
    Ok(Fmt {
        spec,
        channel_mask: Some(fields.u32(20)).filter(|mask| extensible && *mask != 0),
        coded: None,
    })
}

/// What the chunk says of plain samples; those that are coded are refused. `Err` completes "'NAME' …".
pub(in crate::audio::file) fn parse_plain(fields: Fields) -> Result<Fmt, String> {
    let fmt = parse(fields)?;
    match fmt.coded {
        Some(coded) => Err(format!(
            "has {} in it, which is not supported yet",
            coded.name()
        )),
        None => Ok(fmt),
    }
}

/// Channels and rate as a header says them, if that can be true. `Err` completes "'NAME' …".
pub(in crate::audio::file) fn plausible(channels: u32, rate: u32) -> Result<(u32, u32), String> {
    let channels = within("channels", channels, MOST_CHANNELS)?;
    Ok((channels, within("Hz", rate, FASTEST)?))
}

fn within(unit: &str, value: u32, most: u32) -> Result<u32, String> {
    if (1..=most).contains(&value) {
        return Ok(value);
    }
    Err(format!("is broken: its header says {value} {unit}"))
}

/// The byte rate is not asked: it follows from the rest, and writers get it wrong.
fn sample_bytes(block: u32, channels: u32) -> Result<u32, String> {
    if block == 0 || !block.is_multiple_of(channels) {
        return Err(format!(
            "is broken: it says that {channels} channels take {block} bytes"
        ));
    }
    Ok(block / channels)
}

fn subformat(fields: Fields) -> Result<u16, String> {
    if fields.bytes.len() < LONGEST {
        return Err("is broken: its 'fmt ' chunk lacks the extension it announces".to_owned());
    }
    // SoX has only the tag of a RIFX the other way round, and the rest as in a RIFF.
    let (tag, order) = match (fields.order, fields.u16(24)) {
        (ByteOrder::Big, tag @ 1..) => (tag.into(), ByteOrder::Little),
        _ => (fields.u32(24), fields.order),
    };
    let rest = Fields { order, ..fields };
    let rest = (rest.u16(28), rest.u16(30), rest.array(32));
    u16::try_from(tag)
        .ok()
        .filter(|_| SUBFORMATS.contains(&rest))
        .ok_or_else(|| "is WAV with an unknown codec in it (a sub-format of its own)".to_owned())
}
