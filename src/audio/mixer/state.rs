//! The state of a card's mixer: every element that can be set, as a document, and back.

use super::elements::{Element, Elements, type_name};
use super::id::ElementId;
use crate::audio::error::{Error, Kind, Result};
use crate::audio::ffi::elements::{IEC958_PARTS, Type, Values};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::HashSet;

/// The version of the document that is written, and the only one that is read.
const VERSION: u32 = 1;

/// Setting one element may change another, or let another be set: so often all are looked at again.
const ROUNDS: usize = 4;

/// All that can be set of a card.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// The version of this document's form.
    #[serde(rename = "aloud_mixer_state")]
    version: u32,
    /// The card that it is of.
    pub card: StateCard,
    /// Its elements.
    pub elements: Vec<StateElement>,
}

/// The card that a state is of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StateCard {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
}

/// One element of a state.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StateElement {
    /// Its name and place.
    #[serde(flatten)]
    pub id: ElementId,
    /// What its values are: alsa-lib's name.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its values.
    pub values: Vec<Value>,
}

/// An element that was set, or would be.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Applied {
    /// Which.
    pub element: ElementId,
    /// What it was.
    pub from: Value,
    /// What it is.
    pub to: Value,
    /// The same for people.
    #[serde(skip)]
    pub text: String,
}

/// An element of the state that the card has not, or that could not be set.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Misfit {
    /// Which.
    pub element: ElementId,
    /// Why not.
    pub reason: String,
}

/// What loading a state came to.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Report {
    /// What was set.
    pub changed: Vec<Applied>,
    /// How many had their values already.
    pub unchanged: usize,
    /// What did not fit.
    pub misfits: Vec<Misfit>,
}

impl State {
    /// Reads the state of a card: its elements that can be read and set.
    pub fn of(elements: &Elements) -> Result<State> {
        let card = elements.card()?;
        let all = elements.list()?;
        let entries = all.iter().filter(|element| element.access().write);
        Ok(State {
            version: VERSION,
            card: StateCard {
                id: card.id,
                name: card.name,
            },
            elements: entries.filter_map(StateElement::of).collect(),
        })
    }

    /// The document: JSON with a line for each element.
    pub fn document(&self) -> Result<String> {
        let failed = |error: serde_json::Error| Error::new(Kind::Internal, error.to_string());
        let lines: std::result::Result<Vec<String>, _> =
            self.elements.iter().map(serde_json::to_string).collect();
        let card = serde_json::to_string(&self.card).map_err(failed)?;
        let lines = lines.map_err(failed)?.join(",\n  ");
        let elements = match lines.is_empty() {
            true => "[]".to_owned(),
            false => format!("[\n  {lines}\n ]"),
        };
        Ok(format!(
            "{{\"aloud_mixer_state\":{VERSION},\n \"card\":{card},\n \"elements\":{elements}}}\n"
        ))
    }

    /// Reads a document; `name` is the file's, for messages.
    ///
    /// Fails with [`Kind::InvalidInput`] where it is none.
    pub fn parse(document: &[u8], name: &str) -> Result<State> {
        let value: Value = serde_json::from_slice(document)
            .map_err(|error| Error::invalid(name, format!("is no JSON document: {error}")))?;
        match value.get("aloud_mixer_state").map(Value::as_u64) {
            Some(Some(version)) if version == u64::from(VERSION) => {}
            Some(Some(version)) => {
                let why = format!("is a mixer's state of version {version}; this is for {VERSION}");
                return Err(Error::invalid(name, why));
            }
            _ => return Err(Error::invalid(name, "is no mixer's state")),
        }
        serde_json::from_value(value)
            .map_err(|error| Error::invalid(name, format!("is no mixer's state: {error}")))
    }

    /// Sets the elements of the state that the card has, and nothing else; with `dry`, only tells what would be set.
    ///
    /// What does not fit is in the report, and changes nothing. What a later element changed again is set again; what does
    /// not hold even so is in the report, too. Fails where the card cannot be read.
    pub fn load(&self, elements: &Elements, dry: bool) -> Result<Report> {
        let list = elements.list()?;
        let mut report = Report::default();
        let mut wanted: Vec<(&Element, Values)> = Vec::new();
        let mut seen = HashSet::new();
        for entry in &self.elements {
            let planned = match seen.insert(&entry.id) {
                true => entry.plan(&list),
                false => Err("it is in the file twice".to_owned()),
            };
            match planned {
                Ok(planned) => wanted.push(planned),
                Err(reason) => report.misfits.push(Misfit {
                    element: entry.id.clone(),
                    reason,
                }),
            }
        }
        let failures = match dry {
            true => Vec::new(),
            false => apply(elements, &wanted)?,
        };
        for (element, values) in &wanted {
            let failed = failures.iter().find(|(id, _)| *id == element.id);
            if let Some((id, reason)) = failed {
                report.misfits.push(Misfit {
                    element: id.clone(),
                    reason: reason.clone(),
                });
            } else if element.values.as_ref() == Some(values) {
                report.unchanged += 1;
            } else {
                report.changed.push(applied(element, values));
            }
        }
        Ok(report)
    }
}

