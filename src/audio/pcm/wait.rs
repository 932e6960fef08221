//! Waiting on a PCM, and on another descriptor that can end the wait, in one poll.

use super::device::Pcm;
use super::outcome::{IoOutcome, Xrun};
use super::state::PcmState;
use crate::audio::error::Result;
use crate::audio::heartbeat::Heartbeat;
use crate::audio::poll::{UNUSED, entry, pollfd};
use alsa::poll::{Descriptors, Flags};
use std::os::fd::BorrowedFd;
use std::sync::Arc;
use std::time::Duration;

/// What to wait for, besides the other descriptor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WaitFor {
    /// Frames that can be moved, or an error of the PCM.
    Frames,
    /// An error of the PCM only: there is nothing to move.
    Errors,
    /// The other descriptor only: the PCM is stopped, and polling it would report an error at once, again and again.
    Interrupt,
}

/// Why a wait ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum WaitOutcome {
    /// Frames can be moved.
    Ready,
    /// The other descriptor became readable.
    Interrupted,
    /// An underrun or overrun. The PCM is prepared again.
    Xrun(Xrun),
    /// The system was suspended.
    Suspended {
        /// Whether the device resumed where it stopped; otherwise it is prepared again.
        resumed: bool,
        /// Capture: frames that were not captured, or not read. Playback: frames that were queued, if it did not resume.
        lost: u64,
    },
    /// The PCM has ended the wait, but no frames can be moved. The plugins of sound servers may do that again and again.
    NotReady,
    /// The timeout is over.
    Nothing,
}

impl WaitOutcome {
    /// Whether nothing happened that changes what the PCM can do.
    pub(crate) fn is_idle(self) -> bool {
        matches!(self, WaitOutcome::Nothing | WaitOutcome::NotReady)
    }
}

/// What ended a poll.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Polled {
    /// An event of the PCM, which its plugin has to interpret.
    Pcm,
    /// The other descriptor became readable.
    Interrupt,
    /// The timeout is over.
    Timeout,
}

/// What is polled for one PCM and one other descriptor. Kept between waits, so that waiting does not allocate.
#[derive(Debug)]
pub(crate) struct Waiter {
    heartbeat: Arc<Heartbeat>,
    fds: Vec<pollfd>,
}

impl Waiter {
    /// Whether the last wait has found nothing but frames that can be moved.
    pub(crate) fn has_found_frames(&self) -> bool {
        self.fds[0].revents == 0 && (self.pcm_entries().iter()).all(|fd| fd.revents == libc::POLLIN)
    }

    /// The entries of the PCM.
    pub(super) fn pcm_entries(&self) -> &[pollfd] {
        &self.fds[1..]
    }
}

impl Pcm {
    /// The descriptors to poll, each with its events (pyalsaaudio's `polldescriptors`).
    ///
    /// # Errors
    /// [`Kind::Internal`](crate::audio::error::Kind::Internal) once the PCM is closed; otherwise what alsa-lib reports.
    pub fn poll_descriptors(&self) -> Result<Vec<(i32, i16)>> {
        let fds = self.call("get the poll descriptors of", |pcm| pcm.get())?;
        Ok(fds.into_iter().map(|fd| (fd.fd, fd.events)).collect())
    }

