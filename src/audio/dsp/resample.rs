//! Resampling by a fixed ratio.
//!
//! The spectrum of each block is multiplied by that of a low-pass filter, a sinc with a squared Blackman-Harris window, and
//! cut or extended to the other rate (overlap-add): aliasing is below -170 dB. The delay is removed, so that output and input
//! are aligned and have the same duration.

use crate::audio::error::{Error, Kind, Result};
use crate::audio::spec::rescale_frames;
use realfft::num_complex::Complex;
use realfft::{ComplexToReal, RealFftPlanner, RealToComplex};
use rubato::{WindowFunction, calculate_cutoff};
use std::f64::consts::{PI, TAU};
use std::sync::Arc;

/// Resampling quality. All are transparent; they differ in bandwidth and delay.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Quality {
    /// The least delay. The passband ends at 93% of the lower Nyquist frequency.
    Fast,
    /// The passband ends at 96%.
    Good,
    /// The passband ends at 98%.
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
pub(crate) struct Resampler {
    blocks: BlockResampler,
    channels: usize,
    from: u32,
    to: u32,
    /// Input frames that do not fill a block yet.
    pending: Vec<f64>,
    /// An output block.
    block: Vec<f64>,
    /// Output frames still to be dropped to remove the delay.
    delay: usize,
    frames_in: u64,
    frames_out: u64,
}

impl Resampler {
    /// A resampler from rate `from` to rate `to`.
    ///
    /// # Errors
    /// [`Kind::Unsupported`] for high rates without a large common divisor.
    pub(crate) fn new(from: u32, to: u32, channels: usize, quality: Quality) -> Result<Self> {
        let (frames_in, frames_out) = block_lengths(from, to, quality).ok_or_else(|| {
            let message = format!(
                "cannot resample {from} Hz to {to} Hz: the rates have no large common divisor"
            );
            Error::new(Kind::Unsupported, message)
        })?;
        Ok(Resampler {
            blocks: BlockResampler::new(frames_in, frames_out, channels),
            channels,
            from,
            to,
            pending: Vec::with_capacity(frames_in * channels),
            block: vec![0.0; frames_out * channels],
            delay: frames_out / 2,
            frames_in: 0,
            frames_out: 0,
        })
    }

    /// Resamples interleaved frames and appends the available output to `out`.
    pub(crate) fn push(&mut self, frames: &[f64], out: &mut Vec<f64>) {
        self.frames_in += (frames.len() / self.channels) as u64;
        self.process(frames, out);
    }

    /// Appends the rest of the output, so that its total length corresponds to the ratio, rounded to nearest. Then the
    /// resampler is ready for another stream.
    pub(crate) fn finish(&mut self, out: &mut Vec<f64>) {
        let total = rescale_frames(self.frames_in, self.from, self.to);
        let silence = vec![0.0; self.blocks.frames_in * self.channels];
        while self.frames_out < total {
            let before = out.len();
            self.process(&silence, out);
            let excess = self.frames_out.saturating_sub(total) as usize * self.channels;
            out.truncate(out.len().saturating_sub(excess).max(before));
        }
        self.blocks.reset();
        self.pending.clear();
        (self.frames_in, self.frames_out, self.delay) = (0, 0, self.blocks.frames_out / 2);
    }

    fn process(&mut self, mut frames: &[f64], out: &mut Vec<f64>) {
        let block_samples = self.blocks.frames_in * self.channels;
        if !self.pending.is_empty() {
            let missing = (block_samples - self.pending.len()).min(frames.len());
            self.pending.extend_from_slice(&frames[..missing]);
            frames = &frames[missing..];
            if self.pending.len() < block_samples {
                return;
            }
            let block = std::mem::take(&mut self.pending);
            self.process_block(&block, out);
            self.pending = block;
            self.pending.clear();
        }
        let mut blocks = frames.chunks_exact(block_samples);
        for block in &mut blocks {
            self.process_block(block, out);
        }
        self.pending.extend_from_slice(blocks.remainder());
    }

    fn process_block(&mut self, block: &[f64], out: &mut Vec<f64>) {
        self.blocks.process(block, &mut self.block);
        let frames = self.blocks.frames_out;
        let dropped = self.delay.min(frames);
        self.delay -= dropped;
        self.frames_out += (frames - dropped) as u64;
        out.extend_from_slice(&self.block[dropped * self.channels..]);
    }
}

/// Resamples blocks of a constant length. The output lags behind by half a block.
struct BlockResampler {
    frames_in: usize,
    frames_out: usize,
    /// Transforms of a block, followed by as much silence.
    to_spectrum: Arc<dyn RealToComplex<f64>>,
    from_spectrum: Arc<dyn ComplexToReal<f64>>,
    /// The spectrum of the filter.
    filter: Vec<Complex<f64>>,
    /// Of each channel, the end of the last block's output, which overlaps with the next one's.
    overlaps: Vec<Vec<f64>>,
    samples: Vec<f64>,
    spectrum: Vec<Complex<f64>>,
    scratch: Vec<Complex<f64>>,
}

