//! Makes the volume of one control follow that of another.

use super::change::{VolumeAmount, VolumeChange};
use super::control::Control;
use super::controls::{Controls, MixerDevice, MixerWake};
use super::units::ChannelSelection;
use crate::audio::direction::Direction;
use crate::audio::error::{Error, Result};
use crate::audio::event_fd::EventFd;
use crate::audio::threads::{self, Task};
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, sync_channel};

/// A control to open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ControlAddress {
    /// The mixer it is on.
    pub mixer: MixerDevice,
    /// Its name, as [`Controls::lookup`] takes it.
    pub control: String,
}

/// Copies the volume of one control to another whenever it changes, on its own thread (like pyalsaaudio's
/// `loopback.py`). Dropping it ends the thread.
#[derive(Debug)]
pub struct Follower {
    stop: Arc<EventFd>,
    thread: Option<Task<Result<()>>>,
}

impl Follower {
    /// Opens both controls, sets the volume of `to` to the volume of `from`, and then follows it, in percent and
    /// channel by channel.
    ///
    /// Uses the capture volume of `from` if it has one, and the playback volume of `to` if it has one.
    ///
    /// # Errors
    /// If a control cannot be opened, does not exist or has no volume.
    pub fn start(from: ControlAddress, to: ControlAddress) -> Result<Follower> {
        let stop = Arc::new(EventFd::new()?);
        let (started, result) = sync_channel(1);
        let stopped = Arc::clone(&stop);
        let thread = threads::spawn(move || follow(from, to, stopped.as_fd(), &started))?;
        let mut follower = Follower {
            stop,
            thread: Some(thread),
        };
        match result.recv() {
            Ok(()) => Ok(follower),
            // The thread has ended before it started to follow.
            Err(_) => Err(follower
                .end()
                .err()
                .unwrap_or_else(|| Error::internal("the volume is not followed"))),
        }
    }

    /// Ends the thread.
    ///
    /// # Errors
    /// The error that ended it before, if any.
    pub fn stop(mut self) -> Result<()> {
        self.end()
    }

    fn end(&mut self) -> Result<()> {
        self.stop.notify();
        match self.thread.take().map(Task::join) {
            Some(Ok(result)) => result,
            Some(Err(_)) => Err(Error::internal("the thread that follows a volume panicked")),
            None => Ok(()),
        }
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        let _ = self.end();
    }
}

fn follow(
    from: ControlAddress,
    to: ControlAddress,
    stop: BorrowedFd,
    started: &SyncSender<()>,
) -> Result<()> {
    let mut source = Controls::open(from.mixer)?;
    let mut sink = Controls::open(to.mixer)?;
    copy_volume(&source.lookup(&from.control)?, &sink.lookup(&to.control)?)?;
    let _ = started.send(());
    loop {
        match source.wait(Some(stop), None)? {
            MixerWake::Other => return Ok(()),
            MixerWake::TimedOut => continue,
            MixerWake::Events => source.handle_events()?,
        };
        sink.handle_events()?;
        copy_volume(&source.lookup(&from.control)?, &sink.lookup(&to.control)?)?;
    }
}

fn copy_volume(from: &Control<'_>, to: &Control<'_>) -> Result<()> {
    let input = match from.has_volume(Direction::Capture) {
        true => Direction::Capture,
        false => Direction::Playback,
    };
    let output = to.default_direction();
    let scale = from.scale(input)?;
    let fractions = from
        .channels(input)
        .map(|channel| Ok(scale.fraction(from.volume(input, channel)?)))
        .collect::<Result<Vec<f64>>>()?;
    to.refresh()?;
    let mut plan = to.plan();
    let channels = to.selected(output, ChannelSelection::All);
    let Some(first) = fractions.first() else {
        return Ok(());
    };
    let set = |fraction: f64| VolumeChange::To(VolumeAmount::Percent(fraction * 100.0));
    // Joined channels accept a volume only for all of them.
    plan.volume(output, &channels, set(*first))?;
    if fractions.iter().any(|fraction| fraction != first) && !to.has_joined_volume(output) {
        for (channel, fraction) in channels.into_iter().zip(&fractions) {
            plan.volume(output, &[channel], set(*fraction))?;
        }
    }
    plan.finish().apply(to)
}
