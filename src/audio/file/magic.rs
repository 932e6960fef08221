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
