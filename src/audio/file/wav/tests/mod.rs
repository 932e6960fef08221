//! Reading WAV files constructed byte by byte, or written by hound.

mod hound_files;
mod sequence;

use super::{chunks, codes, open, open_pcm};
use crate::audio::channel_map::ChannelMap;
use crate::audio::error::{Kind, Result};
use crate::audio::file::input::Input;
use crate::audio::file::testing::native;
use crate::audio::file::testing::{
    cd, chunk, chunk_of_size, extensible, fmt, fmt_fields, form, message, piped, regular, riff,
    sound,
};
use crate::audio::format::{ByteOrder, Format};
use crate::audio::spec::Spec;
use crate::audio::stream::Source;
use crate::audio::stream::testing::drain;
use proptest::prelude::*;
use std::io::Cursor;

/// The same bytes as a regular file, a fast pipe and a slow pipe.
fn inputs(bytes: &[u8]) -> [Input; 3] {
    let whole = bytes.len().max(1);
    [
        regular("x.wav", bytes),
        piped("x.wav", bytes, whole),
        piped("x.wav", bytes, 5),
    ]
}

fn open_wav(input: Input) -> Result<Box<dyn Source>> {
    open(input, &native())
}

/// The error of opening or reading a corrupt WAV.
fn read_error(input: Input) -> String {
    match open_wav(input) {
        Ok(mut source) => {
            let error = drain(&mut *source, 64).1.unwrap_err();
            assert_eq!(error.kind(), Kind::InvalidInput);
            message(&error, "x.wav")
        }
        Err(error) => {
            assert_eq!(error.kind(), Kind::InvalidInput);
            message(&error, "x.wav")
        }
    }
}

/// The spec, number of frames and samples of a valid WAV.
fn read_all(input: Input) -> (Spec, Option<u64>, Vec<u8>) {
    let mut source = open_wav(input).unwrap();
    let frames = source.frames();
    let (all, end) = drain(&mut *source, 64);
    end.unwrap();
    if let Some(frames) = frames {
        assert_eq!(source.spec().bytes(frames), all.len() as u64);
    }
    (source.spec(), frames, all)
}

fn assert_samples(bytes: &[u8], expected: &[u8]) {
    for input in inputs(bytes) {
        assert_eq!(read_all(input).2, expected);
    }
}

fn read_format(fmt: Vec<u8>) -> Format {
    let bytes = riff(&[fmt, chunk(b"data", &sound(96))]);
    let [file, ..] = inputs(&bytes);
    let (spec, _, all) = read_all(file);
    assert_eq!(all, sound(96));
    spec.format
}

#[test]
fn all_uncompressed_formats_are_read() {
    let cases = [
        (1, 1, 8, Format::U8),
        (1, 2, 16, Format::S16_LE),
        (1, 3, 24, Format::S24_3LE),
        (1, 4, 24, Format::S24_LE),
        (1, 4, 32, Format::S32_LE),
        (3, 4, 32, Format::FLOAT_LE),
        (3, 8, 64, Format::FLOAT64_LE),
        (6, 1, 8, Format::A_LAW),
        (7, 1, 8, Format::MU_LAW),
    ];
    for (tag, bytes, bits, format) in cases {
        assert_eq!(read_format(fmt(tag, 2, 48_000, bytes * 2, bits)), format);
        assert_eq!(
            read_format(extensible(tag, bytes * 2, bits, bits, 3)),
            format
        );
    }
}

#[test]
fn samples_with_fewer_bits_than_their_bytes_are_left_justified() {
    let cases = [
        (1, 5, Format::U8),
        (2, 12, Format::S16_LE),
        (3, 20, Format::S24_3LE),
        (3, 18, Format::S24_3LE),
        (4, 20, Format::S32_LE),
        (4, 31, Format::S32_LE),
    ];
    for (bytes, bits, format) in cases {
        assert_eq!(read_format(fmt(1, 2, 48_000, bytes * 2, bits)), format);
    }
    assert_eq!(read_format(extensible(1, 6, 24, 20, 0)), Format::S24_3LE);
    assert_eq!(read_format(extensible(1, 6, 20, 20, 0)), Format::S24_3LE);
    assert_eq!(read_format(extensible(1, 8, 32, 24, 0)), Format::S32_LE);
    assert_eq!(read_format(extensible(1, 8, 32, 20, 0)), Format::S32_LE);
    assert_eq!(read_format(extensible(1, 8, 24, 24, 0)), Format::S24_LE);
}

