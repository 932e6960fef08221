//! The frames of a period: interleaved for files, and if the device wants it, a plane for each channel.

use crate::audio::pcm::StepwisePcm;
use crate::audio::spec::Spec;

/// Frames on their way to or from a device.
pub(super) struct FrameBlock {
    spec: Spec,
    /// All channels of a frame side by side.
    bytes: Vec<u8>,
    /// The samples of each channel; none if the device takes interleaved frames.
    planes: Vec<Vec<u8>>,
}

impl FrameBlock {
    /// Room for `frames` frames.
    pub(super) fn new(spec: Spec, frames: u64, planar: bool) -> FrameBlock {
        let bytes = vec![0; spec.bytes(frames) as usize];
        let planes = if planar { spec.channels as usize } else { 0 };
        FrameBlock {
            planes: vec![vec![0; bytes.len() / planes.max(1)]; planes],
            bytes,
            spec,
        }
    }

    /// Its interleaved frames.
    pub(super) fn bytes_mut(&mut self) -> &mut [u8] {
        &mut self.bytes
    }

    /// Interleaved frames `from` to `to`.
    pub(super) fn frames(&self, from: u64, to: u64) -> &[u8] {
        &self.bytes[self.spec.bytes(from) as usize..self.spec.bytes(to) as usize]
    }

    /// Whether the device has a plane for each channel.
    pub(super) fn is_planar(&self) -> bool {
        !self.planes.is_empty()
    }

    /// Replaces all frames from byte `from` on by silence.
    pub(super) fn silence_from(&mut self, from: usize) {
        self.spec.format.fill_silence(&mut self.bytes[from..], 0);
    }

    /// Copies the interleaved frames to the planes.
    pub(super) fn split(&mut self) {
        let (frame, sample) = (self.spec.frame_bytes(), self.sample_bytes());
        for (channel, plane) in self.planes.iter_mut().enumerate() {
            let frames = self.bytes.chunks_exact(frame);
            for (to, frame) in plane.chunks_exact_mut(sample).zip(frames) {
                to.copy_from_slice(&frame[channel * sample..][..sample]);
            }
        }
    }

    /// Copies the planes to the interleaved frames.
    pub(super) fn join(&mut self) {
        let (frame, sample) = (self.spec.frame_bytes(), self.sample_bytes());
        for (channel, plane) in self.planes.iter().enumerate() {
            let frames = self.bytes.chunks_exact_mut(frame);
            for (from, frame) in plane.chunks_exact(sample).zip(frames) {
                frame[channel * sample..][..sample].copy_from_slice(from);
            }
        }
    }

    fn sample_bytes(&self) -> usize {
        self.spec.frame_bytes() / self.planes.len().max(1)
    }

    /// Writes what follows the first `done` frames; returns how many frames.
    ///
    /// # Errors
    /// That of alsa-lib, as a positive errno.
    pub(super) fn write(&self, pcm: &StepwisePcm, done: u64) -> Result<usize, i32> {
        if !self.is_planar() {
            return pcm.write(&self.bytes[self.spec.bytes(done) as usize..]);
        }
        let from = done as usize * self.sample_bytes();
        let rest: Vec<&[u8]> = self.planes.iter().map(|plane| &plane[from..]).collect();
        pcm.write_planes(&rest)
    }

    /// Reads what follows the first `done` frames; returns how many frames.
    ///
    /// # Errors
    /// That of alsa-lib, as a positive errno.
    pub(super) fn read(&mut self, pcm: &StepwisePcm, done: u64) -> Result<usize, i32> {
        if !self.is_planar() {
            return pcm.read(&mut self.bytes[self.spec.bytes(done) as usize..]);
        }
        let from = done as usize * self.sample_bytes();
        let rest = self.planes.iter_mut().map(|plane| &mut plane[from..]);
        pcm.read_planes(&mut rest.collect::<Vec<_>>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::format::Format;

    #[test]
    fn frames_are_split_into_planes_and_joined_again() {
        let spec = Spec::new(Format::S16_LE, 8000, 3).unwrap();
        let mut block = FrameBlock::new(spec, 4, true);
        let frames: Vec<u8> = (1..=24).collect();
        block.bytes_mut().copy_from_slice(&frames);
        block.split();
        assert_eq!(block.planes[1], [3, 4, 9, 10, 15, 16, 21, 22]);
        block.bytes_mut().fill(0);
        block.join();
        assert_eq!(block.frames(0, 4), frames);
        block.silence_from(6);
        assert_eq!(block.frames(0, 2), [1, 2, 3, 4, 5, 6, 0, 0, 0, 0, 0, 0]);
    }
}
