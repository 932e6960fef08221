//! The values of all settable elements of a card, as JSON.

use super::elements::Elements;
use super::selector::interface;
use super::snapshot::ReadError;
use crate::audio::advice::MixerAdvice;
use crate::audio::error::{Error, Result};
use crate::audio::ffi::elements::{
    ElementId, ElementInfo, ElementInterface, ElementType, ElementValues, STATUS_BYTES,
};
use crate::audio::file::{self, OutputTarget};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Identifies the file format.
const FORMAT: &str = concat!(env!("CARGO_PKG_NAME"), " mixer state");

/// Increased when files of earlier versions can no longer be loaded.
const VERSION: u32 = 1;

/// The values of all elements of a card that can be read and set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SavedMixer {
    /// Identifies the format of the file.
    format: String,
    /// The version of that format.
    format_version: u32,
    /// The card it was saved from. Only for people: it can be loaded on any card.
    card: SavedCard,
    /// The elements that can be read and set.
    pub(super) elements: Vec<SavedElement>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
struct SavedCard {
    id: String,
    name: String,
}

/// An element's values. Its number is not saved, because it may change when the card is plugged in again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(super) struct SavedElement {
    iface: String,
    name: String,
    #[serde(default)]
    index: u32,
    #[serde(default)]
    device: u32,
    #[serde(default)]
    subdevice: u32,
    #[serde(rename = "type")]
    pub(super) kind: String,
    /// Item names of an enumerated element, plain values of others.
    pub(super) values: Vec<Value>,
}

impl SavedMixer {
    /// Reads the current values of a card.
    ///
    /// Also returns the errors of the elements that cannot be read, which are left out.
    ///
    /// # Errors
    /// If the elements cannot be listed, or the card is gone.
    pub fn of(elements: &Elements) -> Result<(SavedMixer, Vec<ReadError>)> {
        let (id, name) = elements.card()?;
        let all = elements.list()?;
        let (mut saved, mut errors) = (Vec::new(), Vec::new());
        for info in all.iter().filter(|info| is_setting(info)) {
            match SavedElement::of(elements, info) {
                Ok(element) => saved.push(element),
                Err(error) => errors.push(ReadError::of(error)?),
            }
        }
        let mixer = SavedMixer {
            format: FORMAT.to_owned(),
            format_version: VERSION,
            card: SavedCard { id, name },
            elements: saved,
        };
        Ok((mixer, errors))
    }

    /// The JSON, indented, with a newline at the end.
    pub fn to_json(&self) -> String {
        // Keys are text and numbers are integers, so this cannot fail.
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }

    /// Writes the JSON to a file. An existing file is replaced once everything is written.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn save(&self, target: OutputTarget) -> Result<()> {
        file::replace(target, self.to_json().as_bytes())
    }

    /// Parses the JSON of the file `name`.
    ///
    /// # Errors
    /// [`Kind::InvalidInput`](crate::audio::error::Kind::InvalidInput) if it is not JSON, not a saved mixer, or of an
    /// unknown version.
    pub fn from_json(name: &str, json: &[u8]) -> Result<SavedMixer> {
        let document: Value = serde_json::from_slice(json)
            .map_err(|error| Error::invalid(name, format!("is not JSON: {error}")))?;
        if document["format"] != FORMAT {
            let error = Error::invalid(name, "is not a saved mixer");
            return Err(error.with_advice(MixerAdvice::SaveMixer));
        }
        if document["format_version"] != VERSION {
            let version = &document["format_version"];
            let why = format!("is a saved mixer of version {version}, which is not supported");
            return Err(Error::invalid(name, why));
        }
        serde_json::from_value(document)
            .map_err(|error| Error::invalid(name, format!("is a damaged saved mixer: {error}")))
    }
}

/// Whether an element is a setting that can be restored. Volatile ones change on their own.
fn is_setting(info: &ElementInfo) -> bool {
    info.access.readable && info.access.writable && !info.access.volatile
}

