//! Keys that control a running transfer (`--interactive`).

use super::exit::Result;
use aloud::audio::error::{Error, Kind};
use aloud::audio::transfer::{EndReason, TransferControl};
use anyhow::Context;
use rustix::termios::{
    LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr,
};
use std::io::{IsTerminal, Read, stdin};
use std::sync::Mutex;
use std::thread::Builder;

/// Set while keys are read. It is global because the terminal is, and because the signal thread needs it: the shell
/// changes the modes whenever the process is stopped.
static MODES: Mutex<Option<TerminalModes>> = Mutex::new(None);

struct TerminalModes {
    original: Termios,
    single_keys: Termios,
}

/// Reads single keys while this lives; dropping it restores the terminal.
pub struct Keys(());

impl Keys {
    /// Lets Space and Enter pause and resume the transfer, and q end it.
    ///
    /// # Errors
    /// [`Kind::Usage`] if stdin is not a terminal.
    pub fn steer(control: &TransferControl) -> Result<Keys> {
        if !stdin().is_terminal() {
            let message = "--interactive reads keys, but standard input is not a terminal";
            return Err(Error::new(Kind::Usage, message).into());
        }
        let original = tcgetattr(stdin()).context("cannot set up the terminal")?;
        let mut single_keys = original.clone();
        single_keys.local_modes &= !(LocalModes::ICANON | LocalModes::ECHO);
        single_keys.special_codes[SpecialCodeIndex::VMIN] = 1;
        single_keys.special_codes[SpecialCodeIndex::VTIME] = 0;
        if let Ok(mut modes) = MODES.lock() {
            *modes = Some(TerminalModes {
                original,
                single_keys,
            });
        }
        set_single_keys();
        let control = control.clone();
        let listener = Builder::new().spawn(move || listen(&control));
        listener.context("cannot read keys")?;
        Ok(Keys(()))
    }
}

impl Drop for Keys {
    fn drop(&mut self) {
        restore_terminal();
    }
}

/// Makes the terminal deliver single keys (again), if keys are read.
pub fn set_single_keys() {
    set_modes(|modes| &modes.single_keys);
}

/// Restores the terminal's modes, if keys are read.
pub fn restore_terminal() {
    set_modes(|modes| &modes.original);
}

fn set_modes(which: impl Fn(&TerminalModes) -> &Termios) {
    if let Ok(modes) = MODES.lock()
        && let Some(modes) = &*modes
    {
        let _ = tcsetattr(stdin(), OptionalActions::Now, which(modes));
    }
}

fn listen(control: &TransferControl) {
    for key in stdin().lock().bytes() {
        match key {
            Ok(b' ' | b'\n' | b'\r') => control.toggle(),
            Ok(b'q') => control.stop(EndReason::Quit),
            Ok(_) => {}
            Err(_) => return,
        }
    }
}
