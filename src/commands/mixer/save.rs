//! `aloud mixer save`: the state of a card's mixer into a file.

use crate::commands::{Exit, Result, args::CtlArgs, ui::Ui};
use aloud::audio::error::Error;
use aloud::audio::mixer::{Elements, State};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Save all of a card's controls in a file
///
/// The file is a JSON document with every element that can be set, by its name; `aloud mixer load` reads it. It is
/// complete or not there at all: a file of that name is only replaced by a complete one.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The file (- is standard output)
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    ctl: CtlArgs,
}

const EXAMPLES: &str = "\
Examples:
  aloud mixer save evening.json -c PCH
      keep all volumes, switches and choices of a card
  aloud mixer save - | ssh studio aloud mixer load -
      set another machine's card the same";

pub fn run(ui: &mut Ui, args: Args) -> Result {
    let state = State::of(&Elements::open(args.ctl.place()?)?)?;
    let document = state.document()?;
    if args.file.as_os_str() == "-" {
        ui.raw(document.as_bytes())?;
    } else {
        let name = args.file.to_string_lossy();
        replace(&args.file, document.as_bytes())
            .map_err(|error| Error::file("write", &name, &error))?;
        ui.detail(&format!(
            "{} elements of card {}",
            state.elements.len(),
            state.card.id
        ));
    }
    Ok(Exit::Done)
}

/// Writes a file, so that whoever looks sees the old one or the whole new one. What is no file (a pipe, /dev/null) is
/// written as it is.
fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    // A link stays, and what it leads to is replaced.
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let found = fs::metadata(&path).ok();
    if found.as_ref().is_some_and(|found| !found.is_file()) {
        return OpenOptions::new().write(true).open(&path)?.write_all(bytes);
    }
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{}.tmp", std::process::id()));
    let part = PathBuf::from(name);
    let written = File::create_new(&part).and_then(|mut file| {
        file.write_all(bytes)?;
        if let Some(found) = found {
            let _ = file.set_permissions(found.permissions());
        }
        file.sync_all()?;
        fs::rename(&part, &path)
    });
    if written.is_err() {
        let _ = fs::remove_file(&part);
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_as_a_whole_and_nothing_stays_beside_it() {
        let folder = std::env::temp_dir().join(format!("aloud-save-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let (file, link) = (folder.join("state"), folder.join("link"));
        replace(&file, b"one, and longer").unwrap();
        std::os::unix::fs::symlink("state", &link).unwrap();
        replace(&link, b"two").unwrap();
        assert_eq!(fs::read(&file).unwrap(), b"two");
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 2);
        assert!(replace(&folder.join("none/state"), b"three").is_err());
        fs::remove_dir_all(&folder).unwrap();
    }
}
