//! What a track of sound consists of: the first entry of its `stsd`.

use super::super::aac::AacConfig;
use super::boxes::{boxes, find, number};
use crate::audio::channel_map::ChannelMap;
use crate::audio::file::channel_layout;
use crate::audio::spec::MAX_CHANNELS;
use crate::audio::spelling::count;
use symphonia::core::audio::Channels;
use symphonia::core::codecs::audio::well_known::*;
use symphonia::core::codecs::audio::{AudioCodecId, AudioCodecParameters};

/// A description of coded sound.
#[derive(Clone, Debug)]
pub(super) struct SampleEntry {
    /// The parameters of its decoder; `Err` is the name of a codec that is not decoded here.
    pub(super) params: Result<AudioCodecParameters, String>,
    pub(super) rate: u32,
    /// Bytes of a frame of uncompressed samples; `None` if samples are packets.
    pub(super) frame_bytes: Option<u32>,
    pub(super) is_aac: bool,
    /// The positions of the channels of uncompressed samples.
    pub(super) channel_map: Option<ChannelMap>,
}

/// Uncompressed samples by their code and bits. QuickTime has `raw ` unsigned and `twos` big-endian.
#[rustfmt::skip]
const PCM: &[(&[u8; 4], u32, AudioCodecId)] = &[
    (b"raw ", 8, CODEC_ID_PCM_U8), (b"twos", 8, CODEC_ID_PCM_S8), (b"sowt", 8, CODEC_ID_PCM_S8),
    (b"twos", 16, CODEC_ID_PCM_S16BE), (b"sowt", 16, CODEC_ID_PCM_S16LE), (b"raw ", 16, CODEC_ID_PCM_S16BE),
    (b"twos", 24, CODEC_ID_PCM_S24BE), (b"sowt", 24, CODEC_ID_PCM_S24LE), (b"twos", 32, CODEC_ID_PCM_S32BE),
    (b"sowt", 32, CODEC_ID_PCM_S32LE), (b"in24", 24, CODEC_ID_PCM_S24BE), (b"in32", 32, CODEC_ID_PCM_S32BE),
    (b"fl32", 32, CODEC_ID_PCM_F32BE), (b"fl64", 64, CODEC_ID_PCM_F64BE), (b"alaw", 8, CODEC_ID_PCM_ALAW),
    (b"ulaw", 8, CODEC_ID_PCM_MULAW), (UNSIGNED, 8, CODEC_ID_PCM_U8), (UNSIGNED, 16, CODEC_ID_PCM_U16BE),
    (UNSIGNED, 24, CODEC_ID_PCM_U24BE), (UNSIGNED, 32, CODEC_ID_PCM_U32BE),
];

/// Stands for samples of `lpcm` whose flags say that they are unsigned integers.
const UNSIGNED: &[u8; 4] = b"uint";

/// The same samples with their least significant byte first.
const LITTLE: &[(AudioCodecId, AudioCodecId)] = &[
    (CODEC_ID_PCM_U16BE, CODEC_ID_PCM_U16LE),
    (CODEC_ID_PCM_U24BE, CODEC_ID_PCM_U24LE),
    (CODEC_ID_PCM_U32BE, CODEC_ID_PCM_U32LE),
    (CODEC_ID_PCM_S24BE, CODEC_ID_PCM_S24LE),
    (CODEC_ID_PCM_S32BE, CODEC_ID_PCM_S32LE),
    (CODEC_ID_PCM_F32BE, CODEC_ID_PCM_F32LE),
    (CODEC_ID_PCM_F64BE, CODEC_ID_PCM_F64LE),
];

