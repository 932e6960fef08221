//! Gapless playback: removes encoder delay and padding from decoded frames.

use super::matroska_file::MatroskaScan;
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

    /// Whether the packets of a track need to be decompressed or decrypted before they are decoded.
    pub(super) fn is_encoded(&self, track: u32) -> bool {
        matches!(self, PacketTrim::Matroska(scan) if scan.is_encoded(track))
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

    /// Continues with the first packet of another input.
    pub(super) fn restart(&mut self, packet_trim: PacketTrim) {
        (self.packet_trim, self.packets) = (packet_trim, 0);
    }

    /// Packets so far.
    pub(super) fn packets(&self) -> u64 {
        self.packets
    }

    /// Counts a packet that could not be decoded.
    pub(super) fn count_packet(&mut self) {
        self.packets += 1;
    }

    /// Whether frames are still to be dropped before the audio.
    pub(super) fn has_delay(&self) -> bool {
        self.delay > 0
    }

    /// Counts frames of audio that are passed without being decoded.
    pub(super) fn pass(&mut self, frames: u64) {
        self.left = self.left.saturating_sub(frames);
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
    fn packets_can_be_trimmed_to_their_duration() {
        let trim = GaplessTrim::new(0, u64::MAX, PacketTrim::Durations);
        assert_eq!(ranges(trim, &[1024, 0, 737]), [0..1024, 0..1024, 0..737]);
    }
}
