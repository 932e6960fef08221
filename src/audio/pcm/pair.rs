//! Two PCMs at once: waited on in one poll, started in one moment.

use super::wait::WaitOutcome;
use super::{IoOutcome, Pcm};
use crate::audio::error::Result;
use alsa::pcm::PCM;
use alsa::poll::{Descriptors, pollfd};
use std::os::fd::{AsRawFd, BorrowedFd};
use std::time::Duration;

/// What is waited for, besides a call on the other descriptor and trouble with a PCM that runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PairWaitFor {
    /// Nothing: both are stopped.
    Call,
    /// Frames that were captured.
    Captured,
    /// Those, or room for frames to play.
    CapturedOrRoom,
    /// Room for frames to play; the capture is stopped.
    Room,
}

/// What a wait for two PCMs found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct PairOutcome {
    /// The other descriptor became readable.
    pub called: bool,
    /// What there is with the capturing PCM.
    pub capture: WaitOutcome,
    /// What there is with the playing PCM.
    pub playback: WaitOutcome,
}

/// What is polled. Kept between waits, so that none allocates once both were there.
#[derive(Debug)]
pub(crate) struct PairWaiter {
    fds: Vec<pollfd>,
}

impl PairWaiter {
    pub(crate) fn new(other: BorrowedFd) -> PairWaiter {
        PairWaiter {
            fds: vec![pollfd {
                fd: other.as_raw_fd(),
                events: libc::POLLIN,
                revents: 0,
            }],
        }
    }

    /// Waits until there is what is waited for, or `timeout` is over.
    ///
    /// # Errors
    /// [`Kind::Disconnected`](crate::audio::error::Kind::Disconnected) when one of the devices is gone.
    pub(crate) fn wait(
        &mut self,
        capture: &Pcm,
        playback: Option<&Pcm>,
        what: PairWaitFor,
        timeout: Option<Duration>,
    ) -> Result<PairOutcome> {
        self.fds.truncate(1);
        let captures = matches!(what, PairWaitFor::Captured | PairWaitFor::CapturedOrRoom);
        if captures {
            capture.add_to(&mut self.fds, true)?;
        }
        let middle = self.fds.len();
        let playback = playback.filter(|_| what != PairWaitFor::Call);
        if let Some(playback) = playback {
            playback.add_to(&mut self.fds, what != PairWaitFor::Captured)?;
        }
        let nothing = PairOutcome {
            called: false,
            capture: WaitOutcome::TimedOut,
            playback: WaitOutcome::TimedOut,
        };
        let millis = timeout.map_or(-1, |time| time.as_millis().clamp(1, 1 << 30) as i32);
        match alsa::poll::poll(&mut self.fds, millis) {
            Ok(0) => return Ok(nothing),
            Ok(_) => {}
            Err(error) if error.errno().abs() == libc::EINTR => return Ok(nothing),
            Err(error) => return Err(capture.failed("wait for", error.errno())),
        }
        Ok(PairOutcome {
            called: self.fds[0].revents != 0,
            capture: match captures {
                true => capture.woken(&self.fds[1..middle])?,
                false => WaitOutcome::TimedOut,
            },
            playback: match playback {
                Some(playback) => playback.woken(&self.fds[middle..])?,
                None => WaitOutcome::TimedOut,
            },
        })
    }
}

impl Pcm {
    fn add_to(&self, fds: &mut Vec<pollfd>, wanted: bool) -> Result<()> {
        let start = fds.len();
        let own = self.call("ask for the poll descriptors of", |pcm| Ok(pcm.count()))?;
        let empty = pollfd {
            fd: -1,
            events: 0,
            revents: 0,
        };
        fds.resize(start + own, empty);
        self.call("wait for", |pcm| pcm.fill(&mut fds[start..]))?;
        if !wanted {
            fds[start..].iter_mut().for_each(|fd| fd.events = 0);
        }
        Ok(())
    }

    /// Starts both in one moment (`snd_pcm_link`) where the devices allow it, and `false` where they do not: then one
    /// after the other. They are linked for that moment only, so that the trouble of one stays its own.
    ///
    /// # Errors
    /// As [`Pcm::start`].
    pub(crate) fn start_with(&self, other: &Pcm) -> Result<bool> {
        let linked = match (self.handle()?, other.handle()?) {
            (one, two) if one.link(two).is_ok() => Some(two),
            _ => None,
        };
        let started = self.start();
        match linked {
            Some(two) => {
                let _ = two.unlink();
                started.map(|()| true)
            }
            None => started.and_then(|()| other.start()).map(|()| false),
        }
    }

    /// Frames between this capturing PCM's microphone and its reader, and between `playback`'s writer and its speaker,
    /// in one moment: `None` where the two answers are more than `apart` frames apart, or a device has none.
    pub(crate) fn frames_held(&self, playback: &Pcm, apart: i64) -> Option<i64> {
        let before = self.handle().ok()?.avail().ok()?;
        let queued = playback.handle().ok().map(PCM::delay)?.ok()?;
        let after = self.handle().ok()?.avail().ok()?;
        (after >= before && after - before <= apart).then_some(queued + (before + after) / 2)
    }

    /// Queues `frames` frames of silence, or as many as there is room for.
    ///
    /// # Errors
    /// As [`Pcm::write`].
    pub(crate) fn write_silence(&mut self, mut frames: u64) -> Result<()> {
        let spec = self.spec();
        let size = spec.format.physical_bits() as usize / 8;
        let sample = &spec.format.silence()[..size.max(1)];
        let silence = sample.repeat(spec.frame_bytes() * 1024 / size.max(1));
        while frames > 0 {
            let most = spec.bytes(frames.min(1024)) as usize;
            match self.write(&silence[..most])? {
                IoOutcome::Frames(written @ 1..) => frames -= written as u64,
                _ => break,
            }
        }
        Ok(())
    }
}
