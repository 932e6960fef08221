//! Lossless changes of sample format for containers that store samples differently: byte order, alignment, sign.

use crate::audio::dsp::sample::{load_bytes, store_bytes};
use crate::audio::format::{ByteOrder, Encoding, Format};

/// Converts samples between two formats of the same size without changing their values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Repack {
    /// Bytes of a sample.
    size: usize,
    from: ByteOrder,
    to: ByteOrder,
    /// Bits by which the sample is shifted up. Bits above it are dropped.
    shift: u32,
    /// The sign bit, if it changes between signed and unsigned; else 0.
    flip: u64,
}

impl Repack {
    /// The change from one format to another; `None` if they differ in size or the change would lose information.
    pub(super) fn new(from: Format, to: Format) -> Option<Repack> {
        let flips = from.encoding() != to.encoding();
        let fits = from.physical_bits() == to.physical_bits() && from.bits() <= to.bits();
        let possible = from == to
            || fits && (is_integer(from) && is_integer(to) || !flips && from.bits() == to.bits());
        possible.then(|| Repack {
            size: from.physical_bits() as usize / 8,
            from: from.byte_order(),
            to: to.byte_order(),
            shift: to.bits() - from.bits(),
            flip: if flips { 1 << (to.bits() - 1) } else { 0 },
        })
    }

    /// Whether it changes nothing.
    pub(super) fn is_identity(&self) -> bool {
        let same_order = self.from == self.to || self.size == 1;
        same_order && self.shift == 0 && self.flip == 0
    }

    /// Converts `input` to `output`, which is as long.
    pub(super) fn apply(&self, input: &[u8], output: &mut [u8]) {
        let samples = input.chunks_exact(self.size);
        for (input, output) in samples.zip(output.chunks_exact_mut(self.size)) {
            let sample = (load_bytes(input, self.from) << self.shift) ^ self.flip;
            store_bytes(sample, output, self.to);
        }
    }
}

fn is_integer(format: Format) -> bool {
    matches!(format.encoding(), Encoding::Signed | Encoding::Unsigned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::dsp::sample::Unpacker;
    use proptest::prelude::*;

    fn integers() -> impl Iterator<Item = Format> {
        Format::all().filter(|format| is_integer(*format))
    }

    #[test]
    fn a_format_to_itself_is_the_identity() {
        for format in Format::all().filter(|format| format.physical_bits() >= 8) {
            assert!(
                Repack::new(format, format).unwrap().is_identity(),
                "{format}"
            );
        }
    }

    #[test]
    fn lossy_changes_are_rejected() {
        for (from, to) in [
            (Format::S32_LE, Format::S24_LE),
            (Format::S16_LE, Format::S32_LE),
            (Format::FLOAT_LE, Format::S32_LE),
            (Format::U8, Format::MU_LAW),
            (Format::DSD_U8, Format::U8),
            (Format::IEC958_SUBFRAME_LE, Format::S32_LE),
        ] {
            assert_eq!(Repack::new(from, to), None, "{from} {to}");
        }
    }

    #[test]
    fn floats_change_only_their_byte_order() {
        let repack = Repack::new(Format::FLOAT64_LE, Format::FLOAT64_BE).unwrap();
        let mut output = [0; 8];
        repack.apply(&1.5f64.to_le_bytes(), &mut output);
        assert_eq!(output, 1.5f64.to_be_bytes());
        let a_law = Repack::new(Format::A_LAW, Format::A_LAW).unwrap();
        assert!(a_law.is_identity());
    }

    proptest! {
        #[test]
        fn integers_keep_their_value(bytes in any::<[u8; 24]>()) {
            for (from, to) in integers().flat_map(|from| integers().map(move |to| (from, to))) {
                let Some(repack) = Repack::new(from, to) else { continue };
                let mut output = bytes;
                repack.apply(&bytes, &mut output);
                let size = repack.size;
                let values = |format, bytes: &[u8]| -> Vec<f64> {
                    let unpacker = Unpacker::new(format).unwrap();
                    bytes.chunks_exact(size).map(|sample| unpacker.unpack(sample)).collect()
                };
                prop_assert_eq!(values(from, &bytes), values(to, &output), "{} {}", from, to);
            }
        }
    }
}
