//! What one device of a group plays, resampled once its clock is found to drift.

use super::pace::Pace;
use super::stretcher::{MAX_FRAMES, Stretcher};
use crate::audio::error::Result;
use crate::audio::spec::Spec;
use crate::audio::stream::Source;
use crate::audio::transfer::convert::{FileMark, SeekSource};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The pace of a device, shared by the thread that compares the clocks and the one that reads the sound.
pub(super) type SharedPace = Arc<Mutex<Pace>>;

/// Locks a pace.
pub(super) fn lock(pace: &SharedPace) -> MutexGuard<'_, Pace> {
    pace.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A source that keeps the pace of its device. Its samples are not changed until drift is detected.
pub(super) struct PacedSource<S> {
    source: S,
    /// `None` for the first device, which the others follow.
    pace: Option<SharedPace>,
    stretcher: Stretcher,
    input: Vec<u8>,
    /// Resampled frames, of which `handed` bytes have been handed out.
    output: Vec<u8>,
    handed: usize,
    ended: bool,
}

impl<S: SeekSource> PacedSource<S> {
    pub(super) fn new(source: S, pace: Option<SharedPace>) -> PacedSource<S> {
        PacedSource {
            stretcher: Stretcher::new(source.spec()),
            source,
            pace,
            input: Vec::new(),
            output: Vec::new(),
            handed: 0,
            ended: false,
        }
    }

    /// Whether frames are resampled from now on.
    fn is_resampling(&mut self) -> bool {
        if self.stretcher.is_resampling() {
            return true;
        }
        let Some(pace) = &self.pace else {
            return false;
        };
        let mut pace = lock(pace);
        if !pace.is_correcting() {
            return false;
        }
        if !self.stretcher.begin() {
            pace.give_up();
            return false;
        }
        self.input
            .resize(MAX_FRAMES * self.source.spec().frame_bytes(), 0);
        true
    }

    fn ratio(&self) -> f64 {
        let taken = self.stretcher.taken() - self.stretcher.held();
        let made = self.stretcher.made();
        (self.pace.as_ref()).map_or(1.0, |pace| lock(pace).frames_per_frame(made, taken))
    }

    /// Resamples the next frames.
    fn fill_output(&mut self) -> Result<()> {
        self.output.clear();
        self.handed = 0;
        while self.output.is_empty() && !self.ended {
            let bytes = self.source.read(&mut self.input)?;
            let ratio = self.ratio();
            match bytes {
                0 => {
                    self.stretcher.flush(ratio, &mut self.output);
                    self.ended = true;
                }
                bytes => (self.stretcher).push(&self.input[..bytes], ratio, &mut self.output),
            }
        }
        Ok(())
    }
}

impl<S: SeekSource> Source for PacedSource<S> {
    fn spec(&self) -> Spec {
        self.source.spec()
    }

    fn frames(&self) -> Option<u64> {
        None
    }

    fn name(&self) -> &str {
        self.source.name()
    }

    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        if !self.is_resampling() {
            let bytes = self.source.read(buffer)?;
            self.stretcher.pass(&buffer[..bytes]);
            return Ok(bytes);
        }
        if self.handed == self.output.len() {
            self.fill_output()?;
        }
        let bytes = (self.output.len() - self.handed).min(buffer.len());
        buffer[..bytes].copy_from_slice(&self.output[self.handed..][..bytes]);
        self.handed += bytes;
        Ok(bytes)
    }
}

impl<S: SeekSource> SeekSource for PacedSource<S> {
    fn take_marks(&mut self) -> Vec<FileMark> {
        self.source.take_marks()
    }

    fn go_to(&mut self, index: usize, seconds: f64) {
        self.source.go_to(index, seconds);
    }

    fn can_go_to(&self, index: usize) -> bool {
        self.source.can_go_to(index)
    }
}
