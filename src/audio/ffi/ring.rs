//! A ring of bytes that is read into without being zeroed before each time, as safe `rtrb` does.

use rtrb::{Consumer, Producer, RingBuffer};
use std::mem::MaybeUninit;

/// The side of a ring that is written.
pub struct RingWriter {
    ring: Producer<u8>,
    /// Slots that have never held a byte.
    fresh: usize,
}

/// A ring of `capacity` bytes.
pub fn ring(capacity: usize) -> (RingWriter, Consumer<u8>) {
    let (ring, consumer) = RingBuffer::new(capacity);
    let fresh = capacity;
    (RingWriter { ring, fresh }, consumer)
}

impl RingWriter {
    /// Bytes that there is room for.
    pub fn free(&self) -> usize {
        self.ring.slots()
    }

    /// Whether the other side is gone.
    pub fn is_abandoned(&self) -> bool {
        self.ring.is_abandoned()
    }

    /// Has `read` fill room from its start, at most `most` bytes and as many as lie in one piece, and hands on as many
    /// as it says. What the room held before is of no meaning.
    ///
    /// # Errors
    /// Those of `read`; nothing is handed on then.
    pub fn fill<E>(
        &mut self,
        most: usize,
        read: impl FnOnce(&mut [u8]) -> Result<usize, E>,
    ) -> Result<usize, E> {
        let most = most.min(self.free());
        if self.fresh > 0 {
            return self.fill_fresh(most, read);
        }
        let Ok(mut chunk) = self.ring.write_chunk_uninit(most) else {
            return Ok(0);
        };
        let (room, _) = chunk.as_mut_slices();
        let length = room.len();
        // SAFETY: the whole ring has been handed on once, so each of its slots has held a byte, and still does: taking
        // a byte out of `rtrb` leaves it where it is.
        let bytes =
            read(unsafe { &mut *(std::ptr::from_mut::<[MaybeUninit<u8>]>(room) as *mut [u8]) })?;
        let bytes = bytes.min(length);
        // SAFETY: as above.
        unsafe { chunk.commit(bytes) };
        Ok(bytes)
    }

    /// As [`RingWriter::fill`], in room of which some has never held a byte: it is zeroed first.
    fn fill_fresh<E>(
        &mut self,
        most: usize,
        read: impl FnOnce(&mut [u8]) -> Result<usize, E>,
    ) -> Result<usize, E> {
        let Ok(mut chunk) = self.ring.write_chunk(most) else {
            return Ok(0);
        };
        let (room, _) = chunk.as_mut_slices();
        let length = room.len();
        let bytes = read(room)?.min(length);
        chunk.commit(bytes);
        self.fresh = self.fresh.saturating_sub(bytes);
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_comes_out_lap_after_lap() {
        let (mut writer, mut reader) = ring(10);
        let (mut next, mut expected) = (0u8, 0u8);
        for step in 0..200 {
            let filled = writer.fill(1 + step % 7, |room| {
                room.fill_with(|| {
                    next = next.wrapping_add(1);
                    next
                });
                Ok::<_, ()>(room.len())
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
    fn what_could_not_be_read_is_not_handed_on() {
        let (mut writer, mut reader) = ring(4);
        for _ in 0..4 {
            assert_eq!(writer.fill(4, |_| Err(5)), Err(5));
            assert!(reader.pop().is_err());
            assert_eq!(writer.fill(2, |room| Ok::<_, ()>(room.len())), Ok(2));
            assert!(reader.pop().is_ok() && reader.pop().is_ok());
        }
        drop(reader);
        assert!(writer.is_abandoned());
    }
}
