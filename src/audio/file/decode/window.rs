//! Which of the decoded frames are the sound. Codecs put frames before and behind it, and containers say how many.

use super::matroska::Scanned;
use super::trail::Trail;
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
    /// Nothing, but what stands between packets is looked at.
    Trail(Trail),
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
            Edits::None | Edits::Trail(_) => 0..frames,
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

    /// Bytes before a packet that are none of any packet's, where that can be known.
    pub(super) fn broken_before(&self, packet: &Packet) -> u64 {
        match &self.edits {
            Edits::Trail(trail) => trail.follow(packet),
            _ => 0,
        }
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

/// More frames than this behind the sound are no padding: a field of twelve bits says how many, and the last packet
/// holds some.
const MOST_PADDING: usize = 4095 + 1152;

/// What packets say is padding, kept until it is known to be.
#[derive(Default)]
pub(super) struct Padding {
    kept: Vec<u8>,
    /// There is so much of it that it is sound: another file was put behind the one that told its length.
    disproved: bool,
}

impl Padding {
    /// Takes the padding off the frames (of `frame` bytes) of a packet, or puts back what was taken off the last ones.
    pub(super) fn cut(&mut self, packet: &Packet, frame: usize, frames: &mut Vec<u8>) {
        let bytes = |count: u64| {
            usize::try_from(count)
                .unwrap_or(usize::MAX)
                .saturating_mul(frame)
        };
        let start = bytes(packet.trim_start.get()).min(frames.len());
        frames.drain(..start);
        if self.disproved {
            return;
        }
        let end = frames.len().saturating_sub(bytes(packet.trim_end.get()));
        self.kept.extend(frames.drain(end..));
        if self.kept.len() > MOST_PADDING * frame {
            self.disproved = true;
            frames.append(&mut self.kept);
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
    fn padding_that_does_not_end_is_sound() {
        let (mut padding, mut heard) = (Padding::default(), Vec::new());
        for index in 0..10_u8 {
            let mut packet = packet(1152);
            if index > 1 {
                packet.trim_end = Duration::new(if index == 2 { 152 } else { 1152 });
            }
            let mut frames = vec![index; 1152];
            padding.cut(&packet, 1, &mut frames);
            heard.extend(frames);
            assert!(
                index != 6 || heard.len() == 2 * 1152 + 1000,
                "{}",
                heard.len()
            );
        }
        assert_eq!(heard.len(), 10 * 1152);
        assert!(heard.is_sorted());
    }

    #[test]
    fn a_packet_may_be_shorter_than_its_codec_makes_them() {
        let window = Window::new(0, u64::MAX, Edits::Durations);
        assert_eq!(cuts(window, &[1024, 0, 737]), [0..1024, 0..1024, 0..737]);
    }
}
