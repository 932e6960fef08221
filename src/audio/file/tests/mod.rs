//! Tests across containers.

mod damage;
mod open;
mod output;
mod pcm_containers;
mod write;

use super::container::Container;
use super::create::create;
use super::options::WriteOptions;
use crate::audio::dsp::sample::Unpacker;
use crate::audio::error::Error;
use crate::audio::format::Format;
use crate::audio::spec::Spec;
use crate::audio::stream::Sink;
use std::path::Path;

fn spec(format: Format, channels: u32) -> Spec {
    Spec::new(format, 48_000, channels).unwrap()
}

fn cd() -> Spec {
    Spec::new(Format::S16_LE, 44_100, 2).unwrap()
}

fn options_for(container: Container) -> WriteOptions {
    WriteOptions {
        container: Some(container),
        ..WriteOptions::default()
    }
}

fn sink(path: &Path, spec: Spec, options: &WriteOptions) -> Box<dyn Sink> {
    create(path.into(), spec, options).unwrap()
}

fn create_error(path: &Path, spec: Spec, options: &WriteOptions) -> Error {
    match create(path.into(), spec, options) {
        Ok(_) => panic!("{} was created", path.display()),
        Err(error) => error,
    }
}

/// The samples as numbers, as bits so that NaNs compare equal. Of formats without a full scale, the bytes.
fn values(spec: Spec, bytes: &[u8]) -> Vec<u64> {
    let Some(unpacker) = Unpacker::new(spec.format) else {
        return bytes.iter().map(|byte| u64::from(*byte)).collect();
    };
    let samples = bytes.chunks_exact(unpacker.bytes());
    samples
        .map(|sample| unpacker.unpack(sample).to_bits())
        .collect()
}
