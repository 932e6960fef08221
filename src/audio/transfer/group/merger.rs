//! The file side of a recording from several devices: merges their frames, and writes them to a sink. This thread may
//! stall on a disk or a pipe for as long as the rings have room.

use super::clock_drift::{drift_events, position_at};
use super::follower::ClockFollower;
use super::lane_sink::SharedCapture;
use super::member::Member;
use crate::audio::error::Result;
use crate::audio::spec::Spec;
use crate::audio::stream::Sink;
use crate::audio::transfer::capture::{FileWriter, Wakeup};
use crate::audio::transfer::control::TransferControl;
use crate::audio::transfer::event::EndReason;
use crate::audio::transfer::message_queue::MessageSender;
use crate::audio::wall_time::WallTime;
use std::sync::atomic::{
    AtomicBool, AtomicU64,
    Ordering::{Acquire, Relaxed},
};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

/// Frames that are merged at a time.
const MAX_FRAMES: u64 = 1 << 14;

/// How much sound of one device waits for that of the others before it stays in its ring.
const MAX_AHEAD: Duration = Duration::from_secs(2);

/// One device of a group, on the file side.
pub(super) struct MergedLane {
    pub member: Member,
    /// Moves its ring into `captured`.
    pub writer: FileWriter,
    pub captured: SharedCapture,
    /// Its part of the recording.
    pub spec: Spec,
    /// Frames at its start that precede the recording, and how many of them are still to be dropped.
    pub skip: u64,
    pub unskipped: u64,
    /// `None` for the first device, which the others follow.
    pub follower: Option<ClockFollower>,
    /// Set if its loop ended with an error.
    pub failed: Arc<AtomicBool>,
    /// Frames to be merged.
    pub ready: Vec<u8>,
}

impl MergedLane {
    fn ready_frames(&self) -> u64 {
        self.spec.frames_in(self.ready.len() as u64)
    }

    /// Moves what is in its ring to `ready`; unless it is at its end, only if that is not far ahead of the others.
    fn pull(&mut self, at_end: bool) -> Result<()> {
        if at_end || self.spec.duration(self.ready_frames()) < MAX_AHEAD {
            let held = self.writer.ring.slots();
            self.writer.move_some(held)?;
        }
        self.take();
        Ok(())
    }

    /// Moves what its file side has written to `ready`.
    fn take(&mut self) {
        let mut captured = self.captured.lock().unwrap_or_else(PoisonError::into_inner);
        let bytes = std::mem::take(&mut captured.bytes);
        drop(captured);
        let skipped = self.unskipped.min(self.spec.frames_in(bytes.len() as u64));
        self.unskipped -= skipped;
        let frames = &bytes[self.spec.bytes(skipped) as usize..];
        match &mut self.follower {
            Some(follower) => follower.push(frames, &mut self.ready),
            None => self.ready.extend_from_slice(frames),
        }
    }

    /// After the last frame: takes what its conversion holds back.
    fn finish(&mut self) -> Result<()> {
        self.writer.pass_marks(u64::MAX)?;
        self.writer.sink.finish()?;
        self.take();
        if let Some(follower) = &mut self.follower {
            follower.flush(&mut self.ready);
        }
        Ok(())
    }

    /// When which frame of the recording was captured, if that was reported since the last call.
    fn take_time(&mut self) -> Option<(u64, WallTime)> {
        let mut captured = self.captured.lock().unwrap_or_else(PoisonError::into_inner);
        let (frame, time) = captured.time.take()?;
        match frame.checked_sub(self.skip) {
            Some(frame) => Some((frame, time)),
            None => Some((0, time.after(self.spec.duration(self.skip - frame)))),
        }
    }

    /// Frames that the device had captured of the recording at a time, at its rate; and that time.
    fn position(&self) -> Option<(f64, Duration)> {
        let (frames, at) = self.member.counters.position()?;
        let frames = frames as f64 * f64::from(self.spec.rate) / f64::from(self.member.rate);
        Some((frames - self.skip as f64, at))
    }
}

/// Merges the frames of all devices.
pub(super) struct Merger {
    pub lanes: Vec<MergedLane>,
    pub sink: Box<dyn Sink>,
    /// Notified when a device side has something to write.
    pub wake: Arc<Wakeup>,
    /// How long frames may wait without a notification.
    pub max_wait: Option<Duration>,
    /// Set once all device sides have ended.
    pub given_up: Arc<AtomicBool>,
    /// Frames in the sink after the last checkpoint.
    pub stored: Arc<AtomicU64>,
    /// Frames still to be recorded.
    pub left: u64,
    /// Frames merged so far.
    pub merged: u64,
    pub control: TransferControl,
    pub messages: MessageSender,
    /// Merged frames.
    pub buffer: Vec<u8>,
    /// Which frame of the recording was captured when.
    pub time: Option<(u64, WallTime)>,
}

