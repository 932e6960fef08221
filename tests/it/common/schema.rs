//! Checks JSON against the schema that `aloud schema` prints.
//!
//! It knows the keywords that occur in these schemas, and panics at others. The Python stages check with the package
//! jsonschema.

use serde_json::Value;
use std::collections::{BTreeSet, HashMap};
use std::process::Command;
use std::sync::{Mutex, OnceLock};

/// The names that `aloud schema` lists, for commands.
const COMMANDS: [&str; 15] = [
    "devices",
    "list-pcms",
    "list-cards",
    "info",
    "play",
    "record",
    "loopback",
    "tone",
    "mixers",
    "mixer get",
    "mixer set",
    "mixer watch",
    "mixer elements",
    "mixer save",
    "mixer load",
];

/// The name of the schema for a command line with `--json`, if there is one.
pub fn name_for(args: &[String]) -> Option<&'static str> {
    if !args.iter().any(|arg| arg == "--json") {
        return None;
    }
    let words: Vec<&str> = args.iter().map(|arg| alias(arg)).collect();
    let is_in = |name: &str| {
        let (first, second) = name.split_once(' ').unwrap_or((name, ""));
        let command = words.iter().find(|word| !word.starts_with('-'));
        command == Some(&first) && (second.is_empty() || words.contains(&second))
    };
    COMMANDS.into_iter().find(|name| is_in(name))
}

fn alias(word: &str) -> &str {
    match word {
        "ls" => "devices",
        "rec" => "record",
        word => word,
    }
}

/// Asserts that a value is as its schema says.
#[track_caller]
pub fn check(name: &str, value: &Value) {
    if let Err(why) = validate(&schema(name), value) {
        panic!("not as `aloud schema {name}` says: {why}\n{value}");
    }
}

fn schema(name: &str) -> Value {
    static ALL: OnceLock<Mutex<HashMap<String, Value>>> = OnceLock::new();
    let mut all = ALL.get_or_init(Mutex::default).lock().unwrap();
    let printed = all.entry(name.to_owned()).or_insert_with(|| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_aloud"));
        let output = command.arg("schema").args(name.split(' ')).output();
        serde_json::from_slice(&output.unwrap().stdout).expect("a schema")
    });
    printed.clone()
}

/// Validates one value; returns the names of the properties that the schema describes.
fn validate(schema: &Value, value: &Value) -> Result<BTreeSet<String>, String> {
    let Value::Object(keywords) = schema else {
        return match schema {
            Value::Bool(true) => Ok(BTreeSet::new()),
            _ => Err("nothing is allowed here".to_owned()),
        };
    };
    let mut known = BTreeSet::new();
    for (keyword, wanted) in keywords {
        known.extend(validate_keyword(keyword, wanted, value)?);
    }
    let closes = |keyword: &str| keywords.get(keyword) == Some(&Value::Bool(false));
    if let (Value::Object(object), true) = (
        value,
        closes("unevaluatedProperties") || closes("additionalProperties"),
    ) {
        let mut names = object.keys();
        if let Some(name) = names.find(|name| !known.contains(*name)) {
            return Err(format!("unknown property '{name}'"));
        }
    }
    Ok(known)
}

