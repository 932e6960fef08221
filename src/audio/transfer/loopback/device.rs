//! The device side of a loopback: one thread that serves both PCMs.
//!
//! It waits on the PCMs and on [`TransferControl`](crate::audio::transfer::TransferControl), and on nothing else.
//! Whatever takes longer is done by [`Worker`].

use super::clocks::ClockMonitor;
use super::gate::Gate;
use super::gauges::{Gauges, ppm};
use super::latency::Latency;
use super::queue::FrameQueue;
use super::worker::{Job, JobDone, Worker};
use crate::audio::error::{Kind, Result};
use crate::audio::ffi::realtime::LockedMemory;
use crate::audio::pcm::{
    Direction, IoOutcome, PairWaitFor, PairWaiter, Pcm, PcmState, WaitOutcome, Xrun,
};
use crate::audio::spec::Spec;
use crate::audio::transfer::control::TransferCommand;
use crate::audio::transfer::device_link::DeviceLink;
use crate::audio::transfer::event::{Drift, EndReason, Event};
use crate::audio::transfer::message::Notice;
use crate::audio::transfer::realtime::Scheduling;
use crate::audio::transfer::reopening::Reopening;
use crate::audio::transfer::stall::Stall;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How often a draining device's state is read: not every plugin wakes a poll when it has drained.
const DRAIN_INTERVAL: Duration = Duration::from_millis(10);

/// The fewest frames that are read at a time.
const MIN_READ: u64 = 64;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LoopbackPhase {
    /// Waiting for sound; the playback device is closed.
    Listening,
    /// There is sound; the worker runs the hook and opens the playback device.
    Opening,
    /// The worker closes the playback device and runs the hook. Sound has to wait.
    Closing,
    /// Passing frames on.
    Running,
    Paused,
}

/// Frames lost at the start of the sound, because the playback device was not open yet.
#[derive(Default)]
struct Onset {
    /// Frames dropped since the sound began.
    dropped: u64,
    /// How many of those were captured before the sound.
    silent: u64,
}

/// Reads one PCM and writes the frames to the other.
pub(super) struct LoopbackDevice {
    pub(super) capture: Pcm,
    pub(super) playback: Option<Pcm>,
    /// The names of both.
    pub(super) names: [Arc<str>; 2],
    waiter: PairWaiter,
    pub(super) spec: Spec,
    pub(super) link: DeviceLink,
    /// Of the capture and of the playback device.
    pub(super) stalls: [Stall; 2],
    /// Frames written to the playback device.
    written: u64,
    /// Those of them since it was started. Silence precedes them.
    pub(super) sounding: u64,
    /// Frames of silence still to be written before the queue: the playback device does not hold the whole latency.
    pub(super) silent: u64,
    /// Whether playback starts with the first frames that are captured.
    awaits_capture: bool,
    pub(super) gauges: Arc<Gauges>,
    pub(super) worker: Worker,
    pub(super) phase: LoopbackPhase,
    /// Whether the worker has been asked to open the playback device.
    opening: bool,
    pub(super) queue: FrameQueue,
    /// Frames as they were read.
    buffer: Vec<u8>,
    latency: Latency,
    pub(super) clocks: ClockMonitor,
    correct_drift: bool,
    /// Detects sound, if the loopback plays only while there is sound.
    pub(super) gate: Option<Gate>,
    onset: Onset,
    /// Frames still to be captured.
    pub(super) left: u64,
    /// With a gate: how to open the playback device when there is sound.
    pub(super) closed_playback: Option<Reopening>,
    /// Whether the playback device was away when it was needed.
    pub(super) playback_is_away: bool,
    /// When a device went away, while it is away.
    pub(super) lost_at: Option<Instant>,
    /// The side that goes away now because it moves no data.
    pub(super) stalled: Option<Direction>,
    /// The capture and the playback device, after they were opened again because of that. They are back once they move.
    pub(super) reopened: [Option<ReopenedDevice>; 2],
    /// Frames that were to be captured before a device was found to be away, and are not heard.
    pub(super) lost_in_flight: u64,
    /// Keeps the queue and the buffer in memory, if the thread runs in real time.
    _locked: [Option<LockedMemory>; 2],
}

/// A device that went away because it moved no data, was opened again, and has moved none since.
pub(super) struct ReopenedDevice {
    pub name: String,
    /// Frames lost before `since`.
    pub lost: u64,
    /// When it was started.
    pub since: Instant,
}

