//! From one spec to another: format, rate and channels, and how loud.
//!
//! What needs no arithmetic is none: samples of one format are moved as they are, and what a format holds exactly
//! arrives exactly. All else is done in floating point and rounded once, at the end, with dither.

use super::mix::Mix;
use super::resample::{Quality, Resampler, frames_at};
use super::sample::{Dither, Number, Reader, Writer};
use crate::audio::error::{Error, Kind, Result};
use crate::audio::format::Format;
use crate::audio::spec::Spec;
use crate::audio::stream::Sink;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// How conversions are done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Means {
    /// How well rates are converted.
    pub quality: Quality,
    /// Whether samples are dithered where they are rounded.
    pub dither: bool,
}

impl Default for Means {
    fn default() -> Means {
        Means {
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
    pub means: Means,
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
            how.push(format!("resample {}", self.means.quality.name()));
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
        self.resamples() && self.means.quality == Quality::Fast
    }

    fn is_dithered(&self) -> bool {
        let bits = if self.is_single() {
            f32::MANTISSA_DIGITS
        } else {
            f64::MANTISSA_DIGITS
        };
        let format = self.to.format;
        let rounded = !self.is_exact() || self.scaled;
        self.means.dither && rounded && is_integer(format) && format.bits() < bits
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
            to: self.to,
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

/// How loud some frames are to be: a factor that goes in a straight line from the first of them to the one after the
/// last.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ramp {
    /// At the first frame.
    pub from: f64,
    /// At the frame after the last.
    pub to: f64,
}

impl Ramp {
    /// All as it is.
    pub const UNITY: Ramp = Ramp { from: 1.0, to: 1.0 };

    fn apply<T: Number>(self, samples: &mut [T], channels: usize) {
        if self == Ramp::UNITY {
            return;
        }
        let frames = samples.len() / channels;
        let step = (self.to - self.from) / frames.max(1) as f64;
        for (at, frame) in samples.chunks_exact_mut(channels).enumerate() {
            let factor = T::of(self.from + step * at as f64);
            frame.iter_mut().for_each(|sample| *sample *= factor);
        }
    }
}

/// Converts frames, pushed in pieces of any length.
pub struct Converter {
    from: Spec,
    to: Spec,
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

    /// What comes out.
    pub fn spec(&self) -> Spec {
        self.to
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
    reader: Reader,
    writer: Writer,
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
        let reader = Reader::new(from.format).ok_or_else(|| cannot(from.format))?;
        let writer = Writer::new(to.format).ok_or_else(|| cannot(to.format))?;
        let fewer = from.channels.min(to.channels) as usize;
        let resampler = match plan.resamples() {
            true => Some(Resampler::new(
                from.rate,
                to.rate,
                fewer,
                plan.means.quality,
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

/// A sink of one spec that takes frames of another.
pub struct Converted {
    sink: Box<dyn Sink>,
    converter: Converter,
    gain: f64,
    /// Frames that the sink may still be given.
    left: u64,
    made: Vec<u8>,
    finished: bool,
}

impl Converted {
    /// Takes what goes into `converter`, and gives `sink` what comes out, `gain` times as loud (where the plan is
    /// scaled) and at most `most` frames.
    pub fn new(
        sink: Box<dyn Sink>,
        converter: Converter,
        gain: f64,
        most: Option<u64>,
    ) -> Converted {
        Converted {
            sink,
            converter,
            gain,
            left: most.unwrap_or(u64::MAX),
            made: Vec::new(),
            finished: false,
        }
    }

    fn pass_on(&mut self) -> Result<()> {
        let spec = self.sink.spec();
        let frames = spec.frames_in(self.made.len() as u64).min(self.left);
        self.left -= frames;
        let written = match frames {
            0 => Ok(()),
            _ => self.sink.write(&self.made[..spec.bytes(frames) as usize]),
        };
        self.made.clear();
        written
    }
}

impl Sink for Converted {
    /// That of the frames that are handed over.
    fn spec(&self) -> Spec {
        self.converter.from
    }

    fn name(&self) -> &str {
        self.sink.name()
    }

    fn write(&mut self, frames: &[u8]) -> Result<()> {
        let ramp = Ramp {
            from: self.gain,
            to: self.gain,
        };
        self.converter.push(frames, ramp, &mut self.made)?;
        self.pass_on()
    }

    fn checkpoint(&mut self) -> Result<()> {
        self.sink.checkpoint()
    }

    /// Those that the sink behind it has.
    fn frames(&self) -> u64 {
        self.sink.frames()
    }

    fn room(&self) -> Option<u64> {
        let (from, to) = (self.converter.from.rate, self.converter.to.rate);
        self.sink.room().map(|room| frames_at(room, to, from))
    }

    fn next_file(&mut self) -> Result<()> {
        self.sink.next_file()
    }

    fn finish(&mut self) -> Result<()> {
        let rest = match std::mem::replace(&mut self.finished, true) {
            true => Ok(()),
            false => {
                let made = self.converter.finish(&mut self.made);
                made.and_then(|()| self.pass_on())
            }
        };
        // Whatever failed, what is there is made a valid file.
        let finished = self.sink.finish();
        rest.and(finished)
    }
}

#[cfg(test)]
mod tests;
