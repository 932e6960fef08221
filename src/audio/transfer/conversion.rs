//! How the sound of files is brought to what a device does: what the device is asked for, and what is converted.

use crate::audio::advice::SoundAdvice;
use crate::audio::channel_map::ChannelMap;
use crate::audio::channel_map::position::{FL, FR, UNKNOWN};
use crate::audio::dsp::convert::{Conversion, ConversionOptions};
use crate::audio::dsp::mix::Mix;
use crate::audio::error::{Error, Kind, Result};
use crate::audio::format::Format;
use crate::audio::pcm::{Match, Probe, Request, Tolerance};
use crate::audio::playlist::Segment;
use crate::audio::spec::Spec;

/// What may be converted, and how.
#[derive(Clone, Debug, Default)]
pub struct ConversionPolicy {
    /// Convert nothing: what the device cannot do as it is, is refused.
    pub exact: bool,
    /// Change format and rate where that is needed, but never the channels.
    pub keep_channels: bool,
    /// How it is done.
    pub options: ConversionOptions,
    /// What the device must be opened with where that is not the sound's own.
    pub forced: SpecOverride,
    /// The speakers that the channels of the files are for, in order; by default what the files say.
    pub channel_map: Option<ChannelMap>,
    /// Which channel of the files (counted from 0) each channel is that is played.
    pub remix: Option<Vec<usize>>,
    /// Whether what is recorded says which speakers its channels are for: they stand in the order of a WAV then.
    pub label_channels: bool,
}

/// The format, rate or channels that a device must be opened with, whatever the sound has.
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
    fn apply_to(&self, spec: Spec) -> Spec {
        Spec {
            format: self.format.unwrap_or(spec.format),
            rate: self.rate.unwrap_or(spec.rate),
            channels: self.channels.unwrap_or(spec.channels),
        }
    }
}

/// A plan, and what is told of it.
pub(super) struct ConversionPlan {
    pub conversion: Conversion,
    /// What is converted, in one line; `None` where every bit passes as it is.
    pub text: Option<String>,
    /// The speakers that the channels of what is recorded are for, where that is known.
    pub speakers: Option<ChannelMap>,
}

impl ConversionPlan {
    /// `note` and `notes` are told with the plan.
    fn of(conversion: Conversion, note: Option<String>, notes: &[String]) -> ConversionPlan {
        let notes: Vec<String> = note.into_iter().chain(notes.iter().cloned()).collect();
        let text = conversion.text(&notes);
        ConversionPlan {
            conversion,
            text,
            speakers: None,
        }
    }
}

impl ConversionPolicy {
    /// `request` for the sound of `segment`. `scaled` tells whether it is made louder or softer, `keep_capabilities` whether
    /// others may follow.
    pub(super) fn request(
        &self,
        request: &Request,
        segment: &Segment,
        scaled: bool,
        keep_capabilities: bool,
    ) -> Result<Request> {
        let own = self.remixed(segment.spec)?;
        let wanted = self.forced.apply_to(own);
        if self.is_exact_for(segment.spec) && wanted != own {
            let message = format!("the sound is {own}, and {wanted} was asked for");
            let error = Error::new(Kind::Unsupported, message);
            return Err(error.with_advice(match self.exact {
                true => SoundAdvice::AllowConversion,
                false => SoundAdvice::OmitSpec,
            }));
        }
        let fit = match self.is_exact_for(segment.spec) {
            true => Match::Exact,
            false => Match::Suitable(self.tolerance(own, scaled, keep_capabilities)),
        };
        Ok(Request {
            format: wanted.format,
            rate: wanted.rate,
            channels: wanted.channels,
            fit,
            ..request.clone()
        })
    }

