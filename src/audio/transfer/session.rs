//! What every transfer has on the calling thread: its messages, its events and its summary.

use super::control::{TransferCommand, TransferControl};
use super::counters::Counters;
use super::device_link::DeviceLink;
use super::event::{DeviceStart, End, EndReason, Event, Progress, Start, WhyNotRealtime};
use super::hang::{HangDetector, ThreadState};
use super::levels::{PeakLevels, Tap, TapMeter, tap};
use super::message::{Message, Notice};
use super::message_queue::{MessageReceiver, MessageSender, message_queue};
use super::outcome::Outcome;
use super::realtime::Scheduling;
use crate::audio::advice::{SoundAdvice, Warning};
use crate::audio::error::{Error, Result};
use crate::audio::ffi;
use crate::audio::ffi::realtime::{RealtimeThread, take_demoted};
use crate::audio::pcm::Pcm;
use crate::audio::spec::Spec;
use crate::audio::spelling::count;
use crate::audio::threads;
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

pub(super) struct Session<'a> {
    pub control: &'a TransferControl,
    pub sender: MessageSender,
    messages: MessageReceiver,
    pub end: End,
    on_event: &'a mut dyn FnMut(&Event),
    /// How often progress is reported.
    progress: Option<Duration>,
    /// The last one reported.
    last_progress: Option<Progress>,
    /// How the device thread runs.
    pub scheduling: Scheduling,
    /// The first error.
    error: Option<Error>,
}

/// Does the work of a device thread. Tests count its allocations.
fn watched<T>(work: impl FnOnce() -> T) -> T {
    #[cfg(test)]
    let work = || ffi::allocations::counted(work);
    work()
}

/// Sends the last message of a device thread, also if it panics.
struct Ending(MessageSender);

impl Ending {
    fn send(self, message: Message) {
        self.0.send(message);
    }
}

impl Drop for Ending {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.send(Message::Ended(Err(panicked("device"))));
        }
    }
}

fn panicked(thread: &str) -> Error {
    Error::internal(&format!("the {thread} thread panicked"))
}

