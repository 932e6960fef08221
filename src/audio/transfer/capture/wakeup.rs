//! Wakes one thread from others, without a lock. One system call on each side, and none if the thread does not sleep.

use crate::audio::pcm::KnownPosition;
use rustix::io::Errno;
use rustix::thread::futex::{self, Flags, Timespec};
use std::num::NonZeroU32;
use std::sync::atomic::{
    AtomicBool, AtomicU32, AtomicU64,
    Ordering::{Relaxed, SeqCst},
};
use std::time::Duration;

/// How much later than a batch is expected the thread wakes by itself: the device thread may be late.
const BATCH_MARGIN: Duration = Duration::from_millis(20);

/// States of [`Wakeup`].
const IDLE: u32 = 0;
const DUE: u32 = 1;
const SLEEPING: u32 = 2;

/// What a thread sleeps on.
#[derive(Debug, Default)]
pub(in crate::audio::transfer) struct Wakeup {
    state: AtomicU32,
    /// When the next batch is expected, in nanoseconds on the clock of positions; 0 if that is not known.
    next_batch: AtomicU64,
    /// Whether the thread wakes by itself for the next batch.
    has_alarm: AtomicBool,
}

impl Wakeup {
    /// Ends the thread's sleep, or its next one.
    pub(in crate::audio::transfer) fn notify(&self) {
        if self.state.swap(DUE, SeqCst) == SLEEPING {
            // If that fails, nobody sleeps.
            let _ = futex::wake(&self.state, Flags::PRIVATE, 1);
        }
    }

    /// Like [`Wakeup::notify`], for a batch after which another one is expected at a time on the clock of positions, if
    /// that is known. A thread that has expected this batch wakes by itself, without a system call here.
    pub(super) fn notify_of_batch(&self, next: Option<Duration>) {
        let next = next.map_or(0, |next| next.as_nanos() as u64);
        self.next_batch.store(next, SeqCst);
        if !self.has_alarm.swap(false, SeqCst) {
            self.notify();
        }
    }

    /// Sleeps until a notification or a batch, at most for `timeout`. Only one thread may do so.
    pub(in crate::audio::transfer) fn wait(&self, timeout: Option<Duration>) {
        if (self.state)
            .compare_exchange(DUE, IDLE, SeqCst, Relaxed)
            .is_ok()
        {
            return;
        }
        let next_batch = self.next_batch.swap(0, SeqCst);
        if timeout.is_none() && next_batch > 0 {
            self.has_alarm.store(true, SeqCst);
            let at = Duration::from_nanos(next_batch) + BATCH_MARGIN;
            let is_notified = self.sleep(Some(at));
            let is_batch_late = self.has_alarm.swap(false, SeqCst);
            if is_notified || !is_batch_late {
                return;
            }
        }
        self.sleep(timeout.map(|timeout| KnownPosition::now() + timeout));
    }

    /// Whether there is no notification, so that the thread may sleep.
    fn falls_asleep(&self) -> bool {
        let before = (self.state).compare_exchange(IDLE, SLEEPING, SeqCst, Relaxed);
        before != Err(DUE)
    }

    /// Sleeps until a notification or a time on the monotonic clock. Returns whether it was notified.
    fn sleep(&self, until: Option<Duration>) -> bool {
        let until = until.and_then(|until| Timespec::try_from(until).ok());
        while self.falls_asleep() {
            let (flags, all) = (Flags::PRIVATE, NonZeroU32::MAX);
            let slept = futex::wait_bitset(&self.state, flags, SLEEPING, until.as_ref(), all);
            if slept == Err(Errno::TIMEDOUT) {
                break;
            }
        }
        self.state.swap(IDLE, SeqCst) == DUE
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::thread;

    const MOMENT: Duration = Duration::from_millis(1);
    const HOUR: Duration = Duration::from_secs(3600);

    #[test]
    fn a_notification_ends_the_sleep_or_the_next_one() {
        let wakeup = Arc::<Wakeup>::default();
        wakeup.notify();
        wakeup.wait(None);
        wakeup.wait(Some(MOMENT));
        // Only one thread may sleep on each.
        let wakeup = Arc::<Wakeup>::default();
        let sleeper = wakeup.clone();
        let thread = thread::spawn(move || sleeper.wait(None));
        wakeup.notify();
        thread.join().unwrap();
    }

    #[test]
    fn a_thread_that_expects_a_batch_is_not_notified_of_it() {
        let wakeup = expecting(HOUR);
        thread::scope(|scope| {
            let sleeper = scope.spawn(|| wakeup.wait(None));
            while !wakeup.has_alarm.load(SeqCst) {
                thread::yield_now();
            }
            wakeup.notify_of_batch(None);
            assert_ne!(wakeup.state.load(SeqCst), DUE);
            assert!(!sleeper.is_finished());
            wakeup.notify();
            sleeper.join().unwrap();
        });
    }

    #[test]
    fn a_thread_wakes_by_itself_for_the_batch_it_expects() {
        // On a busy machine, the moment may be over before this thread sees that it is expected: then the batch was late.
        while !wakes_by_itself() {}
    }

    fn wakes_by_itself() -> bool {
        let wakeup = expecting(MOMENT);
        thread::scope(|scope| {
            let before = KnownPosition::now();
            let sleeper = scope.spawn(|| wakeup.wait(None));
            while wakeup.state.load(SeqCst) != SLEEPING {
                thread::yield_now();
            }
            let in_time = wakeup.has_alarm.load(SeqCst);
            wakeup.notify_of_batch(None);
            sleeper.join().unwrap();
            in_time && KnownPosition::now() - before >= BATCH_MARGIN
        })
    }

    /// A thread that waits for it expects a batch after this time.
    fn expecting(time: Duration) -> Wakeup {
        let wakeup = Wakeup::default();
        wakeup.notify_of_batch(Some(KnownPosition::now() + time));
        // Of the batch before.
        wakeup.wait(None);
        wakeup
    }

    #[test]
    fn a_late_batch_is_waited_for() {
        let wakeup = Wakeup::default();
        wakeup.notify_of_batch(Some(MOMENT));
        wakeup.wait(None);
        thread::scope(|scope| {
            let sleeper = scope.spawn(|| wakeup.wait(None));
            while wakeup.state.load(SeqCst) != SLEEPING || wakeup.has_alarm.load(SeqCst) {
                thread::yield_now();
            }
            assert!(!sleeper.is_finished());
            wakeup.notify_of_batch(None);
            sleeper.join().unwrap();
        });
    }

    #[test]
    fn a_notification_ends_the_wait_for_a_batch() {
        let wakeup = expecting(HOUR);
        thread::scope(|scope| {
            let sleeper = scope.spawn(|| wakeup.wait(None));
            while !wakeup.has_alarm.load(SeqCst) {
                thread::yield_now();
            }
            wakeup.notify();
            sleeper.join().unwrap();
        });
        assert!(!wakeup.has_alarm.load(SeqCst));
    }
}
