//! The bytes of a file or a pipe that is written: opening, appending, rewriting its beginning, its final name.

use super::WriteOptions;
use crate::audio::advice::FileAdvice;
use crate::audio::error::{Error, Result};
use crate::audio::poll;
use rustix::fs::{CWD, OFlags, RenameFlags, fcntl_getfl, renameat_with};
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Seek, SeekFrom, Write};
use std::os::fd::AsFd;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

/// Symbolic links that are followed before they are taken for a circle, as in the kernel.
const MOST_LINKS: usize = 40;

/// Where sound is written to.
#[derive(Debug)]
pub enum OutputTarget {
    /// Standard output.
    Stdout,
    /// A file, a FIFO or a device by its path.
    Path(PathBuf),
    /// A file or pipe that is open for writing, from where it stands; the name is for messages.
    Open(String, File),
}

impl From<&Path> for OutputTarget {
    /// `-` is standard output.
    fn from(path: &Path) -> OutputTarget {
        match path.to_str() {
            Some("-") => OutputTarget::Stdout,
            _ => OutputTarget::Path(path.to_owned()),
        }
    }
}

/// Bytes that are written once, from first to last; the beginning can be written again where it is on a disk.
pub(super) struct Output {
    name: String,
    file: File,
    /// Where its first byte stands, in a file whose beginning can be written again.
    start: Option<u64>,
    /// The name it has while it grows, and the one it gets.
    renaming: Option<Renaming>,
    /// What it made where nothing was.
    made: Option<PathBuf>,
}

struct Renaming {
    from: PathBuf,
    to: PathBuf,
    clobber: bool,
}

impl Output {
    /// Opens `target`. An existing file is emptied.
    ///
    /// # Errors
    /// What opening gives; `EEXIST` where there is such a file and `options` protect it.
    pub(super) fn create(target: OutputTarget, options: &WriteOptions) -> Result<Output> {
        match target {
            OutputTarget::Stdout => {
                let name = "standard output";
                // Not `io::stdout()`, whose buffer would stand between the caller and the pipe.
                let file = io::stdout().as_fd().try_clone_to_owned().map(File::from);
                Ok(Output::over(name, file.map_err(failed("open", name))?))
            }
            OutputTarget::Open(name, file) => Ok(Output::over(&name, file)),
            OutputTarget::Path(path) => Output::at(&path, options),
        }
    }

    fn at(path: &Path, options: &WriteOptions) -> Result<Output> {
        let name = path.to_string_lossy();
        let found = fs::metadata(path).ok();
        let special = found.as_ref().is_some_and(|found| !found.is_file());
        let is_new = found.is_none();
        let opened = match options.part.unwrap_or(false) && !special {
            true => Renaming::begin(path, found, options.clobber),
            false => begin(path, options.clobber || special).map(|file| (file, None)),
        };
        let (file, renaming) = opened.map_err(|error| refused(&name, &error))?;
        let made = renaming.as_ref().map(|renaming| renaming.from.clone());
        let mut output = Output::over(&name, file);
        output.made = made.or_else(|| is_new.then(|| path.to_owned()));
        output.renaming = renaming;
        Ok(output)
    }

    fn over(name: &str, file: File) -> Output {
        let start = rewritable_from(&file);
        Output {
            name: name.to_owned(),
            file,
            start,
            renaming: None,
            made: None,
        }
    }

    /// Its name for messages.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Whether its beginning can be written again, when more is known.
    pub(super) fn is_rewritable(&self) -> bool {
        self.start.is_some()
    }

    /// Appends `bytes`, and tells how many of them are there: fewer only with an error.
    pub(super) fn append(&mut self, bytes: &[u8]) -> (usize, Result<()>) {
        let mut written = 0;
        while written < bytes.len() {
            let error = match self.file.write(&bytes[written..]) {
                Ok(0) => ErrorKind::WriteZero.into(),
                Ok(count) => {
                    written += count;
                    continue;
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) if error.kind() == ErrorKind::WouldBlock => match self.wait() {
                    Ok(()) => continue,
                    Err(error) => error,
                },
                Err(error) => error,
            };
            return (written, Err(Error::file("write", &self.name, &error)));
        }
        (written, Ok(()))
    }

    /// Standard output can come in non-blocking mode: whoever shares it may have set it so.
    fn wait(&self) -> io::Result<()> {
        poll::wait_for(&self.file, libc::POLLOUT)
    }