fn validate_keyword(
    keyword: &str,
    wanted: &Value,
    value: &Value,
) -> Result<BTreeSet<String>, String> {
    let none = BTreeSet::new();
    let list = || wanted.as_array().expect("a list");
    let require = |is: bool, what: &dyn std::fmt::Display| match is {
        true => Ok(BTreeSet::new()),
        false => Err(format!("{keyword} {what}: {value}")),
    };
    match (keyword, value) {
        ("$schema" | "title" | "description" | "format" | "pattern", _)
        | ("unevaluatedProperties", _) => Ok(none),
        ("type", _) => require(has_type(wanted, value), wanted),
        ("const", _) => require(wanted == value, wanted),
        ("enum", _) => require(list().contains(value), wanted),
        ("minimum", Value::Number(number)) => require(number.as_f64() >= wanted.as_f64(), wanted),
        ("maximum", Value::Number(number)) => require(number.as_f64() <= wanted.as_f64(), wanted),
        ("minItems", Value::Array(all)) => {
            require(all.len() as u64 >= wanted.as_u64().unwrap(), wanted)
        }
        ("maxItems", Value::Array(all)) => {
            require(all.len() as u64 <= wanted.as_u64().unwrap(), wanted)
        }
        ("items", Value::Array(all)) => {
            let valid = all
                .iter()
                .try_for_each(|one| validate(wanted, one).map(drop));
            valid.map(|()| none)
        }
        ("prefixItems", Value::Array(all)) => {
            let mut pairs = list().iter().zip(all);
            let valid = pairs.try_for_each(|(schema, one)| validate(schema, one).map(drop));
            valid.map(|()| none)
        }
        ("required", Value::Object(object)) => {
            let has = |name: &Value| object.contains_key(name.as_str().unwrap());
            require(list().iter().all(has), wanted)
        }
        ("properties", Value::Object(object)) => properties(wanted, object),
        ("additionalProperties", Value::Object(object)) if wanted.is_object() => {
            for one in object.values() {
                validate(wanted, one)?;
            }
            Ok(object.keys().cloned().collect())
        }
        ("anyOf" | "oneOf", _) => alternatives(list(), value, keyword == "oneOf"),
        (
            "minimum"
            | "maximum"
            | "minItems"
            | "maxItems"
            | "items"
            | "prefixItems"
            | "required"
            | "properties"
            | "additionalProperties",
            _,
        ) => Ok(none),
        _ => panic!("unknown keyword '{keyword}' in a schema"),
    }
}

fn properties(
    schemas: &Value,
    object: &serde_json::Map<String, Value>,
) -> Result<BTreeSet<String>, String> {
    let mut known = BTreeSet::new();
    for (name, value) in object {
        if let Some(schema) = schemas.get(name) {
            validate(schema, value).map_err(|why| format!("{name}: {why}"))?;
            known.insert(name.clone());
        }
    }
    Ok(known)
}

fn alternatives(
    schemas: &[Value],
    value: &Value,
    only_one: bool,
) -> Result<BTreeSet<String>, String> {
    let results: Vec<_> = schemas.iter().map(|one| validate(one, value)).collect();
    let errors: Vec<_> = results
        .iter()
        .filter_map(|one| one.as_ref().err())
        .collect();
    let fitting = results.len() - errors.len();
    if fitting == 0 || (only_one && fitting > 1) {
        return Err(format!("{fitting} of the alternatives fit: {errors:?}"));
    }
    Ok(results.into_iter().flatten().flatten().collect())
}

fn has_type(wanted: &Value, value: &Value) -> bool {
    let is = |name: &Value| match name.as_str().unwrap() {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("unknown type '{other}'"),
    };
    match wanted {
        Value::Array(all) => all.iter().any(is),
        one => is(one),
    }
}

#[test]
fn a_value_that_differs_from_its_schema_is_noticed() {
    use serde_json::json;
    let schema = schema("play");
    let event = json!({"event": "pause", "frames": 3});
    assert!(validate(&schema, &event).is_ok());
    for wrong in [
        json!({"event": "pause"}),
        json!({"event": "pause", "frames": 3, "more": 1}),
        json!({"event": "pause", "frames": -3}),
        json!({"event": "pause", "frames": "3"}),
        json!({"event": "paused", "frames": 3}),
        json!([]),
    ] {
        assert!(validate(&schema, &wrong).is_err(), "{wrong}");
    }
}

#[test]
fn command_lines_have_schemas() {
    let name = |line: &str| name_for(&line.split(' ').map(str::to_owned).collect::<Vec<_>>());
    assert_eq!(name("play --json a.wav"), Some("play"));
    assert_eq!(name("--json mixer -q get Master"), Some("mixer get"));
    assert_eq!(name("rec --json -"), Some("record"));
    assert_eq!(name("play a.wav"), None);
    assert_eq!(name("man --json"), None);
}
