//! Several WAVs in a row.

use crate::audio::error::Result;
use crate::audio::file::input::Input;
use crate::audio::file::open::open;
use crate::audio::file::testing::{
    cd, chunk, chunk_of_size, fmt, native, piped, regular, riff, sound,
};

/// The spec and the bytes of each segment, and the warnings.
type Segments = (Vec<(String, Vec<u8>)>, Vec<String>);

fn segments(input: Input) -> Result<Segments> {
    let mut source = open(input, &native())?;
    let (mut segments, mut warnings) = (Vec::new(), Vec::new());
    loop {
        let mut buffer = vec![0; 7 * source.spec().frame_bytes()];
        let mut bytes = Vec::new();
        while let got @ 1.. = source.read(&mut buffer)? {
            bytes.extend_from_slice(&buffer[..got]);
            warnings.extend(source.take_warning());
        }
        warnings.extend(source.take_warning());
        segments.push((source.spec().to_string(), bytes));
        if !source.next_segment()? {
            return Ok((segments, warnings));
        }
    }
}

/// The same from a file, and from pipes of all sorts.
fn read_everywhere(bytes: &[u8]) -> Vec<Segments> {
    let inputs = [
        regular("x", bytes),
        piped("x", bytes, 1),
        piped("x", bytes, 13),
        piped("x", bytes, 1 << 16),
    ];
    inputs
        .into_iter()
        .map(|input| segments(input).unwrap())
        .collect()
}

fn wav(samples: &[u8]) -> Vec<u8> {
    riff(&[cd(), chunk(b"data", samples)])
}

/// A WAV whose header does not know how long it is.
fn streamed(samples: &[u8]) -> Vec<u8> {
    let header = [b"RIFF\xff\xff\xff\xffWAVE".to_vec(), cd()].concat();
    [header, chunk_of_size(b"data", u32::MAX, samples)].concat()
}

const CD: &str = "S16_LE, 44100 Hz, 2 channels";

#[test]
fn wavs_in_a_row_are_one_sound() {
    let (first, second) = (sound(400), sound(804));
    let list = chunk(b"LIST", b"INFOISFT\x03\0\0\0ab\0\0");
    let all = [&first[..], &second].concat();
    for bytes in [
        [wav(&first), wav(&second)].concat(),
        [riff(&[cd(), chunk(b"data", &first), list]), wav(&second)].concat(),
        [streamed(&first), streamed(&second)].concat(),
        [wav(&first), streamed(&second)].concat(),
    ] {
        for (segments, warnings) in read_everywhere(&bytes) {
            assert_eq!(segments, [(CD.to_owned(), all.clone())]);
            assert_eq!(warnings, [""; 0]);
        }
    }
}

#[test]
fn the_length_of_a_file_is_unknown_if_another_follows() {
    let frames = |bytes: &[u8]| open(regular("x", bytes), &native()).unwrap().frames();
    assert_eq!(frames(&streamed(&sound(400))), Some(100));
    let two = [streamed(&sound(400)), streamed(&sound(40))].concat();
    assert_eq!(frames(&two), None);
    assert_eq!(frames(&[wav(&sound(400)), wav(&sound(40))].concat()), None);
}

#[test]
fn a_wav_of_another_spec_is_the_next_segment() {
    let other = riff(&[fmt(1, 1, 22_050, 1, 8), chunk(b"data", &sound(31))]);
    for first in [wav(&sound(40)), streamed(&sound(40))] {
        let bytes = [first, other.clone(), wav(&sound(8))].concat();
        for (segments, _) in read_everywhere(&bytes) {
            let expected = [
                (CD.to_owned(), sound(40)),
                ("U8, 22050 Hz, 1 channel".to_owned(), sound(31)),
                (CD.to_owned(), sound(8)),
            ];
            assert_eq!(segments, expected);
        }
    }
}

#[test]
fn samples_that_look_like_a_wav_are_samples() {
    let samples = [
        &sound(40)[..],
        b"RIFFRIFFxxxxWAVExxxxRIFF0000WAVEfmtxRIFFRIF.",
    ]
    .concat();
    for (segments, _) in read_everywhere(&streamed(&samples)) {
        assert_eq!(segments, [(CD.to_owned(), samples.clone())]);
    }
}

