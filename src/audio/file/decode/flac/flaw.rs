//! What can be wrong with a frame.

/// Why bytes are not a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FrameFlaw {
    /// More bytes are needed.
    Incomplete,
    /// The bytes are not a frame, or the frame is damaged.
    Damaged,
}
