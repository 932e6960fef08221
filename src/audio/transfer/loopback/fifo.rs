//! What was captured and is not yet in the playing device: a few frames, in one piece.

pub(super) struct Fifo {
    bytes: Box<[u8]>,
    start: usize,
    length: usize,
}

impl Fifo {
    /// Room for `capacity` bytes.
    pub(super) fn new(capacity: usize) -> Fifo {
        Fifo {
            bytes: vec![0; capacity].into_boxed_slice(),
            start: 0,
            length: 0,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.length
    }

    pub(super) fn clear(&mut self) {
        (self.start, self.length) = (0, 0);
    }

    /// All that is in it, oldest first.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes[self.start..self.start + self.length]
    }

    /// Lets go of the oldest `count` bytes, or of all there are.
    pub(super) fn drop_front(&mut self, count: usize) {
        let count = count.min(self.length);
        self.start += count;
        self.length -= count;
        if self.length == 0 {
            self.start = 0;
        }
    }

    /// Appends `new`. Where there is no room for it the oldest bytes give way; gives how many did.
    pub(super) fn push(&mut self, new: &[u8]) -> usize {
        let kept = &new[new.len().saturating_sub(self.bytes.len())..];
        let lost = (self.length + kept.len()).saturating_sub(self.bytes.len());
        self.drop_front(lost);
        if self.start + self.length + kept.len() > self.bytes.len() {
            self.bytes
                .copy_within(self.start..self.start + self.length, 0);
            self.start = 0;
        }
        let end = self.start + self.length;
        self.bytes[end..end + kept.len()].copy_from_slice(kept);
        self.length += kept.len();
        lost + (new.len() - kept.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_in_comes_out_in_its_order() {
        let mut fifo = Fifo::new(10);
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
    fn the_oldest_gives_way() {
        let mut fifo = Fifo::new(4);
        assert_eq!(fifo.push(&[1, 2, 3]), 0);
        assert_eq!(fifo.push(&[4, 5, 6]), 2);
        assert_eq!(fifo.bytes(), [3, 4, 5, 6]);
        assert_eq!(fifo.push(&[7, 8, 9, 10, 11, 12]), 6);
        assert_eq!(fifo.bytes(), [9, 10, 11, 12]);
        fifo.drop_front(9);
        assert_eq!(fifo.len(), 0);
    }
}
