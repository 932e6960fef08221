//! The first frame of many MP3s is not sound: it has the number of frames (Xing, Info, VBRI), and how many frames LAME
//! put before and after the sound.

use super::header::MpaHeader;
use crate::audio::file::itunes_gapless::ItunesGapless;

/// How many frames a decoder of layer 3 delays the sound.
const DECODER_DELAY: u64 = 529;

/// The content of such a frame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct InfoFrame {
    /// Coded frames after this one. Some writers count this one, too.
    pub(super) packets: Option<u64>,
    /// Bytes of all frames.
    pub(super) bytes: Option<u64>,
    /// Decoded frames before the sound.
    pub(super) delay: u64,
    /// Decoded frames after the sound.
    pub(super) padding: u64,
}

impl InfoFrame {
    /// Reads the frame whose header is `header`; `None` if it is sound.
    pub(super) fn parse(header: &MpaHeader, frame: &[u8]) -> Option<InfoFrame> {
        if header.layer != 3 {
            return None;
        }
        let at = header.side_end();
        // Some writers leave out the two bytes of the checksum that the header announces.
        let place = [at, at.saturating_sub(2)].into_iter().find(|at| {
            let mark = frame.get(*at..*at + 4);
            matches!(mark, Some(b"Xing" | b"Info"))
        });
        match place {
            Some(at) => Some(xing(&frame[at + 4..])),
            None if frame.get(36..40) == Some(b"VBRI") => Some(vbri(&frame[40..])),
            None => None,
        }
    }
}

impl InfoFrame {
    /// Takes from iTunes' comment what the encoder does not say in this frame. `samples` is the length of a coded frame.
    ///
    /// Delay, padding and sound add up to all decoded frames; as with LAME, the delay of the decoder is not counted.
    pub(super) fn add_itunes(&mut self, itunes: ItunesGapless, samples: u64) {
        let is_unknown = self.delay == 0 || self.delay == DECODER_DELAY;
        if !is_unknown || self.padding > 0 {
            return;
        }
        let end = itunes.delay + itunes.frames;
        let all = end + itunes.padding;
        // iTunes counts the frame that says how many there are.
        let packets = match all.is_multiple_of(samples) {
            true => Some(all / samples),
            false => self.packets,
        };
        // A comment that was copied from another file does not fit.
        let fits =
            |packets: &u64| (*packets..=packets + 1).contains(&self.packets.unwrap_or(*packets));
        let Some(packets) = packets.filter(fits) else {
            return;
        };
        self.packets = Some(packets);
        self.delay = itunes.delay + DECODER_DELAY;
        self.padding = (packets * samples).saturating_sub(end + DECODER_DELAY);
    }
}

/// Flags; then, as they say, frames, bytes, a table of 100 bytes and a quality; then LAME's part.
fn xing(bytes: &[u8]) -> InfoFrame {
    let flags = number(bytes, 0).unwrap_or(0);
    let mut at = 4;
    let mut field = |flag: u32, length: usize| {
        let found = (flags & flag != 0).then(|| number(bytes, at)).flatten();
        at += if flags & flag != 0 { length } else { 0 };
        found.map(u64::from)
    };
    let (packets, size) = (field(1, 4), field(2, 4));
    field(4, 100);
    field(8, 4);
    let (delay, padding) = bytes.get(at..).and_then(lame).unwrap_or((0, 0));
    InfoFrame {
        packets,
        bytes: size,
        delay,
        padding,
    }
}

/// The encoder's name, and 21 bytes from its start delay and padding of twelve bits each.
fn lame(bytes: &[u8]) -> Option<(u64, u64)> {
    let names = [b"LAME".as_slice(), b"Lavf", b"Lavc", b"GOGO", b"L3.9"];
    let &[a, b, c] = bytes.get(21..24)?.first_chunk()?;
    let (delay, padding) = (
        u64::from(a) << 4 | u64::from(b >> 4),
        u64::from(b & 15) << 8 | u64::from(c),
    );
    let is_known = names.iter().any(|name| bytes.starts_with(name));
    // The padding counts the frames by which the decoder is late. ffmpeg writes zeros for an encoder whose delay it does
    // not know; mpg123 and ffmpeg leave out the delay of the decoder then, too.
    is_known.then(|| (delay + DECODER_DELAY, padding.saturating_sub(DECODER_DELAY)))
}

/// Version, delay, quality, bytes, frames.
fn vbri(bytes: &[u8]) -> InfoFrame {
    InfoFrame {
        packets: number(bytes, 10).map(u64::from),
        bytes: number(bytes, 6).map(u64::from),
        ..InfoFrame::default()
    }
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(*bytes.get(at..)?.first_chunk()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const STEREO: [u8; 4] = [0xff, 0xfb, 0x90, 0x64];

    fn frame(at: usize, parts: &[&[u8]]) -> Vec<u8> {
        let mut frame = STEREO.to_vec();
        frame.resize(at, 0);
        frame.extend(parts.concat());
        frame.resize(417, 0);
        frame
    }

    fn parse(frame: &[u8]) -> Option<InfoFrame> {
        InfoFrame::parse(&MpaHeader::parse(frame).unwrap(), frame)
    }

    #[test]
    fn lame_says_what_is_sound() {
        let lame = [&b"LAME3.100"[..], &[0; 12], &[0x24, 0x06, 0x30]].concat();
        let bytes = frame(
            36,
            &[b"Info\0\0\0\x0b\0\0\0\x9b\0\0\x7c\xc1", &[0; 4], &lame],
        );
        let expected = InfoFrame {
            packets: Some(155),
            bytes: Some(31_937),
            delay: 576 + 529,
            padding: 1584 - 529,
        };
        assert_eq!(parse(&bytes), Some(expected));
        let unknown = [&b"Lavf"[..], &[0; 20]].concat();
        let bytes = frame(36, &[b"Info\0\0\0\0", &unknown]);
        let expected = InfoFrame {
            delay: 529,
            ..InfoFrame::default()
        };
        assert_eq!(parse(&bytes), Some(expected));
    }

    #[test]
    fn itunes_says_what_is_sound() {
        let itunes = ItunesGapless {
            delay: 528,
            padding: 1476,
            frames: 11_244,
        };
        let expected = InfoFrame {
            packets: Some(23),
            delay: 528 + 529,
            padding: 1476 - 529,
            ..InfoFrame::default()
        };
        let mut other = InfoFrame {
            packets: Some(40),
            ..InfoFrame::default()
        };
        other.add_itunes(itunes, 576);
        assert_eq!((other.delay, other.packets), (0, Some(40)));
        for packets in [None, Some(24)] {
            let mut info = InfoFrame {
                packets,
                ..InfoFrame::default()
            };
            info.add_itunes(itunes, 576);
            assert_eq!(info, expected);
            // LAME knows better.
            let lame = InfoFrame { delay: 1, ..info };
            info = lame;
            info.add_itunes(itunes, 576);
            assert_eq!(info, lame);
        }
    }

    #[test]
    fn a_frame_of_vbri_counts_frames() {
        let bytes = frame(36, &[b"VBRI\0\x01\x09\x31\0\x32\0\0\x20\x6b\0\0\0\x29"]);
        let found = parse(&bytes).unwrap();
        assert_eq!(
            (found.packets, found.bytes, found.delay),
            (Some(41), Some(0x206b), 0)
        );
        assert_eq!(parse(&frame(36, &[b"sound"])), None);
        assert_eq!(parse(&STEREO), None);
    }
}
