//! Every sample format and container plays bit for bit; other data is never played.

use crate::common::{
    Dir, Layout, STEREO, chunk, chunk_claiming, extensible, fmt, form, noise, riff, wav,
    wav_claiming,
};
use std::fs::File;
use std::os::unix::fs::FileExt;

/// The sample formats of WAV: name, format tag, bits, bytes.
const SAMPLES: [(&str, u16, u16, u16); 9] = [
    ("U8", 1, 8, 1),
    ("S16_LE", 1, 16, 2),
    ("S24_3LE", 1, 24, 3),
    ("S24_LE", 1, 24, 4),
    ("S32_LE", 1, 32, 4),
    ("FLOAT_LE", 3, 32, 4),
    ("FLOAT64_LE", 3, 64, 8),
    ("A_LAW", 6, 8, 1),
    ("MU_LAW", 7, 8, 1),
];

/// The headers of a WAV (RF64) and a Wave64 file with this many frames of S16_LE, 48 kHz, stereo.
fn large_headers(frames: u64) -> [Vec<u8>; 2] {
    let fmt = fmt(STEREO);
    let bytes = frames * 4;
    let sizes = [bytes + 72, bytes, frames].map(u64::to_le_bytes).concat();
    let rf64 = [
        &b"RF64\xff\xff\xff\xffWAVEds64\x1c\0\0\0"[..],
        &sizes,
        &[0; 4],
        &fmt,
        b"data\xff\xff\xff\xff",
    ]
    .concat();
    let id = |name: &[u8; 4]| {
        let rest = b"\xf3\xac\xd3\x11\x8c\xd1\0\xc0\x4f\x8e\xdb\x8a";
        [&name[..], rest].concat()
    };
    let w64 = [
        &b"riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb\x04\xc1\0\0"[..],
        &(bytes + 104).to_le_bytes(),
        &id(b"wave"),
        &id(b"fmt "),
        &40u64.to_le_bytes(),
        &fmt[8..],
        &id(b"data"),
        &(bytes + 24).to_le_bytes(),
    ]
    .concat();
    [rf64, w64]
}

/// Positions above 4 GiB, and times above 2^32 ms: both need more than 32 bits.
#[test]
fn files_of_more_than_4_gib_play_to_their_end() {
    const SECONDS: u64 = 25_000;
    let dir = Dir::new();
    let end = noise(48_000 * 4, 1);
    let sparse = |name: &str, header: &[u8]| {
        let file = File::create(dir.at(name)).unwrap();
        file.write_all_at(header, 0).unwrap();
        let start = header.len() as u64 + (SECONDS - 1) * 48_000 * 4;
        file.write_all_at(&end, start).unwrap();
    };
    let [rf64, w64] = large_headers(SECONDS * 48_000);
    sparse("song.raw", b"");
    sparse("song.wav", &rf64);
    sparse("song.w64", &w64);
    for file in ["-f dat -t raw song.raw", "song.wav", "song.w64"] {
        let words = "--json -d 2000h --start 24999".split(' ');
        let outcome = dir.play(words.chain(file.split(' '))).succeed();
        dir.assert_played(&end, file);
        assert_eq!(outcome.event("end")["frames"], 48_000, "{file}");
    }
    for file in ["song.wav", "song.w64"] {
        let info = dir.aloud(["info", "--json", file]).succeed().json();
        assert_eq!(info[0]["frames"], SECONDS * 48_000, "{file}");
    }
}

#[test]
fn every_sample_format_plays_bit_exact() {
    let dir = Dir::new();
    for (name, tag, bits, bytes) in SAMPLES {
        for channels in [1, 2, 8] {
            let layout = Layout {
                tag,
                bits,
                bytes,
                channels,
                rate: 48_000,
            };
            let data = noise(7001 * layout.frame(), 1);
            dir.write("song.wav", wav(layout, &data));
            let outcome = dir.play(["--json", "song.wav"]).succeed();
            dir.assert_played(&data, &format!("{name}, {channels} channels"));
            let configured = &outcome.event("start")["configured"];
            assert_eq!(configured["format"], name);
            assert_eq!(configured["channels"], channels);
            assert_eq!(configured["rate"], 48_000);
        }
    }
}

