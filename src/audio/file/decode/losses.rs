//! Frames that are lost because they are broken: told once for each run of them.

use crate::audio::spec::Spec;
use std::collections::VecDeque;

/// More than this wait for nobody; a file that is broken so often has been told of often enough.
const MOST_WAITING: usize = 64;

#[derive(Default)]
pub(super) struct Losses {
    run: Option<Run>,
    told: VecDeque<String>,
    any: bool,
}

/// Broken frames that follow each other.
struct Run {
    /// Frames given before it.
    at: u64,
    packets: u64,
    /// Frames that are missing, where the next packet says so.
    frames: u64,
    /// Bytes that are none of any packet's.
    bytes: u64,
}

impl Losses {
    /// Whether anything was lost so far.
    pub(super) fn any(&self) -> bool {
        self.any
    }

    /// Packets that could not be decoded since the last one that could.
    pub(super) fn packets(&self) -> u64 {
        self.run.as_ref().map_or(0, |run| run.packets)
    }

    /// A packet could not be decoded.
    pub(super) fn packet(&mut self, at: u64) {
        self.run(at).packets += 1;
    }

    /// Frames are missing between two packets.
    pub(super) fn gap(&mut self, at: u64, frames: u64) {
        self.run(at).frames += frames;
    }

    /// Bytes stand between two packets that are none of either.
    pub(super) fn bytes(&mut self, at: u64, bytes: u64) {
        self.run(at).bytes += bytes;
    }

    fn run(&mut self, at: u64) -> &mut Run {
        self.any = true;
        self.run.get_or_insert(Run {
            at,
            packets: 0,
            frames: 0,
            bytes: 0,
        })
    }

    /// Sound follows, or the end.
    pub(super) fn close(&mut self, name: &str, spec: Spec) {
        let Some(run) = self.run.take() else {
            return;
        };
        let seconds = spec.seconds(run.at);
        let what = match run {
            Run { frames, .. } if frames > 0 => {
                format!("{frames} frames at {seconds:.3} s are broken and left out")
            }
            Run { bytes, .. } if bytes > 0 => {
                format!("{bytes} bytes at {seconds:.3} s are broken and left out")
            }
            Run { packets: 1, .. } => format!("a broken packet at {seconds:.3} s is left out"),
            Run { packets, .. } => {
                format!("{packets} broken packets at {seconds:.3} s are left out")
            }
        };
        if self.told.len() < MOST_WAITING {
            self.told.push_back(format!("'{name}': {what}"));
        }
    }

    /// What has not been told yet.
    pub(super) fn take(&mut self) -> Option<String> {
        self.told.pop_front()
    }
}
