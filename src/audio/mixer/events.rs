//! Events of elements and simple controls one by one, as alsa-lib reports them. [`Watch`](super::Watch) combines them to
//! changes of values.

use super::controls::MixerDevice;
use super::elements::Elements;
use crate::audio::error::{Error, Result};
use crate::audio::ffi::elements::ElementId;
use crate::audio::ffi::events::{ControlEvent, EventMask, take_control_events};
use crate::audio::ffi::messages;
use crate::audio::ffi::mixer::RawMixer;
use crate::audio::poll;
use std::os::fd::BorrowedFd;
use std::time::Duration;

/// The events of a card's raw elements (`snd_ctl_read`).
#[derive(Debug)]
pub struct ElementEvents(Elements);

impl ElementEvents {
    /// Subscribes to the events of a ctl.
    ///
    /// # Errors
    /// See [`Elements::open`].
    pub fn open(device: impl Into<MixerDevice>) -> Result<ElementEvents> {
        let elements = Elements::open(device)?;
        elements.subscribe()?;
        Ok(ElementEvents(elements))
    }

    /// Waits for events and returns them.
    ///
    /// # Errors
    /// [`Kind::Disconnected`](crate::audio::error::Kind::Disconnected) if the card is gone.
    pub fn wait(&self) -> Result<Vec<(EventMask, ElementId)>> {
        let failed = |errno| self.0.failed("read", errno);
        poll::poll(&mut self.0.descriptors()?, None).map_err(failed)?;
        self.take()
    }

    /// Waits for events of several ctls, and returns those of each one that has any, by its number. The wait also ends
    /// when one of `others` is readable, or after `time`.
    ///
    /// # Errors
    /// If it cannot wait. A card that is gone has an error of its own.
    #[allow(clippy::type_complexity)]
    pub fn wait_any(
        all: &[&ElementEvents],
        others: &[BorrowedFd],
        time: Option<Duration>,
    ) -> Result<Vec<(usize, Result<Vec<(EventMask, ElementId)>>)>> {
        let readable = |fd: &BorrowedFd| poll::entry(*fd, libc::POLLIN);
        let mut fds: Vec<_> = others.iter().map(readable).collect();
        for events in all {
            fds.extend(events.0.descriptors()?);
        }
        poll::poll(&mut fds, time).map_err(|errno| Error::device("watch", "cards", errno))?;
        let taken = all.iter().map(|events| events.take()).enumerate();
        Ok(taken
            .filter(|(_, events)| !matches!(events, Ok(events) if events.is_empty()))
            .collect())
    }

    /// The pending events.
    fn take(&self) -> Result<Vec<(EventMask, ElementId)>> {
        let failed = |errno| self.0.failed("read", errno);
        let mut events = Vec::new();
        while let Some(event) = self.0.ctl.next_event().map_err(failed)? {
            events.push(event);
        }
        Ok(events)
    }
}

/// The events of a mixer's simple controls (`snd_mixer_handle_events`). Belongs to the thread that opened it.
#[derive(Debug)]
pub struct ControlEvents {
    mixer: RawMixer,
    device: String,
}

impl ControlEvents {
    /// Opens a mixer. Loading it has events of its own: [`ControlEvents::take`] returns them.
    ///
    /// # Errors
    /// The error of the open.
    pub fn open(device: impl Into<MixerDevice>) -> Result<ControlEvents> {
        let device = device.into().name();
        messages::capture();
        match RawMixer::open_for_events(&device) {
            Ok(mixer) => Ok(ControlEvents { mixer, device }),
            Err(errno) => Err(Error::device("open", &device, errno)),
        }
    }

    /// The events since the last call.
    pub fn take(&self) -> Vec<ControlEvent> {
        take_control_events()
    }

    /// Waits for events, and handles them.
    ///
    /// # Errors
    /// [`Kind::Disconnected`](crate::audio::error::Kind::Disconnected) if the card is gone.
    pub fn wait(&mut self) -> Result<()> {
        let failed = |errno| Error::device("read", &self.device, errno);
        let mut fds = self.mixer.poll_descriptors().map_err(failed)?;
        poll::poll(&mut fds, None).map_err(failed)?;
        self.mixer.handle_events().map(drop).map_err(failed)
    }
}
