//! `aloud mixer load`: restores saved settings.

use super::element;
use crate::commands::{
    Exit, Result, args::CtlArgs, list_cards::ErrorSummary, server_timeout, ui::Ui,
};
use aloud::audio::error::{Error, Kind, path_name};
use aloud::audio::mixer::{ElementId, ElementKey, Elements, LoadOutcome, SavedMixer};
use aloud::audio::spelling::count;
use aloud::audio::standard_streams;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// More than the settings of any card.
const MAX_BYTES: u64 = 64 << 20;

/// Restore saved settings
///
/// Sets the elements that have the same names, also on another card. Settings that do not fit are reported and skipped,
/// with exit status 6. Other elements are left alone.
///
/// With --json: an array with an object for each saved element: iface, name, index, device, subdevice, result (same, set
/// or refused), from and to (values), and error.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// A file written by `aloud mixer save`; - is standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Show what would change, without changing it
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    ctl: CtlArgs,
}

const EXAMPLES: &str = "\
Examples:
  aloud mixer load evening.json
      restore all settings
  aloud mixer load --dry-run evening.json
      show what would change";

pub fn run(ui: &mut Ui, args: Args) -> Result {
    server_timeout::limit_mixer_calls(ui)?;
    let saved = read(&args.file)?;
    let elements = Elements::open(args.ctl.mixer_device()?)?;
    let outcomes = saved.load(&elements, args.dry_run)?;
    if ui.json() {
        let objects = outcomes
            .iter()
            .map(|(id, outcome)| LoadedElement::new(id, outcome));
        ui.document(&objects.collect::<Vec<_>>())?;
    } else {
        let lines = outcomes
            .iter()
            .map(|(id, outcome)| line(id, outcome, args.dry_run));
        ui.text(&lines.collect::<String>())?;
    }
    let refused: Vec<_> = outcomes.iter().filter_map(refusal).collect();
    if !ui.json() {
        for error in &refused {
            ui.warning(&error.to_string());
        }
    }
    if refused.is_empty() {
        return Ok(Exit::Done);
    }
    let device = elements.device();
    let message = format!(
        "{} of {} did not fit '{device}'",
        refused.len(),
        count(outcomes.len(), "saved element")
    );
    Err(Error::new(Kind::Unsupported, message)
        .with_device(device)
        .into())
}

fn read(path: &Path) -> Result<SavedMixer> {
    let name = path_name(path);
    let json = contents(path).map_err(|error| Error::file("read", &name, &error))?;
    if json.len() as u64 > MAX_BYTES {
        return Err(Error::invalid(&name, "is not a saved mixer: it is too long").into());
    }
    Ok(SavedMixer::from_json(&name, &json)?)
}

fn contents(path: &Path) -> io::Result<Vec<u8>> {
    let mut all = Vec::new();
    let limit = MAX_BYTES + 1;
    match path.to_str() {
        Some("-") => {
            standard_streams::stdin()?;
            io::stdin().lock().take(limit).read_to_end(&mut all)?
        }
        _ => File::open(path)?.take(limit).read_to_end(&mut all)?,
    };
    Ok(all)
}

fn refusal((_, outcome): &(ElementId, LoadOutcome)) -> Option<&Error> {
    match outcome {
        LoadOutcome::Refused(error) => Some(error),
        _ => None,
    }
}

/// A line for an element that is set; nothing for others.
fn line(id: &ElementId, outcome: &LoadOutcome, dry_run: bool) -> String {
    match outcome {
        LoadOutcome::Set { from, to } => {
            let doing = if dry_run { "would set " } else { "" };
            format!(
                "{doing}{}: {} -> {}\n",
                element::name(id),
                list(from),
                list(to)
            )
        }
        LoadOutcome::Unchanged | LoadOutcome::Refused(_) => String::new(),
    }
}

fn list(values: &[Value]) -> String {
    let text = |value: &Value| match value {
        Value::String(item) => format!("'{item}'"),
        Value::Bool(true) => "on".to_owned(),
        Value::Bool(false) => "off".to_owned(),
        other => other.to_string(),
    };
    values.iter().map(text).collect::<Vec<_>>().join(",")
}

/// What happened to a saved element.
#[derive(Serialize, JsonSchema)]
pub struct LoadedElement<'a> {
    #[serde(flatten)]
    id: ElementKey,
    /// What happened: it had the values already, was set, or did not fit.
    result: LoadResult,
    /// Its values before; null unless they are set.
    from: Option<&'a [Value]>,
    /// The saved values; null unless they are set.
    to: Option<&'a [Value]>,
    /// Why it was refused.
    error: Option<ErrorSummary>,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum LoadResult {
    Same,
    Set,
    Refused,
}

impl<'a> LoadedElement<'a> {
    fn new(id: &ElementId, outcome: &'a LoadOutcome) -> LoadedElement<'a> {
        let (result, values, error) = match outcome {
            LoadOutcome::Unchanged => (LoadResult::Same, None, None),
            LoadOutcome::Set { from, to } => (LoadResult::Set, Some((&from[..], &to[..])), None),
            LoadOutcome::Refused(error) => (LoadResult::Refused, None, Some(error.into())),
        };
        LoadedElement {
            id: ElementKey::from(id),
            result,
            from: values.map(|(from, _)| from),
            to: values.map(|(_, to)| to),
            error,
        }
    }
}
