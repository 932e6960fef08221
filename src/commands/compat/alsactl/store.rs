//! `store` and `dump-state`.

use super::cards::{named, open};
use super::lock::StateLock;
use super::options::{AlsactlOptions, failed, not_loaded, not_opened, status};
use super::restore::contents;
use crate::commands::compat::stop::{Result, Stop, errno, reason};
use crate::commands::ui::plain;
use aloud::audio::errno::errno_text;
use aloud::audio::file::open_by_name;
use aloud::audio::mixer::AlsaState;
use rustix::fs::{Access, access};
use std::fs;
use std::io::{self, Write};
use std::path::Path;

pub(super) fn run(options: &AlsactlOptions, card: Option<&str>) -> Result<u8> {
    let _lock = StateLock::take(options)?;
    let cards = named(card)?;
    let file = options.file();
    // Without cards, the file stays as it is.
    if cards.is_empty() {
        return match is_writable(file) {
            Err(error) if file != Path::new("-") => Err(not_written(file, &error)),
            _ => Ok(0),
        };
    }
    let mut state = AlsaState::new().map_err(|error| broken(&error))?;
    // The other cards in the file stay. A damaged file is replaced; alsa-lib reports the damage.
    if file != Path::new("-")
        && let Ok(text) = fs::read(file)
    {
        let _ = state.load(&text);
    }
    add(&mut state, &cards)?;
    write(&state, file)
}

/// Prints the state file.
pub(super) fn dump(options: &AlsactlOptions) -> Result<u8> {
    let _lock = StateLock::take(options)?;
    let mut state = AlsaState::new().map_err(|error| broken(&error))?;
    match contents(options.file()) {
        Ok(text) => state.load(&text).map_err(|error| not_loaded(&error))?,
        Err(error) => return Ok(status(error.raw_os_error().unwrap_or(libc::EIO))),
    }
    write(&state, Path::new("-"))
}

fn add(state: &mut AlsaState, cards: &[String]) -> Result<()> {
    for card in cards {
        let elements = open(card).map_err(|error| not_opened("get_controls:566", &error))?;
        state.store(&elements).map_err(|error| {
            let text = format!("Cannot store the state of {card}: {}", reason(&error));
            failed("save_state", &text, errno(&error))
        })?;
    }
    Ok(())
}

fn broken(error: &aloud::audio::error::Error) -> Stop {
    failed("save_state", &reason(error), errno(error))
}

fn write(state: &AlsaState, file: &Path) -> Result<u8> {
    let text = state.to_text().map_err(|error| broken(&error))?;
    if file == Path::new("-") {
        plain::print(&String::from_utf8_lossy(&text))?;
        return Ok(0);
    }
    // The original replaces a file by renaming another one.
    if file.is_dir() || file.as_os_str().is_empty() {
        let text = format!(
            "rename failed: {} ({})",
            errno_text(libc::EPERM),
            file.display()
        );
        return Err(failed("save_state:1663", &text, libc::EPERM));
    }
    replace(file, &text).map_err(|error| not_written(file, &error))?;
    Ok(0)
}

/// Whether a file could be written, or created.
fn is_writable(file: &Path) -> io::Result<()> {
    let folder = match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let path = if file.exists() { file } else { folder };
    Ok(access(path, Access::WRITE_OK)?)
}

fn not_written(file: &Path, error: &io::Error) -> Stop {
    let errno = error.raw_os_error().unwrap_or(libc::EIO);
    let (file, why) = (file.display(), errno_text(errno));
    let text = format!("Cannot open {file} for writing: {why}");
    failed("save_state:1652", &text, errno)
}

/// Replaces a file once everything is on the disk. A symbolic link and a device, such as `/dev/null`, stay what they are.
fn replace(file: &Path, text: &[u8]) -> io::Result<()> {
    if let Some(open) = open_by_name(file) {
        return open?.write_all(text);
    }
    if fs::metadata(file).is_ok_and(|found| !found.is_file()) {
        return fs::OpenOptions::new()
            .write(true)
            .open(file)?
            .write_all(text);
    }
    let file = fs::canonicalize(file).unwrap_or_else(|_| file.to_owned());
    let mut new = file.as_os_str().to_owned();
    new.push(".new");
    let mut output = fs::File::create(&new)?;
    let written = output.write_all(text).and_then(|()| output.sync_all());
    written
        .and_then(|()| fs::rename(&new, &file))
        .inspect_err(|_| {
            let _ = fs::remove_file(&new);
        })
}
