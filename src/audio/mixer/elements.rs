//! Raw elements: all that a card's driver lets be read and set, as amixer's `contents` lists it.

use super::change::{Change, Decibels};
use super::controls::Place;
use super::id::{ElementId, ElementQuery};
use super::scale::{Rounding, Scale};
use super::snapshot::decibels;
use crate::audio::error::{Error, Kind, Result};
use crate::audio::explain::explain_ctl;
use crate::audio::ffi::ctl::{CardInfo, Ctl};
use crate::audio::ffi::elements::{Access, Db, Event, IEC958_PARTS, Info, RawId, Type, Values};
use crate::audio::ffi::messages;
use crate::audio::spelling::alike;
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Value, json};

/// The open elements of a card or a sound server.
#[derive(Debug)]
pub struct Elements {
    ctl: Ctl,
    device: String,
}

/// An element, as it was when it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Element {
    /// Its number on this ctl, from 1.
    pub numid: u32,
    /// Its name and place.
    pub id: ElementId,
    /// Its values; nothing where they cannot be read.
    pub values: Option<Values>,
    raw: RawId,
    info: Info,
    db: Option<Db>,
    device: String,
}

impl Elements {
    /// Opens the ctl at `place` (`snd_ctl_open`).
    ///
    /// Fails as [`super::Controls::open`].
    pub fn open(place: impl Into<Place>) -> Result<Elements> {
        let device = place.into().name();
        messages::capture();
        match Ctl::named(&device) {
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

    /// What the card says of itself.
    pub fn card(&self) -> Result<CardInfo> {
        let card = self.ctl.card_info();
        card.map_err(|errno| Error::device("read", &self.device, errno))
    }

    /// All elements, in the ctl's order. One that goes away meanwhile, or is of a type that alsa-lib does not know, is left
    /// out.
    pub fn list(&self) -> Result<Vec<Element>> {
        let ids = self.ids()?;
        let read = ids.into_iter().map(|id| self.read(id));
        read.filter_map(Result::transpose).collect()
    }

    fn ids(&self) -> Result<Vec<RawId>> {
        let ids = self.ctl.elements();
        ids.map_err(|errno| Error::device("read", &self.device, errno))
    }

    /// The element that is meant.
    ///
    /// Fails with [`Kind::NotFound`], and the names that are nearest, where there is none.
    pub fn find(&self, query: &ElementQuery) -> Result<Element> {
        let ids = self.ids()?;
        let fits = |raw: &&RawId| query.fits(raw.numid, &ElementId::from(*raw));
        if let Some(raw) = ids.iter().find(fits)
            && let Some(element) = self.read(raw.clone())?
        {
            return Ok(element);
        }
        Err(self.no_element(query, &ids))
    }

    fn no_element(&self, query: &ElementQuery, ids: &[RawId]) -> Error {
        let message = format!("there is no such element on '{}'", self.device);
        let error = Error::new(Kind::NotFound, message).with_device(&self.device);
        let wanted = query.name().unwrap_or_default();
        let near = alike(wanted, ids.iter().map(|id| id.name.as_str()));
        match near.first() {
            Some(name) if !wanted.is_empty() => {
                let named = ids.iter().find(|id| id.name == *name);
                let named = named.map(|id| ElementId::from(id).to_string());
                error.with_hint(format!("nearest: {}", named.unwrap_or_default()))
            }
            _ if ids.is_empty() => error.with_hint("it has no elements"),
            _ => {
                let last = ids.iter().map(|id| id.numid).max().unwrap_or_default();
                error.with_hint(format!(
                    "it has {} elements, numid=1 to {last}; `aloud mixer elements` lists them",
                    ids.len()
                ))
            }
        }
    }

    /// Reads an element; nothing where it is gone, or of an unknown type.
    fn read(&self, raw: RawId) -> Result<Option<Element>> {
        let id = ElementId::from(&raw);
        let failed = |errno| Error::device(&format!("read {id} of"), &self.device, errno);
        let info = match self.ctl.element_info(&raw) {
            Ok(Some(info)) => info,
            Ok(None) | Err(libc::ENOENT) => return Ok(None),
            Err(errno) => return Err(failed(errno)),
        };
        let values = match self.ctl.element_values(&raw, &info) {
            _ if !info.access.read => None,
            Ok(values) => Some(values),
            Err(libc::ENODEV) => return Err(failed(libc::ENODEV)),
            // Some drivers refuse to read what is of no effect at present.
            Err(_) => None,
        };
        let db = self.ctl.element_db(&raw, &info);
        Ok(Some(Element {
            numid: raw.numid,
            id,
            values,
            raw,
            info,
            db,
            device: self.device.clone(),
        }))
    }

    /// The same element, read anew; nothing where it is gone.
    pub fn reread(&self, element: &Element) -> Result<Option<Element>> {
        self.read(element.raw.clone())
    }

    /// Sets an element's values. What they are then is for the caller to read: drivers round, and tie elements together.
    ///
    /// Fails, and changes nothing, where [`Element::accepts`] does, and where the driver refuses.
    pub fn set(&self, element: &Element, values: &Values) -> Result<()> {
        element.accepts(values)?;
        let set = self.ctl.set_element(&element.raw, &element.info, values);
        set.map_err(|errno| {
            let doing = format!("set {} of", element.id);
            let error = Error::device(&doing, &self.device, errno);
            match errno {
                // alsa-lib's word for a value that the driver will not have.
                libc::EINVAL => error.restated(
                    Kind::Unsupported,
                    format!("{} refuses this value", element.id),
                ),
                _ => error,
            }
        })
    }

    pub(super) fn subscribe(&self) -> Result<()> {
        let subscribed = self.ctl.subscribe();
        subscribed.map_err(|errno| Error::device("watch", &self.device, errno))
    }

    pub(super) fn next_event(&self) -> Result<Option<Event>> {
        let event = self.ctl.next_event();
        event.map_err(|errno| Error::device("read", &self.device, errno))
    }

    pub(super) fn descriptors(&self) -> Result<Vec<libc::pollfd>> {
        let fds = self.ctl.poll_descriptors();
        fds.map_err(|errno| Error::device("wait for", &self.device, errno))
    }
}

impl Decibels for Db {
    fn of(&self, raw: i64) -> Option<i64> {
        Db::of(self, raw)
    }

    fn raw(&self, db: i64, rounding: Rounding) -> Result<i64> {
        Db::raw(self, db, rounding.number())
            .map_err(|_| Error::new(Kind::Unsupported, "it has no such dB"))
    }
}

/// Stands for dB information that is not there; the scale says so, and it is not asked.
struct NoDecibels;

impl Decibels for NoDecibels {
    fn of(&self, _raw: i64) -> Option<i64> {
        None
    }

    fn raw(&self, _db: i64, _rounding: Rounding) -> Result<i64> {
        Err(Error::new(Kind::Unsupported, "it has no dB information"))
    }
}

impl Element {
    /// What its values are.
    pub fn kind(&self) -> Type {
        self.info.kind
    }

    /// How many values it has.
    pub fn count(&self) -> usize {
        self.info.count as usize
    }

    /// What may be done with it.
    pub fn access(&self) -> Access {
        self.info.access
    }

    /// The least and the greatest value, and the step (0 for any), of numbers.
    pub fn range(&self) -> Option<(i64, i64, i64)> {
        self.info.range
    }

    /// The items, of choices.
    pub fn items(&self) -> &[String] {
        &self.info.items
    }

    /// The dB at the ends of the range, where it has dB information; -99999.99 is no sound at all.
    pub fn db_range(&self) -> Option<(f64, f64)> {
        let db = self.db.as_ref()?;
        Some((decibels(db.range.0), decibels(db.range.1)))
    }

    /// Its values in dB, where it has dB information.
    pub fn db_values(&self) -> Option<Vec<f64>> {
        let (db, Some(Values::Integer(values))) = (self.db.as_ref()?, &self.values) else {
            return None;
        };
        let each = values.iter().map(|value| db.of(*value).map(decibels));
        each.collect()
    }

    /// The access in amixer's eight letters: read, write, inactive, volatile, locked, TLV read, write and command.
    pub fn access_letters(&self) -> String {
        let access = self.info.access;
        let letters = [
            (access.read, 'r'),
            (access.write, 'w'),
            (access.inactive, 'i'),
            (access.volatile, 'v'),
            (access.locked, 'l'),
            (access.tlv_read, 'R'),
            (access.tlv_write, 'W'),
            (access.tlv_command, 'C'),
        ];
        let letter = |(has, letter): (bool, char)| if has { letter } else { '-' };
        letters.into_iter().map(letter).collect()
    }

    /// What a change makes of the number `now`.
    ///
    /// Fails as a simple control's volume does, and where the element is not one of numbers.
    pub fn changed(&self, now: i64, change: Change) -> Result<i64> {
        let (least, greatest, _) = self
            .info
            .range
            .ok_or_else(|| Error::new(Kind::Unsupported, format!("{} has no numbers", self.id)))?;
        // The arithmetic of percent is for ranges that a 64-bit number can count.
        if greatest.checked_sub(least).is_none() {
            return match change {
                Change::To(super::Amount::Raw(raw)) if (least..=greatest).contains(&raw) => Ok(raw),
                _ => Err(Error::new(
                    Kind::Unsupported,
                    format!("it takes {least} to {greatest}"),
                )),
            };
        }
        let scale = Scale {
            raw: (least, greatest),
            db: self.db.as_ref().map(|db| db.range),
        };
        match &self.db {
            Some(db) => change.apply(now, &scale, db),
            None => change.apply(now, &scale, &NoDecibels),
        }
    }

    /// Whether it may be set at all.
    pub fn writable(&self) -> Result<()> {
        let access = self.info.access;
        if !access.write {
            let message = format!("{} cannot be set: it is for reading only", self.id);
            return Err(Error::new(Kind::Unsupported, message).with_device(&self.device));
        }
        if access.locked && !access.owner {
            let message = format!("{} is locked by another program", self.id);
            return Err(Error::new(Kind::Busy, message).with_device(&self.device));
        }
        Ok(())
    }

    /// Whether these values are ones that it can have: of its type and number, in its range, among its items. Nothing where
    /// they are.
    pub fn accepts(&self, values: &Values) -> Result<()> {
        self.writable()?;
        let refused = |why: String| {
            let message = format!("{}: {why}", self.id);
            Err(Error::new(Kind::Unsupported, message).with_device(&self.device))
        };
        let (count, fits) = match (values, self.info.kind) {
            (Values::Boolean(all), Type::Boolean) => (all.len(), true),
            (Values::Integer(all), Type::Integer | Type::Integer64) => (all.len(), true),
            (Values::Enumerated(all), Type::Enumerated) => (all.len(), true),
            (Values::Bytes(all), Type::Bytes) => (all.len(), true),
            (Values::Iec958(all), Type::Iec958) => {
                (1, all.len() == IEC958_PARTS.iter().sum::<usize>())
            }
            _ => (0, false),
        };
        if !fits {
            return refused(format!(
                "it has values of type {}",
                type_name(self.info.kind)
            ));
        }
        if count != self.count() {
            return refused(format!("it has {} values, not {count}", self.count()));
        }
        if let (Values::Integer(all), Some((least, greatest, _))) = (values, self.info.range)
            && let Some(beyond) = all
                .iter()
                .find(|value| !(least..=greatest).contains(*value))
        {
            return refused(format!("it takes {least} to {greatest}, not {beyond}"));
        }
        if let Values::Enumerated(all) = values
            && let Some(beyond) = all
                .iter()
                .find(|item| **item as usize >= self.info.items.len())
        {
            return refused(format!(
                "it has {} items, not {beyond}",
                self.info.items.len()
            ));
        }
        Ok(())
    }

    /// Values as JSON: true and false, numbers, names of items, bytes; of IEC958 the bytes of the channel status.
    pub fn json(&self, values: &Values) -> Value {
        match values {
            Values::Boolean(all) => json!(all),
            Values::Integer(all) => json!(all),
            Values::Enumerated(all) => all.iter().map(|item| self.item_json(*item)).collect(),
            Values::Bytes(all) => json!(all),
            Values::Iec958(all) => json!(all[..IEC958_PARTS[0].min(all.len())]),
        }
    }

    /// An item by its name; by its number where it has none, or shares it.
    fn item_json(&self, item: u32) -> Value {
        let items = &self.info.items;
        match items.get(item as usize) {
            Some(name) if items.iter().filter(|other| *other == name).count() == 1 => json!(name),
            _ => json!(item),
        }
    }

    /// Values as amixer writes them, with the names of items.
    pub fn text(&self, values: &Values) -> String {
        let joined = |all: Vec<String>| all.join(",");
        match values {
            Values::Boolean(all) => {
                let word = |on: &bool| if *on { "on" } else { "off" }.to_owned();
                joined(all.iter().map(word).collect())
            }
            Values::Integer(all) => joined(all.iter().map(i64::to_string).collect()),
            Values::Enumerated(all) => {
                let named = all.iter().map(|item| match self.item_json(*item) {
                    Value::String(name) => format!("'{name}'"),
                    number => number.to_string(),
                });
                joined(named.collect())
            }
            Values::Bytes(all) => joined(all.iter().map(|byte| format!("0x{byte:02x}")).collect()),
            Values::Iec958(all) => iec958_text(all),
        }
    }
}

/// As amixer tells it: the first four bytes of the channel status.
pub(super) fn iec958_text(all: &[u8]) -> String {
    let parts = all.iter().take(4).enumerate();
    let parts: Vec<String> = parts
        .map(|(at, byte)| format!("AES{at}=0x{byte:02x}"))
        .collect();
    format!("[{}]", parts.join(" "))
}

/// alsa-lib's name of a type.
pub(super) fn type_name(kind: Type) -> &'static str {
    match kind {
        Type::Boolean => "BOOLEAN",
        Type::Integer => "INTEGER",
        Type::Integer64 => "INTEGER64",
        Type::Enumerated => "ENUMERATED",
        Type::Bytes => "BYTES",
        Type::Iec958 => "IEC958",
    }
}

impl std::fmt::Display for Type {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(type_name(*self))
    }
}

