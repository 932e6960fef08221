use super::open;
use crate::audio::file::options::ReadOptions;
use crate::audio::file::testing::{piped, regular};
use crate::audio::stream::testing::drain;

const TONE: &[u8] = include_bytes!("../../../../../tests/data/tone.mp3");

/// The number of frames that a file and a pipe yield, which is the same.
fn frames(bytes: &[u8]) -> u64 {
    let [file, pipe] = [regular("x", bytes), piped("x", bytes, 100)].map(|input| {
        let mut source = open(input, &ReadOptions::default()).unwrap();
        let known = source.frames();
        let (all, end) = drain(source.as_mut(), 500);
        end.unwrap();
        let frames = source.spec().frames_in(all.len() as u64);
        (frames, known)
    });
    assert_eq!(file.0, pipe.0);
    assert_eq!(file.1, Some(file.0), "counted in advance");
    file.0
}

#[test]
fn a_stream_may_be_cut_anywhere_and_begin_with_anything() {
    let whole = frames(TONE);
    assert_eq!(whole, 8000);
    // Behind the frame that says how many there are, all frames count, with delay and padding.
    for cut in [300, 500, 611, 800] {
        let left = frames(&TONE[cut..]);
        assert!(left > 6000 && left.is_multiple_of(576), "{cut}: {left}");
        let junk = [&[0x55; 700][..], b"\xff\xfbjunk", &TONE[cut..]].concat();
        assert_eq!(frames(&junk), left);
    }
}

#[test]
fn files_that_were_joined_play_without_their_padding() {
    assert_eq!(frames(&[TONE, TONE, TONE].concat()), 3 * 8000);
    let tag = [b"TAG".as_slice(), &[b'x'; 125]].concat();
    assert_eq!(frames(&[TONE, &tag, TONE, &tag].concat()), 2 * 8000);
}

#[test]
fn a_header_may_count_itself() {
    let mut bytes = TONE.to_vec();
    let at = bytes
        .windows(4)
        .position(|word| matches!(word, b"Xing" | b"Info"))
        .unwrap()
        + 8;
    bytes[at + 3] += 1;
    assert_eq!(frames(&bytes), 8000);
}
