//! A panic in somebody else's parser is an error of the file, and no text on the terminal.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;
use symphonia::core::errors::{Error, Result};

thread_local! {
    static GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// Does what may panic. What it worked on is still safe to be used, but not to be trusted.
pub(in crate::audio::file) fn guarded<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let usual = take_hook();
        set_hook(Box::new(move |panic| {
            if !GUARDED.get() {
                usual(panic);
            }
        }));
    });
    GUARDED.set(true);
    let done = catch_unwind(AssertUnwindSafe(work));
    GUARDED.set(false);
    done.unwrap_or(Err(Error::DecodeError(
        "guard: its numbers contradict each other",
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_an_error() {
        let panics = |numbers: &[u8]| Ok(numbers[3]);
        assert!(guarded(|| panics(&[1, 2])).is_err());
        assert_eq!(guarded(|| panics(&[1, 2, 3, 4])).unwrap(), 4);
    }
}