impl Serialize for Element {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("numid", &self.numid)?;
        map.serialize_entry("iface", &self.id.iface)?;
        map.serialize_entry("name", &self.id.name)?;
        map.serialize_entry("index", &self.id.index)?;
        map.serialize_entry("device", &self.id.device)?;
        map.serialize_entry("subdevice", &self.id.subdevice)?;
        map.serialize_entry("type", type_name(self.info.kind))?;
        map.serialize_entry("access", &self.access_letters())?;
        map.serialize_entry("active", &!self.info.access.inactive)?;
        map.serialize_entry("count", &self.info.count)?;
        map.serialize_entry("min", &self.info.range.map(|range| range.0))?;
        map.serialize_entry("max", &self.info.range.map(|range| range.1))?;
        map.serialize_entry("step", &self.info.range.map(|range| range.2))?;
        let items = (self.info.kind == Type::Enumerated).then_some(&self.info.items);
        map.serialize_entry("items", &items)?;
        map.serialize_entry(
            "values",
            &self.values.as_ref().map(|values| self.json(values)),
        )?;
        let db = self.db_range().map(
            |(least, greatest)| json!({"range": [least, greatest], "values": self.db_values()}),
        );
        map.serialize_entry("db", &db)?;
        map.end()
    }
}

#[cfg(test)]
pub(super) mod testing {
    use super::*;

