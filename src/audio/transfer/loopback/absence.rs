//! What a loopback does while one of its devices is away, and when it is back.

use super::device::{LoopbackDevice, LoopbackPhase};
use super::worker::Job;
use crate::audio::direction::Direction;
use crate::audio::error::Result;
use crate::audio::heartbeat::Heartbeat;
use crate::audio::pcm::Pcm;
use crate::audio::transfer::device_loop::DeviceLoop;
use crate::audio::transfer::event::{EndReason, Event};
use crate::audio::transfer::reopening::Reopening;
use std::sync::Arc;
use std::time::{Duration, Instant};

impl DeviceLoop for LoopbackDevice {
    fn run(&mut self) -> Result<EndReason> {
        // What was captured since the device went away is lost.
        let gap = self.lost_at.take().map(|at| at.elapsed());
        self.link.counters.add_lost(self.frames_in(gap));
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
        let is_away = std::mem::take(&mut self.playback_is_away);
        let mut closed = if is_away {
            vec![Direction::Playback]
        } else {
            Vec::new()
        };
        let mut open: Vec<_> = [Some(&mut self.capture), self.playback.as_mut()]
            .into_iter()
            .flatten()
            .collect();
        // The plugin of a sound server may not know that it is gone: then both are closed.
        let any = is_away || open.iter().any(|pcm| pcm.is_lost());
        for pcm in &mut open {
            if !any || pcm.is_lost() {
                pcm.discard();
                closed.push(pcm.pcm_type());
            } else if pcm.pcm_type() == Direction::Capture {
                let _ = pcm.drop();
            }
        }
        if !closed.contains(&Direction::Playback) {
            // Plays what was captured before.
            let _ = self.write();
        }
        self.end_playback();
        self.gauges.clear_latency();
        closed
    }

    fn frames(&self) -> u64 {
        self.link.counters.frames()
    }

    fn reopened(&mut self, pcm: Pcm) -> Result<()> {
        let device = pcm.card_name().to_owned();
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
        let gap = self.lost_at.map(|at| at.elapsed());
        self.link.tell(Event::Back {
            device,
            gap_frames: self.frames_in(gap),
            gap_seconds: gap.unwrap_or_default().as_secs_f64(),
        });
        Ok(())
    }
}

impl LoopbackDevice {
    /// With a gate: ends the playback, which starts again with the next sound.
    fn end_playback(&mut self) {
        if self.gate.is_none() {
            return;
        }
        if matches!(self.phase, LoopbackPhase::Opening | LoopbackPhase::Running) {
            if self.phase == LoopbackPhase::Running {
                self.link.tell(Event::Sound {
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

    fn frames_in(&self, time: Option<Duration>) -> u64 {
        self.spec.frames_lasting(time.unwrap_or_default())
    }
}
