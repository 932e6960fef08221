//! The PCM of a sound server. Its buffer is not all that waits to be heard: the server passes frames on to its device
//! ahead of time.

use super::device::Pcm;
use super::outcome::Xrun;
use super::position::KnownPosition;
use super::sound_server::SoundServer;
use super::state::PcmState;
use crate::audio::direction::Direction;
use crate::audio::error::Result;
use crate::audio::poll::UNUSED;
use alsa::pcm::PCM;
use alsa::poll::Descriptors;
use std::time::Duration;

/// The most that a server is believed to hold in addition to the frames in the buffer.
const MAX_SERVER_LATENCY: Duration = Duration::from_secs(2);

/// How long a plugin may take to send a request that it does not wait for. A process that is stopped earlier continues
/// playing.
const SENDING: Duration = Duration::from_millis(20);

/// A server is given this part of its buffer at a time, if nobody waits for it.
const CLOCKED_PARTS: u64 = 4;

/// More than the poll descriptors that a plugin has.
const MAX_DESCRIPTORS: usize = 4;

impl Pcm {
    /// Whether the PCM belongs to no card.
    pub(super) fn is_of_server(&self) -> bool {
        self.server.is_some()
    }

    /// Whether [`Pcm::pause`] keeps every frame: kernel devices that can, and the plugins of servers that stop a stream
    /// where it is. Plugins of other kinds may only claim to.
    pub(crate) fn keeps_frames_in_pause(&self) -> bool {
        self.configuration.can_pause && (self.is_hardware() || self.has_known_server())
    }

    /// Whether [`Pcm::unheard`] is more exact than the position in the buffer.
    pub(crate) fn has_known_server(&self) -> bool {
        !matches!(self.server, None | Some(SoundServer::Other))
    }

    /// The most frames that wait to be heard: a full buffer, and what a server is believed to hold.
    pub(crate) fn max_unheard(&self) -> u64 {
        self.configuration.buffer_size + self.max_held_by_server()
    }

    fn max_held_by_server(&self) -> u64 {
        match self.has_known_server() {
            true => self.spec().frames_lasting(MAX_SERVER_LATENCY),
            false => 0,
        }
    }

    /// Frames that were written and not heard yet, as of the last update, when `in_buffer` of them are in the buffer.
    pub(crate) fn unheard(&self, in_buffer: u64) -> u64 {
        if !self.has_known_server() {
            return in_buffer;
        }
        // PulseAudio's buffer moves by whole periods. Its delay also moves while it hangs.
        let least = in_buffer.saturating_sub(self.configuration.period_size);
        let most = in_buffer + self.max_held_by_server();
        self.position.delay.get().clamp(least, most)
    }

    /// Updates how long a playing server needs until everything is heard.
    pub(super) fn update_delay(&self, handle: &PCM, avail: u64) {
        let in_buffer = self.configuration.buffer_size.saturating_sub(avail);
        let delay = match handle.state_raw() == PcmState::Running as i32 {
            true => handle.delay().ok().filter(|delay| *delay >= 0),
            false => None,
        };
        self.position
            .delay
            .set(delay.map_or(in_buffer, |delay| delay as u64));
    }

    /// Whether the last known position holds: the plugins of servers report a wrong one while they are paused
    /// (alsa-plugins 1.2.7, not reported upstream).
    pub(super) fn keeps_position(&self, handle: &PCM) -> bool {
        self.request.direction == Direction::Playback
            && self.is_of_server()
            && handle.state_raw() == PcmState::Paused as i32
    }

    /// Whether the plugin has lost its server. PipeWire's (0.3.65) reports that as an xrun to all calls but this one.
    pub(super) fn has_lost_server(&self) -> bool {
        let Ok(handle) = self.handle() else {
            return true;
        };
        let mut fds = [UNUSED; MAX_DESCRIPTORS];
        let count = handle.count().min(fds.len());
        self.has_known_server()
            && handle.fill(&mut fds[..count]).is_ok()
            && handle.revents(&fds[..count]).is_err()
    }

    /// Waits until a plugin has sent the request to pause.
    pub(super) fn let_plugin_send(&self) {
        if self.is_of_server() {
            std::thread::sleep(SENDING);
        }
    }

    /// From now on, an underrun that the server reports before everything has been heard leaves the PCM as it is until
    /// [`Pcm::finish_xrun`].
    pub(crate) fn play_out_underruns(&mut self) {
        self.plays_out = true;
    }

    /// Whether a server still plays what it holds when it reports an underrun. PulseAudio reports it once it has no more
    /// frames to pass on, and discards the rest when the PCM is prepared.
    pub(super) fn plays_out(&self, underrun: Xrun) -> bool {
        self.plays_out
            && self.server == Some(SoundServer::PulseAudio)
            && underrun
                .silent_from
                .is_some_and(|silent| silent > KnownPosition::now())
    }

    /// How long a server keeps playing after an underrun, and the frames that it has not played yet; `None` unless
    /// the PCM is still to be prepared.
    pub(crate) fn left_after_underrun(&self, underrun: Xrun) -> Result<Option<(Duration, u64)>> {
        if !self.plays_out || self.state()? != PcmState::Xrun {
            return Ok(None);
        }
        let silent = underrun.silent_from.unwrap_or_default();
        let left = silent.saturating_sub(KnownPosition::now());
        let left = left.min(MAX_SERVER_LATENCY);
        Ok(Some((left, self.spec().frames_lasting(left))))
    }

    /// Whether a PCM for the next file is opened before this one is closed, instead of configuring it again. PulseAudio
    /// makes a new stream in any case, and a sink without streams mixes up to two seconds of silence in advance.
    pub(crate) fn is_reopened_for_next_file(&self) -> bool {
        self.server == Some(SoundServer::PulseAudio)
    }

    /// Whether the server starts again by itself, after an underrun that its plugin has not noticed, once its buffer is as
    /// full as it was when it started (PulseAudio's `prebuf`).
    pub(crate) fn starts_again_when_full(&self) -> bool {
        self.server == Some(SoundServer::PulseAudio)
    }

    /// Whether no single write may fill the buffer. PulseAudio's plugin reports one that does as played (alsa-plugins 1.2.7, not
    /// reported upstream).
    pub(super) fn is_filled_in_two_writes(&self) -> bool {
        self.server == Some(SoundServer::PulseAudio)
    }

    /// How many frames are worth a write to the server, if nobody waits for them: a quarter of the buffer. They are waited
    /// for by the clock, because the plugins report a period, and PulseAudio's again and again.
    pub(crate) fn clocked_write(&self) -> Option<u64> {
        let is_clocked = self.has_known_server() && self.request.wants_long_buffer();
        is_clocked.then_some(self.configuration.buffer_size / CLOCKED_PARTS)
    }

    /// The most frames between two wake-ups, if the server adapts to them.
    pub(crate) fn max_wakeup(&self) -> Option<u64> {
        self.server
            .and_then(|server| server.max_wakeup(self.spec().rate))
    }
}
