//! Playback or capture.

use schemars::JsonSchema;
use serde::Serialize;

/// The direction of a PCM (pyalsaaudio's `PCM_PLAYBACK` and `PCM_CAPTURE`, whose numbers these are).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[repr(i32)]
pub enum Direction {
    /// To the device.
    Playback = 0,
    /// From the device.
    Capture = 1,
}

impl Direction {
    /// `playback` or `capture`, for messages.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Direction::Playback => "playback",
            Direction::Capture => "capture",
        }
    }

    /// Its place in an array of what belongs to a capture and to a playback device.
    pub(crate) fn index(self) -> usize {
        match self {
            Direction::Capture => 0,
            Direction::Playback => 1,
        }
    }

    /// The other direction.
    pub(crate) fn opposite(self) -> Direction {
        match self {
            Direction::Playback => Direction::Capture,
            Direction::Capture => Direction::Playback,
        }
    }

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