impl<'a> Session<'a> {
    pub(super) fn new(
        control: &'a TransferControl,
        progress: Option<Duration>,
        on_event: &'a mut dyn FnMut(&Event),
    ) -> Session<'a> {
        Session::with_queue(control, progress, on_event, message_queue())
    }

    /// A session whose queue of messages exists already.
    pub(super) fn with_queue(
        control: &'a TransferControl,
        progress: Option<Duration>,
        on_event: &'a mut dyn FnMut(&Event),
        (sender, messages): (MessageSender, MessageReceiver),
    ) -> Session<'a> {
        control.attach(Some(sender.clone()));
        let end = End {
            frames: 0,
            seconds: 0.0,
            xruns: 0,
            frames_lost: 0,
            clipped_samples: 0,
            events_dropped: 0,
            why: EndReason::Finished,
            devices: None,
        };
        Session {
            control,
            sender,
            messages,
            end,
            on_event,
            progress,
            last_progress: None,
            scheduling: Scheduling::normal(WhyNotRealtime::Off),
            error: None,
        }
    }

    /// What a device loop shares with this session. `tap` takes the frames that it captures.
    pub(super) fn link(&self, tap: Tap, fatal_xruns: bool) -> DeviceLink {
        DeviceLink::new(self.control, self.sender.clone(), tap, fatal_xruns)
    }

    /// A tap for frames of `spec`, if progress is reported.
    pub(super) fn tap(&self, spec: Spec) -> (Tap, TapMeter) {
        tap(spec, self.progress)
    }

    /// Runs `open` on its own thread, which sends the message that it returns.
    pub(super) fn spawn_opening(
        &self,
        open: impl FnOnce() -> Message + Send + 'static,
    ) -> Result<()> {
        let sender = self.sender.clone();
        threads::start(open, move |opened| {
            let panicked = |_| Message::Ended(Err(panicked("file")));
            sender.send(opened.unwrap_or_else(panicked));
        })?;
        Ok(())
    }

    /// Runs a device loop on its own thread, and passes on events until it has ended. `progress` is what is reported at
    /// each interval. Returns how it ended, and the device unless its thread is stuck or has panicked.
    pub(super) fn run_thread<D: Send + 'static>(
        &mut self,
        device: D,
        run: fn(&mut D) -> Result<EndReason>,
        detector: Option<HangDetector>,
        progress: &mut dyn FnMut() -> Progress,
    ) -> (Result<EndReason>, Option<D>) {
        // Handed over after the start, so that it is not lost without a thread.
        let (hand_over, handed_over) = sync_channel(1);
        let ending = Ending(self.sender.clone());
        let priority = self.scheduling.priority;
        let thread = threads::spawn(move || {
            let mut device: D = handed_over.recv().ok()?;
            ffi::messages::capture();
            // It was tried before.
            let _realtime = priority.and_then(|priority| RealtimeThread::enter(priority).ok());
            let ended = watched(|| run(&mut device));
            ending.send(Message::Ended(ended));
            Some(device)
        });
        let thread = match thread {
            Ok(thread) => thread,
            Err(error) => return (Err(error), Some(device)),
        };
        let _ = hand_over.send(device);
        let (ended, stuck) = self.listen(detector, progress);
        if take_demoted() {
            self.warn(Notice::NoPause);
        }
        if self.progress.is_some() {
            self.emit_progress(progress(), true);
        }
        if stuck {
            // If the call returns after all, the thread ends.
            self.control.stop(EndReason::Error);
            return (ended, None);
        }
        (ended, thread.join().ok().flatten())
    }

    /// Passes on events until the device loop has ended, or is stuck. Returns how it ended, and whether it is stuck.
    fn listen(
        &mut self,
        mut detector: Option<HangDetector>,
        progress: &mut dyn FnMut() -> Progress,
    ) -> (Result<EndReason>, bool) {
        let mut progress_due = self.first_progress();
        let mut lost = None;
        loop {
            let stopping = matches!(self.control.command(), TransferCommand::Stop(_));
            let look_due = detector.as_ref().map(|detector| detector.due(stopping));
            let due = progress_due.into_iter().chain(look_due).min();
            match self.next_message(due) {
                Some(Message::Ended(ended)) => return (ended, false),
                Some(message) => self.pass_on(message),
                None => self.report_progress(&mut progress_due, progress),
            }
            if let Some(detector) = &mut detector
                && detector.due(stopping) <= Instant::now()
                && let Some(ended) = self.look(detector, &mut lost, progress)
            {
                return (ended, true);
            }
        }
    }

    /// Checks whether the device thread is stuck. Returns how the transfer ends because of that. `lost` is since when
    /// the device is reported as lost.
    fn look(
        &mut self,
        detector: &mut HangDetector,
        lost: &mut Option<Instant>,
        progress: &mut dyn FnMut() -> Progress,
    ) -> Option<Result<EndReason>> {
        let command = self.control.command();
        let stopping = matches!(command, TransferCommand::Stop(_));
        match (detector.look(stopping), command) {
            (ThreadState::Slow | ThreadState::Stuck, TransferCommand::Stop(why)) => {
                return Some(Ok(why));
            }
            (ThreadState::Stuck, _) if lost.is_none() => {
                if !detector.on_lost.waits() {
                    return Some(Err(detector.error()));
                }
                *lost = Some(Instant::now());
                self.emit(Event::Lost {
                    device: detector.device.clone(),
                    frames: progress().frames,
                });
            }
            (ThreadState::Alive, _) => {
                if let Some(since) = lost.take() {
                    self.emit(Event::Back {
                        device: detector.device.clone(),
                        gap_frames: 0,
                        gap_seconds: since.elapsed().as_secs_f64(),
                    });
                }
            }
            _ => {}
        }
        let limit = lost.zip(detector.on_lost.limit());
        limit
            .filter(|(since, limit)| since.elapsed() >= *limit)
            .map(|_| Err(detector.on_lost.not_back(detector.error())))
    }

    /// When the first progress is due, if it is reported.
    pub(super) fn first_progress(&self) -> Option<Instant> {
        self.progress.map(|every| Instant::now() + every)
    }

    /// Reports progress if it is due, and sets when it is due next.
    pub(super) fn report_progress(
        &mut self,
        due: &mut Option<Instant>,
        progress: &mut dyn FnMut() -> Progress,
    ) {
        if due.is_some_and(|at| at <= Instant::now()) {
            self.emit_progress(progress(), false);
            *due = due.zip(self.progress).map(|(at, every)| at + every);
        }
    }

    /// Passes on what arrived since [`Session::listen`] returned.
    pub(super) fn drain_messages(&mut self) {
        while let Some(message) = self.received() {
            self.pass_on(message);
        }
    }

    /// The next message, if one has arrived.
    pub(super) fn received(&self) -> Option<Message> {
        self.messages.try_receive()
    }

    /// The next message, or `None` if progress is due first.
    pub(super) fn next_message(&self, due: Option<Instant>) -> Option<Message> {
        let timeout = due.map(|at| at.saturating_duration_since(Instant::now()));
        match self.messages.receive(timeout) {
            Ok(message) => Some(message),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => Some(Message::Ended(Ok(EndReason::Error))),
        }
    }

    /// Reports an event or a warning. Other messages mean nothing while a device runs.
    pub(super) fn pass_on(&mut self, message: Message) {
        match message {
            Message::Event(event) => self.emit(event),
            Message::Notice(notice) => self.warn(notice),
            Message::Opened(..)
            | Message::Reopened(_)
            | Message::DeviceEnded(_)
            | Message::Ended(_)
            | Message::Command => {}
        }
    }

    pub(super) fn emit(&mut self, mut event: Event) {
        self.count_all_frames(&mut event);
        match &event {
            Event::Start(_) => self.control.set_started(),
            Event::Pause { .. } | Event::Lost { .. } => self.control.set_paused(true),
            Event::Resume { .. } | Event::Back { .. } => self.control.set_paused(false),
            Event::Failed(error) => {
                self.error.get_or_insert_with(|| error.clone());
            }
            _ => {}
        }
        (self.on_event)(&event);
    }

    pub(super) fn warn(&mut self, warning: impl Into<Warning>) {
        self.emit(Event::Warning(warning.into()));
    }

    /// Reports that a device has started, and the sizes that are not as requested.
    pub(super) fn emit_start(&mut self, pcm: &Pcm, device: DeviceStart) {
        self.emit(Event::Start(Box::new(Start {
            device,
            loopback: None,
            devices: None,
        })));
        for difference in pcm.size_differences() {
            self.warn(difference);
        }
    }

    /// Reports `progress` of this device plus the totals of the devices before it. That of a device that has stopped (at
    /// a pause, a loss or the end) is omitted if it repeats the one before.
    pub(super) fn emit_progress(&mut self, progress: Progress, is_stopped: bool) {
        let progress = Progress {
            frames: self.end.frames + progress.frames,
            seconds: self.end.seconds + progress.seconds,
            total_frames: progress.total_frames.map(|total| self.end.frames + total),
            xruns: self.end.xruns + progress.xruns,
            ..progress
        };
        if self.last_progress.as_ref() == Some(&progress) && is_stopped {
            return;
        }
        self.last_progress = Some(progress.clone());
        self.emit(Event::Progress(Box::new(progress)));
    }

    /// Makes the frames of an event those of the whole transfer: a device loop counts only its own.
    fn count_all_frames(&self, event: &mut Event) {
        match event {
            Event::Pause { frames }
            | Event::Resume { frames }
            | Event::Seek { frames, .. }
            | Event::Lost { frames, .. } => *frames += self.end.frames,
            _ => {}
        }
    }

    /// Adds `frames` of `spec`, and the xruns, to the summary.
    pub(super) fn count(&mut self, counters: &Counters, spec: Spec, frames: u64) {
        // Events of the device loop that has ended count only its own frames.
        self.drain_messages();
        self.end.frames += frames;
        self.end.seconds += spec.seconds(frames);
        self.end.xruns += counters.xruns();
        self.end.frames_lost += counters.frames_lost();
    }

    /// Warns of samples that were over full scale, if there were any.
    pub(super) fn count_clipped(&mut self, clipped: u64) {
        self.end.clipped_samples = clipped;
        if clipped > 0 {
            let verb = if clipped == 1 { "was" } else { "were" };
            self.warn(Warning::with_advice(
                format!(
                    "{} {verb} over full scale and clipped",
                    count(clipped, "sample")
                ),
                SoundAdvice::LowerGain,
            ));
        }
    }

    /// Warns of events that were dropped because they were not read, if there were any.
    fn count_dropped(&mut self) {
        let dropped = self.sender.dropped();
        self.end.events_dropped = dropped;
        if dropped > 0 {
            let verb = if dropped == 1 { "was" } else { "were" };
            let events = count(dropped, "event");
            self.warn(format!(
                "{events} {verb} dropped because the output was not read in time; the totals are correct"
            ));
        }
    }

    /// Reports the error that ends the transfer.
    pub(super) fn fail(&mut self, error: Error) {
        self.end.why = EndReason::Error;
        self.emit(Event::Failed(error));
    }

    /// Reports how a recording ended, with the samples that were over full scale.
    pub(super) fn finish_recording(mut self, result: Result<EndReason>, clipped: u64) -> Outcome {
        match result {
            Ok(why) => self.end.why = why,
            Err(error) if error.is_closed_stdout() => self.end.why = EndReason::StdoutClosed,
            Err(error) => self.fail(error),
        }
        self.count_clipped(clipped);
        self.finish()
    }

    /// Reports the summary and returns it.
    pub(super) fn finish(mut self) -> Outcome {
        self.control.attach(None);
        self.count_dropped();
        if let TransferCommand::Stop(why) = self.control.command()
            && self.end.why == EndReason::Finished
        {
            self.end.why = why;
        }
        if self.error.is_some() && self.end.why == EndReason::Finished {
            self.end.why = EndReason::Error;
        }
        (self.on_event)(&Event::End(self.end.clone()));
        Outcome {
            end: self.end,
            error: self.error,
        }
    }
}

