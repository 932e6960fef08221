//! The first bytes by which containers are recognized.

use crate::audio::format::ByteOrder;

/// The first bytes of an AU, and the byte order of its numbers: Sun's (`.snd`) and DEC's (`.sd`), each in both byte
/// orders.
pub(super) const AU_MAGICS: &[(&[u8; 4], ByteOrder)] = &[
    (b".snd", ByteOrder::Big),
    (b"dns.", ByteOrder::Little),
    (b".sd\0", ByteOrder::Big),
    (b"\0ds.", ByteOrder::Little),
];

/// A variant of WAV.
#[derive(Debug)]
pub(super) struct WavForm {
    /// Its first four bytes.
    pub(super) id: [u8; 4],
    /// Byte order of all numbers, samples included.
    pub(super) order: ByteOrder,
    /// Whether a `ds64` chunk holds the lengths that exceed 32 bits.
    pub(super) has_ds64: bool,
}

/// The variants of WAV that are read.
#[rustfmt::skip]
pub(super) const WAV_FORMS: &[WavForm] = &[
    WavForm { id: *b"RIFF", order: ByteOrder::Little, has_ds64: false },
    WavForm { id: *b"RIFX", order: ByteOrder::Big, has_ds64: false },
    WavForm { id: *b"RF64", order: ByteOrder::Little, has_ds64: true },
    WavForm { id: *b"BW64", order: ByteOrder::Little, has_ds64: true },
];

/// Whether `head` has `magic` at offset `at`.
pub(super) fn has(head: &[u8], at: usize, magic: &[u8]) -> bool {
    head.get(at..).is_some_and(|rest| rest.starts_with(magic))
}

pub(super) fn is_wav(head: &[u8]) -> bool {
    has(head, 8, b"WAVE") && WAV_FORMS.iter().any(|form| has(head, 0, &form.id))
}

pub(super) fn is_rf64(head: &[u8]) -> bool {
    is_wav(head) && (has(head, 0, b"RF64") || has(head, 0, b"BW64"))
}

pub(super) fn is_au(head: &[u8]) -> bool {
    AU_MAGICS.iter().any(|(magic, _)| has(head, 0, *magic))
}

pub(super) fn is_aiff(head: &[u8]) -> bool {
    has(head, 0, b"FORM") && (has(head, 8, b"AIFF") || has(head, 8, b"AIFC"))
}

pub(super) fn is_mp3(head: &[u8]) -> bool {
    has(head, 0, b"ID3") || mpeg_layer(head) == Some(3)
}

pub(super) fn is_mp2(head: &[u8]) -> bool {
    mpeg_layer(head).is_some_and(|layer| layer < 3)
}

fn mpeg_layer(head: &[u8]) -> Option<u8> {
    match head {
        [0xff, second, third, ..] if is_mpeg_header(*second, *third) => Some(4 - (second >> 1 & 3)),
        _ => None,
    }
}

/// The second and third byte of an MPEG frame header: the rest of the sync word, and no reserved values in the fields.
fn is_mpeg_header(second: u8, third: u8) -> bool {
    let valid_version = second & 0x18 != 0x08;
    let valid_layer = second & 0x06 != 0;
    let valid_bit_rate = !matches!(third >> 4, 0 | 15);
    let valid_rate = third & 0x0c != 0x0c;
    second & 0xe0 == 0xe0 && valid_version && valid_layer && valid_bit_rate && valid_rate
}

/// A sync word of 12 bits, layer 0, and one of 13 rates.
pub(super) fn is_adts(head: &[u8]) -> bool {
    matches!(head, [0xff, second, third, ..] if second & 0xf6 == 0xf0 && (third >> 2) & 0x0f < 13)
}

/// An MPEG-4 or QuickTime file: its type, or one of the boxes that older files begin with.
pub(super) fn is_mp4(head: &[u8]) -> bool {
    let kinds = [
        b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot", b"moof", b"styp",
    ];
    let is_box = head
        .first_chunk()
        .is_some_and(|size| matches!(u32::from_be_bytes(*size), 0 | 1 | 8..));
    has(head, 4, b"ftyp") || is_box && kinds.iter().any(|kind| has(head, 4, *kind))
}

/// MPEG-TS: a sync byte at the start of each packet of 188 bytes, or of 192 with a time stamp before it.
pub(super) fn is_mpeg_ts(head: &[u8]) -> bool {
    let repeats =
        |first: usize, size: usize| (0..5).all(|packet| has(head, first + packet * size, b"\x47"));
    repeats(0, 188) || repeats(4, 192)
}

/// AC-3 and E-AC-3: a sync word, and neither a reserved rate nor a reserved version.
pub(super) fn is_ac3(head: &[u8]) -> bool {
    let is_known = |bytes: &[u8]| bytes[4] >> 6 != 3 && bytes[5] >> 3 <= 16;
    has(head, 0, b"\x0b\x77") && head.len() > 5 && is_known(head)
}

/// DTS: the sync words of its four arrangements of bits.
pub(super) fn is_dts(head: &[u8]) -> bool {
    let words: [&[u8]; 4] = [
        b"\x7f\xfe\x80\x01",
        b"\xfe\x7f\x01\x80",
        b"\x1f\xff\xe8\x00\x07",
        b"\xff\x1f\x00\xe8",
    ];
    words.iter().any(|word| has(head, 0, word))
}

/// IRCAM: a mark with the number of the machine, in either byte order.
pub(super) fn is_ircam(head: &[u8]) -> bool {
    matches!(
        head,
        [0x64, 0xa3, 1..=4, 0, ..] | [0, 1..=4, 0xa3, 0x64, ..]
    )
}

/// Music modules: Scream Tracker, FastTracker, Impulse Tracker, and the mark that ProTracker and its successors write
/// after the list of samples.
pub(super) fn is_module(head: &[u8]) -> bool {
    const MOD: [&[u8; 4]; 7] = [
        b"M.K.", b"M!K!", b"FLT4", b"FLT8", b"4CHN", b"6CHN", b"8CHN",
    ];
    has(head, 0, b"Extended Module: ")
        || has(head, 0, b"IMPM")
        || has(head, 44, b"SCRM")
        || MOD.iter().any(|mark| has(head, 1080, *mark))
}

/// LOAS: eleven bits of synchronization, a length, and the same again after that length.
pub(super) fn is_loas(head: &[u8]) -> bool {
    let [0x56, second, third, ..] = *head else {
        return false;
    };
    let length = usize::from(second & 0x1f) << 8 | usize::from(third);
    let next = head.get(3 + length..).unwrap_or_default();
    second & 0xe0 == 0xe0 && matches!(next, [0x56, second, ..] if second & 0xe0 == 0xe0)
}
