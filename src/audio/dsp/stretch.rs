//! Sound made a little longer or shorter, for a clock that runs a little slower or faster (rubato's sinc resampler).

use super::sample::{Dither, Reader, Writer};
use crate::audio::error::{Error, Result};
use crate::audio::spec::Spec;
use rubato::audioadapter_buffers::direct::InterleavedSlice;
use rubato::{
    Adjustable, Async, FixedAsync, Indexing, Resampler, Resizable, SincInterpolationParameters,
    SincInterpolationType, WindowFunction,
};

/// Taps of the filter: flat to 20 kHz at 48 kHz, and 64 frames of delay.
const TAPS: usize = 128;

/// Half way down at this part of half the rate. What is mirrored around it lies above 20 kHz.
const CUTOFF: f32 = 0.95;

/// Filters between two frames. With so many a straight line between two of them is 130 dB exact at 10 kHz, and as the
/// ratio is all but one, neighbours are used for a long time: they stay in the cache.
const PHASES: usize = 1024;

/// How far the ratio may be from one.
pub const FURTHEST: f64 = 0.02;

/// Resamples by a ratio near one that may change at any time, in any linear, float or companded format.
pub struct Stretch {
    spec: Spec,
    reader: Reader,
    writer: Writer,
    dither: Dither,
    resampler: Async<f64>,
    most: usize,
    input: Vec<f64>,
    output: Vec<f64>,
    bytes: Vec<u8>,
    /// Frames still to be left out, because they came before the first.
    skip: usize,
}

impl Stretch {
    /// One for `spec` that is given at most `most` frames at a time. Takes some milliseconds and a megabyte.
    ///
    /// # Errors
    /// [`Kind::Unsupported`](crate::audio::error::Kind::Unsupported) for a format without a full scale.
    pub fn new(spec: Spec, most: usize) -> Result<Stretch> {
        let cannot = || {
            let message = format!("{} cannot be resampled", spec.format);
            Error::new(crate::audio::error::Kind::Unsupported, message)
        };
        let reader = Reader::new(spec.format).ok_or_else(cannot)?;
        let writer = Writer::new(spec.format).ok_or_else(cannot)?;
        let most = most.max(2 * TAPS);
        let channels = spec.channels as usize;
        let parameters = SincInterpolationParameters::new(TAPS, WindowFunction::BlackmanHarris2)
            .f_cutoff(CUTOFF)
            .oversampling_factor(PHASES)
            .interpolation(SincInterpolationType::Linear);
        let furthest = 1.0 + 1.5 * FURTHEST;
        let resampler = Async::new_sinc(
            1.0,
            furthest,
            &parameters,
            most,
            channels,
            FixedAsync::Input,
        )
        .map_err(|error| Error::internal(&format!("cannot make a resampler: {error}")))?;
        let room = resampler.output_frames_max() * channels;
        Ok(Stretch {
            spec,
            reader,
            writer,
            dither: Dither::new(1),
            input: vec![0.0; most * channels],
            output: vec![0.0; room],
            bytes: vec![0; room * writer.bytes()],
            resampler,
            most,
            skip: 0,
        })
    }

    /// Frames that stay in it.
    pub fn delay(&self) -> u64 {
        TAPS as u64 / 2
    }

    /// How many frames that went before it wants to know of.
    pub fn history() -> usize {
        2 * TAPS
    }

    /// Starts behind `before`, whole frames that have gone another way up to now: the next frame that is given follows
    /// them without a seam, and the next that comes out follows the last of them.
    pub fn begin(&mut self, before: &[u8]) {
        self.resampler.reset();
        self.skip = 0;
        let _ = self.resampler.set_resample_ratio(1.0, false);
        let size = self.most * self.spec.frame_bytes();
        for frames in before.chunks(size) {
            let _ = self.resample(frames);
        }
        self.skip = TAPS / 2;
    }

    /// Resamples whole frames, at most as many as it was made for; `ratio` is how many frames come out for one that
    /// goes in, and is reached at the end of them. Gives the frames that come out.
    pub fn process(&mut self, ratio: f64, frames: &[u8]) -> &[u8] {
        let ratio = ratio.clamp(1.0 - FURTHEST, 1.0 + FURTHEST);
        let _ = self.resampler.set_resample_ratio(ratio, true);
        let out = self.resample(frames);
        let skipped = out.min(self.skip);
        self.skip -= skipped;
        self.encode(skipped, out)
    }

    /// Resamples into `output`, and gives how many frames are there.
    fn resample(&mut self, frames: &[u8]) -> usize {
        let channels = self.spec.channels as usize;
        let count = (frames.len() / self.spec.frame_bytes()).min(self.most);
        if self.resampler.set_chunk_size(count).is_err() {
            return 0;
        }
        let samples = frames.chunks_exact(self.reader.bytes());
        for (value, sample) in self.input.iter_mut().zip(samples) {
            *value = self.reader.read(sample);
        }
        let room = self.output.len() / channels;
        let (Ok(input), Ok(mut output)) = (
            InterleavedSlice::new(&self.input, channels, count),
            InterleavedSlice::new_mut(&mut self.output, channels, room),
        ) else {
            return 0;
        };
        self.resampler
            .process_into_buffer(&input, &mut output, None::<&Indexing>)
            .map_or(0, |(_, out)| out)
    }