/// How a loop treats its frames and devices.
pub(super) struct LoopbackOptions {
    /// How long a device may move nothing.
    pub timeout: Option<Duration>,
    /// Whether drift between the clocks is corrected by resampling.
    pub correct_drift: bool,
    /// Detects sound, if the loopback plays only while there is sound.
    pub gate: Option<Gate>,
    /// Frames to capture.
    pub left: u64,
    /// How the thread runs.
    pub scheduling: Scheduling,
}

/// Frames that the queue of a loopback holds at most.
fn max_queued(capture: &Pcm, latency: &Latency) -> u64 {
    2 * latency.max + 4 * capture.configuration().period_size
}

/// Bytes that are read at a time.
fn read_bytes(capture: &Pcm) -> usize {
    let period = capture.configuration().period_size;
    capture.spec().bytes(period.max(MIN_READ)) as usize
}

/// Bytes of the buffers of a loopback.
pub(super) fn buffer_bytes(capture: &Pcm, latency: &Latency) -> [u64; 2] {
    let queue = capture.spec().bytes(max_queued(capture, latency));
    [queue, read_bytes(capture) as u64]
}

impl LoopbackDevice {
    /// A loop over two configured PCMs with equal specs. With a gate it closes the playback PCM until there is sound.
    pub(super) fn new(
        (capture, playback): (Pcm, Pcm),
        latency: Latency,
        link: DeviceLink,
        worker: Worker,
        options: LoopbackOptions,
    ) -> LoopbackDevice {
        let LoopbackOptions {
            timeout,
            correct_drift,
            gate,
            left,
            scheduling,
        } = options;
        let closed_playback = gate.as_ref().map(|_| Reopening::of(&playback));
        let spec = capture.spec();
        let queue = FrameQueue::new(spec, max_queued(&capture, &latency));
        let buffer = vec![0; read_bytes(&capture)];
        let locked = [queue.memory(), &buffer]
            .map(|memory| scheduling.lock(|| LockedMemory::lock_bytes(memory)));
        LoopbackDevice {
            names: [&capture, &playback].map(|pcm| pcm.card_name().into()),
            waiter: PairWaiter::new(link.control.descriptor(), link.heartbeat.clone()),
            phase: match gate {
                Some(_) => LoopbackPhase::Listening,
                None => LoopbackPhase::Running,
            },
            playback: Some(playback).filter(|_| gate.is_none()),
            capture,
            spec,
            link,
            stalls: [Stall::new(timeout), Stall::new(timeout)],
            written: 0,
            sounding: 0,
            silent: 0,
            awaits_capture: false,
            gauges: Arc::default(),
            worker,
            opening: false,
            queue,
            buffer,
            clocks: ClockMonitor::new(spec, &latency),
            latency,
            correct_drift,
            gate,
            onset: Onset::default(),
            left,
            closed_playback,
            playback_is_away: false,
            lost_at: None,
            stalled: None,
            reopened: [None, None],
            lost_in_flight: 0,
            _locked: locked,
        }
    }

    pub(super) fn gauges(&self) -> Arc<Gauges> {
        self.gauges.clone()
    }

    /// Passes frames on until all requested frames have been played, or until a command to stop.
    pub(super) fn relay(&mut self) -> Result<EndReason> {
        if self.phase != LoopbackPhase::Paused {
            self.restart()?;
        }
        while self.left > 0 {
            match self.link.control.command() {
                TransferCommand::Stop(why) => return Ok(self.stop(why)),
                TransferCommand::Pause if self.phase != LoopbackPhase::Paused => self.pause(),
                TransferCommand::Run if self.phase == LoopbackPhase::Paused => self.resume()?,
                _ => {}
            }
            self.take_done()?;
            let more = self.read()?;
            if self.phase == LoopbackPhase::Running {
                self.write()?;
                self.compare_clocks()?;
            }
            if !more {
                self.wait()?;
            }
        }
        self.finish()
    }

