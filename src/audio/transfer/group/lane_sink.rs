//! Where the file side of one device of a group puts its frames, until they are merged.

use crate::audio::error::Result;
use crate::audio::spec::Spec;
use crate::audio::stream::Sink;
use crate::audio::wall_time::WallTime;
use std::sync::{Arc, Mutex, PoisonError};

/// Frames of one device, in the format and rate of the recording.
#[derive(Debug, Default)]
pub(super) struct Captured {
    /// Frames that were not taken yet.
    pub bytes: Vec<u8>,
    /// When a frame was captured, and its number.
    pub time: Option<(u64, WallTime)>,
}

/// What a sink keeps, shared with the thread that merges.
pub(super) type SharedCapture = Arc<Mutex<Captured>>;

/// A sink that keeps frames in memory.
pub(super) struct LaneSink {
    spec: Spec,
    device: String,
    frames: u64,
    captured: SharedCapture,
}

impl LaneSink {
    /// A sink for frames of `spec`, and what it keeps.
    pub(super) fn new(spec: Spec, device: &str) -> (LaneSink, SharedCapture) {
        let captured = SharedCapture::default();
        let sink = LaneSink {
            spec,
            device: device.to_owned(),
            frames: 0,
            captured: captured.clone(),
        };
        (sink, captured)
    }

    fn change(&self, change: impl FnOnce(&mut Captured)) {
        change(&mut self.captured.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

impl Sink for LaneSink {
    fn spec(&self) -> Spec {
        self.spec
    }

    fn name(&self) -> &str {
        &self.device
    }

    fn write(&mut self, frames: &[u8]) -> Result<()> {
        self.frames += self.spec.frames_in(frames.len() as u64);
        self.change(|captured| captured.bytes.extend_from_slice(frames));
        Ok(())
    }

    fn set_time(&mut self, next_frame: WallTime) {
        self.change(|captured| captured.time = Some((self.frames, next_frame)));
    }

    fn checkpoint(&mut self) -> Result<()> {
        Ok(())
    }

    fn frames(&self) -> u64 {
        self.frames
    }

    fn finish(&mut self) -> Result<()> {
        Ok(())
    }
}
