//! What a loopback does while one of its devices is away, and when it is back.

use super::device::{LoopbackDevice, LoopbackPhase, ReopenedDevice};
use super::worker::Job;
use crate::audio::direction::Direction;
use crate::audio::error::Result;
use crate::audio::heartbeat::Heartbeat;
use crate::audio::pcm::{IoOutcome, Pcm};
use crate::audio::transfer::device_loop::DeviceLoop;
use crate::audio::transfer::event::{EndReason, Event};
use crate::audio::transfer::reopening::Reopening;
use crate::audio::transfer::stall::Stall;
use std::sync::Arc;
use std::time::Instant;

impl DeviceLoop for LoopbackDevice {
    fn run(&mut self) -> Result<EndReason> {
        if self.lost_at.is_some() {
            self.count_lost();
            self.stalls.iter_mut().for_each(Stall::reset);
        }
        self.relay()
    }

    fn pcms(&self) -> Vec<&Pcm> {
        let open = [Some(&self.capture), self.playback.as_ref()];
        open.into_iter().flatten().collect()
    }

    fn closed_device(&self) -> Option<&Reopening> {
        let is_closed = self.playback.is_none();
        self.closed_playback.as_ref().filter(|_| is_closed)
    }

    fn heartbeat(&self) -> &Arc<Heartbeat> {
        &self.link.heartbeat
    }

    fn discard_lost(&mut self) -> Vec<Direction> {
        self.lost_at = Some(Instant::now());
        self.lost_in_flight = 0;
        let is_away = std::mem::take(&mut self.playback_is_away);
        let mut closed = if is_away {
            vec![Direction::Playback]
        } else {
            Vec::new()
        };
        let open: Vec<_> = [Some(&self.capture), self.playback.as_ref()]
            .into_iter()
            .flatten()
            .collect();
        // The plugin of a sound server may not know that it is gone: then both are closed.
        let is_away = is_away || self.stalled.is_some();
        let any = is_away || open.iter().any(|pcm| pcm.is_lost());
        closed.extend(
            (open.iter())
                .filter(|pcm| !any || pcm.is_lost() || self.stalled == Some(pcm.pcm_type()))
                .map(|pcm| pcm.pcm_type()),
        );
        self.leave_capture(closed.contains(&Direction::Capture));
        if let Some(playback) = &mut self.playback
            && closed.contains(&Direction::Playback)
        {
            self.lost_in_flight += playback.unplayed().min(self.sounding);
            self.sounding = 0;
            playback.discard();
        }
        if !closed.contains(&Direction::Playback) {
            self.write_rest();
        }
        if self.gate.is_some() && self.phase == LoopbackPhase::Running {
            self.lost_in_flight += self.in_flight(None);
        }
        self.end_playback();
        self.gauges.clear_latency();
        closed
    }

    fn frames(&self) -> u64 {
        self.link.counters.frames()
    }

    fn is_loss_new(&self, side: Direction) -> bool {
        self.reopened[side.index()].is_none()
    }

    fn reopened(&mut self, pcm: Pcm) -> Result<()> {
        let (device, side) = (pcm.card_name().to_owned(), pcm.pcm_type());
        let [capture, playback] = &mut self.names;
        match pcm.pcm_type() {
            Direction::Capture => {
                *capture = pcm.card_name().into();
                self.capture = pcm;
            }
            Direction::Playback => {
                *playback = pcm.card_name().into();
                match self.gate {
                    Some(_) => self.worker.ask(Job::Close(pcm)),
                    None => self.playback = Some(pcm),
                }
            }
        }
        self.stalls.iter_mut().for_each(Stall::reset);
        let is_stalled = self.stalled.take_if(|stalled| *stalled == side).is_some();
        // Without a device that is closed until there is sound.
        let is_used = self.gate.is_none() || side == Direction::Capture;
        let before = self.reopened[side.index()].take();
        let lost = before.map_or(0, |reopened| reopened.lost);
        if is_stalled && is_used {
            self.reopened[side.index()] = Some(ReopenedDevice {
                name: device,
                lost,
                since: Instant::now(),
            });
        } else {
            self.report_back(device, lost + self.gap());
        }
        Ok(())
    }
}

impl LoopbackDevice {
    /// Counts the frames lost until now because a device is away, or has not moved since it was opened again.
    pub(super) fn count_lost(&mut self) {
        let [reopened_capture, _] = &self.reopened;
        let more = match (self.lost_at, reopened_capture) {
            (Some(_), _) => self.gap(),
            (None, Some(capture)) => self.spec.frames_lasting(capture.since.elapsed()),
            (None, None) => 0,
        };
        self.lost_at = None;
        self.link.counters.add_lost(more);
        for reopened in self.reopened.iter_mut().flatten() {
            reopened.lost += more;
            reopened.since = Instant::now();
        }
    }

