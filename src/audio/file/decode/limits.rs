//! How much corrupt data ends decoding with an error.

use crate::audio::error::{Error, Result};
use crate::audio::file::errors::corrupt;

/// Bytes without a frame or page that end the search for the next one.
pub(super) const MAX_SEARCH_BYTES: u64 = 64 << 20;

/// How many packets may fail to decode one after the other.
const MAX_CORRUPT_PACKETS: u64 = 5000;

/// Checks how many bytes of the file `name` were skipped in search of `wanted`.
///
/// # Errors
/// [`Kind::InvalidInput`](crate::audio::error::Kind::InvalidInput) beyond [`MAX_SEARCH_BYTES`].
pub(super) fn check_skipped(skipped: u64, wanted: &str, name: &str) -> Result<()> {
    if skipped <= MAX_SEARCH_BYTES {
        return Ok(());
    }
    let limit = MAX_SEARCH_BYTES >> 20;
    Err(Error::invalid(
        name,
        format!("has {limit} MiB without {wanted}"),
    ))
}

/// Checks how many `packets` of the file `name` have failed to decode one after the other.
///
/// # Errors
/// [`Kind::InvalidInput`](crate::audio::error::Kind::InvalidInput) beyond [`MAX_CORRUPT_PACKETS`].
pub(super) fn check_corrupt(packets: u64, name: &str) -> Result<()> {
    if packets <= MAX_CORRUPT_PACKETS {
        return Ok(());
    }
    let why = format!("{MAX_CORRUPT_PACKETS} consecutive packets cannot be decoded");
    Err(corrupt(name, why))
}
