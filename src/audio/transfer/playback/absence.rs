//! What a playback does while its device is away, and when it is back.

use super::device::PlaybackDevice;
use crate::audio::direction::Direction;
use crate::audio::error::{Kind, Result};
use crate::audio::heartbeat::Heartbeat;
use crate::audio::pcm::{KnownPosition, Pcm};
use crate::audio::transfer::device_loop::DeviceLoop;
use crate::audio::transfer::event::{EndReason, Event};
use crate::audio::transfer::reopening::Reopening;
use std::sync::Arc;
use std::time::Instant;

impl DeviceLoop for PlaybackDevice {
    fn run(&mut self) -> Result<EndReason> {
        if self.away.is_some() {
            return Err(self.pcm.disconnected());
        }
        let ended = self.play();
        if (ended.as_ref()).is_err_and(|error| error.kind() == Kind::Disconnected) {
            let _ = self.end_underrun();
            self.count_played_by_clock();
            self.note_silence(Some(KnownPosition::now()));
        }
        ended
    }

    fn pcms(&self) -> Vec<&Pcm> {
        match self.away {
            Some(_) => Vec::new(),
            None => vec![&self.pcm],
        }
    }

    fn closed_device(&self) -> Option<&Reopening> {
        self.away.as_ref()
    }

    fn heartbeat(&self) -> &Arc<Heartbeat> {
        &self.link.heartbeat
    }

    fn discard_lost(&mut self) -> Vec<Direction> {
        self.lost_at.get_or_insert_with(Instant::now);
        self.pcm.discard();
        vec![Direction::Playback]
    }

    fn frames(&self) -> u64 {
        self.link.counters.frames()
    }

    fn is_loss_new(&self, _: Direction) -> bool {
        self.lost_at.is_none()
    }

    /// The others continue: what this device would have played is skipped.
    fn pass_time(&mut self) -> bool {
        self.skip_by_clock();
        self.alignment.is_some() && self.unwritten() == 0 && self.is_at_end()
    }

    /// What the device had not played is written to it again.
    fn reopened(&mut self, mut pcm: Pcm) -> Result<()> {
        pcm.play_out_underruns();
        self.waiter = pcm.waiter(self.link.control.descriptor(), &self.link.heartbeat)?;
        self.avail_min = pcm.thresholds()?.avail_min;
        (self.pcm, self.away) = (pcm, None);
        self.stall.reset();
        if !self.stalled {
            self.report_back();
        }
        Ok(())
    }
}

impl PlaybackDevice {
    /// Reports that the device is back.
    pub(super) fn report_back(&mut self) {
        let away = self.lost_at.take().map(|at| at.elapsed());
        let gap = away.unwrap_or_default();
        self.link.report(Event::Back {
            device: self.pcm.card_name().to_owned(),
            gap_frames: self.pcm.spec().frames_lasting(gap),
            gap_seconds: gap.as_secs_f64(),
        });
    }

    /// Counts the frames that a device that went away must have played since its last known position, by the clock.
    fn count_played_by_clock(&mut self) {
        if self.running
            && let Some(known) = self.pcm.last_position()
        {
            let in_buffer = self.buffer_size().saturating_sub(known.avail);
            let held = self.pcm.unheard(in_buffer);
            // Better to skip a few milliseconds than to play them twice.
            let unplayed = held.saturating_sub(known.most_until_now(self.pcm.spec()));
            self.count_played(self.held().saturating_sub(unplayed));
        }
        self.forget_all();
    }
}
