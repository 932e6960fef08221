//! The options, and errors in alsactl's form.

use crate::commands::compat::stop::Stop;
use crate::commands::ui::plain;

/// The state file that boot scripts use.
const GLOBAL_STATE: &str = "/var/lib/alsa/asound.state";

/// How the command line asks for things to be done.
#[derive(Default)]
pub(super) struct AlsactlOptions {
    file: Option<String>,
    /// Whether to lock the state file; by default, only the global one.
    lock: Option<bool>,
    lock_folder: Option<String>,
    lock_name: Option<String>,
    /// Whether to restore nothing that does not fit.
    pub(super) pedantic: bool,
    /// Whether to leave cards alone that cannot be restored.
    pub(super) no_init: bool,
    /// Gets a line for each card that was not restored.
    pub(super) run_state: Option<String>,
    pub(super) remove_run_state: bool,
    /// The rules for cards that cannot be restored.
    pub(super) init_file: Option<String>,
    /// Variables for the rules.
    pub(super) environment: Vec<(String, String)>,
}

impl AlsactlOptions {
    pub(super) fn set(&mut self, letter: char, value: String) {
        match letter {
            'f' => self.file = Some(value),
            'l' => self.lock = Some(true),
            'L' => self.lock = Some(false),
            'K' => self.lock_folder = Some(value),
            'O' => self.lock_name = Some(value),
            'F' => self.pedantic = false,
            'P' => self.pedantic = true,
            'I' => self.no_init = true,
            'r' => self.run_state = Some(value),
            'R' => self.remove_run_state = true,
            'i' => self.init_file = Some(value),
            'E' => {
                let variable = value.split_once('=');
                let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
                self.environment.extend(variable.map(owned));
            }
            _ => {}
        }
    }

    /// The state file; `-` is stdin or stdout.
    pub(super) fn file(&self) -> &str {
        self.file.as_deref().unwrap_or(GLOBAL_STATE)
    }

    /// The file to lock, if any.
    pub(super) fn lock_file(&self) -> Option<String> {
        if !self.lock.unwrap_or(self.file() == GLOBAL_STATE) {
            return None;
        }
        let name = self.lock_name.as_deref().unwrap_or("asound.state.lock");
        let folder = self.lock_folder.as_deref().unwrap_or("/var/lock");
        Some(match name.starts_with('/') {
            true => name.to_owned(),
            false => format!("{folder}/{name}"),
        })
    }
}

/// Prints an error. `place` is where alsactl 1.2.8 prints it: a function and a line.
pub(super) fn report(place: &str, text: &str) {
    plain::print_error(&format!("alsactl: {place}: {text}\n"));
}

/// An error that ends the program with the errno as its status.
pub(super) fn failed(place: &str, text: &str, errno: i32) -> Stop {
    Stop::Failed(format!("alsactl: {place}: {text}\n"), status(errno))
}

/// The exit status for an errno.
pub(super) fn status(errno: i32) -> u8 {
    errno.unsigned_abs() as u8
}
