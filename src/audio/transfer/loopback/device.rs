//! The device side of a loopback: one thread that serves both PCMs, and waits on them and on [`TransferControl`] alone.

use super::drift::{DriftTracker, DriftVerdict};
use super::fifo::Fifo;
use super::gate::Gate;
use super::worker::{Done, Job, Worker};
use super::{OnSound, milliseconds};
use crate::audio::advice::{SoundAdvice, Warning};
use crate::audio::dsp::asrc::Asrc;
use crate::audio::error::Result;
use crate::audio::pcm::{
    Direction, IoOutcome, PairWaitFor, PairWaiter, Pcm, PcmState, Request, WaitOutcome, Xrun,
};
use crate::audio::spec::Spec;
use crate::audio::transfer::control::{TransferCommand, TransferControl};
use crate::audio::transfer::counters::Counters;
use crate::audio::transfer::event::{Drift, EndReason, Event};
use crate::audio::transfer::{Message, fatal_xrun};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::mpsc::SyncSender;
use std::time::{Duration, Instant};

/// Positions are compared so often.
const LOOK: Duration = Duration::from_millis(20);

/// An xrun so soon after another is no chance: the latency is too short for the machine.
const SOON: Duration = Duration::from_secs(10);

/// While the last frames are played, the device is looked at so often: not every plugin wakes a poll at the end.
const DRAIN_LOOK: Duration = Duration::from_millis(10);

/// What the device thread sees and others read, without a lock.
#[derive(Debug)]
pub(super) struct Gauges {
    latency: AtomicU64,
    waiting: AtomicU64,
    /// The bits of an `f64`; not a number where no drift is known.
    drift: AtomicU64,
    /// The bits of an `f64`.
    ratio: AtomicU64,
}

impl Default for Gauges {
    fn default() -> Gauges {
        Gauges {
            latency: AtomicU64::new(u64::MAX),
            waiting: AtomicU64::new(0),
            drift: AtomicU64::new(f64::NAN.to_bits()),
            ratio: AtomicU64::new(1f64.to_bits()),
        }
    }
}

impl Gauges {
    /// Frames from input to output; `None` while nothing is played.
    pub(super) fn latency(&self) -> Option<u64> {
        Some(self.latency.load(Relaxed)).filter(|frames| *frames != u64::MAX)
    }

    /// Frames between the two devices.
    pub(super) fn waiting(&self) -> u64 {
        self.waiting.load(Relaxed)
    }

    /// To a tenth of a part in a million.
    pub(super) fn drift_ppm(&self) -> Option<f64> {
        let drift = f64::from_bits(self.drift.load(Relaxed));
        (!drift.is_nan()).then(|| ppm(drift))
    }

    /// Frames played for one captured.
    pub(super) fn ratio(&self) -> f64 {
        f64::from_bits(self.ratio.load(Relaxed))
    }
}

/// To a tenth; what is added makes a zero of -0.
fn ppm(part: f64) -> f64 {
    (part * 1e7).round() / 10.0 + 0.0
}

/// What a relay is made of.
pub(super) struct Parts<'a> {
    pub capture: Pcm,
    pub playback: Pcm,
    /// What the playing device is opened with again, after a silence.
    pub playback_request: Request,
    /// Frames from input to output.
    pub target: u64,
    /// What repeated xruns may make of them.
    pub target_most: u64,
    /// Frames that those on their way may be off before a drift is seen in it.
    pub band: f64,
    pub worker: Worker,
    pub on_sound: Option<OnSound>,
    pub follow_drift: bool,
    pub control: &'a TransferControl,
    pub counters: &'a Counters,
    pub gauges: &'a Gauges,
    pub messages: &'a SyncSender<Message>,
    pub fatal_xruns: bool,
    /// Frames still to be captured.
    pub left: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LoopbackPhase {
    /// Waiting for sound, the playing device closed.
    Listening,
    /// There is sound, and the hook before the playback runs.
    Preparing,
    /// The hook after the playback runs; sound has to wait for its end.
    Closing,
    /// Passing on.
    Relaying,
    /// Stopped by request.
    Paused,
}

