//! From one spec to another: format, rate and channels, and how loud.
//!
//! What needs no arithmetic is none: samples of one format are moved as they are, and what a format holds exactly
//! arrives exactly. All else is done in floating point and rounded once, at the end, with dither.

use super::gain::Ramp;
use super::mix::Mix;
use super::resample::{Quality, Resampler};
use super::sample::{Dither, Number, Packer, Unpacker};
use crate::audio::error::{Error, Kind, Result};
use crate::audio::format::Format;
use crate::audio::spec::Spec;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// How conversions are done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConversionOptions {
    /// How well rates are converted.
    pub quality: Quality,
    /// Whether samples are dithered where they are rounded.
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

/// What is to be done to frames.
#[derive(Clone, Debug)]
pub struct Conversion {
    /// What goes in.
    pub from: Spec,
    /// What comes out.
    pub to: Spec,
    /// What becomes of the channels.
    pub mix: Mix,
    /// Whether frames are made louder or softer on the way ([`Converter::push`]'s ramps).
    pub scaled: bool,
    /// How it is done.
    pub options: ConversionOptions,
}

impl Conversion {
    /// Whether there is anything to do.
    pub fn is_needed(&self) -> bool {
        self.from != self.to || !self.mix.is_straight() || self.scaled
    }

    fn resamples(&self) -> bool {
        self.from.rate != self.to.rate
    }

    /// Whether each sample that comes out is one that went in, in a format that holds it.
    fn is_exact(&self) -> bool {
        !self.resamples() && self.mix.picks().is_some() && self.to.format.holds(self.from.format)
    }

    /// What is done, in one line: `44100 Hz, S16_LE → 48000 Hz, S32_LE (resample best, dither)`. `notes` are told
    /// between the brackets. `None` where nothing is.
    pub fn text(&self, notes: &[String]) -> Option<String> {
        if !self.is_needed() {
            return None;
        }
        let (mut from, mut to) = (Vec::new(), Vec::new());
        let mut change = |one: String, other: String| {
            if one != other {
                from.push(one);
                to.push(other);
            }
        };
        let (a, b) = (self.from, self.to);
        change(format!("{} Hz", a.rate), format!("{} Hz", b.rate));
        change(a.format.to_string(), b.format.to_string());
        change(channels_text(a.channels), channels_text(b.channels));
        let mut how = Vec::new();
        if self.resamples() {
            how.push(format!("resample {}", self.options.quality.name()));
        }
        how.extend_from_slice(notes);
        if self.is_dithered() {
            how.push("dither".to_owned());
        }
        let what = match from.is_empty() {
            true => a.format.to_string(),
            false => format!("{} → {}", from.join(", "), to.join(", ")),
        };
        Some(match how.is_empty() {
            true => what,
            false => format!("{what} ({})", how.join(", ")),
        })
    }

    fn is_single(&self) -> bool {
        self.resamples() && self.options.quality == Quality::Fast
    }

    fn is_dithered(&self) -> bool {
        let bits = if self.is_single() {
            f32::MANTISSA_DIGITS
        } else {
            f64::MANTISSA_DIGITS
        };
        let format = self.to.format;
        let rounded = !self.is_exact() || self.scaled;
        self.options.dither && rounded && is_integer(format) && format.bits() < bits
    }

    /// What does it. Adds to `clipped` how many samples were over full scale.
    ///
    /// # Errors
    /// [`Kind::Unsupported`] for formats without a full scale, except where samples are only moved; and as rates that
    /// cannot be converted.
    pub fn converter(&self, clipped: Arc<AtomicU64>) -> Result<Converter> {
        let moved = self.from.format == self.to.format && self.is_exact() && !self.scaled;
        let work = match self.mix.picks() {
            Some(picks) if moved => Work::Moved(picks),
            _ if self.is_single() => Work::Single(Box::new(Numbers::new(self)?)),
            _ => Work::Double(Box::new(Numbers::new(self)?)),
        };
        Ok(Converter {
            from: self.from,
            work,
            clipped,
        })
    }
}

fn is_integer(format: Format) -> bool {
    use crate::audio::format::Encoding;
    matches!(format.encoding(), Encoding::Signed | Encoding::Unsigned)
}

fn channels_text(channels: u32) -> String {
    let plural = if channels == 1 { "" } else { "s" };
    format!("{channels} channel{plural}")
}

/// Converts frames, pushed in pieces of any length.
pub struct Converter {
    from: Spec,
    work: Work,
    clipped: Arc<AtomicU64>,
}

enum Work {
    /// Samples change their places.
    Moved(Vec<Option<usize>>),
    Single(Box<Numbers<f32>>),
    Double(Box<Numbers<f64>>),
}

