//! Sound that is made: sine, sweep, noise and silence, in every format, as a [`Source`].
//!
//! Every stretch of sound (the whole, or one speaker's turn) begins and ends in a fade, so that nothing clicks.

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

/// How long a fade from or to silence is; at most half of the sound.
pub const FADE: Duration = Duration::from_millis(10);

/// How long each speaker sounds where they take turns.
pub const TURN: Duration = Duration::from_secs(1);

/// How long a sweep is that nobody gave a length.
pub const SWEEP: Duration = Duration::from_secs(10);

/// The RMS of pink noise is at most this, in dBFS: its peaks, which have no strict bound, then stay seven times the RMS
/// away from it.
const HIGHEST_PINK: f64 = -17.0;

/// The RMS of white noise is at most this, in dBFS: its samples are all equally likely, up to √3 times the RMS.
const HIGHEST_WHITE: f64 = -4.8;

/// What sounds. Frequencies are in Hz.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Wave {
    /// One frequency, exactly.
    Sine {
        /// More than 0, less than half the rate.
        hz: f64,
    },
    /// From one frequency to another over the whole length, each octave taking as long as any other.
    Sweep {
        /// At the beginning.
        from: f64,
        /// At the end.
        to: f64,
    },
    /// Noise of the same power in each hertz.
    White,
    /// Noise of the same power in each octave.
    Pink,
    /// Digital silence.
    Silence,
}