impl SavedElement {
    fn of(elements: &Elements, info: &ElementInfo) -> Result<SavedElement> {
        let id = &info.id;
        Ok(SavedElement {
            iface: id.interface.name().to_owned(),
            name: id.name.clone(),
            index: id.index,
            device: id.device,
            subdevice: id.subdevice,
            kind: info.kind.name().to_owned(),
            values: to_json(info, &elements.read(info)?),
        })
    }

    /// The element's id without a number. An unknown interface becomes `CARD`.
    pub(super) fn id(&self) -> ElementId {
        ElementId {
            numid: 0,
            interface: interface(&self.iface).unwrap_or(ElementInterface::Card),
            name: self.name.clone(),
            index: self.index,
            device: self.device,
            subdevice: self.subdevice,
        }
    }

    /// Whether it was saved from an element with this id, regardless of the number.
    pub(super) fn is(&self, id: &ElementId) -> bool {
        let saved = ElementId {
            numid: id.numid,
            ..self.id()
        };
        interface(&self.iface).is_some() && saved == *id
    }

    /// The saved values for an element; `None` if it cannot have them.
    pub(super) fn values_for(&self, info: &ElementInfo) -> Option<ElementValues> {
        let count = match info.kind {
            ElementType::Iec958 => STATUS_BYTES,
            _ => info.count as usize,
        };
        if self.values.len() != count {
            return None;
        }
        let all = self.values.iter();
        Some(match &info.kind {
            ElementType::Boolean => {
                ElementValues::Boolean(all.map(Value::as_bool).collect::<Option<_>>()?)
            }
            ElementType::Integer(min, max, _) => ElementValues::Integer(integers(all, *min, *max)?),
            ElementType::Integer64(min, max, _) => {
                ElementValues::Integer64(integers(all, *min, *max)?)
            }
            ElementType::Enumerated(items) => {
                let number = |value: &Value| {
                    let number = items.iter().position(|item| value.as_str() == Some(item));
                    u32::try_from(number?).ok()
                };
                ElementValues::Enumerated(all.map(number).collect::<Option<_>>()?)
            }
            ElementType::Bytes => ElementValues::Bytes(all.map(byte).collect::<Option<_>>()?),
            ElementType::Iec958 => {
                let status = all.map(byte).collect::<Option<Vec<_>>>()?;
                ElementValues::Iec958(status.try_into().ok()?)
            }
        })
    }
}

fn integers<'a>(all: impl Iterator<Item = &'a Value>, min: i64, max: i64) -> Option<Vec<i64>> {
    all.map(|value| value.as_i64().filter(|number| (min..=max).contains(number)))
        .collect()
}

fn byte(value: &Value) -> Option<u8> {
    value.as_u64().and_then(|byte| u8::try_from(byte).ok())
}