pub(super) struct LoopbackDevice<'a> {
    capture: Pcm,
    playback: Option<Pcm>,
    playback_request: Request,
    spec: Spec,
    target: u64,
    target_most: u64,
    last_xrun: Option<Instant>,
    waiter: PairWaiter,
    phase: LoopbackPhase,
    fifo: Fifo,
    /// What was passed on last, for a resampler to begin with.
    history: Fifo,
    scratch: Vec<u8>,
    drift: DriftTracker,
    resampler: Option<Box<Asrc>>,
    worker: Worker,
    gate: Option<Gate>,
    /// Frames that gave way since sound was heard, while it could not be played yet.
    unheard: u64,
    /// How many of the first of them came before the sound.
    silent: u64,
    follow_drift: bool,
    control: &'a TransferControl,
    counters: &'a Counters,
    gauges: &'a Gauges,
    messages: &'a SyncSender<Message>,
    fatal_xruns: bool,
    left: u64,
    began: Instant,
    next_look: Instant,
}

impl<'a> LoopbackDevice<'a> {
    pub(super) fn new(parts: Parts<'a>) -> LoopbackDevice<'a> {
        let spec = parts.capture.spec();
        let period = parts.capture.configuration().period_size;
        let bytes = |frames: u64| spec.bytes(frames) as usize;
        let on_sound = parts.on_sound;
        LoopbackDevice {
            waiter: PairWaiter::new(parts.control.descriptor()),
            phase: if on_sound.is_some() {
                LoopbackPhase::Listening
            } else {
                LoopbackPhase::Relaying
            },
            fifo: Fifo::new(bytes(2 * parts.target_most + 4 * period)),
            history: Fifo::new(bytes(Asrc::history() as u64)),
            scratch: vec![0; bytes(period.max(64))],
            drift: DriftTracker::new(spec.rate, parts.target as f64, parts.band),
            resampler: None,
            gate: on_sound.map(|on_sound| Gate::new(spec, on_sound)),
            unheard: 0,
            silent: 0,
            capture: parts.capture,
            playback: on_sound.is_none().then_some(parts.playback),
            playback_request: parts.playback_request,
            spec,
            target: parts.target,
            target_most: parts.target_most,
            last_xrun: None,
            worker: parts.worker,
            follow_drift: parts.follow_drift,
            control: parts.control,
            counters: parts.counters,
            gauges: parts.gauges,
            messages: parts.messages,
            fatal_xruns: parts.fatal_xruns,
            left: parts.left,
            began: Instant::now(),
            next_look: Instant::now(),
        }
    }

    pub(super) fn messages(&self) -> &'a SyncSender<Message> {
        self.messages
    }

    /// Passes on until it has all that was asked for, or until told to stop.
    pub(super) fn run(&mut self) -> Result<EndReason> {
        match self.phase {
            LoopbackPhase::Listening => self.capture.start()?,
            _ => self.synchronise()?,
        }
        while self.left > 0 {
            match self.control.command() {
                TransferCommand::Stop(why) => return Ok(self.stopped(why)),
                TransferCommand::Pause if self.phase != LoopbackPhase::Paused => self.pause(),
                TransferCommand::Run if self.phase == LoopbackPhase::Paused => self.resume()?,
                _ => {}
            }
            self.receive()?;
            let more = self.take()?;
            if self.phase == LoopbackPhase::Relaying {
                self.give()?;
                self.look()?;
            }
            if !more {
                self.wait()?;
            }
        }
        self.finish()
    }

    /// Waits for what can be done next.
    fn wait(&mut self) -> Result<()> {
        let what = match self.phase {
            LoopbackPhase::Paused => PairWaitFor::Interrupt,
            LoopbackPhase::Relaying if self.fifo.len() > 0 => PairWaitFor::CapturedOrRoom,
            _ => PairWaitFor::Captured,
        };
        let playback = self.playback.as_ref();
        let woken = self.waiter.wait(&self.capture, playback, what, None)?;
        if woken.interrupted {
            self.control.clear();
        }
        self.woken(Direction::Capture, woken.capture)?;
        self.woken(Direction::Playback, woken.playback)
    }

