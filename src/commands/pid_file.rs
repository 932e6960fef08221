//! A file that holds the process ID for as long as the command runs.

use aloud::audio::error::{Error, Result};
use std::path::{Path, PathBuf};

/// Removed when dropped.
pub struct PidFile(PathBuf);

impl PidFile {
    /// Writes this process's id to `path`.
    pub fn write(path: &Path) -> Result<PidFile> {
        std::fs::write(path, format!("{}\n", std::process::id()))
            .map_err(|error| Error::file("write", &path.to_string_lossy(), &error))?;
        Ok(PidFile(path.to_owned()))
    }
}

impl Drop for PidFile {
    fn drop(&mut self) {
        // It may have been removed already.
        let _ = std::fs::remove_file(&self.0);
    }
}
