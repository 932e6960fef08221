//! The whole terminal, for commands that draw on it. It is restored however the command ends.

use crate::commands::advice;
use aloud::audio::error::{Error, Kind, Result};
use aloud::audio::stop_process;
use anyhow::Context;
use ratatui::crossterm::event::{self, Event};
use ratatui::crossterm::execute;
use ratatui::crossterm::style::force_color_output;
use ratatui::crossterm::terminal::{
    EnterAlternateScreen, disable_raw_mode, enable_raw_mode, is_raw_mode_enabled,
};
use ratatui::layout::Rect;
use ratatui::prelude::CrosstermBackend;
use ratatui::{DefaultTerminal, Frame, Terminal, TerminalOptions, Viewport};
use rustix::event::{PollFd, PollFlags, poll};
use std::io::{self, IsTerminal, stdin, stdout};
use std::mem::ManuallyDrop;
use std::time::Duration;

/// What failed if the terminal does not accept its modes.
const CONTEXT: &str = "cannot set up the terminal";

/// The terminal in raw mode, with an empty screen of its own. Dropping it restores the terminal; so does a panic, before
/// it prints its message.
pub struct FullScreen {
    /// Not dropped: ratatui-core 0.1.2 would report a terminal that is gone to that terminal, and panic if that fails.
    terminal: ManuallyDrop<DefaultTerminal>,
}

impl FullScreen {
    /// Checks that there is a terminal that can be drawn on. `command` needs it, and `hint` says what to use without one.
    ///
    /// # Errors
    /// [`Kind::Usage`] if there is none.
    pub fn require(command: &str, hint: &str) -> Result<()> {
        let term = std::env::var("TERM").unwrap_or_default();
        let message = match (stdin().is_terminal(), stdout().is_terminal(), term.as_str()) {
            (false, ..) => format!("{command} needs a terminal, but standard input is not one"),
            (_, false, _) => format!("{command} needs a terminal, but standard output is not one"),
            (.., "") => format!("{command} cannot draw on this terminal: TERM is not set"),
            (.., "dumb") => format!("{command} cannot draw on this terminal: TERM is dumb"),
            _ => return Ok(()),
        };
        Err(Error::new(Kind::Usage, message).with_advice(advice::custom(hint)))
    }

    /// Takes over the terminal. Colors that are drawn appear even if NO_COLOR is set: the caller decides.
    ///
    /// # Errors
    /// If the terminal does not accept its modes.
    pub fn enter() -> anyhow::Result<FullScreen> {
        force_color_output(true);
        let terminal = ratatui::try_init().and_then(with_size);
        let terminal = terminal.inspect_err(|_| restore()).context(CONTEXT)?;
        Ok(FullScreen {
            terminal: ManuallyDrop::new(terminal),
        })
    }

    /// Restores the terminal from another thread than the one that draws, before the process ends.
    pub fn restore_if_taken() {
        if is_raw_mode_enabled().is_ok_and(|is_taken| is_taken) {
            restore();
        }
    }

    /// Draws the screen; only what has changed is sent to the terminal.
    ///
    /// # Errors
    /// If the terminal cannot be written.
    pub fn draw(&mut self, render: impl FnOnce(&mut Frame)) -> anyhow::Result<()> {
        self.terminal.draw(render).context("cannot draw")?;
        Ok(())
    }

    /// Redraws everything at the next [`FullScreen::draw`].
    ///
    /// # Errors
    /// If the terminal cannot be written.
    pub fn clear(&mut self) -> anyhow::Result<()> {
        // `Terminal::clear` would ask the terminal for its cursor, and wait for the answer.
        let area = self.terminal.get_frame().area();
        self.terminal.resize(area).context("cannot draw")
    }

    /// Restores the terminal and stops the process, as Ctrl-Z does. Returns once the process continues.
    ///
    /// # Errors
    /// If the terminal does not accept its modes.
    pub fn suspend(&mut self) -> anyhow::Result<()> {
        restore();
        stop_process();
        self.resume()
    }

    /// Takes over the terminal again, after the process was stopped.
    ///
    /// # Errors
    /// If the terminal does not accept its modes.
    pub fn resume(&mut self) -> anyhow::Result<()> {
        // The shell has changed the modes, which crossterm does not know if SIGSTOP stopped the process.
        let _ = disable_raw_mode();
        enable_raw_mode().context(CONTEXT)?;
        execute!(stdout(), EnterAlternateScreen).context(CONTEXT)?;
        self.terminal.hide_cursor().context(CONTEXT)?;
        self.clear()
    }

    /// The next key or other event, if there is one within the time.
    ///
    /// # Errors
    /// If the terminal cannot be read.
    pub fn event_within(&self, time: Duration) -> anyhow::Result<Option<Event>> {
        let read = || match event::poll(time)? {
            true => event::read().map(Some),
            false => Ok(None),
        };
        read().context("cannot read the terminal")
    }

    /// Whether the terminal is gone: its window was closed.
    pub fn is_hung_up(&self) -> bool {
        let stdin = stdin();
        let mut fds = [PollFd::new(&stdin, PollFlags::IN)];
        let polled = poll(&mut fds, Some(&rustix::time::Timespec::default()));
        let gone = PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL;
        polled.is_ok() && fds[0].revents().intersects(gone)
    }
}

impl Drop for FullScreen {
    fn drop(&mut self) {
        // After a panic, its message follows the restored screen. Restoring twice would move the cursor back to before it.
        if !std::thread::panicking() {
            restore();
        }
    }
}

/// A terminal that does not know its size, as many serial ones, has that of the variables COLUMNS and LINES, or 80x24.
fn with_size(terminal: DefaultTerminal) -> io::Result<DefaultTerminal> {
    let size = terminal.size()?;
    if size.width > 0 && size.height > 0 {
        return Ok(terminal);
    }
    let variable = |name: &str| std::env::var(name).ok()?.parse().ok();
    let width = variable("COLUMNS").unwrap_or(80);
    let height = variable("LINES").unwrap_or(24);
    let viewport = Viewport::Fixed(Rect::new(0, 0, width, height));
    Terminal::with_options(
        CrosstermBackend::new(stdout()),
        TerminalOptions { viewport },
    )
}

/// Restores the terminal's modes, screen and cursor. A terminal that is gone needs none of that.
fn restore() {
    let _: io::Result<()> = ratatui::try_restore();
    let _ = execute!(stdout(), ratatui::crossterm::cursor::Show);
}
