//! Matroska and WebM. Symphonia does not tell what its blocks say of padding: the bytes are watched as it reads them.

use super::media::{Media, Order, Quota, Watcher};
use super::window::Edits;
use super::{Frames, Told, open_as};
use crate::audio::error::Result;
use crate::audio::file::{Container, Input, ReadOptions};
use crate::audio::stream::Source;
use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard};
use symphonia::default::formats::MkvReader;

/// Opens a Matroska or WebM file.
pub(in crate::audio::file) fn open(input: Input, _: &ReadOptions) -> Result<Box<dyn Source>> {
    let name = input.name().to_owned();
    let bytes = input.size();
    let quota = Quota::new();
    let scanned = Scanned::default();
    let media = Media::new(input, Order::Free, quota.clone());
    let stream = media.watched_by(scanned.clone());
    let told = Told {
        frames: Frames::Unknown,
        edits: Edits::Matroska(scanned),
        bytes,
        ..Told::default()
    };
    open_as::<MkvReader<'_>>(Container::Matroska, name, stream, quota, told)
}

/// What was seen in the elements so far; symphonia's reader and the source share it.
#[derive(Clone, Default)]
pub(super) struct Scanned(Arc<Mutex<Scan>>);

impl Scanned {
    fn locked(&self) -> MutexGuard<'_, Scan> {
        self.0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// What the whole is called.
    pub(super) fn title(&self) -> Option<String> {
        self.locked().title.clone()
    }

    /// Frames that the decoder of a track puts before the sound (`CodecDelay`).
    pub(super) fn delay(&self, track: u32, rate: u32) -> Option<u64> {
        let scan = self.locked();
        let entry = scan
            .tracks
            .iter()
            .find(|entry| entry.number == u64::from(track))?;
        let delay = entry.delay?;
        u64::try_from(frames(i128::from(delay), rate)).ok()
    }

    /// Frames behind the sound in the `index`th packet of a track (`DiscardPadding`); negative ones stand before it.
    pub(super) fn padding(&self, track: u32, index: u64, rate: u32) -> i64 {
        let mut scan = self.locked();
        let track = u64::from(track);
        let padding = scan.paddings.remove(&(track, index)).unwrap_or(0);
        i64::try_from(frames(i128::from(padding), rate)).unwrap_or(0)
    }

    /// Whether what was read ends where an element ends.
    pub(super) fn is_between_elements(&self) -> bool {
        let scan = self.locked();
        scan.head.is_empty() && scan.pass == 0
    }
}

/// Nanoseconds as frames, to the nearest.
fn frames(nanos: i128, rate: u32) -> i128 {
    let product = nanos * i128::from(rate);
    (product + product.signum() * 500_000_000) / 1_000_000_000
}

impl Watcher for Scanned {
    fn see(&self, at: u64, bytes: &[u8]) -> io::Result<()> {
        self.locked().see(at, bytes);
        Ok(())
    }
}

const INFO: u32 = 0x1549_a966;
const TITLE: u32 = 0x7ba9;
const SEGMENT: u32 = 0x1853_8067;
const CLUSTER: u32 = 0x1f43_b675;
const BLOCK_GROUP: u32 = 0xa0;
const TRACKS: u32 = 0x1654_ae6b;
const TRACK_ENTRY: u32 = 0xae;
const TRACK_NUMBER: u32 = 0xd7;
const CODEC_DELAY: u32 = 0x56aa;
const SIMPLE_BLOCK: u32 = 0xa3;
const BLOCK: u32 = 0xa1;
const DISCARD_PADDING: u32 = 0x75a2;

/// Bytes of an element that are looked at: its number and length, and the first of its content.
const LOOKED_AT: usize = 4 + 8 + LONGEST_TITLE;

/// Bytes of a title that are kept.
const LONGEST_TITLE: usize = 256;

/// More tracks and paddings than this are no file but an attack.
const MOST_REMEMBERED: usize = 10_000;