/// Values as they are saved.
pub(super) fn to_json(info: &ElementInfo, values: &ElementValues) -> Vec<Value> {
    match (values, &info.kind) {
        (ElementValues::Boolean(all), _) => all.iter().map(|on| Value::from(*on)).collect(),
        (ElementValues::Integer(all) | ElementValues::Integer64(all), _) => {
            all.iter().map(|number| Value::from(*number)).collect()
        }
        (ElementValues::Enumerated(all), ElementType::Enumerated(items)) => {
            let name = |item: &u32| match items.get(*item as usize) {
                Some(name) => Value::from(name.as_str()),
                None => Value::from(*item),
            };
            all.iter().map(name).collect()
        }
        (ElementValues::Enumerated(all), _) => all.iter().map(|item| Value::from(*item)).collect(),
        (ElementValues::Bytes(all), _) => all.iter().map(|byte| Value::from(*byte)).collect(),
        (ElementValues::Iec958(all), _) => all.iter().map(|byte| Value::from(*byte)).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::error::Kind;
    use crate::audio::ffi::elements::ElementAccess;

    fn info(kind: ElementType, count: u32) -> ElementInfo {
        ElementInfo {
            id: ElementId {
                numid: 1,
                interface: ElementInterface::Mixer,
                name: "Some".to_owned(),
                index: 0,
                device: 0,
                subdevice: 0,
            },
            kind,
            count,
            access: ElementAccess {
                readable: true,
                writable: true,
                ..ElementAccess::default()
            },
            locked_by: None,
        }
    }

    fn saved(info: &ElementInfo, values: &ElementValues) -> SavedElement {
        SavedElement {
            iface: "MIXER".to_owned(),
            name: "Some".to_owned(),
            index: 0,
            device: 0,
            subdevice: 0,
            kind: info.kind.name().to_owned(),
            values: to_json(info, values),
        }
    }

    #[test]
    fn values_of_every_type_are_restored() {
        let items = vec!["Mic".to_owned(), "Line".to_owned()];
        for (kind, values) in [
            (
                ElementType::Boolean,
                ElementValues::Boolean(vec![true, false]),
            ),
            (
                ElementType::Integer(-50, 100, 0),
                ElementValues::Integer(vec![-50, 100]),
            ),
            (
                ElementType::Integer64(i64::MIN, i64::MAX, 0),
                ElementValues::Integer64(vec![i64::MIN, i64::MAX]),
            ),
            (
                ElementType::Enumerated(items),
                ElementValues::Enumerated(vec![1, 0]),
            ),
            (ElementType::Bytes, ElementValues::Bytes(vec![0, 255])),
            (
                ElementType::Iec958,
                ElementValues::Iec958([4; STATUS_BYTES]),
            ),
        ] {
            let info = info(
                kind,
                if matches!(values, ElementValues::Iec958(_)) {
                    1
                } else {
                    2
                },
            );
            assert_eq!(saved(&info, &values).values_for(&info), Some(values));
        }
    }

    #[test]
    fn values_out_of_range_or_number_do_not_fit() {
        let number = info(ElementType::Integer(0, 31, 0), 2);
        for values in [vec![0, 32], vec![-1, 0], vec![0], vec![0, 0, 0]] {
            assert_eq!(
                saved(&number, &ElementValues::Integer(values)).values_for(&number),
                None
            );
        }
        let choice = info(ElementType::Enumerated(vec!["Mic".to_owned()]), 1);
        let other = SavedElement {
            values: vec![Value::from("Line")],
            ..saved(&choice, &ElementValues::Enumerated(vec![0]))
        };
        assert_eq!(other.values_for(&choice), None);
    }

    #[test]
    fn other_files_are_rejected_by_name() {
        for (text, why) in [
            ("", "is not JSON"),
            ("{", "is not JSON"),
            ("[1]", "is not a saved mixer"),
            (
                "{\"format\":\"aloud mixer state\",\"format_version\":99}",
                "version 99",
            ),
            (
                "{\"format\":\"aloud mixer state\",\"format_version\":1,\"elements\":3}",
                "damaged",
            ),
        ] {
            let error = SavedMixer::from_json("s.json", text.as_bytes()).unwrap_err();
            assert_eq!(error.kind(), Kind::InvalidInput, "{text}");
            let message = error.to_string();
            assert!(
                message.contains("'s.json'") && message.contains(why),
                "{message}"
            );
        }
    }

    #[test]
    fn json_round_trips() {
        let info = info(ElementType::Integer(0, 31, 0), 2);
        let state = SavedMixer {
            format: FORMAT.to_owned(),
            format_version: VERSION,
            card: SavedCard {
                id: "PCH".to_owned(),
                name: "A card".to_owned(),
            },
            elements: vec![saved(&info, &ElementValues::Integer(vec![3, 4]))],
        };
        assert_eq!(
            SavedMixer::from_json("-", state.to_json().as_bytes()).unwrap(),
            state
        );
    }
}
