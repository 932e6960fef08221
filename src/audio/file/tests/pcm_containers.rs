//! Reading AU, Wave64 and VOC files constructed byte by byte.

use crate::audio::error::Kind;
use crate::audio::file::description::describe;
use crate::audio::file::input::Input;
use crate::audio::file::open::open;
use crate::audio::file::options::ReadOptions;
use crate::audio::file::testing::{cd, fmt_fields, message, native, piped, regular, sound};
use crate::audio::format::Format;
use crate::audio::spec::Spec;
use crate::audio::stream::testing::drain;

/// The same bytes as a regular file, a fast pipe and a slow pipe.
fn inputs(bytes: &[u8]) -> [Input; 3] {
    let whole = bytes.len().max(1);
    [
        regular("x", bytes),
        piped("x", bytes, whole),
        piped("x", bytes, 5),
    ]
}

/// Asserts that half of a file can be skipped.
fn assert_skips(all: &[u8], input: Input) {
    let mut source = open(input, &native()).unwrap();
    let half = source.spec().frames_in(all.len() as u64) / 2;
    assert_eq!(source.skip(half).unwrap(), half);
    let (rest, end) = drain(source.as_mut(), 64);
    end.unwrap();
    assert_eq!(rest, all[source.spec().bytes(half) as usize..]);
}

/// The spec and samples of a valid file.
fn read_all(bytes: &[u8]) -> (Spec, Vec<u8>) {
    let mut results = inputs(bytes).map(|input| {
        let is_file = input.size().is_some();
        let mut source = open(input, &native()).unwrap();
        let frames = source.frames();
        assert!(frames.is_some() || !is_file);
        let (all, end) = drain(source.as_mut(), 64);
        end.unwrap();
        if let Some(frames) = frames {
            assert_eq!(source.spec().bytes(frames), all.len() as u64);
        }
        (source.spec(), all)
    });
    for input in inputs(bytes) {
        assert_skips(&results[0].1, input);
    }
    results[1..]
        .iter()
        .for_each(|result| assert_eq!(*result, results[0]));
    std::mem::replace(&mut results[0], (stereo(), Vec::new()))
}

