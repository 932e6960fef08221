//! Writing a file or pipe: creating it, appending, rewriting its start, and renaming it when it is complete.

use super::descriptor;
use super::long_names::part_path;
use super::options::WriteOptions;
use crate::audio::advice::FileAdvice;
use crate::audio::error::{Error, Kind, Result, STDOUT_NAME};
use crate::audio::ffi;
use crate::audio::poll;
use crate::audio::stream::FilePlace;
use rustix::fs::{CWD, FlockOperation, OFlags, RenameFlags, fcntl_getfl, flock, renameat_with};
use rustix::io::Errno;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, IoSlice, Seek, SeekFrom, Write};
use std::os::fd::AsRawFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileExt, FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};

/// Where a file is written.
#[derive(Debug)]
pub enum OutputTarget {
    /// Standard output.
    Stdout,
    /// The path of a file, FIFO or device.
    Path(PathBuf),
    /// An open file or pipe, at its current position; the name is for messages.
    Open(String, File),
}

impl From<&Path> for OutputTarget {
    /// `-` is standard output, as are its names in `/dev` and `/proc`. A link to one of them keeps its name, which may have
    /// an extension.
    fn from(path: &Path) -> OutputTarget {
        let is_stdout = || descriptor::number(path) == Some(libc::STDOUT_FILENO);
        match path.to_str() {
            Some("-") => OutputTarget::Stdout,
            _ if path.extension().is_none() && is_stdout() => OutputTarget::Stdout,
            _ => OutputTarget::Path(path.to_owned()),
        }
    }
}

impl OutputTarget {
    /// Whether other files can be created beside it.
    pub(crate) fn has_neighbors(&self) -> bool {
        matches!(self, OutputTarget::Path(path) if !descriptor::names_descriptor(path))
    }
}

/// A sequential output. In a regular file the start can be rewritten.
pub(super) struct Output {
    name: String,
    /// `None` once it is complete.
    file: Option<File>,
    /// The offset of its first byte, if it can be rewritten.
    start: Option<u64>,
    /// Its temporary and its final name.
    renaming: Option<Renaming>,
    /// The path of a regular file while it is written.
    path: Option<PathBuf>,
    /// Where the file is once it is complete.
    place: FilePlace,
    /// The path of the file, if it did not exist before.
    created: Option<PathBuf>,
    /// What is written together with the next bytes.
    held: Vec<u8>,
}

struct Renaming {
    from: PathBuf,
    to: PathBuf,
    clobber: bool,
}

impl Output {
    /// Opens `target`. An existing file is truncated, unless its name is one of an open descriptor.
    ///
    /// # Errors
    /// Those of opening; `EEXIST` if the file exists and `options` do not allow replacing it.
    pub(super) fn create(target: OutputTarget, options: &WriteOptions) -> Result<Output> {
        match target {
            OutputTarget::Stdout => {
                let name = STDOUT_NAME;
                let stdout = ffi::standard_streams::stdout();
                let file = stdout
                    .and_then(|stdout| stdout.try_clone_to_owned())
                    .map(File::from);
                Ok(Output::new(name, file.map_err(failed("open", name))?))
            }
            OutputTarget::Open(name, file) => Ok(Output::new(&name, file)),
            OutputTarget::Path(path) => match descriptor::open_by_name(&path) {
                Some(file) => {
                    let name = path.to_string_lossy();
                    Ok(Output::new(&name, file.map_err(failed("open", &name))?))
                }
                None => Output::create_file(&path, options),
            },
        }
    }

    fn create_file(path: &Path, options: &WriteOptions) -> Result<Output> {
        let name = path.to_string_lossy();
        let found = fs::metadata(path).ok();
        let special = found.as_ref().is_some_and(|found| !found.is_file());
        let is_new = found.is_none();
        let opened = match options.part.unwrap_or(false) && !special {
            true => Renaming::create(path, found, options.clobber),
            false => open_file(path, options.clobber || special).map(|file| (file, None)),
        };
        let (file, renaming) = opened.map_err(|error| not_created(&name, &error))?;
        let temporary = renaming.as_ref().map(|renaming| renaming.from.clone());
        let mut output = Output::new(&name, file);
        output.path = (!special).then(|| temporary.clone().unwrap_or_else(|| path.to_owned()));
        output.created = temporary.or_else(|| is_new.then(|| path.to_owned()));
        output.renaming = renaming;
        Ok(output)
    }

    fn new(name: &str, file: File) -> Output {
        let start = rewritable_from(&file);
        Output {
            name: name.to_owned(),
            file: Some(file),
            start,
            renaming: None,
            path: None,
            place: FilePlace::AsNamed,
            created: None,
            held: Vec::new(),
        }
    }

    fn file(&self) -> io::Result<&File> {
        self.file
            .as_ref()
            .ok_or_else(|| ErrorKind::NotConnected.into())
    }

