use super::open;
use crate::audio::file::options::ReadOptions;
use crate::audio::file::testing::{piped, regular};
use crate::audio::stream::testing::drain;

const TONE: &[u8] = include_bytes!("../../../../../tests/data/tone.flac");

/// The bytes of the metadata.
fn metadata_end() -> usize {
    let mut at = 4;
    loop {
        let [kind, a, b, c] = *TONE[at..].first_chunk().unwrap();
        at += 4 + u32::from_be_bytes([0, a, b, c]) as usize;
        if kind & 0x80 != 0 {
            return at;
        }
    }
}

/// The samples of a file and of a pipe, and how they end.
fn read(bytes: &[u8]) -> Vec<(Vec<u8>, Result<(), String>)> {
    let inputs = [regular("x", bytes), piped("x", bytes, 100)];
    let read = inputs.map(|input| match open(input, &ReadOptions::default()) {
        Ok(mut source) => {
            let (all, end) = drain(source.as_mut(), 500);
            (all, end.map_err(|error| error.to_string()))
        }
        Err(error) => (Vec::new(), Err(error.to_string())),
    });
    read.into()
}

#[test]
fn samples_that_are_not_those_of_the_header_are_an_error() {
    let whole = read(TONE);
    assert!(
        whole
            .iter()
            .all(|(all, end)| all.len() == 16_000 && end.is_ok())
    );
    let mut wrong = TONE.to_vec();
    wrong[8 + 20] ^= 1;
    for (all, end) in read(&wrong) {
        assert_eq!(all, whole[0].0);
        assert_eq!(
            end,
            Err("'x' is corrupt: its samples do not match the MD5 in its header".to_owned())
        );
    }
}

#[test]
fn frames_without_metadata_play_if_they_say_all_by_themselves() {
    let frames = &TONE[metadata_end()..];
    let info = &TONE[..42];
    for head in [
        &[info, b"\xfe\0\0\x04abcd"].concat()[..],
        &[info, b"\x04\0\0\x03abc\x81\0\0\0"].concat(),
    ] {
        for (all, end) in read(&[head, frames].concat()) {
            assert_eq!((all.len(), end), (16_000, Ok(())));
        }
    }
}

#[test]
fn a_file_that_is_cut_off_plays_to_its_end_and_is_an_error() {
    for length in [metadata_end(), metadata_end() + 3000, TONE.len() - 1] {
        for (all, end) in read(&TONE[..length]) {
            assert!(all.len() < 16_000);
            assert!(end.unwrap_err().starts_with("'x' is "), "{length}");
        }
    }
}