#[test]
fn an_extensible_header_has_a_channel_mask() {
    let map_of = |fmt| {
        let bytes = riff(&[fmt, chunk(b"data", &sound(96))]);
        open_wav(regular("x.wav", &bytes)).unwrap().channel_map()
    };
    let rear = ChannelMap::from_mask(0x30, 2);
    assert_eq!(map_of(extensible(1, 8, 32, 24, 0x30)), Some(rear));
    assert_eq!(map_of(extensible(1, 8, 32, 24, 0)), None);
    assert_eq!(map_of(cd()), None);
}

#[test]
fn fmt_chunks_of_all_lengths_are_read() {
    let fields = fmt_fields(1, 2, 44_100, 4, 16);
    for length in [14, 16, 17, 18, 20, 40, 41, 100] {
        let mut fields = fields.clone();
        fields.resize(length, 0);
        let bytes = riff(&[chunk(b"fmt ", &fields), chunk(b"data", &sound(400))]);
        for input in inputs(&bytes) {
            let (spec, frames, all) = read_all(input);
            assert_eq!(spec, Spec::new(Format::S16_LE, 44_100, 2).unwrap());
            assert_eq!((frames, all), (Some(100), sound(400)), "{length}");
        }
    }
}

#[test]
fn ambisonic_subformats_are_read() {
    let mut fmt = extensible(3, 8, 32, 32, 0);
    let at = fmt.len() - 12;
    fmt[at..].copy_from_slice(b"\x21\x07\xd3\x11\x86\x44\xc8\xc1\xca\x00\x00\x00");
    assert_eq!(read_format(fmt), Format::FLOAT_LE);
}

#[test]
fn other_chunks_are_skipped() {
    let bytes = riff(&[
        chunk(b"JUNK", &sound(27)),
        chunk(b"bext", &sound(602)),
        cd(),
        chunk(b"fact", &sound(4)),
        chunk(b"LIST", &sound(25)),
        chunk(b"data", &sound(400)),
        chunk(b"LIST", &sound(31)),
        chunk(b"id3 ", &sound(9000)),
    ]);
    assert_samples(&bytes, &sound(400));
}

#[test]
fn the_padding_of_odd_lengths_is_not_read() {
    let bytes = riff(&[
        fmt(1, 1, 8000, 1, 8),
        chunk(b"data", &sound(401)),
        chunk(b"LIST", b"INFO"),
    ]);
    assert_samples(&bytes, &sound(401));
}

#[test]
fn the_length_of_the_form_is_ignored() {
    for size in [0, 1, 36, 0x7fff_ffff, u32::MAX] {
        let mut bytes = riff(&[
            cd(),
            chunk(b"data", &sound(400)),
            chunk(b"LIST", &sound(20)),
        ]);
        bytes[4..8].copy_from_slice(&size.to_le_bytes());
        assert_samples(&bytes, &sound(400));
    }
}

#[test]
fn rifx_has_big_endian_formats() {
    let cases = [
        (1, 1, 8, Format::U8),
        (1, 2, 16, Format::S16_BE),
        (1, 3, 24, Format::S24_3BE),
        (1, 4, 24, Format::S24_BE),
        (1, 4, 32, Format::S32_BE),
        (3, 4, 32, Format::FLOAT_BE),
        (3, 8, 64, Format::FLOAT64_BE),
    ];
    for (tag, bytes, bits, format) in cases {
        let file = rifx(tag, bytes, bits, 384, &sound(384));
        for input in inputs(&file) {
            let (spec, _, all) = read_all(input);
            assert_eq!(spec, Spec::new(format, 96_000, 1).unwrap());
            assert_eq!(all, sound(384));
        }
    }
}

