//! The messages that libasound logs, per thread, until an error takes them.
//!
//! `ffi::messages` records them and [`Error::device`](super::error::Error::device) takes them, so that neither depends
//! on the other.

use std::cell::RefCell;

/// A failed call rarely logs more than a few messages. Further ones repeat earlier ones.
const MAX_MESSAGES: usize = 20;

thread_local! {
    static MESSAGES: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// Records a message of this thread.
///
/// Runs in a callback from C, so it must not panic: a message during [`take`] or thread exit is dropped.
pub(crate) fn record(message: String) {
    let _ = MESSAGES.try_with(|messages| {
        if let Ok(mut all) = messages.try_borrow_mut()
            && all.len() < MAX_MESSAGES
        {
            all.push(message);
        }
    });
}

/// Removes and returns the messages of this thread.
pub(crate) fn take() -> Vec<String> {
    MESSAGES.with(|messages| {
        messages
            .try_borrow_mut()
            .map(|mut all| std::mem::take(&mut *all))
            .unwrap_or_default()
    })
}
