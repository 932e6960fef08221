//! Opens a container with one of symphonia's format readers.

use super::map_error::map_open_error;
use super::media_source::ReadBudget;
use super::source::DecodedSource;
use super::stream_info::StreamInfo;
use crate::audio::error::Result;
use crate::audio::file::catch_panic::catch_panic;
use crate::audio::file::container::Container;
use crate::audio::stream::Source;
use symphonia::core::common::Limit;
use symphonia::core::errors::Error as SymphoniaError;
use symphonia::core::formats::probe::{Hint, Probe, ProbeOptions, ProbeableFormat};
use symphonia::core::formats::{FormatOptions, FormatReader};
use symphonia::core::io::MediaSourceStream;
use symphonia::core::meta::MetadataOptions;
use symphonia::default::meta::{Id3v1Reader, Id3v2Reader};

/// Maximum bytes of other data before the format.
const MAX_LEADING_JUNK: u32 = 64 << 10;

/// Opens `stream` with the format reader `P`.
pub(super) fn open_stream<P>(
    container: Container,
    name: String,
    stream: MediaSourceStream<'static>,
    budget: ReadBudget,
    info: StreamInfo,
) -> Result<Box<dyn Source>>
where
    for<'a> P: ProbeableFormat<'a>,
{
    let reader = probe::<P>(stream).map_err(|error| map_open_error(container, &name, error))?;
    let source = DecodedSource::new(container, name, reader, budget, info)?;
    Ok(Box::new(source))
}

fn probe<P>(
    stream: MediaSourceStream<'static>,
) -> std::result::Result<Box<dyn FormatReader>, SymphoniaError>
where
    for<'a> P: ProbeableFormat<'a>,
{
    let options = ProbeOptions {
        max_probe_depth: MAX_LEADING_JUNK,
        ..ProbeOptions::default()
    };
    let mut probe = Probe::new_with_options(&options);
    probe.register_format::<P>();
    probe.register_metadata::<Id3v2Reader<'_>>();
    probe.register_metadata::<Id3v1Reader<'_>>();
    let no_pictures = MetadataOptions::default().limit_visual_bytes(Limit::Maximum(0));
    catch_panic(|| probe.probe(&Hint::new(), stream, FormatOptions::default(), no_pictures))
}
