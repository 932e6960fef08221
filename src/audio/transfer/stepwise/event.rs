//! What a stepwise transfer reports, and how it fails.

use crate::audio::error::Error;
use crate::audio::pcm::{PcmState, StepwiseStatus};

/// What happens between two calls of a device.
pub enum StepwiseEvent<'a> {
    /// The next call will move frames.
    BeforeMove,
    /// That call has returned.
    AfterMove,
    /// Interleaved frames were moved: by one call (playback), or all of a period (capture).
    Moved(&'a [u8]),
    /// The device cannot move frames: an xrun, unless the status says otherwise. It has not been prepared again yet.
    Stopped(&'a StepwiseStatus),
    /// The system was suspended. The device tries to resume.
    Suspended,
    /// It cannot resume. It is prepared again.
    NotResumed,
    /// It continues after the suspend.
    Continues,
}

/// Why a stepwise transfer ends early.
#[derive(Debug)]
pub enum StepwiseError {
    /// Frames cannot be moved, for this errno.
    Move(i32),
    /// The status of a device that has stopped cannot be read, for this errno.
    Status(i32),
    /// An xrun, which was to end the transfer.
    Xrun,
    /// The device reports an xrun, but is in this state; `None` if alsa-lib does not know it.
    State(Option<PcmState>),
    /// The device cannot be prepared again; the state that it was in.
    Prepare(PcmState, Error),
    /// The source, the sink, the conversion, or a sound server that does not answer.
    Other(Error),
}
