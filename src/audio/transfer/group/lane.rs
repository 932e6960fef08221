//! The device side of one device of a group. It runs like a transfer of its own: each device has its own threads, waits
//! for its own return after a loss, and counts its own xruns.

use super::member::Member;
use crate::audio::error::{Error, Result};
use crate::audio::pcm::Pcm;
use crate::audio::spec::Spec;
use crate::audio::threads::{self, Task};
use crate::audio::transfer::device_loop::{AfterLoss, DeviceLoop};
use crate::audio::transfer::event::{EndReason, Event, Progress};
use crate::audio::transfer::levels::PeakLevels;
use crate::audio::transfer::message::Message;
use crate::audio::transfer::message_queue::{MessageReceiver, MessageSender};
use crate::audio::transfer::on_lost::OnLost;
use crate::audio::transfer::realtime::Scheduling;
use crate::audio::transfer::session::{Session, progress};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Release};
use std::time::Duration;

/// Prepares a device that is back.
pub(super) type Prepare = Box<dyn Fn(&Pcm) -> Result<()> + Send>;

/// A device that captures or plays for a group.
pub(super) struct Lane<D> {
    pub member: Member,
    pub spec: Spec,
    pub on_lost: OnLost,
    pub prepare: Prepare,
    pub timeout: Option<Duration>,
    pub device: D,
    /// The queue of its device loop.
    pub queue: (MessageSender, MessageReceiver),
    pub scheduling: Scheduling,
    /// Set if its loop ends with an error.
    pub failed: Arc<AtomicBool>,
}

/// Reports the end of a lane, also if its thread panics.
struct LaneEnding {
    group: MessageSender,
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
        self.group.send(Message::DeviceEnded(ended));
    }
}

impl<D: DeviceLoop> Lane<D> {
    /// Runs the lane on its own thread. Its events, and at last [`Message::DeviceEnded`], go to the group. The thread
    /// returns the device, unless it is stuck.
    ///
    /// # Errors
    /// If there are too many threads; the end is reported nevertheless.
    pub(super) fn spawn(self, group: MessageSender) -> Result<Task<Option<D>>> {
        let ending = LaneEnding {
            group: group.clone(),
            ended: None,
            failed: self.failed.clone(),
        };
        threads::spawn(move || {
            let mut ending = ending;
            let (ended, device) = self.run(&group);
            ending.ended = Some(ended);
            device
        })
    }

    fn run(self, group: &MessageSender) -> (Result<EndReason>, Option<D>) {
        let Member {
            device,
            control,
            counters,
            ..
        } = self.member;
        let mut forward = |event: &Event| group.report(of_device(event, &device));
        let mut session = Session::with_queue(&control, None, &mut forward, self.queue);
        session.scheduling = self.scheduling;
        let after_loss = AfterLoss {
            on_lost: self.on_lost,
            timeout: self.timeout,
            prepare: &self.prepare,
        };
        let spec = self.spec;
        let mut report = || -> Progress {
            let frames = counters.frames();
            progress(&counters, PeakLevels::default(), spec, frames, None)
        };
        let ended = session.run_device(self.device, &after_loss, &mut report);
        group.count_dropped(session.sender.dropped());
        ended
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
