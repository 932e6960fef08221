//! The table of sample formats: every one that alsa-lib knows, one row each.

use super::advice::Advice;
use super::error::{Error, Kind, Result};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Serialize, Serializer};
use std::borrow::Cow;
use std::fmt;

/// How the bits of a sample are interpreted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// Two's complement integer.
    Signed,
    /// Integer with an offset: silence is the middle of its range.
    Unsigned,
    /// IEEE 754, full scale ±1.0.
    Float,
    /// ITU-T G.711 µ-law.
    MuLaw,
    /// ITU-T G.711 A-law.
    ALaw,
    /// Direct Stream Digital: packed one-bit samples.
    Dsd,
    /// No individual samples: compressed, or IEC 958 subframes.
    Opaque,
}

/// The order of the bytes of a sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ByteOrder {
    /// Least significant first.
    Little,
    /// Most significant first.
    Big,
    /// Single-byte, or not applicable.
    None,
}

/// One row of the table.
#[derive(Debug)]
struct FormatRow {
    format: Format,
    name: &'static str,
    description: &'static str,
    /// Significant bits of a sample (`snd_pcm_format_width`).
    bits: u32,
    /// Bits a sample occupies in memory (`snd_pcm_format_physical_width`).
    physical: u32,
    encoding: Encoding,
    byte_order: ByteOrder,
}

macro_rules! formats {
    ($($name:ident = $number:literal, $bits:literal in $physical:literal, $encoding:ident, $order:ident, $description:literal;)*) => {
        /// A sample format. Values are alsa-lib's numbers (`snd_pcm_format_t`).
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(i32)]
        #[allow(non_camel_case_types, missing_docs, clippy::upper_case_acronyms)]
        pub enum Format { $($name = $number),* }

        const TABLE: &[FormatRow] = &[$(FormatRow {
            format: Format::$name,
            name: stringify!($name),
            description: $description,
            bits: $bits,
            physical: $physical,
            encoding: Encoding::$encoding,
            byte_order: ByteOrder::$order,
        }),*];
    };
}

