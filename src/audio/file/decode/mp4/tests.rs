use super::index::Mp4Index;
use super::samples::{Mp4Sample, SampleDefaults, SampleTable, fragment};

fn container(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let size = (content.len() as u32 + 8).to_be_bytes();
    [&size, kind.as_slice(), content].concat()
}

fn numbers(numbers: &[u32]) -> Vec<u8> {
    numbers
        .iter()
        .flat_map(|number| number.to_be_bytes())
        .collect()
}

/// The description of AAC with two channels at 44.1 kHz.
fn entry() -> Vec<u8> {
    let mut fields = vec![0; 28];
    fields[17] = 2;
    fields[24..26].copy_from_slice(&44_100_u16.to_be_bytes());
    let specific = [5, 2, 0x12, 0x10];
    let config = [&[4, 13 + 4, 0x40][..], &[0; 12], &specific].concat();
    let stream = [&[3, 3 + 19][..], &[0; 3], &config].concat();
    let esds = container(b"esds", &[&[0; 4], &stream[..]].concat());
    container(b"mp4a", &[fields, esds].concat())
}

/// Two packets of 1024 and one of 737 frames, of which `edit` (in 1000ths; from which frame) is heard.
fn moov(edit: [u32; 2]) -> Vec<u8> {
    let stbl = [
        container(b"stsd", &[numbers(&[0, 1]), entry()].concat()),
        container(b"stts", &numbers(&[0, 2, 2, 1024, 1, 737])),
        container(b"stsc", &numbers(&[0, 2, 1, 2, 1, 2, 1, 1])),
        container(b"stsz", &numbers(&[0, 0, 3, 100, 200, 300])),
        container(b"stco", &numbers(&[0, 2, 5000, 7000])),
    ];
    let mdia = [
        container(b"mdhd", &numbers(&[0, 0, 0, 44_100, 0, 0])),
        container(b"hdlr", &[numbers(&[0, 0]), b"soun".to_vec()].concat()),
        container(b"minf", &container(b"stbl", &stbl.concat())),
    ];
    let elst = numbers(&[0, 2, 500, u32::MAX, 0x1_0000, edit[0], edit[1], 0x1_0000]);
    let track = [
        container(b"tkhd", &numbers(&[0, 0, 0, 7])),
        container(b"edts", &container(b"elst", &elst)),
        container(b"mdia", &mdia.concat()),
    ];
    [
        container(b"mvhd", &numbers(&[0, 0, 0, 1000, 0])),
        container(b"trak", &track.concat()),
    ]
    .concat()
}

/// Frames before the sound of the first track, and frames of it.
fn sound(moov: &[u8]) -> Option<(u64, Option<u64>)> {
    let index = Mp4Index::parse(moov);
    let track = index.tracks.first()?;
    Some(index.sound(track, track.table.length()))
}

#[test]
fn the_sound_is_exact_though_the_edit_is_in_milliseconds() {
    let exactly = |edit| sound(&moov(edit)).unwrap();
    assert_eq!(exactly([40, 1024]), (1024, Some(1761)));
    assert_eq!(exactly([39, 1024]), (1024, Some(1761)));
    assert_eq!(exactly([0, 0]), (0, Some(2785)));
    assert_eq!(exactly([20, 1024]), (1024, Some(882)));
}

#[test]
fn what_itunes_says_is_taken_first() {
    let text = b" 00000000 00000840 000001CA 00000000003F31F6 00000000";
    let head = b"\0\0\0\x14name\0\0\0\0iTunSMPB\0\0\0\x50data\0\0\0\x01\0\0\0\0";
    let comment = [&head[..], text].concat();
    let moov = [moov([40, 1024]), container(b"udta", &comment)].concat();
    assert_eq!(sound(&moov), Some((0x840, Some(0x3f_31f6))));
}

#[test]
fn packets_are_where_the_tables_say() {
    let mut index = Mp4Index::parse(&moov([0, 0]));
    let table = &mut index.tracks[0].table;
    let sample = |offset, size, duration| Mp4Sample {
        offset,
        size,
        duration,
    };
    let expected = [
        sample(5000, 100, 1024),
        sample(5100, 200, 1024),
        sample(7000, 300, 737),
    ];
    for _ in 0..2 {
        let found: Vec<_> = std::iter::from_fn(|| table.next_sample()).collect();
        assert_eq!(found, expected);
        table.rewind();
    }
}

#[test]
fn frames_of_uncompressed_samples_are_read_in_blocks() {
    let stbl = [
        container(b"stsc", &numbers(&[0, 1, 1, 10_000, 1])),
        container(b"stsz", &numbers(&[0, 1, 10_000])),
        container(b"stco", &numbers(&[0, 1, 64])),
    ];
    let mut table = SampleTable::parse(&stbl.concat(), Some(4));
    let sizes: Vec<_> = std::iter::from_fn(|| table.next_sample())
        .map(|sample| sample.size / 4)
        .collect();
    assert_eq!(sizes, [4096, 4096, 1808]);
}

#[test]
fn packets_of_fragments_follow_each_other() {
    // Sizes of their own; then one of the usual size, behind the first run.
    let first = container(b"trun", &numbers(&[0x201, 2, 900, 30, 40]));
    let second = container(b"trun", &numbers(&[0, 1]));
    let tfhd = container(b"tfhd", &numbers(&[0x02_0000, 7]));
    let other = container(b"traf", &container(b"tfhd", &numbers(&[0, 8])));
    let moof = [other, container(b"traf", &[tfhd, first, second].concat())].concat();
    let defaults = SampleDefaults {
        duration: 1024,
        size: 50,
    };
    let found = fragment(&moof, 100, 7, defaults);
    let places: Vec<_> = found
        .iter()
        .map(|sample| (sample.offset, sample.size, sample.duration))
        .collect();
    assert_eq!(
        places,
        [(1000, 30, 1024), (1030, 40, 1024), (1070, 50, 1024)]
    );
}

#[test]
fn a_truncated_or_wrong_index_is_harmless() {
    let whole = moov([40, 1024]);
    let read = |bytes: &[u8]| {
        sound(bytes);
        for mut track in Mp4Index::parse(bytes).tracks {
            (0..10_000)
                .take_while(|_| track.table.next_sample().is_some())
                .count();
        }
    };
    for end in 0..whole.len() {
        read(&whole[..end]);
    }
    let mut lies = whole.clone();
    for at in 0..lies.len() {
        for value in [0, 0x7f, 0xff] {
            let kept = std::mem::replace(&mut lies[at], value);
            read(&lies);
            lies[at] = kept;
        }
    }
}
