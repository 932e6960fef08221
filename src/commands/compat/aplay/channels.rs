//! One file for each channel: their names, and the samples of each.

use aloud::audio::spec::Spec;
use std::ffi::{OsStr, OsString};

/// `NAME.0`, `NAME.1` and so on.
pub(super) fn channel_names(base: &OsStr, channels: usize) -> Vec<OsString> {
    let name = |channel: usize| {
        let mut name = base.to_owned();
        name.push(format!(".{channel}"));
        name
    };
    (0..channels).map(name).collect()
}

/// The samples of each channel.
pub(super) fn planes_of(frames: &[u8], spec: Spec) -> Vec<Vec<u8>> {
    let (frame, channels) = (spec.frame_bytes(), spec.channels as usize);
    let sample = frame / channels;
    let plane = |channel: usize| {
        let samples = frames.chunks_exact(frame);
        samples
            .flat_map(|frame| &frame[channel * sample..(channel + 1) * sample])
            .copied()
            .collect()
    };
    (0..channels).map(plane).collect()
}

/// The first `frames` frames of the samples of each channel.
pub(super) fn interleaved(planes: &[Vec<u8>], spec: Spec, frames: u64) -> Vec<u8> {
    let sample = spec.frame_bytes() / planes.len();
    (0..frames as usize)
        .flat_map(|at| {
            planes
                .iter()
                .flat_map(move |plane| &plane[at * sample..(at + 1) * sample])
        })
        .copied()
        .collect()
}
