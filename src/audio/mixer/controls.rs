//! An open mixer with all of its controls.

use super::control::Control;
use super::snapshot::{ControlId, Snapshot};
use crate::audio::advice::{Advice, MixerAdvice};
use crate::audio::error::{Error, Kind, Result};
use crate::audio::ffi::{messages, mixer};
use crate::audio::poll;
use crate::audio::spelling::alike;
use crate::audio::system::diagnosis::explain_ctl;
use std::fmt;
use std::os::fd::BorrowedFd;
use std::time::Duration;

/// Where a mixer is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MixerDevice {
    /// A ctl by alsa-lib's name: `default`, `hw:0`, `hw:CARD=PCH`, `pulse`.
    Name(String),
    /// A card by its number.
    Card(u32),
}

impl MixerDevice {
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

/// Why a wait for a change ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MixerWake {
    /// The mixer has events to handle (or is gone, which handling them will tell).
    Events,
    /// The other descriptor is readable.
    Called,
    /// Time is up, or a signal came.
    TimedOut,
}

/// The names of the simple controls at `place`, in alsa-lib's order (pyalsaaudio's `mixers`), each with its index.
pub fn mixers(place: impl Into<MixerDevice>) -> Result<Vec<ControlId>> {
    let controls = Controls::open(place)?;
    Ok(controls.iter().map(|control| control.id()).collect())
}

/// An open mixer: all simple controls of a card or a sound server.
///
/// What is read is what was there when events were last handled ([`Controls::handle_events`]); opening reads everything.
#[derive(Debug)]
pub struct Controls {
    mixer: mixer::RawMixer,
    device: String,
}

impl Controls {
    /// Opens the mixer at `place` (`snd_mixer_open`, `_attach`, `_load`).
    ///
    /// Fails where there is no such ctl or card, where this user may not open it, and where the sound server does not
    /// answer: the error says what there is.
    pub fn open(place: impl Into<MixerDevice>) -> Result<Controls> {
        let device = place.into().name();
        messages::capture();
        match mixer::RawMixer::open(&device) {
            Ok(mixer) => Ok(Controls { mixer, device }),
            Err(errno) => {
                let error = Error::device("open", &device, errno);
                Err(explain_ctl(error, &device))
            }
        }
    }

    /// The name of the ctl it was opened with (pyalsaaudio's `cardname`).
    pub fn device(&self) -> &str {
        &self.device
    }

