//! Test signals: sine, sweep, noise and silence, as a [`Source`] of any format.
//!
//! Every section (the whole signal, or one speaker's turn) starts and ends with a fade to avoid clicks.

use super::pink::Pink;
use super::random::Random;
use super::sample::{Dither, Packer};
use crate::audio::error::{Error, Kind, Result};
use crate::audio::spec::Length;
use crate::audio::spec::Spec;
use crate::audio::stream::Source;
use std::f64::consts::{PI, TAU};
use std::fmt;
use std::ops::Range;
use std::time::Duration;

/// Length of the fades; at most half of the section.
pub const FADE: Duration = Duration::from_millis(10);

/// How long each speaker plays when they take turns.
pub const TURN: Duration = Duration::from_secs(1);

/// Length of a sweep without an explicit one.
pub const SWEEP: Duration = Duration::from_secs(10);

/// Maximum RMS of pink noise in dBFS. Its peaks are unbounded, but rarely exceed seven times the RMS.
const MAX_PINK_LEVEL: f64 = -17.0;

/// Maximum RMS of white noise in dBFS. Its samples are uniformly distributed, up to √3 times the RMS.
const MAX_WHITE_LEVEL: f64 = -4.8;

/// A waveform. Frequencies are in Hz.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Wave {
    /// A sine of one frequency.
    Sine {
        /// Greater than 0, less than half the rate.
        hz: f64,
    },
    /// A logarithmic sweep over the whole length.
    Sweep {
        /// Initial frequency.
        from: f64,
        /// Final frequency.
        to: f64,
    },
    /// Noise with equal power per hertz.
    White,
    /// Noise with equal power per octave.
    Pink,
    /// Digital silence.
    Silence,
}

impl Wave {
    /// The maximum level without clipping, in dBFS.
    fn max_level(self) -> f64 {
        match self {
            Wave::White => MAX_WHITE_LEVEL,
            Wave::Pink => MAX_PINK_LEVEL,
            Wave::Sine { .. } | Wave::Sweep { .. } | Wave::Silence => 0.0,
        }
    }

    fn frequencies(self) -> Vec<f64> {
        match self {
            Wave::Sine { hz } => vec![hz],
            Wave::Sweep { from, to } => vec![from, to],
            _ => Vec::new(),
        }
    }
}

impl fmt::Display for Wave {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Wave::Sine { hz } => write!(f, "sine, {hz} Hz"),
            Wave::Sweep { from, to } => write!(f, "sweep, {from} Hz to {to} Hz"),
            Wave::White => f.write_str("white noise"),
            Wave::Pink => f.write_str("pink noise"),
            Wave::Silence => f.write_str("silence"),
        }
    }
}

/// Which channels play. The others are digital silence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ToneChannels {
    /// All: the same sine or sweep in each, uncorrelated noise.
    All,
    /// One channel, counted from 0.
    One(u32),
    /// One after the other for a [`TURN`] each, repeatedly.
    InTurn,
}

/// A test signal.
#[derive(Clone, Copy, Debug)]
pub struct Tone {
    /// The waveform.
    pub wave: Wave,
    /// Level in dBFS: the peak of a sine or sweep, the RMS of noise.
    pub level_db: f64,
    /// The channels it plays on.
    pub channels: ToneChannels,
    /// Length; endless if `None`, except for a sweep, which then takes [`SWEEP`], or each [`TURN`] if channels take
    /// turns.
    pub length: Option<Length>,
}

impl fmt::Display for Tone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.wave {
            Wave::Silence => write!(f, "{}", self.wave),
            wave => write!(f, "{wave}, {} dBFS", self.level_db),
        }
    }
}

impl Tone {
    /// A source that generates it.
    ///
    /// # Errors
    /// [`Kind::Usage`] for a frequency that is not between 0 and half the rate, a level at which it would be clipped, a
    /// channel that does not exist, or a format whose samples have no full scale.
    pub fn source(self, spec: Spec) -> Result<Generator> {
        self.check(spec)?;
        let Some(packer) = Packer::new(spec.format) else {
            let message = format!("cannot generate a tone in {}", spec.format);
            return Err(Error::new(Kind::Usage, message));
        };
        let total = self.total(spec);
        let turn = match self.channels {
            ToneChannels::InTurn => Some(spec.frames_lasting(TURN)),
            _ => None,
        };
        let (voice, gain) = self.voice(spec, turn.or(total), packer.headroom());
        Ok(Generator {
            spec,
            name: self.to_string(),
            voice,
            gain,
            packer,
            dither: Dither::new(0),
            silence: spec.silence(1),
            channels: self.channels(spec),
            turn,
            fade: spec.frames_lasting(FADE),
            total,
            position: 0,
        })
    }

