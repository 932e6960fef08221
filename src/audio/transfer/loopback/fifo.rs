//! A first-in, first-out buffer of bytes that can be read in one piece.

pub(super) struct ByteFifo {
    bytes: Box<[u8]>,
    start: usize,
    length: usize,
}

impl ByteFifo {
    /// A buffer for `capacity` bytes.
    pub(super) fn new(capacity: usize) -> ByteFifo {
        ByteFifo {
            bytes: vec![0; capacity].into_boxed_slice(),
            start: 0,
            length: 0,
        }
    }

    /// Its memory.
    pub(super) fn memory(&self) -> &[u8] {
        &self.bytes
    }

    pub(super) fn len(&self) -> usize {
        self.length
    }

    pub(super) fn clear(&mut self) {
        (self.start, self.length) = (0, 0);
    }

    /// Everything in it, oldest first.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes[self.start..self.start + self.length]
    }

    /// Removes the oldest `count` bytes, or all if there are fewer.
    pub(super) fn drop_front(&mut self, count: usize) {
        let count = count.min(self.length);
        self.start += count;
        self.length -= count;
        if self.length == 0 {
            self.start = 0;
        }
    }

    /// Appends `new`. If there is no room, the oldest bytes are dropped; returns how many.
    pub(super) fn push(&mut self, new: &[u8]) -> usize {
        let kept = &new[new.len().saturating_sub(self.bytes.len())..];
        let dropped = (self.length + kept.len()).saturating_sub(self.bytes.len());
        self.drop_front(dropped);
        if self.start + self.length + kept.len() > self.bytes.len() {
            self.bytes
                .copy_within(self.start..self.start + self.length, 0);
            self.start = 0;
        }
        let end = self.start + self.length;
        self.bytes[end..end + kept.len()].copy_from_slice(kept);
        self.length += kept.len();
        dropped + (new.len() - kept.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_come_out_in_the_order_they_went_in() {
        let mut fifo = ByteFifo::new(10);
        let (mut next, mut expected) = (0u8, 0u8);
        for step in (0..5u8).cycle().take(1000) {
            let new: Vec<u8> = (0..step).map(|at| next.wrapping_add(at)).collect();
            next = next.wrapping_add(step);
            assert_eq!(fifo.push(&new), 0);
            while fifo.len() > 5 {
                assert_eq!(fifo.bytes()[0], expected);
                expected = expected.wrapping_add(1);
                fifo.drop_front(1);
            }
        }
    }

    #[test]
    fn a_full_buffer_drops_the_oldest_bytes() {
        let mut fifo = ByteFifo::new(4);
        assert_eq!(fifo.push(&[1, 2, 3]), 0);
        assert_eq!(fifo.push(&[4, 5, 6]), 2);
        assert_eq!(fifo.bytes(), [3, 4, 5, 6]);
        assert_eq!(fifo.push(&[7, 8, 9, 10, 11, 12]), 6);
        assert_eq!(fifo.bytes(), [9, 10, 11, 12]);
        fifo.drop_front(9);
        assert_eq!(fifo.len(), 0);
    }
}
