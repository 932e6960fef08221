//! WAV: RIFF and big-endian RIFX, and RF64/BW64 beyond 4 GiB.
//!
//! `chunks` walks to the sound, `fmt` reads what the samples are, `codes` is the table that says which
//! [`Format`](crate::audio::format::Format) that is, and `extent` decides where the sound ends. `header` makes what
//! stands before the sound of those that are written. `coded` reads those whose samples are coded; `notes` is what the
//! other chunks say.

mod chunks;
mod coded;
pub(super) mod codes;
mod extent;
pub(super) mod fmt;
mod header;
pub(super) mod notes;

pub(super) use chunks::FORMS;
pub(super) use header::{FORMATS, PACKING, WIDE_PACKING, fmt_content, stores_channel_mask};

use super::body::Body;
use super::{Input, ReadOptions};
use crate::audio::error::Result;
use crate::audio::stream::Source;

/// Opens a WAV; it describes itself, so the options are not asked. Waits for a pipe to bring the header.
pub(super) fn open(mut input: Input, _: &ReadOptions) -> Result<Box<dyn Source>> {
    let header = chunks::read_header(&mut input)?;
    match header.fmt.coded {
        Some(coded) => coded.open(input, &header),
        None => Ok(Box::new(plain(input, &header)?)),
    }
}

/// The sound of a WAV with plain samples.
fn plain(mut input: Input, header: &chunks::Header) -> Result<Body> {
    let about = notes::of(&input)?;
    let extent = extent::of_sound(&mut input, header)?;
    Ok(Body::new(input, header.fmt.spec, extent)
        .with_about(about)
        .with_channel_map(header.fmt.channel_map()))
}

#[cfg(test)]
mod tests;