/// Codes that are not decoded here, for messages.
const OTHERS: &[(&[u8; 4], &str)] = &[
    (b"ac-3", "AC-3"),
    (b"ec-3", "E-AC-3"),
    (b"ac-4", "AC-4"),
    (b"dtsc", "DTS"),
    (b"dtsh", "DTS"),
    (b"dtsl", "DTS"),
    (b"dtse", "DTS"),
    (b"samr", "AMR-NB"),
    (b"sawb", "AMR-WB"),
    (b"sqcp", "QCELP"),
    (b"ima4", "IMA ADPCM"),
    (b"agsm", "GSM 6.10"),
    (b"MAC3", "MACE 3:1"),
    (b"MAC6", "MACE 6:1"),
    (b"QDM2", "QDesign Music 2"),
    (b"QDMC", "QDesign Music"),
    (b"mlpa", "TrueHD"),
    (b"enca", "encrypted sound"),
    (b"drms", "encrypted sound"),
    (b"ms\0\x02", "Microsoft ADPCM"),
    (b"ms\0\x11", "IMA ADPCM"),
    (b"Qclp", "QCELP"),
    (b"spex", "Speex"),
    (b"mha1", "MPEG-H"),
    (b"mhm1", "MPEG-H"),
    (b"wma ", "WMA"),
];

/// The fields before the first box of an entry, in versions 0, 1 and 2.
struct EntryFields {
    code: [u8; 4],
    rate: u32,
    channels: u32,
    bits: u32,
    /// Core Audio's description of the samples, if the version is 2.
    flags: u64,
    /// Bytes of a frame, if the version is 2.
    frame_bytes: u32,
}

/// Bits of Core Audio's description of samples.
const IS_FLOAT: u64 = 1;
const IS_BIG_ENDIAN: u64 = 2;
const IS_SIGNED: u64 = 4;
const IS_LEFT_JUSTIFIED: u64 = 16;

impl SampleEntry {
    /// Parses the content of `stsd`.
    pub(super) fn parse(stsd: &[u8]) -> Option<SampleEntry> {
        let (code, entry) = boxes(stsd.get(8..)?).next()?;
        let version = number::<2>(entry, 8)?;
        let mut fields = EntryFields {
            code,
            rate: (number::<4>(entry, 24)? >> 16) as u32,
            channels: number::<2>(entry, 16)? as u32,
            bits: number::<2>(entry, 18)? as u32,
            flags: 0,
            frame_bytes: 0,
        };
        let start = match version {
            1 => 28 + 16,
            2 => {
                fields.rate = f64::from_bits(number::<8>(entry, 32)?) as u32;
                fields.channels = number::<4>(entry, 40)? as u32;
                fields.bits = number::<4>(entry, 48)? as u32;
                fields.flags = number::<4>(entry, 52)?;
                fields.frame_bytes = number::<4>(entry, 56)? as u32;
                64
            }
            _ => 28,
        };
        Some(fields.entry(entry.get(start..).unwrap_or_default()))
    }
}

impl EntryFields {
    fn entry(&self, inner: &[u8]) -> SampleEntry {
        let mut entry = SampleEntry {
            params: Err(String::new()),
            rate: self.rate,
            frame_bytes: None,
            is_aac: false,
            channel_map: None,
        };
        // QuickTime puts the boxes into another one.
        let wave = find(inner, &[b"wave"]);
        let inside = |kind: &[u8; 4]| {
            find(inner, &[kind]).or_else(|| wave.and_then(|wave| find(wave, &[kind])))
        };
        entry.params = match &self.code {
            b"mp4a" => self.described(inside(b"esds"), &mut entry),
            b".mp3" | b"ms\0\x55" => Ok(self.params(CODEC_ID_MP3, None)),
            b"alac" => alac(inside(b"alac"), self, &mut entry.rate),
            b"fLaC" => match inside(b"dfLa").and_then(|content| content.get(8..)) {
                Some(info) => {
                    entry.rate =
                        number::<3>(info, 10).map_or(entry.rate, |packed| (packed >> 4) as u32);
                    Ok(self.params(CODEC_ID_FLAC, Some(info)))
                }
                None => Err("FLAC without a header".to_owned()),
            },
            b"Opus" => {
                entry.rate = 48_000;
                let head = inside(b"dOps").and_then(opus_head);
                head.map(|head| self.params(CODEC_ID_OPUS, Some(&head)))
                    .ok_or_else(|| "Opus without a header".to_owned())
            }
            _ => {
                let layout = inside(b"chan").and_then(|content| content.get(4..));
                entry.channel_map =
                    layout.and_then(|layout| channel_layout::parse(layout, self.channels));
                self.uncompressed(inside(b"enda"), &mut entry)
            }
        };
        entry
    }

