//! What stands between the packets of a stream that is nothing but packets. Symphonia passes over it in silence.

use super::media::Watcher;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use symphonia::core::packet::Packet;

/// Bytes that are remembered: more than symphonia reads ahead.
const REMEMBERED: usize = 512 << 10;

/// As many bytes as make a packet out.
const DISTINCT: usize = 64;

/// The bytes that were read lately, and how far the packets have come in them.
#[derive(Clone)]
pub(super) struct Trail {
    bytes: Arc<Mutex<Bytes>>,
    /// Bytes before each packet that are none of its own and not broken either.
    header: usize,
}

#[derive(Default)]
struct Bytes {
    /// Where `read` begins.
    from: u64,
    read: Vec<u8>,
    /// Where the last packet ended; `None` before the first.
    end: Option<u64>,
}

impl Trail {
    /// A trail of packets with a header of at most `header` bytes before each.
    pub(super) fn new(header: usize) -> Trail {
        Trail {
            bytes: Arc::default(),
            header,
        }
    }

    /// Bytes between the packet before this one and this one that are neither, nor tags.
    pub(super) fn follow(&self, packet: &Packet) -> u64 {
        let mut bytes = self.bytes.lock().unwrap_or_else(PoisonError::into_inner);
        let between = bytes.advance(&packet.data);
        if between.len() <= self.header || is_said(between) {
            return 0;
        }
        between.len() as u64
    }
}

impl Watcher for Trail {
    fn see(&self, at: u64, bytes: &[u8]) -> io::Result<()> {
        let mut known = self.bytes.lock().unwrap_or_else(PoisonError::into_inner);
        known.see(at, bytes);
        Ok(())
    }
}

impl Bytes {
    fn see(&mut self, at: u64, bytes: &[u8]) {
        if at != self.from + self.read.len() as u64 {
            (self.from, self.end) = (at, None);
            self.read.clear();
        }
        let over = (self.read.len() + bytes.len()).saturating_sub(REMEMBERED);
        if over > 0 {
            // Half of it at once: moving what is left is dear.
            let forgotten = over.max(REMEMBERED / 2).min(self.read.len());
            self.read.drain(..forgotten);
            self.from += forgotten as u64;
        }
        self.read.extend_from_slice(bytes);
    }

    /// Goes on to the end of `packet`, and gives what stands before it. Nothing where it cannot be found.
    fn advance(&mut self, packet: &[u8]) -> &[u8] {
        let after = self.end.map_or(0, |end| end.saturating_sub(self.from)) as usize;
        let mark = &packet[..packet.len().min(DISTINCT)];
        let rest = self.read.get(after..).unwrap_or_default();
        let found = rest
            .windows(mark.len().max(1))
            .position(|bytes| bytes == mark);
        let Some(before) = found.filter(|_| !mark.is_empty()) else {
            return &[];
        };
        let known = self.end.is_some();
        self.end = Some(self.from + (after + before + packet.len()) as u64);
        if known { &rest[..before] } else { &[] }
    }
}

/// Whether it is a tag, or a frame that says how many follow it: files that were put one behind the other have those.
fn is_said(bytes: &[u8]) -> bool {
    let begins = [b"ID3".as_slice(), b"TAG", b"APETAGEX"];
    let counts = [b"Xing".as_slice(), b"Info", b"VBRI"];
    let head = &bytes[..bytes.len().min(DISTINCT)];
    begins.iter().any(|mark| head.starts_with(mark))
        || counts
            .iter()
            .any(|mark| head.windows(4).any(|word| word == *mark))
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
    fn what_stands_between_two_packets_is_counted_once() {
        let trail = Trail::new(0);
        let parts = [
            packet(1).data.to_vec(),
            packet(2).data.to_vec(),
            vec![0x55; 7],
            packet(3).data.to_vec(),
        ];
        trail
            .see(0, &[b"ID3 and more".to_vec(), parts.concat()].concat())
            .unwrap();
        let between: Vec<_> = (1..4).map(|byte| trail.follow(&packet(byte))).collect();
        assert_eq!(between, [0, 0, 7]);
    }

    #[test]
    fn a_header_and_a_tag_are_not_broken() {
        let trail = Trail::new(9);
        let parts = [
            &packet(1).data[..],
            &[0x55; 9],
            &packet(2).data[..],
            b"TAG and what it says",
            &packet(3).data[..],
        ];
        trail.see(0, &parts.concat()).unwrap();
        let between: Vec<_> = (1..4).map(|byte| trail.follow(&packet(byte))).collect();
        assert_eq!(between, [0, 0, 0]);
    }

    #[test]
    fn little_is_remembered() {
        let trail = Trail::new(0);
        let part = vec![0; 60_000];
        for at in 0..100 {
            trail.see(at * 60_000, &part).unwrap();
        }
        let bytes = trail.bytes.lock().unwrap();
        assert!(bytes.read.len() <= REMEMBERED);
        assert_eq!(bytes.from + bytes.read.len() as u64, 6_000_000);
    }
}
