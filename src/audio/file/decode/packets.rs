//! Decodes the packets of the audio track one after another, and skips corrupt ones.

use super::decoder::PacketDecoder;
use super::dropped::Dropped;
use super::gapless::{GaplessTrim, PacketTrim};
use super::limits::check_corrupt;
use super::map_error::map_error;
use super::matroska_file::{MatroskaClusters, SearchStart};
use super::media_source::ReadBudget;
use super::open_reader::open_reader;
use super::packet_lengths::{PacketHead, PacketLengths};
use super::track::AudioTrack;
use crate::audio::error::Result;
use crate::audio::file::catch_panic::catch_panic;
use crate::audio::file::container::Container;
use crate::audio::spec::Spec;
use symphonia::core::errors::Error as SymphoniaError;
use symphonia::core::formats::{FormatReader, SeekMode, SeekTo};
use symphonia::core::packet::Packet;
use symphonia::core::units::Timestamp;
use symphonia::default::formats::MkvReader;

pub(super) struct DecodedPackets {
    pub(super) container: Container,
    /// Name of the file for messages.
    pub(super) name: String,
    pub(super) reader: Box<dyn FormatReader>,
    pub(super) budget: ReadBudget,
    pub(super) clusters: Option<MatroskaClusters>,
    pub(super) track: u32,
    /// How long packets are, if that is known without decoding them.
    pub(super) lengths: Option<PacketLengths>,
    pub(super) decoder: Box<dyn PacketDecoder>,
    pub(super) trim: GaplessTrim,
    pub(super) dropped: Dropped,
    pub(super) next_frame: NextFrame,
    /// The number of frames of the whole stream, if known.
    pub(super) expected_frames: Option<u64>,
    /// Frames so far, without delay and padding.
    pub(super) position: u64,
    /// Whether a packet has been decoded.
    pub(super) is_started: bool,
    /// Whether timestamps count frames.
    pub(super) is_timed: bool,
    /// Whether the last packet that was decoded was as long as its container says.
    pub(super) has_duration: bool,
    /// A packet that is next.
    pub(super) waiting: Option<Packet>,
}

/// Decoded frames before a position that are decoded to continue there: 32 packets of MP3, each of which may need
/// those before it.
const LEAD_FRAMES: u64 = 32 * 1152;

/// Fewer frames than this are passed packet by packet in Matroska.
const MIN_JUMP_FRAMES: u64 = 1 << 18;

/// The frame number that the next packet must start with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NextFrame {
    /// Packets are not numbered, or not exactly.
    Unnumbered,
    /// Any, because it is the first one.
    Any,
    At(i64),
}

impl NextFrame {
    /// At the start of `track`. FLAC numbers its frames; Ogg pages have the number of their last frame.
    pub(super) fn first(container: Container, track: &AudioTrack) -> NextFrame {
        match container {
            Container::Flac if track.is_timed_in_frames() => NextFrame::At(0),
            Container::Ogg if track.is_timed_in_frames() => NextFrame::Any,
            _ => NextFrame::Unnumbered,
        }
    }

    /// Advances past `packet` and returns the number of frames missing before it.
    fn advance(&mut self, packet: &Packet) -> u64 {
        let missing = match *self {
            NextFrame::Unnumbered => return 0,
            NextFrame::Any => 0,
            NextFrame::At(next) => packet.pts.get().saturating_sub(next),
        };
        let end = packet.pts.checked_add(packet.block_dur());
        *self = NextFrame::At(end.map_or(i64::MAX, |end| end.get()));
        u64::try_from(missing).unwrap_or(0)
    }
}

impl DecodedPackets {
    /// Decodes the next packet that can be decoded into `frames`, replacing their content; `None` at the end. The
    /// returned spec is not validated.
    pub(super) fn decode_next(&mut self, frames: &mut Vec<u8>) -> Result<Option<(Packet, Spec)>> {
        while let Some(packet) = self.next_packet()? {
            // ffmpeg 5.1 ends the FLAC in a CAF with one (not reported upstream).
            if packet.data.is_empty() {
                self.trim.count_packet();
                continue;
            }
            if let Some(spec) = self.decode(&packet, frames)? {
                let missing = self.next_frame.advance(&packet);
                if missing > 0 {
                    self.dropped.add_frames(self.position, missing);
                }
                return Ok(Some((packet, spec)));
            }
        }
        Ok(None)
    }

    /// The next packet of the track; `None` at the end.
    fn next_packet(&mut self) -> Result<Option<Packet>> {
        if let Some(packet) = self.waiting.take() {
            return Ok(Some(packet));
        }
        loop {
            self.budget.renew();
            match catch_panic(|| self.reader.next_packet()) {
                Ok(Some(packet)) if packet.track_id == self.track => return Ok(Some(packet)),
                Ok(Some(_)) => {}
                Ok(None) => return Ok(None),
                Err(SymphoniaError::ResetRequired) => self.start_chained_stream()?,
                Err(SymphoniaError::IoError(error)) if is_end(&error) && self.trim.may_end() => {
                    return Ok(None);
                }
                Err(error) => return Err(self.error(error)),
            }
        }
    }

