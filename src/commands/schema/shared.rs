//! Stores what several schemas contain once.

use super::SHARED;
use serde_json::{Map, Value, json};
use std::collections::HashMap;

/// Shorter parts are not shared.
const MIN_BYTES: usize = 40;

/// The text of the file with these schemas, a part or a schema on a line.
pub(super) fn to_stored(schemas: &Map<String, Value>) -> String {
    let mut sharing = Sharing::default();
    schemas.values().for_each(|schema| sharing.count(schema));
    let lines: Vec<_> = schemas
        .iter()
        .map(|(name, schema)| format!("{}: {}", json!(name), sharing.stored(schema)))
        .collect();
    let shared: Vec<_> = sharing.parts.iter().map(Value::to_string).collect();
    format!(
        "{{\"shared\": [\n{}\n],\n\"schemas\": {{\n{}\n}}}}\n",
        shared.join(",\n"),
        lines.join(",\n")
    )
}

#[derive(Default)]
struct Sharing {
    /// How often each object and array is contained, by its text. What is in one that is counted again is not.
    counts: HashMap<String, usize>,
    indexes: HashMap<String, usize>,
    /// By index.
    parts: Vec<Value>,
}

impl Sharing {
    fn count(&mut self, value: &Value) {
        if let Value::Object(_) | Value::Array(_) = value {
            let count = self.counts.entry(value.to_string()).or_default();
            *count += 1;
            if *count == 1 {
                inner(value).for_each(|value| self.count(value));
            }
        }
    }

    fn stored(&mut self, value: &Value) -> Value {
        let text = value.to_string();
        let is_shared = text.len() >= MIN_BYTES && self.counts.get(&text).is_some_and(|n| *n > 1);
        if !is_shared {
            return self.with_stored_parts(value);
        }
        let index = match self.indexes.get(&text) {
            Some(index) => *index,
            None => {
                let part = self.with_stored_parts(value);
                self.parts.push(part);
                self.indexes.insert(text, self.parts.len() - 1);
                self.parts.len() - 1
            }
        };
        json!({ SHARED: index })
    }

    fn with_stored_parts(&mut self, value: &Value) -> Value {
        match value {
            Value::Array(all) => all.iter().map(|value| self.stored(value)).collect(),
            Value::Object(all) => all
                .iter()
                .map(|(key, value)| (key.clone(), self.stored(value)))
                .collect(),
            other => other.clone(),
        }
    }
}

fn inner(value: &Value) -> Box<dyn Iterator<Item = &Value> + '_> {
    match value {
        Value::Array(all) => Box::new(all.iter()),
        Value::Object(all) => Box::new(all.values()),
        _ => Box::new(std::iter::empty()),
    }
}
