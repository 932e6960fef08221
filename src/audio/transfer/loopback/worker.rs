//! Slow jobs that the device thread of a loopback leaves to another thread: opening and closing the
//! playback device, running hooks, creating a resampler.

use crate::audio::dsp::asrc::Asrc;
use crate::audio::error::Result;
use crate::audio::pcm::Pcm;
use crate::audio::spec::Spec;
use crate::audio::threads::{self, Task};
use crate::audio::transfer::control::TransferControl;
use crate::audio::transfer::event::Event;
use crate::audio::transfer::message_queue::MessageSender;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

/// Called before playback starts or after it has ended. Its error is reported as a warning and stops nothing.
pub type Hook = Box<dyn FnMut() -> Result<()> + Send>;

/// Opens the playback device, ready to be written.
pub(super) type OpenPlayback = Box<dyn FnMut() -> Result<Pcm> + Send>;

pub(super) enum Job {
    /// Create a resampler that is given at most this many frames at a time.
    CreateResampler(usize),
    /// Run the hook before playback, then open the device.
    OpenPlayback,
    /// Close the device, if it is open, then run the hook after playback.
    ClosePlayback(Option<Pcm>),
    /// Close the device.
    Close(Pcm),
}

// A boxed device would be freed on the device thread, which neither allocates nor frees.
#[allow(clippy::large_enum_variant)]
pub(super) enum JobDone {
    /// A resampler; `None` if the format cannot be resampled.
    Resampler(Option<Box<Asrc>>),
    /// The playback device.
    Playback(Box<Result<Pcm>>),
    /// The device is closed, and the hook after playback has ended.
    Closed,
}

/// Jobs that may wait. There are never more: the device thread asks for the next one once the last is done.
const MAX_JOBS: usize = 4;

/// The device thread's end of the worker. Its methods never wait.
pub(super) struct Worker {
    jobs: SyncSender<Job>,
    done: Receiver<JobDone>,
}

impl Worker {
    /// Asks for a job.
    pub(super) fn ask(&self, job: Job) {
        let _ = self.jobs.try_send(job);
    }

    /// A job that was done since the last call.
    pub(super) fn take_done(&self) -> Option<JobDone> {
        self.done.try_recv().ok()
    }
}

/// What the worker needs for its jobs.
pub(super) struct WorkerThread {
    pub spec: Spec,
    pub control: TransferControl,
    pub messages: MessageSender,
    pub open: OpenPlayback,
    pub before: Option<Hook>,
    pub after: Option<Hook>,
}

impl WorkerThread {
    /// Starts the thread. It ends once the [`Worker`] is dropped and all jobs are done.
    ///
    /// # Errors
    /// If no thread can be started.
    pub(super) fn spawn(mut self) -> Result<(Worker, Task<()>)> {
        let (jobs, jobs_received) = sync_channel(MAX_JOBS);
        let (done_sender, done) = sync_channel(MAX_JOBS);
        let thread = threads::spawn(move || {
            for job in jobs_received {
                if let Some(done) = self.run(job) {
                    let _ = done_sender.try_send(done);
                }
                self.control.wake();
            }
        })?;
        Ok((Worker { jobs, done }, thread))
    }

    fn run(&mut self, job: Job) -> Option<JobDone> {
        match job {
            Job::CreateResampler(max_frames) => {
                let created = Asrc::new(self.spec, max_frames).map(Box::new);
                Some(JobDone::Resampler(warn(&self.messages, created)))
            }
            Job::OpenPlayback => {
                run_hook(&self.messages, &mut self.before);
                Some(JobDone::Playback(Box::new((self.open)())))
            }
            Job::ClosePlayback(playback) => {
                drop(playback);
                run_hook(&self.messages, &mut self.after);
                Some(JobDone::Closed)
            }
            Job::Close(playback) => {
                drop(playback);
                None
            }
        }
    }
}

fn run_hook(messages: &MessageSender, hook: &mut Option<Hook>) {
    if let Some(hook) = hook {
        warn(messages, hook());
    }
}

/// Reports an error as a warning.
fn warn<T>(messages: &MessageSender, result: Result<T>) -> Option<T> {
    match result {
        Ok(value) => Some(value),
        Err(error) => {
            messages.report(Event::Warning(error.to_string().into()));
            None
        }
    }
}
