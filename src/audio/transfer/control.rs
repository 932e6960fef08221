//! The reins of a running transfer: stop, pause and go on, from any thread.

use super::Message;
use super::event::EndReason;
use crate::audio::error::Result;
use crate::audio::event_fd::EventFd;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::mpsc::SyncSender;
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

/// What is wanted of a transfer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransferCommand {
    /// Move frames.
    Run,
    /// Stand still.
    Pause,
    /// End, for this reason.
    Stop(EndReason),
}

const COMMANDS: [TransferCommand; 7] = [
    TransferCommand::Run,
    TransferCommand::Pause,
    TransferCommand::Stop(EndReason::Quit),
    TransferCommand::Stop(EndReason::Interrupt),
    TransferCommand::Stop(EndReason::Terminate),
    TransferCommand::Stop(EndReason::Hangup),
    TransferCommand::Stop(EndReason::Error),
];

/// Steers one transfer. Clones steer the same one.
#[derive(Clone)]
pub struct TransferControl(Arc<Shared>);

struct Shared {
    command: AtomicU8,
    /// Wakes the device thread out of its poll.
    wake: EventFd,
    /// Set by the device thread before it waits for more to play.
    hungry: AtomicBool,
    /// A new file is wanted.
    next_file: AtomicBool,
    /// Whether the device stands still, for those that wait for it.
    paused: Mutex<bool>,
    changed: Condvar,
    /// Wakes the thread that runs the transfer.
    messages: Mutex<Option<SyncSender<Message>>>,
}

impl TransferControl {
    /// New reins, not yet of any transfer.
    ///
    /// # Errors
    /// [`Kind::Internal`] where the process has no descriptor left.
    pub fn new() -> Result<TransferControl> {
        Ok(TransferControl(Arc::new(Shared {
            command: AtomicU8::new(0),
            wake: EventFd::new()?,
            hungry: AtomicBool::new(false),
            next_file: AtomicBool::new(false),
            paused: Mutex::new(false),
            changed: Condvar::new(),
            messages: Mutex::new(None),
        })))
    }

    /// Ends the transfer. The first reason stands.
    pub fn stop(&self, why: EndReason) {
        self.command_unless_stopped(TransferCommand::Stop(why));
        if let Ok(messages) = self.0.messages.lock()
            && let Some(sender) = &*messages
        {
            // A full channel is being read, and whoever reads it looks at the command too.
            let _ = sender.try_send(Message::Commanded);
        }
    }

    /// Pauses it.
    pub fn pause(&self) {
        self.command_unless_stopped(TransferCommand::Pause);
    }

    /// Goes on.
    pub fn resume(&self) {
        self.command_unless_stopped(TransferCommand::Run);
    }

    /// Pauses or goes on.
    pub fn toggle(&self) {
        match self.command() {
            TransferCommand::Pause => self.resume(),
            _ => self.pause(),
        }
    }

    /// Has a recording go on in a new file.
    pub fn next_file(&self) {
        self.0.next_file.store(true, Ordering::SeqCst);
        self.wake();
    }

    pub(super) fn take_next_file(&self) -> bool {
        self.0.next_file.swap(false, Ordering::SeqCst)
    }

    fn command_unless_stopped(&self, command: TransferCommand) {
        let index = COMMANDS
            .iter()
            .position(|known| *known == command)
            .unwrap_or(COMMANDS.len() - 1) as u8;
        let stopped = |current| matches!(COMMANDS[usize::from(current)], TransferCommand::Stop(_));
        let _ = self
            .0
            .command
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |current| {
                (!stopped(current)).then_some(index)
            });
        self.wake();
    }

    /// What is wanted now.
    pub fn command(&self) -> TransferCommand {
        COMMANDS[usize::from(self.0.command.load(Ordering::SeqCst))]
    }

    /// Waits until the device stands still, at most `longest`; tells whether it does.
    pub fn wait_until_paused(&self, longest: Duration) -> bool {
        let Ok(paused) = self.0.paused.lock() else {
            return false;
        };
        match self
            .0
            .changed
            .wait_timeout_while(paused, longest, |paused| !*paused)
        {
            Ok((paused, _)) => *paused,
            Err(_) => false,
        }
    }

    pub(super) fn tell_paused(&self, paused: bool) {
        if let Ok(mut state) = self.0.paused.lock() {
            *state = paused;
            self.0.changed.notify_all();
        }
    }

    pub(super) fn attach(&self, sender: Option<SyncSender<Message>>) {
        if let Ok(mut messages) = self.0.messages.lock() {
            *messages = sender;
        }
    }

    /// The descriptor that becomes readable at every command, and when a hungry device is fed.
    pub(super) fn descriptor(&self) -> BorrowedFd<'_> {
        self.0.wake.as_fd()
    }

    /// Ends the device thread's wait.
    pub(super) fn wake(&self) {
        self.0.wake.notify();
    }

    /// Makes the descriptor unreadable until the next wake.
    pub(super) fn clear(&self) {
        self.0.wake.clear();
    }

    /// Says that the device waits for more to play.
    pub(super) fn hunger(&self) {
        self.0.hungry.store(true, Ordering::SeqCst);
    }

    /// Says that there is more to play: wakes the device if it waits for it.
    pub(super) fn fed(&self) {
        if self.0.hungry.swap(false, Ordering::SeqCst) {
            self.wake();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_reason_to_stop_stands() {
        let control = TransferControl::new().unwrap();
        control.toggle();
        assert_eq!(control.command(), TransferCommand::Pause);
        control.toggle();
        assert_eq!(control.command(), TransferCommand::Run);
        control.stop(EndReason::Terminate);
        control.stop(EndReason::Interrupt);
        control.pause();
        assert_eq!(
            control.command(),
            TransferCommand::Stop(EndReason::Terminate)
        );
    }
}
