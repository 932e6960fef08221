//! What a container says about its audio beyond what symphonia reports.

use super::gapless::PacketTrim;
use super::resync::ResyncTracker;
use crate::audio::metadata::Tags;

#[derive(Default)]
pub(super) struct StreamInfo {
    /// Decoded frames before the start of the audio (encoder delay).
    pub(super) delay: Option<u64>,
    pub(super) frames: FrameCount,
    /// How individual packets are trimmed.
    pub(super) trim: PacketTrim,
    /// Finds bytes that symphonia skips between packets.
    pub(super) resync: Option<ResyncTracker>,
    /// Size of the file in bytes.
    pub(super) file_bytes: Option<u64>,
    /// Tags to use if symphonia finds none.
    pub(super) fallback_tags: Tags,
}

/// The number of frames without delay and padding.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum FrameCount {
    /// As reported by symphonia.
    #[default]
    Reported,
    /// This many; further decoded frames are padding.
    Exactly(u64),
    /// Known only after decoding.
    Unknown,
}