    /// Whether nothing can be converted of such a sound.
    fn is_exact_for(&self, spec: Spec) -> bool {
        self.exact || !spec.format.is_numeric()
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

    /// Whether a device that runs with `device` would be chosen to for the sound of `segment` as well, as far as is
    /// known of it.
    pub(super) fn goes_on(
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
        !self.is_exact_for(segment.spec)
            && capabilities.suitable(wanted, self.tolerance(own, scaled, false)) == Some(device)
    }

    /// What is to be done to the sound of `segment` for a device that was opened with `device`, and has its channels in
    /// the order of `map` where it tells. `notes` are told with it.
    ///
    /// # Errors
    /// [`Kind::Usage`] and [`Kind::Unsupported`] where it is not known which channel goes where.
    pub(super) fn plan(
        &self,
        segment: &Segment,
        device: Spec,
        map: Option<&ChannelMap>,
        scaled: bool,
        notes: &[String],
    ) -> Result<ConversionPlan> {
        let (mix, note) = self.mix(segment, device.channels, map)?;
        let conversion = Conversion {
            from: segment.spec,
            to: device,
            mix,
            scaled,
            options: self.options,
        };
        Ok(ConversionPlan::of(conversion, note, notes))
    }

    /// `request` for recording what it asks for, and what is to be recorded: `--remix` takes its channels from as many
    /// as it names.
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
            let named = remix.iter().max().map_or(1, |highest| *highest as u32 + 1);
            // A number of channels that was asked for is the device's then.
            request.channels = match or_mono {
                true => request.channels.max(named),
                false => request.channels,
            };
            self.remixed(request.spec())?;
        }
        if !self.is_exact_for(wanted) {
            request.fit = Match::Suitable(Tolerance {
                channels: self.remix.is_none(),
                or_mono: or_mono && self.remix.is_none(),
                processed: scaled,
                ..Tolerance::ALL
            });
        }
        Ok((request, wanted))
    }

    /// What is to be done to what a device captures with `device`, and tells its channels by `map`, for `wanted` to be
    /// recorded. `or_mono` tells whether one channel will do.
    ///
    /// # Errors
    /// [`Kind::Unsupported`] where it is not known which channel goes where.
    pub(super) fn capture_plan(
        &self,
        wanted: Spec,
        or_mono: bool,
        device: Spec,
        map: Option<&ChannelMap>,
        scaled: bool,
        notes: &[String],
    ) -> Result<ConversionPlan> {
        let mut wanted = wanted;
        if or_mono && device.channels == 1 && self.remix.is_none() {
            wanted.channels = 1;
        }
        let (mix, note, speakers) = self.capture_mix(wanted.channels, device.channels, map)?;
        let conversion = Conversion {
            from: device,
            to: wanted,
            mix,
            scaled,
            options: self.options,
        };
        Ok(ConversionPlan {
            speakers,
            ..ConversionPlan::of(conversion, note, notes)
        })
    }

    /// What becomes of a device's channels, what is told of it, and which speakers they are for then.
    fn capture_mix(
        &self,
        wanted: u32,
        device: u32,
        map: Option<&ChannelMap>,
    ) -> Result<(Mix, Option<String>, Option<ChannelMap>)> {
        let inputs = device as usize;
        if let Some(remix) = &self.remix {
            let picked = Mix::picked(inputs, remix.iter().copied().map(Some));
            return Ok((picked, Some(remix_text(remix)), None));
        }
        if wanted == device {
            return self
                .in_order_of_files(inputs, map.filter(|_| self.label_channels && inputs > 2));
        }
        // More than two inputs that say nothing of themselves are as likely as not those of a mixing desk.
        let usual = ChannelMap::default_for_devices(device).filter(|_| inputs <= 2);
        let from = map.cloned().or(usual);
        let to = ChannelMap::default_for_files(wanted);
        let sides = (("device", device), ("recording", wanted));
        let mix = between(from.as_ref(), to.as_ref(), sides.0, sides.1)?;
        Ok((mix, None, to))
    }

    /// The channels of `map`, if it is known, in the order in which files have them.
    fn in_order_of_files(
        &self,
        inputs: usize,
        map: Option<&ChannelMap>,
    ) -> Result<(Mix, Option<String>, Option<ChannelMap>)> {
        let Some((from, mask)) = map.and_then(|map| Some((map, map.mask()?))) else {
            return Ok((Mix::straight(inputs), None, None));
        };
        let to = ChannelMap::from_mask(mask, inputs as u32);
        let order = to.order_in(from).unwrap_or_default();
        let mix = Mix::picked(inputs, order.into_iter().map(Some));
        if mix.is_straight() {
            return Ok((mix, None, Some(to)));
        }
        if self.exact {
            let message =
                format!("the device has the channels {from}, and the file has them as {to}");
            return Err(in_another_order(message).with_advice(SoundAdvice::RecordRaw));
        }
        Ok((mix, Some(format!("channels {from} to {to}")), Some(to)))
    }

    fn remixed(&self, spec: Spec) -> Result<Spec> {
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

    /// What becomes of the channels, and what is told of it.
    fn mix(
        &self,
        segment: &Segment,
        device: u32,
        map: Option<&ChannelMap>,
    ) -> Result<(Mix, Option<String>)> {
        let inputs = segment.spec.channels as usize;
        if let Some(remix) = &self.remix {
            let picked = Mix::picked(inputs, remix.iter().copied().map(Some));
            let count = remix.len() as u32;
            let note = remix_text(remix);
            if count == device {
                return Ok((picked, Some(note)));
            }
            let from = ChannelMap::default_for_devices(count);
            let to = map.cloned().or_else(|| device_map(device, count));
            let placed = between(
                from.as_ref(),
                to.as_ref(),
                ("sound", count),
                ("device", device),
            )?;
            return Ok((picked.then(&placed), Some(note)));
        }
        let said = self.said_map(segment)?;
        if segment.spec.channels == device {
            let (Some(from), Some(to)) = (&said, map.filter(|map| map.is_complete())) else {
                return Ok((Mix::straight(inputs), None));
            };
            // As many channels are the same ones in another order, or it is not clear what is meant.
            let order = Mix::between(from, to).ok().filter(Mix::is_order);
            let Some(mix) = order.filter(|_| from.is_complete()) else {
                return Err(unclear(&format!(
                    "the sound has the channels {from}, and the device plays {to}"
                )));
            };
            if mix.is_straight() {
                return Ok((mix, None));
            }
            if self.exact && self.channel_map.is_none() {
                let message =
                    format!("the sound has the channels {from}, and the device plays {to}");
                return Err(in_another_order(message));
            }
            return Ok((mix, Some(format!("channels {from} to {to}"))));
        }
        let from = said.or_else(|| ChannelMap::default_for_files(segment.spec.channels));
        let to = map
            .cloned()
            .filter(|map| map.0.contains(&FL) || map.0.len() == 1);
        let to = to.or_else(|| device_map(device, segment.spec.channels));
        let mix = between(
            from.as_ref(),
            to.as_ref(),
            ("sound", segment.spec.channels),
            ("device", device),
        )?;
        let note = match (from, to) {
            (Some(from), Some(to)) if inputs > 2 => Some(format!("channels {from} to {to}")),
            _ => None,
        };
        Ok((mix, note))
    }

    /// The map that was given, or that the files tell.
    fn said_map(&self, segment: &Segment) -> Result<Option<ChannelMap>> {
        let Some(given) = &self.channel_map else {
            return Ok(segment.map.clone());
        };
        if given.0.len() != segment.spec.channels as usize {
            let message = format!(
                "the channel map {given} names {} channels, the sound has {}",
                given.0.len(),
                segment.spec.channels
            );
            return Err(Error::new(Kind::Usage, message));
        }
        Ok(Some(given.clone()))
    }

    /// The map that a device of as many channels as the sound has should be set to, if it can.
    pub(super) fn wanted_map(&self, segment: &Segment) -> Result<Option<ChannelMap>> {
        match self.remix {
            Some(_) => Ok(None),
            None => self.said_map(segment),
        }
    }
}

