//! Gapless playback: removes encoder delay and padding from decoded frames.

use super::matroska_scan::MatroskaScan;
use std::ops::Range;
use symphonia::core::packet::Packet;

/// How individual packets are trimmed.
#[derive(Default)]
pub(super) enum PacketTrim {
    /// Only by the decoder.
    #[default]
    None,
    /// To the packet's duration in the container, in frames.
    Durations,
    /// As the blocks of a Matroska file say.
    Matroska(MatroskaScan),
}

impl PacketTrim {
    /// The title of the file, if the container has one apart from its tags.
    pub(super) fn title(&self) -> Option<String> {
        match self {
            PacketTrim::Matroska(scan) => scan.title(),
            _ => None,
        }
    }

    /// Decoded frames before the start of a track (encoder delay).
    pub(super) fn delay(&self, track: u32, rate: u32) -> Option<u64> {
        match self {
            PacketTrim::Matroska(scan) => scan.delay(track, rate),
            _ => None,
        }
    }

    /// The range of the `frames` decoded frames of a packet, number `index` of its track, that remains.
    fn range(&self, packet: &Packet, index: u64, rate: u32, frames: u64) -> Range<u64> {
        match self {
            PacketTrim::None => 0..frames,
            PacketTrim::Durations => match packet.dur.get() {
                0 => 0..frames,
                duration => 0..frames.min(duration),
            },
            PacketTrim::Matroska(scan) => match scan.padding(packet.track_id, index, rate) {
                padding @ 0.. => 0..frames.saturating_sub(padding.unsigned_abs()),
                padding => frames.min(padding.unsigned_abs())..frames,
            },
        }
    }
}

/// Selects the frames of each packet that are audio.
pub(super) struct GaplessTrim {
    /// Frames still to be dropped before the audio.
    delay: u64,
    /// Frames of audio still to come.
    left: u64,
    packet_trim: PacketTrim,
    /// Packets so far.
    packets: u64,
}

impl GaplessTrim {
    pub(super) fn new(delay: u64, max_frames: u64, packet_trim: PacketTrim) -> GaplessTrim {
        GaplessTrim {
            delay,
            left: max_frames,
            packet_trim,
            packets: 0,
        }
    }

    /// Whether the input may end here. symphonia 0.6.1 reports the end of a Matroska pipe as an error (not reported
    /// upstream).
    pub(super) fn may_end(&self) -> bool {
        matches!(&self.packet_trim, PacketTrim::Matroska(scan) if scan.is_between_elements())
    }

    /// The title of the file, if the container has one apart from its tags.
    pub(super) fn title(&self) -> Option<String> {
        self.packet_trim.title()
    }

    /// Counts a packet that could not be decoded.
    pub(super) fn count_packet(&mut self) {
        self.packets += 1;
    }

    /// Drops `frames` frames from here on.
    pub(super) fn set_delay(&mut self, frames: u64) {
        self.delay = frames;
    }

    /// The range of the `frames` decoded frames of a packet that is audio.
    pub(super) fn trim(&mut self, packet: &Packet, rate: u32, frames: usize) -> Range<usize> {
        let kept = self
            .packet_trim
            .range(packet, self.packets, rate, frames as u64);
        self.packets += 1;
        let dropped = self.delay.min(kept.end - kept.start);
        self.delay -= dropped;
        let start = kept.start + dropped;
        let length = (kept.end - start).min(self.left);
        self.left -= length;
        start as usize..(start + length) as usize
    }
}

/// Maximum frames of padding at the end of an MP3: the maximum of its field of 12 bits, and the last packet.
const MAX_PADDING: usize = 4095 + 1152;

/// Padding at the end of packets, held back until it is certain that no audio follows.
#[derive(Default)]
pub(super) struct PendingPadding {
    held: Vec<u8>,
    /// Whether there was too much to be padding: another file was appended to the one whose header declared it.
    is_audio: bool,
}

impl PendingPadding {
    /// Removes the padding of a packet from its frames (of `frame_bytes`), or restores what was held back.
    pub(super) fn trim(&mut self, packet: &Packet, frame_bytes: usize, frames: &mut Vec<u8>) {
        let bytes = |count: u64| {
            usize::try_from(count)
                .unwrap_or(usize::MAX)
                .saturating_mul(frame_bytes)
        };
        let start = bytes(packet.trim_start.get()).min(frames.len());
        frames.drain(..start);
        if self.is_audio {
            return;
        }
        let end = frames.len().saturating_sub(bytes(packet.trim_end.get()));
        self.held.extend(frames.drain(end..));
        if self.held.len() > MAX_PADDING * frame_bytes {
            self.is_audio = true;
            frames.append(&mut self.held);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use symphonia::core::units::{Duration, Timestamp};

    fn packet(duration: u64) -> Packet {
        Packet::new(1, Timestamp::new(0), Duration::new(duration), Vec::new())
    }

    fn ranges(mut trim: GaplessTrim, durations: &[u64]) -> Vec<Range<usize>> {
        let range = |duration: &u64| trim.trim(&packet(*duration), 48_000, 1024);
        durations.iter().map(range).collect()
    }

    #[test]
    fn the_delay_may_be_longer_than_a_packet() {
        let trim = GaplessTrim::new(1500, 600, PacketTrim::None);
        assert_eq!(ranges(trim, &[1024; 3]), [1024..1024, 476..1024, 0..52]);
    }

    #[test]
    fn too_much_padding_is_audio() {
        let (mut padding, mut output) = (PendingPadding::default(), Vec::new());
        for index in 0..10_u8 {
            let mut packet = packet(1152);
            if index > 1 {
                packet.trim_end = Duration::new(if index == 2 { 152 } else { 1152 });
            }
            let mut frames = vec![index; 1152];
            padding.trim(&packet, 1, &mut frames);
            output.extend(frames);
            assert!(
                index != 6 || output.len() == 2 * 1152 + 1000,
                "{}",
                output.len()
            );
        }
        assert_eq!(output.len(), 10 * 1152);
        assert!(output.is_sorted());
    }

    #[test]
    fn packets_can_be_trimmed_to_their_duration() {
        let trim = GaplessTrim::new(0, u64::MAX, PacketTrim::Durations);
        assert_eq!(ranges(trim, &[1024, 0, 737]), [0..1024, 0..1024, 0..737]);
    }
}
