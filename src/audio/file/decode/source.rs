//! The decoded frames of one track, as a [`Source`].

use super::codec::{self, Codec, Shape};
use super::guard::guarded;
use super::losses::Losses;
use super::media::Quota;
use super::opus::Head;
use super::window::{Padding, Window};
use super::{Frames, Told, tags, told};
use crate::audio::channel_map::ChannelMap;
use crate::audio::error::{Error, Result};
use crate::audio::file::Container;
use crate::audio::metadata::{Metadata, Tags};
use crate::audio::spec::Spec;
use crate::audio::stream::Source;
use symphonia::core::codecs::CodecParameters;
use symphonia::core::codecs::audio::AudioCodecParameters;
use symphonia::core::codecs::audio::well_known::CODEC_ID_OPUS;
use symphonia::core::errors::Error as Trouble;
use symphonia::core::formats::{FormatReader, Track, TrackType};
use symphonia::core::packet::Packet;

/// So many packets in a row that cannot be decoded are no sound.
const MOST_BROKEN: u64 = 5000;

/// The tag in which a FLAC file says which speakers its channels are for.
const SPEAKERS: &str = "waveformatextensible_channel_mask";

/// Bytes that are worth being handed on: some containers have a packet for each frame.
const WORTH_A_READ: usize = 8 << 10;

pub(super) struct Decoded {
    container: Container,
    name: String,
    spec: Spec,
    frames: Option<u64>,
    about: Metadata,
    channel_map: Option<ChannelMap>,
    reader: Box<dyn FormatReader>,
    quota: Quota,
    track: u32,
    codec: Box<dyn Codec>,
    window: Window,
    /// Whether what packets say of padding is still to be heeded.
    keeps_padding: bool,
    padding: Padding,
    losses: Losses,
    /// Whether a packet was decoded.
    begun: bool,
    /// Decoded frames, of which the bytes from `from` to `to` are still to be given.
    ready: Vec<u8>,
    from: usize,
    to: usize,
    /// Frames given so far.
    given: u64,
    due: Due,
    /// Whether it comes through a pipe.
    piped: bool,
    /// How it ended, once it has.
    end: Option<Result<()>>,
}

impl Decoded {
    /// Decodes as far as the first frame, which tells what the frames are.
    pub(super) fn new(
        container: Container,
        name: String,
        reader: Box<dyn FormatReader>,
        quota: Quota,
        told: Told,
    ) -> Result<Decoded> {
        let (track, params) = sound(container, &name, reader.as_ref())?;
        let rate = params.sample_rate.unwrap_or(0);
        let delay = told.skip.or_else(|| told.edits.delay(track.id, rate));
        let delay = delay.unwrap_or_else(|| pre_skip(&params));
        let (frames, most) = match told.frames {
            Frames::Exactly(frames) => (Some(frames), frames),
            Frames::Unknown => (None, u64::MAX),
            Frames::AsFound => (found(&track, &params), u64::MAX),
        };
        let mut decoded = Decoded {
            codec: decoder(container, &name, &params)?,
            container,
            name,
            // As long as no packet is decoded.
            spec: Spec {
                format: crate::audio::format::Format::S16_LE,
                rate: 1,
                channels: 1,
            },
            frames,
            about: Metadata::default(),
            channel_map: None,
            reader,
            quota,
            track: track.id,
            window: Window::new(delay, most, told.edits),
            keeps_padding: codec::keeps_padding(params.codec),
            padding: Padding::default(),
            losses: Losses::default(),
            begun: false,
            ready: Vec::new(),
            from: 0,
            to: 0,
            given: 0,
            due: Due::of(container, &track, &params),
            piped: told.bytes.is_none(),
            end: None,
        };
        decoded.begin()?;
        let seconds = decoded.frames.map(|frames| decoded.spec.seconds(frames));
        let seconds = seconds.or_else(|| decoded.seconds());
        decoded.about = Metadata::encoded(codec::name(params.codec), seconds, told.bytes);
        let rate = decoded.spec.rate;
        tags::collect(
            decoded.reader.as_mut(),
            decoded.track,
            rate,
            &mut decoded.about,
        );
        decoded.channel_map = decoded.speakers();
        if let Some(title) = decoded.window.title() {
            decoded.about.tags.add("title", &title);
        }
        if decoded.about.tags == Tags::default() {
            decoded.about.tags = told.fallback;
        }
        Ok(decoded)
    }

