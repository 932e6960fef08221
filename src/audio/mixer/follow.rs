//! One control's volume kept at that of another.

use super::ChannelSelection;
use super::change::{VolumeAmount, VolumeChange};
use super::control::Control;
use super::controls::{Controls, MixerDevice, MixerWake};
use crate::audio::direction::Direction;
use crate::audio::error::{Error, Result};
use crate::audio::event_fd::EventFd;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::JoinHandle;

/// A control that is to be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ControlAddress {
    /// Where its mixer is.
    pub place: MixerDevice,
    /// What it is called, as for [`Controls::lookup`].
    pub control: String,
}

/// Carries the volume of one control over to another whenever it changes, on a thread of its own, until it is stopped
/// (pyalsaaudio's `loopback.py` does so).
#[derive(Debug)]
pub struct Follower {
    stop: Arc<EventFd>,
    thread: Option<JoinHandle<Result<()>>>,
}

impl Follower {
    /// Opens both controls, sets `to` to what `from` is, and follows it from then on: in percent, channel by channel.
    ///
    /// Of `from` it is the volume of what is recorded, if it has one; of `to`, that of what is played.
    /// Fails where one of them cannot be opened, is not there or has no volume.
    pub fn start(from: ControlAddress, to: ControlAddress) -> Result<Follower> {
        let stop = Arc::new(EventFd::new()?);
        let (opened, result) = sync_channel(1);
        let called = Arc::clone(&stop);
        let thread = std::thread::spawn(move || follow(from, to, called.as_fd(), &opened));
        let mut follower = Follower {
            stop,
            thread: Some(thread),
        };
        match result.recv() {
            Ok(()) => Ok(follower),
            // It has ended without having begun.
            Err(_) => Err(follower
                .ended()
                .err()
                .unwrap_or_else(|| Error::internal("a volume is not followed"))),
        }
    }

    /// Ends it, and tells what ended it before.
    pub fn stop(mut self) -> Result<()> {
        self.ended()
    }

    fn ended(&mut self) -> Result<()> {
        self.stop.notify();
        match self.thread.take().map(JoinHandle::join) {
            Some(Ok(result)) => result,
            Some(Err(_)) => Err(Error::internal("a thread that follows a volume panicked")),
            None => Ok(()),
        }
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        let _ = self.ended();
    }
}

fn follow(
    from: ControlAddress,
    to: ControlAddress,
    stop: BorrowedFd,
    opened: &SyncSender<()>,
) -> Result<()> {
    let mut source = Controls::open(from.place)?;
    let mut sink = Controls::open(to.place)?;
    carry(&source.lookup(&from.control)?, &sink.lookup(&to.control)?)?;
    let _ = opened.send(());
    loop {
        match source.wait(Some(stop), None)? {
            MixerWake::Called => return Ok(()),
            MixerWake::TimedOut => continue,
            MixerWake::Events => source.handle_events()?,
        };
        sink.handle_events()?;
        carry(&source.lookup(&from.control)?, &sink.lookup(&to.control)?)?;
    }
}

/// Sets `to` to what `from` is.
fn carry(from: &Control<'_>, to: &Control<'_>) -> Result<()> {
    let input = match from.has_volume(Direction::Capture) {
        true => Direction::Capture,
        false => Direction::Playback,
    };
    let output = to.usual_direction();
    let scale = from.scale(input)?;
    let places = from
        .channels(input)
        .map(|channel| Ok(scale.share(from.volume(input, channel)?)))
        .collect::<Result<Vec<f64>>>()?;
    to.refresh()?;
    let mut plan = to.plan();
    let (Some(first), channels) = (places.first(), to.chosen(output, ChannelSelection::All)) else {
        return Ok(());
    };
    let set = |place: f64| VolumeChange::To(VolumeAmount::Percent(place * 100.0));
    // What is set for all at once may be joined.
    plan.volume(output, &channels, set(*first))?;
    if places.iter().any(|place| place != first) && !to.has_joined_volume(output) {
        for (channel, place) in channels.into_iter().zip(&places) {
            plan.volume(output, &[channel], set(*place))?;
        }
    }
    plan.finish().apply(to)
}
