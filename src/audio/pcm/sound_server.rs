//! The sound servers whose alsa-lib plugins are known.

use super::plugins::plugins_in;
use crate::audio::ffi;
use alsa::pcm::PCM;

/// What PipeWire mixes at a time by default: frames, and the rate in Hz.
const QUANTUM: (u64, u64) = (1024, 48_000);

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
        let plugins = plugins_in(&ffi::description(pcm));
        Some(if plugins.contains(&"pulse") {
            SoundServer::PulseAudio
        } else if plugins.contains(&"pipewire") {
            SoundServer::PipeWire
        } else {
            SoundServer::Other
        })
    }

    /// The longest period at `rate` Hz, in frames, that a server does not adapt to. PipeWire mixes more at a time for a
    /// client that wakes up less often, and drops the difference when that client pauses.
    pub(super) fn max_period(self, rate: u32) -> Option<u64> {
        let (frames, at_rate) = QUANTUM;
        let is_pipewire = self == SoundServer::PipeWire;
        is_pipewire.then(|| (frames * u64::from(rate)).div_ceil(at_rate))
    }
}
