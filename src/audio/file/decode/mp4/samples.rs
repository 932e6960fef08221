//! Where the packets of a track are: sample tables, and the runs of fragments.

use super::boxes::{boxes, find, number};

/// A packet in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mp4Sample {
    pub(super) offset: u64,
    pub(super) size: u64,
    /// How long it lasts, in units of the track.
    pub(super) duration: u64,
}

/// Values for what fragments leave out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct SampleDefaults {
    pub(super) duration: u32,
    pub(super) size: u32,
}

/// The largest number of frames of uncompressed samples in a packet.
pub(super) const MAX_PCM_FRAMES: u64 = 4096;

/// The largest number of packets in a fragment.
const MAX_RUN: u64 = 1 << 20;

/// The flag of a track in a fragment whose positions count from the start of the fragment.
const DEFAULT_BASE_IS_MOOF: u64 = 0x02_0000;

/// The tables of a track, entry by entry as they are in the file.
#[derive(Debug, Default)]
pub(super) struct SampleTable {
    /// Number of packets and their duration.
    times: Vec<[u32; 2]>,
    /// First chunk and packets in it.
    chunk_runs: Vec<[u32; 2]>,
    /// The size of every packet, or 0.
    size: u32,
    sizes: Vec<u8>,
    /// Bytes of each entry of `sizes`; 0 if an entry has four bits.
    size_bytes: usize,
    count: u64,
    offsets: Vec<u8>,
    has_wide_offsets: bool,
    /// Bytes of a frame of uncompressed samples.
    frame_bytes: Option<u32>,
    // The current position.
    time: (usize, u32),
    chunk: usize,
    run: usize,
    /// Packets left in the chunk, and where the next one is.
    left: u64,
    offset: u64,
    next: u64,
}

impl SampleTable {
    /// Parses the content of `stbl`.
    pub(super) fn parse(stbl: &[u8], frame_bytes: Option<u32>) -> SampleTable {
        let entries = |kind: &[u8; 4], size: usize| {
            let content = find(stbl, &[kind]).and_then(|content| content.get(8..));
            content.unwrap_or_default().chunks_exact(size)
        };
        let pair = |entry: &[u8]| [0, 4].map(|at| number::<4>(entry, at).unwrap_or(0) as u32);
        let mut table = SampleTable {
            times: entries(b"stts", 8).map(pair).collect(),
            chunk_runs: entries(b"stsc", 12).map(pair).collect(),
            frame_bytes,
            ..SampleTable::default()
        };
        for (kind, content) in boxes(stbl) {
            match &kind {
                b"stsz" => table.set_sizes(content, 4),
                b"stz2" => {
                    table.set_sizes(content, content.get(7).copied().unwrap_or(0) as usize / 8)
                }
                b"stco" | b"co64" => {
                    table.offsets = content.get(8..).unwrap_or_default().to_vec();
                    table.has_wide_offsets = &kind == b"co64";
                }
                _ => {}
            }
        }
        table
    }

    fn set_sizes(&mut self, content: &[u8], size_bytes: usize) {
        self.size = if size_bytes == 4 {
            number::<4>(content, 4).unwrap_or(0) as u32
        } else {
            0
        };
        self.count = number::<4>(content, 8).unwrap_or(0);
        self.sizes = content.get(12..).unwrap_or_default().to_vec();
        self.size_bytes = size_bytes;
    }

    /// The total duration of all packets, in units of the track; `None` if it cannot be correct.
    pub(super) fn length(&self) -> Option<u64> {
        self.times.iter().try_fold(0_u64, |sum, [count, duration]| {
            sum.checked_add(u64::from(*count).checked_mul(u64::from(*duration))?)
        })
    }

    /// Goes back to the first packet.
    pub(super) fn rewind(&mut self) {
        (self.time, self.chunk, self.run) = ((0, 0), 0, 0);
        (self.left, self.offset, self.next) = (0, 0, 0);
    }

    /// The next packet; `None` at the end.
    pub(super) fn next_sample(&mut self) -> Option<Mp4Sample> {
        if self.next >= self.count {
            return None;
        }
        while self.left == 0 {
            self.enter_chunk()?;
        }
        let (size, samples) = match self.frame_bytes {
            Some(bytes) => {
                let frames = self.left.min(MAX_PCM_FRAMES).min(self.count - self.next);
                (frames * u64::from(bytes), frames)
            }
            None => (self.size_of(self.next)?, 1),
        };
        let sample = Mp4Sample {
            offset: self.offset,
            size,
            duration: if self.frame_bytes.is_some() {
                samples
            } else {
                self.next_duration()
            },
        };
        self.offset = self.offset.checked_add(size)?;
        self.next += samples;
        self.left -= samples;
        Some(sample)
    }

