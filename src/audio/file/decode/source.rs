//! The decoded frames of a file as a [`Source`].

use super::gapless::{GaplessTrim, PacketTrim};
use super::media_source::ReadBudget;
use super::packets::{DecodedPackets, NextFrame};
use super::stream_info::{FrameCount, StreamInfo};
use super::tags::add_metadata;
use super::track::AudioTrack;
use crate::audio::channel_map::ChannelMap;
use crate::audio::error::{Error, Result};
use crate::audio::file::container::Container;
use crate::audio::file::errors::{corrupt, no_audio, truncated, unsupported_codec};
use crate::audio::metadata::Metadata;
use crate::audio::spec::Spec;
use crate::audio::stream::{Source, skip_by_passing};
use std::ops::Range;
use symphonia::core::formats::FormatReader;
use symphonia::core::packet::Packet;

/// The tag with the channel mask of a FLAC file.
const CHANNEL_MASK: &str = "waveformatextensible_channel_mask";

/// Bytes after which a read from a pipe returns rather than wait for more. Some containers have a packet for each
/// frame.
const MIN_PIPE_READ: usize = 8 << 10;

pub(super) struct DecodedSource {
    packets: DecodedPackets,
    spec: Spec,
    metadata: Metadata,
    channel_map: Option<ChannelMap>,
    /// A decoded packet of another spec: the next segment. Its frames are in `decoded`.
    next: Option<(Packet, Spec)>,
    /// Whether the spec has changed.
    has_changed: bool,
    /// Decoded frames; the bytes in `pending` have not been read yet.
    decoded: Vec<u8>,
    pending: Range<usize>,
    is_pipe: bool,
    /// The result of reaching the end.
    end: Option<Result<()>>,
}

impl DecodedSource {
    /// Decodes the first packet to find out the spec.
    pub(super) fn new(
        container: Container,
        name: String,
        reader: Box<dyn FormatReader>,
        budget: ReadBudget,
        info: StreamInfo,
    ) -> Result<DecodedSource> {
        let track = AudioTrack::select(container, &name, reader.as_ref())?;
        check_blocks(container, &name, &info.trim, &track)?;
        // ffmpeg 5.1 writes a wrong CodecDelay into WebM for an Opus input of less than 48 kHz; the codec's header is
        // right (not reported upstream).
        let delay = info
            .delay
            .or_else(|| track.pre_skip())
            .or_else(|| info.trim.delay(track.id(), track.rate()))
            .unwrap_or(0);
        let (expected_frames, max_frames) = match info.frames {
            FrameCount::Exactly(frames) => (Some(frames), frames),
            FrameCount::Unknown => (None, u64::MAX),
            FrameCount::Reported => (track.frames(), u64::MAX),
        };
        let mut packets = DecodedPackets {
            decoder: track.open_decoder(container, &name)?,
            lengths: track.packet_lengths(),
            container,
            name,
            reader,
            budget,
            clusters: info.clusters,
            track: track.id(),
            trim: GaplessTrim::new(delay, max_frames, info.trim),
            dropped: Default::default(),
            next_frame: NextFrame::first(container, &track),
            expected_frames,
            position: 0,
            is_started: false,
            is_timed: track.is_timed_in_frames(),
            has_duration: false,
            waiting: None,
        };
        let mut decoded = Vec::new();
        let (packet, spec) = decode_first(&mut packets, &mut decoded)?;
        let mut source = DecodedSource {
            packets,
            spec,
            metadata: Metadata::default(),
            channel_map: None,
            next: None,
            has_changed: false,
            decoded,
            pending: 0..0,
            is_pipe: info.file_bytes.is_none(),
            end: None,
        };
        source.accept(&packet);
        source.read_metadata(track.codec(), info.file_bytes, info.metadata);
        source.channel_map = source.find_channel_map(info.channel_map);
        Ok(source)
    }