fn tags_of(bytes: &[u8]) -> Vec<(String, String)> {
    let described = describe(regular("x", bytes), &ReadOptions::default()).unwrap();
    let tags = described.tags.iter();
    tags.map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

fn comment(text: &str) -> Vec<(String, String)> {
    vec![("comment".into(), text.into())]
}

/// The error at the end of a corrupt file, and the samples before it.
fn read_corrupt(bytes: &[u8]) -> (String, Vec<u8>) {
    let mut results = inputs(bytes).map(|input| {
        let mut source = match open(input, &native()) {
            Ok(source) => source,
            Err(error) => {
                assert_eq!(error.kind(), Kind::InvalidInput);
                return (message(&error, "x"), Vec::new());
            }
        };
        let (all, end) = drain(source.as_mut(), 64);
        let error = end.unwrap_err();
        assert_eq!(error.kind(), Kind::InvalidInput);
        (message(&error, "x"), all)
    });
    results[1..]
        .iter()
        .for_each(|result| assert_eq!(*result, results[0]));
    std::mem::take(&mut results[0])
}

fn read_error(bytes: &[u8]) -> String {
    read_corrupt(bytes).0
}

fn stereo() -> Spec {
    Spec::new(Format::S16_LE, 44_100, 2).unwrap()
}

fn spec(format: Format, rate: u32, channels: u32) -> Spec {
    Spec::new(format, rate, channels).unwrap()
}

/// An AU whose samples start at byte `start`.
fn au(start: u32, size: u32, encoding: u32, channels: u32, sound: &[u8]) -> Vec<u8> {
    let mut bytes = b".snd".to_vec();
    for number in [start, size, encoding, 22_050, channels] {
        bytes.extend(number.to_be_bytes());
    }
    bytes.resize((start as usize).max(24), b' ');
    [&bytes, sound].concat()
}

/// The little-endian variant of an AU header.
fn reversed(mut au: Vec<u8>) -> Vec<u8> {
    au[..24].chunks_mut(4).for_each(<[u8]>::reverse);
    au
}

#[test]
fn all_encodings_of_au_are_read_in_both_byte_orders() {
    for (encoding, big, little) in [
        (1, Format::MU_LAW, Format::MU_LAW),
        (2, Format::S8, Format::S8),
        (3, Format::S16_BE, Format::S16_LE),
        (4, Format::S24_3BE, Format::S24_3LE),
        (5, Format::S32_BE, Format::S32_LE),
        (6, Format::FLOAT_BE, Format::FLOAT_LE),
        (7, Format::FLOAT64_BE, Format::FLOAT64_LE),
        (27, Format::A_LAW, Format::A_LAW),
    ] {
        let bytes = au(32, 480, encoding, 2, &sound(480));
        let (big, little) = (spec(big, 22_050, 2), spec(little, 22_050, 2));
        assert_eq!(read_all(&bytes), (big, sound(480)));
        assert_eq!(read_all(&reversed(bytes.clone())), (little, sound(480)));
        let decs = [b".sd\0", &bytes[4..]].concat();
        assert_eq!(read_all(&decs).0, big);
        assert_eq!(read_all(&reversed(decs)).0, little);
    }
}

#[test]
fn an_au_of_unknown_length_is_read_to_the_end_of_the_file() {
    let arecord = u32::MAX - 1;
    for size in [u32::MAX, arecord, 0] {
        assert_eq!(read_all(&au(24, size, 3, 1, &sound(1000))).1, sound(1000));
    }
    assert_eq!(read_all(&au(28, 400, 3, 1, &sound(999))).1, sound(400));
}

#[test]
fn the_annotation_of_an_au_is_a_comment_or_lines_of_tags() {
    let mut bytes = au(64, 0, 3, 1, &sound(40));
    for (annotation, tags) in [
        (&b"Processed by SoX\0"[..], comment("Processed by SoX")),
        (b"comment=a=b\0title=no", comment("a=b")),
        (b"1 + 1 = 2\0", comment("1 + 1 = 2")),
        (b"\0", vec![]),
    ] {
        bytes[24..24 + annotation.len()].copy_from_slice(annotation);
        assert_eq!(tags_of(&bytes), tags);
    }
}

#[test]
fn corrupt_au_files_are_reported() {
    let whole = au(24, 400, 3, 2, &sound(400));
    for (bytes, expected) in [
        (&whole[..20], "'x' is corrupt: it ends inside its header"),
        (
            &whole[..24],
            "'x' is truncated: its header declares 100 frames, but it has 0",
        ),
        (&au(24, 0, 3, 2, b""), "'x' contains no audio"),
        (&au(24, u32::MAX, 3, 2, b""), "'x' contains no audio"),
        (
            &au(12, 400, 3, 2, &sound(400)),
            "'x' is corrupt: its samples start at byte 12, inside its header",
        ),
        (
            &au(2000, 400, 3, 2, b"")[..1000],
            "'x' is corrupt: it ends before byte 2000, where its samples start",
        ),
        (
            &au(24, 400, 3, 0, &sound(400)),
            "'x' is corrupt: its header says 0 channels",
        ),
        (
            &au(24, 400, 99, 2, &sound(400)),
            "'x' is AU with an unknown codec (encoding 99)",
        ),
        (
            &au(24, 400, 23, 1, &sound(400)),
            "'x' is AU with G.721 ADPCM, which needs ffmpeg",
        ),
    ] {
        assert_eq!(read_error(bytes), expected);
    }
    let (error, samples) = read_corrupt(&whole[..223]);
    assert_eq!(
        error,
        "'x' is truncated: its header declares 100 frames, but it has 49"
    );
    assert_eq!(samples, sound(400)[..196]);
}

const GUID: &[u8] = b"\xf3\xac\xd3\x11\x8c\xd1\x00\xc0\x4f\x8e\xdb\x8a";

/// A Wave64 chunk whose header says `size` bytes of content.
fn w64_chunk(name: &[u8; 4], size: u64, content: &[u8]) -> Vec<u8> {
    let mut chunk = [name, GUID, &(size + 24).to_le_bytes(), content].concat();
    chunk.resize(chunk.len().next_multiple_of(8), 0);
    chunk
}

fn w64(chunks: &[Vec<u8>]) -> Vec<u8> {
    let form = b"riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb\x04\xc1\x00\x00";
    let chunks = chunks.concat();
    let size = 40 + chunks.len() as u64;
    [form, &size.to_le_bytes()[..], b"wave", GUID, &chunks].concat()
}

/// The `fmt ` chunk for 16-bit stereo at 44.1 kHz.
fn w64_cd() -> Vec<u8> {
    w64_chunk(b"fmt ", 16, &cd()[8..])
}

#[test]
fn unknown_chunks_of_a_wave64_are_skipped() {
    let chunks = [
        w64_cd(),
        w64_chunk(b"junk", 5, b"12345"),
        w64_chunk(b"data", 400, &sound(408)),
    ];
    assert_eq!(read_all(&w64(&chunks)), (stereo(), sound(400)));
}

#[test]
fn a_streamed_wave64_is_read_to_the_end_of_the_file() {
    for size in [
        u64::MAX - 24,
        i64::MAX as u64 - 24,
        i64::MAX as u64 - 0x1_0100,
        0,
    ] {
        let bytes = w64(&[w64_cd(), w64_chunk(b"data", size, &sound(400))]);
        assert_eq!(read_all(&bytes).1, sound(400), "{size:#x}");
    }
}

#[test]
fn corrupt_tags_of_a_wave64_are_ignored() {
    let guid = b"\xbc\x94\x5f\x92\x5a\x52\xd2\x11\x86\xdc\x00\xc0\x4f\x8e\xdb\x8a";
    let content = b"\x02\0\0\0ICMT\x04\0\0\0a\0\0\0INAM\xff\xff\xff\xffb";
    let mut chunk = [
        &guid[..],
        &(24 + content.len() as u64).to_le_bytes(),
        content,
    ]
    .concat();
    chunk.resize(chunk.len().next_multiple_of(8), 0);
    let bytes = w64(&[w64_cd(), chunk, w64_chunk(b"data", 400, &sound(400))]);
    assert_eq!(tags_of(&bytes), comment("a"));
    assert_eq!(read_all(&bytes).1, sound(400));
}

#[test]
fn a_wave64_with_adpcm_is_rejected() {
    let fmt = w64_chunk(b"fmt ", 16, &fmt_fields(2, 2, 44_100, 256, 4));
    let bytes = w64(&[fmt, w64_chunk(b"data", 400, &sound(400))]);
    let expected = "'x' is Wave64 with Microsoft ADPCM, which needs ffmpeg";
    assert_eq!(read_error(&bytes), expected);
}

#[test]
fn corrupt_wave64_files_are_reported() {
    let whole = w64(&[w64_cd(), w64_chunk(b"data", 400, &sound(400))]);
    for (bytes, expected) in [
        (
            &whole[..30],
            "'x' is corrupt: its first chunk is not a wave",
        ),
        (
            &whole[..50],
            "'x' is corrupt: it ends before its 'fmt ' chunk",
        ),
        (
            &whole[..70],
            "'x' is corrupt: it ends inside a chunk of 16 bytes",
        ),
        (
            &whole[..80],
            "'x' is corrupt: it ends before its 'data' chunk",
        ),
        (
            &w64(&[w64_chunk(b"data", 400, &sound(400))]),
            "'x' is corrupt: its 'data' chunk comes before its 'fmt ' chunk",
        ),
        (
            &w64(&[w64_cd(), vec![0; 400]]),
            "'x' is corrupt: there is no chunk at byte 80",
        ),
        (
            &w64(&[w64_cd(), w64_chunk(b"junk", u64::MAX - 40, b""), sound(400)]),
            "'x' is corrupt: it ends inside a chunk of 18446744073709551575 bytes",
        ),
        (
            &w64(&[w64_cd(), w64_chunk(b"data", 0, b"")]),
            "'x' contains no audio",
        ),
    ] {
        assert_eq!(read_error(bytes), expected);
    }
    let (error, samples) = read_corrupt(&whole[..whole.len() - 3]);
    assert_eq!(
        error,
        "'x' is truncated: its header declares 100 frames, but it has 99"
    );
    assert_eq!(samples, sound(400)[..396]);
}

fn voc(blocks: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = b"Creative Voice File\x1a\x1a\x00\x14\x01\x1f\x11".to_vec();
    bytes.extend(blocks.concat());
    bytes
}

fn block(kind: u8, content: &[u8]) -> Vec<u8> {
    let size = (content.len() as u32).to_le_bytes();
    [&[kind], &size[..3], content].concat()
}

/// A block of 8-bit mono at 10 kHz.
fn sound_block(sound: &[u8]) -> Vec<u8> {
    block(1, &[&[156, 0], sound].concat())
}

fn new_sound(rate: u32, bits: u8, channels: u8, codec: u16, sound: &[u8]) -> Vec<u8> {
    let mut content = rate.to_le_bytes().to_vec();
    content.extend([bits, channels]);
    content.extend(codec.to_le_bytes());
    content.extend([0; 4]);
    content.extend(sound);
    block(9, &content)
}

const END: [u8; 1] = [0];

#[test]
fn all_uncompressed_codecs_of_voc_are_read() {
    for (codec, bits, format) in [
        (0, 8, Format::U8),
        (4, 16, Format::S16_LE),
        (6, 8, Format::A_LAW),
        (7, 8, Format::MU_LAW),
    ] {
        let bytes = voc(&[new_sound(44_100, bits, 2, codec, &sound(400)), END.into()]);
        assert_eq!(read_all(&bytes), (spec(format, 44_100, 2), sound(400)));
        let old = block(1, &[&[0xd3, codec as u8], &*sound(400)].concat());
        let expected = (spec(format, 22_222, 1), sound(400));
        assert_eq!(read_all(&voc(&[old, END.into()])), expected);
    }
}

#[test]
fn blocks_of_samples_are_concatenated_and_others_skipped() {
    let bytes = voc(&[
        block(5, b"a text\0"),
        sound_block(&sound(101)),
        block(4, &[7, 0]),
        block(2, &sound(100)),
        block(0x77, b"unknown type"),
        sound_block(&sound(50)),
        END.into(),
        sound(30),
    ]);
    assert_eq!(tags_of(&bytes), comment("a text"));
    let samples = [sound(101), sound(100), sound(50)].concat();
    assert_eq!(read_all(&bytes), (spec(Format::U8, 10_000, 1), samples));
}

#[test]
fn the_terminator_of_a_voc_is_optional() {
    assert_eq!(read_all(&voc(&[sound_block(&sound(100))])).1, sound(100));
}

#[test]
fn a_frame_can_be_split_between_two_blocks() {
    let bytes = voc(&[
        new_sound(8000, 16, 2, 4, &sound(5)),
        block(2, &sound(400)[5..6]),
        block(2, &sound(400)[6..]),
    ]);
    assert_eq!(read_all(&bytes).1, sound(400));
}

#[test]
fn samples_that_sox_does_not_count_are_read() {
    let mut block = new_sound(8000, 16, 2, 4, &sound(400));
    block[1..4].copy_from_slice(&404_u32.to_le_bytes()[..3]);
    let mut bytes = voc(&[block, END.into()]);
    bytes[22..24].copy_from_slice(&[0x0a, 0x01]);
    assert_eq!(read_all(&bytes).1, sound(400));
    let mut exact = voc(&[new_sound(8000, 16, 2, 4, &sound(400)), END.into()]);
    exact[22..24].copy_from_slice(&[0x0a, 0x01]);
    assert_eq!(read_all(&exact).1, sound(400));
}

#[test]
fn an_extended_block_sets_channels_and_rate_of_the_next_one() {
    let time = (65_536 - 256_000_000 / (2 * 22_050_u32) - 1) as u16;
    let [low, high] = time.to_le_bytes();
    let bytes = voc(&[
        block(8, &[low, high, 0, 1]),
        sound_block(&sound(400)),
        END.into(),
    ]);
    let expected = (spec(Format::U8, 22_050, 2), sound(400));
    assert_eq!(read_all(&bytes), expected);
}

#[test]
fn silence_is_converted_to_the_rate_of_the_samples() {
    // 100 samples at 5 kHz are 200 at 10 kHz.
    let silence = block(3, &[99, 0, 56]);
    let bytes = voc(&[
        silence.clone(),
        sound_block(&sound(10)),
        silence.clone(),
        sound_block(&sound(20)),
    ]);
    let zeros = vec![0x80; 200];
    assert_eq!(
        read_all(&bytes).1,
        [&*zeros, &sound(10), &zeros, &sound(20)].concat()
    );
    let bytes = voc(&[new_sound(10_000, 16, 2, 4, &sound(40)), silence]);
    assert_eq!(read_all(&bytes).1, [sound(40), vec![0; 800]].concat());
}

fn repeated(times: u16, blocks: &[Vec<u8>]) -> Vec<u8> {
    [
        block(6, &times.to_le_bytes()),
        blocks.concat(),
        block(7, b""),
    ]
    .concat()
}

#[test]
fn a_repeated_section_is_read_one_more_time_than_its_count() {
    let inner = [sound_block(&sound(30)), block(3, &[9, 0, 156])];
    let once = [sound(30), vec![0x80; 10]].concat();
    for times in [0, 1, 4] {
        let bytes = voc(&[
            sound_block(&sound(7)),
            repeated(times, &inner),
            sound_block(&sound(5)),
        ]);
        let all = [sound(7), once.repeat(times as usize + 1), sound(5)].concat();
        assert_eq!(read_all(&bytes).1, all);
    }
    // An empty section that is repeated forever.
    let bytes = voc(&[
        repeated(u16::MAX, &[block(5, b"x")]),
        sound_block(&sound(5)),
    ]);
    assert_eq!(read_all(&bytes).1, sound(5));
}

#[test]
fn endless_repeats_are_endless() {
    let bytes = voc(&[repeated(u16::MAX, &[sound_block(&sound(30))])]);
    let mut source = open(regular("x", &bytes), &ReadOptions::default()).unwrap();
    let mut all = vec![0; 30 * 70_000];
    let mut filled = 0;
    while filled < all.len() {
        filled += source.read(&mut all[filled..]).unwrap();
    }
    assert_eq!(all, sound(30).repeat(70_000));
}

#[test]
fn the_size_of_a_repeated_section_is_limited() {
    let block = new_sound(8000, 8, 1, 0, &vec![0x80; (16 << 20) - 13]);
    let bytes = voc(&[repeated(1, &[block.clone(), block])]);
    let mut source = open(regular("x", &bytes), &ReadOptions::default()).unwrap();
    let error = drain(source.as_mut(), 1 << 16).1.unwrap_err();
    assert_eq!(
        message(&error, "x"),
        "'x' repeats a section of more than 16 MiB, which is not supported"
    );
}

#[test]
fn a_change_of_spec_in_a_voc_is_an_error() {
    let bytes = voc(&[
        sound_block(&sound(30)),
        block(1, &[&[131, 0], &*sound(30)].concat()),
    ]);
    let (error, samples) = read_corrupt(&bytes);
    assert_eq!(
        error,
        "'x' changes at byte 68 from U8, 10000 Hz, 1 channel to U8, 8000 Hz, 1 channel, which is not supported"
    );
    assert_eq!(samples, sound(30));
}

#[test]
fn corrupt_voc_files_are_reported() {
    for (blocks, expected) in [
        (
            vec![vec![1, 9]],
            "it ends inside the block header at byte 26",
        ),
        (vec![block(1, &[156])], "it has a block of only 1 byte"),
        (vec![vec![9, 40, 0, 0, 1]], "it ends inside a block"),
        (vec![vec![5, 40, 0, 0, 1]], "it ends inside a block"),
        (
            vec![block(2, &sound(30))],
            "it continues a block that does not exist",
        ),
        (
            vec![new_sound(8000, 16, 1, 0, &sound(30))],
            "codec 0 with samples of 16 bits",
        ),
        (
            vec![new_sound(0, 8, 1, 0, &sound(30))],
            "its header says 0 Hz",
        ),
        (
            vec![new_sound(8000, 16, 2, 4, &sound(6)), block(3, &[9, 0, 156])],
            "one of its blocks ends in the middle of a frame",
        ),
    ] {
        let expected = format!("'x' is corrupt: {expected}");
        assert_eq!(read_error(&voc(&blocks)), expected);
    }
    let header = &voc(&[])[..25];
    assert_eq!(
        read_error(header),
        "'x' is corrupt: its header is incomplete"
    );
}

#[test]
fn compressed_voc_files_are_rejected() {
    for (codec, expected) in [
        (
            0x200,
            "'x' is VOC with Creative ADPCM of 16 bits, which needs ffmpeg",
        ),
        (5, "'x' is VOC with an unknown codec (codec 5)"),
    ] {
        assert_eq!(
            read_error(&voc(&[new_sound(8000, 8, 1, codec, &sound(30))])),
            expected
        );
    }
}

#[test]
fn a_voc_without_samples_is_an_error() {
    for blocks in [
        vec![],
        vec![END.into(), sound(30)],
        vec![block(3, &[9, 0, 156])],
        vec![sound_block(b"")],
    ] {
        assert_eq!(read_error(&voc(&blocks)), "'x' contains no audio");
    }
}

#[test]
fn a_voc_of_unknown_length_is_read_to_the_end() {
    // What aloud and arecord write to a pipe.
    for length in [0x00ff_ffff_u32, 16_000_002] {
        let mut block = sound_block(&sound(100));
        block[1..4].copy_from_slice(&length.to_le_bytes()[..3]);
        assert_eq!(read_all(&voc(&[block])).1, sound(100));
    }
    let longer = vec![7; 0x0100_0000];
    let mut block = sound_block(&longer);
    block[1..4].fill(0xff);
    let mut source = open(regular("x", &voc(&[block])), &native()).unwrap();
    let (all, end) = drain(source.as_mut(), 1 << 16);
    end.unwrap();
    assert!(all == longer);
}

#[test]
fn truncated_voc_files_are_errors_after_their_samples() {
    let whole = voc(&[sound_block(&sound(100))]);
    let (error, samples) = read_corrupt(&whole[..whole.len() - 3]);
    assert_eq!(error, "'x' is truncated: its last block lacks 3 bytes");
    assert_eq!(samples, sound(97));
    let expected = "'x' ends in the middle of a frame (2 of 4 bytes, after 1 frame)";
    assert_eq!(
        read_error(&voc(&[new_sound(8000, 16, 2, 4, &sound(6))])),
        expected
    );
}
