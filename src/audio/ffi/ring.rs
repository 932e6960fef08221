//! A ring of bytes that can be filled without zeroing it first, which safe `rtrb` (0.3) does on every write.

use super::realtime::LockedMemory;
use rtrb::{Consumer, Producer, RingBuffer};
use std::io;
use std::mem::MaybeUninit;

/// The writing side of a ring. Every byte of its memory counts as initialized.
pub struct RingWriter(Producer<u8>);

/// A ring of `capacity` bytes.
pub fn ring(capacity: usize) -> (RingWriter, Consumer<u8>) {
    let (mut ring, consumer) = RingBuffer::new(capacity);
    if let Ok(mut chunk) = ring.write_chunk_uninit(capacity) {
        initialize(chunk.as_mut_slices().0);
    }
    (RingWriter(ring), consumer)
}

/// Makes the compiler take the bytes for initialized, to whatever is in memory. Writing zeros instead would cost as much as
/// filling the whole ring, and all of its pages, however short the sound is.
#[cfg(inline_assembly)]
fn initialize(bytes: &mut [MaybeUninit<u8>]) {
    // SAFETY: no instruction is executed. As far as the compiler knows, this writes the memory that the pointer leads to.
    // The memory is the allocator's, and stays what it is until it is written.
    unsafe {
        std::arch::asm!("/* {} */", in(reg) bytes.as_mut_ptr(), options(nostack, preserves_flags))
    };
}

/// Zeroes the bytes: `build.rs` allows no assembly for this processor.
#[cfg(not(inline_assembly))]
fn initialize(bytes: &mut [MaybeUninit<u8>]) {
    bytes.fill(MaybeUninit::new(0));
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
        lock(&mut self.0)
    }

    /// How many bytes are free.
    pub fn free(&self) -> usize {
        self.0.slots()
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
        let Ok(mut chunk) = self.0.write_chunk_uninit(max.min(self.free())) else {
            return Ok(0);
        };
        let (free, _) = chunk.as_mut_slices();
        let length = free.len();
        // SAFETY: every slot of the ring was initialized when it was made, and still is: reading a byte from an `rtrb`
        // ring leaves it where it is.
        let bytes =
            read(unsafe { &mut *(std::ptr::from_mut::<[MaybeUninit<u8>]>(free) as *mut [u8]) })?;
        let bytes = bytes.min(length);
        // SAFETY: these bytes were initialized before, and `read` can only have replaced them by other initialized
        // bytes.
        unsafe { chunk.commit(bytes) };
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
