use super::*;
use crate::audio::channel_map::ChannelMap;
use crate::audio::error::Kind;
use crate::audio::file::testing::*;
use crate::audio::format::{ByteOrder, Format};
use crate::audio::spec::Spec;
use crate::audio::stream::testing::drain;
use hound::{SampleFormat, WavReader, WavSpec, WavSpecEx, WavWriter};
use proptest::prelude::*;
use std::io::Cursor;

/// The same bytes as a regular file, and as a pipe that brings them in one piece or dribbles.
fn inputs(bytes: &[u8]) -> [Input; 3] {
    let whole = bytes.len().max(1);
    [
        regular("x.wav", bytes),
        piped("x.wav", bytes, whole),
        piped("x.wav", bytes, 5),
    ]
}

fn opened(input: Input) -> Result<Box<dyn Source>> {
    open(input, &ReadOptions::default())
}

fn refused(input: Input) -> String {
    match opened(input) {
        Ok(mut source) => {
            let error = drain(&mut *source, 64).1.unwrap_err();
            assert_eq!(error.kind(), Kind::InvalidInput);
            line(&error, "x.wav")
        }
        Err(error) => {
            assert_eq!(error.kind(), Kind::InvalidInput);
            line(&error, "x.wav")
        }
    }
}

/// All of a WAV that is in order.
fn played(input: Input) -> (Spec, Option<u64>, Vec<u8>) {
    let mut source = opened(input).unwrap();
    let frames = source.frames();
    let (all, end) = drain(&mut *source, 64);
    end.unwrap();
    if let Some(frames) = frames {
        assert_eq!(source.spec().bytes(frames), all.len() as u64);
    }
    (source.spec(), frames, all)
}

fn assert_plays(bytes: &[u8], expected: &[u8]) {
    for input in inputs(bytes) {
        assert_eq!(played(input).2, expected);
    }
}

fn format_of(fmt: Vec<u8>) -> Format {
    let bytes = riff(&[fmt, chunk(b"data", &sound(96))]);
    let [file, ..] = inputs(&bytes);
    let (spec, _, all) = played(file);
    assert_eq!(all, sound(96));
    spec.format
}

#[test]
fn every_plain_format_is_known() {
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
        assert_eq!(format_of(fmt(tag, 2, 48_000, bytes * 2, bits)), format);
        assert_eq!(format_of(extensible(tag, bytes * 2, bits, bits, 3)), format);
    }
}

#[test]
fn fewer_bits_than_the_bytes_hold_are_left_justified() {
    let cases = [
        (1, 5, Format::U8),
        (2, 12, Format::S16_LE),
        (3, 20, Format::S24_3LE),
        (3, 18, Format::S24_3LE),
        (4, 20, Format::S32_LE),
        (4, 31, Format::S32_LE),
    ];
    for (bytes, bits, format) in cases {
        assert_eq!(format_of(fmt(1, 2, 48_000, bytes * 2, bits)), format);
    }
    assert_eq!(format_of(extensible(1, 6, 24, 20, 0)), Format::S24_3LE);
    assert_eq!(format_of(extensible(1, 6, 20, 20, 0)), Format::S24_3LE);
    assert_eq!(format_of(extensible(1, 8, 32, 24, 0)), Format::S32_LE);
    assert_eq!(format_of(extensible(1, 8, 32, 20, 0)), Format::S32_LE);
    assert_eq!(format_of(extensible(1, 8, 24, 24, 0)), Format::S24_LE);
}

#[test]
fn an_extensible_header_tells_its_speakers() {
    let map_of = |fmt| {
        let bytes = riff(&[fmt, chunk(b"data", &sound(96))]);
        opened(regular("x.wav", &bytes)).unwrap().channel_map()
    };
    let rear = ChannelMap::from_mask(0x30, 2);
    assert_eq!(map_of(extensible(1, 8, 32, 24, 0x30)), Some(rear));
    assert_eq!(map_of(extensible(1, 8, 32, 24, 0)), None);
    assert_eq!(map_of(cd()), None);
}

