//! The one error type of the library: a stable kind, one readable line, and what to do about it.
//!
//! Commands turn a [`Kind`] into an exit status and an [`Error`] into text or JSON; nothing here prints.

use super::advice::Advice;
use super::errno::{errno_text, io_error_text};
use super::library_log;
use serde::Serialize;
use std::fmt;
use std::path::Path;

/// What sort of thing went wrong. The names and exit statuses are part of the command line's contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The command line is wrong, or a value in it can never be valid.
    Usage,
    /// There is no such card, device, control or file.
    NotFound,
    /// The user may not open it.
    Permission,
    /// Somebody else holds it.
    Busy,
    /// The device cannot do what was asked.
    Unsupported,
    /// The device went away.
    Disconnected,
    /// An underrun or overrun, where the caller asked that it be fatal.
    Xrun,
    /// Something that was checked did not hold.
    Verification,
    /// A file or stream does not hold what it should.
    InvalidInput,
    /// The disk is full, or a size limit was reached.
    NoSpace,
    /// Reading or writing failed.
    Io,
    /// Anything else; most often a fault of this program or of a plugin.
    Internal,
}

impl Kind {
    /// The process exit status that stands for this kind.
    pub fn exit_status(self) -> u8 {
        match self {
            Kind::Internal => 1,
            Kind::Usage => 2,
            Kind::NotFound => 3,
            Kind::Permission => 4,
            Kind::Busy => 5,
            Kind::Unsupported => 6,
            Kind::Disconnected => 7,
            Kind::Xrun => 8,
            Kind::Verification => 9,
            Kind::InvalidInput | Kind::NoSpace | Kind::Io => 10,
        }
    }

    /// The kind that an errno stands for when a file or pipe fails.
    fn of_file_errno(errno: Option<i32>) -> Kind {
        match errno {
            Some(libc::ENOENT | libc::ENOTDIR) => Kind::NotFound,
            Some(libc::EACCES | libc::EPERM) => Kind::Permission,
            Some(libc::ENOSPC | libc::EFBIG | libc::EDQUOT) => Kind::NoSpace,
            _ => Kind::Io,
        }
    }

    /// The kind that an errno stands for when libasound reports it about a device.
    pub fn of_device_errno(errno: i32) -> Kind {
        match errno {
            libc::ENOENT | libc::ENXIO => Kind::NotFound,
            libc::EACCES | libc::EPERM => Kind::Permission,
            libc::EBUSY | libc::EAGAIN => Kind::Busy,
            libc::EINVAL | libc::ENOTSUP | libc::ENOSYS | libc::ENOTTY => Kind::Unsupported,
            libc::ENODEV | libc::EBADFD | libc::ESHUTDOWN => Kind::Disconnected,
            libc::EPIPE => Kind::Xrun,
            libc::EIO => Kind::Io,
            _ => Kind::Internal,
        }
    }
}

/// A process that holds a device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Holder {
    /// Process id.
    pub pid: u32,
    /// The program's name, as `/proc/PID/comm` has it.
    pub program: String,
    /// The user it runs as: a name, or a number where there is no name.
    pub user: Option<String>,
}

/// What went wrong, with what, and what to do about it.
#[derive(Clone, Debug)]
pub struct Error(Box<Inner>);

#[derive(Clone, Debug)]
struct Inner {
    kind: Kind,
    device: Option<String>,
    file: Option<String>,
    message: String,
    advice: Vec<Advice>,
    holders: Vec<Holder>,
    errno: Option<i32>,
    library: Vec<String>,
}

