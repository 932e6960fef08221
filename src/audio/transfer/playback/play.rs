//! What to play, and how.

use super::device::PlaybackDevice;
use super::reach::max_ahead;
use super::speaker_test::{Announcer, SpeakerTest};
use crate::audio::error::Result;
use crate::audio::pcm::{Pcm, Request, Thresholds, TstampMode, TstampType};
use crate::audio::playlist::{Opener, PlaylistOptions};
use crate::audio::spec::{Spec, rescale_frames};
use crate::audio::transfer::on_lost::OnLost;
use crate::audio::transfer::policy::ConversionPolicy;
use crate::audio::transfer::realtime::Realtime;
use crate::audio::transfer::timing::{Delay, Timing, latest_wakeup};
use std::time::Duration;

/// A device with a long buffer starts once it holds this much.
const FIRST_FILL: Duration = Duration::from_millis(500);

/// What to play, and how.
pub struct Play {
    /// Files, in order.
    pub inputs: Vec<Opener>,
    /// Which part of each to play, and its level.
    pub playlist_options: PlaylistOptions,
    /// The device. Its format, rate and channels are set to suit each file.
    pub request: Request,
    /// What may be converted if the device does not support a file's spec.
    pub policy: ConversionPolicy,
    /// When the device starts, stops and wakes.
    pub timing: Timing,
    /// Whether timestamps are taken, and from which clock.
    pub tstamp: (TstampMode, TstampType),
    /// Whether an xrun ends the transfer.
    pub fatal_xruns: bool,
    /// The transfer ends if the device moves no frames for this long, pauses and waits for the source or sink aside;
    /// `None`: never.
    pub timeout: Option<Duration>,
    /// Warn if the device reports a position beyond this many half buffers (aplay's `--test-position`).
    pub test_position: Option<u32>,
    /// Whether the device thread runs in real time.
    pub realtime: Realtime,
    /// How often [`Event::Progress`](crate::audio::transfer::Event::Progress) is sent; `None`: never.
    pub progress: Option<Duration>,
    /// What happens when the device goes away.
    pub on_lost: OnLost,
    /// Whether position and volume may change ([`seek`](crate::audio::transfer::TransferControl::seek),
    /// [`change_volume`](crate::audio::transfer::TransferControl::change_volume)). What is written to the device ahead of
    /// what is heard can then be taken back.
    pub navigates: bool,
    /// Report each speaker of this test when it plays ([`Event::Speaker`](crate::audio::transfer::Event::Speaker)).
    pub speaker_test: Option<SpeakerTest>,
}

impl Play {
    /// Plays `inputs`, with defaults for everything else.
    pub fn new(inputs: Vec<Opener>, request: Request) -> Play {
        Play {
            inputs,
            playlist_options: PlaylistOptions::default(),
            request,
            policy: ConversionPolicy::default(),
            timing: Timing::default(),
            tstamp: (TstampMode::Enable, TstampType::Monotonic),
            fatal_xruns: false,
            timeout: None,
            realtime: Realtime::Off,
            test_position: None,
            progress: None,
            on_lost: OnLost::Fail,
            navigates: false,
            speaker_test: None,
        }
    }

    /// How to prepare a device.
    pub(in crate::audio::transfer) fn preparation(&self) -> PlaybackPreparation {
        PlaybackPreparation {
            timing: self.timing,
            tstamp: self.tstamp,
            navigates: self.navigates,
        }
    }

    /// The announcer of a speaker test. Speakers are named by the channel map of the source, which has `spec`.
    pub(super) fn announcer(&self, pcm: &Pcm, spec: Spec) -> Result<Option<Announcer>> {
        let Some(test) = &self.speaker_test else {
            return Ok(None);
        };
        let map = match &self.policy.channel_map {
            Some(map) => Some(map.clone()),
            None => pcm.channel_map()?,
        };
        let at_device_rate = |frames| rescale_frames(frames, spec.rate, pcm.spec().rate);
        let turns = test.turns.iter();
        let test = SpeakerTest {
            turns: turns
                .map(|(channel, frames)| (*channel, frames.map(at_device_rate)))
                .collect(),
        };
        Ok(Some(Announcer::new(&test, map.as_ref())))
    }

