//! `-t 4`: frame numbers, which show frames that are lost or moved.

use aloud::audio::error;
use aloud::audio::format::{ByteOrder, Encoding};
use aloud::audio::spec::Spec;
use aloud::audio::stream::Source;

/// The numbers of frames on one of several channels.
pub(super) struct Pattern {
    spec: Spec,
    channel: u32,
    /// The numbers of the next frame and of the one after the last.
    next: u64,
    end: u64,
}

impl Pattern {
    /// A source of `frames` frames; the first one has the number `first`.
    pub(super) fn new(spec: Spec, channel: u32, first: u64, frames: u64) -> Pattern {
        Pattern {
            spec,
            channel,
            next: first,
            end: first + frames,
        }
    }
}

/// The bits that speaker-test plays for a number: integers get those of a float, and floats those of an integer.
fn bits(number: i32, encoding: Encoding) -> i32 {
    match encoding {
        Encoding::Float => number,
        _ => (number as f32 / 2f32.powi(31)).to_bits() as i32,
    }
}

impl Source for Pattern {
    fn spec(&self) -> Spec {
        self.spec
    }

    fn frames(&self) -> Option<u64> {
        Some(self.end - self.next)
    }

    fn name(&self) -> &str {
        "test pattern"
    }

    fn read(&mut self, buffer: &mut [u8]) -> error::Result<usize> {
        let format = self.spec.format;
        let width = format.physical_bits() as usize / 8;
        let at = self.channel as usize * width;
        let mut bytes = 0;
        for frame in buffer.chunks_exact_mut(self.spec.frame_bytes()) {
            if self.next == self.end {
                break;
            }
            let sample = bits(self.next as i32, format.encoding()) >> (32 - format.bits());
            frame.fill(0);
            let place = &mut frame[at..at + width];
            match format.byte_order() {
                ByteOrder::Big => place.copy_from_slice(&sample.to_be_bytes()[4 - width..]),
                _ => place.copy_from_slice(&sample.to_le_bytes()[..width]),
            }
            self.next += 1;
            bytes += frame.len();
        }
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::Pattern;
    use aloud::audio::format::Format;
    use aloud::audio::spec::Spec;
    use aloud::audio::stream::Source;

    /// The samples of speaker-test.
    #[test]
    fn each_format_has_the_upper_bits() {
        let read = |format, first| {
            let spec = Spec::new(format, 48_000, 2).unwrap();
            let mut bytes = vec![1; spec.frame_bytes()];
            let mut pattern = Pattern::new(spec, 1, first, 1);
            assert_eq!(pattern.read(&mut bytes).unwrap(), bytes.len());
            assert_eq!(pattern.read(&mut [1; 16]).unwrap(), 0);
            bytes
        };
        assert_eq!(read(Format::S32_BE, 1), [0, 0, 0, 0, 0x30, 0, 0, 0]);
        assert_eq!(read(Format::S24_LE, 3), [0, 0, 0, 0, 0, 0xc0, 0x30, 0]);
        assert_eq!(read(Format::S24_3BE, 3), [0, 0, 0, 0x30, 0xc0, 0]);
        assert_eq!(read(Format::S16_LE, 17), [0, 0, 0x08, 0x32]);
        assert_eq!(read(Format::S8, 16), [0, 0x32]);
        assert_eq!(read(Format::FLOAT_LE, 17), [0, 0, 0, 0, 17, 0, 0, 0]);
    }
}