#[test]
fn a_fmt_chunk_may_have_any_length_it_was_ever_given() {
    let fields = fmt_fields(1, 2, 44_100, 4, 16);
    for length in [14, 16, 17, 18, 20, 40, 41, 100] {
        let mut fields = fields.clone();
        fields.resize(length, 0);
        let bytes = riff(&[chunk(b"fmt ", &fields), chunk(b"data", &sound(400))]);
        for input in inputs(&bytes) {
            let (spec, frames, all) = played(input);
            assert_eq!(spec, Spec::new(Format::S16_LE, 44_100, 2).unwrap());
            assert_eq!((frames, all), (Some(100), sound(400)), "{length}");
        }
    }
}

#[test]
fn an_ambisonic_subformat_is_samples_too() {
    let mut fmt = extensible(3, 8, 32, 32, 0);
    let at = fmt.len() - 12;
    fmt[at..].copy_from_slice(b"\x21\x07\xd3\x11\x86\x44\xc8\xc1\xca\x00\x00\x00");
    assert_eq!(format_of(fmt), Format::FLOAT_LE);
}

#[test]
fn chunks_around_the_sound_are_not_played() {
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
    assert_plays(&bytes, &sound(400));
}

#[test]
fn an_odd_sound_is_given_without_its_pad_byte() {
    let bytes = riff(&[
        fmt(1, 1, 8000, 1, 8),
        chunk(b"data", &sound(401)),
        chunk(b"LIST", b"INFO"),
    ]);
    assert_plays(&bytes, &sound(401));
}

#[test]
fn the_length_of_the_form_does_not_matter() {
    for size in [0, 1, 36, 0x7fff_ffff, u32::MAX] {
        let mut bytes = riff(&[
            cd(),
            chunk(b"data", &sound(400)),
            chunk(b"LIST", &sound(20)),
        ]);
        bytes[4..8].copy_from_slice(&size.to_le_bytes());
        assert_plays(&bytes, &sound(400));
    }
}

#[test]
fn big_endian_rifx_gives_big_endian_formats() {
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
            let (spec, _, all) = played(input);
            assert_eq!(spec, Spec::new(format, 96_000, 1).unwrap());
            assert_eq!(all, sound(384));
        }
    }
}

/// A mono RIFX at 96 kHz whose `data` chunk claims `size` bytes.
fn rifx(tag: u16, bytes: u16, bits: u16, size: u32, sound: &[u8]) -> Vec<u8> {
    let mut file = b"RIFX\0\0\0\0WAVEfmt \0\0\0\x10".to_vec();
    file.extend([tag.to_be_bytes(), 1_u16.to_be_bytes()].concat());
    file.extend([96_000_u32.to_be_bytes(), 0_u32.to_be_bytes()].concat());
    file.extend([bytes.to_be_bytes(), bits.to_be_bytes()].concat());
    file.extend([b"data".as_slice(), &size.to_be_bytes(), sound].concat());
    file
}

#[test]
fn a_streamed_rifx_ends_where_its_big_endian_chunks_begin() {
    let mut bytes = rifx(1, 2, 16, u32::MAX, &sound(400));
    bytes.extend(b"LIST\0\0\0\x04INFO");
    assert_eq!(played(regular("x.wav", &bytes)).2, sound(400));
}

/// An RF64 whose `ds64` chunk says that there are `size` bytes of sound.
fn rf64(id: &[u8; 4], size: u64, narrow: u32, behind: &[u8]) -> Vec<u8> {
    let ds64 = [0_u64, size, 0].map(u64::to_le_bytes).concat();
    form(
        id,
        &[chunk(b"ds64", &ds64), cd(), lying(b"data", narrow, behind)],
    )
}

#[test]
fn rf64_takes_its_length_from_ds64() {
    let behind = [sound(400), chunk(b"LIST", &sound(20))].concat();
    for id in [b"RF64", b"BW64"] {
        assert_plays(&rf64(id, 400, u32::MAX, &behind), &sound(400));
        assert_plays(&rf64(id, 7, 400, &behind), &sound(400));
    }
}

#[test]
fn rf64_without_a_length_is_streamed() {
    for size in [0, u64::MAX, i64::MAX as u64] {
        assert_plays(&rf64(b"RF64", size, u32::MAX, &sound(400)), &sound(400));
    }
    assert_plays(
        &form(b"RF64", &[cd(), lying(b"data", u32::MAX, &sound(400))]),
        &sound(400),
    );
}

