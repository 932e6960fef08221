//! Opening a PCM handle.

use super::request::Request;
use crate::audio::error::{Error, Result};
use crate::audio::ffi;
use crate::audio::system::card_of_pcm;
use crate::audio::system::diagnosis::explain;
use crate::audio::time_limit::{no_answer, within};
use alsa::pcm::PCM;
use std::time::Duration;

/// Closing the PCM of a sound server may take this long. Then it continues on its own thread.
const MAX_CLOSE_WAIT: Duration = Duration::from_secs(1);

/// Does `work` for a request, which includes opening its PCM, in the time that the request allows.
///
/// # Errors
/// Those of `work`; [`Kind::Disconnected`](crate::audio::error::Kind::Disconnected) if it takes too long.
pub(super) fn in_time<T: Send + 'static>(
    request: Request,
    work: impl FnOnce(Request) -> Result<T> + Send + 'static,
) -> Result<T> {
    // The kernel always answers.
    let limit = request
        .timeout
        .filter(|_| card_of_pcm(&request.device).is_none());
    let Some(limit) = limit else {
        return work(request);
    };
    let device = request.device.clone();
    within(limit, move || work(request))?.unwrap_or_else(|| Err(no_answer(&device)))
}

/// The handle of a PCM until it is closed.
#[derive(Debug)]
pub(super) struct PcmHandle(Option<PCM>);

impl PcmHandle {
    pub(super) fn new(pcm: PCM) -> PcmHandle {
        PcmHandle(Some(pcm))
    }

    pub(super) fn get(&self) -> Option<&PCM> {
        self.0.as_ref()
    }

    pub(super) fn take(&mut self) -> Option<PCM> {
        self.0.take()
    }

    /// Closes the PCM. alsa-lib's pulse plugin (alsa-plugins 1.2.7, not reported upstream) waits there for an answer of
    /// the server.
    pub(super) fn close(&mut self) {
        if let Some(pcm) = self.take()
            && ffi::is_without_card(&pcm)
            && !ffi::is_null(&pcm)
        {
            // Without a thread it is closed at once.
            let _ = within(MAX_CLOSE_WAIT, move || drop(pcm));
        }
    }
}

impl Drop for PcmHandle {
    fn drop(&mut self) {
        self.close();
    }
}

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
