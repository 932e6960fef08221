//! Random access to the bytes of a file, or of a pipe held in memory.

use super::input::Input;
use crate::audio::error::Result;

pub(super) enum ByteView<'a> {
    File(&'a Input),
    Memory(&'a [u8]),
}

impl ByteView<'_> {
    /// `count` bytes at `at`; fewer only at the end.
    pub(super) fn bytes(&self, at: u64, count: usize) -> Result<Vec<u8>> {
        match self {
            ByteView::File(input) => {
                let left = input.size().unwrap_or(0).saturating_sub(at);
                let mut bytes = vec![0; count.min(usize::try_from(left).unwrap_or(usize::MAX))];
                let read = input.read_at(at, &mut bytes)?;
                bytes.truncate(read);
                Ok(bytes)
            }
            ByteView::Memory(bytes) => {
                let start = usize::try_from(at).unwrap_or(usize::MAX).min(bytes.len());
                let end = start.saturating_add(count).min(bytes.len());
                Ok(bytes[start..end].to_vec())
            }
        }
    }

    /// The `N` bytes at `at`, if there are that many.
    pub(super) fn array<const N: usize>(&self, at: u64) -> Result<Option<[u8; N]>> {
        Ok(self.bytes(at, N)?.try_into().ok())
    }
}
