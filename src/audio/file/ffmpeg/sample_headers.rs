//! How many bytes a file has by its header, for containers of plain samples that only ffmpeg reads.
//!
//! ffmpeg reads samples up to the end of the file, whatever the header declares.

use crate::audio::error::Result;
use crate::audio::file::fields::Fields;
use crate::audio::file::input::Input;
use crate::audio::format::ByteOrder;

/// Bytes that are searched for the sound of an IFF file.
const MAX_IFF_BYTES: usize = 64 << 10;

/// The number of frames in the first block of WavPack, unless it was not known.
pub(super) fn wavpack_frames(input: &mut Input) -> Result<Option<u64>> {
    let fields = Fields::little_endian(input.peek(16)?);
    let [more, ..] = fields.array::<1>(11);
    let frames = fields.u32(12);
    // All ones stand for an unknown length, and are no digits of a known one.
    let known =
        (frames != u32::MAX).then(|| u64::from(frames) + u64::from(more) * u64::from(u32::MAX));
    Ok(known.filter(|frames| *frames > 0))
}

/// NIST SPHERE: lines of `NAME -i NUMBER`, after a line with the length of the header. The number is one of samples, or of
/// frames.
pub(super) fn sphere(input: &mut Input) -> Result<Option<[u64; 2]>> {
    let head = input.peek(1024)?;
    let text = String::from_utf8_lossy(head);
    let field = |name: &str| {
        let mut words = text
            .lines()
            .map(|line| line.split(' '))
            .find(|words| words.clone().next() == Some(name))?;
        words.nth(2).map(str::to_owned)
    };
    let number = |name: &str| field(name)?.parse::<u64>().ok();
    // Shorten, for example, is not plain.
    let is_plain = field("sample_coding")
        .is_none_or(|coding| ["pcm", "ulaw", "alaw", "mu-law"].contains(&&*coding));
    let header = text
        .lines()
        .nth(1)
        .and_then(|line| line.trim().parse().ok());
    let sound = number("sample_count")
        .zip(number("sample_n_bytes"))
        .and_then(|(count, bytes)| count.checked_mul(bytes));
    let channels = number("channel_count").unwrap_or(1);
    Ok(sound
        .filter(|_| is_plain)
        .zip(header)
        .and_then(|(sound, header)| of_samples_or_frames(header, sound, channels)))
}

/// AVR: 128 bytes of header with a number of samples, or of frames.
pub(super) fn avr(input: &mut Input) -> Result<Option<[u64; 2]>> {
    let head = input.peek(128)?;
    let fields = Fields {
        bytes: head,
        order: ByteOrder::Big,
    };
    let channels = if fields.u16(12) == 0 { 1 } else { 2 };
    let sample_bytes = u64::from(fields.u16(14)).div_ceil(8);
    let sound = u64::from(fields.u32(26)) * sample_bytes;
    Ok(of_samples_or_frames(128, sound, channels))
}

/// SoX's native format: a number of samples of 4 bytes, in either byte order.
pub(super) fn sox(input: &mut Input) -> Result<Option<u64>> {
    let head = input.peek(16)?;
    let order = match head.starts_with(b".SoX") {
        true => ByteOrder::Little,
        false => ByteOrder::Big,
    };
    let fields = Fields { bytes: head, order };
    let start = 4 + u64::from(fields.u32(4));
    Ok(fields
        .u64(8)
        .checked_mul(4)
        .and_then(|bytes| after(start, bytes)))
}

/// Psion's: 32 bytes of header with a number of bytes.
pub(super) fn wve(input: &mut Input) -> Result<Option<u64>> {
    let head = input.peek(32)?;
    let fields = Fields {
        bytes: head,
        order: ByteOrder::Big,
    };
    Ok(after(32, fields.u32(18).into()))
}

/// IFF 8SVX and 16SV: the length of the `BODY` chunk, or what the header of the voice declares, if that is more by any
/// reading: some writers count the repeated part twice, or the samples of both channels.
pub(super) fn iff(input: &mut Input) -> Result<Option<u64>> {
    let mut at = 12_usize;
    // Of a channel, without the part that is repeated and with it.
    let mut voice = [0; 2];
    let mut channels = 1;
    while at < MAX_IFF_BYTES {
        let head = input.peek(at + 28)?;
        let sample_bytes = if head.get(8..12) == Some(b"16SV") {
            2
        } else {
            1
        };
        let Some(header) = head.get(at..).filter(|rest| rest.len() >= 8) else {
            break;
        };
        let fields = Fields {
            bytes: header,
            order: ByteOrder::Big,
        };
        let size = fields.u32(4);
        match &header[..4] {
            b"VHDR" => {
                let is_plain = header.get(22..24) == Some(&[1, 0]);
                let [once, repeated] = [8, 12].map(|at| u64::from(fields.u32(at)) * sample_bytes);
                voice = if is_plain {
                    [once, once + repeated]
                } else {
                    [0; 2]
                };
            }
            b"CHAN" if fields.u32(8) == 6 => channels = 2,
            b"BODY" => {
                let stored = u64::from(size);
                let agrees = |bytes: &u64| [*bytes, bytes * channels].contains(&stored);
                let declared = match voice.iter().any(agrees) {
                    true => stored,
                    false => stored.max(voice[1] * channels),
                };
                return Ok(after(at as u64 + 8, declared));
            }
            _ => {}
        }
        let content = usize::try_from(size).unwrap_or(usize::MAX);
        at = at
            .saturating_add(8)
            .saturating_add(content)
            .saturating_add(content % 2);
    }
    Ok(None)
}

/// The ends of a sound from `start` on that has `bytes` bytes if its header counts samples: as such, and if it counts frames.
fn of_samples_or_frames(start: u64, bytes: u64, channels: u64) -> Option<[u64; 2]> {
    let frames = bytes.checked_mul(channels)?;
    Some([after(start, bytes)?, after(start, frames)?])
}

