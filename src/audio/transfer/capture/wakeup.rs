//! Wakes one thread from others, without a lock. One system call on each side, and none if the thread does not sleep.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

/// What a thread sleeps on.
#[derive(Debug, Default)]
pub(in crate::audio::transfer) struct Wakeup {
    is_due: AtomicBool,
    /// The thread that sleeps, once it has done so.
    sleeper: OnceLock<Thread>,
}

impl Wakeup {
    /// Ends the thread's sleep, or its next one.
    pub(in crate::audio::transfer) fn notify(&self) {
        self.is_due.store(true, SeqCst);
        if let Some(sleeper) = self.sleeper.get() {
            sleeper.unpark();
        }
    }

    /// Sleeps until a notification, at most for `timeout`. Only one thread may do so.
    pub(in crate::audio::transfer) fn wait(&self, timeout: Option<Duration>) {
        self.sleeper.get_or_init(thread::current);
        let deadline = timeout.map(|timeout| Instant::now() + timeout);
        while !self.is_due.swap(false, SeqCst) {
            match deadline.map(|deadline| deadline.saturating_duration_since(Instant::now())) {
                Some(Duration::ZERO) => return,
                Some(left) => thread::park_timeout(left),
                None => thread::park(),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[test]
    fn a_notification_ends_the_sleep_or_the_next_one() {
        let wakeup = Arc::<Wakeup>::default();
        wakeup.notify();
        wakeup.wait(None);
        wakeup.wait(Some(Duration::from_millis(1)));
        // Only one thread may sleep on each.
        let wakeup = Arc::<Wakeup>::default();
        let sleeper = wakeup.clone();
        let thread = thread::spawn(move || sleeper.wait(None));
        wakeup.notify();
        thread.join().unwrap();
    }
}
