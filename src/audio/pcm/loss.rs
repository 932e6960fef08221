//! What to do with a PCM whose device went away: recognize the loss, read the last known position, and close it.

use super::device::Pcm;
use super::negotiate::Configuration;
use super::position::KnownPosition;
use super::state::PcmState;
use crate::audio::direction::Direction;
use crate::audio::error::{Kind, Result};
use crate::audio::ffi;
use crate::audio::ffi::hw_params::PcmAccess;

impl Pcm {
    /// The number of the PCM's card; `None` for the PCM of a sound server.
    pub(crate) fn card(&self) -> Option<u32> {
        self.handle().ok().and_then(ffi::card)
    }

    /// The last known position of the device.
    pub(crate) fn last_position(&self) -> Option<KnownPosition> {
        self.position.last()
    }

    /// Whether a playback device has started since it was prepared. If so, its position is known as of now.
    pub(crate) fn has_started(&self) -> Result<bool> {
        let started = matches!(self.state()?, PcmState::Running | PcmState::Draining);
        if started {
            self.position.started();
            self.note_first_start();
        }
        Ok(started)
    }

    /// Records that nothing had been played when a kernel device started, which it did at a known time.
    fn note_first_start(&self) {
        let played_before = self.position.was_started.replace(true);
        let written = self.position.moved();
        if !played_before
            && let Some(trigger) = self.last_trigger()
            && let Some(avail) = self.configuration.buffer_size.checked_sub(written)
        {
            self.position.set_stamped_start(avail, trigger.at);
        }
    }

    /// Frames that a capture device has captured, or would have if it ran, since the last read.
    pub(crate) fn unread(&self) -> u64 {
        let known = self.position.last();
        match self.state() {
            Ok(PcmState::Running) => self.avail().ok(),
            Ok(PcmState::Suspended) => known.map(|known| known.avail),
            _ => None,
        }
        .or_else(|| known.map(|known| known.unread_now(self.spec())))
        .unwrap_or(0)
    }

    /// Frames that a playback device holds and has not played, by the clock if it is gone.
    pub(crate) fn unplayed(&self) -> u64 {
        let held =
            |known: KnownPosition| self.configuration.buffer_size.saturating_sub(known.avail);
        let known = self.position.last();
        match self.state() {
            Ok(PcmState::Running | PcmState::Draining) => {
                self.delay().map_or(0, |delay| delay.max(0) as u64)
            }
            Ok(PcmState::Suspended) => known.map_or(0, held),
            Ok(PcmState::Disconnected) => known.map_or(0, |known| {
                held(known).saturating_sub(known.frames_until(None, self.spec()))
            }),
            _ => 0,
        }
    }

    /// Asks for the delay after each read from a sound server, so that the last known position includes the frames that
    /// the server held.
    pub(crate) fn follow_delay(&self) {
        let captures = self.request.direction == Direction::Capture;
        self.position.delays.set(captures && self.is_of_server());
    }

    /// Keeps the frames that a capture device that went away had captured and that were not read, for
    /// [`Pcm::take_stopped_frames`].
    pub(crate) fn keep_last_frames(&self) {
        let (Ok(handle), Some(known)) = (self.handle(), self.position.last()) else {
            return;
        };
        let configuration = &self.configuration;
        let Configuration {
            period_size,
            buffer_size,
            ..
        } = *configuration;
        let at = self.position.moved();
        // At least what it announced. If that is more than fits, it has overwritten the oldest.
        let announced = handle
            .avail_update()
            .map_or(known.avail, |it| it.max(0) as u64);
        if announced > buffer_size {
            return;
        }
        let possible = (known.unread_now(self.spec()) + period_size).min(buffer_size);
        let written = self.stopped.written(handle, configuration, at, possible);
        self.stopped
            .keep(handle, configuration, at, announced.max(written));
    }

    /// Whether frames that were not read in time are lost once the card is gone.
    pub(crate) fn forgets(&self) -> bool {
        self.configuration.access == PcmAccess::RwInterleaved && self.card().is_some()
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

    /// Whether it is the PCM of a card, and that is gone.
    pub(crate) fn is_lost_card(&self) -> bool {
        !self.is_of_server() && self.is_lost()
    }

    /// Closes the PCM at once, without playing what is queued. This matters because a driver may keep the number of a
    /// card that was unplugged until all its devices are closed.
    pub(crate) fn discard(&mut self) {
        self.stopped.unmap();
        self.handle.close();
    }
}
