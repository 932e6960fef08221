//! What a device is opened with for a sound, and what is converted between the two.

use super::channels::ChannelPlan;
use super::policy::ConversionPolicy;
use crate::audio::advice::SoundAdvice;
use crate::audio::channel_map::ChannelMap;
use crate::audio::dsp::convert::Conversion;
use crate::audio::error::{Error, Kind, Result};
use crate::audio::pcm::{Match, Probe, Request, Tolerance};
use crate::audio::playlist::Segment;
use crate::audio::spec::Spec;

/// What is converted between a sound and a device.
#[derive(Clone)]
pub(super) struct ConversionPlan {
    pub conversion: Conversion,
    /// The conversion in one line; `None` if the samples are not changed.
    pub text: Option<String>,
    /// The channel order of the result, if it is known.
    pub map: Option<ChannelMap>,
}

impl ConversionPlan {
    /// A plan from one spec to another. `notes` go into its text.
    fn new(
        policy: &ConversionPolicy,
        (from, to): (Spec, Spec),
        channels: ChannelPlan,
        scaled: bool,
        notes: &[String],
    ) -> ConversionPlan {
        let conversion = Conversion {
            from,
            to,
            mix: channels.mix,
            scaled,
            options: policy.options,
        };
        let notes: Vec<String> = channels
            .note
            .into_iter()
            .chain(notes.iter().cloned())
            .collect();
        let text = conversion.text(&notes);
        ConversionPlan {
            conversion,
            text,
            map: channels.map,
        }
    }
}

impl ConversionPolicy {
    /// What to open the device with for `segment`: `request` with the format, rate and channels of the sound. `scaled`
    /// is whether a gain is applied, `keep_capabilities` whether other segments may follow.
    ///
    /// # Errors
    /// [`Kind::Unsupported`] if the policy forces another spec and does not allow conversion.
    pub(super) fn request(
        &self,
        request: &Request,
        segment: &Segment,
        scaled: bool,
        keep_capabilities: bool,
    ) -> Result<Request> {
        let own = self.remixed(segment.spec)?;
        let wanted = self.forced.apply_to(own);
        let exact = self.is_exact_for(segment.spec);
        if exact && wanted != own {
            let message = format!("the sound is {own}, but {wanted} was requested");
            let error = Error::new(Kind::Unsupported, message);
            return Err(error.with_advice(match self.exact {
                true => SoundAdvice::AllowConversion,
                false => SoundAdvice::OmitSpec,
            }));
        }
        Ok(Request {
            format: wanted.format,
            rate: wanted.rate,
            channels: wanted.channels,
            matching: match exact {
                true => Match::Exact,
                false => Match::Suitable(self.tolerance(own, scaled, keep_capabilities)),
            },
            ..request.clone()
        })
    }

    fn tolerance(&self, own: Spec, scaled: bool, keep_capabilities: bool) -> Tolerance {
        let wanted = self.forced.apply_to(own);
        let mixed = wanted.channels < own.channels;
        Tolerance {
            format: self.forced.format.is_none(),
            rate: self.forced.rate.is_none(),
            channels: self.forced.channels.is_none() && !self.keep_channels,
            or_mono: false,
            processed: scaled || mixed || wanted.rate != own.rate,
            keep_capabilities,
        }
    }

    /// Whether a device that runs with spec `device` would get the same spec for `segment`, as far as its capabilities
    /// are known.
    pub(super) fn suits_device(
        &self,
        device: Spec,
        capabilities: Option<&Probe>,
        segment: &Segment,
        scaled: bool,
    ) -> bool {
        let (Ok(own), Some(capabilities)) = (self.remixed(segment.spec), capabilities) else {
            return false;
        };
        let wanted = self.forced.apply_to(own);
        let tolerance = self.tolerance(own, scaled, false);
        !self.is_exact_for(segment.spec) && capabilities.suitable(wanted, tolerance) == Some(device)
    }

    /// The conversion of `segment` for a device that was granted `device` and has the channel order `map` (if it
    /// reports it). `notes` go into the plan's text.
    ///
    /// # Errors
    /// [`Kind::Usage`] and [`Kind::Unsupported`] if it is not known which channel goes where.
    pub(super) fn plan(
        &self,
        segment: &Segment,
        device: Spec,
        map: Option<&ChannelMap>,
        scaled: bool,
        notes: &[String],
    ) -> Result<ConversionPlan> {
        let channels = ChannelPlan::for_playback(self, segment, device.channels, map)?;
        let specs = (segment.spec, device);
        Ok(ConversionPlan::new(self, specs, channels, scaled, notes))
    }

    /// What to open the device with to record what `request` asks for, and the spec of the recording. With a remix, the
    /// device has at least the channels that the remix uses. `or_mono` is whether one channel is fine.
    ///
    /// # Errors
    /// [`Kind::Usage`] if the remix takes a channel that does not exist.
    pub(super) fn capture_request(
        &self,
        request: &Request,
        or_mono: bool,
        scaled: bool,
    ) -> Result<(Request, Spec)> {
        let mut request = request.clone();
        let mut wanted = request.spec();
        if let Some(remix) = &self.remix {
            wanted = Spec::new(wanted.format, wanted.rate, remix.len() as u32)?;
            let needed = remix.iter().max().map_or(1, |highest| *highest as u32 + 1);
            // An explicitly requested number of channels is the number that the device should have.
            request.channels = match or_mono {
                true => request.channels.max(needed),
                false => request.channels,
            };
            self.remixed(request.spec())?;
        }
        if !self.is_exact_for(wanted) {
            request.matching = Match::Suitable(Tolerance {
                or_mono: or_mono && self.remix.is_none(),
                processed: scaled,
                ..Tolerance::ALL
            });
        }
        Ok((request, wanted))
    }

    /// The conversion of what a device captures with spec `device`, in the channel order `map` (if it reports it), to a
    /// recording of spec `wanted`. `or_mono` is whether one channel is fine.
    ///
    /// # Errors
    /// [`Kind::Unsupported`] if it is not known which channel goes where.
    pub(super) fn capture_plan(
        &self,
        mut wanted: Spec,
        or_mono: bool,
        device: Spec,
        map: Option<&ChannelMap>,
        scaled: bool,
        notes: &[String],
    ) -> Result<ConversionPlan> {
        if or_mono && device.channels == 1 && self.remix.is_none() {
            wanted.channels = 1;
        }
        self.remixed(device)?;
        let channels = ChannelPlan::for_capture(self, wanted.channels, device.channels, map)?;
        let specs = (device, wanted);
        Ok(ConversionPlan::new(self, specs, channels, scaled, notes))
    }
}
