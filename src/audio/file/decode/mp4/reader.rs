//! The packets of one track, in the order of the file.

use super::boxes::{BoxHead, MAX_HEAD_BYTES};
use super::index::Mp4Track;
use super::samples::{self, Mp4Sample, SampleDefaults, SampleTable};
use crate::audio::error::Result;
use crate::audio::file::input::Input;
use std::collections::VecDeque;
use std::io;
use std::sync::Mutex;
use symphonia::core::codecs::CodecParameters;
use symphonia::core::codecs::audio::AudioCodecParameters;
use symphonia::core::errors as symphonia_errors;
use symphonia::core::formats::well_known::FORMAT_ID_ISOMP4;
use symphonia::core::formats::{FormatInfo, FormatReader, MediaInfo, SeekMode, SeekTo, SeekedTo};
use symphonia::core::io::MediaSourceStream;
use symphonia::core::meta::{Metadata, MetadataLog};
use symphonia::core::packet::Packet;
use symphonia::core::units::{Duration, TimeBase, Timestamp};

/// The longest packet that is read, in bytes.
const MAX_PACKET_BYTES: u64 = 16 << 20;

/// The longest list of a fragment's packets that is read, in bytes.
const MAX_FRAGMENT_BYTES: u64 = 32 << 20;

/// Boxes without a packet that end the search for one.
const MAX_BOXES: usize = 100_000;

/// The bytes of a file.
pub(super) enum Mp4Bytes {
    File(Input),
    /// A pipe, which is read from first to last.
    Pipe(Input),
    /// The whole content of a pipe.
    Held(Vec<u8>),
}

impl Mp4Bytes {
    /// The `count` bytes at `at`: fewer at the end, none if a pipe has already passed `at`.
    pub(super) fn read(&mut self, at: u64, count: u64) -> Result<Vec<u8>> {
        match self {
            Mp4Bytes::File(input) => {
                let left = input.size().unwrap_or(0).saturating_sub(at);
                let mut bytes = vec![0; count.min(left) as usize];
                let got = input.read_at(at, &mut bytes)?;
                bytes.truncate(got);
                Ok(bytes)
            }
            Mp4Bytes::Pipe(input) => {
                let Some(ahead) = at.checked_sub(input.position()) else {
                    return Ok(Vec::new());
                };
                if input.skip(ahead)? < ahead {
                    return Ok(Vec::new());
                }
                let mut bytes = vec![0; count as usize];
                let got = input.fill(&mut bytes)?;
                bytes.truncate(got);
                Ok(bytes)
            }
            Mp4Bytes::Held(bytes) => {
                let start = usize::try_from(at).unwrap_or(usize::MAX).min(bytes.len());
                let end = start.saturating_add(count as usize).min(bytes.len());
                Ok(bytes[start..end].to_vec())
            }
        }
    }
}

impl Mp4Bytes {
    /// Whether bytes can be read again, and in any order.
    pub(super) fn is_random(&self) -> bool {
        !matches!(self, Mp4Bytes::Pipe(_))
    }

    /// Whether the bytes, which have been read up to their end, end before `at`.
    fn end_before(&self, at: u64) -> bool {
        match self {
            Mp4Bytes::File(input) => input.size().is_some_and(|size| size < at),
            Mp4Bytes::Pipe(input) => input.position() < at,
            Mp4Bytes::Held(bytes) => (bytes.len() as u64) < at,
        }
    }

    /// Like [`Mp4Bytes::read`], but a pipe is not consumed, and at most `max` bytes of its sound are inspected.
    pub(super) fn peek(&mut self, at: u64, count: u64, max: u64) -> Result<Vec<u8>> {
        let Mp4Bytes::Pipe(input) = self else {
            return self.read(at, count);
        };
        let Some(start) = at.checked_sub(input.position()) else {
            return Ok(Vec::new());
        };
        let Some(end) = start
            .checked_add(count)
            .filter(|end| *end <= max + MAX_INDEX_AHEAD)
        else {
            return Ok(Vec::new());
        };
        let ahead = input.peek(end as usize)?;
        Ok(ahead.get(start as usize..).unwrap_or_default().to_vec())
    }
}

