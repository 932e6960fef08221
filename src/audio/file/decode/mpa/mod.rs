//! MPEG audio, layers 1 to 3, in files and streams of nothing but frames. The frames are found here, and decoded by
//! nanomp3-core.
//!
//! symphonia 0.6.1 rejects input that does not begin with a frame, does not support the free format or layers 1 and 2
//! in files, reports frames of another rate or number of channels as corrupt, and decodes joint stereo with blocks of
//! different types as noise. Measured on five minutes of 192 kbit/s: nanomp3-core 0.24 s, symphonia 0.26 s, libmpg123
//! 1.31 0.22 s, SoX 14.4.2 0.45 s. On the ISO test stream with mixed blocks nanomp3-core is within 2e-8 of libmpg123,
//! which would be one more library to load when the program starts.

mod header;
mod info_frame;
mod packets;
mod scan;
mod settling;
mod sync;

pub(super) use packets::{MpaPackets, frames_of_mpa_packet};
pub(in crate::audio::file) use sync::find;

use super::ape_tag;
use super::decoder::FLOAT;
use super::dropped::Dropped;
use super::frame_source::{FrameDecoder, FrameSource};
use super::limits::check_skipped;
use super::read_ahead::ReadAhead;
use crate::audio::channel_map::ChannelMap;
use crate::audio::error::Result;
use crate::audio::file::catch_panic::catch_panic;
use crate::audio::file::container::Container;
use crate::audio::file::id3;
use crate::audio::file::input::Input;
use crate::audio::file::itunes_gapless::ItunesGapless;
use crate::audio::file::options::ReadOptions;
use crate::audio::spec::Spec;
use crate::audio::stream::Source;
use header::MpaHeader;
use info_frame::InfoFrame;
use nanomp3_core::{DecodeError, Decoder, MAX_SAMPLES_PER_FRAME};
use settling::{LEAD_FRAMES, silence};
use sync::{FoundFrame, MpaFinder};

/// Opens a file or stream of MPEG audio.
pub(in crate::audio::file) fn open(mut input: Input, _: &ReadOptions) -> Result<Box<dyn Source>> {
    let (size, name) = (input.size(), input.name().to_owned());
    let mut metadata = id3::read_before_sound(&mut input)?;
    metadata.add_missing(&mut ape_tag::read_at_end(&input)?);
    let itunes = metadata.itunes_gapless.as_deref();
    let itunes = itunes.and_then(ItunesGapless::parse);
    let counted = scan::count(&input, itunes)?;
    let decoder = Box::new(MpaDecoder::new(input, itunes));
    let mut source = FrameSource::open(Container::Mp3, name, decoder)?;
    source.describe(metadata, size, counted);
    Ok(Box::new(source))
}

/// The decoded frames of a stream.
struct MpaDecoder {
    frames: MpaFinder<Input>,
    decoder: Decoder,
    samples: Box<[f32; MAX_SAMPLES_PER_FRAME]>,
    /// The content of the last frame without sound.
    info: InfoFrame,
    /// What a tag before the first frame says about the start and the end of the sound.
    itunes: Option<ItunesGapless>,
    /// Decoded frames to be dropped before the sound.
    skip: u64,
    /// Bytes that are padding if the end follows.
    held: Vec<u8>,
    /// Sound frames since `info`.
    packets: u64,
    first: Option<MpaHeader>,
    /// The spec of the frames in `held`.
    spec: Option<Spec>,
    /// Frames that may need others that were passed.
    unsettled: u64,
}

impl MpaDecoder {
    fn new(input: Input, itunes: Option<ItunesGapless>) -> MpaDecoder {
        MpaDecoder {
            frames: MpaFinder::new(ReadAhead::new(input)),
            decoder: Decoder::new(),
            samples: Box::new([0.0; MAX_SAMPLES_PER_FRAME]),
            info: InfoFrame::default(),
            itunes,
            skip: 0,
            held: Vec::new(),
            packets: 0,
            first: None,
            spec: None,
            unsettled: 0,
        }
    }

    /// Decodes a frame of sound into `out`.
    fn decode(&mut self, found: &FoundFrame, out: &mut Vec<u8>) -> Result<Spec, DecodeError> {
        // The decoder measures a free format by itself.
        let length = match found.header.bit_rate {
            0 => 4 * found.length,
            _ => found.length,
        };
        let bytes = self.frames.bytes();
        let bytes = &bytes[..length.min(bytes.len())];
        // nanomp3-core 0.2.0 panics on some corrupt frames (not reported upstream).
        let decoded = catch_panic(|| Ok(self.decoder.decode(bytes, &mut self.samples[..]).1));
        let Ok(info) = decoded else {
            self.decoder = Decoder::new();
            return Err(DecodeError::NoFrame);
        };
        let info = info?;
        let channels = u32::from(info.channels.num());
        let samples = &self.samples[..info.samples_produced * channels as usize];
        out.extend(samples.iter().flat_map(|sample| sample.to_ne_bytes()));
        Ok(Spec {
            format: FLOAT,
            rate: info.sample_rate,
            channels,
        })
    }

