//! `restore` and `init`.

use super::cards::{named, open};
use super::control::{self, RestoreMode};
use super::init as rules;
use super::lock::StateLock;
use super::options::{AlsactlOptions, failed, not_loaded, report, status};
use crate::commands::compat::stop::{Result, errno, reason};
use crate::commands::ui::plain;
use aloud::audio::errno::errno_text;
use aloud::audio::mixer::{AlsaState, ConfigNode, Elements};
use std::fs::{self, OpenOptions};
use std::io::{self, Read, Write};
use std::path::Path;

pub(super) fn run(options: &AlsactlOptions, card: Option<&str>) -> Result<u8> {
    if let (Some(file), true) = (&options.run_state, options.remove_run_state) {
        // Never a device, such as /dev/null.
        if file.is_file() {
            let _ = fs::remove_file(file);
        }
    }
    let lock = StateLock::take(options)?;
    let text = contents(options.file());
    drop(lock);
    let mut state = AlsaState::new().map_err(|error| not_loaded(&error))?;
    match &text {
        Ok(text) => state.load(text).map_err(|error| not_loaded(&error))?,
        Err(error) => {
            let errno = error.raw_os_error().unwrap_or(libc::EIO);
            let file = options.file().display();
            let text = format!("Cannot open {file} for reading: {}", errno_text(errno));
            if options.no_init {
                return Err(failed("load_state:1689", &text, errno));
            }
            report("load_state:1689", &text);
        }
    }
    let mut last = 0;
    for card in named(card)? {
        let error = match &text {
            Ok(_) => restore(options, &state, &card)?,
            Err(error) => {
                let initialized = init(options, &card)?.abs();
                note(options, &card, "init", initialized);
                let errno = error.raw_os_error().unwrap_or(libc::EIO);
                note(options, &card, "restore", errno);
                match initialized {
                    0 => errno,
                    status => status,
                }
            }
        };
        if error != 0 {
            last = error;
        }
    }
    Ok(status(last))
}

/// `init` without `restore`. It ends at the first card that fails, but continues after a status that the rules set.
pub(super) fn init_all(options: &AlsactlOptions, card: Option<&str>) -> Result<u8> {
    let mut last = 0;
    for card in named(card)? {
        match init(options, &card)? {
            0 => {}
            errno @ ..0 => return Ok(status(-errno)),
            status => last = status,
        }
    }
    Ok(status(last))
}

/// Reads a state file. As in the original, a folder holds no states.
pub(super) fn contents(file: &Path) -> io::Result<Vec<u8>> {
    if file != Path::new("-") {
        return fs::read(file).or_else(|error| match error.kind() {
            io::ErrorKind::IsADirectory => Ok(Vec::new()),
            _ => Err(error),
        });
    }
    let mut text = Vec::new();
    io::stdin().lock().read_to_end(&mut text)?;
    Ok(text)
}

/// Restores a card, and initializes it before if its state does not fit. Returns an errno, or 0.
fn restore(options: &AlsactlOptions, state: &AlsaState, card: &str) -> Result<i32> {
    let opened = open(card).and_then(|elements| Ok((elements.card()?.0, elements)));
    let (id, elements) = match opened {
        Ok(opened) => opened,
        Err(error) => {
            let text = format!("snd_ctl_open error: {}", reason(&error));
            report("set_controls:1502", &text);
            return Ok(errno(&error));
        }
    };
    let stored = state.card(&id);
    let force = !options.pedantic;
    let mut result = 0;
    let missing = format!("No state is present for card {id}\n");
    if !options.no_init && stored.is_none() {
        plain::print_error(&missing);
    }
    if !options.no_init && !fits(&elements, stored.as_deref(), force) {
        result = init(options, card)?.abs();
        note(options, card, "init", result);
    }
    let Some(stored) = stored else {
        plain::print_error(&missing);
        note(options, card, "restore", libc::ENOENT);
        return Ok(if options.pedantic {
            libc::ENOENT
        } else {
            result
        });
    };
    let mut error = 0;
    for node in &stored {
        let mode = RestoreMode {
            force,
            dry_run: false,
        };
        let outcome = control::restore(&elements, node, mode);
        for issue in &outcome.issues {
            report(issue.place, &issue.text);
        }
        if let Some(failed) = outcome.failed {
            error = failed;
            if !force {
                break;
            }
        }
    }
    Ok(after(options, card, result, error))
}

/// The result, given that of the initialization and the last error of a control.
fn after(options: &AlsactlOptions, card: &str, initialized: i32, error: i32) -> i32 {
    if !options.pedantic || error == 0 {
        return initialized;
    }
    note(options, card, "restore", error);
    error
}

/// Whether a state is that of this card: each control can be set, and there are as many elements.
fn fits(elements: &Elements, stored: Option<&[ConfigNode]>, force: bool) -> bool {
    let mode = RestoreMode {
        force,
        dry_run: true,
    };
    let Some(stored) = stored else {
        return false;
    };
    let all_fit = stored
        .iter()
        .all(|node| control::restore(elements, node, mode).failed.is_none());
    let numbers = stored.iter().filter_map(|node| node.id.parse().ok());
    let last: Option<usize> = numbers.max();
    let count = || elements.list().map_or(0, |all| all.len());
    all_fit && last.is_none_or(|last| last == count())
}

/// Initializes a card. Returns a negative errno, the status of the rules, or 0.
fn init(options: &AlsactlOptions, card: &str) -> Result<i32> {
    let opened = open(card).and_then(|elements| Ok((elements.card_info()?, elements)));
    let status = match opened {
        Ok((info, elements)) => {
            let file = options.init_file.as_deref();
            rules::run(&elements, info, file, &options.environment)?
        }
        Err(error) => -errno(&error),
    };
    Ok(status)
}

/// Adds a line to the file of errors, if there is an error.
fn note(options: &AlsactlOptions, card: &str, what: &str, errno: i32) {
    let Some(file) = options.run_state.as_ref().filter(|_| errno != 0) else {
        return;
    };
    let id = open(card).and_then(|elements| elements.card());
    let id = id.map_or_else(|_| card.to_owned(), |(id, _)| id);
    let opened = OpenOptions::new().append(true).create(true).open(file);
    if let Ok(mut file) = opened {
        let _ = writeln!(file, "{id}:{what}:-{errno}");
    }
}
