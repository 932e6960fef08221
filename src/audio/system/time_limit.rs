//! Calls that may never return, such as those that ask a sound server that hangs.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// Calls `f` on a thread of its own and waits for the result, at most for `limit`. `None` if it takes longer: then the
/// thread is left behind, and ends with the process at the latest.
pub fn within<T: Send + 'static>(
    limit: Duration,
    f: impl FnOnce() -> T + Send + 'static,
) -> Option<T> {
    let (sender, receiver) = mpsc::channel();
    let spawned = thread::Builder::new().spawn(move || {
        // The receiver is gone if the time is over.
        let _ = sender.send(f());
    });
    spawned.ok()?;
    receiver.recv_timeout(limit).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_that_takes_too_long_has_no_result() {
        assert_eq!(within(Duration::from_secs(60), || 7), Some(7));
        let never = || thread::sleep(Duration::from_secs(3600));
        assert_eq!(within(Duration::from_millis(10), never), None);
    }
}