    fn wait(&mut self) -> Result<()> {
        let what = match self.phase {
            LoopbackPhase::Paused => PairWaitFor::Interrupt,
            LoopbackPhase::Running if self.has_unwritten() => PairWaitFor::CapturedOrRoom,
            _ => PairWaitFor::Captured,
        };
        let [captured, played] = &mut self.stalls;
        let playback = self.playback.as_ref();
        let pause = captured.pause(&self.capture);
        let pause = pause.or_else(|| playback.and_then(|pcm| played.pause(pcm)));
        let (polled, timeout) = match (what, pause) {
            (PairWaitFor::Interrupt, _) => (what, None),
            (_, Some(_)) => (PairWaitFor::Interrupt, pause),
            (_, None) => (what, captured.timeout(None)),
        };
        let began = Instant::now();
        let outcome = self.waiter.wait(&self.capture, playback, polled, timeout)?;
        if outcome.capture == WaitOutcome::Ready {
            captured.wake();
        }
        if outcome.playback == WaitOutcome::Ready {
            played.wake();
        }
        // An underrun of the playback device does not show that the capture device is alive.
        if outcome.capture.is_idle() && !outcome.interrupted {
            self.check_progress(what, began.elapsed(), outcome.playback.is_idle())?;
        }
        if outcome.interrupted {
            self.link.control.clear();
        }
        self.after_wait(outcome.capture, outcome.playback)
    }

    /// Fails if one of the devices that should move has not moved for too long. `both` means that the wait found nothing
    /// for either of them.
    fn check_progress(&mut self, what: PairWaitFor, waited: Duration, both: bool) -> Result<()> {
        let [capture, playback] = &mut self.stalls;
        if what == PairWaitFor::Interrupt {
            capture.reset();
            playback.reset();
            return Ok(());
        }
        if capture.add(waited, self.link.counters.frames()) {
            self.stalled = Some(Direction::Capture);
            return Err(self.capture.give_up());
        }
        if !both {
            return Ok(());
        }
        match &mut self.playback {
            Some(pcm) if what == PairWaitFor::CapturedOrRoom => {
                match playback.add(waited, self.written) {
                    true => {
                        self.stalled = Some(Direction::Playback);
                        Err(pcm.give_up())
                    }
                    false => Ok(()),
                }
            }
            _ => {
                playback.reset();
                Ok(())
            }
        }
    }

    /// Reads captured frames, a period at most. Returns whether there are more.
    fn read(&mut self) -> Result<bool> {
        if self.phase == LoopbackPhase::Paused {
            return Ok(false);
        }
        let unread = match self.capture.avail_update()? {
            IoOutcome::Frames(frames) => frames as u64,
            outcome => return self.not_moved(Direction::Capture, outcome).map(|()| false),
        };
        let wanted = unread.min(self.buffer_frames()).min(self.left);
        if wanted == 0 {
            return Ok(false);
        }
        let bytes = self.spec.bytes(wanted) as usize;
        match (self.capture).read_into([&mut self.buffer[..bytes], &mut []])? {
            IoOutcome::Frames(frames) => {
                if frames > 0 {
                    self.moved(Direction::Capture, unread);
                }
                let bytes = self.spec.bytes(frames as u64) as usize;
                let buffer = std::mem::take(&mut self.buffer);
                let taken = self.take(&buffer[..bytes]);
                self.buffer = buffer;
                if self.awaits_capture && !self.queue.is_empty() {
                    // A source may need seconds until it delivers something; playback that started with it would have
                    // played the latency by then.
                    self.awaits_capture = false;
                    self.play_queued(unread - frames as u64)?;
                }
                taken.map(|()| frames > 0 && unread > frames as u64)
            }
            outcome => self.not_moved(Direction::Capture, outcome).map(|()| false),
        }
    }

    fn buffer_frames(&self) -> u64 {
        self.spec.frames_in(self.buffer.len() as u64)
    }

    /// Takes captured frames.
    pub(super) fn take(&mut self, frames: &[u8]) -> Result<()> {
        let count = self.spec.frames_in(frames.len() as u64);
        self.left = self.left.saturating_sub(count);
        self.link.counters.add_frames(count);
        self.link.tap.copy(frames);
        let sound = self.gate.as_mut().is_some_and(|gate| gate.listen(frames));
        if self.phase == LoopbackPhase::Running {
            self.queue_frames(frames)?;
            if self.gate.as_ref().is_some_and(Gate::has_closed) {
                self.close_playback();
            }
        } else {
            self.keep_onset(frames, sound);
        }
        Ok(())
    }

    /// Queues captured frames for playback.
    fn queue_frames(&mut self, frames: &[u8]) -> Result<()> {
        match self.queue.push(frames, self.clocks.ratio()) {
            0 => Ok(()),
            dropped => self.xrun(Direction::Capture, Some(dropped + self.unheard(None))),
        }
    }

