//! The frames between the two devices of a loopback: captured and not yet written to the playback device.

use super::fifo::ByteFifo;
use crate::audio::dsp::asrc::Asrc;
use crate::audio::spec::Spec;

/// Frames in a block of silence, at least.
const MIN_SILENCE: usize = 1024;

/// A queue of frames, which pass through a resampler once there is one. Nothing in it allocates after it is made.
pub(super) struct FrameQueue {
    spec: Spec,
    fifo: ByteFifo,
    /// The frames that were queued last, for a resampler to start after.
    history: ByteFifo,
    resampler: Option<Box<Asrc>>,
    /// A block of silence, longer than the resampler's history.
    silence: Vec<u8>,
}

impl FrameQueue {
    /// A queue of at most `max_frames`.
    pub(super) fn new(spec: Spec, max_frames: u64) -> FrameQueue {
        FrameQueue {
            spec,
            fifo: ByteFifo::new(spec.bytes(max_frames) as usize),
            history: ByteFifo::new(spec.bytes(Asrc::history() as u64) as usize),
            resampler: None,
            silence: spec.silence(Asrc::history().max(MIN_SILENCE) as u64),
        }
    }

    /// The memory of the queue.
    pub(super) fn memory(&self) -> &[u8] {
        self.fifo.memory()
    }

    /// Frames in the queue, without those in the resampler.
    pub(super) fn frames(&self) -> u64 {
        self.spec.frames_in(self.fifo.len() as u64)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.fifo.len() == 0
    }

    /// Everything in the queue, oldest first.
    pub(super) fn bytes(&self) -> &[u8] {
        self.fifo.bytes()
    }

    /// What is written next: some of `silent` frames of silence, or everything in the queue.
    pub(super) fn next(&self, silent: u64) -> &[u8] {
        let silence = self.spec.bytes(silent) as usize;
        match silence {
            0 => self.fifo.bytes(),
            _ => &self.silence[..silence.min(self.silence.len())],
        }
    }

    /// Removes the oldest `frames`.
    pub(super) fn remove(&mut self, frames: u64) {
        self.fifo.drop_front(self.spec.bytes(frames) as usize);
    }

    /// Frames that the resampler, if there is one, holds back.
    pub(super) fn delay(&self) -> u64 {
        self.resampler
            .as_ref()
            .map_or(0, |resampler| resampler.delay())
    }

    pub(super) fn is_resampling(&self) -> bool {
        self.resampler.is_some()
    }

    /// A block of silence.
    pub(super) fn silence(&self) -> &[u8] {
        &self.silence
    }

    /// Queues captured frames; with a resampler, `ratio` frames for each. Returns how many old frames were dropped.
    pub(super) fn push(&mut self, frames: &[u8], ratio: f64) -> u64 {
        let dropped = match &mut self.resampler {
            Some(resampler) => self.fifo.push(resampler.process(ratio, frames)),
            None => {
                self.history.push(frames);
                self.fifo.push(frames)
            }
        };
        self.spec.frames_in(dropped as u64)
    }

    /// Queues captured frames and keeps only the last `max`. Returns how many old frames were dropped.
    pub(super) fn push_and_keep(&mut self, frames: &[u8], max: u64) -> u64 {
        let dropped = self.fifo.push(frames);
        let excess = self
            .fifo
            .len()
            .saturating_sub(self.spec.bytes(max) as usize);
        self.fifo.drop_front(excess);
        self.spec.frames_in((dropped + excess) as u64)
    }

    /// Resamples all frames that follow.
    pub(super) fn set_resampler(&mut self, mut resampler: Box<Asrc>) {
        resampler.begin(self.history.bytes());
        self.resampler = Some(resampler);
    }

    /// Empties the queue.
    pub(super) fn clear(&mut self) {
        self.fifo.clear();
    }

    /// Empties the queue. The frames that follow come after silence.
    pub(super) fn restart(&mut self) {
        self.fifo.clear();
        self.history.push(&self.silence);
        self.restart_resampler();
    }

    /// Lets the resampler start after silence.
    pub(super) fn restart_resampler(&mut self) {
        if let Some(resampler) = &mut self.resampler {
            resampler.begin(&self.silence);
        }
    }

    /// Queues what the resampler holds back.
    pub(super) fn flush(&mut self, ratio: f64) {
        let bytes = self.spec.bytes(self.delay()) as usize;
        if let Some(resampler) = &mut self.resampler {
            self.fifo
                .push(resampler.process(ratio, &self.silence[..bytes]));
        }
    }
}