    /// Its controls, in alsa-lib's order.
    pub fn iter(&self) -> impl Iterator<Item = Control<'_>> {
        let device = &self.device;
        let elements = self.mixer.elements();
        elements.map(move |element| Control { element, device })
    }

    /// The control of that name and index.
    ///
    /// Fails with [`Kind::NotFound`], and the spellings that are nearest, where there is none.
    pub fn find(&self, name: &str, index: u32) -> Result<Control<'_>> {
        self.iter()
            .find(|control| control.index() == index && control.name() == name)
            .ok_or_else(|| self.no_control(name, index))
    }

    /// The control that a person's words mean: `Master`, `Master,1`, or amixer's `'Master',1`. A name with a comma in it is
    /// found as well.
    ///
    /// Fails as [`Controls::find`].
    pub fn lookup(&self, words: &str) -> Result<Control<'_>> {
        if let Some(control) = self
            .iter()
            .find(|control| control.index() == 0 && control.name() == words)
        {
            return Ok(control);
        }
        let id = ControlId::parse(words);
        self.find(&id.name, id.index)
    }

    /// What all controls say of themselves, in alsa-lib's order.
    pub fn snapshots(&self) -> Result<Vec<Snapshot>> {
        self.iter().map(|control| control.snapshot()).collect()
    }

    /// Takes in what has changed since, and tells how many events there were (pyalsaaudio's `handleevents`). Never waits.
    ///
    /// Fails with [`Kind::Disconnected`] where the card is gone.
    pub fn handle_events(&mut self) -> Result<u32> {
        messages::capture();
        self.mixer
            .handle_events()
            .map_err(|errno| Error::device("read", &self.device, errno))
    }

    /// The descriptors that become readable when something changes, each with its events (pyalsaaudio's `polldescriptors`).
    pub fn poll_descriptors(&self) -> Result<Vec<(i32, i16)>> {
        let fds = self.descriptors()?;
        Ok(fds.into_iter().map(|fd| (fd.fd, fd.events)).collect())
    }

    pub(super) fn descriptors(&self) -> Result<Vec<libc::pollfd>> {
        self.mixer
            .poll_descriptors()
            .map_err(|errno| Error::device("wait for", &self.device, errno))
    }

    /// Waits until something has changed, until `other` (if given) is readable, or until `timeout` (if any) is over.
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
            _ if ready(other) => MixerWake::Called,
            _ if ready(own) => MixerWake::Events,
            _ => MixerWake::TimedOut,
        })
    }

    fn no_control(&self, name: &str, index: u32) -> Error {
        let id = ControlId {
            name: name.to_owned(),
            index,
        };
        let all: Vec<String> = self
            .iter()
            .map(|control| control.id().to_string())
            .collect();
        let message = format!("there is no control {id} on '{}'", self.device);
        let error = Error::new(Kind::NotFound, message).with_device(&self.device);
        let plain = id.to_string();
        let near = alike(&plain, all.iter().map(String::as_str));
        match near[..] {
            [] => error.with_advice(MixerAdvice::Controls(all)),
            _ => error.with_advice(Advice::nearest(near)),
        }
    }
}

impl ControlId {
    /// Reads `Master`, `Master,1`, `'Master',1` or `"Master",1`. A comma that no number follows is part of the name.
    pub fn parse(words: &str) -> ControlId {
        let (name, index) = match words.rsplit_once(',') {
            Some((name, number)) => match number.trim().parse() {
                Ok(index) => (name, index),
                Err(_) => (words, 0),
            },
            None => (words, 0),
        };
        ControlId {
            name: unquoted(name).to_owned(),
            index,
        }
    }
}

impl fmt::Display for ControlId {
    /// `'Master'`, or `'Master',1` where it is not the first of its name.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "'{}'", self.name)?;
        match self.index {
            0 => Ok(()),
            index => write!(f, ",{index}"),
        }
    }
}

fn unquoted(name: &str) -> &str {
    let name = name.trim();
    for quote in ['\'', '"'] {
        let inside = name
            .strip_prefix(quote)
            .and_then(|rest| rest.strip_suffix(quote));
        if let Some(inside) = inside {
            return inside;
        }
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_control_is_named_as_people_and_amixer_name_it() {
        let cases = [
            ("Master", "Master", 0),
            ("Master,1", "Master", 1),
            ("'Master',0", "Master", 0),
            ("'Master'", "Master", 0),
            ("\"Mic Boost\",2", "Mic Boost", 2),
            ("Mic, Line", "Mic, Line", 0),
            ("'Mic,1'", "Mic,1", 0),
            ("'Mic,1',3", "Mic,1", 3),
            ("", "", 0),
            ("'", "'", 0),
        ];
        for (words, name, index) in cases {
            let id = ControlId::parse(words);
            assert_eq!((id.name.as_str(), id.index), (name, index), "{words}");
        }
    }

    #[test]
    fn a_place_is_a_name_or_a_card() {
        assert_eq!(MixerDevice::from("pulse").name(), "pulse");
        assert_eq!(MixerDevice::from(3).name(), "hw:3");
    }

    #[test]
    fn a_card_that_is_not_there_is_told_so() {
        let error = Controls::open(31).unwrap_err();
        assert_eq!(error.kind(), Kind::NotFound);
        assert_eq!(error.device_name(), Some("hw:31"));
    }
}
