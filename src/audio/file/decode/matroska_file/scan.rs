//! Reads elements of Matroska that symphonia 0.6.1 ignores: title, `CodecDelay`, `DiscardPadding` and `ContentEncodings`
//! (not reported upstream).

use super::super::media_source::ReadObserver;
use super::element::{
    ElementHeader, HeaderFlaw, element_header, id, nanos_to_frames, signed, unsigned, vint,
};
use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The elements found so far, shared between symphonia's input and the source.
#[derive(Clone, Default)]
pub(in super::super) struct MatroskaScan(Arc<Mutex<ElementScanner>>);

impl MatroskaScan {
    fn lock(&self) -> MutexGuard<'_, ElementScanner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The title of the segment.
    pub(in super::super) fn title(&self) -> Option<String> {
        self.lock().title.clone()
    }

    /// Decoded frames before the start of a track (`CodecDelay`).
    pub(in super::super) fn delay(&self, track: u32, rate: u32) -> Option<u64> {
        let delay = self.lock().track(track)?.delay?;
        u64::try_from(nanos_to_frames(i128::from(delay), rate)).ok()
    }

    /// Whether the blocks of a track are compressed, lack headers that are stored once, or are encrypted
    /// (`ContentEncodings`).
    pub(in super::super) fn is_encoded(&self, track: u32) -> bool {
        self.lock()
            .track(track)
            .is_some_and(|entry| entry.is_encoded)
    }

    /// Frames to be removed from the end of packet number `index` of a track (`DiscardPadding`), or from its start if
    /// negative.
    pub(in super::super) fn padding(&self, track: u32, index: u64, rate: u32) -> i64 {
        let mut scanner = self.lock();
        let track = u64::from(track);
        let padding = scanner.paddings.remove(&(track, index)).unwrap_or(0);
        i64::try_from(nanos_to_frames(i128::from(padding), rate)).unwrap_or(0)
    }

    /// Whether the bytes read so far end at the end of an element.
    pub(in super::super) fn is_between_elements(&self) -> bool {
        let scanner = self.lock();
        scanner.head.is_empty() && scanner.skip == 0
    }
}

impl ReadObserver for MatroskaScan {
    fn observe(&self, at: u64, bytes: &[u8]) -> io::Result<()> {
        self.lock().scan(at, bytes);
        Ok(())
    }
}

/// Bytes of an element that are needed: id, size, and the start of its content.
const MAX_HEAD: usize = 4 + 8 + MAX_TITLE;

/// Maximum bytes of a title.
const MAX_TITLE: usize = 256;

/// Bytes needed of a number, and of a block's header.
const MAX_NUMBER: usize = 8;
const MAX_BLOCK_HEADER: usize = 12;

/// Maximum number of tracks and of paddings that are stored.
const MAX_STORED: usize = 10_000;

/// Walks over the elements, whatever their depth: the header of a master element is skipped like an element, and its
/// children follow.
#[derive(Default)]
struct ElementScanner {
    /// Offset of the next byte.
    position: u64,
    /// The start of the current element, as far as it has been read.
    head: Vec<u8>,
    /// Bytes to skip before the next element.
    skip: u64,
    /// Whether scanning had to be given up.
    lost: bool,
    title: Option<String>,
    tracks: Vec<TrackEntry>,
    /// Number of packets of each track.
    packets: HashMap<u64, u64>,
    /// Track and index of the last packet.
    last: Option<(u64, u64)>,
    /// Nanoseconds by track and index of the packet.
    paddings: HashMap<(u64, u64), i64>,
}

#[derive(Default)]
struct TrackEntry {
    number: u64,
    /// Nanoseconds.
    delay: Option<u64>,
    /// Whether its blocks are not just packets.
    is_encoded: bool,
}

/// What follows the start of an element.
enum ScanStep {
    /// More bytes are needed.
    NeedMore,
    /// Skip the element: bytes of its header and of its content.
    Skip(usize, u64),
    /// It is not a valid element.
    Invalid,
}

impl ElementScanner {
    fn track(&self, number: u32) -> Option<&TrackEntry> {
        let number = u64::from(number);
        self.tracks.iter().find(|entry| entry.number == number)
    }

