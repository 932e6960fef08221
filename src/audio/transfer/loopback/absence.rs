//! What a loopback does while one of its devices is away, and when it is back.

use super::device::LoopbackDevice;
use crate::audio::direction::Direction;
use crate::audio::error::Result;
use crate::audio::heartbeat::Heartbeat;
use crate::audio::pcm::Pcm;
use crate::audio::transfer::device_loop::DeviceLoop;
use crate::audio::transfer::event::{EndReason, Event};
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

    fn heartbeat(&self) -> &Arc<Heartbeat> {
        &self.link.heartbeat
    }

    fn discard_lost(&mut self) -> Vec<Direction> {
        self.lost_at = Some(Instant::now());
        let mut open: Vec<_> = [Some(&mut self.capture), self.playback.as_mut()]
            .into_iter()
            .flatten()
            .collect();
        // The plugin of a sound server may not know that it is gone: then both are closed.
        let any = open.iter().any(|pcm| pcm.is_lost());
        let mut closed = Vec::new();
        for pcm in &mut open {
            if !any || pcm.is_lost() {
                pcm.discard();
                closed.push(pcm.pcm_type());
            } else {
                let _ = pcm.drop();
            }
        }
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
                self.playback = Some(pcm);
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
    fn frames_in(&self, time: Option<Duration>) -> u64 {
        self.spec.frames_lasting(time.unwrap_or_default())
    }
}
