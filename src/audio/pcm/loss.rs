//! What to do with a PCM whose device went away: recognize the loss, read the last known position, and close it.

use super::device::Pcm;
use super::position::KnownPosition;
use super::state::PcmState;
use crate::audio::error::Kind;
use crate::audio::ffi;

impl Pcm {
    /// The number of the PCM's card; `None` for the PCM of a sound server.
    pub(crate) fn card(&self) -> Option<u32> {
        self.handle().ok().and_then(ffi::card)
    }

    /// The last known position of the device.
    pub(crate) fn last_position(&self) -> Option<KnownPosition> {
        self.position.last()
    }

    /// Whether the device or its sound server is gone.
    pub(crate) fn is_lost(&self) -> bool {
        match self.state() {
            Ok(PcmState::Disconnected) | Err(_) => true,
            Ok(_) => {
                self.is_of_server() && self.avail().is_err_and(|error| error.kind() != Kind::Xrun)
            }
        }
    }

    /// Closes the PCM at once, without playing what is queued. This matters because a driver may keep the number of a
    /// card that was unplugged until all its devices are closed.
    pub(crate) fn discard(&mut self) {
        self.stopped.unmap();
        self.handle = None;
    }
}