impl Merger {
    /// Merges everything into the sink and completes it. Returns the number of frames in the sink, and whether these are
    /// all that were requested.
    pub(super) fn run(mut self) -> (u64, Result<bool>) {
        let merged = self.merge_all();
        let finished = self.sink.finish();
        let written = merged.and_then(|complete| finished.map(|()| complete));
        match &written {
            Ok(_) => self.stop(EndReason::Quit),
            Err(error) if error.is_closed_stdout() => self.stop(EndReason::StdoutClosed),
            Err(_) => self.stop(EndReason::Error),
        }
        (self.sink.frames(), written)
    }

    fn stop(&self, why: EndReason) {
        self.lanes
            .iter()
            .for_each(|lane| lane.member.control.stop(why));
    }

    fn merge_all(&mut self) -> Result<bool> {
        loop {
            // Read before the rings: if the device sides are gone now, nothing more will be added.
            let at_end = self.given_up.load(Acquire);
            (self.lanes.iter_mut()).try_for_each(|lane| lane.pull(at_end))?;
            self.compare_clocks();
            let merged = self.merge_ready()?;
            if self.left == 0 {
                return Ok(true);
            }
            if at_end && merged == 0 {
                self.merge_rest()?;
                return Ok(self.left == 0);
            }
            if self.control.take_next_file() {
                self.sink.next_file()?;
            }
            self.sink.checkpoint()?;
            self.stored.store(self.sink.frames(), Relaxed);
            if !at_end {
                self.wake.wait(self.max_wait);
            }
        }
    }

    /// After the end of all devices. The others may have captured a little more than the one that ended first; but if
    /// that one failed, silence takes the place of what it lacks.
    fn merge_rest(&mut self) -> Result<()> {
        self.lanes.iter_mut().try_for_each(MergedLane::finish)?;
        let whole = self.lanes.iter().map(MergedLane::ready_frames).max();
        for lane in &mut self.lanes {
            let missing = whole.unwrap_or(0) - lane.ready_frames();
            if missing > 0 && lane.failed.load(Acquire) {
                lane.member.counters.add_lost(missing);
                lane.ready.extend(lane.spec.silence(missing));
            }
        }
        self.merge_ready().map(|_| ())
    }

    /// Merges the frames that all devices have. Returns how many.
    fn merge_ready(&mut self) -> Result<u64> {
        let ready = self.lanes.iter().map(MergedLane::ready_frames).min();
        let ready = ready.unwrap_or(0).min(self.left);
        let mut done = 0;
        while done < ready {
            let now = MAX_FRAMES.min(ready - done);
            self.interleave(done, now);
            self.write(now)?;
            done += now;
        }
        for lane in &mut self.lanes {
            lane.ready.drain(..lane.spec.bytes(done) as usize);
        }
        self.left -= done;
        Ok(done)
    }

    /// Puts `frames` frames from frame `from` on of each device side by side.
    fn interleave(&mut self, from: u64, frames: u64) {
        let spec = self.sink.spec();
        let size = spec.frame_bytes();
        self.buffer.resize(spec.bytes(frames) as usize, 0);
        let mut offset = 0;
        for lane in &self.lanes {
            let width = lane.spec.frame_bytes();
            let own = &lane.ready[lane.spec.bytes(from) as usize..];
            let targets = self.buffer.chunks_exact_mut(size);
            for (target, frame) in targets.zip(own.chunks_exact(width)) {
                target[offset..offset + width].copy_from_slice(frame);
            }
            offset += width;
        }
    }

    /// Writes the merged frames. The first device tells when they were captured.
    fn write(&mut self, frames: u64) -> Result<()> {
        self.time = self.lanes[0].take_time().or(self.time);
        let mut from = 0;
        if let Some((frame, time)) = self.time
            && (self.merged..self.merged + frames).contains(&frame)
        {
            from = self.sink.spec().bytes(frame - self.merged) as usize;
            if from > 0 {
                self.sink.write(&self.buffer[..from])?;
            }
            self.sink.set_time(time);
            self.time = None;
        }
        self.merged += frames;
        self.sink.write(&self.buffer[from..])
    }

    /// Compares the clocks of all devices with that of the first one.
    fn compare_clocks(&mut self) {
        let Some((first, others)) = self.lanes.split_first_mut() else {
            return;
        };
        let Some((frames, at)) = first.position() else {
            return;
        };
        let (rate, first_lost) = (
            f64::from(first.spec.rate),
            first.member.counters.frames_lost(),
        );
        for lane in others {
            let (Some((own, own_at)), Some(follower)) = (lane.position(), &mut lane.follower)
            else {
                continue;
            };
            let lost = first_lost + lane.member.counters.frames_lost();
            let first_frames = position_at(frames, at, rate, own_at);
            let detected = follower.observe(own_at, (own, first_frames), lost, &lane.member.gauge);
            if let Some((drift, resampling)) = detected {
                for event in
                    drift_events(&first.member.device, &lane.member.device, drift, resampling)
                {
                    self.messages.report(event);
                }
            }
        }
    }
}