    fn report_back(&self, device: String, gap: u64) {
        self.link.report(Event::Back {
            device,
            gap_frames: gap,
            gap_seconds: self.spec.seconds(gap),
        });
    }

    /// Frames were read (of `unread`), or written. A device that had moved none before is back; one that plays takes a
    /// whole buffer in any case.
    pub(super) fn moved(&mut self, side: Direction, unread: u64) {
        let moves = match side {
            Direction::Capture => true,
            Direction::Playback => (self.playback.as_ref())
                .is_some_and(|pcm| self.sounding > pcm.configuration().buffer_size),
        };
        self.stalls[side.index()].moved_now();
        if moves && let Some(reopened) = self.reopened[side.index()].take() {
            // What was captured while a playback device did not move is in flight.
            let more = match side {
                Direction::Capture => (self.spec)
                    .frames_lasting(reopened.since.elapsed())
                    .saturating_sub(unread),
                Direction::Playback => 0,
            };
            self.link.counters.add_lost(more);
            self.report_back(reopened.name, reopened.lost + more);
        }
    }

    /// Writes what was captured before, without a restart after an xrun.
    fn write_rest(&mut self) {
        while !self.queue.is_empty()
            && let Some(playback) = &mut self.playback
        {
            let unplayed = match playback.write(self.queue.bytes()) {
                Ok(IoOutcome::Frames(frames @ 1..)) => {
                    self.queue.remove(frames as u64);
                    self.sounding += frames as u64;
                    continue;
                }
                Ok(IoOutcome::Xrun(xrun)) => xrun.held,
                Ok(IoOutcome::Suspended {
                    resumed: false,
                    lost,
                }) => lost,
                _ => return,
            };
            self.lost_in_flight += unplayed.min(self.sounding);
            self.sounding = 0;
            return;
        }
    }

    /// With a gate: ends the playback, which starts again with the next sound.
    fn end_playback(&mut self) {
        if self.gate.is_none() {
            return;
        }
        if matches!(self.phase, LoopbackPhase::Opening | LoopbackPhase::Running) {
            if self.phase == LoopbackPhase::Running {
                self.link.report(Event::Sound {
                    playing: false,
                    frames: self.link.counters.frames(),
                });
            }
            let playback = self.playback.take();
            self.worker.ask(Job::ClosePlayback(playback));
            self.phase = LoopbackPhase::Closing;
        }
        self.queue.clear();
    }

    /// Stops a capture device that is present, and closes one that went away. What that held is played if it can still be
    /// read.
    fn leave_capture(&mut self, is_lost: bool) {
        let runs = self.phase != LoopbackPhase::Paused;
        let mut unread = if runs { self.capture.unread() } else { 0 };
        let reopened = &self.reopened[Direction::Capture.index()];
        if runs && (self.stalled == Some(Direction::Capture) || reopened.is_some()) {
            // It may not have captured these frames, but it should have.
            let still = self.stalls[Direction::Capture.index()].still_for();
            unread = unread.max(self.spec.frames_lasting(still));
        }
        let mut saved = 0;
        if !is_lost {
            let _ = self.capture.drop();
        } else {
            if self.phase == LoopbackPhase::Running {
                saved = self.save_stopped_frames();
            }
            self.capture.discard();
        }
        self.lost_in_flight += unread.saturating_sub(saved);
    }

    /// Queues what a capture device that went away had captured; returns how many frames that are.
    fn save_stopped_frames(&mut self) -> u64 {
        self.capture.keep_last_frames();
        let (queue, ratio) = (&mut self.queue, self.clocks.ratio());
        let (spec, left) = (self.spec, self.left);
        let (mut saved, mut dropped) = (0, 0);
        self.capture.take_stopped_frames(|older, rest| {
            for frames in [older, rest] {
                let wanted = spec.frames_in(frames.len() as u64).min(left - saved);
                let frames = &frames[..spec.bytes(wanted) as usize];
                self.link.tap.copy(frames);
                dropped += queue.push(frames, ratio);
                saved += wanted;
            }
        });
        self.link.counters.add_frames(saved);
        self.left = self.left.saturating_sub(saved);
        self.lost_in_flight += dropped;
        saved
    }

    /// Frames that are not heard because a device is, or was, away.
    fn gap(&self) -> u64 {
        let away = self.lost_at.map(|at| at.elapsed()).unwrap_or_default();
        let in_flight = match self.gate {
            None => self.in_flight(None),
            Some(_) => 0,
        };
        self.lost_in_flight + self.spec.frames_lasting(away) + in_flight
    }
}
