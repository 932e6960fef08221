//! The device side of one device of a group. It runs like a recording of its own: each device has its own threads, waits
//! for its own return after a loss, and counts its own xruns.

use crate::audio::error::{Error, Result};
use crate::audio::threads;
use crate::audio::transfer::capture::{CaptureDevice, Preparation};
use crate::audio::transfer::control::TransferControl;
use crate::audio::transfer::device_loop::AfterLoss;
use crate::audio::transfer::event::{EndReason, Event, Progress};
use crate::audio::transfer::levels::PeakLevels;
use crate::audio::transfer::message::Message;
use crate::audio::transfer::realtime::Scheduling;
use crate::audio::transfer::session::{Session, progress};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Release};
use std::sync::mpsc::{Receiver, SyncSender};
use std::time::Duration;

/// A device that captures for a group.
pub(super) struct CaptureLane {
    pub name: String,
    pub preparation: Preparation,
    pub timeout: Option<Duration>,
    pub device: CaptureDevice,
    pub control: TransferControl,
    /// The queue of its device loop.
    pub queue: (SyncSender<Message>, Receiver<Message>),
    pub scheduling: Scheduling,
    /// Set if its loop ends with an error.
    pub failed: Arc<AtomicBool>,
}

/// Reports the end of a lane, also if its thread panics.
struct LaneEnding {
    group: SyncSender<Message>,
    ended: Option<Result<EndReason>>,
    failed: Arc<AtomicBool>,
}

impl Drop for LaneEnding {
    fn drop(&mut self) {
        let missing = || match std::thread::panicking() {
            true => Err(Error::internal("the thread of a device panicked")),
            false => Err(Error::internal("a device has no thread")),
        };
        let ended = self.ended.take().unwrap_or_else(missing);
        self.failed.store(ended.is_err(), Release);
        let _ = self.group.send(Message::DeviceEnded(ended));
    }
}

impl CaptureLane {
    /// Runs the lane on a thread of its own. Its events, and at last [`Message::DeviceEnded`], go to the group.
    ///
    /// # Errors
    /// If there are too many threads; the end is reported nevertheless.
    pub(super) fn spawn(self, group: SyncSender<Message>) -> Result<()> {
        let ending = LaneEnding {
            group: group.clone(),
            ended: None,
            failed: self.failed.clone(),
        };
        threads::spawn(move || {
            let mut ending = ending;
            ending.ended = Some(self.run(&group));
        })
        .map(drop)
    }

    fn run(self, group: &SyncSender<Message>) -> Result<EndReason> {
        let device = self.name;
        let mut forward = |event: &Event| {
            // If the queue is full, it has not been read for a long time, and waiting would not help.
            let _ = group.try_send(Message::Event(of_device(event, &device)));
        };
        let mut session = Session::with_queue(&self.control, None, &mut forward, self.queue);
        session.scheduling = self.scheduling;
        let preparation = self.preparation;
        let after_loss = AfterLoss {
            on_lost: preparation.on_lost,
            timeout: self.timeout,
            prepare: &|pcm| {
                pcm.stamp_every_read();
                preparation.prepare(pcm)
            },
        };
        let (spec, counters) = (self.device.pcm.spec(), self.device.link.counters.clone());
        let mut report = || -> Progress {
            progress(
                &counters,
                PeakLevels::default(),
                spec,
                counters.frames(),
                None,
            )
        };
        session.run_device(self.device, &after_loss, &mut report).0
    }
}

/// The event of one device, with its name.
fn of_device(event: &Event, device: &str) -> Event {
    let mut event = event.clone();
    if let Event::Xrun { device: of, .. } = &mut event {
        *of = Some(device.to_owned());
    }
    event
}
