//! What happens between two frames of a recording, from the device side to the file side.

use crate::audio::wall_time::WallTime;

/// Marks that may wait for the file side. Each is an overrun, a new file or a second of frames.
pub(super) const MAX_MARKS: usize = 4096;

/// Something between two frames of a recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    /// How many frames were put into the ring before it.
    pub at: u64,
    pub kind: MarkKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MarkKind {
    /// Silence of this many frames.
    Gap(u64),
    /// A new file begins.
    NewFile,
    /// The next frame was captured at this time.
    Time(WallTime),
}