    /// Keeps the last captured frames, as many as the latency, so that the sound is played from its start.
    fn keep_onset(&mut self, frames: &[u8], sound: bool) {
        let dropped = self.queue.push_and_keep(frames, self.latency.target);
        if self.phase == LoopbackPhase::Opening {
            self.onset.dropped += dropped;
        } else if self.phase == LoopbackPhase::Listening && sound {
            let count = self.spec.frames_in(frames.len() as u64);
            self.onset = Onset {
                dropped: 0,
                silent: self.queue.frames() - count.min(self.latency.target),
            };
            self.open_playback();
        }
    }

    /// Writes as much of the silence and the queue as there is room for.
    pub(super) fn write(&mut self) -> Result<()> {
        while !self.awaits_capture
            && self.has_unwritten()
            && let Some(playback) = &mut self.playback
        {
            match playback.write(self.queue.next(self.silent))? {
                IoOutcome::Frames(0) | IoOutcome::WouldBlock => break,
                IoOutcome::Frames(frames) => self.wrote(frames as u64),
                outcome => return self.not_moved(Direction::Playback, outcome),
            }
        }
        Ok(())
    }

    fn has_unwritten(&self) -> bool {
        self.silent > 0 || !self.queue.is_empty()
    }

    /// Counts frames of silence or of the queue that were written.
    fn wrote(&mut self, frames: u64) {
        if self.silent > 0 {
            self.silent -= frames;
        } else {
            self.queue.remove(frames);
            self.sounding += frames;
        }
        self.written += frames;
        self.moved(Direction::Playback, 0);
    }

    /// Counts the frames in flight at intervals. Their number changes if the clocks differ.
    fn compare_clocks(&mut self) -> Result<()> {
        if self.awaits_capture || !self.clocks.is_due() {
            return Ok(());
        }
        let tolerance = i64::from(self.spec.rate / 1000);
        let Some(held) = self
            .playback
            .as_ref()
            .and_then(|playback| self.capture.frames_held(playback, tolerance))
        else {
            return Ok(());
        };
        let waiting = self.queue.frames() + self.queue.delay();
        let frames = held as f64 + (waiting + self.silent) as f64;
        self.gauges.set_waiting(waiting);
        if frames > self.max_frames_in_flight() {
            return self.xrun(Direction::Capture, Some(self.unheard(None)));
        }
        let detected = self.clocks.observe(frames);
        self.update_gauges();
        if detected {
            self.drift_detected();
        }
        Ok(())
    }

    fn max_frames_in_flight(&self) -> f64 {
        let period = self.capture.configuration().period_size;
        (2 * self.latency.target + period + MIN_READ) as f64
    }

    fn update_gauges(&self) {
        self.gauges.set_latency(self.clocks.frames());
        if let Some(drift) = self.clocks.drift() {
            self.gauges.set_drift(drift);
        }
        if self.queue.is_resampling() {
            self.gauges.set_ratio(self.clocks.ratio());
        }
    }

    fn drift_detected(&mut self) {
        if self.correct_drift {
            let max_frames = self.buffer_frames() as usize;
            self.worker.ask(Job::CreateResampler(max_frames));
        } else {
            self.report_drift(false);
        }
    }

    fn report_drift(&self, resampling: bool) {
        let fraction = self.clocks.drift().unwrap_or_default();
        let drift = Drift {
            device: None,
            drift_ppm: ppm(fraction),
            ratio: 1.0 / (1.0 + fraction),
            resampling,
        };
        let [capture, playback] = &self.names;
        let (faster, slower) = match fraction >= 0.0 {
            true => (capture, playback),
            false => (playback, capture),
        };
        self.link.warn(Notice::ClocksDiffer {
            faster: faster.clone(),
            slower: slower.clone(),
            ppm: drift.drift_ppm.abs(),
            resampling,
        });
        self.link.report(Event::Drift(drift));
    }

