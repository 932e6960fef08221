//! AIFF and AIFF-C with uncompressed samples.
//!
//! symphonia 0.6.1 refuses a `COMM` chunk that is longer than its fields (Logic writes one) and tag chunks of a wrong
//! size, and reads the same file differently from a pipe. Other codecs go to ffmpeg.

use super::channel_layout;
use super::errors::{corrupt, longer_than_declared, unsupported_codec};
use super::fields::{check_channels_and_rate, decode_text as text};
use super::id3;
use super::input::Input;
use super::options::ReadOptions;
use super::pcm_reader::{DataLength, PcmReader};
use crate::audio::advice::FileAdvice;
use crate::audio::channel_map::ChannelMap;
use crate::audio::error::{Error, Result};
use crate::audio::format::Format;
use crate::audio::metadata::{Cue, Metadata};
use crate::audio::spec::Spec;
use crate::audio::stream::Source;

/// Bytes of the form: `FORM`, its length, and `AIFF` or `AIFC`.
const FORM_BYTES: u64 = 12;

/// How many chunks are read.
const MAX_CHUNKS: usize = 4096;

/// How many bytes of a chunk's content are read.
const MAX_CHUNK_BYTES: usize = 4 << 20;

/// How many bytes of a pipe are held in memory to find the description of its sound, which may follow the sound.
const MAX_HELD_BYTES: usize = 64 << 20;

/// The format of samples, by the compression type of AIFF-C and the bytes of a sample.
#[rustfmt::skip]
const CODES: &[(&[u8; 4], u32, Format)] = &[
    (b"NONE", 1, Format::S8), (b"NONE", 2, Format::S16_BE), (b"NONE", 3, Format::S24_3BE), (b"NONE", 4, Format::S32_BE),
    (b"twos", 1, Format::S8), (b"twos", 2, Format::S16_BE), (b"twos", 3, Format::S24_3BE), (b"twos", 4, Format::S32_BE),
    (b"sowt", 1, Format::S8), (b"sowt", 2, Format::S16_LE), (b"sowt", 3, Format::S24_3LE), (b"sowt", 4, Format::S32_LE),
    (b"raw ", 1, Format::U8), (b"in24", 3, Format::S24_3BE), (b"in32", 4, Format::S32_BE), (b"42ni", 3, Format::S24_3LE),
    (b"23ni", 4, Format::S32_LE), (b"fl32", 4, Format::FLOAT_BE), (b"FL32", 4, Format::FLOAT_BE),
    (b"fl64", 8, Format::FLOAT64_BE), (b"FL64", 8, Format::FLOAT64_BE),
    (b"alaw", 1, Format::A_LAW), (b"ALAW", 1, Format::A_LAW), (b"ulaw", 1, Format::MU_LAW), (b"ULAW", 1, Format::MU_LAW),
];

/// Other compression types, for messages.
const OTHERS: &[(&[u8; 4], &str)] = &[
    (b"ima4", "IMA ADPCM"),
    (b"MAC3", "MACE 3:1"),
    (b"MAC6", "MACE 6:1"),
    (b"GSM ", "GSM 6.10"),
    (b"agsm", "GSM 6.10"),
    (b"QDMC", "QDesign Music"),
    (b"QDM2", "QDesign Music 2"),
    (b"G722", "G.722 ADPCM"),
    (b"G726", "G.726 ADPCM"),
    (b"ADP4", "ADPCM"),
    (b"SDX2", "SDX2"),
    (b"ms\0\x02", "Microsoft ADPCM"),
];

/// Chunks without text that may follow the sound.
const OTHER_CHUNKS: &[&[u8; 4]] = &[
    b"COMM", b"FVER", b"CHAN", b"COMT", b"MARK", b"INST", b"MIDI", b"AESD", b"APPL", b"ID3 ",
];

/// The tags that are chunks of text.
const TEXTS: &[(&[u8; 4], &str)] = &[
    (b"NAME", "title"),
    (b"AUTH", "artist"),
    (b"(c) ", "copyright"),
    (b"ANNO", "comment"),
];

