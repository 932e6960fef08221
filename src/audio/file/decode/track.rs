//! The audio track of a file.

use super::codec;
use super::decoder::{NO_DECODER, PacketDecoder};
use super::map_error::map_error;
use super::opus_head::{self, OpusHead};
use super::packet_lengths::PacketLengths;
use crate::audio::error::{Error, Result};
use crate::audio::file::catch_panic::catch_panic;
use crate::audio::file::container::Container;
use crate::audio::file::errors::{no_audio, unsupported_codec};
use symphonia::core::codecs::CodecParameters;
use symphonia::core::codecs::audio::AudioCodecParameters;
use symphonia::core::codecs::audio::well_known::CODEC_ID_OPUS;
use symphonia::core::errors::Error as SymphoniaError;
use symphonia::core::formats::{FormatReader, Track, TrackType};

pub(super) struct AudioTrack {
    track: Track,
    params: AudioCodecParameters,
}

impl AudioTrack {
    /// The default audio track, or else the first one. One that cannot be decoded is passed over if there is another.
    pub(super) fn select(
        container: Container,
        name: &str,
        reader: &dyn FormatReader,
    ) -> Result<AudioTrack> {
        let default = reader.default_track(TrackType::Audio);
        let all = default.into_iter().chain(reader.tracks());
        let mut tracks: Vec<_> = all.filter_map(AudioTrack::of).collect();
        let readable = tracks.iter().position(AudioTrack::is_decodable);
        if !tracks.is_empty() {
            return Ok(tracks.swap_remove(readable.unwrap_or(0)));
        }
        let is_unknown = |track: &Track| track.codec_params.is_none();
        Err(match reader.tracks().iter().any(is_unknown) {
            true => Error::invalid(name, unknown_codec(container)),
            false => no_audio(name),
        })
    }

    fn of(track: &Track) -> Option<AudioTrack> {
        let Some(CodecParameters::Audio(params)) = &track.codec_params else {
            return None;
        };
        Some(AudioTrack {
            track: track.clone(),
            params: params.clone(),
        })
    }

    fn is_decodable(&self) -> bool {
        catch_panic(|| codec::open_decoder(&self.params)).is_ok()
    }

    pub(super) fn id(&self) -> u32 {
        self.track.id
    }

    /// The name of the codec.
    pub(super) fn codec(&self) -> Option<&'static str> {
        codec::name(self.params.codec)
    }

    /// The sample rate according to the container; 0 if unknown.
    pub(super) fn rate(&self) -> u32 {
        match self.params.codec {
            // Always decoded at this rate; containers say what the input of the encoder had.
            CODEC_ID_OPUS => opus_head::RATE,
            _ => self.params.sample_rate.unwrap_or(0),
        }
    }

    /// Whether timestamps count frames.
    pub(super) fn is_timed_in_frames(&self) -> bool {
        self.track.time_base.is_some_and(|base| {
            base.numer.get() == 1 && Some(base.denom.get()) == self.params.sample_rate
        })
    }

    /// The encoder delay that an Opus stream declares.
    pub(super) fn pre_skip(&self) -> Option<u64> {
        let header = self.params.extra_data.as_deref();
        header
            .filter(|_| self.params.codec == CODEC_ID_OPUS)
            .and_then(|header| OpusHead::parse(header).ok())
            .map(|head| head.pre_skip)
    }

    /// The number of frames, if symphonia reports it. symphonia 0.6.1 includes the pre-skip of Opus (see
    /// pdeljanov/Symphonia#418).
    pub(super) fn frames(&self) -> Option<u64> {
        let frames = self.track.num_frames.filter(|frames| *frames > 0)?;
        // symphonia 0.6.1 reports the position of the end, which is their number only if the first one is 0.
        let start = u64::try_from(self.track.start_ts.get()).unwrap_or(0);
        let before = if self.is_timed_in_frames() { start } else { 0 };
        Some(frames.saturating_sub(self.pre_skip().unwrap_or(0).max(before)))
    }

    /// How long its packets are, if that is known without decoding them.
    pub(super) fn packet_lengths(&self) -> Option<PacketLengths> {
        PacketLengths::new(&self.params)
    }

    /// Creates a decoder for the track.
    pub(super) fn open_decoder(
        &self,
        container: Container,
        name: &str,
    ) -> Result<Box<dyn PacketDecoder>> {
        catch_panic(|| codec::open_decoder(&self.params))
            .map_err(|error| self.decoder_error(container, name, error))
    }

    fn decoder_error(&self, container: Container, name: &str, error: SymphoniaError) -> Error {
        let SymphoniaError::Unsupported(what) = error else {
            return map_error(container, name, 0, error);
        };
        let has_no_decoder = what.starts_with(NO_DECODER);
        let title = container.title();
        let why = match self.codec() {
            Some(codec) if has_no_decoder => unsupported_codec(title, codec),
            // symphonia 0.6.1 decodes AAC-LC of one or two channels (pdeljanov/Symphonia#189).
            Some("AAC") => unsupported_codec(title, "HE-AAC or multichannel AAC"),
            None if has_no_decoder => unknown_codec(container),
            _ => return map_error(container, name, 0, error),
        };
        Error::invalid(name, why)
    }
}

fn unknown_codec(container: Container) -> String {
    unsupported_codec(container.title(), "an unknown codec")
}
