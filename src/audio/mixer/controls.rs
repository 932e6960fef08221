//! An open mixer with all its simple controls.

use super::control::Control;
use super::snapshot::{ControlId, Snapshot};
use crate::audio::advice::{Advice, MixerAdvice};
use crate::audio::error::{Error, Kind, Result};
use crate::audio::ffi::messages;
use crate::audio::ffi::mixer::RawMixer;
use crate::audio::poll;
use crate::audio::spelling::alike;
use crate::audio::system::card_of_pcm;
use crate::audio::system::diagnosis::explain_ctl;
use std::os::fd::BorrowedFd;
use std::time::Duration;

/// The ctl that a mixer is opened on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MixerDevice {
    /// A ctl by its alsa-lib name: `default`, `hw:0`, `hw:CARD=PCH`, `pulse`.
    Name(String),
    /// A card by its number.
    Card(u32),
}

impl MixerDevice {
    /// The mixer for a PCM: that of its card if the name is one of alsa-lib's for a card's devices (`plughw:1,0`),
    /// otherwise the ctl of the same name.
    pub fn of_pcm(name: &str) -> MixerDevice {
        match card_of_pcm(name) {
            Some(card) => MixerDevice::Name(format!("hw:{card}")),
            None => MixerDevice::Name(name.to_owned()),
        }
    }

    /// The ctl's name.
    pub fn name(&self) -> String {
        match self {
            MixerDevice::Name(name) => name.clone(),
            MixerDevice::Card(index) => format!("hw:{index}"),
        }
    }
}

impl From<&str> for MixerDevice {
    fn from(name: &str) -> MixerDevice {
        MixerDevice::Name(name.to_owned())
    }
}

impl From<u32> for MixerDevice {
    fn from(index: u32) -> MixerDevice {
        MixerDevice::Card(index)
    }
}

/// Why [`Controls::wait`] returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MixerWake {
    /// The mixer has events to handle, or is gone, which [`Controls::handle_events`] will report.
    Events,
    /// The other descriptor is readable.
    Other,
    /// The timeout is over, or a signal arrived.
    TimedOut,
}

/// The names and indexes of a mixer's simple controls, in alsa-lib's order (pyalsaaudio's `mixers`).
///
/// # Errors
/// See [`Controls::open`].
pub fn mixers(device: impl Into<MixerDevice>) -> Result<Vec<ControlId>> {
    let controls = Controls::open(device)?;
    Ok(controls.iter().map(|control| control.id()).collect())
}

/// An open mixer: all simple controls of a card or sound server.
///
/// Its values are as of the last [`Controls::handle_events`]. Opening reads all values.
#[derive(Debug)]
pub struct Controls {
    mixer: RawMixer,
    device: String,
}

impl Controls {
    /// Opens a mixer (`snd_mixer_open`, `_attach`, `_load`).
    ///
    /// # Errors
    /// If there is no such ctl or card, the user may not open it, or the sound server does not answer. The message says
    /// which, and what exists instead.
    pub fn open(device: impl Into<MixerDevice>) -> Result<Controls> {
        let device = device.into().name();
        messages::capture();
        match RawMixer::open(&device) {
            Ok(mixer) => Ok(Controls { mixer, device }),
            Err(errno) => {
                let error = Error::device("open", &device, errno);
                Err(explain_ctl(error, &device))
            }
        }
    }

    /// The name of its ctl (pyalsaaudio's `cardname`).
    pub fn device(&self) -> &str {
        &self.device
    }

    /// Whether a plugin does the work, as for sound servers. When a sink is removed, PulseAudio's keeps its controls, and
    /// accepts changes of them; PipeWire's sometimes keeps old values. Only a mixer that is opened later has the current ones.
    pub fn is_plugin(&self) -> bool {
        self.mixer.is_plugin()
    }

    /// Fails if a control is gone that a plugin keeps.
    ///
    /// # Errors
    /// See [`Controls::open`] and [`Controls::find`].
    pub fn check_still_there(&self, id: &ControlId) -> Result<()> {
        if self.is_plugin() {
            Controls::open(self.device.as_str())?.find(&id.name, id.index)?;
        }
        Ok(())
    }

