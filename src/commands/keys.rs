//! Keys that control a running transfer.

use super::exit::Result;
use aloud::audio::error::{Error, Kind};
use aloud::audio::transfer::{EndReason, TransferControl};
use anyhow::Context;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::process::getpgrp;
use rustix::stdio::stdin;
use rustix::termios::{
    LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcgetpgrp, tcsetattr,
};
use std::io::{IsTerminal, stderr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::Builder;
use std::time::Duration;

/// Set while keys are read. It is global because the terminal is, and because the signal thread needs it: the shell
/// changes the modes whenever the process is stopped.
static MODES: Mutex<Option<TerminalModes>> = Mutex::new(None);

/// How often a process in the background checks whether it has the terminal again.
const BACKGROUND_INTERVAL: Duration = Duration::from_millis(250);

/// Bytes that are read at a time.
const READ_BYTES: usize = 64;

/// How far an arrow key seeks, in seconds.
const SEEK: f64 = 5.0;

/// How much + and - change the volume, in dB.
const VOLUME_STEP: i32 = 2;

struct TerminalModes {
    original: Termios,
    single_keys: Termios,
}

/// What keys control.
#[derive(Clone)]
pub enum KeyTarget {
    /// Space and Enter pause and resume, q ends.
    Transfer,
    /// Also position, file and volume. `?` turns the switch.
    Playback(Arc<AtomicBool>),
}

/// Reads single keys while this lives; dropping it restores the terminal.
pub struct Keys(());

impl Keys {
    /// Lets keys control the transfer.
    ///
    /// # Errors
    /// [`Kind::Usage`] if stdin is not a terminal.
    pub fn steer(control: &TransferControl, target: KeyTarget) -> Result<Keys> {
        if !stdin().is_terminal() {
            let message = "--interactive reads keys, but standard input is not a terminal";
            return Err(Error::new(Kind::Usage, message).into());
        }
        if is_in_foreground() {
            begin().context("cannot set up the terminal")?;
        }
        let control = control.clone();
        let listener = Builder::new().spawn(move || listen(&control, &target));
        listener.context("cannot read keys")?;
        Ok(Keys(()))
    }

    /// Whether somebody can press keys, and see what they do.
    pub fn are_usable() -> bool {
        stdin().is_terminal() && stderr().is_terminal()
    }
}

impl Drop for Keys {
    fn drop(&mut self) {
        restore_terminal();
    }
}

/// Saves the terminal's modes, unless that was done before, and makes it deliver single keys.
fn begin() -> rustix::io::Result<()> {
    if let Ok(mut modes) = MODES.lock()
        && modes.is_none()
    {
        let original = tcgetattr(stdin())?;
        let mut single_keys = original.clone();
        single_keys.local_modes &= !(LocalModes::ICANON | LocalModes::ECHO);
        single_keys.special_codes[SpecialCodeIndex::VMIN] = 1;
        single_keys.special_codes[SpecialCodeIndex::VTIME] = 0;
        *modes = Some(TerminalModes {
            original,
            single_keys,
        });
    }
    set_single_keys();
    Ok(())
}

/// Makes the terminal deliver single keys (again), if keys are read.
pub fn set_single_keys() {
    set_modes(|modes| &modes.single_keys);
}

/// Restores the terminal's modes, if keys are read.
pub fn restore_terminal() {
    set_modes(|modes| &modes.original);
}

/// Does nothing in the background: the terminal belongs to another job, and the kernel would stop this process.
fn set_modes(which: impl Fn(&TerminalModes) -> &Termios) {
    if let Ok(modes) = MODES.lock()
        && let Some(modes) = &*modes
        && is_in_foreground()
    {
        let _ = tcsetattr(stdin(), OptionalActions::Now, which(modes));
    }
}

/// Whether this process may use its terminal. There is no foreground job on one that controls another session.
fn is_in_foreground() -> bool {
    tcgetpgrp(stdin()).map_or(true, |group| group == getpgrp())
}

fn listen(control: &TransferControl, target: &KeyTarget) {
    let mut decoder = KeyDecoder::default();
    let mut buffer = [0; READ_BYTES];
    let mut had_terminal = is_in_foreground();
    loop {
        if !is_in_foreground() {
            // What is typed now is not for this process. Reading it would stop the process.
            had_terminal = false;
            std::thread::sleep(BACKGROUND_INTERVAL);
            continue;
        }
        if !std::mem::replace(&mut had_terminal, true) && begin().is_err() {
            return;
        }
        let input = stdin();
        let mut ready = [PollFd::new(&input, PollFlags::IN)];
        if poll(&mut ready, None).is_err() || !is_in_foreground() {
            continue;
        }
        match rustix::io::read(stdin(), &mut buffer[..]) {
            Ok(0) => return,
            Ok(count) => {
                let keys = buffer[..count].iter().filter_map(|byte| decoder.key(*byte));
                let actions = target.actions(keys);
                actions
                    .iter()
                    .for_each(|action| target.act(*action, control));
            }
            Err(rustix::io::Errno::INTR | rustix::io::Errno::AGAIN) => {}
            Err(_) => return,
        }
    }
}

/// A key that was pressed.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Key {
    Char(u8),
    Left,
    Right,
}

/// What keys do.
#[derive(Clone, Copy, Debug, PartialEq)]
enum KeyAction {
    Toggle,
    Quit,
    Seek { seconds: f64 },
    Skip { files: i64 },
    Volume { db: i32 },
    Legend,
}