fn applied(element: &Element, values: &Values) -> Applied {
    let before = element.values.as_ref();
    let from = before.map_or("?".to_owned(), |before| element.text(before));
    Applied {
        element: element.id.clone(),
        from: before.map_or(Value::Null, |before| element.json(before)),
        to: element.json(values),
        text: format!("{from} -> {}", element.text(values)),
    }
}

/// Sets what is not yet as it is wanted, until all is; gives what stays otherwise, and why.
fn apply(elements: &Elements, wanted: &[(&Element, Values)]) -> Result<Vec<(ElementId, String)>> {
    let mut failures = Vec::new();
    for round in 0..=ROUNDS {
        failures.clear();
        for (element, values) in wanted {
            let Some(now) = elements.reread(element)? else {
                failures.push((element.id.clone(), "it is gone".to_owned()));
                continue;
            };
            if now.values.as_ref() == Some(values) {
                continue;
            }
            let reason = match round {
                ROUNDS => match &now.values {
                    Some(is) => format!("it stays {}", now.text(is)),
                    None => continue,
                },
                _ => match elements.set(&now, values) {
                    Ok(()) => "it does not hold".to_owned(),
                    Err(error) if error.kind() == Kind::Disconnected => return Err(error),
                    Err(error) => error.to_string(),
                },
            };
            failures.push((element.id.clone(), reason));
        }
        if failures.is_empty() {
            break;
        }
    }
    Ok(failures)
}

impl StateElement {
    /// Nothing where its values cannot be read.
    fn of(element: &Element) -> Option<StateElement> {
        let Value::Array(values) = element.json(element.values.as_ref()?) else {
            return None;
        };
        Some(StateElement {
            id: element.id.clone(),
            kind: type_name(element.kind()).to_owned(),
            values,
        })
    }

    /// The element of the card and the values that it is to have; or why there are none.
    fn plan<'a>(&self, list: &'a [Element]) -> std::result::Result<(&'a Element, Values), String> {
        let element = list
            .iter()
            .find(|element| element.id == self.id)
            .ok_or("the card has no such element")?;
        if self.kind != type_name(element.kind()) {
            let is = type_name(element.kind());
            return Err(format!("it is of type {is} here, not {}", self.kind));
        }
        let values = self.read(element)?;
        // A value that is there already needs no leave to be set.
        if element.values.as_ref() != Some(&values) {
            element.accepts(&values).map_err(|error| {
                let told = error.to_string();
                let name = format!("{}: ", element.id);
                told.strip_prefix(&name).unwrap_or(&told).to_owned()
            })?;
        }
        Ok((element, values))
    }

    fn read(&self, element: &Element) -> std::result::Result<Values, String> {
        let each = self.values.iter();
        let wrong = |value: &Value| format!("{value} is no value of it");
        fn byte(value: &Value) -> Option<u8> {
            value.as_u64().and_then(|byte| u8::try_from(byte).ok())
        }
        Ok(match element.kind() {
            Type::Boolean => Values::Boolean(
                each.map(|value| value.as_bool().ok_or_else(|| wrong(value)))
                    .collect::<std::result::Result<_, _>>()?,
            ),
            Type::Integer | Type::Integer64 => Values::Integer(
                each.map(|value| value.as_i64().ok_or_else(|| wrong(value)))
                    .collect::<std::result::Result<_, _>>()?,
            ),
            Type::Enumerated => Values::Enumerated(
                each.map(|value| item(value, element.items()).ok_or_else(|| wrong(value)))
                    .collect::<std::result::Result<_, _>>()?,
            ),
            Type::Bytes => Values::Bytes(
                each.map(|value| byte(value).ok_or_else(|| wrong(value)))
                    .collect::<std::result::Result<_, _>>()?,
            ),
            Type::Iec958 => {
                let status = each
                    .map(|value| byte(value).ok_or_else(|| wrong(value)))
                    .collect::<std::result::Result<Vec<u8>, _>>()?;
                if status.len() != IEC958_PARTS[0] {
                    let (least, is) = (IEC958_PARTS[0], status.len());
                    return Err(format!("its status has {least} bytes, not {is}"));
                }
                // What is not in the file stays as it is.
                let mut whole = match &element.values {
                    Some(Values::Iec958(whole)) => whole.clone(),
                    _ => vec![0; IEC958_PARTS.iter().sum()],
                };
                whole[..status.len()].copy_from_slice(&status);
                Values::Iec958(whole)
            }
        })
    }
}

