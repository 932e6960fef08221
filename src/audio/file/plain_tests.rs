//! The containers of plain samples beside WAV: AU, Wave64 and VOC, made by hand.

use super::testing::{cd, line, piped, regular, sound};
use super::*;
use crate::audio::format::Format;
use crate::audio::stream::testing::drain;

/// The same bytes as a regular file, and as a pipe that brings them in one piece or dribbles.
fn inputs(bytes: &[u8]) -> [Input; 3] {
    let whole = bytes.len().max(1);
    [
        regular("x", bytes),
        piped("x", bytes, whole),
        piped("x", bytes, 5),
    ]
}

/// Half of the file can be passed over, and the other half is then what is heard.
fn skips_to(all: &[u8], input: Input) {
    let mut source = open(input, &ReadOptions::default()).unwrap();
    let half = source.spec().frames_in(all.len() as u64) / 2;
    assert_eq!(source.skip(half).unwrap(), half);
    let (rest, end) = drain(source.as_mut(), 64);
    end.unwrap();
    assert_eq!(rest, all[source.spec().bytes(half) as usize..]);
}

/// All of a file that is in order, however it comes: its spec and its sound.
fn played(bytes: &[u8]) -> (Spec, Vec<u8>) {
    let mut results = inputs(bytes).map(|input| {
        let mut source = open(input, &ReadOptions::default()).unwrap();
        let frames = source.frames();
        let (all, end) = drain(source.as_mut(), 64);
        end.unwrap();
        if let Some(frames) = frames {
            assert_eq!(source.spec().bytes(frames), all.len() as u64);
        }
        (source.spec(), all)
    });
    for input in inputs(bytes) {
        skips_to(&results[0].1, input);
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

/// How it ends, which is an error, and the sound before it, however it comes.
fn fails(bytes: &[u8]) -> (String, Vec<u8>) {
    let mut results = inputs(bytes).map(|input| {
        let mut source = match open(input, &ReadOptions::default()) {
            Ok(source) => source,
            Err(error) => {
                assert_eq!(error.kind(), Kind::InvalidInput);
                return (line(&error, "x"), Vec::new());
            }
        };
        let (all, end) = drain(source.as_mut(), 64);
        let error = end.unwrap_err();
        assert_eq!(error.kind(), Kind::InvalidInput);
        (line(&error, "x"), all)
    });
    results[1..]
        .iter()
        .for_each(|result| assert_eq!(*result, results[0]));
    std::mem::take(&mut results[0])
}

fn refused(bytes: &[u8]) -> String {
    fails(bytes).0
}

fn stereo() -> Spec {
    Spec::new(Format::S16_LE, 44_100, 2).unwrap()
}

fn is(spec: Spec, format: Format, rate: u32, channels: u32) -> bool {
    spec == Spec::new(format, rate, channels).unwrap()
}

/// An AU whose sound begins at byte `start`.
fn au(start: u32, size: u32, encoding: u32, channels: u32, sound: &[u8]) -> Vec<u8> {
    let mut bytes = b".snd".to_vec();
    for number in [start, size, encoding, 22_050, channels] {
        bytes.extend(number.to_be_bytes());
    }
    bytes.resize((start as usize).max(24), b' ');
    [&bytes, sound].concat()
}

/// The same with its least significant bytes first.
fn reversed(mut au: Vec<u8>) -> Vec<u8> {
    au[..24].chunks_mut(4).for_each(<[u8]>::reverse);
    au
}

#[test]
fn every_encoding_of_an_au_is_known_in_both_orders() {
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
        let (spec, all) = played(&bytes);
        assert!(is(spec, big, 22_050, 2) && all == sound(480), "{spec}");
        let (spec, all) = played(&reversed(bytes.clone()));
        assert!(is(spec, little, 22_050, 2) && all == sound(480), "{spec}");
        let decs = [b".sd\0", &bytes[4..]].concat();
        assert!(is(played(&decs).0, big, 22_050, 2));
        assert!(is(played(&reversed(decs)).0, little, 22_050, 2));
    }
}

#[test]
fn an_au_of_unknown_length_goes_on_to_the_end_and_a_known_one_does_not() {
    for size in [u32::MAX, 0] {
        assert_eq!(played(&au(24, size, 3, 1, &sound(1000))).1, sound(1000));
    }
    assert_eq!(played(&au(28, 400, 3, 1, &sound(999))).1, sound(400));
}

#[test]
fn the_remark_of_an_au_is_a_comment_unless_it_is_lines_of_tags() {
    let mut bytes = au(64, 0, 3, 1, &sound(40));
    for (remark, tags) in [
        (&b"Processed by SoX\0"[..], comment("Processed by SoX")),
        (b"comment=a=b\0title=no", comment("a=b")),
        (b"1 + 1 = 2\0", comment("1 + 1 = 2")),
        (b"\0", vec![]),
    ] {
        bytes[24..24 + remark.len()].copy_from_slice(remark);
        assert_eq!(tags_of(&bytes), tags);
    }
}

#[test]
fn an_au_that_is_broken_is_told_in_one_line() {
    let whole = au(24, 400, 3, 2, &sound(400));
    for (bytes, told) in [
        (&whole[..20], "'x' is broken: it ends inside its header"),
        (
            &whole[..24],
            "'x' ends early: its header promises 100 frames, it holds 0",
        ),
        (&au(24, 0, 3, 2, b""), "'x' holds no sound"),
        (&au(24, u32::MAX, 3, 2, b""), "'x' holds no sound"),
        (
            &au(12, 400, 3, 2, &sound(400)),
            "'x' is broken: its sound is said to begin at byte 12, inside its header",
        ),
        (
            &au(2000, 400, 3, 2, b"")[..1000],
            "'x' is broken: it ends before byte 2000, where its sound is said to begin",
        ),
        (
            &au(24, 400, 3, 0, &sound(400)),
            "'x' is broken: its header says 0 channels",
        ),
        (
            &au(24, 400, 99, 2, &sound(400)),
            "'x' is AU with an unknown codec in it (encoding 99)",
        ),
        (
            &au(24, 400, 23, 1, &sound(400)),
            "'x' is AU with G.721 ADPCM in it, which is not supported yet",
        ),
    ] {
        assert_eq!(refused(bytes), told);
    }
    let (told, held) = fails(&whole[..223]);
    assert_eq!(
        told,
        "'x' ends early: its header promises 100 frames, it holds 49"
    );
    assert_eq!(held, sound(400)[..196]);
}

const GUID: &[u8] = b"\xf3\xac\xd3\x11\x8c\xd1\x00\xc0\x4f\x8e\xdb\x8a";

/// A chunk of a Wave64 that claims to have `size` bytes.
fn long(name: &[u8; 4], size: u64, content: &[u8]) -> Vec<u8> {
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

/// CD stereo, as a Wave64 says it.
fn long_cd() -> Vec<u8> {
    long(b"fmt ", 16, &cd()[8..])
}

#[test]
fn a_wave64_is_read_past_chunks_that_nobody_knows() {
    let sounding = [
        long_cd(),
        long(b"junk", 5, b"12345"),
        long(b"data", 400, &sound(408)),
    ];
    let (spec, all) = played(&w64(&sounding));
    assert!(spec == stereo() && all == sound(400));
}

#[test]
fn a_wave64_that_was_streamed_goes_on_to_its_end() {
    for size in [
        u64::MAX - 24,
        i64::MAX as u64 - 24,
        i64::MAX as u64 - 0x1_0100,
        0,
    ] {
        let bytes = w64(&[long_cd(), long(b"data", size, &sound(400))]);
        assert_eq!(played(&bytes).1, sound(400), "{size:#x}");
    }
}

#[test]
fn what_is_broken_among_the_tags_of_a_wave64_is_left_out() {
    let guid = b"\xbc\x94\x5f\x92\x5a\x52\xd2\x11\x86\xdc\x00\xc0\x4f\x8e\xdb\x8a";
    let content = b"\x02\0\0\0ICMT\x04\0\0\0a\0\0\0INAM\xff\xff\xff\xffb";
    let mut chunk = [
        &guid[..],
        &(24 + content.len() as u64).to_le_bytes(),
        content,
    ]
    .concat();
    chunk.resize(chunk.len().next_multiple_of(8), 0);
    let bytes = w64(&[long_cd(), chunk, long(b"data", 400, &sound(400))]);
    assert_eq!(tags_of(&bytes), comment("a"));
    assert_eq!(played(&bytes).1, sound(400));
}

#[test]
fn a_wave64_with_coded_samples_is_refused() {
    let mut fmt = long_cd();
    fmt[24] = 2;
    let bytes = w64(&[fmt, long(b"data", 400, &sound(400))]);
    assert!(refused(&bytes).contains("'x' "));
}

#[test]
fn a_wave64_that_is_broken_is_told_in_one_line() {
    let whole = w64(&[long_cd(), long(b"data", 400, &sound(400))]);
    for (bytes, told) in [
        (
            &whole[..30],
            "'x' is broken: its first chunk is not that of a wave",
        ),
        (
            &whole[..50],
            "'x' is broken: it ends before its 'fmt ' chunk, so it holds no sound",
        ),
        (
            &whole[..70],
            "'x' is broken: it ends inside a chunk of 16 bytes, before any sound",
        ),
        (
            &whole[..80],
            "'x' is broken: it ends before its 'data' chunk, so it holds no sound",
        ),
        (
            &w64(&[long(b"data", 400, &sound(400))]),
            "'x' is broken: its sound stands before its 'fmt ' chunk",
        ),
        (
            &w64(&[long_cd(), vec![0; 400]]),
            "'x' is broken: what begins at byte 80 is not a chunk",
        ),
        (
            &w64(&[long_cd(), long(b"junk", u64::MAX - 40, b""), sound(400)]),
            "'x' is broken: it ends inside a chunk of 18446744073709551575 bytes, before any sound",
        ),
        (
            &w64(&[long_cd(), long(b"data", 0, b"")]),
            "'x' holds no sound",
        ),
    ] {
        assert_eq!(refused(bytes), told);
    }
    let (told, held) = fails(&whole[..whole.len() - 3]);
    assert_eq!(
        told,
        "'x' ends early: its header promises 100 frames, it holds 99"
    );
    assert_eq!(held, sound(400)[..396]);
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

/// Eight bits at 10 kHz.
fn simple(sound: &[u8]) -> Vec<u8> {
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
fn every_plain_codec_of_a_voc_is_known() {
    for (codec, bits, format) in [
        (0, 8, Format::U8),
        (4, 16, Format::S16_LE),
        (6, 8, Format::A_LAW),
        (7, 8, Format::MU_LAW),
    ] {
        let bytes = voc(&[new_sound(44_100, bits, 2, codec, &sound(400)), END.into()]);
        let (spec, all) = played(&bytes);
        assert!(is(spec, format, 44_100, 2) && all == sound(400), "{spec}");
        let old = block(1, &[&[0xd3, codec as u8], &*sound(400)].concat());
        let (spec, all) = played(&voc(&[old, END.into()]));
        assert!(is(spec, format, 22_222, 1) && all == sound(400), "{spec}");
    }
}

#[test]
fn blocks_follow_each_other_and_remarks_between_them_are_no_sound() {
    let bytes = voc(&[
        block(5, b"a remark\0"),
        simple(&sound(101)),
        block(4, &[7, 0]),
        block(2, &sound(100)),
        block(0x77, b"who knows"),
        simple(&sound(50)),
        END.into(),
        sound(30),
    ]);
    let (spec, all) = played(&bytes);
    assert_eq!(tags_of(&bytes), comment("a remark"));
    assert!(is(spec, Format::U8, 10_000, 1));
    assert_eq!(all, [sound(101), sound(100), sound(50)].concat());
}

#[test]
fn the_end_of_a_voc_need_not_be_marked() {
    assert_eq!(played(&voc(&[simple(&sound(100))])).1, sound(100));
}

#[test]
fn a_frame_may_stand_in_two_blocks() {
    let bytes = voc(&[
        new_sound(8000, 16, 2, 4, &sound(5)),
        block(2, &sound(400)[5..6]),
        block(2, &sound(400)[6..]),
    ]);
    assert_eq!(played(&bytes).1, sound(400));
}

#[test]
fn what_sox_forgot_to_count_at_the_end_is_sound_too() {
    let mut block = new_sound(8000, 16, 2, 4, &sound(400));
    block[1..4].copy_from_slice(&404_u32.to_le_bytes()[..3]);
    let mut bytes = voc(&[block, END.into()]);
    bytes[22..24].copy_from_slice(&[0x0a, 0x01]);
    assert_eq!(played(&bytes).1, sound(400));
    let mut exact = voc(&[new_sound(8000, 16, 2, 4, &sound(400)), END.into()]);
    exact[22..24].copy_from_slice(&[0x0a, 0x01]);
    assert_eq!(played(&exact).1, sound(400));
}

#[test]
fn an_extended_block_gives_the_next_one_its_channels_and_a_finer_rate() {
    let time = (65_536 - 256_000_000 / (2 * 22_050_u32) - 1) as u16;
    let [low, high] = time.to_le_bytes();
    let bytes = voc(&[
        block(8, &[low, high, 0, 1]),
        simple(&sound(400)),
        END.into(),
    ]);
    let (spec, all) = played(&bytes);
    assert!(
        is(spec, Format::U8, 22_050, 2) && all == sound(400),
        "{spec}"
    );
}

#[test]
fn silence_lasts_as_long_as_it_says_wherever_it_stands() {
    // 100 samples at 5 kHz are 200 at 10 kHz.
    let silence = block(3, &[99, 0, 56]);
    let bytes = voc(&[
        silence.clone(),
        simple(&sound(10)),
        silence.clone(),
        simple(&sound(20)),
    ]);
    let quiet = vec![0x80; 200];
    assert_eq!(
        played(&bytes).1,
        [&*quiet, &sound(10), &quiet, &sound(20)].concat()
    );
    let bytes = voc(&[new_sound(10_000, 16, 2, 4, &sound(40)), silence]);
    assert_eq!(played(&bytes).1, [sound(40), vec![0; 800]].concat());
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
fn what_is_repeated_comes_once_more_than_it_says() {
    let inner = [simple(&sound(30)), block(3, &[9, 0, 156])];
    let once = [sound(30), vec![0x80; 10]].concat();
    for times in [0, 1, 4] {
        let bytes = voc(&[
            simple(&sound(7)),
            repeated(times, &inner),
            simple(&sound(5)),
        ]);
        let all = [sound(7), once.repeat(times as usize + 1), sound(5)].concat();
        assert_eq!(played(&bytes).1, all);
    }
    // Nothing may be repeated as often as one likes.
    let bytes = voc(&[repeated(u16::MAX, &[block(5, b"x")]), simple(&sound(5))]);
    assert_eq!(played(&bytes).1, sound(5));
}

#[test]
fn what_is_repeated_without_end_has_none() {
    let bytes = voc(&[repeated(u16::MAX, &[simple(&sound(30))])]);
    let mut source = open(regular("x", &bytes), &ReadOptions::default()).unwrap();
    let mut all = vec![0; 30 * 70_000];
    let mut held = 0;
    while held < all.len() {
        held += source.read(&mut all[held..]).unwrap();
    }
    assert_eq!(all, sound(30).repeat(70_000));
}

#[test]
fn more_than_is_kept_is_not_repeated() {
    let block = new_sound(8000, 8, 1, 0, &vec![0x80; (16 << 20) - 13]);
    let bytes = voc(&[repeated(1, &[block.clone(), block])]);
    let mut source = open(regular("x", &bytes), &ReadOptions::default()).unwrap();
    let error = drain(source.as_mut(), 1 << 16).1.unwrap_err();
    assert_eq!(
        line(&error, "x"),
        "'x' repeats more than 16777216 bytes, which is not supported"
    );
}

#[test]
fn a_voc_that_changes_what_its_sound_is_ends_there() {
    let bytes = voc(&[
        simple(&sound(30)),
        block(1, &[&[131, 0], &*sound(30)].concat()),
    ]);
    let (told, held) = fails(&bytes);
    assert_eq!(
        told,
        "'x' changes at byte 68 from U8, 10000 Hz, 1 channel to U8, 8000 Hz, 1 channel, which is not supported"
    );
    assert_eq!(held, sound(30));
}

#[test]
fn a_voc_that_is_broken_is_told_in_one_line() {
    for (bytes, told) in [
        (
            voc(&[])[..25].to_vec(),
            "'x' is broken: its header is not whole",
        ),
        (voc(&[]), "'x' holds no sound"),
        (voc(&[END.into(), sound(30)]), "'x' holds no sound"),
        (voc(&[block(3, &[9, 0, 156])]), "'x' holds no sound"),
        (voc(&[simple(b"")]), "'x' holds no sound"),
        (
            voc(&[vec![1, 9]]),
            "'x' is broken: it ends inside the head of a block at byte 26",
        ),
        (
            voc(&[block(1, &[156])]),
            "'x' is broken: one of its blocks has only 1 bytes",
        ),
        (
            voc(&[vec![9, 40, 0, 0, 1]]),
            "'x' is broken: it ends inside a block",
        ),
        (
            voc(&[vec![5, 40, 0, 0, 1]]),
            "'x' is broken: it ends inside a block",
        ),
        (
            voc(&[block(2, &sound(30))]),
            "'x' is broken: it goes on with sound that never began",
        ),
        (
            voc(&[new_sound(8000, 4, 1, 0x200, &sound(30))]),
            "'x' is VOC with Creative ADPCM of 16 bits in it, which is not supported yet",
        ),
        (
            voc(&[new_sound(8000, 8, 1, 5, &sound(30))]),
            "'x' is VOC with an unknown codec in it (5)",
        ),
        (
            voc(&[new_sound(8000, 16, 1, 0, &sound(30))]),
            "'x' is broken: its codec 0 has no samples of 16 bits",
        ),
        (
            voc(&[new_sound(0, 8, 1, 0, &sound(30))]),
            "'x' is broken: its header says 0 Hz",
        ),
        (
            voc(&[new_sound(8000, 16, 2, 4, &sound(6)), block(3, &[9, 0, 156])]),
            "'x' is broken: one of its blocks ends in the middle of a frame",
        ),
        (
            voc(&[new_sound(8000, 16, 2, 4, &sound(6))]),
            "'x' ends in the middle of a frame (2 of 4 bytes, after 1 frames)",
        ),
    ] {
        assert_eq!(refused(&bytes), told);
    }
    let whole = voc(&[simple(&sound(100))]);
    let (told, held) = fails(&whole[..whole.len() - 3]);
    assert_eq!(
        told,
        "'x' ends early: 3 bytes are missing from its last block"
    );
    assert_eq!(held, sound(97));
}
