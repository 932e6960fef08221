//! `aloud schema` and `aloud --version --json`.

use crate::common::{Dir, check_schema};
use serde_json::Value;

/// Panics if an object in a schema allows properties that it does not describe.
fn assert_closed(name: &str, schema: &Value) {
    match schema {
        Value::Object(keywords) => {
            let closes = ["additionalProperties", "unevaluatedProperties"];
            let is_closed = closes.iter().any(|key| keywords.contains_key(*key));
            let is_part = !keywords.contains_key("type");
            assert!(
                !keywords.contains_key("properties") || is_closed || is_part,
                "{name}: {schema}"
            );
            keywords
                .values()
                .for_each(|inner| assert_closed(name, inner));
        }
        Value::Array(all) => all.iter().for_each(|inner| assert_closed(name, inner)),
        _ => {}
    }
}

#[test]
fn each_listed_schema_is_closed_and_described() {
    let dir = Dir::new();
    let listed = dir.aloud(["schema"]).succeed();
    let names: Vec<&str> = listed.stdout().lines().collect();
    assert!(
        names.contains(&"play") && names.contains(&"mixer watch"),
        "{listed}"
    );
    assert_eq!(
        dir.aloud(["schema", "--json"]).succeed().json(),
        serde_json::json!(names)
    );
    for name in names {
        let schema = dir.aloud(["schema"]).args(name.split(' ')).succeed().json();
        assert_eq!(
            schema["$schema"],
            "https://json-schema.org/draft/2020-12/schema"
        );
        assert!(schema["title"].is_string(), "{name}");
        assert!(!schema.to_string().contains("`None`"), "{name}");
        assert!(
            ["type", "anyOf", "oneOf"]
                .iter()
                .any(|key| schema.get(key).is_some()),
            "{name}"
        );
        if !name.starts_with("mixer") {
            assert_closed(name, &schema);
        }
    }
}

#[test]
fn an_unknown_command_is_a_usage_error() {
    let dir = Dir::new();
    let outcome = dir.aloud(["schema", "mixer", "gett"]).fail(2);
    assert_eq!(outcome.hints(), ["did you mean `aloud schema mixer get`?"]);
    let outcome = dir.aloud(["schema", "mixer"]).fail(2);
    assert!(outcome.hints()[0].contains("`mixer set`"), "{outcome}");
    let outcome = dir.aloud(["schema", "nosuch"]).fail(2);
    assert!(
        outcome.hints()[0].contains("lists the commands"),
        "{outcome}"
    );
}

#[test]
fn the_version_is_json_too() {
    let dir = Dir::new();
    let version = dir.aloud(["--version", "--json"]).succeed().json();
    check_schema("version", &version);
    assert_eq!(version["version"], env!("CARGO_PKG_VERSION"));
    let text = dir.aloud(["--version"]).succeed();
    let alsa_lib = version["alsa_lib"].as_str().unwrap();
    assert!(text.stdout().contains(alsa_lib), "{text}");
    let reads = version["features"]["reads"].as_array().unwrap();
    assert!(reads.contains(&"flac".into()), "{version}");
}
