//! The sound servers whose alsa-lib plugins are known.

use super::plugins::plugins_in;
use crate::audio::ffi;
use crate::audio::spec::rescale_frames_up;
use alsa::pcm::PCM;

/// What PipeWire mixes at a time by default: frames, and the rate in Hz.
const QUANTUM: (u64, u32) = (1024, 48_000);

/// What PulseAudio is to request at a time: frames, and the rate in Hz. It mixes about as much in advance, and changes of
/// position and volume are heard only after that.
const REQUEST: (u64, u32) = (40, 1000);

/// The sound server behind a PCM.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SoundServer {
    PulseAudio,
    PipeWire,
    /// Something else without a card: JACK, a file, nothing.
    Other,
}

impl SoundServer {
    /// The server of an open PCM; `None` if it belongs to a card.
    pub(super) fn of(pcm: &PCM) -> Option<SoundServer> {
        if !ffi::is_without_card(pcm) {
            return None;
        }
        if ffi::is_null(pcm) {
            return Some(SoundServer::Other);
        }
        let plugins = plugins_in(&ffi::description(pcm));
        Some(if plugins.contains(&"pulse") {
            SoundServer::PulseAudio
        } else if plugins.contains(&"pipewire") {
            SoundServer::PipeWire
        } else {
            SoundServer::Other
        })
    }

    /// The longest default period at `rate` Hz, in frames.
    pub(super) fn max_period(self, rate: u32) -> Option<u64> {
        let (frames, at_rate) = match self {
            SoundServer::PipeWire => QUANTUM,
            SoundServer::PulseAudio => REQUEST,
            SoundServer::Other => return None,
        };
        Some(rescale_frames_up(frames, at_rate, rate))
    }

    /// The most frames between two wake-ups at `rate` Hz, if the server adapts to them. PipeWire mixes more at a time for a
    /// client that wakes up less often, and drops the difference when that client pauses.
    pub(super) fn max_wakeup(self, rate: u32) -> Option<u64> {
        let is_pipewire = self == SoundServer::PipeWire;
        self.max_period(rate).filter(|_| is_pipewire)
    }
}
