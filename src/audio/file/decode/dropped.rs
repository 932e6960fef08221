//! Warnings about corrupt data that was skipped: one for each consecutive run.

use crate::audio::spec::Spec;
use crate::audio::spelling::count;
use std::collections::VecDeque;

/// Maximum number of warnings that wait to be taken; further ones are dropped.
const MAX_WARNINGS: usize = 64;

#[derive(Default)]
pub(super) struct Dropped {
    run: Option<DroppedRun>,
    warnings: VecDeque<String>,
    any: bool,
    /// Frames in the runs that have ended, if they are known.
    frames: u64,
    /// Whether it is unknown how many frames were in a run that has ended.
    is_uncounted: bool,
}

/// Consecutive corrupt data.
struct DroppedRun {
    /// Frames decoded before it.
    at: u64,
    packets: u64,
    /// Missing frames, if the next packet has a position.
    frames: u64,
    /// Bytes between packets.
    bytes: u64,
}

impl Dropped {
    /// Whether anything has been dropped.
    pub(super) fn any(&self) -> bool {
        self.any
    }

    /// How many frames have been dropped, if that is known.
    pub(super) fn frames(&self) -> Option<u64> {
        (!self.is_uncounted).then_some(self.frames)
    }

    /// Packets that could not be decoded since the last one that could.
    pub(super) fn packets(&self) -> u64 {
        self.run.as_ref().map_or(0, |run| run.packets)
    }

    /// Adds a packet that could not be decoded, after `at` frames.
    pub(super) fn add_packet(&mut self, at: u64) {
        self.run(at).packets += 1;
    }

    /// Adds frames that are missing between two packets.
    pub(super) fn add_frames(&mut self, at: u64, frames: u64) {
        self.run(at).frames += frames;
    }

    /// Adds bytes between two packets that belong to neither.
    pub(super) fn add_bytes(&mut self, at: u64, bytes: u64) {
        self.run(at).bytes += bytes;
    }

    fn run(&mut self, at: u64) -> &mut DroppedRun {
        self.any = true;
        self.run.get_or_insert(DroppedRun {
            at,
            packets: 0,
            frames: 0,
            bytes: 0,
        })
    }

    /// Ends the current run, if any, and adds a warning about it.
    pub(super) fn end_run(&mut self, name: &str, spec: Spec) {
        let Some(run) = self.run.take() else {
            return;
        };
        self.frames += run.frames;
        self.is_uncounted |= run.frames == 0;
        let what = match run {
            DroppedRun { frames, .. } if frames > 0 => count(frames, "corrupt frame"),
            DroppedRun { bytes, .. } if bytes > 0 => count(bytes, "corrupt byte"),
            DroppedRun { packets, .. } => count(packets, "corrupt packet"),
        };
        let seconds = spec.seconds(run.at);
        if self.warnings.len() < MAX_WARNINGS {
            self.warnings
                .push_back(format!("'{name}': skipped {what} at {seconds:.3} s"));
        }
    }

    /// Adds a warning about something other than corrupt data.
    pub(super) fn warn(&mut self, warning: String) {
        self.warnings.push_back(warning);
    }

    /// Removes and returns the next warning.
    pub(super) fn take_warning(&mut self) -> Option<String> {
        self.warnings.pop_front()
    }
}
