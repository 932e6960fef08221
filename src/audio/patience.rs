//! Calls that may never return, because a sound server does not answer.

use super::error::Result;
use super::threads;
use std::sync::mpsc::sync_channel;
use std::time::Duration;

/// A wait is cut into this many parts, so that time in which this process is stopped counts as one part at most.
pub(crate) const WAIT_PARTS: u32 = 5;

/// Runs `work` on a thread of its own and returns its result; `None` if it takes longer than `limit`. It continues then.
///
/// # Errors
/// If no thread can be started. `work` is dropped.
pub(crate) fn within<T: Send + 'static>(
    limit: Duration,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<Option<T>> {
    let (sender, receiver) = sync_channel(1);
    threads::spawn(move || {
        let _ = sender.send(work());
    })?;
    let mut parts = 0..WAIT_PARTS;
    Ok(parts.find_map(|_| receiver.recv_timeout(limit / WAIT_PARTS).ok()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_that_takes_too_long_is_given_up() {
        assert_eq!(within(Duration::from_secs(60), || 5).unwrap(), Some(5));
        let (_keep, receiver) = sync_channel::<u32>(1);
        let hangs = move || receiver.recv();
        assert!(within(Duration::from_millis(10), hangs).unwrap().is_none());
    }
}
