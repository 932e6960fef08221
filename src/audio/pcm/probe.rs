//! What a device supports, found by testing single values against its configuration space.

use crate::audio::ffi;
use crate::audio::ffi::hw_params::{HwParams, Param, PcmAccess};
use crate::audio::format::Format;
use alsa::pcm::PCM;
use serde::Serialize;

/// The rates that are tested: pyalsaaudio's list, and the two it leaves out (12000, 24000).
pub(super) const RATES: [u32; 18] = [
    4000, 5512, 8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000, 64000, 88200, 96000,
    176_400, 192_000, 352_800, 384_000,
];

/// Channel counts are listed if there are at most this many, otherwise they are a range (null supports thousands).
const MAX_LISTED_CHANNELS: u64 = 64;

/// At most this many rates are listed in texts.
const MAX_LISTED_RATES: usize = 6;

/// A minimum and a maximum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct ParamRange {
    /// The minimum.
    pub min: u64,
    /// The maximum.
    pub max: u64,
}

/// The channel counts that a device supports.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum ChannelCounts {
    /// Each of them.
    List(Vec<u32>),
    /// A range, if there are too many to list.
    Range(ParamRange),
}

impl ChannelCounts {
    /// The fewest and the most channels.
    pub fn range(&self) -> ParamRange {
        match self {
            ChannelCounts::Range(range) => *range,
            ChannelCounts::List(all) => ParamRange {
                min: all.iter().min().copied().unwrap_or_default().into(),
                max: all.iter().max().copied().unwrap_or_default().into(),
            },
        }
    }
}

/// What a device supports. Rates in Hz, sizes in frames.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Probe {
    /// The PCM's name.
    pub name: String,
    /// Sample formats.
    pub formats: Vec<Format>,
    /// Channel counts.
    pub channels: ChannelCounts,
    /// The common rates that it supports.
    pub rates: Vec<u32>,
    /// The lowest rate.
    pub rate_min: u64,
    /// The highest rate.
    pub rate_max: u64,
    /// Period size.
    pub period_size: ParamRange,
    /// Buffer size.
    pub buffer_size: ParamRange,
    /// Periods in a buffer.
    pub periods: ParamRange,
    /// Access types.
    pub access: Vec<&'static str>,
}

/// What the device behind an open handle supports.
pub(super) fn probe_handle(handle: &PCM) -> Result<Probe, i32> {
    let probe = probe_space(&HwParams::any(handle)?)?;
    Ok(Probe {
        name: ffi::pcm_name(handle),
        ..probe
    })
}

/// What a configuration space, which may be narrowed already, contains. The result has no name.
pub(super) fn probe_space(space: &HwParams) -> Result<Probe, i32> {
    let range = |param| {
        Ok::<_, i32>(ParamRange {
            min: space.min(param)?,
            max: space.max(param)?,
        })
    };
    let rate = range(Param::Rate)?;
    Ok(Probe {
        name: String::new(),
        formats: Format::all()
            .filter(|format| space.has_format(*format))
            .collect(),
        channels: channel_counts(space, range(Param::Channels)?),
        rates: RATES
            .into_iter()
            .filter(|rate| space.has(Param::Rate, *rate))
            .collect(),
        rate_min: rate.min,
        rate_max: rate.max,
        period_size: range(Param::PeriodSize)?,
        buffer_size: range(Param::BufferSize)?,
        periods: range(Param::Periods)?,
        access: PcmAccess::ALL
            .into_iter()
            .filter(|access| space.has_access(*access))
            .map(PcmAccess::name)
            .collect(),
    })
}

fn channel_counts(space: &HwParams, range: ParamRange) -> ChannelCounts {
    if range.max - range.min >= MAX_LISTED_CHANNELS {
        return ChannelCounts::Range(range);
    }
    let all = range.min as u32..=range.max as u32;
    ChannelCounts::List(
        all.filter(|count| space.has(Param::Channels, *count))
            .collect(),
    )
}

impl Probe {
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

    /// The rates as text: one, a list, or a range.
    pub fn rates_text(&self) -> String {
        match self.rates.len() {
            _ if self.rate_min == self.rate_max => self.rate_min.to_string(),
            1..=MAX_LISTED_RATES => join(&self.rates),
            _ => format!("{} to {}", self.rate_min, self.rate_max),
        }
    }

    /// The channel counts as text.
    pub fn channels_text(&self) -> String {
        match &self.channels {
            ChannelCounts::List(list) => match list[..] {
                [first, .., last] if (last - first) as usize == list.len() - 1 => {
                    format!("{first} to {last}")
                }
                _ => join(list),
            },
            ChannelCounts::Range(range) => format!("{} to {}", range.min, range.max),
        }
    }
}

fn join(numbers: &[u32]) -> String {
    let numbers: Vec<String> = numbers.iter().map(u32::to_string).collect();
    numbers.join(" ")
}