    fn woken(&mut self, side: Direction, wake: WaitOutcome) -> Result<()> {
        match wake {
            WaitOutcome::Xrun(xrun) => self.xrun(side, xrun),
            WaitOutcome::Suspended { resumed } => self.slept(side, resumed),
            WaitOutcome::Ready | WaitOutcome::Interrupted | WaitOutcome::Nothing => Ok(()),
        }
    }

    /// Takes what was captured, a period at most; `true` where there is more.
    fn take(&mut self) -> Result<bool> {
        if self.phase == LoopbackPhase::Paused {
            return Ok(false);
        }
        let unread = match self.capture.room()? {
            IoOutcome::Frames(frames) => frames as u64,
            moved => return self.unmoved(Direction::Capture, moved).map(|()| false),
        };
        let most = self.spec.frames_in(self.scratch.len() as u64);
        let wanted = unread.min(most).min(self.left);
        if wanted == 0 {
            return Ok(false);
        }
        let bytes = self.spec.bytes(wanted) as usize;
        match self.capture.read_into(&mut self.scratch[..bytes])? {
            IoOutcome::Frames(frames) => {
                let bytes = self.spec.bytes(frames as u64) as usize;
                let scratch = std::mem::take(&mut self.scratch);
                let taken = self.taken(&scratch[..bytes]);
                self.scratch = scratch;
                taken.map(|()| frames > 0 && unread > frames as u64)
            }
            moved => self.unmoved(Direction::Capture, moved).map(|()| false),
        }
    }

    fn taken(&mut self, frames: &[u8]) -> Result<()> {
        let count = self.spec.frames_in(frames.len() as u64);
        self.left = self.left.saturating_sub(count);
        self.counters.add_frames(count);
        self.counters.meter(frames);
        let sound = self.gate.as_mut().is_some_and(|gate| gate.hear(frames));
        match self.phase {
            LoopbackPhase::Relaying => {
                self.pass_on(frames)?;
                match &self.gate {
                    Some(gate) if gate.is_over() => self.close_playback(),
                    _ => Ok(()),
                }
            }
            // What came before the sound is kept for as long as the latency is: it is then heard from its start.
            phase => {
                let pushed_out = self.fifo.push(frames);
                let most = self.spec.bytes(self.target) as usize;
                let over = self.fifo.len().saturating_sub(most);
                self.fifo.drop_front(over);
                if phase == LoopbackPhase::Preparing {
                    self.unheard += self.spec.frames_in((pushed_out + over) as u64);
                } else if phase == LoopbackPhase::Listening && sound {
                    self.phase = LoopbackPhase::Preparing;
                    self.unheard = 0;
                    self.silent =
                        self.spec.frames_in(self.fifo.len() as u64) - count.min(self.target);
                    self.worker.ask(Job::Before);
                }
                Ok(())
            }
        }
    }

    /// Puts captured frames on their way, as they are or resampled.
    fn pass_on(&mut self, frames: &[u8]) -> Result<()> {
        let lost = match &mut self.resampler {
            Some(resampler) => self
                .fifo
                .push(resampler.process(self.drift.ratio(), frames)),
            None => {
                self.history.push(frames);
                self.fifo.push(frames)
            }
        };
        if lost == 0 {
            return Ok(());
        }
        let lost = self.spec.frames_in(lost as u64);
        self.xrun(Direction::Capture, Xrun::of_frames(lost, self.spec))
    }

    /// Hands over what is on its way, as far as there is room.
    fn give(&mut self) -> Result<()> {
        while self.fifo.len() > 0
            && let Some(playback) = &mut self.playback
        {
            match playback.write(self.fifo.bytes())? {
                IoOutcome::Frames(0) | IoOutcome::WouldBlock => break,
                IoOutcome::Frames(frames) => self
                    .fifo
                    .drop_front(self.spec.bytes(frames as u64) as usize),
                moved => return self.unmoved(Direction::Playback, moved),
            }
        }
        Ok(())
    }