    fn params(&self, codec: AudioCodecId, extra: Option<&[u8]>) -> AudioCodecParameters {
        let mut params = AudioCodecParameters::new();
        params.codec = codec;
        params.sample_rate = Some(self.rate);
        params.channels = Some(Channels::Discrete(self.channels as u16));
        params.extra_data = extra.map(Into::into);
        params
    }

    fn uncompressed(
        &self,
        enda: Option<&[u8]>,
        entry: &mut SampleEntry,
    ) -> Result<AudioCodecParameters, String> {
        let has = |flag: u64| self.flags & flag != 0;
        let is_big = has(IS_BIG_ENDIAN);
        let stored_bits = self.lpcm_bits()?;
        let (code, is_little) = match (&self.code, stored_bits) {
            (b"lpcm", 32) if has(IS_FLOAT) => (*b"fl32", !is_big),
            (b"lpcm", 64) if has(IS_FLOAT) => (*b"fl64", !is_big),
            (b"lpcm", _) if !has(IS_SIGNED) => (*UNSIGNED, !is_big),
            (b"lpcm", _) if is_big => (*b"twos", false),
            (b"lpcm", _) => (*b"sowt", false),
            (code @ (b"in24" | b"in32" | b"fl32" | b"fl64"), _) => (
                *code,
                enda.and_then(|content| number::<2>(content, 0)) == Some(1),
            ),
            (code, _) => (*code, false),
        };
        // Versions 0 and 1 always say 16.
        let bits = match &code {
            b"in24" => 24,
            b"in32" | b"fl32" => 32,
            b"fl64" => 64,
            b"alaw" | b"ulaw" => 8,
            _ => stored_bits,
        };
        let row = PCM
            .iter()
            .find(|(known, size, _)| **known == code && *size == bits);
        let Some((_, _, codec)) = row.filter(|_| (1..=MAX_CHANNELS).contains(&self.channels))
        else {
            let known = OTHERS.iter().find(|(known, _)| **known == self.code);
            let name = known.map(|(_, name)| (*name).to_owned());
            return Err(name.unwrap_or_else(|| format!("codec '{}'", self.code.escape_ascii())));
        };
        let swapped = LITTLE
            .iter()
            .find(|(big, _)| big == codec)
            .filter(|_| is_little);
        let mut params = self.params(swapped.map_or(*codec, |(_, little)| *little), None);
        let decoded_bits = match &code {
            b"alaw" | b"ulaw" => 16,
            _ => bits,
        };
        params.bits_per_sample = Some(decoded_bits);
        params.bits_per_coded_sample = Some(decoded_bits);
        params.max_frames_per_packet = Some(super::samples::MAX_PCM_FRAMES);
        entry.frame_bytes = Some(bits / 8 * self.channels);
        Ok(params)
    }

    /// Bits of a sample as it is stored. Those of fewer bits that are left-justified have the value of all bits.
    ///
    /// # Errors
    /// What the samples are, if they are right-justified.
    fn lpcm_bits(&self) -> Result<u32, String> {
        let bytes = self.frame_bytes / self.channels.max(1);
        let is_padded = &self.code == b"lpcm" && bytes <= 8 && self.bits < bytes * 8;
        match is_padded {
            true if self.flags & IS_LEFT_JUSTIFIED == 0 => {
                let (bits, bytes) = (count(self.bits, "bit"), count(bytes, "byte"));
                Err(format!("samples of {bits} in {bytes}"))
            }
            true => Ok(bytes * 8),
            false => Ok(self.bits),
        }
    }

