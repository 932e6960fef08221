//! Which channels of a sound each device of a group plays.

use crate::audio::error::{Error, Kind, Result};
use crate::audio::playlist::Segment;
use crate::audio::spec::Spec;
use crate::audio::spelling::count;
use std::ops::Range;

/// How the channels of a sound are shared out among several devices, in order: the first device plays its first channels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChannelSplit {
    /// Each device plays as many.
    Evenly,
    /// The number of channels that the devices play.
    Widths(Vec<u32>),
}

impl ChannelSplit {
    fn widths(&self, spec: Spec, devices: usize) -> Result<Vec<u32>> {
        let (channels, many) = (spec.channels, devices as u32);
        match self {
            ChannelSplit::Evenly if channels.is_multiple_of(many) => {
                Ok(vec![channels / many; devices])
            }
            ChannelSplit::Evenly => Err(misfit(format!(
                "{} cannot be split evenly among {}",
                count(u64::from(channels), "channel"),
                count(devices as u64, "device")
            ))),
            ChannelSplit::Widths(widths) if widths.iter().sum::<u32>() == channels => {
                Ok(widths.clone())
            }
            ChannelSplit::Widths(widths) => Err(misfit(format!(
                "the sound has {}, and the devices are to play {}",
                count(u64::from(channels), "channel"),
                widths.iter().sum::<u32>()
            ))),
        }
    }
}

fn misfit(message: String) -> Error {
    Error::new(Kind::Unsupported, message)
}

/// What each of `devices` devices plays of a segment: all of it, or some of its channels.
///
/// # Errors
/// [`Kind::Unsupported`] if the channels cannot be split like that.
pub(super) fn parts(
    split: Option<&ChannelSplit>,
    segment: &Segment,
    devices: usize,
) -> Result<Vec<(Range<u32>, Segment)>> {
    let Some(split) = split else {
        return Ok(vec![(0..segment.spec.channels, segment.clone()); devices]);
    };
    let mut first = 0;
    let widths = split.widths(segment.spec, devices)?;
    let parts = widths.into_iter().map(|width| {
        let channels = first..first + width;
        first += width;
        let spec = Spec::new(segment.spec.format, segment.spec.rate, width)?;
        let part = Segment {
            spec,
            // A part of a speaker layout is not a speaker layout.
            map: None,
            total: segment.total,
        };
        Ok((channels, part))
    });
    parts.collect()
}