impl Wave {
    /// The level from which on it would be clipped, in dBFS.
    fn highest_level(self) -> f64 {
        match self {
            Wave::White => HIGHEST_WHITE,
            Wave::Pink => HIGHEST_PINK,
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

/// Which channels sound. The others are digitally silent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ToneChannels {
    /// All: the same sine or sweep in each, noise that has nothing to do with the others'.
    All,
    /// One, counted from 0.
    One(u32),
    /// Each for a [`TURN`], over and over.
    InTurn,
}

/// What is to be made.
#[derive(Clone, Copy, Debug)]
pub struct Tone {
    /// What sounds.
    pub wave: Wave,
    /// How loud, in decibels of full scale: the peak of a sine or sweep, the RMS of noise.
    pub level_db: f64,
    /// Where it sounds.
    pub channels: ToneChannels,
    /// How long; endless if `None` (a sweep: [`SWEEP`], unless speakers take turns: then one sweep a turn).
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
    /// The source that makes it, of this spec.
    ///
    /// # Errors
    /// [`Kind::Usage`] for what cannot be made: a frequency that is not between 0 and half the rate, a level at which
    /// it would be clipped, a speaker that is none of the channels, or a format whose samples are no numbers.
    pub fn source(self, spec: Spec) -> Result<Generator> {
        self.check(spec)?;
        let Some(writer) = Packer::new(spec.format) else {
            let message = format!("a tone cannot be made in {}", spec.format);
            return Err(Error::new(Kind::Usage, message));
        };
        let total = self.total(spec);
        let turn = match self.channels {
            ToneChannels::InTurn => Some(spec.frames_lasting(TURN)),
            _ => None,
        };
        let (voice, gain) = self.voice(spec, turn.or(total), writer.headroom());
        Ok(Generator {
            spec,
            name: self.to_string(),
            voice,
            gain,
            writer,
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
        let wrong = |message| Err(Error::new(Kind::Usage, message));
        let half = f64::from(spec.rate) / 2.0;
        for hz in self.wave.frequencies() {
            if !(hz > 0.0 && hz < half) {
                return wrong(format!(
                    "{hz} Hz cannot be made at a rate of {} Hz: only what is above 0 and below {half} Hz",
                    spec.rate
                ));
            }
        }
        let highest = self.wave.highest_level();
        if !(self.level_db.is_finite() && self.level_db <= highest) {
            return wrong(format!(
                "{} at {} dBFS would be clipped: {highest} dBFS is the highest level",
                self.wave, self.level_db
            ));
        }
        match self.channels {
            ToneChannels::One(channel) if channel >= spec.channels => wrong(format!(
                "there is no speaker {}: the channels are 1 to {}",
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

    /// What gives the samples, a sweep over `length` frames, and the factor that brings them to their level, so that
    /// none is above `headroom`.
    fn voice(&self, spec: Spec, length: Option<u64>, headroom: f64) -> (Voice, f64) {
        let level = 10f64.powf(self.level_db / 20.0);
        let seeds = 1..=u64::from(spec.channels);
        let uniform = seeds.map(Random::new);
        match self.wave {
            Wave::Sine { hz } => (Voice::Sine(Phase::new(hz, spec)), level.min(headroom)),
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

/// How many times the RMS of a number that is equally likely everywhere between -1 and 1 is contained in its peak.
const UNIFORM_CREST: f64 = 1.732_050_807_568_877_2;

/// What gives the samples before they have their level: up to 1.0, but for pink noise.
#[derive(Debug)]
enum Voice {
    Sine(Phase),
    Sweep(Sweep),
    /// One for each channel.
    White(Vec<Random>),
    /// One for each channel.
    Pink(Vec<(Random, Pink)>),
    Silence,
}

/// Where in its cycle a sine is at any frame, without an error that grows.
#[derive(Debug)]
struct Phase {
    rate: u64,
    /// Whole hertz, and the rest.
    whole: u64,
    rest: f64,
}

impl Phase {
    fn new(hz: f64, spec: Spec) -> Phase {
        Phase {
            rate: u64::from(spec.rate),
            whole: hz as u64,
            rest: hz.fract(),
        }
    }

    /// Cycles since frame 0, less some whole ones. Whole hertz go round in whole seconds, so of those only the frames
    /// in the last second count, in integers; the rest is so small that its product is exact to far below a sample.
    fn cycles(&self, frame: u64) -> f64 {
        let (seconds, frames) = (frame / self.rate, frame % self.rate);
        let whole = (frames * self.whole % self.rate) as f64;
        let rest = frames as f64 * self.rest;
        (whole + rest) / self.rate as f64 + (seconds as f64 * self.rest).fract()
    }
}

/// A sine whose frequency grows by the same factor in every frame.
#[derive(Debug)]
struct Sweep {
    rate: f64,
    from: f64,
    /// The logarithm of the factor by which the frequency grows in a second.
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

/// Makes a [`Tone`].
#[derive(Debug)]
pub struct Generator {
    spec: Spec,
    name: String,
    voice: Voice,
    gain: f64,
    writer: Packer,
    dither: Dither,
    /// A silent frame.
    silence: Vec<u8>,
    /// Those that sound, at once or in turn.
    channels: Range<usize>,
    /// Frames that each of them sounds, where they take turns.
    turn: Option<u64>,
    /// Frames of a fade.
    fade: u64,
    total: Option<u64>,
    position: u64,
}

/// A piece of sound between two fades.
struct Stretch {
    channels: Range<usize>,
    /// Frames since it began.
    at: u64,
    /// Frames in all, if it ends.
    length: Option<u64>,
}

impl Generator {
    /// The stretch that the next frame is in.
    fn stretch(&self) -> Stretch {
        let Some(turn) = self.turn else {
            return Stretch {
                channels: self.channels.clone(),
                at: self.position,
                length: self.total,
            };
        };
        let (number, at) = (self.position / turn, self.position % turn);
        let start = self.position - at;
        let length = self.total.map_or(turn, |total| turn.min(total - start));
        let channel = (number % self.channels.len() as u64) as usize;
        Stretch {
            channels: channel..channel + 1,
            at,
            length: Some(length),
        }
    }

    /// Makes the next frame.
    fn make(&mut self, frame: &mut [u8]) {
        frame.copy_from_slice(&self.silence);
        let stretch = self.stretch();
        let gain = self.gain * fade(stretch.at, stretch.length, self.fade);
        let samples = frame.chunks_exact_mut(self.writer.bytes());
        let sounding = samples.enumerate();
        let sounding = sounding
            .skip(stretch.channels.start)
            .take(stretch.channels.len());
        let common = match &self.voice {
            Voice::Silence => return,
            Voice::Sine(phase) => (TAU * phase.cycles(stretch.at)).sin(),
            Voice::Sweep(sweep) => (TAU * sweep.cycles(stretch.at).fract()).sin(),
            Voice::White(_) | Voice::Pink(_) => 0.0,
        };
        for (channel, sample) in sounding {
            let value = match &mut self.voice {
                Voice::White(voices) => voices[channel].uniform(),
                Voice::Pink(voices) => {
                    let (random, filter) = &mut voices[channel];
                    filter.filter(random.uniform())
                }
                _ => common,
            };
            self.writer
                .write_dithered(gain * value, &mut self.dither, sample);
        }
    }
}

/// How loud frame `at` of `length` is between fades of `frames` frames: half a cosine from 0 to 1, and back.
fn fade(at: u64, length: Option<u64>, frames: u64) -> f64 {
    let to_end = length.map_or(u64::MAX, |length| length - 1 - at);
    let frames = frames.min(length.map_or(u64::MAX, |length| length / 2));
    let from_silence = at.min(to_end);
    if from_silence >= frames {
        return 1.0;
    }
    let half = PI * (from_silence as f64 + 0.5) / frames as f64;
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
            self.make(frame);
            self.position += 1;
        }
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests;
