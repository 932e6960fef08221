//! Closing a file with a result.

use std::fs::File;
use std::io;
use std::os::fd::IntoRawFd;

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
