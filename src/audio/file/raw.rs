//! Raw samples: no header; the caller supplies the spec.

use super::input::Input;
use super::options::ReadOptions;
use super::pcm_reader::{DataLength, PcmReader};
use super::pcm_writer::PcmContainer;
use crate::audio::advice::FileAdvice;
use crate::audio::error::{Error, Kind, Result};
use crate::audio::spec::Spec;
use crate::audio::stream::Source;

/// How raw samples are written: as they are.
pub(super) const RAW: PcmContainer = PcmContainer {
    title: "raw",
    formats: &[],
    header: |_, _| Vec::new(),
    padding: 1,
    ending: &[],
    max_bytes: u64::MAX,
    tags: None,
    stores_channel_mask: |_| false,
};

/// The rest of `input` as frames of `spec`.
pub(crate) fn frames_of(input: Input, spec: Spec) -> PcmReader {
    let length = input
        .remaining()
        .map_or(DataLength::Unknown, DataLength::Derived);
    PcmReader::new(input, spec, length).until_end()
}

/// Opens raw samples of the spec in `options`.
pub(super) fn open(input: Input, options: &ReadOptions) -> Result<Box<dyn Source>> {
    let Some(spec) = options.raw else {
        let message = format!(
            "cannot read '{}': the format of raw samples is not known",
            input.name()
        );
        return Err(Error::new(Kind::Usage, message)
            .with_file(input.name())
            .with_advice(FileAdvice::DescribeRaw));
    };
    Ok(Box::new(frames_of(input, spec)))
}