    fn enter_chunk(&mut self) -> Option<()> {
        let offset = match self.has_wide_offsets {
            true => number::<8>(&self.offsets, self.chunk.checked_mul(8)?)?,
            false => number::<4>(&self.offsets, self.chunk.checked_mul(4)?)?,
        };
        let next_run = self.chunk_runs.get(self.run + 1);
        if next_run.is_some_and(|[first, _]| *first as usize <= self.chunk + 1) {
            self.run += 1;
        }
        self.left = self.chunk_runs.get(self.run)?[1].into();
        self.offset = offset;
        self.chunk += 1;
        Some(())
    }

    fn size_of(&self, index: u64) -> Option<u64> {
        if self.size > 0 {
            return Some(self.size.into());
        }
        let index = usize::try_from(index).ok()?;
        match self.size_bytes {
            4 => number::<4>(&self.sizes, index * 4),
            2 => number::<2>(&self.sizes, index * 2),
            1 => number::<1>(&self.sizes, index),
            _ => {
                let pair = *self.sizes.get(index / 2)?;
                Some(u64::from(if index % 2 == 0 {
                    pair >> 4
                } else {
                    pair & 15
                }))
            }
        }
    }

    fn next_duration(&mut self) -> u64 {
        while let Some([count, duration]) = self.times.get(self.time.0) {
            if self.time.1 < *count {
                self.time.1 += 1;
                return (*duration).into();
            }
            self.time = (self.time.0 + 1, 0);
        }
        0
    }
}

/// The packets of track `id` in a fragment; `moof` is its content, `start` its position in the file.
pub(super) fn fragment(
    moof: &[u8],
    start: u64,
    id: u32,
    defaults: SampleDefaults,
) -> Vec<Mp4Sample> {
    let mut samples = Vec::new();
    // Where the data of a track without its own position start: after the data of the previous track.
    let mut end = start;
    for (kind, traf) in boxes(moof) {
        if &kind != b"traf" {
            continue;
        }
        let Some(tfhd) = find(traf, &[b"tfhd"]) else {
            continue;
        };
        let header = TrackHeader::parse(tfhd, start, defaults);
        let base = header.base.unwrap_or(end);
        let mut next = base;
        for (kind, trun) in boxes(traf) {
            if &kind == b"trun" {
                let is_wanted = header.id == id;
                next = run(trun, base, next, &header, is_wanted.then_some(&mut samples))
                    .unwrap_or(next);
            }
        }
        end = next;
    }
    samples
}

struct TrackHeader {
    id: u32,
    /// What positions are counted from; `None` is the end of the previous track's data.
    base: Option<u64>,
    defaults: SampleDefaults,
}

impl TrackHeader {
    fn parse(tfhd: &[u8], start: u64, defaults: SampleDefaults) -> TrackHeader {
        let flags = number::<4>(tfhd, 0).unwrap_or(0);
        let mut at = 8;
        let mut field = |flag: u64, size: usize| {
            let place = at;
            at += if flags & flag != 0 { size } else { 0 };
            (flags & flag != 0).then_some(place)
        };
        let base = field(1, 8).and_then(|at| number::<8>(tfhd, at));
        field(2, 4);
        let duration = field(8, 4).and_then(|at| number::<4>(tfhd, at));
        let size = field(16, 4).and_then(|at| number::<4>(tfhd, at));
        TrackHeader {
            id: number::<4>(tfhd, 4).unwrap_or(0) as u32,
            base: base.or((flags & DEFAULT_BASE_IS_MOOF != 0).then_some(start)),
            defaults: SampleDefaults {
                duration: duration.map_or(defaults.duration, |duration| duration as u32),
                size: size.map_or(defaults.size, |size| size as u32),
            },
        }
    }
}

/// Reads a run of packets. Returns where the next one begins.
fn run(
    trun: &[u8],
    base: u64,
    next: u64,
    header: &TrackHeader,
    samples: Option<&mut Vec<Mp4Sample>>,
) -> Option<u64> {
    let flags = number::<4>(trun, 0)?;
    let count = number::<4>(trun, 4)?.min(MAX_RUN);
    let mut at = 8;
    let mut offset = next;
    if flags & 1 != 0 {
        let relative = i64::from(number::<4>(trun, at)? as u32 as i32);
        offset = base.checked_add_signed(relative)?;
        at += 4;
    }
    at += if flags & 4 != 0 { 4 } else { 0 };
    let mut samples = samples;
    for _ in 0..count {
        let mut field = |flag: u64, usual: u32| {
            if flags & flag == 0 {
                return Some(u64::from(usual));
            }
            at += 4;
            number::<4>(trun, at - 4)
        };
        let (Some(duration), Some(size)) = (
            field(0x100, header.defaults.duration),
            field(0x200, header.defaults.size),
        ) else {
            break;
        };
        field(0x400, 0);
        field(0x800, 0);
        if let Some(samples) = &mut samples {
            samples.push(Mp4Sample {
                offset,
                size,
                duration,
            });
        }
        offset = offset.checked_add(size)?;
    }
    Some(offset)
}