/// How many bytes before the first packet of a pipe are inspected at most, its index included.
const MAX_INDEX_AHEAD: u64 = 16 << 20;

/// Reads the packets of a track.
pub(super) struct Mp4Reader {
    // symphonia requires a reader to be `Sync`, which an input need not be.
    bytes: Mutex<Mp4Bytes>,
    table: SampleTable,
    fragments: Option<Fragments>,
    /// A packet that was found and not read.
    waiting: Option<Mp4Sample>,
    /// Whether a packet was not read to its end.
    is_truncated: bool,
    position: u64,
    info: MediaInfo,
    tracks: Vec<symphonia::core::formats::Track>,
    log: MetadataLog,
}

/// The position in the list of fragments.
#[derive(Clone, Debug)]
pub(super) struct Fragments {
    id: u32,
    defaults: SampleDefaults,
    /// The next box.
    at: u64,
    /// Whether the last box has packets or lists them.
    holds_sound: bool,
    /// Whether the end is in the middle of such a box.
    is_truncated: bool,
    samples: VecDeque<Mp4Sample>,
}

impl Fragments {
    pub(super) fn new(track: &Mp4Track) -> Fragments {
        Fragments {
            id: track.id,
            defaults: track.defaults,
            at: 0,
            holds_sound: false,
            is_truncated: false,
            samples: VecDeque::new(),
        }
    }

    /// The next packet; `None` at the end.
    pub(super) fn next_sample(&mut self, bytes: &mut Mp4Bytes) -> Result<Option<Mp4Sample>> {
        for _ in 0..MAX_BOXES {
            if let Some(sample) = self.samples.pop_front() {
                self.walk_to(sample.offset, bytes)?;
                return Ok(Some(sample));
            }
            if !self.walk(bytes)? {
                break;
            }
        }
        Ok(None)
    }

    /// Passes the boxes before the byte at `offset`, because a pipe cannot be read again from there.
    fn walk_to(&mut self, offset: u64, bytes: &mut Mp4Bytes) -> Result<()> {
        for _ in 0..MAX_BOXES {
            if self.at > offset || !self.walk(bytes)? {
                break;
            }
        }
        Ok(())
    }

    /// Passes a box, and reads it if it lists packets; `false` at the end.
    fn walk(&mut self, bytes: &mut Mp4Bytes) -> Result<bool> {
        let mut head = bytes.read(self.at, 8)?;
        if head.starts_with(&[0, 0, 0, 1]) {
            head.extend(bytes.read(self.at + 8, MAX_HEAD_BYTES as u64 - 8)?);
        }
        let head = BoxHead::parse(&head);
        let Some((head, size)) = head.and_then(|head| Some((head, head.size?))) else {
            self.is_truncated = self.holds_sound && bytes.end_before(self.at);
            return Ok(false);
        };
        self.holds_sound = matches!(&head.kind, b"moof" | b"mdat");
        if &head.kind == b"moof" && size <= MAX_FRAGMENT_BYTES {
            let moof = bytes.read(self.at + head.length, size - head.length)?;
            self.samples
                .extend(samples::fragment(&moof, self.at, self.id, self.defaults));
        }
        self.at = self.at.saturating_add(size);
        Ok(true)
    }
}

impl Mp4Reader {
    pub(super) fn new(
        bytes: Mp4Bytes,
        track: Mp4Track,
        params: AudioCodecParameters,
        is_fragmented: bool,
    ) -> Mp4Reader {
        let mut described = symphonia::core::formats::Track::new(track.id);
        described.codec_params = Some(CodecParameters::Audio(params));
        described.time_base = u32::try_from(track.scale)
            .ok()
            .and_then(TimeBase::try_from_recip);
        Mp4Reader {
            bytes: Mutex::new(bytes),
            fragments: is_fragmented.then(|| Fragments::new(&track)),
            table: track.table,
            waiting: None,
            is_truncated: false,
            position: 0,
            info: MediaInfo::default(),
            tracks: vec![described],
            log: MetadataLog::default(),
        }
    }

