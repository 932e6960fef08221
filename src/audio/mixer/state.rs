//! All that can be set of a card, out to JSON and back in.

use super::elements::Elements;
use super::id::interface;
use crate::audio::advice::MixerAdvice;
use crate::audio::error::{Error, Kind, Result};
use crate::audio::ffi::elements::{
    ElementId, ElementInfo, ElementInterface, ElementType, ElementValues, STATUS_BYTES,
};
use crate::audio::file::{self, OutputTarget};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What the JSON says it is.
const FORMAT: &str = concat!(env!("CARGO_PKG_NAME"), " mixer state");

/// Goes up when what was saved before can no longer be loaded.
const VERSION: u32 = 1;

/// The values of all elements of a card that can be read and set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SavedMixer {
    format: String,
    version: u32,
    /// Which card it is of, for people: any card's can be loaded on any other.
    card: SavedCard,
    elements: Vec<SavedElement>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct SavedCard {
    id: String,
    name: String,
}

/// An element's values. Its number is left out: it may be another one the next time the card is there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct SavedElement {
    iface: String,
    name: String,
    #[serde(default)]
    index: u32,
    #[serde(default)]
    device: u32,
    #[serde(default)]
    subdevice: u32,
    #[serde(rename = "type")]
    kind: String,
    /// Items by name, all else as it is.
    values: Vec<Value>,
}

/// What loading comes to for one element.
#[derive(Clone, Debug)]
pub enum LoadOutcome {
    /// It has these values already.
    Unchanged,
    /// It is set, or would be.
    Set {
        /// What it was before.
        from: Vec<Value>,
        /// What it is then.
        to: Vec<Value>,
    },
    /// It does not fit, and was left as it is; or it did not keep what was set.
    Refused(Error),
}

impl SavedMixer {
    /// What there is now.
    pub fn of(elements: &Elements) -> Result<SavedMixer> {
        let (id, name) = elements.card()?;
        let all = elements.list()?;
        let saved = all.iter().filter(|info| is_state(info));
        Ok(SavedMixer {
            format: FORMAT.to_owned(),
            version: VERSION,
            card: SavedCard { id, name },
            elements: saved
                .map(|info| save(elements, info))
                .collect::<Result<_>>()?,
        })
    }

    /// The JSON, for people to read and compare.
    pub fn to_json(&self) -> String {
        // Its keys are text and its numbers whole, so there is nothing that could fail.
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }

    /// Writes the JSON to a file, which is replaced whole or not at all.
    pub fn save(&self, target: OutputTarget) -> Result<()> {
        file::replace(target, self.to_json().as_bytes())
    }

    /// Reads the JSON that `name` holds.
    ///
    /// Fails with [`Kind::InvalidInput`] for what is none, or none of ours.
    pub fn from_json(name: &str, json: &[u8]) -> Result<SavedMixer> {
        let document: Value = serde_json::from_slice(json)
            .map_err(|error| Error::invalid(name, format!("is not JSON: {error}")))?;
        if document["format"] != FORMAT {
            return Err(
                Error::invalid(name, "is not a saved mixer").with_advice(MixerAdvice::SaveMixer)
            );
        }
        if document["version"] != VERSION {
            let why = format!(
                "is a saved mixer of version {}, which is not supported",
                document["version"]
            );
            return Err(Error::invalid(name, why));
        }
        serde_json::from_value(document)
            .map_err(|error| Error::invalid(name, format!("is a broken saved mixer: {error}")))
    }

    /// Sets what fits by interface, name, index, device and subdevice, and tells what comes of each saved element, in
    /// order. Nothing else is touched, and nothing at all when it is only `tried`.
    pub fn load(&self, elements: &Elements, tried: bool) -> Result<Vec<(ElementId, LoadOutcome)>> {
        let all = elements.list()?;
        let mut fits = Vec::new();
        for saved in &self.elements {
            let id = saved.id();
            let fit = match saved.wanted(elements, &all) {
                Ok((info, wanted)) => set(elements, info, &wanted, tried),
                Err(error) => Err(error),
            };
            fits.push((id, fit.unwrap_or_else(LoadOutcome::Refused)));
        }
        if !tried {
            self.confirm(elements, &all, &mut fits)?;
        }
        Ok(fits)
    }

    /// Setting one element may have changed another. Sets those again that are not as they should be, and tells which
    /// cannot be.
    fn confirm(
        &self,
        elements: &Elements,
        all: &[ElementInfo],
        fits: &mut [(ElementId, LoadOutcome)],
    ) -> Result<()> {
        for last in [false, true] {
            for (saved, (id, fit)) in self.elements.iter().zip(fits.iter_mut()) {
                let Ok((info, wanted)) = saved.wanted(elements, all) else {
                    continue;
                };
                if matches!(fit, LoadOutcome::Refused(_)) || elements.read(info)? == wanted {
                    continue;
                }
                if last {
                    let message = format!("{id} did not keep its value: another one's changes it");
                    *fit = LoadOutcome::Refused(
                        Error::new(Kind::Unsupported, message).with_device(elements.device()),
                    );
                } else if let Err(error) = elements.write(info, &wanted) {
                    *fit = LoadOutcome::Refused(error);
                }
            }
        }
        Ok(())
    }
}

/// Whether an element's values are a state that can be restored. What changes by itself is none.
fn is_state(info: &ElementInfo) -> bool {
    info.access.readable && info.access.writable && !info.access.volatile
}