/// Opens an AIFF. It describes itself, so the options are ignored.
pub(super) fn open(mut input: Input, _: &ReadOptions) -> Result<Box<dyn Source>> {
    let header = find_sound(&mut input)?;
    let common = match header.common {
        Some(common) => common,
        None => return Err(broken(&input, "it has no 'COMM' chunk")),
    };
    let (spec, frames) = match common {
        CommonChunk::Pcm { spec, frames } => (spec, frames),
        CommonChunk::Other(codec) => {
            return Err(Error::invalid(
                input.name(),
                unsupported_codec("AIFF-C", codec),
            ));
        }
    };
    let metadata = metadata(&mut input)?;
    let channel_map = channel_map(&mut input, spec.channels)?;
    consume(&mut input, header.sound)?;
    let rest = input.remaining();
    let is_known = |bytes: &u64| !is_placeholder(*bytes, rest, spec.frame_bytes() as u64);
    let declared = Some(spec.bytes(frames.into())).filter(is_known);
    let stored = Some(header.size).filter(is_known);
    let length = match (stored, declared, rest) {
        (Some(stored), Some(declared), _) => DataLength::Declared(stored.min(declared)),
        (Some(bytes), None, _) | (None, Some(bytes), _) => DataLength::Declared(bytes),
        (None, None, _) if frames == 0 && starts_chunk(input.peek(4)?) => DataLength::Declared(0),
        (None, None, Some(rest)) => DataLength::Derived(rest),
        (None, None, None) => DataLength::Unknown,
    };
    let warning = stored.zip(declared).and_then(|(stored, declared)| {
        let more = stored.saturating_sub(declared);
        // A single byte may be padding, too.
        let is_padding = more < u64::from(header.block_bytes.max(2));
        (spec.frames_in(more) > 0 && !is_padding).then(|| {
            let [declared, found] = [declared, stored].map(|bytes| spec.frames_in(bytes));
            longer_than_declared(input.name(), declared, found)
        })
    });
    Ok(Box::new(
        PcmReader::new(input, spec, length)
            .with_declared_bytes(declared)
            .with_warning(warning)
            .with_metadata(metadata)
            .with_channel_map(channel_map),
    ))
}

/// Where the `SSND` chunk of an AIFF ends, whatever its codec is. Consumes `input` up to its first sample.
///
/// # Errors
/// If reading fails, or if it has no samples.
pub(super) fn find_data(input: &mut Input) -> Result<DataLength> {
    /// Greater than any frame or block.
    const MAX_BLOCK_BYTES: u64 = 256;
    let header = find_sound(input)?;
    consume(input, header.sound)?;
    let is_known = !is_placeholder(header.size, input.remaining(), MAX_BLOCK_BYTES);
    Ok(match is_known {
        true => DataLength::Declared(header.size),
        false => DataLength::Unknown,
    })
}

/// What precedes the sound.
struct AiffHeader {
    common: Option<CommonChunk>,
    /// Position of the first sample.
    sound: u64,
    /// Bytes of samples in the `SSND` chunk.
    size: u64,
    /// What those bytes are padded to a multiple of, if not 0.
    block_bytes: u32,
}

/// The content of `COMM`.
enum CommonChunk {
    Pcm {
        spec: Spec,
        frames: u32,
    },
    /// Samples that are not PCM, and what they are.
    Other(String),
}

/// Whether `bytes` of samples stand for an unknown length, in a file that has `rest` bytes of them at most. Streams say
/// 0, or the largest possible length.
fn is_placeholder(bytes: u64, rest: Option<u64>, frame_bytes: u64) -> bool {
    /// SoX rounds it down to whole frames.
    const SOX: u64 = 0x7f00_0000;
    let is_sox = (SOX - frame_bytes..=SOX).contains(&bytes);
    let is_longest = bytes >= 0x7fff_0000 && rest.is_none_or(|rest| bytes > rest);
    bytes == 0 || is_sox || is_longest
}

/// Whether a chunk follows a sound of no frames. Otherwise, those are the frames of a stream.
fn starts_chunk(next: &[u8]) -> bool {
    let texts = TEXTS.iter().map(|(id, _)| id);
    OTHER_CHUNKS.iter().chain(texts).any(|id| next == *id)
}

