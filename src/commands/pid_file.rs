//! A file that holds the process ID for as long as the command runs.

use aloud::audio::error::{Error, Kind, Result};
use std::fs;
use std::path::{Path, PathBuf};

/// Removed when dropped, unless another process has replaced it.
pub struct PidFile(PathBuf);

impl PidFile {
    /// Writes this process's ID to `path`. A file that holds something else than a process ID is kept, and is an error.
    pub fn write(path: &Path) -> Result<PidFile> {
        let name = path.to_string_lossy();
        if path.is_file()
            && fs::metadata(path).is_ok_and(|file| file.len() > 0)
            && id(path).is_none()
        {
            let message =
                format!("cannot write '{name}': it exists, and does not hold a process ID");
            return Err(Error::new(Kind::Io, message).with_file(&name));
        }
        fs::write(path, format!("{}\n", std::process::id()))
            .map_err(|error| Error::file("write", &name, &error))?;
        Ok(PidFile(path.to_owned()))
    }
}

impl Drop for PidFile {
    fn drop(&mut self) {
        // Never a device, such as /dev/null.
        if self.0.is_file() && id(&self.0) == Some(std::process::id()) {
            let _ = fs::remove_file(&self.0);
        }
    }
}

/// The process ID in a file.
fn id(path: &Path) -> Option<u32> {
    fs::read_to_string(path).ok()?.trim().parse().ok()
}
