//! Keys pressed while sound plays (`--interactive`).

use aloud::audio::error::{Error, Kind, Result};
use aloud::audio::transfer::{Control, Why};
use rustix::termios::{
    LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr,
};
use std::io::{IsTerminal, Read, stdin};

/// The terminal hands over single keys for as long as this lives, then is as it was.
pub struct Keys {
    before: Termios,
}

impl Keys {
    /// Has space and Enter pause and go on, and q end, the transfer that `control` steers.
    ///
    /// # Errors
    /// [`Kind::Usage`] where stdin is no terminal.
    pub fn steer(control: &Control) -> Result<Keys> {
        if !stdin().is_terminal() {
            return Err(Error::new(
                Kind::Usage,
                "--interactive reads keys, and standard input is no terminal",
            ));
        }
        let terminal = |error| Error::new(Kind::Io, format!("cannot set up the terminal: {error}"));
        let before = tcgetattr(stdin()).map_err(terminal)?;
        let mut single = before.clone();
        single.local_modes &= !(LocalModes::ICANON | LocalModes::ECHO);
        single.special_codes[SpecialCodeIndex::VMIN] = 1;
        single.special_codes[SpecialCodeIndex::VTIME] = 0;
        tcsetattr(stdin(), OptionalActions::Now, &single).map_err(terminal)?;
        let control = control.clone();
        std::thread::spawn(move || listen(&control));
        Ok(Keys { before })
    }
}

impl Drop for Keys {
    fn drop(&mut self) {
        let _ = tcsetattr(stdin(), OptionalActions::Now, &self.before);
    }
}

fn listen(control: &Control) {
    for key in stdin().bytes() {
        match key {
            Ok(b' ' | b'\n' | b'\r') => control.toggle(),
            Ok(b'q') => control.stop(Why::Quit),
            Ok(_) => {}
            Err(_) => return,
        }
    }
}
