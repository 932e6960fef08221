//! Files written by hound are read as hound reads them.

use super::{inputs, open_wav, read_all};
use crate::audio::dsp::sample::Unpacker;
use crate::audio::file::testing::regular;
use crate::audio::format::Format;
use hound::{SampleFormat, WavReader, WavSpec, WavSpecEx, WavWriter};
use proptest::prelude::*;
use std::io::Cursor;

/// The specs that hound can write, and bytes per sample. Without 24 bits in four bytes: hound 3.5.1 declares them as
/// left-justified (32 bits, 24 of them valid), but writes and reads them right-justified (ruuda/hound#40).
fn hound_specs() -> impl Strategy<Value = (WavSpec, u16)> {
    let kinds = [
        (8, 1, SampleFormat::Int),
        (16, 2, SampleFormat::Int),
        (24, 3, SampleFormat::Int),
        (32, 4, SampleFormat::Int),
        (32, 4, SampleFormat::Float),
    ];
    let kind = proptest::sample::select(kinds.to_vec());
    (kind, 1_u16..9, 1_u32..768_000).prop_map(
        |((bits_per_sample, bytes, sample_format), channels, sample_rate)| {
            let spec = WavSpec {
                channels,
                sample_rate,
                bits_per_sample,
                sample_format,
            };
            (spec, bytes)
        },
    )
}

#[test]
fn s24_in_four_bytes_is_read_as_its_header_says() {
    let spec = WavSpec {
        channels: 1,
        sample_rate: 48_000,
        bits_per_sample: 24,
        sample_format: SampleFormat::Int,
    };
    let bytes = write_with_hound((spec, 4), &[0x0102_0300; 8]);
    let source = open_wav(regular("x.wav", &bytes)).unwrap();
    assert_eq!(source.spec().format, Format::S32_LE);
}

fn write_with_hound((spec, bytes_per_sample): (WavSpec, u16), samples: &[i32]) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    let mut writer = WavWriter::new_with_spec_ex(
        &mut file,
        WavSpecEx {
            spec,
            bytes_per_sample,
        },
    )
    .unwrap();
    for &sample in samples {
        match spec.sample_format {
            SampleFormat::Float => writer.write_sample(sample as f32).unwrap(),
            SampleFormat::Int => {
                let narrowed: i32 = sample >> (32 - spec.bits_per_sample);
                writer.write_sample(narrowed).unwrap();
            }
        }
    }
    writer.finalize().unwrap();
    file.into_inner()
}

/// A sample as an integer as hound returns it, or the bits of a float.
fn hound_sample(format: Format, sample: &[u8]) -> i32 {
    match format {
        Format::FLOAT_LE => i32::from_le_bytes(sample.try_into().unwrap()),
        _ => Unpacker::new(format).unwrap().unpack_integer(sample) as i32,
    }
}

fn read_with_hound(bytes: &[u8]) -> (WavSpec, Vec<i32>) {
    let mut reader = WavReader::new(bytes).unwrap();
    let spec = reader.spec();
    let samples = match spec.sample_format {
        SampleFormat::Float => reader
            .samples::<f32>()
            .map(|sample| sample.unwrap().to_bits() as i32)
            .collect(),
        SampleFormat::Int => reader
            .samples::<i32>()
            .map(|sample| sample.unwrap())
            .collect(),
    };
    (spec, samples)
}

proptest! {
    #[test]
    fn files_are_read_as_by_hound(
        written in hound_specs(),
        frames in 1_usize..200,
        seed in proptest::collection::vec(any::<i32>(), 64),
    ) {
        let samples: Vec<i32> = seed.iter().copied().cycle()
            .take(frames * usize::from(written.0.channels)).collect();
        let bytes = write_with_hound(written, &samples);
        let (expected_spec, expected) = read_with_hound(&bytes);
        for input in inputs(&bytes) {
            let (spec, count, all) = read_all(input);
            prop_assert_eq!(spec.rate, expected_spec.sample_rate);
            prop_assert_eq!(spec.channels, u32::from(expected_spec.channels));
            prop_assert_eq!(spec.format.bits(), u32::from(expected_spec.bits_per_sample));
            prop_assert_eq!(count, Some(frames as u64));
            let size = spec.format.physical_bits() as usize / 8;
            let samples: Vec<i32> = all.chunks(size).map(|sample| hound_sample(spec.format, sample)).collect();
            prop_assert_eq!(&samples, &expected);
        }
    }
}
