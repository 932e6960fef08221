//! AAC in ADTS: a stream of frames without a header. The frames are found here, and decoded by symphonia.

mod header;

pub(in crate::audio::file) use header::find;

use super::aac::{AacConfig, MAX_PROBED_PACKETS, is_he_aac};
use super::codec;
use super::decoder::PacketDecoder;
use super::dropped::Dropped;
use super::frame_source::{Counted, FrameDecoder, FrameSource};
use super::limits::{check_corrupt, check_skipped};
use super::read_ahead::{Peek, ReadAhead};
use crate::audio::channel_map::ChannelMap;
use crate::audio::error::{Error, Result};
use crate::audio::file::catch_panic::catch_panic;
use crate::audio::file::container::Container;
use crate::audio::file::errors::{no_audio, unsupported_codec};
use crate::audio::file::id3;
use crate::audio::file::input::Input;
use crate::audio::file::options::ReadOptions;
use crate::audio::spec::Spec;
use crate::audio::stream::Source;
use header::{AdtsFinder, AdtsHeader, BLOCK_FRAMES, MAX_FRAME_BYTES};
use symphonia::core::codecs::audio::AudioCodecParameters;
use symphonia::core::codecs::audio::well_known::CODEC_ID_AAC;
use symphonia::core::packet::Packet;
use symphonia::core::units::{Duration, Timestamp};

/// Decoded frames before a position that are decoded to continue there: a block overlaps with the one before.
const LEAD_FRAMES: u64 = 3 * BLOCK_FRAMES;

/// Opens an ADTS stream.
pub(in crate::audio::file) fn open(mut input: Input, _: &ReadOptions) -> Result<Box<dyn Source>> {
    let (size, name) = (input.size(), input.name().to_owned());
    let metadata = id3::read_before_sound(&mut input)?;
    if let Some(obstacle) = obstacle(&mut input)? {
        return Err(Error::invalid(&name, unsupported_codec("ADTS", obstacle)));
    }
    let counted = count(&input)?;
    let decoder = Box::new(AdtsDecoder::new(input));
    let mut source = FrameSource::open(Container::Adts, name, decoder)?;
    source.describe(metadata, size, counted);
    Ok(Box::new(source))
}

/// Why symphonia does not decode this stream, if it does not. Consumes nothing.
fn obstacle(input: &mut Input) -> Result<Option<String>> {
    let name = input.name().to_owned();
    let ahead = input.peek(MAX_PROBED_PACKETS * MAX_FRAME_BYTES / 8)?;
    let mut rest = find(ahead, true).map_or(&[][..], |at| &ahead[at..]);
    let mut packets = Vec::new();
    while let Some(header) = AdtsHeader::parse(rest).filter(|_| packets.len() < MAX_PROBED_PACKETS)
    {
        if let Some(obstacle) = header.config.obstacle() {
            return Ok(Some(obstacle));
        }
        let frame = &rest[..header.length.min(rest.len())];
        packets.push(frame.get(header.header_bytes..).unwrap_or_default());
        rest = &rest[frame.len()..];
    }
    // Headers followed by nothing or by zeros only are left over from a file whose sound was removed.
    if packets.len() > 1
        && packets
            .iter()
            .all(|packet| packet.iter().all(|byte| *byte == 0))
    {
        return Err(no_audio(&name));
    }
    Ok(is_he_aac(packets.into_iter()).then(|| "HE-AAC".to_owned()))
}

/// The duration of a regular file.
///
/// # Errors
/// If reading fails.
pub(in crate::audio::file) fn seconds(input: &Input) -> Result<Option<f64>> {
    Ok(count(input)?.map(|counted| counted.seconds))
}

