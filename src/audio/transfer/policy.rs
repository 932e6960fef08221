//! What a caller allows to be converted.

use crate::audio::channel_map::ChannelMap;
use crate::audio::dsp::convert::ConversionOptions;
use crate::audio::error::{Error, Kind, Result};
use crate::audio::format::Format;
use crate::audio::playlist::Segment;
use crate::audio::spec::Spec;
use crate::audio::spelling::count;

/// What may be converted, and how.
#[derive(Clone, Debug, Default)]
pub struct ConversionPolicy {
    /// Convert nothing: what the device does not support is an error.
    pub exact: bool,
    /// Convert format and rate if needed, but never the channels.
    pub keep_channels: bool,
    /// How to convert.
    pub options: ConversionOptions,
    /// Open the device with this instead of the sound's own spec.
    pub forced: SpecOverride,
    /// The channel order of the files, instead of what they say.
    pub channel_map: Option<ChannelMap>,
    /// For each output channel, the input channel to take (counted from 0).
    pub remix: Option<Vec<usize>>,
    /// Whether a recording stores its channel map. Its channels are then in the order of a WAV file.
    pub label_channels: bool,
}

/// The format, rate or channels to open a device with, whatever the sound has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SpecOverride {
    /// Sample format.
    pub format: Option<Format>,
    /// Hz.
    pub rate: Option<u32>,
    /// Samples in a frame.
    pub channels: Option<u32>,
}

impl SpecOverride {
    pub(super) fn apply_to(&self, spec: Spec) -> Spec {
        Spec {
            format: self.format.unwrap_or(spec.format),
            rate: self.rate.unwrap_or(spec.rate),
            channels: self.channels.unwrap_or(spec.channels),
        }
    }
}

impl ConversionPolicy {
    /// Whether sound of that spec must not be converted, or cannot be.
    pub(super) fn is_exact_for(&self, spec: Spec) -> bool {
        self.exact || !spec.format.is_numeric()
    }

    /// The spec after remixing.
    ///
    /// # Errors
    /// [`Kind::Usage`] if the remix takes a channel that does not exist.
    pub(super) fn remixed(&self, spec: Spec) -> Result<Spec> {
        let Some(remix) = &self.remix else {
            return Ok(spec);
        };
        if let Some(missing) = remix.iter().find(|from| **from >= spec.channels as usize) {
            let message = format!(
                "there is no channel {} to remix: the sound is {spec}",
                missing + 1
            );
            return Err(Error::new(Kind::Usage, message));
        }
        Spec::new(spec.format, spec.rate, remix.len() as u32)
    }

    /// The channel order of a segment, if it is known.
    ///
    /// # Errors
    /// [`Kind::Usage`] if the given map does not have as many channels as the sound.
    pub(super) fn source_map(&self, segment: &Segment) -> Result<Option<ChannelMap>> {
        let Some(given) = &self.channel_map else {
            return Ok(segment.map.clone());
        };
        let (named, channels) = (given.0.len() as u32, segment.spec.channels);
        if named != channels {
            let message = format!(
                "the channel map {given} has {}, the sound has {channels}",
                count(named, "channel")
            );
            return Err(Error::new(Kind::Usage, message));
        }
        Ok(Some(given.clone()))
    }

    /// The channel order that a device with as many channels as the segment should be set to, if it can.
    ///
    /// # Errors
    /// Those of [`ConversionPolicy::source_map`].
    pub(super) fn wanted_map(&self, segment: &Segment) -> Result<Option<ChannelMap>> {
        match self.remix {
            Some(_) => Ok(None),
            None => self.source_map(segment),
        }
    }
}