#[test]
fn every_length_plays_without_padding_or_loss() {
    let dir = Dir::new();
    // The period has 6000 frames, the buffer 24000; the program reads ahead by one second.
    for frames in [
        1, 2, 5999, 6000, 6001, 23_999, 24_000, 24_001, 48_000, 168_007,
    ] {
        let data = noise(frames * 4, 2);
        dir.write("song.wav", wav(STEREO, &data));
        for more in [&["song.wav"][..], &["-M", "song.wav"], &["-N", "song.wav"]] {
            dir.play(more).succeed();
            dir.assert_played(&data, &format!("{frames} frames, {more:?}"));
        }
    }
}

#[test]
fn padded_samples_play_in_their_container_format() {
    let dir = Dir::new();
    for (bytes, valid, format) in [
        (3, 20, "S24_3LE"),
        (4, 20, "S32_LE"),
        (4, 24, "S32_LE"),
        (2, 12, "S16_LE"),
    ] {
        let layout = Layout {
            bits: bytes * 8,
            bytes,
            ..STEREO
        };
        let data = noise(3001 * layout.frame(), 12);
        dir.write(
            "song.wav",
            riff(&[extensible(layout, valid, 3), chunk(b"data", &data)]),
        );
        let outcome = dir.play(["--json", "song.wav"]).succeed();
        dir.assert_played(&data, &format!("{valid} bits in {bytes} bytes"));
        assert_eq!(outcome.event("start")["configured"]["format"], format);
    }
}

#[test]
fn rifx_plays_big_endian() {
    let dir = Dir::new();
    let data = noise(4000, 13);
    let mut fields = Vec::new();
    fields.extend(1_u16.to_be_bytes());
    fields.extend(2_u16.to_be_bytes());
    fields.extend(48_000_u32.to_be_bytes());
    fields.extend(192_000_u32.to_be_bytes());
    fields.extend(4_u16.to_be_bytes());
    fields.extend(16_u16.to_be_bytes());
    let chunk = |id: &[u8], bytes: &[u8]| [id, &(bytes.len() as u32).to_be_bytes(), bytes].concat();
    let body = [
        b"WAVE".to_vec(),
        chunk(b"fmt ", &fields),
        chunk(b"data", &data),
    ]
    .concat();
    dir.write("song.wav", chunk(b"RIFX", &body));
    let outcome = dir.play(["--json", "song.wav"]).succeed();
    dir.assert_played(&data, "RIFX");
    assert_eq!(outcome.event("start")["configured"]["format"], "S16_BE");
}

#[test]
fn chunks_around_the_data_are_not_played() {
    let dir = Dir::new();
    let data = noise(8000, 9);
    let list = chunk(b"LIST", &noise(1001, 10));
    let sound = chunk(b"data", &data);
    let streamed = |size| {
        riff(&[
            fmt(STEREO),
            chunk_claiming(b"data", size, &data),
            list.clone(),
        ])
    };
    let ds64 = {
        let sizes = [0, data.len() as u64, 2000].map(u64::to_le_bytes).concat();
        chunk(b"ds64", &[sizes, vec![0; 4]].concat())
    };
    let long = chunk_claiming(b"data", u32::MAX, &data);
    let cases = [
        (
            "a trailing LIST",
            riff(&[fmt(STEREO), sound.clone(), list.clone()]),
        ),
        (
            "an odd chunk before fmt",
            riff(&[chunk(b"JUNK", b"odd"), fmt(STEREO), sound.clone()]),
        ),
        (
            "LIST between fmt and data",
            riff(&[fmt(STEREO), list.clone(), sound.clone()]),
        ),
        ("length 0xFFFFFFFF, then LIST", streamed(0xffff_ffff)),
        ("length 0x80000000, then LIST", streamed(0x8000_0000)),
        ("length 0x7FFFF000, then LIST", streamed(0x7fff_f000)),
        ("length 0, then LIST", streamed(0)),
        (
            "RF64",
            form(b"RF64", &[ds64, fmt(STEREO), long, list.clone()]),
        ),
    ];
    for (what, file) in cases {
        dir.write("song.wav", &file);
        dir.play(["song.wav"]).succeed();
        dir.assert_played(&data, what);
    }
}

#[test]
fn placeholder_data_lengths_play_to_the_end_of_a_pipe() {
    let dir = Dir::new();
    let data = noise(50_000 * 4, 11);
    for size in [0, 0x7fff_f000, 0x8000_0000, 0xffff_ffff] {
        dir.play(["-"])
            .stdin(wav_claiming(size, STEREO, &data))
            .succeed();
        dir.assert_played(&data, &format!("{size:#x}"));
    }
}