/// Looks for the sound. Nothing is consumed: what precedes the sound of a pipe is only peeked at.
fn find_sound(input: &mut Input) -> Result<AiffHeader> {
    let is_compressed = input.peek(FORM_BYTES as usize)?.get(8..12) == Some(b"AIFC");
    let mut common = None;
    let mut sound = None;
    let mut at = FORM_BYTES;
    for _ in 0..MAX_CHUNKS {
        let Some((id, size)) = chunk_at(input, at)? else {
            break;
        };
        let content = at + 8;
        match &id {
            b"COMM" => common = Some(parse_common(input, content, size, is_compressed)?),
            b"SSND" if sound.is_none() => {
                let fields = bytes_at(input, content, 8)?;
                let offset = number(&fields, 0).unwrap_or(0);
                let block_bytes = number(&fields, 4).unwrap_or(0);
                let before = 8 + u64::from(offset);
                sound = Some((
                    content + before,
                    u64::from(size).saturating_sub(before),
                    block_bytes,
                ));
            }
            _ => {}
        }
        if common.is_some() && sound.is_some() {
            break;
        }
        at = content + u64::from(size) + u64::from(size % 2);
        if input.size().is_none() && sound.is_some() && at > MAX_HELD_BYTES as u64 {
            return Err(too_large_for_a_pipe(input));
        }
    }
    match sound {
        Some((sound, size, block_bytes)) => Ok(AiffHeader {
            common,
            sound,
            size,
            block_bytes,
        }),
        None => Err(broken(
            input,
            "it ends before its 'SSND' chunk, so it holds no sound",
        )),
    }
}

fn too_large_for_a_pipe(input: &Input) -> Error {
    let limit = MAX_HELD_BYTES >> 20;
    let why =
        format!("has its 'COMM' chunk after more than {limit} MiB of sound, too late for a pipe");
    Error::invalid(input.name(), why).with_advice(FileAdvice::AvoidPipe)
}

fn parse_common(input: &mut Input, at: u64, size: u32, is_compressed: bool) -> Result<CommonChunk> {
    let bytes = bytes_at(input, at, size.min(64) as usize)?;
    let (Some(channels), Some(frames), Some(bits), Some(rate)) = (
        number16(&bytes, 0),
        number(&bytes, 2),
        number16(&bytes, 6),
        bytes.get(8..18).and_then(extended),
    ) else {
        return Err(broken(input, "its 'COMM' chunk is too short"));
    };
    let code = match bytes.get(18..22).and_then(|code| code.first_chunk()) {
        Some(code) if is_compressed => *code,
        _ => *b"NONE",
    };
    let invalid = |why| Error::invalid(input.name(), why);
    let (channels, rate) =
        check_channels_and_rate(channels.into(), rate.round() as u32).map_err(invalid)?;
    let Some(format) = format_of(&code, bits) else {
        return Ok(CommonChunk::Other(codec_of(&code)));
    };
    let spec = Spec::new(format, rate, channels);
    let spec = spec.map_err(|error| broken(input, error))?;
    Ok(CommonChunk::Pcm { spec, frames })
}

/// Samples of fewer bits than their bytes have are left-justified.
fn format_of(code: &[u8; 4], bits: u16) -> Option<Format> {
    let bytes = match code {
        b"fl32" | b"FL32" => 4,
        b"fl64" | b"FL64" => 8,
        b"alaw" | b"ALAW" | b"ulaw" | b"ULAW" => 1,
        _ => u32::from(bits).div_ceil(8),
    };
    let row = CODES
        .iter()
        .find(|(known, size, _)| *known == code && *size == bytes);
    row.map(|(_, _, format)| *format)
}

fn codec_of(code: &[u8; 4]) -> String {
    let known = OTHERS.iter().find(|(known, _)| *known == code);
    known.map_or_else(
        || format!("codec '{}'", code.escape_ascii()),
        |(_, name)| (*name).to_owned(),
    )
}

/// An 80-bit floating point number: sign, exponent of 15 bits, mantissa of 64 bits without a hidden one.
fn extended(bytes: &[u8]) -> Option<f64> {
    let exponent = i32::from(u16::from_be_bytes(*bytes.first_chunk()?) & 0x7fff) - 16_383 - 63;
    let mantissa = u64::from_be_bytes(*bytes.get(2..)?.first_chunk()?);
    Some(mantissa as f64 * 2_f64.powi(exponent))
}