    /// An element that is on no card.
    pub fn element(name: &str, kind: Type, count: u32) -> Element {
        let id = ElementId {
            name: name.to_owned(),
            ..ElementId::default()
        };
        let numbers = matches!(kind, Type::Integer | Type::Integer64);
        let items = ["None", "Mic", "Line"].map(str::to_owned).to_vec();
        Element {
            numid: 1,
            raw: RawId {
                numid: 1,
                iface: 2,
                device: 0,
                subdevice: 0,
                name: name.to_owned(),
                index: 0,
            },
            id,
            values: None,
            info: Info {
                kind,
                count,
                access: Access {
                    read: true,
                    write: true,
                    ..Access::default()
                },
                range: numbers.then_some((-50, 100, 0)),
                items: if kind == Type::Enumerated {
                    items
                } else {
                    Vec::new()
                },
            },
            db: None,
            device: "hw:9".to_owned(),
        }
    }

    /// The same, locked by somebody, or for reading only.
    pub fn with_access(mut element: Element, access: Access) -> Element {
        element.info.access = access;
        element
    }

    /// The same with another range.
    pub fn with_range(mut element: Element, range: (i64, i64)) -> Element {
        element.info.range = Some((range.0, range.1, 0));
        element
    }
}

#[cfg(test)]
mod tests {
    use super::super::Amount;
    use super::testing::{element, with_access, with_range};
    use super::*;

