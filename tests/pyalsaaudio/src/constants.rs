//! The module's constants. Their values are the library's.

use aloud::audio::direction::Direction;
use aloud::audio::format::Format;
use aloud::audio::mixer::{ChannelSelection, VolumeUnits};
use aloud::audio::pcm::{Mode, PcmState, TstampMode, TstampType};
use pyo3::prelude::*;

/// The formats that have a constant.
const FORMATS: [Format; 31] = {
    use Format::*;
    [
        S8, U8, S16_LE, S16_BE, U16_LE, U16_BE, S24_LE, S24_BE, U24_LE, U24_BE, S32_LE, S32_BE,
        U32_LE, U32_BE, FLOAT_LE, FLOAT_BE, FLOAT64_LE, FLOAT64_BE, MU_LAW, A_LAW, IMA_ADPCM, MPEG,
        GSM, S24_3LE, S24_3BE, U24_3LE, U24_3BE, DSD_U8, DSD_U16_LE, DSD_U32_LE, DSD_U32_BE,
    ]
};

const STATES: [(&str, PcmState); 9] = [
    ("OPEN", PcmState::Open),
    ("SETUP", PcmState::Setup),
    ("PREPARED", PcmState::Prepared),
    ("RUNNING", PcmState::Running),
    ("XRUN", PcmState::Xrun),
    ("DRAINING", PcmState::Draining),
    ("PAUSED", PcmState::Paused),
    ("SUSPENDED", PcmState::Suspended),
    ("DISCONNECTED", PcmState::Disconnected),
];

const OTHERS: [(&str, i32); 13] = [
    ("PCM_PLAYBACK", Direction::Playback as i32),
    ("PCM_CAPTURE", Direction::Capture as i32),
    ("PCM_NORMAL", Mode::Normal as i32),
    ("PCM_NONBLOCK", Mode::Nonblock as i32),
    ("PCM_ASYNC", Mode::Async as i32),
    ("PCM_TSTAMP_NONE", TstampMode::None as i32),
    ("PCM_TSTAMP_ENABLE", TstampMode::Enable as i32),
    (
        "PCM_TSTAMP_TYPE_GETTIMEOFDAY",
        TstampType::Gettimeofday as i32,
    ),
    ("PCM_TSTAMP_TYPE_MONOTONIC", TstampType::Monotonic as i32),
    (
        "PCM_TSTAMP_TYPE_MONOTONIC_RAW",
        TstampType::MonotonicRaw as i32,
    ),
    ("VOLUME_UNITS_PERCENTAGE", VolumeUnits::Percentage as i32),
    ("VOLUME_UNITS_RAW", VolumeUnits::Raw as i32),
    ("VOLUME_UNITS_DB", VolumeUnits::Db as i32),
];

/// Adds all constants to the module.
pub fn add_to(module: &Bound<'_, PyModule>) -> PyResult<()> {
    for format in FORMATS {
        module.add(format!("PCM_FORMAT_{format}"), format.number())?;
    }
    for (name, state) in STATES {
        module.add(format!("PCM_STATE_{name}"), state as i32)?;
    }
    for (name, value) in OTHERS {
        module.add(name, value)?;
    }
    module.add("MIXER_CHANNEL_ALL", ChannelSelection::All.number())
}