    fn check(&self, spec: Spec) -> Result<()> {
        let invalid = |message| Err(Error::new(Kind::Usage, message));
        let half = f64::from(spec.rate) / 2.0;
        for hz in self.wave.frequencies() {
            if !(hz > 0.0 && hz < half) {
                return invalid(format!(
                    "{hz} Hz is out of range: at a rate of {} Hz, frequencies must be above 0 and below {half} Hz",
                    spec.rate
                ));
            }
        }
        let max = self.wave.max_level();
        if !(self.level_db.is_finite() && self.level_db <= max) {
            return invalid(format!(
                "{} at {} dBFS would be clipped: the maximum is {max} dBFS",
                self.wave, self.level_db
            ));
        }
        match self.channels {
            ToneChannels::One(channel) if channel >= spec.channels => invalid(format!(
                "there is no channel {}: the channels are 1 to {}",
                u64::from(channel) + 1,
                spec.channels
            )),
            _ => Ok(()),
        }
    }

    fn total(&self, spec: Spec) -> Option<u64> {
        let default = match (self.wave, self.channels) {
            (_, ToneChannels::InTurn) => None,
            (Wave::Sweep { .. }, _) => Some(Length::Time(SWEEP)),
            _ => None,
        };
        self.length.or(default).map(|length| length.frames(spec))
    }

    fn channels(&self, spec: Spec) -> Range<usize> {
        match self.channels {
            ToneChannels::One(channel) => channel as usize..channel as usize + 1,
            _ => 0..spec.channels as usize,
        }
    }

    /// The waveform generator (a sweep over `length` frames), and the gain for its level, limited to `headroom`.
    fn voice(&self, spec: Spec, length: Option<u64>, headroom: f64) -> (Voice, f64) {
        let level = 10f64.powf(self.level_db / 20.0);
        let seeds = 1..=u64::from(spec.channels);
        let uniform = seeds.map(Random::new);
        match self.wave {
            Wave::Sine { hz } => (Voice::Sine(Oscillator::new(hz, spec)), level.min(headroom)),
            Wave::Sweep { from, to } => {
                let seconds = spec.seconds(length.unwrap_or(u64::from(spec.rate)).max(1));
                let sweep = Sweep::new(from, to, seconds, spec);
                (Voice::Sweep(sweep), level.min(headroom))
            }
            Wave::White => {
                let gain = (level * UNIFORM_CREST).min(headroom);
                (Voice::White(uniform.collect()), gain)
            }
            Wave::Pink => {
                let filter = Pink::new(spec.rate);
                let gain = level * UNIFORM_CREST / filter.gain();
                let voices = uniform.map(|random| (random, filter.clone()));
                (Voice::Pink(voices.collect()), gain)
            }
            Wave::Silence => (Voice::Silence, 0.0),
        }
    }
}

/// The ratio of peak to RMS of a uniform distribution: √3.
const UNIFORM_CREST: f64 = 1.732_050_807_568_877_2;

/// Generates samples at full scale; pink noise exceeds it.
#[derive(Debug)]
enum Voice {
    Sine(Oscillator),
    Sweep(Sweep),
    /// One generator for each channel.
    White(Vec<Random>),
    /// One generator for each channel.
    Pink(Vec<(Random, Pink)>),
    Silence,
}

/// The phase of a sine at any frame, without accumulating errors.
#[derive(Debug)]
struct Oscillator {
    rate: u64,
    /// Integer and fractional part of the frequency.
    integer: u64,
    fraction: f64,
}

impl Oscillator {
    fn new(hz: f64, spec: Spec) -> Oscillator {
        Oscillator {
            rate: u64::from(spec.rate),
            integer: hz as u64,
            fraction: hz.fract(),
        }
    }

    /// Cycles since frame 0, modulo an integer. An integer frequency completes its cycles every second, so only the
    /// frames of the current second matter, in exact integer arithmetic. The error of the fractional part is far below
    /// a sample.
    fn cycles(&self, frame: u64) -> f64 {
        let (seconds, frames) = (frame / self.rate, frame % self.rate);
        let integer = (frames * self.integer % self.rate) as f64;
        let fraction = frames as f64 * self.fraction;
        (integer + fraction) / self.rate as f64 + (seconds as f64 * self.fraction).fract()
    }
}

