//! The signal that is sent: every channel is different, so that each can be recognized.

use crate::audio::dsp::random::Random;
use crate::audio::dsp::sample::{Packer, Unpacker};
use crate::audio::error::{Error, Kind, Result};
use crate::audio::spec::Spec;
use std::f64::consts::TAU;
use std::ops::Range;
use std::time::Duration;

/// Peak of the noise: half of full scale, so that a path with some gain does not clip it.
const NOISE_PEAK: f64 = 0.5;

/// Level of the quiet sines: a compressor treats them differently from the loud ones.
const QUIET_DB: f64 = -40.0;

/// Level of the loud sines.
const LOUD_DB: f64 = -6.0;

/// Frequencies in Hz of the first channel, and from each channel to the next.
const FIRST_HZ: f64 = 997.0;
const STEP_HZ: f64 = 211.0;

/// The highest frequency of a sine, as part of the rate.
const MAX_FREQUENCY: f64 = 0.35;

/// The parts of the signal, each a range of frames.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PathSections {
    /// Digital silence. PulseAudio's monitors miss the first moments of a stream.
    pub silence: Range<usize>,
    /// Noise, different in each channel, in which every bit changes.
    pub noise: Range<usize>,
    /// A quiet sine of another frequency in each channel.
    pub quiet: Range<usize>,
    /// The same sines, louder.
    pub loud: Range<usize>,
    /// Noise again: it arrives later or earlier than expected if frames were lost or inserted.
    pub mark: Range<usize>,
    /// Digital silence, which some cables swallow.
    pub tail: Range<usize>,
}

impl PathSections {
    fn of(rate: u32) -> PathSections {
        let mut end = 0;
        let mut next = |ms: u64| {
            let start = end;
            end += (u64::from(rate) * ms / 1000) as usize;
            start..end
        };
        PathSections {
            silence: next(600),
            noise: next(500),
            quiet: next(400),
            loud: next(400),
            mark: next(100),
            tail: next(500),
        }
    }

    /// Everything that is compared bit by bit.
    pub fn compared(&self) -> Range<usize> {
        self.noise.start..self.mark.end
    }
}

/// A signal of about two seconds.
#[derive(Clone, Debug)]
pub struct PathSignal {
    pub(super) spec: Spec,
    pub(super) sections: PathSections,
    pub(super) unpacker: Unpacker,
    /// The frequency of each channel's sines in Hz.
    pub(super) frequencies: Vec<f64>,
    bytes: Vec<u8>,
}

impl PathSignal {
    /// The signal for a device that takes `spec`.
    ///
    /// # Errors
    /// [`Kind::Unsupported`] for a format whose samples are not numbers.
    pub fn new(spec: Spec) -> Result<PathSignal> {
        let (Some(packer), Some(unpacker)) = (Packer::new(spec.format), Unpacker::new(spec.format))
        else {
            let message = format!("a path cannot be tested with {}", spec.format);
            return Err(Error::new(Kind::Unsupported, message));
        };
        let sections = PathSections::of(spec.rate);
        let mut signal = PathSignal {
            spec,
            frequencies: frequencies(spec),
            sections,
            unpacker,
            bytes: Vec::new(),
        };
        signal.bytes = signal.generate(packer);
        Ok(signal)
    }

    /// Format, rate and channels.
    pub fn spec(&self) -> Spec {
        self.spec
    }

    /// All frames, to be played once.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// How long it lasts.
    pub fn duration(&self) -> Duration {
        self.spec.duration(self.sections.tail.end as u64)
    }

    fn generate(&self, packer: Packer) -> Vec<u8> {
        let channels = self.spec.channels as usize;
        let size = packer.bytes();
        let mut bytes = self.spec.silence(self.sections.tail.end as u64);
        let mut noise: Vec<Random> = (0..channels as u64).map(Random::new).collect();
        let gain = |db: f64| 10_f64.powf(db / 20.0);
        let sine = |channel: usize, at: usize| {
            let hz = self.frequencies[channel];
            (TAU * hz * at as f64 / f64::from(self.spec.rate)).sin()
        };
        for (frame, samples) in bytes.chunks_exact_mut(size * channels).enumerate() {
            let is_in = |range: &Range<usize>| range.contains(&frame);
            for (channel, sample) in samples.chunks_exact_mut(size).enumerate() {
                let value = match &self.sections {
                    of if is_in(&of.noise) || is_in(&of.mark) => {
                        NOISE_PEAK * noise[channel].uniform()
                    }
                    of if is_in(&of.quiet) => gain(QUIET_DB) * sine(channel, frame),
                    of if is_in(&of.loud) => gain(LOUD_DB) * sine(channel, frame),
                    _ => continue,
                };
                packer.pack(value, sample);
            }
        }
        bytes
    }

    /// The frames of one channel as numbers.
    pub(super) fn channel(&self, bytes: &[u8], channel: usize) -> Vec<f64> {
        let size = self.unpacker.bytes();
        let samples = bytes.chunks_exact(size).skip(channel);
        let samples = samples.step_by(self.spec.channels as usize);
        samples.map(|sample| self.unpacker.unpack(sample)).collect()
    }
}

/// One frequency per channel. Harmonics of one are not those of another.
fn frequencies(spec: Spec) -> Vec<f64> {
    let rate = f64::from(spec.rate);
    let first = FIRST_HZ.min(rate * MAX_FREQUENCY / 2.0);
    let room = (rate * MAX_FREQUENCY - first) / f64::from(spec.channels);
    let step = STEP_HZ.min(room);
    (0..spec.channels)
        .map(|channel| first + step * f64::from(channel))
        .collect()
}
