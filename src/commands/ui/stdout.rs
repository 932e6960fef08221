//! Writing to standard output.

use aloud::audio::standard_streams;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::{Errno, retry_on_intr};
use std::io;

/// Writes to stdout. Unlike `io::stdout`, it does not ignore a closed or read-only stdout, and waits if it does not block.
pub fn write_stdout(mut bytes: &[u8]) -> io::Result<()> {
    let stdout = standard_streams::stdout()?;
    while !bytes.is_empty() {
        match rustix::io::write(stdout, bytes) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => bytes = &bytes[written..],
            Err(Errno::INTR) => {}
            Err(Errno::AGAIN) => {
                retry_on_intr(|| poll(&mut [PollFd::new(&stdout, PollFlags::OUT)], None))?;
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}
