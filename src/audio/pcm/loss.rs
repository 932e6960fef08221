//! A device that went away: what is still known of it, and closing it.

use super::device::Pcm;
use super::position::KnownPosition;
use super::state::PcmState;
use crate::audio::error::Kind;
use crate::audio::ffi;

impl Pcm {
    /// The number of the card behind it; `None` for that of a sound server.
    pub(crate) fn card(&self) -> Option<u32> {
        self.handle().ok().and_then(ffi::card)
    }

    /// Where the device was when it was last asked.
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

    /// Closes it at once, without playing what is queued. A driver may keep the number of a card that was unplugged
    /// until all its devices are closed.
    pub(crate) fn discard(&mut self) {
        self.stopped.unmap();
        self.handle = None;
    }
}
