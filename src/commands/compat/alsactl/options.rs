//! The options, and errors in alsactl's form.

use crate::commands::compat::getopt::text;
use crate::commands::compat::stop::{Stop, errno, reason};
use crate::commands::ui::plain;
use aloud::audio::errno::errno_text;
use aloud::audio::error::Error;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The state file that boot scripts use.
const GLOBAL_STATE: &str = "/var/lib/alsa/asound.state";

/// The file with the process ID of the daemon.
const PID_FILE: &str = "/var/run/alsactl.pid";

/// Shorter periods of a daemon have no effect.
const MIN_PERIOD: Duration = Duration::from_secs(10);

/// The options of the command line.
#[derive(Default)]
pub(super) struct AlsactlOptions {
    file: Option<PathBuf>,
    /// Whether to lock the state file; by default, only the global one.
    lock: Option<bool>,
    lock_folder: Option<PathBuf>,
    lock_name: Option<PathBuf>,
    /// Whether to restore nothing that does not fit.
    pub(super) pedantic: bool,
    /// Whether to leave cards alone that cannot be restored.
    pub(super) no_init: bool,
    /// Gets a line for each card that was not restored.
    pub(super) run_state: Option<PathBuf>,
    pub(super) remove_run_state: bool,
    /// The rules for cards that cannot be restored.
    pub(super) init_file: Option<PathBuf>,
    /// Variables for the rules.
    pub(super) environment: Vec<(String, String)>,
    /// The time without changes after which a daemon stores them.
    pub(super) period: Option<Duration>,
    pid_file: Option<PathBuf>,
    /// How the process runs.
    pub(super) process: ProcessOptions,
}

/// How the process runs.
#[derive(Default)]
pub(super) struct ProcessOptions {
    pub(super) background: bool,
    pub(super) logs_errors: bool,
    pub(super) nice: i32,
    pub(super) idle: bool,
}

impl AlsactlOptions {
    pub(super) fn set(&mut self, letter: char, value: OsString) {
        let number = || text(&value).trim().parse::<i64>().unwrap_or(0);
        match letter {
            'l' => self.lock = Some(true),
            'L' => self.lock = Some(false),
            'F' => self.pedantic = false,
            'P' => self.pedantic = true,
            'I' => self.no_init = true,
            'R' => self.remove_run_state = true,
            'b' => self.process.background = true,
            's' => self.process.logs_errors = true,
            'c' => self.process.idle = true,
            'n' => self.process.nice = number() as i32,
            'p' => {
                let period = Duration::from_secs(u64::try_from(number()).unwrap_or(0));
                self.period = Some(period).filter(|period| *period >= MIN_PERIOD);
            }
            'E' => {
                let value = text(&value);
                let variable = value.split_once('=');
                let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
                self.environment.extend(variable.map(owned));
            }
            _ => self.set_file(letter, PathBuf::from(value)),
        }
    }

    fn set_file(&mut self, letter: char, file: PathBuf) {
        match letter {
            'f' => self.file = Some(file),
            'K' => self.lock_folder = Some(file),
            'O' => self.lock_name = Some(file),
            'r' => self.run_state = Some(file),
            'i' => self.init_file = Some(file),
            'e' => self.pid_file = Some(file),
            _ => {}
        }
    }

    /// The state file; `-` is stdin or stdout.
    pub(super) fn file(&self) -> &Path {
        self.file.as_deref().unwrap_or(Path::new(GLOBAL_STATE))
    }

    /// The file with the process ID of the daemon.
    pub(super) fn pid_file(&self) -> &Path {
        self.pid_file.as_deref().unwrap_or(Path::new(PID_FILE))
    }

    /// The file to lock, if any.
    pub(super) fn lock_file(&self) -> Option<PathBuf> {
        if !self.lock.unwrap_or(self.file() == Path::new(GLOBAL_STATE)) {
            return None;
        }
        let or = |path: &Option<PathBuf>, other: &str| path.clone().unwrap_or(other.into());
        let name = or(&self.lock_name, "asound.state.lock");
        Some(or(&self.lock_folder, "/var/lock").join(name))
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

/// The error for a state that cannot be read.
pub(super) fn not_loaded(error: &Error) -> Stop {
    let errno = errno(error);
    let text = format!("snd_config_load error: {}", errno_text(errno));
    failed("load_configuration:225", &text, errno)
}

/// The error for a card that cannot be opened.
pub(super) fn not_opened(place: &str, error: &Error) -> Stop {
    let text = format!("snd_ctl_open error: {}", reason(error));
    failed(place, &text, errno(error))
}

/// The exit status for an errno.
pub(super) fn status(errno: i32) -> u8 {
    errno.unsigned_abs() as u8
}
