//! Raw elements: all that a card lets be read and set, simple controls or not, as `amixer contents` has it.

use super::change::{Decibels, VolumeChange};
use super::controls::MixerDevice;
use super::id::ElementSelector;
use super::plan::SwitchChange;
use super::scale::{Rounding, VolumeScale};
use super::snapshot::decibels;
use crate::audio::advice::{Advice, MixerAdvice};
use crate::audio::error::{Error, Kind, Result};
use crate::audio::ffi::ctl::Ctl;
use crate::audio::ffi::elements::{
    ElementAccess, ElementId, ElementInfo, ElementType, ElementValues,
};
use crate::audio::ffi::messages;
use crate::audio::spelling::alike;
use crate::audio::system::diagnosis::explain_ctl;
use serde::Serialize;
use serde::ser::Serializer;

/// The open ctl of a card or a sound server, and its raw elements. What is read is what is there at that moment.
#[derive(Debug)]
pub struct Elements {
    ctl: Ctl,
    device: String,
}

/// An element and its values at one moment, as JSON has it. What it does not have is nothing.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Element {
    /// Its number, which may be another one the next time the card is there.
    pub numid: u32,
    /// Where it belongs: `MIXER`, `PCM` …
    pub iface: &'static str,
    /// Its name.
    pub name: String,
    /// Its number among those of its name.
    pub index: u32,
    /// The device it is for.
    pub device: u32,
    /// The subdevice it is for.
    pub subdevice: u32,
    /// alsa-lib's name of its type.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// What can be done with it, in amixer's letters.
    pub access: String,
    /// How many values it has.
    pub count: u32,
    /// The bounds of a number.
    pub range: Option<IntegerRange>,
    /// The items of a choice.
    pub items: Option<Vec<String>>,
    /// Its values; nothing where they cannot be read.
    #[serde(serialize_with = "values")]
    pub values: Option<ElementValues>,
    /// Its dB, where it has them.
    pub db: Option<ElementDb>,
}

/// The bounds of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[allow(missing_docs)]
pub struct IntegerRange {
    pub min: i64,
    pub max: i64,
    /// From one value to the next; 0 where every number will do.
    pub step: i64,
}

/// The dB of an element.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ElementDb {
    /// The least and the greatest; -99999.99 is no sound at all.
    pub range: (f64, f64),
    /// Those of its values.
    pub values: Vec<Option<f64>>,
}

/// A change of one value of an element.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ElementChange {
    /// Of a number, by its scales.
    Volume(VolumeChange),
    /// Of a switch.
    Switch(SwitchChange),
    /// To an item, by its number.
    Item(u32),
    /// To a byte.
    Byte(u8),
}

impl Elements {
    /// Opens the ctl at `place` (`snd_ctl_open`). Fails as [`Controls::open`](super::Controls::open).
    pub fn open(place: impl Into<MixerDevice>) -> Result<Elements> {
        let device = place.into().name();
        messages::capture();
        match Ctl::open_name(&device) {
            Ok(ctl) => Ok(Elements { ctl, device }),
            Err(errno) => {
                let error = Error::device("open", &device, errno);
                Err(explain_ctl(error, &device))
            }
        }
    }

    /// The name of the ctl it was opened with.
    pub fn device(&self) -> &str {
        &self.device
    }

    /// The card's id and name, where it has them.
    pub(super) fn card(&self) -> Result<(String, String)> {
        let card = self.ctl.card_info();
        card.map(|card| (card.id, card.name))
            .map_err(|errno| self.failed("read", errno))
    }

    /// All elements, in the order of their numbers, without their values. One that goes away meanwhile is left out.
    pub fn list(&self) -> Result<Vec<ElementInfo>> {
        let ids = self.ctl.elements();
        let ids = ids.map_err(|errno| self.failed("list the elements of", errno))?;
        let infos = ids.iter().filter_map(|id| match self.ctl.element(id) {
            Err(libc::ENOENT) => None,
            info => Some(info.map_err(|errno| self.failed(&format!("read {id} of"), errno))),
        });
        infos.collect()
    }

    /// The element that is meant.
    ///
    /// Fails with [`Kind::NotFound`], and the names that are nearest, where there is none.
    pub fn find(&self, id: &ElementSelector) -> Result<ElementInfo> {
        let all = self.ctl.elements();
        let all = all.map_err(|errno| self.failed("list the elements of", errno))?;
        let Some(found) = all.iter().find(|element| id.fits(element)) else {
            return Err(self.missing(id, &all));
        };
        let info = self.ctl.element(found);
        info.map_err(|errno| self.failed(&format!("read {found} of"), errno))
    }

    fn missing(&self, id: &ElementSelector, all: &[ElementId]) -> Error {
        let words = match (id.numid, &id.name) {
            (Some(numid), _) => format!("numid={numid}"),
            (None, name) => format!("name='{}'", name.as_deref().unwrap_or_default()),
        };
        let message = format!(
            "there is no element {words} on '{}' that is as described",
            self.device
        );
        let error = Error::new(Kind::NotFound, message).with_device(&self.device);
        let names = all.iter().map(|id| id.name.as_str());
        let near = id.name.as_deref().map_or(vec![], |name| alike(name, names));
        match near
            .first()
            .and_then(|name| all.iter().find(|id| id.name == *name))
        {
            Some(near) => error.with_advice(Advice::nearest([near.to_string()])),
            None => error.with_advice(MixerAdvice::ListElements),
        }
    }

