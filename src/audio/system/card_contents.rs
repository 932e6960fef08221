//! All that a card has: its elements, and its PCM, raw MIDI and hardware dependent devices.

use crate::audio::direction::Direction;
use crate::audio::error::{Error, Result};
use crate::audio::ffi::ctl::{CardInfo, Ctl};
use crate::audio::ffi::messages;

pub use crate::audio::ffi::ctl_devices::HwdepInfo;

/// A PCM or raw MIDI device in one direction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CardDevice {
    /// Its number.
    pub device: u32,
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The names of its subdevices, by number.
    pub subdevices: Vec<String>,
}

/// An open card.
#[derive(Debug)]
pub struct CardContents {
    ctl: Ctl,
    name: String,
}

impl CardContents {
    /// Opens the card with this number.
    ///
    /// # Errors
    /// The error of the open.
    pub fn open(index: u32) -> Result<CardContents> {
        messages::capture();
        let name = format!("hw:{index}");
        match Ctl::open(index) {
            Ok(ctl) => Ok(CardContents { ctl, name }),
            Err(errno) => Err(Error::device("open", &name, errno)),
        }
    }

    fn failed(&self, errno: i32) -> Error {
        Error::device("read", &self.name, errno)
    }

    /// The card's description.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn info(&self) -> Result<CardInfo> {
        self.ctl.card_info().map_err(|errno| self.failed(errno))
    }

    /// The number of its elements.
    ///
    /// # Errors
    /// If they cannot be listed.
    pub fn element_count(&self) -> Result<usize> {
        let ids = self.ctl.elements().map_err(|errno| self.failed(errno))?;
        Ok(ids.len())
    }

    /// Its PCM devices in one direction.
    ///
    /// # Errors
    /// If they cannot be listed.
    pub fn pcms(&self, direction: Direction) -> Result<Vec<CardDevice>> {
        let numbers = self.ctl.devices();
        self.devices(numbers, |device, subdevice| {
            let info = self.ctl.pcm_info(device, subdevice, direction.into())?;
            Ok((info.id, info.name, info.subdevice_name, info.subdevices))
        })
    }

    /// Its raw MIDI devices for output or input.
    ///
    /// # Errors
    /// If they cannot be listed.
    pub fn rawmidis(&self, is_output: bool) -> Result<Vec<CardDevice>> {
        let numbers = self.ctl.rawmidi_devices();
        self.devices(numbers, |device, subdevice| {
            let info = self.ctl.rawmidi_info(device, subdevice, is_output)?;
            Ok((info.id, info.name, info.subdevice_name, info.subdevices))
        })
    }

    /// Its hardware dependent devices.
    ///
    /// # Errors
    /// If they cannot be listed.
    pub fn hwdeps(&self) -> Result<Vec<HwdepInfo>> {
        let numbers = self.ctl.hwdep_devices();
        let numbers = numbers.map_err(|errno| self.failed(errno))?;
        let infos = numbers.iter().map(|device| self.ctl.hwdep_info(*device));
        infos
            .collect::<std::result::Result<_, _>>()
            .map_err(|errno| self.failed(errno))
    }

    /// The devices for which `info` returns the id, the name, the name of the subdevice and the number of subdevices. Those
    /// that lack the direction (ENOENT) are left out.
    fn devices(
        &self,
        numbers: std::result::Result<Vec<u32>, i32>,
        info: impl Fn(u32, u32) -> std::result::Result<(String, String, String, u32), i32>,
    ) -> Result<Vec<CardDevice>> {
        let mut devices = Vec::new();
        for device in numbers.map_err(|errno| self.failed(errno))? {
            let (id, name, first, count) = match info(device, 0) {
                Ok(found) => found,
                Err(libc::ENOENT) => continue,
                Err(errno) => return Err(self.failed(errno)),
            };
            let others = (1..count).map_while(|subdevice| info(device, subdevice).ok());
            let mut subdevices = vec![first];
            subdevices.extend(others.map(|(_, _, name, _)| name));
            devices.push(CardDevice {
                device,
                id,
                name,
                subdevices,
            });
        }
        Ok(devices)
    }
}
