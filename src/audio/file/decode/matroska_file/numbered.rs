//! Finds clusters by the numbers of FLAC frames, without reading all blocks before them.

use super::super::flac::place_of_flac_packet;
use super::blocks::{BlockWalk, FoundElement};
use super::element::{element_header, id, unsigned};
use super::search_start::SearchStart;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

/// How a cluster begins: its id.
const CLUSTER: &[u8] = b"\x1f\x43\xb6\x75";

/// Bytes in which a cluster is searched for at a time, and in total.
const WINDOW_BYTES: usize = 256 << 10;
const MAX_SEARCH_BYTES: u64 = 16 << 20;

/// Places that are compared at first, to find out whether frames are numbered in order.
const CHECKS: u64 = 16;

/// Fewer bytes than this are read block by block.
const MIN_DISTANCE: u64 = 1 << 20;

/// Milliseconds by which a timestamp may differ.
const MAX_TIME_ERROR: u64 = 100;

/// A cluster whose first frame is known.
#[derive(Clone, Copy)]
pub(super) struct NumberedCluster {
    pub(super) at: u64,
    /// The number of its first frame, in samples.
    pub(super) sample: u64,
    /// Its timestamp, in milliseconds.
    time: u64,
}

/// A file of FLAC.
pub(super) struct NumberedClusters<'a> {
    file: &'a File,
    track: u64,
    /// Samples of all packets but the last.
    block: u64,
    first: NumberedCluster,
    rate: u32,
}

impl NumberedClusters<'_> {
    /// `None` if the file does not begin with the first frame.
    pub(super) fn new<'a>(
        file: &'a File,
        start: &SearchStart,
    ) -> io::Result<Option<NumberedClusters<'a>>> {
        let (mut walk, mut at) = (BlockWalk::new(file), None);
        let track = u64::from(start.track);
        while let Some(element) = walk.next()? {
            match element {
                FoundElement::Cluster(found) => at = Some(found),
                FoundElement::Block(found) if found == track => {
                    let head = walk.packets().next();
                    let place = head.and_then(|head| place_of_flac_packet(head.bytes, 0));
                    let (Some((0, block)), Some(at)) = (place, at) else {
                        return Ok(None);
                    };
                    let Some(time) = cluster_time(file, at)? else {
                        return Ok(None);
                    };
                    let first = NumberedCluster {
                        at,
                        sample: 0,
                        time,
                    };
                    return Ok(Some(NumberedClusters {
                        file,
                        track,
                        block,
                        first,
                        rate: start.rate,
                    }));
                }
                _ => {}
            }
        }
        Ok(None)
    }

    pub(super) fn first(&self) -> u64 {
        self.first.at
    }

    /// Samples of the first `packets` packets.
    pub(super) fn samples(&self, packets: u64) -> u64 {
        packets * self.block
    }

    /// A cluster not far before sample `target`; `None` if frames are not numbered in order.
    pub(super) fn find(&self, target: u64) -> io::Result<Option<NumberedCluster>> {
        let size = self.file.metadata()?.len();
        let (mut low, mut high, mut last) = (self.first, size, self.first);
        for check in 1..CHECKS {
            let at = self.first.at + (size - self.first.at) / CHECKS * check;
            let Some(found) = self.cluster_after(at)? else {
                continue;
            };
            if found.at > last.at && found.sample <= last.sample || !self.is_on_time(found) {
                return Ok(None);
            }
            last = found;
            match found.sample <= target {
                true => low = found,
                false => high = high.min(found.at),
            }
        }
        while high.saturating_sub(low.at) > MIN_DISTANCE {
            let middle = low.at + (high - low.at) / 2;
            match self.cluster_after(middle)? {
                Some(found) if found.at < high && (low.sample..=target).contains(&found.sample) => {
                    low = found;
                }
                _ => high = middle,
            }
        }
        Ok(Some(low).filter(|low| self.is_on_time(*low)))
    }

    /// Whether the number of a cluster agrees with its timestamp. If files were joined, it does not.
    fn is_on_time(&self, cluster: NumberedCluster) -> bool {
        let time = cluster.sample.saturating_mul(1000) / u64::from(self.rate);
        (self.first.time + time).abs_diff(cluster.time) <= MAX_TIME_ERROR
    }

    /// The first cluster that begins at or behind byte `at`.
    fn cluster_after(&self, at: u64) -> io::Result<Option<NumberedCluster>> {
        let mut from = at;
        while from < at + MAX_SEARCH_BYTES {
            let mut window = vec![0; WINDOW_BYTES];
            let got = self.file.read_at(&mut window, from)?;
            let marks = window[..got].windows(CLUSTER.len()).enumerate();
            for (offset, _) in marks.filter(|(_, mark)| *mark == CLUSTER) {
                if let Some(found) = self.cluster(from + offset as u64)? {
                    return Ok(Some(found));
                }
            }
            if got < WINDOW_BYTES {
                break;
            }
            from += (WINDOW_BYTES - CLUSTER.len()) as u64;
        }
        Ok(None)
    }

    /// The cluster that begins at byte `at`, if there is one.
    fn cluster(&self, at: u64) -> io::Result<Option<NumberedCluster>> {
        let mut walk = BlockWalk::starting_at(self.file, at);
        if !matches!(walk.next()?, Some(FoundElement::Cluster(_))) {
            return Ok(None);
        }
        while let Some(FoundElement::Block(track)) = walk.next()? {
            let mut packets = walk.packets().filter(|_| track == self.track);
            if let Some(head) = packets.next() {
                let place = place_of_flac_packet(head.bytes, self.block);
                let time = cluster_time(self.file, at)?;
                return Ok(place.zip(time).map(|((sample, _), time)| NumberedCluster {
                    at,
                    sample,
                    time,
                }));
            }
        }
        Ok(None)
    }
}

/// The timestamp of the cluster that begins at byte `at`: its first element, apart from a checksum.
fn cluster_time(file: &File, at: u64) -> io::Result<Option<u64>> {
    let mut bytes = [0; 40];
    let got = file.read_at(&mut bytes, at)?;
    let number = || {
        let rest = &bytes[..got];
        let mut rest = &rest[element_header(rest).ok()?.bytes..];
        let mut header = element_header(rest).ok()?;
        if header.id == id::CHECKSUM {
            rest = rest.get(header.bytes.saturating_add(header.size as usize)..)?;
            header = element_header(rest).ok()?;
        }
        let content = rest.get(header.bytes..)?.get(..header.size as usize)?;
        (header.id == id::TIMESTAMP).then(|| unsigned(content))
    };
    Ok(number())
}