    /// Has events be told from now on.
    pub(super) fn subscribe(&self) -> Result<()> {
        let subscribed = self.ctl.subscribe();
        subscribed.map_err(|errno| self.failed("watch", errno))
    }

    /// Takes in events, and tells whether there were any. Never waits, once subscribed.
    pub(super) fn take_events(&self) -> Result<bool> {
        let any = self.ctl.take_events();
        any.map_err(|errno| self.failed("read", errno))
    }

    pub(super) fn descriptors(&self) -> Result<Vec<libc::pollfd>> {
        let fds = self.ctl.poll_descriptors();
        fds.map_err(|errno| self.failed("wait for", errno))
    }

    /// The values of an element.
    ///
    /// Fails with [`Kind::Unsupported`] for one that cannot be read.
    pub fn read(&self, info: &ElementInfo) -> Result<ElementValues> {
        if !info.access.readable {
            let message = format!("{} of '{}' cannot be read", info.id, self.device);
            return Err(Error::new(Kind::Unsupported, message).with_device(&self.device));
        }
        let values = self.ctl.read(info);
        values.map_err(|errno| self.failed(&format!("read {} of", info.id), errno))
    }

    /// Sets the values of an element.
    ///
    /// Fails with [`Kind::Unsupported`] for one that cannot be set, and with [`Kind::Busy`] for one that another program has
    /// locked.
    pub fn write(&self, info: &ElementInfo, values: &ElementValues) -> Result<()> {
        self.writable(info)?;
        match self.ctl.write(info, values) {
            Ok(_) => Ok(()),
            Err(errno) => Err(self.failed(&format!("set {} of", info.id), errno)),
        }
    }

    pub(super) fn writable(&self, info: &ElementInfo) -> Result<()> {
        let refused = |kind, why: &str| {
            let message = format!("{} of '{}' {why}", info.id, self.device);
            Err(Error::new(kind, message).with_device(&self.device))
        };
        match info.access {
            access if !access.writable => refused(Kind::Unsupported, "cannot be set"),
            access if access.locked && !access.owner => {
                refused(Kind::Busy, "is locked by another program")
            }
            _ => Ok(()),
        }
    }

    /// An element and its values.
    pub fn element(&self, info: &ElementInfo) -> Result<Element> {
        let values = match info.access.readable {
            true => Some(self.read(info)?),
            false => None,
        };
        let (range, items) = match &info.kind {
            ElementType::Integer(min, max, step) | ElementType::Integer64(min, max, step) => (
                Some(IntegerRange {
                    min: *min,
                    max: *max,
                    step: *step,
                }),
                None,
            ),
            ElementType::Enumerated(items) => (None, Some(items.clone())),
            _ => (None, None),
        };
        let id = &info.id;
        Ok(Element {
            numid: id.numid,
            iface: id.interface.name(),
            name: id.name.clone(),
            index: id.index,
            device: id.device,
            subdevice: id.subdevice,
            kind: info.kind.name(),
            access: letters(info.access),
            count: info.count,
            range,
            items,
            db: self.loudness(info, values.as_ref()),
            values,
        })
    }

    fn loudness(&self, info: &ElementInfo, values: Option<&ElementValues>) -> Option<ElementDb> {
        let (least, greatest) = self.db_range(info)?;
        let Some(ElementValues::Integer(values)) = values else {
            return None;
        };
        let db = |value: &i64| self.ctl.db_of(&info.id, *value).ok().map(decibels);
        Some(ElementDb {
            range: (decibels(least), decibels(greatest)),
            values: values.iter().map(db).collect(),
        })
    }

    fn db_range(&self, info: &ElementInfo) -> Option<(i64, i64)> {
        let has = info.access.tlv_readable && matches!(info.kind, ElementType::Integer(..));
        has.then(|| self.ctl.db_range(&info.id).ok()).flatten()
    }

    /// What changes make of an element's values: one change for all, or one for each of the first. Nothing is set.
    ///
    /// Fails for a change that this element cannot follow: [`Kind::Usage`] for a value that it has not,
    /// [`Kind::Unsupported`] for one of another type.
    pub fn changed(&self, info: &ElementInfo, changes: &[ElementChange]) -> Result<ElementValues> {
        self.writable(info)?;
        let count = info.count as usize;
        if changes.len() > count.max(1) && info.kind != ElementType::Iec958 {
            let message = format!("{} values for {count} of {}", changes.len(), info.id);
            return Err(Error::new(Kind::Unsupported, message).with_device(&self.device));
        }
        let mut values = self.read(info)?;
        let all = match (&info.kind, changes) {
            (ElementType::Iec958, _) => changes.to_vec(),
            (_, [one]) => vec![*one; count],
            _ => changes.to_vec(),
        };
        for (at, change) in all.into_iter().enumerate() {
            self.change(info, &mut values, at, change)?;
        }
        Ok(values)
    }

