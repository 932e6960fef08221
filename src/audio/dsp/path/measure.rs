//! Measuring what happened to the signal.

use super::fft::{correlation, power_spectrum, strongest_frequency};
use super::fit::{SineFit, fit_sines, gain_and_rest, rms};
use super::measurement::{BitDifference, BitResult, PathCause, PathMeasurement};
use super::signal::PathSignal;
use crate::audio::dsp::meter::SILENCE_DB;
use crate::audio::dsp::sample::load_bytes;
use crate::audio::format::Encoding;
use std::ops::Range;

/// The signal is found if it correlates this much; noise of this length rarely reaches a third of it by chance.
const FOUND: f64 = 0.3;

/// Frames of noise that are looked for: few, so that clocks that differ do not blur them.
const PIECE: usize = 2048;

/// A recording whose peak is below this is silent.
const SILENT_PEAK: f64 = 1e-5;

/// A channel this much below the loudest is not part of a mix (-60 dB).
const MIXED: f64 = 1e-3;

/// With more noise (-60 dBFS), pitch and bits cannot be measured.
const LOUD_NOISE: f64 = 1e-3;

/// Clocks that differ by less are the same one.
const SAME_CLOCK_PPM: f64 = 2.0;

/// Clocks do not differ this much: something plays at another rate.
const WRONG_PITCH_PPM: f64 = 1000.0;

/// What remains of a sound that is only scaled, relative to its level (-90 dB).
const SCALED_REST: f64 = 3e-5;

/// Digital silence within the signal that lasts longer is a gap.
const MAX_SILENCE_MS: usize = 10;

/// A gain whose level depends on the sound's by more than this is a compressor's.
const COMPRESSION_DB: f64 = 0.1;

/// A gain that varies more with the frequency is a filter's. Converting the rate by linear interpolation stays below it.
const FILTER_DB: f64 = 0.6;

/// Measures what happened to `signal` in `recorded`, which has the same format, rate and channels.
pub fn measure(signal: &PathSignal, recorded: &[u8]) -> PathMeasurement {
    let recorded = &recorded[..recorded.len() - recorded.len() % signal.spec.frame_bytes()];
    PathRecording::new(signal, recorded).measure()
}

/// A recording of the signal.
struct PathRecording<'a> {
    signal: &'a PathSignal,
    bytes: &'a [u8],
    sent: Vec<Vec<f64>>,
    received: Vec<Vec<f64>>,
}

impl<'a> PathRecording<'a> {
    fn new(signal: &'a PathSignal, bytes: &'a [u8]) -> PathRecording<'a> {
        let channels = signal.spec.channels as usize;
        let all = |bytes: &[u8]| {
            (0..channels)
                .map(|one| signal.channel(bytes, one))
                .collect()
        };
        PathRecording {
            signal,
            bytes,
            sent: all(signal.bytes()),
            received: all(bytes),
        }
    }

    fn measure(&self) -> PathMeasurement {
        let peak = self
            .received
            .iter()
            .flatten()
            .fold(0.0_f64, |peak, x| peak.max(x.abs()));
        if peak < SILENT_PEAK {
            return self.nothing(PathCause::Silence, None);
        }
        let Some(arrival) = self.arrival() else {
            return match self.foreign_pitch() {
                Some(ppm) => self.nothing(PathCause::Pitch, Some(ppm)),
                None => self.nothing(PathCause::OtherSound, None),
            };
        };
        Arrived {
            recording: self,
            arrival,
        }
        .measure()
    }

    /// What is known if the signal was not found.
    fn nothing(&self, cause: PathCause, pitch_ppm: Option<f64>) -> PathMeasurement {
        let channels = self.sent.len();
        PathMeasurement {
            arrival_frames: None,
            source_channels: vec![None; channels],
            gains_db: vec![vec![None; channels]; channels],
            inverted: vec![false; channels],
            compression_db: vec![None; channels],
            thd_n_db: vec![None; channels],
            noise_dbfs: vec![None; channels],
            pitch_ppm,
            response_db: vec![None; channels],
            lost_frames: None,
            bits: None,
            cause,
        }
    }

    /// The frame of the recording at which the signal starts; negative if the recording started later.
    fn arrival(&self) -> Option<i64> {
        let noise = &self.signal.sections.noise;
        let length = PIECE.min(noise.len());
        // If the start is missing or damaged, a later part may be there.
        let starts = [
            noise.start,
            noise.start + noise.len() / 2,
            noise.end - length,
        ];
        starts.into_iter().find_map(|start| {
            let at = self.position(start..start + length)?;
            Some(at as i64 - start as i64)
        })
    }

    /// Where a part of the signal is in the recording.
    fn position(&self, piece: Range<usize>) -> Option<usize> {
        let channels = self.sent.len();
        let found = find(&mixed(&self.received), &mixed(&self.sent)[piece.clone()]);
        // Channels that cancel each other out in the mix are found alone.
        let alone = || {
            let pairs = (0..channels).flat_map(|to| (0..channels).map(move |from| (to, from)));
            pairs
                .take(MAX_PAIRS)
                .find_map(|(to, from)| find(&self.received[to], &self.sent[from][piece.clone()]))
        };
        found.or_else(alone)
    }

    /// How much faster the pitch is if the signal is there, but at another rate.
    fn foreign_pitch(&self) -> Option<f64> {
        let rate = f64::from(self.signal.spec.rate);
        let window = self.signal.sections.loud.len() / 2;
        let mut pitches = Vec::new();
        for (received, hz) in self.received.iter().zip(&self.signal.frequencies) {
            let windows = received.windows(window).step_by(window / 2);
            let (frequency, _) = windows
                .filter_map(|sound| tone_in(sound, hz / rate))
                .max_by(|a, b| a.1.total_cmp(&b.1))?;
            pitches.push(frequency * rate / hz);
        }
        let first = *pitches.first()?;
        let agree = pitches
            .iter()
            .all(|pitch| (pitch / first - 1.0).abs() < 0.01);
        let ppm = (first - 1.0) * 1e6;
        (agree && ppm.abs() > WRONG_PITCH_PPM).then_some(ppm)
    }
}

