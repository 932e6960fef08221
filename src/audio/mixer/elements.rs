//! An open ctl with its raw elements: everything that programs can read and set on a card, as in `amixer contents`.

use super::controls::MixerDevice;
use super::locked::{holder, locked};
use super::selector::ElementSelector;
use crate::audio::advice::{Advice, MixerAdvice};
use crate::audio::error::{Error, Kind, Result};
use crate::audio::ffi::ctl::{CardInfo, Ctl};
use crate::audio::ffi::elements::{ElementId, ElementInfo, ElementType, ElementValues};
use crate::audio::ffi::hctl::sorted_elements;
use crate::audio::ffi::messages;
use crate::audio::ffi::user_elements::IEC958_BYTES;
use crate::audio::spelling::alike;
use crate::audio::system::diagnosis::explain_ctl;

/// The open ctl of a card or sound server, with its raw elements. Values are always read from the device.
#[derive(Debug)]
pub struct Elements {
    pub(super) ctl: Ctl,
    device: String,
}

impl Elements {
    /// Opens a ctl (`snd_ctl_open`).
    ///
    /// # Errors
    /// See [`Controls::open`](super::Controls::open).
    pub fn open(device: impl Into<MixerDevice>) -> Result<Elements> {
        let device = device.into().name();
        messages::capture();
        match Ctl::open_name(&device) {
            Ok(ctl) => Ok(Elements { ctl, device }),
            Err(errno) => {
                let error = Error::device("open", &device, errno);
                Err(explain_ctl(error, &device))
            }
        }
    }

    /// The name of its ctl.
    pub fn device(&self) -> &str {
        &self.device
    }

    /// Whether a plugin does the work: see [`Controls::is_plugin`](super::Controls::is_plugin).
    pub fn is_plugin(&self) -> bool {
        self.ctl.is_plugin()
    }

    /// The card's id and name.
    pub fn card(&self) -> Result<(String, String)> {
        let card = self.ctl.card_info();
        card.map(|card| (card.id, card.name))
            .map_err(|errno| self.failed("read", errno))
    }

    /// The card's description (`snd_ctl_card_info`).
    ///
    /// # Errors
    /// If the card is gone.
    pub fn card_info(&self) -> Result<CardInfo> {
        self.ctl
            .card_info()
            .map_err(|errno| self.failed("read", errno))
    }

    /// All elements without their values, in the order of alsa-lib's mixers (`snd_hctl_load`).
    ///
    /// # Errors
    /// See [`Elements::list`].
    pub fn sorted(&self) -> Result<Vec<ElementInfo>> {
        let ids = sorted_elements(&self.device);
        self.infos(&ids.map_err(|errno| self.failed("list the elements of", errno))?)
    }

    /// The words of an element's metadata (`snd_ctl_elem_tlv_read`); `None` if it has none.
    pub fn tlv(&self, info: &ElementInfo) -> Option<Vec<u32>> {
        info.access
            .tlv_readable
            .then(|| self.ctl.tlv(&info.id).ok())
            .flatten()
    }

    /// The element with this id: by its number if that is not 0, otherwise by the other fields.
    ///
    /// # Errors
    /// If there is none.
    pub fn exact(&self, id: &ElementId) -> Result<ElementInfo> {
        let info = self.ctl.element(id);
        info.map_err(|errno| self.failed(&format!("read {id} of"), errno))
    }

    /// Adds an element (`snd_ctl_elem_add_*`), which stays until it is removed or the card is gone.
    ///
    /// # Errors
    /// If there is one with this id already, or the card takes none.
    pub fn add(&self, id: &ElementId, kind: &ElementType, count: u32) -> Result<()> {
        let added = self.ctl.add_element(id, kind, count);
        added.map_err(|errno| self.failed(&format!("add {id} to"), errno))
    }

    /// Removes an element that a program added (`snd_ctl_elem_remove`).
    ///
    /// # Errors
    /// If it belongs to the driver, or another program has locked it.
    pub fn remove(&self, id: &ElementId) -> Result<()> {
        let removed = self.ctl.remove_element(id);
        removed.map_err(|errno| self.failed(&format!("remove {id} of"), errno))
    }

    /// Sets the words of an element's metadata (`snd_ctl_elem_tlv_write`).
    ///
    /// # Errors
    /// If they are not metadata, or the element takes none.
    pub fn set_tlv(&self, id: &ElementId, words: &[u32]) -> Result<()> {
        let set = self.ctl.set_tlv(id, words);
        set.map_err(|errno| self.failed(&format!("set the metadata of {id} of"), errno))
    }

