//! Turns panics in third-party parsers into errors, without the message on standard error.
//!
//! symphonia 0.6.1 panics on some corrupt files (pdeljanov/Symphonia#301, #559).

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;
use symphonia::core::errors::{Error, Result};

thread_local! {
    static IS_SILENT: Cell<bool> = const { Cell::new(false) };
}

/// Runs `work`. After a panic, what it worked on is memory-safe but in an unspecified state.
pub(super) fn catch_panic<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let default_hook = take_hook();
        set_hook(Box::new(move |panic| {
            // If panics end the program (profile `small`), this one is not caught.
            if !IS_SILENT.get() || cfg!(panic = "abort") {
                default_hook(panic);
            }
        }));
    });
    IS_SILENT.set(true);
    let result = catch_unwind(AssertUnwindSafe(work));
    IS_SILENT.set(false);
    result.unwrap_or(Err(Error::DecodeError(
        "the decoder failed on corrupt data",
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_an_error() {
        let panics = |numbers: &[u8]| Ok(numbers[3]);
        assert!(catch_panic(|| panics(&[1, 2])).is_err());
        assert_eq!(catch_panic(|| panics(&[1, 2, 3, 4])).unwrap(), 4);
    }
}