    fn read_metadata(&mut self, codec: Option<&str>, file_bytes: Option<u64>, mut known: Metadata) {
        let frames = self.packets.expected_frames;
        let seconds = frames.map(|frames| self.spec.seconds(frames));
        let seconds = seconds.or_else(|| self.matroska_seconds());
        let mut metadata = Metadata::encoded(codec, seconds, file_bytes);
        let reader = self.packets.reader.as_mut();
        add_metadata(reader, self.packets.track, self.spec.rate, &mut metadata);
        if let Some(title) = self.packets.trim.title() {
            metadata.tags.add("title", &title);
        }
        metadata.add_missing(&mut known);
        metadata.place_chapters(self.spec.rate);
        self.metadata = metadata;
    }

    /// The duration that a Matroska file states, which is not exact to the frame. For other containers symphonia 0.6.1
    /// would estimate it.
    fn matroska_seconds(&self) -> Option<f64> {
        if self.packets.container != Container::Matroska {
            return None;
        }
        let info = self.packets.reader.media_info();
        let duration = info.time_base?.calc_duration(info.duration?)?;
        Some(duration.as_secs_f64()).filter(|seconds| *seconds > 0.0)
    }

    /// The channel map for more than two channels: that of FLAC's tag (which is removed), the codec's, or the
    /// container's.
    fn find_channel_map(&mut self, container: Option<ChannelMap>) -> Option<ChannelMap> {
        let channels = self.spec.channels;
        let tag = self.metadata.tags.take(CHANNEL_MASK);
        let mask = tag.as_deref().and_then(parse_mask);
        let tagged = mask.map(|mask| ChannelMap::from_mask(mask, channels));
        usable_map(
            tagged
                .or_else(|| self.packets.decoder.channel_map())
                .or(container),
            channels,
        )
    }

    /// Makes the frames of a decoded packet pending, without delay and padding.
    fn accept(&mut self, packet: &Packet) {
        let frame = self.spec.frame_bytes();
        let frames = self.decoded.len() / frame;
        let packets = &mut self.packets;
        let audio = packets.trim.trim(packet, self.spec.rate, frames);
        packets.dropped.end_run(&packets.name, self.spec);
        packets.position += audio.len() as u64;
        self.pending = audio.start * frame..audio.end * frame;
    }

    /// Skips at most `frames` frames that are decoded already. Returns how many.
    fn skip_decoded(&mut self, frames: u64) -> u64 {
        let bytes = self.spec.bytes(frames).min(self.pending.len() as u64);
        self.pending.start += bytes as usize;
        self.spec.frames_in(bytes)
    }

    /// Passes at most `frames` frames without decoding them. Returns how many.
    fn pass(&mut self, frames: u64) -> Result<u64> {
        if !self.pending.is_empty() || self.next.is_some() || self.end.is_some() {
            return Ok(0);
        }
        let all = self.packets.expected_frames;
        let room = all.map_or(u64::MAX, |all| all.saturating_sub(self.packets.position));
        self.packets.pass(frames.min(room), self.spec.rate)
    }

    /// Decodes more frames, unless the end has been reached.
    fn refill(&mut self) {
        if self.end.is_none() && self.next.is_none() {
            self.end = match self.decode_more() {
                Ok(true) => None,
                Ok(false) => Some(Ok(())),
                Err(error) => Some(Err(error)),
            };
        }
    }

    /// Decodes until frames are pending; `false` at the end.
    fn decode_more(&mut self) -> Result<bool> {
        while self.pending.is_empty() {
            let Some((packet, spec)) = self.packets.decode_next(&mut self.decoded)? else {
                let packets = &mut self.packets;
                packets.dropped.end_run(&packets.name, self.spec);
                self.check_length()?;
                return Ok(false);
            };
            if spec != self.spec {
                self.next = Some((packet, spec));
                return Ok(true);
            }
            self.accept(&packet);
        }
        Ok(true)
    }