    fn next_sample(&mut self) -> Result<Option<Mp4Sample>> {
        if let Some(sample) = self.waiting.take() {
            return Ok(Some(sample));
        }
        let bytes = bytes(&mut self.bytes);
        Ok(match (self.table.next_sample(), &mut self.fragments) {
            (Some(sample), Some(fragments)) => {
                fragments.walk_to(sample.offset, bytes)?;
                Some(sample)
            }
            (Some(sample), None) => Some(sample),
            (None, Some(fragments)) => fragments.next_sample(bytes)?,
            (None, None) => None,
        })
    }

    /// The next packet and its data; `None` at the end, which may be too early.
    fn next_data(&mut self) -> Result<Option<(Mp4Sample, Vec<u8>)>> {
        let sample = self.next_sample()?;
        let Some(sample) = sample.filter(|sample| sample.size <= MAX_PACKET_BYTES) else {
            return Ok(None);
        };
        let data = bytes(&mut self.bytes).read(sample.offset, sample.size)?;
        let is_whole = data.len() as u64 == sample.size;
        self.is_truncated |= !is_whole;
        Ok(is_whole.then_some((sample, data)))
    }

    /// Whether the end is in the middle of a packet or of a list of packets. If the number of frames is known, their
    /// absence is noticed anyway.
    fn is_truncated_unnoticed(&mut self) -> bool {
        let Some(fragments) = &self.fragments else {
            return false;
        };
        fragments.is_truncated || (self.is_truncated && !bytes(&mut self.bytes).is_random())
    }
}

fn bytes(bytes: &mut Mutex<Mp4Bytes>) -> &mut Mp4Bytes {
    match bytes.get_mut() {
        Ok(bytes) => bytes,
        Err(poisoned) => poisoned.into_inner(),
    }
}

impl FormatReader for Mp4Reader {
    fn format_info(&self) -> &FormatInfo {
        static INFO: FormatInfo = FormatInfo {
            format: FORMAT_ID_ISOMP4,
            short_name: "isomp4",
            long_name: "ISO Base Media File Format",
        };
        &INFO
    }

    fn media_info(&self) -> &MediaInfo {
        &self.info
    }

    fn metadata(&mut self) -> Metadata<'_> {
        self.log.metadata()
    }

    /// Goes forward to the packet at a timestamp.
    fn seek(&mut self, _: SeekMode, to: SeekTo) -> symphonia_errors::Result<SeekedTo> {
        let SeekTo::Timestamp { ts, track_id } = to else {
            return symphonia_errors::unsupported_error("seeking to a time");
        };
        let target = u64::try_from(ts.get()).unwrap_or(0);
        while let Some(sample) = self.next_sample().map_err(io::Error::other)? {
            let end = self.position.saturating_add(sample.duration);
            if end > target {
                self.waiting = Some(sample);
                break;
            }
            self.position = end;
        }
        Ok(SeekedTo {
            track_id,
            required_ts: ts,
            actual_ts: Timestamp::new(i64::try_from(self.position).unwrap_or(i64::MAX)),
        })
    }

    fn tracks(&self) -> &[symphonia::core::formats::Track] {
        &self.tracks
    }

    fn next_packet(&mut self) -> symphonia_errors::Result<Option<Packet>> {
        let found = self.next_data().map_err(io::Error::other)?;
        if found.is_none() && self.is_truncated_unnoticed() {
            return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
        }
        let packet = found.map(|(sample, data)| {
            let start = Timestamp::new(i64::try_from(self.position).unwrap_or(i64::MAX));
            self.position = self.position.saturating_add(sample.duration);
            Packet::new(
                self.tracks[0].id,
                start,
                Duration::new(sample.duration),
                data,
            )
        });
        Ok(packet)
    }

    fn into_inner<'s>(self: Box<Self>) -> MediaSourceStream<'s>
    where
        Self: 's,
    {
        MediaSourceStream::new(Box::new(io::Cursor::new(Vec::new())), Default::default())
    }
}
