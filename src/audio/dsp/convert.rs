//! Conversion from one spec to another: sample format, rate, channels and gain.
//!
//! Samples of the same format are only moved, and a format that can represent all samples of the other gets them
//! exactly. All other conversions are done in floating point and rounded once at the end, with dither.

use super::gain::Ramp;
use super::mix::Mix;
use super::resample::{Quality, Resampler};
use super::sample::{Dither, Packer, Unpacker};
use crate::audio::error::{Error, Kind, Result};
use crate::audio::format::{Encoding, Format};
use crate::audio::spec::Spec;
use crate::audio::spelling::count;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Quality options for conversions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConversionOptions {
    /// Resampling quality.
    pub quality: Quality,
    /// Whether samples are dithered when they are rounded.
    pub dither: bool,
}

impl Default for ConversionOptions {
    fn default() -> ConversionOptions {
        ConversionOptions {
            quality: Quality::default(),
            dither: true,
        }
    }
}

/// A description of a conversion.
#[derive(Clone, Debug)]
pub struct Conversion {
    /// The spec of the input.
    pub from: Spec,
    /// The spec of the output.
    pub to: Spec,
    /// The input channels in each output channel.
    pub mix: Mix,
    /// Whether gain is applied (the ramps of [`Converter::push`]).
    pub scaled: bool,
    /// Quality options.
    pub options: ConversionOptions,
}

impl Conversion {
    /// Whether it changes anything.
    pub fn is_needed(&self) -> bool {
        self.from != self.to || !self.mix.is_identity() || self.scaled
    }

    fn resamples(&self) -> bool {
        self.from.rate != self.to.rate
    }

    /// Whether each output sample equals an input sample.
    fn is_lossless(&self) -> bool {
        let same_samples = !self.resamples() && self.mix.selection().is_some();
        same_samples && self.to.format.holds(self.from.format)
    }

    /// The conversion as text: `44100 Hz, S16_LE → 48000 Hz, S32_LE (resample best, dither)`, with `notes` included in
    /// the parentheses. `None` if it changes nothing.
    pub fn text(&self, notes: &[String]) -> Option<String> {
        if !self.is_needed() {
            return None;
        }
        let (from, to) = self.differences();
        let what = match from.is_empty() {
            true => self.from.format.to_string(),
            false => format!("{} → {}", from.join(", "), to.join(", ")),
        };
        let how = self.steps(notes);
        Some(match how.is_empty() {
            true => what,
            false => format!("{what} ({})", how.join(", ")),
        })
    }

    /// The fields in which the specs differ.
    fn differences(&self) -> (Vec<String>, Vec<String>) {
        let fields = |spec: Spec| {
            [
                format!("{} Hz", spec.rate),
                spec.format.to_string(),
                count(spec.channels, "channel"),
            ]
        };
        let pairs = fields(self.from).into_iter().zip(fields(self.to));
        pairs.filter(|(from, to)| from != to).unzip()
    }

    fn steps(&self, notes: &[String]) -> Vec<String> {
        let mut steps = Vec::new();
        if self.resamples() {
            steps.push(format!("resample {}", self.options.quality.name()));
        }
        steps.extend_from_slice(notes);
        if self.is_dithered() {
            steps.push("dither".to_owned());
        }
        steps
    }

    fn is_dithered(&self) -> bool {
        let format = self.to.format;
        let is_rounded = !self.is_lossless() || self.scaled;
        self.options.dither
            && is_rounded
            && is_integer(format)
            && format.bits() < f64::MANTISSA_DIGITS
    }

    /// Creates a converter. It adds the number of clipped samples to `clipped`.
    ///
    /// # Errors
    /// [`Kind::Unsupported`] for formats without a full scale, unless samples are only moved, and for rates that cannot
    /// be converted.
    pub fn converter(&self, clipped: Arc<AtomicU64>) -> Result<Converter> {
        let moves_only = self.from.format == self.to.format && self.is_lossless() && !self.scaled;
        let path = match self.mix.selection() {
            Some(selection) if moves_only => ConversionPath::Move(selection),
            _ => ConversionPath::Calculate(Box::new(Pipeline::new(self)?)),
        };
        Ok(Converter {
            from: self.from,
            path,
            clipped,
        })
    }
}

fn is_integer(format: Format) -> bool {
    matches!(format.encoding(), Encoding::Signed | Encoding::Unsigned)
}

/// Converts frames, pushed in blocks of any length.
pub struct Converter {
    from: Spec,
    path: ConversionPath,
    clipped: Arc<AtomicU64>,
}

enum ConversionPath {
    /// Samples are copied: the input channel of each output channel.
    Move(Vec<Option<usize>>),
    Calculate(Box<Pipeline>),
}

impl Converter {
    /// Converts whole frames, scaled by `gain`, and appends the resulting frames to `out`.
    ///
    /// # Errors
    /// [`Kind::Internal`] if the resampler fails.
    pub fn push(&mut self, frames: &[u8], gain: Ramp, out: &mut Vec<u8>) -> Result<()> {
        let clipped = match &mut self.path {
            ConversionPath::Move(selection) => {
                move_samples(frames, self.from, selection, out);
                0
            }
            ConversionPath::Calculate(pipeline) => pipeline.push(frames, gain, out)?,
        };
        self.clipped.fetch_add(clipped, Relaxed);
        Ok(())
    }