/// The end of `bytes` bytes from `start` on. A length of 0 means that it was not known.
fn after(start: u64, bytes: u64) -> Option<u64> {
    (bytes > 0).then(|| start.saturating_add(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::file::testing::piped;

    fn of<T>(read: fn(&mut Input) -> Result<Option<T>>, bytes: &[u8]) -> Option<T> {
        read(&mut piped("x", bytes, 7)).unwrap()
    }

    #[test]
    fn a_sphere_file_has_the_samples_or_frames_of_its_text() {
        let file = |fields: &str| {
            let mut head = format!("NIST_1A\n   1024\n{fields}end_head\n").into_bytes();
            head.resize(1024, b' ');
            of(sphere, &head)
        };
        let plain = "channel_count -i 2\nsample_n_bytes -i 2\nsample_coding -s3 pcm\n";
        let counted = format!("sample_count -i 1000\n{plain}");
        assert_eq!(file(&counted), Some([1024 + 2000, 1024 + 4000]));
        let mono = counted.replace("channel_count -i 2\n", "");
        assert_eq!(file(&mono), Some([1024 + 2000; 2]));
        assert_eq!(file(plain), None);
        let shorten = counted.replace("-s3 pcm", "-s26 pcm,embedded-shorten-v2.00");
        assert_eq!(file(&shorten), None);
        assert_eq!(file(&counted.replace("1000", "18446744073709551615")), None);
        assert_eq!(file(&counted.replace("1000", "0")), None);
        assert_eq!(of(sphere, b"NIST_1A\n"), None);
    }

    #[test]
    fn wavpack_has_a_number_of_40_bits() {
        let block = |more: u8, frames: u32| {
            let head = [
                &b"wvpk\0\0\0\0\x10\x04\0"[..],
                &[more],
                &frames.to_le_bytes(),
            ];
            of(wavpack_frames, &head.concat())
        };
        assert_eq!(block(0, 1000), Some(1000));
        assert_eq!(block(1, 0), Some(u64::from(u32::MAX)));
        assert_eq!(block(0, 0), None);
        assert_eq!(block(0, u32::MAX), None);
    }

    #[test]
    fn avr_sox_and_psion_files_have_a_number() {
        let mut head = [0; 128];
        (head[12..16]).copy_from_slice(&[0xff, 0xff, 0, 16]);
        head[26..30].copy_from_slice(&1000_u32.to_be_bytes());
        assert_eq!(of(avr, &head), Some([128 + 2000, 128 + 4000]));
        let mono = [&head[..12], &[0; 2], &head[14..]].concat();
        assert_eq!(of(avr, &mono), Some([128 + 2000; 2]));
        head[26..30].fill(0);
        assert_eq!(of(avr, &head), None);
        let little = [&b".SoX"[..], &28_u32.to_le_bytes(), &1000_u64.to_le_bytes()].concat();
        let big = [&b"XoS."[..], &28_u32.to_be_bytes(), &1000_u64.to_be_bytes()].concat();
        assert_eq!(of(sox, &little), Some(32 + 4000));
        assert_eq!(of(sox, &big), Some(32 + 4000));
        assert_eq!(of(sox, &[&little[..8], &[0; 8]].concat()), None);
        assert_eq!(of(sox, &[&little[..8], &[0xff; 8]].concat()), None);
        let psion = [&b"ALawSoundFile**\0\x0f\x10"[..], &1000_u32.to_be_bytes()].concat();
        assert_eq!(of(wve, &psion), Some(32 + 1000));
    }

    #[test]
    fn an_iff_file_has_the_longer_one_of_two_lengths() {
        let chunk =
            |id: &[u8], size: u32, content: &[u8]| [id, &size.to_be_bytes(), content].concat();
        let file = |voice: u32, kind: &[u8], coding: u8, channels: u8, body: u32| {
            let numbers = [voice, 24, 0].map(u32::to_be_bytes).concat();
            let header = [&numbers[..], &[0x1f, 0x40, 1, coding, 0, 1, 0, 0]].concat();
            let bytes = [
                chunk(b"FORM", 9, kind),
                chunk(b"VHDR", 20, &header),
                chunk(b"NAME", 3, b"abc\0"),
                chunk(b"CHAN", 4, &[0, 0, 0, channels]),
                chunk(b"BODY", body, &[7; 50]),
            ];
            of(iff, &bytes.concat())
        };
        let start = 12 + 28 + 12 + 12 + 8;
        assert_eq!(file(976, b"8SVX", 0, 2, 1000), Some(start + 1000));
        assert_eq!(file(1976, b"8SVX", 0, 2, 1000), Some(start + 2000));
        assert_eq!(file(976, b"8SVX", 0, 6, 2000), Some(start + 2000));
        assert_eq!(file(1976, b"8SVX", 0, 6, 2002), Some(start + 4000));
        assert_eq!(file(976, b"16SV", 0, 2, 1000), Some(start + 2000));
        // Both channels counted, or the repeated part twice, or both.
        assert_eq!(file(1976, b"8SVX", 0, 6, 2000), Some(start + 2000));
        assert_eq!(file(1000, b"8SVX", 0, 2, 1000), Some(start + 1000));
        assert_eq!(file(1000, b"8SVX", 0, 6, 1000), Some(start + 1000));
        // Packed samples.
        assert_eq!(file(1976, b"8SVX", 1, 2, 1000), Some(start + 1000));
        let endless = [chunk(b"FORM", 9, b"8SVX"), chunk(b"NAME", u32::MAX, b"abc")];
        assert_eq!(of(iff, &endless.concat()), None);
    }
}
