//! A descriptor that one thread signals to end another thread's wait. It can be polled together with a PCM.

use super::errno::errno_text;
use super::error::{Error, Kind, Result};
use rustix::event::{EventfdFlags, eventfd};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

/// An `eventfd`, non-blocking and closed on `exec`.
#[derive(Debug)]
pub(crate) struct EventFd(OwnedFd);

impl EventFd {
    /// # Errors
    /// [`Kind::Internal`] if the process has no descriptors left.
    pub(crate) fn new() -> Result<EventFd> {
        let flags = EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK;
        eventfd(0, flags).map(EventFd).map_err(|errno| {
            let why = errno_text(errno.raw_os_error());
            let message = format!("cannot create an event descriptor: {why}");
            Error::new(Kind::Internal, message)
        })
    }

    /// Makes the descriptor readable until [`EventFd::clear`].
    pub(crate) fn notify(&self) {
        let _ = rustix::io::write(&self.0, &1u64.to_ne_bytes());
    }

    /// Makes the descriptor unreadable until the next [`EventFd::notify`].
    pub(crate) fn clear(&self) {
        let _ = rustix::io::read(&self.0, &mut [0; 8]);
    }
}

impl AsFd for EventFd {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}
