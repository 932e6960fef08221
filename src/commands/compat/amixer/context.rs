//! What all commands share: the options, the open mixer, and errors in amixer's form.

use crate::commands::compat::stop::{Result, Stop};
use aloud::audio::errno::errno_text;
use aloud::audio::error::Error;
use aloud::audio::mixer::Controls;

/// The options of the command line.
pub(super) struct Options {
    /// The ctl to open.
    pub(super) device: String,
    pub(super) quiet: bool,
    /// Whether to show inactive controls, too.
    pub(super) inactive: bool,
    /// Whether percentages are those of alsamixer's scale.
    pub(super) mapped: bool,
}

/// An error in amixer's form, with status 1.
pub(super) fn failed(text: &str) -> Stop {
    Stop::Failed(format!("amixer: {text}\n"), 1)
}

/// The system's text for what went wrong.
pub(super) fn reason(error: &Error) -> String {
    error.errno().map_or_else(|| error.to_string(), errno_text)
}

pub(super) fn open_mixer(options: &Options) -> Result<Controls> {
    let device = options.device.as_str();
    Controls::open(device)
        .map_err(|error| failed(&format!("Mixer attach {device} error: {}", reason(&error))))
}

/// A text without the pair of quotes around it, if there is one.
pub(super) fn unquoted(text: &str) -> &str {
    let inner = |quote: char| text.strip_prefix(quote)?.strip_suffix(quote);
    inner('\'').or(inner('"')).unwrap_or(text)
}