    /// Leaves the first `length` bytes, and goes on behind them. A pipe stays as it is.
    pub(super) fn cut(&mut self, length: u64) -> Result<()> {
        let Some(start) = self.start else {
            return Ok(());
        };
        let end = start + length;
        let cut = self.file.set_len(end);
        cut.and_then(|()| self.file.seek(SeekFrom::Start(end)))
            .map(drop)
            .map_err(failed("write", &self.name))
    }

    /// Replaces the first bytes. Only where [`Output::is_rewritable`].
    pub(super) fn rewrite(&mut self, bytes: &[u8]) -> Result<()> {
        let written = self.file.write_all_at(bytes, self.start.unwrap_or(0));
        written.map_err(failed("write", &self.name))
    }

    /// Waits until all is on the disk. A pipe has none.
    pub(super) fn sync(&self) -> Result<()> {
        if !self.is_rewritable() {
            return Ok(());
        }
        self.file.sync_data().map_err(failed("write", &self.name))
    }

    /// Takes back what was made, when not even a header fits.
    pub(super) fn discard(&mut self) {
        self.renaming = None;
        if let Some(made) = self.made.take() {
            // What cannot be removed stays, empty; the error that led here is the one to tell.
            let _ = resolved(&made).and_then(fs::remove_file);
        }
    }

    /// Gives it its final name. Asked again, it does nothing.
    pub(super) fn complete(&mut self) -> Result<()> {
        let Some(renaming) = self.renaming.take() else {
            return Ok(());
        };
        renaming.finish().map_err(|error| {
            let kept = renaming.from.to_string_lossy();
            refused(&self.name, &error).with_advice(FileAdvice::KeptAs(kept.into_owned()))
        })
    }
}

impl Renaming {
    /// The name to be keeps pointing at what it points at: a link stays, and what it leads to is replaced.
    fn begin(
        path: &Path,
        found: Option<fs::Metadata>,
        clobber: bool,
    ) -> io::Result<(File, Option<Renaming>)> {
        if !clobber && fs::symlink_metadata(path).is_ok() {
            return Err(io::Error::from_raw_os_error(libc::EEXIST));
        }
        let to = resolved(path)?;
        let from = part_of(&to);
        let file = begin(&from, clobber)?;
        if let Some(found) = found {
            // Not all owners may, and all file systems can, and a recording does not fail for it.
            let _ = file.set_permissions(found.permissions());
        }
        Ok((file, Some(Renaming { from, to, clobber })))
    }

    fn finish(&self) -> io::Result<()> {
        match self.clobber {
            true => fs::rename(&self.from, &self.to),
            false => rename_new(&self.from, &self.to),
        }
    }
}

/// The name that a file has while it grows.
pub(crate) fn part_of(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".part");
    name.into()
}

/// Renames a file unless the new name is taken: `EEXIST` then.
pub(crate) fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
    match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        // Some file systems (NFS, FUSE) cannot promise it: looking before is the best there is.
        Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS) => {
            if fs::symlink_metadata(to).is_ok() {
                return Err(io::Error::from_raw_os_error(libc::EEXIST));
            }
            fs::rename(from, to)
        }
        renamed => Ok(renamed?),
    }
}

fn begin(path: &Path, clobber: bool) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true);
    if clobber {
        options.create(true).truncate(true);
    } else {
        options.create_new(true);
    }
    options.open(path)
}

/// Where `path` leads to, which need not exist. The directories on the way are the kernel's matter.
fn resolved(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_owned();
    for _ in 0..MOST_LINKS {
        let Ok(to) = fs::read_link(&path) else {
            return Ok(path);
        };
        path = path.parent().map_or(to.clone(), |parent| parent.join(&to));
    }
    Err(io::Error::from_raw_os_error(libc::ELOOP))
}

/// Where a file stands that can be rewritten from there. One in append mode would take it to its end.
fn rewritable_from(mut file: &File) -> Option<u64> {
    let regular = file.metadata().is_ok_and(|metadata| metadata.is_file());
    let appending = fcntl_getfl(file).is_ok_and(|flags| flags.contains(OFlags::APPEND));
    if !regular || appending {
        return None;
    }
    file.stream_position().ok()
}

fn failed<'a>(doing: &'a str, name: &'a str) -> impl FnOnce(io::Error) -> Error + 'a {
    move |error| Error::file(doing, name, &error)
}

fn refused(name: &str, error: &io::Error) -> Error {
    Error::file("create", name, error)
}