    fn encode(&mut self, from: usize, to: usize) -> &[u8] {
        let channels = self.spec.channels as usize;
        let size = self.writer.bytes();
        let values = &self.output[from * channels..to * channels];
        for (value, sample) in values.iter().zip(self.bytes.chunks_exact_mut(size)) {
            // Digital silence stays what it is.
            if *value == 0.0 {
                self.writer.write(0.0, sample);
            } else {
                self.writer.write_dithered(*value, &mut self.dither, sample);
            }
        }
        &self.bytes[..values.len() * size]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::format::Format;
    use std::f64::consts::TAU;

    const MONO: Spec = Spec {
        format: Format::FLOAT64_LE,
        rate: 48_000,
        channels: 1,
    };

    fn sine(hz: f64, frames: std::ops::Range<usize>) -> Vec<u8> {
        frames
            .flat_map(|at| (0.5 * (TAU * hz / 48e3 * at as f64).sin()).to_le_bytes())
            .collect()
    }

    fn numbers(bytes: &[u8]) -> Vec<f64> {
        let samples = bytes.chunks_exact(8);
        samples
            .map(|sample| f64::from_le_bytes(sample.try_into().unwrap()))
            .collect()
    }

    /// Amplitude of the sine of that frequency over that of the rest, in dB, by least squares.
    fn purity(samples: &[f64], cycles: f64) -> f64 {
        let (mut ss, mut cc, mut sc, mut ys, mut yc) = (0.0, 0.0, 0.0, 0.0, 0.0);
        for (at, y) in samples.iter().enumerate() {
            let (s, c) = (TAU * cycles * at as f64).sin_cos();
            ss += s * s;
            cc += c * c;
            sc += s * c;
            ys += y * s;
            yc += y * c;
        }
        let determinant = ss * cc - sc * sc;
        let a = (ys * cc - yc * sc) / determinant;
        let b = (yc * ss - ys * sc) / determinant;
        let (mut signal, mut rest) = (0.0, 0.0);
        for (at, y) in samples.iter().enumerate() {
            let (s, c) = (TAU * cycles * at as f64).sin_cos();
            let fit = a * s + b * c;
            signal += fit * fit;
            rest += (y - fit).powi(2);
        }
        10.0 * (signal / rest).log10()
    }

    #[test]
    fn a_sine_stays_pure() {
        for hz in [100.0, 997.0, 5000.0, 10_000.0] {
            let mut stretch = Stretch::new(MONO, 256).unwrap();
            let mut heard = Vec::new();
            for at in 0..200 {
                let frames = sine(hz, at * 256..(at + 1) * 256);
                heard.extend(numbers(stretch.process(1.001, &frames)));
            }
            let db = purity(&heard[9600..], hz / 48e3 / 1.001);
            assert!(db > 110.0, "{hz} Hz: {db:.1} dB");
        }
    }

    #[test]
    fn as_many_frames_come_out_as_the_ratio_says() {
        let mut stretch = Stretch::new(MONO, 300).unwrap();
        let mut count = 0;
        for at in 0..1000 {
            let frames = vec![0; 8 * (100 + at % 200)];
            count += stretch.process(0.999, &frames).len() / 8;
        }
        let given: usize = (0..1000).map(|at| 100 + at % 200).sum();
        assert!(count.abs_diff((given as f64 * 0.999) as usize) <= 2);
    }

    #[test]
    fn it_begins_without_a_seam() {
        let mut stretch = Stretch::new(MONO, 256).unwrap();
        let before = Stretch::history();
        stretch.begin(&sine(440.0, 0..before));
        let mut heard = numbers(&sine(440.0, 0..before));
        for at in 0..20 {
            let from = before + 256 * at;
            heard.extend(numbers(
                stretch.process(1.0, &sine(440.0, from..from + 256)),
            ));
        }
        let wanted = numbers(&sine(440.0, 0..heard.len()));
        for (at, (heard, wanted)) in heard.iter().zip(&wanted).enumerate() {
            assert!(
                (heard - wanted).abs() < 1e-4,
                "frame {at}: {heard} {wanted}"
            );
        }
        assert_eq!(heard.len(), before + 20 * 256 - stretch.delay() as usize);
    }

    #[test]
    fn silence_stays_silence_in_every_format() {
        for format in Format::all() {
            let spec = Spec {
                format,
                rate: 48_000,
                channels: 2,
            };
            let Ok(mut stretch) = Stretch::new(spec, 64) else {
                continue;
            };
            let size = format.physical_bits() as usize / 8;
            let silence = format.silence()[..size].repeat(128);
            let reader = Reader::new(format).unwrap();
            let mut heard = stretch.process(1.0001, &silence).to_vec();
            heard.extend_from_slice(stretch.process(1.0001, &silence));
            // A-law has no zero.
            for sample in heard.chunks_exact(size) {
                assert!(reader.read(sample).abs() < 1e-3, "{format}");
            }
        }
    }

    #[test]
    fn bits_without_a_scale_are_refused() {
        let dsd = Spec {
            format: Format::DSD_U8,
            ..MONO
        };
        assert!(Stretch::new(dsd, 64).is_err());
    }
}