#[test]
fn rf64_that_promises_more_than_there_is_ends_early() {
    let bytes = rf64(b"RF64", 5 << 32, u32::MAX, &sound(400));
    for input in inputs(&bytes) {
        let told = "'x.wav' ends early: its header promises 5368709120 frames, it holds 100";
        assert_eq!(refused(input), told);
    }
}

/// Every length that means "not known", and some that writers make of them.
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

fn streamed(size: u32, form_size: u32, behind: &[u8]) -> Vec<u8> {
    let mut bytes = riff(&[cd(), lying(b"data", size, behind)]);
    bytes[4..8].copy_from_slice(&form_size.to_le_bytes());
    bytes
}

#[test]
fn a_streamed_length_means_to_the_end() {
    for size in PLACEHOLDERS {
        for form_size in [0, 36, 0x8000_0024, u32::MAX, size.wrapping_add(36)] {
            let bytes = streamed(size, form_size, &sound(4000));
            let [file, whole, dribbling] = inputs(&bytes);
            assert_eq!(played(file).1, Some(1000), "{size:#x}");
            assert_eq!(played(whole).1, None, "{size:#x}");
            assert_eq!(played(dribbling).2, sound(4000), "{size:#x}");
        }
    }
}

#[test]
fn chunks_behind_a_streamed_sound_are_not_played_from_a_file() {
    let trailers: [Vec<u8>; 4] = [
        chunk(b"LIST", b"INFOISFT\x04\0\0\0abc\0"),
        [chunk(b"id3 ", &sound(2001)), chunk(b"LIST", &sound(20))].concat(),
        [
            chunk(b"LIST", &sound(20)),
            chunk(b"LIST", &sound(4)),
            chunk(b"cue ", b""),
        ]
        .concat(),
        lying(b"bext", 5, &sound(5)),
    ];
    for trailer in trailers {
        for size in PLACEHOLDERS {
            let bytes = streamed(size, u32::MAX, &[sound(4000), trailer.clone()].concat());
            let (_, frames, all) = played(regular("x.wav", &bytes));
            assert_eq!((frames, all), (Some(1000), sound(4000)), "{size:#x}");
        }
    }
}

#[test]
fn the_pad_byte_before_such_chunks_is_not_played_either() {
    let fmt = fmt(1, 1, 8000, 3, 24);
    let behind = [&*sound(303), &[0], &*chunk(b"LIST", b"INFO")].concat();
    let bytes = riff(&[fmt, lying(b"data", u32::MAX, &behind)]);
    assert_eq!(played(regular("x.wav", &bytes)).2, sound(303));
}

#[test]
fn what_only_looks_like_a_chunk_is_sound() {
    let lookalikes = [
        lying(b"LIST", 3, b"INFOrest"),
        lying(b"LIST", 5000, b"INFO"),
        lying(b"abcd", 4, b"INFO"),
        b"LIST".to_vec(),
    ];
    for lookalike in lookalikes {
        let behind = [sound(4000), lookalike, sound(4)].concat();
        let behind = &behind[..behind.len() - behind.len() % 4];
        assert_plays(&streamed(u32::MAX, u32::MAX, behind), behind);
    }
}

#[test]
fn a_length_that_a_file_can_hold_is_taken_at_its_word() {
    // A sparse file: 0x7ffff000 bytes of sound are there, and a tag behind them.
    let file = std::fs::File::from(
        rustix::fs::memfd_create("sparse", rustix::fs::MemfdFlags::empty()).unwrap(),
    );
    let header = streamed(0x7fff_f000, 0, &[]);
    std::os::unix::fs::FileExt::write_all_at(&file, &header, 0).unwrap();
    file.set_len(0x7fff_f000 + header.len() as u64 + 12)
        .unwrap();
    let source = opened(Input::from_file("x.wav", file).unwrap()).unwrap();
    assert_eq!(source.frames(), Some(0x7fff_f000 / 4));
}

#[test]
fn a_streamed_file_that_ends_within_a_frame_says_so_after_the_sound() {
    for size in PLACEHOLDERS {
        for input in inputs(&streamed(size, u32::MAX, &sound(4002))) {
            let mut source = opened(input).unwrap();
            let (all, end) = drain(&mut *source, 64);
            assert_eq!(all, sound(4000));
            let told = line(&end.unwrap_err(), "x.wav");
            assert_eq!(
                told,
                "'x.wav' ends in the middle of a frame (2 of 4 bytes, after 1000 frames)"
            );
        }
    }
}