fn save(elements: &Elements, info: &ElementInfo) -> Result<SavedElement> {
    let id = &info.id;
    Ok(SavedElement {
        iface: id.interface.name().to_owned(),
        name: id.name.clone(),
        index: id.index,
        device: id.device,
        subdevice: id.subdevice,
        kind: info.kind.name().to_owned(),
        values: told(info, &elements.read(info)?),
    })
}

fn set(
    elements: &Elements,
    info: &ElementInfo,
    wanted: &ElementValues,
    tried: bool,
) -> Result<LoadOutcome> {
    let now = elements.read(info)?;
    if now == *wanted {
        return Ok(LoadOutcome::Unchanged);
    }
    elements.writable(info)?;
    if !tried {
        elements.write(info, wanted)?;
    }
    Ok(LoadOutcome::Set {
        from: told(info, &now),
        to: told(info, wanted),
    })
}

/// Values as they are saved.
fn told(info: &ElementInfo, values: &ElementValues) -> Vec<Value> {
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

impl SavedElement {
    /// Which element it is; an interface that there is not is found nowhere.
    fn id(&self) -> ElementId {
        ElementId {
            numid: 0,
            interface: interface(&self.iface).unwrap_or(ElementInterface::Card),
            name: self.name.clone(),
            index: self.index,
            device: self.device,
            subdevice: self.subdevice,
        }
    }

    /// The element it fits, and the values it is to have.
    fn wanted<'a>(
        &self,
        elements: &Elements,
        all: &'a [ElementInfo],
    ) -> Result<(&'a ElementInfo, ElementValues)> {
        let id = self.id();
        let known = interface(&self.iface).is_some();
        let is = |info: &&ElementInfo| {
            known
                && ElementId {
                    numid: 0,
                    ..info.id.clone()
                } == id
        };
        let refused = |kind, why: String| {
            Err(Error::new(kind, format!("{id} {why}")).with_device(elements.device()))
        };
        let Some(info) = all.iter().find(is) else {
            return refused(Kind::NotFound, format!("is not on '{}'", elements.device()));
        };
        if info.kind.name() != self.kind {
            return refused(
                Kind::Unsupported,
                format!("is of type {} here, not {}", info.kind.name(), self.kind),
            );
        }
        match self.values(info) {
            Some(values) => Ok((info, values)),
            None => {
                let values = Value::from(self.values.clone());
                let takes = valid_values(&info.kind);
                refused(
                    Kind::Unsupported,
                    format!(
                        "has {} of {takes} here: {values} does not fit",
                        counted(info.count)
                    ),
                )
            }
        }
    }

    /// The saved values as those of the element; nothing where it cannot have them.
    fn values(&self, info: &ElementInfo) -> Option<ElementValues> {
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
            ElementType::Integer(min, max, _) => ElementValues::Integer(numbers(all, *min, *max)?),
            ElementType::Integer64(min, max, _) => {
                ElementValues::Integer64(numbers(all, *min, *max)?)
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
                ElementValues::Iec958(all.map(byte).collect::<Option<Vec<_>>>()?.try_into().ok()?)
            }
        })
    }
}

fn numbers<'a>(all: impl Iterator<Item = &'a Value>, min: i64, max: i64) -> Option<Vec<i64>> {
    all.map(|value| value.as_i64().filter(|number| (min..=max).contains(number)))
        .collect()
}

fn byte(value: &Value) -> Option<u8> {
    value.as_u64().and_then(|byte| u8::try_from(byte).ok())
}

fn counted(count: u32) -> String {
    match count {
        1 => "one value".to_owned(),
        count => format!("{count} values"),
    }
}

/// The values that an element can have.
fn valid_values(kind: &ElementType) -> String {
    match kind {
        ElementType::Boolean => "true or false".to_owned(),
        ElementType::Integer(min, max, _) | ElementType::Integer64(min, max, _) => {
            format!("{min} to {max}")
        }
        ElementType::Enumerated(items) => {
            let quoted: Vec<_> = items.iter().map(|item| format!("'{item}'")).collect();
            quoted.join(", ")
        }
        ElementType::Bytes | ElementType::Iec958 => "0 to 255".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
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
                inactive: false,
                volatile: false,
                locked: false,
                tlv_readable: false,
                tlv_writable: false,
                tlv_commandable: false,
                owner: false,
            },
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
            values: told(info, values),
        }
    }

    #[test]
    fn values_of_every_type_come_back() {
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
            assert_eq!(saved(&info, &values).values(&info), Some(values));
        }
    }

    #[test]
    fn values_that_an_element_cannot_have_do_not_fit() {
        let number = info(ElementType::Integer(0, 31, 0), 2);
        for values in [vec![0, 32], vec![-1, 0], vec![0], vec![0, 0, 0]] {
            assert_eq!(
                saved(&number, &ElementValues::Integer(values)).values(&number),
                None
            );
        }
        let choice = info(ElementType::Enumerated(vec!["Mic".to_owned()]), 1);
        let other = SavedElement {
            values: vec![Value::from("Line")],
            ..saved(&choice, &ElementValues::Enumerated(vec![0]))
        };
        assert_eq!(other.values(&choice), None);
    }

    #[test]
    fn what_is_no_state_is_refused_by_name() {
        for (text, why) in [
            ("", "is not JSON"),
            ("{", "is not JSON"),
            ("[1]", "is not a saved mixer"),
            (
                "{\"format\":\"aloud mixer state\",\"version\":99}",
                "version 99",
            ),
            (
                "{\"format\":\"aloud mixer state\",\"version\":1,\"elements\":3}",
                "broken",
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
    fn a_state_is_read_as_it_was_written() {
        let info = info(ElementType::Integer(0, 31, 0), 2);
        let state = SavedMixer {
            format: FORMAT.to_owned(),
            version: VERSION,
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