/// The usual map of a device that tells none. One or two channels are taken for the first speakers of any device.
fn device_map(channels: u32, of_sound: u32) -> Option<ChannelMap> {
    let usual = ChannelMap::default_for_devices(channels);
    usual.or_else(|| {
        (of_sound <= 2 && channels > 2).then(|| {
            let rest = std::iter::repeat_n(UNKNOWN, channels as usize - 2);
            ChannelMap([FL, FR].into_iter().chain(rest).collect())
        })
    })
}

fn remix_text(remix: &[usize]) -> String {
    let numbers: Vec<_> = remix.iter().map(|from| (from + 1).to_string()).collect();
    format!("remix {}", numbers.join(","))
}

/// From one map to another; who has how many channels is told where that is not clear.
fn between(
    from: Option<&ChannelMap>,
    to: Option<&ChannelMap>,
    (giver, given): (&str, u32),
    (taker, taken): (&str, u32),
) -> Result<Mix> {
    let why = match (from, to) {
        (Some(from), Some(to)) => match Mix::between(from, to) {
            Ok(mix) => return Ok(mix),
            Err(_) => format!("the {giver} has the channels {from}, and the {taker} {to}"),
        },
        _ => format!("the {giver} has {given} channels, and the {taker} {taken}"),
    };
    Err(unclear(&why))
}

fn in_another_order(message: String) -> Error {
    let error = Error::new(Kind::Unsupported, message);
    error.with_advice(SoundAdvice::AllowReordering)
}

fn unclear(why: &str) -> Error {
    let message = format!("{why}: it is not clear which goes where");
    let error = Error::new(Kind::Unsupported, message);
    error.with_advice(SoundAdvice::AssignChannels)
}
