//! Derives the schemas from the types that are printed.

use super::shared::to_stored;
use super::{STORED, StoredSchemas};
use crate::commands::devices::DeviceRow;
use crate::commands::doctor::DoctorReport;
use crate::commands::list_cards::CardObject;
use crate::commands::mixer::{LoadedElement, WatchEnd};
use crate::commands::ui::ErrorLine;
use crate::commands::version::Version;
use aloud::audio::file::Description;
use aloud::audio::mixer::{ControlId, Element, MixerEvent, SavedMixer, Snapshot};
use aloud::audio::pcm::{PcmInfo, Probe};
use aloud::audio::system::pcm_names::PcmName;
use aloud::audio::transfer::Event;
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::{Value, json};
use std::path::Path;

#[test]
fn the_stored_schemas_are_those_of_the_types() {
    let documents = SCHEMAS
        .iter()
        .map(|(name, schema)| ((*name).to_owned(), document(name, schema())))
        .collect();
    let derived = to_stored(&documents);
    if std::env::var_os("UPDATE_SCHEMAS").is_some() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/commands/schema/schemas.json");
        std::fs::write(file, derived).unwrap();
    } else {
        assert!(derived == STORED, "run `make generate`");
        let stored = StoredSchemas::read().unwrap();
        for (name, document) in documents {
            let whole = stored.whole(&stored.schemas[&name]);
            assert_eq!(whole.to_string(), document.to_string());
        }
    }
}

fn document(name: &str, mut schema: Value) -> Value {
    close(&mut schema);
    let mut whole = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": title(name),
    });
    merge(&mut whole, schema);
    whole
}

/// A command and the schema of its JSON.
type SchemaRow = (&'static str, fn() -> Value);

const SCHEMAS: &[SchemaRow] = &[
    ("devices", of::<Vec<DeviceRow>>),
    ("doctor", of::<DoctorReport>),
    ("list-pcms", of::<Vec<PcmName>>),
    ("list-cards", of::<Vec<CardObject>>),
    ("info", || {
        any_of([of::<PcmInfo>(), of::<Probe>(), of::<Vec<Description>>()])
    }),
    ("play", || group_events(&["sound", "speaker", "timestamp"])),
    ("record", || {
        group_events(&["sound", "speaker", "seek", "volume"])
    }),
    ("loopback", loopback_events),
    ("tone", || {
        group_events(&["sound", "timestamp", "seek", "volume"])
    }),
    ("mixers", of::<Vec<ControlId>>),
    ("mixer get", || {
        any_of([of::<Snapshot>(), of::<Vec<Snapshot>>(), of::<Element>()])
    }),
    ("mixer set", || any_of([of::<Snapshot>(), of::<Element>()])),
    ("mixer watch", || {
        any_of([of::<MixerEvent>(), of::<WatchEnd>()])
    }),
    ("mixer elements", of::<Vec<Element>>),
    ("mixer save", of::<SavedMixer>),
    ("mixer load", of::<Vec<LoadedElement>>),
    ("error", of::<ErrorLine>),
    ("version", of::<Version>),
];

fn title(name: &str) -> String {
    match name {
        "error" => "An error, as a line on standard error".to_owned(),
        "version" => "aloud --version --json".to_owned(),
        "mixer save" => "The file that aloud mixer save writes".to_owned(),
        "play" | "record" | "loopback" | "tone" | "mixer watch" => {
            format!("A line of aloud {name} --json")
        }
        _ => format!("aloud {name} --json"),
    }
}

/// The schema of what a type prints, without references.
fn of<T: JsonSchema>() -> Value {
    let settings = SchemaSettings::draft2020_12()
        .with(|settings| {
            settings.inline_subschemas = true;
            settings.meta_schema = None;
        })
        .for_serialize();
    settings.into_generator().into_root_schema_for::<T>().into()
}

fn any_of<const N: usize>(schemas: [Value; N]) -> Value {
    json!({ "anyOf": schemas.to_vec() })
}

/// The events of a transfer that may have several devices, except for some.
fn group_events(absent: &[&str]) -> Value {
    events_with(absent, |event| keep_required(event, &[DEVICES]))
}

/// The property of an event that only several devices have.
const DEVICES: &str = "devices";

/// Leaves out the properties that only some transfers have, except for these.
fn keep_required(event: &mut Value, others: &[&str]) {
    let required = event["required"].clone();
    if let Value::Object(properties) = &mut event["properties"] {
        properties.retain(|name, _| is_in(&required, name) || others.contains(&name.as_str()));
    }
}

/// The events of a loopback. It always has the properties that others never have.
fn loopback_events() -> Value {
    events_with(
        &["file", "speaker", "timestamp", "seek", "volume"],
        |event| {
            if let Value::Object(properties) = &mut event["properties"] {
                properties.remove(DEVICES);
                event["required"] = properties.keys().cloned().collect();
            }
        },
    )
}

fn events_with(absent: &[&str], change: fn(&mut Value)) -> Value {
    let mut schema = of::<Event>();
    if let Some(Value::Array(all)) = schema.get_mut("oneOf") {
        all.retain(|event| {
            let name = &event["properties"]["event"]["const"];
            !absent.iter().any(|absent| name == absent)
        });
        all.iter_mut().for_each(change);
    }
    schema
}

fn is_in(list: &Value, name: &str) -> bool {
    let mut all = list.as_array().into_iter().flatten();
    all.any(|one| one == name)
}

/// Allows no properties but those that are described. Keywords that apply to the same object (`oneOf` of a flattened
/// enum) add to its properties.
fn close(schema: &mut Value) {
    let Value::Object(object) = schema else {
        return;
    };
    for (key, inner) in object.iter_mut() {
        match (key.as_str(), inner) {
            // The comments of the code are the descriptions.
            ("description", Value::String(text)) => *text = text.replace("`None`", "null"),
            ("properties", Value::Object(all)) => all.values_mut().for_each(close),
            ("items" | "additionalProperties", inner) => close(inner),
            ("prefixItems", Value::Array(all)) => all.iter_mut().for_each(close),
            _ => {}
        }
    }
    let has_own = object.contains_key("properties");
    let mut is_composed = false;
    for key in ["oneOf", "anyOf", "allOf"] {
        if let Some(Value::Array(all)) = object.get_mut(key) {
            is_composed = true;
            match has_own {
                true => all.iter_mut().for_each(close_within),
                false => all.iter_mut().for_each(close),
            }
        }
    }
    let keyword = match is_composed {
        true => "unevaluatedProperties",
        false => "additionalProperties",
    };
    if has_own {
        object.insert(keyword.to_owned(), Value::Bool(false));
    }
}

/// Closes what the properties of a part of an object contain.
fn close_within(part: &mut Value) {
    if let Some(Value::Object(all)) = part.get_mut("properties") {
        all.values_mut().for_each(close);
    }
}

/// Adds the keys of `more`, except for those that are there.
fn merge(whole: &mut Value, more: Value) {
    if let (Value::Object(whole), Value::Object(more)) = (whole, more) {
        for (key, value) in more {
            whole.entry(key).or_insert(value);
        }
    }
}
