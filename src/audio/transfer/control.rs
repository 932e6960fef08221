//! Controls a running transfer from any thread: stop, pause and resume; position and volume.

use super::event::{EndReason, Event, RefusedChange};
use super::jump::Jump;
use super::message_queue::MessageSender;
use crate::audio::error::Result;
use crate::audio::event_fd::EventFd;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU8, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::Thread;
use std::time::Duration;

/// What a transfer should do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransferCommand {
    /// Move frames.
    Run,
    /// Pause.
    Pause,
    /// End, for this reason.
    Stop(EndReason),
}

const COMMANDS: [TransferCommand; 8] = [
    TransferCommand::Run,
    TransferCommand::Pause,
    TransferCommand::Stop(EndReason::Quit),
    TransferCommand::Stop(EndReason::Interrupt),
    TransferCommand::Stop(EndReason::Terminate),
    TransferCommand::Stop(EndReason::Hangup),
    TransferCommand::Stop(EndReason::StdoutClosed),
    TransferCommand::Stop(EndReason::Error),
];

/// The lowest volume, in dB.
const MIN_VOLUME_DB: i32 = -60;

/// Controls one transfer. Clones control the same one.
#[derive(Clone)]
pub struct TransferControl(Arc<Shared>);

struct Shared {
    /// An index of `COMMANDS`.
    command: AtomicU8,
    /// Ends the device thread's wait.
    wake: EventFd,
    /// The device thread waits for the file thread.
    waits_for_file: AtomicBool,
    next_file: AtomicBool,
    /// A change of the position that is not done yet.
    jump: Mutex<Option<Jump>>,
    can_seek: AtomicBool,
    /// The volume of a playback in dB; 0 leaves the samples unchanged.
    volume_db: AtomicI32,
    has_volume: AtomicBool,
    /// The thread that changes the position.
    reader: Mutex<Option<Thread>>,
    started: AtomicBool,
    paused: Mutex<bool>,
    paused_changed: Condvar,
    /// Wakes the calling thread.
    messages: Mutex<Option<MessageSender>>,
}

impl TransferControl {
    /// A control that is not yet attached to a transfer.
    ///
    /// # Errors
    /// [`Kind::Internal`](crate::audio::error::Kind::Internal) if the process has no descriptors left.
    pub fn new() -> Result<TransferControl> {
        Ok(TransferControl(Arc::new(Shared {
            command: AtomicU8::new(0),
            wake: EventFd::new()?,
            waits_for_file: AtomicBool::new(false),
            next_file: AtomicBool::new(false),
            jump: Mutex::new(None),
            can_seek: AtomicBool::new(false),
            volume_db: AtomicI32::new(0),
            has_volume: AtomicBool::new(false),
            reader: Mutex::new(None),
            started: AtomicBool::new(false),
            paused: Mutex::new(false),
            paused_changed: Condvar::new(),
            messages: Mutex::new(None),
        })))
    }

    /// Ends the transfer. Only the first reason counts.
    pub fn stop(&self, why: EndReason) {
        self.command_unless_stopped(TransferCommand::Stop(why));
    }

    /// Wakes the calling thread to look at a command.
    fn notify_caller(&self) {
        if let Ok(messages) = self.0.messages.lock()
            && let Some(sender) = &*messages
        {
            sender.notify();
        }
    }

    /// Lets a device loop that was stopped run again.
    pub(super) fn restart(&self) {
        self.0.command.store(0, Ordering::SeqCst);
    }

    /// Pauses the transfer.
    pub fn pause(&self) {
        self.command_unless_stopped(TransferCommand::Pause);
    }

    /// Continues the transfer.
    pub fn resume(&self) {
        self.command_unless_stopped(TransferCommand::Run);
    }

    /// Pauses or continues the transfer.
    pub fn toggle(&self) {
        match self.command() {
            TransferCommand::Pause => self.resume(),
            _ => self.pause(),
        }
    }

    /// Continues a recording in a new file.
    pub fn next_file(&self) {
        self.0.next_file.store(true, Ordering::SeqCst);
        self.wake();
    }

    /// Whether a new file was requested since the last call.
    pub(super) fn take_next_file(&self) -> bool {
        self.0.next_file.swap(false, Ordering::SeqCst)
    }

    /// Moves the position of a playback by `seconds` in the file that is heard. Refused, as an event says, if that cannot
    /// be read from any position.
    pub fn seek(&self, seconds: f64) {
        match self.0.can_seek.load(Ordering::SeqCst) {
            true => self.jump(seconds, 0),
            false => self.report(Event::Refused(RefusedChange::Unseekable)),
        }
    }

    /// Moves the position of a playback by `files` files, to the start of one.
    pub fn skip_files(&self, files: i64) {
        self.jump(0.0, files);
    }