formats! {
    S8 = 0, 8 in 8, Signed, None, "Signed 8 bit";
    U8 = 1, 8 in 8, Unsigned, None, "Unsigned 8 bit";
    S16_LE = 2, 16 in 16, Signed, Little, "Signed 16 bit Little Endian";
    S16_BE = 3, 16 in 16, Signed, Big, "Signed 16 bit Big Endian";
    U16_LE = 4, 16 in 16, Unsigned, Little, "Unsigned 16 bit Little Endian";
    U16_BE = 5, 16 in 16, Unsigned, Big, "Unsigned 16 bit Big Endian";
    S24_LE = 6, 24 in 32, Signed, Little, "Signed 24 bit Little Endian";
    S24_BE = 7, 24 in 32, Signed, Big, "Signed 24 bit Big Endian";
    U24_LE = 8, 24 in 32, Unsigned, Little, "Unsigned 24 bit Little Endian";
    U24_BE = 9, 24 in 32, Unsigned, Big, "Unsigned 24 bit Big Endian";
    S32_LE = 10, 32 in 32, Signed, Little, "Signed 32 bit Little Endian";
    S32_BE = 11, 32 in 32, Signed, Big, "Signed 32 bit Big Endian";
    U32_LE = 12, 32 in 32, Unsigned, Little, "Unsigned 32 bit Little Endian";
    U32_BE = 13, 32 in 32, Unsigned, Big, "Unsigned 32 bit Big Endian";
    FLOAT_LE = 14, 32 in 32, Float, Little, "Float 32 bit Little Endian";
    FLOAT_BE = 15, 32 in 32, Float, Big, "Float 32 bit Big Endian";
    FLOAT64_LE = 16, 64 in 64, Float, Little, "Float 64 bit Little Endian";
    FLOAT64_BE = 17, 64 in 64, Float, Big, "Float 64 bit Big Endian";
    IEC958_SUBFRAME_LE = 18, 32 in 32, Opaque, Little, "IEC-958 Little Endian";
    IEC958_SUBFRAME_BE = 19, 32 in 32, Opaque, Big, "IEC-958 Big Endian";
    MU_LAW = 20, 8 in 8, MuLaw, None, "Mu-Law";
    A_LAW = 21, 8 in 8, ALaw, None, "A-Law";
    IMA_ADPCM = 22, 4 in 4, Opaque, None, "Ima-ADPCM";
    MPEG = 23, 0 in 0, Opaque, None, "MPEG";
    GSM = 24, 0 in 0, Opaque, None, "GSM";
    S20_LE = 25, 20 in 32, Signed, Little, "Signed 20 bit Little Endian in 4 bytes, LSB justified";
    S20_BE = 26, 20 in 32, Signed, Big, "Signed 20 bit Big Endian in 4 bytes, LSB justified";
    U20_LE = 27, 20 in 32, Unsigned, Little, "Unsigned 20 bit Little Endian in 4 bytes, LSB justified";
    U20_BE = 28, 20 in 32, Unsigned, Big, "Unsigned 20 bit Big Endian in 4 bytes, LSB justified";
    SPECIAL = 31, 0 in 0, Opaque, None, "Special";
    S24_3LE = 32, 24 in 24, Signed, Little, "Signed 24 bit Little Endian in 3bytes";
    S24_3BE = 33, 24 in 24, Signed, Big, "Signed 24 bit Big Endian in 3bytes";
    U24_3LE = 34, 24 in 24, Unsigned, Little, "Unsigned 24 bit Little Endian in 3bytes";
    U24_3BE = 35, 24 in 24, Unsigned, Big, "Unsigned 24 bit Big Endian in 3bytes";
    S20_3LE = 36, 20 in 24, Signed, Little, "Signed 20 bit Little Endian in 3bytes";
    S20_3BE = 37, 20 in 24, Signed, Big, "Signed 20 bit Big Endian in 3bytes";
    U20_3LE = 38, 20 in 24, Unsigned, Little, "Unsigned 20 bit Little Endian in 3bytes";
    U20_3BE = 39, 20 in 24, Unsigned, Big, "Unsigned 20 bit Big Endian in 3bytes";
    S18_3LE = 40, 18 in 24, Signed, Little, "Signed 18 bit Little Endian in 3bytes";
    S18_3BE = 41, 18 in 24, Signed, Big, "Signed 18 bit Big Endian in 3bytes";
    U18_3LE = 42, 18 in 24, Unsigned, Little, "Unsigned 18 bit Little Endian in 3bytes";
    U18_3BE = 43, 18 in 24, Unsigned, Big, "Unsigned 18 bit Big Endian in 3bytes";
    G723_24 = 44, 0 in 0, Opaque, None, "G.723 (ADPCM) 24 kbit/s, 8 samples in 3 bytes";
    G723_24_1B = 45, 0 in 0, Opaque, None, "G.723 (ADPCM) 24 kbit/s, 1 sample in 1 byte";
    G723_40 = 46, 0 in 0, Opaque, None, "G.723 (ADPCM) 40 kbit/s, 8 samples in 3 bytes";
    G723_40_1B = 47, 0 in 0, Opaque, None, "G.723 (ADPCM) 40 kbit/s, 1 sample in 1 byte";
    DSD_U8 = 48, 8 in 8, Dsd, None, "Direct Stream Digital, 1-byte (x8), oldest bit in MSB";
    DSD_U16_LE = 49, 16 in 16, Dsd, Little, "Direct Stream Digital, 2-byte (x16), little endian, oldest bits in MSB";
    DSD_U32_LE = 50, 32 in 32, Dsd, Little, "Direct Stream Digital, 4-byte (x32), little endian, oldest bits in MSB";
    DSD_U16_BE = 51, 16 in 16, Dsd, Big, "Direct Stream Digital, 2-byte (x16), big endian, oldest bits in MSB";
    DSD_U32_BE = 52, 32 in 32, Dsd, Big, "Direct Stream Digital, 4-byte (x32), big endian, oldest bits in MSB";
}

/// Names that alsa-lib accepts without a byte order.
const NATIVE_NAMES: &[&str] = &[
    "S16",
    "U16",
    "S24",
    "U24",
    "S32",
    "U32",
    "FLOAT",
    "FLOAT64",
    "IEC958_SUBFRAME",
    "S20",
    "U20",
];

