//! `aloud schema`: JSON Schemas of what `--json` prints, derived from the types that are printed.

use super::devices::DeviceRow;
use super::doctor::DoctorReport;
use super::list_cards::CardObject;
use super::mixer::{LoadedElement, WatchEnd};
use super::ui::{ErrorLine, Ui};
use super::version::Version;
use super::{Exit, Result, advice};
use aloud::audio::error::{Error, Kind};
use aloud::audio::file::Description;
use aloud::audio::mixer::{ControlId, Element, MixerEvent, SavedMixer, Snapshot};
use aloud::audio::pcm::{PcmInfo, Probe};
use aloud::audio::spelling::nearest;
use aloud::audio::system::pcm_names::PcmName;
use aloud::audio::transfer::Event;
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::{Value, json};

/// Print the JSON Schema of a command's JSON
///
/// The schema (draft 2020-12) describes what COMMAND prints with --json: a document, or each line of an event stream.
/// Its descriptions say what the keys mean. `error` is an error on standard error, and `version` what `aloud --version
/// --json` prints. Without COMMAND, lists the commands that print JSON.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The command, such as play or mixer get
    #[arg(value_name = "COMMAND")]
    command: Vec<String>,
}

const EXAMPLES: &str = "\
Examples:
  aloud schema play
      show what the events of `aloud play --json` contain
  aloud schema mixer get >mixer-get.schema.json
      write a schema to a file, for a validator
  aloud schema
      list the commands that print JSON";

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
    ("play", || {
        events(&["drift", "sound", "speaker", "timestamp"])
    }),
    ("record", || {
        group_events(&["sound", "speaker", "seek", "volume"])
    }),
    ("loopback", loopback_events),
    ("tone", || {
        events(&["drift", "sound", "timestamp", "seek", "volume"])
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

/// The names that `aloud schema` takes.
pub fn names() -> impl Iterator<Item = &'static str> {
    SCHEMAS.iter().map(|(name, _)| *name)
}

pub fn run(ui: &mut Ui, args: Args) -> Result {
    let name = args.command.join(" ");
    if name.is_empty() {
        return list(ui);
    }
    let Some((_, schema)) = SCHEMAS.iter().find(|(command, _)| *command == name) else {
        return Err(unknown(&name).into());
    };
    let mut document = schema();
    close(&mut document);
    let mut whole = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": title(&name),
    });
    merge(&mut whole, document);
    let text = serde_json::to_string_pretty(&whole).map_err(std::io::Error::from)?;
    ui.text(&text)?;
    Ok(Exit::Done)
}

fn list(ui: &Ui) -> Result {
    let names: Vec<&str> = names().collect();
    if ui.json() {
        ui.document(&names)?;
    } else {
        ui.text(&names.join("\n"))?;
    }
    Ok(Exit::Done)
}

fn unknown(name: &str) -> Error {
    let error = Error::new(Kind::Usage, format!("there is no JSON of '{name}'"));
    let hint = match nearest(name, names()).first() {
        Some(near) => format!("`aloud schema {near}`"),
        None => "`aloud schema` lists the commands that print JSON".to_owned(),
    };
    error.with_advice(advice::custom(hint))
}

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

/// The events of a transfer with one device, except for some.
fn events(absent: &[&str]) -> Value {
    events_with(absent, |event| keep_required(event, &[]))
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
