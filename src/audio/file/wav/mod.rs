//! WAV: RIFF, big-endian RIFX, and RF64/BW64 for more than 4 GiB.
//!
//! Reading: `chunks` reads the header up to the samples, `fmt` and `codes` the sample format, `data_length` finds the
//! end of the samples, `info_chunks` reads tags, cue points and loops, `adpcm` and `adpcm_source` decode ADPCM.
//! Writing: `header`.

mod adpcm;
#[cfg(feature = "coded")]
mod adpcm_source;
mod chunks;
mod codes;
mod data_length;
pub(super) mod fmt;
pub(super) mod header;
mod info_chunks;
pub(super) mod info_names;
mod sequence;

#[cfg(not(feature = "coded"))]
use super::errors::unsupported_codec;
use super::input::Input;
use super::options::ReadOptions;
use super::pcm_reader::{DataLength, PcmReader};
#[cfg(not(feature = "coded"))]
use crate::audio::error::Error;
use crate::audio::error::Result;
use crate::audio::stream::Source;
use sequence::{WavData, WavExtent, WavSequence, holds_another, is_followed};

/// Opens a WAV. Blocks until a pipe has delivered the header.
pub(super) fn open(mut input: Input, options: &ReadOptions) -> Result<Box<dyn Source>> {
    let header = chunks::read_header(&mut input)?;
    match header.fmt.adpcm {
        #[cfg(feature = "coded")]
        Some(layout) => adpcm_source::open(input, &header, layout),
        #[cfg(not(feature = "coded"))]
        Some(layout) => {
            let why = unsupported_codec("WAV", layout.codec.name);
            Err(Error::invalid(input.name(), why))
        }
        None => Ok(Box::new(open_pcm(input, &header, options.only_first)?)),
    }
}

/// Where the samples of a WAV end, whatever their codec is. Consumes `input` up to their first byte.
///
/// # Errors
/// If reading fails, or if it has no samples.
pub(super) fn find_data(input: &mut Input) -> Result<DataLength> {
    let data = chunks::find_data(input)?;
    data_length::data_length(input, &data)
}

fn open_pcm(mut input: Input, header: &chunks::WavHeader, only_first: bool) -> Result<WavSequence> {
    let metadata = info_chunks::read_info_chunks(&input)?;
    let length = data_length::data_length(&mut input, &header.data)?;
    let ends = only_first && matches!(length, DataLength::Declared(_));
    let has_more = match length {
        _ if ends => false,
        DataLength::Declared(bytes) => is_followed(&input, input.position() + bytes)?,
        DataLength::Derived(_) => holds_another(&input, input.position())?,
        DataLength::Unknown => false,
    };
    let reader = PcmReader::new(
        WavData::new(input, length, WavExtent::of(&header.data)),
        header.fmt.spec,
        length,
    )
    .with_metadata(metadata)
    .with_channel_map(header.fmt.channel_map());
    let sequence = WavSequence::new(reader, has_more);
    Ok(match ends {
        true => sequence.only_first(),
        false => sequence,
    })
}

#[cfg(test)]
mod tests;