/// A result whose error is [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// An error of `kind` whose whole line is `message`.
    pub fn new(kind: Kind, message: impl Into<String>) -> Error {
        Error(Box::new(Inner {
            kind,
            device: None,
            file: None,
            message: message.into(),
            advice: Vec::new(),
            holders: Vec::new(),
            errno: None,
            library: Vec::new(),
        }))
    }

    /// A fault of this program.
    pub fn internal(message: &str) -> Error {
        Error::new(Kind::Internal, message)
    }

    /// A failed file or pipe operation: `doing` says what was tried (`read`), `name` names the file.
    pub fn file(doing: &str, name: &str, source: &std::io::Error) -> Error {
        let errno = source.raw_os_error();
        let mut error = Error::new(
            Kind::of_file_errno(errno),
            format!("cannot {doing} '{name}': {}", io_error_text(source)),
        )
        .with_file(name);
        error.0.errno = errno;
        error
    }

    /// A file whose content is not what it should be; `why` completes "'NAME' …".
    pub fn invalid(name: &str, why: impl fmt::Display) -> Error {
        Error::new(Kind::InvalidInput, format!("'{name}' {why}")).with_file(name)
    }

    /// A failed libasound call: `errno` is its (positive or negative) error number; `doing` says what was tried.
    ///
    /// libasound's own messages captured on this thread since the last call are attached.
    pub fn device(doing: &str, device: &str, errno: i32) -> Error {
        let errno = errno.abs();
        let mut error = Error::new(
            Kind::of_device_errno(errno),
            format!("cannot {doing} '{device}': {}", errno_text(errno)),
        )
        .with_device(device);
        error.0.errno = Some(errno);
        error.0.library = library_log::take();
        error
    }

    /// Names the device it is about.
    pub fn with_device(mut self, device: &str) -> Error {
        self.0.device = Some(device.to_owned());
        self
    }

    /// Names the file it is about.
    pub fn with_file(mut self, file: &str) -> Error {
        self.0.file = Some(file.to_owned());
        self
    }

    /// Adds what can be done about it, after what was added before.
    pub fn with_advice(mut self, advice: impl Into<Advice>) -> Error {
        self.0.advice.push(advice.into());
        self
    }

    /// Names the processes that hold the device.
    pub fn with_holders(mut self, holders: Vec<Holder>) -> Error {
        self.0.holders = holders;
        self
    }

    /// Replaces the line and the kind, keeping what else is known.
    pub fn restated(mut self, kind: Kind, message: impl Into<String>) -> Error {
        self.0.kind = kind;
        self.0.message = message.into();
        self
    }

    /// What sort of error it is.
    pub fn kind(&self) -> Kind {
        self.0.kind
    }

    /// The device it is about, if it is about one.
    pub fn device_name(&self) -> Option<&str> {
        self.0.device.as_deref()
    }

    /// The file it is about, if it is about one.
    pub fn file_name(&self) -> Option<&str> {
        self.0.file.as_deref()
    }

    /// What to do about it, best first.
    pub fn advice(&self) -> &[Advice] {
        &self.0.advice
    }

    /// Who holds the device, for [`Kind::Busy`].
    pub fn holders(&self) -> &[Holder] {
        &self.0.holders
    }

    /// The error number behind it, positive.
    pub fn errno(&self) -> Option<i32> {
        self.0.errno
    }

    /// libasound's own words, captured while the failed call ran.
    pub fn library_messages(&self) -> &[String] {
        &self.0.library
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl std::error::Error for Error {}

/// How a path is named in messages: as typed, `standard input` for `-`.
pub fn path_name(path: &Path) -> String {
    match path.to_str() {
        Some("-") => "standard input".to_owned(),
        _ => path.to_string_lossy().into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_the_exit_status_of_the_contract() {
        let statuses = [
            (Kind::Internal, 1),
            (Kind::Usage, 2),
            (Kind::NotFound, 3),
            (Kind::Permission, 4),
            (Kind::Busy, 5),
            (Kind::Unsupported, 6),
            (Kind::Disconnected, 7),
            (Kind::Xrun, 8),
            (Kind::Verification, 9),
            (Kind::InvalidInput, 10),
            (Kind::NoSpace, 10),
            (Kind::Io, 10),
        ];
        for (kind, status) in statuses {
            assert_eq!(kind.exit_status(), status, "{kind:?}");
        }
    }
}