    /// What polled events mean for the PCM, as a mask of `POLLIN`, `POLLOUT`, `POLLERR` … (pyalsaaudio's
    /// `polldescriptors_revents`).
    ///
    /// # Errors
    /// [`Kind::Unsupported`](crate::audio::error::Kind::Unsupported) if there are not as many entries as
    /// [`Pcm::poll_descriptors`] returns.
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
        if fds.len() != self.poll_descriptors()?.len() {
            return Err(self.failed("translate the poll events of", libc::EINVAL));
        }
        self.call("translate the poll events of", |pcm| pcm.revents(&fds))
            .map(|flags| flags.bits())
    }

    /// Prepares to wait on this PCM and on `other`.
    pub(crate) fn waiter(&self, other: BorrowedFd, heartbeat: &Arc<Heartbeat>) -> Result<Waiter> {
        let mut fds = vec![entry(other, libc::POLLIN)];
        fds.resize(1 + self.poll_count()?, UNUSED);
        Ok(Waiter {
            heartbeat: heartbeat.clone(),
            fds,
        })
    }

    /// Stops the PCM for a pause. Hardware is prepared, because only then does the kernel report that the card goes away.
    ///
    /// # Errors
    /// As for [`Pcm::drop`] and [`Pcm::prepare`].
    pub(crate) fn stop_for_pause(&self) -> Result<()> {
        self.drop()?;
        if self.is_hardware() {
            self.prepare()?;
        }
        Ok(())
    }

    /// What to wait for in a pause. A PCM that is stopped and not prepared reports an error at once.
    ///
    /// # Errors
    /// If the state cannot be read.
    pub(crate) fn wait_in_pause(&self) -> Result<WaitFor> {
        Ok(match self.state()? {
            PcmState::Setup => WaitFor::Interrupt,
            _ => WaitFor::Errors,
        })
    }

    /// Waits for `what`, for the other descriptor to become readable, or until `timeout` is over.
    ///
    /// # Errors
    /// [`Kind::Disconnected`](crate::audio::error::Kind::Disconnected) if the device is gone.
    pub(crate) fn wait(
        &self,
        waiter: &mut Waiter,
        what: WaitFor,
        timeout: Option<Duration>,
    ) -> Result<WaitOutcome> {
        match self.poll(waiter, what, timeout)? {
            Polled::Pcm => self.poll_outcome(waiter.pcm_entries()),
            Polled::Interrupt => Ok(WaitOutcome::Interrupted),
            Polled::Timeout => Ok(WaitOutcome::Nothing),
        }
    }

    /// Polls, and leaves it to the caller what an event of the PCM means.
    pub(super) fn poll(
        &self,
        waiter: &mut Waiter,
        what: WaitFor,
        timeout: Option<Duration>,
    ) -> Result<Polled> {
        let fds = match what {
            WaitFor::Interrupt => &mut waiter.fds[..1],
            _ => &mut waiter.fds[..],
        };
        if what != WaitFor::Interrupt {
            self.fill_poll_entries(&mut fds[1..], what == WaitFor::Frames)?;
        }
        let polled = waiter.heartbeat.poll(fds, timeout);
        let has_event = polled.map_err(|errno| self.failed("wait for", errno))?;
        Ok(match has_event {
            true if fds[0].revents != 0 => Polled::Interrupt,
            true => Polled::Pcm,
            false => Polled::Timeout,
        })
    }

    /// How many descriptors the PCM has.
    pub(super) fn poll_count(&self) -> Result<usize> {
        self.call("get the poll descriptors of", |pcm| Ok(pcm.count()))
    }

    /// Fills in the PCM's entries. Without `frames` only errors end the poll.
    pub(super) fn fill_poll_entries(&self, fds: &mut [pollfd], frames: bool) -> Result<()> {
        self.call("wait for", |pcm| pcm.fill(fds))?;
        if !frames {
            fds.iter_mut().for_each(|fd| fd.events = 0);
        }
        Ok(())
    }

    /// What a poll of this PCM's descriptors found, after recovery.
    pub(super) fn poll_outcome(&self, fds: &[pollfd]) -> Result<WaitOutcome> {
        let events = match self.handle()?.revents(fds) {
            Ok(events) => events,
            // The plugins of sound servers report here that the server is gone: PipeWire's with EPIPE, as if it were an
            // xrun, PulseAudio's with EIO.
            Err(_) if self.is_of_server() => return Err(self.disconnected()),
            Err(error) => return self.wait_outcome(error.errno().abs()),
        };
        if events.intersects(Flags::ERR | Flags::HUP | Flags::NVAL) {
            return self.recover_from_poll_error();
        }
        // A timer may fire before a whole period is due.
        Ok(if events.intersects(Flags::IN | Flags::OUT) {
            WaitOutcome::Ready
        } else if fds.iter().any(|fd| fd.revents != 0) {
            WaitOutcome::NotReady
        } else {
            WaitOutcome::Nothing
        })
    }

    fn recover_from_poll_error(&self) -> Result<WaitOutcome> {
        let errno = match self.state()? {
            PcmState::Xrun => libc::EPIPE,
            PcmState::Suspended => libc::ESTRPIPE,
            PcmState::Disconnected => libc::ENODEV,
            // The error was over before the state was read; the next read or write will report it.
            _ => return Ok(WaitOutcome::Ready),
        };
        self.wait_outcome(errno)
    }

    /// The outcome of a failed wait, after recovery.
    fn wait_outcome(&self, errno: i32) -> Result<WaitOutcome> {
        Ok(match self.recover("wait for", errno)? {
            IoOutcome::Xrun(xrun) => WaitOutcome::Xrun(xrun),
            IoOutcome::Suspended { resumed, lost } => WaitOutcome::Suspended { resumed, lost },
            IoOutcome::Frames(_) | IoOutcome::WouldBlock => WaitOutcome::Ready,
        })
    }
}
