//! The table of WAV sample formats: format tag, bits and bytes of a sample.

use crate::audio::file::errors::{unknown_codec, unsupported_codec};
use crate::audio::format::{ByteOrder, Format};
use crate::audio::spelling::count;

/// `WAVE_FORMAT_PCM`.
pub(super) const PCM: u16 = 1;

/// `WAVE_FORMAT_EXTENSIBLE`: the tag is in the extension.
pub(super) const EXTENSIBLE: u16 = 0xfffe;

/// A row: how a WAV describes a sample format.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct WavCode {
    /// `wFormatTag`, or the first two bytes of the sub-format.
    pub(super) tag: u16,
    /// Bytes of a sample: block align / channels.
    pub(super) bytes: u32,
    /// `wBitsPerSample`.
    pub(super) bits: u32,
    /// The format in RIFF.
    pub(super) little: Format,
    /// The format in RIFX.
    big: Format,
}

macro_rules! codes {
    ($($tag:expr, $bits:literal in $bytes:literal: $little:ident, $big:ident;)*) => {
        const CODES: &[WavCode] = &[$(WavCode {
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
    // Not a valid WAV. The programs that write it (arecord, hound) use the low three bytes.
    PCM, 24 in 4: S24_LE, S24_BE;
    PCM, 32 in 4: S32_LE, S32_BE;
    3, 32 in 4: FLOAT_LE, FLOAT_BE;
    3, 64 in 8: FLOAT64_LE, FLOAT64_BE;
    6, 8 in 1: A_LAW, A_LAW;
    7, 8 in 1: MU_LAW, MU_LAW;
}

/// Tags of compressed codecs, for messages.
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

/// The tag of NMS ADPCM, and the bytes of its blocks at 16, 24 and 32 kbit/s. ffmpeg takes the tag for AMR's, whose blocks
/// are smaller, and would return noise.
const NMS_ADPCM: (u16, [u16; 3]) = (0x0038, [42, 62, 82]);

/// # Errors
/// If samples with the format tag `tag`, in blocks of `block` bytes, are not uncompressed. Completes `'NAME' …`.
pub(super) fn check(tag: u16, block: u16) -> Result<(), String> {
    if tag == NMS_ADPCM.0 && NMS_ADPCM.1.contains(&block) {
        return Err("is WAV with NMS ADPCM, which is not supported".into());
    }
    match CODES.iter().any(|code| code.tag == tag) {
        true => Ok(()),
        false => Err(unsupported(tag)),
    }
}

/// The format of samples of `bits` bits in `bytes` bytes. The error completes `'NAME' …`.
///
/// Integers of fewer bits than fit into their bytes are left-justified (12, 18 or 20 bits, for example), so they have
/// the format of the full width.
pub(super) fn format_of(
    tag: u16,
    bits: u32,
    bytes: u32,
    order: ByteOrder,
) -> Result<Format, String> {
    let fitting = |code: &&WavCode| code.tag == tag && code.bytes == bytes;
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
            "has samples of {} in {} (tag {tag:#06x}), which is not supported",
            count(bits, "bit"),
            count(bytes, "byte")
        )),
    }
}

/// Up to 8 bits are unsigned and more are signed, so up to 8 bits in several bytes would be ambiguous.
fn is_left_justified(code: &WavCode, bits: u32) -> bool {
    let min_bits = if code.bytes == 1 { 1 } else { 9 };
    let fills_its_bytes = code.bits == code.bytes * 8;
    code.tag == PCM && fills_its_bytes && (min_bits..code.bits).contains(&bits)
}

fn unsupported(tag: u16) -> String {
    match COMPRESSED.iter().find(|(known, _)| *known == tag) {
        Some((_, name)) => unsupported_codec("WAV", name),
        None => unknown_codec("WAV", format!("tag {tag:#06x}")),
    }
}

/// How a little-endian WAV describes `format`, if it can.
pub(super) fn code_of(format: Format) -> Option<&'static WavCode> {
    CODES.iter().find(|code| code.little == format)
}
