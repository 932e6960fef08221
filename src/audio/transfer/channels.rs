//! How the channels of the sound become those of the device, or those of the device become those of a recording.

use super::policy::ConversionPolicy;
use crate::audio::advice::SoundAdvice;
use crate::audio::channel_map::ChannelMap;
use crate::audio::channel_map::position::{FL, FR, UNKNOWN};
use crate::audio::dsp::mix::Mix;
use crate::audio::error::{Error, Kind, Result};
use crate::audio::playlist::Segment;
use crate::audio::spelling::count;

/// What happens to the channels.
pub(super) struct ChannelPlan {
    pub mix: Mix,
    /// The text to report it with.
    pub note: Option<String>,
    /// The channel order of the result, if it is known.
    pub map: Option<ChannelMap>,
}

/// One end of a conversion: what it is called in messages, its number of channels, and their order (if known).
struct ChannelLayout<'a> {
    name: &'static str,
    channels: u32,
    map: Option<&'a ChannelMap>,
}

impl ChannelPlan {
    fn of(mix: Mix, note: Option<String>) -> ChannelPlan {
        ChannelPlan {
            mix,
            note,
            map: None,
        }
    }

    fn straight(channels: u32) -> ChannelPlan {
        ChannelPlan::of(Mix::identity(channels as usize), None)
    }

    /// Plays `segment` on a device of `device` channels, in the order of `map` if the device reports it.
    ///
    /// # Errors
    /// [`Kind::Usage`] and [`Kind::Unsupported`] if it is not known which channel goes where.
    pub(super) fn for_playback(
        policy: &ConversionPolicy,
        segment: &Segment,
        device: u32,
        map: Option<&ChannelMap>,
    ) -> Result<ChannelPlan> {
        let channels = segment.spec.channels;
        if let Some(remix) = &policy.remix {
            return remixed(remix, channels, device, map);
        }
        let source_map = policy.source_map(segment)?;
        if channels == device {
            let may_reorder = !policy.exact || policy.channel_map.is_some();
            let complete = map.filter(|map| map.is_complete());
            return match (&source_map, complete) {
                (Some(from), Some(to)) => reordered(from, to, may_reorder),
                _ => Ok(ChannelPlan::straight(channels)),
            };
        }
        let from = source_map.or_else(|| ChannelMap::default_for_files(channels));
        let to = device_map(map, device, channels);
        let mix = mix_for_device(channels, from.as_ref(), device, to.as_ref())?;
        let note = match (from, to) {
            (Some(from), Some(to)) if channels > 2 => Some(order_note(&from, &to)),
            _ => None,
        };
        Ok(ChannelPlan::of(mix, note))
    }

    /// Records `wanted` channels from a device of `device` channels, in the order of `map` if the device reports it.
    ///
    /// # Errors
    /// [`Kind::Unsupported`] if it is not known which channel goes where.
    pub(super) fn for_capture(
        policy: &ConversionPolicy,
        wanted: u32,
        device: u32,
        map: Option<&ChannelMap>,
    ) -> Result<ChannelPlan> {
        if let Some(remix) = &policy.remix {
            let picked = pick(remix, device);
            return Ok(ChannelPlan::of(picked, Some(remix_note(remix))));
        }
        if wanted == device {
            let labeled = map.filter(|_| policy.label_channels && device > 2);
            return in_file_order(device, labeled, policy.exact);
        }
        // More than two inputs without a map are often those of a mixing desk, so no positions are assumed.
        let default = ChannelMap::default_for_devices(device).filter(|_| device <= 2);
        let from = map.cloned().or(default);
        let to = ChannelMap::default_for_files(wanted);
        let mix = mix(
            ChannelLayout {
                name: "device",
                channels: device,
                map: from.as_ref(),
            },
            ChannelLayout {
                name: "recording",
                channels: wanted,
                map: to.as_ref(),
            },
        )?;
        Ok(ChannelPlan {
            mix,
            note: None,
            map: to,
        })
    }
}

/// The remixed channels, placed on the device if it does not have as many.
fn remixed(
    remix: &[usize],
    inputs: u32,
    device: u32,
    map: Option<&ChannelMap>,
) -> Result<ChannelPlan> {
    let picked = pick(remix, inputs);
    let (channels, note) = (remix.len() as u32, Some(remix_note(remix)));
    if channels == device {
        return Ok(ChannelPlan::of(picked, note));
    }
    let from = ChannelMap::default_for_devices(channels);
    let to = device_map(map, device, channels);
    let placed = mix_for_device(channels, from.as_ref(), device, to.as_ref())?;
    Ok(ChannelPlan::of(picked.then(&placed), note))
}

