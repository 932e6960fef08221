//! `aloud mixer load`: what was saved of a card, back into it.

use super::element;
use crate::commands::{Exit, Result, args::CtlArgs, ui::Ui};
use aloud::audio::error::{Error, Kind, path_name};
use aloud::audio::mixer::{ElementId, Elements, LoadOutcome, SavedMixer};
use serde_json::{Value, json};
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// Longer than any card's state: what is longer is none.
const LONGEST: u64 = 64 << 20;

/// Set what was saved of a card
///
/// What fits by its name is set, also on another card; what does not fit is told and left as it is, and the exit status is
/// then 6. Nothing else is touched.
///
/// With --json: an array with an object for each saved element.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The file that `aloud mixer save` wrote; - is standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Tell what would be changed, and change nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    ctl: CtlArgs,
}

const EXAMPLES: &str = "\
Examples:
  aloud mixer load evening.json
      everything as it was
  aloud mixer load --dry-run evening.json
      what that would change";

pub fn run(ui: &mut Ui, args: Args) -> Result {
    let name = path_name(&args.file);
    let json = contents(&args.file).map_err(|error| Error::file("read", &name, &error))?;
    if json.len() as u64 > LONGEST {
        return Err(Error::invalid(&name, "is not a saved mixer: it is too long").into());
    }
    let state = SavedMixer::from_json(&name, &json)?;
    let elements = Elements::open(args.ctl.place()?)?;
    let fits = state.load(&elements, args.dry_run)?;
    if ui.json() {
        ui.document(
            &fits
                .iter()
                .map(|(id, fit)| object(id, fit))
                .collect::<Vec<_>>(),
        )?;
    } else {
        ui.text(
            &fits
                .iter()
                .map(|(id, fit)| line(id, fit, args.dry_run))
                .collect::<String>(),
        )?;
    }
    let refused = fits.iter().filter_map(|(_, fit)| match fit {
        LoadOutcome::Refused(error) => Some(error),
        _ => None,
    });
    let mut count = 0;
    for error in refused {
        count += 1;
        if !ui.json() {
            ui.warning(&error.to_string());
        }
    }
    match count {
        0 => Ok(Exit::Done),
        count => {
            let message = format!(
                "{count} of {} saved elements did not fit '{}'",
                fits.len(),
                elements.device()
            );
            Err(Error::new(Kind::Unsupported, message)
                .with_device(elements.device())
                .into())
        }
    }
}

fn contents(path: &Path) -> io::Result<Vec<u8>> {
    let mut all = Vec::new();
    match path.to_str() {
        Some("-") => io::stdin().lock().take(LONGEST + 1).read_to_end(&mut all)?,
        _ => File::open(path)?.take(LONGEST + 1).read_to_end(&mut all)?,
    };
    Ok(all)
}

/// A line for what is changed; nothing for what is not.
fn line(id: &ElementId, fit: &LoadOutcome, tried: bool) -> String {
    match fit {
        LoadOutcome::Set { from, to } => {
            let doing = if tried { "would set " } else { "" };
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

fn object(id: &ElementId, fit: &LoadOutcome) -> Value {
    let (result, from, to, error) = match fit {
        LoadOutcome::Unchanged => ("same", Value::Null, Value::Null, Value::Null),
        LoadOutcome::Set { from, to } => ("set", json!(from), json!(to), Value::Null),
        LoadOutcome::Refused(error) => (
            "refused",
            Value::Null,
            Value::Null,
            json!(error.to_string()),
        ),
    };
    json!({
        "iface": id.interface.name(),
        "name": id.name,
        "index": id.index,
        "device": id.device,
        "subdevice": id.subdevice,
        "result": result,
        "from": from,
        "to": to,
        "message": error,
    })
}
