//! The bytes of a file, or of what came through a pipe and is kept, wherever in them one looks.

use crate::audio::error::Result;
use crate::audio::file::Input;

pub(in crate::audio::file) enum View<'a> {
    File(&'a Input),
    Held(&'a [u8]),
}

impl View<'_> {
    /// The `count` bytes at `at`, fewer only at the end.
    pub(in crate::audio::file) fn bytes(&self, at: u64, count: usize) -> Result<Vec<u8>> {
        match self {
            View::File(input) => {
                let left = input.size().unwrap_or(0).saturating_sub(at);
                let mut bytes = vec![0; count.min(usize::try_from(left).unwrap_or(usize::MAX))];
                let got = input.read_at(at, &mut bytes)?;
                bytes.truncate(got);
                Ok(bytes)
            }
            View::Held(held) => {
                let start = usize::try_from(at).unwrap_or(usize::MAX).min(held.len());
                let end = start.saturating_add(count).min(held.len());
                Ok(held[start..end].to_vec())
            }
        }
    }

    /// The `N` bytes at `at`, if there are so many.
    pub(in crate::audio::file) fn array<const N: usize>(&self, at: u64) -> Result<Option<[u8; N]>> {
        Ok(self.bytes(at, N)?.try_into().ok())
    }
}