impl KeyTarget {
    fn action(&self, key: Key) -> Option<KeyAction> {
        Some(match (key, self) {
            (Key::Char(b' ' | b'\n' | b'\r'), _) => KeyAction::Toggle,
            (Key::Char(b'q'), _) => KeyAction::Quit,
            (_, KeyTarget::Transfer) => return None,
            (Key::Left, _) => KeyAction::Seek { seconds: -SEEK },
            (Key::Right, _) => KeyAction::Seek { seconds: SEEK },
            (Key::Char(b'n'), _) => KeyAction::Skip { files: 1 },
            (Key::Char(b'p'), _) => KeyAction::Skip { files: -1 },
            (Key::Char(b'+' | b'='), _) => KeyAction::Volume { db: VOLUME_STEP },
            (Key::Char(b'-'), _) => KeyAction::Volume { db: -VOLUME_STEP },
            (Key::Char(b'?'), _) => KeyAction::Legend,
            (Key::Char(_), _) => return None,
        })
    }

    /// What keys that were read at once do. Jumps in a row are one: the first of two must not be heard before the second,
    /// whichever thread runs first.
    fn actions(&self, keys: impl Iterator<Item = Key>) -> Vec<KeyAction> {
        let mut actions = Vec::new();
        for action in keys.filter_map(|key| self.action(key)) {
            match (actions.last_mut(), action) {
                (Some(KeyAction::Seek { seconds: sum }), KeyAction::Seek { seconds }) => {
                    *sum += seconds
                }
                (Some(KeyAction::Skip { files: sum }), KeyAction::Skip { files }) => *sum += files,
                _ => actions.push(action),
            }
        }
        actions
    }

    fn act(&self, action: KeyAction, control: &TransferControl) {
        match action {
            KeyAction::Toggle => control.toggle(),
            KeyAction::Quit => control.stop(EndReason::Quit),
            KeyAction::Seek { seconds } => control.seek(seconds),
            KeyAction::Skip { files } => control.skip_files(files),
            KeyAction::Volume { db } => control.change_volume(db),
            KeyAction::Legend => self.turn_legend(),
        }
    }

    fn turn_legend(&self) {
        if let KeyTarget::Playback(legend) = self {
            legend.fetch_xor(true, Ordering::SeqCst);
        }
    }
}

/// Recognizes arrow keys, which terminals send as a sequence of bytes: `ESC [ C` or `ESC O C`, with parameters before
/// the last byte if a modifier is held.
#[derive(Default)]
struct KeyDecoder(Sequence);

#[derive(Default, PartialEq)]
enum Sequence {
    #[default]
    None,
    Escape,
    Parameters,
}

impl KeyDecoder {
    /// The key that this byte completes.
    fn key(&mut self, byte: u8) -> Option<Key> {
        let (next, key) = match (&self.0, byte) {
            (_, 0x1b) => (Sequence::Escape, None),
            (Sequence::None, byte) => (Sequence::None, Some(Key::Char(byte))),
            (Sequence::Escape, b'[' | b'O') => (Sequence::Parameters, None),
            // A character with Alt held.
            (Sequence::Escape, _) => (Sequence::None, None),
            (Sequence::Parameters, b'C') => (Sequence::None, Some(Key::Right)),
            (Sequence::Parameters, b'D') => (Sequence::None, Some(Key::Left)),
            (Sequence::Parameters, b'@'..=b'~') => (Sequence::None, None),
            (Sequence::Parameters, _) => (Sequence::Parameters, None),
        };
        self.0 = next;
        key
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jumps_of_keys_that_are_read_at_once_are_added_up() {
        let target = KeyTarget::Playback(Arc::default());
        let keys = |bytes: &[u8]| {
            let mut decoder = KeyDecoder::default();
            target.actions(bytes.iter().filter_map(|byte| decoder.key(*byte)))
        };
        let seek = |seconds| KeyAction::Seek { seconds };
        let skip = |files| KeyAction::Skip { files };
        assert_eq!(keys(b"\x1b[C\x1b[C"), [seek(10.0)]);
        assert_eq!(keys(b"\x1b[C\x1b[D"), [seek(0.0)]);
        assert_eq!(keys(b"nnp\x1b[C\x1b[Cn"), [skip(1), seek(10.0), skip(1)]);
        // The volume ends at its limits between keys.
        let volume = |db| KeyAction::Volume { db };
        assert_eq!(keys(b"++-"), [volume(2), volume(2), volume(-2)]);
        assert_eq!(keys(b"  x"), [KeyAction::Toggle, KeyAction::Toggle]);
        let recording = KeyTarget::Transfer.actions([Key::Right, Key::Char(b'q')].into_iter());
        assert_eq!(recording, [KeyAction::Quit]);
    }

    #[test]
    fn arrow_keys_are_sequences_of_bytes() {
        let keys = |bytes: &[u8]| {
            let mut decoder = KeyDecoder::default();
            let keys: Vec<_> = bytes.iter().filter_map(|byte| decoder.key(*byte)).collect();
            keys
        };
        assert_eq!(keys(b"\x1b[C\x1b[D"), [Key::Right, Key::Left]);
        assert_eq!(keys(b"\x1bOC\x1bOD"), [Key::Right, Key::Left]);
        assert_eq!(keys(b"\x1b[1;5C"), [Key::Right]);
        assert_eq!(keys(b"\x1b[A\x1b[15~q"), [Key::Char(b'q')]);
        assert_eq!(keys(b"\x1bq"), []);
        assert_eq!(keys(b" +"), [Key::Char(b' '), Key::Char(b'+')]);
        assert_eq!(keys(b"\x1b\x1b[C"), [Key::Right]);
    }
}
