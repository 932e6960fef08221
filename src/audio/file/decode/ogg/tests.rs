use super::open;
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
