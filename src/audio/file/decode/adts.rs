//! AAC as it is sent: frame after frame, without a word on how many there are or which of them is padding.

use super::{Frames, Told, open_packets};
use crate::audio::error::Result;
use crate::audio::file::{Container, Input, ReadOptions};
use crate::audio::stream::Source;
use symphonia::default::formats::AdtsReader;

/// Bytes before a packet, with a checksum.
const LONGEST_HEADER: usize = 9;

/// Opens a stream of ADTS frames.
pub(in crate::audio::file) fn open(input: Input, _: &ReadOptions) -> Result<Box<dyn Source>> {
    // What symphonia would say is an estimate.
    let told = Told {
        frames: Frames::Unknown,
        ..Told::default()
    };
    open_packets::<AdtsReader<'_>>(Container::Adts, input, LONGEST_HEADER, told)
}