    /// A channel status with its subcode and subframe.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn iec958(&self, id: &ElementId) -> Result<[u8; IEC958_BYTES]> {
        let status = self.ctl.iec958(id);
        status.map_err(|errno| self.failed(&format!("read {id} of"), errno))
    }

    /// Sets a channel status with its subcode and subframe.
    ///
    /// # Errors
    /// If it cannot be set.
    pub fn set_iec958(&self, id: &ElementId, status: &[u8; IEC958_BYTES]) -> Result<()> {
        let set = self.ctl.set_iec958(id, status);
        set.map_err(|errno| self.failed(&format!("set {id} of"), errno))
    }

    /// All elements without their values, sorted by number.
    ///
    /// # Errors
    /// If they cannot be listed. An element that disappears meanwhile is left out.
    pub fn list(&self) -> Result<Vec<ElementInfo>> {
        self.infos(&self.ids()?)
    }

    fn infos(&self, ids: &[ElementId]) -> Result<Vec<ElementInfo>> {
        let infos = ids.iter().filter_map(|id| match self.ctl.element(id) {
            Err(libc::ENOENT) => None,
            info => Some(info.map_err(|errno| self.failed(&format!("read {id} of"), errno))),
        });
        infos.collect()
    }

    /// The selected element.
    ///
    /// # Errors
    /// [`Kind::NotFound`] if there is none, with the nearest spelling.
    pub fn find(&self, selector: &ElementSelector) -> Result<ElementInfo> {
        let ids = self.ids()?;
        let Some(id) = ids.iter().find(|id| selector.matches(id)) else {
            return Err(self.no_element(selector, &ids));
        };
        let info = self.ctl.element(id);
        info.map_err(|errno| self.failed(&format!("read {id} of"), errno))
    }

    fn ids(&self) -> Result<Vec<ElementId>> {
        let ids = self.ctl.elements();
        ids.map_err(|errno| self.failed("list the elements of", errno))
    }

    fn no_element(&self, selector: &ElementSelector, ids: &[ElementId]) -> Error {
        let message = format!("no element of '{}' matches {selector}", self.device);
        let error = Error::new(Kind::NotFound, message).with_device(&self.device);
        let wanted = selector.name.as_deref();
        let names = ids.iter().map(|id| id.name.as_str());
        let near = wanted.map_or(vec![], |wanted| alike(wanted, names));
        let near = near
            .first()
            .and_then(|name| ids.iter().find(|id| id.name == *name));
        match near {
            Some(id) => error.with_advice(Advice::nearest([id.to_string()])),
            None => error.with_advice(MixerAdvice::ListElements),
        }
    }

    /// Subscribes to events.
    pub(super) fn subscribe(&self) -> Result<()> {
        let subscribed = self.ctl.subscribe();
        subscribed.map_err(|errno| self.failed("watch", errno))
    }

    /// Reads pending events and returns whether there were any. Never waits after [`Elements::subscribe`].
    pub(super) fn take_events(&self) -> Result<bool> {
        let any = self.ctl.take_events();
        any.map_err(|errno| self.failed("read", errno))
    }

    pub(super) fn descriptors(&self) -> Result<Vec<libc::pollfd>> {
        let fds = self.ctl.poll_descriptors();
        fds.map_err(|errno| self.failed("wait for", errno))
    }

    /// An element's values.
    ///
    /// # Errors
    /// [`Kind::Unsupported`] if it is not readable.
    pub fn read(&self, info: &ElementInfo) -> Result<ElementValues> {
        if !info.access.readable {
            return Err(self.rejected(Kind::Unsupported, info, "cannot be read"));
        }
        let values = self.ctl.read(info);
        values.map_err(|errno| self.failed(&format!("read {} of", info.id), errno))
    }

    /// Sets an element's values.
    ///
    /// # Errors
    /// [`Kind::Unsupported`] if it is not writable, [`Kind::Busy`] if another program has locked it.
    pub fn write(&self, info: &ElementInfo, values: &ElementValues) -> Result<()> {
        self.check_writable(info)?;
        match self.ctl.write(info, values) {
            Ok(_) => Ok(()),
            Err(errno) => Err(self.failed(&format!("set {} of", info.id), errno)),
        }
    }

    pub(super) fn check_writable(&self, info: &ElementInfo) -> Result<()> {
        match info.access {
            access if !access.writable => {
                Err(self.rejected(Kind::Unsupported, info, "cannot be set"))
            }
            access if access.locked && !access.owner => {
                let holders = holder(info).into_iter().collect();
                Err(locked(&info.id.to_string(), &self.device, holders))
            }
            _ => Ok(()),
        }
    }

    /// The dB range of an element, in hundredths of a dB (`snd_ctl_get_dB_range`), if it has one.
    pub fn db_range(&self, info: &ElementInfo) -> Option<(i64, i64)> {
        let has = info.access.tlv_readable && matches!(info.kind, ElementType::Integer(..));
        has.then(|| self.ctl.db_range(&info.id).ok()).flatten()
    }

    /// The highest value that is not above a dB value in hundredths (`snd_ctl_convert_from_dB`); `None` without dB
    /// information.
    pub fn raw_of_db(&self, info: &ElementInfo, db: i64) -> Option<i64> {
        self.ctl.value_of_db(&info.id, db, -1).ok()
    }

    fn rejected(&self, kind: Kind, info: &ElementInfo, why: &str) -> Error {
        let message = format!("{} of '{}' {why}", info.id, self.device);
        Error::new(kind, message).with_device(&self.device)
    }

    pub(super) fn failed(&self, doing: &str, errno: i32) -> Error {
        Error::device(doing, &self.device, errno)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_card_is_not_found() {
        assert_eq!(Elements::open(31).unwrap_err().kind(), Kind::NotFound);
    }
}
