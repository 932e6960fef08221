//! Watches the calls to ctls. They do not return if the sound server behind a ctl does not answer.

use super::error::{Error, Result};
use super::threads;
use super::time_limit::{WAIT_PARTS, no_answer};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::sync::{Mutex, OnceLock};
use std::thread::Thread;
use std::time::Duration;

static BEGUN: AtomicU64 = AtomicU64::new(0);
static ENDED: AtomicU64 = AtomicU64::new(0);
/// Whether the watching thread sleeps until a call begins.
static ASLEEP: AtomicBool = AtomicBool::new(false);
static WATCHER: OnceLock<Thread> = OnceLock::new();
/// The name of the ctl that was opened last.
static DEVICE: Mutex<String> = Mutex::new(String::new());

/// A call to a ctl, until it is dropped.
pub(crate) struct CtlCall;

impl CtlCall {
    pub(crate) fn begin() -> CtlCall {
        BEGUN.fetch_add(1, SeqCst);
        if ASLEEP.swap(false, SeqCst)
            && let Some(watcher) = WATCHER.get()
        {
            watcher.unpark();
        }
        CtlCall
    }

    /// A call that opens the ctl `device`.
    pub(crate) fn open(device: &str) -> CtlCall {
        if let Ok(mut last) = DEVICE.lock() {
            device.clone_into(&mut last);
        }
        CtlCall::begin()
    }
}

impl Drop for CtlCall {
    fn drop(&mut self) {
        ENDED.fetch_add(1, SeqCst);
    }
}

/// What [`watch_ctl_calls`] reports.
pub enum CtlAnswer<'a> {
    /// A call has not returned for this long. The error says which sound server does not answer.
    None(&'a Error, Duration),
    /// The call has returned after all.
    Late,
}

/// Calls `report` from another thread while a call to a ctl (by [`mixer`](super::mixer)) takes longer than `limit`, at
/// intervals of a fifth of it. Call this once.
///
/// # Errors
/// If no thread can be started.
pub fn watch_ctl_calls(
    limit: Duration,
    mut report: impl FnMut(CtlAnswer) + Send + 'static,
) -> Result<()> {
    let thread = threads::spawn(move || {
        // Time in which this process is stopped counts as one interval at most.
        let interval = limit / WAIT_PARTS;
        let mut waited = Duration::ZERO;
        loop {
            sleep_until_call();
            let ended = ENDED.load(SeqCst);
            std::thread::sleep(interval);
            if ENDED.load(SeqCst) == ended {
                waited += interval;
                if waited >= limit {
                    report(CtlAnswer::None(&no_answer(&last_opened()), waited));
                }
            } else if std::mem::take(&mut waited) >= limit {
                report(CtlAnswer::Late);
            }
        }
    })?;
    let _ = WATCHER.set(thread.thread().clone());
    Ok(())
}

fn sleep_until_call() {
    while BEGUN.load(SeqCst) == ENDED.load(SeqCst) {
        ASLEEP.store(true, SeqCst);
        if BEGUN.load(SeqCst) == ENDED.load(SeqCst) {
            std::thread::park();
        }
    }
}

fn last_opened() -> String {
    DEVICE.lock().map(|last| last.clone()).unwrap_or_default()
}
