//! Starting threads. A system that allows no more of them is an error, not a panic.

use super::errno::io_error_text;
use super::error::{Error, Kind, Result};
use std::io;
use std::thread::{Builder, JoinHandle, Scope, ScopedJoinHandle};

/// [`std::thread::spawn`] without the panic.
///
/// # Errors
/// [`Kind::Internal`] if a limit on threads or memory is reached. `run` is dropped.
pub(crate) fn spawn<T: Send + 'static>(
    run: impl FnOnce() -> T + Send + 'static,
) -> Result<JoinHandle<T>> {
    Builder::new().spawn(run).map_err(|error| failed(&error))
}

/// [`Scope::spawn`] without the panic.
///
/// # Errors
/// As [`spawn`].
pub(crate) fn spawn_scoped<'scope, T: Send + 'scope>(
    scope: &'scope Scope<'scope, '_>,
    run: impl FnOnce() -> T + Send + 'scope,
) -> Result<ScopedJoinHandle<'scope, T>> {
    let spawned = Builder::new().spawn_scoped(scope, run);
    spawned.map_err(|error| failed(&error))
}

fn failed(error: &io::Error) -> Error {
    let message = format!("cannot start a thread: {}", io_error_text(error));
    Error::new(Kind::Internal, message)
}