    /// What to do where no frames were moved.
    fn unmoved(&mut self, side: Direction, moved: IoOutcome) -> Result<()> {
        match moved {
            IoOutcome::Xrun(xrun) => self.xrun(side, xrun),
            IoOutcome::Suspended { resumed } => self.slept(side, resumed),
            IoOutcome::Frames(_) | IoOutcome::WouldBlock => Ok(()),
        }
    }

    /// Counts the frames on their way and looks what they say of the clocks.
    fn look(&mut self) -> Result<()> {
        let now = Instant::now();
        if now < self.next_look {
            return Ok(());
        }
        self.next_look = now + LOOK;
        let apart = i64::from(self.spec.rate / 1000);
        let Some(held) = self
            .playback
            .as_ref()
            .and_then(|playback| self.capture.frames_held(playback, apart))
        else {
            return Ok(());
        };
        let kept = self
            .resampler
            .as_ref()
            .map_or(0, |resampler| resampler.delay());
        let waiting = self.spec.frames_in(self.fifo.len() as u64) + kept;
        let fill = held as f64 + waiting as f64;
        self.gauges.waiting.store(waiting, Relaxed);
        if fill > self.most_on_their_way() {
            let excess = (fill - self.target as f64) as u64;
            return self.xrun(Direction::Capture, Xrun::of_frames(excess, self.spec));
        }
        let verdict = self.drift.observe(self.seconds(now), fill);
        self.show();
        if verdict == DriftVerdict::Drifts {
            self.drifts();
        }
        Ok(())
    }

    fn most_on_their_way(&self) -> f64 {
        let period = self.capture.configuration().period_size;
        (2 * self.target + period + 64) as f64
    }

    fn seconds(&self, now: Instant) -> f64 {
        now.duration_since(self.began).as_secs_f64()
    }

    fn show(&self) {
        let latency = self.drift.fill().max(0.0).round() as u64;
        self.gauges.latency.store(latency, Relaxed);
        if let Some(drift) = self.drift.drift() {
            self.gauges.drift.store(drift.to_bits(), Relaxed);
        }
        if self.resampler.is_some() {
            let ratio = self.drift.ratio();
            self.gauges.ratio.store(ratio.to_bits(), Relaxed);
        }
    }

    /// The clocks are seen to differ.
    fn drifts(&mut self) {
        if self.follow_drift {
            let most = self.spec.frames_in(self.scratch.len() as u64) as usize;
            self.worker.ask(Job::Resampler(most));
        } else {
            self.tell_drift(false, "it is not followed, and becomes xruns");
        }
    }

    fn tell_drift(&self, resampling: bool, course: &str) {
        let drift = self.drift.drift().unwrap_or_default();
        let drifting = Drift {
            ppm: ppm(drift),
            ratio: 1.0 / (1.0 + drift),
            resampling,
        };
        let (faster, slower) = match (&self.playback, drift >= 0.0) {
            (Some(playback), true) => (&self.capture, playback),
            (Some(playback), false) => (playback, &self.capture),
            (None, _) => (&self.capture, &self.capture),
        };
        let warning = format!(
            "the clock of '{}' is about {:.0} ppm faster than that of '{}': {course}",
            faster.card_name(),
            drifting.ppm.abs(),
            slower.card_name()
        );
        self.tell(Event::Warning(warning.into()));
        self.tell(Event::Drift(drifting));
    }

    /// Takes what others have done.
    fn receive(&mut self) -> Result<()> {
        match self.worker.take() {
            Some(Done::Resampler(Ok(resampler))) => self.follow(resampler),
            Some(Done::Resampler(Err(error))) => {
                self.tell_drift(false, &format!("{error}, and it becomes xruns"));
            }
            Some(Done::Before) if self.phase == LoopbackPhase::Preparing => self.open_playback()?,
            Some(Done::After) if self.phase == LoopbackPhase::Closing => {
                self.phase = LoopbackPhase::Listening
            }
            Some(Done::Before | Done::After) | None => {}
        }
        Ok(())
    }

