//! What a recording does while its device is away, and when it is back.

use super::device::CaptureDevice;
use super::gap::Gap;
use super::mark::MarkKind;
use crate::audio::direction::Direction;
use crate::audio::error::{Kind, Result};
use crate::audio::heartbeat::Heartbeat;
use crate::audio::pcm::Pcm;
use crate::audio::transfer::device_loop::DeviceLoop;
use crate::audio::transfer::event::{EndReason, Event};
use std::sync::Arc;

impl DeviceLoop for CaptureDevice {
    fn run(&mut self) -> Result<EndReason> {
        let mut paused = false;
        let ended = self.record(&mut paused);
        if (ended.as_ref()).is_err_and(|error| error.kind() == Kind::Disconnected) {
            self.begin_gap(paused);
            self.writer.notify();
        }
        ended
    }

    fn pcms(&self) -> Vec<&Pcm> {
        vec![&self.pcm]
    }

    fn heartbeat(&self) -> &Arc<Heartbeat> {
        &self.link.heartbeat
    }

    fn discard_lost(&mut self) -> Vec<Direction> {
        self.pcm.discard();
        vec![Direction::Capture]
    }

    fn frames(&self) -> u64 {
        self.in_file(self.link.counters.frames())
    }

    fn is_loss_new(&self, _: Direction) -> bool {
        self.gap.as_ref().is_none_or(|gap| gap.marked == 0)
    }

    fn pass_time(&mut self) -> bool {
        self.extend_gap(0);
        self.left == 0
    }

    fn reopened(&mut self, pcm: Pcm) -> Result<()> {
        self.waiter = pcm.waiter(self.link.control.descriptor(), &self.link.heartbeat)?;
        self.avail_min = pcm.thresholds()?.avail_min;
        self.free_running = self.may_run_freely && pcm.run_freely();
        if let Some(gap) = &mut self.gap {
            gap.device = pcm.card_name().to_owned();
        }
        self.pcm = pcm;
        self.stall.reset();
        Ok(())
    }
}

impl CaptureDevice {
    /// Begins a gap: the device went away. What it held is saved if it can still be read, and is part of the gap
    /// otherwise.
    fn begin_gap(&mut self, paused: bool) {
        if self.gap.is_some() {
            return;
        }
        let known = self.pcm.last_position().filter(|_| !paused);
        let mut saved = 0;
        if !paused {
            self.pcm.keep_last_frames();
            saved = self.save_stopped_frames();
        }
        self.gap = Some(Gap::since(known, saved));
    }

    /// Extends the gap up to `held` frames before now. It is filled with silence, unless the recording continues in the
    /// next file.
    pub(super) fn extend_gap(&mut self, held: u64) {
        let Some(gap) = &mut self.gap else {
            return;
        };
        let more = gap.extend(self.pcm.spec(), held);
        self.link.counters.add_lost(more);
        if more > 0 && !self.split_on_loss {
            self.mark_gap(more, true);
            self.writer.notify();
        }
    }

    /// Ends the gap, if there is one, after the device has started and captured `unread` frames: marks the rest of the gap,
    /// and reports it.
    pub(super) fn end_gap(&mut self, unread: u64) {
        if self.gap.is_some() {
            // A sound server may have captured some frames before it was asked to start.
            let held = self.pcm.delay().unwrap_or(0).max(0) as u64;
            self.extend_gap(held.max(unread));
        }
        let Some(gap) = self.gap.take() else {
            return;
        };
        self.marks.restart_time(self.in_ring);
        if self.split_on_loss {
            self.marks.push(self.in_ring, MarkKind::NewFile);
            self.writer.notify();
        }
        self.link.report(Event::Back {
            device: gap.device,
            gap_frames: self.in_file(gap.marked),
            gap_seconds: self.pcm.spec().seconds(gap.marked),
        });
    }
}
