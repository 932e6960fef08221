//! How samples change on their way into a container that holds them otherwise: never their value.

use crate::audio::format::{ByteOrder, Encoding, Format};

/// An exact change of the bytes of each sample: their order, their place in their container, their sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    /// Bytes of a sample, before and after.
    bytes: usize,
    /// Whether the most significant byte comes first, before.
    big_before: bool,
    /// Whether it does after.
    big_after: bool,
    /// Bits by which the sample moves up. What stood above it falls off.
    up: u32,
    /// What turns an unsigned sample into a signed one, and back: its highest bit, once it has moved.
    flip: u64,
}

impl Layout {
    /// What makes `to` of `from`, if that is possible without a loss and in as many bytes.
    pub(super) fn between(from: Format, to: Format) -> Option<Layout> {
        let flips = from.encoding() != to.encoding();
        let fits = from.physical_bits() == to.physical_bits() && from.bits() <= to.bits();
        let possible = from == to
            || fits && (is_integer(from) && is_integer(to) || !flips && from.bits() == to.bits());
        possible.then(|| Layout {
            bytes: from.physical_bits() as usize / 8,
            big_before: from.byte_order() == ByteOrder::Big,
            big_after: to.byte_order() == ByteOrder::Big,
            up: to.bits() - from.bits(),
            flip: if flips { 1 << (to.bits() - 1) } else { 0 },
        })
    }

    /// Whether it changes nothing.
    pub(super) fn is_identity(&self) -> bool {
        let same_order = self.big_before == self.big_after || self.bytes == 1;
        same_order && self.up == 0 && self.flip == 0
    }

    /// Puts the changed samples of `before` into `after`, which is as long.
    pub(super) fn apply(&self, before: &[u8], after: &mut [u8]) {
        let samples = before.chunks_exact(self.bytes);
        for (before, after) in samples.zip(after.chunks_exact_mut(self.bytes)) {
            let sample = (load(before, self.big_before) << self.up) ^ self.flip;
            store(sample, after, self.big_after);
        }
    }
}

fn is_integer(format: Format) -> bool {
    matches!(format.encoding(), Encoding::Signed | Encoding::Unsigned)
}

fn load(bytes: &[u8], big: bool) -> u64 {
    let shifted = |sample: u64, byte: &u8| sample << 8 | u64::from(*byte);
    match big {
        true => bytes.iter().fold(0, shifted),
        false => bytes.iter().rev().fold(0, shifted),
    }
}

fn store(sample: u64, bytes: &mut [u8], big: bool) {
    let count = bytes.len();
    bytes.copy_from_slice(&sample.to_le_bytes()[..count]);
    if big {
        bytes.reverse();
    }
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
    fn a_format_is_itself_without_a_change() {
        for format in Format::all().filter(|format| format.physical_bits() >= 8) {
            assert!(
                Layout::between(format, format).unwrap().is_identity(),
                "{format}"
            );
        }
    }

    #[test]
    fn what_would_change_a_value_is_refused() {
        for (from, to) in [
            (Format::S32_LE, Format::S24_LE),
            (Format::S16_LE, Format::S32_LE),
            (Format::FLOAT_LE, Format::S32_LE),
            (Format::U8, Format::MU_LAW),
            (Format::DSD_U8, Format::U8),
            (Format::IEC958_SUBFRAME_LE, Format::S32_LE),
        ] {
            assert_eq!(Layout::between(from, to), None, "{from} {to}");
        }
    }

    #[test]
    fn floats_and_laws_change_only_the_order_of_their_bytes() {
        let layout = Layout::between(Format::FLOAT64_LE, Format::FLOAT64_BE).unwrap();
        let mut after = [0; 8];
        layout.apply(&1.5f64.to_le_bytes(), &mut after);
        assert_eq!(after, 1.5f64.to_be_bytes());
        assert!(
            Layout::between(Format::A_LAW, Format::A_LAW)
                .unwrap()
                .is_identity()
        );
    }

    proptest! {
        #[test]
        fn every_integer_keeps_its_value_exactly(bytes in any::<[u8; 24]>()) {
            for (from, to) in integers().flat_map(|from| integers().map(move |to| (from, to))) {
                let Some(layout) = Layout::between(from, to) else { continue };
                let mut after = bytes;
                layout.apply(&bytes, &mut after);
                let size = layout.bytes;
                let values = |format, bytes: &[u8]| -> Vec<f64> {
                    let reader = Unpacker::new(format).unwrap();
                    bytes.chunks_exact(size).map(|sample| reader.read(sample)).collect()
                };
                prop_assert_eq!(values(from, &bytes), values(to, &after), "{} {}", from, to);
            }
        }
    }
}
