//! The table of WAV codes: which tag, container and bits stand for which sample format.

use crate::audio::format::{ByteOrder, Format};

/// Integer samples.
pub(in crate::audio::file) const PCM: u16 = 1;

/// The tag that says that the tag stands in the extension.
pub(in crate::audio::file) const EXTENSIBLE: u16 = 0xfffe;

/// One row: how a WAV says what a sample is.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::audio::file) struct Code {
    /// `wFormatTag`, or the first two bytes of the sub-format.
    pub(in crate::audio::file) tag: u16,
    /// Bytes of a sample: block align / channels.
    pub(in crate::audio::file) bytes: u32,
    /// `wBitsPerSample`.
    pub(in crate::audio::file) bits: u32,
    /// What it is in RIFF.
    pub(in crate::audio::file) little: Format,
    /// What it is in RIFX.
    big: Format,
}

macro_rules! codes {
    ($($tag:expr, $bits:literal in $bytes:literal: $little:ident, $big:ident;)*) => {
        /// The table.
        const CODES: &[Code] = &[$(Code {
            tag: $tag,
            bytes: $bytes,
            bits: $bits,
            little: Format::$little,
            big: Format::$big,
        }),*];
    };
}

codes! {
    PCM, 8 in 1: U8, U8;
    PCM, 16 in 2: S16_LE, S16_BE;
    PCM, 24 in 3: S24_3LE, S24_3BE;
    // A bits field of 24 in four bytes is no valid WAV. Who writes it (ALSA, hound) means the low three.
    PCM, 24 in 4: S24_LE, S24_BE;
    PCM, 32 in 4: S32_LE, S32_BE;
    3, 32 in 4: FLOAT_LE, FLOAT_BE;
    3, 64 in 8: FLOAT64_LE, FLOAT64_BE;
    6, 8 in 1: A_LAW, A_LAW;
    7, 8 in 1: MU_LAW, MU_LAW;
}

/// Codecs that a WAV may hold and that are not plain samples, for messages.
const COMPRESSED: &[(u16, &str)] = &[
    (0x0031, "GSM 6.10"),
    (0x0040, "G.721 ADPCM"),
    (0x0050, "MPEG layer 1 or 2"),
    (0x0055, "MP3"),
    (0x0092, "AC-3 over S/PDIF"),
    (0x00ff, "AAC"),
    (0x0161, "WMA"),
    (0x0162, "WMA Pro"),
    (0x2000, "AC-3"),
    (0x566f, "Vorbis"),
    (0x704f, "Opus"),
    (0xf1ac, "FLAC"),
];

/// The format of samples of `bits` bits in `bytes` bytes; `Err` completes "'NAME' …".
///
/// Integers of fewer bits than their bytes have room for are left-justified (the rule of the format for
/// 12-, 18- and 20-bit sound), so they are what they would be with all bits in use.
pub(super) fn format(tag: u16, bits: u32, bytes: u32, order: ByteOrder) -> Result<Format, String> {
    if !CODES.iter().any(|code| code.tag == tag) {
        return Err(unknown(tag));
    }
    let fitting = |code: &&Code| code.tag == tag && code.bytes == bytes;
    let exact = CODES.iter().filter(fitting).find(|code| code.bits == bits);
    let justified = || {
        CODES
            .iter()
            .filter(fitting)
            .find(|code| is_left_justified(code, bits))
    };
    match exact.or_else(justified) {
        Some(code) if order == ByteOrder::Big => Ok(code.big),
        Some(code) => Ok(code.little),
        None => Err(format!(
            "has samples of a kind that ALSA has no name for: {bits} bits in {bytes} bytes (tag {tag:#06x})"
        )),
    }
}

/// Eight bits and fewer are unsigned, more are signed: in more bytes than one, fewer would be a riddle.
fn is_left_justified(code: &Code, bits: u32) -> bool {
    let fewest = if code.bytes == 1 { 1 } else { 9 };
    let fills_its_bytes = code.bits == code.bytes * 8;
    code.tag == PCM && fills_its_bytes && (fewest..code.bits).contains(&bits)
}

fn unknown(tag: u16) -> String {
    match COMPRESSED.iter().find(|(known, _)| *known == tag) {
        Some((_, name)) => format!("is WAV with {name} in it, which is not supported yet"),
        None => format!("is WAV with an unknown codec in it (tag {tag:#06x})"),
    }
}

/// How a (little-endian) WAV says `format`, where it can.
pub(in crate::audio::file) fn code(format: Format) -> Option<&'static Code> {
    CODES.iter().find(|code| code.little == format)
}
