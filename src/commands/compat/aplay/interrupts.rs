//! Signals: INT, TERM and ABRT end it, USR1 starts the next file of a recording.

use super::options::AplayOptions;
use crate::commands::compat::stop::{Result, Stop};
use crate::commands::pid_file::PidFile;
use crate::commands::signals::not_ignored;
use crate::commands::ui::plain;
use aloud::audio::exit_at_once;
use aloud::audio::pcm::Direction;
use aloud::audio::transfer::{EndReason, TransferCommand, TransferControl};
use rustix::termios::{OptionalActions, Termios, tcsetattr};
use signal_hook::consts::{SIGABRT, SIGHUP, SIGINT, SIGTERM, SIGUSR1};
use signal_hook::iterator::Signals;
use signal_hook::low_level::emulate_default_handler;
use std::fmt::Display;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// A recording has this long to complete its file after a signal.
const GRACE: Duration = Duration::from_secs(2);

/// What is undone at the end, whatever the reason for it.
#[derive(Default)]
pub(super) struct Cleanup {
    pub(super) pid_file: Option<PidFile>,
    pub(super) terminal: Option<Termios>,
}

impl Cleanup {
    pub(super) fn run(&mut self) {
        drop(self.pid_file.take());
        if let Some(before) = self.terminal.take() {
            let _ = tcsetattr(std::io::stdin(), OptionalActions::Now, &before);
        }
    }
}

/// The signals that have come.
pub(super) struct Interrupts {
    pub(super) control: TransferControl,
    pub(super) cleanup: Arc<Mutex<Cleanup>>,
}

impl Interrupts {
    /// Catches the signals, even if they are ignored: a shell ignores INT for what it starts in the background.
    pub(super) fn catch(options: &AplayOptions) -> Result<Interrupts> {
        let failed =
            |error: &dyn Display| Stop::Failed(format!("{}: {error}\n", options.program), 1);
        let mut caught = vec![SIGINT, SIGTERM, SIGABRT, SIGUSR1];
        caught.extend(not_ignored([SIGHUP]));
        let mut signals = Signals::new(caught).map_err(|error| failed(&error))?;
        let interrupts = Interrupts {
            control: TransferControl::new().map_err(|error| failed(&error))?,
            cleanup: Arc::default(),
        };
        let handler = SignalHandler {
            control: interrupts.control.clone(),
            cleanup: interrupts.cleanup.clone(),
            records: options.direction == Direction::Capture,
            quiet: options.quiet,
            ends_line: options.verbose == 2,
        };
        let handle = move || signals.forever().for_each(|signal| handler.handle(signal));
        let thread = std::thread::Builder::new().spawn(handle);
        thread.map(|_| interrupts).map_err(|error| failed(&error))
    }

    /// Whether a signal has ended it.
    pub(super) fn is_stopped(&self) -> bool {
        matches!(self.control.command(), TransferCommand::Stop(_))
    }

    /// Ends the process by HUP if that has ended it.
    pub(super) fn end_by_signal(&self) {
        if self.control.command() == TransferCommand::Stop(EndReason::Hangup) {
            let _ = emulate_default_handler(SIGHUP);
        }
    }
}

/// What the thread of the signals has.
struct SignalHandler {
    control: TransferControl,
    cleanup: Arc<Mutex<Cleanup>>,
    records: bool,
    quiet: bool,
    /// Whether a meter is shown, which a line feed ends.
    ends_line: bool,
}

impl SignalHandler {
    fn handle(&self, signal: i32) {
        if signal == SIGUSR1 {
            return self.control.next_file();
        }
        self.report(signal);
        if self.records {
            self.control.stop(match signal {
                SIGINT => EndReason::Interrupt,
                SIGHUP => EndReason::Hangup,
                _ => EndReason::Terminate,
            });
            std::thread::sleep(GRACE);
        }
        let mut cleanup = self.cleanup.lock().unwrap_or_else(PoisonError::into_inner);
        cleanup.run();
        if signal == SIGHUP {
            let _ = emulate_default_handler(SIGHUP);
        }
        let plays = !self.records && signal != SIGABRT;
        if plays && self.ends_line {
            let _ = plain::print("\n");
        }
        exit_at_once(u8::from(!plays));
    }

    fn report(&self, signal: i32) {
        let name = match signal {
            SIGINT => "Interrupt",
            SIGTERM => "Terminated",
            SIGABRT => "Aborted",
            _ => return,
        };
        if self.ends_line {
            let _ = plain::print("\n");
        }
        if !self.quiet {
            plain::print_error(&format!("Aborted by signal {name}...\n"));
        }
    }
}
