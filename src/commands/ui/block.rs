//! A block of lines at the bottom of a terminal that is redrawn in place.
//!
//! Between redraws the cursor is at the start of the block's first line: whatever a resized terminal does to the lines
//! below it, they can be erased from there.

use super::terminal::{TerminalSize, is_dumb_terminal};
use rustix::process::getpgrp;
use rustix::termios::tcgetpgrp;
use std::cell::RefCell;
use std::io::{self, IsTerminal, Write};
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Erases everything from the cursor on.
const ERASE: &str = "\r\x1b[J";

/// Whether there is a block on the terminal; locked while one is written. Global because the thread that handles signals
/// erases it.
static IS_DRAWN: Mutex<bool> = Mutex::new(false);

/// How long the thread that handles signals waits for a block to be written. A terminal may take none.
const MAX_WRITE_WAIT: Duration = Duration::from_millis(50);

/// The size assumed for a terminal that does not report one.
const DEFAULT_SIZE: TerminalSize = TerminalSize {
    columns: 80,
    rows: 24,
};

/// The block.
#[derive(Default)]
pub struct Block {
    /// What is on the terminal, and its size then.
    drawn: RefCell<Option<(Vec<String>, TerminalSize)>>,
}

impl Block {
    /// A block, if stderr is a terminal that can be drawn on.
    pub fn open() -> Option<Block> {
        (io::stderr().is_terminal() && !is_dumb_terminal()).then(Block::default)
    }

    /// The size of the terminal.
    pub fn size(&self) -> TerminalSize {
        TerminalSize::of(io::stderr()).unwrap_or(DEFAULT_SIZE)
    }

    /// Replaces the block. Each line must be narrower than the terminal; lines for which it has no room are left out.
    /// Does nothing in the background, where the terminal belongs to another job.
    pub fn draw(&self, lines: Vec<String>) {
        let mut is_drawn = IS_DRAWN.lock().unwrap_or_else(PoisonError::into_inner);
        let mut drawn = self.drawn.borrow_mut();
        if is_in_background() {
            *drawn = None;
            return;
        }
        let size = self.size();
        let lines: Vec<String> = lines
            .into_iter()
            .take(size.rows.saturating_sub(1))
            .collect();
        let same = drawn
            .as_ref()
            .filter(|(old, at)| *is_drawn && *at == size && old.len() == lines.len());
        let text = match same {
            Some((old, _)) => changed(old, &lines),
            None => format!("{ERASE}{}", whole(&lines)),
        };
        *is_drawn = !lines.is_empty();
        let _ = io::stderr().write_all(text.as_bytes());
        *drawn = Some((lines, size));
    }

    /// Runs `print` while the block is out of the way.
    pub fn suspend(&self, print: impl FnOnce()) {
        let lines = self.drawn.borrow_mut().take().map(|(lines, _)| lines);
        drop(erase());
        print();
        if let Some(lines) = lines {
            self.draw(lines);
        }
    }

    /// Removes the block.
    pub fn close(&self) {
        self.drawn.borrow_mut().take();
        drop(erase());
    }
}

/// Removes the block, if there is one. Nothing is drawn while the result lives. `None` if the terminal takes nothing.
pub fn erase() -> Option<MutexGuard<'static, bool>> {
    let since = Instant::now();
    let mut is_drawn = loop {
        match IS_DRAWN.try_lock() {
            Ok(is_drawn) => break is_drawn,
            Err(TryLockError::Poisoned(error)) => break error.into_inner(),
            Err(TryLockError::WouldBlock) if since.elapsed() > MAX_WRITE_WAIT => return None,
            Err(TryLockError::WouldBlock) => sleep(Duration::from_millis(5)),
        }
    };
    if std::mem::take(&mut *is_drawn) && !is_in_background() {
        let _ = rustix::io::write(io::stderr(), ERASE.as_bytes());
    }
    Some(is_drawn)
}

/// Whether another job has the terminal. There is no foreground job on a terminal that controls another session.
fn is_in_background() -> bool {
    tcgetpgrp(io::stderr()).is_ok_and(|group| group != getpgrp())
}

/// The lines, and back to the first one.
fn whole(lines: &[String]) -> String {
    lines.join("\r\n") + &back(lines.len())
}

/// The lines that differ from those that are there, and back to the first one.
fn changed(old: &[String], new: &[String]) -> String {
    let lines: Vec<String> = (old.iter().zip(new))
        .map(|(old, new)| match old == new {
            true => String::new(),
            false => format!("{new}\x1b[K"),
        })
        .collect();
    lines.join("\r\n") + &back(new.len())
}

/// From the last of `lines` lines to the start of the first one.
fn back(lines: usize) -> String {
    match lines {
        0 | 1 => "\r".to_owned(),
        lines => format!("\r\x1b[{}A", lines - 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_lines_that_changed_are_written() {
        let lines = |lines: &[&str]| {
            lines
                .iter()
                .map(|line| (*line).to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(whole(&lines(&["a", "b"])), "a\r\nb\r\x1b[1A");
        assert_eq!(
            changed(&lines(&["a", "b", "c"]), &lines(&["a", "x", "c"])),
            "\r\nx\x1b[K\r\n\r\x1b[2A"
        );
        assert_eq!(changed(&lines(&["a"]), &lines(&["b"])), "b\x1b[K\r");
    }
}
