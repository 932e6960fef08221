//! Raw samples: bytes as they are, described by whoever plays them.

use super::body::{Body, Extent};
use super::store::Packing;
use super::{Input, ReadOptions, Source};
use crate::audio::error::{Error, Kind, Result};
use crate::audio::spec::Spec;

/// How raw samples are written: as they are.
pub(super) const PACKING: Packing = Packing {
    title: "raw",
    formats: &[],
    header: |_, _| Vec::new(),
    padding: 1,
    most: u64::MAX,
    tags: None,
};

/// The frames of an input that holds nothing but samples.
pub struct RawSource(Body);

impl RawSource {
    /// All of `input` from where it stands, as frames of `spec`.
    pub fn new(input: Input, spec: Spec) -> RawSource {
        let extent = input.remaining().map_or(Extent::Open, Extent::Found);
        RawSource(Body::new(input, spec, extent))
    }
}

/// Opens raw samples as `options` describe them.
pub(super) fn open(input: Input, options: &ReadOptions) -> Result<Box<dyn Source>> {
    let Some(spec) = options.raw else {
        let message = format!("cannot play '{}' without knowing its samples", input.name());
        return Err(Error::new(Kind::Usage, message)
            .with_file(input.name())
            .with_hint("raw samples need all three: -f FORMAT -r RATE -c CHANNELS"));
    };
    Ok(Box::new(RawSource::new(input, spec)))
}

impl Source for RawSource {
    fn spec(&self) -> Spec {
        self.0.spec()
    }

    fn frames(&self) -> Option<u64> {
        self.0.frames()
    }

    fn name(&self) -> &str {
        self.0.name()
    }

    /// A last frame that is not whole is an error, after all the whole ones.
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        self.0.read(buffer)
    }

    fn skip(&mut self, frames: u64) -> Result<u64> {
        self.0.skip(frames)
    }
}
