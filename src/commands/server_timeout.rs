//! What a command does if a sound server does not answer.

use super::ui::{FullScreen, Ui};
use aloud::audio::error::Result;
use aloud::audio::{CtlAnswer, watch_ctl_calls};
use std::process;
use std::time::Duration;

/// How long a sound server may take to answer, and a device may move no frames, for commands without an option for it.
pub const TIMEOUT: Duration = Duration::from_secs(5);

/// Ends the program with an error if the server behind a mixer does not answer in time.
///
/// # Errors
/// If no thread can be started.
pub fn limit_mixer_calls(ui: &Ui) -> Result<()> {
    let ui = ui.another();
    watch_ctl_calls(TIMEOUT, move |answer| {
        if let CtlAnswer::None(error, _) = answer {
            FullScreen::restore_if_taken();
            ui.error(error);
            process::exit(error.kind().exit_status().into());
        }
    })
}