#[test]
fn a_truncated_file_gives_all_its_frames_and_then_says_so() {
    let bytes = riff(&[cd(), chunk(b"data", &sound(4000))]);
    for (cut, frames) in [(4, 999), (5, 998), (3999, 0), (4000, 0)] {
        for input in inputs(&bytes[..bytes.len() - cut]) {
            let mut source = opened(input).unwrap();
            let (all, end) = drain(&mut *source, 64);
            assert_eq!(all, sound(frames * 4));
            assert_eq!(
                line(&end.unwrap_err(), "x.wav"),
                format!("'x.wav' ends early: its header promises 1000 frames, it holds {frames}")
            );
        }
    }
    let truncated = regular("x.wav", &bytes[..bytes.len() - 5]);
    assert_eq!(opened(truncated).unwrap().frames(), Some(998));
}

#[test]
fn a_chunk_that_is_no_whole_number_of_frames_says_so_after_the_sound() {
    let bytes = riff(&[cd(), chunk(b"data", &sound(402)), chunk(b"LIST", b"INFO")]);
    for input in inputs(&bytes) {
        let mut source = opened(input).unwrap();
        let (all, end) = drain(&mut *source, 64);
        assert_eq!(all, sound(400));
        assert!(line(&end.unwrap_err(), "x.wav").contains("in the middle of a frame"));
    }
}

#[test]
fn a_wav_without_sound_says_so() {
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
            assert_eq!(refused(input), "'x.wav' holds no sound");
        }
    }
}

#[test]
fn every_broken_header_is_one_line_that_names_what_is_wrong() {
    let data = || chunk(b"data", &sound(400));
    let with = |fmt| riff(&[fmt, data()]);
    let cut = |fields: &[u8]| riff(&[chunk(b"fmt ", fields), data()]);
    let mut own_guid = extensible(1, 4, 16, 16, 3);
    let last = own_guid.len() - 1;
    own_guid[last] ^= 1;
    let cases: Vec<(Vec<u8>, &str)> = vec![
        (riff(&[]), "before its 'fmt ' chunk"),
        (riff(&[cd()]), "before its 'data' chunk"),
        (riff(&[data()]), "stands before its 'fmt ' chunk"),
        (riff(&[data(), cd()]), "stands before its 'fmt ' chunk"),
        (riff(&[cd(), cd(), data()]), "two 'fmt ' chunks"),
        (riff(&[cd(), b"dat".to_vec()]), "before its 'data' chunk"),
        (
            riff(&[cd(), vec![0; 64]]),
            "what begins at byte 36 is not a chunk",
        ),
        (
            cut(b"\x01\0\x02\0\x44\xac\0\0"),
            "'fmt ' chunk has only 8 bytes",
        ),
        (cut(b""), "'fmt ' chunk has only 0 bytes"),
        (
            riff(&[lying(b"fmt ", 16, b"\x01\0\x02\0")]),
            "inside its 'fmt ' chunk",
        ),
        (
            riff(&[lying(b"fmt ", u32::MAX, &fmt_fields(1, 2, 48_000, 4, 16))]),
            "inside its 'fmt ' chunk",
        ),
        (
            riff(&[cd(), lying(b"LIST", 4_000_000_000, &data())]),
            "inside its 'LIST' chunk of 4000000000 bytes",
        ),
        (
            riff(&[cd(), lying(b"LIST", u32::MAX, &data())]),
            "inside its 'LIST' chunk",
        ),
        (riff(&[lying(b"\"\\~'", 99, &[])]), "inside its '"),
        (with(fmt(1, 0, 48_000, 4, 16)), "its header says 0 channels"),
        (
            with(fmt(1, 1025, 48_000, 2050, 16)),
            "its header says 1025 channels",
        ),
        (
            with(fmt(1, 65_535, 48_000, 65_535, 8)),
            "its header says 65535 channels",
        ),
        (with(fmt(1, 2, 0, 4, 16)), "its header says 0 Hz"),
        (
            with(fmt(1, 2, u32::MAX, 4, 16)),
            "its header says 4294967295 Hz",
        ),
        (with(fmt(1, 2, 48_000, 0, 16)), "2 channels take 0 bytes"),
        (with(fmt(1, 2, 48_000, 5, 16)), "2 channels take 5 bytes"),
        (
            with(fmt(1, 2, 48_000, 65_534, 16)),
            "16 bits in 32767 bytes",
        ),
        (with(fmt(1, 2, 48_000, 4, 0)), "0 bits in 2 bytes"),
        (with(fmt(1, 2, 48_000, 4, 24)), "24 bits in 2 bytes"),
        (with(fmt(1, 2, 48_000, 4, 65_535)), "65535 bits in 2 bytes"),
        (with(fmt(1, 2, 48_000, 8, 8)), "8 bits in 4 bytes"),
        (with(fmt(3, 2, 48_000, 4, 16)), "16 bits in 2 bytes"),
        (with(fmt(6, 2, 48_000, 4, 16)), "16 bits in 2 bytes"),
        (
            with(fmt(0, 2, 48_000, 4, 16)),
            "unknown codec in it (tag 0x0000)",
        ),
        (
            with(fmt(2, 2, 48_000, 4, 4)),
            "is broken: its blocks of Microsoft ADPCM have 4 bytes",
        ),
        (
            with(fmt(0x11, 4, 48_000, 1024, 4)),
            "WAV with IMA ADPCM of 4 channels in it, which is not supported yet",
        ),
        (
            with(fmt(0x31, 1, 8000, 65, 0)),
            "WAV with GSM 6.10 in it, which is not supported yet",
        ),
        (
            with(fmt(0x55, 2, 48_000, 1, 0)),
            "is broken: it says that 2 channels take 1 bytes",
        ),
        (with(fmt(0x55, 1, 48_000, 1, 0)), "WAV with MP3 in it"),
        (
            with(fmt(0xfffe, 2, 48_000, 4, 16)),
            "lacks the extension it announces",
        ),
        (
            with(own_guid),
            "unknown codec in it (a sub-format of its own)",
        ),
        (
            form(b"RF64", &[chunk(b"ds64", b"short"), cd(), data()]),
            "'ds64' chunk has only 5 bytes",
        ),
        (
            form(b"RF64", &[lying(b"ds64", 28, b"short")]),
            "inside its 'ds64' chunk",
        ),
        (b"RIFF\x04\0\0\0WAV".to_vec(), "is not WAV"),
        (b"RIFFWAVE".to_vec(), "is not WAV"),
        (b"".to_vec(), "is not WAV"),
    ];
    for (bytes, expected) in cases {
        for input in inputs(&bytes) {
            let told = refused(input);
            assert!(told.contains(expected), "{told} / {expected}");
        }
    }
}

