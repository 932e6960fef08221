//! FLAC. The header has the number of frames, and each packet its position.

use super::media_source::SeekMode;
use super::open::open_input;
use crate::audio::error::Result;
use crate::audio::file::container::Container;
use crate::audio::file::input::Input;
use crate::audio::file::options::ReadOptions;
use crate::audio::stream::Source;
use symphonia::default::formats::FlacReader;

/// Opens a FLAC file.
pub(in crate::audio::file) fn open(input: Input, _: &ReadOptions) -> Result<Box<dyn Source>> {
    open_input::<FlacReader<'_>>(Container::Flac, input, SeekMode::Sequential)
}
