//! Which of the decoded frames are the sound. Codecs put frames before and behind it, and containers say how many.

use super::matroska::Scanned;
use std::ops::Range;
use symphonia::core::packet::Packet;

/// What is cut off single packets.
#[derive(Default)]
pub(super) enum Edits {
    /// Nothing more than the decoder does by itself.
    #[default]
    None,
    /// All beyond the duration that the container gives a packet, in frames.
    Durations,
    /// What stands in the blocks of a Matroska.
    Matroska(Scanned),
}

impl Edits {
    /// What the file is called.
    pub(super) fn title(&self) -> Option<String> {
        match self {
            Edits::Matroska(scanned) => scanned.title(),
            _ => None,
        }
    }

    /// Frames that are not heard at the beginning of a track.
    pub(super) fn delay(&self, track: u32, rate: u32) -> Option<u64> {
        match self {
            Edits::Matroska(scanned) => scanned.delay(track, rate),
            _ => None,
        }
    }

    /// Which of the `frames` frames of the packet that is the `index`th of its track are left.
    fn apply(&self, packet: &Packet, index: u64, rate: u32, frames: u64) -> Range<u64> {
        match self {
            Edits::None => 0..frames,
            Edits::Durations => match packet.dur.get() {
                0 => 0..frames,
                duration => 0..frames.min(duration),
            },
            Edits::Matroska(scanned) => match scanned.padding(packet.track_id, index, rate) {
                padding @ 0.. => 0..frames.saturating_sub(padding.unsigned_abs()),
                padding => frames.min(padding.unsigned_abs())..frames,
            },
        }
    }
}

/// The frames that are heard, as they pass.
pub(super) struct Window {
    /// Frames still to be dropped before the sound.
    skip: u64,
    /// Frames of sound still to come.
    left: u64,
    edits: Edits,
    /// Packets so far.
    packets: u64,
}

impl Window {
    pub(super) fn new(skip: u64, most: u64, edits: Edits) -> Window {
        Window {
            skip,
            left: most,
            edits,
            packets: 0,
        }
    }

    /// Whether the input may end here, though symphonia would have more: a pipe of Matroska just ends.
    pub(super) fn may_end(&self) -> bool {
        matches!(&self.edits, Edits::Matroska(scanned) if scanned.is_between_elements())
    }

    /// What the file is called.
    pub(super) fn title(&self) -> Option<String> {
        self.edits.title()
    }

    /// Counts a packet that gave no frames.
    pub(super) fn pass(&mut self) {
        self.packets += 1;
    }

    /// Drops `frames` frames more, from here.
    pub(super) fn drop_next(&mut self, frames: u64) {
        self.skip = frames;
    }

    /// Which of the `frames` decoded frames of a packet are heard.
    pub(super) fn cut(&mut self, packet: &Packet, rate: u32, frames: usize) -> Range<usize> {
        let kept = self.edits.apply(packet, self.packets, rate, frames as u64);
        self.packets += 1;
        let skipped = self.skip.min(kept.end - kept.start);
        self.skip -= skipped;
        let start = kept.start + skipped;
        let heard = (kept.end - start).min(self.left);
        self.left -= heard;
        start as usize..(start + heard) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use symphonia::core::units::{Duration, Timestamp};

    fn packet(duration: u64) -> Packet {
        Packet::new(1, Timestamp::new(0), Duration::new(duration), Vec::new())
    }

    fn cuts(mut window: Window, durations: &[u64]) -> Vec<Range<usize>> {
        let cut = |duration: &u64| window.cut(&packet(*duration), 48_000, 1024);
        durations.iter().map(cut).collect()
    }

    #[test]
    fn what_is_skipped_may_be_longer_than_a_packet() {
        let window = Window::new(1500, 600, Edits::None);
        assert_eq!(cuts(window, &[1024; 3]), [1024..1024, 476..1024, 0..52]);
    }

    #[test]
    fn a_packet_may_be_shorter_than_its_codec_makes_them() {
        let window = Window::new(0, u64::MAX, Edits::Durations);
        assert_eq!(cuts(window, &[1024, 0, 737]), [0..1024, 0..1024, 0..737]);
    }
}
