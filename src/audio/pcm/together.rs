//! Several PCMs that start together.

use super::device::Pcm;
use crate::audio::direction::Direction;
use crate::audio::error::Result;
use alsa::pcm::PCM;
use std::time::Duration;

impl Pcm {
    /// Links all PCMs, which are prepared, so that they start at the same moment (`snd_pcm_link`). Returns whether all devices
    /// allow it; otherwise none is linked.
    ///
    /// # Errors
    /// [`Kind::Internal`](crate::audio::error::Kind::Internal) if one of them is closed.
    pub(crate) fn link_all(pcms: &[&Pcm]) -> Result<bool> {
        match pcms.split_first() {
            Some((first, others)) => first.is_linked_to(others),
            None => Ok(true),
        }
    }

    /// Starts all PCMs: at the same moment if they are `linked`, otherwise one after the other. They are linked no longer
    /// after that, so that an error of one does not stop the others.
    ///
    /// # Errors
    /// Those of [`Pcm::start`].
    pub(crate) fn start_all(pcms: &[&Pcm], linked: bool) -> Result<()> {
        let Some((first, others)) = pcms.split_first() else {
            return Ok(());
        };
        let started = match linked {
            true => first.start_linked(others),
            false => pcms.iter().try_for_each(|pcm| pcm.start()),
        };
        for other in others {
            let _ = other.handle()?.unlink();
        }
        started
    }

    /// Links others to this one. If one of them cannot be linked, none is.
    fn is_linked_to(&self, others: &[&Pcm]) -> Result<bool> {
        let handle = self.handle()?;
        for other in others {
            if handle.link(other.handle()?).is_err() {
                for other in others {
                    let _ = other.handle()?.unlink();
                }
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Starts this PCM and those that are linked to it.
    fn start_linked(&self, others: &[&Pcm]) -> Result<()> {
        for other in others {
            if other.request.direction == Direction::Capture {
                other.look_at_memory(other.handle()?);
            }
        }
        self.start()?;
        others.iter().for_each(|other| other.position.started());
        Ok(())
    }

    /// Lets the position be known by a timestamp after every read, so that clocks can be compared.
    pub(crate) fn stamp_every_read(&self) {
        self.position.always_stamped.set(true);
    }

    /// Whether its positions are known by timestamps of the monotonic clock.
    pub(crate) fn is_stamped(&self) -> bool {
        self.position.stamps.get()
    }

    /// When it was started, on the monotonic clock (`snd_pcm_status_get_trigger_htstamp`). `None` if the device does not
    /// report it by that clock.
    pub(crate) fn started_at(&self) -> Option<Duration> {
        if !self.position.stamps.get() {
            return None;
        }
        let started = PCM::status(self.handle().ok()?).ok()?.get_trigger_htstamp();
        let at = Duration::new(started.tv_sec as u64, started.tv_nsec as u32);
        Some(at).filter(|at| !at.is_zero())
    }
}