/// Pairs of channels that are tried one by one.
const MAX_PAIRS: usize = 64;

/// The strongest frequency of a sound and its power, if most of the power is there.
fn tone_in(sound: &[f64], expected: f64) -> Option<(f64, f64)> {
    let frequency = strongest_frequency(sound, expected / 2.0, expected * 2.0)?;
    let power = power_spectrum(sound);
    let bin = (frequency * sound.len() as f64).round() as usize;
    let near = bin.saturating_sub(3)..(bin + 4).min(power.len());
    let (tone, all): (f64, f64) = (power[near].iter().sum(), power.iter().sum());
    (tone > 0.5 * all).then_some((frequency, tone))
}

/// All channels in one.
fn mixed(channels: &[Vec<f64>]) -> Vec<f64> {
    let frames = channels.first().map_or(0, Vec::len);
    let sum = |frame: usize| channels.iter().map(|channel| channel[frame]).sum();
    (0..frames).map(sum).collect()
}

/// Where `piece` is in `sound`.
fn find(sound: &[f64], piece: &[f64]) -> Option<usize> {
    let correlation = correlation(sound, piece);
    let best = (0..correlation.len())
        .max_by(|a, b| correlation[*a].abs().total_cmp(&correlation[*b].abs()))?;
    (correlation[best].abs() > FOUND).then_some(best)
}

/// A recording in which the signal starts at `arrival`.
struct Arrived<'a> {
    recording: &'a PathRecording<'a>,
    arrival: i64,
}

/// The sines of the channels in one part of the signal.
struct SinePart {
    sent: Vec<SineFit>,
    received: Vec<SineFit>,
}