impl Converter {
    /// Takes whole frames, scaled by `ramp`, and appends to `out` the frames that are ready.
    ///
    /// # Errors
    /// A fault of the resampler.
    pub fn push(&mut self, frames: &[u8], ramp: Ramp, out: &mut Vec<u8>) -> Result<()> {
        let clipped = match &mut self.work {
            Work::Moved(picks) => {
                move_samples(frames, self.from, picks, out);
                0
            }
            Work::Single(numbers) => numbers.push(frames, ramp, out)?,
            Work::Double(numbers) => numbers.push(frames, ramp, out)?,
        };
        self.clipped.fetch_add(clipped, Relaxed);
        Ok(())
    }

    /// Appends what it still holds; then as many frames have come out as the rates say, to the nearest. What is pushed
    /// next begins another sound.
    ///
    /// # Errors
    /// As [`Converter::push`].
    pub fn finish(&mut self, out: &mut Vec<u8>) -> Result<()> {
        let clipped = match &mut self.work {
            Work::Moved(_) => 0,
            Work::Single(numbers) => numbers.finish(out)?,
            Work::Double(numbers) => numbers.finish(out)?,
        };
        self.clipped.fetch_add(clipped, Relaxed);
        Ok(())
    }

    /// The spec of the frames it takes.
    pub fn input_spec(&self) -> Spec {
        self.from
    }
}

fn move_samples(frames: &[u8], spec: Spec, picks: &[Option<usize>], out: &mut Vec<u8>) {
    let size = spec.frame_bytes();
    let sample = size / spec.channels as usize;
    let silence = spec.format.silence();
    out.reserve(frames.len() / size * picks.len() * sample);
    for frame in frames.chunks_exact(size) {
        for pick in picks {
            match pick {
                Some(from) => out.extend_from_slice(&frame[from * sample..][..sample]),
                None => out.extend_from_slice(&silence[..sample]),
            }
        }
    }
}

/// The way over numbers.
struct Numbers<T: Number> {
    reader: Unpacker,
    writer: Packer,
    channels: usize,
    mix: Option<Mix>,
    /// Whether channels are mixed before they are resampled: on the side where there are fewer.
    mixed_first: bool,
    resampler: Option<Resampler<T>>,
    dither: Option<Dither>,
    /// Whether samples that are not scaled arrive exactly.
    exact: bool,
    samples: Vec<T>,
    others: Vec<T>,
}

impl<T: Number> Numbers<T> {
    fn new(plan: &Conversion) -> Result<Numbers<T>> {
        let cannot = |format| {
            let message = format!("{format} cannot be converted");
            Error::new(Kind::Unsupported, message)
        };
        let (from, to) = (plan.from, plan.to);
        let reader = Unpacker::new(from.format).ok_or_else(|| cannot(from.format))?;
        let writer = Packer::new(to.format).ok_or_else(|| cannot(to.format))?;
        let fewer = from.channels.min(to.channels) as usize;
        let resampler = match plan.resamples() {
            true => Some(Resampler::new(
                from.rate,
                to.rate,
                fewer,
                plan.options.quality,
            )?),
            false => None,
        };
        Ok(Numbers {
            reader,
            writer,
            channels: from.channels as usize,
            mix: (!plan.mix.is_straight()).then(|| plan.mix.clone()),
            mixed_first: to.channels <= from.channels,
            resampler,
            dither: plan.is_dithered().then(|| Dither::new(1)),
            exact: plan.is_exact(),
            samples: Vec::new(),
            others: Vec::new(),
        })
    }

    fn push(&mut self, frames: &[u8], ramp: Ramp, out: &mut Vec<u8>) -> Result<u64> {
        self.samples.clear();
        self.reader.read_all(frames, &mut self.samples);
        ramp.apply(&mut self.samples, self.channels);
        if self.mixed_first {
            self.mix();
        }
        if let Some(resampler) = &mut self.resampler {
            self.others.clear();
            resampler.push(&self.samples, &mut self.others)?;
            std::mem::swap(&mut self.samples, &mut self.others);
        }
        if !self.mixed_first {
            self.mix();
        }
        Ok(self.write(self.exact && ramp == Ramp::UNITY, out))
    }

    fn finish(&mut self, out: &mut Vec<u8>) -> Result<u64> {
        let Some(resampler) = &mut self.resampler else {
            return Ok(0);
        };
        self.samples.clear();
        resampler.finish(&mut self.samples)?;
        if !self.mixed_first {
            self.mix();
        }
        Ok(self.write(false, out))
    }

    fn mix(&mut self) {
        if let Some(mix) = &self.mix {
            self.others.clear();
            mix.apply(&self.samples, &mut self.others);
            std::mem::swap(&mut self.samples, &mut self.others);
        }
    }

    fn write(&mut self, exactly: bool, out: &mut Vec<u8>) -> u64 {
        let dither = self.dither.as_mut().filter(|_| !exactly);
        self.writer.write_all(&self.samples, dither, out)
    }
}

#[cfg(test)]
mod tests;
