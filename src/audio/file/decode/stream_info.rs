//! What a container says about its audio beyond what symphonia reports.

use super::gapless::PacketTrim;
use super::matroska_file::MatroskaClusters;
use crate::audio::channel_map::ChannelMap;
use crate::audio::metadata::Metadata;

#[derive(Default)]
pub(super) struct StreamInfo {
    /// Decoded frames before the start of the audio (encoder delay).
    pub(super) delay: Option<u64>,
    pub(super) frames: FrameCount,
    /// How individual packets are trimmed.
    pub(super) trim: PacketTrim,
    /// Finds positions in a Matroska file.
    pub(super) clusters: Option<MatroskaClusters>,
    /// Size of the file in bytes.
    pub(super) file_bytes: Option<u64>,
    /// Tags, covers and chapters, apart from those that symphonia finds.
    pub(super) metadata: Metadata,
    /// The positions of the channels, if the container has them and the codec does not.
    pub(super) channel_map: Option<ChannelMap>,
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