#[test]
fn a_pipe_of_chunks_without_end_is_left() {
    let endless = std::io::repeat(0);
    let mut pattern = riff(&[cd()]);
    pattern.extend(std::iter::repeat_n(lying(b"LIST", 0, b""), 5000).flatten());
    assert!(refused(piped("x.wav", &pattern, 4096)).contains("no sound within 4096 chunks"));
    let zeros = std::io::Read::chain(Cursor::new(riff(&[cd()])), endless);
    assert!(refused(Input::from_reader("x.wav", zeros)).contains("not a chunk"));
}

#[test]
fn the_table_says_both_ways_the_same() {
    for format in Format::all() {
        let Some(code) = codes::code(format) else {
            continue;
        };
        let back = codes::format(code.tag, code.bits, code.bytes, ByteOrder::Little);
        assert_eq!(back, Ok(format));
        assert_eq!(format.physical_bits(), code.bytes * 8);
    }
    assert_eq!(codes::code(Format::S24_LE).map(|code| code.bits), Some(24));
    assert_eq!(codes::code(Format::S16_BE), None);
}

/// What hound can write: bits, bytes of a sample, and whether it is float.
///
/// Except 24 bits in four bytes. There hound writes a header that says "left-justified" (32 bits, 24 of
/// them valid) over samples that are right-justified, and reads it back so; nobody else does.
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
fn where_hound_contradicts_the_format_the_format_is_followed() {
    let spec = WavSpec {
        channels: 1,
        sample_rate: 48_000,
        bits_per_sample: 24,
        sample_format: SampleFormat::Int,
    };
    let bytes = written_by_hound((spec, 4), &[0x0102_0300; 8]);
    let source = opened(regular("x.wav", &bytes)).unwrap();
    assert_eq!(source.spec().format, Format::S32_LE);
}