    /// Lets a device report the speakers of a source of `spec`, if this is a speaker test.
    pub(in crate::audio::transfer) fn announce_on(
        &self,
        device: &mut PlaybackDevice,
        spec: Spec,
    ) -> Result<()> {
        device.announcer = self.announcer(&device.pcm, spec)?;
        Ok(())
    }

    /// The same for one of several devices that play together.
    pub(in crate::audio::transfer) fn for_device(&self, request: Request) -> Play {
        Play {
            inputs: Vec::new(),
            request,
            policy: self.policy.clone(),
            speaker_test: None,
            ..*self
        }
    }
}

/// How to prepare a playback device that was opened.
#[derive(Clone, Copy)]
pub(in crate::audio::transfer) struct PlaybackPreparation {
    timing: Timing,
    tstamp: (TstampMode, TstampType),
    navigates: bool,
}

impl PlaybackPreparation {
    /// Sets when a device starts, wakes and stops.
    pub(in crate::audio::transfer) fn prepare(&self, pcm: &Pcm) -> Result<()> {
        pcm.set_nonblock(true)?;
        let configuration = pcm.configuration();
        let (period, buffer) = (configuration.period_size, configuration.buffer_size);
        let threshold = |delay: Option<Delay>| delay.map(|delay| delay.frames(pcm.spec(), buffer));
        let avail_min = match self.timing.avail_min {
            Some(time) => pcm.spec().frames_lasting(time).max(1),
            None if pcm.has_long_buffer() => long_wakeup(pcm),
            None => {
                let clocked = pcm.clocked_write().filter(|_| !self.navigates);
                let wakeup = clocked.unwrap_or_else(|| short_wakeup(pcm.spec(), period, buffer));
                pcm.max_wakeup().map_or(wakeup, |most| wakeup.min(most))
            }
        };
        let full = match self.navigates && !pcm.is_direct() {
            true => max_ahead(pcm),
            false => buffer,
        };
        let full = match pcm.starts_again_when_full() {
            true => full.saturating_sub(avail_min).max(1),
            false => full,
        };
        let first = match pcm.has_long_buffer() {
            true => full.min(pcm.spec().frames_lasting(FIRST_FILL)),
            false => full,
        };
        pcm.set_thresholds(Thresholds {
            start: threshold(self.timing.start).unwrap_or(first).clamp(1, full),
            stop: threshold(self.timing.stop).unwrap_or(buffer),
            avail_min,
        })?;
        pcm.play_silence_after_end();
        // Without timestamps, or without this clock, the device does not report how long an xrun is, but still plays.
        let _ = pcm.set_tstamp_mode(self.tstamp.0);
        let _ = pcm.set_tstamp_type(self.tstamp.1);
        Ok(())
    }
}

/// How many frames of a short buffer have to be free before more are written. Two periods halve the number of wake-ups;
/// one leaves more of the buffer to a thread that is late.
fn short_wakeup(spec: Spec, period: u64, buffer: u64) -> u64 {
    match latest_wakeup(spec, buffer) < 2 * period || buffer < 4 * period {
        true => period,
        false => 2 * period,
    }
}

/// How many frames a long buffer has to have room for before more are written. Devices wake at the end of a period: half
/// a period less than a whole number of them is reached there, however late the last wake-up was.
fn long_wakeup(pcm: &Pcm) -> u64 {
    let configuration = pcm.configuration();
    let (period, buffer) = (configuration.period_size.max(1), configuration.buffer_size);
    let room = latest_wakeup(pcm.spec(), buffer);
    match (room + period / 4) / period {
        0 => period.min(buffer),
        periods => periods * period - period / 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::format::Format;

    #[test]
    fn a_short_buffer_is_filled_each_period() {
        let spec = Spec {
            format: Format::S16_LE,
            rate: 48_000,
            channels: 2,
        };
        for (period, buffer, expected) in [
            (6000, 24_000, 12_000),
            (1024, 8192, 2048),
            (1024, 4096, 1024),
            (256, 1024, 256),
            (64, 256, 64),
            (12_000, 24_000, 12_000),
        ] {
            let found = short_wakeup(spec, period, buffer);
            assert_eq!(found, expected, "{period} of {buffer}");
        }
    }
}
