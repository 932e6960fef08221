//! What a sound file is, without playing it.

use super::{Input, ReadOptions, identify, open_as};
use crate::audio::error::Result;
use crate::audio::format::{Encoding, Format};
use crate::audio::metadata::{Cue, Loop, Tags};
use crate::audio::spec::Spec;
use serde::Serialize;

/// All that is known of a file. What it does not tell is `None`, or `null`.
#[derive(Clone, Debug, Serialize)]
pub struct Description {
    /// Its name as given.
    pub name: String,
    /// What the sound is packed in (`WAV`).
    pub container: &'static str,
    /// What it is coded with (`PCM`, `FLAC`).
    pub codec: String,
    /// What its frames are when they are played.
    pub spec: Spec,
    /// Frames in all.
    pub frames: Option<u64>,
    /// Seconds in all.
    pub duration: Option<f64>,
    /// Bits a second.
    pub bit_rate: Option<u64>,
    /// What it says in words.
    pub tags: Tags,
    /// Marked frames.
    pub cues: Vec<Cue>,
    /// Stretches that are repeated.
    pub loops: Vec<Loop>,
}

/// Describes what `input` holds; reads not much more than its header.
///
/// # Errors
/// As [`open`](super::open).
pub fn describe(mut input: Input, options: &ReadOptions) -> Result<Description> {
    let container = identify(&mut input, options)?;
    let source = open_as(input, container, options)?;
    let (spec, frames, about) = (source.spec(), source.frames(), source.metadata());
    let plain = about.codec.is_none();
    Ok(Description {
        name: source.name().to_owned(),
        container: container.title(),
        codec: about
            .codec
            .unwrap_or_else(|| plain_codec(spec.format).to_owned()),
        spec,
        frames,
        duration: frames.map(|frames| spec.seconds(frames)).or(about.seconds),
        bit_rate: about
            .bit_rate
            .or(plain.then(|| spec.bytes(spec.rate.into()) * 8)),
        tags: about.tags,
        cues: about.cues,
        loops: about.loops,
    })
}

/// What samples are called that stand in a file as they are.
fn plain_codec(format: Format) -> &'static str {
    match format.encoding() {
        Encoding::ALaw => "A-law",
        Encoding::MuLaw => "µ-law",
        _ => "PCM",
    }
}
