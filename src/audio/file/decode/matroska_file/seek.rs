//! Continuing at a cluster of a regular file, without decoding the packets before it.
//!
//! Timestamps are not exact to the frame, so the packets before a position are counted, unless they are numbered.

use super::super::media_source::{InputMedia, ReadBudget};
use super::super::packet_lengths::PacketLengths;
use super::blocks::{BlockWalk, FoundElement};
use super::element::nanos_to_frames;
use super::numbered::NumberedClusters;
use super::scan::MatroskaScan;
use super::search_start::SearchStart;
use crate::audio::file::input::Input;
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt;
use symphonia::core::io::MediaSourceStream;

/// Frames of the longest packet: FLAC's. So much is left to be read packet by packet.
const MAX_PACKET_FRAMES: u64 = 1 << 16;

/// A regular file whose clusters can be found.
pub(in super::super) struct MatroskaClusters {
    name: String,
    file: File,
}

/// A cluster.
pub(in super::super) struct ClusterPlace {
    /// Frames from the position where the search began.
    pub(in super::super) frames: u64,
    /// Knows the packet before it.
    pub(in super::super) lengths: PacketLengths,
    /// Its first byte, and that of the first cluster.
    at: u64,
    first: u64,
}

impl MatroskaClusters {
    /// `None` for a pipe.
    pub(in super::super) fn new(input: &Input) -> Option<MatroskaClusters> {
        Some(MatroskaClusters {
            name: input.name().to_owned(),
            file: input.regular_file()?,
        })
    }

    /// A cluster that begins at most `frames` frames after `start`, but not in the last packet of those.
    ///
    /// # Errors
    /// If reading fails.
    pub(in super::super) fn find(
        &self,
        start: &SearchStart,
        lengths: PacketLengths,
        frames: u64,
    ) -> io::Result<Option<ClusterPlace>> {
        if let PacketLengths::Flac = lengths
            && let Some(place) = self.find_numbered(start, frames)?
        {
            return Ok(Some(place));
        }
        self.count(start, lengths, frames)
    }

    /// As [`MatroskaClusters::find`], for numbered frames.
    fn find_numbered(&self, start: &SearchStart, frames: u64) -> io::Result<Option<ClusterPlace>> {
        let Some(clusters) = NumberedClusters::new(&self.file, start)? else {
            return Ok(None);
        };
        let from = clusters.samples(start.packets);
        let target = from
            .saturating_add(frames)
            .saturating_sub(MAX_PACKET_FRAMES);
        let found = clusters.find(target)?.filter(|found| found.sample > from);
        Ok(found.map(|found| ClusterPlace {
            frames: found.sample - from,
            lengths: PacketLengths::Flac,
            at: found.at,
            first: clusters.first(),
        }))
    }

    /// The last cluster that begins at most `frames` frames after `start`, but not in the last packet of those.
    ///
    /// # Errors
    /// If reading fails.
    fn count(
        &self,
        start: &SearchStart,
        mut lengths: PacketLengths,
        frames: u64,
    ) -> io::Result<Option<ClusterPlace>> {
        let mut walk = BlockWalk::new(&self.file);
        let (mut first, mut place) = (None, None);
        let (mut packets, mut counted, mut last) = (0, 0, 0);
        while let Some(element) = walk.next()? {
            match element {
                FoundElement::Cluster(at) => {
                    let first = *first.get_or_insert(at);
                    if counted + MAX_PACKET_FRAMES > frames {
                        break;
                    }
                    if packets > start.packets {
                        let lengths = lengths.clone();
                        place = Some(ClusterPlace {
                            frames: counted,
                            lengths,
                            at,
                            first,
                        });
                    }
                }
                FoundElement::Block(track) if track == u64::from(start.track) => {
                    last = 0;
                    for packet in walk.packets() {
                        packets += 1;
                        if packets > start.packets {
                            let Some(frames) = lengths.frames_in(packet) else {
                                return Ok(place);
                            };
                            lengths.pass(Some(packet));
                            (counted, last) = (counted + frames, frames);
                        }
                    }
                }
                FoundElement::Block(_) => last = 0,
                FoundElement::Padding(nanos) => {
                    let padding = nanos_to_frames(i128::from(nanos), start.rate).unsigned_abs();
                    counted -= u64::try_from(padding).unwrap_or(u64::MAX).min(last);
                }
            }
        }
        Ok(place)
    }

    /// A stream of the file's header and of all from `place` on, and what is scanned of it.
    ///
    /// # Errors
    /// If the file cannot be opened once more.
    pub(in super::super) fn stream(
        &self,
        place: &ClusterPlace,
        budget: ReadBudget,
    ) -> io::Result<(MediaSourceStream<'static>, MatroskaScan)> {
        let from = |at| -> io::Result<FileBytes> {
            let file = self.file.try_clone()?;
            Ok(FileBytes { file, at })
        };
        let parts = from(0)?.take(place.first).chain(from(place.at)?);
        let scan = MatroskaScan::default();
        let media = InputMedia::new(Input::from_reader(&*self.name, parts), budget);
        Ok((media.observed_by(scan.clone()), scan))
    }
}

/// The bytes of a file from byte `at` on.
struct FileBytes {
    file: File,
    at: u64,
}

impl Read for FileBytes {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let bytes = self.file.read_at(buffer, self.at)?;
        self.at += bytes as u64;
        Ok(bytes)
    }
}
