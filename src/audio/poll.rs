//! Waiting on file descriptors: `poll` with one treatment of timeouts and signals.

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::time::Duration;

pub(crate) use libc::pollfd;

/// The longest timeout in milliseconds; `poll` takes an `int`.
const MAX_MILLIS: u128 = 1 << 30;

/// An entry for `fd`.
pub(crate) fn entry(fd: BorrowedFd, events: i16) -> pollfd {
    pollfd {
        fd: fd.as_raw_fd(),
        events,
        revents: 0,
    }
}

/// An entry that `poll` ignores, to be overwritten.
pub(crate) const UNUSED: pollfd = pollfd {
    fd: -1,
    events: 0,
    revents: 0,
};

/// Waits until one of `fds` is ready, or until `timeout` is over (`None` waits forever). Returns whether one is ready.
/// A signal ends the wait like a timeout.
///
/// # Errors
/// A positive errno.
pub(crate) fn poll(fds: &mut [pollfd], timeout: Option<Duration>) -> Result<bool, i32> {
    // Rounded up: a caller that waits until a deadline would otherwise poll repeatedly in the last millisecond.
    let millis = timeout.map_or(-1, |time| {
        time.as_nanos().div_ceil(1_000_000).min(MAX_MILLIS) as i32
    });
    match alsa::poll::poll(fds, millis).map_err(|error| error.errno().abs()) {
        Ok(ready) => Ok(ready > 0),
        Err(libc::EINTR) => Ok(false),
        Err(errno) => Err(errno),
    }
}

/// Waits until `file` is ready for `events` (or a signal arrives).
///
/// # Errors
/// Those of `poll`.
pub(crate) fn wait_for(file: impl AsFd, events: i16) -> io::Result<()> {
    poll(&mut [entry(file.as_fd(), events)], None)
        .map(drop)
        .map_err(io::Error::from_raw_os_error)
}
