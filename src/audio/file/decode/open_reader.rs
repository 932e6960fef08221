//! Creates symphonia's format readers.

use crate::audio::file::catch_panic::catch_panic;
use symphonia::core::common::Limit;
use symphonia::core::errors::Result;
use symphonia::core::formats::probe::{Hint, Probe, ProbeOptions, ProbeableFormat};
use symphonia::core::formats::{FormatOptions, FormatReader};
use symphonia::core::io::MediaSourceStream;
use symphonia::core::meta::MetadataOptions;
use symphonia::default::meta::{Id3v1Reader, Id3v2Reader};

/// Maximum bytes of other data before the format.
const MAX_LEADING_JUNK: u32 = 64 << 10;

/// The format reader `P` for `stream`.
pub(super) fn open_reader<P>(stream: MediaSourceStream<'static>) -> Result<Box<dyn FormatReader>>
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
