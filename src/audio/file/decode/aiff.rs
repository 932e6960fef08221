//! AIFF and AIFF-C: uncompressed, and with the codecs that symphonia supports.

use super::media_source::SeekMode;
use super::open::open_input;
use crate::audio::error::Result;
use crate::audio::file::container::Container;
use crate::audio::file::input::Input;
use crate::audio::file::options::ReadOptions;
use crate::audio::stream::Source;
use symphonia::default::formats::AiffReader;

/// Opens an AIFF file.
pub(in crate::audio::file) fn open(input: Input, _: &ReadOptions) -> Result<Box<dyn Source>> {
    open_input::<AiffReader<'_>>(Container::Aiff, input, SeekMode::Seekable)
}