/// A mono RIFX at 96 kHz whose `data` chunk declares `size` bytes.
fn rifx(tag: u16, bytes: u16, bits: u16, size: u32, sound: &[u8]) -> Vec<u8> {
    let mut file = b"RIFX\0\0\0\0WAVEfmt \0\0\0\x10".to_vec();
    file.extend([tag.to_be_bytes(), 1_u16.to_be_bytes()].concat());
    file.extend([96_000_u32.to_be_bytes(), 0_u32.to_be_bytes()].concat());
    file.extend([bytes.to_be_bytes(), bits.to_be_bytes()].concat());
    file.extend([b"data".as_slice(), &size.to_be_bytes(), sound].concat());
    file
}

#[test]
fn a_streamed_rifx_ends_before_its_trailing_chunks() {
    let mut bytes = rifx(1, 2, 16, u32::MAX, &sound(400));
    bytes.extend(b"LIST\0\0\0\x04INFO");
    assert_eq!(read_all(regular("x.wav", &bytes)).2, sound(400));
}

/// An RF64 whose `ds64` chunk declares `size` bytes of samples and whose `data` chunk `size_32`.
fn rf64(id: &[u8; 4], size: u64, size_32: u32, data: &[u8]) -> Vec<u8> {
    let ds64 = [0_u64, size, 0].map(u64::to_le_bytes).concat();
    form(
        id,
        &[
            chunk(b"ds64", &ds64),
            cd(),
            chunk_of_size(b"data", size_32, data),
        ],
    )
}

#[test]
fn the_length_of_rf64_is_in_its_ds64_chunk() {
    let data = [sound(400), chunk(b"LIST", &sound(20))].concat();
    for id in [b"RF64", b"BW64"] {
        assert_samples(&rf64(id, 400, u32::MAX, &data), &sound(400));
        assert_samples(&rf64(id, 7, 400, &data), &sound(400));
    }
}

#[test]
fn rf64_without_a_length_is_read_to_the_end() {
    for size in [0, u64::MAX, i64::MAX as u64] {
        assert_samples(&rf64(b"RF64", size, u32::MAX, &sound(400)), &sound(400));
    }
    assert_samples(
        &form(
            b"RF64",
            &[cd(), chunk_of_size(b"data", u32::MAX, &sound(400))],
        ),
        &sound(400),
    );
}

#[test]
fn a_truncated_rf64_is_an_error() {
    let bytes = rf64(b"RF64", 5 << 32, u32::MAX, &sound(400));
    for input in inputs(&bytes) {
        let expected =
            "'x.wav' is truncated: its header declares 5368709120 frames, but it has 100";
        assert_eq!(read_error(input), expected);
    }
}

/// Placeholder lengths, and variants that occur.
const PLACEHOLDERS: [u32; 12] = [
    0,
    0x7fff_0000,
    0x7fff_f000,
    0x7fff_effd,
    0x7fff_ffdb,
    0x7fff_fffe,
    0x7fff_ffff,
    0x8000_0000,
    0x8000_0000 - 44,
    0xffff_ffff,
    0xffff_ffff - 36,
    0xffff_fffc,
];

/// A WAV with these lengths in its header.
fn streamed(size: u32, form_size: u32, data: &[u8]) -> Vec<u8> {
    let mut bytes = riff(&[cd(), chunk_of_size(b"data", size, data)]);
    bytes[4..8].copy_from_slice(&form_size.to_le_bytes());
    bytes
}

#[test]
fn streamed_files_are_read_to_the_end() {
    for size in PLACEHOLDERS {
        for form_size in [0, 36, 0x8000_0024, u32::MAX, size.wrapping_add(36)] {
            let bytes = streamed(size, form_size, &sound(4000));
            let [file, pipe, slow_pipe] = inputs(&bytes);
            assert_eq!(read_all(file).1, Some(1000), "{size:#x}");
            assert_eq!(read_all(pipe).1, None, "{size:#x}");
            assert_eq!(read_all(slow_pipe).2, sound(4000), "{size:#x}");
        }
    }
}

