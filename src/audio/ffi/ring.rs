//! A ring of bytes that can be filled without zeroing it first, which safe `rtrb` (0.3) does on every write.

use super::realtime::LockedMemory;
use rtrb::{Consumer, Producer, RingBuffer};
use std::io;
use std::mem::MaybeUninit;

/// The writing side of a ring.
pub struct RingWriter {
    ring: Producer<u8>,
    /// How many slots, counted from the write position, have never held a byte.
    fresh: usize,
}

/// How many bytes of a new ring are filled at once. More than a frame.
const MAX_FRESH: usize = 1 << 16;

/// A ring of `capacity` bytes.
pub fn ring(capacity: usize) -> (RingWriter, Consumer<u8>) {
    let (ring, consumer) = RingBuffer::new(capacity);
    let fresh = capacity;
    (RingWriter { ring, fresh }, consumer)
}

/// Keeps the memory of an empty ring from being paged out.
///
/// # Errors
/// Those of [`LockedMemory::lock`].
pub fn lock(ring: &mut Producer<u8>) -> io::Result<LockedMemory> {
    let mut chunk = match ring.write_chunk_uninit(ring.slots()) {
        Ok(chunk) => chunk,
        Err(_) => return Err(io::ErrorKind::InvalidInput.into()),
    };
    let (free, _) = chunk.as_mut_slices();
    LockedMemory::lock(free)
}

impl RingWriter {
    /// Keeps the memory of an empty ring from being paged out.
    ///
    /// # Errors
    /// Those of [`LockedMemory::lock`].
    pub fn lock(&mut self) -> io::Result<LockedMemory> {
        lock(&mut self.ring)
    }

    /// How many bytes are free.
    pub fn free(&self) -> usize {
        self.ring.slots()
    }

    /// Passes a free part of the ring to `read`, which fills it from its start and returns how many bytes it filled.
    /// The part is contiguous, has at most `max` bytes, and arbitrary content.
    ///
    /// # Errors
    /// Those of `read`; the ring is unchanged then.
    pub fn fill<E>(
        &mut self,
        max: usize,
        read: impl FnOnce(&mut [u8]) -> Result<usize, E>,
    ) -> Result<usize, E> {
        let max = max.min(self.free());
        if self.fresh > 0 {
            return self.fill_fresh(max, read);
        }
        let Ok(mut chunk) = self.ring.write_chunk_uninit(max) else {
            return Ok(0);
        };
        let (free, _) = chunk.as_mut_slices();
        let length = free.len();
        // SAFETY: every slot of the ring has been written once (`fresh` is 0), and is still initialized: reading a byte
        // from an `rtrb` ring leaves it where it is.
        let bytes =
            read(unsafe { &mut *(std::ptr::from_mut::<[MaybeUninit<u8>]>(free) as *mut [u8]) })?;
        let bytes = bytes.min(length);
        // SAFETY: these bytes were initialized before, and `read` can only have replaced them by other initialized
        // bytes.
        unsafe { chunk.commit(bytes) };
        Ok(bytes)
    }

    /// Like [`RingWriter::fill`], for a ring that has not been written everywhere yet: the part is zeroed first. It is
    /// short, so that a short sound does not cost the time and memory of a whole ring.
    fn fill_fresh<E>(
        &mut self,
        max: usize,
        read: impl FnOnce(&mut [u8]) -> Result<usize, E>,
    ) -> Result<usize, E> {
        let Ok(mut chunk) = self.ring.write_chunk(max.min(MAX_FRESH)) else {
            return Ok(0);
        };
        let (free, _) = chunk.as_mut_slices();
        let length = free.len();
        let bytes = read(free)?.min(length);
        chunk.commit(bytes);
        self.fresh = self.fresh.saturating_sub(bytes);
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_come_out_in_order_over_many_laps() {
        let (mut writer, mut reader) = ring(10);
        let (mut next, mut expected) = (0u8, 0u8);
        for step in 0..200 {
            let filled = writer.fill(1 + step % 7, |free| {
                free.fill_with(|| {
                    next = next.wrapping_add(1);
                    next
                });
                Ok::<_, ()>(free.len())
            });
            assert!(filled.unwrap() <= 1 + step % 7);
            while let Ok(byte) = reader.pop() {
                expected = expected.wrapping_add(1);
                assert_eq!(byte, expected);
            }
        }
        assert_eq!(next, expected);
    }

    #[test]
    fn a_failed_read_adds_nothing() {
        let (mut writer, mut reader) = ring(4);
        for _ in 0..4 {
            assert_eq!(writer.fill(4, |_| Err(5)), Err(5));
            assert!(reader.pop().is_err());
            assert_eq!(writer.fill(2, |free| Ok::<_, ()>(free.len())), Ok(2));
            assert!(reader.pop().is_ok() && reader.pop().is_ok());
        }
    }
}
