//! The bits of lossless samples, from the first bytes of a pipe, which is not probed.

use crate::audio::file::container::Container;
use crate::audio::file::id3;
use crate::audio::file::input::Input;

/// Bytes behind the tags that are inspected.
const HEADER_BYTES: usize = 128;

/// Bytes of leading tags at most.
const MAX_TAG_BYTES: u64 = 16 << 20;

/// The format in which ffmpeg writes the samples of `container`, as it would those of a file.
pub(super) fn output_codec(container: Container, input: &mut Input) -> &'static str {
    match (container, sample_bits(container, input)) {
        (_, Some(SampleBits::Integer(0..=16))) => "pcm_s16le",
        (_, Some(SampleBits::Integer(17..=24))) => "pcm_s24le",
        (_, Some(SampleBits::Integer(_))) => "pcm_s32le",
        (_, Some(SampleBits::Float)) => "pcm_f32le",
        (Container::Wavpack | Container::Ape | Container::Tta | Container::Tak, None) => {
            "pcm_s32le"
        }
        _ => "pcm_f32le",
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum SampleBits {
    Integer(u32),
    Float,
}

/// Consumes nothing.
fn sample_bits(container: Container, input: &mut Input) -> Option<SampleBits> {
    let head = input.peek(HEADER_BYTES).ok()?;
    let tag = id3::tag_length(head).unwrap_or(0);
    if tag > MAX_TAG_BYTES {
        return None;
    }
    let head = input.peek(tag as usize + HEADER_BYTES).ok()?;
    parse(container, head.get(tag as usize..)?)
}

fn parse(container: Container, head: &[u8]) -> Option<SampleBits> {
    let short = |at: usize| {
        let bytes = head.get(at..)?.first_chunk()?;
        Some(u32::from(u16::from_le_bytes(*bytes)))
    };
    match container {
        Container::Wavpack if head.starts_with(b"wvpk") => {
            let flags = short(24)?;
            Some(match flags & 0x80 {
                0 => SampleBits::Integer(8 * (1 + (flags & 3))),
                _ => SampleBits::Float,
            })
        }
        Container::Tta if head.starts_with(b"TTA1") => short(8).map(SampleBits::Integer),
        // A description of the stream is the first block.
        Container::Tak if head.starts_with(b"tBaK\x01") => {
            short(16).map(|bits| SampleBits::Integer((bits >> 6 & 31) + 8))
        }
        Container::Flac if head.starts_with(b"fLaC") => short(20)
            .map(|bits| SampleBits::Integer(((bits as u16).swap_bytes() >> 4 & 31) as u32 + 1)),
        Container::Wav if head.get(12..16) == Some(b"fmt ") => wav_bits(&short),
        Container::Ape if head.starts_with(b"MAC ") => ape_bits(&short),
        _ => None,
    }
}

/// Of an ordinary WAV; `None` for codecs and 64 bits.
fn wav_bits(short: &impl Fn(usize) -> Option<u32>) -> Option<SampleBits> {
    const PCM: u32 = 1;
    const FLOAT: u32 = 3;
    const EXTENSIBLE: u32 = 0xfffe;
    let kind = match short(20)? {
        EXTENSIBLE => short(44)?,
        kind => kind,
    };
    match (kind, short(34)?) {
        (PCM, bits) => Some(SampleBits::Integer(bits)),
        (FLOAT, 32) => Some(SampleBits::Float),
        _ => None,
    }
}

/// Until version 3.97, flags say which files do not have 16 bits. Later, a header follows a description of this length.
fn ape_bits(short: &impl Fn(usize) -> Option<u32>) -> Option<SampleBits> {
    const EIGHT: u32 = 1;
    const TWENTY_FOUR: u32 = 8;
    let bits = if short(4)? >= 3980 {
        short(short(8)? as usize + 16)?
    } else {
        match short(8)? {
            flags if flags & EIGHT != 0 => 8,
            flags if flags & TWENTY_FOUR != 0 => 24,
            _ => 16,
        }
    };
    Some(SampleBits::Integer(bits))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_of_lossless_formats_state_their_bits() {
        let mut ape = [b"MAC \x96\x0f\0\0\x34\0\0\0".as_slice(), &[0; 64]].concat();
        ape[52 + 16] = 24;
        let tta = b"TTA1\x01\0\x02\0\x10\0";
        let mut wavpack = [b"wvpk".as_slice(), &[0; 28]].concat();
        wavpack[24] = 1;
        let flac = [b"fLaC".as_slice(), &[0; 16], b"\x43\x70"].concat();
        let tak = [b"tBaK\x01".as_slice(), &[0; 11], b"\0\x02"].concat();
        let mut wav = [b"RIFF....WAVEfmt ".as_slice(), &[0; 32]].concat();
        (wav[20], wav[34]) = (1, 16);
        let tagged = |sound: &[u8]| [b"ID3\x04\0\0\0\0\0\x05.....", sound].concat();
        for (container, head, expected) in [
            (Container::Ape, &ape[..], "pcm_s24le"),
            (Container::Tta, tta, "pcm_s16le"),
            (Container::Wavpack, &wavpack, "pcm_s16le"),
            (Container::Wavpack, b"wvpk", "pcm_s32le"),
            (Container::Flac, &flac, "pcm_s24le"),
            (Container::Tak, &tak, "pcm_s16le"),
            (Container::Wav, &wav, "pcm_s16le"),
            (Container::Musepack, b"MPCK", "pcm_f32le"),
        ] {
            for bytes in [head.to_vec(), tagged(head)] {
                let mut input = Input::from_reader("x", std::io::Cursor::new(bytes));
                assert_eq!(
                    output_codec(container, &mut input),
                    expected,
                    "{container:?}"
                );
            }
        }
        assert_eq!(
            parse(Container::Wavpack, &[&wavpack[..24], &[0x83, 0]].concat()),
            Some(SampleBits::Float)
        );
    }
}
