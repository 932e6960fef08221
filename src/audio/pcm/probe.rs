//! What a device supports, found by testing single values against its configuration space.

use super::sound_server::SoundServer;
use crate::audio::ffi;
use crate::audio::ffi::hw_params::{HwParams, Param, PcmAccess};
use crate::audio::format::Format;
use crate::audio::spec::Spec;
use alsa::pcm::PCM;
use schemars::JsonSchema;
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ParamRange {
    /// The minimum.
    pub min: u64,
    /// The maximum.
    pub max: u64,
}

/// What a device supports. Rates in Hz, sizes in frames.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Probe {
    /// The PCM's name.
    pub name: String,
    /// Sample formats.
    pub formats: Vec<Format>,
    /// Channel counts; `None` if there are too many to list.
    pub channels: Option<Vec<u32>>,
    /// The fewest and the most channels.
    pub channel_range: ParamRange,
    /// The common rates that it supports.
    pub rates: Vec<u32>,
    /// The lowest and the highest rate.
    pub rate_range: ParamRange,
    /// Whether it supports all rates between them, judging by the one above the lowest (as pyalsaaudio's `getrates` does).
    #[serde(skip)]
    pub rates_are_continuous: bool,
    /// Whether a channel of 3 and of 7 has no position there: PulseAudio mixes it into all speakers, and captures silence.
    #[serde(skip)]
    pub lacks_layouts: bool,
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
        lacks_layouts: lacks_layouts(handle),
        ..probe
    })
}

/// As [`Probe::lacks_layouts`].
pub(super) fn lacks_layouts(handle: &PCM) -> bool {
    SoundServer::of(handle) == Some(SoundServer::PulseAudio)
}

/// What the device behind an open handle supports with interleaved frames of the requested spec.
pub(super) fn probe_narrowed(handle: &PCM, spec: Spec) -> Result<Probe, i32> {
    let space = HwParams::any(handle)?;
    space.set_access(PcmAccess::RwInterleaved)?;
    space.set_format(spec.format)?;
    space.set_channels(spec.channels)?;
    space.set_rate(spec.rate)?;
    probe_space(&space)
}

/// What a configuration space, which may be narrowed already, contains. The result has no name.
pub(super) fn probe_space(space: &HwParams) -> Result<Probe, i32> {
    let range = |param| {
        Ok::<_, i32>(ParamRange {
            min: space.min(param)?,
            max: space.max(param)?,
        })
    };
    let channel_range = range(Param::Channels)?;
    let rate_range = range(Param::Rate)?;
    Ok(Probe {
        name: String::new(),
        formats: Format::all()
            .filter(|format| space.has_format(*format))
            .collect(),
        channels: channel_counts(space, channel_range),
        channel_range,
        rates: RATES
            .into_iter()
            .filter(|rate| space.has(Param::Rate, *rate))
            .collect(),
        rate_range,
        lacks_layouts: false,
        rates_are_continuous: space.has(Param::Rate, (rate_range.min as u32).saturating_add(1)),
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

fn channel_counts(space: &HwParams, range: ParamRange) -> Option<Vec<u32>> {
    let all = range.min as u32..=range.max as u32;
    let supported = || all.filter(|count| space.has(Param::Channels, *count));
    (range.max - range.min < MAX_LISTED_CHANNELS).then(|| supported().collect())
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
            _ if self.rate_range.min == self.rate_range.max => self.rate_range.min.to_string(),
            1..=MAX_LISTED_RATES => join(&self.rates),
            _ => format!("{} to {}", self.rate_range.min, self.rate_range.max),
        }
    }

    /// The channel counts as text.
    pub fn channels_text(&self) -> String {
        match &self.channels {
            Some(list) => match list[..] {
                [first, .., last] if (last - first) as usize == list.len() - 1 => {
                    format!("{first} to {last}")
                }
                _ => join(list),
            },
            None => format!("{} to {}", self.channel_range.min, self.channel_range.max),
        }
    }
}

fn join(numbers: &[u32]) -> String {
    let numbers: Vec<String> = numbers.iter().map(u32::to_string).collect();
    numbers.join(" ")
}
