//! Paths that do something to the signal, and what is found out about them.

use super::*;
use crate::audio::dsp::random::Random;
use crate::audio::dsp::sample::Packer;
use crate::audio::format::Format;
use crate::audio::spec::Spec;

const DELAY: usize = 1234;

/// Low, because the tests are not optimized.
const RATE: u32 = 16_000;

/// The channels of a signal as numbers.
type Channels = Vec<Vec<f64>>;

fn signal(format: Format, channels: u32) -> PathSignal {
    PathSignal::new(Spec::new(format, RATE, channels).unwrap()).unwrap()
}

/// What is measured if a path of this format does this to the channels, after a delay.
fn through(format: Format, path: impl FnOnce(&mut Channels)) -> PathMeasurement {
    let signal = signal(format, 2);
    let mut channels: Channels = (0..2)
        .map(|one| signal.channel(signal.bytes(), one))
        .collect();
    for channel in &mut channels {
        channel.splice(0..0, std::iter::repeat_n(0.0, DELAY));
    }
    path(&mut channels);
    measure(&signal, &packed(format, &channels))
}

fn packed(format: Format, channels: &Channels) -> Vec<u8> {
    let packer = Packer::new(format).unwrap();
    let frames = channels.iter().map(Vec::len).min().unwrap();
    let mut bytes = vec![0; frames * channels.len() * packer.bytes()];
    for (at, sample) in bytes.chunks_exact_mut(packer.bytes()).enumerate() {
        packer.pack(channels[at % channels.len()][at / channels.len()], sample);
    }
    bytes
}

fn each(change: impl Fn(f64) -> f64) -> impl Fn(&mut Channels) {
    move |channels| {
        let samples = channels.iter_mut().flatten();
        samples.for_each(|sample| *sample = change(*sample));
    }
}

/// Plays the channels `ratio` times as fast, by linear interpolation.
fn faster(channels: &mut Channels, ratio: f64) {
    for channel in channels {
        let frames = ((channel.len() - 2) as f64 / ratio) as usize;
        let value = |at: usize| {
            let position = at as f64 * ratio;
            let (whole, part) = (position as usize, position.fract());
            channel[whole] * (1.0 - part) + channel[whole + 1] * part
        };
        *channel = (0..frames).map(value).collect();
    }
}

#[track_caller]
fn assert_near(value: Option<f64>, expected: f64, tolerance: f64) {
    let value = value.expect("a value");
    assert!(
        (value - expected).abs() <= tolerance,
        "{value} is not {expected}"
    );
}

#[test]
fn a_path_that_changes_nothing_is_exact() {
    for format in [
        Format::U8,
        Format::S16_LE,
        Format::S24_3LE,
        Format::S32_LE,
        Format::FLOAT_LE,
    ] {
        let found = through(format, |_| ());
        assert_eq!(found.cause, PathCause::None, "{format}: {found:?}");
        assert!(found.is_exact());
        assert_eq!(found.arrival_frames, Some(DELAY as i64));
        assert_eq!(found.source_channels, [Some(0), Some(1)]);
        assert_near(found.levels_db()[0], 0.0, 1e-6);
        assert_near(found.pitch_ppm, 0.0, 0.1);
        assert_eq!(found.lost_frames, Some(0));
    }
}

#[test]
fn a_late_recording_is_exact_too() {
    let found = through(Format::S16_LE, |channels| {
        channels
            .iter_mut()
            .for_each(|channel| drop(channel.drain(..DELAY + 100)));
    });
    assert_eq!(
        (found.arrival_frames, found.cause),
        (Some(-100), PathCause::None)
    );
}

