//! Finds the bytes that symphonia 0.6.1 skips silently when it resynchronizes between two packets (not reported
//! upstream).

use super::media_source::ReadObserver;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use symphonia::core::packet::Packet;

/// Bytes that are remembered: more than symphonia reads ahead.
const MAX_HISTORY: usize = 512 << 10;

/// Bytes by which a packet is found in the history.
const SIGNATURE: usize = 64;

/// Follows the packets in the bytes that were read.
#[derive(Clone)]
pub(super) struct ResyncTracker {
    history: Arc<Mutex<ReadHistory>>,
    /// Maximum bytes of a header before each packet.
    header: usize,
}

#[derive(Default)]
struct ReadHistory {
    /// Offset of the first byte of `bytes`.
    start: u64,
    bytes: Vec<u8>,
    /// Where the last packet ended; `None` before the first.
    packet_end: Option<u64>,
}

impl ResyncTracker {
    /// For packets with a header of at most `header` bytes before each.
    pub(super) fn new(header: usize) -> ResyncTracker {
        ResyncTracker {
            history: Arc::default(),
            header,
        }
    }

    /// The number of bytes between the previous packet and this one that are neither packets nor tags.
    pub(super) fn skipped_before(&self, packet: &Packet) -> u64 {
        let mut history = self.history.lock().unwrap_or_else(PoisonError::into_inner);
        let between = history.advance(&packet.data);
        if between.len() <= self.header || is_metadata(between) {
            return 0;
        }
        between.len() as u64
    }
}

impl ReadObserver for ResyncTracker {
    fn observe(&self, at: u64, bytes: &[u8]) -> io::Result<()> {
        let mut history = self.history.lock().unwrap_or_else(PoisonError::into_inner);
        history.append(at, bytes);
        Ok(())
    }
}

impl ReadHistory {
    fn append(&mut self, at: u64, bytes: &[u8]) {
        if at != self.start + self.bytes.len() as u64 {
            (self.start, self.packet_end) = (at, None);
            self.bytes.clear();
        }
        let excess = (self.bytes.len() + bytes.len()).saturating_sub(MAX_HISTORY);
        if excess > 0 {
            // Half of it at once: moving the rest is expensive.
            let forgotten = excess.max(MAX_HISTORY / 2).min(self.bytes.len());
            self.bytes.drain(..forgotten);
            self.start += forgotten as u64;
        }
        self.bytes.extend_from_slice(bytes);
    }

    /// Advances to the end of `packet` and returns the bytes before it; empty if the packet cannot be found.
    fn advance(&mut self, packet: &[u8]) -> &[u8] {
        let offset = self
            .packet_end
            .map_or(0, |end| end.saturating_sub(self.start)) as usize;
        let signature = &packet[..packet.len().min(SIGNATURE)];
        let rest = self.bytes.get(offset..).unwrap_or_default();
        let found = rest
            .windows(signature.len().max(1))
            .position(|bytes| bytes == signature);
        let Some(before) = found.filter(|_| !signature.is_empty()) else {
            return &[];
        };
        let is_first = self.packet_end.is_none();
        self.packet_end = Some(self.start + (offset + before + packet.len()) as u64);
        if is_first { &[] } else { &rest[..before] }
    }
}

/// Whether it is a tag or an MP3 header frame (Xing, VBRI), which concatenated files have in the middle.
fn is_metadata(bytes: &[u8]) -> bool {
    let tags = [b"ID3".as_slice(), b"TAG", b"APETAGEX"];
    let header_frames = [b"Xing".as_slice(), b"Info", b"VBRI"];
    let head = &bytes[..bytes.len().min(SIGNATURE)];
    tags.iter().any(|magic| head.starts_with(magic))
        || header_frames
            .iter()
            .any(|magic| head.windows(4).any(|word| word == *magic))
}

#[cfg(test)]
mod tests {
    use super::*;
    use symphonia::core::units::{Duration, Timestamp};

    fn packet(byte: u8) -> Packet {
        let data = [&[0xff, 0xfb, byte][..], &[byte; 97]].concat();
        Packet::new(0, Timestamp::new(0), Duration::new(1152), data)
    }

    #[test]
    fn bytes_between_two_packets_are_counted_once() {
        let tracker = ResyncTracker::new(0);
        let parts = [
            packet(1).data.to_vec(),
            packet(2).data.to_vec(),
            vec![0x55; 7],
            packet(3).data.to_vec(),
        ];
        tracker
            .observe(0, &[b"ID3 and more".to_vec(), parts.concat()].concat())
            .unwrap();
        let skipped = (1..4).map(|byte| tracker.skipped_before(&packet(byte)));
        assert_eq!(skipped.collect::<Vec<_>>(), [0, 0, 7]);
    }

    #[test]
    fn headers_and_tags_are_not_counted() {
        let tracker = ResyncTracker::new(9);
        let parts = [
            &packet(1).data[..],
            &[0x55; 9],
            &packet(2).data[..],
            b"TAG and its content",
            &packet(3).data[..],
        ];
        tracker.observe(0, &parts.concat()).unwrap();
        let skipped = (1..4).map(|byte| tracker.skipped_before(&packet(byte)));
        assert_eq!(skipped.collect::<Vec<_>>(), [0, 0, 0]);
    }

    #[test]
    fn the_history_is_limited() {
        let tracker = ResyncTracker::new(0);
        let part = vec![0; 60_000];
        for at in 0..100 {
            tracker.observe(at * 60_000, &part).unwrap();
        }
        let history = tracker.history.lock().unwrap();
        assert!(history.bytes.len() <= MAX_HISTORY);
        assert_eq!(history.start + history.bytes.len() as u64, 6_000_000);
    }
}
