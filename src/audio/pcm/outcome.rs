//! What came of moving frames.

use crate::audio::spec::Spec;
use serde::Serialize;

/// What came of a read or write.
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
    },
}

/// The length of an underrun or overrun: how long the device stood still.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Xrun {
    /// In frames at the PCM's rate; `None` if the device does not take timestamps.
    pub frames: Option<u64>,
    /// In milliseconds.
    pub ms: Option<f64>,
}

impl Xrun {
    /// An xrun of unknown length.
    pub const UNKNOWN: Xrun = Xrun {
        frames: None,
        ms: None,
    };

    /// An xrun of a known number of frames.
    pub fn of_frames(frames: u64, spec: Spec) -> Xrun {
        Xrun {
            frames: Some(frames),
            ms: Some(spec.milliseconds(frames)),
        }
    }
}