    /// The content of the elementary stream descriptor.
    fn described(
        &self,
        esds: Option<&[u8]>,
        entry: &mut SampleEntry,
    ) -> Result<AudioCodecParameters, String> {
        let Some((kind, specific)) = esds.and_then(|content| descriptor(content.get(4..)?)) else {
            return Err("MPEG-4 audio without a description".to_owned());
        };
        match kind {
            0x40 | 0x66..=0x68 => self.aac(specific, entry),
            0x69 | 0x6b => Ok(self.params(CODEC_ID_MP3, None)),
            0xa5 => Err("AC-3".to_owned()),
            0xa6 => Err("E-AC-3".to_owned()),
            0xa9 | 0xac => Err("DTS".to_owned()),
            0xdd => Err("Vorbis in MPEG-4".to_owned()),
            0xe1 => Err("QCELP".to_owned()),
            kind => Err(format!("MPEG-4 audio of kind {kind:#04x}")),
        }
    }

    fn aac(
        &self,
        specific: &[u8],
        entry: &mut SampleEntry,
    ) -> Result<AudioCodecParameters, String> {
        let Some(config) = AacConfig::parse(specific) else {
            return Err("AAC without a description".to_owned());
        };
        if let Some(obstacle) = config.obstacle() {
            return Err(obstacle);
        }
        entry.rate = config.rate;
        entry.is_aac = true;
        let shortened = config.to_bytes();
        let extra = shortened.as_ref().map_or(specific, |bytes| &bytes[..]);
        let mut params = self.params(CODEC_ID_AAC, Some(extra));
        params.sample_rate = Some(config.rate);
        params.channels = Some(Channels::Discrete(config.channels as u16));
        Ok(params)
    }
}

/// The kind of a stream and its specific description, from descriptors in descriptors: a tag, a length of seven bits in
/// each byte, a content.
fn descriptor(bytes: &[u8]) -> Option<(u8, &[u8])> {
    let stream = content(bytes, 3)?;
    let flags = *stream.get(2)?;
    let mut at = 3;
    at += if flags & 0x80 != 0 { 2 } else { 0 };
    at += if flags & 0x40 != 0 {
        1 + usize::from(*stream.get(at)?)
    } else {
        0
    };
    at += if flags & 0x20 != 0 { 2 } else { 0 };
    let config = content(stream.get(at..)?, 4)?;
    let specific = config.get(13..).and_then(|rest| content(rest, 5));
    Some((*config.first()?, specific.unwrap_or_default()))
}

fn content(bytes: &[u8], tag: u8) -> Option<&[u8]> {
    let (first, mut rest) = bytes.split_first()?;
    let mut length = 0;
    for _ in 0..4 {
        let (byte, after) = rest.split_first()?;
        rest = after;
        length = length << 7 | usize::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            break;
        }
    }
    (*first == tag).then_some(&rest[..length.min(rest.len())])
}

fn alac(
    content: Option<&[u8]>,
    fields: &EntryFields,
    rate: &mut u32,
) -> Result<AudioCodecParameters, String> {
    let Some(cookie) = content.and_then(|content| content.get(4..)) else {
        return Err("ALAC without a description".to_owned());
    };
    *rate = number::<4>(cookie, 20).map_or(*rate, |rate| rate as u32);
    let mut params = fields.params(CODEC_ID_ALAC, Some(cookie));
    params.sample_rate = Some(*rate);
    Ok(params)
}

/// The header of Opus as Ogg has it: `dOps` has the same fields in the other byte order.
fn opus_head(content: &[u8]) -> Option<Vec<u8>> {
    let mut head = [&b"OpusHead\x01"[..], content.get(1..2)?].concat();
    head.extend((number::<2>(content, 2)? as u16).to_le_bytes());
    head.extend((number::<4>(content, 4)? as u32).to_le_bytes());
    head.extend((number::<2>(content, 8)? as u16).to_le_bytes());
    head.extend(content.get(10..)?);
    Some(head)
}