#[test]
fn trailing_chunks_of_streamed_files_are_not_read_as_samples() {
    let trailers: [Vec<u8>; 4] = [
        chunk(b"LIST", b"INFOISFT\x04\0\0\0abc\0"),
        [chunk(b"id3 ", &sound(2001)), chunk(b"LIST", &sound(20))].concat(),
        [
            chunk(b"LIST", &sound(20)),
            chunk(b"LIST", &sound(4)),
            chunk(b"cue ", b""),
        ]
        .concat(),
        chunk_of_size(b"bext", 5, &sound(5)),
    ];
    for trailer in trailers {
        for size in PLACEHOLDERS {
            let bytes = streamed(size, u32::MAX, &[sound(4000), trailer.clone()].concat());
            let (_, frames, all) = read_all(regular("x.wav", &bytes));
            assert_eq!((frames, all), (Some(1000), sound(4000)), "{size:#x}");
        }
    }
}

#[test]
fn padding_before_trailing_chunks_is_not_read_as_samples() {
    let fmt = fmt(1, 1, 8000, 3, 24);
    let data = [&*sound(303), &[0], &*chunk(b"LIST", b"INFO")].concat();
    let bytes = riff(&[fmt, chunk_of_size(b"data", u32::MAX, &data)]);
    assert_eq!(read_all(regular("x.wav", &bytes)).2, sound(303));
}

#[test]
fn samples_that_resemble_a_chunk_are_read() {
    let lookalikes = [
        chunk_of_size(b"LIST", 3, b"INFOrest"),
        chunk_of_size(b"LIST", 5000, b"INFO"),
        chunk_of_size(b"abcd", 4, b"INFO"),
        b"LIST".to_vec(),
    ];
    for lookalike in lookalikes {
        let data = [sound(4000), lookalike, sound(4)].concat();
        let data = &data[..data.len() - data.len() % 4];
        assert_samples(&streamed(u32::MAX, u32::MAX, data), data);
    }
}

#[test]
fn a_placeholder_length_that_fits_the_file_is_believed() {
    // A sparse file with 0x7ffff000 bytes of samples and a tag after them.
    let file = std::fs::File::from(
        rustix::fs::memfd_create("sparse", rustix::fs::MemfdFlags::empty()).unwrap(),
    );
    let header = streamed(0x7fff_f000, 0, &[]);
    std::os::unix::fs::FileExt::write_all_at(&file, &header, 0).unwrap();
    file.set_len(0x7fff_f000 + header.len() as u64 + 12)
        .unwrap();
    let source = open_wav(Input::from_file("x.wav", file).unwrap()).unwrap();
    assert_eq!(source.frames(), Some(0x7fff_f000 / 4));
}

#[test]
fn an_incomplete_frame_at_the_end_of_a_streamed_file_is_an_error() {
    for size in PLACEHOLDERS {
        for input in inputs(&streamed(size, u32::MAX, &sound(4002))) {
            let mut source = open_wav(input).unwrap();
            let (all, end) = drain(&mut *source, 64);
            assert_eq!(all, sound(4000));
            assert_eq!(
                message(&end.unwrap_err(), "x.wav"),
                "'x.wav' ends in the middle of a frame (2 of 4 bytes, after 1000 frames)"
            );
        }
    }
}

#[test]
fn a_truncated_file_is_an_error_after_its_frames() {
    let bytes = riff(&[cd(), chunk(b"data", &sound(4000))]);
    for (cut, frames) in [(4, 999), (5, 998), (3999, 0), (4000, 0)] {
        for input in inputs(&bytes[..bytes.len() - cut]) {
            let mut source = open_wav(input).unwrap();
            let (all, end) = drain(&mut *source, 64);
            assert_eq!(all, sound(frames * 4));
            assert_eq!(
                message(&end.unwrap_err(), "x.wav"),
                format!(
                    "'x.wav' is truncated: its header declares 1000 frames, but it has {frames}"
                )
            );
        }
    }
    let truncated = regular("x.wav", &bytes[..bytes.len() - 5]);
    assert_eq!(open_wav(truncated).unwrap().frames(), Some(998));
}

