//! Sun's AU: six numbers, and the samples with their most significant byte first.

use super::store::{Length, Packing, Shape};
use crate::audio::format::Format;

/// How an AU is written.
pub(super) const PACKING: Packing = Packing {
    title: "AU",
    formats: &[
        Format::MU_LAW,
        Format::S8,
        Format::S16_BE,
        Format::S24_3BE,
        Format::S32_BE,
        Format::FLOAT_BE,
        Format::FLOAT64_BE,
        Format::A_LAW,
    ],
    header,
    padding: 1,
    most: u64::MAX,
};

/// Bytes of the header, with four for a remark: without, sox complains.
const LENGTH: u32 = 28;

/// The length of what is streamed, or longer than 32 bits can say.
const UNKNOWN: u32 = u32::MAX;

fn header(shape: &Shape, length: Length) -> Vec<u8> {
    let size = match length {
        Length::Bytes(bytes) => u32::try_from(bytes).unwrap_or(UNKNOWN),
        Length::Unknown => UNKNOWN,
    };
    let spec = shape.spec;
    let numbers = [
        LENGTH,
        size,
        encoding(spec.format),
        spec.rate,
        spec.channels,
    ];
    let mut header = b".snd".to_vec();
    header.extend(numbers.iter().flat_map(|number| number.to_be_bytes()));
    header.resize(LENGTH as usize, 0);
    header
}

/// The number of a format that [`PACKING`] lists.
fn encoding(format: Format) -> u32 {
    match format {
        Format::MU_LAW => 1,
        Format::S8 => 2,
        Format::S16_BE => 3,
        Format::S24_3BE => 4,
        Format::S32_BE => 5,
        Format::FLOAT_BE => 6,
        Format::FLOAT64_BE => 7,
        _ => 27,
    }
}