    /// Which speakers more than two channels are for: FLAC can say it in a tag besides, which is none for people.
    fn speakers(&mut self) -> Option<ChannelMap> {
        let channels = self.spec.channels;
        let said = self.about.tags.take(SPEAKERS).as_deref().and_then(mask);
        let said = said.map(|mask| ChannelMap::from_mask(mask, channels));
        said.or_else(|| self.codec.channel_map())
            .filter(|map| channels > 2 && map.0.len() == channels as usize && map.is_complete())
    }

    /// What a Matroska says of its length, which is no number of frames. Others would have symphonia estimate it.
    fn seconds(&self) -> Option<f64> {
        let info = self.reader.media_info();
        let known = info
            .time_base
            .zip(info.duration)
            .filter(|_| self.container == Container::Matroska);
        let time = known.and_then(|(base, duration)| base.calc_duration(duration));
        time.map(|time| time.as_secs_f64())
            .filter(|seconds| *seconds > 0.0)
    }

    /// Decodes until there is a spec.
    fn begin(&mut self) -> Result<()> {
        loop {
            let Some(packet) = self.next_packet()? else {
                return match self.losses.packets() {
                    0 => Err(Error::invalid(&self.name, "holds no sound")),
                    _ => Err(Error::invalid(
                        &self.name,
                        "is broken: none of its packets can be decoded",
                    )),
                };
            };
            if let Some(shape) = self.decode(&packet)? {
                let spec = Spec::new(shape.format, shape.rate, shape.channels);
                self.spec = spec
                    .map_err(|error| Error::invalid(&self.name, format!("is broken: {error}")))?;
                self.begun = true;
                self.take(&packet);
                return Ok(());
            }
        }
    }

    /// The next packet of the track; `None` is the end.
    fn next_packet(&mut self) -> Result<Option<Packet>> {
        loop {
            self.quota.renew();
            match guarded(|| self.reader.next_packet()) {
                Ok(Some(packet)) if packet.track_id == self.track => return Ok(Some(packet)),
                Ok(Some(_)) => {}
                Ok(None) => return Ok(None),
                Err(Trouble::ResetRequired) => self.follow_chain()?,
                Err(Trouble::IoError(error)) if is_end(&error) && self.window.may_end() => {
                    return Ok(None);
                }
                Err(trouble) => return Err(told(self.container, &self.name, self.given, trouble)),
            }
        }
    }

    /// Another stream begins in the same file (Ogg). Its frames follow if they are like the others.
    fn follow_chain(&mut self) -> Result<()> {
        let (track, params) = sound(self.container, &self.name, self.reader.as_ref())?;
        self.codec = decoder(self.container, &self.name, &params)?;
        self.track = track.id;
        self.window.drop_next(pre_skip(&params));
        if self.due != Due::Untold {
            self.due = Due::Any;
        }
        // What was found was the first stream's.
        self.frames = None;
        Ok(())
    }

    /// Decodes a packet; `None` if it is broken, which is noted.
    fn decode(&mut self, packet: &Packet) -> Result<Option<Shape>> {
        let broken = self.window.broken_before(packet);
        if broken > 0 {
            self.losses.bytes(self.given, broken);
        }
        match guarded(|| self.codec.decode(packet, &mut self.ready)) {
            Ok(shape) => Ok(Some(shape)),
            // What is no packet of this codec looks like a kind that nobody knows, but the first one tells the truth.
            Err(trouble @ Trouble::Unsupported(_)) if !self.begun => {
                Err(told(self.container, &self.name, self.given, trouble))
            }
            Err(_) => {
                self.losses.packet(self.given);
                self.window.pass();
                if self.losses.packets() > MOST_BROKEN {
                    let why =
                        format!("is broken: {MOST_BROKEN} packets in a row cannot be decoded");
                    return Err(Error::invalid(&self.name, why));
                }
                Ok(None)
            }
        }
    }