#[test]
fn raw_samples_play_as_specified() {
    let dir = Dir::new();
    let data = noise(12 * 3001, 17);
    dir.write("take.raw", &data);
    for (options, format, rate, channels) in [
        ("-f cd", "S16_LE", 44_100, 2),
        ("-f cdr", "S16_BE", 44_100, 2),
        ("-f dat", "S16_LE", 48_000, 2),
        ("-f S24_3LE -r 96k -c 1", "S24_3LE", 96_000, 1),
        ("-f float_le -r 44.1 -c 3", "FLOAT_LE", 44_100, 3),
        ("-f cd -c 1 -r 22050", "S16_LE", 22_050, 1),
        ("-f DSD_U8 -r 352800 -c 2", "DSD_U8", 352_800, 2),
    ] {
        let outcome = dir
            .play(["--json", "-t", "raw"])
            .args(options.split(' '))
            .arg("take.raw")
            .run();
        // The null PCM does not take DSD in every version of alsa-lib.
        if format.starts_with("DSD") && outcome.status.code() == Some(6) {
            continue;
        }
        assert!(outcome.status.success(), "{outcome}");
        dir.assert_played(&data, options);
        let configured = &outcome.event("start")["configured"];
        assert_eq!(configured["format"], format);
        assert_eq!(configured["rate"], rate);
        assert_eq!(configured["channels"], channels);
    }
    dir.play(["-t", "RAW", "-f", "cd"])
        .stdin(data.clone())
        .succeed();
    dir.assert_played(&data, "stdin");
}

#[test]
fn raw_samples_need_format_rate_and_channels() {
    let dir = Dir::new();
    dir.write("take.raw", noise(4000, 18));
    for options in [
        "",
        "-f S16_LE",
        "-r 48000 -c 2",
        "-f S16_LE -c 2",
        "-f S16_LE -r 48000",
    ] {
        let args = options.split(' ').filter(|word| !word.is_empty());
        let outcome = dir.play(["-t", "raw", "take.raw"]).args(args).fail(2);
        assert!(outcome.error_line().contains("-f, -r and -c"), "{outcome}");
        assert!(dir.played().is_empty(), "{options}");
    }
}

#[test]
fn unknown_files_are_never_played_as_raw() {
    let dir = Dir::new();
    dir.write(
        "take.raw",
        [b"no sound that anybody knows", &*noise(4000, 19)].concat(),
    );
    for options in ["", "-f cd", "-f S16_LE -r 48000 -c 2"] {
        let args = options.split(' ').filter(|word| !word.is_empty());
        let outcome = dir.play(["take.raw"]).args(args).fail(10);
        assert!(outcome.error_line().contains("'take.raw'"), "{outcome}");
        assert!(outcome.hints().concat().contains("-t raw"), "{outcome}");
        assert!(dir.played().is_empty(), "{options}");
    }
}

#[test]
fn forced_file_type_is_checked() {
    let dir = Dir::new();
    let song = wav(STEREO, &noise(4000, 24));
    dir.write("song.wav", &song);
    dir.write("text.wav", "This is not sound.");
    dir.write("song.flac", [b"fLaC\0\0\0\x22", &*noise(99, 25)].concat());
    dir.play(["-t", "wav", "song.wav"]).succeed();
    dir.assert_played(&song[44..], "a WAV");
    for file in ["text.wav", "song.flac"] {
        let outcome = dir.play(["-t", "wav", file]).fail(10);
        assert!(outcome.error_line().contains(file), "{outcome}");
    }
    let outcome = dir.play(["-t", "flac", "song.wav"]).fail(10);
    assert!(outcome.error_line().contains("WAV"), "{outcome}");
    let outcome = dir.play(["-t", "wva", "song.wav"]).fail(2);
    assert!(outcome.stderr().contains("wav"), "{outcome}");
    assert!(dir.played().is_empty());
}

#[test]
fn unsupported_file_types_are_named() {
    let dir = Dir::new();
    for (head, title) in [
        (&b"wvpk\0\0\0\x22"[..], "WavPack"),
        (b"MThd\0\0\0\x06", "MIDI"),
    ] {
        dir.write("song", [head, &noise(500, 26)].concat());
        let outcome = dir.play(["song"]).fail(10);
        assert!(outcome.error_line().contains(title), "{outcome}");
        assert!(dir.played().is_empty());
    }
}