impl Arrived<'_> {
    fn measure(&self) -> PathMeasurement {
        let channels = self.recording.sent.len();
        let loud = self.sines(&self.signal().sections.loud, 0.0);
        let sources: Vec<_> = (0..channels).map(|to| source(&loud, to)).collect();
        let ppm = self.pitch_ppm(&sources);
        let shift = ppm.unwrap_or(0.0) * 1e-6;
        let loud = self.sines(&self.signal().sections.loud, shift);
        let quiet = self.sines(&self.signal().sections.quiet, shift);
        let of_source = |value: &dyn Fn(usize, usize) -> Option<f64>| -> Vec<Option<f64>> {
            let all = sources.iter().enumerate();
            all.map(|(to, from)| value(to, (*from)?)).collect()
        };
        let mut found = PathMeasurement {
            arrival_frames: Some(self.arrival),
            gains_db: (0..channels).map(|to| gains(&loud, to)).collect(),
            inverted: sources
                .iter()
                .enumerate()
                .map(|(to, from)| self.is_inverted(to, *from))
                .collect(),
            compression_db: of_source(&|to, from| {
                Some(db(gain(&quiet, to, from)?) - db(gain(&loud, to, from)?))
            }),
            thd_n_db: of_source(&|to, from| {
                let fit = &loud.received[to];
                let sine = fit.sines[from].amplitude() / 2_f64.sqrt();
                Some(db(fit.residual_rms / sine))
            }),
            noise_dbfs: (0..channels).map(|to| self.noise_dbfs(to)).collect(),
            pitch_ppm: ppm,
            response_db: of_source(&|to, from| self.response_db(to, from)),
            lost_frames: self.lost_frames(&sources),
            bits: Some(self.bits()),
            source_channels: sources,
            cause: PathCause::Unknown,
        };
        found.cause = self.cause(&found, &loud);
        found.rounded()
    }

    fn signal(&self) -> &PathSignal {
        self.recording.signal
    }

    /// A part of the signal without its edges, as it was sent and received; shorter if not all was recorded.
    fn part(&self, range: &Range<usize>) -> (Range<usize>, Range<usize>) {
        let edge = range.len() / 10;
        self.within((range.start + edge) as i64, (range.end - edge) as i64)
    }

    /// The frames from `start` to `end` of the signal that were recorded, as they were sent and received.
    fn within(&self, start: i64, end: i64) -> (Range<usize>, Range<usize>) {
        let frames = self.recording.received[0].len() as i64;
        let start = start.max(-self.arrival);
        let end = end.min(frames - self.arrival).max(start);
        let received = (start + self.arrival) as usize..(end + self.arrival) as usize;
        (start as usize..end as usize, received)
    }

    fn sines(&self, range: &Range<usize>, shift: f64) -> SinePart {
        let (sent, received) = self.part(range);
        let rate = f64::from(self.signal().spec.rate);
        let nominal: Vec<f64> = self
            .signal()
            .frequencies
            .iter()
            .map(|hz| hz / rate)
            .collect();
        let shifted: Vec<f64> = nominal
            .iter()
            .map(|frequency| frequency * (1.0 + shift))
            .collect();
        let fits = |channels: &[Vec<f64>], part: Range<usize>, frequencies: &[f64]| {
            let fit = |channel: &Vec<f64>| fit_sines(&channel[part.clone()], frequencies);
            channels.iter().map(fit).collect()
        };
        SinePart {
            sent: fits(&self.recording.sent, sent, &nominal),
            received: fits(&self.recording.received, received, &shifted),
        }
    }

    /// How much faster the pitch of the received sines is: the median of the channels.
    fn pitch_ppm(&self, sources: &[Option<usize>]) -> Option<f64> {
        let (_, part) = self.part(&self.signal().sections.loud);
        let quarter = part.len() / 4;
        let ends = [part.start, part.end - quarter];
        let rate = f64::from(self.signal().spec.rate);
        let ppm = |(to, from): (usize, &Option<usize>)| {
            let frequency = self.signal().frequencies[(*from)?] / rate;
            let received = &self.recording.received[to];
            let phases = ends.map(|start| {
                let fit = fit_sines(&received[start..start + quarter], &[frequency]);
                fit.sines[0].phase()
            });
            let distance = (ends[1] - ends[0]) as f64;
            let turned = phases[1] - phases[0] - (frequency * distance).fract();
            let turned = turned - turned.round();
            Some(turned / distance / frequency * 1e6)
        };
        let mut all: Vec<f64> = sources.iter().enumerate().filter_map(ppm).collect();
        all.sort_by(f64::total_cmp);
        all.get(all.len() / 2).copied()
    }

    fn noise_dbfs(&self, to: usize) -> Option<f64> {
        let (_, part) = self.part(&self.signal().sections.silence);
        let sound = &self.recording.received[to][part];
        (!sound.is_empty()).then(|| db(without_mean(sound)))
    }

    /// The noise of a pair of channels, as it was sent and received.
    fn noise(&self, to: usize, from: usize) -> (&[f64], &[f64]) {
        let (sent, received) = self.part(&self.signal().sections.noise);
        (
            &self.recording.sent[from][sent],
            &self.recording.received[to][received],
        )
    }

    fn is_inverted(&self, to: usize, from: Option<usize>) -> bool {
        from.is_some_and(|from| {
            let (sent, received) = self.noise(to, from);
            gain_and_rest(sent, received).0 < 0.0
        })
    }

    /// How much the gain varies between 200 Hz and a tenth of the rate.
    fn response_db(&self, to: usize, from: usize) -> Option<f64> {
        const BLOCK: usize = 1024;
        const BANDS: usize = 6;
        let (sent, received) = self.noise(to, from);
        let mut powers = [vec![0.0; BLOCK / 2], vec![0.0; BLOCK / 2]];
        for (sum, sound) in powers.iter_mut().zip([sent, received]) {
            for block in sound.chunks_exact(BLOCK) {
                let power = power_spectrum(block);
                sum.iter_mut()
                    .zip(power)
                    .for_each(|(sum, power)| *sum += power);
            }
        }
        let low = (200 * BLOCK / self.signal().spec.rate as usize).max(1);
        let bins = low..BLOCK / 10;
        let band = |number: usize| {
            let start = bins.start + number * bins.len() / BANDS;
            let end = bins.start + (number + 1) * bins.len() / BANDS;
            let sum = |power: &[f64]| power[start..end].iter().sum::<f64>();
            sum(&powers[1]) / sum(&powers[0]).max(f64::MIN_POSITIVE)
        };
        let gains: Vec<f64> = (0..BANDS).map(|number| db(band(number).sqrt())).collect();
        let most = gains.iter().copied().fold(f64::MIN, f64::max);
        let least = gains.iter().copied().fold(f64::MAX, f64::min);
        (most > SILENCE_DB).then_some(most - least)
    }

    /// Frames that are missing between the noise at the start and that at the end.
    fn lost_frames(&self, sources: &[Option<usize>]) -> Option<i64> {
        let (to, from) = sources
            .iter()
            .enumerate()
            .find_map(|(to, from)| Some((to, (*from)?)))?;
        let mark = &self.signal().sections.mark;
        let piece = &self.recording.sent[from][mark.start..mark.start + PIECE.min(mark.len())];
        let received = &self.recording.received[to];
        let around = self.signal().spec.rate as i64 / 2;
        let expected = mark.start as i64 + self.arrival;
        let frames = received.len() as i64;
        let start = (expected - around).clamp(0, frames) as usize;
        let end = (expected + around).clamp(0, frames) as usize;
        let found = find(&received[start..end], piece)?;
        Some(expected - (start + found) as i64)
    }

    fn bits(&self) -> BitResult {
        let spec = self.signal().spec;
        let size = self.signal().unpacker.bytes();
        let compared = self.signal().sections.compared();
        let frame = spec.frame_bytes();
        let frames = (self.recording.bytes.len() / frame) as i64;
        let start = (compared.start as i64).max(-self.arrival);
        let end = (compared.end as i64).min(frames - self.arrival).max(start);
        let bytes = |from: i64, all: &'_ [u8]| all[from as usize * frame..].to_vec();
        let sent = bytes(start, self.signal().bytes());
        let received = bytes(start + self.arrival, self.recording.bytes);
        let length = (end - start) as usize * frame;
        let pairs = sent[..length]
            .chunks_exact(size)
            .zip(received[..length].chunks_exact(size));
        let mut result = BitResult {
            frames: (end - start) as u64,
            different_samples: 0,
            first_difference: None,
            low_bits: None,
        };
        let mut largest = 0;
        for (number, (sent, received)) in pairs.enumerate().filter(|(_, (a, b))| a != b) {
            result.different_samples += 1;
            let order = spec.format.byte_order();
            let [sent_bits, received_bits] = [sent, received].map(|one| load_bytes(one, order));
            result
                .first_difference
                .get_or_insert_with(|| BitDifference {
                    frame: start as u64 + (number / spec.channels as usize) as u64,
                    channel_index: number % spec.channels as usize,
                    bit: 63 - (sent_bits ^ received_bits).leading_zeros(),
                    sent: sent_bits,
                    received: received_bits,
                });
            largest = largest.max(self.distance(sent, received));
        }
        let low = u64::BITS - largest.leading_zeros();
        result.low_bits = (largest > 0 && low <= spec.format.bits() / 2).then_some(low);
        result
    }

    /// The difference of two samples in steps; too many for floats, which have no low bits.
    fn distance(&self, sent: &[u8], received: &[u8]) -> u64 {
        match self.signal().spec.format.encoding() {
            Encoding::Signed | Encoding::Unsigned => {
                let value = |bytes| self.signal().unpacker.unpack_integer(bytes);
                value(sent).abs_diff(value(received))
            }
            _ => u64::MAX,
        }
    }

    fn cause(&self, found: &PathMeasurement, loud: &SinePart) -> PathCause {
        let complete = found
            .bits
            .as_ref()
            .is_some_and(|bits| bits.frames == self.signal().sections.compared().len() as u64);
        let ppm = found.pitch_ppm.unwrap_or_default();
        match () {
            () if found.is_exact() && complete => PathCause::None,
            // First, because sines with a gap look like other sounds.
            () if self.has_gap(found) => PathCause::LostFrames,
            () if is_route(found) => PathCause::Route,
            () if loudest_noise(found) > LOUD_NOISE => PathCause::AddedSound,
            () if ppm.abs() > WRONG_PITCH_PPM => PathCause::Pitch,
            () if found.lost_frames.is_none() || !complete => PathCause::LostFrames,
            () if ppm.abs() > SAME_CLOCK_PPM => PathCause::Clocks,
            () => self.cause_of_samples(found, loud),
        }
    }

    /// Whether the end comes earlier or later than the clocks explain, or silence is in between.
    fn has_gap(&self, found: &PathMeasurement) -> bool {
        let sections = &self.signal().sections;
        let span = (sections.mark.start - sections.noise.start) as f64;
        let drift = span * found.pitch_ppm.unwrap_or_default() * 1e-6;
        let is_torn = |lost: i64| (lost as f64 - drift).abs() > 3.0;
        found.lost_frames.is_some_and(is_torn) || self.has_silence()
    }

    /// Whether all channels are silent for a while where sound was sent.
    fn has_silence(&self) -> bool {
        let sections = &self.signal().sections;
        let longest = |range: Range<usize>| {
            let (_, received) = self.within(range.start as i64, range.end as i64);
            longest_silence(&self.recording.received, received)
        };
        // A quiet path, or few bits, may leave nothing of the quiet sines.
        let quiet = longest(sections.quiet.clone());
        let parts = match quiet * 2 > sections.quiet.len() {
            true => vec![
                sections.noise.clone(),
                sections.loud.start..sections.mark.end,
            ],
            false => vec![sections.compared()],
        };
        let allowed = self.signal().spec.rate as usize / 1000 * MAX_SILENCE_MS;
        parts.into_iter().any(|part| longest(part) > allowed)
    }

    /// The cause if all channels are where they belong, at the right pitch and complete.
    fn cause_of_samples(&self, found: &PathMeasurement, loud: &SinePart) -> PathCause {
        let spec = self.signal().spec;
        // A step of the format; floats have as many bits as integers of 24 bits.
        let step = 2.0 / 2_f64.powi(spec.format.bits().min(24) as i32);
        let channels = self.recording.sent.len();
        let fits: Vec<(f64, f64)> = (0..channels)
            .map(|channel| {
                let (sent, received) = self.noise(channel, channel);
                gain_and_rest(sent, received)
            })
            .collect();
        let level = rms(self.noise(0, 0).0);
        let is_scaled = fits
            .iter()
            .all(|(gain, rest)| *rest <= step.max(SCALED_REST * level * gain.abs()));
        let is_unity = fits.iter().all(|(gain, _)| (gain - 1.0).abs() < 1e-3);
        let noise = loudest_noise(found);
        let rest = fits.iter().map(|(_, rest)| *rest).fold(0.0, f64::max);
        let low_bits = found.bits.as_ref().and_then(|bits| bits.low_bits);
        let exceeds = |values: &[Option<f64>], limit: f64| {
            values.iter().flatten().any(|value| value.abs() > limit)
        };
        match () {
            () if is_unity && low_bits.is_some() => PathCause::LowBits,
            () if noise > step && rest < 4.0 * noise => PathCause::AddedSound,
            () if is_scaled => PathCause::Gain,
            () if exceeds(&found.compression_db, COMPRESSION_DB) => PathCause::Distortion,
            () if self.has_harmonics(found, loud) => PathCause::Distortion,
            () if exceeds(&found.response_db, FILTER_DB) => PathCause::Filter,
            () if found.thd_n_db.iter().flatten().all(|thd| *thd < -20.0) => PathCause::Resampling,
            () => PathCause::Unknown,
        }
    }

    /// Whether multiples of the sines' frequencies are most of what was added to them.
    fn has_harmonics(&self, found: &PathMeasurement, loud: &SinePart) -> bool {
        let (_, part) = self.part(&self.signal().sections.loud);
        let rate = f64::from(self.signal().spec.rate);
        let has = |(to, from): (usize, &Option<usize>)| {
            let frequency = self.signal().frequencies[(*from)?] / rate;
            let harmonics = (1..=7)
                .map(|n| f64::from(n) * frequency)
                .filter(|f| *f < 0.5);
            let all: Vec<f64> = harmonics.collect();
            let fit = fit_sines(&self.recording.received[to][part.clone()], &all);
            let added: f64 = fit.sines[1..]
                .iter()
                .map(|sine| sine.amplitude().powi(2) / 2.0)
                .sum();
            let rest = loud.received[to].residual_rms;
            let sent = loud.sent[*from.as_ref()?].residual_rms;
            Some(rest > 4.0 * sent && added > 0.5 * rest * rest)
        };
        let mut channels = found.source_channels.iter().enumerate().filter_map(has);
        channels.any(|has| has)
    }
}

