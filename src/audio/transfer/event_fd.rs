//! What one thread rings to end another's wait: a descriptor, so that it can be polled beside a PCM's, and so that
//! waiting for a time is one system call.

use crate::audio::error::{Error, Kind, Result};
use rustix::event::{EventfdFlags, PollFd, PollFlags, Timespec, eventfd, poll};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::Duration;

#[derive(Debug)]
pub(super) struct EventFd(OwnedFd);

impl EventFd {
    /// # Errors
    /// [`Kind::Internal`] where the process has no descriptor left.
    pub(super) fn new() -> Result<EventFd> {
        let flags = EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK;
        let descriptor = eventfd(0, flags);
        descriptor.map(EventFd).map_err(|errno| {
            let message = format!("cannot make an event descriptor: {errno}");
            Error::new(Kind::Internal, message)
        })
    }

    /// Readable from the first ring until [`EventFd::clear`].
    pub(super) fn descriptor(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }

    pub(super) fn ring(&self) {
        let _ = rustix::io::write(&self.0, &1u64.to_ne_bytes());
    }

    pub(super) fn clear(&self) {
        let _ = rustix::io::read(&self.0, &mut [0; 8]);
    }

    /// Waits until it rings, at most `longest`, and clears it.
    pub(super) fn wait(&self, longest: Option<Duration>) {
        let longest = longest.and_then(|time| Timespec::try_from(time).ok());
        let mut polled = [PollFd::new(&self.0, PollFlags::IN)];
        if let Ok(1..) = poll(&mut polled, longest.as_ref()) {
            self.clear();
        }
    }
}
