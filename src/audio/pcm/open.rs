//! Opening a PCM handle.

use super::request::Request;
use crate::audio::error::{Error, Result};
use crate::audio::ffi;
use crate::audio::system::diagnosis::explain;
use alsa::pcm::PCM;

/// Opens the PCM that `request` names, without configuring it.
///
/// # Errors
/// Explained by what the system knows about the device.
pub(super) fn open_handle(request: &Request) -> Result<PCM> {
    ffi::messages::capture();
    ffi::open(
        &request.device,
        request.direction.into(),
        request.open_flags(),
    )
    .map_err(|errno| {
        explain(
            Error::device("open", &request.device, errno),
            &request.device,
            request.direction,
        )
    })
}
