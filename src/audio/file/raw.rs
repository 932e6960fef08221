//! Raw samples: bytes as they are, described by whoever plays them.

use super::body::{Body, Extent};
use super::store::Packing;
use super::{Input, ReadOptions};
use crate::audio::advice::FileAdvice;
use crate::audio::error::{Error, Kind, Result};
use crate::audio::spec::Spec;
use crate::audio::stream::Source;

/// How raw samples are written: as they are.
pub(super) const PACKING: Packing = Packing {
    title: "raw",
    formats: &[],
    header: |_, _| Vec::new(),
    padding: 1,
    most: u64::MAX,
    tags: None,
    stores_channel_mask: |_| false,
};

/// The frames of `spec` in all of `input` from where it stands, which holds nothing but samples.
pub(crate) fn frames_of(input: Input, spec: Spec) -> Body {
    let extent = input.remaining().map_or(Extent::Open, Extent::Found);
    Body::new(input, spec, extent)
}

/// Opens raw samples as `options` describe them.
pub(super) fn open(input: Input, options: &ReadOptions) -> Result<Box<dyn Source>> {
    let Some(spec) = options.raw else {
        let message = format!("cannot play '{}' without knowing its samples", input.name());
        return Err(Error::new(Kind::Usage, message)
            .with_file(input.name())
            .with_advice(FileAdvice::DescribeRaw));
    };
    Ok(Box::new(frames_of(input, spec)))
}
