//! Describing a sound file without playing it.

use super::input::Input;
use super::open::{identify, open_as, open_url};
use super::options::ReadOptions;
use crate::audio::error::Result;
use crate::audio::metadata::{Cover, Cue, Loop, Tags};
use crate::audio::spec::Spec;
use crate::audio::stream::Source;
use schemars::JsonSchema;
use serde::Serialize;

/// What is known about a file. What is not known is `None` (`null`).
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Description {
    /// Its name as given.
    pub name: String,
    /// The container (`WAV`).
    pub container: &'static str,
    /// The codec (`PCM`, `FLAC`).
    pub codec: String,
    /// The spec of the decoded frames.
    pub spec: Spec,
    /// Total frames.
    pub frames: Option<u64>,
    /// Duration in seconds.
    pub seconds: Option<f64>,
    /// Bits per second.
    pub bit_rate: Option<u64>,
    /// Tags.
    pub tags: Tags,
    /// Cue points and chapters.
    pub cues: Vec<Cue>,
    /// Sampler loops.
    pub loops: Vec<Loop>,
    /// The first picture in the file, which is not decoded.
    pub cover: Option<Cover>,
    /// The program that decodes it; `None` if it is this library.
    pub decoder: Option<&'static str>,
}

/// Describes what is at an `http` or `https` address, with ffmpeg.
///
/// # Errors
/// As [`open_url`](super::open_url()).
pub fn describe_url(url: &str, options: &ReadOptions) -> Result<Description> {
    Ok(description("URL", open_url(url, options)?.as_ref()))
}

/// Describes what `input` contains. Reads little more than its header.
///
/// # Errors
/// As [`open`](super::open()).
pub fn describe(mut input: Input, options: &ReadOptions) -> Result<Description> {
    let container = identify(&mut input, options)?;
    let source = open_as(input, container, options)?;
    Ok(description(container.title(), source.as_ref()))
}

fn description(container: &'static str, source: &dyn Source) -> Description {
    let (spec, frames, metadata) = (source.spec(), source.frames(), source.metadata());
    let pcm_bit_rate = || match metadata.codec {
        None => Some(spec.bytes(spec.rate.into()) * 8),
        Some(_) => None,
    };
    Description {
        name: source.name().to_owned(),
        container,
        bit_rate: metadata.bit_rate.or_else(pcm_bit_rate),
        codec: metadata
            .codec
            .unwrap_or_else(|| spec.format.pcm_codec().to_owned()),
        spec,
        frames,
        seconds: frames
            .map(|frames| spec.seconds(frames))
            .or(metadata.seconds),
        tags: metadata.tags,
        cues: metadata.cues,
        loops: metadata.loops,
        cover: metadata.covers.into_iter().next(),
        decoder: metadata.decoder,
    }
}
