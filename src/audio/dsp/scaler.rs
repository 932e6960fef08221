//! Scales frames of one format, without a change of the format.

use super::gain::Ramp;
use super::sample::{Dither, Packer, Unpacker};
use crate::audio::spec::Spec;

/// Scales frames. It allocates only when it is made.
pub struct Scaler {
    spec: Spec,
    unpacker: Unpacker,
    packer: Packer,
    dither: Dither,
    numbers: Vec<f64>,
    bytes: Vec<u8>,
}

impl Scaler {
    /// A scaler for at most `max_frames` frames at a time; `None` if samples of this format have no full scale.
    pub fn new(spec: Spec, max_frames: usize) -> Option<Scaler> {
        Some(Scaler {
            unpacker: Unpacker::new(spec.format)?,
            packer: Packer::new(spec.format)?,
            dither: Dither::new(0),
            numbers: Vec::with_capacity(max_frames * spec.channels as usize),
            bytes: Vec::with_capacity(max_frames * spec.frame_bytes()),
            spec,
        })
    }

    /// The most frames it takes at a time.
    pub fn max_frames(&self) -> u64 {
        (self.numbers.capacity() / self.spec.channels as usize) as u64
    }

    /// `frames`, scaled by `ramp`. Integer samples are dithered, unless they are silenced.
    pub fn scale(&mut self, frames: &[u8], ramp: Ramp) -> &[u8] {
        self.numbers.clear();
        self.bytes.clear();
        self.unpacker.unpack_all(frames, &mut self.numbers);
        ramp.apply(&mut self.numbers, self.spec.channels as usize);
        let is_silent = ramp == Ramp::constant(0.0);
        let dither = Some(&mut self.dither).filter(|_| !is_silent);
        self.packer.pack_all(&self.numbers, dither, &mut self.bytes);
        &self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::format::Format;

    #[test]
    fn frames_of_every_format_are_scaled_without_allocating() {
        for format in Format::all() {
            let scaler = Spec::new(format, 48_000, 2).ok();
            let Some(mut scaler) = scaler.and_then(|spec| Scaler::new(spec, 16)) else {
                continue;
            };
            let (unpacker, packer) = (scaler.unpacker, scaler.packer);
            let size = packer.bytes();
            let mut frames = vec![0; 32 * size];
            for sample in frames.chunks_exact_mut(size) {
                packer.pack(-0.5, sample);
            }
            let (numbers, bytes) = (scaler.numbers.capacity(), scaler.bytes.capacity());
            let scaled = scaler.scale(&frames, Ramp { from: 1.0, to: 0.0 }).to_vec();
            for (at, sample) in scaled.chunks_exact(size).enumerate() {
                let wanted = -0.5 * (1.0 - (at / 2) as f64 / 16.0);
                let found = unpacker.unpack(sample);
                assert!(
                    (found - wanted).abs() < 0.06,
                    "{format}: {found} for {wanted}"
                );
            }
            assert_eq!(scaler.max_frames(), 16);
            assert_eq!(
                (scaler.numbers.capacity(), scaler.bytes.capacity()),
                (numbers, bytes)
            );
        }
    }

    #[test]
    fn silenced_frames_are_digital_silence() {
        let spec = Spec::new(Format::S16_LE, 48_000, 1).unwrap();
        let mut scaler = Scaler::new(spec, 4).unwrap();
        let scaled = scaler.scale(&[1, 2, 3, 4, 5, 6, 7, 8], Ramp::constant(0.0));
        assert_eq!(scaled, [0; 8]);
    }
}