#[test]
fn an_incomplete_frame_in_the_data_chunk_is_an_error() {
    let bytes = riff(&[cd(), chunk(b"data", &sound(402)), chunk(b"LIST", b"INFO")]);
    for input in inputs(&bytes) {
        let mut source = open_wav(input).unwrap();
        let (all, end) = drain(&mut *source, 64);
        assert_eq!(all, sound(400));
        assert!(message(&end.unwrap_err(), "x.wav").contains("in the middle of a frame"));
    }
}

#[test]
fn a_wav_without_samples_is_an_error() {
    let empty = chunk(b"data", b"");
    let list = chunk(b"LIST", b"INFO");
    let cases = [
        riff(&[cd(), empty.clone()]),
        riff(&[cd(), empty, list]),
        streamed(0, 0, &[]),
        streamed(0, u32::MAX, &[]),
        streamed(0x8000_0000, 0x8000_0024, &[]),
        streamed(u32::MAX, u32::MAX, &[]),
        rf64(b"RF64", 0, u32::MAX, &[]),
        rf64(b"RF64", 0, 0, &chunk(b"LIST", b"INFO")),
    ];
    for bytes in cases {
        for input in inputs(&bytes) {
            assert_eq!(read_error(input), "'x.wav' contains no audio");
        }
    }
}