    /// Has the frames of a decoded packet given next.
    fn take(&mut self, packet: &Packet) {
        self.note_gap(packet);
        let frame = self.spec.frame_bytes();
        if self.keeps_padding {
            self.padding.cut(packet, frame, &mut self.ready);
        }
        let heard = self
            .window
            .cut(packet, self.spec.rate, self.ready.len() / frame);
        (self.from, self.to) = (heard.start * frame, heard.end * frame);
        self.losses.close(&self.name, self.spec);
    }

    fn note_gap(&mut self, packet: &Packet) {
        let next = packet.pts.checked_add(packet.block_dur());
        let next = next.map_or(i64::MAX, |next| next.get());
        let missing = match self.due {
            Due::Untold => return,
            Due::Any => 0,
            Due::At(due) => packet.pts.get().saturating_sub(due),
        };
        if missing > 0 {
            self.losses.gap(self.given, missing.unsigned_abs());
        }
        self.due = Due::At(next);
    }

    /// Decodes until there are frames to be given; `false` at the end.
    fn refill(&mut self) -> Result<bool> {
        while self.from == self.to {
            let Some(packet) = self.next_packet()? else {
                self.losses.close(&self.name, self.spec);
                self.check_length()?;
                return Ok(false);
            };
            if let Some(shape) = self.decode(&packet)? {
                self.check_shape(shape)?;
                self.take(&packet);
            }
        }
        Ok(true)
    }

    /// Has more frames ready, unless it has ended.
    fn advance(&mut self) {
        if self.end.is_none() {
            self.end = match self.refill() {
                Ok(true) => None,
                Ok(false) => Some(Ok(())),
                Err(error) => Some(Err(error)),
            };
        }
    }

    fn check_shape(&self, shape: Shape) -> Result<()> {
        let Shape {
            format,
            rate,
            channels,
        } = shape;
        let spec = Spec {
            format,
            rate,
            channels,
        };
        if spec == self.spec {
            return Ok(());
        }
        let why = format!(
            "becomes {spec} after {} frames of {}",
            self.given, self.spec
        );
        Err(Error::invalid(&self.name, why))
    }

    fn check_length(&self) -> Result<()> {
        match self.frames {
            Some(promised) if promised > self.given && !self.losses.any() => {
                let why = format!(
                    "ends early: its header promises {promised} frames, it holds {}",
                    self.given
                );
                Err(Error::invalid(&self.name, why))
            }
            _ if self.given == 0 => Err(Error::invalid(&self.name, "holds no sound")),
            _ => Ok(()),
        }
    }
}

/// A WAV's channel mask as a tag has it: `0x60F`.
fn mask(text: &str) -> Option<u32> {
    let digits = text.trim().to_ascii_lowercase();
    u32::from_str_radix(digits.strip_prefix("0x")?, 16).ok()
}

/// The track that is heard, and what it is.
fn sound(
    container: Container,
    name: &str,
    reader: &dyn FormatReader,
) -> Result<(Track, AudioCodecParameters)> {
    let track = reader.default_track(TrackType::Audio);
    let track = track.or_else(|| reader.first_track(TrackType::Audio));
    match track.map(|track| (track, &track.codec_params)) {
        Some((track, Some(CodecParameters::Audio(params)))) => Ok((track.clone(), params.clone())),
        _ if reader
            .tracks()
            .iter()
            .any(|track| track.codec_params.is_none()) =>
        {
            let why = format!("is {} with an unknown codec in it", container.title());
            Err(Error::invalid(name, why))
        }
        _ => Err(Error::invalid(name, "holds no sound")),
    }
}