/// A sine whose frequency changes by a constant factor per frame.
#[derive(Debug)]
struct Sweep {
    rate: f64,
    from: f64,
    /// Logarithm of the factor by which the frequency changes per second.
    growth: f64,
}

impl Sweep {
    fn new(from: f64, to: f64, seconds: f64, spec: Spec) -> Sweep {
        Sweep {
            rate: f64::from(spec.rate),
            from,
            growth: (to / from).ln() / seconds,
        }
    }

    /// Cycles since frame 0: the integral of the frequency.
    fn cycles(&self, frame: u64) -> f64 {
        let time = frame as f64 / self.rate;
        if self.growth == 0.0 {
            return self.from * time;
        }
        self.from * (self.growth * time).exp_m1() / self.growth
    }
}

/// Generates a [`Tone`].
#[derive(Debug)]
pub struct Generator {
    spec: Spec,
    name: String,
    voice: Voice,
    gain: f64,
    packer: Packer,
    dither: Dither,
    /// A silent frame.
    silence: Vec<u8>,
    /// Channels that play, together or in turn.
    channels: Range<usize>,
    /// Frames of a turn, if they take turns.
    turn: Option<u64>,
    /// Frames of a fade.
    fade: u64,
    total: Option<u64>,
    position: u64,
}

/// A section between two fades.
struct ToneSection {
    channels: Range<usize>,
    /// Frames since its start.
    at: u64,
    /// Total frames, if it ends.
    length: Option<u64>,
}

impl Generator {
    /// The section of the next frame.
    fn section(&self) -> ToneSection {
        let Some(turn) = self.turn else {
            return ToneSection {
                channels: self.channels.clone(),
                at: self.position,
                length: self.total,
            };
        };
        let (number, at) = (self.position / turn, self.position % turn);
        let start = self.position - at;
        let length = self.total.map_or(turn, |total| turn.min(total - start));
        let channel = (number % self.channels.len() as u64) as usize;
        ToneSection {
            channels: channel..channel + 1,
            at,
            length: Some(length),
        }
    }

    /// Generates the next frame.
    fn generate(&mut self, frame: &mut [u8]) {
        frame.copy_from_slice(&self.silence);
        let section = self.section();
        let gain = self.gain * fade(section.at, section.length, self.fade);
        let samples = frame.chunks_exact_mut(self.packer.bytes());
        let playing = samples
            .enumerate()
            .skip(section.channels.start)
            .take(section.channels.len());
        let common = match &self.voice {
            Voice::Silence => return,
            Voice::Sine(oscillator) => (TAU * oscillator.cycles(section.at)).sin(),
            Voice::Sweep(sweep) => (TAU * sweep.cycles(section.at).fract()).sin(),
            Voice::White(_) | Voice::Pink(_) => 0.0,
        };
        for (channel, sample) in playing {
            let value = match &mut self.voice {
                Voice::White(voices) => voices[channel].uniform(),
                Voice::Pink(voices) => {
                    let (random, filter) = &mut voices[channel];
                    filter.filter(random.uniform())
                }
                _ => common,
            };
            self.packer
                .pack_dithered(gain * value, &mut self.dither, sample);
        }
    }
}

/// The gain of frame `at` of `length` with fades of `frames` frames: half a cosine from 0 to 1 and back.
fn fade(at: u64, length: Option<u64>, frames: u64) -> f64 {
    let to_end = length.map_or(u64::MAX, |length| length - 1 - at);
    let frames = frames.min(length.map_or(u64::MAX, |length| length / 2));
    let distance = at.min(to_end);
    if distance >= frames {
        return 1.0;
    }
    let half = PI * (distance as f64 + 0.5) / frames as f64;
    (1.0 - half.cos()) / 2.0
}

impl Source for Generator {
    fn spec(&self) -> Spec {
        self.spec
    }

    fn frames(&self) -> Option<u64> {
        self.total
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let left = self.total.map_or(u64::MAX, |total| total - self.position);
        let frames = self.spec.frames_in(buffer.len() as u64).min(left);
        let bytes = self.spec.bytes(frames) as usize;
        for frame in buffer[..bytes].chunks_exact_mut(self.silence.len()) {
            self.generate(frame);
            self.position += 1;
        }
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests;