/// Tags and markers. Damaged ones are left out.
fn metadata(input: &mut Input) -> Result<Metadata> {
    let mut metadata = Metadata::default();
    let is_wanted = |id: &[u8; 4]| {
        TEXTS.iter().any(|(known, _)| *known == id) || matches!(id, b"ID3 " | b"id3 " | b"MARK")
    };
    for_each_chunk(input, is_wanted, |id, content| {
        let is_text = TEXTS.iter().find(|(known, _)| *known == id);
        match is_text {
            Some((_, name)) => metadata.tags.add(name, &text(content)),
            None if id == b"MARK" => metadata.cues = markers(content),
            None => metadata.add_missing(&mut id3::parse(content)),
        }
    })?;
    Ok(metadata)
}

/// The positions of the channels, if a chunk has them.
fn channel_map(input: &mut Input, channels: u32) -> Result<Option<ChannelMap>> {
    let mut map = None;
    for_each_chunk(
        input,
        |id| id == b"CHAN",
        |_, content| map = channel_layout::parse(content, channels),
    )?;
    Ok(map)
}

/// Calls `see` with the content of each chunk that is wanted. Of a pipe, only chunks before the sound are read.
fn for_each_chunk(
    input: &mut Input,
    is_wanted: impl Fn(&[u8; 4]) -> bool,
    mut see: impl FnMut(&[u8; 4], &[u8]),
) -> Result<()> {
    let mut at = FORM_BYTES;
    for _ in 0..MAX_CHUNKS {
        let Some((id, size)) = chunk_at(input, at)? else {
            break;
        };
        if &id == b"SSND" && input.size().is_none() {
            break;
        }
        if is_wanted(&id) {
            let content = bytes_at(input, at + 8, (size as usize).min(MAX_CHUNK_BYTES))?;
            see(&id, &content);
        }
        at += 8 + u64::from(size) + u64::from(size % 2);
    }
    Ok(())
}

/// Markers: an id, a position, and a name after its length.
fn markers(bytes: &[u8]) -> Vec<Cue> {
    let mut cues = Vec::new();
    let mut rest = bytes.get(2..).unwrap_or_default();
    while let (Some(frame), Some(length)) = (number(rest, 2), rest.get(6)) {
        let length = usize::from(*length);
        let label = rest
            .get(7..7 + length)
            .map(text)
            .filter(|label| !label.is_empty());
        cues.push(Cue {
            frame: frame.into(),
            label,
        });
        rest = rest
            .get(6 + (1 + length).next_multiple_of(2)..)
            .unwrap_or_default();
    }
    cues
}

/// The id and the length of the chunk at `at`.
fn chunk_at(input: &mut Input, at: u64) -> Result<Option<([u8; 4], u32)>> {
    let bytes = bytes_at(input, at, 8)?;
    let id = bytes.first_chunk().copied();
    Ok(id.zip(number(&bytes, 4)))
}

/// The `count` bytes at `at`, fewer at the end. Nothing is consumed.
fn bytes_at(input: &mut Input, at: u64, count: usize) -> Result<Vec<u8>> {
    if input.size().is_some() {
        let mut bytes = vec![0; count];
        let got = input.read_at(at, &mut bytes)?;
        bytes.truncate(got);
        return Ok(bytes);
    }
    let start = usize::try_from(at).unwrap_or(usize::MAX);
    if start > MAX_HELD_BYTES {
        return Ok(Vec::new());
    }
    let bytes = input.peek(start + count)?;
    Ok(bytes.get(start..).unwrap_or_default().to_vec())
}

