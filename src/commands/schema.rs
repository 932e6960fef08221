//! `aloud schema`: JSON Schemas of what `--json` prints. They are derived from the types that are printed, by the tests of
//! this module, and stored: the program does not contain what derives them.

use super::ui::Ui;
use super::{Exit, Result, advice};
use aloud::audio::error::{Error, Kind};
use aloud::audio::spelling::alike;
use serde::Deserialize;
use serde_json::{Map, Value};

#[cfg(test)]
mod shared;
#[cfg(test)]
mod tests;

const STORED: &str = include_str!("schema/schemas.json");

/// The key of a reference to a shared part.
const SHARED: &str = "$shared";

/// The schemas as they are stored. What several contain is stored once: in its place is an object with the key [`SHARED`],
/// and an index.
#[derive(Deserialize)]
struct StoredSchemas {
    shared: Vec<Value>,
    /// By the names that `aloud schema` takes.
    schemas: Map<String, Value>,
}

impl StoredSchemas {
    fn read() -> Result<StoredSchemas> {
        Ok(serde_json::from_str(STORED).map_err(std::io::Error::from)?)
    }

    /// A stored value with the shared parts in it.
    fn whole(&self, stored: &Value) -> Value {
        let index = stored.get(SHARED).and_then(Value::as_u64);
        match (index, stored) {
            (Some(index), _) => self
                .shared
                .get(index as usize)
                .map_or(Value::Null, |part| self.whole(part)),
            (None, Value::Array(all)) => all.iter().map(|value| self.whole(value)).collect(),
            (None, Value::Object(all)) => all
                .iter()
                .map(|(key, value)| (key.clone(), self.whole(value)))
                .collect(),
            _ => stored.clone(),
        }
    }
}

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

/// The names that `aloud schema` takes.
pub fn names() -> Vec<String> {
    let schemas = StoredSchemas::read().map(|stored| stored.schemas);
    let schemas = schemas.unwrap_or_default();
    schemas.into_iter().map(|(name, _)| name).collect()
}

pub fn run(ui: &mut Ui, args: Args) -> Result {
    let (name, stored) = (args.command.join(" "), StoredSchemas::read()?);
    if name.is_empty() {
        return list(ui, &stored.schemas);
    }
    let Some(schema) = stored.schemas.get(&name) else {
        return Err(unknown(&name, &stored.schemas).into());
    };
    let schema = stored.whole(schema);
    let text = serde_json::to_string_pretty(&schema).map_err(std::io::Error::from)?;
    ui.text(&text)?;
    Ok(Exit::Done)
}

fn list(ui: &Ui, schemas: &Map<String, Value>) -> Result {
    let names: Vec<&str> = schemas.keys().map(String::as_str).collect();
    if ui.json() {
        ui.document(&names)?;
    } else {
        ui.text(&names.join("\n"))?;
    }
    Ok(Exit::Done)
}

fn unknown(name: &str, schemas: &Map<String, Value>) -> Error {
    let error = Error::new(Kind::Usage, format!("there is no JSON of '{name}'"));
    let group = schemas
        .keys()
        .filter(|key| key.starts_with(&format!("{name} ")));
    let group: Vec<_> = group.map(|key| format!("`{key}`")).collect();
    let hint = match alike(name, schemas.keys().map(String::as_str)).first() {
        _ if !group.is_empty() => format!("there is one of each of {}", group.join(", ")),
        Some(near) => format!("did you mean `aloud schema {near}`?"),
        None => "`aloud schema` lists the commands that print JSON".to_owned(),
    };
    error.with_advice(advice::custom(hint))
}
