//! Walks over the blocks of a regular file. Of most of them only the first bytes are read.

use super::super::packet_lengths::{MAX_PACKET_HEAD, PacketHead};
use super::element::{element_header, id, signed, vint};
use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;

/// Bytes that are read at a time where blocks are short, and where they are skipped.
const LONG_READ: usize = 256 << 10;
const SHORT_READ: usize = 1 << 10;

/// A distance that is read rather than skipped.
const MAX_READ_OVER: u64 = 1 << 10;

/// The longest header of an element, and the longest header of a block without lacing: a track and three bytes.
const MAX_ELEMENT_HEADER: usize = 12;
const MAX_BLOCK_HEADER: usize = 8 + 3;

/// The longest block whose packets are laced.
const MAX_LACED_BLOCK: usize = 1 << 20;

/// What is found in a file.
pub(super) enum FoundElement {
    /// A cluster that begins at this byte.
    Cluster(u64),
    /// A block of a track; its packets are in [`BlockWalk::packets`].
    Block(u64),
    /// Nanoseconds to be removed from the end of the last block, or from its start if negative.
    Padding(i64),
}

/// The elements of a file, in order.
pub(super) struct BlockWalk<'a> {
    file: &'a File,
    /// Where the next element begins.
    at: u64,
    /// Bytes of the file from `start` on.
    bytes: Vec<u8>,
    start: u64,
    has_segment: bool,
    /// The packets of the last block: where the first bytes of each are in `bytes`, and its length.
    packets: Vec<(Range<usize>, usize)>,
}

