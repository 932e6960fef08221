//! Numbers and text in the headers of containers.

use crate::audio::format::ByteOrder;
use crate::audio::spec::MAX_CHANNELS;

/// 16 times the highest rate that ALSA has a name for (768 kHz). Recordings of radio receivers are WAVs of several MHz;
/// the limit distinguishes those from garbage. Whether a device supports the rate is up to the device.
const MAX_RATE: u32 = 16 * 768_000;

/// Reads numbers at offsets of a header. Fields past its end read as zero, which every field defines as "not given".
#[derive(Clone, Copy)]
pub(super) struct Fields<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) order: ByteOrder,
}

impl<'a> Fields<'a> {
    pub(super) fn little_endian(bytes: &'a [u8]) -> Fields<'a> {
        let order = ByteOrder::Little;
        Fields { bytes, order }
    }

    pub(super) fn array<const N: usize>(self, at: usize) -> [u8; N] {
        let mut array = [0; N];
        if let Some(found) = self.bytes.get(at..at + N) {
            array.copy_from_slice(found);
        }
        array
    }

    pub(super) fn u16(self, at: usize) -> u16 {
        match self.order {
            ByteOrder::Big => u16::from_be_bytes(self.array(at)),
            _ => u16::from_le_bytes(self.array(at)),
        }
    }

    pub(super) fn u32(self, at: usize) -> u32 {
        match self.order {
            ByteOrder::Big => u32::from_be_bytes(self.array(at)),
            _ => u32::from_le_bytes(self.array(at)),
        }
    }

    pub(super) fn u64(self, at: usize) -> u64 {
        match self.order {
            ByteOrder::Big => u64::from_be_bytes(self.array(at)),
            _ => u64::from_le_bytes(self.array(at)),
        }
    }
}

/// The channels and rate of a header, if they are plausible. The error completes `'NAME' …`.
pub(super) fn check_channels_and_rate(channels: u32, rate: u32) -> Result<(u32, u32), String> {
    let channels = check_range("channels", channels, MAX_CHANNELS)?;
    Ok((channels, check_range("Hz", rate, MAX_RATE)?))
}

fn check_range(unit: &str, value: u32, max: u32) -> Result<u32, String> {
    if (1..=max).contains(&value) {
        return Ok(value);
    }
    Err(format!("is corrupt: its header says {value} {unit}"))
}

/// Text up to the first NUL: UTF-8 if it is valid, Latin-1 otherwise.
pub(super) fn decode_text(bytes: &[u8]) -> String {
    let end = bytes
        .iter()
        .position(|byte| *byte == 0)
        .unwrap_or(bytes.len());
    match std::str::from_utf8(&bytes[..end]) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes[..end].iter().map(|byte| char::from(*byte)).collect(),
    }
}
