//! Ogg, whatever is in it: Vorbis, Opus or FLAC. The last page says how many frames there are.

use super::media::Order;
use super::open_plain;
use crate::audio::error::Result;
use crate::audio::file::{Container, Input, ReadOptions, Source};
use symphonia::default::formats::OggReader;

/// Opens an Ogg file.
pub(in crate::audio::file) fn open(input: Input, _: &ReadOptions) -> Result<Box<dyn Source>> {
    open_plain::<OggReader<'_>>(Container::Ogg, input, Order::Free)
}
