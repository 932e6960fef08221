//! Truncated files, as an interrupted download leaves.

use super::element::{element_header, id};
use crate::audio::error::Result;
use crate::audio::file::input::Input;

/// Bytes of the header of an element at most.
const MAX_HEADER_BYTES: usize = 12;

/// Whether the regular file `input` ends before its segment.
///
/// # Errors
/// If reading fails.
pub(in super::super) fn is_truncated(input: &Input) -> Result<bool> {
    let Some(file_bytes) = input.size() else {
        return Ok(false);
    };
    let mut at = 0;
    for _ in 0..2 {
        let mut head = [0; MAX_HEADER_BYTES];
        let got = input.read_at(at, &mut head)?;
        let Ok(element) = element_header(&head[..got]) else {
            return Ok(false);
        };
        at = at.saturating_add(element.bytes as u64 + element.size);
        if element.id == id::SEGMENT {
            return Ok(!element.is_unknown_size && at > file_bytes);
        }
    }
    Ok(false)
}
