//! What a device can do, asked one value at a time on its whole configuration space.

use super::choose;
use super::request::{Request, Tolerance};
use crate::audio::error::{Error, Result};
use crate::audio::ffi;
use crate::audio::ffi::hw_params::{HwParams, Param, PcmAccess};
use crate::audio::format::Format;
use crate::audio::spec::Spec;
use alsa::pcm::PCM;
use serde::Serialize;

/// The rates that are asked for one by one: pyalsaaudio's list, and the two it leaves out (12000, 24000).
pub(super) const RATES: [u32; 18] = [
    4000, 5512, 8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000, 64000, 88200, 96000,
    176_400, 192_000, 352_800, 384_000,
];

/// Channel counts are listed one by one up to this many; beyond (the null PCM takes thousands) a range is told.
const MOST_CHANNELS_LISTED: u64 = 64;

/// A least and a greatest value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct ParamRange {
    /// The least.
    pub min: u64,
    /// The greatest.
    pub max: u64,
}

/// Channel counts that a device takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum ChannelCounts {
    /// Each of them.
    List(Vec<u32>),
    /// A range too large to list.
    Range(ParamRange),
}

/// What a device can do. Rates in Hz, sizes in frames.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Probe {
    /// The PCM's name.
    pub name: String,
    /// Sample formats.
    pub formats: Vec<Format>,
    /// Channel counts.
    pub channels: ChannelCounts,
    /// Of the usual rates, those it takes.
    pub rates: Vec<u32>,
    /// The least rate.
    pub rate_min: u64,
    /// The greatest rate.
    pub rate_max: u64,
    /// Period size.
    pub period_size: ParamRange,
    /// Buffer size.
    pub buffer_size: ParamRange,
    /// Periods in a buffer.
    pub periods: ParamRange,
    /// Ways of access.
    pub access: Vec<&'static str>,
}

pub(super) fn probe(handle: &PCM, request: &Request) -> Result<Probe> {
    of_space(handle).map_err(|errno| Error::device("ask about", &request.device, errno))
}

pub(super) fn of_space(handle: &PCM) -> Result<Probe, i32> {
    let space = HwParams::any(handle)?;
    let probe = of_params(&space)?;
    Ok(Probe {
        name: ffi::pcm_name(handle),
        ..probe
    })
}

/// Of a space that may be narrowed already. It has no name.
pub(super) fn of_params(space: &HwParams) -> Result<Probe, i32> {
    let bounds = |param| {
        Ok::<_, i32>(ParamRange {
            min: space.min(param)?,
            max: space.max(param)?,
        })
    };
    let rate = bounds(Param::Rate)?;
    Ok(Probe {
        name: String::new(),
        formats: Format::all()
            .filter(|format| space.has_format(*format))
            .collect(),
        channels: channels(space, bounds(Param::Channels)?),
        rates: RATES
            .into_iter()
            .filter(|rate| space.has(Param::Rate, *rate))
            .collect(),
        rate_min: rate.min,
        rate_max: rate.max,
        period_size: bounds(Param::PeriodSize)?,
        buffer_size: bounds(Param::BufferSize)?,
        periods: bounds(Param::Periods)?,
        access: PcmAccess::ALL
            .into_iter()
            .filter(|access| space.has_access(*access))
            .map(PcmAccess::name)
            .collect(),
    })
}

fn channels(space: &HwParams, bounds: ParamRange) -> ChannelCounts {
    if bounds.max - bounds.min >= MOST_CHANNELS_LISTED {
        return ChannelCounts::Range(bounds);
    }
    let all = bounds.min as u32..=bounds.max as u32;
    ChannelCounts::List(
        all.filter(|count| space.has(Param::Channels, *count))
            .collect(),
    )
}

impl Probe {
    /// The spec that [`Match::Suitable`](super::Match::Suitable) would settle on for a sound of spec `own`, as far as format,
    /// rate and channels do not depend on each other.
    pub fn suitable(&self, own: Spec, tolerance: Tolerance) -> Option<Spec> {
        choose::likely(self, own, tolerance)
    }

    /// Formats, rates and channels in one line.
    pub fn summary(&self) -> String {
        let formats: Vec<_> = self.formats.iter().map(|format| format.name()).collect();
        format!(
            "formats {}; rates {} Hz; channels {}",
            formats.join(" "),
            self.rates_text(),
            self.channels_text()
        )
    }

    /// The rates in words: one, a list, or a range.
    pub fn rates_text(&self) -> String {
        if self.rate_min == self.rate_max {
            return self.rate_min.to_string();
        }
        let between = self
            .rates
            .iter()
            .map(u32::to_string)
            .collect::<Vec<_>>()
            .join(" ");
        match self.rates.len() {
            0 => format!("{} to {}", self.rate_min, self.rate_max),
            1..=6 => between,
            _ => format!("{} to {}", self.rate_min, self.rate_max),
        }
    }

    /// The channel counts in words.
    pub fn channels_text(&self) -> String {
        match &self.channels {
            ChannelCounts::List(list) => match list[..] {
                [first, .., last] if (last - first) as usize == list.len() - 1 => {
                    format!("{first} to {last}")
                }
                _ => list
                    .iter()
                    .map(u32::to_string)
                    .collect::<Vec<_>>()
                    .join(" "),
            },
            ChannelCounts::Range(bounds) => format!("{} to {}", bounds.min, bounds.max),
        }
    }
}