    /// Its controls, in alsa-lib's order.
    pub fn iter(&self) -> impl Iterator<Item = Control<'_>> {
        let device = &self.device;
        let elements = self.mixer.elements();
        elements.map(move |element| Control { element, device })
    }

    /// The control with that name and index.
    ///
    /// # Errors
    /// [`Kind::NotFound`] if there is none, with the nearest spellings.
    pub fn find(&self, name: &str, index: u32) -> Result<Control<'_>> {
        self.iter()
            .find(|control| control.index() == index && control.name() == name)
            .ok_or_else(|| self.no_control(name, index))
    }

    /// The control that a user's text means: `Master`, `Master,1`, or amixer's `'Master',1`. The name itself may
    /// contain a comma.
    ///
    /// # Errors
    /// See [`Controls::find`].
    pub fn lookup(&self, text: &str) -> Result<Control<'_>> {
        let id = ControlId::parse(text);
        let rules: [&dyn Fn(&ControlId) -> bool; 4] = [
            &|own| own.index == 0 && own.name == text,
            &|own| own.is_written(text),
            &|own| *own == id,
            &|own| own.is_like(&id),
        ];
        let found = |rule: &&dyn Fn(&ControlId) -> bool| self.iter().find(|own| rule(&own.id()));
        let control = rules.iter().find_map(found);
        control.ok_or_else(|| self.no_control(&id.name, id.index))
    }

    /// The values of all controls, in alsa-lib's order.
    ///
    /// # Errors
    /// If the device is gone. A control that cannot be read has an error in its place.
    pub fn snapshots(&self) -> Result<Vec<Snapshot>> {
        self.iter().map(|control| control.try_snapshot()).collect()
    }

    /// Handles pending events and returns their number (pyalsaaudio's `handleevents`). Never waits.
    ///
    /// # Errors
    /// [`Kind::Disconnected`] if the card is gone.
    pub fn handle_events(&mut self) -> Result<u32> {
        messages::capture();
        self.mixer
            .handle_events()
            .map_err(|errno| Error::device("read", &self.device, errno))
    }

    /// The descriptors to poll for events, each with its poll events (pyalsaaudio's `polldescriptors`).
    ///
    /// # Errors
    /// If alsa-lib cannot list them.
    pub fn poll_descriptors(&self) -> Result<Vec<(i32, i16)>> {
        let fds = self.descriptors()?;
        Ok(fds.into_iter().map(|fd| (fd.fd, fd.events)).collect())
    }

    pub(super) fn descriptors(&self) -> Result<Vec<libc::pollfd>> {
        self.mixer
            .poll_descriptors()
            .map_err(|errno| Error::device("wait for", &self.device, errno))
    }

    /// Waits until there is an event, `other` is readable, or the timeout is over.
    ///
    /// # Errors
    /// If the descriptors cannot be polled.
    pub fn wait(&self, other: Option<BorrowedFd>, timeout: Option<Duration>) -> Result<MixerWake> {
        let mut fds = self.descriptors()?;
        let own = fds.len();
        fds.extend(other.map(|fd| poll::entry(fd, libc::POLLIN)));
        let ready = poll::poll(&mut fds, timeout)
            .map_err(|errno| Error::device("wait for", &self.device, errno))?;
        if !ready {
            return Ok(MixerWake::TimedOut);
        }
        let (own, other) = fds.split_at(own);
        let ready = |fds: &[libc::pollfd]| fds.iter().any(|fd| fd.revents != 0);
        Ok(match () {
            _ if ready(other) => MixerWake::Other,
            _ if ready(own) => MixerWake::Events,
            _ => MixerWake::TimedOut,
        })
    }

    fn no_control(&self, name: &str, index: u32) -> Error {
        let id = ControlId {
            name: name.to_owned(),
            index,
        };
        let message = format!("there is no control {id} on '{}'", self.device);
        let error = Error::new(Kind::NotFound, message).with_device(&self.device);
        let all: Vec<String> = self
            .iter()
            .map(|control| control.id().to_string())
            .collect();
        let wanted = id.to_string();
        // The first word of a name with spaces that was not quoted.
        let starts = |control: &&String| {
            let own = control.trim_start_matches('\'').to_lowercase();
            own.starts_with(&format!("{} ", name.to_lowercase()))
        };
        let mut near: Vec<&str> = all.iter().filter(starts).map(String::as_str).collect();
        if near.is_empty() {
            near = alike(&wanted, all.iter().map(String::as_str));
        }
        match near.is_empty() {
            true => error.with_advice(MixerAdvice::Controls(all)),
            false => error.with_advice(Advice::nearest(near)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mixer_device_is_a_name_or_a_card() {
        assert_eq!(MixerDevice::from("pulse").name(), "pulse");
        assert_eq!(MixerDevice::from(3).name(), "hw:3");
    }

    #[test]
    fn the_mixer_of_a_pcm_is_that_of_its_card() {
        for (pcm, mixer) in [
            ("hw:1,0", "hw:1"),
            ("plughw:CARD=PCH,DEV=3", "hw:PCH"),
            ("plug:'hw:2,1'", "hw:2"),
            ("default:CARD=PCH", "hw:PCH"),
            ("surround51:0", "hw:0"),
            ("hw", "hw"),
            ("default", "default"),
            ("pulse", "pulse"),
        ] {
            assert_eq!(MixerDevice::of_pcm(pcm).name(), mixer, "{pcm}");
        }
    }

    #[test]
    fn a_missing_card_is_not_found() {
        let error = Controls::open(31).unwrap_err();
        assert_eq!(error.kind(), Kind::NotFound);
        assert_eq!(error.device_name(), Some("hw:31"));
    }
}
