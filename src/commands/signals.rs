//! What signals ask of a running transfer.

use super::keys;
use aloud::audio::error::{Error, Kind, Result};
use aloud::audio::transfer::{Command, Control, Why};
use signal_hook::consts::{SIGHUP, SIGINT, SIGSTOP, SIGTERM, SIGTSTP};
use signal_hook::iterator::Signals;
use signal_hook::low_level::{emulate_default_handler, raise};
use std::time::Duration;

/// After a signal to end, the transfer and its summary have this long before the signal takes its default course: a
/// device that blocks in the driver, or a stdout that nobody reads, must not keep the process.
const GRACE: Duration = Duration::from_secs(1);

/// A device is paused within a period; a longer wait is for one that hangs.
const PAUSE_WAIT: Duration = Duration::from_secs(1);

/// Has INT, TERM and HUP stop the transfer that `control` steers, and TSTP pause it for as long as the process is
/// stopped.
pub fn steer(control: &Control) -> Result<()> {
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP, SIGTSTP])
        .map_err(|error| Error::new(Kind::Internal, format!("cannot handle signals: {error}")))?;
    let control = control.clone();
    std::thread::spawn(move || {
        for signal in signals.forever() {
            match signal {
                SIGTSTP => stop_and_go(&control),
                _ => end(&control, signal),
            }
        }
    });
    Ok(())
}

fn stop_and_go(control: &Control) {
    let paused_before = control.command() == Command::Pause;
    control.pause();
    control.wait_until_paused(PAUSE_WAIT);
    keys::leave_terminal();
    // Sent to this thread and not to the process: so it stops here, and does not run on until the stop reaches it.
    // Returns once somebody sends SIGCONT.
    let _ = raise(SIGSTOP);
    keys::take_terminal();
    // Who paused it by a key goes on by one.
    if !paused_before {
        control.resume();
    }
}

fn end(control: &Control, signal: i32) {
    control.stop(Why::from_signal(signal));
    std::thread::sleep(GRACE);
    keys::leave_terminal();
    let _ = emulate_default_handler(signal);
}