fn decoder(
    container: Container,
    name: &str,
    params: &AudioCodecParameters,
) -> Result<Box<dyn Codec>> {
    guarded(|| codec::open(params)).map_err(|trouble| match (trouble, codec::name(params.codec)) {
        (Trouble::Unsupported(what), Some(codec)) if what.starts_with("core (codec)") => {
            let why = format!(
                "is {} with {codec} in it, which is not supported yet",
                container.title()
            );
            Error::invalid(name, why)
        }
        (Trouble::Unsupported(_), Some("AAC")) => {
            let title = container.title();
            let why = format!("is {title} with HE-AAC or AAC of more than two channels in it, which is not supported yet");
            Error::invalid(name, why)
        }
        (Trouble::Unsupported(what), None) if what.starts_with("core (codec)") => {
            let why = format!("is {} with an unknown codec in it", container.title());
            Error::invalid(name, why)
        }
        (trouble, _) => told(container, name, 0, trouble),
    })
}

/// Frames at the beginning that Opus says are not to be heard.
fn pre_skip(params: &AudioCodecParameters) -> u64 {
    let head = params
        .extra_data
        .as_deref()
        .filter(|_| params.codec == CODEC_ID_OPUS);
    head.and_then(|head| Head::parse(head).ok())
        .map_or(0, |head| head.pre_skip)
}

/// Frames in all, where symphonia knows. It counts those of Opus that are not to be heard as well.
fn found(track: &Track, params: &AudioCodecParameters) -> Option<u64> {
    let frames = track.num_frames.filter(|frames| *frames > 0)?;
    Some(frames.saturating_sub(pre_skip(params)))
}

/// The frame that the next packet has to begin with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Due {
    /// Packets do not say with which they do, or not that exactly.
    Untold,
    /// Any: nothing came before it.
    Any,
    At(i64),
}

impl Due {
    /// Frames of FLAC have numbers, and pages of Ogg tell which frame they end with.
    fn of(container: Container, track: &Track, params: &AudioCodecParameters) -> Due {
        let frames = track.time_base.is_some_and(|base| {
            base.numer.get() == 1 && Some(base.denom.get()) == params.sample_rate
        });
        match container {
            Container::Flac if frames => Due::At(0),
            Container::Ogg if frames => Due::Any,
            _ => Due::Untold,
        }
    }
}

fn is_end(error: &std::io::Error) -> bool {
    error.kind() == std::io::ErrorKind::UnexpectedEof && error.raw_os_error().is_none()
}

impl Source for Decoded {
    fn spec(&self) -> Spec {
        self.spec
    }

    /// Without what coded frames are padded with; `None` where only decoding all would tell.
    fn frames(&self) -> Option<u64> {
        self.frames
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn metadata(&self) -> Metadata {
        self.about.clone()
    }

    fn channel_map(&self) -> Option<ChannelMap> {
        self.channel_map.clone()
    }

    fn take_warning(&mut self) -> Option<String> {
        self.losses.take()
    }

    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let frame = self.spec.frame_bytes();
        let room = self.spec.whole_frames(buffer.len())?;
        let mut held = 0;
        while held < room {
            if self.from == self.to {
                // What is decoded already is not kept waiting for what a pipe has not brought yet.
                if held >= WORTH_A_READ && self.piped {
                    break;
                }
                self.advance();
            }
            if self.from == self.to {
                break;
            }
            let count = (room - held).min(self.to - self.from);
            buffer[held..held + count].copy_from_slice(&self.ready[self.from..self.from + count]);
            self.from += count;
            held += count;
            self.given += (count / frame) as u64;
        }
        match &self.end {
            Some(Err(error)) if held == 0 && room > 0 => Err(error.clone()),
            _ => Ok(held),
        }
    }
}
