//! AIFF and AIFF-C, plain and with the codecs that symphonia knows.

use super::media::Order;
use super::open_plain;
use crate::audio::error::Result;
use crate::audio::file::{Container, Input, ReadOptions};
use crate::audio::stream::Source;
use symphonia::default::formats::AiffReader;

/// Opens an AIFF file.
pub(in crate::audio::file) fn open(input: Input, _: &ReadOptions) -> Result<Box<dyn Source>> {
    open_plain::<AiffReader<'_>>(Container::Aiff, input, Order::Free)
}
