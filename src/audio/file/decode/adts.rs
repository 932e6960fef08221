//! AAC in ADTS: a stream of packets without a header, so length and padding are unknown.

use super::open::open_packets;
use super::stream_info::{FrameCount, StreamInfo};
use crate::audio::error::Result;
use crate::audio::file::container::Container;
use crate::audio::file::input::Input;
use crate::audio::file::options::ReadOptions;
use crate::audio::stream::Source;
use symphonia::default::formats::AdtsReader;

/// Bytes of a packet header with a checksum.
const MAX_HEADER: usize = 9;

/// Opens an ADTS stream.
pub(in crate::audio::file) fn open(input: Input, _: &ReadOptions) -> Result<Box<dyn Source>> {
    // symphonia 0.6.1 reports an estimate.
    let info = StreamInfo {
        frames: FrameCount::Unknown,
        ..StreamInfo::default()
    };
    open_packets::<AdtsReader<'_>>(Container::Adts, input, MAX_HEADER, info)
}
