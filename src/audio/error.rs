//! The library's error type: a stable kind, a one-line message and typed advice.
//!
//! Nothing here prints. A program turns a [`Kind`] into an exit status and an [`Error`] into text or JSON.

use super::advice::{Advice, DeviceAdvice};
use super::errno::{errno_text, io_error_text};
use super::library_log::{self, FileFailure};
use schemars::JsonSchema;
use serde::Serialize;
use std::fmt;
use std::path::Path;

/// The kind of an error. Its serialized names and exit statuses are stable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A request is malformed, or has a value that is never valid.
    Usage,
    /// The card, device, control or file does not exist.
    NotFound,
    /// The user lacks permission.
    Permission,
    /// Another process uses it.
    Busy,
    /// The device or file format does not support the request.
    Unsupported,
    /// The device or sound server went away.
    Disconnected,
    /// An underrun or overrun, if the caller made xruns fatal.
    Xrun,
    /// A check failed.
    Verification,
    /// A file or stream has invalid content.
    InvalidInput,
    /// The disk is full, or a size limit is reached.
    NoSpace,
    /// Reading or writing failed.
    Io,
    /// Anything else: usually a bug in this library or in an alsa-lib plugin.
    Internal,
}

impl Kind {
    /// The process exit status for this kind.
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

    /// The kind for an errno of a file or pipe operation.
    fn from_file_errno(errno: Option<i32>) -> Kind {
        match errno {
            Some(libc::ENOENT | libc::ENOTDIR) => Kind::NotFound,
            Some(libc::EACCES | libc::EPERM) => Kind::Permission,
            Some(libc::ENOSPC | libc::EFBIG | libc::EDQUOT) => Kind::NoSpace,
            _ => Kind::Io,
        }
    }

    /// The kind for an errno that libasound returns for a device.
    pub fn from_device_errno(errno: i32) -> Kind {
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

/// A process that uses a device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Holder {
    /// Process id.
    pub pid: u32,
    /// The program's name from `/proc/PID/comm`, which the kernel cuts to 15 bytes.
    pub program: String,
    /// The effective user: a name, or a number without a name. `None` if unknown.
    pub user: Option<String>,
}

/// What messages call standard output.
pub const STDOUT_NAME: &str = "standard output";

/// What went wrong, with which device or file, and what can be done about it.
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
    /// An error whose text is `message`: one line.
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

    /// A bug in this library.
    pub fn internal(message: &str) -> Error {
        Error::new(Kind::Internal, message)
    }

    /// A failed operation on a file or pipe. `doing` is a verb (`read`), `name` the file's name.
    pub fn file(doing: &str, name: &str, source: &std::io::Error) -> Error {
        let errno = source.raw_os_error();
        let mut error = Error::new(
            Kind::from_file_errno(errno),
            format!("cannot {doing} '{name}': {}", io_error_text(source)),
        )
        .with_file(name);
        error.0.errno = errno;
        error
    }

    /// A file with invalid content. `why` completes "'NAME' …".
    pub fn invalid(name: &str, why: impl fmt::Display) -> Error {
        Error::new(Kind::InvalidInput, format!("'{name}' {why}")).with_file(name)
    }

    /// A failed libasound call. `doing` is a verb (`open`), `errno` the error number with either sign.
    ///
    /// Takes the messages that libasound has logged on this thread since capturing started or they were last taken.
    pub fn device(doing: &str, device: &str, errno: i32) -> Error {
        let errno = errno.abs();
        let mut error = Error::new(
            Kind::from_device_errno(errno),
            format!("cannot {doing} '{device}': {}", errno_text(errno)),
        )
        .with_device(device);
        error.0.errno = Some(errno);
        error.0.library = library_log::take();
        error
    }

    /// A failed read or write of the file of alsa-lib's `file` plugin. `doing` and `device` are as for [`Error::device`].
    pub(crate) fn plugin_file(doing: &str, device: &str, failure: FileFailure) -> Error {
        let error = Error::device(doing, device, failure.errno);
        let kind = Kind::from_file_errno(error.errno());
        let message = match failure.errno {
            // The plugin (alsa-lib 1.2.8) ignores a failed open, and forgets its cause.
            libc::EBADF => format!("cannot {doing} '{device}': its file could not be opened"),
            _ => error.to_string(),
        };
        error
            .restated(kind, message)
            .with_advice(DeviceAdvice::LibraryMessage(failure.message))
    }

    /// Sets the device that the error is about.
    pub fn with_device(mut self, device: &str) -> Error {
        self.0.device = Some(device.to_owned());
        self
    }

    /// Sets the file that the error is about.
    pub fn with_file(mut self, file: &str) -> Error {
        self.0.file = Some(file.to_owned());
        self
    }

    /// Appends advice, best first.
    pub fn with_advice(mut self, advice: impl Into<Advice>) -> Error {
        self.0.advice.push(advice.into());
        self
    }

    /// Sets the processes that use the device.
    pub fn with_holders(mut self, holders: Vec<Holder>) -> Error {
        self.0.holders = holders;
        self
    }

    /// Replaces the kind and the message, and keeps the rest.
    pub fn restated(mut self, kind: Kind, message: impl Into<String>) -> Error {
        self.0.kind = kind;
        self.0.message = message.into();
        self
    }

    /// Removes all advice.
    pub fn without_advice(mut self) -> Error {
        self.0.advice.clear();
        self
    }

    /// The kind of error.
    pub fn kind(&self) -> Kind {
        self.0.kind
    }

    /// The device that the error is about.
    pub fn device_name(&self) -> Option<&str> {
        self.0.device.as_deref()
    }

    /// The file that the error is about.
    pub fn file_name(&self) -> Option<&str> {
        self.0.file.as_deref()
    }

    /// What can be done about it, best first.
    pub fn advice(&self) -> &[Advice] {
        &self.0.advice
    }

    /// The processes that use the device, for [`Kind::Busy`].
    pub fn holders(&self) -> &[Holder] {
        &self.0.holders
    }

    /// Whether writing failed because the reader of standard output has closed the pipe, which is not a failure.
    pub fn is_closed_stdout(&self) -> bool {
        self.0.errno == Some(libc::EPIPE) && self.0.file.as_deref() == Some(STDOUT_NAME)
    }

    /// The positive errno that caused it.
    pub fn errno(&self) -> Option<i32> {
        self.0.errno
    }

    /// Whether no sound server runs: the errors of alsa-lib's plugins for PulseAudio and for PipeWire.
    pub fn is_without_server(&self) -> bool {
        let errnos = matches!(self.errno(), Some(libc::ECONNREFUSED | libc::EHOSTDOWN));
        errnos && self.kind() != Kind::Permission
    }

    /// The messages that libasound logged during the failed call.
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

/// A path for messages: as given, or `standard input` for `-`.
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
    fn exit_statuses_are_stable() {
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