/// Python's `wave` module writes a header for the first part, and cannot correct it in a pipe.
#[test]
fn a_pipe_goes_on_behind_the_length_of_its_first_part() {
    let bytes = [wav(&sound(400)), sound(4000)].concat();
    for step in [1, 100, 1 << 16] {
        let (segments, warnings) = segments(piped("x", &bytes, step)).unwrap();
        assert_eq!(
            segments,
            [(CD.to_owned(), [sound(400), sound(4000)].concat())]
        );
        assert_eq!(
            warnings,
            ["'x': its header gives only the length of its first part"]
        );
    }
    // In a file, the header is right and the rest is something else.
    assert_eq!(
        segments(regular("x", &bytes)).unwrap().0,
        [(CD.to_owned(), sound(400))]
    );
}

/// ffmpeg and SoX differ about what a second one is.
#[test]
fn a_second_data_chunk_is_reported() {
    let chunks = |second: &[u8]| {
        let list = chunk(b"LIST", b"INFO");
        [
            cd(),
            chunk(b"data", &sound(400)),
            list,
            chunk(b"data", second),
        ]
    };
    let bytes = [riff(&chunks(&sound(40))), wav(&sound(8))].concat();
    for (segments, warnings) in read_everywhere(&bytes) {
        let expected = [sound(400), sound(8)].concat();
        assert_eq!(segments, [(CD.to_owned(), expected)]);
        assert_eq!(
            warnings,
            ["'x': it has more than one 'data' chunk; only the first is played"]
        );
    }
    for (segments, warnings) in read_everywhere(&riff(&chunks(b""))) {
        assert_eq!(segments, [(CD.to_owned(), sound(400))]);
        assert_eq!(warnings, Vec::<String>::new());
    }
}

#[test]
fn tags_behind_a_wav_are_not_samples() {
    for tag in [
        &b"TAG"[..],
        b"APETAGEX\xd0\x07\0\0",
        b"LYRICSBEGIN",
        b"ID3\x03\0\0\0\0\x01\x01TIT2",
    ] {
        let bytes = [wav(&sound(400)), [tag, &[b'x'; 125]].concat()].concat();
        for (segments, warnings) in read_everywhere(&bytes) {
            assert_eq!(segments, [(CD.to_owned(), sound(400))]);
            assert_eq!(warnings, [""; 0]);
        }
    }
}

#[test]
fn a_wav_may_follow_an_id3_tag() {
    let tag = *b"ID3\x03\0\0\0\0\0\x04\0\0\0\0";
    let bytes = [wav(&sound(400)), tag.to_vec(), wav(&sound(800))].concat();
    for (segments, warnings) in read_everywhere(&bytes) {
        let found: Vec<_> = segments.into_iter().flat_map(|(_, bytes)| bytes).collect();
        assert_eq!(found, [sound(400), sound(800)].concat());
        assert_eq!(warnings, [""; 0]);
    }
}

#[test]
fn unknown_chunks_behind_the_samples_are_not_samples() {
    let chunks = [
        cd(),
        chunk(b"data", &sound(401)[..400]),
        chunk(b"ResU", &sound(31)),
        chunk(b"dat2", &sound(40)),
    ];
    for (segments, warnings) in read_everywhere(&[riff(&chunks), wav(&sound(8))].concat()[..]) {
        let expected = [sound(400), sound(8)].concat();
        assert_eq!(
            (segments, warnings),
            (vec![(CD.to_owned(), expected)], vec![])
        );
    }
}

#[test]
fn the_second_wav_may_be_corrupt() {
    let bytes = [wav(&sound(400)), b"RIFF\x04\0\0\0WAVE".to_vec()].concat();
    for input in [regular("x", &bytes), piped("x", &bytes, 9)] {
        let error = segments(input).unwrap_err();
        assert!(error.to_string().starts_with("'x' is corrupt"), "{error}");
    }
}