/// Counts the frames of a regular file, from their headers. Consumes nothing.
fn count(input: &Input) -> Result<Option<Counted>> {
    if input.size().is_none() {
        return Ok(None);
    }
    let at = input.position();
    let mut frames = AdtsFinder::new(ReadAhead::new(Peek { input, at }));
    let (mut total, mut bytes, mut seconds, mut rates) = (0, 0, 0.0, Vec::new());
    while let Some(header) = frames.find_next()?.1 {
        let count = BLOCK_FRAMES * header.blocks;
        total += count;
        bytes += header.length as u64;
        seconds += count as f64 / f64::from(header.config.rate);
        if rates.len() < 2 && !rates.contains(&header.config.rate) {
            rates.push(header.config.rate);
        }
        frames.consume(&header);
    }
    Ok((total > 0).then_some(Counted {
        frames: total,
        seconds,
        is_uniform: rates.len() == 1,
        bytes,
        is_cut_off: false,
    }))
}

/// The decoded frames of a stream.
struct AdtsDecoder {
    frames: AdtsFinder<Input>,
    decoder: Option<(AacConfig, Box<dyn PacketDecoder>)>,
    corrupt: u64,
}

impl AdtsDecoder {
    fn new(input: Input) -> AdtsDecoder {
        AdtsDecoder {
            frames: AdtsFinder::new(ReadAhead::new(input)),
            decoder: None,
            corrupt: 0,
        }
    }

    /// Decodes the frame that was found; `None` if it is corrupt.
    fn decode(&mut self, header: &AdtsHeader, out: &mut Vec<u8>) -> Option<Spec> {
        let config = header.config;
        if self
            .decoder
            .as_ref()
            .is_none_or(|(known, _)| *known != config)
        {
            let mut params = AudioCodecParameters::new();
            params.codec = CODEC_ID_AAC;
            params.extra_data = Some(config.to_bytes()?.into());
            let decoder = catch_panic(|| codec::open_decoder(&params)).ok()?;
            self.decoder = Some((config, decoder));
        }
        let (_, decoder) = self.decoder.as_mut()?;
        let data = self
            .frames
            .bytes()
            .get(header.header_bytes..header.length)?;
        let packet = Packet::new(
            0,
            Timestamp::new(0),
            Duration::new(BLOCK_FRAMES),
            data.to_vec(),
        );
        catch_panic(|| decoder.decode(&packet, out)).ok()
    }
}

impl FrameDecoder for AdtsDecoder {
    fn next(&mut self, out: &mut Vec<u8>, dropped: &mut Dropped, at: u64) -> Result<Option<Spec>> {
        loop {
            let (junk, found) = self.frames.find_next()?;
            check_skipped(junk, "a frame of audio", self.frames.input().name())?;
            let Some(header) = found else {
                return Ok(None);
            };
            if junk > 0 && self.decoder.is_some() {
                dropped.add_bytes(at, junk);
            }
            let decoded = self.decode(&header, out);
            self.frames.consume(&header);
            if let Some(spec) = decoded {
                self.corrupt = 0;
                return Ok(Some(spec));
            }
            out.clear();
            dropped.add_packet(at);
            self.corrupt += 1;
            check_corrupt(self.corrupt, self.frames.input().name())?;
        }
    }

    fn codec(&self) -> &'static str {
        "AAC"
    }

    fn ends_in_frame(&self) -> bool {
        let config = self.decoder.as_ref().map(|(config, _)| *config);
        config.is_some() && config == self.frames.cut().map(|header| header.config)
    }

    fn pass(&mut self, frames: u64) -> Result<u64> {
        let Some((config, _)) = self.decoder else {
            return Ok(0);
        };
        let (mut passed, room) = (0, frames.saturating_sub(LEAD_FRAMES));
        while let Some(header) = self.frames.find_next()?.1 {
            let is_plain = header.config == config && header.blocks == 1;
            if !is_plain || passed + BLOCK_FRAMES > room {
                break;
            }
            self.frames.consume(&header);
            passed += BLOCK_FRAMES;
        }
        Ok(passed)
    }

    fn promised(&self) -> Option<u64> {
        None
    }

    fn channel_map(&self, _: u32) -> Option<ChannelMap> {
        None
    }
}
