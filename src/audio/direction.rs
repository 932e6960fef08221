//! Playback or capture.

use serde::Serialize;

/// Which way the frames go (`PCM_PLAYBACK`, `PCM_CAPTURE`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[repr(i32)]
pub enum Direction {
    /// To the device.
    Playback = 0,
    /// From the device.
    Capture = 1,
}

impl Direction {
    /// alsa-lib's name (`snd_pcm_stream_name`).
    pub fn name(self) -> &'static str {
        match self {
            Direction::Playback => "PLAYBACK",
            Direction::Capture => "CAPTURE",
        }
    }
}

impl From<Direction> for alsa::Direction {
    fn from(direction: Direction) -> Self {
        match direction {
            Direction::Playback => alsa::Direction::Playback,
            Direction::Capture => alsa::Direction::Capture,
        }
    }
}
