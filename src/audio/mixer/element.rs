//! An element's description and values at one moment, to be printed and serialized.

use super::elements::Elements;
use super::snapshot::{Limits, ReadError, decibels};
use crate::audio::error::Result;
use crate::audio::ffi::elements::{ElementAccess, ElementInfo, ElementType, ElementValues};
use schemars::JsonSchema;
use serde::Serialize;

/// A raw element and its values. What it does not have is `None`.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Element {
    /// Its number, which may change when the card is plugged in again.
    pub numid: u32,
    /// What it belongs to: `MIXER`, `PCM` …
    pub iface: &'static str,
    /// Its name.
    pub name: String,
    /// Its index among the elements with that name.
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
    /// The number of its values.
    pub count: u32,
    /// The range of integers.
    pub range: Option<IntegerRange>,
    /// The names of its items, if it is enumerated.
    pub items: Option<Vec<String>>,
    /// Its values; `None` if it is not readable.
    pub values: Option<ElementValues>,
    /// Its values in dB, if there is dB information.
    pub db: Option<ElementDb>,
    /// Why its values could not be read.
    pub error: Option<ReadError>,
}

/// The range of an element's integers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[allow(missing_docs)]
pub struct IntegerRange {
    pub min: i64,
    pub max: i64,
    /// The difference between two values; 0 for any.
    pub step: i64,
}

/// The dB of an element.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct ElementDb {
    /// The minimum and maximum. -99999.99 means silence.
    pub range: Limits<f64>,
    /// The dB of each value.
    pub values: Vec<Option<f64>>,
}

impl Elements {
    /// An element with its values.
    ///
    /// # Errors
    /// If it is readable but cannot be read.
    pub fn element(&self, info: &ElementInfo) -> Result<Element> {
        let values = match info.access.readable {
            true => Some(self.read(info)?),
            false => None,
        };
        Ok(self.described(info, values))
    }

    /// An element with its values, or why they cannot be read.
    ///
    /// # Errors
    /// [`Kind::Disconnected`](crate::audio::error::Kind::Disconnected) if the device is gone.
    pub fn try_element(&self, info: &ElementInfo) -> Result<Element> {
        match self.element(info) {
            Ok(element) => Ok(element),
            Err(error) => Ok(Element {
                error: Some(ReadError::of(error)?),
                ..self.described(info, None)
            }),
        }
    }

    fn described(&self, info: &ElementInfo, values: Option<ElementValues>) -> Element {
        let id = &info.id;
        Element {
            numid: id.numid,
            iface: id.interface.name(),
            name: id.name.clone(),
            index: id.index,
            device: id.device,
            subdevice: id.subdevice,
            kind: info.kind.name(),
            access: letters(info.access),
            count: info.count,
            range: range(&info.kind),
            items: items(&info.kind),
            db: self.element_db(info, values.as_ref()),
            values,
            error: None,
        }
    }

    fn element_db(&self, info: &ElementInfo, values: Option<&ElementValues>) -> Option<ElementDb> {
        let (min, max) = self.db_range(info)?;
        let Some(ElementValues::Integer(values)) = values else {
            return None;
        };
        let db = |value: &i64| self.ctl.db_of(&info.id, *value).ok().map(decibels);
        Some(ElementDb {
            range: (decibels(min), decibels(max)).into(),
            values: values.iter().map(db).collect(),
        })
    }
}

fn range(kind: &ElementType) -> Option<IntegerRange> {
    match *kind {
        ElementType::Integer(min, max, step) | ElementType::Integer64(min, max, step) => {
            Some(IntegerRange { min, max, step })
        }
        _ => None,
    }
}

fn items(kind: &ElementType) -> Option<Vec<String>> {
    match kind {
        ElementType::Enumerated(items) => Some(items.clone()),
        _ => None,
    }
}

/// amixer's letters for what can be done with an element.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn access_has_amixer_letters() {
        let none = ElementAccess::default();
        let volume = ElementAccess {
            readable: true,
            writable: true,
            tlv_readable: true,
            ..none
        };
        assert_eq!(letters(volume), "rw---R--");
        assert_eq!(letters(none), "--------");
    }
}