    /// Takes what a frame without sound says; `false` if the frame has sound.
    fn take_info(&mut self, found: &FoundFrame) -> bool {
        let Some(info) = InfoFrame::parse(&found.header, &self.frames.bytes()[..found.length])
        else {
            return false;
        };
        // Another file was appended: what was held back is the padding of the one before.
        self.drop_padding();
        (self.info, self.packets, self.skip) = (info, 0, info.delay);
        true
    }

    /// Drops what was held back, if as many frames came as were announced.
    fn drop_padding(&mut self) {
        let announced = self.info.packets.unwrap_or(0);
        if self.packets + 1 >= announced {
            self.held.clear();
        }
    }

    /// Drops the delay from `out`, and holds back the last frames while they may be padding.
    fn trim(&mut self, spec: Spec, out: &mut Vec<u8>) {
        let frame = spec.frame_bytes() as u64;
        let dropped = (self.skip * frame).min(out.len() as u64);
        out.drain(..dropped as usize);
        self.skip -= dropped / frame;
        if self.spec.replace(spec) != Some(spec) {
            self.held.clear();
        }
        let announced = self.info.packets.unwrap_or(0);
        let padding = if self.packets <= announced {
            spec.bytes(self.info.padding) as usize
        } else {
            0
        };
        if self.held.is_empty() && padding == 0 {
            return;
        }
        self.held.append(out);
        let ready = self.held.len().saturating_sub(padding);
        out.extend(self.held.drain(..ready));
    }

    /// Returns the frames that were held back and are not padding.
    fn finish(&mut self, out: &mut Vec<u8>) -> Option<Spec> {
        self.drop_padding();
        out.append(&mut self.held);
        self.spec.filter(|_| !out.is_empty())
    }
}

impl FrameDecoder for MpaDecoder {
    fn next(&mut self, out: &mut Vec<u8>, dropped: &mut Dropped, at: u64) -> Result<Option<Spec>> {
        loop {
            let (junk, found) = self.frames.find_next()?;
            check_skipped(junk, "a frame of audio", self.frames.input().name())?;
            let Some(found) = found else {
                return Ok(self.finish(out));
            };
            if junk > 0 && self.first.is_some() {
                dropped.add_bytes(at, junk);
            }
            if self.take_info(&found) {
                self.first.get_or_insert(found.header);
                self.frames.consume(&found);
                continue;
            }
            if let Some(itunes) = self.itunes.take() {
                self.info.add_itunes(itunes, found.header.samples());
                self.skip = self.info.delay;
            }
            let decoded = self.decode(&found, out);
            self.frames.consume(&found);
            self.first.get_or_insert(found.header);
            self.packets += 1;
            let is_unsettled = self.unsettled > 0;
            self.unsettled = self.unsettled.saturating_sub(1);
            let decoded = match decoded {
                Err(DecodeError::ReservoirUnavailable(_)) if is_unsettled => {
                    Ok(silence(&found.header, out))
                }
                decoded => decoded,
            };
            match decoded {
                Ok(spec) => {
                    self.trim(spec, out);
                    if !out.is_empty() {
                        return Ok(Some(spec));
                    }
                }
                // The stream was cut out of a longer one, and its first frames need what was before them.
                Err(DecodeError::ReservoirUnavailable(_)) if self.spec.is_none() => {
                    return Ok(Some(silence(&found.header, out)));
                }
                Err(_) => dropped.add_packet(at),
            }
        }
    }

    fn codec(&self) -> &'static str {
        self.first.map_or("MP3", |header| header.codec())
    }

    fn promised(&self) -> Option<u64> {
        let frames = self.info.packets? * self.first?.samples();
        Some(frames.saturating_sub(self.info.delay + self.info.padding))
            .filter(|frames| *frames > 0)
    }

    fn is_cut_off(&self) -> bool {
        self.frames.is_cut_off()
    }

    fn ends_in_frame(&self) -> bool {
        self.frames.ends_in_frame()
    }

    fn pass(&mut self, frames: u64) -> Result<u64> {
        let Some(spec) = self.spec.filter(|_| self.skip == 0) else {
            return Ok(0);
        };
        let held = spec.frames_in(self.held.len() as u64);
        let mut passed = held;
        while let Some(found) = self.frames.find_next()?.1 {
            let header = found.header;
            let is_like = (header.rate, header.channels) == (spec.rate, spec.channels);
            let is_near = passed + (1 + LEAD_FRAMES) * header.samples() > frames;
            let frame = &self.frames.bytes()[..found.length];
            if !is_like || is_near || InfoFrame::parse(&header, frame).is_some() {
                break;
            }
            self.frames.consume(&found);
            self.packets += 1;
            passed += header.samples();
        }
        if passed == held {
            return Ok(0);
        }
        self.held.clear();
        (self.decoder, self.unsettled) = (Decoder::new(), LEAD_FRAMES);
        Ok(passed)
    }

    /// Some writers count the frame that says how many there are.
    fn slack(&self) -> u64 {
        self.first.map_or(0, |header| header.samples())
    }

    fn channel_map(&self, _: u32) -> Option<ChannelMap> {
        None
    }
}

#[cfg(test)]
mod tests;