#[test]
fn one_wrong_bit_is_found() {
    let signal = signal(Format::S16_LE, 2);
    let mut bytes = signal.bytes().to_vec();
    let frame = signal.sections.noise.start + 700;
    bytes[frame * 4 + 2] ^= 0b100;
    let found = measure(&signal, &bytes);
    assert!(!found.is_exact());
    let bits = found.bits.unwrap();
    assert_eq!(bits.different_samples, 1);
    let first = bits.first_difference.unwrap();
    assert_eq!(
        (first.frame, first.channel_index, first.bit),
        (frame as u64, 1, 2)
    );
    assert_eq!(first.sent ^ first.received, 0b100);
}

#[test]
fn swapped_mixed_and_missing_channels_are_routing() {
    let swapped = through(Format::S16_LE, |channels| channels.swap(0, 1));
    assert_eq!(swapped.cause, PathCause::Route);
    assert_eq!(swapped.source_channels, [Some(1), Some(0)]);
    let mixed = through(Format::S16_LE, |channels| {
        let sum: Vec<f64> = channels[0]
            .iter()
            .zip(&channels[1])
            .map(|(a, b)| (a + b) / 2.0)
            .collect();
        *channels = vec![sum.clone(), sum];
    });
    assert_eq!(mixed.cause, PathCause::Route);
    assert_near(mixed.gains_db[0][1], -6.02, 0.01);
    let missing = through(Format::S16_LE, |channels| channels[1].fill(0.0));
    assert_eq!(missing.cause, PathCause::Route);
    assert_eq!(missing.source_channels, [Some(0), None]);
}

#[test]
fn a_constant_gain_is_measured() {
    for format in [Format::S16_LE, Format::S32_LE, Format::FLOAT_LE] {
        let found = through(format, each(|x| x * 0.5));
        assert_eq!(found.cause, PathCause::Gain, "{found:?}");
        assert_near(found.levels_db()[1], -6.02, 0.01);
        assert_eq!(found.inverted, [false, false]);
    }
    let inverted = through(Format::S16_LE, each(|x| -x));
    assert_eq!(
        (inverted.cause, &inverted.inverted[..]),
        (PathCause::Gain, &[true, true][..])
    );
}

#[test]
fn missing_low_bits_are_counted() {
    let found = through(Format::S32_LE, each(|x| (x * 32_768.0).floor() / 32_768.0));
    assert_eq!(found.cause, PathCause::LowBits, "{found:?}");
    assert_eq!(found.bits.unwrap().low_bits, Some(16));
}

#[test]
fn other_sound_is_noticed_in_the_silence() {
    let found = through(Format::S16_LE, |channels| {
        let mut random = Random::new(77);
        channels
            .iter_mut()
            .flatten()
            .for_each(|x| *x += 0.01 * random.uniform());
    });
    assert_eq!(found.cause, PathCause::AddedSound, "{found:?}");
    assert_near(found.noise_dbfs[0], -44.8, 0.5);
}

#[test]
fn a_wrong_pitch_is_not_taken_for_another_clock() {
    let found = through(Format::S16_LE, |channels| {
        faster(channels, 48_000.0 / 44_100.0)
    });
    assert_eq!(found.cause, PathCause::Pitch, "{found:?}");
    assert_near(found.pitch_ppm, 88_435.0, 500.0);
    for ppm in [-300.0, 20.0, 100.0] {
        let found = through(Format::S16_LE, |channels| {
            faster(channels, 1.0 + ppm * 1e-6)
        });
        assert_eq!(found.cause, PathCause::Clocks, "{ppm}: {found:?}");
        assert_near(found.pitch_ppm, ppm, 2.0);
    }
}

#[test]
fn part_of_a_frame_is_resampling() {
    let found = through(Format::S16_LE, |channels| {
        for channel in channels {
            let half: Vec<f64> = channel
                .windows(2)
                .map(|pair| (pair[0] + pair[1]) / 2.0)
                .collect();
            *channel = half;
        }
    });
    assert_eq!(found.cause, PathCause::Resampling, "{found:?}");
}