/// The start event of a PCM that was opened for `requested`.
pub(super) fn device_start(
    pcm: &Pcm,
    requested: Spec,
    conversion: Option<String>,
    scheduling: &Scheduling,
) -> DeviceStart {
    let configuration = pcm.configuration();
    DeviceStart {
        device: pcm.card_name().to_owned(),
        direction: pcm.pcm_type(),
        requested,
        granted: configuration.spec,
        conversion,
        period_size: configuration.period_size,
        buffer_size: configuration.buffer_size,
        access: configuration.access.name(),
        realtime: scheduling.why_not.is_none(),
        memory_locked: scheduling.locks_memory,
        why_not_realtime: scheduling.why_not,
        dump: pcm.dump().unwrap_or_default(),
    }
}

/// Progress of `frames` frames of `spec`, with the xruns that `counters` hold.
pub(super) fn progress(
    counters: &Counters,
    levels: PeakLevels,
    spec: Spec,
    frames: u64,
    total: Option<u64>,
) -> Progress {
    Progress {
        frames,
        seconds: spec.seconds(frames),
        total_frames: total,
        current_file: None,
        peak_dbfs: levels.dbfs,
        clipped: levels.clipped,
        xruns: counters.xruns(),
        rate: spec.rate,
        loopback: None,
        devices: None,
    }
}
