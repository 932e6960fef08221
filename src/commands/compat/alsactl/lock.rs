//! The lock that keeps programs from writing a state file at the same time.

use super::options::{AlsactlOptions, failed};
use crate::commands::compat::stop::Result;
use crate::commands::pid_file::holds_something_else;
use aloud::audio::errno::errno_text;
use rustix::fs::{FlockOperation, fcntl_lock};
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::thread::sleep;
use std::time::Duration;

/// alsactl waits this long for another program to finish.
const TRIES: u32 = 100;
const INTERVAL: Duration = Duration::from_millis(100);

/// The width of the line with the process ID in the lock file.
const WIDTH: usize = 10;

/// A locked file. Dropping it unlocks it.
pub(super) struct StateLock(Option<File>);

impl StateLock {
    /// Locks the state file, if the options ask for that.
    pub(super) fn take(options: &AlsactlOptions) -> Result<StateLock> {
        let Some(path) = options.lock_file() else {
            return Ok(StateLock(None));
        };
        locked(&path)
            .map(|file| StateLock(Some(file)))
            .map_err(|error| {
                let errno = error.raw_os_error().unwrap_or(libc::EIO);
                let text = format!(
                    "file {} lock error: {}",
                    options.file().display(),
                    errno_text(errno)
                );
                failed("state_lock:167", &text, errno)
            })
    }
}

impl Drop for StateLock {
    fn drop(&mut self) {
        if let Some(file) = &self.0 {
            let _ = file.write_all_at(format!("{:WIDTH$}\n", "").as_bytes(), 0);
        }
    }
}

fn locked(path: &Path) -> io::Result<File> {
    if holds_something_else(path) {
        return Err(io::Error::from_raw_os_error(libc::EEXIST));
    }
    let mut options = OpenOptions::new();
    let file = options
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)?;
    let mut tries = 0;
    while let Err(error) = fcntl_lock(&file, FlockOperation::NonBlockingLockExclusive) {
        tries += 1;
        if tries == TRIES {
            return Err(error.into());
        }
        sleep(INTERVAL);
    }
    let line = format!("{:WIDTH$}\n", std::process::id());
    file.write_all_at(line.as_bytes(), 0)?;
    Ok(file)
}