/// The number of an item, by its name or (where names are not unique) by its number.
fn item(value: &Value, items: &[String]) -> Option<u32> {
    match value {
        Value::String(name) => {
            let at = items.iter().position(|item| item == name)?;
            u32::try_from(at).ok()
        }
        _ => value.as_u64().and_then(|item| u32::try_from(item).ok()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::elements::testing::element;
    use super::*;
    use serde_json::json;

    fn entry(name: &str, kind: &str, values: Value) -> StateElement {
        let id = ElementId {
            name: name.to_owned(),
            ..ElementId::default()
        };
        StateElement {
            id,
            kind: kind.to_owned(),
            values: values.as_array().unwrap().clone(),
        }
    }

    #[test]
    fn a_document_is_read_as_it_was_written() {
        let state = State {
            version: VERSION,
            card: StateCard {
                id: "Dummy".to_owned(),
                name: "Dummy".to_owned(),
            },
            elements: vec![
                entry("Master Volume", "INTEGER", json!([-50, 100])),
                entry("Source", "ENUMERATED", json!(["Mic \"1\"", 3])),
            ],
        };
        let document = state.document().unwrap();
        assert_eq!(document.lines().count(), 6, "{document}");
        assert_eq!(State::parse(document.as_bytes(), "x").unwrap(), state);
        let none = State {
            elements: Vec::new(),
            ..state
        };
        let document = none.document().unwrap();
        assert_eq!(State::parse(document.as_bytes(), "x").unwrap(), none);
    }

    #[test]
    fn what_is_no_state_is_refused_by_the_files_name() {
        for document in [
            "",
            "{",
            "[]",
            "{}",
            "3",
            "null",
            "{\"aloud_mixer_state\":1}",
            "{\"aloud_mixer_state\":2,\"card\":{\"id\":\"\",\"name\":\"\"},\"elements\":[]}",
            "{\"aloud_mixer_state\":1,\"card\":{\"id\":\"\",\"name\":\"\"},\"elements\":[{}]}",
            "{\"aloud_mixer_state\":1,\"card\":{\"id\":\"\",\"name\":\"\"},\"elements\":[{\"iface\":\"X\",\"name\":\"\",\"type\":\"\",\"values\":[]}]}",
            "\u{0}\u{1}",
            "state.Dummy {\n}",
        ] {
            let error = State::parse(document.as_bytes(), "my.json").unwrap_err();
            assert_eq!(error.kind(), Kind::InvalidInput, "{document}");
            assert!(error.to_string().starts_with("'my.json' is "), "{error}");
            assert!(!error.to_string().contains('\n'));
        }
    }

    #[test]
    fn what_does_not_fit_the_card_is_told_why() {
        let list = [
            element("Volume", Type::Integer, 2),
            element("Source", Type::Enumerated, 1),
            element("Switch", Type::Boolean, 1),
        ];
        let plan = |name, kind, values| entry(name, kind, values).plan(&list).map(|(_, to)| to);
        assert_eq!(
            plan("Volume", "INTEGER", json!([-50, 7])),
            Ok(Values::Integer(vec![-50, 7]))
        );
        assert_eq!(
            plan("Source", "ENUMERATED", json!(["Line"])),
            Ok(Values::Enumerated(vec![2]))
        );
        for (name, kind, values, why) in [
            ("Nosuch", "INTEGER", json!([1]), "no such element"),
            ("Volume", "BOOLEAN", json!([true]), "of type INTEGER here"),
            ("Volume", "INTEGER", json!([1]), "it has 2 values, not 1"),
            ("Volume", "INTEGER", json!([1, 101]), "-50 to 100, not 101"),
            ("Volume", "INTEGER", json!([1, "x"]), "no value"),
            ("Volume", "INTEGER", json!([1, 1.5]), "no value"),
            ("Source", "ENUMERATED", json!(["CD"]), "\"CD\" is no value"),
            ("Source", "ENUMERATED", json!([7]), "3 items, not 7"),
            ("Switch", "BOOLEAN", json!([1]), "no value"),
        ] {
            let told = plan(name, kind, values).unwrap_err();
            assert!(told.contains(why), "{told}");
        }
    }
}
