//! FLAC. Its header says how many frames there are, and each frame which it begins with.

use super::media::Order;
use super::open_plain;
use crate::audio::error::Result;
use crate::audio::file::{Container, Input, ReadOptions};
use crate::audio::stream::Source;
use symphonia::default::formats::FlacReader;

/// Opens a FLAC file.
pub(in crate::audio::file) fn open(input: Input, _: &ReadOptions) -> Result<Box<dyn Source>> {
    open_plain::<FlacReader<'_>>(Container::Flac, input, Order::Straight)
}
