//! Arguments that several functions take.

use crate::errors::error;
use aloud::audio::direction::Direction;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

/// Cards have a lower number (`SND_CARDS`).
const MAX_CARDS: i32 = 32;

/// The device that the arguments `cardindex` and `device` mean: `hw:N` for a card.
pub fn device_name(cardindex: i32, device: &str) -> PyResult<String> {
    match cardindex {
        ..0 if device.contains('\0') => Err(PyValueError::new_err("embedded null character")),
        ..0 => Ok(device.to_owned()),
        0..MAX_CARDS => Ok(format!("hw:{cardindex}")),
        MAX_CARDS.. => Err(error(format!("Invalid card number {cardindex}"))),
    }
}

/// The direction that an argument `type` or `pcmtype` means: a constant, or one of two words. `None` if it is not given.
pub fn direction(argument: Option<&Bound<'_, PyAny>>) -> PyResult<Option<Direction>> {
    let Some(argument) = argument else {
        return Ok(None);
    };
    let word = argument.extract::<String>();
    match (word.as_deref(), argument.extract::<i32>()) {
        (Ok("playback"), _) | (_, Ok(0)) => Ok(Some(Direction::Playback)),
        (Ok("capture"), _) | (_, Ok(1)) => Ok(Some(Direction::Capture)),
        _ => Err(error(
            "PCM type must be PCM_PLAYBACK (0) or PCM_CAPTURE (1)",
        )),
    }
}
