//! Finds packets in files that have no index, so that ffmpeg need not read all bytes before them.

use super::decoded_block::DecodedBlock;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

/// How many packets are checked to find out whether all are equally long.
const CHECKS: u64 = 256;

/// Bytes of the synchronization word that AC-3 and E-AC-3 have in common; DTS has two more.
const SYNC_BYTES: usize = 2;

/// The longest block of WavPack, and the bytes of its header.
const MAX_BLOCK_BYTES: usize = 1 << 20;
const BLOCK_HEADER_BYTES: usize = 32;

/// Fewer bytes than this are decoded instead of searched.
const MIN_DISTANCE: u64 = 256 << 10;

/// The flag of the first block of several that begin at the same frame.
const IS_INITIAL: u32 = 1 << 11;

/// How packets are found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum PacketBytes {
    /// All are equally long.
    Equal,
    /// By the headers of WavPack.
    Wavpack,
}

/// A packet.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct PacketPlace {
    pub(super) byte: u64,
    /// The number of its first frame.
    pub(super) frame: u64,
}

impl PacketBytes {
    /// A packet not far before frame `to`, or exactly there. `start` are the first blocks of the file.
    ///
    /// # Errors
    /// If reading fails.
    pub(super) fn find(
        self,
        file: &File,
        start: &[DecodedBlock],
        to: u64,
    ) -> io::Result<Option<PacketPlace>> {
        match self {
            PacketBytes::Equal => find_equal(file, start, to),
            PacketBytes::Wavpack => find_wavpack(file, to),
        }
    }
}

fn find_equal(file: &File, start: &[DecodedBlock], to: u64) -> io::Result<Option<PacketPlace>> {
    let [first, second, ..] = start else {
        return Ok(None);
    };
    let distance = |from: i64, to: i64| u64::try_from(to - from).unwrap_or(0);
    let bytes = distance(first.byte, second.byte);
    let frames = distance(first.pts, second.pts);
    let Ok(origin) = u64::try_from(first.byte) else {
        return Ok(None);
    };
    if bytes == 0 || frames == 0 {
        return Ok(None);
    }
    let sync = |packet: u64| -> io::Result<Option<[u8; SYNC_BYTES]>> {
        let mut sync = [0; SYNC_BYTES];
        let at = origin.saturating_add(packet.saturating_mul(bytes));
        Ok((file.read_at(&mut sync, at)? == SYNC_BYTES).then_some(sync))
    };
    let (expected, found) = (sync(0)?, to / frames);
    for check in 0..=CHECKS {
        if expected.is_none() || sync(found * check / CHECKS)? != expected {
            return Ok(None);
        }
    }
    Ok(Some(PacketPlace {
        byte: origin + found * bytes,
        frame: found * frames,
    }))
}

fn find_wavpack(file: &File, to: u64) -> io::Result<Option<PacketPlace>> {
    let Some(first) = block_after(file, 0)? else {
        return Ok(None);
    };
    let (mut low, mut high) = (first, file.metadata()?.len());
    while high.saturating_sub(low.byte) > MIN_DISTANCE {
        let middle = low.byte + (high - low.byte) / 2;
        match block_after(file, middle)? {
            Some(block)
                if block.byte < high && (low.frame..=first.frame + to).contains(&block.frame) =>
            {
                low = block;
            }
            _ => high = middle,
        }
    }
    Ok(Some(PacketPlace {
        byte: low.byte,
        frame: low.frame - first.frame,
    }))
}

/// The first block of WavPack at or behind byte `at`, if there is one near.
fn block_after(file: &File, at: u64) -> io::Result<Option<PacketPlace>> {
    let mut window = vec![0; MAX_BLOCK_BYTES];
    let got = file.read_at(&mut window, at)?;
    for offset in 0..got.saturating_sub(BLOCK_HEADER_BYTES) {
        if let Some((length, frame)) = block_header(&window[offset..got]) {
            let byte = at + offset as u64;
            // The mark may be part of the sound.
            let mut next = [0; 4];
            if file.read_at(&mut next, byte + length)? < 4 || &next == b"wvpk" {
                return Ok(Some(PacketPlace { byte, frame }));
            }
        }
    }
    Ok(None)
}

/// The bytes of an initial block and its first frame, if `bytes` begin with its header.
fn block_header(bytes: &[u8]) -> Option<(u64, u64)> {
    let number = |at: usize| {
        let bytes = bytes.get(at..)?.first_chunk()?;
        Some(u32::from_le_bytes(*bytes))
    };
    if !bytes.starts_with(b"wvpk") || bytes.get(9) != Some(&4) {
        return None;
    }
    let (length, flags) = (u64::from(number(4)?) + 8, number(24)?);
    let has_frames = number(20)? > 0;
    let frame = u64::from(number(16)?) | u64::from(bytes[10]) << 32;
    (has_frames && flags & IS_INITIAL != 0 && length <= MAX_BLOCK_BYTES as u64)
        .then_some((length, frame))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::fs::{MemfdFlags, memfd_create};
    use std::io::Write;

    fn file(bytes: &[u8]) -> File {
        let mut file = File::from(memfd_create("packets", MemfdFlags::CLOEXEC).unwrap());
        file.write_all(bytes).unwrap();
        file
    }

    #[test]
    fn equal_packets_are_found_unless_one_is_longer() {
        let start = [(0, 0), (1536, 100)].map(|(pts, byte)| DecodedBlock { pts, byte });
        let packet = [b"\x0b\x77".as_slice(), &[1; 98]].concat();
        let mut bytes = packet.repeat(1000);
        let found = PacketBytes::Equal.find(&file(&bytes), &start, 900 * 1536 + 7);
        let expected = PacketPlace {
            byte: 90_000,
            frame: 900 * 1536,
        };
        assert_eq!(found.unwrap(), Some(expected));
        bytes.insert(50_050, 0);
        let found = PacketBytes::Equal.find(&file(&bytes), &start, 900 * 1536);
        assert_eq!(found.unwrap(), None);
        let found = PacketBytes::Equal.find(&file(&packet), &start, 900 * 1536);
        assert_eq!(found.unwrap(), None);
    }

    #[test]
    fn blocks_of_wavpack_are_found() {
        let block = |frame: u32| {
            let mut block = b"wvpk".to_vec();
            block.extend(2024_u32.to_le_bytes());
            block.extend([0x10, 4, 0, 0]);
            block.extend(u32::MAX.to_le_bytes());
            block.extend(frame.to_le_bytes());
            block.extend(500_u32.to_le_bytes());
            block.extend(IS_INITIAL.to_le_bytes());
            // A mark that begins no block.
            block.extend(b"abcdwvpk");
            block.resize(2032, 4);
            block
        };
        let blocks: Vec<_> = (0..2000).flat_map(|index| block(7 + 500 * index)).collect();
        let found = PacketBytes::Wavpack.find(&file(&blocks), &[], 700_000);
        let place = found.unwrap().unwrap();
        assert!((500_000..=700_000).contains(&place.frame), "{place:?}");
        assert_eq!(place.byte, place.frame / 500 * 2032);
    }
}
