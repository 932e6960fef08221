//! Waiting on a PCM, and on whoever may interrupt it, in one poll.

use super::recover::{Recovery, Xrun};
use super::{Pcm, PcmState};
use crate::audio::error::Result;
use alsa::poll::{Descriptors, Flags, pollfd};
use std::os::fd::{AsRawFd, BorrowedFd};
use std::time::Duration;

/// What is waited for, besides a call on the other descriptor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitFor {
    /// Frames that can be moved, or trouble.
    Frames,
    /// Trouble only: there is nothing to move.
    Trouble,
    /// Nothing: the PCM is stopped, which a poll would report as an error again and again.
    Call,
}

/// Why a wait ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum WaitOutcome {
    /// Frames can be moved.
    Ready,
    /// The other descriptor became readable: there is a command, or more to play.
    Called,
    /// The device ran dry or over; it is prepared again.
    Xrun(Xrun),
    /// The machine slept; whether the device goes on where it stopped.
    Suspended(bool),
    /// Time is up, or it was nothing.
    TimedOut,
}

/// What is waited for: a PCM and one more descriptor. Kept between waits, so that none allocates.
#[derive(Debug)]
pub struct Waiter {
    fds: Vec<pollfd>,
}

impl Pcm {
    /// The descriptors to poll, each with its events (pyalsaaudio's `polldescriptors`).
    pub fn poll_descriptors(&self) -> Result<Vec<(i32, i16)>> {
        let fds = self.call("ask for the poll descriptors of", |pcm| pcm.get())?;
        Ok(fds.into_iter().map(|fd| (fd.fd, fd.events)).collect())
    }

    /// What polled events mean for the PCM, as a mask of `POLLIN`, `POLLOUT`, `POLLERR` … (pyalsaaudio's
    /// `polldescriptors_revents`).
    pub fn poll_revents(&self, polled: &[(i32, i16)]) -> Result<i16> {
        let fds: Vec<_> = polled
            .iter()
            .map(|&(fd, revents)| pollfd {
                fd,
                events: 0,
                revents,
            })
            .collect();
        // A plugin reads as many entries as it has descriptors, so a shorter list must not reach it.
        let all = self.poll_descriptors()?.len();
        if fds.len() != all {
            return Err(self.failed("ask about the poll events of", libc::EINVAL));
        }
        self.call("ask about the poll events of", |pcm| pcm.revents(&fds))
            .map(|flags| flags.bits())
    }

    /// Prepares to wait on this PCM and on `other`.
    pub(crate) fn waiter(&self, other: BorrowedFd) -> Result<Waiter> {
        let own = self.call("ask for the poll descriptors of", |pcm| Ok(pcm.count()))?;
        let mut fds = vec![pollfd {
            fd: other.as_raw_fd(),
            events: libc::POLLIN,
            revents: 0,
        }];
        fds.resize(
            own + 1,
            pollfd {
                fd: -1,
                events: 0,
                revents: 0,
            },
        );
        Ok(Waiter { fds })
    }

    /// Waits for `what`, for the other descriptor to become readable, or until `timeout` is over.
    ///
    /// # Errors
    /// [`Kind::Disconnected`](crate::audio::error::Kind::Disconnected) when the device is gone.
    pub(crate) fn wait(
        &self,
        waiter: &mut Waiter,
        what: WaitFor,
        timeout: Option<Duration>,
    ) -> Result<WaitOutcome> {
        let fds = match what {
            WaitFor::Call => &mut waiter.fds[..1],
            _ => &mut waiter.fds[..],
        };
        if what != WaitFor::Call {
            self.call("wait for", |pcm| pcm.fill(&mut fds[1..]))?;
        }
        if what == WaitFor::Trouble {
            fds[1..].iter_mut().for_each(|fd| fd.events = 0);
        }
        let millis = timeout.map_or(-1, |time| time.as_millis().clamp(1, 1 << 30) as i32);
        match alsa::poll::poll(fds, millis) {
            Ok(0) => return Ok(WaitOutcome::TimedOut),
            Ok(_) => {}
            Err(error) if error.errno().abs() == libc::EINTR => return Ok(WaitOutcome::TimedOut),
            Err(error) => return Err(self.failed("wait for", error.errno())),
        }
        if fds[0].revents != 0 {
            return Ok(WaitOutcome::Called);
        }
        self.woken(&fds[1..])
    }

    /// What the poll of this PCM's descriptors has found.
    pub(super) fn woken(&self, fds: &[pollfd]) -> Result<WaitOutcome> {
        let events = self.call("wait for", |pcm| pcm.revents(fds))?;
        if events.intersects(Flags::ERR | Flags::HUP | Flags::NVAL) {
            return self.troubled();
        }
        // A timer that fired before a whole period was due is nothing.
        Ok(if events.intersects(Flags::IN | Flags::OUT) {
            WaitOutcome::Ready
        } else {
            WaitOutcome::TimedOut
        })
    }

    /// What is the matter with a PCM whose poll reported an error.
    pub(super) fn troubled(&self) -> Result<WaitOutcome> {
        let errno = match self.state()? {
            PcmState::Xrun => libc::EPIPE,
            PcmState::Suspended => libc::ESTRPIPE,
            PcmState::Disconnected => libc::ENODEV,
            // The error was over before it was looked at; the transfer call will tell.
            _ => return Ok(WaitOutcome::Ready),
        };
        Ok(match self.recover("wait for", errno)? {
            Recovery::FromXrun(xrun) => WaitOutcome::Xrun(xrun),
            Recovery::FromSuspend(resumed) => WaitOutcome::Suspended(resumed),
            Recovery::NothingNow => WaitOutcome::Ready,
        })
    }
}