    /// Takes what the worker has done.
    fn take_done(&mut self) -> Result<()> {
        match self.worker.take_done() {
            Some(JobDone::Resampler(Some(resampler))) => {
                self.queue.set_resampler(resampler);
                self.clocks.correct(self.queue.delay());
                self.report_drift(true);
            }
            Some(JobDone::Resampler(None)) => self.report_drift(false),
            Some(JobDone::Playback(opened)) => {
                self.opening = false;
                return match self.phase {
                    LoopbackPhase::Opening => {
                        self.playback_is_away = (opened.as_ref())
                            .as_ref()
                            .is_err_and(|error| error.kind() == Kind::Disconnected);
                        self.start_playback((*opened)?)
                    }
                    _ => {
                        self.discard(*opened);
                        Ok(())
                    }
                };
            }
            Some(JobDone::Closed) if self.phase == LoopbackPhase::Closing => {
                self.phase = LoopbackPhase::Listening;
            }
            Some(JobDone::Closed) | None => {}
        }
        Ok(())
    }

    /// Lets the worker close a PCM that is not needed any more.
    fn discard(&self, opened: Result<Pcm>) {
        if let Ok(playback) = opened {
            self.worker.ask(Job::Close(playback));
        }
    }

    /// Starts both devices again, with silence of the whole latency before what is captured from then on. Those that cannot
    /// be started at the same moment start one after the other. Without a playback device it only starts the capture.
    pub(super) fn restart(&mut self) -> Result<()> {
        let Some(playback) = &mut self.playback else {
            if self.capture.state()? != PcmState::Prepared {
                let _ = self.capture.drop();
                self.capture.prepare()?;
            }
            return self.capture.start();
        };
        for pcm in [&self.capture, &*playback] {
            let _ = pcm.drop();
            pcm.prepare()?;
        }
        self.queue.restart();
        (self.sounding, self.silent) = (0, 0);
        self.clocks.restarted();
        self.awaits_capture = !self.capture.can_start_with(playback)?;
        if self.awaits_capture {
            return self.capture.start();
        }
        // The resampler holds back some of the first frames.
        let frames = self.latency.target + self.queue.delay();
        self.silent = playback.write_silence(frames, self.queue.silence())?;
        self.capture.start_with(playback)
    }

    /// Starts playback with what is queued, after the silence that is missing for the latency. `unread` captured frames are
    /// still to be read.
    fn play_queued(&mut self, unread: u64) -> Result<()> {
        let Some(playback) = &mut self.playback else {
            return Ok(());
        };
        let captured = self.queue.frames() + unread;
        let frames = self.latency.target.saturating_sub(captured);
        self.silent = playback.write_silence(frames, self.queue.silence())?;
        self.sounding = 0;
        self.write()?;
        if let Some(playback) = &self.playback {
            playback.start()?;
        }
        self.clocks.restarted();
        Ok(())
    }

    /// There is sound: lets the worker open the playback device, unless it does so already.
    fn open_playback(&mut self) {
        self.phase = LoopbackPhase::Opening;
        if !self.opening {
            self.opening = true;
            self.worker.ask(Job::OpenPlayback);
        }
    }

    /// Starts playback with the frames that were kept.
    fn start_playback(&mut self, playback: Pcm) -> Result<()> {
        self.playback = Some(playback);
        self.phase = LoopbackPhase::Running;
        self.queue.restart_resampler();
        self.play_queued(0)?;
        self.link.report(Event::Sound {
            playing: true,
            frames: self.link.counters.frames(),
        });
        // If opening took longer than the latency, the beginning of the sound is lost.
        match self.onset.dropped.saturating_sub(self.onset.silent) {
            0 => Ok(()),
            lost => self.report_xrun(Direction::Capture, Xrun::of_frames(lost, self.spec)),
        }
    }

    /// The sound has ended: lets the worker close the playback device, for others to use it until there is more.
    fn close_playback(&mut self) {
        self.stop_playback();
        self.gauges.clear_latency();
        self.phase = LoopbackPhase::Closing;
        self.link.report(Event::Sound {
            playing: false,
            frames: self.link.counters.frames(),
        });
    }

    fn stop_playback(&mut self) {
        let playback = self.playback.take();
        if let Some(playback) = &playback {
            let _ = playback.drop();
        }
        self.worker.ask(Job::ClosePlayback(playback));
    }

    pub(super) fn report_xrun(&self, side: Direction, xrun: Xrun) -> Result<()> {
        let pcm = match (side, &self.playback) {
            (Direction::Playback, Some(playback)) => playback,
            _ => &self.capture,
        };
        self.link.xrun(pcm, Some(side), xrun)
    }