/// The RMS of the loudest channel's noise.
fn loudest_noise(found: &PathMeasurement) -> f64 {
    let all = found.noise_dbfs.iter().flatten();
    10_f64.powf(all.copied().fold(SILENCE_DB, f64::max) / 20.0)
}

/// Whether channels are swapped, mixed or missing.
fn is_route(found: &PathMeasurement) -> bool {
    let is_mixed = |(to, row): (usize, &Vec<Option<f64>>)| {
        let loudest = row[to].unwrap_or(SILENCE_DB);
        let others = row.iter().enumerate().filter(|(from, _)| *from != to);
        others
            .filter_map(|(_, gain)| *gain)
            .any(|gain| gain > loudest + db(MIXED))
    };
    let sources = found.source_channels.iter().enumerate();
    sources.into_iter().any(|(to, from)| *from != Some(to))
        || found.gains_db.iter().enumerate().any(is_mixed)
}

/// The gain from one channel to another; `None` if nothing arrives.
fn gain(part: &SinePart, to: usize, from: usize) -> Option<f64> {
    let sent = part.sent[from].sines[from].amplitude();
    let received = part.received[to].sines[from].amplitude();
    let floor = part.received[to].residual_rms * MIXED.sqrt();
    (sent > 0.0 && received > floor.max(sent * MIXED * 0.1)).then(|| received / sent)
}