/// A walk over the elements, one after the other however deep they stand: the beginning of one that holds others is
/// passed like an element of its own.
#[derive(Default)]
struct Scan {
    at: u64,
    /// The beginning of an element, as far as it is there.
    head: Vec<u8>,
    /// Bytes to be passed over before the next element.
    pass: u64,
    /// Whether what came cannot be walked over.
    lost: bool,
    /// What the whole is called.
    title: Option<String>,
    tracks: Vec<Entry>,
    /// Packets so far, of each track.
    packets: HashMap<u64, u64>,
    /// The track and the number of the last packet.
    last: Option<(u64, u64)>,
    /// Nanoseconds, by track and number of the packet.
    paddings: HashMap<(u64, u64), i64>,
}

#[derive(Default)]
struct Entry {
    number: u64,
    /// Nanoseconds.
    delay: Option<u64>,
}

impl Scan {
    /// Takes the bytes from `at` on. Symphonia goes back and forth; what was seen already is not seen again.
    fn see(&mut self, at: u64, bytes: &[u8]) {
        let ahead = at.saturating_sub(self.at);
        if self.lost || (ahead > 0 && (!self.head.is_empty() || self.pass < ahead)) {
            return;
        }
        (self.at, self.pass) = (self.at + ahead, self.pass - ahead);
        let seen = usize::try_from(self.at - at).unwrap_or(usize::MAX);
        let mut rest = bytes.get(seen..).unwrap_or_default();
        self.at += rest.len() as u64;
        while !rest.is_empty() && !self.lost {
            if self.pass > 0 {
                let passed = rest
                    .len()
                    .min(usize::try_from(self.pass).unwrap_or(usize::MAX));
                self.pass -= passed as u64;
                rest = &rest[passed..];
                continue;
            }
            let room = (LOOKED_AT - self.head.len()).min(rest.len());
            let before = self.head.len();
            self.head.extend_from_slice(&rest[..room]);
            match self.element() {
                Step::More if room == rest.len() => return,
                Step::More => self.lost = true,
                Step::Past(header, size) => {
                    let length = (header as u64).saturating_add(size);
                    let used = usize::try_from(length)
                        .unwrap_or(usize::MAX)
                        .min(self.head.len());
                    self.pass = length - used as u64;
                    rest = &rest[used.saturating_sub(before)..];
                    self.head.clear();
                }
                Step::Lost => self.lost = true,
            }
        }
    }

    /// What stands in `head`, once enough of it is there.
    fn element(&mut self) -> Step {
        let Some((id, id_length)) = number(&self.head, 4, true) else {
            return Step::unless_lost(&self.head, 4);
        };
        let Some((size, size_length)) = number(&self.head[id_length..], 8, false) else {
            return Step::unless_lost(&self.head[id_length..], 8);
        };
        let header = id_length + size_length;
        let unknown = size == (1 << (7 * size_length)) - 1;
        let content = &self.head[header..];
        let enough = |wanted: usize| content.len() as u64 >= size.min(wanted as u64);
        match id as u32 {
            SEGMENT | INFO | CLUSTER | BLOCK_GROUP | TRACKS => return Step::Past(header, 0),
            TRACK_ENTRY => {
                if self.tracks.len() < MOST_REMEMBERED {
                    self.tracks.push(Entry::default());
                }
                return Step::Past(header, 0);
            }
            _ if unknown => return Step::Lost,
            TRACK_NUMBER | CODEC_DELAY | DISCARD_PADDING if !enough(8) => return Step::More,
            BLOCK | SIMPLE_BLOCK if !enough(12) => return Step::More,
            TITLE if !enough(LONGEST_TITLE) => return Step::More,
            TRACK_NUMBER => {
                let number = unsigned(content, size);
                if let Some(entry) = self.tracks.last_mut() {
                    entry.number = number;
                }
            }
            CODEC_DELAY => {
                let delay = unsigned(content, size);
                if let Some(entry) = self.tracks.last_mut() {
                    entry.delay = Some(delay);
                }
            }
            DISCARD_PADDING => {
                let padding = signed(content, size);
                if let Some(last) = self.last.filter(|_| self.paddings.len() < MOST_REMEMBERED) {
                    self.paddings.insert(last, padding);
                }
            }
            TITLE => {
                let title = &content[..content
                    .len()
                    .min(usize::try_from(size).unwrap_or(usize::MAX))];
                self.title = Some(String::from_utf8_lossy(title).into_owned());
            }
            BLOCK | SIMPLE_BLOCK => {
                let content = content[..content
                    .len()
                    .min(usize::try_from(size).unwrap_or(usize::MAX))]
                    .to_vec();
                self.count(&content);
            }
            _ => {}
        }
        Step::Past(header, size)
    }