    /// From now on what is captured is resampled.
    fn follow(&mut self, mut resampler: Box<Asrc>) {
        resampler.begin(self.history.bytes());
        let now = self.seconds(Instant::now());
        self.drift.follow(now, resampler.delay() as f64);
        self.resampler = Some(resampler);
        self.tell_drift(true, "resampling from now on");
    }

    /// Starts both devices anew, with silence of the whole latency before what is captured from then on.
    fn synchronise(&mut self) -> Result<()> {
        let Some(playback) = &mut self.playback else {
            return self.capture.start();
        };
        for pcm in [&self.capture, &*playback] {
            let _ = pcm.drop();
            pcm.prepare()?;
        }
        self.fifo.clear();
        self.history.clear();
        let history = Asrc::history() as u64;
        let silence = self.spec.silence(history);
        self.history.push(&silence);
        let mut primed = self.target;
        if let Some(resampler) = &mut self.resampler {
            resampler.begin(&silence);
            // It keeps as many of the first frames.
            primed += resampler.delay();
        }
        playback.write_silence(primed, &silence)?;
        self.capture.start_with(playback)?;
        self.restarted();
        Ok(())
    }

    fn restarted(&mut self) {
        let now = Instant::now();
        self.next_look = now + LOOK;
        self.drift.restarted(self.seconds(now));
    }

    /// Opens the playing device while the capture runs, and begins with what is kept of it.
    fn open_playback(&mut self) -> Result<()> {
        let mut playback = super::open(self.playback_request.clone())?;
        let kept = self.spec.frames_in(self.fifo.len() as u64);
        playback.write_silence(self.target.saturating_sub(kept), &self.spec.silence(256))?;
        self.playback = Some(playback);
        self.phase = LoopbackPhase::Relaying;
        if let Some(resampler) = &mut self.resampler {
            resampler.begin(&self.spec.silence(Asrc::history() as u64));
        }
        self.give()?;
        if let Some(playback) = &self.playback {
            playback.start()?;
        }
        self.restarted();
        self.tell(Event::Sound {
            playing: true,
            frames: self.counters.frames(),
        });
        // The hook before, and the opening, took longer than the latency: the beginning of the sound is gone.
        match self.unheard.saturating_sub(self.silent) {
            0 => Ok(()),
            frames => self.lost(Direction::Capture, Xrun::of_frames(frames, self.spec)),
        }
    }

    /// The sound is over: leaves the playing device to others until there is more.
    fn close_playback(&mut self) -> Result<()> {
        if let Some(playback) = self.playback.take() {
            let _ = playback.drop();
        }
        self.gauges.latency.store(u64::MAX, Relaxed);
        self.phase = LoopbackPhase::Closing;
        self.worker.ask(Job::After);
        self.tell(Event::Sound {
            playing: false,
            frames: self.counters.frames(),
        });
        Ok(())
    }

    /// Counts an xrun and tells it, then starts anew.
    fn xrun(&mut self, side: Direction, xrun: Xrun) -> Result<()> {
        self.lost(side, xrun)?;
        self.grow();
        self.synchronise()
    }

    /// Doubles the latency after the second of two xruns, unless it is as asked for or grown enough, or they come from
    /// clocks that are not to be followed.
    fn grow(&mut self) {
        let now = Instant::now();
        let last = self.last_xrun.replace(now);
        let soon = last.is_some_and(|last| now.duration_since(last) < SOON);
        let drifting = !self.follow_drift && self.drift.drift().is_some();
        if !soon || drifting || self.target >= self.target_most {
            return;
        }
        let ms = |frames| milliseconds(self.spec, frames);
        let grown = (2 * self.target).min(self.target_most);
        let (before, after) = (ms(self.target), ms(grown));
        let warning = format!(
            "a latency of {before:.1} ms is too short for this machine: {after:.1} ms from now on"
        );
        self.tell(Event::Warning(Warning::with_advice(
            warning,
            SoundAdvice::RaiseLatency,
        )));
        self.target = grown;
        let kept = self
            .resampler
            .as_ref()
            .map_or(0, |resampler| resampler.delay());
        self.drift.aim((grown + kept) as f64);
    }

