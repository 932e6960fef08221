//! Matroska and WebM. symphonia 0.6.1 does not report encoder delay and padding, so they are parsed from the bytes that
//! it reads.

use super::gapless::PacketTrim;
use super::matroska_file::{MatroskaClusters, MatroskaScan};
use super::media_source::{InputMedia, ReadBudget};
use super::open::open_stream;
use super::stream_info::{FrameCount, StreamInfo};
use crate::audio::error::Result;
use crate::audio::file::container::Container;
use crate::audio::file::input::Input;
use crate::audio::file::options::ReadOptions;
use crate::audio::stream::Source;
use symphonia::default::formats::MkvReader;

/// Opens a Matroska or WebM file.
pub(in crate::audio::file) fn open(mut input: Input, _: &ReadOptions) -> Result<Box<dyn Source>> {
    let again = match input.size() {
        Some(_) => Some(input.fork()?),
        None => None,
    };
    match (open_with(input, InputMedia::new), again) {
        // symphonia 0.6.1 reads all of a file that it can seek in, and refuses it if any of it is damaged or missing.
        (Err(_), Some(input)) => open_with(input, InputMedia::sequential),
        (opened, _) => opened,
    }
}

/// Opens it as the media that `adapt` makes.
fn open_with(input: Input, adapt: fn(Input, ReadBudget) -> InputMedia) -> Result<Box<dyn Source>> {
    let name = input.name().to_owned();
    let file_bytes = input.size();
    let budget = ReadBudget::new();
    let scan = MatroskaScan::default();
    let clusters = MatroskaClusters::new(&input);
    let stream = adapt(input, budget.clone()).observed_by(scan.clone());
    let info = StreamInfo {
        frames: FrameCount::Unknown,
        trim: PacketTrim::Matroska(scan),
        clusters,
        file_bytes,
        ..StreamInfo::default()
    };
    open_stream::<MkvReader<'_>>(Container::Matroska, name, stream, budget, info)
}