    /// Scans bytes read at offset `at`. symphonia seeks; bytes that have been scanned are ignored.
    fn scan(&mut self, at: u64, bytes: &[u8]) {
        let ahead = at.saturating_sub(self.position);
        if self.lost || (ahead > 0 && (!self.head.is_empty() || self.skip < ahead)) {
            return;
        }
        (self.position, self.skip) = (self.position + ahead, self.skip - ahead);
        let scanned = usize::try_from(self.position - at).unwrap_or(usize::MAX);
        let mut rest = bytes.get(scanned..).unwrap_or_default();
        self.position += rest.len() as u64;
        while !rest.is_empty() && !self.lost {
            rest = match self.skip {
                0 => self.scan_element(rest),
                _ => self.skip_bytes(rest),
            };
        }
    }

    fn skip_bytes<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        let skipped = bytes
            .len()
            .min(usize::try_from(self.skip).unwrap_or(usize::MAX));
        self.skip -= skipped as u64;
        &bytes[skipped..]
    }

    /// Adds to the start of the current element and handles it once there is enough. Returns the rest of the bytes.
    fn scan_element<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        let before = self.head.len();
        let added = (MAX_HEAD - before).min(bytes.len());
        self.head.extend_from_slice(&bytes[..added]);
        match self.read_element() {
            ScanStep::NeedMore if added == bytes.len() => &[],
            ScanStep::NeedMore | ScanStep::Invalid => {
                self.lost = true;
                &[]
            }
            ScanStep::Skip(header, size) => {
                let length = (header as u64).saturating_add(size);
                let used = usize::try_from(length)
                    .unwrap_or(usize::MAX)
                    .min(self.head.len());
                self.skip = length - used as u64;
                self.head.clear();
                &bytes[used.saturating_sub(before)..]
            }
        }
    }

    /// Handles the element in `head`, if enough of it has been read.
    fn read_element(&mut self) -> ScanStep {
        let header = match element_header(&self.head) {
            Ok(header) => header,
            Err(HeaderFlaw::NeedMore) => return ScanStep::NeedMore,
            Err(HeaderFlaw::Invalid) => return ScanStep::Invalid,
        };
        match header.id {
            id::SEGMENT | id::INFO | id::CLUSTER | id::BLOCK_GROUP | id::TRACKS => {
                return ScanStep::Skip(header.bytes, 0);
            }
            id::TRACK_ENTRY => {
                if self.tracks.len() < MAX_STORED {
                    self.tracks.push(TrackEntry::default());
                }
                return ScanStep::Skip(header.bytes, 0);
            }
            _ if header.is_unknown_size => return ScanStep::Invalid,
            _ => {}
        }
        let needed = content_needed(header.id);
        let content = &self.head[header.bytes..];
        if (content.len() as u64) < header.size.min(needed as u64) {
            return ScanStep::NeedMore;
        }
        let length = needed.min(usize::try_from(header.size).unwrap_or(usize::MAX));
        let content = content[..length].to_vec();
        self.read_content(&header, &content);
        ScanStep::Skip(header.bytes, header.size)
    }

    fn read_content(&mut self, header: &ElementHeader, content: &[u8]) {
        match header.id {
            id::TRACK_NUMBER => {
                if let Some(entry) = self.tracks.last_mut() {
                    entry.number = unsigned(content);
                }
            }
            id::CODEC_DELAY => {
                if let Some(entry) = self.tracks.last_mut() {
                    entry.delay = Some(unsigned(content));
                }
            }
            id::CONTENT_ENCODINGS => {
                if let Some(entry) = self.tracks.last_mut() {
                    entry.is_encoded = true;
                }
            }
            id::DISCARD_PADDING => {
                if let Some(last) = self.last.filter(|_| self.paddings.len() < MAX_STORED) {
                    self.paddings.insert(last, signed(content));
                }
            }
            id::TITLE => self.title = Some(String::from_utf8_lossy(content).into_owned()),
            id::BLOCK | id::SIMPLE_BLOCK => self.count_packets(content),
            _ => {}
        }
    }

    /// Counts the packets of a block: track number, two bytes of time, flags, and the number of packets - 1 if it is
    /// laced.
    fn count_packets(&mut self, block: &[u8]) {
        let Some((track, length)) = vint(block, 8, false) else {
            return;
        };
        let is_laced = block.get(length + 2).is_some_and(|flags| flags & 0x06 != 0);
        let packets = match block.get(length + 3) {
            Some(more) if is_laced => u64::from(*more) + 1,
            _ => 1,
        };
        if self.packets.len() < MAX_STORED || self.packets.contains_key(&track) {
            let count = self.packets.entry(track).or_default();
            *count += packets;
            self.last = Some((track, *count - 1));
        }
    }
}