fn gains(part: &SinePart, to: usize) -> Vec<Option<f64>> {
    let channels = part.sent.len();
    (0..channels)
        .map(|from| gain(part, to, from).map(db))
        .collect()
}

/// The channel that is loudest in a received one.
fn source(part: &SinePart, to: usize) -> Option<usize> {
    let audible = (0..part.sent.len()).filter_map(|from| Some((from, gain(part, to, from)?)));
    audible
        .max_by(|a, b| a.1.total_cmp(&b.1))
        .map(|(from, _)| from)
}

/// The frames of the longest stretch of `part` in which all channels are silent.
fn longest_silence(channels: &[Vec<f64>], part: Range<usize>) -> usize {
    let is_silent = |frame: usize| {
        channels
            .iter()
            .all(|channel| channel[frame].abs() < SILENT_PEAK)
    };
    let longest = part.fold((0, 0), |(longest, run), frame| {
        let run = if is_silent(frame) { run + 1 } else { 0 };
        (run.max(longest), run)
    });
    longest.0
}

fn without_mean(sound: &[f64]) -> f64 {
    let mean = sound.iter().sum::<f64>() / sound.len() as f64;
    let centered: Vec<f64> = sound.iter().map(|x| x - mean).collect();
    rms(&centered)
}

/// A factor in dB; silence is [`SILENCE_DB`].
fn db(factor: f64) -> f64 {
    match factor > 0.0 {
        true => 20.0 * factor.log10(),
        false => SILENCE_DB,
    }
}