/// Asserts that opening or reading each file fails with an error that contains the text.
fn assert_errors(cases: impl IntoIterator<Item = (Vec<u8>, &'static str)>) {
    for (bytes, expected) in cases {
        for input in inputs(&bytes) {
            let error = read_error(input);
            assert!(error.contains(expected), "{error} / {expected}");
        }
    }
}

#[test]
fn files_without_a_wave_form_are_rejected() {
    assert_errors([
        (b"RIFF\x04\0\0\0WAV".to_vec(), "is not WAV"),
        (b"RIFFWAVE".to_vec(), "is not WAV"),
        (b"".to_vec(), "is not WAV"),
    ]);
}

#[test]
fn missing_and_misplaced_chunks_are_reported() {
    let data = || chunk(b"data", &sound(400));
    assert_errors([
        (riff(&[]), "before its 'fmt ' chunk"),
        (riff(&[cd()]), "before its 'data' chunk"),
        (riff(&[data()]), "comes before its 'fmt ' chunk"),
        (riff(&[data(), cd()]), "comes before its 'fmt ' chunk"),
        (riff(&[cd(), cd(), data()]), "two 'fmt ' chunks"),
        (riff(&[cd(), b"dat".to_vec()]), "before its 'data' chunk"),
        (riff(&[cd(), vec![0; 64]]), "there is no chunk at byte 36"),
    ]);
}

#[test]
fn truncated_and_short_chunks_are_reported() {
    let data = || chunk(b"data", &sound(400));
    let fmt = |fields: &[u8]| riff(&[chunk(b"fmt ", fields), data()]);
    let fields = fmt_fields(1, 2, 48_000, 4, 16);
    assert_errors([
        (
            fmt(b"\x01\0\x02\0\x44\xac\0\0"),
            "'fmt ' chunk has only 8 bytes",
        ),
        (fmt(b""), "'fmt ' chunk has only 0 bytes"),
        (
            riff(&[chunk_of_size(b"fmt ", 16, b"\x01\0\x02\0")]),
            "inside its 'fmt ' chunk",
        ),
        (
            riff(&[chunk_of_size(b"fmt ", u32::MAX, &fields)]),
            "inside its 'fmt ' chunk",
        ),
        (
            riff(&[cd(), chunk_of_size(b"LIST", 4_000_000_000, &data())]),
            "inside its 'LIST' chunk of 4000000000 bytes",
        ),
        (
            riff(&[cd(), chunk_of_size(b"LIST", u32::MAX, &data())]),
            "inside its 'LIST' chunk",
        ),
        (riff(&[chunk_of_size(b"\"\\~'", 99, &[])]), "inside its '"),
        (
            form(b"RF64", &[chunk(b"ds64", b"short"), cd(), data()]),
            "'ds64' chunk has only 5 bytes",
        ),
        (
            form(b"RF64", &[chunk_of_size(b"ds64", 28, b"short")]),
            "inside its 'ds64' chunk",
        ),
    ]);
}

/// A WAV with this `fmt ` chunk.
fn with_fmt(fmt: Vec<u8>) -> Vec<u8> {
    riff(&[fmt, chunk(b"data", &sound(400))])
}

#[test]
fn impossible_specs_are_reported() {
    let cases = [
        (fmt(1, 0, 48_000, 4, 16), "its header says 0 channels"),
        (
            fmt(1, 1025, 48_000, 2050, 16),
            "its header says 1025 channels",
        ),
        (
            fmt(1, 65_535, 48_000, 65_535, 8),
            "its header says 65535 channels",
        ),
        (fmt(1, 2, 0, 4, 16), "its header says 0 Hz"),
        (fmt(1, 2, u32::MAX, 4, 16), "its header says 4294967295 Hz"),
        (
            fmt(0x55, 2, 48_000, 0, 0),
            "'x.wav' is WAV with MP3, which needs ffmpeg",
        ),
        (
            fmt(1, 2, 48_000, 0, 0),
            "its header says 0 bytes for 2 channels",
        ),
        (fmt(1, 2, 48_000, 0, 65_535), "65535 bits in 8192 bytes"),
        (
            fmt(1, 2, 48_000, 5, 16),
            "its header says 5 bytes for 2 channels",
        ),
        // Blocks of other codecs have any length.
        (
            fmt(0x55, 2, 48_000, 1, 0),
            "'x.wav' is WAV with MP3, which needs ffmpeg",
        ),
        (fmt(1, 2, 48_000, 65_534, 16), "16 bits in 32767 bytes"),
        (fmt(1, 2, 48_000, 4, 0), "0 bits in 2 bytes"),
        (fmt(1, 2, 48_000, 4, 24), "24 bits in 2 bytes"),
        (fmt(1, 2, 48_000, 4, 65_535), "65535 bits in 2 bytes"),
        (fmt(1, 2, 48_000, 8, 8), "8 bits in 4 bytes"),
        (fmt(3, 2, 48_000, 4, 16), "16 bits in 2 bytes"),
        (fmt(6, 2, 48_000, 4, 16), "16 bits in 2 bytes"),
    ];
    assert_errors(cases.map(|(fmt, expected)| (with_fmt(fmt), expected)));
}

#[test]
fn a_header_without_a_block_length_is_complete() {
    for input in inputs(&with_fmt(fmt(1, 2, 48_000, 0, 16))) {
        let (spec, _, samples) = read_all(input);
        assert_eq!(spec, Spec::new(Format::S16_LE, 48_000, 2).unwrap());
        assert_eq!(samples, sound(400));
    }
}

#[test]
fn unsupported_and_unknown_codecs_are_reported() {
    let mut unknown_guid = extensible(1, 4, 16, 16, 3);
    let last = unknown_guid.len() - 1;
    unknown_guid[last] ^= 1;
    let cases = [
        (fmt(0, 2, 48_000, 4, 16), "unknown codec (tag 0x0000)"),
        (
            fmt(2, 2, 48_000, 4, 4),
            "is corrupt: its blocks of Microsoft ADPCM have 4 bytes",
        ),
        (
            fmt(0x11, 4, 48_000, 1024, 4),
            "WAV with IMA ADPCM of 4 channels, which needs ffmpeg",
        ),
        (
            fmt(0x31, 1, 8000, 65, 0),
            "WAV with GSM 6.10, which needs ffmpeg",
        ),
        (
            fmt(0x55, 1, 48_000, 1, 0),
            "WAV with MP3, which needs ffmpeg",
        ),
        (
            fmt(0x38, 1, 8000, 42, 2),
            "WAV with NMS ADPCM, which is not supported",
        ),
        (fmt(0x38, 1, 8000, 32, 0), "unknown codec (tag 0x0038)"),
        (
            fmt(0xfffe, 2, 48_000, 4, 16),
            "lacks the extension it declares",
        ),
        (unknown_guid, "unknown codec (an unregistered sub-format)"),
    ];
    assert_errors(cases.map(|(fmt, expected)| (with_fmt(fmt), expected)));
}

#[test]
fn the_number_of_chunks_is_limited() {
    let endless = std::io::repeat(0);
    let mut pattern = riff(&[cd()]);
    pattern.extend(std::iter::repeat_n(chunk_of_size(b"LIST", 0, b""), 5000).flatten());
    assert!(read_error(piped("x.wav", &pattern, 4096)).contains("no samples within 4096 chunks"));
    let zeros = std::io::Read::chain(Cursor::new(riff(&[cd()])), endless);
    assert!(
        read_error(Input::from_reader("x.wav", zeros)).contains("there is no chunk at byte 36")
    );
}

#[test]
fn codes_and_formats_map_to_each_other() {
    for format in Format::all() {
        let Some(code) = codes::code_of(format) else {
            continue;
        };
        let back = codes::format_of(code.tag, code.bits, code.bytes, ByteOrder::Little);
        assert_eq!(back, Ok(format));
        assert_eq!(format.physical_bits(), code.bytes * 8);
    }
    assert_eq!(
        codes::code_of(Format::S24_LE).map(|code| code.bits),
        Some(24)
    );
    assert_eq!(codes::code_of(Format::S16_BE), None);
}

proptest! {
    #[test]
    fn random_bytes_do_not_panic_or_hang(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        for input in inputs(&bytes) {
            survive(input, bytes.len());
        }
        for input in inputs(&[b"RIFF\0\0\0\0WAVE".as_slice(), &bytes].concat()) {
            survive(input, bytes.len() + 12);
        }
    }

    #[test]
    fn damaged_files_do_not_panic_or_hang(
        flips in proptest::collection::vec((0_usize..160, 0_u8..8), 0..12),
        cut in 0_usize..700,
        step in 1_usize..50,
        is_rf64 in any::<bool>(),
    ) {
        let mut bytes = if is_rf64 {
            rf64(b"RF64", 400, u32::MAX, &[sound(400), chunk(b"LIST", &sound(20))].concat())
        } else {
            riff(&[chunk(b"JUNK", &sound(9)), extensible(1, 6, 24, 20, 3), chunk(b"data", &sound(402)),
                chunk(b"LIST", &sound(20))])
        };
        for (at, bit) in flips {
            bytes[at] ^= 1 << bit;
        }
        bytes.truncate(cut);
        survive(regular("x.wav", &bytes), bytes.len());
        survive(piped("x.wav", &bytes, step), bytes.len());
    }

    #[test]
    fn files_and_pipes_are_read_alike(
        channels in 1_u16..6,
        frames in 1_usize..300,
        odd in 0_usize..40,
        step in 1_usize..70,
        buffer in 1_usize..90,
    ) {
        let samples = sound(frames * usize::from(channels) * 3);
        let bytes = riff(&[chunk(b"JUNK", &sound(odd)), fmt(1, channels, 8000, channels * 3, 24),
            chunk(b"LIST", &sound(odd)), chunk(b"data", &samples), chunk(b"id3 ", &sound(odd))]);
        for input in [regular("x.wav", &bytes), piped("x.wav", &bytes, step)] {
            let mut source = open_wav(input).unwrap();
            prop_assert_eq!(source.frames(), Some(frames as u64));
            let (all, end) = drain(&mut *source, buffer);
            prop_assert!(end.is_ok());
            prop_assert_eq!(&all, &samples);
        }
    }
}

/// Asserts that reading returns an error of one line, or no more bytes than the file has.
fn survive(input: Input, length: usize) {
    let mut input = input;
    let outcome = chunks::read_header(&mut input).and_then(|header| {
        // ADPCM decodes to more bytes; the tests of decoders cover it.
        if header.fmt.adpcm.is_some() {
            return Ok(());
        }
        let (all, end) = drain(&mut open_pcm(input, &header, false)?, 16);
        assert!(all.len() <= length);
        end
    });
    if let Err(error) = outcome {
        assert_eq!(error.kind(), Kind::InvalidInput, "{error}");
        message(&error, "x.wav");
    }
}
