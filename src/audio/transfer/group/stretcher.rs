//! Frames that are resampled by a ratio near 1 from some moment on, without a seam.

use crate::audio::dsp::asrc::Asrc;
use crate::audio::spec::Spec;

/// Frames that are resampled at a time.
pub(super) const MAX_FRAMES: usize = 4096;

/// Passes frames unchanged, and resamples them once that is wanted.
pub(super) struct Stretcher {
    spec: Spec,
    /// `None` while frames pass unchanged.
    asrc: Option<Asrc>,
    /// The last frames, which a resampler starts after.
    history: Vec<u8>,
    /// Frames taken, and the frames that they became.
    taken: u64,
    made: u64,
    /// How many had been taken when the resampler started.
    resampled_from: u64,
}

impl Stretcher {
    pub(super) fn new(spec: Spec) -> Stretcher {
        Stretcher {
            spec,
            asrc: None,
            history: spec.silence(Asrc::history() as u64),
            taken: 0,
            made: 0,
            resampled_from: 0,
        }
    }

    /// Frames taken so far.
    pub(super) fn taken(&self) -> u64 {
        self.taken
    }

    /// Frames that they became so far.
    pub(super) fn made(&self) -> u64 {
        self.made
    }

    pub(super) fn is_resampling(&self) -> bool {
        self.asrc.is_some()
    }

    /// Takes frames that pass unchanged.
    pub(super) fn pass(&mut self, frames: &[u8]) {
        let count = self.spec.frames_in(frames.len() as u64);
        self.taken += count;
        self.made += count;
        let size = self.history.len();
        let new = &frames[frames.len().saturating_sub(size)..];
        self.history.drain(..new.len());
        self.history.extend_from_slice(new);
    }

    /// Adds the next frames to `ready`, resampled by `ratio` (frames made for each frame taken) if that has begun.
    pub(super) fn push(&mut self, frames: &[u8], ratio: f64, ready: &mut Vec<u8>) {
        let Some(asrc) = &mut self.asrc else {
            ready.extend_from_slice(frames);
            return self.pass(frames);
        };
        let before = ready.len();
        self.taken += self.spec.frames_in(frames.len() as u64);
        for chunk in frames.chunks(MAX_FRAMES * self.spec.frame_bytes()) {
            ready.extend_from_slice(asrc.process(ratio, chunk));
        }
        self.made += self.spec.frames_in((ready.len() - before) as u64);
    }

    /// Frames that the resampler holds back.
    pub(super) fn held(&self) -> u64 {
        let since = self.taken - self.resampled_from;
        self.asrc.as_ref().map_or(0, |asrc| asrc.delay().min(since))
    }

    /// Adds what a resampler holds back.
    pub(super) fn flush(&mut self, ratio: f64, ready: &mut Vec<u8>) {
        if let Some(asrc) = &self.asrc {
            let silence = self.spec.silence(asrc.delay());
            self.push(&silence, ratio, ready);
        }
    }

    /// Resamples from the next frame on. Returns whether this format can be resampled.
    pub(super) fn begin(&mut self) -> bool {
        let Ok(mut asrc) = Asrc::new(self.spec, MAX_FRAMES) else {
            return false;
        };
        asrc.begin(&self.history);
        self.asrc = Some(asrc);
        self.resampled_from = self.taken;
        true
    }
}
