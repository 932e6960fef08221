//! Resampling by a fixed ratio.
//!
//! Uses rubato's FFT resampler with a squared Blackman-Harris window: aliasing is below -130 dB in single and -170 dB
//! in double precision. Its delay is removed, so that output and input are aligned and have the same duration.

use super::sample::Number;
use crate::audio::error::{Error, Kind, Result};
use crate::audio::spec::rescale_frames;
use rubato::audioadapter_buffers::direct::InterleavedSlice;
use rubato::{Fft, FixedSync, Resampler as _, WindowFunction};

/// Resampling quality. All are transparent; they differ in bandwidth and precision.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Quality {
    /// Single precision (130 dB) and the least delay. The passband ends at 93% of the lower Nyquist frequency.
    Fast,
    /// Double precision. The passband ends at 96%.
    Good,
    /// Double precision. The passband ends at 98%.
    #[default]
    Best,
}

impl Quality {
    /// All, from lowest to highest.
    pub const ALL: [Quality; 3] = [Quality::Fast, Quality::Good, Quality::Best];

    /// Its name (`best`).
    pub fn name(self) -> &'static str {
        match self {
            Quality::Fast => "fast",
            Quality::Good => "good",
            Quality::Best => "best",
        }
    }

    /// Minimum frames of a block at the lower rate. Longer blocks have steeper filters.
    fn min_block(self) -> usize {
        match self {
            Quality::Fast => 512,
            Quality::Good => 1024,
            Quality::Best => 2048,
        }
    }
}

/// Maximum frames of a block, at either rate. Limits the memory for rates without a large common divisor.
const MAX_BLOCK: u64 = 1 << 20;

/// Resamples interleaved frames, pushed in blocks of any length.
pub(crate) struct Resampler<T: Number> {
    fft: Fft<T>,
    channels: usize,
    from: u32,
    to: u32,
    /// Input frames that do not fill a block yet.
    pending: Vec<T>,
    /// An output block.
    block: Vec<T>,
    /// Output frames still to be dropped to remove the delay.
    delay: usize,
    frames_in: u64,
    frames_out: u64,
}

impl<T: Number> Resampler<T> {
    /// A resampler from rate `from` to rate `to`.
    ///
    /// # Errors
    /// [`Kind::Unsupported`] for high rates without a large common divisor.
    pub(crate) fn new(from: u32, to: u32, channels: usize, quality: Quality) -> Result<Self> {
        let block = block_length(from, to, quality);
        let fft = block.and_then(|block| {
            let (from, to) = (from as usize, to as usize);
            let window = WindowFunction::BlackmanHarris2;
            Fft::new_custom(from, to, block, 1, channels, window, FixedSync::Both).ok()
        });
        let fft = fft.ok_or_else(|| {
            let message = format!(
                "cannot resample {from} Hz to {to} Hz: the rates have no large common divisor"
            );
            Error::new(Kind::Unsupported, message)
        })?;
        Ok(Resampler {
            channels,
            from,
            to,
            pending: Vec::with_capacity(fft.input_frames_next() * channels),
            block: vec![T::default(); fft.output_frames_next() * channels],
            delay: fft.output_delay(),
            fft,
            frames_in: 0,
            frames_out: 0,
        })
    }

    /// Resamples interleaved frames and appends the available output to `out`.
    pub(crate) fn push(&mut self, frames: &[T], out: &mut Vec<T>) -> Result<()> {
        self.frames_in += (frames.len() / self.channels) as u64;
        self.process(frames, out)
    }

    /// Appends the rest of the output, so that its total length corresponds to the ratio, rounded to nearest. Then the
    /// resampler is ready for another stream.
    pub(crate) fn finish(&mut self, out: &mut Vec<T>) -> Result<()> {
        let total = rescale_frames(self.frames_in, self.from, self.to);
        let silence = vec![T::default(); self.fft.input_frames_next() * self.channels];
        while self.frames_out < total {
            let before = out.len();
            self.process(&silence, out)?;
            let excess = self.frames_out.saturating_sub(total) as usize * self.channels;
            out.truncate(out.len().saturating_sub(excess).max(before));
        }
        self.fft.reset();
        self.pending.clear();
        (self.frames_in, self.frames_out, self.delay) = (0, 0, self.fft.output_delay());
        Ok(())
    }

    fn process(&mut self, mut frames: &[T], out: &mut Vec<T>) -> Result<()> {
        let block_samples = self.fft.input_frames_next() * self.channels;
        if !self.pending.is_empty() {
            let missing = (block_samples - self.pending.len()).min(frames.len());
            self.pending.extend_from_slice(&frames[..missing]);
            frames = &frames[missing..];
            if self.pending.len() < block_samples {
                return Ok(());
            }
            let block = std::mem::take(&mut self.pending);
            self.process_block(&block, out)?;
            self.pending = block;
            self.pending.clear();
        }
        let mut blocks = frames.chunks_exact(block_samples);
        for block in &mut blocks {
            self.process_block(block, out)?;
        }
        self.pending.extend_from_slice(blocks.remainder());
        Ok(())
    }

    fn process_block(&mut self, block: &[T], out: &mut Vec<T>) -> Result<()> {
        let failed = |_| Error::internal("the resampler failed");
        let frames = block.len() / self.channels;
        let room = self.block.len() / self.channels;
        let input = InterleavedSlice::new(block, self.channels, frames);
        let mut output = InterleavedSlice::new_mut(&mut self.block, self.channels, room);
        let (Ok(input), Ok(output)) = (&input, &mut output) else {
            return Err(Error::internal(
                "the resampler was passed a block of the wrong size",
            ));
        };
        let resampled = self.fft.process_into_buffer(input, output, None);
        let (_, frames) = resampled.map_err(failed)?;
        let dropped = self.delay.min(frames);
        self.delay -= dropped;
        self.frames_out += (frames - dropped) as u64;
        out.extend_from_slice(&self.block[dropped * self.channels..frames * self.channels]);
        Ok(())
    }
}

/// Frames of a block at the rate `from`; `None` if it would be too long.
fn block_length(from: u32, to: u32, quality: Quality) -> Option<usize> {
    let lower = u64::from(from.min(to));
    let min_frames = (quality.min_block() as u64 * u64::from(from)).div_ceil(lower);
    let common = gcd(from, to);
    let (step, other) = (u64::from(from / common), u64::from(to / common));
    // Even, so that the delay, half a block, is a whole number of frames at both rates. Very different rates get a
    // shorter block.
    let max_steps = MAX_BLOCK / step.max(other) / 2 * 2;
    let steps = min_frames.div_ceil(step).next_multiple_of(2).min(max_steps);
    (steps > 0).then_some((steps * step) as usize)
}

fn gcd(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests;