    fn change(
        &self,
        info: &ElementInfo,
        values: &mut ElementValues,
        at: usize,
        change: ElementChange,
    ) -> Result<()> {
        let refused = || {
            let message = format!("{} is {}", info.id, a(info.kind.name()));
            Error::new(Kind::Unsupported, message).with_device(&self.device)
        };
        match (values, change) {
            (ElementValues::Boolean(all), ElementChange::Switch(turn)) => {
                all[at] = turned(all[at], turn)
            }
            (
                ElementValues::Integer(all) | ElementValues::Integer64(all),
                ElementChange::Volume(change),
            ) => {
                all[at] = self.number(info, all[at], change)?;
            }
            (ElementValues::Enumerated(all), ElementChange::Item(item)) => all[at] = item,
            (ElementValues::Bytes(all), ElementChange::Byte(byte)) => all[at] = byte,
            (ElementValues::Iec958(all), ElementChange::Byte(byte)) => {
                *all.get_mut(at).ok_or_else(refused)? = byte
            }
            _ => return Err(refused()),
        }
        Ok(())
    }

    fn number(&self, info: &ElementInfo, now: i64, change: VolumeChange) -> Result<i64> {
        let (ElementType::Integer(min, max, step) | ElementType::Integer64(min, max, step)) =
            info.kind
        else {
            return Err(Error::internal("an element that is no number"));
        };
        let scale = VolumeScale {
            raw: (min, max),
            db: self.db_range(info),
        };
        let asked = ElementDecibels {
            elements: self,
            info,
        };
        let number = change.apply(now, &scale, &asked).map_err(|error| {
            let message = format!("{}: {error}", info.id);
            error
                .clone()
                .restated(error.kind(), message)
                .with_device(&self.device)
        })?;
        match step {
            0 | 1 => Ok(number),
            step if (number - min) % step == 0 => Ok(number),
            step => {
                let message = format!(
                    "{} goes from {min} in steps of {step}: not to {number}",
                    info.id
                );
                Err(Error::new(Kind::Unsupported, message).with_device(&self.device))
            }
        }
    }

    fn failed(&self, doing: &str, errno: i32) -> Error {
        Error::device(doing, &self.device, errno)
    }
}

fn turned(now: bool, turn: SwitchChange) -> bool {
    match turn {
        SwitchChange::On => true,
        SwitchChange::Off => false,
        SwitchChange::Toggle => !now,
    }
}

fn a(name: &str) -> String {
    let article = if name.starts_with(['A', 'E', 'I', 'O', 'U']) {
        "an"
    } else {
        "a"
    };
    format!("{article} {name}")
}

/// amixer's letters for what can be done.
fn letters(access: ElementAccess) -> String {
    [
        (access.readable, 'r'),
        (access.writable, 'w'),
        (access.inactive, 'i'),
        (access.volatile, 'v'),
        (access.locked, 'l'),
        (access.tlv_readable, 'R'),
        (access.tlv_writable, 'W'),
        (access.tlv_commandable, 'C'),
    ]
    .map(|(is, letter)| if is { letter } else { '-' })
    .iter()
    .collect()
}

/// Values as an array.
fn values<S: Serializer>(
    values: &Option<ElementValues>,
    serializer: S,
) -> std::result::Result<S::Ok, S::Error> {
    match values {
        None => serializer.serialize_none(),
        Some(ElementValues::Boolean(all)) => all.serialize(serializer),
        Some(ElementValues::Integer(all) | ElementValues::Integer64(all)) => {
            all.serialize(serializer)
        }
        Some(ElementValues::Enumerated(all)) => all.serialize(serializer),
        Some(ElementValues::Bytes(all)) => all.serialize(serializer),
        Some(ElementValues::Iec958(all)) => all.serialize(serializer),
    }
}

/// alsa-lib's dB of an element.
struct ElementDecibels<'a> {
    elements: &'a Elements,
    info: &'a ElementInfo,
}

impl Decibels for ElementDecibels<'_> {
    fn of(&self, raw: i64) -> Option<i64> {
        self.elements.ctl.db_of(&self.info.id, raw).ok()
    }

    fn raw(&self, db: i64, rounding: Rounding) -> Result<i64> {
        let value = self
            .elements
            .ctl
            .value_of_db(&self.info.id, db, rounding.number());
        value.map_err(|errno| self.elements.failed("convert dB of", errno))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn access_is_told_in_amixers_letters() {
        let none = ElementAccess {
            readable: false,
            writable: false,
            inactive: false,
            volatile: false,
            locked: false,
            tlv_readable: false,
            tlv_writable: false,
            tlv_commandable: false,
            owner: false,
        };
        let usual = ElementAccess {
            readable: true,
            writable: true,
            tlv_readable: true,
            ..none
        };
        assert_eq!(letters(usual), "rw---R--");
        assert_eq!(letters(none), "--------");
    }

    #[test]
    fn a_card_that_is_not_there_is_told_so() {
        assert_eq!(Elements::open(31).unwrap_err().kind(), Kind::NotFound);
    }
}
