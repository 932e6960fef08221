//! Calls that may never return, because a sound server does not answer.

use super::error::{Error, Kind, Result};
use super::threads;
use std::sync::mpsc::sync_channel;
use std::time::Duration;

/// A wait is cut into this many parts, so that time in which this process is stopped counts as one part at most.
pub(crate) const WAIT_PARTS: u32 = 5;

/// Runs `work` on its own thread and returns its result; `None` if it takes longer than `limit`. Then it continues,
/// and ends with the process at the latest.
///
/// # Errors
/// [`Kind::Internal`] if no thread can be started. `work` is dropped.
pub fn within<T: Send + 'static>(
    limit: Duration,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<Option<T>> {
    let (sender, receiver) = sync_channel(1);
    threads::start(work, move |result| {
        // Nobody receives it once the time is over.
        let _ = result.map(|result| sender.send(result));
    })?;
    let mut parts = 0..WAIT_PARTS;
    Ok(parts.find_map(|_| receiver.recv_timeout(limit / WAIT_PARTS).ok()))
}

/// The error for a sound server that does not answer.
pub(crate) fn no_answer(device: &str) -> Error {
    let message = format!("the sound server of '{device}' does not answer");
    Error::new(Kind::Disconnected, message).with_device(device)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_that_takes_too_long_has_no_result() {
        assert_eq!(within(Duration::from_secs(60), || 5).unwrap(), Some(5));
        let (_keep, receiver) = sync_channel::<u32>(1);
        let hangs = move || receiver.recv();
        assert!(within(Duration::from_millis(10), hangs).unwrap().is_none());
    }
}
