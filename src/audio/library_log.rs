//! libasound's own messages, per thread, between the call that failed and the error that reports it.
//!
//! `ffi::messages` records them and [`Error::device`](super::error::Error::device) takes them: neither needs the other.

use std::cell::RefCell;

/// The most messages that are kept: a failing call rarely needs more than a few, and the rest repeats them.
const MAX_MESSAGES: usize = 20;

thread_local! {
    static MESSAGES: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// Keeps a message of this thread.
///
/// Never panics, because it runs in a callback from C: a message that arrives while others are taken, or while the thread
/// ends, is lost.
pub(crate) fn record(message: String) {
    let _ = MESSAGES.try_with(|messages| {
        if let Ok(mut all) = messages.try_borrow_mut()
            && all.len() < MAX_MESSAGES
        {
            all.push(message);
        }
    });
}

/// Removes and returns what this thread recorded.
pub(crate) fn take() -> Vec<String> {
    MESSAGES.with(|messages| {
        messages
            .try_borrow_mut()
            .map(|mut all| std::mem::take(&mut *all))
            .unwrap_or_default()
    })
}