    /// Counts what is lost, and tells it.
    fn lost(&mut self, side: Direction, xrun: Xrun) -> Result<()> {
        self.counters.add_xrun(xrun);
        self.tell(Event::SideXrun {
            side,
            frames_lost: xrun.frames,
            ms: xrun.ms,
        });
        if self.fatal_xruns {
            let pcm = match (side, &self.playback) {
                (Direction::Playback, Some(playback)) => playback,
                _ => &self.capture,
            };
            return Err(fatal_xrun(side, pcm, xrun));
        }
        Ok(())
    }

    /// After a sleep of the machine: one that went on where it stopped is one that the other may not agree with.
    fn slept(&mut self, side: Direction, resumed: bool) -> Result<()> {
        if resumed {
            return self.synchronise();
        }
        let unknown = Xrun {
            frames: None,
            ms: None,
        };
        self.xrun(side, unknown)
    }

    fn pause(&mut self) {
        let _ = self.capture.drop();
        // One that waits for sound does so again afterwards.
        match &self.playback {
            Some(playback) if self.gate.is_none() => drop(playback.drop()),
            _ => self.playback = None,
        }
        self.phase = LoopbackPhase::Paused;
        self.gauges.latency.store(u64::MAX, Relaxed);
        self.tell(Event::Pause {
            frames: self.counters.frames(),
        });
    }

    fn resume(&mut self) -> Result<()> {
        self.capture.prepare()?;
        if self.gate.is_some() {
            self.fifo.clear();
            self.capture.start()?;
            self.phase = LoopbackPhase::Listening;
        } else {
            self.phase = LoopbackPhase::Relaying;
            self.synchronise()?;
        }
        self.tell(Event::Resume {
            frames: self.counters.frames(),
        });
        Ok(())
    }

    /// Ends at once: what the playing device holds is not heard.
    fn stopped(&mut self, why: EndReason) -> EndReason {
        let _ = self.capture.drop();
        if let Some(playback) = &self.playback {
            let _ = playback.drop();
        }
        self.end_hook();
        why
    }

    fn end_hook(&mut self) {
        let playing = self.playback.take().is_some();
        if self.gate.is_some() && (playing || self.phase == LoopbackPhase::Preparing) {
            self.worker.ask(Job::After);
        }
    }

    /// All was captured: lets the rest be heard.
    fn finish(&mut self) -> Result<EndReason> {
        let _ = self.capture.drop();
        if let Some(resampler) = &mut self.resampler {
            let rest = self.spec.silence(resampler.delay());
            self.fifo.push(resampler.process(self.drift.ratio(), &rest));
        }
        while self.phase == LoopbackPhase::Relaying
            && let Some(playback) = &mut self.playback
        {
            if let TransferCommand::Stop(why) = self.control.command() {
                return Ok(self.stopped(why));
            }
            if self.fifo.len() == 0 {
                playback.silence_after_end();
                let running = |state| matches!(state, PcmState::Draining | PcmState::Running);
                if playback.drain()? || !running(playback.state()?) {
                    break;
                }
            } else if let IoOutcome::Frames(frames @ 1..) = playback.write(self.fifo.bytes())? {
                let bytes = self.spec.bytes(frames as u64) as usize;
                self.fifo.drop_front(bytes);
                continue;
            }
            let wait =
                self.waiter
                    .wait(&self.capture, None, PairWaitFor::Room, Some(DRAIN_LOOK))?;
            if wait.interrupted {
                self.control.clear();
            }
        }
        self.end_hook();
        Ok(EndReason::Finished)
    }

    /// Tells the thread that runs the transfer. Never waits: where nobody reads, the counters still know.
    fn tell(&self, event: Event) {
        let _ = self.messages.try_send(Message::Event(event));
    }
}
