//! Channels in another order.

use crate::audio::error::Result;
use crate::audio::file::Source;
use crate::audio::spec::Spec;

/// A source whose channels are given in another order: channel `i` of a frame is channel `order[i]` of the inner one's.
pub struct Remapped<S> {
    inner: S,
    order: Vec<usize>,
    frame: Vec<u8>,
}

impl<S: Source> Remapped<S> {
    /// `inner`, reordered. `order` names each of its channels once.
    pub fn new(inner: S, order: Vec<usize>) -> Remapped<S> {
        Remapped {
            frame: vec![0; inner.spec().frame_bytes()],
            inner,
            order,
        }
    }

    /// The source behind it.
    pub fn into_inner(self) -> S {
        self.inner
    }
}

impl<S: Source> Source for Remapped<S> {
    fn spec(&self) -> Spec {
        self.inner.spec()
    }

    fn frames(&self) -> Option<u64> {
        self.inner.frames()
    }

    fn name(&self) -> &str {
        self.inner.name()
    }

    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let bytes = self.inner.read(buffer)?;
        let sample = self.frame.len() / self.order.len();
        for frame in buffer[..bytes].chunks_exact_mut(self.frame.len()) {
            self.frame.copy_from_slice(frame);
            for (to, from) in self.order.iter().enumerate() {
                frame[to * sample..][..sample]
                    .copy_from_slice(&self.frame[from * sample..][..sample]);
            }
        }
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::format::Format;

    struct Given(Vec<u8>);

    impl Source for Given {
        fn spec(&self) -> Spec {
            Spec::new(Format::S16_LE, 8000, 3).unwrap()
        }
        fn frames(&self) -> Option<u64> {
            None
        }
        fn name(&self) -> &str {
            "given"
        }
        fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
            buffer[..self.0.len()].copy_from_slice(&self.0);
            Ok(self.0.len())
        }
    }

    #[test]
    fn each_channel_goes_to_its_place() {
        let mut remapped = Remapped::new(
            Given(vec![1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6]),
            vec![2, 0, 1],
        );
        let mut buffer = [0; 12];
        assert_eq!(remapped.read(&mut buffer).unwrap(), 12);
        assert_eq!(buffer, [3, 3, 1, 1, 2, 2, 6, 6, 4, 4, 5, 5]);
    }
}