    fn check_length(&self) -> Result<()> {
        let DecodedPackets {
            name,
            dropped,
            position,
            ..
        } = &self.packets;
        // Without a count, the missing frames may be those that were dropped.
        let end = dropped.frames().map(|dropped| *position + dropped);
        match (self.packets.expected_frames, end) {
            (Some(declared), Some(end)) if declared > end && !self.has_changed => {
                Err(truncated(name, declared, end))
            }
            _ if *position == 0 => Err(no_audio(name)),
            _ => Ok(()),
        }
    }
}

/// Refuses packets that are stored compressed or encrypted.
fn check_blocks(
    container: Container,
    name: &str,
    trim: &PacketTrim,
    track: &AudioTrack,
) -> Result<()> {
    if !trim.is_encoded(track.id()) {
        return Ok(());
    }
    let why = unsupported_codec(container.title(), "compressed or encrypted blocks");
    Err(Error::invalid(name, why))
}

/// The map, if it is needed and has a position for each of `channels` channels.
fn usable_map(map: Option<ChannelMap>, channels: u32) -> Option<ChannelMap> {
    map.filter(|map| channels > 2 && map.0.len() == channels as usize && map.is_complete())
}

/// Decodes the first packet that can be decoded.
fn decode_first(packets: &mut DecodedPackets, decoded: &mut Vec<u8>) -> Result<(Packet, Spec)> {
    let first = packets.decode_next(decoded)?;
    let name = &packets.name;
    let Some((packet, spec)) = first else {
        return Err(match packets.dropped.packets() {
            0 => no_audio(name),
            _ => corrupt(name, "none of its packets can be decoded"),
        });
    };
    let spec = Spec::new(spec.format, spec.rate, spec.channels);
    Ok((packet, spec.map_err(|error| corrupt(name, error))?))
}

/// Parses a channel mask as in FLAC's tag: `0x60F`.
fn parse_mask(text: &str) -> Option<u32> {
    let digits = text.trim().to_ascii_lowercase();
    u32::from_str_radix(digits.strip_prefix("0x")?, 16).ok()
}

impl Source for DecodedSource {
    fn spec(&self) -> Spec {
        self.spec
    }

    /// Without encoder delay and padding; `None` if known only after decoding.
    fn frames(&self) -> Option<u64> {
        self.packets.expected_frames
    }

    fn name(&self) -> &str {
        &self.packets.name
    }

    fn metadata(&self) -> Metadata {
        self.metadata.clone()
    }

    fn channel_map(&self) -> Option<ChannelMap> {
        self.channel_map.clone()
    }

    fn take_warning(&mut self) -> Option<String> {
        self.packets.dropped.take_warning()
    }

    fn skip(&mut self, frames: u64) -> Result<u64> {
        skip_by_passing(self, frames, |source, left| {
            let decoded = source.skip_decoded(left);
            Ok(decoded + source.pass(left - decoded)?)
        })
    }

    fn next_segment(&mut self) -> Result<bool> {
        let Some((packet, spec)) = self.next.take() else {
            return Ok(false);
        };
        let spec = Spec::new(spec.format, spec.rate, spec.channels);
        self.spec = spec.map_err(|error| corrupt(&self.packets.name, error))?;
        self.has_changed = true;
        self.channel_map = usable_map(self.packets.decoder.channel_map(), self.spec.channels);
        self.accept(&packet);
        Ok(true)
    }

    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let size = self.spec.whole_frames(buffer.len())?;
        let mut filled = 0;
        while filled < size {
            if self.pending.is_empty() {
                if self.is_pipe && filled >= MIN_PIPE_READ {
                    break;
                }
                self.refill();
            }
            if self.pending.is_empty() {
                break;
            }
            let count = (size - filled).min(self.pending.len());
            let from = self.pending.start;
            buffer[filled..filled + count].copy_from_slice(&self.decoded[from..from + count]);
            self.pending.start += count;
            filled += count;
        }
        match &self.end {
            Some(Err(error)) if filled == 0 && size > 0 => Err(error.clone()),
            _ => Ok(filled),
        }
    }
}