/// The same channels in the order of the device.
fn reordered(from: &ChannelMap, to: &ChannelMap, may_reorder: bool) -> Result<ChannelPlan> {
    let both = || format!("the sound has the channels {from}, the device {to}");
    // With equal numbers the channels must be the same ones: a mix would be a guess.
    let order = Mix::between(from, to).ok().filter(Mix::is_permutation);
    let Some(mix) = order.filter(|_| from.is_complete()) else {
        return Err(unclear(&both()));
    };
    if mix.is_identity() {
        return Ok(ChannelPlan::of(mix, None));
    }
    if !may_reorder {
        return Err(other_order(both()));
    }
    Ok(ChannelPlan::of(mix, Some(order_note(from, to))))
}

/// The channels of a device, in the order that files have if its map is known.
fn in_file_order(channels: u32, map: Option<&ChannelMap>, exact: bool) -> Result<ChannelPlan> {
    let Some((from, mask)) = map.and_then(|map| Some((map, map.mask()?))) else {
        return Ok(ChannelPlan::straight(channels));
    };
    let to = ChannelMap::from_mask(mask, channels);
    let order = to.order_in(from).unwrap_or_default();
    let mix = pick(&order, channels);
    let note = match mix.is_identity() {
        true => None,
        false if exact => {
            let message = format!("the device has the channels {from}, the file {to}");
            return Err(other_order(message).with_advice(SoundAdvice::RecordRaw));
        }
        false => Some(order_note(from, &to)),
    };
    Ok(ChannelPlan {
        mix,
        note,
        map: Some(to),
    })
}

/// Places channels in the order of `from` on a device whose order is `to`.
fn mix_for_device(
    channels: u32,
    from: Option<&ChannelMap>,
    device: u32,
    to: Option<&ChannelMap>,
) -> Result<Mix> {
    mix(
        ChannelLayout {
            name: "sound",
            channels,
            map: from,
        },
        ChannelLayout {
            name: "device",
            channels: device,
            map: to,
        },
    )
}

/// The channel order of a device that is to play another number of channels. `map` is the one that it reports, which may
/// not name positions. Without one, its first two channels are taken for the front speakers.
fn device_map(map: Option<&ChannelMap>, device: u32, channels: u32) -> Option<ChannelMap> {
    map.filter(|map| map.0.contains(&FL) || map.0.len() == 1)
        .cloned()
        .or_else(|| ChannelMap::default_for_devices(device))
        .or_else(|| {
            (channels <= 2 && device > 2).then(|| {
                let rest = std::iter::repeat_n(UNKNOWN, device as usize - 2);
                ChannelMap([FL, FR].into_iter().chain(rest).collect())
            })
        })
}

fn pick(channels: &[usize], inputs: u32) -> Mix {
    Mix::select(inputs as usize, channels.iter().copied().map(Some))
}

fn remix_note(remix: &[usize]) -> String {
    let numbers: Vec<_> = remix.iter().map(|from| (from + 1).to_string()).collect();
    format!("remix {}", numbers.join(","))
}

fn order_note(from: &ChannelMap, to: &ChannelMap) -> String {
    format!("channels {from} to {to}")
}

/// The mix from one layout to another.
fn mix(from: ChannelLayout, to: ChannelLayout) -> Result<Mix> {
    let why = match (from.map, to.map) {
        (Some(from_map), Some(to_map)) => match Mix::between(from_map, to_map) {
            Ok(mix) => return Ok(mix),
            Err(_) => format!(
                "the {} has the channels {from_map}, the {} {to_map}",
                from.name, to.name
            ),
        },
        _ => format!(
            "the {} has {}, the {} {}",
            from.name,
            count(from.channels, "channel"),
            to.name,
            to.channels
        ),
    };
    Err(unclear(&why))
}

fn other_order(message: String) -> Error {
    Error::new(Kind::Unsupported, message).with_advice(SoundAdvice::AllowReordering)
}

fn unclear(why: &str) -> Error {
    let message = format!("{why}: it is not clear which channel goes where");
    Error::new(Kind::Unsupported, message).with_advice(SoundAdvice::AssignChannels)
}