    /// Counts the packets of a block: track, two bytes of time, flags, and how many there are where there are more.
    fn count(&mut self, block: &[u8]) {
        let Some((track, length)) = number(block, 8, false) else {
            return;
        };
        let laced = block.get(length + 2).is_some_and(|flags| flags & 0x06 != 0);
        let frames = match block.get(length + 3) {
            Some(more) if laced => u64::from(*more) + 1,
            _ => 1,
        };
        if self.packets.len() < MOST_REMEMBERED || self.packets.contains_key(&track) {
            let count = self.packets.entry(track).or_default();
            *count += frames;
            self.last = Some((track, *count - 1));
        }
    }
}

/// What the beginning of an element leads to.
enum Step {
    /// More of it has to come.
    More,
    /// So many bytes of its own and so many of its content are to be passed over.
    Past(usize, u64),
    /// It is none.
    Lost,
}

impl Step {
    fn unless_lost(bytes: &[u8], longest: usize) -> Step {
        let length = bytes
            .first()
            .map_or(1, |first| first.leading_zeros() as usize + 1);
        if length > longest {
            Step::Lost
        } else {
            Step::More
        }
    }
}

/// The number of variable length that `bytes` begin with, with its mark or without, and its length.
fn number(bytes: &[u8], longest: usize, marked: bool) -> Option<(u64, usize)> {
    let first = *bytes.first()?;
    let length = first.leading_zeros() as usize + 1;
    if length > longest {
        return None;
    }
    let whole = bytes.get(..length)?;
    let value = whole
        .iter()
        .fold(0, |value, byte| value << 8 | u64::from(*byte));
    let mark = 1 << (7 * length);
    Some((if marked { value } else { value & (mark - 1) }, length))
}

fn unsigned(content: &[u8], size: u64) -> u64 {
    let bytes = content.iter().take(size.min(8) as usize);
    bytes.fold(0, |value, byte| value << 8 | u64::from(*byte))
}

fn signed(content: &[u8], size: u64) -> i64 {
    let unused = 64 - 8 * size.min(8) as u32;
    if unused == 64 {
        return 0;
    }
    (unsigned(content, size) << unused) as i64 >> unused
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file of one track whose second packet of two has 5 ms too much at its end.
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
    fn padding_is_found_however_the_bytes_come() {
        for step in [1, 2, 7, 1000] {
            let scanned = Scanned::default();
            let mut at = 0;
            for part in file().chunks(step) {
                scanned.locked().see(at, part);
                at += part.len() as u64;
            }
            assert_eq!(scanned.delay(1, 48_000), Some(312), "{step}");
            assert_eq!(scanned.padding(1, 0, 48_000), 0);
            assert_eq!(scanned.padding(1, 1, 48_000), 240, "{step}");
            assert!(scanned.is_between_elements());
        }
    }

    #[test]
    fn what_is_read_twice_or_out_of_order_counts_once() {
        let (file, scanned) = (file(), Scanned::default());
        scanned.locked().see(0, &file[..40]);
        scanned.locked().see(60, &file[60..]);
        scanned.locked().see(10, &file[10..]);
        assert_eq!(scanned.padding(1, 1, 48_000), 240);
    }

    #[test]
    fn a_file_that_breaks_off_within_an_element_is_noticed() {
        let (file, scanned) = (file(), Scanned::default());
        scanned.locked().see(0, &file[..file.len() - 1]);
        assert!(!scanned.is_between_elements());
    }

    #[test]
    fn negative_padding_stands_before_the_sound() {
        assert_eq!(signed(b"\xb3\xb4\xc0", 3), -5_000_000);
        assert_eq!(frames(-5_000_000, 48_000), -240);
    }
}