    /// Its name for messages.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Whether its start can be rewritten.
    pub(super) fn is_rewritable(&self) -> bool {
        self.start.is_some()
    }

    /// Appends a header. A pipe gets it together with the first bytes that follow: SoX (14.4.2, not reported upstream) only
    /// recognizes a file by what its first read returns.
    ///
    /// # Errors
    /// Those of writing.
    pub(super) fn append_header(&mut self, bytes: &[u8]) -> Result<()> {
        if !self.is_pipe() {
            return self.append(bytes).1;
        }
        self.held = bytes.to_vec();
        Ok(())
    }

    fn is_pipe(&self) -> bool {
        let metadata = self.file().and_then(File::metadata);
        metadata.is_ok_and(|metadata| {
            let kind = metadata.file_type();
            kind.is_fifo() || kind.is_socket()
        })
    }

    /// Writes a header that still waits for the first bytes.
    ///
    /// # Errors
    /// Those of writing.
    fn flush(&mut self) -> Result<()> {
        let held = std::mem::take(&mut self.held);
        self.write([&held, &[]]).1
    }

    /// Appends `bytes` and returns how many were written: fewer than all only with an error.
    pub(super) fn append(&mut self, bytes: &[u8]) -> (usize, Result<()>) {
        self.append_parts([bytes, &[]])
    }

    /// Like [`Output::append`], for bytes in two parts.
    pub(super) fn append_parts(&mut self, [first, second]: [&[u8]; 2]) -> (usize, Result<()>) {
        if self.held.is_empty() || first.len() + second.len() == 0 {
            return self.write([first, second]);
        }
        let mut joined = std::mem::take(&mut self.held);
        let header = joined.len();
        joined.extend_from_slice(first);
        joined.extend_from_slice(second);
        let (written, result) = self.write([&joined, &[]]);
        (written.saturating_sub(header), result)
    }

