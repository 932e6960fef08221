//! The outcome of moving frames.

use crate::audio::spec::Spec;
use serde::Serialize;
use std::time::Duration;

/// The outcome of a read or write.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum IoOutcome {
    /// This many frames were moved; in non-blocking mode fewer than requested.
    Frames(usize),
    /// Nothing could be moved now (non-blocking mode).
    WouldBlock,
    /// An underrun or overrun. The PCM is prepared again, and no frames of this call were moved.
    Xrun(Xrun),
    /// The system was suspended.
    Suspended {
        /// Whether the device resumed where it stopped; otherwise it is prepared again, and queued frames are lost.
        resumed: bool,
        /// Capture: frames that were not captured, or not read. Playback: frames that were queued, if it did not resume.
        lost: u64,
    },
}

/// An underrun or overrun.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Xrun {
    /// Playback: how long nothing was played, in frames at the PCM's rate. Capture: how many frames were not read, those
    /// that the device still holds included. `None` if that is not known.
    pub frames: Option<u64>,
    /// The same in milliseconds.
    pub ms: Option<f64>,
    /// Frames that the device still held when it stopped: not played, or captured and not read.
    #[serde(skip)]
    pub held: u64,
    /// Playback: since when nothing is played, on the monotonic clock. May be later than now, if a sound server still
    /// plays. `None` if that is not known.
    #[serde(skip)]
    pub silent_from: Option<Duration>,
}

impl Xrun {
    /// An xrun of unknown length.
    pub const UNKNOWN: Xrun = Xrun {
        frames: None,
        ms: None,
        held: 0,
        silent_from: None,
    };

    /// An xrun of a known number of frames.
    pub fn of_frames(frames: u64, spec: Spec) -> Xrun {
        Xrun {
            frames: Some(frames),
            ms: Some(spec.milliseconds(frames)),
            held: 0,
            silent_from: None,
        }
    }
}