    /// Passes packets that decode to at most `frames` frames, without decoding them. Returns how many frames are
    /// passed. `rate` is the sample rate.
    pub(super) fn pass(&mut self, frames: u64, rate: u32) -> Result<u64> {
        let room = frames.saturating_sub(LEAD_FRAMES);
        if room == 0 || self.trim.has_delay() {
            return Ok(0);
        }
        let mut passed = match self.container {
            Container::Matroska => self.jump_to_cluster(room, rate)?,
            _ => self.jump(room)?,
        };
        let mut last = None;
        while let Some(packet) = self.next_packet()? {
            let is_whole = packet.trim_start.get() == 0 && packet.trim_end.get() == 0;
            let head = PacketHead::of(&packet.data);
            let lengths = self.lengths.as_mut().filter(|_| is_whole);
            let count = lengths.and_then(|lengths| {
                let count = lengths.frames_in(head);
                let count = count.filter(|count| passed + count <= room)?;
                lengths.pass(Some(head));
                Some(count)
            });
            let Some(count) = count else {
                self.waiting = Some(packet);
                break;
            };
            passed += self.trim.trim(&packet, rate, count as usize).len() as u64;
            self.next_frame.advance(&packet);
            last = Some(packet);
        }
        self.position += passed;
        if passed > 0 {
            self.decoder.resume(last.as_ref());
        }
        Ok(passed)
    }

    /// Continues at a cluster of a Matroska file. Returns how many frames are passed.
    fn jump_to_cluster(&mut self, room: u64, rate: u32) -> Result<u64> {
        let (Some(clusters), Some(lengths)) = (&self.clusters, &self.lengths) else {
            return Ok(0);
        };
        if room < MIN_JUMP_FRAMES {
            return Ok(0);
        }
        let start = SearchStart {
            track: self.track,
            packets: self.trim.packets(),
            rate,
        };
        let failed = |error| self.error(SymphoniaError::IoError(error));
        let found = clusters.find(&start, lengths.clone(), room);
        let Some(place) = found.map_err(failed)? else {
            return Ok(0);
        };
        self.budget.renew();
        let stream = clusters.stream(&place, self.budget.clone());
        let (stream, scan) = stream.map_err(failed)?;
        self.reader = open_reader::<MkvReader<'_>>(stream).map_err(|error| self.error(error))?;
        self.trim.restart(PacketTrim::Matroska(scan));
        (self.lengths, self.waiting) = (Some(place.lengths), None);
        Ok(place.frames)
    }

    /// Lets the reader seek, if its timestamps are exact. Returns how many frames are passed.
    fn jump(&mut self, room: u64) -> Result<u64> {
        if !(self.is_timed
            && self.has_duration
            && matches!(self.container, Container::Mp4 | Container::Caf))
        {
            return Ok(0);
        }
        let Some(packet) = self.next_packet()? else {
            return Ok(0);
        };
        let start = packet.pts;
        let target = i64::try_from(room)
            .ok()
            .and_then(|room| start.get().checked_add(room));
        let Some(target) = target.filter(|_| packet.dur.get() <= room) else {
            self.waiting = Some(packet);
            return Ok(0);
        };
        // symphonia 0.6.1 lands too early in CAF unless it seeks from the first packet (not reported upstream).
        if self.container == Container::Caf {
            self.seek(0).map_err(|error| self.error(error))?;
        }
        let found = match self.seek(target) {
            // Behind the end: back to where it was.
            Err(SymphoniaError::SeekError(_)) => self.seek(start.get() + 1),
            found => found,
        };
        let found = found.map_err(|error| self.error(error))?;
        let passed = u64::try_from(found - start.get()).unwrap_or(0);
        self.trim.pass(passed);
        Ok(passed)
    }

    /// Lets the reader seek to the packet at or before timestamp `to`. Returns its timestamp.
    fn seek(&mut self, to: i64) -> std::result::Result<i64, SymphoniaError> {
        let to = SeekTo::Timestamp {
            ts: Timestamp::new(to),
            track_id: self.track,
        };
        let found = catch_panic(|| self.reader.seek(SeekMode::Coarse, to))?;
        Ok(found.actual_ts.get())
    }

    /// Continues with the next logical stream of a chained Ogg file.
    fn start_chained_stream(&mut self) -> Result<()> {
        let track = AudioTrack::select(self.container, &self.name, self.reader.as_ref())?;
        self.decoder = track.open_decoder(self.container, &self.name)?;
        (self.track, self.lengths) = (track.id(), track.packet_lengths());
        self.trim.set_delay(track.pre_skip().unwrap_or(0));
        if self.next_frame != NextFrame::Unnumbered {
            self.next_frame = NextFrame::Any;
        }
        // The known number is that of the first stream.
        self.expected_frames = None;
        Ok(())
    }

    /// Decodes `packet`; `None` if it is corrupt.
    fn decode(&mut self, packet: &Packet, frames: &mut Vec<u8>) -> Result<Option<Spec>> {
        let decoded = catch_panic(|| self.decoder.decode(packet, frames));
        if let Some(lengths) = &mut self.lengths {
            lengths.pass(decoded.is_ok().then(|| PacketHead::of(&packet.data)));
        }
        match decoded {
            Ok(spec) => {
                self.is_started = true;
                let length = frames.len() / spec.frame_bytes().max(1);
                self.has_duration = length as u64 == packet.dur.get();
                Ok(Some(spec))
            }
            // After the first packet, this error means a corrupt packet that looks like an unknown variant.
            Err(error @ SymphoniaError::Unsupported(_)) if !self.is_started => {
                Err(self.error(error))
            }
            Err(_) => {
                self.drop_packet()?;
                Ok(None)
            }
        }
    }

    fn drop_packet(&mut self) -> Result<()> {
        self.dropped.add_packet(self.position);
        self.trim.count_packet();
        check_corrupt(self.dropped.packets(), &self.name)
    }

    fn error(&self, error: SymphoniaError) -> crate::audio::error::Error {
        map_error(self.container, &self.name, self.position, error)
    }
}

fn is_end(error: &std::io::Error) -> bool {
    error.kind() == std::io::ErrorKind::UnexpectedEof && error.raw_os_error().is_none()
}