impl<'a> BlockWalk<'a> {
    pub(super) fn new(file: &'a File) -> BlockWalk<'a> {
        BlockWalk::starting_at(file, 0)
    }

    /// The elements from byte `at` on.
    pub(super) fn starting_at(file: &'a File, at: u64) -> BlockWalk<'a> {
        BlockWalk {
            file,
            at,
            bytes: Vec::new(),
            start: 0,
            has_segment: false,
            packets: Vec::new(),
        }
    }

    /// The first bytes of the packets of the last block.
    pub(super) fn packets(&self) -> impl Iterator<Item = PacketHead<'_>> {
        self.packets.iter().map(|(head, length)| PacketHead {
            bytes: &self.bytes[head.clone()],
            length: *length,
        })
    }

    /// The next cluster, block or padding; `None` at the end of the segment, or where the file is corrupt.
    ///
    /// # Errors
    /// If reading fails.
    pub(super) fn next(&mut self) -> io::Result<Option<FoundElement>> {
        loop {
            let at = self.at;
            let Ok(header) = element_header(self.read(at, MAX_ELEMENT_HEADER)?) else {
                return Ok(None);
            };
            let content = at + header.bytes as u64;
            self.at = content;
            match header.id {
                id::SEGMENT if self.has_segment => return Ok(None),
                id::SEGMENT => self.has_segment = true,
                id::CLUSTER => return Ok(Some(FoundElement::Cluster(at))),
                id::BLOCK_GROUP => {}
                _ if header.is_unknown_size => return Ok(None),
                _ => self.at = content.saturating_add(header.size),
            }
            match header.id {
                id::SIMPLE_BLOCK | id::BLOCK => return self.read_block(content, header.size),
                id::DISCARD_PADDING => {
                    let number = self.read(content, header.size.min(8) as usize)?;
                    return Ok(Some(FoundElement::Padding(signed(number))));
                }
                _ => {}
            }
        }
    }

    /// At least `count` bytes at `at`, fewer only at the end.
    fn read(&mut self, at: u64, count: usize) -> io::Result<&[u8]> {
        let end = self.start + self.bytes.len() as u64;
        if at < self.start || at + count as u64 > end {
            let is_near = at >= self.start && at.saturating_sub(end) < MAX_READ_OVER;
            let wanted = match is_near {
                true => LONG_READ,
                false => SHORT_READ,
            };
            self.refill(at, wanted.max(count))?;
        }
        let from = usize::try_from(at - self.start).unwrap_or(usize::MAX);
        Ok(self.bytes.get(from..).unwrap_or_default())
    }

    fn refill(&mut self, at: u64, count: usize) -> io::Result<()> {
        (self.start, self.bytes) = (at, vec![0; count]);
        let mut filled = 0;
        while filled < count {
            match self
                .file
                .read_at(&mut self.bytes[filled..], at + filled as u64)
            {
                Ok(0) => break,
                Ok(bytes) => filled += bytes,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        self.bytes.truncate(filled);
        Ok(())
    }

    /// Finds the packets of a block of `size` bytes at `at`.
    fn read_block(&mut self, at: u64, size: u64) -> io::Result<Option<FoundElement>> {
        let Ok(size) = usize::try_from(size) else {
            return Ok(None);
        };
        let head = self.read(at, size.min(MAX_BLOCK_HEADER + MAX_PACKET_HEAD))?;
        let Some((track, length)) = vint(head, 8, false) else {
            return Ok(None);
        };
        let Some(flags) = head.get(length + 2) else {
            return Ok(None);
        };
        let lacing = flags >> 1 & 3;
        let data = length + 3;
        let lengths = if lacing == 0 {
            size.checked_sub(data).map(|length| (data, vec![length]))
        } else if size <= MAX_LACED_BLOCK {
            let block = self.read(at, size)?;
            block
                .get(..size)
                .and_then(|block| laced(lacing, block, data))
        } else {
            None
        };
        let Some((mut from, lengths)) = lengths else {
            return Ok(None);
        };
        let base = (at - self.start) as usize;
        self.packets.clear();
        for length in lengths {
            let head = base + from..base + from + length.min(MAX_PACKET_HEAD);
            if head.end > self.bytes.len() {
                return Ok(None);
            }
            self.packets.push((head, length));
            from += length;
        }
        Ok(Some(FoundElement::Block(track)))
    }
}

/// Where the first packet of a laced block is, and the lengths of all. `at` is where the number of packets is.
fn laced(lacing: u8, block: &[u8], at: usize) -> Option<(usize, Vec<usize>)> {
    let more = usize::from(*block.get(at)?);
    let mut rest = &block[at + 1..];
    let mut lengths = Vec::with_capacity(more + 1);
    match lacing {
        1 => {
            for _ in 0..more {
                let mut length = 0;
                loop {
                    let (first, after) = rest.split_first()?;
                    rest = after;
                    length += usize::from(*first);
                    if *first < u8::MAX {
                        break;
                    }
                }
                lengths.push(length);
            }
        }
        2 => {
            let length = rest.len() / (more + 1);
            lengths.resize(more, length);
        }
        _ => {
            for index in 0..more {
                let (value, size) = vint(rest, 8, false)?;
                rest = &rest[size..];
                let length = match lengths.last().filter(|_| index > 0) {
                    // A difference, stored with an offset that makes it positive.
                    Some(last) => {
                        let bias = (1_i64 << (7 * size - 1)) - 1;
                        i64::try_from(*last).ok()? + i64::try_from(value).ok()? - bias
                    }
                    None => i64::try_from(value).ok()?,
                };
                lengths.push(usize::try_from(length).ok()?);
            }
        }
    }
    let all = lengths
        .iter()
        .try_fold(0_usize, |sum, length| sum.checked_add(*length))?;
    lengths.push(rest.len().checked_sub(all)?);
    Some((block.len() - rest.len(), lengths))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::fs::{MemfdFlags, memfd_create};
    use std::io::Write;

    /// A file with one cluster of `blocks`.
    fn file(blocks: &[&[u8]]) -> File {
        let head = [
            b"\x1a\x45\xdf\xa3\x80".as_slice(),
            b"\x18\x53\x80\x67\x01\xff\xff\xff\xff\xff\xff\xff",
            b"\x1f\x43\xb6\x75\x01\xff\xff\xff\xff\xff\xff\xff\xe7\x81\0",
        ];
        let mut file = File::from(memfd_create("blocks", MemfdFlags::CLOEXEC).unwrap());
        file.write_all(&head.concat()).unwrap();
        for block in blocks {
            let size = 0x4000 | block.len() as u16;
            let element = [b"\xa3".as_slice(), &size.to_be_bytes(), block].concat();
            file.write_all(&element).unwrap();
        }
        file
    }

    fn packets(file: &File) -> Vec<(Vec<u8>, usize)> {
        let (mut walk, mut all) = (BlockWalk::new(file), Vec::new());
        while let Some(found) = walk.next().unwrap() {
            if let FoundElement::Block(1) = found {
                all.extend(
                    walk.packets()
                        .map(|head| (head.bytes.to_vec(), head.length)),
                );
            }
        }
        all
    }

    #[test]
    fn packets_are_found_with_each_kind_of_lacing() {
        let bytes: Vec<u8> = (0..=255).cycle().take(900).collect();
        let block = |start: &[u8]| [start, &bytes].concat();
        let expected = |lengths: &[usize]| -> Vec<_> {
            let mut at = 0;
            lengths
                .iter()
                .map(|length| {
                    let head = bytes[at..at + length.min(&MAX_PACKET_HEAD)].to_vec();
                    at += length;
                    (head, *length)
                })
                .collect()
        };
        let one = |start: &[u8]| packets(&file(&[&block(start)]));
        assert_eq!(one(b"\x81\0\0\x80"), expected(&[900]));
        assert_eq!(
            one(b"\x81\0\0\x82\x02\xff\x05\x0a"),
            expected(&[260, 10, 630])
        );
        assert_eq!(one(b"\x81\0\0\x84\x02"), expected(&[300; 3]));
        // 300 bytes, then 25 less; 900 and 875 bytes would exceed the block.
        assert_eq!(
            one(b"\x81\0\0\x86\x02\x41\x2c\x5f\xe6"),
            expected(&[300, 275, 325])
        );
        assert_eq!(one(b"\x81\0\0\x86\x02\x43\x84\x5f\xe6"), []);
    }

    #[test]
    fn long_blocks_are_skipped_and_other_tracks_left_out() {
        let long = [b"\x81\0\0\x80".as_slice(), &[7; 9000]].concat();
        let other = [b"\x82\0\0\x80".as_slice(), &[8; 3000]].concat();
        let found = packets(&file(&[&long, &other, &long, b"\x81\0\0\x80\x09"]));
        let long = (vec![7; MAX_PACKET_HEAD], 9000);
        assert_eq!(found, [long.clone(), long, (vec![9], 1)]);
    }
}