/// The byte order of this machine in the names of formats.
const NATIVE_ORDER: &str = match cfg!(target_endian = "big") {
    true => "BE",
    false => "LE",
};

impl Format {
    /// All formats, in alsa-lib's order.
    pub fn all() -> impl Iterator<Item = Format> {
        TABLE.iter().map(|row| row.format)
    }

    /// The format with alsa-lib's number `number`, if there is one.
    pub fn from_number(number: i32) -> Option<Format> {
        Format::all().find(|format| format.number() == number)
    }

    /// The format that alsa-lib knows by `name`, in any case: its name, the name without a byte order for that of this
    /// machine (`S16`), or its description (`snd_pcm_format_value`).
    ///
    /// # Errors
    /// [`Kind::Usage`] with the most similar names.
    pub fn from_name(name: &str) -> Result<Format> {
        let wanted = name.to_ascii_uppercase();
        let native = match NATIVE_NAMES.contains(&wanted.as_str()) {
            true => format!("{wanted}_{NATIVE_ORDER}"),
            false => wanted.clone(),
        };
        let is_named =
            |row: &&FormatRow| row.name == native || row.description.eq_ignore_ascii_case(name);
        if let Some(row) = TABLE.iter().find(is_named) {
            return Ok(row.format);
        }
        let nearest = super::spelling::nearest(&wanted, TABLE.iter().map(|row| row.name));
        let error = Error::new(Kind::Usage, format!("unknown sample format '{name}'"));
        Err(error.with_advice(Advice::nearest(nearest)))
    }

    fn row(self) -> &'static FormatRow {
        // Enum and table come from the same macro, so there is always a row.
        TABLE
            .iter()
            .find(|row| row.format == self)
            .unwrap_or(&TABLE[0])
    }

    /// alsa-lib's number (`snd_pcm_format_t`).
    pub fn number(self) -> i32 {
        self as i32
    }

    /// alsa-lib's name (`S16_LE`).
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// alsa-lib's description (`Signed 16 bit Little Endian`).
    pub fn description(self) -> &'static str {
        self.row().description
    }

    /// Significant bits of a sample; 0 if not applicable.
    pub fn bits(self) -> u32 {
        self.row().bits
    }

    /// Bits a sample occupies in memory; 0 if not applicable.
    pub fn physical_bits(self) -> u32 {
        self.row().physical
    }

    /// How the bits are interpreted.
    pub fn encoding(self) -> Encoding {
        self.row().encoding
    }

    /// The codec name of uncompressed samples of this format.
    pub(crate) fn pcm_codec(self) -> &'static str {
        match self.encoding() {
            Encoding::ALaw => "A-law",
            Encoding::MuLaw => "µ-law",
            _ => "PCM",
        }
    }

    /// The order of the bytes of a sample.
    pub fn byte_order(self) -> ByteOrder {
        self.row().byte_order
    }

    /// Whether samples are numbers with a full scale, so that they can be converted: all but DSD, compressed formats
    /// and subframes.
    pub fn is_numeric(self) -> bool {
        !matches!(self.encoding(), Encoding::Dsd | Encoding::Opaque)
    }

    /// Whether every sample of `other` can be represented exactly, so that converting to this format is lossless.
    pub fn holds(self, other: Format) -> bool {
        use Encoding::{ALaw, Float, MuLaw, Signed, Unsigned};
        let (from, to) = (other.row(), self.row());
        match (from.encoding, to.encoding) {
            (Signed | Unsigned, Signed | Unsigned) | (Float, Float) => to.bits >= from.bits,
            // G.711 decodes to 16-bit samples. A float holds integers of as many bits as its significand plus sign.
            (MuLaw | ALaw, Signed | Unsigned) => to.bits >= 16,
            (Signed | Unsigned, Float) => to.bits == 64 || from.bits <= 25,
            (MuLaw | ALaw, Float) => true,
            (one, another) => one == another && from.format == to.format,
        }
    }

    /// A silent sample in memory order; only the first `physical_bits / 8` bytes are meaningful
    /// (`snd_pcm_format_silence_64`).
    pub fn silence(self) -> [u8; 8] {
        let row = self.row();
        match row.encoding {
            Encoding::Signed | Encoding::Float | Encoding::Opaque => [0; 8],
            Encoding::MuLaw => [0x7f; 8],
            Encoding::ALaw => [0x55; 8],
            Encoding::Dsd => [0x69; 8],
            Encoding::Unsigned => {
                let middle = 1u64 << (row.bits - 1);
                match row.byte_order {
                    ByteOrder::Big => (middle << (64 - row.physical)).to_be_bytes(),
                    _ => middle.to_le_bytes(),
                }
            }
        }
    }
}

