//! Memory whose size a user chooses.

use crate::audio::error::{Error, Kind, Result};
use std::hint::black_box;

/// Checks that a buffer of `bytes` bytes can be allocated. Elsewhere, a failed allocation of this size ends the process.
///
/// # Errors
/// [`Kind::Internal`] if it cannot.
pub(crate) fn check(bytes: u64) -> Result<()> {
    let reserved = usize::try_from(bytes).is_ok_and(|bytes| {
        let mut buffer: Vec<u8> = Vec::new();
        let reserved = buffer.try_reserve_exact(bytes);
        // The optimizer may leave out an allocation that nobody uses, and assume that it succeeded.
        black_box(&buffer);
        reserved.is_ok()
    });
    match reserved {
        true => Ok(()),
        false => {
            let megabytes = bytes.div_ceil(1 << 20);
            let message = format!("there is no memory to buffer {megabytes} MiB of sound");
            Err(Error::new(Kind::Internal, message))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_memory_than_there_is_is_an_error() {
        assert!(check(1 << 20).is_ok());
        for bytes in [1 << 50, u64::MAX] {
            assert_eq!(check(bytes).unwrap_err().kind(), Kind::Internal);
        }
    }
}