    fn write(&mut self, [first, second]: [&[u8]; 2]) -> (usize, Result<()>) {
        let (mut written, bytes) = (0, first.len() + second.len());
        while written < bytes {
            let left = match written.checked_sub(first.len()) {
                Some(in_second) => [&second[in_second..], &[]],
                None => [&first[written..], second],
            };
            let error = match self.file().and_then(|file| write_some(file, left)) {
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

    /// Waits until writing is possible. Another process that shares standard output may have set non-blocking
    /// mode.
    fn wait(&self) -> io::Result<()> {
        poll::wait_for(self.file()?, libc::POLLOUT)
    }

    /// Truncates a rewritable file to `length` bytes; appending continues there. Does nothing to others.
    pub(super) fn truncate(&mut self, length: u64) -> Result<()> {
        let Some(start) = self.start else {
            return Ok(());
        };
        let end = start + length;
        let truncate = |mut file: &File| {
            file.set_len(end)?;
            file.seek(SeekFrom::Start(end))
        };
        let truncated = self.file().and_then(truncate).map(drop);
        truncated.map_err(failed("write", &self.name))
    }

    /// Replaces the first bytes. Only if [`Output::is_rewritable`].
    pub(super) fn rewrite(&mut self, bytes: &[u8]) -> Result<()> {
        let start = self.start.unwrap_or(0);
        let written = self.file().and_then(|file| file.write_all_at(bytes, start));
        written.map_err(failed("write", &self.name))
    }

    /// Waits until all data is on the disk. Does nothing for pipes.
    pub(super) fn sync(&self) -> Result<()> {
        if !self.is_rewritable() {
            return Ok(());
        }
        let synced = self.file().and_then(File::sync_data);
        synced.map_err(failed("write", &self.name))
    }

    /// Removes the file if this output created it. Called if not even the header can be written.
    pub(super) fn discard(&mut self) {
        self.renaming = None;
        if let Some(created) = self.created.take() {
            // If this fails an empty file remains; the caller reports the earlier error.
            let _ = resolve_links(&created).and_then(fs::remove_file);
        }
    }

    /// Closes it and renames it to its final name. Further calls do nothing.
    pub(super) fn complete(&mut self) -> Result<()> {
        let flushed = self.flush();
        self.find();
        let closed = flushed.and(self.close());
        let part = self.renaming.as_ref().map(|renaming| renaming.from.clone());
        let renamed = self.rename().map_err(|error| match part {
            Some(part) => error.with_advice(FileAdvice::KeptAs(part)),
            None => error,
        });
        closed.and(renamed)
    }

    /// Where the file is. Known once it is complete.
    pub(super) fn place(&self) -> FilePlace {
        self.place.clone()
    }

    /// Finds out whether another program has moved or deleted the file. Such a file gets no other name.
    fn find(&mut self) {
        if let (Some(path), Ok(file)) = (self.path.take(), self.file()) {
            self.place = place(file, &path);
        }
        if self.place != FilePlace::AsNamed {
            self.renaming = None;
        }
    }

    fn close(&mut self) -> Result<()> {
        let closed = self.file.take().map_or(Ok(()), ffi::files::close);
        closed.map_err(failed("write", &self.name))
    }

    fn rename(&mut self) -> Result<()> {
        let renamed = self
            .renaming
            .take()
            .map_or(Ok(()), |renaming| renaming.finish());
        renamed.map_err(failed("create", &self.name))
    }
}

impl Renaming {
    /// Creates the temporary file. If `path` is a symbolic link, the file it points to will be replaced, not the link.
    fn create(
        path: &Path,
        found: Option<fs::Metadata>,
        clobber: bool,
    ) -> io::Result<(File, Option<Renaming>)> {
        if !clobber && fs::symlink_metadata(path).is_ok() {
            return Err(io::Error::from_raw_os_error(libc::EEXIST));
        }
        let to = resolve_links(path)?;
        let from = part_path(&to);
        let file = open_file(&from, clobber)?;
        if let Some(found) = found {
            // Not all users may, and not all file systems can; not worth failing a recording for.
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

/// Writes as much as one system call takes of the parts, of which the first is not empty.
fn write_some(mut file: &File, [first, second]: [&[u8]; 2]) -> io::Result<usize> {
    match second {
        [] => file.write(first),
        _ => file.write_vectored(&[IoSlice::new(first), IoSlice::new(second)]),
    }
}

/// Renames a file without replacing another: `EEXIST` if the new name is in use.
pub(crate) fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
    match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        // Some file systems (NFS, FUSE) do not support NOREPLACE; checking first leaves a race, but there is no
        // better way.
        Err(Errno::INVAL | Errno::NOSYS) => {
            if fs::symlink_metadata(to).is_ok() {
                return Err(io::Error::from_raw_os_error(libc::EEXIST));
            }
            fs::rename(from, to)
        }
        renamed => Ok(renamed?),
    }
}

/// Creates or empties a file, and locks it against another `open_file`.
///
/// # Errors
/// `EWOULDBLOCK` if it is locked.
fn open_file(path: &Path, clobber: bool) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true);
    if clobber {
        options.create(true).truncate(false);
    } else {
        options.create_new(true);
    }
    let file = options.open(path)?;
    if file.metadata()?.is_file() {
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Err(Errno::WOULDBLOCK) => return Err(Errno::WOULDBLOCK.into()),
            // Not all file systems have locks.
            _ => file.set_len(0)?,
        }
    }
    Ok(file)
}

/// Where `file`, which was created at `path`, is now.
fn place(file: &File, path: &Path) -> FilePlace {
    let Ok(own) = file.metadata() else {
        return FilePlace::AsNamed;
    };
    let is_at = |path: &Path| {
        fs::metadata(path).is_ok_and(|found| (found.dev(), found.ino()) == (own.dev(), own.ino()))
    };
    if is_at(path) {
        return FilePlace::AsNamed;
    }
    let link = format!("/proc/self/fd/{}", file.as_raw_fd());
    match (own.nlink(), fs::read_link(link)) {
        (0, _) => FilePlace::Deleted,
        (_, Ok(path)) if is_at(&path) => FilePlace::Moved(path),
        // It has other names (hard links), which are not known.
        (_, Ok(path)) if path.as_os_str().as_bytes().ends_with(b" (deleted)") => FilePlace::Deleted,
        // On a file system whose inode numbers change, this is the file itself.
        _ => FilePlace::AsNamed,
    }
}

fn not_created(name: &str, error: &io::Error) -> Error {
    match error.kind() {
        ErrorKind::WouldBlock => {
            let message = format!("cannot create '{name}': another process is writing to it");
            let error = Error::new(Kind::Io, message).with_file(name);
            error.with_advice(FileAdvice::ChooseOtherName)
        }
        _ => Error::file("create", name, error),
    }
}

/// Follows symbolic links at the end of `path`; the result need not exist.
fn resolve_links(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_owned();
    for _ in 0..descriptor::MAX_LINKS {
        let Ok(to) = fs::read_link(&path) else {
            return Ok(path);
        };
        path = path.parent().map_or(to.clone(), |parent| parent.join(&to));
    }
    Err(io::Error::from_raw_os_error(libc::ELOOP))
}

/// The current offset of a file, if it can be rewritten from there: regular files, except in append mode, where all
/// writes go to the end.
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

/// Writes all of `bytes` to `target`. An existing file is replaced once all is on the disk, and unchanged if that
/// fails.
pub(crate) fn replace(target: OutputTarget, bytes: &[u8]) -> Result<()> {
    let options = WriteOptions {
        part: Some(true),
        ..WriteOptions::default()
    };
    let mut output = Output::create(target, &options)?;
    let written = output.append(bytes).1;
    written
        .and_then(|()| output.sync())
        .and_then(|()| output.close())
        .and_then(|()| output.rename())
        .inspect_err(|_| output.discard())
}
