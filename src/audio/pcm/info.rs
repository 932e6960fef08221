//! The info dictionary: pyalsaaudio's `PCM.info()` and `dumpinfo()`.

use super::request::Request;
use crate::audio::ffi;
use crate::audio::ffi::hw_params::{HwParams, Param, Trait};
use alsa::pcm::PCM;
use schemars::JsonSchema;
use serde::Serialize;

/// pyalsaaudio's `PCM.info()`: the same 36 keys, spelling, order, types and values. The keys of the four values that
/// the caller passed start with a space.
#[allow(missing_docs)]
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct PcmInfo {
    pub name: String,
    pub card_no: i32,
    pub device_no: u32,
    pub subdevice_no: u32,
    pub state: String,
    pub access_type: String,
    #[serde(rename = " (call value) type")]
    pub call_type: i32,
    #[serde(rename = " (call value) type_name")]
    pub call_type_name: String,
    #[serde(rename = " (call value) mode")]
    pub call_mode: i32,
    #[serde(rename = " (call value) mode_name")]
    pub call_mode_name: String,
    pub format: i32,
    pub format_name: String,
    pub format_description: String,
    pub subformat_name: String,
    pub subformat_description: String,
    pub channels: u64,
    pub rate: u64,
    pub period_time: u64,
    pub period_size: u64,
    pub buffer_time: u64,
    pub buffer_size: u64,
    pub periods: u64,
    pub rate_numden: (u32, u32),
    pub significant_bits: i32,
    pub nominal_bits: u32,
    pub physical_bits: u32,
    pub is_batch: bool,
    pub is_block_transfer: bool,
    pub is_double: bool,
    pub is_half_duplex: bool,
    pub is_joint_duplex: bool,
    pub can_overrange: bool,
    pub can_mmap_sample_resolution: bool,
    pub can_pause: bool,
    pub can_resume: bool,
    pub can_sync_start: bool,
}

pub(super) fn info(handle: &PCM, request: &Request) -> Result<PcmInfo, i32> {
    let device = handle.info().map_err(|error| error.errno())?;
    let hw = HwParams::current(handle)?;
    let format = hw.format()?;
    let (subformat_name, subformat_description) = hw.subformat()?;
    let (rate, period_size, buffer_size) = (
        hw.get(Param::Rate)?,
        hw.get(Param::PeriodSize)?,
        hw.get(Param::BufferSize)?,
    );
    // alsa-lib (1.2.8) returns an error where a converting plugin's value is not an integer. pyalsaaudio (0.11) then
    // shows a stale value.
    let micros = |frames: u64| frames * 1_000_000 / rate.max(1);
    Ok(PcmInfo {
        name: ffi::pcm_name(handle),
        card_no: device.get_card(),
        device_no: device.get_device(),
        subdevice_no: device.get_subdevice(),
        state: ffi::state_name(handle.state_raw()).unwrap_or_else(|| "DISCONNECTED".into()),
        access_type: hw.access()?.name().into(),
        call_type: request.direction as i32,
        call_type_name: request.direction.name().into(),
        call_mode: request.mode as i32,
        call_mode_name: request.mode.name().into(),
        format: format.number(),
        format_name: format.name().into(),
        format_description: format.description().into(),
        subformat_name,
        subformat_description,
        channels: hw.get(Param::Channels)?,
        rate,
        period_time: hw.get(Param::PeriodTime).unwrap_or(micros(period_size)),
        period_size,
        buffer_time: hw.get(Param::BufferTime).unwrap_or(micros(buffer_size)),
        buffer_size,
        periods: hw
            .get(Param::Periods)
            .unwrap_or(buffer_size / period_size.max(1)),
        rate_numden: hw.rate_fraction()?,
        significant_bits: hw.significant_bits()?,
        nominal_bits: format.bits(),
        physical_bits: format.physical_bits(),
        is_batch: hw.is(Trait::IsBatch),
        is_block_transfer: hw.is(Trait::IsBlockTransfer),
        is_double: hw.is(Trait::IsDouble),
        is_half_duplex: hw.is(Trait::IsHalfDuplex),
        is_joint_duplex: hw.is(Trait::IsJointDuplex),
        can_overrange: hw.is(Trait::CanOverrange),
        can_mmap_sample_resolution: hw.is(Trait::CanMmapSampleResolution),
        can_pause: hw.is(Trait::CanPause),
        can_resume: hw.is(Trait::CanResume),
        can_sync_start: hw.is(Trait::CanSyncStart),
    })
}

/// The 26 lines of pyalsaaudio's `dumpinfo()`.
pub(super) fn dump(info: &PcmInfo) -> String {
    let bit = u8::from;
    let lines = [
        format!("PCM handle name = '{}'", info.name),
        format!("PCM state = {}", info.state),
        format!("access type = {}", info.access_type),
        format!(
            "format = '{}' ({})",
            info.format_name, info.format_description
        ),
        format!(
            "subformat = '{}' ({})",
            info.subformat_name, info.subformat_description
        ),
        format!("channels = {}", info.channels),
        format!("rate = {} bps", info.rate),
        format!("period time = {} us", info.period_time),
        format!("period size = {} frames", info.period_size),
        format!("buffer time = {} us", info.buffer_time),
        format!("buffer size = {} frames", info.buffer_size),
        format!("periods per buffer = {}", info.periods),
        format!(
            "exact rate = {}/{} bps",
            info.rate_numden.0, info.rate_numden.1
        ),
        format!("significant bits = {}", info.significant_bits),
        format!("nominal bits = {}", info.nominal_bits),
        format!("physical bits = {}", info.physical_bits),
        format!("is batch = {}", bit(info.is_batch)),
        format!("is block transfer = {}", bit(info.is_block_transfer)),
        format!("is double = {}", bit(info.is_double)),
        format!("is half duplex = {}", bit(info.is_half_duplex)),
        format!("is joint duplex = {}", bit(info.is_joint_duplex)),
        format!("can overrange = {}", bit(info.can_overrange)),
        format!("can mmap = {}", bit(info.can_mmap_sample_resolution)),
        format!("can pause = {}", bit(info.can_pause)),
        format!("can resume = {}", bit(info.can_resume)),
        format!("can sync start = {}", bit(info.can_sync_start)),
    ];
    lines.join("\n") + "\n"
}
