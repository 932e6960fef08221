//! What every transfer has: its reins, its listener, its messages and its summary.

use super::control::{TransferCommand, TransferControl};
use super::counters::Counters;
use super::event::{End, EndReason, Event, Progress, Start};
use super::{Message, Outcome};
use crate::audio::advice::{SoundAdvice, Warning};
use crate::audio::error::{Error, Result};
use crate::audio::pcm::Pcm;
use crate::audio::spec::Spec;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, Instant};

/// Events that may wait for a slow reader; past that, progress is dropped and the counters still know.
const EVENTS_WAITING: usize = 1024;

pub(super) struct Session<'a> {
    pub control: &'a TransferControl,
    pub sender: SyncSender<Message>,
    pub messages: Receiver<Message>,
    pub end: End,
    on_event: &'a mut dyn FnMut(&Event),
    progress: Option<Duration>,
    error: Option<Error>,
}

impl<'a> Session<'a> {
    pub(super) fn new(
        control: &'a TransferControl,
        progress: Option<Duration>,
        on_event: &'a mut dyn FnMut(&Event),
    ) -> Session<'a> {
        let (sender, messages) = sync_channel(EVENTS_WAITING);
        control.attach(Some(sender.clone()));
        let end = End {
            frames: 0,
            seconds: 0.0,
            xruns: 0,
            frames_lost: 0,
            clipped: 0,
            why: EndReason::Finished,
        };
        Session {
            control,
            sender,
            messages,
            end,
            on_event,
            progress,
            error: None,
        }
    }

    /// Whether anybody wants levels.
    pub(super) fn metered(&self) -> bool {
        self.progress.is_some()
    }

    /// Ends it with an error, which is told.
    pub(super) fn fail(&mut self, error: Error) {
        self.end.why = EndReason::Error;
        self.tell(Event::Failed(error));
    }

    /// Tells the summary and gives it.
    pub(super) fn finish(mut self) -> Outcome {
        self.control.attach(None);
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

    /// Tells of samples that were over full scale, if there were any.
    pub(super) fn tell_clipped(&mut self, clipped: u64) {
        self.end.clipped = clipped;
        if clipped > 0 {
            let plural = if clipped == 1 { " was" } else { "s were" };
            let warning = format!("{clipped} sample{plural} over full scale and clipped");
            self.tell(Event::Warning(Warning::with_advice(
                warning,
                SoundAdvice::LowerGain,
            )));
        }
    }

    pub(super) fn tell_start(&mut self, pcm: &Pcm, requested: Spec, conversion: Option<String>) {
        self.tell(Event::Start(start_of(pcm, requested, conversion)));
        for difference in pcm.size_differences() {
            self.tell(Event::Warning(difference.into()));
        }
    }

    /// Passes on what happens until the device side is done. `told` makes frames of `spec` of those that are counted.
    pub(super) fn listen(
        &mut self,
        counters: &Counters,
        spec: Spec,
        total: Option<u64>,
        told: &dyn Fn(u64) -> u64,
    ) -> Result<EndReason> {
        self.listen_to(&mut |xruns| {
            let frames = told(counters.frames());
            Event::Progress(Progress {
                frames,
                seconds: spec.seconds(frames),
                total,
                peak_dbfs: counters.take_peaks(),
                xruns: xruns + counters.xruns(),
            })
        })
    }

    /// The same, with what `progress` tells; it is given the xruns of what went before.
    pub(super) fn listen_to(
        &mut self,
        progress: &mut dyn FnMut(u64) -> Event,
    ) -> Result<EndReason> {
        let mut due = self.progress.map(|every| (Instant::now() + every, every));
        loop {
            match self.next_message(due) {
                Some(Message::Ended(ended)) => {
                    if self.progress.is_some() {
                        self.tell(progress(self.end.xruns));
                    }
                    return ended;
                }
                Some(Message::Event(event)) => self.tell(event),
                Some(_) => {}
                None => {
                    self.tell(progress(self.end.xruns));
                    due = due.map(|(at, every)| (at + every, every));
                }
            }
        }
    }

    /// Passes on what was told since [`Session::listen`] returned.
    pub(super) fn tell_waiting(&mut self) {
        while let Ok(message) = self.messages.try_recv() {
            if let Message::Event(event) = message {
                self.tell(event);
            }
        }
    }

    /// The next message; `None` when progress is due first.
    fn next_message(&self, due: Option<(Instant, Duration)>) -> Option<Message> {
        let Some((at, _)) = due else {
            return Some(
                self.messages
                    .recv()
                    .unwrap_or(Message::Ended(Ok(EndReason::Error))),
            );
        };
        match self
            .messages
            .recv_timeout(at.saturating_duration_since(Instant::now()))
        {
            Ok(message) => Some(message),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => Some(Message::Ended(Ok(EndReason::Error))),
        }
    }

    /// Adds `frames` of `spec`, and what else was counted, to the summary.
    pub(super) fn count(&mut self, counters: &Counters, spec: Spec, frames: u64) {
        self.end.frames += frames;
        self.end.seconds += spec.seconds(frames);
        self.end.xruns += counters.xruns();
        self.end.frames_lost += counters.lost();
    }

    pub(super) fn tell(&mut self, event: Event) {
        match &event {
            Event::Pause { .. } => self.control.tell_paused(true),
            Event::Resume { .. } => self.control.tell_paused(false),
            Event::Failed(error) => {
                self.error.get_or_insert_with(|| error.clone());
            }
            _ => {}
        }
        (self.on_event)(&event);
    }
}

/// What is told of a device that was opened to do `requested`.
pub(super) fn start_of(pcm: &Pcm, requested: Spec, conversion: Option<String>) -> Start {
    let configuration = pcm.configuration();
    Start {
        device: pcm.card_name().to_owned(),
        direction: pcm.pcm_type(),
        requested,
        realised: configuration.spec,
        conversion,
        period_size: configuration.period_size,
        buffer_size: configuration.buffer_size,
        access: configuration.access.name(),
        dump: pcm.dump().unwrap_or_default(),
    }
}