    fn jump(&self, seconds: f64, files: i64) {
        let mut jump = self.0.jump.lock().unwrap_or_else(PoisonError::into_inner);
        let sum = jump.get_or_insert_default();
        (sum.seconds, sum.files) = (sum.seconds + seconds, sum.files + files);
        drop(jump);
        if let Ok(reader) = self.0.reader.lock()
            && let Some(reader) = &*reader
        {
            reader.unpark();
        }
        self.notify_caller();
    }

    /// The change of the position since the last call.
    pub(super) fn take_jump(&self) -> Option<Jump> {
        let mut jump = self.0.jump.lock().unwrap_or_else(PoisonError::into_inner);
        jump.take()
    }

    /// Sets the thread that changes the position.
    pub(super) fn set_reader(&self, reader: Thread) {
        if let Ok(mut current) = self.0.reader.lock() {
            *current = Some(reader);
        }
    }

    /// Records whether the file that is heard can be read from any position.
    pub(super) fn set_can_seek(&self, can_seek: bool) {
        self.0.can_seek.store(can_seek, Ordering::SeqCst);
    }

    /// Changes the volume of a playback by `db` decibels, between -60 and 0. Refused, as an event says, if its samples
    /// cannot be scaled.
    pub fn change_volume(&self, db: i32) {
        if !self.0.has_volume.load(Ordering::SeqCst) {
            return self.report(Event::Refused(RefusedChange::FixedVolume));
        }
        let volume = (self.volume_db() + db).clamp(MIN_VOLUME_DB, 0);
        self.0.volume_db.store(volume, Ordering::SeqCst);
        self.wake();
        self.report(Event::Volume {
            gain_db: f64::from(volume),
        });
    }

    /// The volume of a playback in dB.
    pub(super) fn volume_db(&self) -> i32 {
        self.0.volume_db.load(Ordering::SeqCst)
    }

    /// Sets the volume of one device loop of several.
    pub(super) fn set_volume_db(&self, db: i32) {
        if self.0.volume_db.swap(db, Ordering::SeqCst) != db {
            self.wake();
        }
    }

    /// Whether the samples that are played can be scaled.
    pub(super) fn has_volume(&self) -> bool {
        self.0.has_volume.load(Ordering::SeqCst)
    }

    /// Records whether the samples that are played can be scaled.
    pub(super) fn set_has_volume(&self, has_volume: bool) {
        self.0.has_volume.store(has_volume, Ordering::SeqCst);
    }

    /// Sends an event to the calling thread. Not for device threads: it locks.
    pub(super) fn report(&self, event: Event) {
        if let Ok(messages) = self.0.messages.lock()
            && let Some(sender) = &*messages
        {
            sender.report(event);
        }
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
        self.notify_caller();
    }

    /// The current command.
    pub fn command(&self) -> TransferCommand {
        COMMANDS[usize::from(self.0.command.load(Ordering::SeqCst))]
    }

    /// Waits until the device is paused, at most for `timeout`; returns whether it is.
    pub fn wait_until_paused(&self, timeout: Duration) -> bool {
        let Ok(paused) = self.0.paused.lock() else {
            return false;
        };
        match self
            .0
            .paused_changed
            .wait_timeout_while(paused, timeout, |paused| !*paused)
        {
            Ok((paused, _)) => *paused,
            Err(_) => false,
        }
    }

    /// Records that a device is open.
    pub(super) fn set_started(&self) {
        self.0.started.store(true, Ordering::SeqCst);
    }

    /// Whether a device has been opened.
    pub fn has_started(&self) -> bool {
        self.0.started.load(Ordering::SeqCst)
    }

    /// Records whether the device is paused.
    pub(super) fn set_paused(&self, paused: bool) {
        if let Ok(mut state) = self.0.paused.lock() {
            *state = paused;
            self.0.paused_changed.notify_all();
        }
    }

    /// Sets the queue that [`TransferControl::stop`] wakes.
    pub(super) fn attach(&self, sender: Option<MessageSender>) {
        if let Ok(mut messages) = self.0.messages.lock() {
            *messages = sender;
        }
    }

    /// A descriptor that becomes readable on every command, and when the file thread has done what the device thread
    /// waits for.
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

    /// Records, on the device thread, that it is about to wait for the file thread: for frames to play, or for room.
    pub(super) fn wait_for_file(&self) {
        self.0.waits_for_file.store(true, Ordering::SeqCst);
    }

    /// Wakes the device thread if it waits for the file thread.
    pub(super) fn file_moved(&self) {
        if self.0.waits_for_file.swap(false, Ordering::SeqCst) {
            self.wake();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_first_reason_to_stop_counts() {
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
