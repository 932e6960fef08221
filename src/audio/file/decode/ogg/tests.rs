use super::open;
use super::page::{crc32, page_length};
use crate::audio::file::options::ReadOptions;
use crate::audio::file::testing::{piped, regular};
use crate::audio::stream::testing::drain;

const TONE: &[u8] = include_bytes!("../../../../../tests/data/tone.ogg");

/// The frames of a file and of a pipe, which are the same; and what is known in advance of a file.
fn frames(bytes: &[u8]) -> (u64, Option<u64>) {
    let read = [regular("x", bytes), piped("x", bytes, 100)].map(|input| {
        let mut source = open(input, &ReadOptions::default()).unwrap();
        let known = source.frames();
        let (all, end) = drain(source.as_mut(), 500);
        end.unwrap();
        (source.spec().frames_in(all.len() as u64), known)
    });
    assert_eq!(read[0].0, read[1].0);
    read[0]
}

#[test]
fn all_links_of_a_chain_are_counted() {
    assert_eq!(frames(TONE), (8000, Some(8000)));
    let chain = [TONE, b"some junk", TONE, TONE].concat();
    assert_eq!(frames(&chain), (24_000, Some(24_000)));
}

#[test]
fn a_damaged_page_is_skipped() {
    let last = TONE.windows(4).rposition(|bytes| bytes == b"OggS").unwrap();
    let mut damaged = TONE.to_vec();
    damaged[last + 100] ^= 1;
    for input in [regular("x", &damaged), piped("x", &damaged, 9)] {
        let error = open(input, &ReadOptions::default()).map(drop).unwrap_err();
        assert_eq!(error.to_string(), "'x' contains no audio");
    }
    // Another stream behind it plays.
    let (found, _) = frames(&[&damaged, TONE].concat());
    assert_eq!(found, 8000);
}

/// Ogg with FLAC of several pages, whose header does not know the number of frames.
fn streamed() -> Vec<u8> {
    let mut bytes = include_bytes!("../../../../../tests/data/tone.oga").to_vec();
    let first = &mut bytes[..79];
    assert_eq!(page_length(first), Some(first.len()));
    first[59] &= 0xf0;
    first[60..64].fill(0);
    first[22..26].fill(0);
    let crc = crc32(0, first);
    first[22..26].copy_from_slice(&crc.to_le_bytes());
    bytes
}

#[test]
fn a_stream_that_ends_in_a_page_is_truncated() {
    let bytes = streamed();
    assert_eq!(frames(&bytes).0, 8000);
    let cut = &bytes[..bytes.len() - 20];
    for (input, end) in [
        (
            piped("x", cut, 100),
            "is truncated in the middle of a page, after 6144 frames",
        ),
        (
            regular("x", cut),
            "is truncated: its header declares 8000 frames, but it has 6144",
        ),
    ] {
        let mut source = open(input, &ReadOptions::default()).unwrap();
        let end_of = drain(source.as_mut(), 500).1.unwrap_err();
        assert_eq!(end_of.to_string(), format!("'x' {end}"));
    }
}

#[test]
fn what_a_corrupt_last_page_has_is_missing() {
    let mut bytes = streamed();
    let length = bytes.len();
    bytes[length - 20] ^= 1;
    for chain in [bytes.clone(), [streamed(), bytes.clone()].concat()] {
        let before = if chain.len() > length { 8000 } else { 0 };
        for input in [regular("x", &chain), piped("x", &chain, 100)] {
            let mut source = open(input, &ReadOptions::default()).unwrap();
            let (frames, end) = drain(source.as_mut(), 500);
            let (found, all) = (before + 6144, before + 8000);
            let expected =
                format!("'x' is truncated: its header declares {all} frames, but it has {found}");
            assert_eq!(end.unwrap_err().to_string(), expected);
            assert_eq!(source.spec().frames_in(frames.len() as u64), found);
        }
    }
}

#[test]
fn a_last_page_of_which_nothing_is_known_is_reported() {
    let mut bytes = streamed();
    let last = bytes
        .windows(4)
        .rposition(|bytes| bytes == b"OggS")
        .unwrap();
    bytes[last..].fill(0);
    for input in [regular("x", &bytes), piped("x", &bytes, 100)] {
        let mut source = open(input, &ReadOptions::default()).unwrap();
        let (frames, end) = drain(source.as_mut(), 500);
        end.unwrap();
        assert_eq!(source.spec().frames_in(frames.len() as u64), 6144);
        let warning = source.take_warning().unwrap();
        assert!(warning.starts_with("'x': skipped "), "{warning}");
    }
}
