//! What a device loop shares with the rest of its transfer.

use super::control::TransferControl;
use super::counters::Counters;
use super::event::Event;
use super::levels::Tap;
use super::message::Notice;
use super::message_queue::MessageSender;
use crate::audio::advice::SoundAdvice;
use crate::audio::error::{Error, Kind, Result};
use crate::audio::heartbeat::Heartbeat;
use crate::audio::pcm::{Direction, Pcm, Xrun};
use std::sync::Arc;

/// What all device loops (playback, capture, loopback) share with the other threads. None of its methods waits.
pub(super) struct DeviceLink {
    pub control: TransferControl,
    pub counters: Arc<Counters>,
    pub messages: MessageSender,
    /// Shows the calling thread whether the device thread is stuck.
    pub heartbeat: Arc<Heartbeat>,
    /// Takes copies of captured frames, to be measured elsewhere.
    pub tap: Tap,
    /// Whether an xrun ends the transfer.
    pub fatal_xruns: bool,
}

impl DeviceLink {
    pub(super) fn new(
        control: &TransferControl,
        messages: MessageSender,
        tap: Tap,
        fatal_xruns: bool,
    ) -> DeviceLink {
        DeviceLink {
            control: control.clone(),
            counters: Arc::default(),
            messages,
            heartbeat: Arc::default(),
            tap,
            fatal_xruns,
        }
    }

    /// Sends an event to the calling thread. If its queue is full, the event is dropped and counted; the counters are
    /// still correct.
    pub(super) fn report(&self, event: Event) {
        self.messages.try_report(event);
    }

    /// Sends a warning to the calling thread, like [`DeviceLink::report`].
    pub(super) fn warn(&self, notice: Notice) {
        self.messages.try_warn(notice);
    }

    /// Counts and reports an xrun of `pcm`. `side` names it in a transfer with two PCMs.
    ///
    /// # Errors
    /// [`Kind::Xrun`] if xruns are fatal.
    pub(super) fn xrun(&self, pcm: &Pcm, side: Option<Direction>, xrun: Xrun) -> Result<()> {
        // A sound server may report that it has no more frames, and get some before that is heard.
        if xrun.frames == Some(0) && pcm.card().is_none() {
            return Ok(());
        }
        self.counters.add_xrun(xrun);
        self.report(Event::Xrun {
            side,
            device: None,
            frames_lost: xrun.frames,
            ms: xrun.ms,
        });
        if self.fatal_xruns {
            return Err(fatal_xrun(pcm, xrun));
        }
        Ok(())
    }
}

fn fatal_xrun(pcm: &Pcm, xrun: Xrun) -> Error {
    let name = match pcm.pcm_type() {
        Direction::Playback => "underrun",
        Direction::Capture => "overrun",
    };
    let length = match xrun.ms {
        Some(ms) if ms > 0.0 => format!(" ({ms:.1} ms)"),
        _ => String::new(),
    };
    let device = pcm.card_name();
    Error::new(Kind::Xrun, format!("{name} on '{device}'{length}"))
        .with_device(device)
        .with_advice(SoundAdvice::TolerateXruns)
}
