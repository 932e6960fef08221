//! The module's functions.

use crate::arguments::{device_name, direction};
use crate::errors::{errno_error, library_error};
use aloud::audio::direction::Direction;
use aloud::audio::error::Kind;
use aloud::audio::mixer;
use aloud::audio::system::{cards as system_cards, pcm_names};
use pyo3::prelude::*;

/// The numbers that alsa-lib accepts for a card.
const CARD_NUMBERS: std::ops::Range<i32> = 0..32;

const ENOENT: i32 = 2;
const EINVAL: i32 = 22;

#[pyfunction]
#[pyo3(signature = (pcmtype=None))]
pub fn pcms(pcmtype: Option<&Bound<'_, PyAny>>) -> PyResult<Vec<String>> {
    let wanted = direction(pcmtype)?.unwrap_or(Direction::Playback);
    let listed = pcm_names::pcms(Some(wanted)).unwrap_or_default();
    Ok(listed.into_iter().map(|pcm| pcm.name).collect())
}

#[pyfunction]
pub fn cards() -> PyResult<Vec<String>> {
    system_cards::cards().map_err(|source| library_error(&source, "cards"))
}

#[pyfunction]
pub fn card_indexes() -> PyResult<Vec<u32>> {
    system_cards::card_indexes().map_err(|source| library_error(&source, "cards"))
}

#[pyfunction]
#[pyo3(signature = (index, /))]
pub fn card_name(index: i32) -> PyResult<(String, String)> {
    let name = index.to_string();
    if !CARD_NUMBERS.contains(&index) {
        return Err(errno_error(EINVAL, &name));
    }
    system_cards::card_name(index as u32).map_err(|source| match source.kind() {
        Kind::NotFound => errno_error(ENOENT, &name),
        _ => library_error(&source, &name),
    })
}

#[pyfunction]
#[pyo3(signature = (cardindex=-1, device="default"))]
pub fn mixers(cardindex: i32, device: &str) -> PyResult<Vec<String>> {
    let name = device_name(cardindex, device)?;
    let controls = mixer::mixers(name.as_str()).map_err(|source| library_error(&source, &name))?;
    Ok(controls.into_iter().map(|control| control.name).collect())
}

#[pyfunction]
pub fn asoundlib_version() -> String {
    aloud::audio::asoundlib_version()
}
