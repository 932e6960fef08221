//! Closing a file with a result, and duplicating a descriptor by its number.

use std::fs::File;
use std::io;
use std::os::fd::{FromRawFd, IntoRawFd, RawFd};

/// Another descriptor of what `descriptor` has open: they share position and flags. The process has inherited it: what was
/// opened since then, such as a device, is closed on exec, and not meant by a number that somebody typed.
///
/// # Errors
/// `EBADF` if it is not open, or not inherited.
pub fn duplicate_inherited(descriptor: RawFd) -> io::Result<File> {
    // SAFETY: the call only reads the flags, and fails if it is not open.
    let flags = unsafe { libc::fcntl(descriptor, libc::F_GETFD) };
    if flags != -1 && flags & libc::FD_CLOEXEC != 0 {
        return Err(io::Error::from_raw_os_error(libc::EBADF));
    }
    // SAFETY: the call only makes a new descriptor, and fails if there is nothing to duplicate.
    let new = unsafe { libc::fcntl(descriptor, libc::F_DUPFD_CLOEXEC, 0) };
    match new {
        -1 => Err(io::Error::last_os_error()),
        // SAFETY: the descriptor is open, and nobody else owns it.
        new => Ok(unsafe { File::from_raw_fd(new) }),
    }
}

/// Closes a file. Dropping it would ignore the error, and some file systems (NFS, those with quotas) report only here
/// that earlier writes have failed.
///
/// # Errors
/// Those of `close`. The file is closed in any case.
pub fn close(file: File) -> io::Result<()> {
    // SAFETY: the descriptor is open, and nobody else owns it.
    let closed = unsafe { libc::close(file.into_raw_fd()) };
    match closed {
        0 => Ok(()),
        _ => match io::Error::last_os_error() {
            // Linux has closed it.
            error if error.kind() == io::ErrorKind::Interrupted => Ok(()),
            error => Err(error),
        },
    }
}