    /// Raises the latency if xruns show that it is too short; but not if they come from drift that is not corrected.
    pub(super) fn raise_latency(&mut self) {
        if !self.correct_drift && self.clocks.drift().is_some() {
            return;
        }
        if let Some(before) = self.latency.raise_after_xrun() {
            self.link.warn(Notice::LatencyRaised {
                from: self.spec.milliseconds(before),
                to: self.spec.milliseconds(self.latency.target),
            });
            self.clocks
                .set_target(self.latency.target + self.queue.delay());
        }
    }

    fn pause(&mut self) {
        if self.phase == LoopbackPhase::Running {
            // Frames in flight are not heard, neither now nor after the pause.
            self.link.counters.add_lost(self.unheard(None));
        }
        self.count_lost();
        let _ = self.capture.drop();
        if self.gate.is_none() {
            if let Some(playback) = &self.playback {
                let _ = playback.drop();
            }
        } else if let Some(playback) = self.playback.take() {
            // After the pause, it waits for sound again.
            self.worker.ask(Job::Close(playback));
        }
        self.phase = LoopbackPhase::Paused;
        self.gauges.clear_latency();
        self.link.report(Event::Pause {
            frames: self.link.counters.frames(),
        });
    }

    fn resume(&mut self) -> Result<()> {
        self.capture.prepare()?;
        for reopened in self.reopened.iter_mut().flatten() {
            reopened.since = Instant::now();
        }
        if self.gate.is_some() {
            self.queue.clear();
            self.phase = LoopbackPhase::Listening;
        } else {
            self.phase = LoopbackPhase::Running;
        }
        self.restart()?;
        self.link.report(Event::Resume {
            frames: self.link.counters.frames(),
        });
        Ok(())
    }

    /// Stops at once: what the playback device holds is not played.
    fn stop(&mut self, why: EndReason) -> EndReason {
        let _ = self.capture.drop();
        if let Some(playback) = &self.playback {
            let _ = playback.drop();
        }
        why
    }

    /// Lets the worker run the hook after playback, if a playback that waited for sound ends here, also by an error.
    /// Counts what was lost if a device is away.
    pub(super) fn close_at_end(&mut self) {
        self.count_lost();
        let playing = self.playback.is_some() || self.phase == LoopbackPhase::Opening;
        if self.gate.is_some() && playing {
            self.worker.ask(Job::ClosePlayback(self.playback.take()));
        }
    }

    /// Everything was captured: plays the rest.
    fn finish(&mut self) -> Result<EndReason> {
        let _ = self.capture.drop();
        self.queue.flush(self.clocks.ratio());
        while self.phase == LoopbackPhase::Running
            && let Some(playback) = &mut self.playback
        {
            if let TransferCommand::Stop(why) = self.link.control.command() {
                return Ok(self.stop(why));
            }
            if self.silent == 0 && self.queue.is_empty() {
                let running = |state| matches!(state, PcmState::Draining | PcmState::Running);
                if playback.drain()? || !running(playback.state()?) {
                    break;
                }
            } else if self.write_last()? {
                continue;
            }
            let interval = Some(DRAIN_INTERVAL);
            let outcome = self
                .waiter
                .wait(&self.capture, None, PairWaitFor::Room, interval)?;
            if outcome.interrupted {
                self.link.control.clear();
            }
        }
        Ok(EndReason::Finished)
    }

    /// Writes some of what is left after the capture has ended. Returns false if there is no room.
    fn write_last(&mut self) -> Result<bool> {
        let Some(playback) = &mut self.playback else {
            return Ok(false);
        };
        let unplayed = match playback.write(self.queue.next(self.silent))? {
            IoOutcome::Frames(frames @ 1..) => {
                self.wrote(frames as u64);
                return Ok(true);
            }
            IoOutcome::Frames(_) | IoOutcome::WouldBlock => {
                // After an underrun, the buffer was filled again.
                if playback.state()? == PcmState::Prepared {
                    playback.start()?;
                }
                return Ok(false);
            }
            IoOutcome::Suspended { resumed: true, .. } => return Ok(true),
            IoOutcome::Suspended { lost, .. } => lost,
            IoOutcome::Xrun(xrun) => xrun.held,
        };
        let lost = Xrun::of_frames(unplayed.min(self.sounding), self.spec);
        self.sounding = 0;
        self.report_xrun(Direction::Playback, lost)?;
        Ok(true)
    }
}