/// Bytes needed of the content of an element.
fn content_needed(id: u32) -> usize {
    match id {
        id::TRACK_NUMBER | id::CODEC_DELAY | id::DISCARD_PADDING => MAX_NUMBER,
        id::BLOCK | id::SIMPLE_BLOCK => MAX_BLOCK_HEADER,
        id::TITLE => MAX_TITLE,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file with one track of two packets, the second with 5 ms of padding.
    fn file() -> Vec<u8> {
        let entry = [b"\xd7\x81\x01".as_slice(), b"\x56\xaa\x83\x63\x2e\xa0"].concat();
        let tracks = [b"\xae\x89".as_slice(), &entry].concat();
        let block = b"\xa3\x85\x81\0\0\x80x".as_slice();
        let group = b"\xa0\x8d\xa1\x85\x81\0\0\0x\x75\xa2\x83\x4c\x4b\x40".as_slice();
        [
            b"\x1a\x45\xdf\xa3\x84\0\0\0\0".as_slice(),
            b"\x18\x53\x80\x67\x01\xff\xff\xff\xff\xff\xff\xff",
            b"\x16\x54\xae\x6b\x8b",
            &tracks,
            b"\xec\x83\0\0\0",
            b"\x1f\x43\xb6\x75\x99\xe7\x81\0",
            block,
            group,
        ]
        .concat()
    }

    #[test]
    fn padding_is_found_however_the_bytes_are_split() {
        for step in [1, 2, 7, 1000] {
            let scan = MatroskaScan::default();
            let mut at = 0;
            for part in file().chunks(step) {
                scan.lock().scan(at, part);
                at += part.len() as u64;
            }
            assert_eq!(scan.delay(1, 48_000), Some(312), "{step}");
            assert_eq!(scan.padding(1, 0, 48_000), 0);
            assert_eq!(scan.padding(1, 1, 48_000), 240, "{step}");
            assert!(scan.is_between_elements());
        }
    }

    #[test]
    fn bytes_read_twice_or_out_of_order_count_once() {
        let (file, scan) = (file(), MatroskaScan::default());
        scan.lock().scan(0, &file[..40]);
        scan.lock().scan(60, &file[60..]);
        scan.lock().scan(10, &file[10..]);
        assert_eq!(scan.padding(1, 1, 48_000), 240);
    }

    #[test]
    fn the_end_inside_an_element_is_noticed() {
        let (file, scan) = (file(), MatroskaScan::default());
        scan.lock().scan(0, &file[..file.len() - 1]);
        assert!(!scan.is_between_elements());
    }

    #[test]
    fn content_encodings_belong_to_their_track() {
        let entry = |number: u8, rest: &[u8]| {
            let content = [b"\xd7\x81".as_slice(), &[number], rest].concat();
            [&[0xae, 0x80 | content.len() as u8], &*content].concat()
        };
        let scan = MatroskaScan::default();
        scan.lock()
            .scan(0, &[entry(1, b""), entry(2, b"\x6d\x80\x80")].concat());
        assert_eq!(
            [1, 2, 3].map(|track| scan.is_encoded(track)),
            [false, true, false]
        );
    }

    #[test]
    fn padding_can_be_negative() {
        assert_eq!(signed(b"\xb3\xb4\xc0"), -5_000_000);
        assert_eq!(nanos_to_frames(-5_000_000, 48_000), -240);
    }
}