impl Format {
    /// Fills `bytes` with silence. `bytes` may start inside a sample, `offset` bytes after the start of one.
    pub(crate) fn fill_silence(self, bytes: &mut [u8], offset: usize) {
        let sample = self.silence();
        // Formats of less than a byte repeat one byte.
        let size = (self.physical_bits() as usize / 8).max(1);
        if sample[..size].iter().all(|byte| *byte == sample[0]) {
            return bytes.fill(sample[0]);
        }
        for (at, byte) in bytes.iter_mut().enumerate() {
            *byte = sample[(offset + at) % size];
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Serialize for Format {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// As its name: one of alsa-lib's.
impl JsonSchema for Format {
    fn schema_name() -> Cow<'static, str> {
        "Format".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let names: Vec<&str> = Format::all().map(Format::name).collect();
        json_schema!({"description": "A sample format, by alsa-lib's name.", "type": "string", "enum": names})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_agrees_with_alsa_lib() {
        for format in Format::all() {
            let theirs = crate::audio::ffi::format_facts(format.number());
            assert_eq!(theirs.name.as_deref(), Some(format.name()));
            assert_eq!(
                theirs.description.as_deref(),
                Some(format.description()),
                "{format}"
            );
            assert_eq!(theirs.bits.unwrap_or(0), format.bits(), "{format}");
            assert_eq!(
                theirs.physical_bits.unwrap_or(0),
                format.physical_bits(),
                "{format}"
            );
            if format.physical_bits() >= 8 && format.encoding() != Encoding::Opaque {
                let bytes = format.physical_bits() as usize / 8;
                assert_eq!(
                    theirs.silence[..bytes],
                    format.silence()[..bytes],
                    "{format}"
                );
            }
        }
    }

    #[test]
    fn lossless_conversions_are_known() {
        use Format::*;
        for (holder, held) in [
            (S16_LE, U8),
            (S16_BE, U16_LE),
            (S24_3LE, S24_LE),
            (FLOAT_LE, S24_LE),
            (FLOAT64_BE, S32_LE),
            (FLOAT64_LE, FLOAT_LE),
            (S16_LE, MU_LAW),
            (A_LAW, A_LAW),
            (DSD_U8, DSD_U8),
        ] {
            assert!(holder.holds(held), "{holder} {held}");
        }
        for (holder, held) in [
            (S16_LE, S18_3LE),
            (FLOAT_LE, S32_LE),
            (FLOAT_LE, FLOAT64_LE),
            (S32_LE, FLOAT_LE),
            (A_LAW, MU_LAW),
            (MU_LAW, U8),
            (S32_LE, DSD_U8),
            (DSD_U16_LE, DSD_U8),
        ] {
            assert!(!holder.holds(held), "{holder} {held}");
        }
    }

    #[test]
    fn an_unknown_number_is_none() {
        for number in [-1, 29, 30, 53, 99] {
            assert_eq!(Format::from_number(number), None);
        }
    }

    #[test]
    fn an_unknown_name_gets_similar_ones() {
        let error = Format::from_name("s16le").unwrap_err();
        assert_eq!(error.kind(), Kind::Usage);
        assert!(
            matches!(error.advice(), [Advice::Nearest(names)] if names.contains(&"S16_LE".to_owned()))
        );
        assert_eq!(Format::from_name("float_le").unwrap(), Format::FLOAT_LE);
    }

    #[test]
    #[cfg(target_endian = "little")]
    fn a_format_has_the_names_that_alsa_lib_accepts() {
        for (name, format) in [
            ("S16", Format::S16_LE),
            ("float", Format::FLOAT_LE),
            ("Signed 16 bit Big Endian", Format::S16_BE),
        ] {
            assert_eq!(Format::from_name(name).unwrap(), format);
        }
        assert!(Format::from_name("S24_3").is_err());
    }
}
