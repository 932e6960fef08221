//! What the device thread has others do, because it takes long: making a resampler, and running hooks.

use super::Hook;
use crate::audio::dsp::asrc::Asrc;
use crate::audio::error::Result;
use crate::audio::spec::Spec;
use crate::audio::transfer::Message;
use crate::audio::transfer::control::TransferControl;
use crate::audio::transfer::event::Event;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::Scope;

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Job {
    /// Make a resampler that is given at most so many frames at a time.
    Resampler(usize),
    /// The hook before a playback.
    Before,
    /// The hook after one.
    After,
}

/// What was done.
pub(super) enum Done {
    /// A resampler, or why there is none.
    Resampler(Result<Box<Asrc>>),
    /// The hook before a playback has ended.
    Before,
    /// The hook after one has.
    After,
}

/// Jobs that may wait; there are never more, for each is asked for only once the one before is done.
const WAITING: usize = 4;

pub(super) struct Worker {
    jobs: SyncSender<Job>,
    done: Receiver<Done>,
}

impl Worker {
    /// Has something done. Never waits.
    pub(super) fn ask(&self, job: Job) {
        let _ = self.jobs.try_send(job);
    }

    /// What has been done since, if anything. Never waits.
    pub(super) fn take(&self) -> Option<Done> {
        self.done.try_recv().ok()
    }
}

/// Opens a worker: a thread that ends once the worker is dropped. What it is done with wakes the device thread.
pub(super) fn open<'scope>(
    scope: &'scope Scope<'scope, '_>,
    spec: Spec,
    control: &TransferControl,
    messages: &SyncSender<Message>,
    hooks: (Option<Hook>, Option<Hook>),
) -> Worker {
    let (jobs, ordered) = sync_channel(WAITING);
    let (give, done) = sync_channel(WAITING);
    let (control, messages) = (control.clone(), messages.clone());
    let (mut before, mut after) = hooks;
    let run = move |hook: &mut Option<Hook>| {
        if let Some(Err(error)) = hook.as_mut().map(|hook| hook()) {
            let _ = messages.try_send(Message::Event(Event::Warning(error.to_string().into())));
        }
    };
    scope.spawn(move || {
        for job in ordered {
            let done = match job {
                Job::Resampler(most) => Done::Resampler(Asrc::new(spec, most).map(Box::new)),
                Job::Before => {
                    run(&mut before);
                    Done::Before
                }
                Job::After => {
                    run(&mut after);
                    Done::After
                }
            };
            let _ = give.try_send(done);
            control.wake();
        }
    });
    Worker { jobs, done }
}