    #[test]
    fn only_values_that_it_can_have_are_accepted() {
        let volume = element("Volume", Type::Integer, 2);
        assert!(volume.accepts(&Values::Integer(vec![-50, 100])).is_ok());
        let source = element("Source", Type::Enumerated, 1);
        assert!(source.accepts(&Values::Enumerated(vec![2])).is_ok());
        for (element, values) in [
            (&volume, Values::Integer(vec![-51, 0])),
            (&volume, Values::Integer(vec![0, 101])),
            (&volume, Values::Integer(vec![0])),
            (&volume, Values::Boolean(vec![true, true])),
            (&source, Values::Enumerated(vec![3])),
            (&source, Values::Bytes(vec![1])),
        ] {
            let error = element.accepts(&values).unwrap_err();
            assert_eq!(error.kind(), Kind::Unsupported, "{values:?}");
        }
        let access = Access {
            read: true,
            ..Access::default()
        };
        let read_only = with_access(volume.clone(), access);
        assert_eq!(read_only.writable().unwrap_err().kind(), Kind::Unsupported);
        let access = Access {
            write: true,
            locked: true,
            ..access
        };
        let locked = with_access(volume, access);
        assert_eq!(locked.writable().unwrap_err().kind(), Kind::Busy);
    }

    #[test]
    fn a_range_of_all_numbers_is_no_overflow() {
        let whole = with_range(element("Id", Type::Integer64, 1), (i64::MIN, i64::MAX));
        let to = |amount| whole.changed(5, Change::To(amount));
        assert_eq!(to(Amount::Raw(i64::MIN)).unwrap(), i64::MIN);
        assert!(to(Amount::Percent(50.0)).is_err());
        assert!(whole.changed(5, Change::Up(Amount::Raw(1))).is_err());
    }

    #[test]
    fn values_are_told_as_amixer_tells_them() {
        let source = element("Source", Type::Enumerated, 2);
        let text = |values| source.text(&values);
        assert_eq!(text(Values::Enumerated(vec![1, 9])), "'Mic',9");
        assert_eq!(text(Values::Boolean(vec![true, false])), "on,off");
        assert_eq!(text(Values::Bytes(vec![0, 255])), "0x00,0xff");
        let iec958 = Values::Iec958([4, 130, 0, 2, 0, 0].to_vec());
        assert_eq!(text(iec958), "[AES0=0x04 AES1=0x82 AES2=0x00 AES3=0x02]");
        assert_eq!(source.access_letters(), "rw------");
    }
}
