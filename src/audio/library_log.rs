//! The messages that libasound logs, per thread, until an error takes them.
//!
//! `ffi::messages` records them and [`Error::device`](super::error::Error::device) takes them, so that neither depends
//! on the other.

use std::cell::{Cell, RefCell};

/// A failed call rarely logs more than a few messages. Further ones repeat earlier ones.
const MAX_MESSAGES: usize = 20;

thread_local! {
    static MESSAGES: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
    /// Whether there is a failure. Unlike that, it can be read on a device thread without allocating.
    static HAS_FILE_FAILURE: Cell<bool> = const { Cell::new(false) };
    static FILE_FAILURE: RefCell<Option<FileFailure>> = const { RefCell::new(None) };
}

/// A failed read or write of the file of a `file` plugin.
pub(crate) struct FileFailure {
    /// The positive errno.
    pub errno: i32,
    /// What libasound logged.
    pub message: String,
}

/// What libasound logs if its `file` plugin cannot write to its file, or read from its `infile`.
const FILE_FAILURES: [&str; 2] = ["file data may be corrupt", "read from file failed"];

/// Records a message of this thread if it reports the failure of a `file` plugin. `errno` is 0 if there is none.
///
/// alsa-lib (1.2.8, not reported upstream) returns success from `snd_pcm_drain` and `snd_pcm_drop` if the plugin cannot
/// write what it holds, and from reads if it cannot read its `infile`: the message is the only sign.
pub(crate) fn record_file_failure(errno: i32, message: &str) {
    if errno == 0 || !FILE_FAILURES.iter().any(|text| message.contains(text)) {
        return;
    }
    let message = message.to_owned();
    let _ = FILE_FAILURE.try_with(|failure| {
        if let Ok(mut failure) = failure.try_borrow_mut() {
            failure.get_or_insert(FileFailure { errno, message });
            HAS_FILE_FAILURE.set(true);
        }
    });
}

/// Whether a `file` plugin has failed on this thread.
pub(crate) fn has_file_failure() -> bool {
    HAS_FILE_FAILURE.get()
}

/// Removes and returns the first failure of a `file` plugin on this thread.
pub(crate) fn take_file_failure() -> Option<FileFailure> {
    if !HAS_FILE_FAILURE.replace(false) {
        return None;
    }
    FILE_FAILURE.with(|failure| failure.try_borrow_mut().ok()?.take())
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
