//! Sound at another rate: the same pitch, the same length, nothing added.
//!
//! rubato's FFT resampler does it, with a Blackman-Harris window squared: what is mirrored is below -130 dB in single
//! precision and below -170 dB in double. Its delay is taken away at the start and made up for at the end.

use super::sample::Number;
use crate::audio::error::{Error, Kind, Result};
use crate::audio::spec::rescale_frames;
use rubato::audioadapter_buffers::direct::InterleavedSlice;
use rubato::{Fft, FixedSync, Resampler as _, WindowFunction};

/// How well rates are converted. All are transparent; they differ in where the band ends, and in precision.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Quality {
    /// Single precision (130 dB), and the least delay: the band begins to fall at 93 % of half the lower rate.
    Fast,
    /// Double precision; the band begins to fall at 96 %.
    Good,
    /// Double precision; the band begins to fall at 98 %.
    #[default]
    Best,
}

impl Quality {
    /// All, from the least to the greatest.
    pub const ALL: [Quality; 3] = [Quality::Fast, Quality::Good, Quality::Best];

    /// Its name for `--resample`.
    pub fn name(self) -> &'static str {
        match self {
            Quality::Fast => "fast",
            Quality::Good => "good",
            Quality::Best => "best",
        }
    }

    /// Least frames of a block, at the lower of the two rates: the longer it is, the steeper the filter.
    fn block(self) -> usize {
        match self {
            Quality::Fast => 512,
            Quality::Good => 1024,
            Quality::Best => 2048,
        }
    }
}

/// The longest block that is worked on, in frames of either rate. Rates whose ratio is a fraction of such large numbers
/// are met nowhere.
const LONGEST: u64 = 1 << 20;

/// Resamples interleaved frames, pushed in pieces of any length.
pub(crate) struct Resampler<T: Number> {
    fft: Fft<T>,
    channels: usize,
    from: u32,
    to: u32,
    /// Frames of less than a block.
    waiting: Vec<T>,
    /// Frames of a block that comes out.
    block: Vec<T>,
    /// Frames that are still to be dropped: the delay.
    delay: usize,
    taken: u64,
    given: u64,
}

impl<T: Number> Resampler<T> {
    /// One from the rate `from` to the rate `to`.
    ///
    /// # Errors
    /// [`Kind::Unsupported`] for rates that have next to no common divisor, and are large.
    pub(crate) fn new(from: u32, to: u32, channels: usize, quality: Quality) -> Result<Self> {
        let block = block_length(from, to, quality);
        let fft = block.and_then(|block| {
            let (from, to) = (from as usize, to as usize);
            let window = WindowFunction::BlackmanHarris2;
            Fft::new_custom(from, to, block, 1, channels, window, FixedSync::Both).ok()
        });
        let fft = fft.ok_or_else(|| {
            let message = format!("cannot resample {from} Hz to {to} Hz: the ratio is too odd");
            Error::new(Kind::Unsupported, message)
        })?;
        Ok(Resampler {
            channels,
            from,
            to,
            waiting: Vec::with_capacity(fft.input_frames_next() * channels),
            block: vec![T::default(); fft.output_frames_next() * channels],
            delay: fft.output_delay(),
            fft,
            taken: 0,
            given: 0,
        })
    }

    /// Takes interleaved frames, and appends to `out` those that are ready.
    pub(crate) fn push(&mut self, frames: &[T], out: &mut Vec<T>) -> Result<()> {
        self.taken += (frames.len() / self.channels) as u64;
        self.work(frames, out)
    }

    /// Appends the rest: in all, as many frames have come out then as the ratio says, to the nearest. The next frame
    /// begins another sound.
    pub(crate) fn finish(&mut self, out: &mut Vec<T>) -> Result<()> {
        let total = rescale_frames(self.taken, self.from, self.to);
        let silence = vec![T::default(); self.fft.input_frames_next() * self.channels];
        while self.given < total {
            let before = out.len();
            self.work(&silence, out)?;
            let excess = self.given.saturating_sub(total) as usize * self.channels;
            out.truncate(out.len().saturating_sub(excess).max(before));
        }
        self.fft.reset();
        self.waiting.clear();
        (self.taken, self.given, self.delay) = (0, 0, self.fft.output_delay());
        Ok(())
    }

    fn work(&mut self, mut frames: &[T], out: &mut Vec<T>) -> Result<()> {
        let whole = self.fft.input_frames_next() * self.channels;
        if !self.waiting.is_empty() {
            let missing = (whole - self.waiting.len()).min(frames.len());
            self.waiting.extend_from_slice(&frames[..missing]);
            frames = &frames[missing..];
            if self.waiting.len() < whole {
                return Ok(());
            }
            let block = std::mem::take(&mut self.waiting);
            self.make(&block, out)?;
            self.waiting = block;
            self.waiting.clear();
        }
        let mut blocks = frames.chunks_exact(whole);
        for block in &mut blocks {
            self.make(block, out)?;
        }
        self.waiting.extend_from_slice(blocks.remainder());
        Ok(())
    }

    fn make(&mut self, block: &[T], out: &mut Vec<T>) -> Result<()> {
        let failed = |_| Error::internal("the resampler refused a block");
        let frames = block.len() / self.channels;
        let room = self.block.len() / self.channels;
        let input = InterleavedSlice::new(block, self.channels, frames);
        let mut output = InterleavedSlice::new_mut(&mut self.block, self.channels, room);
        let (Ok(input), Ok(output)) = (&input, &mut output) else {
            return Err(Error::internal("a block has another length"));
        };
        let resampled = self.fft.process_into_buffer(input, output, None);
        let (_, made) = resampled.map_err(failed)?;
        let dropped = self.delay.min(made);
        self.delay -= dropped;
        self.given += (made - dropped) as u64;
        out.extend_from_slice(&self.block[dropped * self.channels..made * self.channels]);
        Ok(())
    }
}

/// Frames of a block at the rate `from`; `None` where it would be too long.
fn block_length(from: u32, to: u32, quality: Quality) -> Option<usize> {
    let lower = u64::from(from.min(to));
    let least = (quality.block() as u64 * u64::from(from)).div_ceil(lower);
    let common = gcd(from, to);
    let (step, other) = (u64::from(from / common), u64::from(to / common));
    // Even, so that the middle of the filter, which is the delay, falls on a frame on both sides. Rates that lie very
    // far apart make do with a shorter one.
    let most = LONGEST / step.max(other) / 2 * 2;
    let steps = least.div_ceil(step).next_multiple_of(2).min(most);
    (steps > 0).then_some((steps * step) as usize)
}

fn gcd(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests;
