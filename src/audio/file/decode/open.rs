//! Opens a container with one of symphonia's format readers.

use super::map_error::map_open_error;
use super::media_source::ReadBudget;
use super::open_reader::open_reader;
use super::source::DecodedSource;
use super::stream_info::StreamInfo;
use crate::audio::error::Result;
use crate::audio::file::container::Container;
use crate::audio::stream::Source;
use symphonia::core::formats::probe::ProbeableFormat;
use symphonia::core::io::MediaSourceStream;

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
    let reader =
        open_reader::<P>(stream).map_err(|error| map_open_error(container, &name, error))?;
    let source = DecodedSource::new(container, name, reader, budget, info)?;
    Ok(Box::new(source))
}
