//! A file that holds the process ID for as long as the command runs.

use aloud::audio::error::{Error, Kind, Result};
use aloud::audio::file::open_by_name;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// No file with a process ID is longer, in bytes.
const MAX_SIZE: u64 = 32;

/// Removed when dropped, unless it holds something else by then. `None` if it was already open.
pub struct PidFile(Option<PathBuf>);

impl PidFile {
    /// Writes this process's ID to `path`. A file that holds something other than a process ID is kept, and is an error.
    pub fn write(path: &Path) -> Result<PidFile> {
        let name = path.to_string_lossy();
        PidFile::create(path, 0o666, 0).map_err(|error| {
            if error.kind() == io::ErrorKind::AlreadyExists {
                let message =
                    format!("cannot write '{name}': it exists, and does not hold a process ID");
                return Error::new(Kind::Io, message).with_file(&name);
            }
            Error::file("write", &name, &error)
        })
    }

    /// Writes this process's ID with at least `width` characters. A new file gets `mode`. One that the shell has opened
    /// (`/dev/fd/3`) gets the line at its position.
    ///
    /// # Errors
    /// `AlreadyExists` for a file that holds something other than a process ID.
    pub fn create(path: &Path, mode: u32, width: usize) -> io::Result<PidFile> {
        let line = format!("{:width$}\n", std::process::id());
        if let Some(open) = open_by_name(path) {
            open?.write_all(line.as_bytes())?;
            return Ok(PidFile(None));
        }
        if holds_something_else(path) {
            return Err(io::Error::from_raw_os_error(libc::EEXIST));
        }
        let mut options = OpenOptions::new();
        let options = options.write(true).create(true).truncate(true).mode(mode);
        let mut file = options.open(path)?;
        let written = file.write_all(line.as_bytes());
        if written.is_err() && file.metadata().is_ok_and(|found| found.is_file()) {
            let _ = fs::remove_file(path);
        }
        written.map(|()| PidFile(Some(path.to_owned())))
    }
}

impl Drop for PidFile {
    fn drop(&mut self) {
        // Never a device, such as /dev/null.
        if let Some(path) = &self.0
            && process_id(path) == Some(std::process::id())
        {
            let _ = fs::remove_file(path);
        }
    }
}

/// Whether this is a regular file with something other than a process ID or spaces.
pub fn holds_something_else(path: &Path) -> bool {
    match fs::metadata(path) {
        Ok(found) if found.is_file() => {
            !short_text(path).is_some_and(|text| text.is_empty() || text.parse::<u32>().is_ok())
        }
        _ => false,
    }
}

/// The process ID in a file.
pub fn process_id(path: &Path) -> Option<u32> {
    short_text(path)?.parse().ok()
}

/// The text of a regular file that is no longer than one with a process ID, without spaces around it.
fn short_text(path: &Path) -> Option<String> {
    let found = fs::metadata(path).ok()?;
    if !found.is_file() || found.len() > MAX_SIZE {
        return None;
    }
    Some(fs::read_to_string(path).ok()?.trim().to_owned())
}
