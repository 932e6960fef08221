//! Keys pressed while sound plays (`--interactive`).

use aloud::audio::error::{Error, Kind, Result};
use aloud::audio::transfer::{EndReason, TransferControl};
use rustix::termios::{
    LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr,
};
use std::io::{IsTerminal, Read, stdin};
use std::sync::Mutex;

/// The terminal's modes before and while single keys are read. A terminal is one thing of the whole process, and the
/// shell changes it whenever the process is stopped.
static MODES: Mutex<Option<Modes>> = Mutex::new(None);

struct Modes {
    before: Termios,
    single: Termios,
}

/// The terminal hands over single keys for as long as this lives, then is as it was.
pub struct Keys(());

impl Keys {
    /// Has space and Enter pause and go on, and q end, the transfer that `control` steers.
    ///
    /// # Errors
    /// [`Kind::Usage`] where stdin is no terminal.
    pub fn steer(control: &TransferControl) -> Result<Keys> {
        if !stdin().is_terminal() {
            return Err(Error::new(
                Kind::Usage,
                "--interactive reads keys, and standard input is no terminal",
            ));
        }
        let before = tcgetattr(stdin()).map_err(|error| {
            Error::new(Kind::Io, format!("cannot set up the terminal: {error}"))
        })?;
        let mut single = before.clone();
        single.local_modes &= !(LocalModes::ICANON | LocalModes::ECHO);
        single.special_codes[SpecialCodeIndex::VMIN] = 1;
        single.special_codes[SpecialCodeIndex::VTIME] = 0;
        if let Ok(mut modes) = MODES.lock() {
            *modes = Some(Modes { before, single });
        }
        take_terminal();
        let control = control.clone();
        std::thread::spawn(move || listen(&control));
        Ok(Keys(()))
    }
}

impl Drop for Keys {
    fn drop(&mut self) {
        leave_terminal();
    }
}

/// Has the terminal hand over single keys (again), if keys are read at all.
pub fn take_terminal() {
    set_terminal(|modes| &modes.single);
}

/// Gives the terminal back as it was, if keys are read at all.
pub fn leave_terminal() {
    set_terminal(|modes| &modes.before);
}

fn set_terminal(which: impl Fn(&Modes) -> &Termios) {
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