impl BlockResampler {
    fn new(frames_in: usize, frames_out: usize, channels: usize) -> Self {
        let mut planner = RealFftPlanner::new();
        let to_spectrum = planner.plan_fft_forward(2 * frames_in);
        let from_spectrum = planner.plan_fft_inverse(2 * frames_out);
        let longest = frames_in.max(frames_out);
        let scratch = (to_spectrum.get_scratch_len()).max(from_spectrum.get_scratch_len());
        Self {
            frames_in,
            frames_out,
            filter: filter(&*to_spectrum, frames_in, frames_out),
            to_spectrum,
            from_spectrum,
            overlaps: vec![vec![0.0; frames_out]; channels],
            samples: vec![0.0; 2 * longest],
            spectrum: vec![Complex::default(); longest + 1],
            scratch: vec![Complex::default(); scratch],
        }
    }

    fn process(&mut self, block: &[f64], out: &mut [f64]) {
        let channels = self.overlaps.len();
        for channel in 0..channels {
            let input = &mut self.samples[..2 * self.frames_in];
            for (sample, frame) in input.iter_mut().zip(block.chunks_exact(channels)) {
                *sample = frame[channel];
            }
            input[self.frames_in..].fill(0.0);
            self.resample_samples();
            let overlap = &mut self.overlaps[channel];
            let (this, next) = self.samples[..2 * self.frames_out].split_at(self.frames_out);
            let frames = out.chunks_exact_mut(channels);
            for ((frame, sample), overlapping) in frames.zip(this).zip(&*overlap) {
                frame[channel] = *sample + *overlapping;
            }
            overlap.copy_from_slice(next);
        }
    }

    /// Replaces the samples of one channel, followed by silence, by the filtered ones at the other rate.
    fn resample_samples(&mut self) {
        let (frames_in, frames_out) = (self.frames_in, self.frames_out);
        // The transforms report only wrong lengths, and imaginary parts that are cleared here.
        let _ = self.to_spectrum.process_with_scratch(
            &mut self.samples[..2 * frames_in],
            &mut self.spectrum[..=frames_in],
            &mut self.scratch,
        );
        for (bin, factor) in self.spectrum.iter_mut().zip(&self.filter) {
            *bin *= *factor;
        }
        if frames_out > frames_in {
            self.spectrum[frames_in + 1..].fill(Complex::default());
        }
        for end in [0, frames_out] {
            self.spectrum[end].im = 0.0;
        }
        let _ = self.from_spectrum.process_with_scratch(
            &mut self.spectrum[..=frames_out],
            &mut self.samples[..2 * frames_out],
            &mut self.scratch,
        );
    }

    /// Forgets what has been resampled.
    fn reset(&mut self) {
        for overlap in &mut self.overlaps {
            overlap.fill(0.0);
        }
    }
}

/// The spectrum of the low-pass filter, scaled so that both transforms together do not scale.
fn filter(
    to_spectrum: &dyn RealToComplex<f64>,
    frames_in: usize,
    frames_out: usize,
) -> Vec<Complex<f64>> {
    let shorter = frames_in.min(frames_out);
    let cutoff: f64 = calculate_cutoff(shorter, WindowFunction::BlackmanHarris2);
    let cutoff = cutoff * shorter as f64 / frames_in as f64;
    let taps: Vec<f64> = (0..frames_in)
        .map(|at| {
            let x = PI * cutoff * (at as f64 - (frames_in / 2) as f64);
            let sinc = if x == 0.0 { 1.0 } else { x.sin() / x };
            sinc * blackman_harris(at as f64 / frames_in as f64).powi(2)
        })
        .collect();
    let scale = 1.0 / (taps.iter().sum::<f64>() * 2.0 * frames_in as f64);
    let mut samples: Vec<f64> = taps.iter().map(|tap| tap * scale).collect();
    samples.resize(2 * frames_in, 0.0);
    let mut spectrum = to_spectrum.make_output_vec();
    // It fails only with buffers of wrong lengths.
    let _ = to_spectrum.process(&mut samples, &mut spectrum);
    spectrum
}

/// The Blackman-Harris window, from 0 to 1.
fn blackman_harris(at: f64) -> f64 {
    let cos = |times: f64| (TAU * times * at).cos();
    0.35875 - 0.48829 * cos(1.0) + 0.14128 * cos(2.0) - 0.01168 * cos(3.0)
}

/// Frames of a block at either rate; `None` if it would be too long.
fn block_lengths(from: u32, to: u32, quality: Quality) -> Option<(usize, usize)> {
    let lower = u64::from(from.min(to));
    let min_frames = (quality.min_block() as u64 * u64::from(from)).div_ceil(lower);
    let common = gcd(from, to);
    let (step, other) = (u64::from(from / common), u64::from(to / common));
    // Even, so that the delay, half a block, is a whole number of frames at both rates. Very different rates get a
    // shorter block.
    let max_steps = MAX_BLOCK / step.max(other) / 2 * 2;
    let steps = min_frames.div_ceil(step).next_multiple_of(2).min(max_steps);
    (steps > 0).then_some(((steps * step) as usize, (steps * other) as usize))
}

fn gcd(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests;