fn consume(input: &mut Input, count: u64) -> Result<()> {
    if input.skip(count)? < count {
        return Err(broken(input, "it ends before any sound"));
    }
    Ok(())
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn number16(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn broken(input: &Input, why: impl std::fmt::Display) -> Error {
    corrupt(input.name(), why)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{piped, regular};
    use super::*;
    use crate::audio::stream::testing::drain;

    fn chunk(id: &[u8; 4], content: &[u8]) -> Vec<u8> {
        let mut bytes = [id, &(content.len() as u32).to_be_bytes()[..], content].concat();
        bytes.resize(bytes.len().next_multiple_of(2), 0);
        bytes
    }

    /// Stereo of 16 bits at 44.1 kHz.
    fn common(frames: u32, more: &[u8]) -> Vec<u8> {
        let rate = [0x40, 0x0e, 0xac, 0x44, 0, 0, 0, 0, 0, 0];
        chunk(
            b"COMM",
            &[&[0, 2][..], &frames.to_be_bytes(), &[0, 16], &rate, more].concat(),
        )
    }

    fn sound(offset: u32) -> Vec<u8> {
        let skipped = vec![0x55; offset as usize];
        chunk(
            b"SSND",
            &[&offset.to_be_bytes()[..], &[0; 4], &skipped, b"abcdefgh"].concat(),
        )
    }

    fn form(kind: &[u8; 4], chunks: &[Vec<u8>]) -> Vec<u8> {
        let content = [&kind[..], &chunks.concat()].concat();
        [b"FORM", &(content.len() as u32).to_be_bytes()[..], &content].concat()
    }

    /// From a file and from a pipe: the frames, or why there are none.
    fn read(bytes: &[u8]) -> Vec<std::result::Result<(String, Vec<u8>), String>> {
        let options = ReadOptions::default();
        let inputs = [regular("x", bytes), piped("x", bytes, 7)];
        let read = inputs.map(|input| {
            let mut source = open(input, &options).map_err(|error| error.to_string())?;
            let (frames, end) = drain(source.as_mut(), 100);
            end.map_err(|error| error.to_string())?;
            Ok((source.spec().to_string(), frames))
        });
        read.into()
    }

    #[test]
    fn sound_is_found_among_chunks_of_all_kinds() {
        let long = common(2, &[&b"sowt\x04text\0"[..], &[0; 400]].concat());
        let empty = chunk(b"ID3 ", b"");
        let stereo = |format: &str| {
            Ok((
                format!("{format}, 44100 Hz, 2 channels"),
                b"abcdefgh".to_vec(),
            ))
        };
        for (bytes, format) in [
            (form(b"AIFF", &[common(2, b""), sound(0)]), "S16_BE"),
            (
                form(
                    b"AIFF",
                    &[common(2, b""), empty.clone(), sound(6), empty.clone()],
                ),
                "S16_BE",
            ),
            (form(b"AIFF", &[sound(0), common(2, b"")]), "S16_BE"),
            (
                form(b"AIFC", &[chunk(b"FVER", &[0; 4]), long, sound(0), empty]),
                "S16_LE",
            ),
        ] {
            assert_eq!(read(&bytes), [stereo(format), stereo(format)]);
        }
    }

    #[test]
    fn tags_and_markers_are_read_wherever_they_are() {
        let mark = chunk(
            b"MARK",
            b"\0\x02\0\x01\0\0\0\x01\x03one\0\x02\0\0\0\x02\x00\0",
        );
        let id3 = b"ID3\x03\0\0\0\0\0\x0fTPE1\0\0\0\x05\0\0\0Bert";
        // The last chunk claims more than there is.
        let mut bytes = form(
            b"AIFF",
            &[
                common(2, b""),
                sound(0),
                chunk(b"NAME", b"Song"),
                mark,
                chunk(b"ID3 ", id3),
            ],
        );
        let at = bytes.len() - id3.len() - 2;
        bytes[at] = 0x7f;
        let source = open(regular("x", &bytes), &ReadOptions::default()).unwrap();
        let metadata = source.metadata();
        let tags: Vec<_> = metadata.tags.iter().collect();
        assert_eq!(tags, [("title", "Song"), ("artist", "Bert")]);
        let cues: Vec<_> = metadata
            .cues
            .iter()
            .map(|cue| (cue.frame, cue.label.as_deref()))
            .collect();
        assert_eq!(cues, [(1, Some("one")), (2, None)]);
    }

    /// From a file and from a pipe: the frames, the warning, and the error at the end.
    fn drained(bytes: &[u8]) -> Vec<(Vec<u8>, Option<String>, Option<String>)> {
        let inputs = [regular("x", bytes), piped("x", bytes, 7)];
        let drained = inputs.map(|input| {
            let mut source = open(input, &ReadOptions::default()).unwrap();
            let (frames, end) = drain(source.as_mut(), 100);
            let error = end.err().map(|error| error.to_string());
            (frames, source.take_warning(), error)
        });
        drained.into()
    }

    #[test]
    fn frames_that_only_one_of_the_two_lengths_has_are_reported() {
        let after = chunk(b"NAME", b"Song");
        let file = |frames| form(b"AIFF", &[common(frames, b""), sound(0), after.clone()]);
        let sound = b"abcdefgh".to_vec();
        let cut = "'x' is truncated: its header declares 3 frames, but it has 2";
        let all = (sound.clone(), None, Some(cut.to_owned()));
        assert_eq!(drained(&file(3)), [all.clone(), all]);
        let longer = "'x': its header declares 1 frame, but it has 2; the rest is not played";
        let first = (sound[..4].to_vec(), Some(longer.to_owned()), None);
        assert_eq!(drained(&file(1)), [first.clone(), first]);
        // The rest of a block is padding.
        let mut padded = file(1);
        let at = padded.windows(4).position(|id| id == b"SSND").unwrap();
        padded[at + 15] = 16;
        let first = (sound[..4].to_vec(), None, None);
        assert_eq!(drained(&padded), [first.clone(), first]);
    }

    #[test]
    fn chunks_after_a_sound_of_no_frames_are_not_its_frames() {
        let empty = chunk(b"SSND", &[0; 8]);
        let why = "'x' contains no audio".to_owned();
        let none = (Vec::new(), None, Some(why));
        for chunks in [
            [common(0, b""), empty.clone(), chunk(b"NAME", b"Song")],
            [common(0, b""), empty.clone(), chunk(b"ID3 ", b"")],
            [chunk(b"ANNO", b"x"), empty.clone(), common(0, b"")],
        ] {
            assert_eq!(
                drained(&form(b"AIFF", &chunks)),
                [none.clone(), none.clone()]
            );
        }
        // A writer that was killed has not updated its header.
        let chunks = [common(0, b""), empty, b"abcdefgh".to_vec()];
        let all = (b"abcdefgh".to_vec(), None, None);
        assert_eq!(drained(&form(b"AIFF", &chunks)), [all.clone(), all]);
    }

    #[test]
    fn placeholders_of_either_length_are_not_lengths() {
        let both = (b"abcdefgh".to_vec(), None, None);
        // Of both: 0, and what SoX and others write to a pipe.
        for (frames, size) in [
            (0, 0),
            (0x1fc0_0000, 0x7f00_0008),
            (0x1fbf_ffff, 0x7f00_0007),
            (u32::MAX, u32::MAX),
            (0x1fff_ffff, 0x8000_0000),
        ] {
            let mut bytes = form(b"AIFF", &[common(frames, b""), sound(0)]);
            let at = bytes.len() - 20;
            bytes[at..at + 4].copy_from_slice(&u32::to_be_bytes(size));
            assert_eq!(drained(&bytes), [both.clone(), both.clone()], "{size:#x}");
        }
        // Of one: the other is right.
        let after = chunk(b"NAME", b"Song");
        for (frames, size) in [(0, 16), (0x1fc0_0000, 16), (2, 0), (2, u32::MAX)] {
            let mut sound = sound(0);
            sound[4..8].copy_from_slice(&u32::to_be_bytes(size));
            let bytes = form(b"AIFF", &[common(frames, b""), sound, after.clone()]);
            assert_eq!(
                drained(&bytes),
                [both.clone(), both.clone()],
                "{frames} {size:#x}"
            );
        }
    }

    #[test]
    fn files_without_sound_are_rejected() {
        let mut nothing = common(2, b"");
        nothing[9] = 0;
        for (bytes, why) in [
            (form(b"AIFF", &[common(2, b"")]), "SSND"),
            (
                form(b"AIFF", &[common(9, b""), sound(0)])[..60].to_vec(),
                "truncated",
            ),
            (form(b"AIFF", &[nothing, sound(0)]), "0 channels"),
            (form(b"AIFF", &[sound(0)]), "has no 'COMM' chunk"),
        ] {
            for outcome in read(&bytes) {
                assert!(outcome.as_ref().unwrap_err().contains(why), "{outcome:?}");
            }
        }
    }
}
