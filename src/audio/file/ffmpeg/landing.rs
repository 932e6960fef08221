//! Where ffmpeg continues after a seek, to the frame.
//!
//! ffmpeg seeks to a packet, and the timestamp of the first frame that it decodes says which one. Containers round
//! timestamps; a codec whose packets have a fixed number of frames makes up for that. All codecs and containers here
//! were compared with decoding from the start, with ffmpeg 5.1. Gaps between timestamps, as in joined files, count as
//! frames if they happen to be as long as packets; otherwise such a file is decoded up to the position.

use super::decoded_block::DecodedBlock;
use super::packet_bytes::PacketBytes;
use super::probe::FileProbe;
use crate::audio::file::container::Container;

/// How a position is found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum SeekMethod {
    /// By the byte of a packet.
    Bytes(PacketBytes),
    /// ffmpeg seeks, and the timestamp says where it is.
    Timestamps(Timestamps),
}

impl SeekMethod {
    /// `None` if all frames have to be decoded: ffmpeg lands some frames off or even minutes (G.722 in WAV), fails
    /// (RealMedia), or the codec's packets need too many of those before them (GSM, Speex).
    pub(super) fn of(container: Container, probe: &FileProbe) -> Option<SeekMethod> {
        match (container, &*probe.codec) {
            (Container::Wavpack, "wavpack") => Some(SeekMethod::Bytes(PacketBytes::Wavpack)),
            (Container::Ac3, "ac3" | "eac3") => Some(SeekMethod::Bytes(PacketBytes::Equal)),
            (Container::Dts, "dts") if is_core(probe) => {
                Some(SeekMethod::Bytes(PacketBytes::Equal))
            }
            _ => Timestamps::of(container, probe).map(SeekMethod::Timestamps),
        }
    }
}

/// How timestamps say the frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Timestamps {
    /// They count frames.
    Exact,
    /// They are rounded; every packet begins at a multiple of this many frames.
    Rounded(u64),
}

impl Timestamps {
    /// `None` if they do not.
    fn of(container: Container, probe: &FileProbe) -> Option<Timestamps> {
        use Container::*;
        match (container, &*probe.codec) {
            (Tta, "tta") | (TrueHd, "truehd") => Some(Timestamps::Exact),
            (Asf, "wmav1" | "wmav2") => Some(Timestamps::Rounded(match probe.rate {
                44_100 | 48_000 => 2048,
                _ => 512,
            })),
            (Matroska, "tta") => Some(Timestamps::Rounded(u64::from(probe.rate) * 256 / 245)),
            // What the decoder adds above the coded band differs by its noise, but not in time.
            (Mp4 | Matroska, "aac") if is_he_aac(probe) => Some(Timestamps::Rounded(2048)),
            (Mp4 | Matroska | Avi | MpegTs | MpegPs | Flv, codec) => {
                packet_frames(codec, probe).map(Timestamps::Rounded)
            }
            _ => None,
        }
    }

    /// The frame that `first` begins with. `start` are the first blocks of the file.
    pub(super) fn frame(
        self,
        first: DecodedBlock,
        start: &[DecodedBlock],
        rate: u32,
    ) -> Option<u64> {
        let origin = start.first()?;
        let frame = u64::try_from(first.pts.checked_sub(origin.pts)?).ok()?;
        match self {
            Timestamps::Exact => Some(frame),
            Timestamps::Rounded(step) => {
                let nearest = (frame + step / 2) / step * step;
                // Both timestamps may be rounded to a millisecond.
                let max_error = u64::from(rate) / 500 + 1;
                (nearest.abs_diff(frame) <= max_error).then_some(nearest)
            }
        }
    }
}

/// Frames of which all packets of a codec have a multiple. Packets of the others need many of those before them.
fn packet_frames(codec: &str, probe: &FileProbe) -> Option<u64> {
    match codec {
        "ac3" | "eac3" => Some(256),
        "dts" if is_core(probe) => Some(256),
        "mp2" => Some(1152),
        "mp3" => Some(576),
        "aac" if probe.profile.as_deref() == Some("LC") => Some(1024),
        _ => None,
    }
}

fn is_he_aac(probe: &FileProbe) -> bool {
    (probe.profile.as_deref()).is_some_and(|profile| profile.starts_with("HE-AAC"))
}

fn is_core(probe: &FileProbe) -> bool {
    probe.profile.as_deref() == Some("DTS")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(pts: i64, byte: i64) -> DecodedBlock {
        DecodedBlock { pts, byte }
    }

    #[test]
    fn rounded_timestamps_are_those_of_a_packet() {
        let frame =
            |pts, start| Timestamps::Rounded(512).frame(block(pts, 0), &[block(start, 0)], 44_100);
        assert_eq!(frame(2_699_229, 4057), Some(2_695_168));
        assert_eq!(frame(4057, 4057), Some(0));
        // In the middle between two packets, and before the first one.
        assert_eq!(frame(2_699_429, 4057), None);
        assert_eq!(frame(0, 4057), None);
    }
}