    /// Appends the frames that are still buffered, so that the total number of frames corresponds to the ratio of the
    /// rates, rounded to nearest. Then the converter is ready for another stream.
    ///
    /// # Errors
    /// As [`Converter::push`].
    pub fn finish(&mut self, out: &mut Vec<u8>) -> Result<()> {
        let clipped = match &mut self.path {
            ConversionPath::Move(_) => 0,
            ConversionPath::Calculate(pipeline) => pipeline.finish(out)?,
        };
        self.clipped.fetch_add(clipped, Relaxed);
        Ok(())
    }

    /// The spec of the frames it takes.
    pub fn input_spec(&self) -> Spec {
        self.from
    }
}

fn move_samples(frames: &[u8], spec: Spec, selection: &[Option<usize>], out: &mut Vec<u8>) {
    let sample = spec.frame_bytes() / spec.channels as usize;
    let start = out.len();
    let length = frames.len() / spec.frame_bytes() * selection.len() * sample;
    out.resize(start + length, 0);
    let out = &mut out[start..];
    match sample {
        1 => move_sized::<1>(frames, spec, selection, out),
        2 => move_sized::<2>(frames, spec, selection, out),
        3 => move_sized::<3>(frames, spec, selection, out),
        4 => move_sized::<4>(frames, spec, selection, out),
        // There is no other size.
        _ => move_sized::<8>(frames, spec, selection, out),
    }
}

/// [`move_samples`] for samples of `N` bytes. `out` has as many frames as `frames`.
fn move_sized<const N: usize>(
    frames: &[u8],
    spec: Spec,
    selection: &[Option<usize>],
    out: &mut [u8],
) {
    let silence = spec.format.silence();
    let silence = std::array::from_fn::<_, N, _>(|at| silence[at]);
    let (samples, channels) = (frames.as_chunks::<N>().0, spec.channels as usize);
    let out = out.as_chunks_mut::<N>().0;
    // One channel after the other: a loop without decisions.
    for (output, input) in selection.iter().enumerate() {
        let moved = out.iter_mut().skip(output).step_by(selection.len());
        match input {
            Some(input) => {
                let from = samples.iter().skip(*input).step_by(channels);
                moved.zip(from).for_each(|(to, from)| *to = *from);
            }
            None => moved.for_each(|to| *to = silence),
        }
    }
}

/// Conversion in floating point: unpack, gain, mix and resample, pack.
struct Pipeline {
    unpacker: Unpacker,
    packer: Packer,
    channels: usize,
    mix: Option<Mix>,
    /// Whether mixing comes before resampling: the resampler runs on the side with fewer channels.
    mixes_first: bool,
    resampler: Option<Resampler>,
    dither: Option<Dither>,
    /// Whether samples are preserved exactly unless gain is applied.
    lossless: bool,
    samples: Vec<f64>,
    scratch: Vec<f64>,
}

impl Pipeline {
    fn new(conversion: &Conversion) -> Result<Pipeline> {
        let unsupported = |format| {
            let message = format!("{format} cannot be converted");
            Error::new(Kind::Unsupported, message)
        };
        let (from, to) = (conversion.from, conversion.to);
        let unpacker = Unpacker::new(from.format).ok_or_else(|| unsupported(from.format))?;
        let packer = Packer::new(to.format).ok_or_else(|| unsupported(to.format))?;
        let fewer = from.channels.min(to.channels) as usize;
        let quality = conversion.options.quality;
        let resampler = match conversion.resamples() {
            true => Some(Resampler::new(from.rate, to.rate, fewer, quality)?),
            false => None,
        };
        Ok(Pipeline {
            unpacker,
            packer,
            channels: from.channels as usize,
            mix: (!conversion.mix.is_identity()).then(|| conversion.mix.clone()),
            mixes_first: to.channels <= from.channels,
            resampler,
            dither: conversion.is_dithered().then(|| Dither::new(1)),
            lossless: conversion.is_lossless(),
            samples: Vec::new(),
            scratch: Vec::new(),
        })
    }

    fn push(&mut self, frames: &[u8], gain: Ramp, out: &mut Vec<u8>) -> Result<u64> {
        self.samples.clear();
        self.unpacker.unpack_all(frames, &mut self.samples);
        gain.apply(&mut self.samples, self.channels);
        if self.mixes_first {
            self.mix();
        }
        if let Some(resampler) = &mut self.resampler {
            self.scratch.clear();
            resampler.push(&self.samples, &mut self.scratch);
            std::mem::swap(&mut self.samples, &mut self.scratch);
        }
        if !self.mixes_first {
            self.mix();
        }
        Ok(self.pack(self.lossless && gain == Ramp::UNITY, out))
    }

    fn finish(&mut self, out: &mut Vec<u8>) -> Result<u64> {
        let Some(resampler) = &mut self.resampler else {
            return Ok(0);
        };
        self.samples.clear();
        resampler.finish(&mut self.samples);
        if !self.mixes_first {
            self.mix();
        }
        Ok(self.pack(false, out))
    }

    fn mix(&mut self) {
        if let Some(mix) = &self.mix {
            self.scratch.clear();
            mix.apply(&self.samples, &mut self.scratch);
            std::mem::swap(&mut self.samples, &mut self.scratch);
        }
    }

    fn pack(&mut self, exactly: bool, out: &mut Vec<u8>) -> u64 {
        let dither = self.dither.as_mut().filter(|_| !exactly);
        self.packer.pack_all(&self.samples, dither, out)
    }
}

#[cfg(test)]
mod tests;