fn written_by_hound((spec, bytes_per_sample): (WavSpec, u16), samples: &[i32]) -> Vec<u8> {
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

/// One sample as an integer, or the bits of a float, as hound has it.
fn decoded(format: Format, sample: &[u8]) -> i32 {
    let mut low = [0; 4];
    low[..sample.len()].copy_from_slice(sample);
    let word = i32::from_le_bytes(low);
    match format {
        Format::U8 => word - 128,
        Format::S16_LE => i32::from(word as i16),
        Format::S24_3LE => word << 8 >> 8,
        _ => word,
    }
}

fn read_by_hound(bytes: &[u8]) -> (WavSpec, Vec<i32>) {
    let mut reader = WavReader::new(bytes).unwrap();
    let spec = reader.spec();
    let samples = match spec.sample_format {
        SampleFormat::Float => reader
            .samples::<f32>()
            .map(|got| got.unwrap().to_bits() as i32)
            .collect(),
        SampleFormat::Int => reader.samples::<i32>().map(|got| got.unwrap()).collect(),
    };
    (spec, samples)
}

proptest! {
    #[test]
    fn what_hound_reads_is_read_alike(
        spec in hound_specs(),
        frames in 1_usize..200,
        seed in proptest::collection::vec(any::<i32>(), 64),
    ) {
        let samples: Vec<i32> = seed.iter().copied().cycle()
            .take(frames * usize::from(spec.0.channels)).collect();
        let bytes = written_by_hound(spec, &samples);
        let (theirs, expected) = read_by_hound(&bytes);
        for input in inputs(&bytes) {
            let (ours, count, all) = played(input);
            prop_assert_eq!(ours.rate, theirs.sample_rate);
            prop_assert_eq!(ours.channels, u32::from(theirs.channels));
            prop_assert_eq!(ours.format.bits(), u32::from(theirs.bits_per_sample));
            prop_assert_eq!(count, Some(frames as u64));
            let size = ours.format.physical_bits() as usize / 8;
            let got: Vec<i32> = all.chunks(size).map(|sample| decoded(ours.format, sample)).collect();
            prop_assert_eq!(&got, &expected);
        }
    }

    #[test]
    fn no_bytes_make_it_panic_or_hang(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        for input in inputs(&bytes) {
            survive(input, bytes.len());
        }
        for input in inputs(&[b"RIFF\0\0\0\0WAVE".as_slice(), &bytes].concat()) {
            survive(input, bytes.len() + 12);
        }
    }

    #[test]
    fn no_flipped_bit_and_no_cut_make_it_panic_or_hang(
        flips in proptest::collection::vec((0_usize..160, 0_u8..8), 0..12),
        cut in 0_usize..700,
        step in 1_usize..50,
        wide in any::<bool>(),
    ) {
        let mut bytes = if wide {
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
    fn a_file_and_a_pipe_give_the_same_however_it_comes(
        channels in 1_u16..6,
        frames in 1_usize..300,
        odd in 0_usize..40,
        step in 1_usize..70,
        buffer in 1_usize..90,
    ) {
        let body = sound(frames * usize::from(channels) * 3);
        let bytes = riff(&[chunk(b"JUNK", &sound(odd)), fmt(1, channels, 8000, channels * 3, 24),
            chunk(b"LIST", &sound(odd)), chunk(b"data", &body), chunk(b"id3 ", &sound(odd))]);
        for input in [regular("x.wav", &bytes), piped("x.wav", &bytes, step)] {
            let mut source = opened(input).unwrap();
            prop_assert_eq!(source.frames(), Some(frames as u64));
            let (all, end) = drain(&mut *source, buffer);
            prop_assert!(end.is_ok());
            prop_assert_eq!(&all, &body);
        }
    }
}

/// Whatever comes: an error of one line, or no more bytes than went in.
fn survive(input: Input, length: usize) {
    let mut input = input;
    let outcome = chunks::read_header(&mut input).and_then(|header| {
        // What is coded becomes more, and is tried elsewhere.
        if header.fmt.coded.is_some() {
            return Ok(());
        }
        let (all, end) = drain(&mut plain(input, &header)?, 16);
        assert!(all.len() <= length);
        end
    });
    if let Err(error) = outcome {
        assert_eq!(error.kind(), Kind::InvalidInput, "{error}");
        line(&error, "x.wav");
    }
}