#[test]
fn clipping_and_compression_are_distortion() {
    let clipped = through(Format::S16_LE, each(|x| x.clamp(-0.4, 0.4)));
    assert_eq!(clipped.cause, PathCause::Distortion, "{clipped:?}");
    let compressed = through(Format::S16_LE, each(|x| x.abs().powf(0.8).copysign(x)));
    assert_eq!(compressed.cause, PathCause::Distortion, "{compressed:?}");
    assert_near(compressed.compression_db[0], 6.8, 0.5);
}

#[test]
fn a_low_pass_is_a_filter() {
    let found = through(Format::S16_LE, |channels| {
        for channel in channels {
            let mut last = 0.0;
            for sample in channel {
                last += 0.2 * (*sample - last);
                *sample = last;
            }
        }
    });
    assert_eq!(found.cause, PathCause::Filter, "{found:?}");
}

#[test]
fn lost_frames_are_counted() {
    let found = through(Format::S16_LE, |channels| {
        for channel in channels {
            channel.drain(19_000..19_100);
        }
    });
    assert_eq!(found.cause, PathCause::LostFrames, "{found:?}");
    assert_eq!(found.lost_frames, Some(100));
    let cut = through(Format::S16_LE, |channels| {
        channels
            .iter_mut()
            .for_each(|channel| channel.truncate(26_000));
    });
    assert_eq!(cut.cause, PathCause::LostFrames, "{cut:?}");
}

/// A server that is late plays silence, in which the sound waits or passes unheard.
#[test]
fn a_gap_is_lost_frames_wherever_it_is() {
    const GAP: usize = 700;
    let signal = signal(Format::S16_LE, 2);
    let sections = signal.sections;
    let middles = [&sections.noise, &sections.quiet, &sections.loud]
        .map(|range| (range.start + range.end - GAP) / 2);
    for start in middles.into_iter().chain([sections.loud.end - GAP]) {
        let at = DELAY + start;
        let removed = through(Format::S16_LE, |channels| {
            channels
                .iter_mut()
                .for_each(|channel| drop(channel.drain(at..at + GAP)));
        });
        let delayed = through(Format::S16_LE, |channels| {
            channels
                .iter_mut()
                .for_each(|channel| drop(channel.splice(at..at, [0.0; GAP])));
        });
        let silent = through(Format::S16_LE, |channels| {
            channels
                .iter_mut()
                .for_each(|channel| channel[at..at + GAP].fill(0.0));
        });
        for found in [removed, delayed, silent] {
            if found.cause != PathCause::LostFrames {
                println!(
                    "{start} {:?} {:?} {:?}",
                    found.cause, found.lost_frames, found.pitch_ppm
                );
            }
        }
    }
}

#[test]
fn silence_and_other_sound_are_distinguished() {
    assert_eq!(
        through(Format::S16_LE, each(|_| 0.0)).cause,
        PathCause::Silence
    );
    let other = through(Format::S16_LE, |channels| {
        let mut random = Random::new(99);
        channels
            .iter_mut()
            .flatten()
            .for_each(|x| *x = 0.3 * random.uniform());
    });
    assert_eq!(other.cause, PathCause::OtherSound);
}

#[test]
fn many_channels_are_distinguished() {
    let signal = signal(Format::S16_LE, 8);
    let mut channels: Channels = (0..8)
        .map(|one| signal.channel(signal.bytes(), one))
        .collect();
    channels.rotate_left(3);
    let found = measure(&signal, &packed(Format::S16_LE, &channels));
    assert_eq!(found.cause, PathCause::Route);
    let sources: Vec<_> = found.source_channels.into_iter().flatten().collect();
    assert_eq!(sources, [3, 4, 5, 6, 7, 0, 1, 2]);
}

#[test]
fn a_format_without_numbers_is_refused() {
    let spec = Spec::new(Format::from_name("DSD_U8").unwrap(), 44_100, 2).unwrap();
    assert!(PathSignal::new(spec).is_err());
}
